/* SPDX-License-Identifier: MIT */
/*
 * Records of database administration, most of them left by selang. Not for: the commands themselves
 * (access/selang).
 */
#include "conformance/cases/records.h"

/* Runs selang as somebody; returns what the log then holds. */
static const struct result *administer(struct target *t, const char *user, const char *command,
				       int status)
{
	assert_exit(run_as(t, &(struct run_options){.user = user}, "selang", "-c", command),
		    status);
	return run_ok(t, "seaudit", "-a");
}

/* The product runs; root and tst001 have ADMIN, tst002 has no right, tst003 is not in the database.
 */
static void start_product(struct target *t)
{
	user_add(t, "tst001", 2001);
	user_add(t, "tst002", 2002);
	user_add(t, "tst003", 2003);
	run_ok(t, "selang", "-c", "newusr root admin; newusr tst001 admin; newusr tst002");
	run_ok(t, "seosd");
}

/* event/admin/1: the documented example, and all the fields. */
CASE(fields, REQUIREMENTS("event/admin/1", "event/admin/2", "event/admin/3"))
{
	static const struct example rows[] = {
		{RECORD("admin", "S",
			"'class':'USER','user':'root','stage':305,'reason':0,'resource':'tst001',"
			"'terminal':'localhost','command':'newusr tst001'"),
		 "02 Nov 2008 15:41:06 S UPDATE USER root 305 0 tst001 localhost newusr tst001"},
		{RECORD("admin", "D",
			"'class':'FILE','user':'tst002','stage':322,'reason':0,"
			"'resource':'/etc/hosts','terminal':'tty1',"
			"'command':'authorize FILE /etc/hosts','os_user':true"),
		 "02 Nov 2008 15:41:06 D UPDATE FILE tst002 322 0 /etc/hosts tty1 "
		 "authorize FILE /etc/hosts (OS user)"},
		{RECORD("admin", "F",
			"'class':'USER','user':'root','stage':305,'reason':0,'resource':'tst001',"
			"'terminal':'localhost','command':'newusr tst001'"),
		 "02 Nov 2008 15:41:06 F UPDATE USER root 305 0 tst001 localhost newusr tst001"},
	};

	assert_lines(t, rows, "-a");
}

/* event/admin/4: what an ADMIN is permitted, on the day of the example; event/admin/2: a command
 * that then cannot be done has failed. */
CASE(permitted,
     REQUIREMENTS("event/admin/1", "event/admin/2", "event/admin/3", "event/admin/4",
		  "event/admin/9"),
     .needs = CAP_ROOT | CAP_CLOCK)
{
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin");
	clock_set(t, "2008-11-02 15:41:06");
	r = administer(t, NULL, "newusr tst001", 0);
	assert_out_match(r,
			 "^02 Nov 2008 15:41:(0[6-9]|[1-5][0-9]) S UPDATE USER root 305 0 tst001 "
			 "[^ ]+ newusr tst001$");
	r = administer(t, NULL, "newusr tst001", 1);
	assert_out_match(r, " F UPDATE USER root 305 0 tst001 [^ ]+ newusr tst001$");
}

/* event/admin/5: no rule allows it: D 322; event/admin/6: a user nobody knows: 300. */
CASE(denied, REQUIREMENTS("event/admin/2", "event/admin/5", "event/admin/6"), .needs = CAP_ROOT)
{
	start_product(t);
	assert_out_match(administer(t, "tst002", "newusr tst009", 1),
			 " D UPDATE USER tst002 322 0 tst009 [^ ]+ newusr tst009$");
	assert_out_match(administer(t, "tst003", "newusr tst009", 1),
			 " UPDATE USER tst003 300 0 tst009 [^ ]+ newusr tst009 \\(OS user\\)$");
}

/* event/admin/7, event/admin/8: whom not even an ADMIN can delete. */
CASE(undeletable, REQUIREMENTS("event/admin/7", "event/admin/8"), .needs = CAP_ROOT)
{
	start_product(t);
	assert_out_match(administer(t, "tst001", "rmusr root", 1),
			 " UPDATE USER tst001 302 0 root [^ ]+ rmusr root$");
	run_ok(t, "selang", "-c", "chusr root admin-");
	assert_out_match(administer(t, "tst001", "rmusr tst001", 1),
			 " UPDATE USER tst001 301 0 tst001 [^ ]+ rmusr tst001$");
}

/* event/admin/10: nobody reads a password in the log. */
CASE(password, REQUIREMENTS("event/admin/10", "seaudit/options/15"))
{
	static const struct example rows[] = {
		{RECORD("admin", "S",
			"'class':'USER','user':'root','stage':305,'reason':0,'resource':'tst001',"
			"'terminal':'localhost',"
			"'command':'newusr tst001 password(hush-hush) nonative'"),
		 "02 Nov 2008 15:41:06 S UPDATE USER root 305 0 tst001 localhost "
		 "newusr tst001 password(***) nonative"},
	};

	assert_lines(t, rows, "-a");
	assert_int_equal(text_match_count(run_ok(t, "seaudit", "-a", "-detail")->out, "hush"), 0);
}
