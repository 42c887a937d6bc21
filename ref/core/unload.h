/* SPDX-License-Identifier: MIT */
/*
 * How the kernel extension becomes safe to remove: which step comes next, and when to give up.
 * Facts in, decisions out; the kernel module and the simulator carry them out. Freestanding.
 *
 * Not for: carrying out a step, or knowing who the callers are.
 */
#ifndef REF_CORE_UNLOAD_H
#define REF_CORE_UNLOAD_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stdint.h>
#endif

/* Callers who can move get at least this long to do so, whatever the deadline. */
#define UNLOAD_MOVE_NS 1000000000LL

/* What is the case now. All but now_ns and interrupted are counts; before the hooks are out they
 * are not looked at. */
struct unload_facts {
	int64_t now_ns;   /* a clock that never steps */
	uint32_t inside;  /* callers inside hooked calls */
	uint32_t movable; /* those of them that can be moved out */
	uint32_t moving;  /* asked to move, and not yet back in their programs, inside or not */
	uint32_t held;    /* those of them that are out of their calls and wait to be released */
	bool interrupted; /* whoever wants to unload has changed their mind */
};

/* Whoever is moved out is held before it gets back to its program, where its call begins anew:
 * until the hooks are known to stay out, or are back in. */
enum unload_step {
	UNLOAD_UNHOOK,  /* stop new entries, and wait until whoever was between hook and count is
			   counted or gone */
	UNLOAD_WAIT,    /* wait a little */
	UNLOAD_MOVE,    /* ask the movable callers that have not been asked to leave; then wait */
	UNLOAD_SETTLE,  /* wait until whoever is no longer counted has really left */
	UNLOAD_REHOOK,  /* put the hooks back */
	UNLOAD_RELEASE, /* let go whoever is held, and hold nobody any more; then wait */
	UNLOAD_EMPTY,   /* end: nobody is inside and nobody can come; the module may go */
	UNLOAD_REFUSED, /* end: somebody is inside; everything is as it was */
};

struct unload {
	enum unload_step last;
	bool unblocked; /* only movable callers are left, and move_deadline_ns is set */
	bool released;
	bool refused;
	int64_t deadline_ns;
	int64_t move_deadline_ns;
};

/* Begins an attempt that waits at most timeout_ns (0 or more) for those who cannot be moved. The
 * first step is UNLOAD_UNHOOK. */
enum unload_step unload_begin(struct unload *u, int64_t now_ns, int64_t timeout_ns);

/* The step after the last one has been carried out. Not to be called after an end. */
enum unload_step unload_next(struct unload *u, const struct unload_facts *facts);

#endif
