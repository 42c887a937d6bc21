/* SPDX-License-Identifier: MIT */
/*
 * Who may run audomon, how many of them there are, and how it ends. Not for: its work.
 */
#include "conformance/cases/trails.h"

#include <errno.h>
#include <stdlib.h>

static pid_t audomon_pid(struct target *t)
{
	return (pid_t)strtol(file_read(t, PID_FILE), NULL, 10);
}

/* audomon/run/1, 2: audomon is for privileged users; others are told so, and nothing happens. */
CASE(privileged, REQUIREMENTS("audomon/run/1", "audomon/run/2"), .needs = CAP_ROOT)
{
	const struct result *r;

	user_add(t, "carol", 1101);
	r = run_as(t, &(struct run_options){.user = "carol"}, "audomon", "-p", "20");
	assert_exit(r, 1);
	assert_out(r, "audomon: only root may run audomon\n");
	assert_err(r, "");
	assert_false(file_exists(t, PID_FILE));
}

/* audomon/run/3, 4, 15: audomon can be started at any time; the command returns with exit 0 once it
 * monitors, and it keeps on. */
CASE(keeps_on, REQUIREMENTS("audomon/run/3", "audomon/run/4", "audomon/run/15"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 950000);
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	assert_true(warnings(t) >= 1);
	wait_until(t, 20, warnings(t) >= 10);
	assert_true(pid_exists(t, audomon_pid(t)));
}

/* audomon/run/7, 8: a second one does not start; the pid file names the first. */
CASE(only_one, REQUIREMENTS("audomon/run/7", "audomon/run/8"))
{
	const struct result *r;

	run_ok(t, "audomon", "-o", MESSAGES);
	r = run(t, "audomon", "-o", MESSAGES);
	assert_exit(r, 1);
	assert_out(r, text_format("audomon: already running with process id %d\n",
				  (int)audomon_pid(t)));
	assert_err(r, "");
	assert_true(pid_exists(t, audomon_pid(t)));
}

/* audomon/run/9: a pid file left by one that was killed does not keep the next one from starting.
 */
CASE(killed_before, REQUIREMENTS("audomon/run/9"))
{
	pid_t first;

	run_ok(t, "audomon", "-o", MESSAGES);
	first = audomon_pid(t);
	signal_pid(t, first, SIGKILL);
	wait_until(t, 20, !pid_exists(t, first));
	assert_true(file_exists(t, PID_FILE));
	run_ok(t, "audomon", "-o", MESSAGES);
	assert_int_not_equal(audomon_pid(t), first);
}

/* audomon/run/10, 12: SIGTERM ends audomon with exit 0; auditing and the trail stay as they are. */
CASE(stopped, REQUIREMENTS("audomon/run/10", "audomon/run/12", "audomon/run/16"))
{
	const char *names;
	struct target_process *p;

	auditing_on(t);
	names = file_read(t, AUDNAMES);
	p = start(t, NULL, "audomon", "-F", "-v", "-o", MESSAGES);
	await(t, WAKE_UP);
	assert_int_equal(audomon_pid(t), pid_of(t, p));
	assert_exit(stop(t, p, SIGTERM), 0);
	assert_false(file_exists(t, PID_FILE));
	assert_text("audnames", file_read(t, AUDNAMES), names);
	assert_line(run_ok(t, "audsys"), "auditing system is currently on");
}

/* audomon/run/13: SIGINT does the same, SIGHUP nothing. */
CASE(other_signals, REQUIREMENTS("audomon/run/13"))
{
	struct target_process *p;

	auditing_on(t);
	p = start(t, NULL, "audomon", "-F", "-v", "-t", OFTEN, "-o", MESSAGES);
	await(t, WAKE_UP);
	signal_pid(t, pid_of(t, p), SIGHUP);
	await_look(t);
	assert_exit(stop(t, p, SIGINT), 0);
	assert_false(file_exists(t, PID_FILE));
}

/* audomon/run/11: ps -e shows it by a last word that names it, as the stop command of the manual
 * page has it, and who is found in that way is ended. */
CASE(stop_example, REQUIREMENTS("audomon/run/10", "audomon/run/11"))
{
	const struct result *r;
	pid_t pid;

	run_ok(t, "audomon");
	pid = audomon_pid(t);
	r = run_ok(t, "sh", "-c", "ps -e");
	assert_int_equal(text_match_count(r->out, "audomon[^ ]*$"), 1);
	assert_out_match(r, text_format("^ *%d .*audomon[^ ]*$", (int)pid));
	assert_out_match(run_ok(t, "sh", "-c", "ps -e -o pid,comm"),
			 text_format("^ *%d +audomon$", (int)pid));
	signal_pid(t, pid, SIGTERM);
	wait_until(t, 20, !pid_exists(t, pid));
	assert_false(file_exists(t, PID_FILE));
}

static const struct run_options at_terminal = {.terminal = ""};

static const char *folder_of(struct target *t, pid_t pid)
{
	return run_ok(t, "sh", "-c", text_format("readlink /proc/%d/cwd", (int)pid))->out;
}

/* audomon/run/17: started at a terminal and in another folder, as a daemon it has a session of its
 * own, / as its folder, and no terminal; in the foreground it stays what it was. */
CASE(detached, REQUIREMENTS("audomon/run/17"))
{
	struct target_process *p;
	pid_t pid;

	auditing_on(t);
	assert_exit(run_as(t, &at_terminal, "sh", "-c", "cd /tmp; audomon -o " MESSAGES), 0);
	pid = audomon_pid(t);
	assert_out_match(run_ok(t, "sh", "-c", "ps -e -o pid,sid,tty"),
			 text_format("^ *%d +%d +\\?", (int)pid, (int)pid));
	assert_text("folder", folder_of(t, pid), "/\n");
	signal_pid(t, pid, SIGTERM);
	wait_until(t, 20, !pid_exists(t, pid));
	p = start(t, &at_terminal, "sh", "-c", "cd /tmp; audomon -F -v -o " MESSAGES);
	await(t, WAKE_UP);
	pid = audomon_pid(t);
	assert_out_match(run_ok(t, "sh", "-c", "ps -e -o pid,sid,tty"),
			 text_format("^ *%d +[0-9]+ +[^? ]", (int)pid));
	assert_text("folder", folder_of(t, pid), "/tmp\n");
	signal_pid(t, pid, SIGTERM);
	assert_exit(finish(t, p), 0);
}
