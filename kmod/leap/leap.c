// SPDX-License-Identifier: GPL-2.0-only
/*
 * leap: a clock source that leaps when told to, for guests whose kernel ticks while it idles: there
 * QEMU cannot jump over an hour in which nothing happens, and its 900,000 ticks take minutes. All
 * clocks of the machine go by it, and all timers.
 *
 *	echo 3600 >/sys/module/leap/parameters/seconds
 *
 * returns when that much time has passed, LEAP_S a tick: timers are late by that much at most.
 *
 * Not for: other machines than s390x, whose kernels stop ticking; taking it out again, for which
 * time would have to go back.
 */
#include <linux/clocksource.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/timex.h>

/* Of the TOD clock. */
#define CYCLES_A_MS     4096000U
#define CYCLES_A_SECOND (1000ULL * CYCLES_A_MS)

#define LEAP_S          5U

static u64 leapt; /* cycles; written by set_seconds() alone, one at a time */

static u64 leap_read(struct clocksource *source)
{
	return get_tod_clock() + READ_ONCE(leapt);
}

static struct clocksource leap_source = {
	.name = "leap",
	.rating = 450, /* the machine's own has 400 */
	.read = leap_read,
	.mask = CLOCKSOURCE_MASK(64),
	.flags = CLOCK_SOURCE_IS_CONTINUOUS,
	.owner = THIS_MODULE,
};

static int set_seconds(const char *value, const struct kernel_param *param)
{
	unsigned int seconds, now;
	int error = kstrtouint(value, 10, &seconds);

	for (; !error && seconds; seconds -= now) {
		now = min(seconds, LEAP_S);
		WRITE_ONCE(leapt, leapt + now * CYCLES_A_SECOND);
		schedule_timeout_interruptible(1);
		if (signal_pending(current))
			error = -EINTR;
	}
	return error;
}

static const struct kernel_param_ops seconds_ops = {
	.set = set_seconds,
};
module_param_cb(seconds, &seconds_ops, NULL, 0200);
MODULE_PARM_DESC(seconds, "lets so many seconds pass");

static int __init leap_init(void)
{
	return clocksource_register_khz(&leap_source, CYCLES_A_MS);
}
module_init(leap_init);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A clock that leaps when told to");
