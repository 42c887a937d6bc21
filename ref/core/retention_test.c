/* SPDX-License-Identifier: MIT */
/*
 * Tests of retention.c: names that are trails left behind and names that only look so, and what is
 * kept within each limit.
 */
#include "ref/core/retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define DAY INT64_C(86400)

static void only_names_of_switches_count(void **state)
{
	static const struct {
		const char *name;
		bool expected;
	} rows[] = {
		{"t.200702141530", true},
		{"t.20070214_1530", true},
		{"t.200702141530.1", true},
		{"t.20070214_1530.99", true},
		{"t", false},
		{"t.", false},
		{"t.2007", false},
		{"t.2007021415301", false},
		{"t.200702141530.", false},
		{"t.200702141530.0", false},
		{"t.200702141530.100", false},
		{"t.200702141530.gz", false},
		{"tt.200702141530", false},
		{"t.200702141530.1x", false},
		{"t.20070214_153", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(retention_is_left_behind("t", rows[i].name), rows[i].expected);
}

static void limits_keep_the_newest(void **state)
{
	static const struct {
		struct retention_limits limits;
		enum retention_verdict expected[3];
	} rows[] = {
		{{0}, {RETENTION_KEEP, RETENTION_KEEP, RETENTION_KEEP}},
		{{5, 0, 0}, {RETENTION_TOO_OLD, RETENTION_KEEP, RETENTION_KEEP}},
		{{4, 0, 0}, {RETENTION_TOO_OLD, RETENTION_TOO_OLD, RETENTION_KEEP}},
		{{0, 3, 0}, {RETENTION_KEEP, RETENTION_KEEP, RETENTION_KEEP}},
		{{0, 2, 0}, {RETENTION_TOO_MUCH, RETENTION_KEEP, RETENTION_KEEP}},
		{{4, 1, 0}, {RETENTION_TOO_OLD, RETENTION_TOO_OLD, RETENTION_KEEP}},
		/* of 10 Kb */
		{{0, 0, 30}, {RETENTION_KEEP, RETENTION_KEEP, RETENTION_KEEP}},
		{{0, 0, 29}, {RETENTION_TOO_LARGE_PART, RETENTION_KEEP, RETENTION_KEEP}},
		{{0, 1, 29}, {RETENTION_TOO_MUCH, RETENTION_TOO_MUCH, RETENTION_KEEP}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct retention_trail trails[] = {
			{"c", 9 * DAY, 1024, RETENTION_KEEP},
			{"a", 3 * DAY, 1024, RETENTION_KEEP},
			{"b", 5 * DAY, 1024, RETENTION_KEEP},
		};

		retention_judge(&rows[i].limits, 10 * DAY, 10240, trails, 3);
		assert_string_equal(trails[0].name, "a");
		for (size_t k = 0; k < 3; k++)
			assert_int_equal(trails[k].verdict, rows[i].expected[k]);
	}
}

/* One trail that is too large does not let older ones stay. */
static void what_is_older_than_too_much_goes(void **state)
{
	struct retention_trail trails[] = {
		{"a", 1, 10, RETENTION_KEEP},
		{"b", 2, 5000, RETENTION_KEEP},
		{"c", 3, 100, RETENTION_KEEP},
	};

	(void)state;
	retention_judge(&(struct retention_limits){.kb = 1}, 10, 0, trails, 3);
	assert_int_equal(trails[0].verdict, RETENTION_TOO_MUCH);
	assert_int_equal(trails[1].verdict, RETENTION_TOO_MUCH);
	assert_int_equal(trails[2].verdict, RETENTION_KEEP);
	retention_judge(&(struct retention_limits){.days = 1, .kb = 1}, 0, 0, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_names_of_switches_count),
		cmocka_unit_test(limits_keep_the_newest),
		cmocka_unit_test(what_is_older_than_too_much_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
