/* SPDX-License-Identifier: MIT */
/*
 * The seeded explorer: four worlds a seed, each a machine of its own. Records are written, routed
 * and collected; users ask for shutdowns while programs come and go in hooked calls; audit trails
 * grow and are switched; users log in and out. Meanwhile the seed kills daemons at any step, cuts
 * the power, loses messages and fills disks, and what has to hold is checked. Not for the machine
 * itself (sim.h).
 */
#ifndef SIM_EXPLORE_H
#define SIM_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define EXPLORE_WHY_MAX 256

/* What a run did. */
struct explore_result {
	unsigned acknowledged; /* records */
	unsigned collected;
	unsigned deaths; /* kill -9 at some step */
	unsigned power_cuts;
	unsigned granted, denied; /* shutdowns */
	unsigned unloads;
	unsigned switches, wake_ups; /* of audomon */
	unsigned logins, logouts;    /* records */
	int64_t slowest_restart_ms;  /* of a daemon that was killed */
	char why[EXPLORE_WHY_MAX];   /* what was violated */
};

/*
 * Runs a seed; each step is told to trace, which may be NULL. False: something that has to hold
 * does not: result->why says what.
 */
bool explore_seed(uint64_t seed, FILE *trace, struct explore_result *result);

/* Adds what a run did; why stays. */
void explore_add(struct explore_result *total, const struct explore_result *run);

#endif
