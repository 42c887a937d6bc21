/* SPDX-License-Identifier: MIT */
/*
 * What the worlds of the explorer share: a machine, a seed of their own, and a violation, which
 * ends a run. Not for who runs the explorer (explore.h).
 */
#ifndef SIM_EXPLORER_H
#define SIM_EXPLORER_H

#include "sim/explore.h"
#include "sim/sim.h"

#define EXPLORER_WALL_S INT64_C(1222256334) /* when a world begins */

struct explorer {
	struct sim *sim;
	FILE *trace; /* NULL: nobody reads it */
	uint64_t random;
	struct explore_result *result;
	bool broken;
	void (*watch)(struct explorer *e, void *world); /* after each event; NULL: nobody looks */
	void *world;
};

__attribute__((format(printf, 2, 3))) void explorer_tell(const struct explorer *e,
							 const char *format, ...);
/* Only the first one counts. */
__attribute__((format(printf, 2, 3))) void explorer_violated(struct explorer *e, const char *format,
							     ...);

/* 0 to below - 1. A seed of its own, so that what is done does not hang on how the machine answers.
 */
unsigned explorer_pick(struct explorer *e, unsigned below);

/* Runs a command of root; returns its exit status, -1 when it could not be run. Its standard output
 * is in *out, to be freed, unless out is NULL. */
int explorer_run(struct explorer *e, char **out, const char *const *argv);
#define EXPLORER_RUN(e, ...) explorer_run(e, NULL, (const char *const[]){__VA_ARGS__, NULL})

/* A file with that text; a fault is a violation: the world could not be set up. */
void explorer_write(struct explorer *e, const char *path, const char *text);

/* Lets time pass, and looks after each event. */
void explorer_advance(struct explorer *e, int64_t ns);

/* kill -9 of the process that runs a program: now, when it runs, or at its steps-th step. */
void explorer_kill(struct explorer *e, const char *program);
void explorer_doom(struct explorer *e, const char *program, unsigned steps);
void explorer_cut_power(struct explorer *e);

/* The worlds. Each is given a machine that has just been started. */
void explore_records(struct explorer *e);
void explore_daemons(struct explorer *e);
void explore_trails(struct explorer *e);
void explore_sessions(struct explorer *e);

#endif
