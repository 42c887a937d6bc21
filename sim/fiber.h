/* SPDX-License-Identifier: MIT */
/*
 * A function on a stack of its own, which can stop in its middle and go on later: how simulated
 * processes take turns within one real thread. Not for: whose turn it is (process.c).
 */
#ifndef SIM_FIBER_H
#define SIM_FIBER_H

#include <stdbool.h>

struct sim_fiber;

/* The function has not begun. NULL without memory. */
struct sim_fiber *sim_fiber_new(void (*function)(void *arg), void *arg);
/* Runs it until it gives way or returns; true: it has returned. */
bool sim_fiber_go_on(struct sim_fiber *f);
/* Called by the function, or by what it calls: sim_fiber_go_on() returns. */
void sim_fiber_give_way(struct sim_fiber *f);
/* Only one that has not begun, or has returned. NULL is fine. */
void sim_fiber_free(struct sim_fiber *f);

#endif
