/* SPDX-License-Identifier: MIT */
/*
 * Trails that are compressed: each file keeps its name and becomes one zstd frame with a checksum,
 * in one step, so that at any moment it is either as it was or compressed whole (SPEC.md,
 * audomon/compress; decision H45). Not for: trails that are still written.
 */
#ifndef REF_STORE_TRAIL_PACK_H
#define REF_STORE_TRAIL_PACK_H

#include "ref/platform/platform.h"

#define TRAIL_PACK_LEVEL_MAX 19

/* Whether there is nothing left to compress: 1, 0, or a negated errno value. */
int trail_is_packed(struct platform *p, const char *path);

/*
 * Compresses the files of a trail that are not, with a level of zstd from 1. A file that changes
 * meanwhile stays as it is: -EBUSY. Returns 0 or a negated errno value; those that were compressed
 * before the failure stay so.
 */
int trail_pack(struct platform *p, const char *path, int level);

/*
 * The content of a file of a trail: where *data, from malloc(), is compressed, it is freed and
 * replaced. Returns 0; -EBADMSG: damaged; -EFBIG: more than most bytes; -ENOMEM. On failure *data
 * is as it was.
 */
int trail_unpack(char **data, size_t *bytes, size_t most);

#endif
