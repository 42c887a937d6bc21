/* SPDX-License-Identifier: MIT */
/*
 * What the process of a case tells the runner beyond its exit status, in memory both share. Not
 * for: cases.
 */
#ifndef CONFORMANCE_CASE_END_H
#define CONFORMANCE_CASE_END_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CASE_MOUNTS_MAX 17

struct case_end {
	bool opened;   /* the target could be opened */
	bool finished; /* the body was left, one way or the other */
	bool skipped;  /* it cannot be decided on this target; reason says why */
	bool passed;
	bool lost;        /* the way to the target; reason says how */
	int64_t waited_s; /* time the case asked to pass or to wait for, on top of its deadline */
	/* The case's own mount namespace and those of its other hosts, 0: none; they find what it
	 * left running. */
	ino_t mounts[CASE_MOUNTS_MAX];
	char folder[64];  /* of the case for FIFOs and sockets, "": none yet or removed */
	char reason[512]; /* one line */
};

/* Of the case that runs in this process. */
extern struct case_end *case_end;

#endif
