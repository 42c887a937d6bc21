/* SPDX-License-Identifier: MIT */
/*
 * seagent as a command. Not for: what it watches (daemon/restart).
 */
#include "conformance/cases/hosts.h"

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

/* Processes of a host whose parent is another one. */
static unsigned children_of(struct target *t, const char *host, pid_t parent)
{
	return text_match_count(
		run_as(t, on(host), "sh", "-c", "cat /proc/[0-9]*/status 2>/dev/null")->out,
		text_format("^PPid:\t%d$", (int)parent));
}

/* daemon/seagent/5: while two requests wait for their answer, each has a child; then none is left.
 */
CASE(child, REQUIREMENTS("daemon/seagent/5"), .needs = CAP_ROOT | CAP_HOSTS | CAP_SHELL)
{
	static const char *const one[] = {"host1"};
	struct target_process *p[2];
	pid_t seagent, seosd;

	hosts_start(t, one, 1);
	host_start(t, "host1", "");
	seagent = daemon_on(t, "host1", "seagent");
	seosd = daemon_on(t, "host1", "seosd");
	assert_int_equal(children_of(t, "host1", seagent), 0);
	signal_pid(t, seosd, SIGSTOP);
	for (unsigned i = 0; i < 2; i++) {
		p[i] = start(t, NULL, "secons", "-s", "host1");
		wait_until(t, 10, children_of(t, "host1", seagent) == i + 1);
	}
	signal_pid(t, seosd, SIGCONT);
	for (unsigned i = 0; i < 2; i++)
		assert_exit(finish(t, p[i]), 1);
	wait_until(t, 10, children_of(t, "host1", seagent) == 0);
	assert_int_equal(daemon_on(t, "host1", "seagent"), seagent);
}
