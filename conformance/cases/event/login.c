/* SPDX-License-Identifier: MIT */
/*
 * LOGIN records as seaudit shows them. Not for: which logins leave one.
 */
#include "conformance/cases/records.h"

/* event/login/1: the fields and their order; permitted, denied and in warning mode. */
CASE(fields, REQUIREMENTS("event/login/1", "event/login/2", "event/login/4"))
{
	static const struct example rows[] = {
		{RECORD("login", "P",
			"'user':'root','session':'48da26ce:00000142','stage':11,'reason':2,"
			"'terminal':'computer.com','program':'SSH'"),
		 "02 Nov 2008 15:41:06 P LOGIN root 48da26ce:00000142 11 2 computer.com SSH"},
		{RECORD("login", "D",
			"'user':'tst001','session':'48da26ce:00000143','stage':5,'reason':2,"
			"'terminal':'tty1','program':'/usr/bin/login','os_user':true"),
		 "02 Nov 2008 15:41:06 D LOGIN tst001 48da26ce:00000143 5 2 tty1 /usr/bin/login "
		 "(OS user)"},
		{RECORD("login", "W",
			"'user':'tst002','session':'48da26ce:00000144','stage':204,'reason':2,"
			"'terminal':'tty2','program':'/usr/bin/login'"),
		 "02 Nov 2008 15:41:06 W LOGIN tst002 48da26ce:00000144 204 2 tty2 "
		 "/usr/bin/login"},
	};

	assert_lines(t, rows, "-a", "-sessionid");
}

/* event/login/5: the documented example, whose stage is no login code. */
CASE(resource_stage, REQUIREMENTS("event/login/5", "event/login/4"))
{
	static const struct example rows[] = {
		{RECORD_AT("19 Dec 2008", "16:46:53", "login", "P",
			   "'user':'TM123VM-AC\\\\Administrator','stage':55,'reason':2,"
			   "'terminal':'TM123VM-AC','origin':'windows',"
			   "'program':'C:\\\\WINDOWS\\\\system32\\\\lsass.exe'"),
		 "19 Dec 2008 16:46:53 P LOGIN TM123VM-AC\\Administrator 55 2 TM123VM-AC "
		 "C:\\WINDOWS\\system32\\lsass.exe"},
	};

	assert_lines(t, rows, "-a");
}
