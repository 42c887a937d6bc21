/* SPDX-License-Identifier: MIT */
/*
 * Tests of crowd.c: who goes, and that one source never costs another its place while it is within
 * its share.
 */
#include "ref/core/crowd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define PLACES 16

static void one_source_makes_room_itself(void **state)
{
	struct crowd_guest g[PLACES];
	size_t count = 0;

	(void)state;
	/* Another one, who waits for longer, and one who is being served. */
	g[count++] = (struct crowd_guest){.source = 2, .age = 1, .idle = true};
	g[count++] = (struct crowd_guest){.source = 1, .age = 2, .idle = false};
	for (uint64_t age = 3; age < 3 + PLACES / 4; age++) {
		assert_int_equal(crowd_victim(g, count, PLACES, 1), CROWD_ROOM);
		g[count++] = (struct crowd_guest){.source = 1, .age = age, .idle = true};
	}
	assert_int_equal(crowd_victim(g, count, PLACES, 1), 2);
	assert_int_equal(crowd_victim(g, count, PLACES, 2), CROWD_ROOM);
	assert_int_equal(crowd_victim(g, count, PLACES, 3), CROWD_ROOM);
}

static void in_a_full_house_the_oldest_idle_one_goes(void **state)
{
	struct crowd_guest g[PLACES];

	(void)state;
	for (size_t i = 0; i < PLACES; i++)
		g[i] = (struct crowd_guest){
			.source = i, .age = PLACES - i, .idle = i != PLACES - 1};
	assert_int_equal(crowd_victim(g, PLACES, PLACES, 99), PLACES - 2);
	for (size_t i = 0; i < PLACES; i++)
		g[i].idle = false;
	assert_int_equal(crowd_victim(g, PLACES, PLACES, 99), CROWD_FULL);
	assert_int_equal(crowd_victim(g, PLACES, PLACES, 1), CROWD_FULL);
	assert_int_equal(crowd_victim(g, PLACES - 1, PLACES, 1), CROWD_ROOM);
	assert_int_equal(crowd_victim(g, 0, PLACES, 1), CROWD_ROOM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_source_makes_room_itself),
		cmocka_unit_test(in_a_full_house_the_oldest_idle_one_goes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
