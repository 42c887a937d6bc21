/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hook.c needs of 64-bit System z. Entries of 31-bit programs, where a kernel has them, are not
 * hooked.
 *
 * Not for: anything that knows what a hook is for.
 */
#ifndef SEOS_ARCH_H
#define SEOS_ARCH_H

#include <linux/ftrace.h>
#include <linux/ptrace.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

#include "../plain.h"
#include "seos.h"

#define ARCH_ABI    SEOS_ABI_S390X
#define ARCH_ABI_32 SEOS_ABI_S390X

/* Calls that other processors have. */
enum arch_absent {
	ARCH_ABSENT = 0xe00,
	__NR_accept,
};

/* Rows of hooks.def, as HOOK_ROW(entry, call, the same from the kernel's headers, kind) or nothing:
 * of those that x86-64 does not have, socketcall is there.
 */
#define ARCH_ROW_64(name, kind, number, entry) \
	HOOK_ROW("__s390x_" #entry, __NR_##name, __NR_##name, kind)
#define ARCH_ROW_32(name, kind, number, entry) ARCH_ROW_32_##kind(name)
#define ARCH_ROW_32_PLAIN(name)
#define ARCH_ROW_32_EXEC(name)
#define ARCH_ROW_32_SHARED(name)
#define ARCH_ROW_32_ACCEPT(name)
#define ARCH_ROW_32_REBOOT(name)
#define ARCH_ROW_32_REMOVE(name)
#define ARCH_ROW_32_SOCKETCALL(name) ARCH_ROW_64(name, SOCKETCALL, 0, sys_##name)
#define ARCH_CALLS_32

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

/* Number and ABI as in a slot. */
static __always_inline unsigned int arch_call_native(const struct pt_regs *regs)
{
	return regs->int_code & SLOT_NUMBER;
}

static inline unsigned int arch_call_shared(const struct pt_regs *regs)
{
	return arch_call_native(regs);
}

static inline unsigned long arch_first_argument(const struct pt_regs *regs, bool compat)
{
	return regs->orig_gpr2;
}

/* Lets a call begin anew that is about to return EINTR. */
static inline void arch_restart_interrupted(struct pt_regs *regs, int number)
{
	if (syscall_get_nr(current, regs) == number && syscall_get_error(current, regs) == -EINTR)
		syscall_set_return_value(current, regs, -ERESTARTSYS, 0);
}

#endif
