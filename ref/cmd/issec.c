/* SPDX-License-Identifier: MIT */
/*
 * issec: which parts of the product run. It looks at locks and device and asks nobody, so that it
 * answers whatever state the daemons are in.
 */
#include "ref/store/product.h"

#include <errno.h>
#include <string.h>

static void print_extension(struct program_run *run)
{
	struct platform *p = run->platform;
	struct platform_kernel_status status;
	int error = p->ops->kernel_status(p, &status);

	fprintf(run->out, "SEOS_syscall: %s\n", error == -ENODEV ? "not loaded" : "loaded");
}

static void print_daemon(struct program_run *run, const char *name, pid_t pid)
{
	if (pid > 0)
		fprintf(run->out, "%s: running (pid %d)\n", name, (int)pid);
	else
		fprintf(run->out, "%s: %s\n", name, pid ? strerror(-pid) : "not running");
}

static int issec_main(struct program_run *run, int argc, char **argv)
{
	int status = EXIT_DONE;

	if (argc == 2 && !strcmp(argv[1], "-h")) {
		fputs("Usage: issec\nShows which parts of the product run.\n", run->out);
		return EXIT_DONE;
	}
	if (argc > 1) {
		fprintf(run->err, "issec: unknown argument %s\nUsage: issec\n", argv[1]);
		return EXIT_USAGE;
	}
	print_extension(run);
	for (unsigned i = 0; i < PRODUCT_ALL; i++) {
		enum product_daemon daemon = (enum product_daemon)i;
		pid_t pid = product_daemon_pid(run->platform, daemon);

		print_daemon(run, product_daemon_name(daemon), pid);
		if (pid <= 0 && i < PRODUCT_DAEMONS)
			status = EXIT_REFUSED;
	}
	return status;
}

const struct program issec_program = {"issec", issec_main, NULL};
