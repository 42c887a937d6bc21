/* SPDX-License-Identifier: MIT */
/*
 * Extensions of audomon: compression of trails that were left behind. Not for: removing them
 * (keep.c).
 */
#include "conformance/cases/recorded.h"

#define OLD   TRAIL ".200001010000"
#define OLDER TRAIL ".199901010000"
#define PLAIN 102400 /* bytes of a file before */

/* Like a file of a trail that is easy to compress. */
static void make_file(struct target *t, const char *path)
{
	file_write(t, path, "AUDTRAIL");
	file_chmod(t, path, 0600);
	file_resize(t, path, PLAIN);
}

static void left_behind(struct target *t)
{
	dir_make(t, OLD);
	make_file(t, OLD "/spu0");
	make_file(t, OLD "/spu12");
	make_file(t, OLDER); /* compatibility mode */
	dir_make(t, AUDIT_DIR "/other.200001010000");
	make_file(t, AUDIT_DIR "/other.200001010000/spu0");
}

static void set_up(struct target *t, const char *settings)
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, settings);
	auditing_on(t);
	left_behind(t);
}

static bool is_packed(struct target *t, const char *path)
{
	return file_size(t, path) < 1000 && !memcmp(file_read(t, path), "\x28\xb5\x2f\xfd", 4);
}

/* audomon/compress/1, 2, 5: what was left behind is, the rest is not. */
CASE(left_trails, REQUIREMENTS("audomon/compress/1", "audomon/compress/2", "audomon/compress/5"))
{
	set_up(t, "AUDOMON_COMPRESS=3\n");
	file_resize(t, TRAIL_FILE, PLAIN);
	run_ok(t, "audsys", "-x", TRAIL ".200102030405", "-z", "1000");
	run_ok(t, "audomon", "-t", "1", "-o", MESSAGES);
	wait_until(t, 20, message_count(t, "^audpack: compressed " TRAIL "\\.[0-9]{12}$") == 2);
	assert_true(is_packed(t, OLD "/spu0"));
	assert_true(is_packed(t, OLD "/spu12"));
	assert_true(is_packed(t, OLDER));
	assert_int_equal(file_mode(t, OLD "/spu0"), 0600);
	assert_text("files", dir_list(t, OLD), "spu0\nspu12\n");
	assert_int_equal(file_size(t, TRAIL_FILE), PLAIN);
	assert_int_equal(file_size(t, TRAIL ".200102030405/spu0"), 16);
	assert_int_equal(file_size(t, AUDIT_DIR "/other.200001010000/spu0"), PLAIN);
}

/* audomon/compress/6 */
CASE(off, REQUIREMENTS("audomon/compress/6"))
{
	set_up(t, "");
	run_ok(t, "audomon", "-t", OFTEN, "-v", "-o", MESSAGES);
	await_look(t);
	await_look(t);
	assert_int_equal(file_size(t, OLDER), PLAIN);
	assert_int_equal(message_count(t, "audpack"), 0);
}

/* Two switches of audomon, with a call recorded between them; returns the trail that has it. */
static const char *recorded_and_left(struct target *t)
{
	const char *left;

	file_system_of(t, 5000);
	recording(t, "-P -e open", "2");
	file_system_set(t, 1000);
	one_look(t, "-t", "1");
	left = current_trail(t);
	file_system_set(t, 5000);
	call_made(t);
	file_system_set(t, 1000);
	one_look(t, "-t", "1");
	assert_true(strcmp(current_trail(t), left) != 0);
	return left;
}

/* audomon/compress/3, 9, 10: audisp shows a trail the same, compressed or not, and tells damage. */
CASE(shown, REQUIREMENTS("audomon/compress/3", "audomon/compress/9", "audomon/compress/10"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_FILL)
{
	const char *left = recorded_and_left(t);
	const char *before = run_ok(t, "audisp", "--json", left)->out;
	const char *files[] = {text_format("%s/spu0", left), text_format("%s/spu1", left)};

	assert_true(text_line_count(before) > 0);
	assert_out(run_ok(t, "audpack", "-l", "9"), text_format("audpack: compressed %s\n", left));
	for (int i = 0; i < 2; i++)
		assert_memory_equal(file_read(t, files[i]), "\x28\xb5\x2f\xfd", 4);
	assert_text("records", run_ok(t, "audisp", "--json", left)->out, before);
	assert_out(run_ok(t, "audpack"), ""); /* nothing is left to do */
	file_resize(t, files[1], file_size(t, files[1]) - 1);
	assert_exit(run(t, "audisp", left), 1);
	assert_err(run(t, "audisp", left),
		   text_format("audisp: %s: compressed, and damaged\n", files[1]));
}

/* audomon/compress/4: killed at each step, and the next one does the rest. */
CASE(killed, REQUIREMENTS("audomon/compress/4"))
{
	const struct result *r;
	unsigned step = 0;

	set_up(t, "");
	file_remove(t, OLD "/spu12");
	do {
		make_file(t, OLD "/spu0");
		make_file(t, OLDER);
		r = run_as(t, &(struct run_options){.dies_at = ++step}, "audpack");
		assert_true(file_size(t, OLD "/spu0") == PLAIN || is_packed(t, OLD "/spu0"));
		assert_true(file_size(t, OLDER) == PLAIN || is_packed(t, OLDER));
		assert_int_equal(file_size(t, TRAIL_FILE), 16);
		run_ok(t, "audpack");
		assert_true(is_packed(t, OLD "/spu0") && is_packed(t, OLDER));
		assert_text("files", dir_list(t, OLD), "spu0\n");
	} while (r->signal == SIGKILL && step < 60);
	assert_exit(r, 0);
	assert_true(step > 2 * 4); /* open, write, sync, rename */
}

/* audomon/compress/7: they count with what they have then, and go with what a killed one left. */
CASE(removed, REQUIREMENTS("audomon/compress/7"))
{
	set_up(t, "AUDOMON_KEEP_KB=200\n");
	run_ok(t, "audpack");
	one_look(t, "-t", "1"); /* 300 Kb before */
	assert_true(file_exists(t, OLD) && file_exists(t, OLDER));
	file_write(t, OLD "/spu0.new", "x");
	file_write(t, OLDER ".new", "x");
	file_resize(t, TRAIL_FILE, 1024000);
	dir_make(t, TRAIL ".200201010000");
	make_file(t, TRAIL ".200201010000/spu0");
	file_resize(t, TRAIL ".200201010000/spu0", 300000);
	file_write(t, RC_CONFIG, "AUDOMON_KEEP_KB=1\n");
	one_look(t, "-t", "1");
	assert_int_equal(message_count(t, "^audomon: removed "), 3);
	assert_false(file_exists(t, OLD) || file_exists(t, OLDER) || file_exists(t, OLDER ".new"));
}

/* audomon/compress/8: what cannot be compressed is told, the others are compressed, and it is tried
 * again. */
CASE(in_the_way, REQUIREMENTS("audomon/compress/8"))
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, "AUDOMON_COMPRESS=1\n");
	auditing_on(t);
	left_behind(t);
	dir_make(t, OLDER ".new"); /* in the way */
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	await(t, "^audpack: compressed " OLD "$");
	wait_until(t, 20, message_count(t, "^audpack: " OLDER ": Is a directory$") >= 2);
	assert_int_equal(file_size(t, OLDER), PLAIN);
	file_remove(t, OLDER ".new");
	await(t, "^audpack: compressed " OLDER "$");
}

/* audomon/compress/9: for root alone. */
CASE(by_hand, REQUIREMENTS("audomon/compress/9"), .needs = CAP_ROOT)
{
	const struct result *r;

	set_up(t, "");
	user_add(t, "carol", 1101);
	r = run_as(t, &(struct run_options){.user = "carol"}, "audpack");
	assert_exit(r, 1);
	assert_err(r, "audpack: only root may compress audit trails\n");
	assert_exit(run(t, "audpack", "-l", "20"), 2);
	assert_exit(run(t, "audpack", OLD), 2);
	assert_int_equal(file_size(t, OLDER), PLAIN);
}
