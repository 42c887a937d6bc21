/* SPDX-License-Identifier: MIT */
/*
 * The administrator's exits around loading and unloading, as real programs that leave a line in a
 * file each time they run. Not for: loading and unloading themselves (kernel/unload).
 */
#include "conformance/cases/product.h"

#define HISTORY  "/root/history"
#define LINE     "echo \"${0##*/} $1 $(grep -c ^SEOS_syscall /proc/modules)\" >>" HISTORY "\n"
#define EXIT_RUN CAP_ROOT | CAP_HOOKS | CAP_SHELL

/* An exit that leaves "NAME ARGUMENT LOADED" in the history, LOADED being 1 or 0, and then does
 * what the script says. */
static void exit_make(struct target *t, const char *name, const char *script)
{
	const char *path = text_format(EXITS "%s", name);

	file_write(t, path, text_format("#!/bin/sh\n" LINE "%s\n", script));
	file_chmod(t, path, 0755);
}

static const char *history(struct target *t)
{
	const char *text = file_exists(t, HISTORY) ? file_read(t, HISTORY) : "";

	if (*text)
		file_remove(t, HISTORY);
	return text;
}

/* The extension is unloaded, with no exits. */
static void begin_unloaded(struct target *t)
{
	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "SEOS_load", "-u");
	assert_false(extension_is_loaded(t));
}

/* One line names the exit and what became of it. */
static void assert_names(const struct result *r, const char *name, const char *fate)
{
	assert_exit(r, 1);
	assert_error_line(r, "SEOS_load");
	assert_err_match(r, text_format("" EXITS "%s[ :].*%s", name, fate));
}

/* kernel/exits/1..4, kernel/exits/8, kernel/exits/20: those that fit, in the order of their bytes,
 * before and after; what fits nothing, or is for unloading, is not run. */
CASE(load,
     REQUIREMENTS("kernel/exits/1", "kernel/exits/2", "kernel/exits/3", "kernel/exits/4",
		  "kernel/exits/8", "kernel/exits/20", "kernel/unload/1"),
     .needs = EXIT_RUN, .unloads = true)
{
	static const char *const others[] = {
		"SEOS_load_a.opt",      "SEOS_load.always",          "SEOS_load_a.always.orig",
		"SEOS_unload_a.always", "SEOS_unload_a.opt",         "seos_load_a.always",
		"SEOS_load_always",     "before.SEOS_load_a.always",
	};

	begin_unloaded(t);
	exit_make(t, "SEOS_load_b.always", "exit 0");
	exit_make(t, "SEOS_load_10.always", "exit 0");
	exit_make(t, "SEOS_load_9 last.always", "exit 0");
	exit_make(t, "SEOS_load_B.always", "exit 0");
	for (size_t i = 0; i < ROWS(others); i++)
		exit_make(t, others[i], "exit 0");
	run_ok(t, "SEOS_load");
	assert_true(extension_is_loaded(t));
	assert_text("history", history(t),
		    "SEOS_load_10.always -pre 0\n"
		    "SEOS_load_9 last.always -pre 0\n"
		    "SEOS_load_B.always -pre 0\n"
		    "SEOS_load_b.always -pre 0\n"
		    "SEOS_load_10.always -post 1\n"
		    "SEOS_load_9 last.always -post 1\n"
		    "SEOS_load_B.always -post 1\n"
		    "SEOS_load_b.always -post 1\n");
}

/* kernel/exits/5..7: the first that fails ends it, by status or by signal. */
CASE(load_aborted, REQUIREMENTS("kernel/exits/5", "kernel/exits/6", "kernel/exits/7"),
     .needs = EXIT_RUN, .unloads = true)
{
	begin_unloaded(t);
	exit_make(t, "SEOS_load_a.always", "exit 0");
	exit_make(t, "SEOS_load_b.always", "exit 3");
	exit_make(t, "SEOS_load_c.always", "exit 0");
	assert_names(run(t, "SEOS_load"), "SEOS_load_b.always", "status 3");
	assert_false(extension_is_loaded(t));
	assert_text("history", history(t),
		    "SEOS_load_a.always -pre 0\nSEOS_load_b.always -pre 0\n");
	exit_make(t, "SEOS_load_b.always", "kill -TERM $$");
	assert_names(run(t, "SEOS_load"), "SEOS_load_b.always", "signal 15");
	assert_false(extension_is_loaded(t));
	file_remove(t, EXITS "SEOS_load_b.always");
	run_ok(t, "SEOS_load");
	assert_true(extension_is_loaded(t));
}

/* kernel/exits/9, kernel/exits/24: after loading it is too late to refuse; the others run. */
CASE(load_post_fails, REQUIREMENTS("kernel/exits/9", "kernel/exits/24"), .needs = EXIT_RUN,
     .unloads = true)
{
	begin_unloaded(t);
	exit_make(t, "SEOS_load_a.always", "[ $1 = -pre ]");
	exit_make(t, "SEOS_load_b.always", "exit 0");
	assert_names(run(t, "SEOS_load"), "SEOS_load_a.always", "status 1");
	assert_true(extension_is_loaded(t));
	assert_text_match("history", history(t), "^SEOS_load_b.always -post 1$");
}

/* kernel/exits/10, kernel/exits/11, kernel/exits/13, kernel/exits/17: with nobody in the way the
 * .always exits run, of those for unloading alone. */
CASE(unload,
     REQUIREMENTS("kernel/exits/4", "kernel/exits/10", "kernel/exits/11", "kernel/exits/13",
		  "kernel/exits/17", "kernel/unload/2"),
     .needs = EXIT_RUN, .unloads = true)
{
	exit_make(t, "SEOS_load_a.always", "exit 0");
	exit_make(t, "SEOS_unload_b.always", "exit 0");
	exit_make(t, "SEOS_unload_a.always", "exit 0");
	exit_make(t, "SEOS_unload_a.opt", "exit 0");
	run_ok(t, "SEOS_load", "-u");
	assert_false(extension_is_loaded(t));
	assert_text("history", history(t),
		    "SEOS_unload_a.always -pre 1\n"
		    "SEOS_unload_b.always -pre 1\n"
		    "SEOS_unload_a.always -post 0\n"
		    "SEOS_unload_b.always -post 0\n");
}

/* kernel/exits/12, kernel/exits/18: a failure before keeps the extension, one after does not bring
 * it back. */
CASE(unload_fails,
     REQUIREMENTS("kernel/exits/6", "kernel/exits/12", "kernel/exits/18", "kernel/exits/24"),
     .needs = EXIT_RUN, .unloads = true)
{
	exit_make(t, "SEOS_unload_a.always", "[ $1 = -post ]");
	exit_make(t, "SEOS_unload_b.always", "exit 0");
	exit_make(t, "SEOS_unload_a.opt", "exit 0");
	assert_names(run(t, "SEOS_load", "-u"), "SEOS_unload_a.always", "status 1");
	assert_true(extension_is_loaded(t));
	assert_text("history", history(t), "SEOS_unload_a.always -pre 1\n");
	exit_make(t, "SEOS_unload_a.always", "[ $1 = -pre ]");
	assert_names(run(t, "SEOS_load", "-u"), "SEOS_unload_a.always", "status 1");
	assert_false(extension_is_loaded(t));
	assert_text_match("history", history(t), "^SEOS_unload_b.always -post 0$");
}

#define SERVICE "/root/service"
#define START   "cat /root/queue & echo $! >" SERVICE

/* A program of the administrator's that waits in open() for somebody to write to its queue. */
static pid_t service_pid(struct target *t)
{
	return (pid_t)strtol(file_read(t, SERVICE), NULL, 10);
}

static void service_start(struct target *t)
{
	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "sh", "-c", "mkfifo /root/queue; " START);
	wait_until(t, 10, is_listed(t, service_pid(t)));
}

/* kernel/exits/14, kernel/exits/16, kernel/exits/19: an exit stops the program in the way, which
 * lets the unload succeed, and starts it again. */
CASE(service,
     REQUIREMENTS("kernel/exits/14", "kernel/exits/16", "kernel/exits/17", "kernel/exits/19",
		  "kernel/exits/27"),
     .needs = EXIT_RUN, .unloads = true)
{
	pid_t was;

	service_start(t);
	was = service_pid(t);
	exit_make(t, "SEOS_unload_a.always", "exit 0");
	assert_exit(run(t, "SEOS_load", "-u"), 1);
	assert_true(extension_is_loaded(t));
	assert_true(pid_exists(t, was));
	(void)history(t);
	exit_make(t, "SEOS_unload_cat.opt",
		  "if [ $1 = -pre ]; then kill $(cat " SERVICE "); else " START "; fi");
	run_ok(t, "SEOS_load", "-u");
	assert_false(extension_is_loaded(t));
	assert_text("history", history(t),
		    "SEOS_unload_a.always -pre 1\n"
		    "SEOS_unload_cat.opt -pre 1\n"
		    "SEOS_unload_cat.opt -post 0\n"
		    "SEOS_unload_a.always -post 0\n");
	assert_false(pid_exists(t, was));
	assert_int_not_equal(service_pid(t), was);
	assert_true(pid_exists(t, service_pid(t)));
}

/* kernel/exits/15, kernel/exits/23: an .opt exit that fails ends it, and so does one that does not
 * help; nothing is started again that was not in the way. */
CASE(blocked,
     REQUIREMENTS("kernel/exits/15", "kernel/exits/23", "kernel/unload/8", "kernel/unload/9"),
     .needs = EXIT_RUN)
{
	const struct result *r;
	pid_t pid;

	service_start(t);
	pid = service_pid(t);
	exit_make(t, "SEOS_unload_a.always", "exit 0");
	exit_make(t, "SEOS_unload_a.opt", "exit 5");
	exit_make(t, "SEOS_unload_b.opt", "exit 0");
	assert_names(run(t, "SEOS_load", "-u"), "SEOS_unload_a.opt", "status 5");
	assert_text("history", history(t),
		    "SEOS_unload_a.always -pre 1\nSEOS_unload_a.opt -pre 1\n");
	exit_make(t, "SEOS_unload_a.opt", "exit 0");
	r = run(t, "SEOS_load", "-u");
	assert_exit(r, 1);
	assert_error_line(r, "SEOS_load");
	assert_out_match(r, text_format(BLOCKING_LINE, (int)pid));
	assert_text("history", history(t),
		    "SEOS_unload_a.always -pre 1\n"
		    "SEOS_unload_a.opt -pre 1\n"
		    "SEOS_unload_b.opt -pre 1\n");
	assert_true(extension_is_loaded(t));
	assert_true(is_listed(t, pid));
	signal_pid(t, pid, SIGKILL);
}

/* kernel/exits/21: what anybody but root could have put there is not run; kernel/exits/25: nor is
 * anything in a folder like that. */
CASE(unsafe, REQUIREMENTS("kernel/exits/7", "kernel/exits/21", "kernel/exits/25"),
     .needs = EXIT_RUN)
{
	static const char *const spoil[] = {
		"chmod 644 $f",
		"chmod 775 $f",
		"chmod 757 $f",
		"chown 2001 $f",
		"mv $f /root/real; ln -s /root/real $f",
		"rm $f; mkdir $f",
		"rm $f; mkfifo -m 755 $f",
		"rm $f; ln -s /nowhere $f",
	};
	const struct result *r;

	for (size_t i = 0; i < ROWS(spoil); i++) {
		exit_make(t, "SEOS_unload_a.always", "exit 0");
		run_ok(t, "sh", "-c", text_format("f=" EXITS "SEOS_unload_a.always; %s", spoil[i]));
		assert_names(run(t, "SEOS_load", "-u"), "SEOS_unload_a.always", "not");
		run_ok(t, "sh", "-c", "rm -rf " EXITS "SEOS_unload_a.always");
	}
	exit_make(t, "SEOS_unload_a.always", "exit 0");
	file_chmod(t, EXITS, 0777);
	r = run(t, "SEOS_load", "-u");
	assert_exit(r, 1);
	assert_error_line(r, "SEOS_load");
	assert_text("history", history(t), "");
	assert_true(extension_is_loaded(t));
}

/* kernel/exits/7: a script whose interpreter is missing, and no program at all. */
CASE(unrunnable, REQUIREMENTS("kernel/exits/7", "kernel/exits/21"), .needs = EXIT_RUN)
{
	static const char *const texts[] = {"#!/nowhere\n", "what is this\n", ""};

	for (size_t i = 0; i < ROWS(texts); i++) {
		file_write(t, EXITS "SEOS_unload_a.always", texts[i]);
		file_chmod(t, EXITS "SEOS_unload_a.always", 0755);
		assert_names(run(t, "SEOS_load", "-u"), "SEOS_unload_a.always", "cannot be run");
	}
	assert_true(extension_is_loaded(t));
}

#define CHILD       "/root/child"
#define START_CHILD "sleep 100000 & echo $! >" CHILD

static bool child_lives(struct target *t)
{
	return pid_exists(t, (pid_t)strtol(file_read(t, CHILD), NULL, 10));
}

/* kernel/exits/22: an exit that hangs has 60 seconds; neither it nor what it started is left. */
CASE(hangs, REQUIREMENTS("kernel/exits/6", "kernel/exits/22"), .needs = EXIT_RUN | CAP_TIME,
     .deadline_s = 240)
{
	int64_t began = clock_now(t);
	const struct result *r;

	exit_make(t, "SEOS_unload_a.always", "trap '' TERM INT HUP; " START_CHILD "; wait");
	r = run_as(t, &(struct run_options){.deadline_s = 120}, "SEOS_load", "-u");
	assert_names(r, "SEOS_unload_a.always", "60");
	assert_in_range(clock_now(t) - began, 60, 70);
	wait_until(t, 5, !child_lives(t));
	assert_true(extension_is_loaded(t));
}

/* kernel/exits/22, kernel/exits/27: of an exit that failed nothing is left, though it has ended; of
 * one that did not, everything. */
CASE(children, REQUIREMENTS("kernel/exits/22", "kernel/exits/27"), .needs = EXIT_RUN,
     .unloads = true)
{
	exit_make(t, "SEOS_unload_a.always", START_CHILD "; exit 1");
	assert_exit(run(t, "SEOS_load", "-u"), 1);
	wait_until(t, 5, !child_lives(t));
	exit_make(t, "SEOS_unload_a.always", "[ $1 = -post ] || " START_CHILD);
	run_ok(t, "SEOS_load", "-u");
	assert_true(child_lives(t));
}

/* kernel/exits/26: where and how an exit runs does not depend on who calls SEOS_load. */
CASE(environment, REQUIREMENTS("kernel/exits/26"), .needs = EXIT_RUN)
{
	const struct result *r;

	exit_make(t, "SEOS_unload_a.always",
		  "tr '\\0' '\\n' </proc/$$/environ; pwd; id -u; wc -c; umask; exit 1");
	r = run_as(t, &(struct run_options){.input = "text"}, "sh", "-c",
		   "cd /root; umask 0; PATH=/root LD_PRELOAD=/x IFS=/ exec "
		   "/opt/CA/PAMSC/bin/SEOS_load -u");
	assert_exit(r, 1);
	assert_out(r, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n/\n0\n0\n0022\n");
}

/* kernel/exits/28: an exit that loads or unloads by itself does not get anywhere. */
CASE(single, REQUIREMENTS("kernel/exits/28"), .needs = EXIT_RUN)
{
	const struct result *r;

	exit_make(t, "SEOS_unload_a.always",
		  "/opt/CA/PAMSC/bin/SEOS_load -u; echo \"status $?\"; exit 1");
	r = run(t, "SEOS_load", "-u");
	assert_exit(r, 1);
	assert_line(r, "status 1");
	assert_err_match(r, "^SEOS_load: it runs already");
	assert_text("history", history(t), "SEOS_unload_a.always -pre 1\n");
}
