/* SPDX-License-Identifier: MIT */
/*
 * What records of all events have in common. Not for: the fields of one event.
 */
#include "conformance/cases/records.h"

#define START(date, time) RECORD_AT(date, time, "start", "M", "'service':'seosd'")

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

static const char *in_zone(struct target *t, const char *zone, const char *command,
			   const char *arguments)
{
	return text_format("TZ=%s LC_ALL=de_DE.UTF-8 exec %s %s", zone,
			   profile_command(t->profile, command), arguments);
}

/* event/common/5: whoever reads in another time zone sees the time there. event/common/2: another
 * locale changes nothing. */
CASE(zones, REQUIREMENTS("event/common/5", "event/common/2"), .needs = CAP_SHELL)
{
	const struct run_options record = {.input = records_json(START("31 Dec 2008", "15:41:06"))};

	give_ok(t, AUDIT_LOG, ""); /* is there a selogimport at all? */
	assert_exit(run_as(t, &record, "sh", "-c", in_zone(t, "UTC0", "selogimport", AUDIT_LOG)),
		    0);
	assert_out(run_ok(t, "sh", "-c", in_zone(t, "UTC0", "seaudit", "-a")),
		   "31 Dec 2008 15:41:06 M START seosd\n");
	assert_out(run_ok(t, "sh", "-c", in_zone(t, "EAST-9", "seaudit", "-a")),
		   "01 Jan 2009 00:41:06 M START seosd\n");
	assert_out(run_ok(t, "sh", "-c", in_zone(t, "WEST11:30", "seaudit", "-a")),
		   "31 Dec 2008 04:11:06 M START seosd\n");
}

/* event/common/6..10: status, type, user, stage and reason, each in its place. */
CASE(places, REQUIREMENTS("event/common/6", "event/common/7", "event/common/8", "event/common/9",
			  "event/common/10"))
{
	static const struct example rows[] = {
		{RECORD("logout", "O",
			"'user':'tst001','stage':49,'reason':2,'terminal':'computer.com'"),
		 "02 Nov 2008 15:41:06 O LOGOUT tst001 49 2 computer.com"},
		{RECORD("shutdown", "D", "'user':'tst002','stage':460,'service':'seosd'"),
		 "02 Nov 2008 15:41:06 D SHUTDOWN tst002 460 seosd"},
	};

	assert_lines(t, rows, "-a");
}

/* event/common/11..13: an enterprise user is marked at the end, an internal one is not. */
CASE(audit_flags, REQUIREMENTS("event/common/11", "event/common/12", "event/common/13"))
{
	static const struct example rows[] = {
		{RECORD("shutdown", "D", "'user':'tst001','stage':460,'service':'seosd'"),
		 "02 Nov 2008 15:41:06 D SHUTDOWN tst001 460 seosd"},
		{RECORD("shutdown", "D",
			"'user':'tst002','stage':460,'service':'seosd','os_user':true"),
		 "02 Nov 2008 15:41:06 D SHUTDOWN tst002 460 seosd (OS user)"},
		{RECORD("logout", "O",
			"'user':'tst001','stage':49,'reason':2,'terminal':'computer.com'"),
		 "02 Nov 2008 15:41:06 O LOGOUT tst001 49 2 computer.com"},
		{RECORD("logout", "O",
			"'user':'tst002','stage':49,'reason':2,'terminal':'computer.com',"
			"'os_user':true"),
		 "02 Nov 2008 15:41:06 O LOGOUT tst002 49 2 computer.com (OS user)"},
	};

	assert_lines(t, rows, "-a");
}

/* event/common/15: a record of any type about an error. */
CASE(errors, REQUIREMENTS("event/common/15"))
{
	static const struct example rows[] = {
		{RECORD("login", "C",
			"'user':'tst001','stage':2,'reason':0,'terminal':'tty1','program':'SSH'"),
		 "02 Nov 2008 15:41:06 C LOGIN tst001 2 0 tty1 SSH"},
		{RECORD("logout", "C", "'user':'tst001','stage':49,'reason':0,'terminal':'tty1'"),
		 "02 Nov 2008 15:41:06 C LOGOUT tst001 49 0 tty1"},
		{RECORD("resource", "C",
			"'class':'FILE','user':'tst001','access':'Read','stage':59,'reason':0,"
			"'resource':'/etc/hosts','program':'/bin/ed'"),
		 "02 Nov 2008 15:41:06 C FILE tst001 Read 59 0 /etc/hosts /bin/ed"},
		{RECORD("untrust", "C",
			"'class':'PROGRAM','module':'seoswd','stage':1,'message':0,"
			"'resource':'/usr/bin/su'"),
		 "02 Nov 2008 15:41:06 C PROGRAM seoswd 1 0 /usr/bin/su"},
		{RECORD("inbound", "C",
			"'class':'HOST','service':'ftp','stage':421,'reason':0,"
			"'host':'computer.com','program':'/usr/sbin/vsftpd'"),
		 "02 Nov 2008 15:41:06 C HOST ftp 421 0 computer.com /usr/sbin/vsftpd"},
		{RECORD("admin", "C",
			"'class':'USER','user':'root','stage':337,'reason':0,'resource':'tst001',"
			"'terminal':'localhost','command':'newusr tst001'"),
		 "02 Nov 2008 15:41:06 C UPDATE USER root 337 0 tst001 localhost newusr tst001"},
		{RECORD("start", "C", "'service':'seosd'"), "02 Nov 2008 15:41:06 C START seosd"},
		{RECORD("shutdown", "C", "'user':'root','stage':452,'service':'seosd'"),
		 "02 Nov 2008 15:41:06 C SHUTDOWN root 452 seosd"},
		{RECORD("password", "C", "'user':'tst001','stage':100,'reason':0"),
		 "02 Nov 2008 15:41:06 C PASSWORD tst001 100 0"},
		{RECORD("check", "C",
			"'user':'root','access':'Scan','stage':339,'reason':0,"
			"'resource':'SEOS_syscall','program':'unload'"),
		 "02 Nov 2008 15:41:06 C CHECK root Scan 339 0 SEOS_syscall unload"},
	};

	assert_lines(t, rows, "-a");
}

/* event/common/16: a letter, a stage and a reason that nobody knows. */
CASE(unknown_values, REQUIREMENTS("event/common/16"))
{
	static const struct example rows[] = {
		{RECORD("login", "X",
			"'user':'tst001','stage':4711,'reason':93,'terminal':'tty1',"
			"'program':'SSH'"),
		 "02 Nov 2008 15:41:06 X LOGIN tst001 4711 93 tty1 SSH"},
	};

	assert_lines(t, rows, "-a");
}

/* event/common/17, event/common/18: missing values at the end and before others. */
CASE(empty_fields, REQUIREMENTS("event/common/17", "event/common/18"))
{
	static const struct example rows[] = {
		{RECORD("login", "P", "'user':'tst001','stage':19,'reason':2"),
		 "02 Nov 2008 15:41:06 P LOGIN tst001 19 2"},
		{RECORD("login", "P", "'user':'tst001','stage':19,'reason':2,'program':'SSH'"),
		 "02 Nov 2008 15:41:06 P LOGIN tst001 19 2 - SSH"},
		{RECORD("resource", "P",
			"'class':'FILE','user':'tst001','access':'Read','stage':59,'reason':2,"
			"'resource':'/etc/hosts','effective_user':'root'"),
		 "02 Nov 2008 15:41:06 P FILE tst001 Read 59 2 /etc/hosts - - root"},
		{RECORD("login", "P", "'user':'tst001','stage':19,'reason':2,'os_user':true"),
		 "02 Nov 2008 15:41:06 P LOGIN tst001 19 2 - - (OS user)"},
	};

	assert_lines(t, rows, "-a");
}

/* event/common/19: blanks in values; event/common/20: what would end a line or move the cursor. */
CASE(awkward_values, REQUIREMENTS("event/common/19", "event/common/20"))
{
	static const struct example rows[] = {
		{RECORD("login", "P",
			"'user':'tst001','stage':19,'reason':2,'terminal':'TM123VM-AC',"
			"'program':'C:\\\\Program Files\\\\log  on.exe'"),
		 "02 Nov 2008 15:41:06 P LOGIN tst001 19 2 TM123VM-AC "
		 "C:\\Program Files\\log  on.exe"},
		{RECORD("login", "D",
			"'user':'a\\nb','stage':5,'reason':2,'terminal':'t\\ty','program':"
			"'\\u001b[2J\x7f'"),
		 "02 Nov 2008 15:41:06 D LOGIN a\\012b 5 2 t\\011y \\033[2J\\177"},
	};

	assert_lines(t, rows, "-a");
}
