/* SPDX-License-Identifier: MIT */
/*
 * Tests of shutdown.c: the record of a request, and whom a granted one asks, kills and gives up.
 */
#include "ref/core/shutdown.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define S INT64_C(1000000000)

static void a_request_has_one_record(void **state)
{
	static const struct {
		struct accessor who;
		char status;
		int stage;
	} rows[] = {
		{{"root", "48da26ce:00000142", 0, ACCESS_ADMIN, true}, 'M', 452},
		{{"op", "", 8, ACCESS_OPERATOR, true}, 'M', 452}, /* secons/rights/10 */
		{{"tst002", "00000000:04c240d5", 9, ACCESS_AUDITOR, true}, 'D', 460},
		{{"root", "", 0, 0, false}, 'D', 460},
	};
	char why[80];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct audit_record r;

		shutdown_record(&r, 1222270846, &rows[i].who, access_may_shutdown(&rows[i].who));
		assert_int_equal(record_check(&r, why, sizeof(why)), 0);
		assert_int_equal(r.type, RECORD_SHUTDOWN);
		assert_int_equal(r.time_s, 1222270846);
		assert_int_equal(r.status, rows[i].status);
		assert_int_equal(r.stage, rows[i].stage);
		assert_int_equal(r.os_user, !rows[i].who.known);
		assert_string_equal(r.user, rows[i].who.user);
		assert_string_equal(r.session, rows[i].who.session);
		assert_string_equal(r.service, "seosd"); /* event/shutdown/9 */
	}
}

static void each_daemon_is_asked_once(void **state)
{
	struct shutdown s = {0};
	enum shutdown_order orders[SHUTDOWN_DAEMONS];

	(void)state;
	shutdown_begin(&s, 100 * S);
	assert_int_equal(shutdown_step(&s, 100 * S, (pid_t[]){11, 12}, orders), SHUTDOWN_GOES_ON);
	assert_int_equal(orders[0], SHUTDOWN_ASK);
	assert_int_equal(orders[1], SHUTDOWN_ASK);
	assert_int_equal(shutdown_step(&s, 101 * S, (pid_t[]){11, 0}, orders), SHUTDOWN_GOES_ON);
	assert_int_equal(orders[0], SHUTDOWN_NOTHING);
	assert_int_equal(orders[1], SHUTDOWN_NOTHING);
	/* One that came up meanwhile is another process. */
	assert_int_equal(shutdown_step(&s, 102 * S, (pid_t[]){0, 13}, orders), SHUTDOWN_GOES_ON);
	assert_int_equal(orders[0], SHUTDOWN_NOTHING);
	assert_int_equal(orders[1], SHUTDOWN_ASK);
	assert_int_equal(shutdown_step(&s, 103 * S, (pid_t[]){0, 0}, orders), SHUTDOWN_DONE);
}

static void who_does_not_end_is_killed(void **state)
{
	struct shutdown s = {0};
	enum shutdown_order orders[SHUTDOWN_DAEMONS];

	(void)state;
	shutdown_begin(&s, 0);
	shutdown_step(&s, 0, (pid_t[]){11, 0}, orders);
	assert_int_equal(shutdown_step(&s, SHUTDOWN_KILL_S * S - 1, (pid_t[]){11, 0}, orders),
			 SHUTDOWN_GOES_ON);
	assert_int_equal(orders[0], SHUTDOWN_NOTHING);
	assert_int_equal(shutdown_step(&s, SHUTDOWN_KILL_S * S, (pid_t[]){11, 0}, orders),
			 SHUTDOWN_GOES_ON);
	assert_int_equal(orders[0], SHUTDOWN_KILL);
	assert_int_equal(shutdown_step(&s, (SHUTDOWN_KILL_S + 1) * S, (pid_t[]){11, 0}, orders),
			 SHUTDOWN_GOES_ON);
	assert_int_equal(orders[0], SHUTDOWN_NOTHING);
	assert_int_equal(shutdown_step(&s, SHUTDOWN_GIVE_UP_S * S - 1, (pid_t[]){11, 0}, orders),
			 SHUTDOWN_GOES_ON);
	assert_int_equal(shutdown_step(&s, SHUTDOWN_GIVE_UP_S * S, (pid_t[]){11, 0}, orders),
			 SHUTDOWN_FAILED);
	assert_int_equal(shutdown_step(&s, SHUTDOWN_GIVE_UP_S * S, (pid_t[]){0, 0}, orders),
			 SHUTDOWN_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_has_one_record),
		cmocka_unit_test(each_daemon_is_asked_once),
		cmocka_unit_test(who_does_not_end_is_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
