/* SPDX-License-Identifier: MIT */
/*
 * Tests of the daemons on a simulated machine: life and mutual restart, shutdown and its records,
 * hostile requests, a log that cannot be written.
 */
#include "ref/cmd/product_fixture.h"
#include "ref/wire/message.h"

#include <errno.h>
#include <signal.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static pid_t pid_of(struct fixture *f, enum product_daemon daemon)
{
	return product_daemon_pid(f->p, daemon);
}

static void expect_all_up(struct fixture *f)
{
	for (unsigned i = 0; i < PRODUCT_DAEMONS; i++)
		assert_true(pid_of(f, (enum product_daemon)i) > 0);
}

static void expect_all_down(struct fixture *f)
{
	for (unsigned i = 0; i < PRODUCT_DAEMONS; i++) {
		assert_int_equal(pid_of(f, (enum product_daemon)i), 0);
		assert_int_equal(
			sim_process_find(f->sim, product_daemon_name((enum product_daemon)i)), 0);
	}
}

/* Whether a record stands in the log, as text without date and time. */
static unsigned records_with(struct fixture *f, const char *text)
{
	char *records = fixture_records(f, FIXTURE_RECORDS, "");
	unsigned count = 0;

	for (const char *at = records; (at = strstr(at, text)); at++)
		count++;
	free(records);
	return count;
}

static int ask(struct fixture *f, const char *text, size_t bytes, struct message_answer *answer)
{
	static char buffer[PLATFORM_MESSAGE_MAX];
	char why[MESSAGE_WHY_MAX];
	ssize_t n = f->p->ops->request(f->p, PRODUCT_SOCKET, text, bytes, buffer, sizeof(buffer),
				       NS_PER_S);

	if (n >= 0)
		assert_int_equal(message_read_answer(buffer, (size_t)n, answer, why, sizeof(why)),
				 0);
	return n < 0 ? (int)n : 0;
}

static void three_daemons_start_with_a_record_each(void **state)
{
	struct fixture *f = *state;
	char *records;

	assert_int_equal(fixture_run(f, "seosd"), 0);
	expect_all_up(f);
	sim_advance(f->sim, 10 * NS_PER_S);
	records = fixture_records(f, FIXTURE_RECORDS, "");
	assert_non_null(strstr(records, "M START seosd\n"));
	assert_true(strstr(records, "M START seosd") < strstr(records, "M START seagent"));
	free(records);
	assert_int_equal(records_with(f, "M START seosd\n"), 1);
	assert_int_equal(records_with(f, "M START seagent\n"), 1);
	assert_int_equal(records_with(f, "M START seoswd\n"), 1);
	assert_int_equal(fixture_run(f, "issec"), 0);
}

static void starting_is_refused(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *line;
		uid_t uid;
		int status;
	} rows[] = {
		{"seosd", FIXTURE_OP, EXIT_REFUSED},
		{"seosd -x", 0, EXIT_USAGE},
		{"seosd -restart", 0, EXIT_REFUSED},
		{"seagent", 0, EXIT_USAGE},
		{"seoswd", 0, EXIT_REFUSED},
		{"seoswd -x", 0, EXIT_USAGE},
		{"seagent -restart", 0, EXIT_REFUSED},
		{"seoswd -restart", 0, EXIT_REFUSED},
		{"issec x", 0, EXIT_USAGE},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(fixture_run_as(f, rows[i].uid, rows[i].line, NULL),
				 rows[i].status);
		assert_true(f->result.err_bytes > 0);
		expect_all_down(f);
	}
	assert_int_equal(f->p->ops->unlink(f->p, PRODUCT_DATABASE), 0);
	assert_int_equal(fixture_run(f, "seosd"), EXIT_USAGE);
	expect_all_down(f);
}

static void a_second_instance_is_refused(void **state)
{
	struct fixture *f = *state;
	pid_t before;

	assert_int_equal(fixture_run(f, "seosd"), 0);
	before = pid_of(f, PRODUCT_SEOSD);
	assert_int_equal(fixture_run(f, "seosd"), EXIT_REFUSED);
	assert_non_null(strstr(f->result.err, "it runs already"));
	assert_int_equal(pid_of(f, PRODUCT_SEOSD), before);
	assert_int_equal(records_with(f, "START seosd"), 1);
}

static void killed_daemons_come_back(void **state)
{
	struct fixture *f = *state;
	/* Bits of enum product_daemon: each, and each pair (daemon/restart/3, 4). */
	static const unsigned sets[] = {1, 2, 4, 3, 5, 6};

	assert_int_equal(fixture_run(f, "seosd"), 0);
	for (size_t i = 0; i < ROWS(sets); i++) {
		for (int signal = SIGTERM; signal; signal = signal == SIGTERM ? SIGKILL : 0) {
			sim_advance(f->sim, 60 * NS_PER_S);
			for (unsigned d = 0; d < PRODUCT_DAEMONS; d++) {
				if (sets[i] & 1u << d)
					sim_kill(f->sim, pid_of(f, (enum product_daemon)d), signal);
			}
			sim_advance(f->sim, 5 * NS_PER_S);
			expect_all_up(f);
		}
	}
	sim_advance(f->sim, 60 * NS_PER_S);
	/* Each was killed in three of the six sets, twice. */
	assert_int_equal(records_with(f, "M START seosd\n"), 7);
	assert_int_equal(records_with(f, "M START seagent\n"), 7);
	assert_int_equal(records_with(f, "M START seoswd\n"), 7);
	assert_int_equal(records_with(f, "SHUTDOWN"), 0); /* daemon/seosd/9 */
}

static void a_granted_shutdown_ends_all_for_good(void **state)
{
	struct fixture *f = *state;
	static const uid_t users[] = {0, FIXTURE_OP};

	for (size_t i = 0; i < ROWS(users); i++) {
		assert_int_equal(fixture_run(f, "seosd"), 0);
		sim_advance(f->sim, 10 * NS_PER_S);
		assert_int_equal(fixture_run_as(f, users[i], "secons -s", NULL), 0);
		expect_all_down(f);
		assert_non_null(strstr(f->result.out, ": CA PAMSC is shut down\n"));
		sim_advance(f->sim, 3600 * NS_PER_S);
		expect_all_down(f);
		assert_int_equal(fixture_run_as(f, FIXTURE_NOBODY, "secons -s", NULL), 0);
		assert_non_null(strstr(f->result.out, ": CA PAMSC is not running\n"));
	}
	assert_int_equal(records_with(f, "M SHUTDOWN root 452 seosd\n"), 1);
	assert_int_equal(records_with(f, "M SHUTDOWN op 452 seosd\n"), 1);
	assert_int_equal(records_with(f, "SHUTDOWN"), 2);
}

static void a_denied_shutdown_changes_nothing(void **state)
{
	struct fixture *f = *state;
	pid_t before;

	assert_int_equal(fixture_run(f, "seosd"), 0);
	before = pid_of(f, PRODUCT_SEOSD);
	assert_int_equal(fixture_run_as(f, FIXTURE_TST002, "secons -s", NULL), EXIT_REFUSED);
	assert_string_equal(f->result.err, "secons: user tst002 is not allowed to shut down "
					   "CA PAMSC: ADMIN or OPERATOR is needed\n");
	assert_int_equal(fixture_run_as(f, FIXTURE_NOBODY, "secons -s", NULL), EXIT_REFUSED);
	expect_all_up(f);
	assert_int_equal(pid_of(f, PRODUCT_SEOSD), before);
	assert_int_equal(records_with(f, "D SHUTDOWN tst002 460 seosd\n"), 1);
	assert_int_equal(records_with(f, "D SHUTDOWN nobody 460 seosd (OS user)\n"), 1);
	sim_kill(f->sim, pid_of(f, PRODUCT_SEAGENT), SIGKILL); /* daemon/restart/8 */
	sim_advance(f->sim, 5 * NS_PER_S);
	expect_all_up(f);
}

static void a_shutdown_right_after_a_kill_is_kept(void **state)
{
	struct fixture *f = *state;

	for (unsigned d = 0; d < PRODUCT_DAEMONS; d++) {
		assert_int_equal(fixture_run(f, "seosd"), 0);
		sim_advance(f->sim, 30 * NS_PER_S);
		sim_kill(f->sim, pid_of(f, (enum product_daemon)d), SIGKILL);
		assert_int_equal(fixture_run(f, "secons -s"), 0);
		sim_advance(f->sim, 60 * NS_PER_S);
		expect_all_down(f);
	}
	assert_int_equal(records_with(f, "M SHUTDOWN root 452 seosd\n"), 3);
}

static void a_crash_after_the_decision_leaves_all_down(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_run(f, "seosd"), 0);
	assert_int_equal(product_intend(f->p, false), 0);
	sim_kill(f->sim, pid_of(f, PRODUCT_SEOSD), SIGKILL);
	sim_advance(f->sim, 5 * NS_PER_S);
	expect_all_down(f); /* daemon/restart/6 */
}

/* The others have not asked seosd for their START records yet when it is killed. */
static void no_start_is_recorded_twice(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_run(f, "seosd"), 0);
	assert_int_equal(sim_kill(f->sim, pid_of(f, PRODUCT_SEOSD), SIGKILL), 0);
	sim_advance(f->sim, 10 * NS_PER_S);
	expect_all_up(f);
	assert_int_equal(records_with(f, "M START seosd\n"), 2);
	assert_int_equal(records_with(f, "M START seagent\n"), 1);
	assert_int_equal(records_with(f, "M START seoswd\n"), 1);
	/* Another run of the product has START records of its own. */
	assert_int_equal(fixture_run(f, "secons -s"), 0);
	assert_int_equal(fixture_run(f, "seosd"), 0);
	assert_int_equal(records_with(f, "M START seagent\n"), 2);
}

static void a_torn_record_is_cut_off_and_said(void **state)
{
	struct fixture *f = *state;
	int fd;

	assert_int_equal(fixture_run(f, "seosd"), 0);
	assert_null(strstr(f->result.err, "cut off"));
	assert_int_equal(fixture_run(f, "secons -s"), 0);
	fd = f->p->ops->open(f->p, PAMSC_DIR "/log/seos.audit", PLATFORM_APPEND, 0);
	assert_true(fd >= 0);
	assert_int_equal(f->p->ops->write(f->p, fd, "\0\0\0\0\0", 5), 0);
	f->p->ops->close(f->p, fd);
	assert_int_equal(fixture_run(f, "seosd"), 0);
	assert_non_null(strstr(f->result.err, "seos.audit: 5 bytes at "));
	assert_int_equal(records_with(f, "M START seosd\n"), 2);
}

static void hostile_requests_harm_nothing(void **state)
{
	struct fixture *f = *state;
	static char large[PLATFORM_MESSAGE_MAX];
	struct message_answer *answer = malloc(sizeof(*answer));
	static const char *const texts[] = {
		"x",
		"{",
		"[]",
		"{\"op\":\"frob\"}",
		"{\"op\":\"shutdown\",\"unload\":0}",
		"{\"op\":\"scan\",\"next\":true,\"record\":true}", /* no listing is on its way */
		"{\"op\":\"started\",\"daemon\":\"seagent\"}",     /* the asker is not seagent */
		"{\"op\":\"started\",\"daemon\":\"seosd\"}",
		"{\"op\":\"started\",\"daemon\":\"\"}",
	};
	pid_t before;

	assert_non_null(answer);
	assert_int_equal(fixture_run(f, "seosd"), 0);
	before = pid_of(f, PRODUCT_SEOSD);
	for (size_t i = 0; i < ROWS(texts); i++) {
		assert_int_equal(ask(f, texts[i], strlen(texts[i]), answer), 0);
		assert_int_not_equal(answer->status, EXIT_DONE);
		assert_true(answer->text[0]);
	}
	memset(large, '[', sizeof(large));
	assert_int_equal(ask(f, large, sizeof(large), answer), 0);
	assert_int_equal(answer->status, EXIT_USAGE);
	assert_int_equal(ask(f, large, sizeof(large) + 1, answer), -EMSGSIZE);
	memset(large, 0xff, sizeof(large));
	assert_int_equal(ask(f, large, 100, answer), 0);
	assert_int_equal(answer->status, EXIT_USAGE);
	assert_int_equal(pid_of(f, PRODUCT_SEOSD), before);
	assert_int_equal(records_with(f, "START"), 3);
	assert_int_equal(records_with(f, "CHECK"), 0);
	free(answer);
}

static void selang_works_through_seosd(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_run(f, "seosd"), 0);
	assert_int_equal(fixture_run_as(f, 0, "selang -c", "nu tst001 operator;su tst001"), 0);
	assert_string_equal(f->result.out, "user tst001 defined: attributes OPERATOR\n"
					   "User name: tst001\nAttributes: OPERATOR\n");
	assert_int_equal(fixture_run_as(f, 0, "selang -c", "cu tst001 operator- admin; frob"),
			 EXIT_REFUSED);
	assert_string_equal(f->result.out, "user tst001 changed: attributes ADMIN\n");
	assert_string_equal(f->result.err,
			    "selang: command 2, column 28: unknown command frob: use newusr, "
			    "editusr, chusr, rmusr, showusr, newres, editres, rmres, showres or "
			    "authorize\n");
	assert_int_equal(fixture_run_as(f, FIXTURE_OP, "selang -c", "nu evil admin; nu b"),
			 EXIT_REFUSED);
	assert_string_equal(f->result.out, "");
	assert_int_equal(fixture_run_as(f, FIXTURE_NOBODY, "selang -c", "ru tst001"), EXIT_REFUSED);
	assert_int_equal(fixture_run_as(f, 0, "selang -c", "ru tst001; ru root"), EXIT_REFUSED);
	assert_string_equal(f->result.out, "user tst001 deleted\n");
	assert_int_equal(fixture_run(f, "selang"), EXIT_USAGE);
	assert_int_equal(records_with(f, "D UPDATE USER op 322 0 evil localhost nu evil admin\n"),
			 1);
	assert_int_equal(records_with(f, "D UPDATE USER nobody 300 0 tst001 localhost ru tst001 "
					 "(OS user)\n"),
			 1);
	assert_int_equal(records_with(f, "D UPDATE USER root 302 0 root localhost ru root\n"), 1);
	assert_int_equal(records_with(f, " UPDATE "), 6);
}

static pid_t come_in(struct fixture *f)
{
	static const char *const argv[] = {"/bin/login", "op", "tty1", NULL};
	const struct sim_command login = {.argv = argv};

	sim_result_free(&f->result);
	assert_int_equal(sim_run(f->sim, &login, &f->result), 0);
	assert_true(f->result.serving > 0);
	return f->result.serving;
}

/* event/logout/15: seosd dies at its first step after the end of a session, then at its second, ...
 * until the record is written before it would. */
static void a_logout_is_recorded_once_wherever_seosd_dies(void **state)
{
	struct fixture *f = *state;
	unsigned steps = 0;
	bool died = true;

	assert_int_equal(fixture_run(f, "seosd"), 0);
	while (died) {
		pid_t login = come_in(f);

		assert_int_equal(records_with(f, " P LOGIN op 19 2 tty1 /bin/login"), steps + 1);
		sim_die(f->sim, "seosd", ++steps);
		assert_int_equal(sim_kill(f->sim, login, SIGTERM), 0);
		sim_advance(f->sim, NS_PER_S / 2);
		died = sim_die(f->sim, NULL, 0) == 0;
		sim_advance(f->sim, 10 * NS_PER_S);
		expect_all_up(f);
		assert_int_equal(records_with(f, " O LOGOUT op 49 2 tty1"), steps);
	}
	assert_in_range(steps, 3, 50);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(three_daemons_start_with_a_record_each),
		TEST(starting_is_refused),
		TEST(a_second_instance_is_refused),
		TEST(killed_daemons_come_back),
		TEST(a_granted_shutdown_ends_all_for_good),
		TEST(a_denied_shutdown_changes_nothing),
		TEST(a_shutdown_right_after_a_kill_is_kept),
		TEST(a_crash_after_the_decision_leaves_all_down),
		TEST(no_start_is_recorded_twice),
		TEST(a_torn_record_is_cut_off_and_said),
		TEST(hostile_requests_harm_nothing),
		TEST(selang_works_through_seosd),
		TEST(a_logout_is_recorded_once_wherever_seosd_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
