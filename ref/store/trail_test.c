/* SPDX-License-Identifier: MIT */
/*
 * Tests of trails on disk, on a simulated machine: what is made and looked at, switches, and that a
 * change that fails at any of its steps leaves everything as it was.
 */
#include "ref/store/failing.h"
#include "ref/store/trail.h"
#include "sim/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW_S 1171467000 /* 2007-02-14 15:30 UTC */
#define TRAIL "/var/.audit/my_trail"

static struct sim *machine;
static struct platform *p;

static int set_up(void **state)
{
	(void)state;
	machine = sim_new(1, NOW_S);
	assert_non_null(machine);
	p = sim_root(machine);
	failing_install(p);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	failing_remove(p);
	sim_free(machine);
	return 0;
}

static void write_file(const char *path, const char *text)
{
	int fd = p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE, 0600);

	assert_true(fd >= 0);
	assert_int_equal(p->ops->write(p, fd, text, strlen(text)), 0);
	p->ops->close(p, fd);
}

static void grow(const char *path, uint64_t bytes)
{
	int fd = p->ops->open(p, path, PLATFORM_APPEND, 0);

	assert_true(fd >= 0);
	assert_int_equal(p->ops->truncate(p, fd, bytes), 0);
	p->ops->close(p, fd);
}

static bool exists(const char *path)
{
	struct platform_stat s;

	return p->ops->stat(p, path, &s) == 0;
}

static void makes_a_folder_of_files(void **state)
{
	struct trail_made made;
	struct trail_look look;
	struct platform_stat s;
	char *text;
	size_t bytes;

	(void)state;
	assert_int_equal(trail_make(p, TRAIL, 3, false, &made), 0);
	assert_int_equal(trail_look(p, TRAIL, &look), 0);
	assert_true(look.exists && look.is_dir && !look.is_file && look.is_empty);
	assert_int_equal(look.size_bytes, 3 * TRAIL_VERSION_BYTES);
	assert_int_equal(p->ops->stat(p, TRAIL, &s), 0);
	assert_int_equal(s.mode, 0700);
	assert_int_equal(p->ops->stat(p, TRAIL "/spu2", &s), 0);
	assert_int_equal(s.mode, 0600);
	assert_int_equal(file_read(p, TRAIL "/spu2", 100, &text, &bytes), 0);
	assert_int_equal(bytes, TRAIL_VERSION_BYTES);
	assert_memory_equal(text, "AUDTRAIL\1\0\0\0\2\0\0\0", TRAIL_VERSION_BYTES);
	free(text);
	grow(TRAIL "/spu0", 1000);
	write_file(TRAIL "/note", "12345");
	assert_int_equal(p->ops->mkdir(p, TRAIL "/folder", 0700), 0);
	assert_int_equal(trail_look(p, TRAIL, &look), 0);
	assert_int_equal(look.size_bytes, 1000 + 2 * TRAIL_VERSION_BYTES + 5);
	assert_false(look.is_empty);
}

/* Whoever made it was killed in the middle of it. */
static void completes_a_torn_start(void **state)
{
	struct trail_made made;
	struct trail_look look;
	struct platform_stat s;

	(void)state;
	write_file("/var/.audit/single", "AUDT");
	assert_int_equal(trail_look(p, "/var/.audit/single", &look), 0);
	assert_true(look.is_empty);
	assert_int_equal(trail_make(p, "/var/.audit/single", 0, false, &made), 0);
	assert_int_equal(p->ops->stat(p, "/var/.audit/single", &s), 0);
	assert_int_equal(s.size_bytes, TRAIL_VERSION_BYTES);
	assert_int_equal(p->ops->mkdir(p, TRAIL, 0700), 0);
	write_file(TRAIL "/spu1", "AUDT");
	assert_int_equal(trail_look(p, TRAIL, &look), 0);
	assert_true(look.is_empty);
	assert_int_equal(trail_make(p, TRAIL, 2, false, &made), 0);
	assert_int_equal(p->ops->stat(p, TRAIL "/spu1", &s), 0);
	assert_int_equal(s.size_bytes, TRAIL_VERSION_BYTES);
	write_file(TRAIL "/spu3", "not a trail");
	assert_int_equal(trail_look(p, TRAIL, &look), 0);
	assert_false(look.is_empty);
}

static void makes_a_single_file(void **state)
{
	struct trail_made made;
	struct trail_look look;

	(void)state;
	assert_int_equal(trail_make(p, TRAIL, 0, true, &made), 0);
	assert_int_equal(trail_look(p, TRAIL, &look), 0);
	assert_true(look.exists && look.is_file && !look.is_dir && look.is_empty);
	assert_int_equal(look.size_bytes, TRAIL_VERSION_BYTES);
	trail_unmake(p, &made);
	assert_false(exists(TRAIL));
}

static void looks_at_what_is_not_there(void **state)
{
	struct trail_look look;

	(void)state;
	assert_int_equal(trail_look(p, TRAIL, &look), 0);
	assert_true(!look.exists && look.is_empty && look.size_bytes == 0);
	assert_true(look.space.blocks > 0);
	assert_int_equal(trail_look(p, "/none/trail", &look), -ENOENT);
	write_file("/var/file", "x");
	assert_int_equal(trail_look(p, "/var/file/trail", &look), -ENOTDIR);
}

static void completes_what_is_there(void **state)
{
	struct trail_made first, more;
	struct trail_look look;

	(void)state;
	assert_int_equal(trail_make(p, TRAIL, 1, false, &first), 0);
	grow(TRAIL "/spu0", 500);
	assert_int_equal(trail_make(p, TRAIL, 3, false, &more), 0);
	assert_int_equal(trail_look(p, TRAIL, &look), 0);
	assert_int_equal(look.size_bytes, 500 + 2 * TRAIL_VERSION_BYTES);
	trail_unmake(p, &more);
	assert_true(exists(TRAIL "/spu0"));
	assert_false(exists(TRAIL "/spu1"));
	/* An empty file becomes a trail, and empty again. */
	write_file("/var/.audit/single", "");
	assert_int_equal(trail_make(p, "/var/.audit/single", 0, false, &more), 0);
	assert_int_equal(trail_look(p, "/var/.audit/single", &look), 0);
	assert_int_equal(look.size_bytes, TRAIL_VERSION_BYTES);
	trail_unmake(p, &more);
	assert_int_equal(trail_look(p, "/var/.audit/single", &look), 0);
	assert_true(look.exists && look.is_empty);
	/* One with records stays as it is. */
	grow("/var/.audit/single", 77);
	assert_int_equal(trail_make(p, "/var/.audit/single", 0, false, &more), 0);
	trail_unmake(p, &more);
	assert_int_equal(trail_look(p, "/var/.audit/single", &look), 0);
	assert_int_equal(look.size_bytes, 77);
}

static void makes_new_ones_onto_nothing(void **state)
{
	struct trail_made made;

	(void)state;
	write_file("/var/.audit/file", "");
	assert_int_equal(trail_make(p, "/var/.audit/file", 1, true, &made), -EEXIST);
	assert_int_equal(trail_make(p, "/var/.audit/file", 0, true, &made), -EEXIST);
	assert_int_equal(p->ops->mkdir(p, "/var/.audit/folder", 0700), 0);
	assert_int_equal(trail_make(p, "/var/.audit/folder", 1, true, &made), -EEXIST);
	assert_int_equal(trail_make(p, "/var/.audit/folder", 0, true, &made), -EEXIST);
	assert_false(exists("/var/.audit/folder/spu0"));
	assert_int_equal(trail_make(p, "/none/trail", 1, true, &made), -ENOENT);
}

/* audnames */

static struct trail_names started(const char *next)
{
	struct trail_names names = {.on = true, .current_kb = 1000, .files = 2};
	struct trail_made made;

	assert_int_equal(trail_make(p, TRAIL, names.files, false, &made), 0);
	snprintf(names.current, sizeof(names.current), "%s", TRAIL);
	snprintf(names.base, sizeof(names.base), "%s", TRAIL);
	snprintf(names.next, sizeof(names.next), "%s", next);
	names.next_kb = *next ? 500 : 0;
	if (*next)
		assert_int_equal(trail_make(p, next, 1, false, &made), 0);
	return names;
}

static struct trail_names stored(void)
{
	struct trail_names names;
	char why[200] = "";

	assert_int_equal(trail_names_load(p, &names, why, sizeof(why)), 0);
	return names;
}

static void lock_and_store(struct trail_names *names)
{
	char why[200] = "";
	int lock = trail_names_lock(p, why, sizeof(why));

	assert_true(lock >= 0);
	assert_int_equal(trail_names_store(p, names), 0);
	p->ops->close(p, lock);
}

static void keeps_audnames(void **state)
{
	struct trail_names names = stored();
	struct trail_names back;
	struct platform_stat s;

	(void)state;
	assert_true(!names.on && !*names.current && !*names.next && names.files == 1);
	names = started("/var/.audit/backup");
	lock_and_store(&names);
	back = stored();
	assert_memory_equal(&back, &names, sizeof(names));
	assert_int_equal(p->ops->stat(p, "/.secure/etc/audnames", &s), 0);
	assert_int_equal(s.mode, 0600);
	assert_int_equal(p->ops->stat(p, "/.secure/etc", &s), 0);
	assert_int_equal(s.mode, 0700);
}

static void counts_another_boot_as_off(void **state)
{
	static const char text[] = "version = 1\nstate = on\nboot_id = other\ncurrent = /a\n"
				   "current_kb = 5\nnext =\nnext_kb = 0\nfiles = 1\nbase = /a\n";
	struct trail_names names = {0};

	(void)state;
	lock_and_store(&names);
	assert_int_equal(file_replace(p, TRAIL_NAMES_PATH, text, strlen(text), 0600), 0);
	names = stored();
	assert_false(names.on);
	assert_string_equal(names.current, "/a");
}

static void says_where_audnames_is_damaged(void **state)
{
	struct trail_names names = {0};
	char why[200] = "";

	(void)state;
	lock_and_store(&names);
	assert_int_equal(file_replace(p, TRAIL_NAMES_PATH, "version = 1\nstate = no\n", 23, 0600),
			 0);
	assert_int_equal(trail_names_load(p, &names, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "/.secure/etc/audnames:2: state is 'no', must be on or off: "
				 "correct it or remove the file");
	assert_int_equal(file_replace(p, TRAIL_NAMES_PATH, "version = 1\0\n", 13, 0600), 0);
	assert_int_equal(trail_names_load(p, &names, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "/.secure/etc/audnames:1: not a text file: correct it or remove "
				 "the file");
}

static void waits_for_the_lock_and_gives_up(void **state)
{
	char why[200] = "";
	int64_t before_ns = p->ops->boot_ns(p);
	int lock = trail_names_lock(p, why, sizeof(why));

	(void)state;
	assert_true(lock >= 0);
	assert_int_equal(trail_names_lock(p, why, sizeof(why)), -EBUSY);
	assert_true(p->ops->boot_ns(p) - before_ns >= 10 * NS_PER_S);
	assert_non_null(strstr(why, "held by process"));
	p->ops->close(p, lock);
	lock = trail_names_lock(p, why, sizeof(why));
	assert_true(lock >= 0);
	p->ops->close(p, lock);
}

/* Switches */

static void switches_to_new_trails(void **state)
{
	struct trail_names names = started("");
	struct trail_look look;

	(void)state;
	lock_and_store(&names);
	assert_int_equal(trail_switch_to_new(p, &names, TRAIL_STAMP_PLAIN), 0);
	assert_string_equal(stored().current, TRAIL ".200702141530");
	assert_string_equal(stored().base, TRAIL);
	assert_int_equal(stored().current_kb, 1000);
	assert_int_equal(trail_look(p, TRAIL ".200702141530", &look), 0);
	assert_int_equal(look.size_bytes, 2 * TRAIL_VERSION_BYTES);
	assert_true(exists(TRAIL "/spu1"));
	assert_int_equal(trail_switch_to_new(p, &names, TRAIL_STAMP_PLAIN), 0);
	assert_string_equal(names.current, TRAIL ".200702141530.1");
	assert_int_equal(trail_switch_to_new(p, &names, TRAIL_STAMP_UNDERSCORE), 0);
	assert_string_equal(names.current, TRAIL ".20070214_1530");
}

static void runs_out_of_names(void **state)
{
	struct trail_names names = started("");
	struct trail_names before;

	(void)state;
	lock_and_store(&names);
	for (unsigned n = 0; n < TRAIL_ATTEMPTS_MAX; n++)
		assert_int_equal(trail_switch_to_new(p, &names, TRAIL_STAMP_PLAIN), 0);
	assert_string_equal(names.current, TRAIL ".200702141530.99");
	before = names;
	assert_int_equal(trail_switch_to_new(p, &names, TRAIL_STAMP_PLAIN), -EEXIST);
	assert_memory_equal(&names, &before, sizeof(names));
	assert_string_equal(stored().current, TRAIL ".200702141530.99");
}

static void switches_to_the_next_trail(void **state)
{
	struct trail_names names = started("/var/.audit/backup");

	(void)state;
	lock_and_store(&names);
	assert_int_equal(trail_next_check(p, names.next), 0);
	assert_int_equal(trail_switch_to_next(p, &names), 0);
	assert_string_equal(stored().current, "/var/.audit/backup");
	assert_string_equal(stored().base, "/var/.audit/backup");
	assert_string_equal(stored().next, "");
	assert_int_equal(stored().current_kb, 500);
	assert_int_equal(stored().next_kb, 0);
	assert_true(exists("/var/.audit/backup/spu1")); /* as many files as are in use */
}

static void tells_why_the_next_trail_is_not_available(void **state)
{
	static const char *const full[] = {"set", "free=10", "available=0"};
	char reply[FILL_REPLY_MAX];

	(void)state;
	assert_int_equal(trail_next_check(p, "/var/.audit/none"), -ENOENT);
	started("/var/.audit/backup");
	assert_int_equal(sim_mount(machine, "/var/.audit"), 0);
	assert_int_equal(sim_fill(machine, "/var/.audit", 3, full, reply), 0);
	assert_int_equal(trail_next_check(p, "/var/.audit/backup"), -ENOSPC);
}

/* Fails at each step in turn until it succeeds; returns how many steps could fail. */
static int fail_everywhere(int (*change)(struct trail_names *names), struct trail_names *names)
{
	static char before[FAILING_SNAPSHOT_MAX], after[FAILING_SNAPSHOT_MAX];
	struct trail_names unchanged = *names;
	int error = -1;
	int step = 0;

	for (; error; step++) {
		assert_int_equal(failing_snapshot(p, before), 0);
		failing_in = step;
		error = change(names);
		failing_in = -1;
		assert_int_equal(failing_snapshot(p, after), 0);
		if (error) {
			assert_string_equal(before, after);
			assert_memory_equal(names, &unchanged, sizeof(*names));
		}
	}
	assert_string_not_equal(before, after);
	return step - 1;
}

static int to_new(struct trail_names *names)
{
	return trail_switch_to_new(p, names, TRAIL_STAMP_PLAIN);
}

static int to_next(struct trail_names *names)
{
	return trail_switch_to_next(p, names);
}

static void leaves_no_trace_of_a_failed_switch(void **state)
{
	struct trail_names names = started("");

	(void)state;
	lock_and_store(&names);
	/* mkdir, two files of two steps each, and the four of audnames */
	assert_int_equal(fail_everywhere(to_new, &names), 9);
	names.files = 0;
	lock_and_store(&names);
	/* a name that is taken, the file in two steps, and the four */
	assert_int_equal(fail_everywhere(to_new, &names), 7);
}

static void leaves_no_trace_of_a_failed_switch_to_the_next(void **state)
{
	struct trail_names names = started("/var/.audit/backup");

	(void)state;
	lock_and_store(&names);
	assert_true(fail_everywhere(to_next, &names) >= 6);
	assert_string_equal(stored().current, "/var/.audit/backup");
}

#define test(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(completes_a_torn_start),
		test(makes_a_folder_of_files),
		test(makes_a_single_file),
		test(looks_at_what_is_not_there),
		test(completes_what_is_there),
		test(makes_new_ones_onto_nothing),
		test(keeps_audnames),
		test(counts_another_boot_as_off),
		test(says_where_audnames_is_damaged),
		test(waits_for_the_lock_and_gives_up),
		test(switches_to_new_trails),
		test(runs_out_of_names),
		test(switches_to_the_next_trail),
		test(tells_why_the_next_trail_is_not_available),
		test(leaves_no_trace_of_a_failed_switch),
		test(leaves_no_trace_of_a_failed_switch_to_the_next),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
