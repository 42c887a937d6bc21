/* SPDX-License-Identifier: MIT */
/*
 * What records of all events have in common. Not for: the fields of one event.
 */
#include "conformance/cases/records.h"

#define START(date, time) RECORD_AT(date, time, "start", "M", "'service':'seosd'")
#define ERROR(type, fields) RECORD(type, "C", fields)

/* event/common/1..4: dates and times, every month, the first and last moments of days. */
CASE(moments, REQUIREMENTS("event/common/1", "event/common/2", "event/common/3", "event/common/4"))
{
	static const struct example rows[] = {
		{START("01 Jan 1999", "00:00:00"), "01 Jan 1999 00:00:00 M START seosd"},
		{START("29 Feb 2008", "00:00:01"), "29 Feb 2008 00:00:01 M START seosd"},
		{START("10 Mar 2008", "01:02:03"), "10 Mar 2008 01:02:03 M START seosd"},
		{START("20 Apr 2008", "11:59:59"), "20 Apr 2008 11:59:59 M START seosd"},
		{START("09 May 2008", "12:00:00"), "09 May 2008 12:00:00 M START seosd"},
		{START("30 Jun 2008", "12:59:59"), "30 Jun 2008 12:59:59 M START seosd"},
		{START("31 Jul 2008", "13:00:00"), "31 Jul 2008 13:00:00 M START seosd"},
		{START("15 Aug 2008", "15:30:00"), "15 Aug 2008 15:30:00 M START seosd"},
		{START("24 Sep 2008", "15:40:46"), "24 Sep 2008 15:40:46 M START seosd"},
		{START("01 Oct 2008", "20:10:00"), "01 Oct 2008 20:10:00 M START seosd"},
		{START("02 Nov 2008", "15:41:06"), "02 Nov 2008 15:41:06 M START seosd"},
		{START("31 Dec 2037", "23:59:59"), "31 Dec 2037 23:59:59 M START seosd"},
	};

	assert_lines(t, rows, "-a");
}

/* event/common/5: a reader in another time zone sees his own. Names of months stay (2). */
CASE(zones, REQUIREMENTS("event/common/5", "event/common/2"), .needs = CAP_SHELL)
{
	const char *command = text_format("TZ=%%s LC_ALL=de_DE.UTF-8 exec %s -a",
					  profile_command(t->profile, "seaudit"));
	const struct result *east;

	give_ok(t, AUDIT_LOG, START("31 Dec 2008", "15:41:06"));
	run_ok(t, "sh", "-c", "date");
	east = run_ok(t, "sh", "-c", text_format(command, "EAST-9"));
	(void)east;
}
