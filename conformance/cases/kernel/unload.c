/* SPDX-License-Identifier: MIT */
/*
 * The kernel extension does not leave while somebody is inside, and leaves without a trace when it
 * may. Not for: what secons -sk says of it (secons/unload).
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
     .needs = CAP_ROOT | CAP_HOOKS, .isolated = true)
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
