/* SPDX-License-Identifier: MIT */
/*
 * secons -s GHOST...: which hosts a name means. Not for: what is done with them (secons/remote),
 * nor for records of the classes HOST and GHOST as such (access/ghost).
 */
#include "conformance/cases/hosts.h"

static const char *const three[] = {"host1", "host2", "host3"};

static void start_three(struct target *t)
{
	hosts_start(t, three, ROWS(three));
	for (size_t i = 0; i < ROWS(three); i++)
		host_start(t, three[i], ALLOW_ROOT);
}

/* secons/ghost/1, secons/ghost/2, secons/ghost/5: a group, a host of it and another host: each is
 * asked once. */
CASE(group, REQUIREMENTS("secons/ghost/1", "secons/ghost/2", "secons/ghost/5", "access/ghost/1"),
     .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	start_three(t);
	run_ok(t, "selang", "-c", "newres GHOST pair mem(host1,host2)");
	r = run_as(t, typing, "secons", "-s", "host3", "pair", "host1", "pair");
	assert_exit(r, 0);
	for (size_t i = 0; i < ROWS(three); i++) {
		assert_line_count(r, text_format("%s: CA PAMSC is shut down", three[i]), 1);
		assert_int_equal(records_on(t, three[i], "SHUTDOWN"), 1);
		assert_int_equal(daemons_on(t, three[i]), 0);
	}
}

/* secons/ghost/3: the nearer thing wins. */
CASE(host_first, REQUIREMENTS("secons/ghost/3"), .needs = CAP_ROOT | CAP_HOSTS)
{
	start_three(t);
	run_ok(t, "selang", "-c", "newres GHOST host1 mem(host2,host3)");
	assert_exit(run_as(t, typing, "secons", "-s", "host1"), 0);
	assert_int_equal(daemons_on(t, "host1"), 0);
	assert_int_equal(daemons_on(t, "host2"), 3);
	assert_int_equal(daemons_on(t, "host3"), 3);
}

/* secons/ghost/4, secons/ghost/6, secons/ghost/7: a name that means no hosts is an error of that
 * name alone. */
CASE(no_hosts, REQUIREMENTS("secons/ghost/4", "secons/ghost/6", "secons/ghost/7"),
     .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	start_three(t);
	run_ok(t, "selang", "-c", "newres GHOST empty; newres GHOST inner mem(host2)");
	run_ok(t, "selang", "-c", "newres GHOST outer");
	assert_exit(run(t, "selang", "-c", "editres GHOST outer mem(host3,inner)"), 1);
	r = run_as(t, typing, "secons", "-s", "empty", "NOHOST", "outer", "host1");
	assert_exit(r, 1);
	assert_err_match(r, "^secons: NOHOST: no such host or group of hosts$");
	assert_err_match(r, "^secons: empty: .");
	assert_err_match(r, "^secons: outer: .");
	assert_line(r, HOST_LINE("host1"));
	assert_int_equal(daemons_on(t, "host2"), 3);
	assert_int_equal(daemons_on(t, "host3"), 3);
	assert_int_equal(records_on(t, "host2", "SHUTDOWN"), 0);
}
