/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What processors without trampolines of their own have in common: no direct hooks, and originals
 * that are called from C.
 *
 * Not for: x86-64.
 */
#ifndef SEOS_ARCH_PLAIN_H
#define SEOS_ARCH_PLAIN_H

#define ARCH_HAS_DIRECT 0
#define arch_trampoline_native	NULL
#define arch_trampoline_compat	NULL
#define arch_trampoline_exec	NULL
#define arch_trampoline_special NULL

/* Calls the hooked function past the call to ftrace. */
static __always_inline long arch_call_original(const struct pt_regs *regs, unsigned long original)
{
	return ((long (*)(const struct pt_regs *regs))original)(regs);
}

#endif
