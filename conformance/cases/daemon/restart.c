/* SPDX-License-Identifier: MIT */
/*
 * The three daemons start each other again, unless a shutdown was granted. Not for: the shutdown
 * itself (secons/shutdown).
 */
#include "conformance/cases/product.h"

static const char *const daemons[] = {"seosd", "seagent", "seoswd"};

/* Each one killed is another process soon, the other two are those they were; its start is
 * recorded. */
CASE(one,
     REQUIREMENTS("daemon/restart/1", "daemon/restart/3", "daemon/seagent/3", "daemon/seoswd/2",
		  "event/start/6"),
     .needs = CAP_ROOT)
{
	start_product(t);
	for (size_t i = 0; i < ROWS(daemons); i++) {
		pid_t killed = daemon_pid(t, daemons[i]);
		pid_t other = daemon_pid(t, daemons[(i + 1) % 3]);

		signal_pid(t, killed, SIGKILL);
		wait_until(t, 5, daemon_is_new(t, daemons[i], killed));
		assert_int_equal(daemon_pid(t, daemons[(i + 1) % 3]), other);
		wait_until(t, 5, record_count(t, text_format("M START %s", daemons[i])) == 2);
	}
	assert_int_equal(record_count(t, "START"), 6);
	assert_int_equal(record_count(t, "SHUTDOWN"), 0);
}

/* daemon/restart/4: any two at once. */
CASE(two, REQUIREMENTS("daemon/restart/1", "daemon/restart/4"), .needs = CAP_ROOT)
{
	start_product(t);
	for (size_t spared = 0; spared < ROWS(daemons); spared++) {
		pid_t killed[2];

		for (size_t i = 0; i < 2; i++)
			killed[i] = daemon_pid(t, daemons[(spared + 1 + i) % 3]);
		for (size_t i = 0; i < 2; i++)
			signal_pid(t, killed[i], SIGKILL);
		wait_until(t, 10,
			   daemons_running(t) == 3 && !pid_exists(t, killed[0]) &&
				   !pid_exists(t, killed[1]));
	}
}

/* daemon/restart/2: who watches whom: with the third daemon stopped, and thus unable to do
 * anything, each of them is started again all the same. */
CASE(ring, REQUIREMENTS("daemon/restart/2", "daemon/seagent/3", "daemon/seoswd/2"),
     .needs = CAP_ROOT, .where = ON_GUEST | ON_LOCAL)
{
	start_product(t);
	for (size_t i = 0; i < ROWS(daemons); i++) {
		pid_t killed = daemon_pid(t, daemons[(i + 1) % 3]);
		pid_t stopped = daemon_pid(t, daemons[(i + 2) % 3]);

		signal_pid(t, stopped, SIGSTOP);
		signal_pid(t, killed, SIGKILL);
		wait_until(t, 10, daemons_running(t) == 3 && !pid_exists(t, killed));
		signal_pid(t, stopped, SIGCONT);
	}
}

/* daemon/restart/7: after all that, one process of each. */
CASE(single, REQUIREMENTS("daemon/restart/7"), .needs = CAP_ROOT | CAP_SHELL)
{
	pid_t agent, watchdog;

	start_product(t);
	agent = daemon_pid(t, "seagent");
	watchdog = daemon_pid(t, "seoswd");
	signal_pid(t, agent, SIGKILL);
	signal_pid(t, watchdog, SIGKILL);
	wait_until(t, 10,
		   daemon_is_new(t, "seagent", agent) && daemon_is_new(t, "seoswd", watchdog));
	for (size_t i = 0; i < ROWS(daemons); i++)
		assert_out(run_ok(t, "sh", "-c", text_format("pidof %s", daemons[i])),
			   text_format("%d\n", (int)daemon_pid(t, daemons[i])));
}

/* daemon/restart/5: a shutdown asked for while a daemon is being started again
 * holds all the same. */
CASE(shutdown_wins, REQUIREMENTS("daemon/restart/5", "secons/shutdown/3"), .needs = CAP_ROOT)
{
	start_product(t);
	for (size_t i = 0; i < ROWS(daemons); i++) {
		signal_pid(t, daemon_pid(t, daemons[i]), SIGKILL);
		run_ok(t, "secons", "-s");
		assert_int_equal(daemons_running(t), 0);
		assert_int_equal(record_count(t, "M SHUTDOWN"), i + 1);
		run_ok(t, "seosd");
	}
}

/* daemon/restart/8: who was not allowed to shut down has changed nothing. */
CASE(denied, REQUIREMENTS("daemon/restart/8"), .needs = CAP_ROOT)
{
	pid_t pid;

	start_product(t);
	assert_exit(run_as(t, as("tst002"), "secons", "-s"), 1);
	pid = daemon_pid(t, "seagent");
	signal_pid(t, pid, SIGKILL);
	wait_until(t, 5, daemon_is_new(t, "seagent", pid));
}

/* daemon/restart/9: seosd knows the same users, and adds to the same log. */
CASE(same_stores, REQUIREMENTS("daemon/restart/9", "event/start/6"), .needs = CAP_ROOT)
{
	const char *before;
	pid_t pid;

	start_product(t);
	run_ok(t, "selang", "-c", "newusr tst003 auditor");
	before = run_ok(t, "seaudit", "-a")->out;
	pid = daemon_pid(t, "seosd");
	signal_pid(t, pid, SIGKILL);
	wait_until(t, 5, daemon_is_new(t, "seosd", pid));
	wait_until(t, 5, record_count(t, "M START seosd") == 2);
	assert_line(run_ok(t, "selang", "-c", "showusr tst003"), "Attributes: AUDITOR");
	assert_int_equal(strncmp(run_ok(t, "seaudit", "-a")->out, before, strlen(before)), 0);
}

/* daemon/restart/6: each daemon, as the others started it, begun once more after a shutdown was
 * granted: it ends, and starts nothing. */
CASE(late, REQUIREMENTS("daemon/restart/6"), .needs = CAP_ROOT | CAP_SHELL)
{
	const char *commands[ROWS(daemons)];
	pid_t pid;

	start_product(t);
	pid = daemon_pid(t, "seosd");
	signal_pid(t, pid, SIGKILL); /* so that it, too, is one that was started again */
	wait_until(t, 5, daemon_is_new(t, "seosd", pid));
	for (size_t i = 0; i < ROWS(daemons); i++)
		commands[i] = run_ok(t, "sh", "-c",
				     text_format("tr '\\0' ' ' </proc/%d/cmdline",
						 (int)daemon_pid(t, daemons[i])))
				      ->out;
	run_ok(t, "secons", "-s");
	for (size_t i = 0; i < ROWS(daemons); i++) {
		run(t, "sh", "-c", commands[i]);
		assert_int_equal(daemons_running(t), 0);
	}
	time_pass(t, 6);
	assert_int_equal(daemons_running(t), 0);
	assert_int_equal(record_count(t, "START"), 4);
}
