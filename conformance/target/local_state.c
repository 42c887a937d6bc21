/* SPDX-License-Identifier: MIT */
/*
 * The same initial state for every case: in a mount namespace of its own, each state folder is
 * covered by a copy in memory, but for folders named bin, which are bound as they are. What the
 * case changes is gone with the namespace.
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
#include <string.h>
#include <sys/mount.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX      16
#define STATE_MAX_SIZE "size=64m"

static int copy_tree(int from, int to, unsigned depth);

static int copy_file(int from, int to, const char *name, const struct stat *st)
{
	int in = openat(from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n = in < 0 || out < 0 ? -1 : 1;
	int error;

	while (n > 0)
		n = sendfile(out, in, NULL, 1 << 20);
	error = n < 0 ? -errno : 0;
	if (!error && fchown(out, st->st_uid, st->st_gid))
		error = -errno;
	if (!error && fchmod(out, st->st_mode & 07777))
		error = -errno;
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	return error;
}

static int copy_link(int from, int to, const char *name)
{
	char target[TARGET_PATH_MAX];
	ssize_t n = readlinkat(from, name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return symlinkat(target, to, name) ? -errno : 0;
}

/* Programs are no state: the folder itself is made visible instead of a copy. */
static int bind_folder(int in, int out)
{
	char source[64], target[64];

	snprintf(source, sizeof(source), "/proc/self/fd/%d", in);
	snprintf(target, sizeof(target), "/proc/self/fd/%d", out);
	return mount(source, target, NULL, MS_BIND, NULL) ? -errno : 0;
}

static int copy_folder(int from, int to, const char *name, const struct stat *st, unsigned depth)
{
	int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int out = -1;
	int error = 0;

	if (in < 0)
		return -errno;
	if (mkdirat(to, name, 0700) == 0)
		out = openat(to, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out < 0)
		error = -errno;
	if (!error && (fchown(out, st->st_uid, st->st_gid) || fchmod(out, st->st_mode & 07777)))
		error = -errno;
	if (!error)
		error = strcmp(name, "bin") == 0 ? bind_folder(in, out)
						 : copy_tree(in, out, depth + 1);
	if (out >= 0)
		close(out);
	close(in);
	return error;
}

static int copy_entry(int from, int to, const char *name, unsigned depth)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return copy_folder(from, to, name, &st, depth);
	if (S_ISLNK(st.st_mode))
		return copy_link(from, to, name);
	if (S_ISREG(st.st_mode))
		return copy_file(from, to, name, &st);
	return 0; /* sockets and FIFOs belong to processes, which are not copied */
}

static int copy_tree(int from, int to, unsigned depth)
{
	int fd = depth < DEPTH_MAX ? openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int error = 0;

	if (!dir)
		return depth < DEPTH_MAX ? -errno : -ELOOP;
	while (!error && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			error = copy_entry(from, to, entry->d_name, depth);
	closedir(dir);
	return error;
}

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

int local_cover(const char *path)
{
	struct stat st;
	int from, to = -1;
	int error = make_folders(path);

	if (error)
		return error;
	from = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from < 0 || fstat(from, &st) || mount("state", path, "tmpfs", 0, STATE_MAX_SIZE)) {
		error = -errno;
	} else {
		to = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (to < 0 || fchown(to, st.st_uid, st.st_gid) || fchmod(to, st.st_mode & 07777))
			error = -errno;
		else
			error = copy_tree(from, to, 0);
	}
	if (to >= 0)
		close(to);
	if (from >= 0)
		close(from);
	return error;
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

int local_state_enter(struct target *t, const char *folders)
{
	struct stat st;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return local_failed(t, errno, "a mount namespace cannot be had: %s",
				    strerror(errno));
	if (stat("/proc/self/ns/mnt", &st))
		return local_failed(t, errno, "/proc/self/ns/mnt: %s", strerror(errno));
	case_end->mounts[0] = st.st_ino;
	return local_state_cover(t, folders);
}

int local_state_cover(struct target *t, const char *folders)
{
	const char *next = folders;

	while (*next) {
		size_t n = strcspn(next, " ");
		char path[TARGET_PATH_MAX];
		int error;

		snprintf(path, sizeof(path), "%.*s", (int)n, next);
		if (*path != '/')
			error = -EINVAL;
		else if (is_covered(folders, (size_t)(next - folders), path))
			error = make_folders(path);
		else
			error = local_cover(path);
		if (error)
			return local_failed(t, -error, "[target] state: %s: %s", path,
					    strerror(-error));
		next += n + strspn(next + n, " ");
	}
	return 0;
}
