/* SPDX-License-Identifier: MIT */
/*
 * The task of -X. Tasks are scripts that note what they were given, of what the simulated shell
 * understands too; it notes its arguments besides. Not for: switches (switch.c).
 */
#include "conformance/cases/trails.h"

#include <stdlib.h>

#define SHELL_LOG "/var/log/sh.log" /* of the simulated machine */
#define SWITCHED  "^audomon: switched from "
#define SCRIPT    AUDIT_DIR "/task"
#define NOTES     AUDIT_DIR "/notes"
#define REAL      ON_GUEST | ON_LOCAL

/* Puts a script there that a task can be. */
static void script(struct target *t, const char *path, const char *lines)
{
	file_write(t, path, text_format("#!/bin/sh\n%s\n", lines));
	file_chmod(t, path, 0755);
}

static const char *notes(struct target *t)
{
	return file_exists(t, NOTES) ? file_read(t, NOTES) : "";
}

/* A task that notes itself as the simulated shell does; what has been noted so far. */
static void noting_task(struct target *t)
{
	script(t, SCRIPT, "echo \"<sh> <-c> <$0 $*>\" >>" NOTES);
}

static const char *noted(struct target *t)
{
	return file_exists(t, SHELL_LOG) ? file_read(t, SHELL_LOG) : notes(t);
}

/* Fills the current trail and waits for so many switches in all. */
static void switch_again(struct target *t, unsigned switches)
{
	file_resize(t, text_format("%s/spu0", current_trail(t)), 1024000);
	wait_until(t, 20, message_count(t, SWITCHED) >= switches);
}

/* audomon/hook/1, 2: the documented example: after the switch audomon runs exactly
 * sh -c "/usr/local/bin/rcp_audit_trail hostname /var/.audit/my_trail". */
CASE(documented_example,
     REQUIREMENTS("audomon/hook/1", "audomon/hook/2", "audomon/hook/14", "audomon/options/20"),
     .where = ON_SIM)
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-w", "90", "-X",
	       "/usr/local/bin/rcp_audit_trail hostname", "-o", MESSAGES);
	wait_until(t, 20, file_exists(t, SHELL_LOG));
	assert_text("shell", file_read(t, SHELL_LOG),
		    "<sh> <-c> </usr/local/bin/rcp_audit_trail hostname /var/.audit/my_trail>\n");
}

/* audomon/hook/1, 2, 14: the same with a real shell, as the kernel has it of the process; the trail
 * handed over is a folder. */
CASE(documented_arguments,
     REQUIREMENTS("audomon/hook/1", "audomon/hook/2", "audomon/hook/14", "audomon/options/20"),
     .needs = CAP_SHELL, .where = REAL)
{
	script(t, SCRIPT,
	       "tr '\\0' '\\n' </proc/$PPID/cmdline >" NOTES ".new\n"
	       "echo \"$# $1 $2 $(test -d \"$2\" && echo folder)\" >>" NOTES ".new\n"
	       "mv " NOTES ".new " NOTES);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	/* A second command keeps the shell from becoming the script. */
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-w", "90", "-X",
	       SCRIPT " hostname " TRAIL "; /bin/true", "-o", MESSAGES);
	wait_until(t, 20, file_exists(t, NOTES));
	assert_text("notes", notes(t),
		    "sh\n-c\n" SCRIPT " hostname " TRAIL "; /bin/true " TRAIL "\n2 hostname " TRAIL
		    " folder\n");
}

/* audomon/hook/1: the documented example with a real shell and the script it names. */
CASE(documented_command, REQUIREMENTS("audomon/hook/1", "audomon/hook/2"), .needs = CAP_SHELL,
     .where = ON_GUEST)
{
	dir_make(t, "/usr/local");
	dir_make(t, "/usr/local/bin");
	script(t, "/usr/local/bin/rcp_audit_trail",
	       "echo \"$0 $*\" >" NOTES ".new; mv " NOTES ".new " NOTES);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-w", "90", "-X",
	       "/usr/local/bin/rcp_audit_trail hostname", "-o", MESSAGES);
	wait_until(t, 20, file_exists(t, NOTES));
	file_remove(t, "/usr/local/bin/rcp_audit_trail");
	assert_text("notes", notes(t),
		    "/usr/local/bin/rcp_audit_trail hostname /var/.audit/my_trail\n");
}

/* audomon/hook/3: no switch, no task; audomon/warn/18: a warning starts none. */
CASE(not_without_a_switch, REQUIREMENTS("audomon/hook/3"))
{
	noting_task(t);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1023999);
	run_ok(t, "audomon", "-t", OFTEN, "-v", "-X", SCRIPT, "-o", MESSAGES);
	await_look(t);
	assert_true(warnings(t) >= 2);
	assert_text("tasks", noted(t), "");
	switch_again(t, 1);
	wait_until(t, 20, *noted(t) != '\0');
	assert_text("tasks", noted(t), "<sh> <-c> <" SCRIPT " " TRAIL ">\n");
}

/* audomon/hook/3: nor is there one after a switch that failed. */
CASE(not_after_a_failure, REQUIREMENTS("audomon/hook/3"))
{
	const char *names;

	noting_task(t);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	/* No new trail can be made in a folder that is not there. */
	names = file_read(t, AUDNAMES);
	file_write(t, AUDNAMES,
		   text_format("%.*sbase = /var/none/my_trail\n",
			       (int)(strstr(names, "base = ") - names), names));
	run_ok(t, "audomon", "-t", OFTEN, "-v", "-X", SCRIPT, "-o", MESSAGES);
	await(t, "cannot switch from");
	await_look(t);
	assert_text("tasks", noted(t), "");
}

/* audomon/hook/4, 16: at each switch, with the trail that was left, in their order. */
CASE(at_each_switch, REQUIREMENTS("audomon/hook/4", "audomon/hook/16"), .needs = CAP_CLOCK)
{
	noting_task(t);
	auditing_on(t);
	clock_set(t, "2007-02-14 15:30:00");
	run_ok(t, "audomon", "-t", OFTEN, "-X", SCRIPT, "-o", MESSAGES);
	for (unsigned n = 1; n <= 3; n++)
		switch_again(t, n);
	wait_until(t, 20, text_line_count(noted(t)) == 3);
	assert_text("tasks", noted(t),
		    "<sh> <-c> <" SCRIPT " " TRAIL ">\n"
		    "<sh> <-c> <" SCRIPT " " TRAIL ".200702141530>\n"
		    "<sh> <-c> <" SCRIPT " " TRAIL ".200702141530.1>\n");
}

/* audomon/hook/5: audomon hands meta-characters and wildcards to the shell as they are. */
CASE(not_expanded, REQUIREMENTS("audomon/hook/5"), .where = ON_SIM)
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-X", "/bin/echo $HOME * `id` \"a  b\" 'c' ~ > /tmp/x; \\true", "-o",
	       MESSAGES);
	wait_until(t, 20, file_exists(t, SHELL_LOG));
	assert_text("shell", file_read(t, SHELL_LOG),
		    "<sh> <-c> </bin/echo $HOME * `id` \"a  b\" 'c' ~ > /tmp/x; \\true " TRAIL
		    ">\n");
}

/* audomon/hook/5: and the shell expands them. */
CASE(expanded_by_the_shell, REQUIREMENTS("audomon/hook/5"), .needs = CAP_SHELL, .where = REAL)
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-X",
	       "/bin/echo $((20 + 3)) `echo a` " TRAIL "/s*0 >" NOTES ".new; mv " NOTES
	       ".new " NOTES "; true",
	       "-o", MESSAGES);
	wait_until(t, 20, file_exists(t, NOTES));
	assert_text("notes", notes(t), "23 a " TRAIL "/spu0\n");
}

/* audomon/hook/6: the name of the old trail is not quoted: with a blank it is two words. */
CASE(not_quoted, REQUIREMENTS("audomon/hook/6"))
{
	script(t, SCRIPT, "echo \"$# $1\" >" NOTES ".new; mv " NOTES ".new " NOTES);
	run_ok(t, "audsys", "-n", "-c", AUDIT_DIR "/my trail", "-s", "1000");
	file_resize(t, AUDIT_DIR "/my trail/spu0", 1024000);
	run_ok(t, "audomon", "-X", SCRIPT, "-o", MESSAGES);
	wait_until(t, 20, file_exists(t, NOTES));
	assert_text("notes", notes(t), "2 " AUDIT_DIR "/my\n");
}

/* audomon/hook/7, 8: a string that does not begin with / is wrong usage. */
CASE(absolute_path, REQUIREMENTS("audomon/hook/7", "audomon/hook/8"))
{
	static const char *const strings[] = {"rcp_audit_trail", "", " /bin/true", "./task",
					      "bin/task hostname"};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++) {
		const struct result *r = run(t, "audomon", "-X", strings[i]);

		assert_exit(r, 2);
		assert_err(r, "");
		assert_out(r, text_format("audomon: -X %s: must begin with an absolute path\n",
					  strings[i]));
	}
	assert_false(file_exists(t, PID_FILE));
}

/* audomon/hook/9, 10, 11, 12: the task runs as root, in the same root folder, with next to nothing
 * in its environment, in /, with umask 077 and nothing on standard input. */
CASE(surroundings,
     REQUIREMENTS("audomon/hook/9", "audomon/hook/10", "audomon/hook/11", "audomon/hook/12"),
     .needs = CAP_SHELL, .where = REAL)
{
	const char *root = run_ok(t, "sh", "-c", "stat -L -c %d:%i /")->out;

	script(t, SCRIPT,
	       "{ grep '^Uid:' /proc/self/status; stat -L -c %d:%i /; pwd; umask\n"
	       "tr '\\0' '\\n' </proc/$PPID/environ\n"
	       "readlink /proc/$PPID/fd/0; ls /proc/$PPID/fd | tr '\\n' ' '; } >" NOTES ".new\n"
	       "mv " NOTES ".new " NOTES);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-X", SCRIPT " x; /bin/true", "-o", MESSAGES);
	wait_until(t, 20, file_exists(t, NOTES));
	assert_text("notes", notes(t),
		    text_format("Uid:\t0\t0\t0\t0\n%s/\n0077\n"
				"PATH=/usr/sbin:/usr/bin:/sbin:/bin\n/dev/null\n0 1 2 ",
				root));
}

/* audomon/hook/9, 10, 11, 12: as far as any shell can tell of itself. What a shell adds to its
 * environment is not what it was given. */
CASE(own_surroundings,
     REQUIREMENTS("audomon/hook/9", "audomon/hook/10", "audomon/hook/11", "audomon/hook/12"))
{
	static const char given[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n";
	const char *root = run_ok(t, "sh", "-c", "stat -L -c %d:%i /")->out;
	const char *text;

	script(t, SCRIPT,
	       "id -u >" NOTES ".new\nid -ru >>" NOTES ".new\npwd >>" NOTES ".new\numask >>" NOTES
	       ".new\nstat -L -c %d:%i / >>" NOTES ".new\nenv >>" NOTES ".new\nmv " NOTES
	       ".new " NOTES);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-X", SCRIPT, "-o", MESSAGES);
	wait_until(t, 20, file_exists(t, NOTES));
	text = notes(t);
	assert_text_match("notes", text, "^PATH=/usr/sbin:/usr/bin:/sbin:/bin$");
	assert_text_match("root", root, "^[0-9]+:[0-9]+$");
	root = text_format("0\n0\n/\n0077\n%s", root);
	assert_int_equal(strncmp(text, root, strlen(root)), 0);
	assert_int_equal(text_line_count(text),
			 6 + text_match_count(text, "^(PWD|OLDPWD|SHLVL|_)="));
	assert_non_null(strstr(text, given));
}

/* audomon/hook/13: what the task writes to both streams goes where the messages go. */
CASE(output_of_the_task, REQUIREMENTS("audomon/hook/13"))
{
	script(t, SCRIPT, "echo to standard output; echo to standard error >&2");
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-X", SCRIPT, "-o", MESSAGES);
	await(t, "^to standard error$");
	assert_int_equal(message_count(t, "^to standard output$"), 1);
}

/* A task that goes on until the file /var/.audit/go is there, and notes its trail at both ends. */
#define WAITING_TASK                                                                               \
	"echo begin $1 >>" NOTES "\n"                                                              \
	"while [ ! -e " AUDIT_DIR "/go ]; do sleep 0.05; done\n"                                   \
	"echo end $1 >>" NOTES

/* audomon/hook/15, 16, 17: audomon does not wait for a task; tasks run one at a time, in order; of
 * more than 8 that wait, one is not run and reported. */
CASE(queue, REQUIREMENTS("audomon/hook/15", "audomon/hook/16", "audomon/hook/17"))
{
	script(t, SCRIPT, WAITING_TASK);
	auditing_on(t);
	run_ok(t, "audomon", "-t", OFTEN, "-X", SCRIPT, "-o", MESSAGES);
	for (unsigned n = 1; n <= 10; n++)
		switch_again(t, n);
	assert_int_equal(message_count(t, WARNING "task not run, 8 are waiting: " SCRIPT " " TRAIL
						  "\\." STAMP),
			 1);
	wait_until(t, 20, text_line_count(notes(t)) == 1);
	assert_text("notes", notes(t), "begin " TRAIL "\n");
	file_write(t, AUDIT_DIR "/go", "");
	wait_until(t, 20, text_match_count(notes(t), "^end ") == 9);
	for (unsigned n = 0; n < 18; n += 2) {
		assert_text_match("begin", text_line(notes(t), n), "^begin ");
		assert_text("end", text_line(notes(t), n + 1),
			    text_format("end %s", text_line(notes(t), n) + strlen("begin ")));
	}
	assert_int_equal(message_count(t, "task not run"), 1);
}

/* audomon/hook/18, 19: a task that fails is reported, and changes nothing else. */
CASE(failing, REQUIREMENTS("audomon/hook/18", "audomon/hook/19"))
{
	script(t, SCRIPT, "exit 3");
	auditing_on(t);
	run_ok(t, "audomon", "-t", OFTEN, "-v", "-X", SCRIPT " hostname", "-o", MESSAGES);
	switch_again(t, 1);
	await(t, WARNING "task ended with status 3: " SCRIPT " hostname " TRAIL "$");
	script(t, SCRIPT, "kill -9 $$");
	switch_again(t, 2);
	/* dash becomes the script, bash tells of the signal by a status */
	await(t, WARNING "task ended (by signal 9|with status 137): " SCRIPT " hostname " TRAIL
			 "\\." STAMP "$");
	await_look(t);
	switch_again(t, 3);
}

/* audomon/hook/18: a command that is not there has status 127, as the shell has it. */
CASE(not_there, REQUIREMENTS("audomon/hook/18"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-X", AUDIT_DIR "/none", "-o", MESSAGES);
	await(t, WARNING "task ended with status 127: " AUDIT_DIR "/none " TRAIL "$");
}

/* audomon/hook/20, 21: with -X and a next trail audomon warns once per next trail, goes on, and
 * runs the task after that switch as well. */
CASE(with_a_next_trail, REQUIREMENTS("audomon/hook/20", "audomon/hook/21"))
{
	noting_task(t);
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "1000");
	run_ok(t, "audomon", "-t", OFTEN, "-v", "-X", SCRIPT, "-o", MESSAGES);
	await_look(t);
	assert_int_equal(message_count(t, WARNING "-X is set and so is the next audit trail " BACKUP
						  ": use one of them$"),
			 1);
	switch_again(t, 1);
	assert_text("current trail", current_trail(t), BACKUP);
	wait_until(t, 20, *noted(t) != '\0');
	assert_text("tasks", noted(t), "<sh> <-c> <" SCRIPT " " TRAIL ">\n");
	run_ok(t, "audsys", "-x", AUDIT_DIR "/another", "-z", "1000");
	await(t, WARNING "-X is set and so is the next audit trail " AUDIT_DIR "/another: ");
	await_look(t);
	assert_int_equal(message_count(t, "-X is set"), 2);
}

/* audomon/run/14: at SIGTERM a running task goes on; those that wait are reported as not run. */
CASE(stopped_meanwhile, REQUIREMENTS("audomon/run/14"))
{
	struct target_process *p;

	script(t, SCRIPT, WAITING_TASK);
	auditing_on(t);
	p = start(t, NULL, "audomon", "-F", "-t", OFTEN, "-X", SCRIPT, "-o", MESSAGES);
	switch_again(t, 1);
	switch_again(t, 2);
	wait_until(t, 20, text_line_count(notes(t)) == 1);
	assert_exit(stop(t, p, SIGTERM), 0);
	assert_int_equal(message_count(t, WARNING "task not run, audomon was stopped: " SCRIPT
						  " " TRAIL "\\." STAMP "$"),
			 1);
	file_write(t, AUDIT_DIR "/go", "");
	wait_until(t, 20, text_line_count(notes(t)) == 2);
	assert_text("notes", notes(t), "begin " TRAIL "\nend " TRAIL "\n");
}
