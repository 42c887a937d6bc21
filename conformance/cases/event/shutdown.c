/* SPDX-License-Identifier: MIT */
/*
 * SHUTDOWN records, given ones and those of real shutdowns. Not for: the shutdown itself
 * (secons/shutdown), detailed records (seaudit/detail).
 */
#include "conformance/cases/records.h"

#define WHEN "^[0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} "

/* The product runs, and these are in its database: root with ADMIN, tst001 with OPERATOR, tst002
 * without any right. tst003 is not in it. */
static void start_product(struct target *t)
{
	user_add(t, "tst001", 2001);
	user_add(t, "tst002", 2002);
	user_add(t, "tst003", 2003);
	run_ok(t, "selang", "-c", "newusr root admin; newusr tst001 operator; newusr tst002");
	run_ok(t, "seosd");
}

/* Somebody asks for a shutdown; returns what the log then holds. */
static const struct result *ask_shutdown(struct target *t, const char *user, int status)
{
	assert_exit(run_as(t, &(struct run_options){.user = user}, "secons", "-s"), status);
	return run_ok(t, "seaudit", "-a");
}

/* event/shutdown/1: the documented lines of both generations, UNIX and Windows; with the session
 * id of the detailed examples. */
CASE(examples,
     REQUIREMENTS("event/shutdown/1", "event/shutdown/2", "event/shutdown/3", "event/shutdown/4",
		  "event/shutdown/8", "event/shutdown/15", "event/shutdown/16"))
{
	static const struct example rows[] = {
		{RECORD_AT("24 Sep 2008", "15:40:46", "shutdown", "M",
			   "'user':'root','session':'48da26ce:00000142','stage':452,"
			   "'service':'seosd'"),
		 "24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd"},
		{RECORD_AT("23 Dec 2008", "12:56:20", "shutdown", "D",
			   "'user':'tst002','session':'00000000:04c240d5','stage':460,"
			   "'service':'seosd','origin':'windows'"),
		 "23 Dec 2008 12:56:20 D SHUTDOWN tst002 460 seosd"},
		{RECORD_AT("24 Sep 2008", "15:40:46", "shutdown", "D",
			   "'user':'tst002','session':'48da26ce:00000142','stage':460,"
			   "'service':'seosd','os_user':true"),
		 "24 Sep 2008 15:40:46 D SHUTDOWN tst002 460 seosd (OS user)"},
	};

	assert_lines(t, rows, "-a");
}

/* event/shutdown/3: ADMIN shuts down: one record, M 452; event/shutdown/9, event/shutdown/11: for
 * seosd alone. */
CASE(admin,
     REQUIREMENTS("event/shutdown/1", "event/shutdown/2", "event/shutdown/3", "event/shutdown/5",
		  "event/shutdown/8", "event/shutdown/9", "event/shutdown/10", "event/shutdown/11"),
     .needs = CAP_ROOT)
{
	const struct result *r;

	start_product(t);
	r = ask_shutdown(t, NULL, 0);
	assert_out_match(r, WHEN "M SHUTDOWN root 452 seosd$");
	assert_int_equal(text_match_count(r->out, "SHUTDOWN"), 1);
}

/* event/shutdown/10: the record names an OPERATOR who asked. */
CASE(operator, REQUIREMENTS("event/shutdown/3", "event/shutdown/10"), .needs = CAP_ROOT)
{
	const struct result *r;

	start_product(t);
	r = ask_shutdown(t, "tst001", 0);
	assert_out_match(r, WHEN "M SHUTDOWN tst001 452 seosd$");
	assert_int_equal(text_match_count(r->out, "SHUTDOWN"), 1);
}

/* event/shutdown/4, event/shutdown/7: a user without the right: one record, D 460. */
CASE(denied,
     REQUIREMENTS("event/shutdown/4", "event/shutdown/5", "event/shutdown/7", "event/shutdown/9",
		  "event/shutdown/10", "event/shutdown/11"),
     .needs = CAP_ROOT)
{
	const struct result *r;

	start_product(t);
	r = ask_shutdown(t, "tst002", 1);
	assert_out_match(r, WHEN "D SHUTDOWN tst002 460 seosd$");
	assert_int_equal(text_match_count(r->out, "SHUTDOWN"), 1);
}

/* event/shutdown/15: a user the database does not know is marked at the end. */
CASE(os_user, REQUIREMENTS("event/shutdown/15", "event/shutdown/7", "event/shutdown/10"),
     .needs = CAP_ROOT)
{
	const struct result *r;

	start_product(t);
	r = ask_shutdown(t, "tst003", 1);
	assert_out_match(r, WHEN "D SHUTDOWN tst003 460 seosd \\(OS user\\)$");
}

/* event/shutdown/3: a real shutdown on the day and at the time of the documented example. A real
 * machine takes a moment. */
CASE(day, REQUIREMENTS("event/shutdown/1", "event/shutdown/3"), .needs = CAP_ROOT | CAP_CLOCK)
{
	const struct result *r;

	start_product(t);
	clock_set(t, "2008-09-24 15:40:46");
	r = ask_shutdown(t, NULL, 0);
	assert_out_match(r, "^24 Sep 2008 15:40:(4[6-9]|5[0-9]) M SHUTDOWN root 452 seosd$");
}

/* event/shutdown/12: user, service and stage of a real record, as the detailed layout has them;
 * event/shutdown/6: what the stage says. */
CASE(stored, REQUIREMENTS("event/shutdown/6", "event/shutdown/12"), .needs = CAP_ROOT)
{
	const struct result *r;

	start_product(t);
	ask_shutdown(t, "tst001", 0);
	r = run_ok(t, "seaudit", "-a", "-detail");
	assert_line_count(r, "Event type: Daemon shutdown", 1);
	assert_line(r, "User name: tst001");
	assert_line_count(r, "Details: User is ADMIN or SPECIAL", 1);
	assert_line_count(r, "Daemon: seosd",
			  2); /* of the START record and of the SHUTDOWN record */
}

/* event/shutdown/14: neither a denied nor a granted shutdown leaves a record of stage 600. */
CASE(no_stage_600, REQUIREMENTS("event/shutdown/14"), .needs = CAP_ROOT)
{
	const struct result *r;

	start_product(t);
	ask_shutdown(t, "tst002", 1);
	r = ask_shutdown(t, NULL, 0);
	assert_int_equal(text_match_count(r->out, " SHUTDOWN "), 2);
	assert_int_equal(text_match_count(r->out, " 600 "), 0);
}
