/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hook.c needs of the processor. The trampolines are reached by a call from the hooked
 * function's first instruction; the wrappers by a changed instruction pointer, with the arguments
 * of seos_wrapper_t already in place.
 *
 * Not for: anything that knows what a hook is for.
 */
#ifndef SEOS_ARCH_H
#define SEOS_ARCH_H

#include <linux/ftrace.h>
#include <linux/ptrace.h>
#include <asm/text-patching.h>
#include <asm/unistd.h>
#include <asm/unistd_32_ia32.h>

#define ARCH_ENTRY_64(entry) "__x64_" #entry
#define ARCH_ENTRY_32(entry) "__ia32_" #entry

#define ARCH_NUMBER_64(name) __NR_##name
#define ARCH_NUMBER_32(name) __NR_ia32_##name

typedef long (*seos_wrapper_t)(const struct pt_regs *regs, unsigned long original, u64 *slot);

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
#define ARCH_HAS_DIRECT 1
#else
#define ARCH_HAS_DIRECT 0
#endif

/* In trampoline.S; not to be called from C. */
void arch_trampoline_native(void);
void arch_trampoline_compat(void);
void arch_trampoline_special(void);

/* Calls the hooked function past its fentry call. */
long arch_call_original(const struct pt_regs *regs, unsigned long original);

static __always_inline void arch_divert(struct pt_regs *regs, seos_wrapper_t wrapper,
					unsigned long original, u64 *slot)
{
	regs->ip = (unsigned long)wrapper;
	regs->si = original;
	regs->dx = (unsigned long)slot;
}

/* The function begins with a call, behind a landing pad if there is one. */
static inline bool arch_diverted(unsigned long address)
{
	const u8 *code = (const u8 *)address;

	return code[0] == CALL_INSN_OPCODE || code[4] == CALL_INSN_OPCODE;
}

static __always_inline unsigned int arch_call_number(const struct pt_regs *regs)
{
	return regs->orig_ax;
}

static inline bool arch_call_is_i386(void)
{
	return in_ia32_syscall();
}

static inline unsigned long arch_first_argument(const struct pt_regs *regs, bool i386)
{
	return i386 ? regs->bx : regs->di;
}

#endif
