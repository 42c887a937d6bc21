/* SPDX-License-Identifier: MIT */
/*
 * Trace records of users as seaudit shows them. Not for: tracing itself.
 */
#include "conformance/cases/records.h"

#define TRACE(status, os_user)                                                                     \
	RECORD("trace", status,                                                                    \
	       "'user':'tst001','session':'490dbb52:00000142','effective_user':'root',"            \
	       "'real_user':'tst002','class':'FILE','resource':'/etc/hosts','stage':59,"           \
	       "'os_user':" os_user ",'trace':'a message'")

/* event/trace/1: the fields and their order, with each letter; seaudit/options/23: nothing else is
 * shown; event/trace/4, seaudit/options/14: names, no ids. */
CASE(fields, REQUIREMENTS("event/trace/1", "event/trace/2", "event/trace/4", "event/trace/5",
			  "seaudit/options/14", "seaudit/options/23"))
{
	static const struct example rows[] = {
		{TRACE("P", "false"), "02 Nov 2008 15:41:06 P TRACE tst001 490dbb52:00000142 root "
				      "tst002 FILE /etc/hosts 59 - a message"},
		{TRACE("D", "true"), "02 Nov 2008 15:41:06 D TRACE tst001 490dbb52:00000142 root "
				     "tst002 FILE /etc/hosts 59 (OS user) a message"},
		{TRACE("W", "false"), "02 Nov 2008 15:41:06 W TRACE tst001 490dbb52:00000142 root "
				      "tst002 FILE /etc/hosts 59 - a message"},
	};

	give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'seosd'"));
	assert_lines(t, rows, "-trace", "-sessionid");
}

/* event/trace/3: the detailed record has the message. */
CASE(message, REQUIREMENTS("event/trace/3"))
{
	give_ok(t, AUDIT_LOG, TRACE("P", "false"));
	assert_out_match(run_ok(t, "seaudit", "-trace", "-detail"), "^[A-Z][a-z ]*: a message$");
}
