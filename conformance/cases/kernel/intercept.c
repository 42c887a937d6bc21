/* SPDX-License-Identifier: MIT */
/*
 * The kernel extension: calls go through it unharmed, and whoever is inside is listed, for as long
 * and as often as that is true. Not for: the words of the listing (secons/scan).
 */
#include "conformance/cases/product.h"

static void define_admin(struct target *t)
{
	run_ok(t, "selang", "-c", "newusr root admin");
}

/* kernel/intercept/2, kernel/intercept/3: listed from entry to return, and the call works as it
 * does without the extension. */
CASE(result, REQUIREMENTS("kernel/intercept/1", "kernel/intercept/2", "kernel/intercept/3"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	static const enum parked_in calls[] = {PARKED_OPEN, PARKED_ACCEPT};

	define_admin(t);
	assert_line(run(t, "issec"), "SEOS_syscall: loaded");
	for (size_t i = 0; i < ROWS(calls); i++) {
		struct target_parked *p = park(t, .in = calls[i]);

		assert_true(is_listed(t, parked_pid(t, p)));
		unpark(t, p);
		assert_false(is_listed(t, parked_pid(t, p)));
	}
}

/* kernel/intercept/5: however often one looks. */
CASE(asleep, REQUIREMENTS("kernel/intercept/5"), .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN);
	const char *row;

	define_admin(t);
	assert_true(is_listed(t, parked_pid(t, p)));
	row = text_format(" PID: %d .* TIME: (0m-[2-9]s|[0-9]+m-[0-9][0-9]s) ",
			  (int)parked_pid(t, p));
	wait_until(t, 10, text_match_count(run_ok(t, "secons", "-scl")->out, row) == 1);
	assert_true(parked_inside(t, p));
	unpark(t, p);
}

/* kernel/intercept/4: errors of intercepted calls, as their callers tell them. */
CASE(errors, REQUIREMENTS("kernel/intercept/4"), .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	static const struct {
		const char *command, *told;
	} rows[] = {
		{"cat /no/such/file", "No such file or directory"},
		{"cat /etc/passwd/x", "Not a directory"},
		{": > /root", "[Ii]s a directory"},
		{"kill -0 4194304", "No such process"},
		{"rm /no/such/file", "No such file or directory"},
		{"mv /etc/passwd /no/such/x", "No such file or directory"},
		{"exec /root", "Permission denied"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct result *r = run(t, "sh", "-c", rows[i].command);

		assert_true(r->exit_status != 0);
		assert_err_match(r, rows[i].told);
	}
}

/* kernel/intercept/6: killed where it sleeps; kernel/intercept/10: the next process of that id. */
CASE(killed, REQUIREMENTS("kernel/intercept/6", "kernel/intercept/10"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	pid_t pid = parked_pid(t, park(t, .in = PARKED_OPEN, .pid = 27477, .orphan = true));

	define_admin(t);
	assert_true(is_listed(t, pid));
	signal_pid(t, pid, SIGKILL);
	wait_until(t, 10, !pid_exists(t, pid));
	assert_false(is_listed(t, pid));
	start(t, &(struct run_options){.pid = 27477}, "sh", "-c", "exec sleep 1000");
	wait_until(t, 10, text_match_count(file_read(t, "/proc/27477/syscall"), "^-?[0-9]+ 0x"));
	assert_false(is_listed(t, 27477));
}

/* kernel/intercept/7: a program replaced by another one is listed for the call of that one alone,
 * and no longer than it lives. */
CASE(replaced, REQUIREMENTS("kernel/intercept/7"), .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	struct target_process *p;

	define_admin(t);
	run_ok(t, "sh", "-c", "mkfifo /root/wait");
	p = start(t, NULL, "sh", "-c", "exec cat /root/wait");
	wait_until(t, 10, is_listed(t, pid_of(t, p)));
	assert_int_equal(row_count(run_ok(t, "secons", "-sc"), pid_of(t, p)), 1);
	file_append(t, "/root/wait", "done\n");
	assert_exit(finish(t, p), 0);
	assert_false(is_listed(t, pid_of(t, p)));
}

static pid_t idle_pid(struct target *t)
{
	return (pid_t)strtol(file_read(t, "/root/idle"), NULL, 10);
}

/* kernel/intercept/8: of a parent and two children, only the two that are in a call of their own
 * are listed. */
CASE(forked, REQUIREMENTS("kernel/intercept/8"), .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	const struct result *r = NULL;
	struct target_process *p;

	define_admin(t);
	run_ok(t, "sh", "-c", "mkfifo /root/one /root/two");
	p = start(t, NULL, "sh", "-c",
		  "sleep 1000 & echo $! > /root/idle; cat /root/one & cat /root/two & wait");
	/* The two that open a FIFO stay; executing their programs, and what the shell opens, does
	 * not. */
	wait_until(t, 10,
		   (r = run_ok(t, "secons", "-sc"), file_exists(t, "/root/idle") &&
							    text_line_count(r->out) == 5 &&
							    row_count(r, idle_pid(t)) == 0));
	assert_int_equal(row_count(r, pid_of(t, p)), 0);
	r = run_ok(t, "secons", "-sc");
	assert_int_equal(row_count(r, idle_pid(t)), 0);
	assert_int_equal(text_line_count(r->out), 5);
}

/* kernel/intercept/9: a call that goes on after a stop is listed once, under its own number. */
CASE(restarted, REQUIREMENTS("kernel/intercept/9"), .needs = CAP_ROOT | CAP_HOOKS,
     .where = ON_GUEST | ON_LOCAL)
{
	struct target_parked *p[] = {park(t, .in = PARKED_OPEN), park(t, .in = PARKED_ACCEPT)};

	define_admin(t);
	for (size_t i = 0; i < ROWS(p); i++) {
		int call = parked_call(t, p[i]);
		pid_t pid = parked_pid(t, p[i]);
		const struct result *r;

		signal_pid(t, pid, SIGSTOP);
		signal_pid(t, pid, SIGCONT);
		wait_until(t, 10, parked_inside(t, p[i]));
		r = run_ok(t, "secons", "-sc");
		assert_int_equal(row_count(r, pid), 1);
		assert_line(r, text_format("syscall %d - PID: %d", call, (int)pid));
		unpark(t, p[i]);
	}
}

/* kernel/intercept/11: a 32-bit call beside a 64-bit one. */
CASE(compat, REQUIREMENTS("kernel/intercept/11", "secons/scan/16"), .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p[] = {park(t, .in = PARKED_OPEN, .compat = true),
				     park(t, .in = PARKED_ACCEPT, .compat = true),
				     park(t, .in = PARKED_OPEN)};
	const struct result *r;

	define_admin(t);
	r = run_ok(t, "secons", "-sc");
	assert_line(r, text_format("syscall 5 - PID: %d", (int)parked_pid(t, p[0])));
	for (size_t i = 1; i < ROWS(p); i++)
		assert_line(r, text_format("syscall %d - PID: %d", parked_call(t, p[i]),
					   (int)parked_pid(t, p[i])));
	for (size_t i = 0; i < ROWS(p); i++)
		unpark(t, p[i]);
}

/* kernel/intercept/12: whoever is not root does not get past the device. */
CASE(device, REQUIREMENTS("kernel/intercept/12"), .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	const struct result *r;

	user_add(t, "tst001", 2001);
	run_ok(t, "sh", "-c", ": < /dev/SEOS_syscall");
	r = run_as(t, as("tst001"), "sh", "-c", ": < /dev/SEOS_syscall");
	assert_true(r->exit_status != 0);
	assert_err_match(r, "Permission denied|Operation not permitted");
}

#define TRACING "/sys/kernel/tracing"

/* Whether the kernel says that calls are hooked. */
static bool is_hooked(struct target *t)
{
	return text_match_count(run_ok(t, "sh", "-c", "cat " TRACING "/enabled_functions")->out,
				"sys_open") > 0;
}

/* kernel/intercept/13: the extension of another release is there, its monitor off, when seosd
 * comes. What it would be asked is not asked, so that only its own release can prepare it to go. */
CASE(other_version, REQUIREMENTS("kernel/intercept/13"), .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL,
     .spoils = true)
{
	const struct result *r;

	define_users(t);
	run_ok(t, "sh", "-c", "mount -t tracefs none " TRACING);
	assert_true(is_hooked(t));
	run_ok(t, "secons", "-sk");
	run_ok(t, "rmmod", "SEOS_syscall");
	run_ok(t, "sh", "-c", "insmod /conform/other/SEOS_syscall.ko monitor=0");
	r = run(t, "seosd");
	assert_exit(r, 2);
	assert_error_line(r, "seosd");
	assert_err_match(r, "SEOS_syscall.*version");
	assert_int_equal(daemons_running(t), 0);
	assert_false(is_hooked(t));
}

/* How often the tracer has seen a file opened, since it was last asked. */
static bool tracer_sees(struct target *t)
{
	const struct result *r = run_ok(
		t, "sh", "-c",
		": > " TRACING "/trace; : < /etc/passwd; grep -c '_sys_open' " TRACING "/trace");

	return strtol(r->out, NULL, 10) > 0;
}

static void tracer_switch(struct target *t, const char *tracer)
{
	run_ok(t, "sh", "-c", text_format("echo %s > " TRACING "/current_tracer", tracer));
}

/* kernel/intercept/17: the function tracer, first come after the extension, then before it. */
CASE(neighbours, REQUIREMENTS("kernel/intercept/17"), .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL,
     .unloads = true)
{
	struct target_parked *p;

	define_admin(t);
	run_ok(t, "sh", "-c", "mount -t tracefs none " TRACING);
	/* one pattern: for each, the kernel looks at the names of all its functions */
	run_ok(t, "sh", "-c", "echo '*_sys_open*' > " TRACING "/set_ftrace_filter");
	tracer_switch(t, "function");
	for (int i = 0; i < 2; i++) {
		assert_true(tracer_sees(t));
		p = park(t, .in = PARKED_OPEN);
		assert_true(is_listed(t, parked_pid(t, p)));
		assert_exit(run(t, "secons", "-sk"), 1);
		unpark(t, p);
		run_ok(t, "secons", "-sk");
		run_ok(t, "rmmod", "SEOS_syscall");
		assert_true(tracer_sees(t));
		run_ok(t, "insmod");
	}
	tracer_switch(t, "nop");
	p = park(t, .in = PARKED_OPEN);
	assert_true(is_listed(t, parked_pid(t, p)));
	unpark(t, p);
}
