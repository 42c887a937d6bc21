/* SPDX-License-Identifier: MIT */
/*
 * The explorer finds nothing in its first seeds, and does the same for the same seed.
 */
#include "sim/explore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SEEDS 25

static void holds(void **state)
{
	struct explore_result result;
	struct explore_result all = {0};

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		if (!explore_seed(seed, NULL, &result))
			fail_msg("seed %u: %s", (unsigned)seed, result.why);
		assert_in_range(result.collected, result.acknowledged, UINT32_MAX);
		assert_in_range(result.acknowledged, 1, UINT32_MAX);
		explore_add(&all, &result);
	}
	/* Nothing of it is there in name only. */
	assert_in_range(all.deaths, SEEDS, UINT32_MAX);
	assert_in_range(all.power_cuts, SEEDS, UINT32_MAX);
	assert_in_range(all.granted, SEEDS, UINT32_MAX);
	assert_in_range(all.denied, SEEDS, UINT32_MAX);
	assert_in_range(all.unloads, SEEDS / 2, UINT32_MAX);
	assert_in_range(all.switches, SEEDS, UINT32_MAX);
	assert_in_range(all.wake_ups, SEEDS, UINT32_MAX);
	assert_in_range(all.logins, 3 * SEEDS, UINT32_MAX);
	assert_in_range(all.logouts, 2 * SEEDS, all.logins);
}

static void repeats(void **state)
{
	struct explore_result one, other;

	(void)state;
	assert_true(explore_seed(7, NULL, &one));
	assert_true(explore_seed(7, NULL, &other));
	assert_int_equal(one.acknowledged, other.acknowledged);
	assert_int_equal(one.collected, other.collected);
	assert_int_equal(one.deaths, other.deaths);
	assert_int_equal(one.granted, other.granted);
	assert_int_equal(one.wake_ups, other.wake_ups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds),
		cmocka_unit_test(repeats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
