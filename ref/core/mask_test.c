/* SPDX-License-Identifier: MIT */
/*
 * Tests of mask.c.
 */
#include "ref/core/mask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void one_mask(void **state)
{
	static const struct {
		const char *mask;
		const char *text;
		bool matches;
	} rows[] = {
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "anything at all", true},
		{"**", "a", true},
		{"?", "", false},
		{"?", "a", true},
		{"?", "ab", false},
		{"root", "root", true},
		{"root", "Root", false},
		{"root", "root1", false},
		{"root?", "root", false},
		{"r*t", "root", true},
		{"r*t", "rt", true},
		{"r*t", "roots", false},
		{"*oo*", "root", true},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXcYb", false},
		{"*ab", "aab", true},
		{"*?", "a", true},
		{"*a?", "ba", false},
		{"[ab]", "a", false}, /* all else is literal */
		{"[ab]", "[ab]", true},
		{"A\\*", "A\\dministrator", true},
		{"/etc/*", "/etc/a/b", true},
		{"a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (mask_match(rows[i].mask, strlen(rows[i].mask), rows[i].text) != rows[i].matches)
			fail_msg("mask \"%s\", text \"%s\"", rows[i].mask, rows[i].text);
	}
}

static void list_of_masks(void **state)
{
	(void)state;
	assert_true(mask_match_any("root,tst*", "root"));
	assert_true(mask_match_any("root,tst*", "tst002"));
	assert_false(mask_match_any("root,tst*", "root,tst"));
	assert_false(mask_match_any("root,tst*", "user"));
	assert_true(mask_match_any("root,", ""));
	assert_false(mask_match_any("root", "roo"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_mask),
		cmocka_unit_test(list_of_masks),
	};

	return cmocka_run_group_tests_name("mask", tests, NULL, NULL);
}
