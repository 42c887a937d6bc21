/* SPDX-License-Identifier: MIT */
/*
 * Starting seosd, and who cannot end it. Not for: daemons starting each other (daemon/restart), the
 * shutdown (secons/shutdown).
 */
#include "conformance/cases/product.h"

/* daemon/seosd/3..5, daemon/seosd/7: when the command returns, the three run, and go on. */
CASE(started, REQUIREMENTS("daemon/seosd/3", "daemon/seosd/4", "daemon/seosd/5", "daemon/seosd/7"),
     .needs = CAP_ROOT)
{
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin");
	assert_int_equal(daemons_running(t), 0);
	r = run(t, "seosd");
	assert_exit(r, 0);
	assert_err(r, "");
	assert_int_equal(daemons_running(t), 3);
	assert_true(pid_exists(t, daemon_pid(t, "seosd")));
}

/* daemon/seosd/1, daemon/seosd/2: anybody else, an ADMIN included; with nothing running, and with
 * everything. */
CASE(not_root, REQUIREMENTS("daemon/seosd/1", "daemon/seosd/2"), .needs = CAP_ROOT)
{
	static const char *const users[] = {"tst001", "tst003"};

	define_users(t);
	run_ok(t, "selang", "-c", "chusr tst001 admin");
	for (size_t i = 0; i < ROWS(users); i++) {
		const struct result *r = run_as(t, as(users[i]), "seosd");

		assert_exit(r, 1);
		assert_error_line(r, "seosd");
		assert_int_equal(daemons_running(t), 0);
	}
	assert_int_equal(record_count(t, "START"), 0);
}

/* daemon/seosd/8, daemon/restart/7: the running daemons go on undisturbed. */
CASE(second, REQUIREMENTS("daemon/seosd/8", "daemon/restart/7"), .needs = CAP_ROOT)
{
	const struct result *before, *r;

	start_product(t);
	before = run_ok(t, "issec");
	r = run(t, "seosd");
	assert_exit(r, 1);
	assert_error_line(r, "seosd");
	assert_out(run_ok(t, "issec"), before->out);
	assert_int_equal(record_count(t, "START"), 3);
	assert_exit(run_as(t, as("tst001"), "secons", "-s"), 0);
}

/* daemon/seosd/9, daemon/seosd/11: not even root ends a daemon for good by a signal. */
CASE(terminated, REQUIREMENTS("daemon/seosd/9", "daemon/seosd/11"), .needs = CAP_ROOT)
{
	static const char *const daemons[] = {"seosd", "seagent", "seoswd"};

	start_product(t);
	for (size_t i = 0; i < ROWS(daemons); i++) {
		pid_t pid = daemon_pid(t, daemons[i]);

		signal_pid(t, pid, SIGTERM);
		wait_until(t, 10, daemon_is_new(t, daemons[i], pid));
	}
	wait_until(t, 10, record_count(t, "START") == 6);
	assert_int_equal(record_count(t, "SHUTDOWN"), 0);
	assert_exit(run_as(t, as("tst002"), "secons", "-s"), 1);
	assert_int_equal(daemons_running(t), 3);
	assert_exit(run_as(t, as("tst001"), "secons", "-s"), 0);
	assert_int_equal(daemons_running(t), 0);
}

/* daemon/ini/3 for a database: without one nothing starts, and nothing is left half started. */
CASE(no_database, REQUIREMENTS("daemon/seosd/4", "daemon/seosd/7"), .needs = CAP_ROOT)
{
	const struct result *r = run(t, "seosd");

	assert_exit(r, 2);
	assert_error_line(r, "seosd");
	assert_err_match(r, "database");
	assert_int_equal(daemons_running(t), 0);
}
