/* SPDX-License-Identifier: MIT */
/*
 * Mutual restart: when a daemon starts the one it watches again. The three stand in a ring, seosd
 * watching seagent, seagent seoswd, seoswd seosd. Not for who runs and how it is started
 * (wire/ring.h).
 */
#ifndef REF_CORE_WATCH_H
#define REF_CORE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#define WATCH_TICK_S   1  /* how often a daemon looks at the one it watches */
#define WATCH_GAP_S    2  /* between two starts: time for the first to take its lock */
#define WATCH_STARTS   10 /* so many starts within a minute ... */
#define WATCH_WINDOW_S 60
#define WATCH_SLOW_S   5 /* ... and the gap grows to this, so that a broken one costs little */

/* The last starts of the watched daemon; zeroed at first. */
struct watch {
	int64_t starts_ns[WATCH_STARTS]; /* a ring, by boot time */
	unsigned starts; /* ever made; the oldest kept is at starts % WATCH_STARTS */
};

/*
 * Time until the next look, from 1 ns to WATCH_TICK_S seconds, at a time of the boot clock. All
 * daemons look at the same moments, the whole ticks: a machine that idles is woken once for them.
 */
int64_t watch_next_ns(int64_t boot_ns);

/*
 * Whether to start the watched daemon now; a start that is told to be made counts as made. wanted:
 * the intended state is up; running: it holds its lock.
 */
bool watch_start(struct watch *w, int64_t boot_ns, bool wanted, bool running);

#endif
