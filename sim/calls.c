/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine's mkdir and rmdir: calls of users and root that are audited, one a path and
 * one after the other. Not for: who waits and what is recorded (audit.c), options.
 */
#include "sim/calls.h"

#define MODE 0777

/* What is no absolute path leads nowhere: nobody has a folder to begin at. */
static int make_calls(struct program_run *run, int argc, char **argv, bool makes)
{
	struct platform *p = run->platform;
	int status = argc < 2 ? EXIT_USAGE : EXIT_DONE;

	for (int i = 1; i < argc; i++) {
		if (makes ? p->ops->mkdir(p, argv[i], MODE) : p->ops->rmdir(p, argv[i]))
			status = EXIT_REFUSED;
	}
	return status;
}

static int mkdir_main(struct program_run *run, int argc, char **argv)
{
	return make_calls(run, argc, argv, true);
}

static int rmdir_main(struct program_run *run, int argc, char **argv)
{
	return make_calls(run, argc, argv, false);
}

const struct program mkdir_program = {.name = "mkdir", .main = mkdir_main};
const struct program rmdir_program = {.name = "rmdir", .main = rmdir_main};
