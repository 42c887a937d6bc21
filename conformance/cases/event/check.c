/* SPDX-License-Identifier: MIT */
/*
 * CHECK records, given ones and those of real scans. Not for: the scan itself (secons/scan).
 */
#include "conformance/cases/records.h"

#define WHEN "^[0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} "

/* event/check/1: the documented example. */
CASE(example, REQUIREMENTS("event/check/1", "event/check/2"))
{
	static const struct example rows[] = {
		{RECORD_AT("10 Nov 2024", "05:47:22", "check", "F",
			   "'user':'root','access':'Scan','stage':339,'reason':0,"
			   "'resource':'SEOS_syscall','program':'unload'"),
		 "10 Nov 2024 05:47:22 F CHECK root Scan 339 0 SEOS_syscall unload"},
	};

	assert_lines(t, rows, "-a");
}

/* event/check/11: a process that blocks the unload is found on the day of the example. A real
 * machine takes a moment. */
CASE(day,
     REQUIREMENTS("event/check/1", "event/check/2", "event/check/3", "event/check/4",
		  "event/check/5", "event/check/6", "event/check/7", "event/check/11"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_CLOCK)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN);

	run_ok(t, "selang", "-c", "newusr root admin");
	clock_set(t, "2024-11-10 05:47:22");
	run_ok(t, "secons", "-scl");
	assert_out_match(run_ok(t, "seaudit", "-a"),
			 "^10 Nov 2024 05:47:(2[2-9]|[3-5][0-9]) F CHECK root Scan 339 0 "
			 "SEOS_syscall unload$");
	unpark(t, p);
}

/* event/check/8: the record names an OPERATOR who asked, by way of seosd. */
CASE(operator, REQUIREMENTS("event/check/1", "event/check/2", "event/check/3", "event/check/4",
			    "event/check/5", "event/check/6", "event/check/7", "event/check/8",
			    "event/check/11"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN);
	const struct result *r;

	user_add(t, "tst001", 2001);
	run_ok(t, "selang", "-c", "newusr root admin; newusr tst001 operator");
	run_ok(t, "seosd");
	assert_exit(run_as(t, &(struct run_options){.user = "tst001"}, "secons", "-scl"), 0);
	r = run_ok(t, "seaudit", "-a");
	assert_out_match(r, WHEN "F CHECK tst001 Scan 339 0 SEOS_syscall unload$");
	assert_int_equal(text_match_count(r->out, "CHECK"), 1);
	unpark(t, p);
}

/* event/check/9: what stage 339 means; event/check/10: in the table and in the record alike. */
CASE(stage, REQUIREMENTS("event/check/9", "event/check/10"))
{
	const struct result *r;

	give_ok(t, AUDIT_LOG,
		RECORD("check", "F",
		       "'user':'root','access':'Scan','stage':339,'reason':0,"
		       "'resource':'SEOS_syscall','program':'unload'"));
	r = run_ok(t, "seaudit", "-a", "-detail");
	assert_line(r, "Details: SEOS_syscall module unload readiness check");
	r = run_ok(t, "seaudit", "-t");
	assert_line_count(r, " 339 SEOS_syscall module unload readiness check", 1);
	assert_true(strstr(r->out, "Database administration") < strstr(r->out, " 339 "));
	assert_true(strstr(r->out, " 339 ") < strstr(r->out, "Shutdown stage codes"));
}
