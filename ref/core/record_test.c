/* SPDX-License-Identifier: MIT */
/*
 * Tests of record.c: what holds for every row of the table of kinds, and the checks on a record.
 */
#include "ref/core/record.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool has_column(const struct record_kind *kind, enum record_field field)
{
	return memchr(kind->columns, (int)field, kind->column_count) != NULL;
}

static void every_kind_is_sound(void **state)
{
	(void)state;
	for (unsigned type = 1; type <= RECORD_TYPES; type++) {
		for (unsigned origin = RECORD_UNIX; origin <= RECORD_WINDOWS; origin++) {
			const struct record_kind *kind = record_kind(type, origin);

			assert_non_null(kind);
			assert_in_range(kind->column_count, 1, RECORD_COLUMNS_MAX);
			/* Without a word of its own the class is the event and comes first. */
			assert_int_equal(kind->event == NULL,
					 kind->columns[0] == RECORD_CLASS && type != RECORD_ADMIN);
			for (unsigned field = 0; field < RECORD_TEXTS; field++) {
				if (kind->required & RECORD_BIT(field))
					assert_true(has_column(kind, field));
			}
			for (unsigned i = 0; i < kind->column_count; i++)
				assert_null(memchr(kind->columns + i + 1, kind->columns[i],
						   kind->column_count - i - 1U));
			for (unsigned other = 1; other < type; other++)
				assert_string_not_equal(kind->name,
							record_kind(other, origin)->name);
		}
	}
	assert_null(record_kind(0, RECORD_UNIX));
	assert_null(record_kind(RECORD_TYPES + 1, RECORD_UNIX));
}

static void fields_keep_what_they_get(void **state)
{
	struct audit_record r;

	(void)state;
	record_init(&r, RECORD_TRACE, 0, 'P');
	for (unsigned field = 0; field < RECORD_FIELDS; field++) {
		if (field < RECORD_TEXTS)
			assert_int_equal(record_set_text(&r, field, record_field_name(field)), 0);
		else
			record_set_number(&r, field, (int32_t)field);
	}
	for (unsigned field = 0; field < RECORD_FIELDS; field++) {
		if (field < RECORD_TEXTS)
			assert_string_equal(record_text(&r, field), record_field_name(field));
		else
			assert_int_equal(record_number(&r, field),
					 field == RECORD_OS_USER ? 1 : field);
	}
	assert_string_equal(r.user, "user");
	assert_string_equal(r.trace, "trace");
	assert_int_equal(r.real_uid, RECORD_REAL_UID);
}

static void texts_have_a_limit(void **state)
{
	struct audit_record r;
	char text[RECORD_TEXT_MAX + 1];

	(void)state;
	record_init(&r, RECORD_START, 0, 'M');
	memset(text, 'x', sizeof(text));
	text[RECORD_WORD_MAX] = '\0';
	assert_int_equal(record_set_text(&r, RECORD_SERVICE, "seosd"), 0);
	assert_int_equal(record_set_text(&r, RECORD_SERVICE, text), -ENAMETOOLONG);
	assert_string_equal(r.service, "seosd");
	record_cut_text(&r, RECORD_SERVICE, text);
	assert_int_equal(strlen(r.service), RECORD_WORD_MAX - 1);
	text[RECORD_WORD_MAX - 1] = '\0';
	assert_int_equal(record_set_text(&r, RECORD_SERVICE, text), 0);
	assert_string_equal(r.service, text);
	record_cut_text(&r, RECORD_SERVICE, "");
	assert_string_equal(r.service, "");
}

static void whole_shutdown(struct audit_record *r)
{
	record_init(r, RECORD_SHUTDOWN, 1222264846, 'M');
	assert_int_equal(record_set_text(r, RECORD_USER, "root"), 0);
	assert_int_equal(record_set_text(r, RECORD_SERVICE, "seosd"), 0);
}

static void faults_are_named(void **state)
{
	struct audit_record r;
	char why[64];

	(void)state;
	whole_shutdown(&r);
	assert_int_equal(record_check(&r, why, sizeof(why)), 0);

	r.status = 'm';
	assert_int_equal(record_check(&r, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "status is not a capital letter");

	whole_shutdown(&r);
	r.user[0] = '\0';
	assert_int_equal(record_check(&r, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "no user");

	whole_shutdown(&r);
	memset(r.session, 'x', sizeof(r.session));
	assert_int_equal(record_check(&r, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "unterminated session");

	whole_shutdown(&r);
	r.type = RECORD_TYPES + 1;
	assert_int_equal(record_check(&r, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "unknown event type");

	whole_shutdown(&r);
	r.origin = RECORD_WINDOWS + 1;
	assert_int_equal(record_check(&r, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, "unknown origin");

	/* What stands in fields the type does not have is nobody's concern. */
	whole_shutdown(&r);
	memset(r.program, 'x', sizeof(r.program));
	assert_int_equal(record_check(&r, why, sizeof(why)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_is_sound),
		cmocka_unit_test(fields_keep_what_they_get),
		cmocka_unit_test(texts_have_a_limit),
		cmocka_unit_test(faults_are_named),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
