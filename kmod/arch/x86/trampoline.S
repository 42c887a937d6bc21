/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Direct trampolines for x86-64: the shortest way from a hooked system call into the module and
 * back. A hooked function calls a trampoline with its first instruction, with the address of the
 * registers in %rdi; the trampoline drops that return address, and from there on stands in for the
 * hooked function: it notes the call in the caller's slot, calls the function past its fentry call,
 * clears the slot, and returns to the system-call dispatcher.
 *
 * Not for: deciding anything. Each instruction is paid for by every hooked call (cost.c).
 */
#include <linux/linkage.h>
#include <asm/percpu.h>
#include <asm/unwind_hints.h>

#include "../../compat.h"
#include "offsets.h"

/*
 * Leaves the address of the caller's slot in %rcx, and uses %rax and %rdx. The way out of memory is the
 * way back into the hooked function, as if there were no hook. A thread that is not the leader of its
 * process goes elsewhere, if there is such a place.
 */
.macro FIND_SLOT others
.Lfind\@:
	mov	CURRENT_TASK, %rdx
	mov	TASK_PID(%rdx), %eax
	.ifnb \others
	cmp	TASK_TGID(%rdx), %eax
	jne	\others
	.endif
	mov	%eax, %ecx
	shr	$LEAF_BITS, %ecx
	mov	slots_directory(, %rcx, 8), %rcx
	and	$LEAF_MASK, %eax
	test	%rcx, %rcx
	jz	.Lgrow\@
	lea	(%rcx, %rax, 8), %rcx
	.pushsection .text.unlikely, "ax"
.Lgrow\@:
	UNWIND_HINT_FUNC
	push	%rdi
	call	slots_grow
	pop	%rdi
	test	%rax, %rax
	jnz	.Lfind\@
	RET
	.popsection
.endm

/* static_branch_unlikely(&audit_on): an instruction that does nothing, until it is a jump. */
.macro JUMP_IF_AUDITED to:req
#ifdef CONFIG_JUMP_LABEL
.Lbranch\@:
	.byte	0x0f, 0x1f, 0x44, 0x00, 0x00
	.pushsection __jump_table, "aw"
	.balign	8
	.long	.Lbranch\@ - ., \to - .
	.quad	audit_on - .
	.popsection
#else
	cmpl	$0, audit_on(%rip) /* its count comes first */
	jne	\to
#endif
.endm

.macro TRAMPOLINE name:req abi=0 others
SYM_CODE_START(\name)
	ANNOTATE_NOENDBR
	UNWIND_HINT_FUNC
	FIND_SLOT \others
	mov	jiffies(%rip), %rax
	shl	$CALL_BITS, %rax
	mov	REGS_CALL(%rdi), %ax
	.if \abi
	or	$\abi, %ax
	.endif
	mov	%rax, (%rcx)
	pop	%rsi
	UNWIND_HINT_FUNC
	push	%rcx
	JUMP_IF_AUDITED .Laudited\@
	call	arch_call_original
.Lback\@:
	pop	%rcx
	movq	$0, (%rcx)
	RET
.Laudited\@:
	movzwl	(%rcx), %edx
	call	audit_call
	jmp	.Lback\@
SYM_CODE_END(\name)
.endm

TRAMPOLINE arch_trampoline_native
TRAMPOLINE arch_trampoline_compat, CALL_I386
TRAMPOLINE arch_trampoline_exec, others=arch_trampoline_special

SYM_CODE_START(arch_trampoline_special)
	ANNOTATE_NOENDBR
	UNWIND_HINT_FUNC
	FIND_SLOT
	pop	%rsi
	UNWIND_HINT_FUNC
	mov	%rcx, %rdx
	jmp	hook_call_special
SYM_CODE_END(arch_trampoline_special)

/*
 * long arch_call_original(regs, original): an indirect call made of a push and a return, because
 * what is behind the fentry call is no valid target for an indirect branch under IBT, and because
 * it costs no more than a retpoline. The return stack stays balanced.
 */
SYM_CODE_START(arch_call_original)
	UNWIND_HINT_FUNC
	push	%rsi
	RET
SYM_CODE_END(arch_call_original)
