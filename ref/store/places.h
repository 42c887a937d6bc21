/* SPDX-License-Identifier: MIT */
/*
 * How far selogrd is: which log it reads, and the place up to which each destination has it, kept
 * in a file. Not for reading the log (follow.h).
 */
#ifndef REF_STORE_PLACES_H
#define REF_STORE_PLACES_H

#include "ref/core/route.h"
#include "ref/store/follow.h"

#define PLACES_TO_MAX (ROUTE_TARGET_MAX + RECORD_NAME_MAX + 16)

struct places {
	uint64_t stream; /* the log, by a number of its own; 0: none yet */
	struct {
		char to[PLACES_TO_MAX]; /* a destination in words */
		struct follow_place at;
	} all[ROUTE_MAX];
	unsigned count;
};

/* A missing file is no places. Returns 0, -EBADMSG, or what reading said. */
int places_load(struct platform *p, const char *path, struct places *out);
int places_save(struct platform *p, const char *path, const struct places *places);

#endif
