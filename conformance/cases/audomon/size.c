/* SPDX-License-Identifier: MIT */
/*
 * The audit-file switch point, from both sides. Not for: what a switch does (switch.c).
 */
#include "conformance/cases/trails.h"

#define SWITCHED "^audomon: switched from "
#define FOR_SIZE SWITCHED ".*: trail size$"

/* audomon/size/1, 2, 3: the documented example: the switch comes when the trail is at 1000 Kb. */
CASE(at_1000_kb, REQUIREMENTS("audomon/size/1", "audomon/size/2", "audomon/size/3"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-w", "90", "-o", MESSAGES);
	await(t, FOR_SIZE);
}

/* audomon/size/4: a byte less does not switch. */
CASE(a_byte_less, REQUIREMENTS("audomon/size/4", "audomon/size/2"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1023999);
	assert_int_equal(text_match_count(one_look(t, "-p", "20"), SWITCHED), 0);
	file_resize(t, TRAIL_FILE, 1024000);
	assert_int_equal(text_match_count(one_look(t, "-p", "20"), FOR_SIZE), 1);
}

/* audomon/size/5, audsys/trail/5, 6: in regular mode all files of the trail count together; a
 * folder in it does not. */
CASE(all_files, REQUIREMENTS("audomon/size/5", "audsys/trail/5", "audsys/trail/6"))
{
	run_ok(t, "audsys", "-n", "-N", "3", "-c", TRAIL, "-s", "1000");
	file_resize(t, TRAIL "/spu0", 400000);
	file_resize(t, TRAIL "/spu1", 600000);
	file_resize(t, TRAIL "/spu2", 23999);
	dir_make(t, TRAIL "/folder");
	file_resize(t, TRAIL "/folder/large", 1024000);
	assert_int_equal(text_match_count(one_look(t, "-p", "20"), SWITCHED), 0);
	file_resize(t, TRAIL "/spu2", 24000);
	assert_int_equal(text_match_count(one_look(t, "-p", "20"), FOR_SIZE), 1);
}

/* audomon/size/6: an AFS changed with audsys counts from the next wake-up on. */
CASE(changed_size, REQUIREMENTS("audomon/size/6"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 512000);
	run_ok(t, "audomon", "-p", "20", "-t", OFTEN, "-v", "-o", MESSAGES);
	await_look(t);
	assert_int_equal(message_count(t, SWITCHED), 0);
	run_ok(t, "audsys", "-c", TRAIL, "-s", "500");
	await(t, FOR_SIZE);
}

/* audomon/size/7: a current trail changed with audsys is the one watched from then on. */
CASE(changed_trail, REQUIREMENTS("audomon/size/7"))
{
	auditing_on(t);
	run_ok(t, "audomon", "-p", "20", "-t", OFTEN, "-v", "-o", MESSAGES);
	run_ok(t, "audsys", "-c", AUDIT_DIR "/other", "-s", "10");
	file_resize(t, TRAIL_FILE, 1024000);
	await_look(t);
	assert_int_equal(message_count(t, SWITCHED), 0);
	file_resize(t, AUDIT_DIR "/other/spu0", 10240);
	await(t, SWITCHED AUDIT_DIR "/other to " AUDIT_DIR "/other\\." STAMP ": trail size$");
}

/* audomon/size/8: either point may be reached first. */
CASE(either_first, REQUIREMENTS("audomon/size/8"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_system_set(t, 1999);
	assert_int_equal(text_match_count(one_look(t, "-p", "20"), SWITCHED ".*: file space$"), 1);
	file_system_set(t, 9000);
	file_resize(t, text_format("%s/spu0", current_trail(t)), 1024000);
	assert_int_equal(text_match_count(one_look(t, "-p", "20"), FOR_SIZE), 1);
}

/* audomon/size/3, warn/3, warn/7: the documented example, with a trail that grows by 10 Kb a
 * minute: no warning below 900 Kb, warnings from then on, no switch below 1000 Kb, one soon after.
 */
CASE(growing,
     REQUIREMENTS("audomon/size/3", "audomon/warn/3", "audomon/warn/7", "audomon/switch/5",
		  "audomon/wakeup/1"),
     .needs = CAP_TIME)
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 800 * 1024);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-w", "90", "-o", MESSAGES);
	for (unsigned kb = 810; kb <= 1020; kb += 10) {
		file_resize(t, TRAIL_FILE, (uint64_t)kb * 1024);
		time_pass(t, 60);
		assert_true(kb >= 900 || warnings(t) == 0);
		assert_true(kb < 920 || warnings(t) > 0);
		assert_true(kb >= 1000 || message_count(t, SWITCHED) == 0);
		assert_true(kb < 1010 || message_count(t, SWITCHED) == 1);
	}
	assert_int_equal(message_count(t, WARNING "audit trail " TRAIL ": (9[0-9]0) of 1000 Kb"),
			 warnings(t));
}
