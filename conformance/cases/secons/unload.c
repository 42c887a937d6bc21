/* SPDX-License-Identifier: MIT */
/*
 * secons -sk: daemons down, extension ready to be unloaded or as it was. Not for: unloading itself
 * (kernel/unload).
 *
 * Cases share a kernel: they collect what they see, start the product, which puts the hooks back on
 * (secons/unload/12), and compare after that.
 */
#include "conformance/cases/product.h"

/* Both ways of secons -sk: as an answer of seosd, and without it. */
static void prepare(struct target *t, bool daemons)
{
	struct target_parked *accepting, *unseen, *seen;
	const struct result *r, *list, *state;
	unsigned running;

	define_users(t);
	if (daemons)
		run_ok(t, "seosd");
	accepting = park(t, .in = PARKED_ACCEPT);
	r = run(t, "secons", "-sk");
	running = daemons_running(t);
	unseen = park(t, .in = PARKED_OPEN);
	list = run(t, "secons", "-sc");
	state = run(t, "issec");
	run_ok(t, "seosd");

	assert_exit(r, 0);
	assert_line_count(r, "SEOS_syscall: ready to unload", 1);
	assert_int_equal(running, 0);
	assert_int_equal(row_count(list, parked_pid(t, accepting)), 0);
	assert_int_equal(row_count(list, parked_pid(t, unseen)), 0);
	assert_line(state, "SEOS_syscall: loaded");
	assert_int_equal(record_count(t, "M SHUTDOWN root 452 seosd"), daemons);
	assert_int_equal(record_count(t, "SHUTDOWN"), daemons);
	assert_int_equal(record_count(t, "CHECK"), 0);
	seen = park(t, .in = PARKED_OPEN);
	assert_true(is_listed(t, parked_pid(t, seen)));
	unpark(t, accepting);
	unpark(t, unseen);
	unpark(t, seen);
}

/* secons/unload/4: who waits in accept is taken out, who comes does not get in. */
CASE(prepared,
     REQUIREMENTS("secons/unload/1", "secons/unload/2", "secons/unload/4", "secons/unload/5",
		  "secons/unload/9", "secons/unload/12", "secons/unload/13", "secons/scan/28"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	prepare(t, true);
}

/* secons/unload/10: the daemons are down already. */
CASE(daemons_down,
     REQUIREMENTS("secons/unload/2", "secons/unload/4", "secons/unload/9", "secons/unload/10",
		  "secons/unload/12", "secons/unload/13"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	prepare(t, false);
}

/* secons/unload/6, secons/unload/7: callers that block are named, and everything goes on, even the
 * listing of those in accept who entered before; the daemons are down. */
CASE(blocked, REQUIREMENTS("secons/unload/1", "secons/unload/6", "secons/unload/7"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *blocking[] = {park(t, .in = PARKED_OPEN), park(t, .in = PARKED_OPEN)};
	struct target_parked *later;
	const struct result *r;

	start_product(t);
	r = run(t, "secons", "-sk");
	assert_exit(r, 1);
	assert_no_line(r, "SEOS_syscall: ready to unload");
	assert_int_equal(daemons_running(t), 0);
	assert_int_equal(record_count(t, "M SHUTDOWN root 452 seosd"), 1);
	later = park(t, .in = PARKED_OPEN);
	assert_true(is_listed(t, parked_pid(t, later)));
	for (size_t i = 0; i < ROWS(blocking); i++) {
		assert_out_match(r, text_format(BLOCKING_LINE, (int)parked_pid(t, blocking[i])));
		assert_true(is_listed(t, parked_pid(t, blocking[i])));
		unpark(t, blocking[i]);
	}
}

/* secons/unload/8: a user without the right changes nothing. */
CASE(refused, REQUIREMENTS("secons/unload/8"), .needs = CAP_ROOT | CAP_HOOKS)
{
	const struct result *before, *r;
	struct target_parked *p;

	start_product(t);
	before = run_ok(t, "issec");
	r = run_as(t, as("tst002"), "secons", "-sk");
	assert_exit(r, 1);
	assert_error_line(r, "secons");
	assert_out(run_ok(t, "issec"), before->out);
	assert_int_equal(record_count(t, "D SHUTDOWN tst002 460 seosd"), 1);
	p = park(t, .in = PARKED_ACCEPT);
	assert_true(is_listed(t, parked_pid(t, p)));
}

/* secons/unload/3: the whole way, down and out, with a caller in accept; SEOS_load -u before it is
 * refused. Nothing is left running. */
CASE(then_unloaded, REQUIREMENTS("secons/unload/3", "kernel/unload/2", "kernel/unload/12"),
     .needs = CAP_ROOT | CAP_HOOKS, .unloads = true)
{
	struct target_parked *accepting = park(t, .in = PARKED_ACCEPT);

	start_product(t);
	assert_exit(run(t, "SEOS_load", "-u"), 1);
	assert_true(extension_is_loaded(t));
	run_ok(t, "secons", "-sk");
	assert_true(extension_is_loaded(t));
	run_ok(t, "SEOS_load", "-u");
	assert_false(extension_is_loaded(t));
	assert_int_equal(daemons_running(t), 0);
	assert_true(parked_inside(t, accepting));
	unpark(t, accepting);
}
