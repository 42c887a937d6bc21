/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hook.c needs of 64-bit System z, and of the 31-bit programs there.
 *
 * Not for: anything that knows what a hook is for.
 */
#ifndef SEOS_ARCH_H
#define SEOS_ARCH_H

#include <linux/compat.h>
#include <linux/ftrace.h>
#include <linux/ptrace.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "../plain.h"
#include "seos.h"

#define ARCH_ABI    SEOS_ABI_S390X
#define ARCH_ABI_32 SEOS_ABI_S390

/* Calls that other processors have. */
enum arch_absent {
	ARCH_ABSENT = 0xe00,
	__NR_accept,
};

/* Rows of hooks.def, as HOOK_ROW(entry, call, the same from the kernel's headers, kind) or nothing. */
#define ARCH_ROW_64(name, kind, number, entry) \
	HOOK_ROW("__s390x_" #entry, __NR_##name, __NR_##name, kind)
#define ARCH_ROW_32(name, kind, number, entry) \
	HOOK_ROW("__s390_" #entry, (number) | SLOT_I386, (number) | SLOT_I386, kind)

#define NR_32(i386, arm, s390) s390
#define ARCH_CLONE_32	       sys_clone
#define ARCH_SYS_32(name)      compat_sys_s390_##name
#define ARCH_SHARES_ENTRIES    0

typedef long (*seos_wrapper_t)(const struct pt_regs *regs);

static __always_inline void arch_divert(struct pt_regs *regs, seos_wrapper_t wrapper)
{
	regs->psw.addr = (unsigned long)wrapper;
}

/* The function begins with a relative branch that is taken never or always. */
static inline bool arch_diverted(unsigned long address)
{
	return (*(const u16 *)address & 0x00f0) != 0;
}

/* Number and ABI as in a slot, of a call by an entry of one ABI, or of both. */
static __always_inline unsigned int arch_call_native(const struct pt_regs *regs)
{
	return regs->int_code & SLOT_NUMBER;
}

static inline unsigned int arch_call_shared(const struct pt_regs *regs)
{
	return arch_call_native(regs) | (is_compat_task() ? SLOT_I386 : 0);
}

static inline unsigned long arch_first_argument(const struct pt_regs *regs, bool compat)
{
	return compat ? regs->orig_gpr2 & INT_MAX : regs->orig_gpr2;
}

/* Lets a call begin anew that is about to return EINTR. */
static inline void arch_restart_interrupted(struct pt_regs *regs, int number)
{
	if (syscall_get_nr(current, regs) == number && syscall_get_error(current, regs) == -EINTR)
		syscall_set_return_value(current, regs, -ERESTARTSYS, 0);
}

#endif
