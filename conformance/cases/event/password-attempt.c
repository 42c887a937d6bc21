/* SPDX-License-Identifier: MIT */
/*
 * Records of password attempts as seaudit shows them. Not for: when there is one.
 */
#include "conformance/cases/records.h"

/* event/password-attempt/1: the fields and their order, no session id among them. event/login/6:
 * the letter tells attempts from logins, the event does not. */
CASE(fields, REQUIREMENTS("event/password-attempt/1", "event/password-attempt/2",
			  "event/password-attempt/4", "event/login/6"))
{
	static const struct example rows[] = {
		{RECORD("password-attempt", "A",
			"'user':'tst001','stage':8,'reason':2,'terminal':'computer.com',"
			"'program':'/usr/bin/login'"),
		 "02 Nov 2008 15:41:06 A LOGIN tst001 8 2 computer.com /usr/bin/login"},
		{RECORD("password-attempt", "A",
			"'user':'tst002','stage':8,'reason':2,'terminal':'computer.com',"
			"'program':'/usr/bin/login','os_user':true"),
		 "02 Nov 2008 15:41:06 A LOGIN tst002 8 2 computer.com /usr/bin/login (OS user)"},
		{RECORD("login", "P",
			"'user':'tst001','session':'490dbb52:00000142','stage':19,'reason':2,"
			"'terminal':'computer.com','program':'/usr/bin/login'"),
		 "02 Nov 2008 15:41:06 P LOGIN tst001 490dbb52:00000142 19 2 computer.com "
		 "/usr/bin/login"},
	};

	assert_lines(t, rows, "-a", "-sessionid");
}
