/* SPDX-License-Identifier: MIT */
/*
 * The layout with columns. Not for: which fields an event has (event/).
 */
#include "conformance/cases/records.h"

/* seaudit/padded/2, seaudit/padded/3: the two documented samples. */
CASE(samples, REQUIREMENTS("seaudit/padded/1", "seaudit/padded/2", "seaudit/padded/3",
			   "seaudit/padded/4", "seaudit/padded/5", "seaudit/padded/6",
			   "seaudit/padded/7", "seaudit/padded/8", "seaudit/padded/9"))
{
	static const struct example rows[] = {
		{RECORD_AT("19 Dec 2008", "16:46:47", "resource", "P",
			   "'class':'WINSERVICE','user':'TM123VM-AC\\\\Administrator',"
			   "'access':'Read','stage':1059,'reason':2,'resource':'VMTools',"
			   "'program':'C:\\\\WINDOWS\\\\system32\\\\services.exe',"
			   "'terminal':'TM123VM-AC','origin':'windows'"),
		 "19 Dec 2008 16:46:47 P WINSERVICE   TM123VM-AC\\Administrator Read     1059  2 "
		 "VMTools              C:\\WINDOWS\\system32\\services.exe TM123VM-AC"},
		{RECORD_AT("19 Dec 2008", "16:46:53", "login", "P",
			   "'user':'TM123VM-AC\\\\Administrator','stage':55,'reason':2,"
			   "'terminal':'TM123VM-AC','origin':'windows',"
			   "'program':'C:\\\\WINDOWS\\\\system32\\\\lsass.exe'"),
		 "19 Dec 2008 16:46:53 P LOGIN        TM123VM-AC\\Administrator   55  2 "
		 "TM123VM-AC           C:\\WINDOWS\\system32\\lsass.exe"},
	};

	assert_lines(t, rows, "-a", "-padded");
}

/* seaudit/padded/10, seaudit/padded/12..15: other events; columns they do not have are not there,
 * and nothing follows the last one. */
CASE(other_events, REQUIREMENTS("seaudit/padded/10", "seaudit/padded/12", "seaudit/padded/13",
				"seaudit/padded/14", "seaudit/padded/15"))
{
	static const struct example rows[] = {
		{RECORD_AT("24 Sep 2008", "15:40:46", "shutdown", "M",
			   "'user':'root','stage':452,'service':'seosd'"),
		 "24 Sep 2008 15:40:46 M SHUTDOWN     root                      452 seosd"},
		{RECORD("start", "M", "'service':'seoswd'"),
		 "02 Nov 2008 15:41:06 M START        seoswd"},
		{RECORD_AT("29 Jan 2009", "17:23:33", "logout", "O",
			   "'user':'root','stage':49,'reason':2,'terminal':'computer.com'"),
		 "29 Jan 2009 17:23:33 O LOGOUT       root                       49  2 "
		 "computer.com"},
		{RECORD("inbound", "D",
			"'class':'HOST','service':'telnet','stage':421,'reason':2,"
			"'host':'computer.com','program':'/usr/sbin/inetd'"),
		 "02 Nov 2008 15:41:06 D HOST         telnet                421  2 "
		 "computer.com         /usr/sbin/inetd"},
		{RECORD("admin", "S",
			"'class':'USER','user':'root','stage':305,'reason':0,'resource':'tst001',"
			"'terminal':'localhost','command':'newusr tst001'"),
		 "02 Nov 2008 15:41:06 S UPDATE       USER         root                      "
		 "305  0 tst001               localhost            newusr tst001"},
		{RECORD_AT("10 Nov 2024", "05:47:22", "check", "F",
			   "'user':'root','access':'Scan','stage':339,'reason':0,"
			   "'resource':'SEOS_syscall','program':'unload'"),
		 "10 Nov 2024 05:47:22 F CHECK        root                     Scan      339  0 "
		 "SEOS_syscall         unload"},
	};

	assert_lines(t, rows, "-a", "-padded");
}

/* seaudit/padded/11: values wider than their columns, and as wide as they are. */
CASE(overflow, REQUIREMENTS("seaudit/padded/11"))
{
	static const struct example rows[] = {
		{RECORD("resource", "D",
			"'class':'SPECIALPROGRAM','user':'a.user.with.25.characters',"
			"'access':'Levitate!','stage':12345,'reason':123,"
			"'resource':'/a/path/of/21/charact','program':'/bin/ed'"),
		 "02 Nov 2008 15:41:06 D SPECIALPROGRAM a.user.with.25.characters Levitate! 12345 "
		 "123 /a/path/of/21/charact /bin/ed"},
		{RECORD("resource", "D",
			"'class':'SPECIALPGM12','user':'a.user.of.24.characters.',"
			"'access':'Levitate','stage':1234,'reason':12,"
			"'resource':'/a/path/of/20/charac','program':'/bin/ed'"),
		 "02 Nov 2008 15:41:06 D SPECIALPGM12 a.user.of.24.characters. Levitate 1234 12 "
		 "/a/path/of/20/charac /bin/ed"},
	};

	assert_lines(t, rows, "-a", "-padded");
}
