/* SPDX-License-Identifier: MIT */
/*
 * secons -tv; see secons_follow.h.
 */
#include "ref/cmd/secons_follow.h"

#include <errno.h>

#define LOOK_NS     (200 * NS_PER_MS)
#define CHUNK_BYTES 8192

/* Prints from offset to the end, which it becomes. */
static int print_new(struct platform *p, const char *path, uint64_t *offset, FILE *out)
{
	char chunk[CHUNK_BYTES];
	int fd = p->ops->open(p, path, PLATFORM_READ, 0);
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = p->ops->read(p, fd, chunk, sizeof(chunk), *offset)) > 0) {
		fwrite(chunk, 1, (size_t)n, out);
		*offset += (uint64_t)n;
	}
	p->ops->close(p, fd);
	if (n < 0)
		return (int)n;
	return fflush(out) ? -EIO : 0;
}

int secons_follow(struct platform *p, const char *path, unsigned size_kb, FILE *out)
{
	uint64_t last_bytes = (uint64_t)size_kb * 1024, offset = 0;
	struct platform_stat s;
	int error = p->ops->stat(p, path, &s);

	if (!error && size_kb > 0 && s.size_bytes > last_bytes)
		offset = s.size_bytes - last_bytes;
	for (;;) {
		if (!error && s.size_bytes < offset)
			offset = 0;
		if (!error && s.size_bytes > offset)
			error = print_new(p, path, &offset, out);
		if (error && error != -ENOENT)
			return error;
		/* A pause: a process that never ends is waited for. */
		(void)p->ops->wait_gone(p, p->ops->pid(p), LOOK_NS, NULL);
		error = p->ops->stat(p, path, &s);
	}
}
