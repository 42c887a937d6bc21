/* SPDX-License-Identifier: MIT */
/*
 * secons -s on the local host: what is down afterwards, what is said and recorded. Not for: the
 * fields of the record (event/shutdown), who else may ask (secons/rights).
 */
#include "conformance/cases/product.h"

#define STAYS_DOWN_S 6 /* longer than a daemon may take to be started again */

/* secons/shutdown/7: at the moment the command returns, nothing runs any more; secons/shutdown/3,
 * daemon/restart/5: and nothing comes back. */
CASE(granted,
     REQUIREMENTS("secons/shutdown/1", "secons/shutdown/2", "secons/shutdown/3",
		  "secons/shutdown/4", "secons/shutdown/7", "secons/shutdown/12", "secons/rights/1",
		  "daemon/restart/5"),
     .needs = CAP_ROOT)
{
	const struct result *r;
	pid_t seosd;

	start_product(t);
	seosd = daemon_pid(t, "seosd");
	assert_true(seosd > 0);
	assert_int_equal(daemons_running(t), 3);
	r = run_ok(t, "secons", "-s");
	assert_false(pid_exists(t, seosd));
	assert_int_equal(daemons_running(t), 0);
	assert_err(r, "");
	assert_int_equal(text_line_count(r->out), 3);
	assert_text_match("third line", text_line(r->out, 2), "^[^ :]+: CA PAMSC is shut down$");
	assert_int_equal(record_count(t, "M SHUTDOWN root 452 seosd"), 1);
	time_pass(t, STAYS_DOWN_S);
	assert_int_equal(daemons_running(t), 0);
	assert_int_equal(record_count(t, "START"), 3);
}

/* secons/shutdown/10, secons/shutdown/11: nothing runs; asking again does no harm. */
CASE(already_down, REQUIREMENTS("secons/shutdown/10", "secons/shutdown/11"), .needs = CAP_ROOT)
{
	start_product(t);
	run_ok(t, "secons", "-s");
	for (int i = 0; i < 2; i++) {
		const struct result *r = run_ok(t, "secons", "-s");

		assert_err(r, "");
		assert_int_equal(text_line_count(r->out), 3);
		assert_text_match("third line", text_line(r->out, 2),
				  "^[^ :]+: CA PAMSC is not running$");
	}
	assert_int_equal(record_count(t, "SHUTDOWN"), 1);
	assert_int_equal(daemons_running(t), 0);
}

/* A user without the right: the documented record, one line, and nothing has changed. */
CASE(refused,
     REQUIREMENTS("secons/shutdown/5", "secons/shutdown/6", "secons/shutdown/8",
		  "secons/shutdown/9", "secons/rights/3"),
     .needs = CAP_ROOT)
{
	const struct result *before, *r;

	start_product(t);
	before = run_ok(t, "issec");
	r = run_as(t, as("tst002"), "secons", "-s");
	assert_exit(r, 1);
	assert_err(r, "secons: user tst002 is not allowed to shut down CA PAMSC: ADMIN or OPERATOR "
		      "is needed\n");
	assert_int_equal(record_count(t, "D SHUTDOWN tst002 460 seosd"), 1);
	assert_int_equal(record_count(t, "SHUTDOWN"), 1);
	assert_out(run_ok(t, "issec"), before->out);
}
