/* SPDX-License-Identifier: MIT */
/*
 * Tests of messages that are one line.
 */
#include "ref/core/line.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

__attribute__((format(printf, 3, 4))) static size_t formatted(char *out, size_t bytes,
							      const char *format, ...)
{
	va_list arguments;
	size_t n;

	va_start(arguments, format);
	n = line_format(out, bytes, "audsys: ", format, arguments);
	va_end(arguments);
	return n;
}

static void is_one_line(void **state)
{
	char line[64];

	(void)state;
	assert_int_equal(formatted(line, sizeof(line), "-s %d: too small", 10), 25);
	assert_string_equal(line, "audsys: -s 10: too small\n");
	formatted(line, sizeof(line), "%s", "a\nb\tc\177\x1b[0m\xc3\xbc");
	assert_string_equal(line, "audsys: a?b?c??[0m\xc3\xbc\n");
}

static void is_cut_before_its_end(void **state)
{
	char line[64];

	(void)state;
	for (size_t bytes = 10; bytes < 24; bytes++) {
		size_t n = formatted(line, bytes, "%s", "0123456789");

		assert_int_equal(n, bytes <= 20 ? bytes - 1 : 19);
		assert_int_equal(strlen(line), n);
		assert_int_equal(line[n - 1], '\n');
		assert_memory_equal(line, "audsys: 0123456789", n - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_one_line),
		cmocka_unit_test(is_cut_before_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
