/* SPDX-License-Identifier: MIT */
/*
 * Tests of the unload decisions: each rule by a table row, and every history of a small world by
 * walking all of it.
 *
 * Not for: the module itself (kmod/battery.c).
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
	{"a blocker at the deadline", 10 * MS, {.now_ns = 10 * MS, .inside = 1}, UNLOAD_REFUSED},
	{"a blocker and no time", 0, {.now_ns = 0, .inside = 1}, UNLOAD_REFUSED},
	{"a blocker among movable callers, at the deadline",
	 10 * MS,
	 {.now_ns = 10 * MS, .inside = 3, .movable = 2},
	 UNLOAD_REFUSED},
	{"a blocker among movable callers, before it",
	 10 * MS,
	 {.now_ns = 9 * MS, .inside = 3, .movable = 2},
	 UNLOAD_MOVE},
	{"movable callers get their time",
	 0,
	 {.now_ns = 0, .inside = 2, .movable = 2},
	 UNLOAD_MOVE},
	{"movable callers to the end of their time",
	 0,
	 {.now_ns = UNLOAD_MOVE_NS - 1, .inside = 2, .movable = 2, .moving = 2},
	 UNLOAD_MOVE},
	{"movable callers who do not move",
	 0,
	 {.now_ns = UNLOAD_MOVE_NS, .inside = 2, .movable = 2, .moving = 2},
	 UNLOAD_REFUSED},
	{"movable callers may use a longer deadline",
	 5000 * MS,
	 {.now_ns = 4999 * MS, .inside = 1, .movable = 1, .moving = 1},
	 UNLOAD_MOVE},
	{"out of the call, still on the way", 0, {.now_ns = 1, .moving = 1}, UNLOAD_WAIT},
	{"still on the way, too late", 0, {.now_ns = UNLOAD_MOVE_NS, .moving = 1}, UNLOAD_REFUSED},
	{"interrupted with a blocker",
	 100 * MS,
	 {.now_ns = 1, .inside = 1, .interrupted = true},
	 UNLOAD_REFUSED},
	{"interrupted with a movable caller",
	 100 * MS,
	 {.now_ns = 1, .inside = 1, .movable = 1, .interrupted = true},
	 UNLOAD_REFUSED},
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

/* A world of up to two blockers and two movable callers. At each wait any of them may leave; a
 * moved caller leaves the call first and is on its way for another while. */
struct world {
	uint32_t blockers;
	uint32_t movable;
	uint32_t moving;
	int64_t now_ns;
};

static unsigned ends[UNLOAD_REFUSED + 1];

static void explore(struct unload u, struct world w, enum unload_step step)
{
	struct unload_facts facts;

	switch (step) {
	case UNLOAD_EMPTY:
		assert_int_equal(w.blockers + w.movable + w.moving, 0);
		/* fall through */
	case UNLOAD_REFUSED:
		ends[step]++;
		return;
	case UNLOAD_MOVE:
		assert_true(w.movable > 0);
		w.moving += w.movable - (w.moving < w.movable ? w.moving : w.movable);
		break;
	default:
		break;
	}
	w.now_ns += UNLOAD_MOVE_NS / 4;
	assert_true(w.now_ns <= 3 * UNLOAD_MOVE_NS);
	for (uint32_t left = 0; left <= w.blockers; left++) {
		for (uint32_t moved = 0; moved <= w.movable; moved++) {
			for (uint32_t arrived = 0; arrived <= moved && arrived <= w.moving;
			     arrived++) {
				struct unload next = u;
				struct world then = w;
				enum unload_step following;

				then.blockers -= left;
				then.movable -= moved;
				then.moving -= arrived;
				facts = (struct unload_facts){
					.now_ns = then.now_ns,
					.inside = then.blockers + then.movable,
					.movable = then.movable,
					.moving = then.moving,
				};
				if (step == UNLOAD_SETTLE && (left || moved || arrived))
					continue;
				following = unload_next(&next, &facts);
				explore(next, then, following);
			}
		}
	}
}

static void always_ends_and_never_with_a_caller(void **state)
{
	(void)state;
	for (uint32_t blockers = 0; blockers <= 2; blockers++) {
		for (uint32_t movable = 0; movable <= 2; movable++) {
			struct world w = {.blockers = blockers, .movable = movable};
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
		cmocka_unit_test(always_ends_and_never_with_a_caller),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
