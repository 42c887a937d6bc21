/* SPDX-License-Identifier: MIT */
/*
 * Reading the audit log as it grows, across rotations: from the backup into the log, and on into
 * the log that takes its place. A place in it is a record's number and mark, so that it is found
 * again after a restart, and a log that was begun anew is told from the one that was read. Not for
 * showing a log (seaudit reads one file).
 */
#ifndef REF_STORE_FOLLOW_H
#define REF_STORE_FOLLOW_H

#include "ref/store/log.h"

/* The last record that is done with; zero: none yet. */
struct follow_place {
	uint64_t number;
	uint32_t mark; /* of the whole record */
};

struct follow; /* a reader on its way */

/*
 * Goes on behind a place. Returns 0; -ESTALE: the log is not the one the place is of, which then
 * has to be read from its beginning; or what reading said. config is copied. A log that does not
 * exist yet is waited for.
 */
int follow_open(struct platform *p, const struct audit_log_config *config,
		const struct follow_place *after, struct follow **out);

/*
 * The next record up to a number. Returns 1 and its place; 0: there is none at present; -EBADMSG
 * for damage, behind which the next call goes on; -ESTALE: the log was begun anew; or what reading
 * said. *lost grows by the records behind the place that are in no file any more.
 */
int follow_next(struct follow *f, uint64_t up_to, struct audit_record *record,
		struct follow_place *place, uint64_t *lost);

/* Makes last what was read so far from the present file. Returns 0 or a negated errno value. */
int follow_sync(struct follow *f);

void follow_close(struct follow *f); /* NULL is fine */

#endif
