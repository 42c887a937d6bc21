/* SPDX-License-Identifier: MIT */
/*
 * Extensions of audomon: removing trails that were left behind, and switching for age.
 */
#include "conformance/cases/trails.h"

#define OLD   TRAIL ".200001010000"
#define OLDER TRAIL ".199901010000"

static void set(struct target *t, const char *settings)
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, settings);
}

/* Trails left behind, of 100 Kb each, and things that are none. */
static void left_behind(struct target *t)
{
	static const char *const trails[] = {OLDER, OLD};

	for (size_t i = 0; i < sizeof(trails) / sizeof(trails[0]); i++) {
		dir_make(t, trails[i]);
		file_write(t, text_format("%s/spu0", trails[i]), "x");
		file_resize(t, text_format("%s/spu0", trails[i]), 102400);
	}
	dir_make(t, AUDIT_DIR "/other.200001010000");
	dir_make(t, TRAIL ".200001010000.saved");
}

static void assert_others(struct target *t)
{
	assert_true(file_exists(t, TRAIL_FILE));
	assert_true(file_exists(t, AUDIT_DIR "/other.200001010000"));
	assert_true(file_exists(t, TRAIL ".200001010000.saved"));
}

/* audomon/keep/2, 4: the oldest are removed while all together hold more than the limit. */
CASE(total_size, REQUIREMENTS("audomon/keep/2", "audomon/keep/4"))
{
	set(t, "AUDOMON_KEEP_KB=100\n");
	auditing_on(t);
	left_behind(t);
	one_look(t, "-t", "1");
	assert_int_equal(message_count(t,
				       "^audomon: removed " TRAIL "\\.[0-9]{12}: more than 100 Kb "
				       "are kept$"),
			 1);
	assert_int_equal(file_exists(t, OLD) + file_exists(t, OLDER), 1);
	assert_others(t);
}

/* audomon/keep/1, 4: those that were last changed longer ago than the days given are removed. */
CASE(age, REQUIREMENTS("audomon/keep/1", "audomon/keep/4"), .needs = CAP_CLOCK)
{
	set(t, "AUDOMON_KEEP_DAYS=3\n");
	clock_set(t, "2007-02-14 15:30:05");
	left_behind(t);
	clock_set(t, "2007-02-18 15:30:05");
	auditing_on(t);
	one_look(t, "-t", "1");
	assert_int_equal(message_count(t, "^audomon: removed " TRAIL "\\.[0-9]{12}: older than 3 "
					  "days$"),
			 2);
	assert_false(file_exists(t, OLD));
	assert_false(file_exists(t, OLDER));
	assert_others(t);
}

/* audomon/keep/5: without the settings, all stay. */
CASE(off, REQUIREMENTS("audomon/keep/5"), .needs = CAP_TIME)
{
	auditing_on(t);
	left_behind(t);
	run_ok(t, "audomon", "-t", "1", "-o", MESSAGES);
	time_pass(t, 7200);
	assert_true(file_exists(t, OLD));
	assert_true(file_exists(t, OLDER));
	assert_text("current trail", current_trail(t), TRAIL);
}

/* audomon/keep/3: a trail is switched for its age, not before. */
CASE(time_based, REQUIREMENTS("audomon/keep/3"), .needs = CAP_TIME)
{
	set(t, "AUDOMON_SWITCH_MINUTES=60\n");
	auditing_on(t);
	run_ok(t, "audomon", "-t", "1", "-o", MESSAGES);
	time_pass(t, 3000);
	assert_text("current trail", current_trail(t), TRAIL);
	time_pass(t, 1300);
	assert_int_equal(message_count(t, "^audomon: switched from " TRAIL " to .*: trail age$"),
			 1);
}

/* audomon/keep/7: in the wake-up that comes with its time, long before that of the formula; or,
 * where that is nearer than sp_freq, as soon as one may come. */
CASE(in_time, REQUIREMENTS("audomon/keep/7"), .needs = CAP_TIME)
{
	static const struct {
		const char *sp_freq, *wake_up;
		unsigned before_s;
	} rows[] = {{"1", "120 s", 119}, {"3", "181 s", 179}};

	set(t, "AUDOMON_SWITCH_MINUTES=2\n");
	auditing_on(t);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *trail = current_trail(t);
		struct target_process *p;

		file_remove(t, MESSAGES);
		p = start(t, NULL, "audomon", "-F", "-v", "-t", rows[i].sp_freq, "-o", MESSAGES);
		await(t, text_format(WAKE_UP "%s at ", rows[i].wake_up));
		time_pass(t, rows[i].before_s);
		assert_text("current trail", current_trail(t), trail);
		time_pass(t, 2);
		assert_int_equal(message_count(t, "^audomon: switched from .*: trail age$"), 1);
		assert_exit(stop(t, p, SIGTERM), 0);
	}
}

/* audomon/keep/9: a clock that is set, or an hour that comes twice, changes nothing. */
CASE(time_of_day, REQUIREMENTS("audomon/keep/9"), .needs = CAP_TIME | CAP_CLOCK)
{
	static const char *const clocks[] = {"2007-10-28 01:10:00", "2001-01-01 00:00:00"};
	const struct run_options central = {.zone = "CET-1CEST,M3.5.0,M10.5.0/3"};

	set(t, "AUDOMON_SWITCH_MINUTES=60\n");
	auditing_on(t);
	clock_set(t, "2007-10-28 00:30:00"); /* 02:30 there, for the first time at 01:00 */
	run_as(t, &central, "audomon", "-t", "1", "-o", MESSAGES);
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		time_pass(t, 1790);
		assert_text("current trail", current_trail(t), TRAIL);
		clock_set(t, clocks[i]);
	}
	time_pass(t, 30);
	assert_int_equal(message_count(t, "^audomon: switched from .*: trail age$"), 1);
}

/* audomon/keep/8: the oldest go while all together hold more than that part of the file system. */
CASE(part, REQUIREMENTS("audomon/keep/8", "audomon/keep/4"), .needs = CAP_FILL)
{
	set(t, "AUDOMON_KEEP_PERCENT=5\n");
	file_system_of(t, 9000);
	fill_set(t, AUDIT_DIR, "block_size=400"); /* 200000 bytes are 5 % */
	auditing_on(t);
	left_behind(t);
	one_look(t, "-t", "1");
	assert_int_equal(message_count(t,
				       "^audomon: removed " TRAIL "\\.[0-9]{12}: more than 5 % of "
				       "the file system are kept$"),
			 1);
	assert_int_equal(file_exists(t, OLD) + file_exists(t, OLDER), 1);
	assert_others(t);
	fill_set(t, AUDIT_DIR, "block_size=512");
	one_look(t, "-t", "1");
	assert_int_equal(message_count(t, "^audomon: removed "), 0);
}

/* audomon/keep/6: not while a task is at work. */
CASE(task_at_work, REQUIREMENTS("audomon/keep/6"))
{
	set(t, "AUDOMON_KEEP_KB=1\n");
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	left_behind(t);
	file_write(t, "/var/run/task",
		   "#!/bin/sh\nwhile [ ! -e /var/run/go_on ]; do sleep 0.1; done\n");
	file_chmod(t, "/var/run/task", 0755);
	run_ok(t, "audomon", "-v", "-t", OFTEN, "-o", MESSAGES, "-X", "/var/run/task");
	await(t, "^audomon: switched from ");
	assert_true(message_count(t, "removed") <= 2); /* before the switch */
	dir_make(t, TRAIL ".200201010000");
	file_write(t, TRAIL ".200201010000/spu0", "x");
	file_resize(t, TRAIL ".200201010000/spu0", 102400);
	await_look(t);
	assert_true(file_exists(t, TRAIL ".200201010000"));
	file_write(t, "/var/run/go_on", "x");
	wait_until(t, 20, !file_exists(t, TRAIL ".200201010000"));
}
