/* SPDX-License-Identifier: MIT */
/*
 * Rules of class TERMINAL, and what they give to requests from other hosts. Not for: the other
 * rights such a request needs (secons/remote).
 */
#include "conformance/cases/hosts.h"

#define HERE TARGET_HOST_HERE

static const char *const one[] = {"host1"};

/* Asks a host that has these rules, and no others; returns the exit status. */
static int ask_with(struct target *t, const char *rules)
{
	const struct result *r;

	run_on(t, "host1", "selang", "-c", text_format("rmres TERMINAL " HERE "; %s", rules));
	r = run_as(t, typing, "secons", "-s", "host1");
	if (r->exit_status == 0)
		run_on(t, "host1", "seosd");
	return r->exit_status;
}

/* Which rules are enough, on the host that runs on. */
CASE(rules,
     REQUIREMENTS("access/terminal/1", "access/terminal/3", "access/terminal/4",
		  "access/terminal/5", "access/terminal/6", "access/terminal/10", "secons/remote/6",
		  "secons/remote/7", "secons/remote/8"),
     .needs = CAP_ROOT | CAP_HOSTS, .deadline_s = 120)
{
	static const struct {
		const char *rules;
		int status;
	} rows[] = {
		{"newres TERMINAL other; authorize TERMINAL other uid(root) access(all)", 1},
		{"newres TERMINAL " HERE, 1},
		{"newres TERMINAL " HERE " defacc(read,write)", 1},
		{"newres TERMINAL " HERE " defaccess(all)", 1},
		{"newres TERMINAL _default defacc(all)", 1},
		{"newres TERMINAL " HERE "; authorize TERMINAL " HERE " uid(root) access(read)", 1},
		{"editres TERMINAL " HERE "; authorize TERMINAL " HERE " uid(tst001) access(all)",
		 1},
		{"editres TERMINAL " HERE "; authorize TERMINAL " HERE " uid(root) access(none);"
		 "authorize TERMINAL " HERE " uid(*) access(all)",
		 1},
		{"newres TERMINAL " HERE "; auth TERMINAL " HERE " uid(root) access(write)", 0},
		{"newres TERMINAL " HERE "; auth TERMINAL " HERE " uid(root) access(r,w)", 0},
		{"newres TERMINAL " HERE "; auth TERMINAL " HERE " xuid(root) access(all)", 0},
		{"newres TERMINAL " HERE "; auth TERMINAL " HERE " uid(*) access(w)", 0},
	};
	unsigned refused = 0;

	hosts_start(t, one, 1);
	host_start(t, "host1", "");
	for (size_t i = 0; i < ROWS(rows); i++) {
		refused += (unsigned)rows[i].status;
		if (ask_with(t, rows[i].rules) != rows[i].status)
			fail_msg("%s: not %d", rows[i].rules, rows[i].status);
		if (rows[i].status)
			run_on(t, "host1", "selang", "-c", "editres TERMINAL " HERE);
		assert_int_equal(records_on(t, "host1", "D SHUTDOWN root 460 seosd"), refused);
	}
}

/* access/selang/13, access/selang/14: the documented examples, word for word. */
CASE(examples, REQUIREMENTS("access/selang/13", "access/selang/14", "access/terminal/8"),
     .needs = CAP_ROOT)
{
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin; newusr ADMIN1 admin");
	run_ok(t, "selang", "-c", "newres TERMINAL tty13 defacc(read)");
	run_ok(t, "selang", "-c", "authorize TERMINAL tty13 uid(ADMIN1) access(r,w)");
	r = run_ok(t, "selang", "-c", "showres TERMINAL tty13");
	assert_line(r, "Class: TERMINAL");
	assert_line(r, "Name: tty13");
	assert_line(r, "Owner: root");
	assert_line(r, "Default access: read");
	assert_line(r, "Access: ADMIN1 read,write");
	run_ok(t, "selang", "-c", "er terminal my_terminal owner(nobody) defaccess(r)");
	run_ok(t, "selang", "-c", "auth terminal my_terminal xuid(my_user) access(all)");
	r = run_ok(t, "selang", "-c", "sr terminal my_terminal");
	assert_line(r, "Owner: nobody");
	assert_line(r, "Access: my_user read,write");
	assert_exit(run(t, "selang", "-c", "authorize TERMINAL tty13 uid(nobody1) access(r)"), 1);
	assert_exit(run(t, "selang", "-c", "authorize TERMINAL tty14 uid(ADMIN1) access(r)"), 1);
	run_ok(t, "selang", "-c", "authorize- TERMINAL tty13 uid(ADMIN1)");
	assert_no_line(run_ok(t, "selang", "-c", "sr TERMINAL tty13"), "Access: ADMIN1 read,write");
}

/* access/terminal/11: set with a new record or later, kept by a change of something else, ended. */
CASE(warning, REQUIREMENTS("access/terminal/11"), .needs = CAP_ROOT)
{
	static const struct {
		const char *command;
		int shown;
	} rows[] = {
		{"newres TERMINAL tty13", 0},
		{"editres TERMINAL tty13 warning", 1},
		{"er TERMINAL tty13 defacc(r)", 1},
		{"er TERMINAL tty13 warning-", 0},
		{"rr TERMINAL tty13; nr TERMINAL tty13 warning", 1},
	};

	run_ok(t, "selang", "-c", "newusr root admin; newres FILE /tmp/f warning");
	for (size_t i = 0; i < ROWS(rows); i++) {
		run_ok(t, "selang", "-c", rows[i].command);
		assert_line_count(run_ok(t, "selang", "-c", "showres TERMINAL tty13"),
				  "Warning mode: yes", rows[i].shown);
	}
	assert_line(run_ok(t, "selang", "-c", "showres FILE /tmp/f"), "Warning mode: yes");
	assert_exit(run(t, "selang", "-c", "newres HOST h warning"), 1);
}

/* access/terminal/9: who comes back under the name of a deleted user has none of his rules. */
CASE(deleted_user, REQUIREMENTS("access/terminal/9"), .needs = CAP_ROOT)
{
	run_ok(t, "selang", "-c",
	       "newusr root admin; newusr a admin; newres TERMINAL t;"
	       "authorize TERMINAL t uid(a) access(all)");
	run_ok(t, "selang", "-c", "rmusr a; newusr a");
	assert_no_line(run_ok(t, "selang", "-c", "showres TERMINAL t"), "Access: a read,write");
}
