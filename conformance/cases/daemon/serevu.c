/* SPDX-License-Identifier: MIT */
/*
 * serevu: who is disabled after how many failed logins, for how long, and what of that is recorded.
 * The failures are given to the log before the product starts. Not for: whether a disabled user is
 * let in (whoever admits users decides that).
 */
#include "conformance/cases/product.h"
#include "conformance/cases/records.h"

#define LIST "/opt/CA/PAMSC/log/serevu_disable.users"

/* A failed login of a user at a time of 2 Nov 2008, which the clock is set to be just after. */
#define FAILED(user, time)                                                                         \
	RECORD_AT("02 Nov 2008", time, "login", "D",                                               \
		  "'user':'" user "','stage':8,'terminal':'tty1','program':'login'")
#define NOW "2008-11-02 15:45:00"

/* The product runs at NOW, with these failures in its log. */
static void start_with(struct target *t, const char *failures)
{
	clock_set(t, NOW);
	define_users(t);
	give_ok(t, AUDIT_LOG, failures);
	run_ok(t, "seosd");
}

static bool is_disabled(struct target *t, const char *user)
{
	return text_match_count(run_ok(t, "selang", "-c", text_format("showusr %s", user))->out,
				"^Login: disabled") == 1;
}

static pid_t start_serevu(struct target *t)
{
	run_ok(t, "serevu", "daemon");
	assert_true(daemon_pid(t, "serevu") > 0);
	return daemon_pid(t, "serevu");
}

#define THREE(user) FAILED(user, "15:44:01") FAILED(user, "15:44:02") FAILED(user, "15:44:03")
#define FIVE(user)  THREE(user) FAILED(user, "15:44:04") FAILED(user, "15:44:05")

/* daemon/serevu/3, daemon/serevu/5, daemon/serevu/6, daemon/serevu/7: five failures within five
 * minutes are too many and four are not; after six minutes the user is enabled. */
CASE(defaults,
     REQUIREMENTS("daemon/serevu/3", "daemon/serevu/5", "daemon/serevu/6", "daemon/serevu/7",
		  "daemon/serevu/1", "event/disabled/2", "event/enabled/2"),
     .needs = CAP_ROOT | CAP_CLOCK | CAP_TIME)
{
	start_with(t, FIVE("tst001") THREE("tst002") FAILED("tst002", "15:44:06"));
	start_serevu(t);
	wait_until(t, 20, record_count(t, "I LOGIN tst001") == 1);
	assert_true(is_disabled(t, "tst001"));
	assert_false(is_disabled(t, "tst002"));
	assert_text_match("list", file_read(t, LIST), "^tst001 ");
	assert_int_equal(text_line_count(file_read(t, LIST)), 1);
	time_pass(t, 330);
	assert_true(is_disabled(t, "tst001"));
	wait_until(t, 60, record_count(t, "E LOGIN tst001") == 1);
	assert_false(is_disabled(t, "tst001"));
	assert_text("list", file_read(t, LIST), "");
	assert_int_equal(record_count(t, "I LOGIN"), 1);
	assert_int_equal(record_count(t, "E LOGIN"), 1);
}

/* daemon/serevu/5: what is longer ago than five minutes does not count. */
CASE(long_ago, REQUIREMENTS("daemon/serevu/5"), .needs = CAP_ROOT | CAP_CLOCK)
{
	start_with(t, FAILED("tst001", "15:39:00") FAILED("tst001", "15:39:30") THREE("tst001")
			      FIVE("tst002"));
	start_serevu(t);
	wait_until(t, 20, record_count(t, "I LOGIN tst002") == 1);
	assert_int_equal(record_count(t, "I LOGIN tst001"), 0);
}

/* daemon/serevu/5: each default can be set. */
CASE(settings, REQUIREMENTS("daemon/serevu/5", "daemon/serevu/4"),
     .needs = CAP_ROOT | CAP_CLOCK | CAP_TIME)
{
	file_write(t, SEOS_INI,
		   "[serevu]\ndef_fail_count = 3\ndef_diff_time = 1h\ndef_disable_time = 8m\n"
		   "def_sleep_time = 20s\n");
	start_with(t, FAILED("tst001", "15:01:00") FAILED("tst001", "15:10:00")
			      FAILED("tst001", "15:20:00"));
	start_serevu(t);
	wait_until(t, 60, record_count(t, "I LOGIN tst001") == 1);
	time_pass(t, 400);
	assert_true(is_disabled(t, "tst001"));
	time_pass(t, 100);
	wait_until(t, 60, record_count(t, "E LOGIN tst001") == 1);
}

/* daemon/serevu/1, daemon/serevu/4: options stand before the settings. */
CASE(options, REQUIREMENTS("daemon/serevu/1", "daemon/serevu/4", "daemon/serevu/3"),
     .needs = CAP_ROOT | CAP_CLOCK | CAP_TIME)
{
	start_with(t, FAILED("tst001", "15:41:00") FAILED("tst001", "15:43:30") THREE("tst002"));
	run_ok(t, "serevu", "daemon", "-f", "3", "-d", "FOREVER", "-t", "2m");
	wait_until(t, 20, record_count(t, "I LOGIN tst002") == 1);
	assert_text("list", file_read(t, LIST), "tst002 FOREVER\n");
	time_pass(t, 500); /* the default, and until serevu looks again */
	assert_true(is_disabled(t, "tst002"));
	assert_false(is_disabled(t, "tst001"));
	assert_int_equal(record_count(t, "E LOGIN"), 0);
}

/* daemon/serevu/1, daemon/serevu/4: what is no such command line. */
CASE(wrong_usage, REQUIREMENTS("daemon/serevu/1", "daemon/serevu/4"), .needs = CAP_ROOT)
{
	static const char *const lines[][4] = {
		{NULL},
		{"maybe"},
		{"daemon", "-f", "0"},
		{"daemon", "-f", "x"},
		{"daemon", "-d"},
		{"daemon", "-d", "6"},
		{"daemon", "-d", "6x"},
		{"daemon", "-t", "s"},
		{"daemon", "-s", "0m"},
		{"daemon", "-x", "1"},
		{"daemon", "-d", "1mm"},
	};

	start_product(t);
	for (size_t i = 0; i < ROWS(lines); i++) {
		const struct result *r =
			case_run(t, NULL,
				 (const char *const[]){"serevu", lines[i][0], lines[i][1],
						       lines[i][2], NULL},
				 __FILE__, __LINE__);

		assert_exit(r, 2);
		assert_err_match(r, "^serevu: .");
		assert_int_equal(daemon_pid(t, "serevu"), 0);
	}
	assert_exit(run(t, "serevu", "daemon", "-s", "1m", "-t", "1m"), 2);
}

/* daemon/serevu/2: both spellings keep it in the foreground. */
CASE(foreground, REQUIREMENTS("daemon/serevu/1", "daemon/serevu/2"), .needs = CAP_ROOT)
{
	static const char *const words[] = {"nodaemon", "nodeamon"};

	start_product(t);
	for (size_t i = 0; i < ROWS(words); i++) {
		struct target_process *p = start(t, NULL, "serevu", words[i]);

		wait_until(t, 10, daemon_pid(t, "serevu") > 0);
		assert_int_equal(daemon_pid(t, "serevu"), pid_of(t, p));
		assert_exit(stop(t, p, SIGTERM), 0);
	}
}

/* daemon/serevu/7, event/disabled/2: killed right after disabling, it neither forgets him nor
 * disables him twice; root and those who failed too seldom are left alone. */
CASE(killed, REQUIREMENTS("daemon/serevu/6", "daemon/serevu/7", "event/disabled/2"),
     .needs = CAP_ROOT | CAP_CLOCK | CAP_TIME)
{
	pid_t pid;

	start_with(t, FIVE("tst001") FIVE("root") FIVE("nobody9"));
	pid = start_serevu(t);
	wait_until(t, 20, record_count(t, "I LOGIN tst001") == 1);
	wait_until(t, 20, record_count(t, "I LOGIN nobody9") == 1);
	signal_pid(t, pid, SIGKILL);
	wait_until(t, 10, !pid_exists(t, pid));
	start_serevu(t);
	time_pass(t, 120);
	assert_int_equal(record_count(t, "I LOGIN tst001"), 1);
	assert_int_equal(record_count(t, "I LOGIN root"), 0);
	assert_int_equal(text_match_count(run_ok(t, "seaudit", "-a")->out,
					  " I LOGIN nobody9 .*\\(OS user\\)$"),
			 1);
	time_pass(t, 240);
	wait_until(t, 60, record_count(t, "E LOGIN tst001") == 1);
}

/* event/start/7: no record of its start, nor of its end. */
CASE(silent, REQUIREMENTS("event/start/7"), .needs = CAP_ROOT)
{
	const char *before;

	start_product(t);
	wait_until(t, 10, record_count(t, "START") == 3);
	before = run_ok(t, "seaudit", "-a")->out;
	signal_pid(t, start_serevu(t), SIGTERM);
	wait_until(t, 10, daemon_pid(t, "serevu") == 0);
	assert_text("log", run_ok(t, "seaudit", "-a")->out, before);
}
