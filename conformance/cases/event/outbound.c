/* SPDX-License-Identifier: MIT */
/*
 * Records of outbound connections as seaudit shows them. Not for: which connections leave one.
 */
#include "conformance/cases/records.h"

/* event/outbound/1: the fields and their order, in both forms, with each letter. */
CASE(fields, REQUIREMENTS("event/outbound/1", "event/outbound/2", "event/outbound/3"))
{
	static const struct example rows[] = {
		{RECORD("outbound", "D",
			"'class':'HOST','service':'telnet','user':'tst001','stage':421,"
			"'reason':2,'host':'computer.com','program':'/usr/bin/telnet',"
			"'terminal':'tty1','os_user':true"),
		 "02 Nov 2008 15:41:06 D HOST telnet tst001 421 2 computer.com /usr/bin/telnet "
		 "tty1 (OS user)"},
		{RECORD("outbound", "P",
			"'class':'TCP','service':'telnet','user':'tst001','stage':409,"
			"'reason':2,'host':'computer.com','program':'/usr/bin/telnet',"
			"'terminal':'tty1'"),
		 "02 Nov 2008 15:41:06 P TCP telnet tst001 409 2 computer.com /usr/bin/telnet "
		 "tty1"},
		{RECORD("outbound", "W",
			"'class':'TCP','service':'ftp','user':'tst002','stage':409,"
			"'reason':2,'host':'computer.com','program':'/usr/bin/ftp',"
			"'terminal':'tty2'"),
		 "02 Nov 2008 15:41:06 W TCP ftp tst002 409 2 computer.com /usr/bin/ftp tty2"},
	};

	assert_lines(t, rows, "-a", "-c");
}
