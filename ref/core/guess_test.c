/* SPDX-License-Identifier: MIT */
/*
 * Tests of guess.c: when a user of a host is refused, for how long, and who makes room.
 */
#include "ref/core/guess.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void three_and_then_a_rest(void **state)
{
	static struct guesses g;

	(void)state;
	for (int i = 0; i < GUESSES; i++) {
		assert_int_equal(guess_wait_s(&g, "host1", "root", 100 + i), 0);
		guess_begin(&g, "host1", "root", 100 + i);
	}
	assert_int_equal(guess_wait_s(&g, "HOST1", "root", 102), GUESS_REST_S);
	assert_int_equal(guess_wait_s(&g, "host1", "root", 150), 12);
	assert_int_equal(guess_wait_s(&g, "host1", "Root", 150), 0); /* another user */
	assert_int_equal(guess_wait_s(&g, "host2", "root", 150), 0); /* from another host */
	assert_int_equal(guess_wait_s(&g, "host1", "root", 162), 0);
	/* Then he has three again. */
	guess_begin(&g, "host1", "root", 162);
	assert_int_equal(guess_wait_s(&g, "host1", "root", 162), 0);
	guess_begin(&g, "host1", "root", 163);
	guess_right(&g, "host1", "root");
	guess_right(&g, "host1", "nobody");
	for (int i = 0; i < GUESSES; i++) {
		assert_int_equal(guess_wait_s(&g, "host1", "root", 164), 0);
		guess_begin(&g, "host1", "root", 164);
	}
	assert_int_equal(guess_wait_s(&g, "host1", "root", 164), GUESS_REST_S);
}

static void the_quietest_makes_room(void **state)
{
	static struct guesses g;
	char user[16];

	(void)state;
	for (int n = 0; n < GUESSERS_MAX; n++) {
		snprintf(user, sizeof(user), "user%d", n);
		for (int i = 0; i < GUESSES; i++)
			guess_begin(&g, "host1", user, n == 7 ? 10 : 20);
	}
	guess_begin(&g, "host1", "more", 21);
	assert_int_equal(guess_wait_s(&g, "host1", "user7", 21), 0);
	for (int n = 0; n < GUESSERS_MAX; n++) {
		snprintf(user, sizeof(user), "user%d", n);
		assert_int_equal(guess_wait_s(&g, "host1", user, 21), n == 7 ? 0 : 59);
	}
}

static void a_wrong_one_has_a_record(void **state)
{
	static const struct accessor known = {"root", "48da26ce:00000142", 0, ACCESS_ADMIN, true};
	static const struct accessor unknown = {"joe", "", UINT32_MAX, 0, false};
	struct audit_record r;
	char why[80];

	(void)state;
	guess_record(&r, 1222270846, &known, "host1", "/bin/seagent");
	assert_int_equal(record_check(&r, why, sizeof(why)), 0);
	assert_int_equal(r.type, RECORD_PASSWORD_ATTEMPT);
	assert_int_equal(r.status, 'A');
	assert_int_equal(r.stage, 8);
	assert_string_equal(r.user, "root");
	assert_string_equal(r.terminal, "host1");
	assert_string_equal(r.program, "/bin/seagent");
	assert_string_equal(r.session, ""); /* event/password-attempt/4 */
	assert_false(r.os_user);
	guess_record(&r, 0, &unknown, "host1", "/bin/seagent");
	assert_true(r.os_user);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_and_then_a_rest),
		cmocka_unit_test(the_quietest_makes_room),
		cmocka_unit_test(a_wrong_one_has_a_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
