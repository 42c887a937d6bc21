/* SPDX-License-Identifier: MIT */
/*
 * How fast folders are, measured in turns within one run, so that what disturbs one disturbs all:
 * writing and reading a file in large pieces, and making, looking at and removing small ones.
 * Prints a line "WORK FOLDER NANOSECONDS" each, of the quickest round.
 *
 *	fillfs_bench FOLDER...
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOLDERS_MAX 8
#define ROUNDS      15
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

static int handle_small_files(const char *path)
{
	char name[512];

	for (int i = 0; i < SMALL_FILES; i++) {
		int n = snprintf(name, sizeof(name), "%s.%d", path, i);
		struct stat st;
		int fd;

		if (n >= (int)sizeof(name))
			return -1;
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (fd < 0 || close(fd) || stat(name, &st) || unlink(name))
			return -1;
	}
	return 0;
}

static const struct {
	const char *name;
	int (*work)(const char *path);
} works[] = {{"write", write_file}, {"read", read_file}, {"metadata", handle_small_files}};

#define WORKS (sizeof(works) / sizeof(works[0]))

static int64_t least_ns[WORKS][FOLDERS_MAX]; /* 0: not measured yet */

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

static int measure(int folder, const char *path)
{
	char file[256];

	if (snprintf(file, sizeof(file), "%s/bench", path) >= (int)sizeof(file)) {
		errno = ENAMETOOLONG;
		return fail(path);
	}
	for (size_t w = 0; w < WORKS; w++) {
		int64_t *least = &least_ns[w][folder];
		int64_t begin = now_ns(), spent;

		if (works[w].work(file))
			return fail(path);
		spent = now_ns() - begin;
		if (!*least || spent < *least)
			*least = spent;
	}
	return unlink(file) ? fail(file) : 0;
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > FOLDERS_MAX + 1) {
		fprintf(stderr, "usage: fillfs_bench FOLDER... (at most %d)\n", FOLDERS_MAX);
		return 2;
	}
	for (int round = 0; round < ROUNDS; round++)
		for (int folder = 0; folder < argc - 1; folder++)
			if (measure(folder, argv[folder + 1]))
				return 1;
	for (size_t w = 0; w < WORKS; w++)
		for (int folder = 0; folder < argc - 1; folder++)
			printf("%s %s %lld\n", works[w].name, argv[folder + 1],
			       (long long)least_ns[w][folder]);
	return 0;
}
