/* SPDX-License-Identifier: MIT */
/*
 * mounted: what the tests of a mounted fillfs share: a mount in a temporary folder of this
 * machine, the programs of the build, and running them. Skipped, with the reason, where there is
 * no /dev/fuse or we are not root. Not for: asserting anything but that this works.
 *
 * Everything is asked through the mount and compared with the source folder behind it.
 */
#ifndef FUSE_FS_MOUNTED_H
#define FUSE_FS_MOUNTED_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define BLOCK      4096
#define DEADLINE_S 10
#define OUTPUT_MAX 65536
#define ARGS_MAX   12

struct fixture {
	char bin[PATH_MAX]; /* folder of the programs */
	char folder[64];    /* holds the two below */
	char source[80];    /* as seen behind the mount */
	char mount[80];
};

static struct fixture fx;

/* ---- programs ---- */

/* Runs a program of the build with its output in `output`. Returns the exit code. */
static inline int run_program(uid_t uid, char output[OUTPUT_MAX], const char *program,
			      const char *const *args)
{
	const char *argv[ARGS_MAX + 2] = {program};
	char path[PATH_MAX + 16];
	int out[2];
	int status;

	for (int i = 0; args[i]; i++) {
		assert_in_range(i, 0, ARGS_MAX - 1);
		argv[i + 1] = args[i];
	}
	snprintf(path, sizeof(path), "%s/%s", fx.bin, program);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid_t child = fork();

	assert_int_not_equal(child, -1);
	if (child == 0) {
		dup2(out[1], STDOUT_FILENO);
		dup2(out[1], STDERR_FILENO);
		if (uid && (setgid(uid) < 0 || setuid(uid) < 0))
			_exit(126);
		execv(strchr(program, '/') ? program : path, (char *const *)argv);
		_exit(127);
	}
	close(out[1]);
	size_t used = 0;
	ssize_t n;

	while ((n = read(out[0], output + used, OUTPUT_MAX - 1 - used)) > 0)
		used += (size_t)n;
	output[used] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

#define RUN(output, ...)                                                                           \
	run_program(0, output, (const char *[]){__VA_ARGS__, NULL}[0],                             \
		    (const char *[]){__VA_ARGS__, NULL} + 1)

/* fillctl on the mount, which must do it. */
#define CTL(...)                                                                                   \
	do {                                                                                       \
		char ctl_output[OUTPUT_MAX];                                                       \
		if (RUN(ctl_output, "fillctl", fx.mount, __VA_ARGS__) != 0)                        \
			fail_msg("fillctl: %s", ctl_output);                                       \
	} while (0)

/* For a child: go on as somebody else. */
static inline void become(uid_t uid)
{
	if (setgid(uid) < 0 || setuid(uid) < 0)
		_exit(126);
}

/* ---- files ---- */

/* The path of a name in a folder; good until the thread's fourth next call. */
static const char *in(const char *folder, const char *name)
{
	static _Thread_local char paths[4][PATH_MAX];
	static _Thread_local unsigned int next;
	char *path = paths[next++ % 4];

	snprintf(path, PATH_MAX, "%s/%s", folder, name);
	return path;
}

static const char *at(const char *name)
{
	return in(fx.mount, name);
}

static inline int open_new(const char *name, int flags)
{
	int fd = open(at(name), O_RDWR | O_CREAT | O_CLOEXEC | flags, 0644);

	if (fd < 0)
		fail_msg("open %s: %s", name, strerror(errno));
	return fd;
}

/* Writes `blocks` blocks one by one until one fails. Returns how many were written; errno tells why
 * not more. */
static inline int write_blocks(int fd, int blocks)
{
	static const char block[BLOCK] = {1};
	int done = 0;

	errno = 0;
	while (done < blocks && write(fd, block, BLOCK) == BLOCK)
		done++;
	return done;
}

static inline struct statvfs said(void)
{
	struct statvfs st;

	assert_int_equal(statvfs(fx.mount, &st), 0);
	return st;
}

/* The kernel tells of closed and forgotten files without waiting. Waits until so much is available.
 */
static inline void wait_for_available(uint64_t blocks)
{
	const time_t end = time(NULL) + DEADLINE_S;

	while (said().f_bavail != blocks) {
		if (time(NULL) > end)
			fail_msg("%" PRIu64 " blocks available, not %" PRIu64,
				 (uint64_t)said().f_bavail, blocks);
		poll(NULL, 0, 1);
	}
}

/* ---- set-up ---- */

static const char *reason_to_skip(void)
{
	if (geteuid() != 0)
		return "not root";
	if (access("/dev/fuse", R_OK | W_OK) < 0)
		return "no /dev/fuse";
	return NULL;
}

static inline void find_programs(void)
{
	ssize_t n = readlink("/proc/self/exe", fx.bin, sizeof(fx.bin) - 16);

	assert_true(n > 0);
	fx.bin[n] = '\0';
	for (int up = 0; up < 3; up++)
		*strrchr(fx.bin, '/') = '\0';
	memcpy(fx.bin + strlen(fx.bin), "/bin", 5);
}

/* As fillfs takes it, in a folder of its own below `parent`. */
static inline int mount_up_in(const char *parent, const char *options)
{
	char output[OUTPUT_MAX];

	find_programs();
	snprintf(fx.folder, sizeof(fx.folder), "%s/fillfs-test-XXXXXX", parent);
	if (!mkdtemp(fx.folder) || chmod(fx.folder, 0755) < 0)
		return -1;
	snprintf(fx.source, sizeof(fx.source), "%s/source", fx.folder);
	snprintf(fx.mount, sizeof(fx.mount), "%s/mount", fx.folder);
	if (mkdir(fx.source, 0755) < 0 || mkdir(fx.mount, 0755) < 0)
		return -1;
	if (RUN(output, "fillfs", fx.source, fx.mount, "-o", options) == 0)
		return 0;
	print_error("%s", output);
	return -1;
}

static inline int mount_up(const char *options)
{
	return mount_up_in("/tmp", options);
}

/* In memory: for programs that would wait for a disk. */
static inline int mount_up_memory(void **state)
{
	(void)state;
	return mount_up_in(access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", "rw");
}

static inline int mount_up_plain(void **state)
{
	(void)state;
	return mount_up("rw");
}

static inline int mount_up_shared(void **state)
{
	(void)state;
	return mount_up("shared");
}

static inline int mount_up_writeback(void **state)
{
	(void)state;
	return mount_up("writeback");
}

static inline int mount_up_crash(void **state)
{
	(void)state;
	return mount_up("crash");
}

static inline int mount_down(void **state)
{
	char output[OUTPUT_MAX];

	(void)state;
	/* A test that failed may have left files open, or an operation waiting. */
	if (umount2(fx.mount, 0) < 0 && umount2(fx.mount, MNT_FORCE | MNT_DETACH) < 0)
		return -1;
	return RUN(output, "/bin/rm", "-rf", "--one-file-system", fx.folder) ? -1 : 0;
}

/* Every test begins and ends with an untouched, empty mount. */
static inline int test_begin(void **state)
{
	char output[OUTPUT_MAX];

	(void)state;
	return RUN(output, "fillctl", fx.mount, "clear");
}

static inline int test_end(void **state)
{
	char output[OUTPUT_MAX];
	char all[128];

	snprintf(all, sizeof(all), "rm -rf %s/*", fx.mount);
	return test_begin(state) || RUN(output, "/bin/sh", "-c", all);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, test_begin, test_end)

#endif
