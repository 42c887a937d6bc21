/* SPDX-License-Identifier: MIT */
/*
 * Records of the classes HOST and GHOST, as selang sets and shows them. Not for: shutting the hosts
 * down (secons/ghost).
 */
#include "conformance/cases/product.h"

static void define_hosts(struct target *t)
{
	run_ok(t, "selang", "-c",
	       "newusr root admin; newres HOST host1; newres HOST host2; newres HOST host3;"
	       "newres GHOST pair mem(host1,host2)");
}

#define show(t, name) run_ok(t, "selang", "-c", "showres GHOST " name)

/* access/ghost/1, access/selang/15: a group and its hosts; members come and go. */
CASE(members, REQUIREMENTS("access/ghost/1", "access/selang/15", "access/ghost/5"),
     .needs = CAP_ROOT)
{
	define_hosts(t);
	assert_line(show(t, "pair"), "Name: pair");
	assert_line(show(t, "pair"), "Members: host1, host2");
	run_ok(t, "selang", "-c", "editres GHOST pair mem(host3) mem-(host1)");
	assert_line(show(t, "pair"), "Members: host2, host3");
	run_ok(t, "selang", "-c", "editres GHOST new mem(host1)");
	assert_line(show(t, "new"), "Members: host1");
	assert_exit(run(t, "selang", "-c", "newres GHOST pair"), 1);
	assert_line(show(t, "pair"), "Members: host2, host3");
}

/* access/ghost/2, access/ghost/3: a host needs its record first, and a refusal changes nothing. */
CASE(undefined_host, REQUIREMENTS("access/ghost/2", "access/ghost/3"), .needs = CAP_ROOT)
{
	const struct result *r;

	define_hosts(t);
	r = run(t, "selang", "-c", "editres GHOST pair mem(host3,host4)");
	assert_exit(r, 1);
	assert_err_match(r, "host4");
	assert_line(show(t, "pair"), "Members: host1, host2");
	assert_exit(run(t, "selang", "-c", "newres GHOST other mem(host4)"), 1);
	assert_exit(run(t, "selang", "-c", "showres GHOST other"), 1);
}

/* access/ghost/4, access/selang/16: a host that is deleted is in no group any more. */
CASE(deleted_host, REQUIREMENTS("access/ghost/4", "access/selang/16"), .needs = CAP_ROOT)
{
	define_hosts(t);
	run_ok(t, "selang", "-c", "rmres HOST host1");
	assert_line(show(t, "pair"), "Members: host2");
	run_ok(t, "selang", "-c", "rr GHOST pair");
	assert_exit(run(t, "selang", "-c", "showres GHOST pair"), 1);
	assert_exit(run(t, "selang", "-c", "rmres HOST host1"), 1);
}
