/* SPDX-License-Identifier: MIT */
/*
 * When a user has failed to log in too often: failures counted by user within a time. Not for where
 * they come from nor what becomes of him (cmd/serevu.c).
 */
#ifndef REF_CORE_LOCKOUT_H
#define REF_CORE_LOCKOUT_H

#include "ref/core/record.h"

#define LOCKOUT_USERS_MAX                                                                          \
	512 /* with failures; beyond that the one whose last is oldest is forgotten */
#define LOCKOUT_COUNT_MAX   64
#define LOCKOUT_FOREVER     INT64_MAX
#define LOCKOUT_SECONDS_MAX (INT64_C(100) * 366 * 86400)

struct lockout_user {
	char name[RECORD_NAME_MAX]; /* "": free */
	unsigned count;             /* of the times kept, the latest ones */
	int64_t times_s[LOCKOUT_COUNT_MAX];
};

struct lockout {
	unsigned limit;   /* failures that are too many, 1 to LOCKOUT_COUNT_MAX */
	int64_t within_s; /* counted are those not longer ago than this */
	struct lockout_user users[LOCKOUT_USERS_MAX];
};

/*
 * Takes a record into account. A failed login (LOGIN D, password attempt A) counts; a user who is
 * disabled or enabled begins at nothing. Returns whether this failure is one too many, and forgets
 * those before it.
 */
bool lockout_note(struct lockout *l, const struct audit_record *record);

/* Reads a time, "90s", "6m", "2h", "1d" or "1w": a number from 1 and a unit. False: it is none. */
bool lockout_time(const char *text, int64_t *seconds);

#endif
