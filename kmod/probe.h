/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Kernel functions that are asked about before they run, by one registration for all of a set: each
 * change makes ftrace walk over every function of the kernel. Not for: the hooks (hook.c).
 */
#ifndef SEOS_PROBE_H
#define SEOS_PROBE_H

#include "compat.h"

struct probe {
	const char *function;
	/* 0: let it run; -EPERM or -EACCES: it returns that instead. Preemption is off. */
	int (*judge)(struct pt_regs *regs);
	unsigned long address; /* once found */
};

struct probes {
	struct ftrace_ops ops;
	struct probe *list;
	size_t count;
	bool live;
	bool used; /* some time since loading */
};

#define PROBES(list_)                                                                              \
	{                                                                                          \
		.list = (list_), .count = ARRAY_SIZE(list_)                                        \
	}

/*
 * Puts a set in or out; nothing if it is there or gone already. When it is out nobody judges any
 * more, but somebody may still be on the way back: synchronize_rcu_tasks() before the module goes.
 * -ENOENT: a function is not there; -EBUSY: another one changes where it leads, or
 * kernel.ftrace_enabled is 0. May sleep.
 */
int probes_switch(struct probes *probes, bool in);

#endif
