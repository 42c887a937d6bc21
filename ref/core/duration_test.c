/* SPDX-License-Identifier: MIT */
/*
 * Tests of duration.c: both documented samples and each side of each boundary.
 */
#include "ref/core/duration.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define DAY INT64_C(86400)

static void every_row(void **state)
{
	static const struct {
		int64_t duration_s;
		const char *text;
	} rows[] = {
		{4 * DAY + 4 * 3600, "4d-4h"},   /* secons/scan/5 */
		{2 * DAY + 21 * 3600, "2d-21h"}, /* secons/scan/4 */
		{2 * DAY + 22 * 3600 - 1, "2d-21h"},
		{DAY, "1d-0h"},
		{DAY - 1, "23h-59m"},
		{3 * 3600 + 7 * 60 + 59, "3h-7m"},
		{3600, "1h-0m"},
		{3599, "59m-59s"},
		{60, "1m-0s"},
		{5, "0m-5s"},
		{0, "0m-0s"},
		{-1, "0m-0s"},
		{INT64_MIN, "0m-0s"},
		{INT64_MAX, "106751991167300d-15h"},
	};
	char text[DURATION_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		duration_format(rows[i].duration_s, text);
		assert_string_equal(text, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_row)};

	return cmocka_run_group_tests_name("duration", tests, NULL, NULL);
}
