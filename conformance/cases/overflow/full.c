/* SPDX-License-Identifier: MIT */
/*
 * A file system that is really full: writing fails. Not for: what comes before (warn.c, act.c).
 */
#include "conformance/cases/overflow/monitor.h"

/* Room for one block more, and then ENOSPC. */
static void fill_up(struct target *t)
{
	fill_set(t, AUDIT_DIR, "free=0", "available=0", "enforce=on");
}

static void make_room(struct target *t)
{
	fill_set(t, AUDIT_DIR, text_format("free=%u", PLENTY), text_format("available=%u", PLENTY),
		 "enforce=off");
}

/* overflow/full/1, 2, 3: told of, nothing lost of what was there, and records again afterwards. */
CASE(fills_and_recovers, REQUIREMENTS("overflow/full/1", "overflow/full/2", "overflow/full/3"),
     .needs = CAP_FILL)
{
	monitor_start(t, NULL);
	for (int i = 0; i < 20; i++)
		monitor(t, "record", text_format("kept-%d", i));
	wait_until(t, 20, text_match_count(monitor_out(t, "records"), "^kept-") == 20);
	fill_up(t);
	/* Long ones: the last block of a file has room for some. */
	wait_until(t, 60,
		   (monitor(t, "record", text_format("lost-%0200d", 0)), events(t, "full") > 0));
	make_room(t);
	monitor(t, "resume");
	wait_until(t, 60,
		   (monitor(t, "record", "again"),
		    text_match_count(monitor_out(t, "records"), "^again$") > 0));
	for (int i = 0; i < 20; i++)
		assert_int_equal(
			text_match_count(monitor_out(t, "records"), text_format("^kept-%d$", i)),
			1);
}
