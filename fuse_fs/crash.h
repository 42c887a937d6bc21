/* SPDX-License-Identifier: MIT */
/*
 * crash: what a mount with -o crash keeps so that it can lose what was not synced, and the crash
 * itself. Not here: the old contents of one file (undo.h), the operations (passthrough.c).
 *
 * Names are kept as they are made, as a journalling file system does it; contents and sizes of
 * files are lost back to the last fsync, fdatasync or O_SYNC write. Without -o crash all of this
 * costs a look at one flag.
 */
#ifndef FUSE_FS_CRASH_H
#define FUSE_FS_CRASH_H

#include "passthrough.h"

/* Most bytes of old contents that are kept; beyond that a file counts as written back, as a kernel
 * short of memory would do. */
#define CRASH_KEPT_MAX (UINT64_C(1) << 30)

/** crash_handle - what stands in fi->fh for a descriptor. */
uint64_t crash_handle(const struct fillfs *fs, int fd);

/** crash_fd - the descriptor in fi->fh. */
int crash_fd(const struct fuse_file_info *fi);

/** crash_is_over - whether the file was opened before the last crash: all that is done with it is
 * EIO. */
bool crash_is_over(const struct fillfs *fs, const struct fuse_file_info *fi);

/**
 * crash_change - bytes of a file are about to be changed.
 * @fi: by whom, or NULL.
 * @start, @end: the range; @end may be INT64_MAX.
 *
 * Returns 0, with crash_changed() to follow, or an errno value.
 */
int crash_change(struct fillfs *fs, struct inode *inode, const struct fuse_file_info *fi,
		 off_t start, off_t end);

/** crash_changed - they are. Keeps errno. */
void crash_changed(struct fillfs *fs);

/** crash_synced - what the file is now is to stay. */
void crash_synced(struct fillfs *fs, struct inode *inode);

/**
 * crash_run - lose what was not synced, and break all that is open.
 *
 * Returns 0 or -errno, the first of all that were met: every file is tried. EOPNOTSUPP: the mount
 * keeps nothing.
 */
int crash_run(struct fillfs *fs);

#endif
