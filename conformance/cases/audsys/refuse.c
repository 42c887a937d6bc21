/* SPDX-License-Identifier: MIT */
/*
 * What audsys refuses, with nothing changed. Not for: wrong usage (control.c).
 */
#include "conformance/cases/trails.h"

/* 1000 blocks of 1 Kb, so many free and available. */
static void file_system_kb(struct target *t, unsigned free, unsigned available)
{
	fill_set(t, AUDIT_DIR, "block_size=1024", "blocks=1000", text_format("free=%u", free),
		 text_format("available=%u", available));
}

/* A refusal: exit 1, that line on standard error, and audnames and trails as they were. */
#define assert_refused(t, line, ...)                                                               \
	do {                                                                                       \
		const char *names_ = file_exists(t, AUDNAMES) ? file_read(t, AUDNAMES) : "";       \
		const char *trails_ = trails_listed(t);                                            \
		const struct result *r_ = run(t, "audsys", __VA_ARGS__);                           \
		assert_exit(r_, 1);                                                                \
		assert_err(r_, line);                                                              \
		assert_out(r_, "");                                                                \
		assert_text("audnames", file_exists(t, AUDNAMES) ? file_read(t, AUDNAMES) : "",    \
			    names_);                                                               \
		assert_text("trails", trails_listed(t), trails_);                                  \
	} while (0)

/* audsys/refuse/1, 5, 6, 7, 13: an AFS larger than the space available. */
CASE(larger_than_available,
     REQUIREMENTS("audsys/refuse/1", "audsys/refuse/5", "audsys/refuse/6", "audsys/refuse/7",
		  "audsys/refuse/13"),
     .needs = CAP_FILL)
{
	fill_mount(t, AUDIT_DIR);
	file_system_kb(t, 640, 600);
	assert_refused(
		t,
		"audsys: -s 1000: larger than the 640 Kb available on the file system of " TRAIL
		"\n",
		"-n", "-c", TRAIL, "-s", "1000");
	assert_refused(
		t,
		"audsys: -s 641: larger than the 640 Kb available on the file system of " TRAIL
		"\n",
		"-n", "-c", TRAIL, "-s", "641");
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "640");
}

/* audsys/refuse/2, 9: the same for the next trail; the reserve counts as available. */
CASE(next_larger_than_available,
     REQUIREMENTS("audsys/refuse/2", "audsys/refuse/9", "audsys/refuse/5", "audsys/refuse/13"),
     .needs = CAP_FILL)
{
	fill_mount(t, AUDIT_DIR);
	file_system_kb(t, 640, 1);
	assert_refused(
		t,
		"audsys: -z 1000: larger than the 640 Kb available on the file system of " BACKUP
		"\n",
		"-n", "-c", TRAIL, "-s", "640", "-x", BACKUP, "-z", "1000");
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "640", "-x", BACKUP, "-z", "640");
}

/* audsys/refuse/3, 10: an AFS smaller than the trail already is; equal is accepted. */
CASE(smaller_than_the_trail, REQUIREMENTS("audsys/refuse/3", "audsys/refuse/10", "audsys/refuse/5"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 65536);
	assert_refused(t, "audsys: -s 10: smaller than " TRAIL " already is (64 Kb)\n", "-c", TRAIL,
		       "-s", "10");
	assert_refused(t, "audsys: -s 63: smaller than " TRAIL " already is (64 Kb)\n", "-c", TRAIL,
		       "-s", "63");
	run_ok(t, "audsys", "-c", TRAIL, "-s", "64");
	file_resize(t, TRAIL_FILE, 65537);
	assert_exit(run(t, "audsys", "-c", TRAIL, "-s", "64"), 1);
}

/* audsys/refuse/3: all files of a trail count, and the next trail's as well. */
CASE(smaller_than_the_next, REQUIREMENTS("audsys/refuse/3"))
{
	run_ok(t, "audsys", "-n", "-N", "2", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	file_resize(t, BACKUP "/spu0", 60000);
	file_resize(t, BACKUP "/spu1", 60000);
	assert_refused(t, "audsys: -z 100: smaller than " BACKUP " already is (118 Kb)\n", "-x",
		       BACKUP, "-z", "100");
	run_ok(t, "audsys", "-x", BACKUP, "-z", "118");
}

/* audsys/refuse/4, 11: a file system with no user space left. */
CASE(no_user_space, REQUIREMENTS("audsys/refuse/4", "audsys/refuse/11", "audsys/refuse/5"),
     .needs = CAP_FILL)
{
	fill_mount(t, AUDIT_DIR);
	file_system_kb(t, 640, 0);
	assert_refused(t, "audsys: " TRAIL ": no user space left on its file system\n", "-n", "-c",
		       TRAIL, "-s", "100");
	file_system_kb(t, 640, 1);
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "100");
}

/* audsys/refuse/8: the checks come in this order, the current trail's first. */
CASE(order, REQUIREMENTS("audsys/refuse/8"), .needs = CAP_FILL)
{
	fill_mount(t, AUDIT_DIR);
	file_system_kb(t, 900, 900);
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "100");
	file_resize(t, TRAIL_FILE, 65536);
	file_system_kb(t, 5, 0);
	assert_refused(t,
		       "audsys: -s 10: larger than the 5 Kb available on the file system of " TRAIL
		       "\n",
		       "-c", TRAIL, "-s", "10");
	file_system_kb(t, 20, 0);
	assert_refused(t, "audsys: -s 10: smaller than " TRAIL " already is (64 Kb)\n", "-c", TRAIL,
		       "-s", "10", "-x", BACKUP, "-z", "1000");
	assert_refused(t,
		       "audsys: -s 64: larger than the 20 Kb available on the file system of " TRAIL
		       "\n",
		       "-c", TRAIL, "-s", "64");
	file_system_kb(t, 64, 0);
	assert_refused(t, "audsys: " TRAIL ": no user space left on its file system\n", "-c", TRAIL,
		       "-s", "64", "-x", BACKUP, "-z", "1000");
}

/* audsys/refuse/12: with -n the checks are made for recorded trails too. */
CASE(recorded_trails, REQUIREMENTS("audsys/refuse/12"), .needs = CAP_FILL)
{
	fill_mount(t, AUDIT_DIR);
	file_system_kb(t, 900, 900);
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "100", "-x", BACKUP, "-z", "300");
	run_ok(t, "audsys", "-f");
	file_system_kb(t, 200, 200);
	assert_refused(
		t,
		"audsys: -z 300: larger than the 200 Kb available on the file system of " BACKUP
		"\n",
		"-n");
	file_system_kb(t, 300, 300);
	file_resize(t, TRAIL_FILE, 102401);
	assert_refused(t, "audsys: -s 100: smaller than " TRAIL " already is (101 Kb)\n", "-n");
	assert_line(run_ok(t, "audsys"), "auditing system is currently off");
}

/* audsys/refuse/14, 17: a trail that exists, is not empty, and is not in use. */
CASE(not_empty, REQUIREMENTS("audsys/refuse/14", "audsys/refuse/17", "audsys/refuse/13"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 5000);
	run_ok(t, "audsys", "-c", AUDIT_DIR "/new", "-s", "1000");
	assert_refused(t, "audsys: " TRAIL ": exists and is not empty\n", "-c", TRAIL, "-s",
		       "1000");
	assert_refused(t, "audsys: " TRAIL ": exists and is not empty\n", "-x", TRAIL, "-z",
		       "1000");
	assert_refused(t, "audsys: " TRAIL ": exists and is not empty\n", "-c", AUDIT_DIR "/newer",
		       "-s", "1000", "-x", TRAIL, "-z", "1000");
	run_ok(t, "audsys", "-c", AUDIT_DIR "/new", "-s", "2000");
}

/* audsys/refuse/30: a trail without records, or with a part of its start, is accepted, and nothing
 * else that is as small. */
CASE(no_records, REQUIREMENTS("audsys/refuse/30"))
{
	run_ok(t, "audsys", "-n", "-N", "2", "-c", TRAIL, "-s", "1000");
	run_ok(t, "audsys", "-c", AUDIT_DIR "/new", "-s", "1000");
	run_ok(t, "audsys", "-x", TRAIL, "-z", "1000");
	dir_make(t, AUDIT_DIR "/torn");
	file_write(t, AUDIT_DIR "/torn/spu1", "AUDTR");
	run_ok(t, "audsys", "-c", AUDIT_DIR "/torn", "-s", "1000");
	assert_int_equal(file_size(t, AUDIT_DIR "/torn/spu0"), 16);
	assert_int_equal(file_size(t, AUDIT_DIR "/torn/spu1"), 16);
	dir_make(t, AUDIT_DIR "/other");
	file_write(t, AUDIT_DIR "/other/spu0", "note");
	assert_exit(run(t, "audsys", "-c", AUDIT_DIR "/other", "-s", "1000"), 1);
	file_remove(t, AUDIT_DIR "/other/spu0");
	file_write(t, AUDIT_DIR "/other/note", "AUDTR");
	assert_exit(run(t, "audsys", "-c", AUDIT_DIR "/other", "-s", "1000"), 1);
}

/* audsys/refuse/15: an empty folder, or an empty file in compatibility mode, is accepted. */
CASE(empty, REQUIREMENTS("audsys/refuse/15"))
{
	dir_make(t, TRAIL);
	file_write(t, AUDIT_DIR "/file", "");
	auditing_on(t);
	assert_text("files", dir_list(t, TRAIL), "spu0\n");
	run_ok(t, "audsys", "-N", "0", "-c", AUDIT_DIR "/file", "-s", "1000");
	assert_int_equal(file_size(t, AUDIT_DIR "/file"), 16);
}

/* audsys/refuse/16: a trail of the other kind. */
CASE(other_kind, REQUIREMENTS("audsys/refuse/16"))
{
	dir_make(t, AUDIT_DIR "/folder");
	file_write(t, AUDIT_DIR "/file", "");
	assert_refused(t, "audsys: " AUDIT_DIR "/file: is a file, and -N 2 needs a directory\n",
		       "-n", "-N", "2", "-c", AUDIT_DIR "/file", "-s", "1000");
	assert_refused(t, "audsys: " AUDIT_DIR "/folder: is a directory, and -N 0 needs a file\n",
		       "-n", "-N", "0", "-c", AUDIT_DIR "/folder", "-s", "1000");
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "1000");
	assert_refused(t, "audsys: " BACKUP ": is a directory, and -N 0 needs a file\n", "-N", "0",
		       "-c", AUDIT_DIR "/file", "-s", "1000");
}

/* audsys/refuse/18: what is neither a file nor a folder. */
CASE(no_trail_at_all, REQUIREMENTS("audsys/refuse/18"))
{
	assert_refused(t, "audsys: /dev/null: is neither a file nor a directory\n", "-n", "-N", "0",
		       "-c", "/dev/null", "-s", "1");
	assert_refused(t, "audsys: /dev/null: is neither a file nor a directory\n", "-n", "-c",
		       "/dev/null", "-s", "1");
}

/* audsys/refuse/27: auditing goes on once a trail on a file system with space is named. */
CASE(goes_on, REQUIREMENTS("audsys/refuse/27"), .needs = CAP_FILL)
{
	dir_make(t, AUDIT_DIR "/full");
	fill_mount(t, AUDIT_DIR "/full");
	run_ok(t, "audsys", "-n", "-c", AUDIT_DIR "/full/trail", "-s", "100");
	fill_set(t, AUDIT_DIR "/full", "free=0", "available=0");
	assert_exit(run(t, "audsys", "-c", AUDIT_DIR "/full/more", "-s", "100"), 1);
	run_ok(t, "audsys", "-c", TRAIL, "-s", "100");
	assert_line(run_ok(t, "audsys"), "auditing system is currently on");
	assert_text("current trail", current_trail(t), TRAIL);
}
