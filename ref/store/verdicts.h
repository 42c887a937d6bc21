/* SPDX-License-Identifier: MIT */
/*
 * The verdicts on all files of class FILE, found in the policy database, in the form in which the
 * platform takes them. Not for: what a verdict says (core/verdict.h).
 */
#ifndef REF_STORE_VERDICTS_H
#define REF_STORE_VERDICTS_H

#include "ref/store/policy.h"

struct verdicts {
	struct platform_file *files; /* with their paths and rights, which hang on it */
	size_t count;
	bool unknown; /* a rule is for a user whom the system does not know; perhaps it will */
};

/*
 * Collects them. Files of the product are left out: it protects them itself, and a rule on one is
 * for seini alone (access/file/8). Returns 0, -EIO, -ENOMEM, or -E2BIG for more than
 * PLATFORM_FILES_MAX; then there are none.
 */
int verdicts_collect(struct platform *p, struct policy *db, struct verdicts *out);
void verdicts_free(struct verdicts *v);

#endif
