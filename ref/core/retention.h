/* SPDX-License-Identifier: MIT */
/*
 * Which trails that were left behind are removed, by age and by how much they hold together: an
 * extension of audomon that is off unless limits are set (SPEC.md, audomon/keep; decision H42). Not
 * for: finding and removing them (store/trail_prune.h).
 */
#ifndef REF_CORE_RETENTION_H
#define REF_CORE_RETENTION_H

#include "ref/core/wide.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct retention_limits {
	uint32_t days;    /* 0: no limit */
	uint32_t kb;      /* 0: no limit */
	uint32_t percent; /* of their file system, up to 100; 0: no limit */
};

enum retention_verdict {
	RETENTION_KEEP,
	RETENTION_TOO_OLD,
	RETENTION_TOO_MUCH,       /* Kb */
	RETENTION_TOO_LARGE_PART, /* percent */
};

struct retention_trail {
	char name[256]; /* last component of its path, zero-terminated */
	int64_t changed_s;
	uint64_t bytes;
	enum retention_verdict verdict;
};

/* Whether a name is one that a switch gives: BASE.yyyymmddHHMM or BASE.yyyymmdd_HHMM, and .1 to .99
 * behind it. base is the last component of the base's path. */
bool retention_is_left_behind(const char *base, const char *name);

/* Sorts the trails, oldest first, and sets the verdict of each. now_s: wall clock; a trail from the
 * future is not old. system_bytes: the size of their file system, at most 2^96. */
void retention_judge(const struct retention_limits *limits, int64_t now_s, wide system_bytes,
		     struct retention_trail *trails, size_t count);

#endif
