/* SPDX-License-Identifier: MIT */
/*
 * Warnings before the switch. Not for: the switch (act.c).
 */
#include "conformance/cases/overflow/monitor.h"

/* overflow/warn/1, 2: one block decides, and nothing but a warning comes of it. */
CASE(below_the_point, REQUIREMENTS("overflow/warn/1", "overflow/warn/2"), .needs = CAP_FILL)
{
	monitor_start(t, NULL);
	assert_int_equal(events_at(t, WARNING + 1, "warning"), 0);
	space_set(t, WARNING - 1);
	await_event(t, "warning");
	assert_text("events but warnings", events(t, "warning") ? "" : "none", "");
	assert_int_equal(text_line_count(monitor_out(t, "events")), events(t, "warning"));
}

/* overflow/warn/3: at the point itself. */
CASE(at_the_point, REQUIREMENTS("overflow/warn/3"), .needs = CAP_FILL)
{
	monitor_start(t, NULL);
	assert_true(events_at(t, WARNING, "warning") > 0);
}

/* overflow/warn/4: each shortage is warned of. */
CASE(again, REQUIREMENTS("overflow/warn/4"), .needs = CAP_FILL)
{
	monitor_start(t, NULL);
	for (int shortage = 0; shortage < 2; shortage++) {
		assert_true(events_at(t, WARNING - 1, "warning") > 0);
		space_set(t, PLENTY);
		await_looks(t);
		assert_int_equal(events_at(t, PLENTY, "warning"), 0);
	}
}

/* overflow/warn/5: 35 MiB are free, of which 15 are available. */
CASE(reserve_is_free, REQUIREMENTS("overflow/warn/5"), .needs = CAP_FILL)
{
	monitor_start(t, NULL);
	space_set_two(t, 35 * MIB, 15 * MIB);
	await_looks(t);
	assert_text("events", monitor_out(t, "events"), "");
}
