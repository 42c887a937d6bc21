/* SPDX-License-Identifier: MIT */
/*
 * passthrough: every operation of the mount, carried out on the source folder; asks the fill table
 * where that is watched.
 * Not here: the table's decisions (fill.h), mounting and the control socket
 * (fillfs.c).
 */
#ifndef FUSE_FS_PASSTHROUGH_H
#define FUSE_FS_PASSTHROUGH_H

#define FUSE_USE_VERSION 314

#include "fill.h"
#include "inode.h"
#include "oplog.h"

#include <fuse3/fuse_lowlevel.h>

/* A mount; the user data of its session. */
struct fillfs {
	struct inode_table inodes;
	struct inode root; /* never in the table: the kernel never forgets it */
	bool is_root;      /* files are created as the caller, who can be anybody */
	bool shared;       /* the folder is changed by others too: nothing is cached */
	bool writeback;
	struct fuse_session *session;
	void (*ready)(struct fillfs *fs); /* called when the kernel has accepted the mount */
	int ready_fd;

	_Atomic uint32_t watched;  /* fill_watched(): what has to look into the table */
	pthread_mutex_t fill_lock; /* held for the decision alone, never over an operation on the
				      folder but stat */
	struct fill fill;          /* protected by fill_lock */
	pthread_cond_t calm;       /* delayed operations need not wait any longer */
	uint64_t calms;            /* times that was so; protected by fill_lock */

	bool crash;                  /* what was not synced can be lost: see crash.h */
	_Atomic uint32_t crashes;    /* so far: what was opened before the last is broken */
	pthread_rwlock_t crash_lock; /* shared: a change; alone: the crash */
	pthread_mutex_t undo_lock;   /* protects the undo of every inode */
	uint64_t undo_kept;          /* bytes of all of them */

	_Atomic bool logging;
	struct oplog log;
};

/** PASSTHROUGH_OPS - the operations for fuse_session_new(); user data: a struct fillfs. */
extern const struct fuse_lowlevel_ops PASSTHROUGH_OPS;

/** passthrough_real - what the file system of the folder says about its space. Returns 0 or -errno.
 */
int passthrough_real(const struct fillfs *fs, struct fill_amounts *real);

#endif
