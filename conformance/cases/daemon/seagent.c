/* SPDX-License-Identifier: MIT */
/*
 * seagent as a command. Not for: what it watches (daemon/restart).
 */
#include "conformance/cases/product.h"

/* daemon/seagent/4: by its own command it does not start, with the product down or up. */
CASE(by_hand, REQUIREMENTS("daemon/seagent/4"), .needs = CAP_ROOT)
{
	const struct result *r, *before;

	define_users(t);
	r = run(t, "seagent");
	assert_true(r->exit_status > 0);
	assert_error_line(r, "seagent");
	assert_int_equal(daemons_running(t), 0);
	run_ok(t, "seosd");
	before = run_ok(t, "issec");
	assert_true(run(t, "seagent")->exit_status > 0);
	assert_out(run_ok(t, "issec"), before->out);
}
