/* SPDX-License-Identifier: MIT */
/*
 * Tests of forecast.c: curves are read or refused, and the wake-ups along one are those of the
 * documented example.
 */
#include "ref/core/forecast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct forecast *forecast;

static int set_up(void **state)
{
	(void)state;
	forecast = calloc(1, sizeof(*forecast));
	assert_non_null(forecast);
	forecast->settings = (struct overflow_settings)OVERFLOW_SETTINGS_DEFAULT;
	forecast->afs_kb = 1000;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(forecast);
	return 0;
}

static void run_along(const char *curve)
{
	assert_null(forecast_parse(curve, &forecast->curve));
	assert_true(forecast_run(forecast));
}

static void refused_curves(void **state)
{
	static const char *const curves[] = {
		"",       "0:0:0",         "1:0:0,2:0:0",  "0:0:0,0:1:1", "0:0:0,1:1",
		"0:0:0;", "0:0:101,1:0:0", "0:5:0,1:4:0",  "0:0:0,1:0:x", "0:0:0,1:0:0x",
		":0:0",   "0:0:0,1:-1:0",  "0:0:0, 1:0:0",
	};
	struct forecast_curve curve;
	char many[FORECAST_POINTS_MAX * 8 + 16] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
		if (!forecast_parse(curves[i], &curve))
			fail_msg("taken: %s", curves[i]);
	}
	for (int i = 0; i <= FORECAST_POINTS_MAX; i++)
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "%d:0:0,", i);
	assert_string_equal(forecast_parse(many, &curve), "has more than 64 points");
}

/* Nothing happens: ten times sp_freq between wake-ups, to the end of the curve. */
static void idle(void **state)
{
	(void)state;
	run_along("0:0:0,60:0:0");
	assert_int_equal(forecast->count, 7);
	for (unsigned i = 0; i < forecast->count; i++)
		assert_int_equal(forecast->events[i].at_ms, i * 600000);
}

/* The trail grows by 100 Kb a minute: warned of from 900 Kb, switched from 1000 Kb on. */
static void growing_trail(void **state)
{
	unsigned switches = 0;

	(void)state;
	run_along("0:0:0,25:2500:0");
	for (unsigned i = 0; i < forecast->count; i++) {
		const struct forecast_event *e = &forecast->events[i];
		bool past = e->facts.size_bytes >= 1024000;

		assert_int_equal(e->decision.switch_for, past ? OVERFLOW_SIZE : 0);
		assert_int_equal(!!(e->decision.warn_of & OVERFLOW_SIZE),
				 e->facts.size_bytes >= 921600);
		assert_true(e->decision.sleep_ms >= 60000 && e->decision.sleep_ms <= 600000);
		switches += past;
	}
	assert_int_equal(switches, 2);
}

/* A full file system: one switch, then held until there is room. */
static void held(void **state)
{
	unsigned switches = 0;
	unsigned held_at = 0;

	(void)state;
	run_along("0:0:85,30:0:85,31:0:50,60:0:50");
	for (unsigned i = 0; i < forecast->count; i++) {
		switches += forecast->events[i].decision.switch_for == OVERFLOW_SPACE;
		held_at += forecast->events[i].decision.held;
	}
	assert_int_equal(switches, 1);
	assert_int_equal(forecast->events[0].decision.switch_for, OVERFLOW_SPACE);
	assert_int_equal(held_at, 30);
}

static void facts_between(void **state)
{
	struct overflow_facts f;

	(void)state;
	run_along("0:0:0,20:2000:40,40:2000:20");
	f = forecast_facts(forecast, 5 * FORECAST_MINUTE_MS);
	assert_int_equal(f.size_bytes, 500 * 1024);
	assert_int_equal(overflow_used_percent(&f), 10);
	f = forecast_facts(forecast, 30 * FORECAST_MINUTE_MS);
	assert_int_equal(overflow_used_percent(&f), 30);
	assert_true(f.size_bytes < 1024000);
	assert_int_equal(forecast_end_ms(forecast), 40 * FORECAST_MINUTE_MS);
}

static void too_many(void **state)
{
	(void)state;
	forecast->settings.sp_ms = 1;
	assert_null(forecast_parse("0:0:0,60:0:0", &forecast->curve));
	assert_false(forecast_run(forecast));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_curves),
		cmocka_unit_test_setup_teardown(idle, set_up, tear_down),
		cmocka_unit_test_setup_teardown(growing_trail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(held, set_up, tear_down),
		cmocka_unit_test_setup_teardown(facts_between, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("forecast", tests, NULL, NULL);
}
