/* SPDX-License-Identifier: MIT */
/*
 * The trails that switches left behind, found by their names in the folder of the base: for
 * extensions of audomon that remove or compress them. Not for: the current or the next trail,
 * trails an administrator has named, or other files.
 */
#ifndef REF_STORE_TRAIL_LEFT_H
#define REF_STORE_TRAIL_LEFT_H

#include "ref/core/retention.h"
#include "ref/store/trail.h"

#define TRAIL_LEFT_MAX 512 /* looked at in one go; of more, the others another time */

struct trail_left {
	char folder[TRAIL_PATH_MAX];
	size_t count;
	struct retention_trail trails[TRAIL_LEFT_MAX];
};

/* Finds them; *out is the caller's to free. Returns 0 or a negated errno value, *out then NULL. */
int trail_left_find(struct platform *p, const struct trail_names *names, struct trail_left **out);

/* The path of the i-th. False: too long. */
bool trail_left_path(const struct trail_left *left, size_t i, char out[TRAIL_PATH_MAX]);

#endif
