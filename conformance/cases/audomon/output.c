/* SPDX-License-Identifier: MIT */
/*
 * Where the messages of audomon go. Not for: what they say, nor the output of tasks (hook.c).
 */
#include "conformance/cases/trails.h"

static void in_the_zone(struct target *t)
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 950000);
}

/* audomon/output/1: without -o, messages go to the system console. */
CASE(console, REQUIREMENTS("audomon/output/1"), .where = ON_SIM)
{
	in_the_zone(t);
	run_ok(t, "audomon");
	wait_until(t, 20, text_match_count(file_read(t, "/dev/console"), WARNING) > 0);
}

/* audomon/output/1, 2: the same where the console is a file for the moment. */
CASE(mounted_console, REQUIREMENTS("audomon/output/1", "audomon/output/2"),
     .needs = CAP_ROOT | CAP_SHELL, .where = ON_GUEST)
{
	file_write(t, "/var/run/console", "");
	run_ok(t, "sh", "-c", "mount -o bind /var/run/console /dev/console");
	in_the_zone(t);
	one_look(t, "-t", "1");
	assert_int_equal(warnings(t), 1);
	assert_text("console", file_read(t, "/var/run/console"), "");
	run_ok(t, "audomon", "-t", "1");
	assert_int_equal(text_match_count(file_read(t, "/var/run/console"), WARNING), 1);
}

/* audomon/output/2: with -o they go there and not to the console. */
CASE(not_the_console, REQUIREMENTS("audomon/output/2", "audomon/output/8"), .where = ON_SIM)
{
	in_the_zone(t);
	one_look(t, "-t", "1");
	assert_int_equal(warnings(t), 1);
	assert_text("console", file_read(t, "/dev/console"), "");
}

/* audomon/output/3, 8, options/18, 19: -o takes a plain file: warnings and wake-up lines are
 * appended to it. */
CASE(plain_file, REQUIREMENTS("audomon/output/3", "audomon/output/8", "audomon/options/19"))
{
	struct target_process *p;

	in_the_zone(t);
	file_write(t, MESSAGES, "before\n");
	p = start(t, NULL, "audomon", "-F", "-v", "-o", MESSAGES);
	await(t, WAKE_UP);
	assert_exit(stop(t, p, SIGTERM), 0);
	assert_text("first line", text_line(messages(t), 0), "before");
	assert_text_match("second line", text_line(messages(t), 1), WARNING "audit trail");
	assert_text_match("third line", text_line(messages(t), 2), WAKE_UP);
	assert_text("standard output", output(t, p), "");
}

/* audomon/options/18, output/2: -o takes a tty, which then shows the messages. */
CASE(terminal, REQUIREMENTS("audomon/options/18", "audomon/output/2"), .needs = CAP_ROOT,
     .where = ON_GUEST | ON_SIM)
{
	struct target_process *p;

	in_the_zone(t);
	p = start(t, &(struct run_options){.terminal = ""}, "audomon", "-F", "-v", "-o",
		  "/dev/tty");
	wait_until(t, 20, text_match_count(terminal_shown(t, p), WAKE_UP) > 0);
	assert_text_match("terminal", terminal_shown(t, p), WARNING "audit trail");
}

/* audomon/output/4: a file that is not there is created with mode 0600. */
CASE(created, REQUIREMENTS("audomon/output/4"))
{
	in_the_zone(t);
	one_look(t, "-t", "1");
	assert_int_equal(file_mode(t, MESSAGES), 0600);
}

/* audomon/output/5: a target that cannot be opened at start is an error, exit 2. */
CASE(cannot_be_opened, REQUIREMENTS("audomon/output/5"))
{
	const struct result *r = run(t, "audomon", "-o", "/var/none/log");

	assert_exit(r, 2);
	assert_out(r, "audomon: -o /var/none/log: No such file or directory\n");
	assert_err(r, "");
	assert_false(file_exists(t, PID_FILE));
	assert_exit(run(t, "audomon", "-o", AUDIT_DIR), 2);
}

/* audomon/output/10: a relative path is wrong usage, and makes no file. */
CASE(relative, REQUIREMENTS("audomon/output/10"))
{
	const struct result *r = run(t, "audomon", "-o", "log");

	assert_exit(r, 2);
	assert_out(r, "audomon: -o log: must be an absolute path\n");
	assert_false(file_exists(t, PID_FILE));
}

/* audomon/output/6: the target is opened for each message: a file that has been taken away is made
 * anew. */
CASE(opened_each_time, REQUIREMENTS("audomon/output/6"))
{
	in_the_zone(t);
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	await(t, WARNING);
	file_remove(t, MESSAGES);
	await(t, WARNING);
}

/* audomon/output/7: a message that cannot be written is dropped, and audomon goes on. */
CASE(dropped, REQUIREMENTS("audomon/output/7"))
{
	in_the_zone(t);
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	await(t, WARNING);
	file_remove(t, MESSAGES);
	dir_make(t, MESSAGES);
	file_resize(t, TRAIL_FILE, 1024000);
	wait_until(t, 20, strcmp(current_trail(t), TRAIL) != 0);
	file_remove(t, MESSAGES);
	file_resize(t, text_format("%s/spu0", current_trail(t)), 950000);
	await(t, WARNING);
}

/* audomon/output/9: every message is one line that begins with the name of the program. */
CASE(one_line_each, REQUIREMENTS("audomon/output/9"))
{
	in_the_zone(t);
	run_ok(t, "audomon", "-t", OFTEN, "-v", "-o", MESSAGES);
	await_look(t);
	file_resize(t, TRAIL_FILE, 1024000);
	await(t, "^audomon: switched ");
	assert_int_equal(message_count(t, "^audomon: [^ ]"), text_line_count(messages(t)));
}
