/* SPDX-License-Identifier: MIT */
/*
 * Going over to another trail. Not for: when a switch point is reached (space.c, size.c), the task
 * after a switch (hook.c).
 */
#include "conformance/cases/trails.h"

#define SWITCHED "^audomon: switched from "

/* The documented example with the trail at its AFS. */
static void switch_by_size(struct target *t)
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-w", "90", "-o", MESSAGES);
	await(t, SWITCHED);
}

/* audomon/switch/3, 4, 5: the documented example: at 1000 Kb and without a next trail, recording
 * goes over to a new trail of the same base name with the time of the switch as extension. */
CASE(new_trail, REQUIREMENTS("audomon/switch/3", "audomon/switch/4", "audomon/switch/5",
			     "audomon/size/3", "audsys/trail/17"))
{
	switch_by_size(t);
	assert_text_match("current trail", current_trail(t), "^" TRAIL "\\." STAMP "$");
	assert_true(file_exists(t, text_format("%s/spu0", current_trail(t))));
}

/* audomon/switch/4, audsys/trail/19, 20: the extension is the local time of the switch. */
CASE(time_of_switch,
     REQUIREMENTS("audomon/switch/4", "audsys/trail/17", "audsys/trail/19", "audsys/trail/20"),
     .needs = CAP_CLOCK)
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	clock_set(t, "2007-02-14 15:30:05");
	run_ok(t, "audomon", "-o", MESSAGES);
	await(t, SWITCHED);
	assert_text("current trail", current_trail(t), TRAIL ".200702141530");
}

/* audomon/switch/10, 11, 22: the line of a switch names both trails and the cause; audsys shows the
 * new trail. */
CASE(reported, REQUIREMENTS("audomon/switch/10", "audomon/switch/11", "audomon/switch/22"))
{
	switch_by_size(t);
	assert_int_equal(
		message_count(t, text_format("^audomon: switched from " TRAIL " to %s: trail size$",
					     current_trail(t))),
		1);
}

/* audomon/switch/6, audsys/trail/24, 25: a second switch names the new trail for the same base, in
 * the same folder; audsys/trail/21: in the same minute with .1 behind it. */
CASE(second_switch,
     REQUIREMENTS("audomon/switch/6", "audsys/trail/24", "audsys/trail/25", "audsys/trail/21"),
     .needs = CAP_CLOCK)
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	clock_set(t, "2007-02-14 15:30:05");
	run_ok(t, "audomon", "-t", OFTEN, "-v", "-o", MESSAGES);
	await(t, SWITCHED);
	file_resize(t, TRAIL ".200702141530/spu0", 1024000);
	wait_until(t, 20, message_count(t, SWITCHED) == 2);
	assert_text("current trail", current_trail(t), TRAIL ".200702141530.1");
	clock_set(t, "2007-02-15 02:10:00");
	file_resize(t, TRAIL ".200702141530.1/spu0", 1024000);
	wait_until(t, 20, message_count(t, SWITCHED) == 3);
	assert_text("current trail", current_trail(t), TRAIL ".200702150210");
}

/* audsys/trail/18: with TRAIL_STAMP=yyyymmdd_HHMM the time is written so. */
CASE(other_stamp, REQUIREMENTS("audsys/trail/18", "audomon/config/20"), .needs = CAP_CLOCK)
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, "AUDITING=1\nTRAIL_STAMP=yyyymmdd_HHMM\n");
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	clock_set(t, "2007-02-14 15:30:05");
	run_ok(t, "audomon", "-o", MESSAGES);
	await(t, SWITCHED);
	assert_text("current trail", current_trail(t), TRAIL ".20070214_1530");
}

/* audsys/trail/22: a trail is never made onto anything that has its name, whatever it is. */
CASE(onto_nothing, REQUIREMENTS("audsys/trail/22", "audsys/trail/21"), .needs = CAP_CLOCK)
{
	auditing_on(t);
	file_write(t, TRAIL ".200702141530", "mine");
	dir_make(t, TRAIL ".200702141530.1");
	file_resize(t, TRAIL_FILE, 1024000);
	clock_set(t, "2007-02-14 15:30:05");
	run_ok(t, "audomon", "-o", MESSAGES);
	await(t, SWITCHED);
	assert_text("current trail", current_trail(t), TRAIL ".200702141530.2");
	assert_text("the file", file_read(t, TRAIL ".200702141530"), "mine");
	assert_text("the folder", dir_list(t, TRAIL ".200702141530.1"), "");
}

/* audsys/trail/23, audomon/switch/21, warn/15, 17: with all names taken the switch fails, nothing
 * is changed, and it is warned of and tried at each wake-up. */
CASE(names_taken,
     REQUIREMENTS("audsys/trail/23", "audomon/switch/21", "audomon/warn/15", "audomon/warn/16",
		  "audomon/warn/17"),
     .needs = CAP_CLOCK)
{
	const char *names;

	auditing_on(t);
	file_write(t, TRAIL ".200702141530", "");
	for (int n = 1; n < 100; n++)
		file_write(t, text_format(TRAIL ".200702141530.%d", n), "");
	names = file_read(t, AUDNAMES);
	file_resize(t, TRAIL_FILE, 1024000);
	clock_set(t, "2007-02-14 15:30:05");
	run_ok(t, "audomon", "-t", OFTEN, "-v", "-o", MESSAGES);
	wait_until(t, 20, message_count(t, WARNING "cannot switch from " TRAIL ": .+") >= 3);
	assert_int_equal(message_count(t, WARNING "audit trail"), 0);
	assert_int_equal(message_count(t, SWITCHED), 0);
	assert_text("audnames", file_read(t, AUDNAMES), names);
	file_remove(t, TRAIL ".200702141530.7");
	await(t, SWITCHED);
	assert_text("current trail", current_trail(t), TRAIL ".200702141530.7");
}

/* audsys/trail/27, 28, 29: the new trail has the AFS, the mode and the number of files of the old
 * one, which stays where it was. */
CASE(inherited, REQUIREMENTS("audsys/trail/27", "audsys/trail/28", "audsys/trail/29"))
{
	run_ok(t, "audsys", "-n", "-N", "3", "-c", TRAIL, "-s", "400");
	file_resize(t, TRAIL "/spu1", 409600);
	run_ok(t, "audomon", "-o", MESSAGES);
	await(t, SWITCHED);
	assert_text("files", dir_list(t, current_trail(t)), "spu0\nspu1\nspu2\n");
	assert_out_match(run_ok(t, "audsys"), "^current +400 ");
	assert_int_equal(file_size(t, TRAIL "/spu1"), 409600);
}

/* audsys/trail/28, 14: the same for a trail that is one file; it has mode 0600. */
CASE(inherited_single, REQUIREMENTS("audsys/trail/28", "audsys/trail/14"))
{
	run_ok(t, "audsys", "-n", "-N", "0", "-c", TRAIL, "-s", "400");
	file_resize(t, TRAIL, 409600);
	run_ok(t, "audomon", "-o", MESSAGES);
	await(t, SWITCHED);
	assert_int_equal(file_mode(t, current_trail(t)), 0600);
	assert_int_equal(file_size(t, current_trail(t)), 16);
}

/* audsys/trail/26: a trail named with -c that ends like a time stamp is a base like any other. */
CASE(base_with_digits, REQUIREMENTS("audsys/trail/26"), .needs = CAP_CLOCK)
{
	run_ok(t, "audsys", "-n", "-c", AUDIT_DIR "/a.200702141530", "-s", "1000");
	file_resize(t, AUDIT_DIR "/a.200702141530/spu0", 1024000);
	clock_set(t, "2007-02-15 02:10:00");
	run_ok(t, "audomon", "-o", MESSAGES);
	await(t, SWITCHED);
	assert_text("current trail", current_trail(t), AUDIT_DIR "/a.200702141530.200702150210");
}

/* audomon/switch/1, 2: a next trail is preferred; it then is the current one with its own AFS, and
 * no next trail is set. */
CASE(to_next, REQUIREMENTS("audomon/switch/1", "audomon/switch/2"))
{
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-o", MESSAGES);
	await(t, SWITCHED);
	assert_text("current trail", current_trail(t), BACKUP);
	assert_text("next trail", next_trail(t), "-none-");
	assert_out_match(run_ok(t, "audsys"), "^current +700 ");
}

/* audsys/trail/25: after a switch to the next trail, that is the base. */
CASE(base_is_the_next, REQUIREMENTS("audsys/trail/25", "audomon/switch/6"))
{
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	await(t, SWITCHED);
	file_resize(t, BACKUP "/spu0", 716800);
	wait_until(t, 20, message_count(t, SWITCHED) == 2);
	assert_text_match("current trail", current_trail(t), "^" BACKUP "\\." STAMP "$");
}

/* audomon/switch/18, 19: a next trail that has gone is warned of; a new one is made, and the next
 * one stays named. */
CASE(next_gone, REQUIREMENTS("audomon/switch/18", "audomon/switch/19"))
{
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	file_remove(t, BACKUP);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-o", MESSAGES);
	await(t, SWITCHED);
	assert_int_equal(message_count(t, WARNING "next audit trail " BACKUP
						  " is not available: No such file or directory$"),
			 1);
	assert_text_match("current trail", current_trail(t), "^" TRAIL "\\." STAMP "$");
	assert_text("next trail", next_trail(t), BACKUP);
}

/* audomon/switch/18: the same for one on a file system without user space. */
CASE(next_full, REQUIREMENTS("audomon/switch/18"), .needs = CAP_FILL)
{
	dir_make(t, AUDIT_DIR "/other");
	fill_mount(t, AUDIT_DIR "/other");
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "-x", AUDIT_DIR "/other/backup", "-z",
	       "700");
	fill_set(t, AUDIT_DIR "/other", "blocks=10000", "free=1000", "available=0");
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-o", MESSAGES);
	await(t, SWITCHED);
	assert_int_equal(message_count(t, WARNING "next audit trail " AUDIT_DIR
						  "/other/backup is not available: "),
			 1);
	assert_text_match("current trail", current_trail(t), "^" TRAIL "\\." STAMP "$");
}

/* audomon/switch/7, 8: releases before 11.31 only warn when there is no next trail, at every
 * wake-up, and the trail keeps growing. */
CASE(old_releases, REQUIREMENTS("audomon/switch/7", "audomon/switch/8", "audomon/config/19"))
{
	static const char *const releases[] = {"11.23", "11.11", "10.20"};
	struct target_process *p;

	auditing_on(t);
	dir_make(t, "/etc/rc.config.d");
	file_resize(t, TRAIL_FILE, 1024000);
	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
		file_write(t, RC_CONFIG, text_format("RELEASE=%s\n", releases[i]));
		file_remove(t, MESSAGES);
		p = start(t, NULL, "audomon", "-F", "-t", OFTEN, "-o", MESSAGES);
		wait_until(t, 20,
			   message_count(t, WARNING "cannot switch from " TRAIL
						    ": no backup trail$") >= 2);
		assert_text("current trail", current_trail(t), TRAIL);
		assert_exit(stop(t, p, SIGTERM), 0);
	}
}

/* audomon/switch/1: releases before 11.31 switch to a next trail as well. */
CASE(old_release_with_next, REQUIREMENTS("audomon/switch/1"))
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, "RELEASE=10.20\n");
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-o", MESSAGES);
	await(t, SWITCHED);
	assert_text("current trail", current_trail(t), BACKUP);
}

/* audomon/switch/9, 11: both switch points reached at once make one switch with both causes. */
CASE(both_points, REQUIREMENTS("audomon/switch/9", "audomon/switch/11"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	file_system_set(t, 2000);
	run_ok(t, "audomon", "-t", OFTEN, "-v", "-o", MESSAGES);
	await(t, SWITCHED);
	await_look(t);
	assert_int_equal(message_count(t, SWITCHED), 1);
	assert_int_equal(message_count(t, ": trail size and file space$"), 1);
}

/* audomon/switch/12, 13, 14, 15: a file system that stays full is left once, then warned of at each
 * wake-up; once it has been above the point, the next time there is one switch again. */
CASE(hold,
     REQUIREMENTS("audomon/switch/12", "audomon/switch/13", "audomon/switch/14",
		  "audomon/switch/15"),
     .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_system_set(t, 1500);
	run_ok(t, "audomon", "-p", "20", "-t", OFTEN, "-v", "-o", MESSAGES);
	await(t, SWITCHED ".*: file space$");
	wait_until(
		t, 20,
		message_count(t, text_format(WARNING "file system of %s: 85 %% full after a switch "
						     "at 80 %%: make room$",
					     current_trail(t))) >= 3);
	assert_int_equal(message_count(t, SWITCHED), 1);
	file_system_set(t, 2001);
	wait_until(t, 20, message_count(t, ": 79 % full, switch at 80 %$") > 0);
	assert_int_equal(message_count(t, SWITCHED), 1);
	file_system_set(t, 2000);
	wait_until(t, 20,
		   message_count(t, "after a switch at 80 %: make room$") >= 5 &&
			   message_count(t, SWITCHED) >= 2);
	assert_int_equal(message_count(t, SWITCHED), 2);
}

/* audomon/switch/16: on hold, the trail is still switched for its size, and for that alone. */
CASE(hold_and_size, REQUIREMENTS("audomon/switch/16"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_system_set(t, 1500);
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	await(t, SWITCHED ".*: file space$");
	file_resize(t, text_format("%s/spu0", current_trail(t)), 1024000);
	await(t, SWITCHED ".*: trail size$");
	assert_int_equal(message_count(t, SWITCHED), 2);
}

/* audomon/switch/17, size/7: a hold is for one file system: a current trail on another one is left
 * as usual. */
CASE(hold_elsewhere, REQUIREMENTS("audomon/switch/17", "audomon/size/7"), .needs = CAP_FILL)
{
	static const char *const folders[] = {AUDIT_DIR "/one", AUDIT_DIR "/two"};

	for (int i = 0; i < 2; i++) {
		dir_make(t, folders[i]);
		fill_mount(t, folders[i]);
		fill_set(t, folders[i], "blocks=10000", "free=9000", "available=9000");
	}
	run_ok(t, "audsys", "-n", "-c", AUDIT_DIR "/one/trail", "-s", "1000");
	fill_set(t, AUDIT_DIR "/one", "free=1500", "available=1500");
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	await(t, SWITCHED AUDIT_DIR "/one/trail to .*: file space$");
	run_ok(t, "audsys", "-c", AUDIT_DIR "/two/trail", "-s", "1000");
	fill_set(t, AUDIT_DIR "/two", "free=1000", "available=1000");
	await(t, SWITCHED AUDIT_DIR "/two/trail to .*: file space$");
}

/* audomon/switch/20: a current trail that cannot be examined gives a warning at each wake-up and no
 * switch. */
CASE(trail_gone, REQUIREMENTS("audomon/switch/20"))
{
	auditing_on(t);
	file_remove(t, TRAIL);
	run_ok(t, "audomon", "-t", "0.001", "-o", MESSAGES);
	wait_until(t, 20,
		   message_count(t, WARNING "cannot examine " TRAIL
					    ": No such file or directory$") >= 3);
	assert_int_equal(warnings(t), message_count(t, "cannot examine"));
	assert_text("trails", trails_listed(t), "");
	assert_int_equal(message_count(t, SWITCHED), 0);
}

/* audomon/switch/25: a fresh trail that is at its AFS already is not switched before the next
 * wake-up: 65 files of 16 bytes are more than 1 Kb. */
CASE(tiny_size, REQUIREMENTS("audomon/switch/25"))
{
	run_ok(t, "audsys", "-n", "-N", "65", "-c", TRAIL, "-s", "1");
	run_ok(t, "audomon", "-t", "1", "-v", "-o", MESSAGES);
	await(t, WAKE_UP);
	assert_int_equal(message_count(t, SWITCHED), 1);
	assert_int_equal(message_count(t, WAKE_UP "60 s at "), 1);
}

/* audomon/switch/23: audnames has the new trail by the time the switch is reported. */
CASE(complete_when_reported, REQUIREMENTS("audomon/switch/23", "audomon/switch/24"))
{
	switch_by_size(t);
	assert_text_match("audnames", file_read(t, AUDNAMES), "^current = " TRAIL "\\." STAMP "$");
	assert_text_match("audnames", file_read(t, AUDNAMES), "^base = " TRAIL "$");
	assert_text_match("audnames", file_read(t, AUDNAMES), "^state = on$");
}

/* audomon/switch/27: a clock set back by an hour gives a name that is taken: the next one is used.
 */
CASE(clock_set_back, REQUIREMENTS("audomon/switch/27", "audsys/trail/21"), .needs = CAP_CLOCK)
{
	auditing_on(t);
	clock_set(t, "2007-10-28 02:30:05");
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	await(t, SWITCHED);
	assert_text("current trail", current_trail(t), TRAIL ".200710280230");
	clock_set(t, "2007-10-28 02:30:05");
	file_resize(t, TRAIL ".200710280230/spu0", 1024000);
	wait_until(t, 20, message_count(t, SWITCHED) == 2);
	assert_text("current trail", current_trail(t), TRAIL ".200710280230.1");
	assert_int_equal(file_size(t, TRAIL ".200710280230/spu0"), 1024000);
}

/* audomon/switch/28: on a file system that has become read-only a switch fails, and is tried again.
 */
CASE(read_only, REQUIREMENTS("audomon/switch/28"), .needs = CAP_FILL)
{
	file_system_of(t, 5000);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	fill_fault(t, AUDIT_DIR, "mkdir", "errno=EROFS");
	run_ok(t, "audomon", "-v", "-t", OFTEN, "-o", MESSAGES);
	wait_until(t, 20,
		   message_count(t, "^audomon: warning: cannot switch from " TRAIL
				    ": Read-only file system$") >= 2);
	assert_text("current trail", current_trail(t), TRAIL);
	fill_clear(t, AUDIT_DIR);
	await(t, SWITCHED);
}

/* audomon/switch/29: a file system that has vanished is warned of, and monitoring goes on with it.
 */
CASE(vanished, REQUIREMENTS("audomon/switch/29", "audomon/switch/20"), .needs = CAP_FILL)
{
	file_system_of(t, 5000);
	auditing_on(t);
	run_ok(t, "audomon", "-v", "-t", OFTEN, "-o", MESSAGES);
	await(t, WAKE_UP);
	fill_fault(t, AUDIT_DIR, "statfs", "errno=EIO");
	wait_until(t, 20,
		   message_count(t, "^audomon: warning: cannot examine " TRAIL
				    ": Input/output error$") >= 2);
	fill_clear(t, AUDIT_DIR);
	file_resize(t, TRAIL_FILE, 1024000);
	await(t, SWITCHED);
}

/* The current trail as audnames has it. */
static const char *named_trail(struct target *t)
{
	const char *text = file_read(t, AUDNAMES);
	const char *at = strstr(text, "\ncurrent = ");

	assert_non_null(at);
	return text_line(at + strlen("\ncurrent = "), 0);
}

/* audomon/switch/30: killed at each step of a switch: the old trail stays as it is, audnames names
 * it or a whole new one, and the next audomon goes on. */
CASE(killed, REQUIREMENTS("audomon/switch/30"), .deadline_s = 120)
{
	unsigned switched = 0;
	unsigned step = 0;
	bool killed;

	auditing_on(t);
	do {
		/* A base of its own, so that no name is taken and the steps stay the same. */
		const char *old = text_format(TRAIL "%u", ++step);
		const char *now;
		struct target_process *p;
		pid_t pid;

		run_ok(t, "audsys", "-N", "0", "-c", old, "-s", "1000");
		file_resize(t, old, 1024000);
		file_remove(t, MESSAGES);
		p = start(t, &(struct run_options){.dies_at = step}, "audomon", "-F", "-v", "-t",
			  "1", "-o", MESSAGES);
		pid = pid_of(t, p);
		wait_until(t, 20, !pid_exists(t, pid) || message_count(t, WAKE_UP) > 0);
		killed = !pid_exists(t, pid) || !message_count(t, WAKE_UP);
		now = named_trail(t);
		assert_int_equal(file_size(t, old), 1024000);
		assert_int_equal(file_size(t, now), strcmp(now, old) ? 16 : 1024000);
		assert_true(!message_count(t, SWITCHED) || strcmp(now, old) != 0);
		if (!killed)
			stop(t, p, SIGTERM);
		one_look(t, "-t", "1");
		switched += message_count(t, SWITCHED);
		assert_int_equal(message_count(t, SWITCHED), !strcmp(now, old));
		assert_int_equal(file_size(t, named_trail(t)), 16);
	} while (killed && step < 60);
	assert_false(killed);
	assert_true(switched > 5); /* before the switch, and in it */
}

/* audomon/switch/31, 27: the hour that comes twice at the end of daylight saving time gives the
 * same name twice, and the second one gets a number. */
CASE(hour_twice, REQUIREMENTS("audomon/switch/31", "audomon/switch/27"), .needs = CAP_CLOCK)
{
	const struct run_options central = {.zone = "CET-1CEST,M3.5.0,M10.5.0/3"};

	auditing_on(t);
	clock_set(t, "2007-10-28 00:30:05"); /* 02:30:05 there, and again an hour later */
	file_resize(t, TRAIL_FILE, 1024000);
	run_as(t, &central, "audomon", "-t", OFTEN, "-o", MESSAGES);
	await(t, SWITCHED);
	assert_text("current trail", current_trail(t), TRAIL ".200710280230");
	file_resize(t, TRAIL ".200710280230/spu0", 2048000);
	clock_set(t, "2007-10-28 01:30:05");
	wait_until(t, 20, strcmp(current_trail(t), TRAIL ".200710280230") != 0);
	assert_text_match("current trail", current_trail(t), TRAIL ".200710280(230.1|[23]30)$");
}
