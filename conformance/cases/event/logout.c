/* SPDX-License-Identifier: MIT */
/*
 * LOGOUT records: how seaudit shows them, and when a session ends. Not for: how it begins
 * (login.c).
 */
#include "conformance/cases/logins.h"
#include "conformance/cases/records.h"

#define LOGOUT                                                                                     \
	RECORD_AT("29 Jan 2009", "17:23:33", "logout", "O",                                        \
		  "'user':'root','session':'4981e6f5:00000a01','stage':49,'reason':2,"             \
		  "'terminal':'computer.com'")

/* event/logout/1: the documented example. */
CASE(example, REQUIREMENTS("event/logout/1", "event/logout/2", "event/logout/3"))
{
	static const struct example rows[] = {
		{LOGOUT, "29 Jan 2009 17:23:33 O LOGOUT root 49 2 computer.com"},
	};

	assert_lines(t, rows, "-a");
}

/* event/logout/1: with the session id, and of an enterprise user. */
CASE(fields, REQUIREMENTS("event/logout/1"))
{
	static const struct example rows[] = {
		{LOGOUT, "29 Jan 2009 17:23:33 O LOGOUT root 4981e6f5:00000a01 49 2 computer.com"},
		{RECORD("logout", "O",
			"'user':'tst002','session':'4981e6f5:00000a02','stage':49,'reason':2,"
			"'terminal':'computer.com','os_user':true"),
		 "02 Nov 2008 15:41:06 O LOGOUT tst002 4981e6f5:00000a02 49 2 computer.com "
		 "(OS user)"},
	};

	assert_lines(t, rows, "-a", "-sessionid");
}

/* event/logout/7: what the stage of the example means. */
CASE(stage, REQUIREMENTS("event/logout/7"))
{
	const struct result *r;

	give_ok(t, AUDIT_LOG, LOGOUT);
	r = run_ok(t, "seaudit", "-a", "-detail");
	assert_line(r, "Details: Logout detected after last process terminated");
}

#define TERMINAL "pts/[0-9]+"

/* event/logout/4, event/logout/6, event/logout/8, event/logout/11, event/logout/12: one record, of
 * who logged in, of that session. kernel/intercept/16: however its processes end.
 */
CASE(session,
     REQUIREMENTS("event/logout/4", "event/logout/6", "event/logout/8", "event/logout/11",
		  "event/logout/12", "kernel/intercept/16"),
     .needs = LOGIN_NEEDS)
{
	struct target_process *login;

	logins_start(t);
	login = login_start(t, "tst001", "(sleep 99 & kill -9 $!; wait); " WAIT_THERE);
	wait_until(t, 20, logins(t) == 1);
	assert_int_equal(logouts(t), 0);
	gate_open(t);
	finish(t, login);
	wait_until(t, 10, logouts(t) > 0);
	assert_int_equal(record_count(t, "O LOGOUT tst001 49 2 " TERMINAL), 1);
	assert_text("session", session_in(t, "LOGOUT", 0), session_in(t, "LOGIN", 0));
	login_whole(t, "tst002", "kill -9 $$");
	wait_until(t, 10, record_count(t, "O LOGOUT tst002 49 2 " TERMINAL) == 1);
	assert_int_equal(logouts(t), 2);
}

/* event/logout/5, kernel/intercept/15: the user has gone, and a process of his works on. */
static void keeps_the_session(struct target *t, const char *command)
{
	logins_start(t);
	login_whole(t, "tst001", command);
	assert_int_equal(logins(t), 1);
	/* the end of another session has been noticed, and this one's has not */
	login_whole(t, "tst002", "true");
	wait_until(t, 10, record_count(t, "O LOGOUT tst002 49 2 " TERMINAL) == 1);
	assert_int_equal(record_count(t, "O LOGOUT tst001"), 0);
	gate_open(t);
	wait_until(t, 10, record_count(t, "O LOGOUT tst001 49 2 " TERMINAL) == 1);
	assert_int_equal(logouts(t), 2);
}

/* As nohup starts it. */
CASE(background, REQUIREMENTS("event/logout/5", "kernel/intercept/15"), .needs = LOGIN_NEEDS)
{
	keeps_the_session(t, "trap '' HUP; sh -c '" WAIT_THERE "'" QUIETLY " &");
}

/* A process with a session of its own, whose parent has ended: a daemon. */
CASE(daemonised, REQUIREMENTS("event/logout/5", "kernel/intercept/15"), .needs = LOGIN_NEEDS)
{
	keeps_the_session(t, "setsid sh -c '(" WAIT_THERE ") & exit 0'" QUIETLY);
}

/* event/logout/9: the last one is another user by then. */
CASE(su, REQUIREMENTS("event/logout/9", "event/logout/5", "event/login/12"), .needs = LOGIN_NEEDS)
{
	logins_start(t);
	login_whole(t, "root", "trap '' HUP; /bin/su tst002 -c '" WAIT_THERE "'" QUIETLY " &");
	login_whole(t, "tst001", "true");
	wait_until(t, 10, record_count(t, "O LOGOUT tst001 49 2 " TERMINAL) == 1);
	assert_int_equal(logins(t), 2); /* su is none */
	assert_int_equal(record_count(t, "O LOGOUT root"), 0);
	gate_open(t);
	wait_until(t, 10, record_count(t, "O LOGOUT root 49 2 " TERMINAL) == 1);
	assert_int_equal(logouts(t), 2);
}

/* event/logout/9, event/login/12: sudo is none either, and what it has started for root goes on
 * when the user has gone. event/logout/15: seosd, too, dies and comes back in between, twice.
 */
CASE(sudo, REQUIREMENTS("event/logout/9", "event/logout/5", "event/logout/15", "event/login/12"),
     .needs = LOGIN_NEEDS)
{
	pid_t seosd;

	logins_start(t);
	file_write(t, "/etc/sudoers", "tst001 ALL=(ALL) NOPASSWD: ALL\n");
	file_chmod(t, "/etc/sudoers", 0440);
	dir_make(t, "/var/run/open");
	login_whole(t, "tst001",
		    "trap '' HUP; sudo -n sh -c 'id -u >/var/run/open/uid; " WAIT_THERE "'" QUIETLY
		    " &");
	wait_until(t, 20, file_exists(t, "/var/run/open/uid"));
	wait_until(t, 20, !strcmp(file_read(t, "/var/run/open/uid"), "0\n"));
	seosd = daemon_pid(t, "seosd");
	signal_pid(t, seosd, SIGKILL);
	wait_until(t, 10, daemon_is_new(t, "seosd", seosd));
	login_whole(t, "tst002", "true");
	wait_until(t, 10, record_count(t, "O LOGOUT tst002 49 2 " TERMINAL) == 1);
	assert_int_equal(logins(t), 2);
	assert_int_equal(record_count(t, "O LOGOUT tst001"), 0);
	seosd = daemon_pid(t, "seosd");
	signal_pid(t, seosd, SIGKILL);
	gate_open(t);
	wait_until(t, 10, record_count(t, "O LOGOUT tst001 49 2 " TERMINAL) == 1);
	assert_text("session", session_in(t, "LOGOUT", 1), session_in(t, "LOGIN", 0));
	assert_int_equal(logouts(t), 2);
}

/* event/logout/6, event/logout/11: two of one user are two, and each has its own end. */
CASE(two_sessions, REQUIREMENTS("event/logout/6", "event/logout/11", "kernel/intercept/16"),
     .needs = LOGIN_NEEDS)
{
	struct target_process *first;

	logins_start(t);
	dir_make(t, "/var/run/open");
	file_chmod(t, "/var/run/open", 0777);
	first = login_start(t, "tst001", "touch /var/run/open/first; " WAIT_THERE);
	/* what he does is what the file says when his shell reads it */
	wait_until(t, 20, file_exists(t, "/var/run/open/first"));
	login_whole(t, "tst001", "true");
	wait_until(t, 10, logouts(t) == 1);
	assert_text("session", session_in(t, "LOGOUT", 0), session_in(t, "LOGIN", 1));
	gate_open(t);
	finish(t, first);
	wait_until(t, 10, logouts(t) == 2);
	assert_text("session", session_in(t, "LOGOUT", 1), session_in(t, "LOGIN", 0));
}

/* event/logout/10: by OpenSSH from another host, its name. */
CASE(remote, REQUIREMENTS("event/logout/10", "event/login/10"), .needs = LOGIN_NEEDS | CAP_HOSTS)
{
	const struct run_options there = {.host = "host1", .terminal = PASSWORD "\n"};

	give_passwords(t);
	host_add(t, "host1");
	logins_start(t);
	sshd_start(t);
	assert_exit(run_as(t, &there, SSH, "tst001@" TARGET_HOST_HERE, "true"), 0);
	wait_until(t, 10, record_count(t, "O LOGOUT tst001 49 2 host1") == 1);
	assert_int_equal(record_count(t, "P LOGIN tst001 [0-9]+ 2 host1"), 1);
}

/* Date and time of the one record of a kind, to the minute. */
static const char *minute_of(struct target *t, const char *what)
{
	const char *at = strstr(run_ok(t, "seaudit", "-a")->out, what);

	assert_non_null(at);
	return text_format("%.17s", at - strlen("24 Sep 2008 15:40:46 "));
}

/* event/logout/15, event/logout/18: nobody restarts seosd until the session has long ended. */
CASE(crash, REQUIREMENTS("event/logout/15", "event/logout/18"), .needs = LOGIN_NEEDS | CAP_TIME)
{
	struct target_process *login;
	pid_t seosd, seoswd;

	logins_start(t);
	login = login_start(t, "tst001", WAIT_THERE);
	wait_until(t, 20, logins(t) == 1);
	seosd = daemon_pid(t, "seosd");
	seoswd = daemon_pid(t, "seoswd");
	signal_pid(t, seoswd, SIGSTOP);
	signal_pid(t, seosd, SIGKILL);
	gate_open(t);
	finish(t, login);
	assert_int_equal(logouts(t), 0);
	time_pass(t, 300);
	signal_pid(t, seoswd, SIGCONT);
	wait_until(t, 10, daemon_is_new(t, "seosd", seosd));
	wait_until(t, 10, logouts(t) > 0);
	assert_int_equal(record_count(t, "O LOGOUT tst001 49 2 " TERMINAL), 1);
	assert_text("end", minute_of(t, "O LOGOUT"), minute_of(t, "P LOGIN"));

	/* nor does a second crash write it again */
	seosd = daemon_pid(t, "seosd");
	signal_pid(t, seosd, SIGKILL);
	wait_until(t, 10, daemon_is_new(t, "seosd", seosd));
	login_whole(t, "tst002", "true");
	wait_until(t, 10, record_count(t, "O LOGOUT tst002 49 2 " TERMINAL) == 1);
	assert_int_equal(logouts(t), 2);
}

/* event/logout/14, event/logout/16: a shutdown is no crash, and no logout. */
CASE(shut_down, REQUIREMENTS("event/logout/14", "event/logout/16"), .needs = LOGIN_NEEDS)
{
	struct target_process *ends, *stays;

	logins_start(t);
	run_ok(t, "sh", "-c", "mkfifo " GATE "2 && chmod 666 " GATE "2");
	ends = login_start(t, "tst001", WAIT_THERE);
	stays = login_start(t, "tst002", WAIT_THERE "2");
	wait_until(t, 20, logins(t) == 2);
	run_ok(t, "secons", "-s");
	gate_open(t);
	finish(t, ends);
	run_ok(t, "seosd");
	run_ok(t, "sh", "-c", "echo >" GATE "2");
	finish(t, stays);
	wait_until(t, 10, record_count(t, "O LOGOUT tst002 49 2 " TERMINAL) == 1);
	assert_int_equal(logouts(t), 1);
}

/* event/logout/4, 5, 6, 7, 8, 11, 18 on a simulated machine: when the last process has ended, and
 * not before; two of one user are two. kernel/intercept/15, 16: the one left behind counts.
 */
CASE(simulated,
     REQUIREMENTS("event/logout/4", "event/logout/5", "event/logout/6", "event/logout/7",
		  "event/logout/8", "event/logout/11", "kernel/intercept/15",
		  "kernel/intercept/16"),
     ON_A_MACHINE)
{
	struct target_process *first, *second;

	start_product(t);
	first = comes_in(t, "tst001");
	second = comes_in(t, "tst001");
	assert_int_equal(logins(t), 2);
	leaves_work(t, first);
	time_pass(t, 1);
	stop(t, first, SIGTERM);
	stop(t, second, SIGTERM);
	wait_until(t, 10, logouts(t) > 0);
	assert_text("session", session_in(t, "LOGOUT", 0), session_in(t, "LOGIN", 1));
	time_pass(t, WORK_S / 2);
	assert_int_equal(logouts(t), 1);
	time_pass(t, WORK_S);
	assert_int_equal(record_count(t, "O LOGOUT tst001 49 2 tty1"), 2);
	assert_text("session", session_in(t, "LOGOUT", 1), session_in(t, "LOGIN", 0));
}

/* event/logout/15, 16, 14: seosd dies between the last process and its record;
 * while the product is shut down, nobody records a logout, then or later.
 */
CASE(simulated_absence,
     REQUIREMENTS("event/logout/14", "event/logout/15", "event/logout/16", "event/logout/18"),
     ON_A_MACHINE)
{
	struct target_process *crash, *down, *stays;
	pid_t seosd, seoswd;

	start_product(t);
	crash = comes_in(t, "tst001");
	seosd = daemon_pid(t, "seosd");
	seoswd = daemon_pid(t, "seoswd");
	signal_pid(t, seosd, SIGKILL);
	stop(t, crash, SIGTERM);
	assert_int_equal(logouts(t), 0);
	wait_until(t, 10, daemon_is_new(t, "seosd", seosd));
	wait_until(t, 10, record_count(t, "O LOGOUT tst001 49 2 tty1") == 1);
	assert_int_equal(daemon_pid(t, "seoswd"), seoswd);
	assert_text("end", minute_of(t, "O LOGOUT"), minute_of(t, "P LOGIN"));

	down = comes_in(t, "tst001");
	stays = comes_in(t, "tst002");
	run_ok(t, "secons", "-s");
	stop(t, down, SIGTERM);
	run_ok(t, "seosd");
	stop(t, stays, SIGTERM);
	wait_until(t, 10, record_count(t, "O LOGOUT tst002 49 2 tty1") == 1);
	assert_int_equal(record_count(t, "O LOGOUT tst001"), 1);
}

/* event/logout/17: who starts the product can go, and its daemons stay. */
CASE(starter, REQUIREMENTS("event/logout/17"), .needs = LOGIN_NEEDS)
{
	logins_start(t);
	login_whole(t, "root", "/opt/CA/PAMSC/bin/secons -s >/dev/null; /opt/CA/PAMSC/bin/seosd");
	assert_int_equal(daemons_running(t), 3);
	wait_until(t, 10, record_count(t, "O LOGOUT root 49 2 " TERMINAL) == 1);
}
