// SPDX-License-Identifier: GPL-2.0-only
/*
 * Probes at the entry of kernel functions: they decide whether the function runs. Not for: what
 * they decide by (guard.c).
 */
#include <linux/preempt.h>

#include "compat.h"
#include "probe.h"
#include "seos.h"

#include "arch.h"

/* They take the place of a function, which all return int. */
static noinline notrace int refused(void)
{
	return -EPERM;
}

static noinline notrace int refused_access(void)
{
	return -EACCES;
}

/* The address that ftrace knows a function by is its own, or that behind a landing pad. */
static notrace const struct probe *probe_at(const struct probes *probes, unsigned long ip)
{
	for (size_t i = 0; i < probes->count; i++) {
		if (ip - probes->list[i].address <= MCOUNT_INSN_SIZE)
			return &probes->list[i];
	}
	return NULL;
}

static notrace void probe_call(unsigned long ip, unsigned long parent, struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
	const struct probes *probes = container_of(ops, struct probes, ops);
	const struct probe *probe = probe_at(probes, ip);
	struct pt_regs *regs = ftrace_get_regs(fregs);
	int err;

	if (!probe || !regs)
		return;
	preempt_disable_notrace();
	err = probe->judge(regs);
	preempt_enable_notrace();
	if (err)
		instruction_pointer_set(regs,
					(unsigned long)(err == -EACCES ? refused_access : refused));
}

static int probes_find(struct probes *probes)
{
	int err = 0;

	for (size_t i = 0; i < probes->count && !err; i++) {
		struct probe *probe = &probes->list[i];

		if (!probe->address)
			probe->address = symbol_find(probe->function);
		err = probe->address ? ftrace_set_filter_ip(&probes->ops, probe->address, 0, 0)
				     : -ENOENT;
	}
	return err;
}

/* A registration succeeds, and does nothing, while kernel.ftrace_enabled is 0. */
static bool probes_effective(const struct probes *probes)
{
	for (size_t i = 0; i < probes->count; i++) {
		if (!arch_diverted(probes->list[i].address))
			return false;
	}
	return true;
}

/* Begins anew each time: registering sets flags that the next time would not take. */
static int probes_insert(struct probes *probes)
{
	int err;

	memset(&probes->ops, 0, sizeof(probes->ops));
	probes->ops.func = probe_call;
	probes->ops.flags =
		FTRACE_OPS_FL_SAVE_REGS | FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT;
	err = probes_find(probes);
	if (!err)
		err = register_ftrace_function(&probes->ops);
	if (!err && !probes_effective(probes)) {
		unregister_ftrace_function(&probes->ops);
		err = -EBUSY;
	}
	if (err)
		ftrace_free_filter(&probes->ops);
	probes->live = !err;
	probes->used |= probes->live;
	return err;
}

int probes_switch(struct probes *probes, bool in)
{
	if (in == probes->live)
		return 0;
	if (in)
		return probes_insert(probes);
	WARN_ON(unregister_ftrace_function(&probes->ops));
	ftrace_free_filter(&probes->ops);
	probes->live = false;
	return 0;
}
