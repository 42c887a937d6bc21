/* SPDX-License-Identifier: MIT */
/*
 * fill_test: the decisions of a fillfs mount, by tables: settings, percentages, the answer of
 * statfs, enforced space, fault rules.
 * Not here: the mount itself (fillfs_test.c).
 */
#include "fuse_fs/fill.h"

#include <errno.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define WORDS_MAX     16

static const struct fill_amounts real = {
	.block_size = 4096,
	.blocks = 1000,
	.free = 600,
	.available = 550,
	.files = 500,
	.files_free = 400,
};

/* Runs a command given as one line of words. Returns its exit code. */
static int run_on(struct fill *fill, const struct fill_amounts *amounts, const char *line,
		  char reply[FILL_REPLY_MAX])
{
	char text[512];
	const char *argv[WORDS_MAX];
	int argc = 0;

	assert_in_range(snprintf(text, sizeof(text), "%s", line), 1, sizeof(text) - 1);
	for (char *word = text; word; argc++) {
		char *space = strchr(word, ' ');

		assert_in_range(argc, 0, WORDS_MAX - 1);
		argv[argc] = word;
		if (space)
			*space++ = '\0';
		word = space;
	}
	return fill_command(fill, argc, argv, amounts, reply);
}

static int run(struct fill *fill, const char *line)
{
	char reply[FILL_REPLY_MAX];

	return run_on(fill, &real, line, reply);
}

static void assert_said(const struct fill *fill, const struct fill_amounts *amounts,
			const struct fill_amounts *expected, const char *what)
{
	struct fill_amounts said = fill_said(fill, amounts);

	if (memcmp(&said, expected, sizeof(said)) != 0)
		fail_msg("%s: said %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
			 " %" PRIu64,
			 what, said.block_size, said.blocks, said.free, said.available, said.files,
			 said.files_free);
}

static void test_nothing_set_passes_through(void **state)
{
	struct fill fill = {0};

	(void)state;
	assert_said(&fill, &real, &real, "untouched");
	assert_int_equal(fill_watched(&fill), 0);
}

static void test_set_says(void **state)
{
	static const struct {
		const char *command;
		struct fill_amounts said; /* block_size blocks free available files files_free */
	} rows[] = {
		{"set blocks=2000", {4096, 2000, 600, 550, 500, 400}},
		{"set blocks=100", {4096, 100, 100, 100, 500, 400}},
		{"set free=10", {4096, 1000, 10, 10, 500, 400}},
		{"set free=0", {4096, 1000, 0, 0, 500, 400}},
		{"set available=0", {4096, 1000, 600, 0, 500, 400}},
		{"set free=10 available=900", {4096, 1000, 10, 900, 500, 400}},
		{"set blocks=10 free=99", {4096, 10, 99, 99, 500, 400}},
		{"set free=0 available=0 blocks=0", {4096, 0, 0, 0, 500, 400}},
		{"set full=80", {4096, 1000, 200, 200, 500, 400}},
		{"set full=80 reserve=5", {4096, 1000, 200, 150, 500, 400}},
		{"set full=98 reserve=5", {4096, 1000, 20, 0, 500, 400}},
		{"set full=0", {4096, 1000, 1000, 1000, 500, 400}},
		{"set full=100%", {4096, 1000, 0, 0, 500, 400}},
		{"set full=79.9", {4096, 1000, 201, 201, 500, 400}},
		{"set full=79.95", {4096, 1000, 200, 200, 500, 400}},
		{"set full=0.001", {4096, 1000, 999, 999, 500, 400}},
		{"set full=50 blocks=7", {4096, 7, 3, 3, 500, 400}},
		{"set reserve=10", {4096, 1000, 600, 500, 500, 400}},
		{"set free=300 reserve=10", {4096, 1000, 300, 200, 500, 400}},
		{"set block_size=1024", {1024, 4000, 2400, 2200, 500, 400}},
		{"set block_size=1K free=5", {1024, 4000, 5, 5, 500, 400}},
		{"set block_size=8K", {8192, 500, 300, 275, 500, 400}},
		{"set blocks=1M", {4096, 256, 256, 256, 500, 400}},
		{"set blocks=1g free=64k", {4096, 262144, 16, 16, 500, 400}},
		{"set free=64K block_size=1K", {1024, 4000, 64, 64, 500, 400}},
		{"set files=10", {4096, 1000, 600, 550, 10, 10}},
		{"set files_free=0", {4096, 1000, 600, 550, 500, 0}},
		{"set files=1 files_free=7", {4096, 1000, 600, 550, 1, 7}},
		{"set files=2K", {4096, 1000, 600, 550, 2048, 400}},
		{"set blocks=4611686018427387904 full=80",
		 {4096, 4611686018427387904, 922337203685477580, 922337203685477580, 500, 400}},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fill fill = {0};

		assert_int_equal(run(&fill, rows[i].command), 0);
		assert_said(&fill, &real, &rows[i].said, rows[i].command);
		assert_int_equal(run(&fill, "clear"), 0);
		assert_said(&fill, &real, &real, "clear");
	}
}

/* A later command changes what it names; of two keys for one thing the last one counts. */
static void test_set_adds_up(void **state)
{
	struct fill fill = {0};

	(void)state;
	assert_int_equal(run(&fill, "set blocks=100 full=50"), 0);
	assert_int_equal(run(&fill, "set reserve=10"), 0);
	assert_said(&fill, &real, &(struct fill_amounts){4096, 100, 50, 40, 500, 400}, "reserve");
	assert_int_equal(run(&fill, "set free=7"), 0);
	assert_false(fill.settings.is_set[FILL_FULL]);
	assert_said(&fill, &real, &(struct fill_amounts){4096, 100, 7, 0, 500, 400}, "free");
	assert_int_equal(run(&fill, "set available=3"), 0);
	assert_said(&fill, &real, &(struct fill_amounts){4096, 100, 7, 3, 500, 400}, "available");
	assert_int_equal(run(&fill, "set free=real available=real"), 0);
	assert_said(&fill, &real, &(struct fill_amounts){4096, 100, 100, 100, 500, 400}, "real");
	assert_int_equal(run(&fill, "set full=10"), 0);
	assert_int_equal(run(&fill, "set free=real"), 0);
	assert_true(fill.settings.is_set[FILL_FULL]);
	assert_int_equal(run(&fill, "set full=real blocks=real"), 0);
	assert_said(&fill, &real, &real, "all real");
}

/* Every percentage of every size says at least that much used, and exactly that where blocks allow.
 */
static void test_full_is_exact(void **state)
{
	char command[64];

	(void)state;
	for (uint64_t blocks = 1; blocks < 400; blocks += 7) {
		for (uint64_t percent = 0; percent <= 100; percent++) {
			struct fill fill = {0};

			snprintf(command, sizeof(command), "set blocks=%" PRIu64 " full=%" PRIu64,
				 blocks, percent);
			assert_int_equal(run(&fill, command), 0);
			struct fill_amounts said = fill_said(&fill, &real);
			uint64_t used = said.blocks - said.free;

			assert_true(used * 100 >= percent * blocks);
			assert_true(used == 0 || (used - 1) * 100 < percent * blocks);
		}
	}
}

static void test_bad_input_changes_nothing(void **state)
{
	static const char *const commands[] = {
		"set",
		"set free",
		"set =5",
		"set fre=5",
		"set freee=5",
		"set free=",
		"set free=-1",
		"set free=+1",
		"set free= 1",
		"set free=0x10",
		"set free=1KB",
		"set free=1X",
		"set free=1.5",
		"set free=4611686018427387905",
		"set free=99999999999999999999999",
		"set free=4097P",
		"set free=1K",
		"set free=5 block_size=0",
		"set block_size=2G",
		"set full=101",
		"set full=100.001",
		"set full=1.",
		"set full=.5",
		"set full=1.2345",
		"set full=50%%",
		"set full=50 free=3",
		"set free=3 full=real",
		"set free=1 free=2",
		"set available=1 reserve=2",
		"set enforce=yes",
		"set enforce=",
		"set free=5 unknown=6",
		"show all",
		"clear free",
		"sett free=5",
		"fault",
		"fault write",
		"fault errno=EIO",
		"fault wrote errno=EIO",
		"fault write, errno=EIO",
		"fault ,write errno=EIO",
		"fault all,write errno=EIO",
		"fault write errno=ENOTHING",
		"fault write errno=5",
		"fault write errno=EIO count=0",
		"fault write errno=EIO after=x",
		"fault write errno=EIO path=",
		"fault write errno=EIO times=3",
		"fault write count=3",
		"fault write errno=EIO short=3",
		"fault write short=0",
		"fault write short=x",
		"fault read short=3",
		"fault all short=3",
		"fault write,fsync short=3",
		"fault write delay=0",
		"fault write delay=1K",
		"fault write delay=3600001",
	};
	struct fill fill = {0};
	char reply[FILL_REPLY_MAX];

	(void)state;
	assert_int_equal(run(&fill, "set blocks=77 free=33"), 0);
	const struct fill before = fill;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (run_on(&fill, &real, commands[i], reply) != 2 || !reply[0] ||
		    strchr(reply, '\n'))
			fail_msg("%s: not refused with one line", commands[i]);
		assert_memory_equal(&fill, &before, sizeof(fill));
	}
	assert_int_equal(fill_command(&fill, 0, NULL, &real, reply), 2);
}

/* A file system in memory may have no size at all. */
static void test_full_needs_a_size(void **state)
{
	static const struct fill_amounts none = {.block_size = 4096};
	struct fill fill = {0};
	char reply[FILL_REPLY_MAX];

	(void)state;
	assert_int_equal(run_on(&fill, &none, "set full=80", reply), 2);
	assert_non_null(strstr(reply, "set blocks too"));
	assert_int_equal(run_on(&fill, &none, "set full=80 blocks=100", reply), 0);
	assert_int_equal(fill_said(&fill, &none).free, 20);
}

static void test_show(void **state)
{
	struct fill fill = {0};
	char reply[FILL_REPLY_MAX];

	(void)state;
	assert_int_equal(run(&fill, "set blocks=100 full=80 reserve=5"), 0);
	assert_int_equal(run(&fill, "fault write,fsync errno=EIO after=1K count=3 path=*.log"), 0);
	assert_int_equal(run_on(&fill, &real, "show", reply), 0);
	assert_string_equal(reply, "block_size=4096 real=4096\n"
				   "blocks=100 real=1000\n"
				   "free=20 real=600\n"
				   "available=15 real=550\n"
				   "files=500 real=500\n"
				   "files_free=400 real=400\n"
				   "set blocks=100 full=80.000 reserve=5.000\n"
				   "fault write,fsync errno=EIO after=1024 passed=0 count=3 "
				   "applied=0 path=*.log\n");
}

/* The longest show there can be still fits, and ends where it should. */
static void test_show_is_bounded(void **state)
{
	struct fill fill = {0};
	char command[FILL_PATTERN_MAX + 128];
	char reply[FILL_REPLY_MAX];

	(void)state;
	snprintf(command, sizeof(command), "fault all errno=EPROTONOSUPPORT path=%0*d",
		 FILL_PATTERN_MAX - 1, 1);
	for (int i = 0; i < FILL_RULES_MAX; i++)
		assert_int_equal(run(&fill, command), 0);
	assert_int_equal(run(&fill, command), 2);
	assert_int_equal(run_on(&fill, &real, "show", reply), 0);
	assert_in_range(strlen(reply), FILL_REPLY_MAX / 2, FILL_REPLY_MAX - 2);
	assert_int_equal(reply[strlen(reply) - 1], '\n');
	snprintf(command, sizeof(command), "fault all errno=EIO path=%0*d", FILL_PATTERN_MAX, 1);
	assert_int_equal(run(&fill, "clear"), 0);
	assert_int_equal(run(&fill, command), 2);
}

static void test_enforced_space_is_counted(void **state)
{
	struct fill fill = {0};

	(void)state;
	assert_int_equal(run(&fill, "set blocks=100 free=10 reserve=2 files=9 files_free=2 "
				    "enforce=on"),
			 0);
	assert_true(fill_enforces(&fill));
	assert_int_equal(fill_room(&fill), 8 * 4096);
	assert_false(fill_hold(&fill, 8 * 4096 + 1));
	assert_true(fill_hold(&fill, 5 * 4096));
	assert_int_equal(fill_room(&fill), 3 * 4096);
	assert_false(fill_hold(&fill, 4 * 4096));

	/* It took less than was held; a started block counts as used. */
	fill_settle(&fill, 5 * 4096, 4096 + 1);
	assert_said(&fill, &real, &(struct fill_amounts){4096, 100, 8, 6, 9, 2}, "written");
	fill_settle(&fill, 0, 20 * 4096);
	assert_said(&fill, &real, &(struct fill_amounts){4096, 100, 0, 0, 9, 2}, "overdrawn");
	assert_int_equal(fill_room(&fill), 0);

	/* Deleting recovers, also beyond what was free, but not beyond the size. */
	fill_settle(&fill, 0, -(21 * 4096 + 1));
	assert_said(&fill, &real, &(struct fill_amounts){4096, 100, 10, 8, 9, 2}, "deleted");
	fill_settle(&fill, 0, -50 * 4096);
	assert_said(&fill, &real, &(struct fill_amounts){4096, 100, 60, 58, 9, 2}, "more");
	fill_settle(&fill, 0, -500 * 4096);
	assert_said(&fill, &real, &(struct fill_amounts){4096, 100, 100, 100, 9, 2}, "all");

	assert_true(fill_has_files(&fill));
	fill_settle_files(&fill, 2);
	assert_false(fill_has_files(&fill));
	fill_settle_files(&fill, -1);
	assert_true(fill_has_files(&fill));
	assert_int_equal(fill_said(&fill, &real).files_free, 1);
}

/* A new setting starts the count again; space held by a write under way is given back as usual. */
static void test_enforced_space_starts_again(void **state)
{
	struct fill fill = {0};

	(void)state;
	assert_int_equal(run(&fill, "set free=10 enforce=on"), 0);
	uint64_t epoch = fill.ledger.epoch;

	assert_true(fill_hold(&fill, 4096));
	fill_settle(&fill, 0, 3 * 4096);
	assert_int_equal(run(&fill, "set free=5"), 0);
	assert_int_not_equal(fill.ledger.epoch, epoch);
	assert_int_equal(fill_said(&fill, &real).free, 5);
	assert_int_equal(fill_room(&fill), 4 * 4096);
	fill_settle(&fill, 4096, 0);
	assert_int_equal(fill_room(&fill), 5 * 4096);
	assert_int_equal(run(&fill, "set enforce=off"), 0);
	assert_false(fill_enforces(&fill));
	fill_settle(&fill, 0, 4096);
	assert_int_equal(fill_said(&fill, &real).free, 5);
	assert_int_equal(run(&fill, "clear"), 0);
	assert_int_equal(fill_watched(&fill), 0);
}

/* Without anything set, what is really there is what may be taken. */
static void test_enforce_alone_starts_from_real(void **state)
{
	struct fill fill = {0};

	(void)state;
	assert_int_equal(run(&fill, "set enforce=on"), 0);
	assert_int_equal(fill_room(&fill), real.available * 4096);
	assert_int_equal(run(&fill, "set available=4611686018427387904 blocks=0"), 0);
	assert_true(fill_room(&fill) > UINT64_C(1) << 61);
}

static void test_range_need_and_fit(void **state)
{
	static const struct {
		const char *what;
		struct fill_range range; /* offset length size allocated holes block */
		uint64_t need;
		uint64_t room;
		uint64_t fit;
	} rows[] = {
		{"first byte", {0, 1, 0, 0, 0, 4096}, 4096, 4096, 1},
		{"no room", {0, 1, 0, 0, 0, 4096}, 4096, 4095, 0},
		{"append in a started block", {10, 100, 10, 4096, 0, 4096}, 0, 0, 100},
		{"append over a block", {4000, 200, 4000, 4096, 0, 4096}, 4096, 0, 96},
		{"overwrite", {0, 8192, 8192, 8192, 0, 4096}, 0, 0, 8192},
		{"two of four blocks", {0, 16384, 0, 0, 0, 4096}, 16384, 8192, 8192},
		{"room is no whole block", {0, 16384, 0, 0, 0, 4096}, 16384, 8191, 4096},
		{"far behind the end", {1048576, 4096, 1, 4096, 0, 4096}, 4096, 4096, 4096},
		{"preallocated", {0, 8192, 0, 8192, 0, 4096}, 0, 0, 8192},
		{"partly preallocated", {0, 12288, 0, 8192, 0, 4096}, 4096, 0, 8192},
		{"hole", {0, 4096, 8192, 4096, 4096, 4096}, 4096, 0, 0},
		{"hole and growth", {0, 12288, 8192, 4096, 4096, 4096}, 8192, 4096, 8192},
		{"block of 512", {100, 1000, 100, 512, 0, 512}, 1024, 512, 924},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (fill_range_need(&rows[i].range) != rows[i].need)
			fail_msg("%s: need %" PRIu64, rows[i].what,
				 fill_range_need(&rows[i].range));
		if (fill_range_fit(&rows[i].range, rows[i].room) != rows[i].fit)
			fail_msg("%s: fit %" PRIu64, rows[i].what,
				 fill_range_fit(&rows[i].range, rows[i].room));
	}
}

static void test_fault_rules(void **state)
{
	static const struct {
		enum fill_op op;
		int error;
		const char *path;
		uint64_t length;
		uint64_t passes;
	} steps[] = {
		{FILL_WRITE, 0, "/a.txt", 10, 10},   {FILL_READ, 0, "/a.log", 10, 10},
		{FILL_WRITE, 0, "/d/a.log", 60, 60}, {FILL_WRITE, 0, "/a.log", 60, 40},
		{FILL_WRITE, EIO, "/a.log", 20, 0},  {FILL_WRITE, 0, "/a.txt", 20, 20},
		{FILL_FSYNC, EIO, "/a.log", 0, 0},   {FILL_WRITE, 0, "/a.log", 20, 20},
	};
	struct fill fill = {0};

	(void)state;
	assert_int_equal(run(&fill, "fault write,fsync errno=EIO after=100 count=2 path=*.log"), 0);
	assert_int_equal(fill_watched(&fill), FILL_OP_BIT(FILL_WRITE) | FILL_OP_BIT(FILL_FSYNC));
	assert_true(fill_needs_path(&fill, FILL_WRITE));
	assert_false(fill_needs_path(&fill, FILL_READ));
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct fill_verdict verdict =
			fill_judge(&fill, steps[i].op, steps[i].path, steps[i].length);

		if (verdict.error != steps[i].error || verdict.length != steps[i].passes)
			fail_msg("step %zu: error %d, length %" PRIu64, i, verdict.error,
				 verdict.length);
	}
}

static void test_fault_paths(void **state)
{
	static const struct {
		const char *command;
		const char *path;
		bool fails;
	} rows[] = {
		{"fault all errno=ENOSPC", "/x", true},
		{"fault open,create errno=EDQUOT", "/x", true},
		{"fault open errno=EIO path=x", "/d/x", true},
		{"fault open errno=EIO path=x", "/d/xy", false},
		{"fault open errno=EIO path=/d/*", "/d/xy", true},
		{"fault open errno=EIO path=/d/*", "/e/d/xy", false},
		{"fault open errno=EIO path=*/d/?", "/e/d/x", true},
		{"fault unlink errno=EIO", "/x", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fill fill = {0};

		assert_int_equal(run(&fill, rows[i].command), 0);
		if ((fill_judge(&fill, FILL_OPEN, rows[i].path, 0).error != 0) != rows[i].fails)
			fail_msg("%s: %s", rows[i].command, rows[i].path);
	}
}

static void test_short_and_delay(void **state)
{
	static const struct {
		const char *commands[3];
		uint64_t length, passes, delay_ms;
		int error;
	} rows[] = {
		{{"fault write short=100"}, 300, 100, 0, 0},
		{{"fault write short=1K"}, 300, 300, 0, 0},
		{{"fault write short=100 after=250"}, 300, 250, 0, 0},
		{{"fault write delay=20"}, 300, 300, 20, 0},
		{{"fault write delay=20 after=250"}, 300, 300, 0, 0},
		{{"fault write delay=20 errno=EIO"}, 300, 0, 20, EIO},
		{{"fault write delay=20 short=7"}, 300, 7, 20, 0},
		{{"fault write short=100", "fault write short=50 delay=5"}, 300, 50, 5, 0},
		{{"fault write delay=5", "fault write delay=6", "fault all errno=EIO"},
		 9,
		 0,
		 11,
		 EIO},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fill fill = {0};

		for (int c = 0; c < 3 && rows[i].commands[c]; c++)
			assert_int_equal(run(&fill, rows[i].commands[c]), 0);
		struct fill_verdict v = fill_judge(&fill, FILL_WRITE, "/x", rows[i].length);

		if (v.length != rows[i].passes || v.delay_ms != rows[i].delay_ms ||
		    v.error != rows[i].error)
			fail_msg("%s: length %" PRIu64 ", delay %" PRIu64 ", error %d",
				 rows[i].commands[0], v.length, v.delay_ms, v.error);
	}
}

/* A spent rule is replaced before the table is said to be full. */
static void test_fault_slots_are_reused(void **state)
{
	struct fill fill = {0};

	(void)state;
	for (int i = 0; i < FILL_RULES_MAX; i++)
		assert_int_equal(run(&fill, "fault fsync errno=EIO count=1"), 0);
	assert_int_equal(run(&fill, "fault write errno=EIO"), 2);
	assert_int_equal(fill_judge(&fill, FILL_FSYNC, "/x", 0).error, EIO);
	assert_int_equal(run(&fill, "fault write errno=ENOSPC"), 0);
	assert_int_equal(fill_judge(&fill, FILL_WRITE, "/x", 9).error, ENOSPC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_set_passes_through),
		cmocka_unit_test(test_set_says),
		cmocka_unit_test(test_set_adds_up),
		cmocka_unit_test(test_full_is_exact),
		cmocka_unit_test(test_bad_input_changes_nothing),
		cmocka_unit_test(test_full_needs_a_size),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_show_is_bounded),
		cmocka_unit_test(test_enforced_space_is_counted),
		cmocka_unit_test(test_enforced_space_starts_again),
		cmocka_unit_test(test_enforce_alone_starts_from_real),
		cmocka_unit_test(test_range_need_and_fit),
		cmocka_unit_test(test_fault_rules),
		cmocka_unit_test(test_fault_paths),
		cmocka_unit_test(test_short_and_delay),
		cmocka_unit_test(test_fault_slots_are_reused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
