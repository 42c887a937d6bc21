/* SPDX-License-Identifier: MIT */
/*
 * Tests of the unload decisions: each rule by a table row, and every history of a small world by
 * walking all of it.
 *
 * Not for: the module itself (kmod/battery/).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unload.h"

#define MS INT64_C(1000000)

struct row {
	const char *what;
	int64_t timeout_ns;
	struct unload_facts facts;
	enum unload_step expected;
};

/* Attempts begin at time 0; the step asked for is the one after UNLOAD_UNHOOK. */
static const struct row rows[] = {
	{"nobody inside", 0, {.now_ns = 0}, UNLOAD_SETTLE},
	{"nobody inside, late and interrupted",
	 0,
	 {.now_ns = 5000 * MS, .interrupted = true},
	 UNLOAD_SETTLE},
	{"a blocker before the deadline", 10 * MS, {.now_ns = 9 * MS, .inside = 1}, UNLOAD_WAIT},
	{"a blocker at the deadline", 10 * MS, {.now_ns = 10 * MS, .inside = 1}, UNLOAD_REHOOK},
	{"a blocker and no time", 0, {.now_ns = 0, .inside = 1}, UNLOAD_REHOOK},
	{"a blocker among movable callers, at the deadline",
	 10 * MS,
	 {.now_ns = 10 * MS, .inside = 3, .movable = 2},
	 UNLOAD_REHOOK},
	{"a blocker among movable callers, before it: nobody is disturbed",
	 10 * MS,
	 {.now_ns = 9 * MS, .inside = 3, .movable = 2},
	 UNLOAD_WAIT},
	{"movable callers alone", 0, {.now_ns = 0, .inside = 2, .movable = 2}, UNLOAD_MOVE},
	{"movable callers alone, late: they get their time from here on",
	 0,
	 {.now_ns = 5000 * MS, .inside = 2, .movable = 2},
	 UNLOAD_MOVE},
	{"out of the call, still on the way", 0, {.now_ns = 1, .moving = 1}, UNLOAD_WAIT},
	{"some held, one on the way", 0, {.now_ns = 1, .moving = 3, .held = 2}, UNLOAD_WAIT},
	{"all held", 0, {.now_ns = 1, .moving = 3, .held = 3}, UNLOAD_RELEASE},
	{"all held, late and interrupted",
	 0,
	 {.now_ns = 5000 * MS, .moving = 1, .held = 1, .interrupted = true},
	 UNLOAD_RELEASE},
	{"one held, one inside",
	 0,
	 {.now_ns = 1, .inside = 1, .movable = 1, .moving = 1, .held = 1},
	 UNLOAD_MOVE},
	{"interrupted with a blocker",
	 100 * MS,
	 {.now_ns = 1, .inside = 1, .interrupted = true},
	 UNLOAD_REHOOK},
	{"interrupted with a movable caller",
	 100 * MS,
	 {.now_ns = 1, .inside = 1, .movable = 1, .interrupted = true},
	 UNLOAD_REHOOK},
};

static void decides_by_the_facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct unload u;

		assert_int_equal(unload_begin(&u, 0, rows[i].timeout_ns), UNLOAD_UNHOOK);
		if (unload_next(&u, &rows[i].facts) != rows[i].expected)
			fail_msg("%s: step %d", rows[i].what, (int)u.last);
	}
}

static void settles_before_it_is_empty(void **state)
{
	struct unload u;
	struct unload_facts facts = {.now_ns = 0};

	(void)state;
	unload_begin(&u, 0, 0);
	assert_int_equal(unload_next(&u, &facts), UNLOAD_SETTLE);
	facts.now_ns = 3600 * 1000 * MS;
	facts.interrupted = true;
	assert_int_equal(unload_next(&u, &facts), UNLOAD_EMPTY);
}

/* The time to move begins when nobody blocks any more, and is never shorter than the deadline. */
static void movable_callers_get_their_time(void **state)
{
	const struct unload_facts stuck = {.inside = 2, .movable = 2, .moving = 2};
	static const struct {
		int64_t timeout_ns, begin_ns, end_ns;
	} times[] = {
		{0, 0, UNLOAD_MOVE_NS},
		{100 * MS, 50 * MS, 50 * MS + UNLOAD_MOVE_NS},
		{5000 * MS, 50 * MS, 5000 * MS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		struct unload_facts facts = stuck;
		struct unload u;

		unload_begin(&u, 0, times[i].timeout_ns);
		facts.now_ns = times[i].begin_ns;
		assert_int_equal(unload_next(&u, &facts), UNLOAD_MOVE);
		facts.now_ns = times[i].end_ns - 1;
		assert_int_equal(unload_next(&u, &facts), UNLOAD_MOVE);
		facts.now_ns = times[i].end_ns;
		assert_int_equal(unload_next(&u, &facts), UNLOAD_REHOOK);
	}
}

static void a_refusal_hooks_before_it_releases(void **state)
{
	struct unload_facts facts = {
		.inside = 1, .movable = 1, .moving = 2, .held = 1, .interrupted = true};
	struct unload u;

	(void)state;
	unload_begin(&u, 0, 0);
	assert_int_equal(unload_next(&u, &facts), UNLOAD_REHOOK);
	assert_int_equal(unload_next(&u, &facts), UNLOAD_RELEASE);
	assert_int_equal(unload_next(&u, &facts), UNLOAD_REFUSED);
}

static void released_callers_are_waited_for(void **state)
{
	struct unload_facts facts = {.moving = 1, .held = 1};
	struct unload u;

	(void)state;
	unload_begin(&u, 0, 0);
	assert_int_equal(unload_next(&u, &facts), UNLOAD_RELEASE);
	facts = (struct unload_facts){.moving = 1, .now_ns = 3600 * 1000 * MS, .interrupted = true};
	assert_int_equal(unload_next(&u, &facts), UNLOAD_WAIT);
	facts.moving = 0;
	assert_int_equal(unload_next(&u, &facts), UNLOAD_SETTLE);
	assert_int_equal(unload_next(&u, &facts), UNLOAD_EMPTY);
}

/* A world of up to two blockers and two movable callers, who once asked leave the call and are
 * held. At each wait any of them may take their next step, and the signal may come. */
struct world {
	uint32_t blockers;
	uint32_t movable; /* inside, asked or not */
	uint32_t asked;   /* of those */
	uint32_t held;
	bool hooked;
	bool interrupted;
	int64_t now_ns;
};

static unsigned ends[UNLOAD_REFUSED + 1];

static void explore(struct unload u, struct world w, enum unload_step step);

static void explore_next(struct unload u, struct world w)
{
	const struct unload_facts facts = {
		.now_ns = w.now_ns,
		.inside = w.blockers + w.movable,
		.movable = w.movable,
		.moving = w.asked + w.held,
		.held = w.held,
		.interrupted = w.interrupted,
	};
	enum unload_step step = unload_next(&u, &facts);

	explore(u, w, step);
}

static void explore(struct unload u, struct world w, enum unload_step step)
{
	switch (step) {
	case UNLOAD_EMPTY:
		assert_int_equal(w.blockers + w.movable + w.held, 0);
		assert_false(w.hooked);
		ends[step]++;
		return;
	case UNLOAD_REFUSED:
		assert_true(w.hooked);
		assert_int_equal(w.held, 0);
		ends[step]++;
		return;
	case UNLOAD_UNHOOK:
	case UNLOAD_REHOOK:
		w.hooked = step == UNLOAD_REHOOK;
		break;
	case UNLOAD_MOVE:
		assert_true(w.movable > 0 && w.blockers == 0 && !w.hooked);
		w.asked = w.movable;
		break;
	case UNLOAD_RELEASE:
		/* where the hooks are back, there is no step on which anybody could be lost */
		assert_true(w.hooked || (w.blockers == 0 && w.movable == 0));
		w.held = 0;
		break;
	default:
		break;
	}
	w.now_ns += UNLOAD_MOVE_NS / 2;
	assert_true(w.now_ns <= 4 * UNLOAD_MOVE_NS);
	for (uint32_t left = 0; left <= w.blockers; left++) {
		for (uint32_t moved = 0; moved <= w.asked; moved++) {
			for (int signal = w.interrupted; signal <= 1; signal++) {
				struct world then = w;

				then.blockers -= left;
				then.movable -= moved;
				then.asked -= moved;
				then.held += u.released ? 0 : moved;
				then.interrupted = signal;
				explore_next(u, then);
			}
		}
	}
}

static void always_ends_and_never_with_a_caller(void **state)
{
	(void)state;
	for (uint32_t blockers = 0; blockers <= 2; blockers++) {
		for (uint32_t movable = 0; movable <= 2; movable++) {
			struct world w = {.blockers = blockers, .movable = movable, .hooked = true};
			struct unload u;
			enum unload_step first = unload_begin(&u, 0, UNLOAD_MOVE_NS / 2);

			explore(u, w, first);
		}
	}
	assert_true(ends[UNLOAD_EMPTY] > 0);
	assert_true(ends[UNLOAD_REFUSED] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decides_by_the_facts),
		cmocka_unit_test(settles_before_it_is_empty),
		cmocka_unit_test(movable_callers_get_their_time),
		cmocka_unit_test(a_refusal_hooks_before_it_releases),
		cmocka_unit_test(released_callers_are_waited_for),
		cmocka_unit_test(always_ends_and_never_with_a_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
