/* SPDX-License-Identifier: MIT */
/*
 * The decisions of unloading the kernel extension. What must never be: UNLOAD_EMPTY without a
 * UNLOAD_SETTLE before it, or that with anybody inside or still on the way out; and once the hooks
 * are out, every attempt ends in one of the two ends.
 *
 * Not for: anything with a side effect.
 */
#include "unload.h"

enum unload_step unload_begin(struct unload *u, int64_t now_ns, int64_t timeout_ns)
{
	u->deadline_ns = now_ns + timeout_ns;
	u->move_deadline_ns = now_ns + UNLOAD_MOVE_NS;
	if (u->move_deadline_ns < u->deadline_ns)
		u->move_deadline_ns = u->deadline_ns;
	u->last = UNLOAD_UNHOOK;
	return u->last;
}

static enum unload_step step_after_count(const struct unload *u, const struct unload_facts *facts)
{
	bool blocked = facts->inside > facts->movable;

	if (facts->inside == 0 && facts->moving == 0)
		return UNLOAD_SETTLE;
	if (facts->interrupted || facts->now_ns >= u->move_deadline_ns)
		return UNLOAD_REFUSED;
	if (blocked && facts->now_ns >= u->deadline_ns)
		return UNLOAD_REFUSED;
	return facts->movable > 0 ? UNLOAD_MOVE : UNLOAD_WAIT;
}

enum unload_step unload_next(struct unload *u, const struct unload_facts *facts)
{
	u->last = u->last == UNLOAD_SETTLE ? UNLOAD_EMPTY : step_after_count(u, facts);
	return u->last;
}
