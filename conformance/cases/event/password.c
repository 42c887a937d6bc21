/* SPDX-License-Identifier: MIT */
/*
 * Records of password verifications as seaudit shows them. Not for: what makes a good password.
 */
#include "conformance/cases/records.h"

/* event/password/1: the fields and their order. */
CASE(fields, REQUIREMENTS("event/password/1", "event/password/2", "event/password/4"))
{
	static const struct example rows[] = {
		{RECORD("password", "F", "'user':'tst001','stage':1,'reason':2"),
		 "02 Nov 2008 15:41:06 F PASSWORD tst001 1 2"},
		{RECORD("password", "F", "'user':'tst002','stage':24,'reason':2,'os_user':true"),
		 "02 Nov 2008 15:41:06 F PASSWORD tst002 24 2 (OS user)"},
	};

	assert_lines(t, rows, "-a");
}

/* event/password/3: its details are a password quality code, also where the number has another
 * meaning as a stage. */
CASE(quality, REQUIREMENTS("event/password/3"))
{
	const struct result *r;

	give_ok(t, AUDIT_LOG,
		RECORD("password", "F", "'user':'tst001','stage':3,'reason':2")
			RECORD("login", "D", "'user':'tst001','stage':3,'reason':2"));
	r = run_ok(t, "seaudit", "-a", "-detail");
	assert_line_count(r, "Details: Too few lowercase letters in password", 1);
	assert_line_count(r, "Details: Terminal checking for login terminal source", 1);
}
