/* SPDX-License-Identifier: MIT */
/*
 * seload: starts the product: the kernel extension with SEOS_load, unless it is loaded, then seosd,
 * which starts the other daemons. Each of the two says itself what it could not do.
 */
#include "ref/store/product.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#define TIMEOUT_NS (3600 * NS_PER_S) /* exits take their time; seosd has limits of its own */

static const char usage[] = "Usage: seload\n"
			    "Loads the kernel extension and starts the daemons.\n";

static int fail(const struct program_run *run, int status, const char *what, const char *why)
{
	fprintf(run->err, "seload: %s: %s\n", what, why);
	return status;
}

/* Runs a program of the product to its end, on the same terminal. Returns its exit status or a
 * negated errno value. */
static int run_program(struct program_run *run, const char *name)
{
	struct platform *p = run->platform;
	char within[sizeof(PAMSC_DIR) + 32];
	char path[PLATFORM_PATH_MAX];
	const char *const argv[] = {path, NULL};
	const struct platform_spawn what = {
		.argv = argv, .shares_output = true, .folder = "/", .umask = 022};
	int status = 0;
	pid_t pid;
	int error;

	snprintf(within, sizeof(within), PAMSC_DIR "/bin/%s", name);
	error = path_installed(p, within, path);
	fflush(run->out);
	if (!error)
		error = p->ops->spawn(p, &what, &pid);
	if (!error)
		error = p->ops->wait_gone(p, pid, TIMEOUT_NS, &status);
	if (error)
		return error;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

/* An extension whose exits would not have it is not there: then nothing is started. */
static int load_extension(struct program_run *run)
{
	struct platform *p = run->platform;
	struct platform_kernel_status kernel;
	int status;

	if (p->ops->kernel_status(p, &kernel) != -ENODEV)
		return EXIT_DONE;
	status = run_program(run, "SEOS_load");
	if (status < 0)
		return fail(run, EXIT_REFUSED, "SEOS_load", strerror(-status));
	return p->ops->kernel_status(p, &kernel) == -ENODEV ? EXIT_REFUSED : EXIT_DONE;
}

static int start_daemons(struct program_run *run, const struct product *product)
{
	pid_t pid = product_daemon_pid(run->platform, PRODUCT_SEOSD);
	int status;

	if (pid > 0) {
		fprintf(run->out, "%s runs already\n", code_product(product->brand));
		return EXIT_DONE;
	}
	status = run_program(run, "seosd");
	if (status < 0)
		return fail(run, EXIT_REFUSED, "seosd", strerror(-status));
	if (status)
		return EXIT_REFUSED;
	fprintf(run->out, "%s runs\n", code_product(product->brand));
	return EXIT_DONE;
}

static int start(struct program_run *run, const struct product *product)
{
	char why[256];
	int64_t trip;
	int status;

	if (config_number(product->ini, "SEOS_syscall", "call_tripAccept_from_seload", 0, 1, 0,
			  &trip, why, sizeof(why))) {
		fprintf(run->err, "seload: %s\n", why);
		return EXIT_USAGE;
	}
	status = load_extension(run);
	if (!status && trip)
		fputs("seload: call_tripAccept_from_seload: there is no need: who has waited in "
		      "accept since before is intercepted from the next call on\n",
		      run->out);
	return status ? status : start_daemons(run, product);
}

static int seload_main(struct program_run *run, int argc, char **argv)
{
	struct product product;
	char why[256];
	int status;

	if (argc == 2 && !strcmp(argv[1], "-h")) {
		fputs(usage, run->out);
		return EXIT_DONE;
	}
	if (argc > 1) {
		fprintf(run->err, "seload: unknown argument %s\n%s", argv[1], usage);
		return EXIT_USAGE;
	}
	if (run->platform->ops->uid(run->platform) != 0) {
		fputs("seload: only root can start the product\n", run->err);
		return EXIT_REFUSED;
	}
	if (product_load(run->platform, &product, why, sizeof(why))) {
		fprintf(run->err, "seload: %s\n", why);
		return EXIT_USAGE;
	}
	status = start(run, &product);
	product_free(&product);
	return status;
}

const struct program seload_program = {"seload", seload_main, NULL};
