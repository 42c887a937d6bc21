/* SPDX-License-Identifier: MIT */
/*
 * Removes trails that were left behind, as core/retention.h judges. Not for: the current or the
 * next trail, trails an administrator has named, or other files.
 */
#ifndef REF_STORE_TRAIL_PRUNE_H
#define REF_STORE_TRAIL_PRUNE_H

#include "ref/core/retention.h"
#include "ref/store/trail.h"

/*
 * Removes what is beyond the limits, oldest first, and calls done() for each with its path and 0 or
 * what kept it from being removed. Returns 0, or what kept from looking.
 */
int trail_prune(struct platform *p, const struct trail_names *names,
		const struct retention_limits *limits,
		void (*done)(void *arg, const char *path, enum retention_verdict why, int error),
		void *arg);

#endif
