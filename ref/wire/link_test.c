/* SPDX-License-Identifier: MIT */
/*
 * Tests of the messages of link.c: they come back as they were, and nothing else is taken.
 */
#include "ref/wire/link.h"
#include "ref/wire/message.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void messages_come_back(void **state)
{
	static const struct link_request rows[] = {
		{"root", "48da26ce:00000142", false, ""},
		{"root", "", true, ""},
		{"root", "", true, "a \"word\" \xc3\xa4"},
	};
	struct link_request back;
	char why[MESSAGE_WHY_MAX];
	size_t bytes;
	char *text;

	(void)state;
	assert_int_equal(link_write_request(&rows[0], &text, &bytes), 0);
	assert_string_equal(text, "{\"version\":2,\"op\":\"shutdown\",\"user\":\"root\","
				  "\"session\":\"48da26ce:00000142\",\"password\":null}");
	free(text);
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(link_write_request(&rows[i], &text, &bytes), 0);
		assert_int_equal(link_read_request(text, bytes, &back, why, sizeof(why)), 0);
		assert_string_equal(back.user, rows[i].user);
		assert_string_equal(back.session, rows[i].session);
		assert_int_equal(back.has_password, rows[i].has_password);
		assert_string_equal(back.password, rows[i].password);
		for (size_t n = 0; n < bytes; n++)
			assert_int_equal(link_read_request(text, n, &back, why, sizeof(why)),
					 -EBADMSG);
		free(text);
	}
	for (int i = LINK_DONE; i <= LINK_PASSWORD; i++) {
		const struct link_answer answer = {(enum link_result)i, "why"};
		struct link_answer again;

		assert_int_equal(link_write_answer(&answer, &text, &bytes), 0);
		assert_int_equal(link_read_answer(text, bytes, &again, why, sizeof(why)), 0);
		assert_int_equal(again.result, i);
		assert_string_equal(again.text, "why");
		free(text);
	}
}

static void other_requests_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{"", "byte"},
		{"[]", "not an object"},
		{"{}", "key version is missing"},
		{"{\"version\":1,\"op\":\"shutdown\",\"user\":\"a\",\"session\":\"\"}",
		 "version 1"},
		{"{\"version\":0,\"op\":\"shutdown\",\"user\":\"a\",\"session\":\"\"}",
		 "version is out of range"},
		{"{\"version\":2,\"op\":\"reboot\",\"user\":\"a\",\"session\":\"\"}",
		 "unknown op reboot"},
		{"{\"version\":2,\"op\":\"shutdown\",\"user\":\"\",\"session\":\"\"}",
		 "user is no name"},
		{"{\"version\":2,\"op\":\"shutdown\",\"user\":\"a b\",\"session\":\"\"}",
		 "user is no name"},
		{"{\"version\":2,\"op\":\"shutdown\",\"user\":\"a\\nb\",\"session\":\"\"}",
		 "user is no name"},
		{"{\"version\":2,\"op\":\"shutdown\",\"user\":\"a\",\"session\":\"\\u007f\"}",
		 "no session id"},
		{"{\"version\":2,\"op\":\"shutdown\",\"user\":\"a\",\"user\":\"b\",\"session\":"
		 "\"\"}",
		 "duplicate"},
		{"{\"version\":2,\"op\":\"shutdown\",\"user\":\"a\",\"session\":\"\",\"password\":"
		 "null,\"host\":\"x\"}",
		 "unknown key host"},
		{"{\"version\":2,\"op\":\"shutdown\",\"user\":\"a\",\"session\":\"\"}",
		 "key password is missing"},
		{"{\"version\":2,\"op\":\"shutdown\",\"user\":\"a\",\"session\":\"\",\"password\":"
		 "1}",
		 "password is not a text"},
		{"{\"version\":2,\"op\":\"shutdown\",\"user\":\"a\",\"session\":\""
		 "0123456789012345678901234567890123456789\"}",
		 "more than"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct link_request r;
		char why[MESSAGE_WHY_MAX] = "";

		assert_int_equal(
			link_read_request(rows[i].text, strlen(rows[i].text), &r, why, sizeof(why)),
			-EBADMSG);
		if (!strstr(why, rows[i].why))
			fail_msg("%s: %s", rows[i].text, why);
	}
}

static void other_answers_are_refused(void **state)
{
	static const char *const rows[] = {
		"{\"version\":2,\"result\":\"perhaps\",\"text\":\"\"}",
		"{\"version\":2,\"result\":1,\"text\":\"\"}",
		"{\"version\":3,\"result\":\"done\",\"text\":\"\"}",
		"{\"version\":2,\"result\":\"done\"}",
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct link_answer a;
		char why[MESSAGE_WHY_MAX] = "";

		assert_int_equal(link_read_answer(rows[i], strlen(rows[i]), &a, why, sizeof(why)),
				 -EBADMSG);
		assert_true(why[0]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_come_back),
		cmocka_unit_test(other_requests_are_refused),
		cmocka_unit_test(other_answers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
