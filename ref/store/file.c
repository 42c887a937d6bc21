/* SPDX-License-Identifier: MIT */
/*
 * Whole files and installed paths; see file.h. Every step that can fail is followed to its end: a
 * replaced file is either the old one or the new one, never a part.
 */
#include "ref/store/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int path_installed(const struct platform *p, const char *path, char out[PLATFORM_PATH_MAX])
{
	int n = snprintf(out, PLATFORM_PATH_MAX, "%s%s", p->prefix, path);

	return n < 0 || n >= PLATFORM_PATH_MAX ? -ENAMETOOLONG : 0;
}

static int read_all(struct platform *p, int fd, size_t max_bytes, char *text, size_t *bytes)
{
	size_t have = 0;

	for (;;) {
		ssize_t n = p->ops->read(p, fd, text + have, max_bytes + 1 - have, have);

		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		have += (size_t)n;
		if (have > max_bytes)
			return -EFBIG;
	}
	text[have] = '\0';
	*bytes = have;
	return 0;
}

int file_read(struct platform *p, const char *path, size_t max_bytes, char **text, size_t *bytes)
{
	int fd = p->ops->open(p, path, PLATFORM_READ, 0);
	int error;

	if (fd < 0)
		return fd;
	*text = malloc(max_bytes + 1);
	error = *text ? read_all(p, fd, max_bytes, *text, bytes) : -ENOMEM;
	p->ops->close(p, fd);
	if (error) {
		free(*text);
		*text = NULL;
	}
	return error;
}

static int write_synced(struct platform *p, const char *path, const void *data, size_t bytes,
			mode_t mode)
{
	int fd = p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_TRUNC, mode);
	int error;

	if (fd < 0)
		return fd;
	error = p->ops->write(p, fd, data, bytes);
	if (!error)
		error = p->ops->sync(p, fd);
	p->ops->close(p, fd);
	return error;
}

int file_sync_folder(struct platform *p, const char *path)
{
	char folder[PLATFORM_PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	if (!slash)
		return p->ops->sync_dir(p, ".");
	if (length == 0)
		return p->ops->sync_dir(p, "/");
	if (length >= sizeof(folder))
		return -ENAMETOOLONG;
	memcpy(folder, path, length);
	folder[length] = '\0';
	return p->ops->sync_dir(p, folder);
}

int file_replace(struct platform *p, const char *path, const void *data, size_t bytes, mode_t mode)
{
	char temporary[PLATFORM_PATH_MAX];
	int n = snprintf(temporary, sizeof(temporary), "%s.new", path);
	int error;

	if (n < 0 || n >= (int)sizeof(temporary))
		return -ENAMETOOLONG;
	error = write_synced(p, temporary, data, bytes, mode);
	if (!error)
		error = p->ops->rename(p, temporary, path);
	if (error) {
		p->ops->unlink(p, temporary);
		return error;
	}
	return file_sync_folder(p, path);
}
