/* SPDX-License-Identifier: MIT */
/*
 * Tests of lockout.c: how failures are counted, and what a time is.
 */
#include "ref/core/lockout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct lockout l;

static bool note(enum record_type type, char status, const char *user, int64_t time_s)
{
	struct audit_record r;

	record_init(&r, type, time_s, status);
	record_cut_text(&r, RECORD_USER, user);
	return lockout_note(&l, &r);
}

static bool fails(const char *user, int64_t time_s)
{
	return note(RECORD_LOGIN, 'D', user, time_s);
}

static void begin(unsigned limit, int64_t within_s)
{
	memset(&l, 0, sizeof(l));
	l.limit = limit;
	l.within_s = within_s;
}

static void too_many(void **state)
{
	(void)state;
	begin(3, 60);
	assert_false(fails("a", 100));
	assert_false(fails("b", 101));
	assert_false(fails("a", 120));
	assert_false(note(RECORD_LOGIN, 'P', "a", 121));
	assert_false(note(RECORD_LOGOUT, 'O', "a", 121));
	assert_true(note(RECORD_PASSWORD_ATTEMPT, 'A', "a", 160)); /* the first is just within */
	assert_false(fails("a", 161));                             /* it begins anew */
	assert_false(fails("b", 162));                             /* the first is too long ago */
	assert_false(fails("b", 200));
	assert_true(fails("b", 201));
	begin(1, 60);
	assert_true(fails("a", 1));
}

static void disabled_and_enabled(void **state)
{
	(void)state;
	begin(2, 60);
	assert_false(fails("a", 1));
	assert_false(note(RECORD_LOGIN_ENABLED, 'E', "a", 2));
	assert_false(fails("a", 3));
	assert_false(note(RECORD_LOGIN_DISABLED, 'I', "a", 4));
	assert_false(note(RECORD_LOGIN_DISABLED, 'I', "nobody", 4));
	assert_false(fails("a", 5));
	assert_true(fails("a", 6));
}

/* More users and failures than there are places: the oldest go. */
static void places(void **state)
{
	char name[16];

	(void)state;
	begin(2, 100000);
	for (int i = 0; i <= LOCKOUT_USERS_MAX; i++) {
		snprintf(name, sizeof(name), "u%d", i);
		assert_false(fails(name, i));
	}
	assert_true(fails(name, LOCKOUT_USERS_MAX + 1));
	assert_false(fails("u0", LOCKOUT_USERS_MAX + 2)); /* was forgotten */
	begin(LOCKOUT_COUNT_MAX + 1, 1000000);
	for (int i = 0; i < 3 * LOCKOUT_COUNT_MAX; i++)
		assert_false(fails("a", i));
}

static void times(void **state)
{
	static const char *const wrong[] = {
		"",           "6", "m", "0m", "-1m", "6x", "6mm", "6 m", "99999999999999999999s",
		"9999999999w"};
	int64_t s;

	(void)state;
	assert_true(lockout_time("90s", &s) && s == 90);
	assert_true(lockout_time("6m", &s) && s == 360);
	assert_true(lockout_time("2h", &s) && s == 7200);
	assert_true(lockout_time("1d", &s) && s == 86400);
	assert_true(lockout_time("1w", &s) && s == 604800);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(lockout_time(wrong[i], &s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(too_many),
		cmocka_unit_test(disabled_and_enabled),
		cmocka_unit_test(places),
		cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
