/* SPDX-License-Identifier: MIT */
/*
 * Argument lists and programs of the host that are run to their end. No shell is involved, so
 * nothing needs quoting.
 */
#include "vm-images/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX   (1024 * 1024)
#define NOT_EXECUTED 127

int guest_fail(struct guest_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (vsnprintf(error->text, sizeof(error->text), format, args) < 0)
		error->text[0] = '\0';
	va_end(args);
	return -1;
}

static void add_owned(struct child_args *args, char *text)
{
	if (text && args->n < CHILD_ARGS_MAX) {
		args->v[args->n++] = text;
		return;
	}
	free(text);
	args->failed = true;
}

void child_args_add(struct child_args *args, const char *format, ...)
{
	va_list list;
	char *text = NULL;

	va_start(list, format);
	if (vasprintf(&text, format, list) < 0)
		text = NULL;
	va_end(list);
	add_owned(args, text);
}

void child_args_split(struct child_args *args, const char *words)
{
	while (*(words += strspn(words, " \t"))) {
		size_t len = strcspn(words, " \t");

		add_owned(args, strndup(words, len));
		words += len;
	}
}

void child_args_free(struct child_args *args)
{
	for (size_t i = 0; i < args->n; i++)
		free(args->v[i]);
	*args = (struct child_args){0};
}

static _Noreturn void become(char **argv, const char *dir, int out)
{
	int null = open("/dev/null", O_RDONLY);

	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0)
		_exit(NOT_EXECUTED);
	if (dir && chdir(dir)) {
		fprintf(stderr, "cannot enter %s: %s\n", dir, strerror(errno));
		_exit(NOT_EXECUTED);
	}
	execvp(argv[0], argv);
	fprintf(stderr, "cannot execute %s: %s\n", argv[0], strerror(errno));
	_exit(NOT_EXECUTED);
}

static int wait_for(pid_t pid, const char *program, struct guest_error *error)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return guest_fail(error, "cannot wait for %s: %s", program,
					  strerror(errno));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFSIGNALED(status))
		return guest_fail(error, "%s died of signal %d", program, WTERMSIG(status));
	if (WEXITSTATUS(status) == NOT_EXECUTED)
		return guest_fail(error, "cannot execute %s: is its package installed?", program);
	return guest_fail(error, "%s failed with status %d, see above", program,
			  WEXITSTATUS(status));
}

static int take_output(int fd, const char *program, char **output, struct guest_error *error)
{
	off_t len = lseek(fd, 0, SEEK_END);

	if (len < 0 || len > OUTPUT_MAX)
		return guest_fail(error, "%s printed more than %d bytes", program, OUTPUT_MAX);
	*output = calloc(1, (size_t)len + 1);
	if (!*output || pread(fd, *output, (size_t)len, 0) != len) {
		free(*output);
		*output = NULL;
		return guest_fail(error, "cannot read what %s printed", program);
	}
	return 0;
}

int child_run(struct child_args *args, const char *dir, char **output, struct guest_error *error)
{
	int fd = output ? memfd_create("output", MFD_CLOEXEC) : STDERR_FILENO;
	int result = -1;
	pid_t pid;

	if (args->failed || fd < 0) {
		guest_fail(error, "cannot prepare %s: out of memory",
			   args->n ? args->v[0] : "a program");
		goto out;
	}
	pid = fork();
	if (pid == 0)
		become(args->v, dir, fd);
	if (pid < 0)
		guest_fail(error, "cannot fork: %s", strerror(errno));
	else
		result = wait_for(pid, args->v[0], error);
	if (result == 0 && output)
		result = take_output(fd, args->v[0], output, error);
out:
	if (output && fd >= 0)
		close(fd);
	child_args_free(args);
	return result;
}
