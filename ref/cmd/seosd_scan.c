/* SPDX-License-Identifier: MIT */
/*
 * Listings of the callers of intercepted system calls, which are read answer by answer.
 */
#include "ref/cmd/seosd.h"

#include <stdlib.h>
#include <string.h>

/* The listing of a reader, from its beginning unless he goes on. */
static struct listing *find_listing(struct seosd *d, pid_t reader, bool next)
{
	struct listing *l = &d->listings[0];

	for (unsigned i = 0; i < SEOSD_SCANS_MAX; i++) {
		if (d->listings[i].reader == reader) {
			l = &d->listings[i];
			break;
		}
		if (d->listings[i].age < l->age)
			l = &d->listings[i];
	}
	if (next && l->reader != reader)
		return NULL;
	if (!next)
		*l = (struct listing){.reader = reader};
	l->age = ++d->listings_used;
	return l;
}

/* The end of a listing, when it is to be recorded. */
static void record_scan(struct seosd *d, struct platform *p, const struct accessor *who,
			const struct listing *l, struct message_answer *answer)
{
	struct audit_record record;
	int error;

	scan_record(&record, platform_wall_s(p), who, &l->callers.scan);
	error = journal_append(&d->journal, &record);
	if (!error)
		return;
	answer->status = EXIT_REFUSED;
	snprintf(answer->text, sizeof(answer->text), "the result cannot be recorded: %s",
		 strerror(-error));
}

void scan_ask(struct seosd *d, struct platform *p, struct platform_connection *c,
	      const struct accessor *who, pid_t reader, const struct message_request *request)
{
	struct message_answer *answer;
	struct listing *l;

	if (!access_may_scan(who)) {
		answer_not_allowed(p, c, who, "list active system calls");
		return;
	}
	l = find_listing(d, reader, request->next);
	answer = calloc(1, sizeof(*answer));
	if (!l || !answer) {
		answer_line(p, c, EXIT_REFUSED, "the listing was interrupted: try again");
		free(answer);
		return;
	}
	callers_next(p, &l->callers, answer);
	if (request->record && answer->status == EXIT_DONE && answer->monitor && !answer->more)
		record_scan(d, p, who, l, answer);
	if (!answer->more)
		l->reader = 0;
	answer_send(p, c, answer);
	free(answer);
}
