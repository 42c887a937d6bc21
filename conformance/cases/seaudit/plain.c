/* SPDX-License-Identifier: MIT */
/*
 * The default layout of seaudit. Not for: the fields of one event (event/).
 */
#include "conformance/cases/records.h"

/* seaudit/plain/1, seaudit/plain/2: a line a record, its fields separated by single blanks, nothing
 * around it; seaudit/plain/8: in the order written, which is not that of their times. */
CASE(lines, REQUIREMENTS("seaudit/plain/1", "seaudit/plain/2", "seaudit/plain/3", "seaudit/plain/4",
			 "seaudit/plain/6", "seaudit/plain/7", "seaudit/plain/8"))
{
	static const struct example rows[] = {
		{RECORD_AT("29 Jan 2009", "17:23:33", "logout", "O",
			   "'user':'root','stage':49,'reason':2,'terminal':'computer.com'"),
		 "29 Jan 2009 17:23:33 O LOGOUT root 49 2 computer.com"},
		{RECORD("start", "M", "'service':'seoswd'"), "02 Nov 2008 15:41:06 M START seoswd"},
		{RECORD_AT("24 Sep 2008", "15:40:46", "shutdown", "M",
			   "'user':'root','stage':452,'service':'seosd'"),
		 "24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd"},
		{RECORD_AT("10 Nov 2024", "05:47:22", "check", "F",
			   "'user':'root','access':'Scan','stage':339,'reason':0,"
			   "'resource':'SEOS_syscall','program':'unload'"),
		 "10 Nov 2024 05:47:22 F CHECK root Scan 339 0 SEOS_syscall unload"},
	};

	assert_lines(t, rows, "-a");
}

/* seaudit/plain/5: 1059 is 1059. */
CASE(large_stage, REQUIREMENTS("seaudit/plain/5"))
{
	static const struct example rows[] = {
		{RECORD("login", "P", "'user':'root','stage':1059,'reason':2,'terminal':'tty1'"),
		 "02 Nov 2008 15:41:06 P LOGIN root 1059 2 tty1"},
		{RECORD("login", "P", "'user':'root','stage':123456,'reason':2,'terminal':'tty1'"),
		 "02 Nov 2008 15:41:06 P LOGIN root 123456 2 tty1"},
	};

	assert_lines(t, rows, "-a");
}

/* seaudit/plain/9: a log without a record. */
CASE(empty_log, REQUIREMENTS("seaudit/plain/9"))
{
	const struct result *r;

	give_ok(t, AUDIT_LOG, "");
	r = run(t, "seaudit", "-a");
	assert_exit(r, 0);
	assert_out(r, "");
	assert_err(r, "");
}
