/* SPDX-License-Identifier: MIT */
/*
 * Wrong passwords of users of other hosts; see guess.h.
 */
#include "ref/core/guess.h"
#include "ref/core/codes.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct guesser *find(const struct guesses *g, const char *host, const char *user)
{
	for (unsigned i = 0; i < GUESSERS_MAX; i++) {
		const struct guesser *one = &g->of[i];

		if (one->host[0] && !strcasecmp(one->host, host) && !strcmp(one->user, user))
			return one;
	}
	return NULL;
}

int64_t guess_wait_s(const struct guesses *g, const char *host, const char *user, int64_t boot_s)
{
	const struct guesser *one = find(g, host, user);
	int64_t left_s = one ? one->last_s + GUESS_REST_S - boot_s : 0;

	return one && one->begun >= GUESSES && left_s > 0 ? left_s : 0;
}

/* His place, made free if need be. */
static struct guesser *place(struct guesses *g, const char *host, const char *user)
{
	const struct guesser *found = find(g, host, user);
	struct guesser *one = &g->of[0];

	if (found)
		return &g->of[found - g->of];
	for (unsigned i = 0; i < GUESSERS_MAX && one->host[0]; i++) {
		if (!g->of[i].host[0] || g->of[i].last_s < one->last_s)
			one = &g->of[i];
	}
	*one = (struct guesser){.begun = 0};
	snprintf(one->host, sizeof(one->host), "%s", host);
	snprintf(one->user, sizeof(one->user), "%s", user);
	return one;
}

unsigned guess_begin(struct guesses *g, const char *host, const char *user, int64_t boot_s)
{
	struct guesser *one = place(g, host, user);

	if (boot_s - one->last_s >= GUESS_REST_S)
		one->begun = 0;
	one->begun++;
	one->last_s = boot_s;
	return one->begun;
}

void guess_right(struct guesses *g, const char *host, const char *user)
{
	const struct guesser *one = find(g, host, user);

	if (one)
		g->of[one - g->of] = (struct guesser){.begun = 0};
}

void guess_record(struct audit_record *record, int64_t time_s, const struct accessor *who,
		  const char *host, const char *program)
{
	record_init(record, RECORD_PASSWORD_ATTEMPT, time_s, 'A');
	record->stage = STAGE_PASSWORD_VALIDITY;
	record->reason = REASON_AUDIT_MODE;
	record->os_user = !who->known;
	record_cut_text(record, RECORD_USER, who->user);
	record_cut_text(record, RECORD_TERMINAL, host);
	record_cut_text(record, RECORD_PROGRAM, program);
}
