/* SPDX-License-Identifier: MIT */
/*
 * fillfs_test: fillfs and fillctl from end to end, mounted on this machine in a temporary folder.
 * Skipped, with the reason, where there is no /dev/fuse or we are not root.
 * Not here: the arithmetic (fill_test.c).
 *
 * Everything is asked through the mount and compared with the source folder behind it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

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
static int run_program(uid_t uid, char output[OUTPUT_MAX], const char *program,
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

static int open_new(const char *name, int flags)
{
	int fd = open(at(name), O_RDWR | O_CREAT | O_CLOEXEC | flags, 0644);

	if (fd < 0)
		fail_msg("open %s: %s", name, strerror(errno));
	return fd;
}

/* Writes `blocks` blocks one by one until one fails. Returns how many were written; errno tells why
 * not more. */
static int write_blocks(int fd, int blocks)
{
	static const char block[BLOCK] = {1};
	int done = 0;

	errno = 0;
	while (done < blocks && write(fd, block, BLOCK) == BLOCK)
		done++;
	return done;
}

static struct statvfs said(void)
{
	struct statvfs st;

	assert_int_equal(statvfs(fx.mount, &st), 0);
	return st;
}

/* The kernel tells of closed and forgotten files without waiting. Waits until so much is available.
 */
static void wait_for_available(uint64_t blocks)
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

static void find_programs(void)
{
	ssize_t n = readlink("/proc/self/exe", fx.bin, sizeof(fx.bin) - 16);

	assert_true(n > 0);
	fx.bin[n] = '\0';
	for (int up = 0; up < 3; up++)
		*strrchr(fx.bin, '/') = '\0';
	memcpy(fx.bin + strlen(fx.bin), "/bin", 5);
}

static int mount_up(const char *options)
{
	char output[OUTPUT_MAX];

	find_programs();
	snprintf(fx.folder, sizeof(fx.folder), "%s", "/tmp/fillfs-test-XXXXXX");
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

static int mount_up_plain(void **state)
{
	(void)state;
	return mount_up("rw");
}

static int mount_up_shared(void **state)
{
	(void)state;
	return mount_up("shared");
}

static int mount_up_writeback(void **state)
{
	(void)state;
	return mount_up("writeback");
}

static int mount_up_crash(void **state)
{
	(void)state;
	return mount_up("crash");
}

static int mount_down(void **state)
{
	char output[OUTPUT_MAX];

	(void)state;
	if (umount2(fx.mount, 0) < 0)
		return -1;
	return RUN(output, "/bin/rm", "-rf", fx.folder) ? -1 : 0;
}

/* Every test begins and ends with an untouched, empty mount. */
static int test_begin(void **state)
{
	char output[OUTPUT_MAX];

	(void)state;
	return RUN(output, "fillctl", fx.mount, "clear");
}

static int test_end(void **state)
{
	char output[OUTPUT_MAX];
	char all[128];

	snprintf(all, sizeof(all), "rm -rf %s/*", fx.mount);
	return test_begin(state) || RUN(output, "/bin/sh", "-c", all);
}

/* ---- what statfs says ---- */

static void test_passes_real_values_through(void **state)
{
	struct statvfs real, st = said();

	(void)state;
	assert_int_equal(statvfs(fx.source, &real), 0);
	assert_int_equal(st.f_blocks, real.f_blocks);
	assert_int_equal(st.f_frsize, real.f_frsize);
	assert_int_equal(st.f_files, real.f_files);
	assert_int_equal(st.f_namemax, real.f_namemax);
}

static void test_set_takes_effect_at_once(void **state)
{
	char value[64];

	(void)state;
	for (uint64_t i = 1; i <= 50; i++) {
		snprintf(value, sizeof(value), "free=%" PRIu64, i);
		CTL("set", "blocks=1000", value, "available=7", "files=90", "files_free=5");
		struct statvfs st = said();

		assert_int_equal(st.f_blocks, 1000);
		assert_int_equal(st.f_bfree, i);
		assert_int_equal(st.f_bavail, 7);
		assert_int_equal(st.f_files, 90);
		assert_int_equal(st.f_ffree, 5);
	}
	CTL("clear");
	assert_int_not_equal(said().f_files, 90);
}

static void test_df_agrees(void **state)
{
	char output[OUTPUT_MAX];

	(void)state;
	CTL("set", "block_size=1K", "blocks=100000", "full=80", "reserve=5");
	assert_int_equal(RUN(output, "/bin/df", "-P", "-k", fx.mount), 0);
	/* Below the heading: name, size, used, available. */
	char *next = strstr(output, "\nfillfs ");

	assert_non_null(next);
	next += strlen("\nfillfs ");
	assert_int_equal(strtoull(next, &next, 10), 100000);
	assert_int_equal(strtoull(next, &next, 10), 80000);
	assert_int_equal(strtoull(next, &next, 10), 15000);
}

static void test_show(void **state)
{
	char output[OUTPUT_MAX];

	(void)state;
	CTL("set", "blocks=100", "free=60", "available=70");
	assert_int_equal(RUN(output, "fillctl", fx.mount, "show"), 0);
	assert_non_null(strstr(output, "blocks=100 real="));
	assert_non_null(strstr(output, "free=60 real="));
	assert_non_null(strstr(output, "available=70 real="));
	assert_non_null(strstr(output, "\nset blocks=100 free=60 available=70\n"));
}

/* Looks on while the settings change; `torn` if ever half of one was seen. */
struct watcher {
	atomic_bool stop;
	atomic_bool torn;
	atomic_uint looks;
};

static void *watch_statvfs(void *arg)
{
	struct watcher *watcher = arg;

	while (!watcher->stop) {
		struct statvfs st;

		if (statvfs(fx.mount, &st) < 0 || st.f_bfree != st.f_bavail ||
		    st.f_bfree != st.f_ffree || st.f_bfree != st.f_blocks)
			watcher->torn = true;
		watcher->looks++;
	}
	return NULL;
}

static void test_set_is_atomic(void **state)
{
	struct watcher watcher = {0};
	pthread_t thread;
	char args[4][32];

	(void)state;
	CTL("set", "blocks=1", "free=1", "available=1", "files_free=1");
	assert_int_equal(pthread_create(&thread, NULL, watch_statvfs, &watcher), 0);
	for (int i = 0; i < 100 || watcher.looks < 1000; i++) {
		snprintf(args[0], sizeof(args[0]), "blocks=%d", i);
		snprintf(args[1], sizeof(args[1]), "free=%d", i);
		snprintf(args[2], sizeof(args[2]), "available=%d", i);
		snprintf(args[3], sizeof(args[3]), "files_free=%d", i);
		CTL("set", args[0], args[1], args[2], args[3]);
	}
	watcher.stop = true;
	pthread_join(thread, NULL);
	assert_false(watcher.torn);
}

static void test_bad_input_changes_nothing(void **state)
{
	static const char *const bad[][4] = {
		{"set", "free=1", "fre=2"},
		{"set", "free=x"},
		{"set"},
		{"clear", "all"},
		{"frobnicate"},
		{"set", "free=1 "},
		{"set", ""},
		{""},
		{"set", "full=101", "blocks=5"},
	};
	char before[OUTPUT_MAX], after[OUTPUT_MAX], output[OUTPUT_MAX];

	(void)state;
	CTL("set", "blocks=100", "free=60", "files=70", "files_free=20");
	assert_int_equal(RUN(before, "fillctl", fx.mount, "show"), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *args[] = {fx.mount, bad[i][0], bad[i][1], bad[i][2], NULL};

		assert_int_equal(run_program(0, output, "fillctl", args), 2);
		assert_int_equal(strncmp(output, "fillctl: ", 9), 0);
		assert_ptr_equal(strchr(output, '\n'), output + strlen(output) - 1);
		assert_int_equal(RUN(after, "fillctl", fx.mount, "show"), 0);
	}
	/* The real free space of a shared disk moves; what is set does not. */
	assert_string_equal(strstr(before, "\nset "), strstr(after, "\nset "));
	char *long_arg = malloc(100000);

	assert_non_null(long_arg);
	memset(long_arg, 'x', 99999);
	long_arg[99999] = '\0';
	assert_int_equal(RUN(output, "fillctl", fx.mount, "set", long_arg), 1);
	free(long_arg);
	assert_int_equal(said().f_bfree, 60);
}

static void test_wrong_usage(void **state)
{
	static const struct {
		const char *args[5];
		int code;
		const char *says;
	} rows[] = {
		{{"fillctl"}, 2, "no mount point given"},
		{{"fillctl", "/"}, 2, "no command given"},
		{{"fillctl", "/", "show"}, 1, "no fillfs"},
		{{"fillctl", "/no/such", "show"}, 1, "No such file"},
		{{"fillctl", "--help"}, 0, "enforce"},
		{{"fillfs", "--help"}, 0, "enforce=on"},
		{{"fillfs"}, 2, "no mount point given"},
		{{"fillfs", "/tmp"}, 2, "no source folder"},
		{{"fillfs", "/usr", "/tmp", "/tmp"}, 2, "unexpected argument"},
		{{"fillfs", "-osource=/usr", "/usr", "/tmp"}, 2, "unexpected argument"},
		{{"fillfs", "/no/such", "-osource=/tmp"}, 1, "No such file"},
		{{"fillfs", "/tmp", "-osource=/no/such"}, 1, "No such file"},
		{{"fillfs", "/tmp", "-osource=/etc/passwd"}, 1, "not a folder"},
		{{"fillfs", "/tmp", "-osource=/"}, 1, "inside"},
		{{"fillfs", fx.mount, "-osource=/tmp"}, 1, "busy"},
		{{"fillfs", fx.source, "-osource=/usr,frob=1"}, 2, "frob"},
	};
	char output[OUTPUT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int code = run_program(0, output, rows[i].args[0], rows[i].args + 1);

		if (code != rows[i].code || !strstr(output, rows[i].says))
			fail_msg("row %zu: exit code %d: %s", i, code, output);
	}
}

static void become(uid_t uid)
{
	if (setgid(uid) < 0 || setuid(uid) < 0)
		_exit(126);
}

/* As fillctl, but without its own check. Returns how many bytes of answer came. */
static ssize_t ask_as_other(dev_t dev)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char answer[16];
	int n = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "fillfs/%u:%u",
			 major(dev), minor(dev));

	become(65534);
	if (connect(fd, (struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n)) < 0)
		return -1;
	n = (int)send(fd, "set\0free=0", sizeof("set\0free=0"), MSG_NOSIGNAL);
	return n < 0 ? 0 : recv(fd, answer, sizeof(answer), 0);
}

static void test_others_may_not_ask(void **state)
{
	const char *args[] = {fx.mount, "set", "free=0", NULL};
	char output[OUTPUT_MAX];
	struct stat st;
	int status;

	(void)state;
	CTL("set", "free=60");
	assert_int_equal(stat(fx.mount, &st), 0);
	pid_t child = fork();

	if (child == 0) {
		ssize_t n = ask_as_other(st.st_dev);

		_exit(n == 0 || (n < 0 && errno == ECONNRESET) ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(said().f_bfree, 60);
	assert_int_equal(run_program(65534, output, "fillctl", args), 1);
	assert_non_null(strstr(output, "not permitted: be root, or who mounted it\n"));
	assert_int_equal(said().f_bfree, 60);
}

/* ---- space and faults ---- */

static void test_set_alone_does_not_stop_writes(void **state)
{
	int fd;

	(void)state;
	CTL("set", "free=0");
	fd = open_new("a", 0);
	assert_int_equal(write_blocks(fd, 10), 10);
	close(fd);
}

static void test_enforced_space_fills_and_recovers(void **state)
{
	int a, b;

	(void)state;
	CTL("set", "block_size=4K", "blocks=100", "free=40", "reserve=20", "enforce=on");
	a = open_new("a", 0);
	assert_int_equal(write_blocks(a, 15), 15);
	assert_int_equal(said().f_bavail, 5);
	assert_int_equal(said().f_bfree, 25);
	b = open_new("b", 0);
	assert_int_equal(write_blocks(b, 15), 5);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(said().f_bavail, 0);
	assert_int_equal(said().f_bfree, 20);

	/* What has its space already may be written. */
	assert_int_equal(pwrite(a, "x", 1, 100), 1);
	assert_int_equal(pwrite(a, "x", 1, 15 * BLOCK), -1);
	assert_int_equal(errno, ENOSPC);

	/* Truncating recovers, and so does deleting, but not before the last handle is closed. */
	assert_int_equal(ftruncate(a, 12 * BLOCK), 0);
	assert_int_equal(said().f_bavail, 3);
	assert_int_equal(unlink(at("a")), 0);
	assert_int_equal(said().f_bavail, 3);
	close(a);
	wait_for_available(15);
	close(b);
	wait_for_available(15);
	assert_int_equal(rename(at("b"), at("c")), 0);
	close(open_new("d", 0));
	assert_int_equal(rename(at("d"), at("c")), 0);
	wait_for_available(20);

	CTL("set", "enforce=off");
	a = open_new("e", 0);
	assert_int_equal(write_blocks(a, 50), 50);
	close(a);
}

/* Like a disk, it takes as much of a write as there is room for. */
static void test_enforced_write_is_cut(void **state)
{
	static const char data[10 * BLOCK] = {1};
	int fd;

	(void)state;
	CTL("set", "block_size=4K", "free=6", "enforce=on");
	fd = open_new("a", 0);
	assert_int_equal(write(fd, data, sizeof(data)), 6 * BLOCK);
	assert_int_equal(write(fd, data, 1), -1);
	assert_int_equal(errno, ENOSPC);
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 6 * BLOCK);
	close(fd);
}

static void test_enforced_space_knows_holes_and_preallocation(void **state)
{
	int fd;

	(void)state;
	CTL("set", "block_size=4K", "free=10", "enforce=on");
	fd = open_new("a", 0);
	assert_int_equal(ftruncate(fd, 1000 * BLOCK), 0);
	assert_int_equal(said().f_bavail, 10);
	assert_int_equal(pwrite(fd, "x", 1, 500 * BLOCK), 1);
	assert_int_equal(said().f_bavail, 9);
	close(fd);

	fd = open_new("b", 0);
	assert_int_equal(fallocate(fd, 0, 0, 10 * BLOCK), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(fallocate(fd, 0, 0, 9 * BLOCK), 0);
	assert_int_equal(said().f_bavail, 0);
	assert_int_equal(write_blocks(fd, 10), 9);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4 * BLOCK),
			 0);
	assert_int_equal(said().f_bavail, 4);
	close(fd);
}

static void test_enforced_files_run_out(void **state)
{
	(void)state;
	CTL("set", "files=10", "files_free=2", "enforce=on");
	close(open_new("a", 0));
	assert_int_equal(mkdir(at("d"), 0755), 0);
	assert_int_equal(said().f_ffree, 0);
	assert_int_equal(open(at("b"), O_RDWR | O_CREAT, 0644), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(symlink("x", at("s")), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(link(at("a"), at("l")), 0);
	assert_int_equal(unlink(at("l")), 0);
	assert_int_equal(said().f_ffree, 0);
	assert_int_equal(rmdir(at("d")), 0);
	assert_int_equal(said().f_ffree, 1);
	close(open_new("b", 0));
}

/* Several writers together get what one would have got. */
static void *fill_up(void *arg)
{
	char name[16];
	int *written = arg;

	snprintf(name, sizeof(name), "w%d", *written);
	int fd = open(at(name), O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	*written = fd < 0 ? -1 : write_blocks(fd, 1000);
	close(fd);
	return NULL;
}

static void test_concurrent_writers_share_the_space(void **state)
{
	pthread_t threads[4];
	int written[4];
	int sum = 0;

	(void)state;
	CTL("set", "block_size=4K", "blocks=10000", "free=500", "enforce=on");
	for (int i = 0; i < 4; i++) {
		written[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, fill_up, &written[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		sum += written[i];
	}
	assert_int_equal(sum, 500);
	assert_int_equal(said().f_bavail, 0);
}

static void test_faults(void **state)
{
	int fd;

	(void)state;
	CTL("fault", "write", "errno=EDQUOT", "after=8K", "path=*.log", "count=1");
	CTL("fault", "fsync", "errno=EIO");
	CTL("fault", "create", "errno=EROFS", "path=/sub/*");
	fd = open_new("a.log", 0);
	assert_int_equal(write_blocks(fd, 3), 2);
	assert_int_equal(errno, EDQUOT);
	assert_int_equal(write_blocks(fd, 3), 3);
	assert_int_equal(fsync(fd), -1);
	assert_int_equal(errno, EIO);
	close(fd);
	assert_int_equal(mkdir(at("sub"), 0755), 0);
	assert_int_equal(open(at("sub/x"), O_RDWR | O_CREAT, 0644), -1);
	assert_int_equal(errno, EROFS);
	CTL("clear");
	fd = open_new("sub/x", 0);
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

static void test_short_writes(void **state)
{
	char data[1000] = {0};
	char output[OUTPUT_MAX];
	int fd = open_new("short", 0);

	(void)state;
	CTL("fault", "write", "short=300");
	assert_int_equal(write(fd, data, sizeof(data)), 300);
	assert_int_equal(write(fd, data, 100), 100);
	/* Programs go on with the rest. */
	assert_int_equal(RUN(output, "/bin/cp", "/bin/cp", at("copy")), 0);
	CTL("clear");
	assert_int_equal(RUN(output, "/usr/bin/cmp", at("copy"), "/bin/cp"), 0);
	assert_int_equal(write(fd, data, sizeof(data)), sizeof(data));
	close(fd);
}

/* Milliseconds that a program took. */
static int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void *make_folder(void *arg)
{
	return mkdir(arg, 0755) == 0 ? arg : NULL;
}

static void test_delays(void **state)
{
	char name[PATH_MAX];
	int64_t start = clock_ms();
	pthread_t thread;
	void *made;

	(void)state;
	CTL("fault", "mkdir", "delay=150", "count=1");
	assert_int_equal(mkdir(at("a"), 0755), 0);
	assert_true(clock_ms() - start >= 150);

	/* What waits keeps others out of its folder alone, and a recovery reaches it too. */
	CTL("fault", "mkdir", "delay=3600000", "path=slow");
	snprintf(name, sizeof(name), "%s", at("a/slow"));
	assert_int_equal(pthread_create(&thread, NULL, make_folder, name), 0);
	close(open_new("b", 0));
	assert_int_equal(access(in(fx.source, "a/slow"), F_OK), -1);
	CTL("clear");
	assert_int_equal(pthread_join(thread, &made), 0);
	assert_ptr_equal(made, name);
	assert_true(clock_ms() - start < 1000 * DEADLINE_S);
}

static void test_errors_of_open_and_close(void **state)
{
	int fd = open_new("a", 0);

	(void)state;
	assert_int_equal(close(fd), 0);
	CTL("fault", "open", "errno=EMFILE", "count=1");
	assert_int_equal(open(at("a"), O_RDONLY), -1);
	assert_int_equal(errno, EMFILE);
	CTL("fault", "close", "errno=EDQUOT", "count=2");
	for (int flags = O_RDONLY; flags <= O_WRONLY; flags++) {
		fd = open(at("a"), flags);
		assert_int_not_equal(fd, -1);
		assert_int_equal(close(fd), -1);
		assert_int_equal(errno, EDQUOT);
	}
	CTL("fault", "fsync", "errno=EIO", "count=1");
	fd = open(fx.mount, O_RDONLY | O_DIRECTORY);
	assert_int_equal(fsync(fd), -1);
	assert_int_equal(errno, EIO);
	assert_int_equal(fsync(fd), 0);
	close(fd);
}

/* ---- the log ---- */

/* Whether a line of the log has all of the parts, in their order. */
static bool log_has(const char *log, const char *const *parts)
{
	for (const char *line = log; *line; line += strcspn(line, "\n") + 1) {
		const char *end = line + strcspn(line, "\n");
		const char *rest = line;
		int part = 0;

		while (parts[part] && (rest = strstr(rest, parts[part])) && rest < end)
			rest += strlen(parts[part++]);
		if (!parts[part])
			return true;
	}
	return false;
}

#define LOG_HAS(log, ...)                                                                          \
	do {                                                                                       \
		if (!log_has(log, (const char *const[]){__VA_ARGS__, NULL}))                       \
			fail_msg("not in the log: %s\n%s", #__VA_ARGS__, log);                     \
	} while (0)

static void test_log(void **state)
{
	static char log[OUTPUT_MAX];
	char buffer[BLOCK];

	(void)state;
	CTL("log", "clear");
	CTL("log", "on");
	CTL("fault", "write", "errno=ENOSPC", "after=4K");
	int fd = open_new("a \"\xc3\xa4", 0);

	assert_int_equal(write_blocks(fd, 3), 1);
	assert_int_equal(pread(fd, buffer, BLOCK, 0), BLOCK);
	assert_int_equal(fsync(fd), 0);
	close(fd);
	assert_int_equal(mkdir(at("d"), 0755), 0);
	assert_int_equal(rename(at("d"), at("e")), 0);
	CTL("log", "off");
	assert_int_equal(rmdir(at("e")), 0);
	assert_int_equal(RUN(log, "fillctl", fx.mount, "log"), 0);
	LOG_HAS(log, "{\"seq\":", ",\"time\":", ",\"op\":\"create\"",
		"\"path\":\"/a \\\"\\u00c3\\u00a4\",\"result\":\"OK\"}");
	LOG_HAS(log, "\"op\":\"write\"", "\"asked\":4096,\"bytes\":4096,\"result\":\"OK\"}");
	LOG_HAS(log, "\"op\":\"write\"", "\"asked\":4096,\"bytes\":0,\"result\":\"ENOSPC\"}");
	LOG_HAS(log, "\"op\":\"fsync\"", "\"result\":\"OK\"}");
	LOG_HAS(log, "\"op\":\"close\"", "\"result\":\"OK\"}");
	LOG_HAS(log, "\"op\":\"mkdir\",\"path\":\"/d\"");
	LOG_HAS(log, "\"op\":\"rename\",\"path\":\"/d\"");
	assert_null(strstr(log, "rmdir"));
	CTL("log", "clear");
	assert_int_equal(RUN(log, "fillctl", fx.mount, "log"), 0);
	assert_string_equal(log, "");
	assert_int_equal(RUN(log, "fillctl", fx.mount, "log", "on", "x"), 2);
	assert_int_equal(RUN(log, "fillctl", fx.mount, "log", "up"), 2);
}

/* ---- schedules ---- */

static const char *write_script(const char *text)
{
	const char *path = in(fx.folder, "script");
	FILE *script = fopen(path, "we");

	assert_non_null(script);
	assert_int_equal(fputs(text, script) >= 0, 1);
	assert_int_equal(fclose(script), 0);
	return path;
}

static void test_schedule(void **state)
{
	char output[OUTPUT_MAX];
	int64_t start = clock_ms();

	(void)state;
	CTL("schedule", write_script("# fills and recovers\n"
				     "\n"
				     "0    set blocks=1000 free=500\n"
				     "0.2  set free=7\n"
				     "3600 clear\n"));
	assert_int_equal(said().f_bavail, 500);
	wait_for_available(7);
	assert_true(clock_ms() - start >= 200);
	assert_int_equal(RUN(output, "fillctl", fx.mount, "schedule"), 0);
	assert_non_null(strstr(output, "script:5: in 3599."));
	assert_non_null(strstr(output, "s: clear\n"));
	assert_null(strstr(output, "free=7"));
	CTL("schedule", "clear");
	assert_int_equal(RUN(output, "fillctl", fx.mount, "schedule"), 0);
	assert_string_equal(output, "");
	assert_int_equal(said().f_bavail, 7);
}

static void test_bad_schedule_changes_nothing(void **state)
{
	static const struct {
		const char *text, *complaint;
	} rows[] = {
		{"0 set free=3\n1 set fre=1\n", "script:2: set: unknown setting 'fre=1'"},
		{"0 set free=3\n\nsoon clear\n", "script:3: no time"},
		{"0 set free=3\n5\n", "script:2: no command"},
		{"0 set free=3\n5 show\n", "script:2: no command"},
		{"1 set free=3\n0.5 clear\n", "script:2: earlier"},
		{"0 set free=3\n1. clear\n", "script:2: no time"},
		{"0 set free=3\n1 crash now\n", "script:2: crash"},
		{"# nothing\n", "script: no step"},
	};
	char output[OUTPUT_MAX];

	(void)state;
	CTL("set", "blocks=1000", "free=99");
	CTL("schedule", write_script("3600 clear\n"));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int code = RUN(output, "fillctl", fx.mount, "schedule", write_script(rows[i].text));

		if (code != 2 || !strstr(output, rows[i].complaint))
			fail_msg("%s: exit code %d, %s", rows[i].text, code, output);
		assert_int_equal(said().f_bfree, 99);
	}
	assert_int_equal(RUN(output, "fillctl", fx.mount, "schedule", "/none"), 2);
	assert_int_equal(RUN(output, "fillctl", fx.mount, "schedule"), 0);
	assert_non_null(strstr(output, "script:1: in 35"));
	CTL("schedule", "clear");
}

/* ---- crashes ---- */

#define CRASH_SIZE 65536

/* A file as it is, and as it was when it was synced. */
struct image {
	unsigned char data[CRASH_SIZE];
	off_t size;
};

static void image_change(struct image *image, int fd, uint64_t *seed)
{
	unsigned char bytes[9000];
	uint64_t r = *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	off_t at_byte = (off_t)(r >> 20) % (CRASH_SIZE - (off_t)sizeof(bytes));
	size_t length = 1 + (r >> 40) % sizeof(bytes);
	const off_t end = at_byte + (off_t)length;

	if ((r >> 60) < 3) {
		assert_int_equal(ftruncate(fd, at_byte), 0);
		if (at_byte < image->size)
			memset(image->data + at_byte, 0, (size_t)(image->size - at_byte));
		image->size = at_byte;
	} else if ((r >> 60) < 5) {
		assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at_byte,
					   (off_t)length),
				 0);
		memset(image->data + at_byte, 0, length);
	} else {
		memset(bytes, (int)(r >> 50), length);
		assert_int_equal(pwrite(fd, bytes, length, at_byte), length);
		memcpy(image->data + at_byte, bytes, length);
		if (end > image->size)
			image->size = end;
	}
}

static void image_check(const struct image *image, const char *path)
{
	static unsigned char data[CRASH_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_int_not_equal(fd, -1);
	assert_int_equal(read(fd, data, sizeof(data)), image->size);
	assert_memory_equal(data, image->data, (size_t)image->size);
	close(fd);
}

/* Whatever was done since the last fsync is undone, and nothing before. */
static void test_crash_loses_what_was_not_synced(void **state)
{
	static struct image now, synced;
	uint64_t seed = 20261122;

	(void)state;
	now = synced = (struct image){.size = 0};
	for (int round = 0; round < 40; round++) {
		int fd = open_new("file", 0);

		for (int i = 0; i < round % 7; i++)
			image_change(&now, fd, &seed);
		assert_int_equal(round % 2 ? fsync(fd) : fdatasync(fd), 0);
		synced = now;
		for (int i = 0; i < round % 5; i++)
			image_change(&now, fd, &seed);
		if (round % 3 == 0)
			close(fd); /* that alone syncs nothing */
		CTL("crash");
		image_check(&synced, at("file"));
		image_check(&synced, in(fx.source, "file"));
		if (round % 3) {
			assert_int_equal(write(fd, "x", 1), -1);
			assert_int_equal(errno, EIO);
			if (synced.size) {
				assert_int_equal(pread(fd, &now, 1, 0), -1);
				assert_int_equal(errno, EIO);
			}
			assert_int_equal(fsync(fd), -1);
			assert_int_equal(errno, EIO);
			close(fd);
		}
		now = synced;
	}
}

static void test_crash_keeps_names(void **state)
{
	char output[OUTPUT_MAX], data[BLOCK] = {7};
	struct stat st;
	int fd = open_new("new", 0);

	(void)state;
	assert_int_equal(write_blocks(fd, 3), 3);
	close(fd);
	assert_int_equal(rename(at("new"), at("renamed")), 0);
	fd = open_new("synced", O_SYNC);
	assert_int_equal(write(fd, data, sizeof(data)), BLOCK);
	close(fd);
	fd = open_new("mapped", 0);
	assert_int_equal(ftruncate(fd, BLOCK), 0);
	assert_int_equal(fsync(fd), 0);
	char *map = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	map[5] = 'x';
	CTL("crash");
	munmap(map, BLOCK);
	close(fd);
	assert_int_equal(stat(at("renamed"), &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(stat(at("synced"), &st), 0);
	assert_int_equal(st.st_size, BLOCK);
	fd = open(at("mapped"), O_RDONLY);
	assert_int_equal(read(fd, data, BLOCK), BLOCK);
	assert_int_equal(data[5], 0);
	close(fd);
	assert_int_equal(RUN(output, "fillctl", fx.mount, "crash", "now"), 2);
}

static void test_crash_needs_the_option(void **state)
{
	char output[OUTPUT_MAX];

	(void)state;
	assert_int_equal(RUN(output, "fillctl", fx.mount, "crash"), 1);
	assert_non_null(strstr(output, "-o crash"));
	assert_int_equal(RUN(output, "fillfs", fx.source, fx.mount, "-o", "crash,shared"), 1);
}

/* ---- coreutils ---- */

/* Runs a line in the mount; it ends with `code` and says `part`. */
static void shell(const char *line, int code, const char *part)
{
	char output[OUTPUT_MAX], all[PATH_MAX];

	snprintf(all, sizeof(all), "cd %s && export LC_ALL=C && { %s; }", fx.mount, line);
	int got = RUN(output, "/bin/sh", "-c", all);

	if (got != code || !strstr(output, part))
		fail_msg("%s: exit code %d, %s", line, got, output);
}

static void test_coreutils_meet_a_full_disk(void **state)
{
	(void)state;
	CTL("set", "block_size=4K", "blocks=1000", "free=16", "enforce=on");
	shell("df --output=avail -B4096 .", 0, "16");
	shell("dd if=/dev/zero of=a bs=4096 count=32", 1, "No space left on device");
	shell("stat -c %s a", 0, "65536");
	shell("df --output=pcent .", 0, "100%");
	shell("cp a b", 1, "No space left on device");
	shell("truncate -s 4096 a && df --output=avail -B4096 .", 0, "15");
	shell("rm -f b && dd if=/dev/zero of=a bs=4096 count=4 conv=fsync && tail -c 5 a | wc -c",
	      0, "5");
	CTL("fault", "fsync", "errno=EIO");
	shell("sync a", 1, "Input/output error");
	shell("dd if=/dev/zero of=a bs=4096 count=1 conv=fsync", 1, "Input/output error");
	CTL("fault", "close", "errno=EDQUOT", "path=c");
	shell("cp a c", 1, "Disk quota exceeded");
	CTL("clear");
	shell("cp a c && sync c && cmp a c && echo same", 0, "same");
}

/* ---- SQLite ---- */

static int sql(sqlite3 *db, const char *text)
{
	return sqlite3_exec(db, text, NULL, NULL, NULL);
}

static sqlite3 *sql_open(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(at("db"), &db), SQLITE_OK);
	assert_int_equal(sql(db, "PRAGMA synchronous=FULL; PRAGMA cache_size=10; "
				 "CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b BLOB)"),
			 SQLITE_OK);
	return db;
}

static int sql_number(sqlite3 *db, const char *query)
{
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int number = sqlite3_column_int(statement, 0);

	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	return number;
}

/* Two hundred rows: more than the cache holds, so that the database itself is written to. */
#define MANY_ROWS                                                                                  \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) "           \
	"INSERT INTO t (b) SELECT zeroblob(2000) FROM n"

static void sql_check(sqlite3 *db, int rows)
{
	assert_int_equal(sql_number(db, "SELECT count(*) FROM t"), rows);
	assert_int_equal(sql_number(db, "SELECT count(*) FROM pragma_integrity_check "
					"WHERE integrity_check = 'ok'"),
			 1);
}

static void test_sqlite_rolls_back_when_full(void **state)
{
	sqlite3 *db = sql_open();

	(void)state;
	assert_int_equal(sql(db, "INSERT INTO t (b) VALUES (zeroblob(500))"), SQLITE_OK);
	CTL("set", "block_size=4K", "blocks=1000", "free=20", "enforce=on");
	assert_int_equal(sql(db, "BEGIN; " MANY_ROWS), SQLITE_FULL);
	sql(db, "ROLLBACK");
	sql_check(db, 1);
	CTL("clear");
	assert_int_equal(sql(db, MANY_ROWS), SQLITE_OK);
	sql_check(db, 201);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Commits three rows, and is in the middle of much more when it says so through the pipe. */
static void sql_work(const char *mode, int ready)
{
	sqlite3 *db = sql_open();
	char pragma[64];

	snprintf(pragma, sizeof(pragma), "PRAGMA journal_mode=%s", mode);
	int rc = sql(db, pragma);

	for (int i = 0; i < 3 && rc == SQLITE_OK; i++)
		rc = sql(db, "INSERT INTO t (b) VALUES (zeroblob(900))");
	if (rc == SQLITE_OK)
		rc = sql(db, "BEGIN; UPDATE t SET b = zeroblob(50); " MANY_ROWS);
	if (rc == SQLITE_OK && write(ready, "", 1) == 1)
		pause();
	_exit(1);
}

/* A process of its own, as it would end with its machine: what it has mapped is gone. */
static void test_sqlite_crash_loses_nothing_committed(void **state)
{
	static const char *const modes[] = {"DELETE", "TRUNCATE", "PERSIST", "WAL"};
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < (int)(sizeof(modes) / sizeof(modes[0])); i++) {
		pid_t child = fork();

		if (child == 0)
			sql_work(modes[i], ends[1]);
		assert_int_equal(read(ends[0], &byte, 1), 1);
		CTL("crash");
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		sqlite3 *db = sql_open();

		sql_check(db, 3 * (i + 1));
		assert_int_equal(sql_number(db, "SELECT count(*) FROM t WHERE length(b) <> 900"),
				 0);
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
	}
	close(ends[0]);
	close(ends[1]);
}

/* ---- the pass-through ---- */

static void test_append_and_truncate(void **state)
{
	struct stat st;
	char text[16] = "";
	int a, b;

	(void)state;
	a = open_new("a", O_APPEND);
	b = open_new("a", O_APPEND);
	assert_int_equal(write(a, "one", 3), 3);
	assert_int_equal(write(b, "two", 3), 3);
	assert_int_equal(write(a, "three", 5), 5);
	assert_int_equal(pread(b, text, sizeof(text), 0), 11);
	assert_memory_equal(text, "onetwothree", 11);
	assert_int_equal(ftruncate(a, 3), 0);
	assert_int_equal(write(b, "!", 1), 1);
	assert_int_equal(fsync(b), 0);
	assert_int_equal(stat(in(fx.source, "a"), &st), 0);
	assert_int_equal(st.st_size, 4);
	close(a);
	close(open_new("a", O_TRUNC));
	assert_int_equal(fstat(b, &st), 0);
	assert_int_equal(st.st_size, 0);
	close(b);
}

static void test_mmap(void **state)
{
	char text[3];
	int fd;

	(void)state;
	/* Pages written back go to their place, also where writes append. */
	fd = open_new("a", O_APPEND);
	assert_int_equal(write_blocks(fd, 2), 2);
	char *map = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	memset(map + BLOCK, 'z', 3);
	assert_int_equal(msync(map, 2 * BLOCK, MS_SYNC), 0);
	munmap(map, 2 * BLOCK);
	close(fd);
	fd = open(in(fx.source, "a"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(pread(fd, text, 3, BLOCK), 3);
	assert_memory_equal(text, "zzz", 3);
	assert_int_equal(lseek(fd, 0, SEEK_END), 2 * BLOCK);
	close(fd);
}

static void test_unlinked_file_lives_on(void **state)
{
	struct stat st;
	char text[4];
	int fd;

	(void)state;
	fd = open_new("a", 0);
	assert_int_equal(write(fd, "data", 4), 4);
	assert_int_equal(unlink(at("a")), 0);
	assert_int_equal(access(at("a"), F_OK), -1);
	assert_int_equal(pwrite(fd, "DA", 2, 0), 2);
	assert_int_equal(pread(fd, text, 4, 0), 4);
	assert_memory_equal(text, "DAta", 4);
	assert_int_equal(fchmod(fd, 0600), 0);
	assert_int_equal(ftruncate(fd, 2), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_nlink, 0);
	assert_int_equal(st.st_size, 2);
	assert_int_equal(st.st_mode & 07777, 0600);
	close(fd);
}

static void test_rename(void **state)
{
	struct stat a, b, now;

	(void)state;
	close(open_new("a", 0));
	close(open_new("b", 0));
	assert_int_equal(mkdir(at("d"), 0755), 0);
	assert_int_equal(stat(at("a"), &a), 0);
	assert_int_equal(stat(at("b"), &b), 0);
	assert_int_equal(renameat2(AT_FDCWD, at("a"), AT_FDCWD, at("b"), RENAME_NOREPLACE), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(renameat2(AT_FDCWD, at("a"), AT_FDCWD, at("b"), RENAME_EXCHANGE), 0);
	assert_int_equal(stat(at("a"), &now), 0);
	assert_int_equal(now.st_ino, b.st_ino);
	assert_int_equal(rename(at("b"), at("d/c")), 0);
	assert_int_equal(rename(at("d"), at("e")), 0);
	assert_int_equal(stat(at("e/c"), &now), 0);
	assert_int_equal(now.st_ino, a.st_ino);
	assert_int_equal(rename(at("a"), at("e/c")), 0);
	assert_int_equal(stat(at("e/c"), &now), 0);
	assert_int_equal(now.st_ino, b.st_ino);
	assert_int_equal(access(at("a"), F_OK), -1);
}

static void test_links(void **state)
{
	struct stat st;
	char target[16];

	(void)state;
	close(open_new("a", 0));
	assert_int_equal(link(at("a"), at("b")), 0);
	assert_int_equal(stat(at("a"), &st), 0);
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(symlink("nowhere", at("s")), 0);
	assert_int_equal(readlink(at("s"), target, sizeof(target)), 7);
	assert_memory_equal(target, "nowhere", 7);
	assert_int_equal(lchown(at("s"), 5, 6), 0);
	assert_int_equal(lstat(at("s"), &st), 0);
	assert_int_equal(st.st_uid, 5);
	assert_int_equal(mkfifo(at("p"), 0600), 0);
	assert_int_equal(mknod(at("n"), S_IFCHR | 0600, 0x103), 0);
	assert_int_equal(stat(at("n"), &st), 0);
	assert_int_equal(st.st_rdev, 0x103);
}

static void test_xattrs(void **state)
{
	char value[16];

	(void)state;
	close(open_new("a", 0));
	assert_int_equal(symlink("a", at("s")), 0);
	assert_int_equal(setxattr(at("a"), "trusted.k", "v1", 2, 0), 0);
	assert_int_equal(setxattr(at("a"), "trusted.k", "v2", 2, XATTR_CREATE), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(getxattr(at("a"), "trusted.k", NULL, 0), 2);
	assert_int_equal(getxattr(at("a"), "trusted.k", value, sizeof(value)), 2);
	assert_memory_equal(value, "v1", 2);
	assert_int_equal(getxattr(at("a"), "trusted.k", value, 1), -1);
	assert_int_equal(errno, ERANGE);
	assert_int_equal(listxattr(at("a"), value, sizeof(value)), 10);
	assert_int_equal(lsetxattr(at("s"), "trusted.l", "w", 1, 0), 0);
	assert_int_equal(getxattr(at("a"), "trusted.l", value, sizeof(value)), -1);
	assert_int_equal(removexattr(at("a"), "trusted.k"), 0);
	assert_int_equal(getxattr(at("a"), "trusted.k", value, sizeof(value)), -1);
	assert_int_equal(errno, ENODATA);
}

static void test_locks(void **state)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
	int a, b;

	(void)state;
	a = open_new("a", 0);
	b = open_new("a", 0);
	assert_int_equal(flock(a, LOCK_EX | LOCK_NB), 0);
	assert_int_equal(flock(b, LOCK_EX | LOCK_NB), -1);
	assert_int_equal(errno, EWOULDBLOCK);
	assert_int_equal(flock(a, LOCK_UN), 0);
	assert_int_equal(fcntl(a, F_OFD_SETLK, &lock), 0);
	assert_int_equal(fcntl(b, F_OFD_SETLK, &lock), -1);
	assert_int_equal(errno, EAGAIN);
	close(a);
	assert_int_equal(fcntl(b, F_OFD_SETLK, &lock), 0);
	close(b);
}

static void test_readdir_of_a_thousand(void **state)
{
	static bool seen[1000];
	char name[16];
	int others = 0;

	(void)state;
	memset(seen, 0, sizeof(seen));
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "f%03d", i);
		close(open_new(name, O_EXCL));
	}
	for (int round = 0; round < 2; round++) {
		DIR *dir = opendir(fx.mount);
		int count = 0;

		assert_non_null(dir);
		for (const struct dirent *entry; (entry = readdir(dir));) {
			if (entry->d_name[0] != 'f') {
				others++;
				continue;
			}
			int i = (int)strtol(entry->d_name + 1, NULL, 10);

			assert_true(seen[i] == round);
			seen[i] = !round;
			count++;
		}
		closedir(dir);
		assert_int_equal(count, 1000);
	}
	assert_int_equal(others, 4);
}

static void test_rewinddir(void **state)
{
	char first[256];
	char name[16];
	int count = 0;

	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "f%03d", i);
		close(open_new(name, O_EXCL));
	}
	DIR *dir = opendir(fx.mount);

	assert_non_null(dir);
	assert_in_range(snprintf(first, sizeof(first), "%s", readdir(dir)->d_name), 1, 255);
	rewinddir(dir);
	assert_string_equal(readdir(dir)->d_name, first);
	while (readdir(dir))
		count++;
	assert_int_equal(count, 301);
	rewinddir(dir);
	assert_string_equal(readdir(dir)->d_name, first);
	closedir(dir);
}

/* Runs in a child as another user; tells by exit code which step failed. */
static int try_as_other(void)
{
	struct stat st;

	become(65534);
	umask(027);
	if (open(at("private"), O_RDONLY) >= 0 || errno != EACCES)
		return 1;
	if (open(at("x"), O_RDWR | O_CREAT, 0644) >= 0 || errno != EACCES)
		return 2;
	if (open(at("open/mine"), O_RDWR | O_CREAT, 0666) < 0 || mkdir(at("open/dir"), 0777) < 0)
		return 3;
	if (stat(at("open/mine"), &st) < 0 || st.st_uid != 65534 || (st.st_mode & 0777) != 0640)
		return 4;
	if (chown(at("open/mine"), 0, 0) == 0 || unlink(at("private")) == 0)
		return 5;
	int fd = open(at("open/suid"), O_WRONLY | O_CLOEXEC);

	return fd >= 0 && write(fd, "x", 1) == 1 && fstat(fd, &st) == 0 && !(st.st_mode & S_ISUID)
		       ? 0
		       : 6;
}

static void test_permissions(void **state)
{
	struct stat st;
	int status;

	(void)state;
	close(open_new("private", 0));
	assert_int_equal(chmod(at("private"), 0600), 0);
	assert_int_equal(mkdir(at("open"), 0777), 0);
	assert_int_equal(chmod(at("open"), 0777), 0);
	close(open_new("open/suid", 0));
	assert_int_equal(chmod(at("open/suid"), 04777), 0);
	pid_t child = fork();

	if (child == 0)
		_exit(try_as_other());
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(stat(in(fx.source, "open/dir"), &st), 0);
	assert_int_equal(st.st_uid, 65534);
	assert_int_equal(st.st_mode & 07777, 0750);
}

/* A writer that leaves marks of its own in a file of all. */
static void *write_marks(void *arg)
{
	unsigned char mark = *(unsigned char *)arg;
	unsigned char buf[512];
	int fd = open(at("shared"), O_WRONLY | O_APPEND | O_CLOEXEC);

	memset(buf, mark, sizeof(buf));
	for (int i = 0; i < 200 && fd >= 0; i++)
		if (write(fd, buf, sizeof(buf)) != sizeof(buf))
			break;
	close(fd);
	return NULL;
}

static void test_concurrent_appends(void **state)
{
	unsigned char marks[4] = {1, 2, 3, 4};
	unsigned char buf[512];
	int count[5] = {0};
	pthread_t threads[4];
	int fd;

	(void)state;
	fd = open_new("shared", 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_marks, &marks[i]), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	while (read(fd, buf, sizeof(buf)) == sizeof(buf)) {
		for (size_t i = 1; i < sizeof(buf); i++)
			assert_int_equal(buf[i], buf[0]);
		assert_in_range(buf[0], 1, 4);
		count[buf[0]]++;
	}
	close(fd);
	for (int i = 1; i <= 4; i++)
		assert_int_equal(count[i], 200);
}

/* What others do behind the mount is seen, and nothing of it is written over. */
static void test_shared_folder(void **state)
{
	char text[8];
	int a, b;

	(void)state;
	a = open_new("a", O_APPEND);
	b = open(in(fx.source, "a"), O_RDWR | O_APPEND | O_CLOEXEC);
	assert_int_equal(write(a, "1", 1), 1);
	assert_int_equal(write(b, "2", 1), 1);
	assert_int_equal(write(a, "3", 1), 1);
	assert_int_equal(write(b, "4", 1), 1);
	assert_int_equal(pread(a, text, sizeof(text), 0), 4);
	assert_memory_equal(text, "1234", 4);
	close(a);
	close(b);
	assert_int_equal(access(at("b"), F_OK), -1);
	assert_int_equal(rename(in(fx.source, "a"), in(fx.source, "b")), 0);
	assert_int_equal(access(at("b"), F_OK), 0);
	assert_int_equal(access(at("a"), F_OK), -1);
}

/* ---- anything, at random, against a model in memory ---- */

#define MODEL_FILES 4
#define MODEL_SIZE  (64 * BLOCK)

struct model {
	uint64_t seed;
	off_t size[MODEL_FILES]; /* -1: the file is not there */
	unsigned char data[MODEL_FILES][MODEL_SIZE];
};

static uint64_t model_random(struct model *model, uint64_t below)
{
	model->seed ^= model->seed << 13;
	model->seed ^= model->seed >> 7;
	model->seed ^= model->seed << 17;
	return model->seed % below;
}

static const char *model_name(int file)
{
	static const char *const names[MODEL_FILES] = {"m0", "m1", "m2", "m3"};

	return names[file];
}

static void model_write(struct model *model, int file, int fd)
{
	static unsigned char buf[16 * BLOCK];
	off_t offset = (off_t)model_random(model, MODEL_SIZE);
	size_t length = 1 + model_random(model, sizeof(buf));

	if (length > (size_t)(MODEL_SIZE - offset))
		length = (size_t)(MODEL_SIZE - offset);
	memset(buf, (int)(1 + model_random(model, 255)), length);
	ssize_t n = pwrite(fd, buf, length, offset);

	if (n < 0) {
		assert_int_equal(errno, ENOSPC);
		return;
	}
	memcpy(model->data[file] + offset, buf, (size_t)n);
	if (n && model->size[file] < offset + n)
		model->size[file] = offset + n;
}

static void model_resize(struct model *model, int file, int fd)
{
	off_t size = (off_t)model_random(model, MODEL_SIZE);

	assert_int_equal(ftruncate(fd, size), 0);
	memset(model->data[file] + size, 0, (size_t)(MODEL_SIZE - size));
	model->size[file] = size;
}

static void model_punch(struct model *model, int file, int fd)
{
	off_t offset = (off_t)model_random(model, MODEL_SIZE - 1);
	off_t length = 1 + (off_t)model_random(model, (uint64_t)(MODEL_SIZE - offset));

	assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length),
			 0);
	memset(model->data[file] + offset, 0, (size_t)length);
}

static void model_allocate(struct model *model, int file, int fd)
{
	off_t offset = (off_t)model_random(model, MODEL_SIZE - 1);
	off_t length = 1 + (off_t)model_random(model, (uint64_t)(MODEL_SIZE - offset));

	if (fallocate(fd, 0, offset, length) < 0)
		assert_int_equal(errno, ENOSPC);
	else if (model->size[file] < offset + length)
		model->size[file] = offset + length;
}

static void model_check(const struct model *model, const char *folder)
{
	static unsigned char buf[MODEL_SIZE];

	for (int file = 0; file < MODEL_FILES; file++) {
		int fd = open(in(folder, model_name(file)), O_RDONLY | O_CLOEXEC);

		assert_int_equal(fd < 0, model->size[file] < 0);
		if (fd < 0)
			continue;
		assert_int_equal(read(fd, buf, sizeof(buf)), model->size[file]);
		assert_memory_equal(buf, model->data[file], (size_t)model->size[file]);
		close(fd);
	}
}

static void model_move(struct model *model, int from, int to)
{
	assert_int_equal(rename(at(model_name(from)), at(model_name(to))),
			 model->size[from] < 0 ? -1 : 0);
	if (model->size[from] < 0 || from == to)
		return;
	memcpy(model->data[to], model->data[from], MODEL_SIZE);
	model->size[to] = model->size[from];
	memset(model->data[from], 0, MODEL_SIZE);
	model->size[from] = -1;
}

/* Blocks the files really take. */
static uint64_t model_taken(const struct model *model)
{
	uint64_t taken = 0;
	struct stat st;

	for (int file = 0; file < MODEL_FILES; file++) {
		if (model->size[file] < 0)
			continue;
		assert_int_equal(stat(in(fx.source, model_name(file)), &st), 0);
		taken += (uint64_t)st.st_blocks * 512 / BLOCK;
	}
	return taken;
}

static void model_step(struct model *model)
{
	static void (*const change[])(struct model *, int, int) = {
		model_write, model_write, model_write, model_resize, model_punch, model_allocate,
	};
	int file = (int)model_random(model, MODEL_FILES);
	uint64_t what = model_random(model, 16);

	if (what == 0) {
		assert_int_equal(unlink(at(model_name(file))), model->size[file] < 0 ? -1 : 0);
		memset(model->data[file], 0, MODEL_SIZE);
		model->size[file] = -1;
	} else if (what == 1) {
		model_move(model, file, (int)model_random(model, MODEL_FILES));
	} else {
		int fd = open_new(model_name(file), 0);

		if (model->size[file] < 0)
			model->size[file] = 0;
		change[what % (sizeof(change) / sizeof(change[0]))](model, file, fd);
		close(fd);
	}
}

/* Contents are right on both sides of the mount, and the space said is the space taken, to the
 * block. */
static void test_random_operations(void **state)
{
	static struct model model;

	(void)state;
	memset(&model, 0, sizeof(model));
	model.seed = 20121112;
	for (int file = 0; file < MODEL_FILES; file++)
		model.size[file] = -1;
	CTL("set", "block_size=4K", "blocks=1000", "free=100", "enforce=on");
	for (int i = 0; i < 3000; i++) {
		model_step(&model);
		assert_in_range(model_taken(&model), 0, 100);
		if (i % 50 == 0)
			model_check(&model, fx.mount);
	}
	model_check(&model, fx.mount);
	model_check(&model, fx.source);
	wait_for_available(100 - model_taken(&model));
}

/* A killed fillfs leaves a mount that says so, and nothing that stands in the way of the next. */
static void test_mount_over_source_and_sigkill(void **state)
{
	char output[OUTPUT_MAX], option[128], path[PATH_MAX + 16];
	const char *own;
	int status;

	(void)state;
	/* Not inside the mount under test: a folder of its own beside it. */
	snprintf(option, sizeof(option), "-osource=%s/own", fx.folder);
	own = option + strlen("-osource=");
	assert_int_equal(mkdir(own, 0755), 0);
	snprintf(path, sizeof(path), "%s/fillfs", fx.bin);
	for (int round = 0; round < 2; round++) {
		pid_t child = fork();

		if (child == 0) {
			execl(path, path, "-f", own, option, (char *)NULL);
			_exit(127);
		}
		const time_t end = time(NULL) + DEADLINE_S;

		while (RUN(output, "fillctl", own, "set", "blocks=77") != 0) {
			assert_true(time(NULL) <= end);
			poll(NULL, 0, 1);
		}
		assert_int_equal(kill(child, round ? SIGTERM : SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		if (round) {
			assert_true(WIFEXITED(status));
			assert_int_equal(WEXITSTATUS(status), 0);
		} else {
			assert_int_equal(RUN(output, "fillctl", own, "show"), 1);
			assert_int_equal(RUN(output, "fillfs", own, option), 1);
			assert_non_null(strstr(output, "umount"));
			assert_int_equal(umount2(own, 0), 0);
		}
	}
	assert_int_equal(rmdir(own), 0);
}

/* The one before may still be ending when the next takes its place. */
static void test_mount_again_at_once(void **state)
{
	char output[OUTPUT_MAX], option[128], own[80];

	(void)state;
	snprintf(own, sizeof(own), "%s/own", fx.folder);
	snprintf(option, sizeof(option), "-osource=%s", own);
	assert_int_equal(mkdir(own, 0755), 0);
	for (int i = 0; i < 20; i++) {
		if (RUN(output, "fillfs", own, option) != 0)
			fail_msg("round %d: %s", i, output);
		assert_int_equal(RUN(output, "fillctl", own, "set", "blocks=77"), 0);
		assert_int_equal(umount2(own, 0), 0);
	}
	assert_int_equal(rmdir(own), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, test_begin, test_end)

/* What has to work however the folder is mounted. */
#define TESTS_OF_PASSTHROUGH                                                                       \
	TEST(test_passes_real_values_through), TEST(test_set_takes_effect_at_once),                \
		TEST(test_append_and_truncate), TEST(test_mmap),                                   \
		TEST(test_unlinked_file_lives_on), TEST(test_rename), TEST(test_links),            \
		TEST(test_xattrs), TEST(test_locks), TEST(test_readdir_of_a_thousand),             \
		TEST(test_rewinddir), TEST(test_permissions), TEST(test_concurrent_appends)

int main(void)
{
	const struct CMUnitTest plain[] = {
		TESTS_OF_PASSTHROUGH,
		TEST(test_df_agrees),
		TEST(test_show),
		TEST(test_set_is_atomic),
		TEST(test_bad_input_changes_nothing),
		TEST(test_wrong_usage),
		TEST(test_others_may_not_ask),
		TEST(test_set_alone_does_not_stop_writes),
		TEST(test_enforced_space_fills_and_recovers),
		TEST(test_enforced_write_is_cut),
		TEST(test_enforced_space_knows_holes_and_preallocation),
		TEST(test_enforced_files_run_out),
		TEST(test_concurrent_writers_share_the_space),
		TEST(test_faults),
		TEST(test_short_writes),
		TEST(test_delays),
		TEST(test_errors_of_open_and_close),
		TEST(test_log),
		TEST(test_schedule),
		TEST(test_bad_schedule_changes_nothing),
		TEST(test_crash_needs_the_option),
		TEST(test_coreutils_meet_a_full_disk),
		TEST(test_sqlite_rolls_back_when_full),
		TEST(test_random_operations),
		TEST(test_mount_over_source_and_sigkill),
		TEST(test_mount_again_at_once),
	};
	const struct CMUnitTest shared[] = {TESTS_OF_PASSTHROUGH, TEST(test_shared_folder)};
	const struct CMUnitTest writeback[] = {TESTS_OF_PASSTHROUGH};
	const struct CMUnitTest crash[] = {
		TESTS_OF_PASSTHROUGH,
		TEST(test_random_operations),
		TEST(test_crash_loses_what_was_not_synced),
		TEST(test_crash_keeps_names),
		TEST(test_sqlite_rolls_back_when_full),
		TEST(test_sqlite_crash_loses_nothing_committed),
	};
	const char *reason = reason_to_skip();

	if (reason) {
		printf("fillfs_test: skipped: %s\n", reason);
		return 0;
	}
	return cmocka_run_group_tests(plain, mount_up_plain, mount_down) +
	       cmocka_run_group_tests(shared, mount_up_shared, mount_down) +
	       cmocka_run_group_tests(writeback, mount_up_writeback, mount_down) +
	       cmocka_run_group_tests(crash, mount_up_crash, mount_down);
}
