/* SPDX-License-Identifier: MIT */
/*
 * Records of resource accesses: as seaudit shows them, and which accesses to files leave one. Not
 * for: what is permitted (access/file).
 */
#include "conformance/cases/records.h"

#include "conformance/cases/logins.h"

/* event/resource/1: the documented example. */
CASE(example, REQUIREMENTS("event/resource/1", "event/resource/2"))
{
	static const struct example rows[] = {
		{RECORD_AT("19 Dec 2008", "16:46:47", "resource", "P",
			   "'class':'WINSERVICE','user':'TM123VM-AC\\\\Administrator',"
			   "'access':'Read','stage':1059,'reason':2,'resource':'VMTools',"
			   "'program':'C:\\\\WINDOWS\\\\system32\\\\services.exe',"
			   "'terminal':'TM123VM-AC','origin':'windows'"),
		 "19 Dec 2008 16:46:47 P WINSERVICE TM123VM-AC\\Administrator Read 1059 2 VMTools "
		 "C:\\WINDOWS\\system32\\services.exe TM123VM-AC"},
	};

	assert_lines(t, rows, "-a");
}

/* event/resource/1: all the fields, in their order; event/resource/3: the three letters. */
CASE(fields, REQUIREMENTS("event/resource/1", "event/resource/2", "event/resource/3"))
{
	static const struct example rows[] = {
		{RECORD("resource", "P",
			"'class':'FILE','user':'tst001','session':'490dbb52:00000142',"
			"'access':'Write','stage':59,'reason':2,'resource':'/etc/hosts',"
			"'program':'/bin/ed','terminal':'tty1','effective_user':'root',"
			"'os_user':true"),
		 "02 Nov 2008 15:41:06 P FILE tst001 490dbb52:00000142 Write 59 2 /etc/hosts "
		 "/bin/ed tty1 root (OS user)"},
		{RECORD("resource", "D",
			"'class':'PROCESS','user':'tst002','session':'490dbb52:00000143',"
			"'access':'Kill','stage':62,'reason':0,'resource':'seosd',"
			"'program':'/bin/kill','terminal':'tty2','effective_user':'tst002'"),
		 "02 Nov 2008 15:41:06 D PROCESS tst002 490dbb52:00000143 Kill 62 0 seosd "
		 "/bin/kill tty2 tst002"},
		{RECORD("resource", "W",
			"'class':'PROGRAM','user':'tst003','session':'490dbb52:00000144',"
			"'access':'Exec','stage':250,'reason':2,'resource':'/usr/bin/su',"
			"'program':'/bin/sh','terminal':'tty3','effective_user':'tst003'"),
		 "02 Nov 2008 15:41:06 W PROGRAM tst003 490dbb52:00000144 Exec 250 2 /usr/bin/su "
		 "/bin/sh tty3 tst003"},
	};

	assert_lines(t, rows, "-a", "-sessionid");
}

/* event/resource/4: an access that nobody has heard of. */
CASE(unknown_access, REQUIREMENTS("event/resource/4"))
{
	static const struct example rows[] = {
		{RECORD("resource", "P",
			"'class':'FILE','user':'tst001','access':'Levitate','stage':59,"
			"'reason':2,'resource':'/etc/hosts','program':'/bin/ed'"),
		 "02 Nov 2008 15:41:06 P FILE tst001 Levitate 59 2 /etc/hosts /bin/ed"},
	};

	assert_lines(t, rows, "-a");
}

#define F    "/var/run/box/f"
#define READ "cat " F

/* A file, and a rule that lets root read it. */
static void file_start(struct target *t, const char *more)
{
	dir_make(t, "/var/run/box");
	file_write(t, F, "secret\n");
	file_chmod(t, F, 0666);
	run_ok(t, "selang", "-c",
	       text_format("newres FILE " F "; authorize FILE " F " uid(root) access(read); %s",
			   more));
}

/* event/resource/6, event/resource/7, event/resource/9: of what is refused, with all that is known
 * of who asked; by the default, by a rule; of what is permitted, nothing.
 */
CASE(refused,
     REQUIREMENTS("event/resource/6", "event/resource/7", "event/resource/9", "event/resource/3"),
     .needs = LOGIN_NEEDS)
{
	const struct result *r;

	logins_start(t);
	file_start(t, "authorize FILE " F " uid(tst002) access(write)");
	login_whole(t, "tst003", READ);
	run_as(t, as("tst002"), "sh", "-c", READ "; cat " F "2");
	run_ok(t, "sh", "-c", READ);
	run_as(t, as("tst003"), "sh", "-c", "echo >" F);
	wait_until(t, 10, record_count(t, "[A-Z] FILE .*") == 3);
	assert_int_equal(record_count(t, "D FILE tst003 Read 59 2 " F " /[^ ]*/busybox "
					 "pts/[0-9]+ tst003 \\(OS user\\)"),
			 1);
	assert_int_equal(record_count(t, "D FILE tst002 Read 55 2 " F " /[^ ]*/busybox - tst002"),
			 1);
	assert_int_equal(record_count(t, "D FILE tst003 Write 59 2 " F " /[^ ]*/busybox - tst003 "
					 "\\(OS user\\)"),
			 1);
	r = run_ok(t, "seaudit", "-a", "-sessionid");
	assert_int_equal(text_match_count(r->out, text_format("D FILE tst003 %s Read",
							      session_in(t, "LOGIN", 0))),
			 1);
}

/* event/resource/8, access/attributes/12: what the audit modes ask for, and no more. */
CASE(audit_modes, REQUIREMENTS("event/resource/8", "access/attributes/12"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	static const struct {
		const char *modes;
		unsigned refused, permitted;
	} rows[] = {{"none", 0, 0},        {"fail", 1, 0},
		    {"interactive", 0, 0}, {"fail,interactive", 1, 0},
		    {"success", 0, 1},     {"loginfail,loginsuccess", 0, 0}};
	unsigned refused = 0, permitted = 0;

	start_product(t);
	file_start(t, "authorize FILE " F " uid(tst002) access(read); editusr root auditor");
	for (size_t i = 0; i < ROWS(rows); i++) {
		run_ok(t, "selang", "-c", text_format("chusr tst002 audit(%s)", rows[i].modes));
		assert_exit(run_as(t, as("tst002"), "sh", "-c", READ), 0);
		assert_int_not_equal(run_as(t, as("tst002"), "sh", "-c", "echo >>" F)->exit_status,
				     0);
		assert_int_not_equal(run_as(t, as("tst003"), "sh", "-c", READ)->exit_status, 0);
		refused += rows[i].refused;
		permitted += rows[i].permitted;
		wait_until(t, 10, record_count(t, "D FILE tst003 .*") == i + 1);
		assert_int_equal(record_count(t, "D FILE tst002 Write 55 2 .*"), refused);
		assert_int_equal(record_count(t, "P FILE tst002 Read 55 2 .*"), permitted);
	}
	assert_int_equal(record_count(t, "[A-Z] FILE tst002 .*"), refused + permitted);
}

/* event/resource/10: more than a seosd that is stopped has room for. */
CASE(lost, REQUIREMENTS("event/resource/10"), .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	const char *many =
		"i=0; while [ $i -lt 1200 ]; do true <" F "; i=$((i+1)); done 2>/dev/null; "
		"exit 3";
	const struct result *r;
	unsigned recorded, lost;
	const char *line;
	pid_t seosd;

	start_product(t);
	file_start(t, "");
	seosd = daemon_pid(t, "seosd");
	signal_pid(t, seosd, SIGSTOP);
	assert_exit(run_as(t, as("tst002"), "sh", "-c", many), 3);
	signal_pid(t, seosd, SIGCONT);
	wait_until(t, 20, record_count(t, "C FILE root Report 0 0 SEOS_syscall [0-9]+ lost") == 1);
	r = run_ok(t, "seaudit", "-a");
	line = strstr(r->out, "C FILE root Report 0 0 SEOS_syscall ");
	lost = (unsigned)strtoul(strstr(line, "syscall ") + strlen("syscall "), NULL, 10);
	recorded = record_count(t, "D FILE tst002 Read 59 2 " F " .*");
	assert_in_range(recorded, 1, 1199);
	assert_int_equal(recorded + lost, 1200);
}
