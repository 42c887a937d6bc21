/* SPDX-License-Identifier: MIT */
/*
 * Records of resource accesses as seaudit shows them. Not for: which accesses leave one.
 */
#include "conformance/cases/records.h"

/* event/resource/1: the documented example. */
CASE(example, REQUIREMENTS("event/resource/1", "event/resource/2"))
{
	static const struct example rows[] = {
		{RECORD_AT("19 Dec 2008", "16:46:47", "resource", "P",
			   "'class':'WINSERVICE','user':'TM123VM-AC\\\\Administrator',"
			   "'access':'Read','stage':1059,'reason':2,'resource':'VMTools',"
			   "'program':'C:\\\\WINDOWS\\\\system32\\\\services.exe',"
			   "'terminal':'TM123VM-AC','origin':'windows'"),
		 "19 Dec 2008 16:46:47 P WINSERVICE TM123VM-AC\\Administrator Read 1059 2 VMTools "
		 "C:\\WINDOWS\\system32\\services.exe TM123VM-AC"},
	};

	assert_lines(t, rows, "-a");
}

/* event/resource/1: all the fields, in their order; event/resource/3: the three letters. */
CASE(fields, REQUIREMENTS("event/resource/1", "event/resource/2", "event/resource/3"))
{
	static const struct example rows[] = {
		{RECORD("resource", "P",
			"'class':'FILE','user':'tst001','session':'490dbb52:00000142',"
			"'access':'Write','stage':59,'reason':2,'resource':'/etc/hosts',"
			"'program':'/bin/ed','terminal':'tty1','effective_user':'root',"
			"'os_user':true"),
		 "02 Nov 2008 15:41:06 P FILE tst001 490dbb52:00000142 Write 59 2 /etc/hosts "
		 "/bin/ed tty1 root (OS user)"},
		{RECORD("resource", "D",
			"'class':'PROCESS','user':'tst002','session':'490dbb52:00000143',"
			"'access':'Kill','stage':62,'reason':0,'resource':'seosd',"
			"'program':'/bin/kill','terminal':'tty2','effective_user':'tst002'"),
		 "02 Nov 2008 15:41:06 D PROCESS tst002 490dbb52:00000143 Kill 62 0 seosd "
		 "/bin/kill tty2 tst002"},
		{RECORD("resource", "W",
			"'class':'PROGRAM','user':'tst003','session':'490dbb52:00000144',"
			"'access':'Exec','stage':250,'reason':2,'resource':'/usr/bin/su',"
			"'program':'/bin/sh','terminal':'tty3','effective_user':'tst003'"),
		 "02 Nov 2008 15:41:06 W PROGRAM tst003 490dbb52:00000144 Exec 250 2 /usr/bin/su "
		 "/bin/sh tty3 tst003"},
	};

	assert_lines(t, rows, "-a", "-sessionid");
}

/* event/resource/4: an access that nobody has heard of. */
CASE(unknown_access, REQUIREMENTS("event/resource/4"))
{
	static const struct example rows[] = {
		{RECORD("resource", "P",
			"'class':'FILE','user':'tst001','access':'Levitate','stage':59,"
			"'reason':2,'resource':'/etc/hosts','program':'/bin/ed'"),
		 "02 Nov 2008 15:41:06 P FILE tst001 Levitate 59 2 /etc/hosts /bin/ed"},
	};

	assert_lines(t, rows, "-a");
}
