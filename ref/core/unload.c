/* SPDX-License-Identifier: MIT */
/*
 * The decisions of unloading the kernel extension. What must never be: UNLOAD_EMPTY without an
 * UNLOAD_SETTLE before it, or that with anybody inside or still on the way out; UNLOAD_REFUSED with
 * somebody moved out who did not find the hooks back. Once the hooks are out, every attempt ends in
 * one of the two ends. kmod/model/unload.pml is the proof.
 *
 * Not for: anything with a side effect.
 */
#include "unload.h"

enum unload_step unload_begin(struct unload *u, int64_t now_ns, int64_t timeout_ns)
{
	*u = (struct unload){.last = UNLOAD_UNHOOK, .deadline_ns = now_ns + timeout_ns};
	return u->last;
}

/* Nobody is disturbed as long as somebody blocks: only then come those who can be moved. */
static bool time_is_up(struct unload *u, const struct unload_facts *facts)
{
	if (facts->inside > facts->movable)
		return facts->now_ns >= u->deadline_ns;
	if (!u->unblocked) {
		u->unblocked = true;
		u->move_deadline_ns = facts->now_ns + UNLOAD_MOVE_NS;
		if (u->move_deadline_ns < u->deadline_ns)
			u->move_deadline_ns = u->deadline_ns;
	}
	return facts->now_ns >= u->move_deadline_ns;
}

static enum unload_step step_while_hooks_may_return(struct unload *u,
						    const struct unload_facts *facts)
{
	if (facts->inside == 0 && facts->moving == facts->held)
		return facts->held ? UNLOAD_RELEASE : UNLOAD_SETTLE;
	if (facts->interrupted || time_is_up(u, facts))
		return UNLOAD_REHOOK;
	if (facts->inside > facts->movable || !facts->movable)
		return UNLOAD_WAIT;
	return UNLOAD_MOVE;
}

static enum unload_step step_after(struct unload *u, const struct unload_facts *facts)
{
	if (u->last == UNLOAD_SETTLE)
		return UNLOAD_EMPTY;
	if (u->last == UNLOAD_REHOOK)
		return UNLOAD_RELEASE;
	if (u->refused)
		return UNLOAD_REFUSED;
	if (u->released) /* they are on their way out of our code, and nothing can keep them */
		return facts->moving ? UNLOAD_WAIT : UNLOAD_SETTLE;
	return step_while_hooks_may_return(u, facts);
}

enum unload_step unload_next(struct unload *u, const struct unload_facts *facts)
{
	u->last = step_after(u, facts);
	u->refused |= u->last == UNLOAD_REHOOK;
	u->released |= u->last == UNLOAD_RELEASE;
	return u->last;
}
