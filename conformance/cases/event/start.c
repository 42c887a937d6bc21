/* SPDX-License-Identifier: MIT */
/*
 * START records, given ones and those of real daemons. Not for: the start itself (daemon/seosd).
 */
#include "conformance/cases/records.h"

/* event/start/1: the documented example; event/start/3: nothing else is in it. */
CASE(example, REQUIREMENTS("event/start/1", "event/start/2", "event/start/3"))
{
	static const struct example rows[] = {
		{RECORD("start", "M", "'service':'seoswd'"), "02 Nov 2008 15:41:06 M START seoswd"},
	};

	assert_lines(t, rows, "-a");
}

/* event/start/5: each of the three daemons leaves one record; event/start/8: seosd first. */
CASE(daemons,
     REQUIREMENTS("event/start/1", "event/start/2", "event/start/3", "event/start/4",
		  "event/start/5", "event/start/8"),
     .needs = CAP_ROOT)
{
	static const char *const daemons[] = {"seosd", "seagent", "seoswd"};
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "seosd");
	r = run_ok(t, "seaudit", "-a");
	for (size_t i = 0; i < 3; i++) {
		const char *line = text_format("^[0-9]{2} [A-Z][a-z]{2} [0-9]{4} "
					       "[0-9]{2}:[0-9]{2}:[0-9]{2} M START %s$",
					       daemons[i]);

		assert_int_equal(text_match_count(r->out, line), 1);
	}
	assert_int_equal(text_match_count(r->out, " START "), 3);
	assert_true(strstr(r->out, " START seosd") < strstr(r->out, " START seagent"));
	assert_true(strstr(r->out, " START seosd") < strstr(r->out, " START seoswd"));
}

/* event/start/6: a daemon that is killed starts again, and says so itself. */
CASE(started_again, REQUIREMENTS("event/start/6"), .needs = CAP_ROOT | CAP_SHELL)
{
	static const char *const daemons[] = {"seagent", "seoswd", "seosd"};

	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "seosd");
	for (size_t i = 0; i < 3; i++) {
		const char *line = text_format(" M START %s$", daemons[i]);

		run_ok(t, "sh", "-c", text_format("kill -9 $(pidof %s)", daemons[i]));
		wait_until(t, 15, text_match_count(run_ok(t, "seaudit", "-a")->out, line) == 2);
	}
	assert_int_equal(text_match_count(run_ok(t, "seaudit", "-a")->out, " START "), 6);
}
