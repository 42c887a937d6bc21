/* SPDX-License-Identifier: MIT */
/*
 * Extensions of audomon: limits to free space given as a size, and the second threshold. Not for:
 * the percentage (space.c).
 */
#include "conformance/cases/recorded.h"

#define SWITCHED  "^audomon: switched from "
#define AT_SECOND WARNING "file system of .*: [0-9]+ Kb free, at the second threshold"

/* A file system of 10000 blocks of 4 Kb. */
static void set_up(struct target *t, const char *settings, unsigned free)
{
	file_system_of(t, free);
	fill_set(t, AUDIT_DIR, "block_size=4096");
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, settings);
	auditing_on(t);
}

static unsigned switches_at(struct target *t, unsigned free)
{
	file_system_set(t, free);
	return text_match_count(one_look(t, "-p", "10"), SWITCHED ".*: file space$");
}

/* audomon/limits/1: exactly at the size it switches, with a block more it does not. */
CASE(size, REQUIREMENTS("audomon/limits/1"), .needs = CAP_FILL)
{
	set_up(t, "AUDOMON_SWITCH_FREE_KB=8000\n", 10000);
	assert_int_equal(switches_at(t, 2001), 0);
	assert_int_equal(switches_at(t, 2000), 1);
	assert_int_equal(switches_at(t, 1999), 1); /* another audomon has no hold of it */
	/* the reserve counts as free */
	fill_set(t, AUDIT_DIR, "free=2001", "available=0");
	assert_int_equal(text_match_count(one_look(t, "-p", "10"), SWITCHED), 0);
}

/* audomon/limits/2: what comes first counts, and warnings say which that is. */
CASE(what_comes_first, REQUIREMENTS("audomon/limits/2"), .needs = CAP_FILL)
{
	set_up(t, "AUDOMON_SWITCH_FREE_KB=8000\n", 2800);
	/* 90 % of the way from 40000 to 8000 Kb: 11200 */
	assert_int_equal(text_match_count(one_look(t, "-p", "10", "-w", "90"),
					  WARNING "file system of " TRAIL
						  ": 11200 Kb free, switch at 8000 Kb$"),
			 1);
	file_system_set(t, 2801);
	assert_int_equal(text_match_count(one_look(t, "-p", "10", "-w", "90"), WARNING), 0);
	file_system_set(t, 3000);
	assert_int_equal(text_match_count(one_look(t, "-p", "25", "-w", "90"), WARNING
					  "file system of " TRAIL ": 70 % full, switch at 75 %$"),
			 1);
	/* on hold after a switch for the size */
	file_system_set(t, 1999);
	assert_int_equal(text_match_count(one_look(t, "-p", "10", "-t", OFTEN), SWITCHED), 1);
	run_ok(t, "audomon", "-p", "10", "-t", OFTEN, "-o", MESSAGES);
	await(t, WARNING "file system of " TRAIL "\\." STAMP
			 "[.1]*: 7996 Kb free after a switch at 8000 Kb: make room$");
}

/* audomon/limits/3 */
CASE(told, REQUIREMENTS("audomon/limits/3"), .needs = CAP_FILL)
{
	set_up(t, "AUDOMON_SWITCH_FREE_KB=8000\n", 5000);
	run_ok(t, "audomon", "-o", MESSAGES);
	assert_out_match(run_ok(t, "audomon", "--status"),
			 "^file system: +50 % full, switch at 80 % or 8000 Kb free$");
	assert_out_match(run_ok(t, "audomon", "--status", "--json"), "\"switch_free_kb\":8000,");
}

/* audomon/limits/4: at the threshold each wake-up warns, with a block more none does. */
CASE(second_threshold, REQUIREMENTS("audomon/limits/4"), .needs = CAP_FILL)
{
	static const struct {
		const char *settings;
		unsigned free;
	} rows[] = {
		{"AUDOMON_ALERT_FREE_PERCENT=5\n", 500},
		{"AUDOMON_ALERT_FREE_KB=2000\n", 500},
		{"AUDOMON_ALERT_FREE_PERCENT=5\nAUDOMON_ALERT_FREE_KB=1\n", 500},
	};

	set_up(t, "", 5000);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		file_write(t, RC_CONFIG, rows[i].settings);
		file_system_set(t, rows[i].free + 1);
		assert_int_equal(text_match_count(one_look(t, "-p", "1", "-w", "100"), WARNING), 0);
		file_system_set(t, rows[i].free);
		assert_int_equal(text_match_count(one_look(t, "-p", "1", "-w", "100"), AT_SECOND),
				 1);
	}
	run_ok(t, "audomon", "-p", "1", "-t", OFTEN, "-o", MESSAGES);
	wait_until(t, 20, message_count(t, AT_SECOND) >= 3);
}

/* How often the action has been run. */
static unsigned actions(struct target *t)
{
	if (!file_exists(t, "/var/run/acted"))
		return 0;
	return text_match_count(file_read(t, "/var/run/acted"), "^now " TRAIL "$");
}

/* audomon/limits/5: the command runs at each crossing, once. */
CASE(command, REQUIREMENTS("audomon/limits/5"), .needs = CAP_FILL)
{
	set_up(t, "AUDOMON_ALERT_FREE_PERCENT=5\nAUDOMON_ALERT_ACTION=\"/var/run/act now\"\n", 501);
	file_write(t, "/var/run/act", "#!/bin/sh\necho \"$1 $2\" >>/var/run/acted\n");
	file_chmod(t, "/var/run/act", 0755);
	run_ok(t, "audomon", "-p", "1", "-t", OFTEN, "-v", "-o", MESSAGES);
	await_look(t);
	assert_int_equal(actions(t), 0);
	for (unsigned crossings = 1; crossings <= 2; crossings++) {
		file_system_set(t, 500);
		wait_until(t, 20, actions(t) == crossings);
		await_look(t);
		await_look(t);
		assert_int_equal(actions(t), crossings);
		file_system_set(t, 501);
		await_look(t);
	}
	assert_int_equal(actions(t), 2);
}

/* audomon/limits/6: a user's call waits, root's does not; with room it goes on. */
CASE(suspend, REQUIREMENTS("audomon/limits/6"), .needs = CAP_ROOT | CAP_HOOKS | CAP_FILL,
     .where = ON_GUEST | ON_SIM)
{
	struct target_process *p;

	set_up(t,
	       "AUDOMON_ALERT_FREE_PERCENT=5\nAUDOMON_ALERT_ACTION=suspend\n"
	       "AUDEVENT_ARGS1=\"-P -e create\"\n",
	       500);
	dir_make(t, "/var/run/work");
	file_chmod(t, "/var/run/work", 0777);
	user_add(t, "carol", 501);
	run_ok(t, "audomon", "-p", "1", "-t", OFTEN, "-v", "-o", MESSAGES);
	await(t, AT_SECOND ": auditable calls wait$");
	await_look(t);
	p = start(t, &(struct run_options){.user = "carol"}, "mkdir", "/var/run/work/of_carol");
	run_ok(t, "mkdir", "/var/run/work/of_root");
	time_pass(t, 1);
	assert_false(file_exists(t, "/var/run/work/of_carol"));
	file_system_set(t, 501);
	assert_exit(finish(t, p), 0);
}

/* audomon/limits/7 */
CASE(malformed, REQUIREMENTS("audomon/limits/7"))
{
	static const char *const rows[][2] = {
		{"AUDOMON_ALERT_FREE_KB=1\nAUDOMON_ALERT_ACTION=halt\n",
		 "2: AUDOMON_ALERT_ACTION=halt: must be suspend or begin with an absolute path"},
		{"AUDOMON_ALERT_ACTION=suspend\n",
		 "1: AUDOMON_ALERT_ACTION=suspend: must be with AUDOMON_ALERT_FREE_PERCENT or "
		 "AUDOMON_ALERT_FREE_KB"},
		{"AUDOMON_ALERT_FREE_PERCENT=101\n",
		 "1: AUDOMON_ALERT_FREE_PERCENT=101: must be a whole number from 1 to 100"},
		{"AUDOMON_SWITCH_FREE_KB=8M\n",
		 "1: AUDOMON_SWITCH_FREE_KB=8M: must be a whole number from 1 to 4294967295"},
		{"AUDOMON_COMPRESS=20\n",
		 "1: AUDOMON_COMPRESS=20: must be a whole number from 1 to 19"},
	};

	dir_make(t, "/etc/rc.config.d");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct result *r;

		file_write(t, RC_CONFIG, rows[i][0]);
		r = run(t, "audomon");
		assert_exit(r, 2);
		assert_out(r, text_format("audomon: " RC_CONFIG ":%s\n", rows[i][1]));
	}
	assert_false(file_exists(t, PID_FILE));
}

/* audomon/limits/8: at 2 % free, -p 1 neither warns nor switches. */
CASE(off, REQUIREMENTS("audomon/limits/8"), .needs = CAP_FILL)
{
	set_up(t, "", 5000);
	file_system_set(t, 200);
	assert_int_equal(text_match_count(one_look(t, "-p", "1", "-w", "100"), "."), 1);
}
