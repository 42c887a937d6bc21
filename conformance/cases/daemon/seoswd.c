/* SPDX-License-Identifier: MIT */
/*
 * seoswd: the trusted programs it looks at, and the seosd it watches. Not for: daemons that are
 * gone (daemon/restart), the fields of the record (event/untrust).
 */
#include "conformance/cases/product.h"

#include <signal.h>

#define SU     "/var/run/su"
#define SECRET "/var/run/secret"

/* Two trusted files, as they are. */
static void trust(struct target *t)
{
	file_write(t, SU, "#!/bin/sh\necho one\n");
	file_chmod(t, SU, 0755);
	file_write(t, SECRET, "1\n");
	run_ok(t, "selang", "-c", "newres PROGRAM " SU "; newres SECFILE " SECRET);
}

static void scan(struct target *t)
{
	signal_pid(t, daemon_pid(t, "seoswd"), SIGHUP);
}

static bool is_trusted(struct target *t, const char *class, const char *path)
{
	const struct result *r =
		run_ok(t, "selang", "-c", text_format("showres %s %s", class, path));

	return text_match_count(r->out, "^Trusted: yes$") == 1;
}

/* daemon/seoswd/1, daemon/seoswd/4, daemon/seoswd/7, event/untrust/4, event/untrust/5: HUP makes it
 * look once; another mode is one change, file by file, and one that is gone another. */
CASE(changed,
     REQUIREMENTS("daemon/seoswd/1", "daemon/seoswd/4", "daemon/seoswd/7", "daemon/seoswd/8",
		  "event/untrust/4", "event/untrust/5"),
     .needs = CAP_ROOT)
{
	start_product(t);
	trust(t);
	scan(t);
	file_chmod(t, SU, 04755);
	scan(t);
	wait_until(t, 10, record_count(t, "U PROGRAM seoswd 1 1 " SU) == 1);
	file_remove(t, SECRET);
	scan(t);
	wait_until(t, 10, record_count(t, "U SECFILE seoswd 1 5 " SECRET) == 1);
	assert_int_equal(record_count(t, "U .*"), 2);
	assert_false(is_trusted(t, "PROGRAM", SU));
	assert_false(is_trusted(t, "SECFILE", SECRET));
}

/* daemon/seoswd/1, daemon/seoswd/15: contents that change while all else stays. */
CASE(contents, REQUIREMENTS("daemon/seoswd/1", "daemon/seoswd/7", "daemon/seoswd/15"),
     .needs = CAP_ROOT | CAP_SHELL, .where = ON_GUEST | ON_LOCAL)
{
	start_product(t);
	trust(t);
	run_ok(t, "sh", "-c",
	       "cp -p " SU " /var/run/as_it_was && sed -i s/one/two/ " SU
	       " && touch -r /var/run/as_it_was " SU " && chmod 755 " SU);
	scan(t);
	wait_until(t, 10, record_count(t, "U PROGRAM seoswd 1 4 " SU) == 1);
	assert_int_equal(record_count(t, "U .*"), 1);
}

/* daemon/seoswd/9: said once; taken as it is, it is trusted again, and watched. */
CASE(trusted_again, REQUIREMENTS("daemon/seoswd/9"), .needs = CAP_ROOT)
{
	start_product(t);
	trust(t);
	file_append(t, SU, "more\n");
	scan(t);
	wait_until(t, 10, record_count(t, "U PROGRAM seoswd 1 1 " SU) == 1);
	file_append(t, SECRET, "2\n"); /* behind it in a scan */
	scan(t);
	wait_until(t, 10, record_count(t, "U SECFILE seoswd 1 1 " SECRET) == 1);
	assert_int_equal(record_count(t, "U PROGRAM .*"), 1);
	run_ok(t, "selang", "-c", "editres PROGRAM " SU " trust");
	assert_true(is_trusted(t, "PROGRAM", SU));
	file_append(t, SU, "and more\n");
	scan(t);
	wait_until(t, 10, record_count(t, "U PROGRAM seoswd 1 1 " SU) == 2);
	run_ok(t, "selang", "-c", "rmres PROGRAM " SU);
	assert_exit(run(t, "selang", "-c", "newres PROGRAM /var/run/missing"), 1);
	assert_exit(run(t, "selang", "-c", "newres PROGRAM relative"), 1);
}

/* daemon/seoswd/5: with no setting: a change that was made while nobody looked is found after 10 s,
 * the next one after 18,000 s, and not before. */
CASE(defaults, REQUIREMENTS("daemon/seoswd/5", "daemon/seoswd/10"), .needs = CAP_ROOT | CAP_TIME,
     .where = ON_SIM)
{
	start_product(t);
	trust(t);
	run_ok(t, "secons", "-s");
	file_append(t, SU, "more\n");
	run_ok(t, "seosd");
	time_pass(t, 9);
	assert_int_equal(record_count(t, "U .*"), 0);
	time_pass(t, 4);
	assert_int_equal(record_count(t, "U .*"), 1);
	file_append(t, SECRET, "2\n"); /* 10 s later it is its turn */
	time_pass(t, 5);
	assert_int_equal(record_count(t, "U .*"), 1);
	time_pass(t, 7);
	assert_int_equal(record_count(t, "U .*"), 2);
	run_ok(t, "selang", "-c", "editres PROGRAM " SU " trust");
	file_append(t, SU, "and more\n");
	time_pass(t, 17960);
	assert_int_equal(record_count(t, "U .*"), 2);
	time_pass(t, 40);
	assert_int_equal(record_count(t, "U .*"), 3);
}

/* daemon/seoswd/10, daemon/seoswd/12: other settings; on a real clock. */
CASE(settings, REQUIREMENTS("daemon/seoswd/10", "daemon/seoswd/12"), .needs = CAP_ROOT)
{
	define_users(t);
	file_write(t, SEOS_INI, "[seoswd]\nPgmRest = 1\nPgmTestInterval = 2\n");
	run_ok(t, "seosd");
	trust(t);
	file_append(t, SU, "more\n");
	wait_until(t, 15, record_count(t, "U PROGRAM .*") == 1);
	file_append(t, SECRET, "2\n");
	wait_until(t, 15, record_count(t, "U SECFILE .*") == 1);
	run_ok(t, "secons", "-s");

	file_write(t, SEOS_INI,
		   "[seoswd]\nPgmRest = 1\nPgmTestInterval = 2\nIgnoreScanInterval = yes\n");
	run_ok(t, "seosd");
	run_ok(t, "selang", "-c", "editres PROGRAM " SU " trust");
	file_append(t, SU, "and more\n");
	time_pass(t, 6);
	assert_int_equal(record_count(t, "U PROGRAM .*"), 1);
	scan(t);
	wait_until(t, 10, record_count(t, "U PROGRAM .*") == 2);
}

/* daemon/seoswd/5: wrong settings keep the product from starting, in words. */
CASE(wrong_settings, REQUIREMENTS("daemon/seoswd/5", "daemon/ini/9"), .needs = CAP_ROOT)
{
	const struct result *r;

	define_users(t);
	file_write(t, SEOS_INI, "[seoswd]\nPgmRest = soon\n");
	r = run(t, "seosd");
	assert_true(r->exit_status > 0);
	assert_error_line(r, "seosd");
	assert_int_equal(daemons_running(t), 0);
}

/* daemon/seoswd/6, daemon/seoswd/14: a seosd that is there and says nothing is another one after
 * BlockingInterval, and not before. */
CASE(blocked, REQUIREMENTS("daemon/seoswd/6", "daemon/seoswd/14"), .needs = CAP_ROOT,
     .where = ON_GUEST | ON_LOCAL)
{
	int64_t begun_s;
	pid_t seosd;

	define_users(t);
	file_write(t, SEOS_INI, "[seoswd]\nBlockingInterval = 3\n");
	run_ok(t, "seosd");
	seosd = daemon_pid(t, "seosd");
	signal_pid(t, seosd, SIGSTOP);
	begun_s = clock_now(t);
	wait_until(t, 30, daemon_is_new(t, "seosd", seosd));
	assert_true(clock_now(t) - begun_s >= 3);
	assert_false(pid_exists(t, seosd));
	wait_until(t, 10, record_count(t, "M START seosd") == 2);
}

/* daemon/seoswd/5, daemon/seoswd/6: by default after 60 s. */
CASE(blocked_default, REQUIREMENTS("daemon/seoswd/5", "daemon/seoswd/6"),
     .needs = CAP_ROOT | CAP_TIME, .where = ON_GUEST, .deadline_s = 120)
{
	pid_t seosd;

	start_product(t);
	seosd = daemon_pid(t, "seosd");
	signal_pid(t, seosd, SIGSTOP);
	time_pass(t, 58);
	assert_true(pid_exists(t, seosd));
	wait_until(t, 30, daemon_is_new(t, "seosd", seosd));
}

/* daemon/seoswd/3: by its own command: a daemon without an argument, with -d it tells what it does.
 * While the daemon that would start it again is stopped. */
CASE(by_hand, REQUIREMENTS("daemon/seoswd/3"), .needs = CAP_ROOT, .where = ON_GUEST | ON_LOCAL)
{
	struct target_process *p;
	pid_t seagent, first;

	start_product(t);
	trust(t);
	seagent = daemon_pid(t, "seagent");
	signal_pid(t, seagent, SIGSTOP);
	first = daemon_pid(t, "seoswd");
	signal_pid(t, first, SIGKILL);
	wait_until(t, 5, !pid_exists(t, first));
	run_ok(t, "seoswd");
	assert_true(daemon_is_new(t, "seoswd", first));
	assert_exit(run(t, "seoswd"), 1); /* it runs */
	first = daemon_pid(t, "seoswd");
	signal_pid(t, first, SIGKILL);
	wait_until(t, 5, !pid_exists(t, first));
	p = start(t, NULL, "seoswd", "-d");
	wait_until(t, 10, daemon_pid(t, "seoswd") == pid_of(t, p));
	file_append(t, SU, "more\n");
	signal_pid(t, pid_of(t, p), SIGHUP);
	wait_until(t, 10, strstr(output(t, p), SU) && strstr(output(t, p), SECRET));
	signal_pid(t, seagent, SIGCONT);
}

/* daemon/seoswd/13: with the product shut down, and by somebody else. */
CASE(not_by_hand, REQUIREMENTS("daemon/seoswd/13"), .needs = CAP_ROOT)
{
	const struct result *r;

	start_product(t);
	run_ok(t, "secons", "-s");
	r = run(t, "seoswd");
	assert_exit(r, 1);
	assert_error_line(r, "seoswd");
	assert_int_equal(daemons_running(t), 0);
	assert_exit(run_as(t, as("tst001"), "seoswd"), 1);
	assert_exit(run(t, "seoswd", "-x"), 2);
}
