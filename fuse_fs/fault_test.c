/* SPDX-License-Identifier: MIT */
/*
 * fault_test: enforced space, faults, delays, the log and schedules, on a mount.
 * Not here: the decisions by themselves (fill_test.c).
 */
#include "fuse_fs/mounted.h"

#include <pthread.h>

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

/* Past the page cache as through it: in the end ENOSPC, never EIO. */
static void test_enforced_direct_write_is_cut(void **state)
{
	static _Alignas(BLOCK) char data[4 * BLOCK];
	int fd = open_new("a", O_DIRECT);

	(void)state;
	CTL("set", "block_size=4K", "blocks=1000", "free=2", "enforce=on");
	assert_int_equal(write(fd, data, sizeof(data)), 2 * BLOCK);
	assert_int_equal(write(fd, data, sizeof(data)), -1);
	assert_int_equal(errno, ENOSPC);
	CTL("clear");
	assert_int_equal(write(fd, data, sizeof(data)), sizeof(data));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_set_alone_does_not_stop_writes),
		TEST(test_enforced_space_fills_and_recovers),
		TEST(test_enforced_write_is_cut),
		TEST(test_enforced_direct_write_is_cut),
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
	};
	const char *reason = reason_to_skip();

	if (reason) {
		printf("fault_test: skipped: %s\n", reason);
		return 0;
	}
	return cmocka_run_group_tests(tests, mount_up_plain, mount_down);
}
