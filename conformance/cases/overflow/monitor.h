/* SPDX-License-Identifier: MIT */
/*
 * What the cases about monitors of audit space share: the words of the command "monitor" (SPEC.md,
 * overflow) on a file system of 100 MiB. Not for: asserting anything (the cases do).
 */
#ifndef CONFORMANCE_CASES_OVERFLOW_MONITOR_H
#define CONFORMANCE_CASES_OVERFLOW_MONITOR_H

#include "conformance/case.h"

#include <stdlib.h>

#define AUDIT_DIR           "/var/.audit"
#define MIB                 256u /* blocks */
#define WARNING             (28 * MIB)
#define SWITCH              (20 * MIB)
#define PLENTY              (90 * MIB)
#define MONITOR_LACKS       3

/* A word of the command; the case is skipped where the monitor has no such thing. */
#define monitor(t, ...)     monitor_checked(run(t, "monitor", __VA_ARGS__))
#define monitor_out(t, ...) (monitor(t, __VA_ARGS__)->out)

static inline const struct result *monitor_checked(const struct result *r)
{
	if (r->exit_status == MONITOR_LACKS)
		skip("the monitor has no such thing");
	assert_exit(r, 0);
	return r;
}

static inline void space_set_two(struct target *t, unsigned free, unsigned available)
{
	fill_set(t, AUDIT_DIR, text_format("free=%u", free),
		 text_format("available=%u", available));
}

/* So many blocks are free, without a reserve. */
static inline void space_set(struct target *t, unsigned free)
{
	space_set_two(t, free, free);
}

/* A monitor at work with plenty of room; `action` may be NULL. */
static inline void monitor_start(struct target *t, const char *action)
{
	fill_mount(t, AUDIT_DIR);
	fill_set(t, AUDIT_DIR, "block_size=4K", "blocks=25600");
	space_set(t, PLENTY);
	if (action)
		monitor(t, "start", "28", "20", action);
	else
		monitor(t, "start", "28", "20");
}

static inline long looks(struct target *t)
{
	return strtol(monitor_out(t, "looks"), NULL, 10);
}

/* Waits until two looks more are over: the second began after the call. */
static inline void await_looks(struct target *t)
{
	const long before = looks(t);

	wait_until(t, 60, looks(t) >= before + 2);
}

static inline unsigned events(struct target *t, const char *word)
{
	return text_match_count(monitor_out(t, "events"), text_format("^%s$", word));
}

/* Waits for an event that may need looks to happen. */
#define await_event(t, word) wait_until(t, 60, (looks(t), events(t, word) > 0))

/* Sets the room, lets the monitor see it, and counts the events of a kind since then. */
static inline unsigned events_at(struct target *t, unsigned free, const char *word)
{
	const unsigned before = events(t, word);

	space_set(t, free);
	await_looks(t);
	return events(t, word) - before;
}

#endif
