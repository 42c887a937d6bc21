/* SPDX-License-Identifier: MIT */
/*
 * How fast folders are, measured in turns within one run, so that what disturbs one disturbs all:
 * writing and reading a file in large pieces, making, changing and removing small ones, and listing
 * them. Prints a line "WORK FOLDER NANOSECONDS" for each work of each round; every other round goes
 * through the folders in reverse. Not here: what to make of it (ci/bench).
 *
 *	fillfs_bench ROUNDS FOLDER...
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PIECE       (128 * 1024)
#define PIECES      256 /* 32 MiB */
#define SMALL_FILES 500

static char piece[PIECE];

static int fail(const char *path)
{
	fprintf(stderr, "fillfs_bench: %s: %s\n", path, strerror(errno));
	return -1;
}

static int write_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	for (int i = 0; i < PIECES && fd >= 0; i++) {
		if (write(fd, piece, PIECE) != PIECE) {
			close(fd);
			return -1;
		}
	}
	return fd < 0 || close(fd) ? -1 : 0;
}

/* What the kernel has cached of the file above the folder's file system is dropped first. */
static int read_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result = 0;

	if (fd < 0)
		return -1;
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (int i = 0; i < PIECES && !result; i++)
		if (read(fd, piece, PIECE) != PIECE)
			result = -1;
	return close(fd) ? -1 : result;
}

/* "PATH.I": a name of the I-th small file. */
static const char *small_name(const char *path, int i)
{
	static char name[512];
	int n = snprintf(name, sizeof(name), "%s.%d", path, i);

	return n < (int)sizeof(name) ? name : "";
}

static int handle_small_files(const char *path)
{
	char moved[512];

	if (snprintf(moved, sizeof(moved), "%s.moved", path) >= (int)sizeof(moved))
		return -1;
	for (int i = 0; i < SMALL_FILES; i++) {
		const char *name = small_name(path, i);
		struct stat st;
		int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		if (fd < 0 || close(fd) || stat(name, &st) || chmod(name, 0400) ||
		    rename(name, moved) || unlink(moved))
			return -1;
	}
	return 0;
}

/* Each is looked at while the folder is listed. Returns how many there are. */
static int list_folder(const char *folder)
{
	struct stat st;
	int count = 0;
	DIR *dir = opendir(folder);

	for (const struct dirent *entry; dir && (entry = readdir(dir));)
		if (!fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(st.st_mode))
			count++;
	return !dir || closedir(dir) ? -1 : count;
}

/* Makes them first and removes them afterwards: the kernel knows nothing of the listing before. */
static int list_small_files(const char *path)
{
	char folder[400], file[450];

	if (snprintf(folder, sizeof(folder), "%s.folder", path) >= (int)sizeof(folder) ||
	    mkdir(folder, 0700))
		return -1;
	snprintf(file, sizeof(file), "%s/f", folder);
	for (int i = 0; i < SMALL_FILES; i++)
		if (mknod(small_name(file, i), S_IFREG | 0600, 0))
			return -1;
	if (list_folder(folder) != SMALL_FILES)
		return -1;
	for (int i = 0; i < SMALL_FILES; i++)
		if (unlink(small_name(file, i)))
			return -1;
	return rmdir(folder);
}

static const struct {
	const char *name;
	int (*work)(const char *path);
} works[] = {{"write", write_file},
	     {"read", read_file},
	     {"metadata", handle_small_files},
	     {"list", list_small_files}};

#define WORKS (sizeof(works) / sizeof(works[0]))

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int measure(const char *path)
{
	char file[256];

	if (snprintf(file, sizeof(file), "%s/bench", path) >= (int)sizeof(file)) {
		errno = ENAMETOOLONG;
		return fail(path);
	}
	for (size_t w = 0; w < WORKS; w++) {
		int64_t begin = now_ns();

		if (works[w].work(file))
			return fail(path);
		printf("%s %s %" PRId64 "\n", works[w].name, path, now_ns() - begin);
	}
	return unlink(file) ? fail(file) : 0;
}

int main(int argc, char **argv)
{
	const int folders = argc - 2;
	const long rounds = argc > 2 ? strtol(argv[1], NULL, 10) : 0;

	if (rounds < 1) {
		fprintf(stderr, "usage: fillfs_bench ROUNDS FOLDER...\n");
		return 2;
	}
	for (long round = 0; round < rounds; round++)
		for (int i = 0; i < folders; i++)
			if (measure(argv[2 + (round % 2 ? folders - 1 - i : i)]))
				return 1;
	return 0;
}
