/* SPDX-License-Identifier: MIT */
/*
 * Words of a line: blanks, quotes, backslashes, and what is refused.
 */
#include "ref/core/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 4

/* The words in angle brackets, or "refused". */
static void expect(const char *line, const char *expected)
{
	char text[100];
	char shown[100] = "";
	char *words[WORDS_MAX];
	size_t count;
	size_t n = 0;

	snprintf(text, sizeof(text), "%s", line);
	if (!words_split(text, words, WORDS_MAX, &count)) {
		assert_string_equal("refused", expected);
		return;
	}
	for (size_t i = 0; i < count; i++)
		n += (size_t)snprintf(shown + n, sizeof(shown) - n, "<%s>", words[i]);
	assert_string_equal(shown, expected);
}

static void blanks_separate(void **state)
{
	(void)state;
	expect("", "");
	expect(" \t ", "");
	expect("-p 20, -t\t1", "<-p><20,><-t><1>");
	expect("  a  ", "<a>");
	expect("a b c d e", "refused");
}

static void quotes_keep_together(void **state)
{
	(void)state;
	expect("-X '/bin/true a  b'", "<-X></bin/true a  b>");
	expect("\"a 'b\" 'c \"d'", "<a 'b><c \"d>");
	expect("a'b c'\"d\"e ''", "<ab cde><>");
	expect("'a\\' \"b\\\"c\" d\\ e", "<a\\><b\"c><d e>");
}

static void what_does_not_end_is_refused(void **state)
{
	(void)state;
	expect("a 'b", "refused");
	expect("a \"b\\\"", "refused");
	expect("a\\", "refused");
}

static void nothing_is_expanded(void **state)
{
	(void)state;
	expect("$HOME `id` $(id) *", "<$HOME><`id`><$(id)><*>");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blanks_separate),
		cmocka_unit_test(quotes_keep_together),
		cmocka_unit_test(what_does_not_end_is_refused),
		cmocka_unit_test(nothing_is_expanded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
