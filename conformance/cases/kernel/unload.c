/* SPDX-License-Identifier: MIT */
/*
 * The kernel extension is loaded, does not leave while somebody is inside, and leaves without a
 * trace when it may. Not for: what secons -sk says of it (secons/unload), exits (kernel/exits).
 */
#include "conformance/cases/product.h"

/* kernel/unload/3, kernel/unload/10: with a caller inside, neither secons nor an administrator who
 * goes around it can remove the extension; kernel/unload/8: it works on, and the caller lives. */
CASE(refused,
     REQUIREMENTS("kernel/unload/3", "kernel/unload/7", "kernel/unload/8", "kernel/unload/10"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN);
	struct target_parked *later;
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin");
	r = run(t, "rmmod", "SEOS_syscall");
	assert_true(r->exit_status != 0);
	assert_err_match(r, "[Bb]usy|in use|[Rr]esource temporarily unavailable");
	assert_exit(run(t, "secons", "-sk"), 1);
	assert_true(run(t, "rmmod", "SEOS_syscall")->exit_status != 0);
	assert_line(run(t, "issec"), "SEOS_syscall: loaded");
	assert_true(is_listed(t, parked_pid(t, p)));
	later = park(t, .in = PARKED_ACCEPT);
	assert_true(is_listed(t, parked_pid(t, later)));
	unpark(t, p);
	unpark(t, later);
}

/* kernel/unload/4..6, kernel/unload/16: refused while one blocks, done when it has left; one in
 * accept never notices, though the extension is gone when its connection comes. Twice. */
CASE(done,
     REQUIREMENTS("kernel/unload/4", "kernel/unload/5", "kernel/unload/6", "kernel/unload/7",
		  "kernel/unload/16", "kernel/intercept/14"),
     .needs = CAP_ROOT | CAP_HOOKS, .unloads = true)
{
	run_ok(t, "selang", "-c", "newusr root admin");
	for (int i = 0; i < 2; i++) {
		struct target_parked *accepting = park(t, .in = PARKED_ACCEPT);
		struct target_parked *blocking = park(t, .in = PARKED_OPEN);

		assert_true(is_listed(t, parked_pid(t, accepting)));
		assert_exit(run(t, "secons", "-sk"), 1);
		unpark(t, blocking);
		run_ok(t, "secons", "-sk");
		run_ok(t, "rmmod", "SEOS_syscall");
		assert_line(run(t, "issec"), "SEOS_syscall: not loaded");
		assert_true(parked_inside(t, accepting));
		unpark(t, accepting);
		run_ok(t, "insmod");
		assert_line(run(t, "issec"), "SEOS_syscall: loaded");
	}
}

/* kernel/unload/1, kernel/unload/2: out and in again; who is asked for what is so already says so
 * (kernel/unload/17), and works on. */
CASE(loaded,
     REQUIREMENTS("kernel/unload/1", "kernel/unload/2", "kernel/unload/14", "kernel/unload/17"),
     .needs = CAP_ROOT | CAP_HOOKS, .unloads = true)
{
	struct target_parked *p;

	run_ok(t, "selang", "-c", "newusr root admin");
	assert_line(run_ok(t, "SEOS_load"), "SEOS_syscall: loaded already");
	assert_true(extension_is_loaded(t));
	run_ok(t, "SEOS_load", "-u");
	assert_false(extension_is_loaded(t));
	assert_line(run_ok(t, "SEOS_load", "-u"), "SEOS_syscall: not loaded");
	run_ok(t, "SEOS_load");
	assert_true(extension_is_loaded(t));
	p = park(t, .in = PARKED_OPEN);
	assert_true(is_listed(t, parked_pid(t, p)));
	unpark(t, p);
}

/* kernel/unload/9: those who block are named, those in accept are not; kernel/unload/8: everything
 * goes on. */
CASE(blocked,
     REQUIREMENTS("kernel/unload/3", "kernel/unload/8", "kernel/unload/9", "kernel/unload/14"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *blocking[] = {park(t, .in = PARKED_OPEN), park(t, .in = PARKED_OPEN)};
	struct target_parked *accepting = park(t, .in = PARKED_ACCEPT);
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin");
	r = run(t, "SEOS_load", "-u");
	assert_exit(r, 1);
	for (size_t i = 0; i < ROWS(blocking); i++)
		assert_out_match(r, text_format(BLOCKING_LINE, (int)parked_pid(t, blocking[i])));
	assert_int_equal(text_match_count(r->out, " PID: "), ROWS(blocking));
	assert_true(extension_is_loaded(t));
	assert_true(is_listed(t, parked_pid(t, blocking[1])));
	assert_true(is_listed(t, parked_pid(t, accepting)));
	for (size_t i = 0; i < ROWS(blocking); i++)
		unpark(t, blocking[i]);
	unpark(t, accepting);
}

/* Whether a process has something to ask the extension, and no answer yet. */
static bool asks_extension(struct target *t, pid_t pid)
{
	const char *files = text_format("ls -l /proc/%d/fd", (int)pid);

	return strstr(run(t, "sh", "-c", files)->out, "/dev/SEOS_syscall") != NULL;
}

/* kernel/unload/21: who comes while a refusal is still waited for is intercepted as ever. */
CASE(no_gap, REQUIREMENTS("kernel/unload/8", "kernel/unload/21"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	struct target_parked *blocking = park(t, .in = PARKED_OPEN);
	struct target_process *unload;
	struct target_parked *later;

	run_ok(t, "selang", "-c", "newusr root admin");
	unload = start(t, NULL, "SEOS_load", "-u");
	wait_until(t, 10, asks_extension(t, pid_of(t, unload)));
	time_pass(t, 1); /* half of what it waits for */
	later = park(t, .in = PARKED_OPEN);
	assert_true(asks_extension(t, pid_of(t, unload)));
	assert_exit(finish(t, unload), 1);
	assert_true(is_listed(t, parked_pid(t, later)));
	unpark(t, later);
	unpark(t, blocking);
}

/* kernel/unload/15: what the listing says of an unload comes true, with a caller in accept. */
CASE(forecast, REQUIREMENTS("kernel/unload/5", "kernel/unload/15"), .needs = CAP_ROOT | CAP_HOOKS,
     .unloads = true)
{
	struct target_parked *accepting = park(t, .in = PARKED_ACCEPT);
	struct target_parked *blocking = park(t, .in = PARKED_OPEN);
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin");
	r = run_ok(t, "secons", "-scl");
	assert_int_equal(text_match_count(r->out, "^Syscall "), 1);
	assert_exit(run(t, "SEOS_load", "-u"), 1);
	unpark(t, blocking);
	r = run_ok(t, "secons", "-scl");
	assert_int_equal(text_match_count(r->out, "^Syscall "), 0);
	assert_int_equal(row_count(r, parked_pid(t, accepting)), 1);
	run_ok(t, "SEOS_load", "-u");
	assert_false(extension_is_loaded(t));
	assert_true(parked_inside(t, accepting));
	unpark(t, accepting);
}

/* kernel/unload/12: with the daemons up it is not even tried. */
CASE(daemons_up, REQUIREMENTS("kernel/unload/12", "kernel/unload/14"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	const struct result *before, *r;
	struct target_parked *p;

	start_product(t);
	p = park(t, .in = PARKED_ACCEPT);
	before = run_ok(t, "issec");
	r = run(t, "SEOS_load", "-u");
	assert_exit(r, 1);
	assert_error_line(r, "SEOS_load");
	assert_out(run_ok(t, "issec"), before->out);
	assert_true(is_listed(t, parked_pid(t, p)));
	unpark(t, p);
}

/* kernel/unload/13: anybody else, an ADMIN included, gets one line. */
CASE(not_root, REQUIREMENTS("kernel/unload/13", "kernel/unload/14"), .needs = CAP_ROOT | CAP_HOOKS)
{
	static const char *const users[] = {"tst001", "tst003"};

	define_users(t);
	run_ok(t, "selang", "-c", "chusr tst001 admin");
	for (size_t i = 0; i < ROWS(users); i++) {
		const struct result *r = run_as(t, as(users[i]), "SEOS_load", "-u");

		assert_exit(r, 1);
		assert_error_line(r, "SEOS_load");
		r = run_as(t, as(users[i]), "SEOS_load");
		assert_exit(r, 1);
		assert_error_line(r, "SEOS_load");
	}
	assert_true(extension_is_loaded(t));
}

/* kernel/unload/14: what is no usage and no installation. */
CASE(wrong_usage, REQUIREMENTS("kernel/unload/14"), .needs = CAP_ROOT | CAP_HOOKS)
{
	assert_exit(run(t, "SEOS_load", "-x"), 2);
	assert_exit(run(t, "SEOS_load", "-u", "-u"), 2);
	assert_exit(run(t, "SEOS_load", "SEOS_syscall"), 2);
	file_remove(t, SEOS_INI);
	assert_exit(run(t, "SEOS_load", "-u"), 2);
	assert_true(extension_is_loaded(t));
}

/* kernel/unload/18: an open device keeps the extension, hooked as before. */
CASE(device_open, REQUIREMENTS("kernel/unload/14", "kernel/unload/18"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	const struct result *r;
	struct target_parked *p;

	run_ok(t, "selang", "-c", "newusr root admin");
	r = run(t, "sh", "-c", "exec /opt/CA/PAMSC/bin/SEOS_load -u 3</dev/SEOS_syscall");
	assert_exit(r, 1);
	assert_error_line(r, "SEOS_load");
	assert_true(extension_is_loaded(t));
	p = park(t, .in = PARKED_OPEN);
	assert_true(is_listed(t, parked_pid(t, p)));
	unpark(t, p);
}

/* kernel/unload/19, kernel/unload/20: a kernel that refuses what is not signed does so until the
 * next boot. */
static void load_is_refused(struct target *t, const char *told)
{
	const struct result *r = run(t, "SEOS_load");

	assert_exit(r, 1);
	assert_error_line(r, "SEOS_load");
	assert_err_match(r, told);
	assert_false(extension_is_loaded(t));
}

/* A kernel that is locked down takes no module that is not signed, either: hence in this order. */
CASE(kernel_refuses, REQUIREMENTS("kernel/unload/19", "kernel/unload/20"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL, .spoils = true)
{
	static const char enforce[] = "/sys/module/module/parameters/sig_enforce";

	if (!file_exists(t, enforce))
		skip("this kernel knows no signatures");
	run_ok(t, "SEOS_load", "-u");
	if (run(t, "sh", "-c",
		"mount -t securityfs none /sys/kernel/security && "
		"echo integrity > /sys/kernel/security/lockdown")
		    ->exit_status)
		skip("this kernel cannot be locked down");
	load_is_refused(t, "locked down");
	run_ok(t, "sh", "-c", text_format("echo 1 > %s", enforce));
	load_is_refused(t, "takes signed modules only");
}
