/* SPDX-License-Identifier: MIT */
/*
 * What went wrong in other monitors of audit space, each as a case: what it was stands above it.
 * Not for: the rules themselves (space.c, wakeup.c, switch.c, hook.c).
 */
#include "conformance/cases/trails.h"

#define SWITCHED "^audomon: switched from "

/* How many switches for file space one look makes. */
static unsigned switches_at(struct target *t, unsigned blocks, unsigned free, unsigned available,
			    unsigned fss)
{
	fill_set(t, AUDIT_DIR, text_format("blocks=%u", blocks), text_format("free=%u", free),
		 text_format("available=%u", available));
	return text_match_count(one_look(t, "-p", text_format("%u", fss), "-w", "100"),
				SWITCHED ".*: file space$");
}

/* The kernel of OpenBSM divided first: a limit of 30 % became 33 %, one of 51 to 99 % became all.
 */
CASE(rounded_limit, REQUIREMENTS("audomon/space/7", "audomon/space/8"), .needs = CAP_FILL)
{
	static const unsigned limits[] = {1, 30, 33, 51, 67, 99};

	file_system_of(t, 10000);
	auditing_on(t);
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		unsigned free = limits[i] * 100;

		assert_int_equal(switches_at(t, 10000, free + 1, free + 1, limits[i]), 0);
		assert_int_equal(switches_at(t, 10000, free, free, limits[i]), 1);
	}
}

/* auditd counted in blocks: with blocks larger than the unit of its limit that became 0. */
CASE(huge_blocks, REQUIREMENTS("audomon/space/13"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	assert_int_equal(switches_at(t, 4, 1, 1, 24), 0);
	assert_int_equal(switches_at(t, 4, 1, 1, 25), 1);
	assert_int_equal(switches_at(t, 2, 1, 1, 49), 0);
	assert_int_equal(switches_at(t, 2, 1, 1, 50), 1);
}

/* auditd looked only after a write: what was full when it started stayed unseen. */
CASE(full_at_start, REQUIREMENTS("audomon/wakeup/12"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_system_set(t, 1000);
	run_ok(t, "audomon", "-p", "20", "-t", "525600", "-o", MESSAGES);
	assert_int_equal(message_count(t, SWITCHED), 1);
}

/* auditd worked out its percentage once: a file system resized under it was measured by the old
 * size. */
CASE(resized, REQUIREMENTS("audomon/space/9"), .needs = CAP_FILL)
{
	file_system_of(t, 2500);
	auditing_on(t);
	run_ok(t, "audomon", "-p", "20", "-t", OFTEN, "-v", "-w", "100", "-o", MESSAGES);
	/* larger, and as full as before in blocks: nothing to do */
	fill_set(t, AUDIT_DIR, "blocks=8000", "free=1700", "available=1700");
	await_look(t);
	assert_int_equal(message_count(t, SWITCHED), 0);
	fill_set(t, AUDIT_DIR, "blocks=8500", "free=1700", "available=1700");
	await(t, SWITCHED);
}

/* auditd took fewer than 5 available blocks for a full disk, whatever the limit. */
CASE(few_available, REQUIREMENTS("audomon/space/6"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	for (unsigned available = 0; available < 6; available++)
		assert_int_equal(switches_at(t, 10000, 2001, available, 20), 0);
}

/* auditd, resumed after its disk had filled, stopped again at once: the large old log was still
 * there. */
CASE(resumed, REQUIREMENTS("audomon/switch/14", "audomon/switch/15", "audomon/switch/26"),
     .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1023999);
	run_ok(t, "audomon", "-p", "20", "-t", OFTEN, "-v", "-w", "100", "-o", MESSAGES);
	file_system_set(t, 1000);
	await(t, SWITCHED);
	await_look(t);
	file_system_set(t, 2001); /* room, by a hair; the old trail stays */
	await_look(t);
	await_look(t);
	assert_int_equal(message_count(t, SWITCHED), 1);
	file_system_set(t, 2000);
	wait_until(t, 20, message_count(t, SWITCHED) == 2);
	await_look(t);
	assert_int_equal(message_count(t, SWITCHED), 2);
}

/* auditd ran in circles when it could not rotate: a switch that cannot be made is tried once a
 * wake-up, and these keep their distance. */
CASE(no_busy_loop, REQUIREMENTS("audomon/wakeup/6", "audomon/warn/17"),
     .needs = CAP_TIME | CAP_FILL, .deadline_s = 120)
{
	unsigned tries;

	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, "RELEASE=11.23\n");
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-t", "1", "-o", MESSAGES);
	time_pass(t, 3600);
	tries = message_count(t, WARNING "cannot switch from " TRAIL ": no backup trail$");
	assert_in_range(tries, 59, 61);
}

/* A disk-full action that fired at each look rotated for ever on a disk that stayed full. */
CASE(no_endless_rotation, REQUIREMENTS("audomon/switch/12", "audomon/switch/13"),
     .needs = CAP_TIME | CAP_FILL, .deadline_s = 120)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_system_set(t, 0);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-o", MESSAGES);
	time_pass(t, 3600);
	assert_int_equal(message_count(t, SWITCHED), 1);
	assert_true(message_count(t, ": 100 % full after a switch at 80 %: make room$") >= 58);
}

/* OpenBSM's auditd handled a trigger again and again while the script it had started for it ran. */
CASE(slow_task, REQUIREMENTS("audomon/hook/23", "audomon/hook/15"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_write(t, "/var/run/task",
		   "#!/bin/sh\necho \"$1\" >>/var/run/notes\n"
		   "while [ ! -e /var/run/go ]; do sleep 1; done\n");
	file_chmod(t, "/var/run/task", 0755);
	file_system_set(t, 1000);
	run_ok(t, "audomon", "-p", "20", "-t", OFTEN, "-v", "-X", "/var/run/task", "-o", MESSAGES);
	wait_until(t, 20, file_exists(t, "/var/run/notes"));
	for (int looks = 0; looks < 4; looks++)
		await_look(t);
	assert_int_equal(message_count(t, SWITCHED), 1);
	assert_text("runs", file_read(t, "/var/run/notes"), TRAIL "\n");
	file_write(t, "/var/run/go", "");
}

/* A scanner ignored `60D` for its case, Solaris took a percentage above 100 for 0: what cannot be
 * meant is refused, and nothing runs. */
CASE(out_of_range, REQUIREMENTS("audomon/options/4", "audomon/options/11", "audomon/options/16",
				"audomon/options/26"))
{
	static const char *const rows[][2] = {
		{"-p", "101"}, {"-p", "-1"},  {"-p", "4294967316"}, {"-p", "20%"}, {"-p", "20P"},
		{"-p", "2e1"}, {"-w", "101"}, {"-w", "0x5a"},       {"-w", " 90"}, {"-t", "60D"},
		{"-t", "1m"},  {"-t", "1,5"}, {"-t", "-0"},         {"-t", "NaN"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct result *r = run(t, "audomon", rows[i][0], rows[i][1], "-o", MESSAGES);

		assert_exit(r, 2);
		assert_int_equal(text_line_count(r->out), 1);
		assert_false(file_exists(t, PID_FILE));
	}
}

/* A limit below the reserve kept a monitor from starting, and 25 % free was read as 25 % used. */
CASE(below_the_reserve, REQUIREMENTS("audomon/options/6", "audomon/space/1"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	assert_int_equal(switches_at(t, 10000, 7500, 0, 25), 0);
	assert_int_equal(message_count(t, WARNING "-p 25: not larger than the 75 % reserve"), 1);
	assert_int_equal(switches_at(t, 10000, 2500, 0, 25), 1);
}
