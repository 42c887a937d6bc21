/* SPDX-License-Identifier: MIT */
/*
 * secons -tv: the end of a file and what is added to it. Not for writing it (store/trace.h).
 */
#ifndef REF_CMD_SECONS_FOLLOW_H
#define REF_CMD_SECONS_FOLLOW_H

#include "ref/platform/platform.h"

#define FOLLOW_KB_DEFAULT 2
#define FOLLOW_KB_MAX     (1 << 20)

/*
 * Prints the last size_kb of a file, 0: all of it, and then whatever is added, until a signal ends
 * the program or out cannot be written. A file that is not there yet is waited for; one that became
 * shorter is followed from its beginning. Returns a negated errno value.
 */
int secons_follow(struct platform *p, const char *path, unsigned size_kb, FILE *out);

#endif
