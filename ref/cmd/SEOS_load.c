/* SPDX-License-Identifier: MIT */
/*
 * SEOS_load: loads the kernel extension, or unloads it, and runs the administrator's exits before
 * and after that. What comes when is decided in core/exits.h, and whether the extension may go in
 * core/unload.h.
 */
#include "ref/core/exits.h"
#include "ref/store/product.h"
#include "ref/wire/callers.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define FOLDER          PAMSC_DIR "/exits/LOAD"
#define MODULE          PAMSC_DIR "/bin/SEOS_syscall.ko"
#define LOCK            PAMSC_DIR "/run/SEOS_load.lock"
#define EXIT_TIMEOUT_NS (EXITS_TIMEOUT_S * NS_PER_S)
#define KILL_TIMEOUT_NS (5 * NS_PER_S)

static const char usage[] = "Usage: SEOS_load [-u]\n"
			    "Loads the kernel extension SEOS_syscall.\n"
			    "  -u     unload it\n"
			    "  -h     print this text\n"
			    "Exits: SEOS_load_*.always, SEOS_unload_*.always and SEOS_unload_*.opt "
			    "in " FOLDER ".\n";

struct loader {
	struct program_run *run;
	struct platform *p;
	bool unload;
	struct product product;
	struct message_answer answer; /* of the last try to unload */
	char folder[PLATFORM_PATH_MAX];
	struct {
		unsigned count;
		char names[EXITS_MAX][PLATFORM_NAME_MAX]; /* in lexicographic order */
	} sets[EXITS_SETS];
};

/* Prints "SEOS_load: " and a line; returns status. */
__attribute__((format(printf, 3, 4))) static int fail(const struct loader *l, int status,
						      const char *format, ...)
{
	va_list args;

	fputs("SEOS_load: ", l->run->err);
	va_start(args, format);
	vfprintf(l->run->err, format, args);
	va_end(args);
	fputc('\n', l->run->err);
	return status;
}

/* Finding the exits */

static int add_exit(void *arg, const char *name)
{
	struct loader *l = arg;
	enum exits_set set = exits_set_of(name);

	if (set == EXITS_NONE)
		return 0;
	if (l->sets[set].count == EXITS_MAX)
		return -E2BIG;
	snprintf(l->sets[set].names[l->sets[set].count++], PLATFORM_NAME_MAX, "%s", name);
	return 0;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(left, right);
}

static struct exits_file file_from(const struct platform_stat *s)
{
	return (struct exits_file){s->is_file, s->mode, s->uid};
}

/* No folder, no exits. */
static int find_exits(struct loader *l)
{
	struct platform_stat stat;
	struct exits_file folder;
	int error = path_installed(l->p, FOLDER, l->folder);

	if (!error)
		error = l->p->ops->stat(l->p, l->folder, &stat);
	if (error == -ENOENT)
		return EXIT_DONE;
	if (!error) {
		folder = file_from(&stat);
		if (exits_folder_refusal(&folder))
			return fail(l, EXIT_REFUSED, "%s %s: no exit in it can be trusted",
				    l->folder, exits_folder_refusal(&folder));
		error = l->p->ops->list(l->p, l->folder, add_exit, l);
	}
	if (error == -E2BIG)
		return fail(l, EXIT_USAGE, "%s: more than %d exits of one kind", l->folder,
			    EXITS_MAX);
	if (error)
		return fail(l, EXIT_USAGE, "%s: %s", l->folder, strerror(-error));
	for (unsigned i = 0; i < EXITS_SETS; i++)
		qsort(l->sets[i].names, l->sets[i].count, PLATFORM_NAME_MAX, by_name);
	return EXIT_DONE;
}

/* Running one */

/* A failed exit ends with everything it has started (kernel/exits/22). */
static void kill_group(const struct loader *l, pid_t pid)
{
	(void)l->p->ops->kill(l->p, -pid, SIGKILL); /* who has gone is no error */
	(void)l->p->ops->wait_gone(l->p, pid, KILL_TIMEOUT_NS, NULL);
}

/* Waits for an exit; why it failed is in why, "" when it did not. */
static void wait_for(const struct loader *l, pid_t pid, char *why, size_t bytes)
{
	int status = 0;
	int error = l->p->ops->wait_gone(l->p, pid, EXIT_TIMEOUT_NS, &status);

	*why = '\0';
	if (error == -ETIMEDOUT)
		snprintf(why, bytes, "killed after %d seconds", EXITS_TIMEOUT_S);
	else if (error)
		snprintf(why, bytes, "%s", strerror(-error));
	else if (status == -1)
		snprintf(why, bytes, "its exit status is not known");
	else if (WIFSIGNALED(status))
		snprintf(why, bytes, "ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		snprintf(why, bytes, "exit status %d", WEXITSTATUS(status));
	if (*why)
		kill_group(l, pid);
}

static void run_file(const struct loader *l, const char *path, bool post, char *why, size_t bytes)
{
	static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	const char *const argv[] = {path, post ? "-post" : "-pre", NULL};
	const struct platform_spawn what = {
		.argv = argv, .env = env, .shares_output = true, .folder = "/", .umask = 022};
	struct platform_stat stat;
	struct exits_file file;
	const char *refusal;
	pid_t pid;
	int error = l->p->ops->lstat(l->p, path, &stat);

	file = file_from(&stat);
	refusal = error ? strerror(-error) : exits_file_refusal(&file);
	if (refusal) {
		snprintf(why, bytes, "not run: %s%s", error ? "" : "it ", refusal);
		return;
	}
	fflush(l->run->out);
	error = l->p->ops->spawn(l->p, &what, &pid);
	if (error)
		snprintf(why, bytes, "cannot be run: %s", strerror(-error));
	else
		wait_for(l, pid, why, bytes);
}

static bool run_exit(const struct loader *l, const struct exits_step *step)
{
	static const char *const outcomes[2][2] = {{"is not loaded", "stays loaded"},
						   {"stays loaded", "stays unloaded"}};
	char path[PLATFORM_PATH_MAX];
	char why[128];
	int n = snprintf(path, sizeof(path), "%s/%s", l->folder,
			 l->sets[step->set].names[step->index]);

	if (n < 0 || n >= (int)sizeof(path))
		snprintf(why, sizeof(why), "%s", strerror(ENAMETOOLONG));
	else
		run_file(l, path, step->post, why, sizeof(why));
	if (!why[0])
		return true;
	fail(l, EXIT_REFUSED, "%s %s: %s: the extension %s", path, step->post ? "-post" : "-pre",
	     why, outcomes[l->unload][step->post]);
	return false;
}

/* The extension */

static const char *load_refusal(int error)
{
	switch (error) {
	case -ENOEXEC:
		return "it is not for this kernel";
	case -EKEYREJECTED:
		return "this kernel takes signed modules only: sign it with a key the kernel "
		       "knows, or boot without module.sig_enforce";
	case -EPERM:
		return "the kernel does not permit it: one that is locked down takes signed "
		       "modules only";
	default:
		return strerror(-error);
	}
}

static bool load(const struct loader *l)
{
	char path[PLATFORM_PATH_MAX];
	int error = path_installed(l->p, MODULE, path);

	if (!error)
		error = l->p->ops->kernel_load(l->p, path, l->product.monitor);
	/* until the first seosd comes (daemon/seosd/13) */
	if (!error && l->product.silent_deny &&
	    l->p->ops->kernel_silent(l->p, true, l->product.silent_admin, false))
		fail(l, EXIT_REFUSED,
		     "silent_deny is set, and the extension cannot deny anything "
		     "on this machine");
	if (error)
		fail(l, EXIT_REFUSED, "%s: %s: the extension is not loaded", path,
		     load_refusal(error));
	else
		fputs("SEOS_syscall: loaded\n", l->run->out);
	return !error;
}

static bool unload(struct loader *l)
{
	memset(&l->answer, 0, sizeof(l->answer));
	callers_unload(l->p, &l->answer);
	fputs(l->answer.output, l->run->out);
	return l->answer.status == EXIT_DONE;
}

/* Only the last try is told. */
static int tell_refusal(const struct loader *l)
{
	for (unsigned i = 0; i < l->answer.call_count; i++)
		callers_print(l->run->out, &l->answer.calls[i], true);
	return l->unload ? fail(l, (int)l->answer.status, "%s", l->answer.text) : EXIT_REFUSED;
}

static int go(struct loader *l)
{
	const unsigned counts[EXITS_SETS] = {l->sets[0].count, l->sets[1].count, l->sets[2].count};
	struct exits exits;
	struct exits_step step = exits_begin(&exits, l->unload, counts);

	for (;;) {
		bool ok;

		switch (step.action) {
		case EXITS_RUN:
			ok = run_exit(l, &step);
			break;
		case EXITS_LOAD:
			ok = load(l);
			break;
		case EXITS_UNLOAD:
			ok = unload(l);
			break;
		case EXITS_REFUSED:
			return tell_refusal(l);
		case EXITS_DONE:
			return EXIT_DONE;
		default:
			return EXIT_REFUSED;
		}
		step = exits_next(&exits, ok);
	}
}

/* What has to be the case before anything is run. */
static int begin(struct loader *l)
{
	char why[POLICY_WHY_MAX];
	char path[PLATFORM_PATH_MAX];
	int error;

	if (l->p->ops->uid(l->p) != 0)
		return fail(l, EXIT_REFUSED, "only root can %sload the kernel extension",
			    l->unload ? "un" : "");
	if (product_load(l->p, &l->product, why, sizeof(why)))
		return fail(l, EXIT_USAGE, "%s", why);
	if (l->unload && product_runs(l->p))
		return fail(l, EXIT_REFUSED, "%s runs: shut it down first, with secons -sk",
			    code_product(l->product.brand));
	error = product_folder(l->p, "/run", 0755);
	if (!error)
		error = path_installed(l->p, LOCK, path);
	if (!error)
		error = l->p->ops->lock(l->p, path);
	if (error == -EBUSY)
		return fail(l, EXIT_REFUSED, "it runs already, PID %d",
			    (int)l->p->ops->lock_owner(l->p, path));
	return error < 0 ? fail(l, EXIT_USAGE, "lock %s: %s", path, strerror(-error)) : EXIT_DONE;
}

static int act(struct loader *l)
{
	struct platform_kernel_status kernel;
	int status = begin(l);
	bool loaded;

	if (status)
		return status;
	loaded = l->p->ops->kernel_status(l->p, &kernel) != -ENODEV;
	if (loaded != l->unload) {
		fprintf(l->run->out, "SEOS_syscall: %s\n",
			loaded ? "loaded already" : "not loaded");
		return EXIT_DONE;
	}
	status = find_exits(l);
	return status ? status : go(l);
}

static int SEOS_load_main(struct program_run *run, int argc, char **argv)
{
	struct loader *l;
	int status;

	if (argc == 2 && !strcmp(argv[1], "-h")) {
		fputs(usage, run->out);
		return EXIT_DONE;
	}
	if (argc > 2 || (argc == 2 && strcmp(argv[1], "-u") != 0)) {
		fprintf(run->err, "SEOS_load: unknown argument %s\n%s", argv[argc - 1], usage);
		return EXIT_USAGE;
	}
	l = calloc(1, sizeof(*l));
	if (!l) {
		fputs("SEOS_load: out of memory\n", run->err);
		return EXIT_REFUSED;
	}
	l->run = run;
	l->p = run->platform;
	l->unload = argc == 2;
	status = act(l);
	product_free(&l->product);
	free(l);
	return status;
}

const struct program SEOS_load_program = {"SEOS_load", SEOS_load_main, NULL};
