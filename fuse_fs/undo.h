/* SPDX-License-Identifier: MIT */
/*
 * undo: what a file was when it was last synced: its size, and the pages that were changed since,
 * kept in memory until it is synced again or rolled back. Not here: which files there are, and when
 * they are changed and synced (passthrough.c).
 */
#ifndef FUSE_FS_UNDO_H
#define FUSE_FS_UNDO_H

#include <stdint.h>
#include <sys/types.h>

struct undo;

/**
 * undo_begin - a file that is as it was synced, and about to be changed.
 * @undo: the answer; undo_end() frees it.
 * @path: through which the file can be opened for reading and writing.
 *
 * Returns 0 or -errno.
 */
int undo_begin(struct undo **undo, const char *path);

/**
 * undo_keep - keep what stands in a range that is about to be changed.
 * @start, @end: bytes; nothing is kept beyond the synced size, or twice.
 *
 * Returns 0 or -errno.
 */
int undo_keep(struct undo *undo, off_t start, off_t end);

/** undo_kept - bytes of memory it takes. */
uint64_t undo_kept(const struct undo *undo);

/** undo_roll_back - make the file what it was. Returns 0 or -errno. */
int undo_roll_back(const struct undo *undo);

/** undo_end - free it; the file stays as it is. NULL is none. */
void undo_end(struct undo *undo);

#endif
