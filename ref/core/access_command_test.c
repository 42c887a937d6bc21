/* SPDX-License-Identifier: MIT */
/*
 * Tests of access_command.c: what is read, what is refused and at which column.
 */
#include "ref/core/access_command.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void commands_are_read(void **state)
{
	static const struct {
		const char *text;
		enum access_verb verb;
		bool create;
		const char *user;
		unsigned set, clear;
	} rows[] = {
		{"newusr tst001 operator", ACCESS_NEW, false, "tst001", ACCESS_OPERATOR, 0},
		{"nu jo", ACCESS_NEW, false, "jo", 0, 0},
		{"NU Jo ADMIN Operator auditor server", ACCESS_NEW, false, "Jo", 15, 0},
		{"chusr tst001 operator- admin", ACCESS_CHANGE, false, "tst001", ACCESS_ADMIN,
		 ACCESS_OPERATOR},
		{"cu\tjo\t admin-", ACCESS_CHANGE, false, "jo", 0, ACCESS_ADMIN},
		{"editusr jo", ACCESS_CHANGE, true, "jo", 0, 0},
		{"eu DOMAIN\\jo.x_y-z@h+$ server", ACCESS_CHANGE, true, "DOMAIN\\jo.x_y-z@h+$",
		 ACCESS_SERVER, 0},
		{"rmusr jo", ACCESS_REMOVE, false, "jo", 0, 0},
		{"ru jo", ACCESS_REMOVE, false, "jo", 0, 0},
		{"showusr jo", ACCESS_SHOW, false, "jo", 0, 0},
		{" ; ;su jo ; ", ACCESS_SHOW, false, "jo", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct access_command c;
		struct access_syntax error;
		size_t offset = 0;

		assert_int_equal(access_command_next(rows[i].text, &offset, &c, &error), 1);
		assert_int_equal(c.verb, rows[i].verb);
		assert_int_equal(c.create, rows[i].create);
		assert_string_equal(c.user, rows[i].user);
		assert_int_equal(c.set, rows[i].set);
		assert_int_equal(c.clear, rows[i].clear);
		assert_int_equal(access_command_next(rows[i].text, &offset, &c, &error), 0);
	}
}

static void a_command_knows_its_text(void **state)
{
	const char *text = "  nu a admin  ;; su a;";
	struct access_command c;
	struct access_syntax error;
	size_t offset = 0;

	(void)state;
	assert_int_equal(access_command_next(text, &offset, &c, &error), 1);
	assert_int_equal(c.bytes, strlen("nu a admin"));
	assert_memory_equal(c.text, "nu a admin", c.bytes);
	assert_int_equal(access_command_next(text, &offset, &c, &error), 1);
	assert_int_equal(c.bytes, 4);
	assert_memory_equal(c.text, "su a", 4);
	assert_int_equal(access_command_next(text, &offset, &c, &error), 0);
	assert_int_equal(access_command_next(text, &offset, &c, &error), 0);
}

static void faults_are_named_with_their_column(void **state)
{
	static const struct {
		const char *text;
		size_t column;
		const char *part; /* of the reason */
	} rows[] = {
		{"frob jo", 1, "unknown command frob"},
		{"  newuser jo", 3, "unknown command newuser"},
		{"nu", 3, "name of a user is missing"},
		{"nu ;su a", 3, "name of a user is missing"},
		{"nu jo frob", 7, "unknown attribute frob"},
		{"nu jo special", 7, "unknown attribute special"},
		{"nu jo -", 7, "unknown attribute"},
		{"nu jo admin-", 7, "no attribute to take away"},
		{"cu jo", 6, "attribute is missing"},
		{"cu jo admin admin-", 13, "named twice"},
		{"nu jo server server", 14, "named twice"},
		{"ru jo admin", 7, "nothing can follow"},
		{"su jo jo", 7, "nothing can follow"},
		{"nu jo(x)", 6, "character \\050"},
		{"nu j\303\266", 5, "character \\303"},
		{"nu jo\n", 6, "character \\012"},
		{"'nu' jo", 1, "character \\047"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct access_command c;
		struct access_syntax error = {0};
		size_t offset = 0;

		assert_int_equal(access_command_next(rows[i].text, &offset, &c, &error), -EINVAL);
		if (error.column != rows[i].column || !strstr(error.why, rows[i].part))
			fail_msg("%s: column %zu: %s", rows[i].text, error.column, error.why);
	}
}

static void a_word_has_a_limit(void **state)
{
	char text[ACCESS_NAME_MAX + 8] = "su ";
	struct access_command c;
	struct access_syntax error;
	size_t offset = 0;

	(void)state;
	memset(text + 3, 'x', ACCESS_NAME_MAX - 1);
	assert_int_equal(access_command_next(text, &offset, &c, &error), 1);
	assert_int_equal(strlen(c.user), ACCESS_NAME_MAX - 1);
	text[3 + ACCESS_NAME_MAX - 1] = 'x';
	offset = 0;
	assert_int_equal(access_command_next(text, &offset, &c, &error), -EINVAL);
	assert_int_equal(error.column, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_read),
		cmocka_unit_test(a_command_knows_its_text),
		cmocka_unit_test(faults_are_named_with_their_column),
		cmocka_unit_test(a_word_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
