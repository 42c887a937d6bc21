/* SPDX-License-Identifier: MIT */
/*
 * The session id of records. Not for: when a session begins and ends (event/login, event/logout).
 */
#include "conformance/cases/records.h"

#define SHUTDOWN                                                                                   \
	RECORD_AT("24 Sep 2008", "15:40:46", "shutdown", "M",                                      \
		  "'user':'root','session':'48da26ce:00000142','stage':452,'service':'seosd'")
#define NO_SESSION                                                                                 \
	RECORD_AT("24 Sep 2008", "15:40:46", "shutdown", "M",                                      \
		  "'user':'root','stage':452,'service':'seosd'")
#define LEADER 30000 /* high enough to be free */

/* seaudit/session/1: it is shown on demand only. */
CASE(hidden, REQUIREMENTS("seaudit/session/1"))
{
	static const struct example rows[] = {
		{SHUTDOWN, "24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd"},
	};

	assert_lines(t, rows, "-a");
}

/* seaudit/session/2: -sessionid; seaudit/session/3: behind the user; seaudit/session/4: a dash when
 * there is none, but nothing in events without the field; seaudit/session/10: whatever it is. */
CASE(plain, REQUIREMENTS("seaudit/session/2", "seaudit/session/3", "seaudit/session/4",
			 "seaudit/session/10"))
{
	static const struct example rows[] = {
		{SHUTDOWN, "24 Sep 2008 15:40:46 M SHUTDOWN root 48da26ce:00000142 452 seosd"},
		{NO_SESSION, "24 Sep 2008 15:40:46 M SHUTDOWN root - 452 seosd"},
		{RECORD("start", "M", "'service':'seosd'"), "02 Nov 2008 15:41:06 M START seosd"},
		{RECORD("logout", "O",
			"'user':'root','session':'Logon#7','stage':49,'reason':2,"
			"'terminal':'tty1'"),
		 "02 Nov 2008 15:41:06 O LOGOUT root Logon#7 49 2 tty1"},
	};

	assert_lines(t, rows, "-a", "-sessionid");
}

/* seaudit/session/5: its column. */
CASE(padded, REQUIREMENTS("seaudit/session/5"))
{
	static const struct example rows[] = {
		{SHUTDOWN, "24 Sep 2008 15:40:46 M SHUTDOWN     root                     "
			   "48da26ce:00000142  452 seosd"},
		{NO_SESSION, "24 Sep 2008 15:40:46 M SHUTDOWN     root                     "
			     "-                  452 seosd"},
	};

	assert_lines(t, rows, "-a", "-sessionid", "-padded");
}

/* seaudit/session/6: the detailed record has it without any option. */
CASE(detailed, REQUIREMENTS("seaudit/session/6"))
{
	const struct result *r;

	give_ok(t, AUDIT_LOG, SHUTDOWN);
	r = run_ok(t, "seaudit", "-a", "-detail");
	assert_line(r, "User Logon Session ID: 48da26ce:00000142");
	assert_line(r, "24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd");
}

/* Whether a text has the id of a session that began between two moments, give or take the part of a
 * second that either may have lost. */
static bool names_session(const char *text, int64_t from_s, int64_t to_s)
{
	for (int64_t begin_s = from_s - 1; begin_s <= to_s + 1; begin_s++)
		if (strstr(text, text_format(" %08x:%08x ", (unsigned)begin_s, LEADER)))
			return true;
	return false;
}

/* seaudit/session/7..9: the session of a real command, which leads it: when it began, and its PID.
 */
CASE(value, REQUIREMENTS("seaudit/session/7", "seaudit/session/8", "seaudit/session/9"),
     .needs = CAP_ROOT)
{
	const struct run_options leader = {.session = true, .pid = LEADER};
	const struct result *r;
	int64_t from_s;

	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "seosd");
	from_s = clock_now(t);
	assert_exit(run_as(t, &leader, "secons", "-s"), 0);
	r = run_ok(t, "seaudit", "-a", "-sessionid");
	assert_out_match(r, " SHUTDOWN root [0-9a-f]{8}:[0-9a-f]{8} 452 seosd$");
	assert_true(names_session(r->out, from_s, clock_now(t)));
}

/* seaudit/session/7: the id of the documented example, from a command on that day whose session
 * begins at that moment. The PID is sure to be free on a simulated machine alone. */
CASE(example, REQUIREMENTS("seaudit/session/7", "seaudit/session/8", "seaudit/session/9"),
     .needs = CAP_ROOT | CAP_CLOCK, .where = ON_SIM)
{
	const struct run_options leader = {.session = true, .pid = 322};

	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "seosd");
	clock_set(t, "2008-09-24 11:38:54"); /* UTC */
	assert_exit(run_as(t, &leader, "secons", "-s"), 0);
	assert_line(run_ok(t, "seaudit", "-a", "-sessionid"),
		    "24 Sep 2008 11:38:54 M SHUTDOWN root 48da26ce:00000142 452 seosd");
}
