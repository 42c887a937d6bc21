/* SPDX-License-Identifier: MIT */
/*
 * Warnings before the switch points. Not for: warnings about switches (switch.c) and tasks
 * (hook.c).
 */
#include "conformance/cases/trails.h"

#define SWITCHED "^audomon: switched from "
#define OF_TRAIL WARNING "audit trail "
#define OF_SPACE WARNING "file system of "
#define EXAMPLE  "-p", "20", "-t", "1", "-w", "90"

/* audomon/warn/1, 3: the documented example: warnings begin when the trail reaches 900 Kb. */
CASE(at_900_kb, REQUIREMENTS("audomon/warn/1", "audomon/warn/3"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 921600);
	run_ok(t, "audomon", EXAMPLE, "-o", MESSAGES);
	await(t, WARNING);
	assert_text("messages", messages(t),
		    "audomon: warning: audit trail " TRAIL ": 900 of 1000 Kb (90 %)\n");
}

/* audomon/warn/2, 4: the documented example: warnings begin when the file system is 72 % full. */
CASE(at_72_percent, REQUIREMENTS("audomon/warn/2", "audomon/warn/4"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_system_set(t, 2800);
	run_ok(t, "audomon", EXAMPLE, "-o", MESSAGES);
	await(t, WARNING);
	assert_text("messages", messages(t),
		    "audomon: warning: file system of " TRAIL ": 72 % full, switch at 80 %\n");
}

/* audomon/warn/5, 6, 7: a byte and a block less do not warn. */
CASE(just_below, REQUIREMENTS("audomon/warn/5", "audomon/warn/6", "audomon/warn/7"),
     .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 921599);
	file_system_set(t, 2801);
	assert_int_equal(text_match_count(one_look(t, EXAMPLE), WARNING), 0);
	file_resize(t, TRAIL_FILE, 921600);
	assert_int_equal(text_match_count(one_look(t, EXAMPLE), WARNING), 1);
	file_resize(t, TRAIL_FILE, 921599);
	file_system_set(t, 2800);
	assert_int_equal(text_match_count(one_look(t, EXAMPLE), WARNING), 1);
}

/* audomon/warn/8: with -w 50 warnings begin half-way: at 500 Kb, and at 40 % full for -p 20. */
CASE(half_way, REQUIREMENTS("audomon/warn/8", "audomon/options/13"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 511999);
	file_system_set(t, 6001);
	assert_int_equal(text_match_count(one_look(t, "-p", "20", "-w", "50"), WARNING), 0);
	file_resize(t, TRAIL_FILE, 512000);
	file_system_set(t, 6000);
	one_look(t, "-p", "20", "-w", "50");
	assert_int_equal(message_count(t, OF_TRAIL TRAIL ": 500 of 1000 Kb \\(50 %\\)$"), 1);
	assert_int_equal(message_count(t, OF_SPACE TRAIL ": 40 % full, switch at 80 %$"), 1);
}

/* audomon/warn/9: with -w 100 there is a warning only when a switch point is reached and the switch
 * is not possible: a byte and a block before the points there is none, and none with a switch. */
CASE(only_when_impossible, REQUIREMENTS("audomon/warn/9", "audomon/options/15"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1023999);
	file_system_set(t, 2001);
	assert_int_equal(text_match_count(one_look(t, "-p", "20", "-w", "100"), WARNING), 0);
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, "RELEASE=11.23\n");
	file_resize(t, TRAIL_FILE, 1024000);
	assert_int_equal(text_match_count(one_look(t, "-p", "20", "-w", "100"),
					  WARNING "cannot switch from " TRAIL),
			 1);
	assert_int_equal(warnings(t), 1);
	file_remove(t, RC_CONFIG);
	assert_int_equal(text_match_count(one_look(t, "-p", "20", "-w", "100"), SWITCHED), 1);
	assert_int_equal(warnings(t), 0);
}

/* audomon/warn/10, 11: with -w 0 there are two warnings at every wake-up, of nothing used. */
CASE(always, REQUIREMENTS("audomon/warn/10", "audomon/warn/11", "audomon/options/15"),
     .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	run_ok(t, "audomon", "-p", "20", "-w", "0", "-t", OFTEN, "-v", "-o", MESSAGES);
	wait_until(t, 20, message_count(t, WAKE_UP) >= 3);
	assert_true(message_count(t, OF_TRAIL TRAIL ": 0 of 1000 Kb \\(0 %\\)$") >= 3);
	assert_true(message_count(t, OF_SPACE TRAIL ": 0 % full, switch at 80 %$") >= 3);
}

/* audomon/warn/11, 18: inside the zone the warning comes at every wake-up, and changes nothing. */
CASE(every_time, REQUIREMENTS("audomon/warn/11", "audomon/warn/18"))
{
	const char *names;

	auditing_on(t);
	file_resize(t, TRAIL_FILE, 950000);
	names = file_read(t, AUDNAMES);
	run_ok(t, "audomon", "-p", "20", "-w", "90", "-t", OFTEN, "-o", MESSAGES);
	wait_until(t, 20, message_count(t, OF_TRAIL TRAIL ": 927 of 1000 Kb \\(92 %\\)$") >= 3);
	assert_int_equal(message_count(t, SWITCHED), 0);
	assert_text("audnames", file_read(t, AUDNAMES), names);
	assert_text("trails", trails_listed(t), "my_trail\n");
}

/* audomon/warn/12, 13: past the point there is a switch and no warning, with or without a warning
 * before. */
CASE(no_warning_with_a_switch, REQUIREMENTS("audomon/warn/12", "audomon/warn/13"),
     .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	run_ok(t, "audomon", "-p", "20", "-w", "90", "-t", OFTEN, "-v", "-o", MESSAGES);
	await_look(t);
	file_resize(t, TRAIL_FILE, 1500000);
	await(t, SWITCHED);
	await_look(t);
	assert_int_equal(warnings(t), 0);
	file_resize(t, text_format("%s/spu0", current_trail(t)), 930000);
	await(t, OF_TRAIL);
	file_resize(t, text_format("%s/spu0", current_trail(t)), 1024000);
	wait_until(t, 20, message_count(t, SWITCHED) == 2);
	await_look(t);
	assert_int_equal(message_count(t, "1000 of 1000 Kb"), 0);
}

/* audomon/warn/13: the same for the file system. */
CASE(no_warning_with_a_switch_for_space, REQUIREMENTS("audomon/warn/13", "audomon/warn/12"),
     .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_system_set(t, 1000);
	one_look(t, EXAMPLE);
	assert_int_equal(message_count(t, SWITCHED), 1);
	assert_int_equal(warnings(t), 0);
}

/* audomon/warn/14: both in the zone are two warnings, the trail's first. */
CASE(both, REQUIREMENTS("audomon/warn/14"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 921600);
	file_system_set(t, 2500);
	one_look(t, EXAMPLE);
	assert_text_match("first", text_line(messages(t), 0), OF_TRAIL);
	assert_text_match("second", text_line(messages(t), 1), OF_SPACE TRAIL ": 75 % full");
	assert_int_equal(warnings(t), 2);
}

/* audomon/warn/19, 20: a warning is one line; Kb and percentages are cut off. */
CASE(cut_off, REQUIREMENTS("audomon/warn/19", "audomon/warn/20"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "999");
	file_resize(t, TRAIL_FILE, 1022975); /* 998.99... Kb, 99.99... % */
	file_system_set(t, 2001);            /* 79.99 % */
	one_look(t, EXAMPLE);
	assert_text("first", text_line(messages(t), 0),
		    "audomon: warning: audit trail " TRAIL ": 998 of 999 Kb (99 %)");
	assert_text("second", text_line(messages(t), 1),
		    "audomon: warning: file system of " TRAIL ": 79 % full, switch at 80 %");
}

/* audomon/warn/21, 22: while auditing is off there is no message at all, not even that of -v; once
 * it is on again there are. */
CASE(silent_while_off, REQUIREMENTS("audomon/warn/21", "audomon/warn/22", "audomon/run/5",
				    "audomon/run/6", "audsys/control/7"))
{
	unsigned before;

	auditing_on(t);
	file_resize(t, TRAIL_FILE, 950000);
	run_ok(t, "audsys", "-f");
	run_ok(t, "audomon", "-p", "20", "-t", OFTEN, "-v", "-o", MESSAGES);
	time_pass(t, 2);
	assert_text("messages", messages(t), "");
	run_ok(t, "audsys", "-n");
	await(t, OF_TRAIL);
	run_ok(t, "audsys", "-f");
	time_pass(t, 1); /* a wake-up that was under way may still speak */
	before = text_line_count(messages(t));
	time_pass(t, 2);
	assert_int_equal(text_line_count(messages(t)), before);
	run_ok(t, "audsys", "-n");
	wait_until(t, 20, text_line_count(messages(t)) > before);
}
