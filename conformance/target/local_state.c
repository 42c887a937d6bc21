/* SPDX-License-Identifier: MIT */
/*
 * The same initial state for every case: in a mount namespace of its own, each state folder is
 * covered by a copy in memory, but for folders named bin, which are bound as they are. What the
 * case changes is gone with the namespace. In a guest the folders are read once, before the first
 * case.
 *
 * Not for: processes (leftover.c).
 */
#include "conformance/case_end.h"
#include "conformance/target/local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX      16
#define FOLDERS_MAX    16
#define STATE_MAX_SIZE "size=64m"

struct entry {
	char *name; /* below the folder, "." itself */
	struct stat st;
	char *data; /* of a file; of a link, what it points to */
	bool bound; /* a folder that is bound instead of copied */
};

/* What is in a folder; each folder in it comes before what is in that one. */
struct content {
	struct entry *entries;
	size_t count;
};

/* Of the state folders, by their place in the list. */
static struct content remembered[FOLDERS_MAX];

/* --- reading ---------------------------------------------------------------------------------- */

/* A file that is being written to is taken as it is then. */
static int read_file(int folder, struct entry *e)
{
	int fd = openat(folder, e->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	off_t bytes = e->st.st_size;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	e->data = memory_zeroed(1, (size_t)bytes + 1);
	for (e->st.st_size = 0; n > 0 && e->st.st_size < bytes; e->st.st_size += n)
		n = read(fd, e->data + e->st.st_size, (size_t)(bytes - e->st.st_size));
	n = n < 0 ? -errno : 0;
	close(fd);
	return (int)n;
}

static int read_link(int folder, struct entry *e)
{
	char to[TARGET_PATH_MAX];
	ssize_t n = readlinkat(folder, e->name, to, sizeof(to));

	if (n < 0 || n == sizeof(to))
		return n < 0 ? -errno : -ENAMETOOLONG;
	e->data = memory_copied(to, (size_t)n);
	return 0;
}

static int read_folder(struct content *c, int folder, const char *name, unsigned depth);

/* Takes up what has a name below the folder, and what is in it. */
static int read_entry(struct content *c, int folder, const char *name, unsigned depth)
{
	const char *last = strrchr(name, '/');
	struct entry e = {.bound = last && strcmp(last, "/bin") == 0};
	int error = 0;

	if (fstatat(folder, name, &e.st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (!S_ISDIR(e.st.st_mode) && !S_ISLNK(e.st.st_mode) && !S_ISREG(e.st.st_mode))
		return 0; /* sockets and FIFOs belong to processes, which are not copied */
	e.name = memory_copied(name, strlen(name));
	if (S_ISREG(e.st.st_mode))
		error = read_file(folder, &e);
	else if (S_ISLNK(e.st.st_mode))
		error = read_link(folder, &e);
	c->entries = memory_resized(c->entries, c->count + 1, sizeof(e));
	c->entries[c->count++] = e;
	if (!error && S_ISDIR(e.st.st_mode) && !e.bound)
		error = read_folder(c, folder, name, depth);
	return error;
}

static int read_folder(struct content *c, int folder, const char *name, unsigned depth)
{
	int fd = depth < DEPTH_MAX ? openat(folder, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *found;
	int error = 0;

	if (!dir)
		return depth < DEPTH_MAX ? -errno : -ELOOP;
	while (!error && (found = readdir(dir))) {
		char *below;

		if (!strcmp(found->d_name, ".") || !strcmp(found->d_name, ".."))
			continue;
		below = memory_format("%s/%s", name, found->d_name);
		error = read_entry(c, folder, below, depth + 1);
		free(below);
	}
	closedir(dir);
	return error;
}

static void content_free(struct content *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->entries[i].name);
		free(c->entries[i].data);
	}
	free(c->entries);
	*c = (struct content){NULL, 0};
}

/* --- laying ----------------------------------------------------------------------------------- */

static int lay_file(int out, const struct entry *e)
{
	int fd = openat(out, e->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
			e->st.st_mode & 07777);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = write(fd, e->data, (size_t)e->st.st_size);
	n = n < 0 ? -errno : n < e->st.st_size ? -ENOSPC : 0;
	close(fd);
	return (int)n;
}

/* Programs are no state: the folder itself is made visible instead of a copy. */
static int bind_folder(int from, int out, const char *name)
{
	char source[TARGET_PATH_MAX], target[TARGET_PATH_MAX];

	snprintf(source, sizeof(source), "/proc/self/fd/%d/%s", from, name);
	snprintf(target, sizeof(target), "/proc/self/fd/%d/%s", out, name);
	return mount(source, target, NULL, MS_BIND, NULL) ? -errno : 0;
}

static int lay_folder(int from, int out, const struct entry *e)
{
	if (mkdirat(out, e->name, e->st.st_mode & 07777) && errno != EEXIST)
		return -errno;
	return e->bound ? bind_folder(from, out, e->name) : 0;
}

static int set_owner(int out, const struct entry *e)
{
	mode_t mode = e->st.st_mode & 07777;
	bool other = e->st.st_uid || e->st.st_gid;

	if (other && fchownat(out, e->name, e->st.st_uid, e->st.st_gid, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (S_ISLNK(e->st.st_mode))
		return 0;
	/* The folder itself was there; some bits count for nothing in what is made, or go with the
	 * owner. */
	if ((other || mode & 07000 || !strcmp(e->name, ".")) && fchmodat(out, e->name, mode, 0))
		return -errno;
	return 0;
}

/* Puts the content of the folder `from` into the empty folder `out`. */
static int lay(const struct content *c, int from, int out)
{
	mode_t mask = umask(0);
	int error = 0;

	for (size_t i = 0; i < c->count && !error; i++) {
		const struct entry *e = &c->entries[i];

		if (S_ISDIR(e->st.st_mode))
			error = lay_folder(from, out, e);
		else if (S_ISLNK(e->st.st_mode))
			error = symlinkat(e->data, out, e->name) ? -errno : 0;
		else
			error = lay_file(out, e);
		if (!error && !e->bound)
			error = set_owner(out, e);
	}
	umask(mask);
	return error;
}

/* Lays what is known of a folder, or what is in it now: known is NULL, or empty. */
static int copy_folder(const struct content *known, int from, int out)
{
	struct content now = {NULL, 0};
	bool is_known = known && known->count;
	int error = is_known ? 0 : read_entry(&now, from, ".", 0);

	if (!error)
		error = lay(is_known ? known : &now, from, out);
	content_free(&now);
	return error;
}

/* --- covering --------------------------------------------------------------------------------- */

/* Makes a folder and those above it, as the first case that needs it finds it. */
static int make_folders(const char *path)
{
	char part[TARGET_PATH_MAX];
	char *slash = part;

	snprintf(part, sizeof(part), "%s", path);
	while (slash) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(part, 0755) && errno != EEXIST)
			return -errno;
		if (slash)
			*slash = '/';
	}
	return 0;
}

static int open_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

/* Whether a folder lies below one of the first `bytes` of the list, which are covered already. */
static bool is_covered(const char *folders, size_t bytes, const char *path)
{
	for (size_t at = 0, n; at < bytes; at += n + strspn(folders + at + n, " ")) {
		n = strcspn(folders + at, " ");
		if (strncmp(path, folders + at, n) == 0 && path[n] == '/')
			return true;
	}
	return false;
}

/* Goes through a list of folders. */
struct walk {
	const char *folders, *next;
	char path[TARGET_PATH_MAX];
	size_t place; /* behind that of the path */
	int error;
};

/* Makes the next folder if need be; one below another before it is only made. False at the end, and
 * when there is an error. */
static bool next_folder(struct walk *w)
{
	const char *here;

	do {
		size_t n = strcspn(w->next, " ");

		if (!n || w->error)
			return false;
		here = w->next;
		w->next += n + strspn(w->next + n, " ");
		snprintf(w->path, sizeof(w->path), "%.*s", (int)n, here);
		w->error = *w->path != '/' || w->place++ == FOLDERS_MAX ? -EINVAL
									: make_folders(w->path);
	} while (is_covered(w->folders, (size_t)(here - w->folders), w->path));
	return w->error == 0;
}

static int mount_memory(const char *path)
{
	return mount("state", path, "tmpfs", 0, STATE_MAX_SIZE) ? -errno : open_folder(path);
}

/* Mounts a part of a file system, which the first part makes, on a folder. */
static int mount_part(int *base, const char *path, size_t place)
{
	char part[16], source[48];

	if (*base < 0)
		*base = mount_memory(path);
	if (*base < 0)
		return *base;
	snprintf(part, sizeof(part), "%zu", place);
	snprintf(source, sizeof(source), "/proc/self/fd/%d/%s", *base, part);
	if (mkdirat(*base, part, 0700) || mount(source, path, NULL, MS_BIND, NULL))
		return -errno;
	return open_folder(path);
}

/* Covers a folder with a part of the file system behind base, or with one of its own. */
static int cover_folder(const char *path, int *base, size_t place, const struct content *known)
{
	int from = open_folder(path);
	int out = from < 0 ? from : base ? mount_part(base, path, place) : mount_memory(path);
	int error = out < 0 ? out : copy_folder(known, from, out);

	if (out >= 0)
		close(out);
	if (from >= 0)
		close(from);
	return error;
}

int local_cover(const char *path)
{
	int error = make_folders(path);

	return error ? error : cover_folder(path, NULL, 0, NULL);
}

/* Covers the folders with what is known of them, or with what is in them now. */
static int cover(struct target *t, const char *folders, const struct content *known)
{
	struct walk w = {.folders = folders, .next = folders};
	int base = -1;

	while (next_folder(&w))
		w.error = cover_folder(w.path, &base, w.place, known ? &known[w.place - 1] : NULL);
	if (base >= 0)
		close(base);
	return !w.error ? 0
			: local_failed(t, -w.error, "[target] state: %s: %s", w.path,
				       strerror(-w.error));
}

int local_state_cover(struct target *t, const char *folders)
{
	return cover(t, folders, NULL);
}

static int remember(const char *path, struct content *out)
{
	int fd = open_folder(path);
	int error = fd < 0 ? fd : read_entry(out, fd, ".", 0);

	if (fd >= 0)
		close(fd);
	return error;
}

int local_state_remember(const struct profile *profile, char *why, size_t bytes)
{
	const char *folders = profile_get(profile, "target", "state");
	struct walk w = {.folders = folders, .next = folders};

	while (folders && next_folder(&w))
		w.error = remember(w.path, &remembered[w.place - 1]);
	if (w.error)
		snprintf(why, bytes, "[target] state: %s: %s", w.path, strerror(-w.error));
	return w.error;
}

int local_state_enter(struct target *t, const char *folders)
{
	struct stat st;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return local_failed(t, errno, "a mount namespace cannot be had: %s",
				    strerror(errno));
	if (stat("/proc/self/ns/mnt", &st))
		return local_failed(t, errno, "/proc/self/ns/mnt: %s", strerror(errno));
	case_end->mounts[0] = st.st_ino;
	return cover(t, folders, remembered);
}
