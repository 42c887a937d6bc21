/* SPDX-License-Identifier: MIT */
/*
 * LOGOUT records as seaudit shows them. Not for: when a session ends.
 */
#include "conformance/cases/records.h"

#define LOGOUT                                                                                     \
	RECORD_AT("29 Jan 2009", "17:23:33", "logout", "O",                                        \
		  "'user':'root','session':'4981e6f5:00000a01','stage':49,'reason':2,"             \
		  "'terminal':'computer.com'")

/* event/logout/1: the documented example. */
CASE(example, REQUIREMENTS("event/logout/1", "event/logout/2", "event/logout/3"))
{
	static const struct example rows[] = {
		{LOGOUT, "29 Jan 2009 17:23:33 O LOGOUT root 49 2 computer.com"},
	};

	assert_lines(t, rows, "-a");
}

/* event/logout/1: with the session id, and of an enterprise user. */
CASE(fields, REQUIREMENTS("event/logout/1"))
{
	static const struct example rows[] = {
		{LOGOUT, "29 Jan 2009 17:23:33 O LOGOUT root 4981e6f5:00000a01 49 2 computer.com"},
		{RECORD("logout", "O",
			"'user':'tst002','session':'4981e6f5:00000a02','stage':49,'reason':2,"
			"'terminal':'computer.com','os_user':true"),
		 "02 Nov 2008 15:41:06 O LOGOUT tst002 4981e6f5:00000a02 49 2 computer.com "
		 "(OS user)"},
	};

	assert_lines(t, rows, "-a", "-sessionid");
}

/* event/logout/7: what the stage of the example means. */
CASE(stage, REQUIREMENTS("event/logout/7"))
{
	const struct result *r;

	give_ok(t, AUDIT_LOG, LOGOUT);
	r = run_ok(t, "seaudit", "-a", "-detail");
	assert_line(r, "Details: Logout detected after last process terminated");
}
