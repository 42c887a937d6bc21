/* SPDX-License-Identifier: MIT */
/*
 * What happens at the switch point. Not for: warnings before it (warn.c), no room at all (full.c).
 */
#include "conformance/cases/overflow/monitor.h"

#include <string.h>

/* The last line: the inode number of the current trail. */
static const char *current_trail(struct target *t)
{
	const char *trails = monitor_out(t, "trails");

	return text_line(trails, text_line_count(trails) - 1);
}

/* overflow/act/1, 2: one block decides. */
CASE(below_the_point, REQUIREMENTS("overflow/act/1", "overflow/act/2"), .needs = CAP_FILL)
{
	monitor_start(t, NULL);
	const char *before = current_trail(t);

	assert_int_equal(events_at(t, SWITCH + 1, "switch"), 0);
	assert_text("current trail", current_trail(t), before);
	space_set(t, SWITCH - 1);
	await_event(t, "switch");
	assert_int_not_equal(strcmp(current_trail(t), before), 0);
}

/* overflow/act/3: at the point itself. */
CASE(at_the_point, REQUIREMENTS("overflow/act/3"), .needs = CAP_FILL)
{
	monitor_start(t, NULL);
	assert_int_equal(events_at(t, SWITCH, "switch"), 1);
}

/* overflow/act/4: once, though the file system stays as it is. */
CASE(once, REQUIREMENTS("overflow/act/4"), .needs = CAP_FILL)
{
	monitor_start(t, NULL);
	space_set(t, SWITCH - 1);
	await_event(t, "switch");
	assert_int_equal(events_at(t, SWITCH - 1, "switch"), 0);
	assert_int_equal(events(t, "switch"), 1);
}

/* overflow/act/6: past both points at once. */
CASE(sudden_fill, REQUIREMENTS("overflow/act/6", "overflow/act/1"), .needs = CAP_FILL)
{
	monitor_start(t, NULL);
	await_looks(t);
	assert_text("events", monitor_out(t, "events"), "");
	space_set(t, MIB);
	await_event(t, "switch");
}

/* overflow/act/7: each shortage is acted on. */
CASE(again, REQUIREMENTS("overflow/act/7"), .needs = CAP_FILL)
{
	monitor_start(t, NULL);
	for (int shortage = 0; shortage < 2; shortage++) {
		assert_true(events_at(t, SWITCH - 1, "switch") > 0);
		assert_int_equal((events_at(t, PLENTY, "switch"), events_at(t, PLENTY, "switch")),
				 0);
	}
}

/* overflow/act/7: shortages that come and go by the clock, in virtual time where there is
 * one. */
CASE(by_the_clock, REQUIREMENTS("overflow/act/7"), .needs = CAP_FILL)
{
	monitor_start(t, NULL);
	file_write(t, "/var/run/schedule",
		   text_format("1 set free=%u available=%u\n5 set free=%u available=%u\n"
			       "9 set free=%u available=%u\n",
			       SWITCH - 1, SWITCH - 1, PLENTY, PLENTY, SWITCH - 1, SWITCH - 1));
	run_ok(t, "fillctl", AUDIT_DIR, "schedule", "/var/run/schedule");
	await_event(t, "switch");
	time_pass(t, 6);
	const unsigned before = events(t, "switch");

	wait_until(t, 30, (looks(t), events(t, "switch") > before));
	assert_text("steps left", run_ok(t, "fillctl", AUDIT_DIR, "schedule")->out, "");
}

/* overflow/act/5: every trail there ever was is still there after six shortages. */
CASE(no_trail_lost, REQUIREMENTS("overflow/act/5"), .needs = CAP_FILL, .deadline_s = 120)
{
	monitor_start(t, NULL);
	for (int shortage = 0; shortage < 6; shortage++) {
		const char *before = monitor_out(t, "trails"), *inode;

		assert_true(events_at(t, SWITCH - 1, "switch") > 0);
		const char *after = monitor_out(t, "trails");

		for (unsigned n = 0; (inode = text_line(before, n)); n++)
			if (!text_match_count(after, text_format("^%s$", inode)))
				fail_msg("shortage %d: trail with inode %s of\n%sis not among\n%s",
					 shortage + 1, inode, before, after);
		events_at(t, PLENTY, "switch");
	}
}

/* overflow/act/8: suspended, nothing is recorded; resumed with room, it is, and nothing before is
 * lost. */
CASE(suspend, REQUIREMENTS("overflow/act/8", "overflow/full/3", "overflow/full/2"),
     .needs = CAP_FILL)
{
	monitor_start(t, "suspend");
	monitor(t, "record", "before");
	wait_until(t, 20, text_match_count(monitor_out(t, "records"), "^before$") == 1);
	space_set(t, SWITCH - 1);
	await_event(t, "suspend");
	monitor(t, "record", "meanwhile");
	space_set(t, PLENTY);
	monitor(t, "resume");
	wait_until(t, 60,
		   (monitor(t, "record", "after"),
		    text_match_count(monitor_out(t, "records"), "^after$") > 0));
	assert_int_equal(text_match_count(monitor_out(t, "records"), "^meanwhile$"), 0);
	assert_int_equal(text_match_count(monitor_out(t, "records"), "^before$"), 1);
}

/* overflow/act/9: the system is told to halt, and not before the point. */
CASE(halt, REQUIREMENTS("overflow/act/9"), .needs = CAP_FILL)
{
	monitor_start(t, "halt");
	assert_int_equal(events_at(t, SWITCH + 1, "halt"), 0);
	space_set(t, SWITCH - 1);
	await_event(t, "halt");
}
