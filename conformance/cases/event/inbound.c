/* SPDX-License-Identifier: MIT */
/*
 * Records of inbound connections as seaudit shows them. Not for: which connections leave one.
 */
#include "conformance/cases/records.h"

/* event/inbound/1: the fields and their order, in both forms, with each letter. */
CASE(fields, REQUIREMENTS("event/inbound/1", "event/inbound/2", "event/inbound/3"))
{
	static const struct example rows[] = {
		{RECORD("inbound", "D",
			"'class':'HOST','service':'telnet','stage':421,'reason':2,"
			"'host':'computer.com','program':'/usr/sbin/inetd'"),
		 "02 Nov 2008 15:41:06 D HOST telnet 421 2 computer.com /usr/sbin/inetd"},
		{RECORD("inbound", "P",
			"'class':'TCP','service':'telnet','stage':409,'reason':2,"
			"'host':'computer.com','program':'/usr/sbin/inetd'"),
		 "02 Nov 2008 15:41:06 P TCP telnet 409 2 computer.com /usr/sbin/inetd"},
		{RECORD("inbound", "W",
			"'class':'TCP','service':'ftp','stage':409,'reason':2,"
			"'host':'computer.com','program':'/usr/sbin/vsftpd'"),
		 "02 Nov 2008 15:41:06 W TCP ftp 409 2 computer.com /usr/sbin/vsftpd"},
	};

	assert_lines(t, rows, "-a", "-c");
}
