// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waits until those have left who block, with the hooks in; then carries out what core/unload.c
 * decides: hooks out, the other callers waited for, those of accept moved out of the way.
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
#include <linux/wait.h>

#include "arch.h"
#include "core/unload.h"
#include "seos.h"

#define WAIT_STEP_MS 5  /* with the hooks out */
#define LOOK_STEP_MS 20 /* with the hooks in */
#define PASSING_NS   (20 * NSEC_PER_MSEC) /* whoever only passes through a call has left by then */

enum mover_state {
	MOVER_ASKED,
	MOVER_HELD,
	MOVER_DONE,
};

/*
 * A caller asked to leave. The work interrupts its sleep as a signal would, and the call restarts.
 * The work runs in the caller on its way back to user space, from our text, and holds the caller
 * there, so that the call begins anew either with no hook for good or with all of them back. Until
 * done it counts as a reason not to unload.
 */
struct mover {
	struct callback_head work;
	struct hlist_node link;
	struct task_struct *task; /* for comparison only */
	int number;
	enum mover_state state;
};

static DEFINE_HASHTABLE(movers, 10); /* by task; control lock */
static DECLARE_WAIT_QUEUE_HEAD(released);
static bool holding; /* written under the control lock */

static void mover_run(struct callback_head *work)
{
	struct mover *mover = container_of(work, struct mover, work);
	struct pt_regs *regs = task_pt_regs(current);

	/* a socket with a receive timeout is interrupted for good, which nobody shall notice */
	if (!task_sigpending(current))
		arch_restart_interrupted(regs, mover->number);
	smp_store_release(&mover->state, MOVER_HELD);
	/* a signal goes first: then the call ends, or begins anew, as if there were no hook */
	wait_event_interruptible(released, !READ_ONCE(holding));
	smp_store_release(&mover->state, MOVER_DONE);
}

static void movers_reap(u32 *moving, u32 *held)
{
	struct hlist_node *next;
	struct mover *mover;
	int bucket;

	*moving = 0;
	*held = 0;
	hash_for_each_safe(movers, bucket, next, mover, link) {
		enum mover_state state = smp_load_acquire(&mover->state);

		if (state == MOVER_DONE) {
			hash_del(&mover->link);
			kfree(mover);
			continue;
		}
		*moving += 1;
		*held += state == MOVER_HELD;
	}
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
 * The work must find the task in the call it is meant for. Interrupts are off so that nothing comes
 * in between for long enough to leave one call and to sleep in another.
 */
static bool mover_send(struct mover *mover, const struct caller *caller)
{
	unsigned long flags;
	bool sent;

	local_irq_save(flags);
	sent = slots_read(caller->pid) == caller->value &&
	       !task_work_add(mover->task, &mover->work, TWA_SIGNAL);
	local_irq_restore(flags);
	return sent;
}

/* Without memory, or with a caller that exits, there is nothing to do but to wait for it. */
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
	if (mover_send(mover, caller))
		hash_add(movers, &mover->link, (unsigned long)task);
	else
		kfree(mover);
}

static void movers_ask(void)
{
	struct caller caller = { };

	while (callers_next(&caller)) {
		if (hooks_movable(caller.value))
			mover_add(&caller);
	}
}

static void movers_release(void)
{
	WRITE_ONCE(holding, false);
	wake_up_all(&released);
}

static void facts_collect(struct unload_facts *facts)
{
	/* movers first: one that leaves in between is still counted there or no longer inside */
	movers_reap(&facts->moving, &facts->held);
	callers_count(&facts->inside, &facts->movable);
	facts->now_ns = ktime_get_ns();
	facts->interrupted = signal_pending(current);
}

/* With a signal pending nobody would wait any more who can be woken by it. */
static void step_wait(void)
{
	if (signal_pending(current))
		schedule_timeout_uninterruptible(msecs_to_jiffies(WAIT_STEP_MS));
	else
		schedule_timeout_interruptible(msecs_to_jiffies(WAIT_STEP_MS));
}

static void step_carry_out(enum unload_step step, bool hooked)
{
	switch (step) {
	case UNLOAD_UNHOOK:
		WRITE_ONCE(holding, true); /* now, because of those asked in an earlier attempt */
		hooks_remove();
		break;
	case UNLOAD_MOVE:
		movers_ask();
		step_wait();
		break;
	case UNLOAD_WAIT:
		step_wait();
		break;
	case UNLOAD_SETTLE:
		/* the last instructions of the wrappers run after the slot is cleared */
		synchronize_rcu_tasks();
		break;
	case UNLOAD_REHOOK:
		if (hooked)
			hooks_install(); /* the caller looks whether they are live */
		break;
	case UNLOAD_RELEASE:
		movers_release();
		break;
	case UNLOAD_EMPTY:
	case UNLOAD_REFUSED:
		break;
	}
}

/* Whether somebody is inside who was so at a time (jiffies), and cannot be moved. */
static bool blocked_since(unsigned long time)
{
	struct caller caller = { };
	bool blocked = false;

	while (!blocked && callers_next(&caller))
		blocked = !hooks_movable(caller.value) && !slot_later(caller.value, time);
	callers_end(&caller);
	return blocked;
}

/* As long as one of those who block now stays, nothing comes of it: until then the hooks stay. */
static int blockers_wait(u64 deadline_ns)
{
	const unsigned long time = jiffies;

	while (blocked_since(time)) {
		if (signal_pending(current))
			return -EINTR;
		if (ktime_get_ns() >= deadline_ns)
			return -EBUSY;
		schedule_timeout_interruptible(msecs_to_jiffies(LOOK_STEP_MS));
	}
	return 0;
}

int unload_empty(u64 timeout_ns, bool hooked)
{
	const u64 began_ns = ktime_get_ns();
	struct unload_facts facts = { };
	struct unload unload;
	enum unload_step step = unload_begin(&unload, began_ns, timeout_ns);
	int err = blockers_wait(began_ns + max_t(u64, timeout_ns, PASSING_NS));

	if (err)
		return err;
	while (step != UNLOAD_EMPTY && step != UNLOAD_REFUSED) {
		step_carry_out(step, hooked);
		facts_collect(&facts);
		step = unload_next(&unload, &facts);
	}
	if (step == UNLOAD_EMPTY)
		return 0;
	return facts.interrupted ? -EINTR : -EBUSY;
}
