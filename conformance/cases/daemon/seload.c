/* SPDX-License-Identifier: MIT */
/*
 * seload starts the product, issec tells which parts of it run. Other cases trust issec, so it is
 * held against the records here. Not for: SEOS_load (kernel/unload), seosd (daemon/seosd).
 */
#include "conformance/cases/product.h"

/* daemon/seload/7: before the start, after it, with one dead, and after the shutdown. */
CASE(issec, REQUIREMENTS("daemon/seload/7"), .needs = CAP_ROOT)
{
	static const char *const daemons[] = {"seosd", "seagent", "seoswd"};
	const struct result *r;

	define_users(t);
	r = run(t, "issec");
	assert_exit(r, 1);
	for (size_t i = 0; i < ROWS(daemons); i++)
		assert_line(r, text_format("%s: not running", daemons[i]));
	run_ok(t, "seosd");
	run_ok(t, "issec");
	for (size_t i = 0; i < ROWS(daemons); i++) {
		assert_true(daemon_pid(t, daemons[i]) > 0);
		assert_true(pid_exists(t, daemon_pid(t, daemons[i])));
	}
	signal_pid(t, daemon_pid(t, "seoswd"), SIGKILL);
	r = run(t, "issec");
	if (r->exit_status) /* it may be back already */
		assert_line(r, "seoswd: not running");
	run_ok(t, "secons", "-s");
	r = run(t, "issec");
	assert_exit(r, 1);
	for (size_t i = 0; i < ROWS(daemons); i++)
		assert_line(r, text_format("%s: not running", daemons[i]));
}

/* daemon/seload/8: a line each, in that order; the three decide about the exit status. */
CASE(issec_lines, REQUIREMENTS("daemon/seload/8"), .needs = CAP_ROOT | CAP_HOOKS)
{
	static const char beside[] = "selogrd: not running\n"
				     "selogrcd: not running\n"
				     "serevu: not running\n";
	const struct result *r;

	define_users(t);
	r = run(t, "issec");
	assert_exit(r, 1);
	assert_out(r, text_format("SEOS_syscall: loaded\n"
				  "seosd: not running\n"
				  "seagent: not running\n"
				  "seoswd: not running\n%s",
				  beside));
	run_ok(t, "seosd");
	r = run(t, "issec");
	assert_exit(r, 0);
	assert_out(r, text_format("SEOS_syscall: loaded\n"
				  "seosd: running (pid %d)\n"
				  "seagent: running (pid %d)\n"
				  "seoswd: running (pid %d)\n%s",
				  (int)shown_pid(r, "seosd"), (int)shown_pid(r, "seagent"),
				  (int)shown_pid(r, "seoswd"), beside));
}

/* daemon/seload/1..5: everything runs when it returns; again, it says so and changes nothing. */
CASE(started,
     REQUIREMENTS("daemon/seload/1", "daemon/seload/2", "daemon/seload/4", "daemon/seload/5"),
     .needs = CAP_ROOT)
{
	const struct result *r, *before;

	define_users(t);
	assert_int_equal(daemons_running(t), 0);
	r = run(t, "seload");
	assert_exit(r, 0);
	assert_err(r, "");
	assert_int_equal(daemons_running(t), 3);
	assert_true(daemon_pid(t, "seagent") > 0);
	assert_int_equal(record_count(t, "M START"), 3);
	before = run_ok(t, "issec");
	r = run(t, "seload");
	assert_exit(r, 0);
	assert_out_match(r, "runs already$");
	assert_out(run_ok(t, "issec"), before->out);
	assert_int_equal(record_count(t, "START"), 3);
	run_ok(t, "secons", "-s");
	run_ok(t, "seload");
	assert_int_equal(daemons_running(t), 3);
}

/* daemon/seload/3: the extension comes with it. daemon/seload/9, daemon/seload/10: who is in accept
 * by then is left alone, where nothing else is set and where the default is. */
CASE(extension, REQUIREMENTS("daemon/seload/3", "daemon/seload/9", "daemon/seload/10"),
     .needs = CAP_ROOT | CAP_HOOKS, .unloads = true)
{
	struct target_parked *accepting, *later;

	define_users(t);
	run_ok(t, "SEOS_load", "-u");
	accepting = park(t, .in = PARKED_ACCEPT);
	run_ok(t, "seload");
	assert_true(extension_is_loaded(t));
	assert_int_equal(daemons_running(t), 3);
	later = park(t, .in = PARKED_OPEN);
	assert_true(is_listed(t, parked_pid(t, later)));
	assert_true(parked_inside(t, accepting));
	assert_false(is_listed(t, parked_pid(t, accepting)));
	unpark(t, accepting);
	unpark(t, later);
	assert_line(run_ok(t, "seini", "-f", "SEOS_syscall.call_tripAccept_from_seload"), "0");
}

/* daemon/seload/4: no database, so seosd does not start: one line, and nothing is left running. */
CASE(no_daemon, REQUIREMENTS("daemon/seload/4"), .needs = CAP_ROOT)
{
	const struct result *r;

	remove_database(t);
	r = run(t, "seload");
	assert_exit(r, 1);
	assert_int_equal(text_line_count(r->err), 1);
	assert_err_match(r, "database");
	assert_int_equal(daemons_running(t), 0);
}

/* daemon/seload/4: an exit that would not have the extension loaded keeps the daemons down too. */
CASE(no_extension, REQUIREMENTS("daemon/seload/3", "daemon/seload/4", "kernel/exits/5"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL, .unloads = true)
{
	const struct result *r;

	define_users(t);
	run_ok(t, "SEOS_load", "-u");
	file_write(t, EXITS "SEOS_load_a.always", "#!/bin/sh\nexit 4\n");
	file_chmod(t, EXITS "SEOS_load_a.always", 0755);
	r = run(t, "seload");
	assert_exit(r, 1);
	assert_int_equal(text_line_count(r->err), 1);
	assert_err_match(r, "SEOS_load_a.always");
	assert_false(extension_is_loaded(t));
	assert_int_equal(daemons_running(t), 0);
}

/* daemon/seload/6: anybody else, an ADMIN included. */
CASE(not_root, REQUIREMENTS("daemon/seload/6"), .needs = CAP_ROOT)
{
	const struct result *r;

	define_users(t);
	run_ok(t, "selang", "-c", "chusr tst001 admin");
	r = run_as(t, as("tst001"), "seload");
	assert_exit(r, 1);
	assert_error_line(r, "seload");
	assert_int_equal(daemons_running(t), 0);
}
