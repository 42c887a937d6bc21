/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine's files: a flat table of paths, which is all a few dozen files need. A
 * folder is an entry of its own and must exist before what is in it.
 */
#include "sim/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Without slashes at its end: "/var/.audit/" names the folder "/var/.audit". */
static size_t plain_length(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return n;
}

struct sim_file *sim_file_find(const struct sim *s, const char *path)
{
	size_t n = plain_length(path);

	for (size_t i = 0; i < s->file_count; i++) {
		if (s->files[i]->path && strlen(s->files[i]->path) == n &&
		    !memcmp(s->files[i]->path, path, n))
			return s->files[i];
	}
	return NULL;
}

static int check_parent(const struct sim *s, const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[PLATFORM_PATH_MAX];
	const struct sim_file *folder;
	size_t n;

	if (!slash || strlen(path) >= sizeof(parent))
		return slash ? -ENAMETOOLONG : -ENOENT;
	if (!strcmp(path, "/"))
		return 0;
	n = slash == path ? 1 : (size_t)(slash - path);
	memcpy(parent, path, n);
	parent[n] = '\0';
	folder = sim_file_find(s, parent);
	if (!folder)
		return -ENOENT;
	return folder->is_dir ? 0 : -ENOTDIR;
}

int sim_file_make(struct sim *s, const char *path, bool is_dir, mode_t mode, uid_t uid,
		  struct sim_file **out)
{
	char plain[PLATFORM_PATH_MAX];
	struct sim_file *f;
	int error;

	snprintf(plain, sizeof(plain), "%.*s", (int)plain_length(path), path);
	error = check_parent(s, plain);
	if (!error && sim_file_find(s, path))
		error = -EEXIST;
	if (!error && s->file_count == SIM_FILES_MAX)
		error = -ENOSPC;
	if (error)
		return error;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->path = strdup(plain);
	if (!f->path) {
		free(f);
		return -ENOMEM;
	}
	f->number = ++s->file_last;
	f->is_dir = is_dir;
	f->mode = mode;
	f->uid = uid;
	f->mtime_s = sim_wall_ns(s) / NS_PER_S;
	s->files[s->file_count++] = f;
	*out = f;
	return 0;
}

int sim_file_resize(struct sim *s, struct sim_file *f, uint64_t size)
{
	char *data;

	if (size > SIM_FILE_BYTES_MAX)
		return -EFBIG;
	if (size > f->room) {
		size_t room = size > 2 * f->room ? size : 2 * f->room;

		data = realloc(f->data, room);
		if (!data)
			return -ENOMEM;
		f->data = data;
		f->room = room;
	}
	if (size > f->size)
		memset(f->data + f->size, 0, size - f->size);
	f->size = size;
	f->mtime_s = sim_wall_ns(s) / NS_PER_S;
	return 0;
}

int sim_file_write(struct sim *s, struct sim_file *f, const void *data, size_t bytes,
		   uint64_t offset)
{
	int error = offset + bytes > f->size ? sim_file_resize(s, f, offset + bytes) : 0;

	if (!error && bytes)
		memcpy(f->data + offset, data, bytes);
	return error;
}

ssize_t sim_file_read(const struct sim_file *f, void *buffer, size_t bytes, uint64_t offset)
{
	if (f->is_dir)
		return -EISDIR;
	if (offset >= f->size)
		return 0;
	if (bytes > f->size - offset)
		bytes = f->size - offset;
	memcpy(buffer, f->data + offset, bytes);
	return (ssize_t)bytes;
}

void sim_file_release(struct sim *s, struct sim_file *f)
{
	if (f->path || f->open_count)
		return;
	for (size_t i = 0; i < s->file_count; i++) {
		if (s->files[i] == f)
			s->files[i] = s->files[--s->file_count];
	}
	free(f->data);
	free(f->durable);
	free(f);
}

static bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);

	return !strncmp(path, folder, n) && path[n] == '/';
}

static bool is_empty(const struct sim *s, const char *folder)
{
	for (size_t i = 0; i < s->file_count; i++) {
		if (s->files[i]->path && is_below(s->files[i]->path, folder))
			return false;
	}
	return true;
}

int sim_file_unlink(struct sim *s, const char *path)
{
	struct sim_file *f = sim_file_find(s, path);

	if (!f)
		return -ENOENT;
	if (f->is_dir && !is_empty(s, f->path))
		return -ENOTEMPTY;
	free(f->path);
	f->path = NULL;
	sim_file_release(s, f);
	return 0;
}

/* One entry at or below a path that has nothing below itself; NULL: there is none. */
static const struct sim_file *deepest(const struct sim *s, const char *path)
{
	const struct sim_file *best = NULL;

	for (size_t i = 0; i < s->file_count; i++) {
		const struct sim_file *f = s->files[i];

		if (f->path && (!strcmp(f->path, path) || is_below(f->path, path)) &&
		    (!best || strlen(f->path) > strlen(best->path)))
			best = f;
	}
	return best;
}

int sim_remove(struct sim *s, const char *path)
{
	const struct sim_file *f = deepest(s, path);
	int error = f ? 0 : -ENOENT;

	for (; f && !error; f = deepest(s, path))
		error = sim_file_unlink(s, f->path);
	return error;
}

int sim_chmod(struct sim *s, const char *path, mode_t mode)
{
	struct sim_file *f = sim_file_find(s, path);

	if (!f)
		return -ENOENT;
	f->mode = mode;
	return 0;
}

static int move_below(struct sim *s, const char *from, const char *to)
{
	for (size_t i = 0; i < s->file_count; i++) {
		struct sim_file *f = s->files[i];
		char *moved;

		if (!f->path || !is_below(f->path, from))
			continue;
		moved = malloc(strlen(to) + strlen(f->path + strlen(from)) + 1);
		if (!moved)
			return -ENOMEM;
		memcpy(moved, to, strlen(to));
		memcpy(moved + strlen(to), f->path + strlen(from),
		       strlen(f->path + strlen(from)) + 1);
		free(f->path);
		f->path = moved;
	}
	return 0;
}

int sim_file_rename(struct sim *s, const char *from, const char *to)
{
	struct sim_file *f = sim_file_find(s, from);
	const struct sim_file *there = sim_file_find(s, to);
	char *path;
	int error;

	if (!f)
		return -ENOENT;
	if (f == there)
		return 0;
	error = check_parent(s, to);
	if (error)
		return error;
	if (there && there->is_dir != f->is_dir)
		return there->is_dir ? -EISDIR : -ENOTDIR;
	if (there)
		error = sim_file_unlink(s, to);
	if (error)
		return error;
	path = strdup(to);
	if (!path)
		return -ENOMEM;
	error = move_below(s, from, to);
	free(f->path);
	f->path = path;
	return error;
}

int sim_file_list(const struct sim *s, const char *path, int (*entry)(void *arg, const char *name),
		  void *arg)
{
	const struct sim_file *folder = sim_file_find(s, path);
	size_t n;
	int result = 0;

	if (!folder)
		return -ENOENT;
	if (!folder->is_dir)
		return -ENOTDIR;
	n = strlen(folder->path) > 1 ? strlen(folder->path) : 0;
	for (size_t i = 0; i < s->file_count && !result; i++) {
		const char *at = s->files[i]->path;

		if (at && !strncmp(at, folder->path, n) && at[n] == '/' && at[n + 1] &&
		    !strchr(at + n + 1, '/'))
			result = entry(arg, at + n + 1);
	}
	return result;
}

void sim_files_free(struct sim *s)
{
	for (size_t i = 0; i < s->file_count; i++) {
		free(s->files[i]->path);
		free(s->files[i]->data);
		free(s->files[i]->durable);
		free(s->files[i]);
	}
	s->file_count = 0;
}
