/* SPDX-License-Identifier: MIT */
/*
 * issec: which daemons run. Other cases trust it, so it is held against the records here.
 */
#include "conformance/cases/product.h"

/* daemon/seload/7: before the start, after it, with one dead, and after the shutdown. */
CASE(issec, REQUIREMENTS("daemon/seload/7"), .needs = CAP_ROOT)
{
	static const char *const daemons[] = {"seosd", "seagent", "seoswd"};
	const struct result *r;

	define_users(t);
	r = run(t, "issec");
	assert_exit(r, 1);
	for (size_t i = 0; i < ROWS(daemons); i++)
		assert_line(r, text_format("%s: not running", daemons[i]));
	run_ok(t, "seosd");
	run_ok(t, "issec");
	for (size_t i = 0; i < ROWS(daemons); i++) {
		assert_true(daemon_pid(t, daemons[i]) > 0);
		assert_true(pid_exists(t, daemon_pid(t, daemons[i])));
	}
	signal_pid(t, daemon_pid(t, "seoswd"), SIGKILL);
	r = run(t, "issec");
	if (r->exit_status) /* it may be back already */
		assert_line(r, "seoswd: not running");
	run_ok(t, "secons", "-s");
	r = run(t, "issec");
	assert_exit(r, 1);
	for (size_t i = 0; i < ROWS(daemons); i++)
		assert_line(r, text_format("%s: not running", daemons[i]));
}
