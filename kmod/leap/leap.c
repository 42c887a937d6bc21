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
 * Not for: kernels that stop ticking, as those of other machines do; taking it out again, for which
 * time would have to go back.
 */
#include <linux/atomic.h>
#include <linux/clocksource.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/timex.h>

/* What get_cycles() counts. */
#ifdef CONFIG_S390
#define CYCLES_A_MS 1024000U
#else
#define CYCLES_A_MS tsc_khz
#endif

#define LEAP_S 5U

static atomic64_t leapt; /* cycles */

static u64 leap_read(struct clocksource *source)
{
	return get_cycles() + atomic64_read(&leapt);
}

static struct clocksource leap_source = {
	.name = "leap",
	.rating = 450, /* the machines' own have 400 at most */
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
		atomic64_add(now * 1000ULL * CYCLES_A_MS, &leapt);
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
