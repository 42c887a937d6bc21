/* SPDX-License-Identifier: MIT */
/*
 * The layout with a label a line. Not for: what the events mean (event/).
 */
#include "conformance/cases/records.h"

#define SHUTDOWN                                                                                   \
	RECORD_AT("24 Sep 2008", "15:40:46", "shutdown", "M",                                      \
		  "'user':'root','session':'48da26ce:00000142','stage':452,'service':'seosd'")
#define SHUTDOWN_DENIED                                                                            \
	RECORD_AT("24 Sep 2008", "15:40:46", "shutdown", "D",                                      \
		  "'user':'tst002','stage':460,'service':'seosd'")
#define SHUTDOWN_WINDOWS                                                                           \
	RECORD_AT("23 Dec 2008", "12:56:20", "shutdown", "D",                                      \
		  "'user':'tst002','session':'00000000:04c240d5','stage':460,"                     \
		  "'service':'seosd','origin':'windows'")

/* seaudit/detail/9, seaudit/detail/10: the documented shutdowns as the newer product writes them,
 * on UNIX and on Windows. */
CASE(shutdown_pamsc, REQUIREMENTS("seaudit/detail/1", "seaudit/detail/2", "seaudit/detail/3",
				  "seaudit/detail/4", "seaudit/detail/5", "seaudit/detail/6",
				  "seaudit/detail/7", "seaudit/detail/9", "seaudit/detail/10",
				  "seaudit/detail/15", "seaudit/detail/16", "seaudit/detail/17",
				  "seaudit/detail/19", "seaudit/detail/23", "seaudit/options/18",
				  "seaudit/options/19", "event/shutdown/13", "event/shutdown/16"))
{
	static const struct example rows[] = {
		{SHUTDOWN, "24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd\n"
			   "Event type: Daemon shutdown\n"
			   "User name: root\n"
			   "Daemon: seosd\n"
			   "Date: 24 Sep 2008\n"
			   "Time: 15:40:46\n"
			   "Details: User is ADMIN or SPECIAL\n"
			   "User Logon Session ID: 48da26ce:00000142\n"
			   "Audit flags: CA PAMSC database user"},
		{SHUTDOWN_WINDOWS, "23 Dec 2008 12:56:20 D SHUTDOWN tst002 460 seosd\n"
				   "Event type: Engine service shutdown\n"
				   "User name: tst002\n"
				   "Engine service: seosd\n"
				   "Date: 23 Dec 2008\n"
				   "Time: 12:56\n"
				   "Details: User is not allowed to shutdown CA PAMSC\n"
				   "User Logon Session ID: 00000000:04c240d5\n"
				   "Audit flags: AC database user"},
	};

	assert_detailed(t, rows, "-a");
}

/* seaudit/detail/20, seaudit/detail/23: the same as the older product writes them. */
CASE(shutdown_ac,
     REQUIREMENTS("seaudit/detail/9", "seaudit/detail/10", "seaudit/detail/20", "seaudit/detail/21",
		  "seaudit/detail/23", "seaudit/options/18", "event/shutdown/13"))
{
	static const struct example rows[] = {
		{SHUTDOWN, "24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd\n"
			   "Event type: Daemon shutdown\n"
			   "User name: root\n"
			   "Daemon: seosd\n"
			   "Date: 24 Sep 2008\n"
			   "Time: 15:40:46\n"
			   "Details: User is ADMIN or SPECIAL\n"
			   "User Logon Session ID: 48da26ce:00000142\n"
			   "Audit flags: CA Access Control database user"},
		{SHUTDOWN_WINDOWS, "23 Dec 2008 12:56:20 D SHUTDOWN tst002 460 seosd\n"
				   "Event type: Engine service shutdown\n"
				   "User name: tst002\n"
				   "Engine service: seosd\n"
				   "Date: 23 Dec 2008\n"
				   "Time: 12:56\n"
				   "Details: User is not allowed to shutdown CA Access Control\n"
				   "User Logon Session ID: 00000000:04c240d5\n"
				   "Audit flags: AC database user"},
	};

	assert_detailed(t, rows, "-a", "-brand", "ac");
}

/* seaudit/detail/25: a label without a value is not there. */
CASE(no_value, REQUIREMENTS("seaudit/detail/9", "seaudit/detail/25"))
{
	static const struct example rows[] = {
		{SHUTDOWN_DENIED, "24 Sep 2008 15:40:46 D SHUTDOWN tst002 460 seosd\n"
				  "Event type: Daemon shutdown\n"
				  "User name: tst002\n"
				  "Daemon: seosd\n"
				  "Date: 24 Sep 2008\n"
				  "Time: 15:40:46\n"
				  "Details: User is not allowed to shutdown CA PAMSC\n"
				  "Audit flags: CA PAMSC database user"},
	};

	assert_detailed(t, rows, "-a");
}

/* seaudit/detail/11: the documented LOGOUT; seaudit/detail/8, seaudit/detail/12: it has a reason
 * and a session id, which the detailed record does not show. */
CASE(logout, REQUIREMENTS("seaudit/detail/8", "seaudit/detail/11", "seaudit/detail/12",
			  "seaudit/detail/17", "seaudit/detail/21"))
{
	static const struct example rows[] = {
		{RECORD_AT("29 Jan 2009", "17:23:33", "logout", "O",
			   "'user':'root','session':'4981e6f5:00000a01','stage':49,'reason':2,"
			   "'terminal':'computer.com'"),
		 "29 Jan 2009 17:23:33 O LOGOUT root 49 2 computer.com\n"
		 "Event type: Logout\n"
		 "Status: Logout\n"
		 "User name: root\n"
		 "Terminal: computer.com\n"
		 "Date: 29 Jan 2009\n"
		 "Time: 17:23\n"
		 "Details: Logout detected after last process terminated\n"
		 "Audit flags: AC database user"},
	};

	assert_detailed(t, rows, "-a");
}

/* seaudit/detail/13: the documented START; seaudit/detail/14: of a Windows endpoint. */
CASE(start_record, REQUIREMENTS("seaudit/detail/13", "seaudit/detail/14", "seaudit/detail/17",
				"seaudit/detail/21", "seaudit/options/19"))
{
	static const struct example rows[] = {
		{RECORD("start", "M", "'service':'seoswd'"), "02 Nov 2008 15:41:06 M START seoswd\n"
							     "Event type: Daemon start\n"
							     "Daemon: seoswd\n"
							     "Date: 02 Nov 2008\n"
							     "Time: 15:41\n"
							     "Audit flags: AC database user"},
		{RECORD("start", "M", "'service':'seosd','origin':'windows'"),
		 "02 Nov 2008 15:41:06 M START seosd\n"
		 "Event type: Engine service start\n"
		 "Engine service: seosd\n"
		 "Date: 02 Nov 2008\n"
		 "Time: 15:41\n"
		 "Audit flags: AC database user"},
	};

	assert_detailed(t, rows, "-a");
}

/* seaudit/detail/24: events without a documented example: a scan, and the access it looks like. */
CASE(other_events, REQUIREMENTS("seaudit/detail/8", "seaudit/detail/18", "seaudit/detail/21",
				"seaudit/detail/24"))
{
	static const struct example rows[] = {
		{RECORD_AT("10 Nov 2024", "05:47:22", "check", "F",
			   "'user':'root','access':'Scan','stage':339,'reason':0,"
			   "'resource':'SEOS_syscall','program':'unload'"),
		 "10 Nov 2024 05:47:22 F CHECK root Scan 339 0 SEOS_syscall unload\n"
		 "Event type: Resource access\n"
		 "Status: Failed\n"
		 "Class: CHECK\n"
		 "User name: root\n"
		 "Access: Scan\n"
		 "Resource: SEOS_syscall\n"
		 "Program: unload\n"
		 "Date: 10 Nov 2024\n"
		 "Time: 05:47:22\n"
		 "Details: SEOS_syscall module unload readiness check\n"
		 "Audit flags: AC database user"},
		{RECORD("resource", "D",
			"'class':'FILE','user':'tst001','session':'490dbb52:00000142',"
			"'access':'Write','stage':59,'reason':2,'resource':'/etc/hosts',"
			"'program':'/bin/ed','terminal':'tty1'"),
		 "02 Nov 2008 15:41:06 D FILE tst001 Write 59 2 /etc/hosts /bin/ed tty1\n"
		 "Event type: Resource access\n"
		 "Status: Denied\n"
		 "Class: FILE\n"
		 "User name: tst001\n"
		 "Access: Write\n"
		 "Resource: /etc/hosts\n"
		 "Program: /bin/ed\n"
		 "Terminal: tty1\n"
		 "Date: 02 Nov 2008\n"
		 "Time: 15:41:06\n"
		 "Details: Resource UACC check\n"
		 "User Logon Session ID: 490dbb52:00000142\n"
		 "Audit flags: AC database user"},
	};

	assert_detailed(t, rows, "-a");
}

/* seaudit/detail/18, seaudit/detail/17: seconds of a LOGIN on UNIX, none on Windows. */
CASE(time, REQUIREMENTS("seaudit/detail/17", "seaudit/detail/18", "seaudit/detail/21"))
{
	const struct result *r;

	give_ok(t, AUDIT_LOG,
		RECORD("login", "P", "'user':'tst001','stage':19,'reason':2,'terminal':'tty1'"));
	r = run_ok(t, "seaudit", "-a", "-detail");
	assert_line(r, "Time: 15:41:06");
	assert_line_count(r, "Audit flags: AC database user", 1);
	give_ok(t, AUDIT_LOG,
		RECORD("login", "P",
		       "'user':'tst001','stage':19,'reason':2,'terminal':'tty1',"
		       "'origin':'windows'"));
	r = run_ok(t, "seaudit", "-a", "-detail");
	assert_line(r, "Time: 15:41");
	assert_line_count(r, "Audit flags: AC database user", 2);
}

/* seaudit/detail/22: users outside the database, in whatever event. */
CASE(os_user, REQUIREMENTS("seaudit/detail/22"))
{
	const struct result *r;

	give_ok(t, AUDIT_LOG,
		RECORD("shutdown", "D",
		       "'user':'tst003','stage':460,'service':'seosd','os_user':true")
			RECORD("login", "P", "'user':'tst003','stage':19,'os_user':true"));
	r = run_ok(t, "seaudit", "-a", "-detail");
	assert_line_count(r, "Audit flags: (OS user)", 2);
	assert_int_equal(text_match_count(r->out, "database user"), 0);
}

/* seaudit/detail/26: what each letter is called, which is what event/common/14 says it means. */
CASE(status_words, REQUIREMENTS("seaudit/detail/26", "event/common/14"))
{
	static const struct {
		const char *record;
		const char *word;
	} rows[] = {
		{RECORD("login", "D", "'user':'tst001','stage':5"), "Denied"},
		{RECORD("login", "P", "'user':'tst001','stage':19"), "Permitted"},
		{RECORD("login", "W", "'user':'tst001','stage':204"), "Warning"},
		{RECORD("login", "C", "'user':'tst001','stage':2"), "Error"},
		{RECORD("logout", "O", "'user':'tst001','stage':49"), "Logout"},
		{RECORD("login-enabled", "E", "'user':'tst001'"), "Login enabled"},
		{RECORD("login-disabled", "I", "'user':'tst001'"), "Login disabled"},
		{RECORD("password-attempt", "A", "'user':'tst001'"), "Password attempt"},
		{RECORD("untrust", "U",
			"'class':'PROGRAM','module':'seoswd','stage':1,'message':4,"
			"'resource':'/usr/bin/su'"),
		 "Untrust"},
		{RECORD("admin", "S", "'class':'USER','user':'root','resource':'tst001'"),
		 "Success"},
		{RECORD("admin", "F", "'class':'USER','user':'root','resource':'tst001'"),
		 "Failed"},
	};
	const char *given = "", *words = "", *shown = "";
	const struct result *r;

	for (size_t i = 0; i < ROWS(rows); i++) {
		given = text_format("%s%s", given, rows[i].record);
		words = text_format("%sStatus: %s\n", words, rows[i].word);
	}
	give_ok(t, AUDIT_LOG, given);
	r = run_ok(t, "seaudit", "-a", "-detail");
	for (unsigned n = 0; n < text_line_count(r->out); n++)
		if (strncmp(text_line(r->out, n), "Status: ", 8) == 0)
			shown = text_format("%s%s\n", shown, text_line(r->out, n));
	assert_text("labels Status", shown, words);
}

/* seaudit/detail/27: a stage without a known text. */
CASE(unknown_stage, REQUIREMENTS("seaudit/detail/27"))
{
	give_ok(t, AUDIT_LOG, RECORD("login", "P", "'user':'tst001','stage':1059"));
	assert_line(run_ok(t, "seaudit", "-a", "-detail"), "Details: 1059");
}
