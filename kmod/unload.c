// SPDX-License-Identifier: GPL-2.0-only
/*
 * Carries out what core/unload.c decides: hooks out, callers of accept moved out of the way, the
 * others waited for.
 *
 * Not for: the decisions, or what becomes of the module afterwards (control.c).
 */
#include <linux/hashtable.h>
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include <asm/syscall.h>

#include "core/unload.h"
#include "seos.h"

#define WAIT_STEP_MS 5

/*
 * A caller asked to leave. The work interrupts its sleep as a signal would; the call restarts, and
 * does so unhooked. The work runs in the caller on its way back to user space, from our text: until
 * done it counts as a reason not to unload.
 */
struct mover {
	struct callback_head work;
	struct hlist_node link;
	struct task_struct *task; /* for comparison only */
	int number;
	bool done;
};

static DEFINE_HASHTABLE(movers, 10); /* by task; control lock */

static void mover_run(struct callback_head *work)
{
	struct mover *mover = container_of(work, struct mover, work);
	struct pt_regs *regs = task_pt_regs(current);

	/* a socket with a receive timeout is interrupted for good, which nobody shall notice */
	if (syscall_get_nr(current, regs) == mover->number &&
	    syscall_get_error(current, regs) == -EINTR && !task_sigpending(current))
		syscall_set_return_value(current, regs, -ERESTARTSYS, 0);
	smp_store_release(&mover->done, true);
}

static u32 movers_reap(void)
{
	struct hlist_node *next;
	struct mover *mover;
	u32 moving = 0;
	int bucket;

	hash_for_each_safe(movers, bucket, next, mover, link) {
		if (!smp_load_acquire(&mover->done)) {
			moving++;
			continue;
		}
		hash_del(&mover->link);
		kfree(mover);
	}
	return moving;
}

static bool mover_asked(const struct task_struct *task)
{
	const struct mover *mover;

	hash_for_each_possible(movers, mover, link, (unsigned long)task) {
		if (mover->task == task)
			return true;
	}
	return false;
}

/*
 * Without memory, or with a caller that exits, there is nothing to do but to wait for it. One that
 * leaves by itself between the last look and the work is interrupted on its way to user space, where
 * it cannot notice.
 */
static void mover_add(struct caller *caller)
{
	struct task_struct *task = callers_task(caller);
	struct mover *mover;

	if (!task || mover_asked(task))
		return;
	mover = kzalloc(sizeof(*mover), GFP_KERNEL);
	if (!mover)
		return;
	mover->task = task;
	mover->number = caller->value & SLOT_NUMBER;
	init_task_work(&mover->work, mover_run);
	if (slots_read(caller->pid) != caller->value ||
	    task_work_add(task, &mover->work, TWA_SIGNAL)) {
		kfree(mover);
		return;
	}
	hash_add(movers, &mover->link, (unsigned long)task);
}

static void movers_ask(void)
{
	struct caller caller = { };

	while (callers_next(&caller)) {
		if (hooks_movable(caller.value))
			mover_add(&caller);
	}
}

static void facts_collect(struct unload_facts *facts)
{
	/* movers first: one that leaves in between is still counted there or no longer inside */
	facts->moving = movers_reap();
	callers_count(&facts->inside, &facts->movable);
	facts->now_ns = ktime_get_ns();
	facts->interrupted = signal_pending(current);
}

int unload_empty(u64 timeout_ns)
{
	struct unload_facts facts;
	struct unload unload;
	enum unload_step step = unload_begin(&unload, ktime_get_ns(), timeout_ns);

	while (step != UNLOAD_EMPTY && step != UNLOAD_REFUSED) {
		switch (step) {
		case UNLOAD_UNHOOK:
			hooks_remove();
			/* somebody may stand between trampoline and slot; nobody sleeps there */
			synchronize_rcu_tasks();
			break;
		case UNLOAD_MOVE:
			movers_ask();
			fallthrough;
		case UNLOAD_WAIT:
			schedule_timeout_interruptible(msecs_to_jiffies(WAIT_STEP_MS));
			break;
		case UNLOAD_SETTLE:
			/* the last instructions of the wrappers run after the slot is cleared */
			synchronize_rcu_tasks();
			break;
		default:
			WARN_ON_ONCE(1);
			return -EINVAL;
		}
		facts_collect(&facts);
		step = unload_next(&unload, &facts);
	}
	if (step == UNLOAD_EMPTY)
		return 0;
	return facts.interrupted ? -EINTR : -EBUSY;
}
