/* SPDX-License-Identifier: MIT */
/*
 * The kernel extension counts the processes of login sessions: whose end is the end of a session,
 * on any machine, also one for which there are no login programs. Not for: the records of logins
 * and logouts in themselves (event/login, event/logout).
 */
#include "conformance/cases/logins.h"

#define NEEDS CAP_ROOT | CAP_HOOKS | CAP_SHELL

/* A session that does this; returns when its first process has ended. */
static void session(struct target *t, const char *terminal, const char *command)
{
	(void)run(t, "session", "tst001", terminal, "sh", "-c", command);
}

static unsigned ends_at(struct target *t, const char *terminal)
{
	return record_count(t, text_format("O LOGOUT tst001 49 2 %s", terminal));
}

/* Whatever the extension has told of before has been recorded then. */
static void another_comes_and_goes(struct target *t)
{
	session(t, "tty9", "exit 0");
	wait_until(t, 10, ends_at(t, "tty9") == 1);
}

/* kernel/intercept/15: whom the first process has forked keeps the session when it has gone, also
 * with a session of the kernel's own and none of its parents left, as a daemon is. */
CASE(forked, REQUIREMENTS("kernel/intercept/15"), .needs = NEEDS)
{
	start_product(t);
	run_ok(t, "sh", "-c", "mkfifo -m 666 " GATE " " GATE "2");
	session(t, "tty1", "sh -c '" WAIT_THERE "'" QUIETLY " &");
	session(t, "tty2", "setsid sh -c '(" WAIT_THERE "2) & exit 0'" QUIETLY);
	assert_int_equal(logins(t), 2);
	another_comes_and_goes(t);
	assert_int_equal(logouts(t), 1);
	gate_open(t);
	wait_until(t, 10, ends_at(t, "tty1") == 1);
	assert_int_equal(logouts(t), 2);
	run_ok(t, "sh", "-c", "echo >" GATE "2");
	wait_until(t, 10, ends_at(t, "tty2") == 1);
	assert_int_equal(logouts(t), 3);
}

/* kernel/intercept/16: one event, whoever of them is the last, and whatever ends it. */
CASE(ended, REQUIREMENTS("kernel/intercept/15", "kernel/intercept/16"), .needs = NEEDS)
{
	static const char *const commands[] = {
		"exit 3",
		"kill -9 $$",
		"(exec sleep 99) & kill -9 $!; kill $$",
		"kill -s ABRT 0",
	};
	const char *orphan = "/var/run/open/orphan";
	const char *shown;

	start_product(t);
	dir_make(t, "/var/run/open");
	file_chmod(t, "/var/run/open", 0777);
	session(t, "tty8", text_format("sleep 999" QUIETLY " & echo $! >%s", orphan));
	for (size_t i = 0; i < ROWS(commands); i++)
		session(t, text_format("tty%zu", i), commands[i]);
	wait_until(t, 10, logouts(t) == ROWS(commands));
	shown = run_ok(t, "seaudit", "-a")->out;
	for (size_t i = 0; i < ROWS(commands); i++)
		assert_int_equal(
			text_match_count(shown, text_format(" O LOGOUT tst001 49 2 tty%zu", i)), 1);
	/* its parent has long gone */
	signal_pid(t, (pid_t)strtol(file_read(t, orphan), NULL, 10), SIGKILL);
	wait_until(t, 10, ends_at(t, "tty8") == 1);
	another_comes_and_goes(t);
	assert_int_equal(logouts(t), ROWS(commands) + 2);
}
