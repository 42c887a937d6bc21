/* SPDX-License-Identifier: MIT */
/*
 * The ring of seosd, seagent and seoswd on a running system: how one of them begins, starts another
 * and looks after it; and the life of seagent and seoswd. When to start which is decided in
 * core/watch.h.
 */
#ifndef REF_WIRE_RING_H
#define REF_WIRE_RING_H

#include "ref/core/watch.h"
#include "ref/store/product.h"

#define RING_START_TIMEOUT_NS (10 * NS_PER_S) /* for a daemon to come up */
#define RING_RESTART_OPTION   "-restart" /* given by a daemon that starts another, not by people */

/* A daemon's place in the ring; self is set by the daemon, the rest zeroed. */
struct ring {
	enum product_daemon self;
	struct watch watch; /* of the next one */
};

/*
 * What main of a daemon outside the ring begins with: -h alone prints the usage; else run->state
 * becomes so many zeroed bytes, which stop() frees. Returns PROGRAM_SERVE to go on, or the exit
 * status.
 */
int ring_begin(struct program_run *run, int argc, char **argv, const char *name, const char *usage,
	       size_t bytes);

/*
 * What all daemons do then: root only, one instance only. Takes the lock, which is held until the
 * process ends. Returns 0, or the exit status after one line on run->err.
 */
int ring_enter(struct program_run *run, enum product_daemon self);

/*
 * Starts a daemon unless it runs, and waits until it serves; a few times if it ends before. Returns
 * 0 when it runs then, -ECHILD when it does not (PRODUCT_ERRORS says why), or what starting said.
 */
int ring_start(struct platform *p, enum product_daemon daemon);

/* Every WATCH_TICK_S: starts the next daemon again when it is due. False: the product is meant to
 * be down, and the caller is to end. */
bool ring_tick(struct ring *ring, struct platform *p);

/* seagent and seoswd: the life of a daemon that looks after the next one. It is the beginning of
 * run->state, which stop() frees. */
struct ring_guard {
	struct ring ring;
	bool announced; /* seosd has written its START record */
};

/* The beginning of main: lock and intended state. Returns 0, or the exit status after a line. */
int ring_guard_enter(struct program_run *run, enum product_daemon self);
/* Whether the arguments are those of a daemon that was started by another. */
bool ring_guard_called(int argc, char **argv);
int ring_guard_start(struct program_run *run);
void ring_guard_timer(struct program_run *run, unsigned id);
void ring_guard_signal(struct program_run *run, int signal);
void ring_guard_stop(struct program_run *run);

#endif
