/* SPDX-License-Identifier: MIT */
/*
 * When audomon looks. Not for: what it does then.
 */
#include "conformance/cases/trails.h"

#include <stdlib.h>

/* The seconds of the wake-up line of one look with -p 20 -t 1. */
static long interval(struct target *t)
{
	const char *text = strstr(one_look(t, "-p", "20", "-t", "1"), "next wake-up in ");

	return strtol(text + strlen("next wake-up in "), NULL, 10);
}

static void set_up(struct target *t)
{
	file_system_of(t, 10000);
	run_ok(t, "audsys", "-n", "-N", "0", "-c", TRAIL, "-s", "1000");
}

/* audomon/wakeup/2, 3, 4, 5, 7: before the switch points the interval is larger than sp_freq; it
 * shrinks towards it as the trail or the file system gets fuller, and never grows. */
CASE(approaches_sp_freq,
     REQUIREMENTS("audomon/wakeup/2", "audomon/wakeup/3", "audomon/wakeup/4", "audomon/wakeup/5",
		  "audomon/wakeup/7"),
     .needs = CAP_FILL, .deadline_s = 120)
{
	static const unsigned sizes[] = {16, 500000, 900000, 1020000};
	static const unsigned frees[] = {9000, 5000, 2100, 2001};
	long before = 1000000, now;

	set_up(t);
	for (int i = 0; i < 4; i++, before = now) {
		file_resize(t, TRAIL, sizes[i]);
		now = interval(t);
		assert_true(now > 60 && now < before);
	}
	assert_in_range(before, 61, 63);
	file_resize(t, TRAIL, 16);
	for (int i = 0, first = 1; i < 4; i++, before = now, first = 0) {
		file_system_set(t, frees[i]);
		now = interval(t);
		assert_true(now > 60 && (first || now < before));
	}
	assert_in_range(before, 61, 62);
}

/* audomon/wakeup/8, 9: the interval is that of the formula; the smaller share governs. */
CASE(formula, REQUIREMENTS("audomon/wakeup/8", "audomon/wakeup/9"), .needs = CAP_FILL,
     .deadline_s = 120)
{
	static const struct {
		unsigned size, free;
		long seconds; /* rounded up */
	} rows[] = {
		{0, 10000, 600},      {512000, 10000, 330}, {0, 2800, 114},
		{1022976, 10000, 61}, {1023999, 10000, 61}, {512000, 2800, 114},
		{921600, 6000, 114},  {102400, 9200, 546},
	};

	set_up(t);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		long now;

		file_resize(t, TRAIL, rows[i].size);
		file_system_set(t, rows[i].free);
		now = interval(t);
		if (now != rows[i].seconds)
			fail_msg("size %u, %u blocks free: %ld s, not %ld", rows[i].size,
				 rows[i].free, now, rows[i].seconds);
	}
}

/* audomon/wakeup/8, 6: past a point whose switch does not succeed the interval is sp_freq. */
CASE(past_a_point, REQUIREMENTS("audomon/wakeup/8", "audomon/wakeup/6"))
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, "RELEASE=11.23\n");
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	assert_int_equal(interval(t), 60);
}

/* audomon/wakeup/10: after a switch the interval is that of the new trail: 16 bytes of 1000 Kb. */
CASE(after_a_switch, REQUIREMENTS("audomon/wakeup/10"), .needs = CAP_FILL)
{
	set_up(t);
	file_resize(t, TRAIL, 1024000);
	assert_int_equal(interval(t), 600);
}

/* audomon/wakeup/12, 15, 16, 17: the first look is at start; -v tells the seconds and the local
 * time of the next one, as the last line. */
CASE(announced,
     REQUIREMENTS("audomon/wakeup/12", "audomon/wakeup/15", "audomon/wakeup/16",
		  "audomon/wakeup/17", "audomon/options/17"),
     .needs = CAP_CLOCK | CAP_FILL | CAP_TIME)
{
	set_up(t);
	file_resize(t, TRAIL, 950000);
	clock_set(t, "2007-02-14 15:30:00");
	one_look(t, "-p", "20", "-t", "1");
	assert_text("messages", messages(t),
		    "audomon: warning: audit trail " TRAIL ": 927 of 1000 Kb (92 %)\n"
		    "audomon: next wake-up in 100 s at 2007-02-14 15:31:40\n");
}

/* audomon/wakeup/18: without -v that is not printed. */
CASE(not_announced, REQUIREMENTS("audomon/wakeup/18"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 950000);
	run_ok(t, "audomon", "-p", "20", "-t", OFTEN, "-o", MESSAGES);
	wait_until(t, 20, warnings(t) >= 3);
	assert_int_equal(message_count(t, "wake-up"), 0);
}

/* audomon/wakeup/1, 6, 14: audomon sleeps as long as it said, and sees nothing in between. */
CASE(sleeps, REQUIREMENTS("audomon/wakeup/1", "audomon/wakeup/6", "audomon/wakeup/14"),
     .needs = CAP_TIME | CAP_FILL)
{
	set_up(t);
	file_resize(t, TRAIL, 0);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-v", "-o", MESSAGES);
	await(t, WAKE_UP "600 s");
	file_resize(t, TRAIL, 1024000);
	time_pass(t, 599);
	assert_int_equal(text_line_count(messages(t)), 1);
	time_pass(t, 2);
	assert_int_equal(message_count(t, "^audomon: switched from "), 1);
}

/* audomon/wakeup/6, 19: past a point, too, audomon sleeps at least sp_freq, and so warns no more
 * often. */
CASE(at_least_sp_freq, REQUIREMENTS("audomon/wakeup/6", "audomon/wakeup/19", "audomon/options/7"),
     .needs = CAP_TIME)
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, "RELEASE=11.23\n");
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-o", MESSAGES);
	time_pass(t, 3595);
	assert_int_equal(warnings(t), 60); /* the first at once */
	time_pass(t, 10);
	assert_int_equal(warnings(t), 61);
}

/* audomon/wakeup/11: while auditing is off the interval is sp_freq. */
CASE(while_off, REQUIREMENTS("audomon/wakeup/11"), .needs = CAP_TIME)
{
	auditing_on(t);
	run_ok(t, "audsys", "-f");
	run_ok(t, "audomon", "-t", "1", "-v", "-o", MESSAGES);
	time_pass(t, 30);
	run_ok(t, "audsys", "-n");
	time_pass(t, 29);
	assert_text("messages", messages(t), "");
	time_pass(t, 2);
	assert_int_equal(message_count(t, WAKE_UP), 1);
}

/* audomon/wakeup/13: setting the time of day neither shortens nor lengthens a sleep. */
CASE(time_of_day, REQUIREMENTS("audomon/wakeup/13"), .needs = CAP_TIME | CAP_CLOCK | CAP_FILL)
{
	set_up(t);
	file_resize(t, TRAIL, 0);
	clock_set(t, "2007-02-14 15:30:00");
	run_ok(t, "audomon", "-t", "1", "-v", "-o", MESSAGES);
	await(t, WAKE_UP "600 s at 2007-02-14 15:40:00$");
	clock_set(t, "2009-01-01 00:00:00");
	time_pass(t, 599);
	assert_int_equal(message_count(t, WAKE_UP), 1);
	clock_set(t, "2001-01-01 00:00:00");
	time_pass(t, 2);
	assert_int_equal(message_count(t, WAKE_UP), 2);
}

/* audomon/wakeup/20, 21: sleeps into and out of daylight saving time last as long as any, and the
 * time told is that of then. */
CASE(daylight_saving_time, REQUIREMENTS("audomon/wakeup/20", "audomon/wakeup/21"),
     .needs = CAP_TIME | CAP_CLOCK | CAP_FILL)
{
	static const struct {
		const char *before; /* UTC */
		const char *wake_up, *next;
	} rows[] = {
		{"2007-03-25 00:54:00", "600 s at 2007-03-25 03:04:00", "2007-03-25 03:14:0"},
		{"2007-10-28 00:54:00", "600 s at 2007-10-28 02:04:00", "2007-10-28 02:14:0"},
	};
	const struct run_options central = {.zone = "CET-1CEST,M3.5.0,M10.5.0/3"};

	set_up(t);
	file_resize(t, TRAIL, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct target_process *p;

		file_remove(t, MESSAGES);
		clock_set(t, rows[i].before);
		p = start(t, &central, "audomon", "-F", "-t", "1", "-v", "-o", MESSAGES);
		await(t, text_format(WAKE_UP "%s$", rows[i].wake_up));
		time_pass(t, 598);
		assert_int_equal(message_count(t, WAKE_UP), 1);
		time_pass(t, 3);
		assert_int_equal(message_count(t, text_format(WAKE_UP "600 s at %s", rows[i].next)),
				 1);
		assert_exit(stop(t, p, SIGTERM), 0);
	}
}
