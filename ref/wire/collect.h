/* SPDX-License-Identifier: MIT */
/*
 * What selogrd says to selogrcd on a link: a batch of records as frames (core/logframe.h), in a
 * JSON object with the version of the protocol. The answer is that of link.h. Not for who may say
 * it. SPEC.md, daemon/selogrd.
 */
#ifndef REF_WIRE_COLLECT_H
#define REF_WIRE_COLLECT_H

#include "ref/core/logframe.h"

#define COLLECT_FRAMES_MAX 30000 /* bytes; twice that in a message */

_Static_assert(COLLECT_FRAMES_MAX >= 2 * LOGFRAME_MAX, "any record fits");

struct collect_batch {
	uint64_t stream; /* which log of the sender: differs when it was begun anew */
	size_t bytes;
	unsigned char frames[COLLECT_FRAMES_MAX]; /* numbered as in that log, rising */
};

/*
 * Reads a batch: at least one frame, each whole, their numbers rising. Returns 0, or -EBADMSG with
 * the fault in why; *out is then not to be used.
 */
int collect_read(const char *text, size_t bytes, struct collect_batch *out, char *why,
		 size_t why_bytes);
/* Writes a batch, which the caller frees. Returns 0 or -ENOMEM. */
int collect_write(const struct collect_batch *batch, char **text, size_t *bytes);

#endif
