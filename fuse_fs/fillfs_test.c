/* SPDX-License-Identifier: MIT */
/*
 * fillfs_test: fillfs and fillctl from end to end: mounting and ending, what statfs says, who may
 * command. Not here: the arithmetic (fill_test.c), faults (fault_test.c), files
 * (passthrough_test.c), crashes (crash_test.c), programs of others (programs_test.c).
 */
#include "fuse_fs/mounted.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

/* ---- what statfs says ---- */

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_set_takes_effect_at_once),
		TEST(test_df_agrees),
		TEST(test_show),
		TEST(test_set_is_atomic),
		TEST(test_bad_input_changes_nothing),
		TEST(test_wrong_usage),
		TEST(test_others_may_not_ask),
		TEST(test_mount_over_source_and_sigkill),
		TEST(test_mount_again_at_once),
	};
	const char *reason = reason_to_skip();

	if (reason) {
		printf("fillfs_test: skipped: %s\n", reason);
		return 0;
	}
	return cmocka_run_group_tests(tests, mount_up_plain, mount_down);
}
