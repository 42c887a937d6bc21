/* SPDX-License-Identifier: MIT */
/*
 * watch: asks the fill table about operations under way, with the locking, paths and file sizes
 * that takes. Costs one relaxed load where nothing is watched.
 * Not here: the decisions (fill.h) and
 * the operations themselves (passthrough.h).
 */
#ifndef FUSE_FS_WATCH_H
#define FUSE_FS_WATCH_H

#include "passthrough.h"

static inline bool watch_is_on(const struct fillfs *fs, enum fill_op op)
{
	return atomic_load_explicit(&fs->watched, memory_order_relaxed) & FILL_OP_BIT(op);
}

/**
 * watch_end - the operation of this thread is over: log it, where it was watched and logs are
 * wanted. Called before the caller is told.
 * @error: an errno value, or 0.
 * @done: bytes read or written.
 */
void watch_end(struct fillfs *fs, int error, uint64_t done);

/**
 * watch_update - after a change of the table or of what is logged: what has to be watched from now
 * on.
 * @calm: delayed operations go on at once.
 *
 * Called with the lock of the table held.
 */
void watch_update(struct fillfs *fs, bool calm);

/** watch_op - whether a rule fails this operation on @name in @inode, or on @inode if NULL. Returns
 * 0 or an errno. */
int watch_op(struct fillfs *fs, enum fill_op op, struct inode *inode, const char *name);

/** watch_read - as watch_op(), for a read of @length bytes. A read is never shortened: that would
 * say end of file. */
int watch_read(struct fillfs *fs, struct inode *inode, size_t length);

/** watch_read_end - as watch_end() for a read that is answered with what there is. */
void watch_read_end(struct fillfs *fs, struct inode *inode, size_t length, off_t offset);

/* Bytes about to be written: filled in by the caller, @length and @held by watch_write(). */
struct watch_write {
	enum fill_op op;
	struct inode *inode;
	int fd; /* open for writing */
	off_t offset;
	size_t length;
	bool whole; /* all of it or nothing */
	uint64_t held;
};

/**
 * watch_write - whether bytes may be written, and how many; promises the space.
 *
 * Returns 0, with watch_written() to follow, or an errno.
 */
int watch_write(struct fillfs *fs, struct watch_write *write);

/** watch_written - book what a write did. */
void watch_written(struct fillfs *fs, const struct watch_write *write);

/** watch_resized - book the size of a file that may have shrunk or grown in another way. */
void watch_resized(struct fillfs *fs, struct inode *inode);

/** watch_create - whether @name may be made in @parent. Returns 0, with watch_created() to follow,
 * or an errno. */
int watch_create(struct fillfs *fs, enum fill_op op, struct inode *parent, const char *name);

/** watch_created - book the new file; NULL: nothing was made after all. */
void watch_created(struct fillfs *fs, enum fill_op op, struct inode *inode);

/* A name about to be removed or replaced. */
struct watch_victim {
	bool exists;
	struct stat st;
	struct inode *inode; /* a reference, or NULL: the kernel does not know it */
};

/** watch_remove - look at what @name in @parent is before it is gone. Always followed by
 * watch_removed(). */
void watch_remove(struct fillfs *fs, struct inode *parent, const char *name,
		  struct watch_victim *victim);

/** watch_removed - book that the name is gone, unless @kept. */
void watch_removed(struct fillfs *fs, struct watch_victim *victim, bool kept);

/** watch_closed - book that the last handle of a file may have been closed. */
void watch_closed(struct fillfs *fs, struct inode *inode);

#endif
