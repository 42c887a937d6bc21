/* SPDX-License-Identifier: MIT */
/*
 * Audit trails on disk; see trail.h. What exists is found out by creating it, never by looking
 * first, so that a trail is not made onto anything (decision H28); each step that was taken is
 * remembered and taken back when a later one fails.
 */
#include "ref/store/trail.h"
#include "ref/store/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOCK_WAIT_NS  (10 * NS_PER_S)
#define LOCK_PAUSE_NS (5 * NS_PER_MS)

static int join(char out[PLATFORM_PATH_MAX], const char *folder, const char *name)
{
	int n = snprintf(out, PLATFORM_PATH_MAX, "%s/%s", folder, name);

	return n < 0 || n >= PLATFORM_PATH_MAX ? -ENAMETOOLONG : 0;
}

/* Looking */

/* A file that has nothing but its version record, or a part of it, as one who was killed leaves it.
 */
static bool is_fresh(struct platform *p, const char *path, unsigned n, uint64_t size_bytes)
{
	unsigned char expected[TRAIL_VERSION_BYTES];
	unsigned char start[TRAIL_VERSION_BYTES];
	bool same;
	int fd;

	if (size_bytes > sizeof(start))
		return false;
	fd = p->ops->open(p, path, PLATFORM_READ, 0);
	if (fd < 0)
		return false;
	trail_version_record(n, expected);
	same = p->ops->read(p, fd, start, sizeof(start), 0) == (ssize_t)size_bytes &&
	       !memcmp(start, expected, size_bytes);
	p->ops->close(p, fd);
	return same;
}

static bool is_fresh_file(struct platform *p, const char *path, const char *name,
			  uint64_t size_bytes)
{
	uint32_t n;

	return !strncmp(name, "spu", 3) &&
	       trail_parse_number(name + 3, 0, TRAIL_FILES_MAX - 1, &n) &&
	       is_fresh(p, path, n, size_bytes);
}

struct folder_look {
	struct platform *platform;
	const char *path;
	struct trail_look *look;
};

static int look_at_entry(void *arg, const char *name)
{
	const struct folder_look *f = arg;
	char path[PLATFORM_PATH_MAX];
	struct platform_stat s;
	int error = join(path, f->path, name);

	if (!error)
		error = f->platform->ops->stat(f->platform, path, &s);
	if (error)
		return error == -ENOENT ? 0 : error; /* it went away meanwhile */
	f->look->is_empty = f->look->is_empty && s.is_file &&
			    is_fresh_file(f->platform, path, name, s.size_bytes);
	if (s.is_file)
		f->look->size_bytes += s.size_bytes;
	return 0;
}

static int look_at_parent(struct platform *p, const char *path, struct trail_look *out)
{
	char parent[PLATFORM_PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t n = slash && slash != path ? (size_t)(slash - path) : 1;
	struct platform_stat s;
	int error;

	if (!slash || n >= sizeof(parent))
		return slash ? -ENAMETOOLONG : -ENOENT;
	memcpy(parent, path, n);
	parent[n] = '\0';
	error = p->ops->stat(p, parent, &s);
	if (!error && !s.is_dir)
		error = -ENOTDIR;
	out->device = error ? 0 : s.device;
	return error ? error : p->ops->space(p, parent, &out->space);
}

int trail_look(struct platform *p, const char *path, struct trail_look *out)
{
	struct folder_look folder = {.platform = p, .path = path};
	struct platform_stat s;
	int error = p->ops->stat(p, path, &s);

	*out = (struct trail_look){.is_empty = true};
	folder.look = out;
	if (error == -ENOENT)
		return look_at_parent(p, path, out);
	if (error)
		return error;
	out->exists = true;
	out->is_dir = s.is_dir;
	out->is_file = s.is_file;
	out->device = s.device;
	if (s.is_dir) {
		error = p->ops->list(p, path, look_at_entry, &folder);
	} else {
		out->size_bytes = s.size_bytes;
		out->is_empty = s.is_file && is_fresh(p, path, 0, s.size_bytes);
	}
	return error ? error : p->ops->space(p, path, &out->space);
}

/* Making */

static int write_start(struct platform *p, int fd, unsigned n)
{
	unsigned char record[TRAIL_VERSION_BYTES];
	int error;

	trail_version_record(n, record);
	error = p->ops->write(p, fd, record, sizeof(record));
	p->ops->close(p, fd);
	return error;
}

/* Makes the start of a file that is there whole: it is a part of one, or nothing. */
static int complete(struct platform *p, const char *path, unsigned n, bool *made)
{
	struct platform_stat s;
	int error = p->ops->stat(p, path, &s);
	int fd;

	if (error || s.size_bytes >= TRAIL_VERSION_BYTES || !is_fresh(p, path, n, s.size_bytes))
		return error;
	fd = p->ops->open(p, path, PLATFORM_APPEND, 0);
	if (fd < 0)
		return fd;
	*made = true;
	error = p->ops->truncate(p, fd, 0);
	if (!error)
		return write_start(p, fd, n);
	p->ops->close(p, fd);
	return error;
}

/* One file of a trail that is a directory; one that is there keeps what it has. */
static int make_file(struct platform *p, unsigned n, struct trail_made *made)
{
	char path[TRAIL_PATH_MAX];
	bool started; /* what little there was is not put back after a failure */
	int fd;

	if (!trail_file_name(made->path, n, path))
		return -ENAMETOOLONG;
	fd = p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_EXCL, 0600);
	if (fd == -EEXIST)
		return complete(p, path, n, &started);
	if (fd < 0)
		return fd;
	made->files[n] = true;
	return write_start(p, fd, n);
}

static int make_folder(struct platform *p, unsigned files, bool only_new, struct trail_made *made)
{
	int error = p->ops->mkdir(p, made->path, 0700);

	made->trail = !error;
	if (error == -EEXIST && !only_new)
		error = 0;
	for (unsigned n = 0; n < files && !error; n++)
		error = make_file(p, n, made);
	return error;
}

static int make_single(struct platform *p, bool only_new, struct trail_made *made)
{
	int fd = p->ops->open(p, made->path, PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_EXCL,
			      0600);

	made->trail = fd >= 0;
	if (fd >= 0)
		return write_start(p, fd, 0);
	if (fd != -EEXIST || only_new)
		return fd;
	return complete(p, made->path, 0, &made->start);
}

int trail_make(struct platform *p, const char *path, unsigned files, bool only_new,
	       struct trail_made *made)
{
	int n;
	int error;

	*made = (struct trail_made){0};
	n = snprintf(made->path, sizeof(made->path), "%s", path);
	if (n < 0 || n >= (int)sizeof(made->path))
		return -ENAMETOOLONG;
	error = files ? make_folder(p, files, only_new, made) : make_single(p, only_new, made);
	if (error) {
		trail_unmake(p, made);
		*made = (struct trail_made){0};
	}
	return error;
}

/* Takes back what was made. What cannot be removed any more stays; nobody could do more about it.
 */
void trail_unmake(struct platform *p, const struct trail_made *made)
{
	bool folder = made->trail;
	char path[TRAIL_PATH_MAX];

	for (unsigned n = 0; n < TRAIL_FILES_MAX; n++) {
		if (made->files[n] && trail_file_name(made->path, n, path))
			p->ops->unlink(p, path);
	}
	if (folder && p->ops->rmdir(p, made->path) == -ENOTDIR)
		p->ops->unlink(p, made->path);
	if (made->start) {
		int fd = p->ops->open(p, made->path, PLATFORM_APPEND, 0);

		if (fd < 0)
			return;
		p->ops->truncate(p, fd, 0);
		p->ops->close(p, fd);
	}
}

/* audnames */

static int make_names_folder(struct platform *p)
{
	static const char *const folders[] = {"/.secure", "/.secure/etc"};
	char path[PLATFORM_PATH_MAX];
	int error = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !error; i++) {
		error = path_installed(p, folders[i], path);
		if (!error)
			error = p->ops->mkdir(p, path, 0700);
		if (error == -EEXIST)
			error = 0;
	}
	return error;
}

/* The lock itself does not wait: tries again when its owner may have given it back. */
static int lock_patiently(struct platform *p, const char *path)
{
	int64_t end_ns = p->ops->boot_ns(p) + LOCK_WAIT_NS;
	int fd = p->ops->lock(p, path);

	while (fd == -EBUSY && p->ops->boot_ns(p) < end_ns) {
		pid_t owner = p->ops->lock_owner(p, path);

		if (owner > 0)
			p->ops->wait_gone(p, owner, LOCK_PAUSE_NS, NULL);
		fd = p->ops->lock(p, path);
	}
	return fd;
}

int trail_names_lock(struct platform *p, char *why, size_t bytes)
{
	char path[PLATFORM_PATH_MAX];
	int error = path_installed(p, TRAIL_NAMES_PATH ".lock", path);
	int fd;

	if (!error)
		error = make_names_folder(p);
	fd = error ? error : lock_patiently(p, path);
	if (fd == -EBUSY)
		snprintf(why, bytes, "%s: held by process %d for %d s", path,
			 (int)p->ops->lock_owner(p, path), (int)(LOCK_WAIT_NS / NS_PER_S));
	else if (fd < 0)
		snprintf(why, bytes, "%s: %s", path, strerror(-fd));
	return fd;
}

static int parse_names(const char *path, const char *text, size_t length, struct trail_names *out,
		       char *why, size_t bytes)
{
	char fault[TRAIL_WHY_MAX] = "not a text file";
	unsigned line = memchr(text, '\0', length) ? 1 : trail_names_parse(text, out, fault);

	if (!line)
		return 0;
	snprintf(why, bytes, "%s:%u: %s: correct it or remove the file", path, line, fault);
	return -EINVAL;
}

int trail_names_load(struct platform *p, struct trail_names *out, char *why, size_t bytes)
{
	char path[PLATFORM_PATH_MAX] = TRAIL_NAMES_PATH;
	char boot_id[TRAIL_BOOT_ID_MAX];
	char *text = NULL;
	size_t length;
	int error = path_installed(p, TRAIL_NAMES_PATH, path);

	*out = (struct trail_names){.files = 1};
	if (!error)
		error = file_read(p, path, TRAIL_NAMES_TEXT_MAX - 1, &text, &length);
	if (error == -ENOENT)
		return 0;
	if (!error)
		error = p->ops->boot_id(p, boot_id, sizeof(boot_id));
	if (error)
		snprintf(why, bytes, "%s: %s", path, strerror(-error));
	else
		error = parse_names(path, text, length, out, why, bytes);
	free(text);
	if (!error && strcmp(out->boot_id, boot_id) != 0)
		out->on = false;
	return error;
}

/* Replacing fails in its last step when the folder cannot be synced: the new file is there by then,
 * and what it says holds. */
static bool is_replaced(struct platform *p, const char *path, const char *text, size_t length)
{
	char *there = NULL;
	size_t bytes;
	bool same = !file_read(p, path, TRAIL_NAMES_TEXT_MAX, &there, &bytes) && bytes == length &&
		    !memcmp(there, text, length);

	free(there);
	return same;
}

int trail_names_store(struct platform *p, struct trail_names *names)
{
	char text[TRAIL_NAMES_TEXT_MAX];
	char path[PLATFORM_PATH_MAX];
	size_t length;
	int error = path_installed(p, TRAIL_NAMES_PATH, path);

	if (!error)
		error = p->ops->boot_id(p, names->boot_id, sizeof(names->boot_id));
	if (error)
		return error;
	length = trail_names_render(names, text);
	error = file_replace(p, path, text, length, 0600);
	return error && is_replaced(p, path, text, length) ? 0 : error;
}

/* Switching */

int trail_next_check(struct platform *p, const char *path)
{
	struct platform_space space;
	int fd = p->ops->open(p, path, PLATFORM_READ, 0);
	int error;

	if (fd < 0)
		return fd;
	p->ops->close(p, fd);
	error = p->ops->space(p, path, &space);
	if (error)
		return error;
	return space.available ? 0 : -ENOSPC;
}

static int make_new(struct platform *p, const struct trail_names *names, enum trail_stamp form,
		    struct trail_made *made)
{
	char path[TRAIL_PATH_MAX];
	struct tm local;
	int error = p->ops->local_time(p, p->ops->wall_ns(p) / NS_PER_S, &local);

	if (error)
		return error;
	for (unsigned attempt = 0; attempt < TRAIL_ATTEMPTS_MAX; attempt++) {
		if (!trail_name(names->base, &local, form, attempt, path))
			return -ENAMETOOLONG;
		error = trail_make(p, path, names->files, true, made);
		if (error != -EEXIST)
			return error;
	}
	return -EEXIST;
}

int trail_switch_to_new(struct platform *p, struct trail_names *names, enum trail_stamp form)
{
	struct trail_names switched = *names;
	struct trail_made made;
	int error = make_new(p, names, form, &made);

	if (error)
		return error;
	memcpy(switched.current, made.path, sizeof(switched.current));
	error = trail_names_store(p, &switched);
	if (error)
		trail_unmake(p, &made);
	else
		*names = switched;
	return error;
}

int trail_switch_to_next(struct platform *p, struct trail_names *names)
{
	struct trail_names switched = *names;
	struct trail_made made;
	int error = trail_make(p, names->next, names->files, false, &made);

	if (error)
		return error;
	memcpy(switched.current, names->next, sizeof(switched.current));
	memcpy(switched.base, names->next, sizeof(switched.base));
	switched.current_kb = names->next_kb;
	switched.next[0] = '\0';
	switched.next_kb = 0;
	error = trail_names_store(p, &switched);
	if (error)
		trail_unmake(p, &made);
	else
		*names = switched;
	return error;
}
