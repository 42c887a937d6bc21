/* SPDX-License-Identifier: MIT */
/*
 * Untrust records as seaudit shows them. Not for: the watchdog, which finds what they say.
 */
#include "conformance/cases/records.h"

/* event/untrust/1: the documented example, and an error number of the other class. */
CASE(fields, REQUIREMENTS("event/untrust/1", "event/untrust/2", "event/untrust/3"))
{
	static const struct example rows[] = {
		{RECORD("untrust", "U",
			"'class':'PROGRAM','module':'seoswd','stage':1,'message':4,"
			"'resource':'/usr/bin/su'"),
		 "02 Nov 2008 15:41:06 U PROGRAM seoswd 1 4 /usr/bin/su"},
		{RECORD("untrust", "U",
			"'class':'SECFILE','module':'seoswd','stage':2,'message':13,"
			"'resource':'/etc/shadow'"),
		 "02 Nov 2008 15:41:06 U SECFILE seoswd 2 13 /etc/shadow"},
	};

	assert_lines(t, rows, "-a");
}
