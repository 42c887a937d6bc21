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
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

ssize_t linux_secret_read(struct platform *p, const char *prompt, char *out, size_t bytes)
{
	(void)p;
	/* No core, and nobody of the same user looks in. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return -errno;
	if (readpassphrase(prompt, out, bytes, RPP_REQUIRE_TTY | RPP_ECHO_OFF))
		return (ssize_t)strlen(out);
	explicit_bzero(out, bytes);
	return errno == ENOTTY ? -ENXIO : -errno;
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
