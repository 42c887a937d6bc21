/* SPDX-License-Identifier: MIT */
/*
 * What `conform diff` says of captures that have to have the same form: of the same activity at
 * another time, and of the same records in another layout or wording. Not for the forms themselves
 * (event/, seaudit/plain.c ...) or for diff (conformance/lint/diff_test.c).
 */
#include "conformance/cases/records.h"

#define OLD "/root/old.txt"
#define NEW "/root/new.txt"

static const struct result *compare(struct target *t, const char *old, const char *new)
{
	file_write(t, OLD, old);
	file_write(t, NEW, new);
	return run(t, "conform", "diff", OLD, NEW);
}

/* One difference, which concerns the capture and no field of any record. */
static void assert_only(struct target *t, const char *old, const char *new, const char *what)
{
	const struct result *r = compare(t, old, new);

	assert_exit(r, 1);
	assert_int_equal(text_line_count(r->out), 2);
	assert_out_match(r, text_format("^" NEW ":1: changed: %s: ", what));
	assert_out_match(r, "^1 difference: ");
}

/* Start, a shutdown that is denied, one that is not; what the log then says. */
static const char *activity(struct target *t)
{
	const char *shown;

	run_ok(t, "seosd");
	assert_exit(run_as(t, &(struct run_options){.user = "carol"}, "secons", "-s"), 1);
	run_ok(t, "secons", "-s");
	shown = run_ok(t, "seaudit", "-a", "-sessionid")->out;
	file_remove(t, AUDIT_LOG);
	return shown;
}

/* seaudit/compare/1: once and again. */
CASE(again, REQUIREMENTS("seaudit/compare/1"), .needs = CAP_ROOT, .where = ON_GUEST)
{
	const struct result *r;
	const char *first;

	user_add(t, "carol", 1003);
	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "seaudit", "-a");
	file_remove(t, AUDIT_LOG);
	first = activity(t);
	assert_int_equal(text_match_count(first, " SHUTDOWN "), 2);
	r = compare(t, first, activity(t));
	assert_out_match(r, "^compatible: ");
	assert_exit(r, 0);
}

/* Records of any kind, with each field given. */
static void give_any(struct target *t)
{
	give_ok(t, AUDIT_LOG,
		RECORD("login", "P",
		       "'user':'tst001','stage':19,'reason':2,'terminal':'tty1',"
		       "'program':'/bin/login'")
			RECORD("logout", "O",
			       "'user':'tst001','stage':49,'reason':2,'terminal':'tty1'"));
	give_ok(t, AUDIT_LOG,
		RECORD("resource", "D",
		       "'class':'FILE','user':'tst001','access':'Read','stage':55,'reason':2,"
		       "'resource':'/etc/shadow','program':'/bin/cat','terminal':'tty1',"
		       "'effective_user':'root'")
			RECORD("admin", "S",
			       "'class':'USER','user':'root','stage':305,'resource':'tst002',"
			       "'terminal':'localhost','command':'newusr tst002'"));
	give_ok(t, AUDIT_LOG,
		RECORD("shutdown", "D", "'user':'tst001','stage':460,'service':'seosd'")
			RECORD("start", "M", "'service':'seosd'"));
}

/* seaudit/compare/2: the same records in each layout. */
CASE(layouts, REQUIREMENTS("seaudit/compare/2"), .where = ON_GUEST)
{
	const char *plain, *padded, *detailed;

	give_any(t);
	plain = run_ok(t, "seaudit", "-a")->out;
	padded = run_ok(t, "seaudit", "-a", "-padded")->out;
	detailed = run_ok(t, "seaudit", "-a", "-detail")->out;
	assert_only(t, plain, padded, "layout");
	assert_only(t, plain, detailed, "layout");
	assert_only(t, detailed, padded, "layout");
}

/* The line, from 1, of the record whose texts name the product. */
static unsigned shutdown_line(const char *text)
{
	unsigned line = 0;

	while (text_line(text, line) && !strstr(text_line(text, line), " SHUTDOWN "))
		line++;
	return line + 1;
}

/* seaudit/compare/3: the same records with the texts of each brand. */
CASE(brands, REQUIREMENTS("seaudit/compare/3"), .where = ON_GUEST)
{
	const char *ac, *pamsc;

	give_any(t);
	ac = run_ok(t, "seaudit", "-a", "-detail", "-brand", "ac")->out;
	pamsc = run_ok(t, "seaudit", "-a", "-detail", "-brand", "pamsc")->out;
	file_write(t, OLD, ac);
	file_write(t, NEW, pamsc);
	assert_out(run(t, "conform", "diff", OLD, NEW),
		   text_format(NEW ":%u: changed: product in texts: brand ac (" OLD
				   ":%u), now brand pamsc; 1 record [seaudit/codes/20]\n"
				   "1 difference: 6 records in " OLD ", 6 in " NEW "\n",
			       shutdown_line(pamsc), shutdown_line(ac)));
}
