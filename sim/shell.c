/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine's sh: it runs nothing, but writes what it was asked to run to the end of
 * SIM_SHELL_LOG, one line a command, each argument in its own angle brackets. That is enough to
 * tell exactly what a program gave its shell. A script ends with the status of its "exit N".
 */
#include "sim/shell.h"

#include "ref/store/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int write_command(struct platform *p, int argc, char **argv)
{
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
	return error;
}

static int script_status(struct platform *p, const char *path)
{
	char *text = NULL;
	const char *word;
	size_t bytes;
	int status = EXIT_DONE;

	if (file_read(p, path, SIM_SCRIPT_MAX, &text, &bytes))
		return EXIT_DONE; /* not a script: a command in words */
	word = strstr(text, "exit ");
	if (word)
		status = (int)strtol(word + strlen("exit "), NULL, 10);
	free(text);
	return status;
}

static int sh_main(struct program_run *run, int argc, char **argv)
{
	if (write_command(run->platform, argc, argv))
		return EXIT_REFUSED;
	return argc > 1 ? script_status(run->platform, argv[1]) : EXIT_DONE;
}

const struct program sh_program = {.name = "sh", .main = sh_main};
