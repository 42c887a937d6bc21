/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine's sh: it runs nothing, but writes what it was asked to run to the end of
 * SIM_SHELL_LOG, one line a command, each argument in its own angle brackets. That is enough to
 * tell exactly what a program gave its shell.
 */
#include "sim/shell.h"

#include <string.h>

static int sh_main(struct program_run *run, int argc, char **argv)
{
	struct platform *p = run->platform;
	int fd = p->ops->open(p, SIM_SHELL_LOG, PLATFORM_APPEND | PLATFORM_CREATE, 0600);
	int error = fd < 0 ? fd : 0;

	for (int i = 0; i < argc && !error; i++) {
		error = p->ops->write(p, fd, "<", 1);
		if (!error && argv[i][0])
			error = p->ops->write(p, fd, argv[i], strlen(argv[i]));
		if (!error)
			error = p->ops->write(p, fd, i + 1 < argc ? "> " : ">\n", 2);
	}
	if (fd >= 0)
		p->ops->close(p, fd);
	return error ? EXIT_REFUSED : EXIT_DONE;
}

const struct program sh_program = {.name = "sh", .main = sh_main};
