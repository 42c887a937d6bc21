/* SPDX-License-Identifier: MIT */
/*
 * How many wrong passwords a user of another host has: after GUESSES of them he is refused for a
 * while, however often his host connects. An attempt counts from its beginning, so that none gains
 * by being made beside others. Not for checking passwords (platform.h).
 */
#ifndef REF_CORE_GUESS_H
#define REF_CORE_GUESS_H

#include "ref/core/access.h"
#include "ref/core/record.h"

#define GUESSES      3  /* secons/remote/11 */
#define GUESS_REST_S 60 /* secons/remote/30 */
#define GUESSERS_MAX                                                                               \
	64 /* users of hosts that are remembered; the one quiet for longest makes room */

struct guesser {
	char host[ACCESS_NAME_MAX]; /* "": free */
	char user[ACCESS_NAME_MAX];
	unsigned begun; /* attempts none of which was right */
	int64_t last_s; /* of the last one, since boot */
};

/* Zeroed at first. */
struct guesses {
	struct guesser of[GUESSERS_MAX];
};

/* Seconds until he may try again, 0: now. */
int64_t guess_wait_s(const struct guesses *g, const char *host, const char *user, int64_t boot_s);
/* An attempt begins; only while guess_wait_s() is 0, where that counts. Returns how many have begun
 * without a right one. */
unsigned guess_begin(struct guesses *g, const char *host, const char *user, int64_t boot_s);
/* It was right: what came before is forgotten. */
void guess_right(struct guesses *g, const char *host, const char *user);

/* The record of a wrong one: A, of the user, from the terminal host. */
void guess_record(struct audit_record *record, int64_t time_s, const struct accessor *who,
		  const char *host, const char *program);

#endif
