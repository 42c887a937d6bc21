/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What hook.c needs of 64-bit ARM. Most entries are shared by 64-bit and 32-bit programs.
 *
 * Not for: anything that knows what a hook is for.
 */
#ifndef SEOS_ARCH_H
#define SEOS_ARCH_H

#include <linux/compat.h>
#include <linux/ftrace.h>
#include <linux/ptrace.h>
#include <asm/insn.h>
#include <asm/unistd.h>

#include "../plain.h"
#include "seos.h"

#define ARCH_ABI    SEOS_ABI_ARM64
#define ARCH_ABI_32 SEOS_ABI_ARM

/* Calls that 64-bit programs do not have. */
enum arch_absent {
	ARCH_ABSENT = 0xe00,
	__NR_fork,
	__NR_vfork,
	__NR_open,
	__NR_creat,
	__NR_unlink,
	__NR_rename,
	__NR_link,
	__NR_symlink,
	__NR_mkdir,
	__NR_rmdir,
	__NR_chmod,
	__NR_chown,
	__NR_lchown,
	__NR_mknod,
	__NR_utime,
	__NR_utimes,
	__NR_futimesat,
};

/* Rows of hooks.def, as HOOK_ROW(entry, call, the same from the kernel's headers, kind) or nothing. */
#define ARCH_ROW_64(name, kind, number, entry) \
	HOOK_ROW("__arm64_" #entry, __NR_##name, __NR_##name, kind)
#define ARCH_ROW_32(name, kind, number, entry) \
	HOOK_ROW("__arm64_" #entry, (number) | SLOT_I386, (number) | SLOT_I386, kind)

#define NR_32(i386, arm, s390) arm
#define ARCH_CLONE_32	       sys_clone
#define ARCH_SYS_32(name)      compat_sys_aarch32_##name
#define ARCH_SHARES_ENTRIES    1

typedef long (*seos_wrapper_t)(const struct pt_regs *regs);

static __always_inline void arch_divert(struct pt_regs *regs, seos_wrapper_t wrapper)
{
	regs->pc = (unsigned long)wrapper;
}

/* The second instruction is a call, or the third behind a landing pad. */
static inline bool arch_diverted(unsigned long address)
{
	const __le32 *code = (const __le32 *)address;

	return aarch64_insn_is_bl(le32_to_cpu(code[1])) || aarch64_insn_is_bl(le32_to_cpu(code[2]));
}

/* Number and ABI as in a slot, of a call by an entry of one ABI, or of both: here all may be both. */
static __always_inline unsigned int arch_call_native(const struct pt_regs *regs)
{
	return (regs->syscallno & SLOT_NUMBER) | (is_compat_task() ? SLOT_I386 : 0);
}

static inline unsigned int arch_call_shared(const struct pt_regs *regs)
{
	return arch_call_native(regs);
}

static inline unsigned long arch_first_argument(const struct pt_regs *regs, bool compat)
{
	return regs->regs[0];
}

/*
 * Lets a call begin anew that is about to return EINTR. The kernel has dealt with restarting already,
 * and forgotten the call, but for its number in x8, or in r7 of a 32-bit program.
 */
static inline void arch_restart_interrupted(struct pt_regs *regs, int number)
{
	bool compat = is_compat_task();

	if (regs->regs[compat ? 7 : 8] != number || (int)regs->regs[0] != -EINTR)
		return;
	regs->regs[0] = regs->orig_x0;
	regs->pc -= compat && compat_thumb_mode(regs) ? AARCH64_INSN_SIZE / 2 : AARCH64_INSN_SIZE;
}

#endif
