/* SPDX-License-Identifier: MIT */
/*
 * Tests of codes.c: the order the search relies on, every row by its number, and the rows the
 * documents quote.
 */
#include "ref/core/codes.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void every_row_is_found(void **state)
{
	static const size_t counts[CODE_LISTS] = {19, 8, 2, 37, 3, 22, 7, 2};

	(void)state;
	for (unsigned id = 0; id < CODE_LISTS; id++) {
		const struct code_list *list = code_list(id);

		assert_int_equal(list->count, counts[id]);
		for (size_t i = 0; i < list->count; i++) {
			const struct code *code = &list->codes[i];

			if (i > 0)
				assert_true(code[-1].number < code->number);
			for (unsigned brand = 0; brand < CODE_BRANDS; brand++) {
				assert_ptr_equal(code_text(id, code->number, brand),
						 code->text[brand]);
				if (id < CODE_PASSWORD)
					assert_ptr_equal(code_stage_text(code->number, brand),
							 code->text[brand]);
			}
		}
	}
}

static void documented_rows(void **state)
{
	static const struct {
		enum code_list_id list;
		int32_t number;
		const char *pamsc;
		const char *ac;
	} rows[] = {
		{CODE_SHUTDOWN, 452, "User is ADMIN or SPECIAL", "User is ADMIN or SPECIAL"},
		{CODE_SHUTDOWN, 460, "User is not allowed to shutdown CA PAMSC",
		 "User is not allowed to shutdown CA Access Control"},
		{CODE_SHUTDOWN, 600, "Attempting to Terminate CA PAMSC",
		 "Attempting to Terminate CA Access Control"},
		{CODE_LOGIN, 49, "Logout detected after last process terminated",
		 "Logout detected after last process terminated"},
		{CODE_ADMIN, 300, "Undefined CA PAMSC user", "Undefined CA Access Control user"},
		{CODE_ADMIN, 339, "SEOS_syscall module unload readiness check",
		 "SEOS_syscall module unload readiness check"},
		{CODE_PASSWORD, 100, "Bad arguments", "Bad arguments"},
		{CODE_UNTRUST, 6, "MD5 signatures do not match", "MD5 signatures do not match"},
		{CODE_REASON, 2, "User audit mode requires logging",
		 "User audit mode requires logging"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(code_text(rows[i].list, rows[i].number, CODE_PAMSC),
				    rows[i].pamsc);
		assert_string_equal(code_text(rows[i].list, rows[i].number, CODE_AC), rows[i].ac);
	}
}

static void unknown_codes_have_no_text(void **state)
{
	static const int32_t stages[] = {INT32_MIN, -1,  0,   1,   4,    21,  48,       55,
					 323,       325, 328, 453, 1059, 999, INT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		assert_null(code_stage_text(stages[i], CODE_PAMSC));
	assert_null(code_text(CODE_PASSWORD, 15, CODE_PAMSC));
	assert_null(code_text(CODE_UNTRUST, 7, CODE_PAMSC));
	assert_null(code_text(CODE_REASON, 1, CODE_PAMSC));
}

static void status_letters(void **state)
{
	unsigned known = 0;

	(void)state;
	for (int c = -128; c < 128; c++)
		known += code_status_text((char)c) != NULL;
	assert_int_equal(known, 12); /* event/common/14 */
	assert_string_equal(code_status_text('D'), "Denied");
	assert_string_equal(code_status_text('O'), "Logout");
	assert_null(code_status_text('B'));
	assert_null(code_status_text('p'));
}

static void brands(void **state)
{
	enum code_brand brand;

	(void)state;
	assert_int_equal(code_brand_named("pamsc", &brand), 0);
	assert_string_equal(code_product(brand), "CA PAMSC");
	assert_int_equal(code_brand_named("ac", &brand), 0);
	assert_string_equal(code_product(brand), "CA Access Control");
	assert_int_equal(code_brand_named("AC", &brand), -EINVAL);
	assert_int_equal(code_brand_named("", &brand), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_found),
		cmocka_unit_test(documented_rows),
		cmocka_unit_test(unknown_codes_have_no_text),
		cmocka_unit_test(status_letters),
		cmocka_unit_test(brands),
	};

	return cmocka_run_group_tests_name("codes", tests, NULL, NULL);
}
