/* SPDX-License-Identifier: MIT */
/*
 * Trace records of users: as seaudit shows them, and what leaves one. Not for: the trace file
 * (secons/other).
 */
#include "conformance/cases/records.h"

#include "conformance/cases/product.h"

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

/* event/trace/6, event/trace/7: of who is to be traced, each decision, and of nobody else. */
CASE(of_a_user, REQUIREMENTS("event/trace/6", "event/trace/7"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	const struct result *r;

	start_product(t);
	dir_make(t, "/var/run/box");
	file_write(t, "/var/run/box/f", "secret\n");
	file_chmod(t, "/var/run/box/f", 0666);
	run_ok(t, "selang", "-c",
	       "editusr root auditor; chusr tst002 audit(trace); newres FILE /var/run/box/f "
	       "defacc(read)");
	run_as(t, as("tst002"), "sh", "-c", "cat /var/run/box/f; echo >/var/run/box/f");
	run_as(t, as("tst003"), "sh", "-c", "cat /var/run/box/f; echo >/var/run/box/f");
	wait_until(t, 10, record_count(t, "D FILE tst003 .*") == 1);
	r = run_ok(t, "seaudit", "-trace");
	assert_int_equal(text_match_count(r->out,
					  " P TRACE tst002 tst002 tst002 FILE /var/run/box/f 59 - "
					  "Result: 'P' .stage=59. tst002 Read /var/run/box/f, "),
			 1);
	assert_int_equal(text_match_count(r->out,
					  " D TRACE tst002 tst002 tst002 FILE /var/run/box/f 59 - "
					  "Result: 'D' .stage=59. tst002 Write /var/run/box/f, "),
			 1);
	assert_int_equal(text_line_count(r->out), 2);
	assert_int_equal(record_count(t, "[A-Z] FILE tst002 .*"), 0);
}
