/* SPDX-License-Identifier: MIT */
/*
 * The token syscall_monitor of seos.ini. Not for: seos.ini as such (daemon/ini).
 */
#include "conformance/cases/product.h"

static const char *const listings[] = {"-sc", "-scl"};

/* kernel/monitor/1: who sets nothing is monitored; kernel/monitor/3: a token of that name in
 * another section is another token. */
CASE(on, REQUIREMENTS("kernel/monitor/1", "kernel/monitor/3"), .needs = CAP_ROOT | CAP_HOOKS)
{
	static const char *const settings[] = {"", "[SEOS_syscall]\nsyscall_monitor = 1\n",
					       "[seosd]\nsyscall_monitor = 0\n"};
	struct target_parked *p = park(t, .in = PARKED_OPEN);

	run_ok(t, "selang", "-c", "newusr root admin");
	for (size_t i = 0; i < ROWS(settings); i++) {
		file_write(t, SEOS_INI, settings[i]);
		assert_true(is_listed(t, parked_pid(t, p)));
	}
	unpark(t, p);
}

/* kernel/monitor/4, kernel/monitor/5: one line in place of the list, and nothing recorded. */
CASE(off,
     REQUIREMENTS("kernel/monitor/2", "kernel/monitor/3", "kernel/monitor/4", "kernel/monitor/5"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN);

	run_ok(t, "selang", "-c", "newusr root admin");
	file_write(t, SEOS_INI, "[SEOS_syscall]\nsyscall_monitor = 0\n");
	for (size_t i = 0; i < ROWS(listings); i++) {
		const struct result *r = run(t, "secons", listings[i]);

		assert_exit(r, 0);
		assert_err(r, "");
		assert_int_equal(text_line_count(r->out), 3);
		assert_text("third line", text_line(r->out, 2),
			    "System call monitoring is disabled (syscall_monitor = 0).");
	}
	assert_int_equal(record_count(t, "CHECK"), 0);
	unpark(t, p);
}

/* kernel/monitor/6: neither 0 nor 1. */
CASE(wrong_value, REQUIREMENTS("kernel/monitor/6", "daemon/ini/9"))
{
	static const char *const values[] = {"2", "-1", "yes", "", "01x"};

	for (size_t i = 0; i < ROWS(values); i++) {
		const struct result *r;

		file_write(
			t, SEOS_INI,
			text_format("; one\n[SEOS_syscall]\n\nsyscall_monitor = %s\n", values[i]));
		r = run(t, "secons", "-sc");
		assert_exit(r, 2);
		assert_error_line(r, "secons");
		assert_err_match(r, SEOS_INI ":4: ");
	}
}

/* kernel/monitor/7: a process that came in before the monitoring was turned off is still inside.
 * What this leaves in the kernel is put back by a seosd with the default, before anything is
 * compared. */
CASE(off_and_inside, REQUIREMENTS("kernel/monitor/7"), .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN);
	const struct result *prepared, *removed;

	run_ok(t, "selang", "-c", "newusr root admin");
	file_write(t, SEOS_INI, "[SEOS_syscall]\nsyscall_monitor = 0\n");
	run_ok(t, "seosd");
	prepared = run(t, "secons", "-sk");
	removed = run(t, "rmmod", "SEOS_syscall");
	file_write(t, SEOS_INI, "");
	run_ok(t, "seosd");

	assert_exit(prepared, 1);
	assert_true(removed->exit_status != 0);
	unpark(t, p);
}
