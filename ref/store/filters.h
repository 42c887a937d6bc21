/* SPDX-License-Identifier: MIT */
/*
 * audit.cfg: rules of records that are not written (core/filter.h), a line each; # begins a
 * comment. Not for what a record is.
 */
#ifndef REF_STORE_FILTERS_H
#define REF_STORE_FILTERS_H

#include "ref/core/filter.h"
#include "ref/platform/platform.h"

#define FILTERS_MAX 256

struct filters {
	struct filter_rule *rules; /* allocated */
	unsigned count;
};

/* Reads a file; a missing one has no rules. Returns 0, or a negated errno value with file, line and
 * fault in why; *out then has none. */
int filters_load(struct platform *p, const char *path, struct filters *out, char *why,
		 size_t bytes);
void filters_free(struct filters *f);

/* Whether some rule is about a record. */
bool filters_match(const struct filters *f, const struct audit_record *record);

#endif
