/* SPDX-License-Identifier: MIT */
/*
 * What seosd writes its records through: the filters of audit.cfg, then the audit log, and while
 * the log's disk is full, a limited number of records in memory. Not for the log itself (log.h).
 */
#ifndef REF_STORE_JOURNAL_H
#define REF_STORE_JOURNAL_H

#include "ref/store/filters.h"
#include "ref/store/log.h"

#define JOURNAL_KEPT_MAX 1024 /* records in memory (log/write/6) */
#define JOURNAL_FILTERS  "/opt/CA/PAMSC/etc/audit.cfg"

struct journal {
	struct audit_log *log;
	struct filters filters;
	struct journal_frame {        /* oldest first */
		unsigned char *bytes; /* a frame without its number */
		size_t length;
	} kept[JOURNAL_KEPT_MAX];
	unsigned kept_count;
};

/* Reads the filters anew; on failure those there were stay. As filters_load(). */
int journal_load_filters(struct journal *j, struct platform *p, char *why, size_t bytes);

/*
 * Appends a record behind those that are kept, unless a filter takes it out. Returns 0 once it is
 * on the disk, or why it is not: then it is nowhere, and what depends on it is not to be done.
 */
int journal_append(struct journal *j, const struct audit_record *record);

/* The same for what happened already: when it cannot be written it is kept in memory. -ENOBUFS:
 * there is no room for it either. */
int journal_keep(struct journal *j, const struct audit_record *record);

/* Writes what is kept, as far as that is possible now. Returns 0 when nothing is left. */
int journal_flush(struct journal *j);

void journal_close(struct journal *j);

#endif
