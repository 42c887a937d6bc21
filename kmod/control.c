// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state of the module: monitor on or off, active or prepared for unloading, and the reference
 * to itself that the module holds until nobody can be inside any more. That reference is what makes
 * rmmod fail.
 *
 * Not for: how the hooks work (hook.c), how they are emptied (unload.c).
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/mutex.h>

#include "seos.h"

/* Writers of the two below; hooks_install(), hooks_remove(), unload_empty(). Held as long as a
 * preparation waits, which user space may interrupt.
 */
static DEFINE_MUTEX(control_lock);
static enum seos_state state = SEOS_STATE_PREPARED;
static bool monitoring;

/*
 * Whatever has been hooked can have somebody inside at once. So a module that could hook some
 * functions but not all may have to stay, switched off, until they have left.
 */
int control_init(bool monitor)
{
	int err = 0;

	mutex_lock(&control_lock);
	if (monitor)
		err = hooks_install();
	if (err) {
		pr_err("hooking failed (%d): kernel.ftrace_enabled is 0, or another hook holds a function\n",
		       err);
		if (!unload_empty(0, false))
			goto unlock;
	}
	monitoring = monitor && !err;
	__module_get(THIS_MODULE);
	WRITE_ONCE(state, SEOS_STATE_ACTIVE);
	err = 0;
unlock:
	mutex_unlock(&control_lock);
	return err;
}

/* Ordinarily there is nothing left to do. Only a load that failed at the very end and rmmod -f come
 * here with hooks, and have to wait until everybody has left.
 */
void control_exit(void)
{
	mutex_lock(&control_lock);
	while (state != SEOS_STATE_PREPARED && unload_empty(SEOS_TIMEOUT_MAX_NS, false))
		pr_warn("cannot go before everybody has left\n");
	mutex_unlock(&control_lock);
}

int control_monitor(bool on)
{
	int err = 0;

	if (mutex_lock_interruptible(&control_lock))
		return -EINTR;
	if (state != SEOS_STATE_ACTIVE)
		err = -EBUSY;
	else if (on)
		err = hooks_install();
	else
		hooks_remove();
	if (!err)
		monitoring = on;
	mutex_unlock(&control_lock);
	return err;
}

int control_prepare(u64 timeout_ns)
{
	int err = -EALREADY;

	if (mutex_lock_interruptible(&control_lock))
		return -EINTR;
	if (state == SEOS_STATE_PREPARED)
		goto unlock;
	WRITE_ONCE(state, SEOS_STATE_PREPARING);
	err = unload_empty(timeout_ns, monitoring);
	if (!err) {
		WRITE_ONCE(state, SEOS_STATE_PREPARED);
		module_put(THIS_MODULE);
		goto unlock;
	}
	if (monitoring && !hooks_live()) {
		pr_err("hooking again failed: another hook came in between; monitor off\n");
		monitoring = false;
	}
	WRITE_ONCE(state, SEOS_STATE_ACTIVE);
unlock:
	mutex_unlock(&control_lock);
	return err;
}

/* Ends active in any case: a failed installation may have let somebody in. */
int control_cancel(void)
{
	int err = -EALREADY;

	if (mutex_lock_interruptible(&control_lock))
		return -EINTR;
	if (state != SEOS_STATE_PREPARED)
		goto unlock;
	/* the open device keeps the module from going meanwhile */
	__module_get(THIS_MODULE);
	WRITE_ONCE(state, SEOS_STATE_ACTIVE);
	err = monitoring ? hooks_install() : 0;
	if (err)
		monitoring = false;
unlock:
	mutex_unlock(&control_lock);
	return err;
}

void control_status(struct seos_status *status)
{
	u32 movable;

	callers_count(&status->inside, &movable);
	status->blocking = status->inside - movable;
	status->state = READ_ONCE(state);
	status->monitor = READ_ONCE(monitoring);
	status->hooks = hooks_count();
	status->mechanism = hooks_mechanism();
	status->missed = slots_missed();
	status->lost = events_lost();
	status->subscribers = events_subscribers(); /* first: it forgets those that have gone */
	status->classes = READ_ONCE(events_classes);
	sessions_status(status);
}
