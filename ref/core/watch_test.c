/* SPDX-License-Identifier: MIT */
/*
 * Tests of watch.c: when a daemon is started again, and how seldom when it keeps failing.
 */
#include "ref/core/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define S INT64_C(1000000000)

static void an_absent_daemon_is_started(void **state)
{
	struct watch w = {0};

	(void)state;
	assert_false(watch_start(&w, 10 * S, true, true));
	assert_false(watch_start(&w, 11 * S, false, false)); /* daemon/restart/5 */
	assert_true(watch_start(&w, 12 * S, true, false));
	assert_false(watch_start(&w, 13 * S, true, false)); /* it is coming up */
	assert_true(watch_start(&w, (12 + WATCH_GAP_S) * S, true, false));
}

static void a_failing_daemon_is_started_seldom(void **state)
{
	struct watch w = {0};
	int64_t now = 0;
	int64_t last = 0;
	unsigned starts = 0;

	(void)state;
	/* It fails at once each time; somebody looks every second. */
	for (; now < 3600 * S; now += WATCH_TICK_S * S) {
		if (!watch_start(&w, now, true, false))
			continue;
		if (starts >= WATCH_STARTS)
			assert_true(now - last >= WATCH_SLOW_S * S);
		assert_true(now - last <= (WATCH_SLOW_S + WATCH_TICK_S) * S);
		last = now;
		starts++;
	}
	assert_true(starts >= 600);
	/* A quiet minute, and it is quick again. */
	now += WATCH_WINDOW_S * S;
	assert_true(watch_start(&w, now, true, false));
	assert_true(watch_start(&w, now + WATCH_GAP_S * S, true, false));
}

static void all_look_at_the_same_moments(void **state)
{
	(void)state;
	assert_int_equal(watch_next_ns(7 * WATCH_TICK_S * S),
			 WATCH_TICK_S * S); /* not at once again */
	assert_int_equal(watch_next_ns(7 * WATCH_TICK_S * S + 1), WATCH_TICK_S * S - 1);
	assert_int_equal(watch_next_ns(8 * WATCH_TICK_S * S - 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_absent_daemon_is_started),
		cmocka_unit_test(a_failing_daemon_is_started_seldom),
		cmocka_unit_test(all_look_at_the_same_moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
