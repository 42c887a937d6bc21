/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: secrets. Reading one from the terminal, and memory that is overwritten
 * before it is given back, also that of the libraries a secret goes through. Not for: checking one
 * (linux_password.c).
 */
#include "ref/platform/linux.h"

#include <bsd/readpassphrase.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

/* Ends the reading, which goes on after no signal. */
static void on_alarm(int signal)
{
	(void)signal;
}

ssize_t linux_secret_read(struct platform *p, const char *prompt, unsigned limit_s, char *out,
			  size_t bytes)
{
	const struct sigaction ending = {.sa_handler = on_alarm};
	struct sigaction before;
	bool late;
	int error;

	(void)p;
	/* No core, and nobody of the same user looks in. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return -errno;
	sigaction(SIGALRM, &ending, &before);
	alarm(limit_s);
	error = readpassphrase(prompt, out, bytes, RPP_REQUIRE_TTY | RPP_ECHO_OFF) ? 0 : errno;
	late = alarm(0) == 0;
	sigaction(SIGALRM, &before, NULL);
	if (!error)
		return (ssize_t)strlen(out);
	explicit_bzero(out, bytes);
	return error == ENOTTY ? -ENXIO : error == EINTR && late ? -ETIMEDOUT : -error;
}

/* So few bytes come whole, whatever signals do. */
int linux_secret_make(struct platform *p, void *out, size_t bytes)
{
	(void)p;
	if (bytes > 256)
		return -EINVAL;
	return getrandom(out, bytes, 0) == (ssize_t)bytes ? 0 : -errno;
}

void linux_secret_free(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

static void *secret_realloc(void *memory, size_t bytes)
{
	size_t before = memory ? malloc_usable_size(memory) : 0;
	void *new = malloc(bytes);

	if (!new)
		return NULL;
	if (memory)
		memcpy(new, memory, before < bytes ? before : bytes);
	linux_secret_free(memory);
	return new;
}

void linux_secret_buffers(void)
{
	event_set_mem_functions(malloc, secret_realloc, linux_secret_free);
}
