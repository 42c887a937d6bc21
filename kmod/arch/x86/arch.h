/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hook.c needs of the processor. The trampolines are reached by a call from the hooked
 * function's first instruction; the wrappers by a changed instruction pointer, with the
 * function's own argument in place.
 *
 * Not for: anything that knows what a hook is for.
 */
#ifndef SEOS_ARCH_H
#define SEOS_ARCH_H

#include <linux/ftrace.h>
#include <linux/ptrace.h>
#include <asm/syscall.h>
#include <asm/text-patching.h>
#include <asm/unistd.h>

#include "seos.h"

typedef long (*seos_wrapper_t)(const struct pt_regs *regs);

/* Rows of hooks.def, as HOOK_ROW(entry, call, the same from the kernel's headers, kind) or nothing. */
#define NR_32(i386, arm, s390) i386
#define ARCH_CLONE_32	       compat_sys_ia32_clone
#define ARCH_SYS_32(name)      sys_ia32_##name
#define ARCH_SHARES_ENTRIES    0

#ifdef CONFIG_X86_64
#include <asm/unistd_32_ia32.h>

#ifdef CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS
#define ARCH_HAS_DIRECT 1
#else
#define ARCH_HAS_DIRECT 0
#endif

/* In trampoline.S; not to be called from C. */
void arch_trampoline_native(void);
void arch_trampoline_compat(void);
void arch_trampoline_exec(void);
void arch_trampoline_special(void);

/* Calls the hooked function past its fentry call. */
long arch_call_original(const struct pt_regs *regs, unsigned long original);

#define ARCH_ABI    SEOS_ABI_X86_64
#define ARCH_ABI_32 SEOS_ABI_I386

#define ARCH_ROW_64(name, kind, number, entry) \
	HOOK_ROW("__x64_" #entry, number, __NR_##name, kind)
#define ARCH_ROW_32(name, kind, number, entry) \
	HOOK_ROW("__ia32_" #entry, (number) | SLOT_I386, __NR_ia32_##name | SLOT_I386, kind)
#else
#include "../plain.h"

#define ARCH_ABI    SEOS_ABI_I386
#define ARCH_ABI_32 SEOS_ABI_I386

/* What 64-bit kernels have a compatible entry for is a plain one here. */
#define ARCH_ROW_64(name, kind, number, entry)
#define ARCH_ROW_32(name, kind, number, entry)                                              \
	HOOK_ROW((#entry)[0] == 'c' ? "__ia32_sys_" #name : "__ia32_" #entry, number, \
		 __NR_##name, kind)
#endif

static __always_inline void arch_divert(struct pt_regs *regs, seos_wrapper_t wrapper)
{
	regs->ip = (unsigned long)wrapper;
}

/* The function begins with a call, behind a landing pad if there is one. */
static inline bool arch_diverted(unsigned long address)
{
	const u8 *code = (const u8 *)address;

	return code[0] == CALL_INSN_OPCODE || code[4] == CALL_INSN_OPCODE;
}

/* Number and ABI as in a slot, of a call by an entry of one ABI, or of both. */
static __always_inline unsigned int arch_call_native(const struct pt_regs *regs)
{
	return regs->orig_ax & SLOT_NUMBER;
}

static inline unsigned int arch_call_shared(const struct pt_regs *regs)
{
	bool ia32 = IS_ENABLED(CONFIG_X86_64) && in_ia32_syscall();

	return arch_call_native(regs) | (ia32 ? SLOT_I386 : 0);
}

static inline unsigned long arch_first_argument(const struct pt_regs *regs, bool ia32)
{
#ifdef CONFIG_X86_64
	if (!ia32)
		return regs->di;
#endif
	return regs->bx;
}

/* Lets a call begin anew that is about to return EINTR. */
static inline void arch_restart_interrupted(struct pt_regs *regs, int number)
{
	if (syscall_get_nr(current, regs) == number && syscall_get_error(current, regs) == -EINTR)
		syscall_set_return_value(current, regs, -ERESTARTSYS, 0);
}

#endif
