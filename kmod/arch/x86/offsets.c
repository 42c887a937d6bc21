// SPDX-License-Identifier: GPL-2.0-only
/*
 * Constants that the trampoline needs and C knows. Compiled to assembly only, from which Kbuild
 * makes offsets.h. Not part of the module.
 */
#include <linux/kbuild.h>

#include "../../seos.h"

int main(void)
{
	DEFINE(TASK_PID, offsetof(struct task_struct, pid));
	DEFINE(TASK_TGID, offsetof(struct task_struct, tgid));
	DEFINE(REGS_CALL, offsetof(struct pt_regs, orig_ax));
	DEFINE(LEAF_BITS, SLOT_LEAF_BITS);
	DEFINE(LEAF_MASK, SLOT_LEAF_SIZE - 1);
	DEFINE(CALL_BITS, SLOT_CALL_BITS);
	DEFINE(CALL_I386, SLOT_I386);
	return 0;
}
