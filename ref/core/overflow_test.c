/* SPDX-License-Identifier: MIT */
/*
 * Tests of audomon's decisions: each boundary from both sides by table rows, the sleep formula
 * against the figures of SPEC.md and by sweeps, holds through a history.
 */
#include "ref/core/overflow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define FOREVER UINT64_MAX
#define EXA     (UINT64_C(1) << 60)
#define DEVICE  7

/* Half of everything is free and nothing is in the trail unless a row says otherwise. */
struct row {
	const char *what;
	unsigned fss, warning;
	uint64_t size, afs_kb, blocks, free;
	unsigned switch_for, warn_of;
};

#define NONE  0
#define SIZE  OVERFLOW_SIZE
#define SPACE OVERFLOW_SPACE
#define BOTH  (OVERFLOW_SIZE | OVERFLOW_SPACE)

static const struct row rows[] = {
	/* what, fss, warning, size, AFS, blocks, free, switch for, in the warning zone */
	{"nothing used", 20, 90, 0, 1000, 10000, 10000, NONE, NONE},
	{"a byte before 900 Kb", 20, 90, 921599, 1000, 10000, 10000, NONE, NONE},
	{"900 Kb", 20, 90, 921600, 1000, 10000, 10000, NONE, SIZE},
	{"a byte before 1000 Kb", 20, 90, 1023999, 1000, 10000, 10000, NONE, SIZE},
	{"1000 Kb", 20, 90, 1024000, 1000, 10000, 10000, SIZE, SIZE},
	{"far beyond 1000 Kb", 20, 90, FOREVER, 1000, 10000, 10000, SIZE, SIZE},
	{"one block short of 72 % full", 20, 90, 0, 1000, 10000, 2801, NONE, NONE},
	{"72 % full", 20, 90, 0, 1000, 10000, 2800, NONE, SPACE},
	{"one block above 20 % free", 20, 90, 0, 1000, 10000, 2001, NONE, SPACE},
	{"20 % free", 20, 90, 0, 1000, 10000, 2000, SPACE, SPACE},
	{"one block below 20 % free", 20, 90, 0, 1000, 10000, 1999, SPACE, SPACE},
	{"no block free", 20, 90, 0, 1000, 10000, 0, SPACE, SPACE},
	{"both at once", 20, 90, 1024000, 1000, 10000, 2000, BOTH, BOTH},
	{"size at the point, space near it", 20, 90, 1024000, 1000, 10000, 2800, SIZE, BOTH},
	{"both near", 20, 90, 921600, 1000, 10000, 2800, NONE, BOTH},
	/* a prime number of blocks: rounding would show (audomon/space/8) */
	{"prime, at the point", 20, 100, 0, 1000, 1000000007, 200000001, SPACE, SPACE},
	{"prime, a block above it", 20, 100, 0, 1000, 1000000007, 200000002, NONE, NONE},
	/* -w */
	{"-w 0 warns of nothing used", 20, 0, 0, 1000, 10000, 10000, NONE, BOTH},
	{"-w 50, half of the size", 20, 50, 512000, 1000, 10000, 10000, NONE, SIZE},
	{"-w 50, a byte less", 20, 50, 511999, 1000, 10000, 10000, NONE, NONE},
	{"-w 50, half of the space", 20, 50, 0, 1000, 10000, 6000, NONE, SPACE},
	{"-w 50, a block less", 20, 50, 0, 1000, 10000, 6001, NONE, NONE},
	{"-w 100, a byte before", 20, 100, 1023999, 1000, 10000, 2001, NONE, NONE},
	{"-w 100, at the points", 20, 100, 1024000, 1000, 10000, 2000, BOTH, BOTH},
	/* -p */
	{"-p 0, one block free", 0, 100, 0, 1000, 10000, 1, NONE, NONE},
	{"-p 0, none free", 0, 100, 0, 1000, 10000, 0, SPACE, SPACE},
	{"-p 100, all free", 100, 90, 0, 1000, 10000, 10000, SPACE, SPACE},
	{"-p 99, all free", 99, 90, 0, 1000, 10000, 10000, NONE, NONE},
	{"-p 99, 99 % free", 99, 90, 0, 1000, 10000, 9900, SPACE, SPACE},
	/* few and many blocks */
	{"no blocks at all", 20, 0, 0, 1000, 0, 0, NONE, SIZE},
	{"one block, free", 20, 90, 0, 1000, 1, 1, NONE, NONE},
	{"one block, used", 20, 90, 0, 1000, 1, 0, SPACE, SPACE},
	{"three blocks, one free", 34, 90, 0, 1000, 3, 1, SPACE, SPACE},
	{"three blocks, one free, a percent less", 33, 90, 0, 1000, 3, 1, NONE, SPACE},
	{"2^60 blocks, 25 % free", 25, 100, 0, 1000, EXA, EXA / 4, SPACE, SPACE},
	{"2^60 blocks, one more", 25, 100, 0, 1000, EXA, EXA / 4 + 1, NONE, NONE},
	{"2^64-1 blocks, half free", 50, 100, 0, 1000, FOREVER, FOREVER / 2, SPACE, SPACE},
	{"2^64-1 blocks, one more", 50, 100, 0, 1000, FOREVER, FOREVER / 2 + 1, NONE, NONE},
	{"2^64-1 blocks, all free", 20, 90, 0, 1000, FOREVER, FOREVER, NONE, NONE},
	{"more free than there is", 20, 90, 0, 1000, 100, FOREVER, NONE, NONE},
	{"the largest AFS", 20, 90, 4398046510079, 4294967295, 100, 100, NONE, SIZE},
	{"the largest AFS reached", 20, 90, 4398046510080, 4294967295, 100, 100, SIZE, SIZE},
	{"an AFS beyond all trails", 20, 90, FOREVER, FOREVER, 100, 100, NONE, NONE},
};

static struct overflow_settings settings(unsigned fss, unsigned warning)
{
	return (struct overflow_settings){
		.fss_percent = fss, .warning_percent = warning, .sp_ms = OVERFLOW_SP_MS};
}

static struct overflow_facts facts(uint64_t size, uint64_t afs_kb, uint64_t blocks, uint64_t free)
{
	return (struct overflow_facts){.size_bytes = size,
				       .afs_kb = afs_kb,
				       .blocks = blocks,
				       .free = free,
				       .available = free,
				       .block_bytes = 4096,
				       .device = DEVICE};
}

static void decides_at_the_boundaries(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		const struct overflow_settings s = settings(r->fss, r->warning);
		const struct overflow_facts f = facts(r->size, r->afs_kb, r->blocks, r->free);
		struct overflow_holds holds = {0};
		struct overflow_decision d;

		overflow_decide(&s, &f, &holds, &d);
		if (d.switch_for != r->switch_for || d.warn_of != r->warn_of)
			fail_msg("%s: switch for %u, warn of %u", r->what, d.switch_for, d.warn_of);
		assert_false(d.held);
		assert_int_equal(holds.count, 0);
		/* Larger than sp_freq strictly before the points, sp_freq at and past them. */
		assert_int_equal(d.sleep_ms > s.sp_ms, r->switch_for == 0);
		assert_in_range(d.sleep_ms, s.sp_ms, 10 * s.sp_ms);
	}
}

static uint64_t sleep_of(uint64_t sp_ms, uint64_t size, uint64_t blocks, uint64_t free)
{
	const struct overflow_settings s = {
		.fss_percent = 20, .warning_percent = 90, .sp_ms = sp_ms};
	const struct overflow_facts f = facts(size, 1000, blocks, free);
	struct overflow_holds holds = {0};
	struct overflow_decision d;

	overflow_decide(&s, &f, &holds, &d);
	return d.sleep_ms;
}

/* audomon/wakeup/8 */
static void sleeps_by_the_formula(void **state)
{
	(void)state;
	assert_int_equal(sleep_of(60000, 0, 10000, 10000), 600000);
	assert_int_equal(sleep_of(60000, 512000, 10000, 10000), 330000);
	assert_int_equal(sleep_of(60000, 0, 10000, 2800), 114000);
	assert_int_equal(sleep_of(60000, 1022976, 10000, 10000), 60540);
	/* h is 0.000000 cut off: 9 x 60000 x 0 is less than 1 ms, and 1 ms it is */
	assert_int_equal(sleep_of(60000, 1023999, 10000, 10000), 60001);
	assert_int_equal(sleep_of(60000, 1024000, 10000, 10000), 60000);
	assert_int_equal(sleep_of(60000, 0, 10000, 2000), 60000);
	assert_int_equal(sleep_of(60000, 512000, 10000, 2800), 114000); /* the smaller share */
	assert_int_equal(sleep_of(60000, 512000, 0, 0), 330000);        /* no file system's share */
	assert_int_equal(sleep_of(1, 0, 10000, 10000), 10);
	assert_int_equal(sleep_of(1, 1023999, 10000, 10000), 2);
	assert_int_equal(sleep_of(OVERFLOW_SP_MS_MAX, 0, 10000, 10000), 10 * OVERFLOW_SP_MS_MAX);
}

static void never_sleeps_longer_when_fuller(void **state)
{
	uint64_t before = UINT64_MAX;

	(void)state;
	for (uint64_t size = 0; size <= 1100000; size++) {
		uint64_t now = sleep_of(60000, size, 10000, 10000);

		assert_true(now <= before);
		before = now;
	}
	before = UINT64_MAX;
	for (uint64_t used = 0; used <= 1000003; used++) {
		uint64_t now = sleep_of(60000, 300000, 1000003, 1000003 - used);

		assert_true(now <= before);
		before = now;
	}
}

/* xorshift64: any seed but 0, the same numbers in every run */
static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* Numbers of all magnitudes. */
static uint64_t random_number(uint64_t *seed)
{
	uint64_t value = next_random(seed);

	return value >> next_random(seed) % 64;
}

static void holds_its_promises_anywhere(void **state)
{
	uint64_t seed = 20070201;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		struct overflow_settings s = settings((unsigned)(next_random(&seed) % 101),
						      (unsigned)(next_random(&seed) % 101));
		struct overflow_facts f = facts(random_number(&seed), random_number(&seed),
						random_number(&seed), random_number(&seed));
		struct overflow_holds holds = {0};
		struct overflow_decision d, fuller;

		s.sp_ms = 1 + random_number(&seed) % OVERFLOW_SP_MS_MAX;
		s.switch_free_kb = i % 2 ? (uint32_t)random_number(&seed) : 0;
		f.block_bytes = (uint32_t)random_number(&seed);
		overflow_decide(&s, &f, &holds, &d);
		assert_in_range(d.sleep_ms, s.sp_ms, 10 * s.sp_ms);
		assert_int_equal(d.sleep_ms > s.sp_ms, d.switch_for == 0);
		/* A switch point lies in its own warning zone, whatever -w says. */
		assert_int_equal(d.switch_for & ~d.warn_of, 0);
		f.free -= f.free > 0;
		f.size_bytes += f.size_bytes < UINT64_MAX;
		overflow_decide(&s, &f, &holds, &fuller);
		assert_true(fuller.sleep_ms <= d.sleep_ms);
		assert_int_equal(d.switch_for & ~fuller.switch_for, 0);
		assert_int_equal(d.warn_of & ~fuller.warn_of, 0);
	}
}

static struct overflow_decision look(struct overflow_holds *holds, uint64_t device, uint64_t free,
				     uint64_t size)
{
	const struct overflow_settings s = settings(20, 90);
	struct overflow_facts f = facts(size, 1000, 100, free);
	struct overflow_decision d;

	f.device = device;

	overflow_decide(&s, &f, holds, &d);
	return d;
}

/* audomon/switch/12 to 17 */
static void holds_a_full_file_system(void **state)
{
	struct overflow_holds holds = {0};
	struct overflow_decision d = look(&holds, 1, 20, 0);

	(void)state;
	assert_int_equal(d.switch_for, SPACE);
	overflow_switched(&holds, d.switch_for, 1);
	d = look(&holds, 1, 20, 0);
	assert_int_equal(d.switch_for, NONE);
	assert_true(d.held);
	assert_int_equal(d.sleep_ms, OVERFLOW_SP_MS);
	d = look(&holds, 1, 5, 1024000);
	assert_int_equal(d.switch_for, SIZE); /* and for that alone */
	overflow_switched(&holds, d.switch_for, 1);
	d = look(&holds, 2, 20, 0); /* another one is free to be left */
	assert_int_equal(d.switch_for, SPACE);
	overflow_switched(&holds, d.switch_for, 2);
	d = look(&holds, 1, 20, 0);
	assert_true(d.held);
	d = look(&holds, 1, 21, 0); /* above the point: the hold is over */
	assert_false(d.held);
	assert_int_equal(holds.count, 1);
	d = look(&holds, 1, 20, 0);
	assert_int_equal(d.switch_for, SPACE);
	assert_true(look(&holds, 2, 0, 0).held);
}

static void remembers_the_latest_holds(void **state)
{
	struct overflow_holds holds = {0};

	(void)state;
	overflow_switched(&holds, SIZE, 99);
	assert_int_equal(holds.count, 0);
	for (uint64_t device = 0; device <= OVERFLOW_HOLDS_MAX; device++) {
		overflow_switched(&holds, SPACE, device);
		overflow_switched(&holds, BOTH, device);
	}
	assert_int_equal(holds.count, OVERFLOW_HOLDS_MAX);
	assert_false(look(&holds, 0, 0, 0).held);
	assert_true(look(&holds, 1, 0, 0).held);
	assert_true(look(&holds, OVERFLOW_HOLDS_MAX, 0, 0).held);
}

/* audomon/limits/1, 2: a file system of 100000 blocks of 4 Kb, and -p 20 */
static void takes_a_limit_as_a_size(void **state)
{
	static const struct {
		uint32_t limit_kb;
		uint64_t free;
		unsigned switch_for, warn_of;
		bool by_kb;
	} cases[] = {
		/* 80000 Kb are 20 %: the percentage comes first, then the size */
		{79999, 20001, NONE, SPACE, false},
		{79999, 20000, SPACE, SPACE, false},
		{90000, 22501, NONE, SPACE, true},
		{90000, 22500, SPACE, SPACE, true},
		{90000, 20000, SPACE, SPACE, false}, /* both */
		{90000, 50000, NONE, NONE, true},
		{1, 50000, NONE, NONE, false},
		/* 90 % of the way to 90000 Kb free: 121000 Kb */
		{90000, 30251, NONE, NONE, true},
		{90000, 30250, NONE, SPACE, true},
		/* more than there is */
		{400000, 100000, SPACE, SPACE, true},
		{UINT32_MAX, 100000, SPACE, SPACE, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct overflow_settings s = settings(20, 90);
		const struct overflow_facts f = facts(0, 1000, 100000, cases[i].free);
		struct overflow_holds holds = {0};
		struct overflow_decision d;

		s.switch_free_kb = cases[i].limit_kb;
		overflow_decide(&s, &f, &holds, &d);
		if (d.switch_for != cases[i].switch_for || d.warn_of != cases[i].warn_of ||
		    d.by_kb != cases[i].by_kb)
			fail_msg("row %zu: switch for %u, warn of %u, by Kb %d", i, d.switch_for,
				 d.warn_of, d.by_kb);
		assert_int_equal(d.sleep_ms > s.sp_ms, d.switch_for == 0);
	}
}

static struct overflow_decision alerted(unsigned percent, uint32_t kb, uint64_t free)
{
	struct overflow_settings s = settings(20, 90);
	const struct overflow_facts f = facts(0, 1000, 10000, free);
	struct overflow_holds holds = {0};
	struct overflow_decision d;

	s.alert_free_percent = percent;
	s.alert_free_kb = kb;
	overflow_decide(&s, &f, &holds, &d);
	return d;
}

/* audomon/limits/4 */
static void has_a_second_threshold(void **state)
{
	(void)state;
	assert_false(alerted(0, 0, 0).alert);
	assert_false(alerted(5, 0, 501).alert);
	assert_true(alerted(5, 0, 500).alert);
	assert_false(alerted(0, 1000, 251).alert);
	assert_true(alerted(0, 1000, 250).alert);
	assert_true(alerted(5, 1, 500).alert);
	assert_true(alerted(1, 2000, 500).alert);
	/* above the switch point it shortens the sleep until it is reached */
	assert_int_equal(alerted(50, 0, 5100).sleep_ms, 60000 + 9 * 60000 * 2 / 100);
	assert_true(alerted(50, 0, 5000).sleep_ms > 60000);
}

/* audomon/keep/7: from anywhere that leaves two sleeps, a moment is met exactly. */
static void sleeps_to_a_moment(void **state)
{
	(void)state;
	assert_int_equal(overflow_sleep_to(60000, 600000, 900000), 600000);
	assert_int_equal(overflow_sleep_to(60000, 600000, 660001), 600000);
	assert_int_equal(overflow_sleep_to(60000, 600000, 660000), 599999);
	assert_int_equal(overflow_sleep_to(60000, 600000, 600000), 600000);
	assert_int_equal(overflow_sleep_to(60000, 600000, 300000), 300000);
	assert_int_equal(overflow_sleep_to(60000, 600000, 60001), 60001);
	assert_int_equal(overflow_sleep_to(60000, 600000, 1), 60001);
	assert_int_equal(overflow_sleep_to(60000, 60001, 120001), 60001);
	for (uint64_t moment = 2 * 60001; moment < 2000000; moment += 999) {
		uint64_t at = 0;

		while (at < moment) {
			uint64_t sleep = overflow_sleep_to(60000, 599990, moment - at);

			assert_in_range(sleep, 60001, 599990);
			at += sleep;
		}
		assert_int_equal(at, moment);
	}
}

static void chooses_what_to_switch_to(void **state)
{
	(void)state;
	assert_int_equal(overflow_choose(true, true), OVERFLOW_TO_NEXT);
	assert_int_equal(overflow_choose(true, false), OVERFLOW_TO_NEXT);
	assert_int_equal(overflow_choose(false, true), OVERFLOW_TO_NEW);
	assert_int_equal(overflow_choose(false, false), OVERFLOW_TO_NONE);
}

static void compares_with_the_reserve(void **state)
{
	static const struct {
		unsigned fss;
		uint64_t blocks, free, available;
		bool within;
		unsigned percent;
	} cases[] = {
		{20, 100, 50, 30, true, 20},   {21, 100, 50, 30, false, 20},
		{5, 1000, 500, 400, true, 10}, {0, 100, 100, 100, true, 0},
		{1, 100, 100, 100, false, 0},  {0, 0, 0, 0, false, 0},
		{50, 100, 50, 60, false, 0},   {100, 100, UINT64_MAX, 0, true, 100},
		{100, EXA, EXA, 1, false, 99},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct overflow_settings s = settings(cases[i].fss, 90);
		const struct overflow_facts f = {.blocks = cases[i].blocks,
						 .free = cases[i].free,
						 .available = cases[i].available};

		assert_int_equal(overflow_in_reserve(&s, &f), cases[i].within);
		assert_int_equal(overflow_reserve_percent(&f), cases[i].percent);
	}
}

static void cuts_percentages_off(void **state)
{
	struct overflow_facts f = {.size_bytes = 921599, .afs_kb = 1000, .blocks = 3, .free = 1};

	(void)state;
	assert_int_equal(overflow_size_percent(&f), 89);
	assert_int_equal(overflow_used_percent(&f), 66);
	f = (struct overflow_facts){.size_bytes = UINT64_MAX, .afs_kb = 0, .blocks = 0};
	assert_int_equal(overflow_size_percent(&f), 0);
	assert_int_equal(overflow_used_percent(&f), 0);
	f = (struct overflow_facts){.size_bytes = UINT64_MAX, .afs_kb = 1, .blocks = 1, .free = 9};
	assert_int_equal(overflow_size_percent(&f), 1801439850948198399);
	assert_int_equal(overflow_used_percent(&f), 0);
}

static void parses_percentages(void **state)
{
	static const char *const wrong[] = {"",    ",",    "20,,", "20%",           "20.5",
					    "-1",  "+1",   "101",  "999",           " 20",
					    "20 ", "0x14", "1e1",  "99999999999999"};
	unsigned value = 55;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(overflow_parse_percent(wrong[i], &value));
	assert_int_equal(value, 55);
	assert_true(overflow_parse_percent("0", &value));
	assert_int_equal(value, 0);
	assert_true(overflow_parse_percent("100", &value));
	assert_int_equal(value, 100);
	assert_true(overflow_parse_percent("020,", &value));
	assert_int_equal(value, 20);
}

static void parses_minutes(void **state)
{
	static const char *const wrong[] = {"",   ".",   ",",     "0",   "0.0",  "-1",
					    "+1", "1e3", "inf",   "nan", "1m",   "1 ",
					    " 1", "1,,", "1.2.3", "0,",  "1.,x", "0x10"};
	static const struct {
		const char *text;
		uint64_t ms;
	} right[] = {
		{"1", 60000},
		{"1,", 60000},
		{"0.5", 30000},
		{".5", 30000},
		{"1.", 60000},
		{"0.25,", 15000},
		{"0.00001", 1},      /* 0.6 ms, rounded up */
		{"0.0000166667", 2}, /* 1.000002 ms */
		{"0.000000000000000000000000000001", 1},
		{"1.000000000000000000000000000001", 60001},
		{"1.000000000000000000000000000000", 60000},
		{"0.1", 6000}, /* exact: no binary fraction in between */
		{"525599.99999", UINT64_C(31535999999) + 1},
		{"525600", OVERFLOW_SP_MS_MAX},
		{"525600.1", OVERFLOW_SP_MS_MAX},
		{"99999999999999999999999999999999", OVERFLOW_SP_MS_MAX},
	};
	uint64_t ms = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (overflow_parse_minutes(wrong[i], &ms))
			fail_msg("\"%s\" was taken", wrong[i]);
	}
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		if (!overflow_parse_minutes(right[i].text, &ms))
			fail_msg("\"%s\" was not taken", right[i].text);
		assert_int_equal(ms, right[i].ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_at_the_boundaries),
		cmocka_unit_test(sleeps_by_the_formula),
		cmocka_unit_test(never_sleeps_longer_when_fuller),
		cmocka_unit_test(holds_its_promises_anywhere),
		cmocka_unit_test(holds_a_full_file_system),
		cmocka_unit_test(remembers_the_latest_holds),
		cmocka_unit_test(takes_a_limit_as_a_size),
		cmocka_unit_test(has_a_second_threshold),
		cmocka_unit_test(sleeps_to_a_moment),
		cmocka_unit_test(chooses_what_to_switch_to),
		cmocka_unit_test(compares_with_the_reserve),
		cmocka_unit_test(cuts_percentages_off),
		cmocka_unit_test(parses_percentages),
		cmocka_unit_test(parses_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
