/* SPDX-License-Identifier: MIT */
/*
 * crash: the undo of all changed files of a mount, and the crash.
 * Not here: see crash.h.
 *
 * A change holds crash_lock shared from before its old contents are read until it is done; the
 * crash holds it alone.
 */
#include "crash.h"

#include "undo.h"
#include "watch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

uint64_t crash_handle(const struct fillfs *fs, int fd)
{
	return (uint64_t)atomic_load(&fs->crashes) << 32 | (uint32_t)fd;
}

int crash_fd(const struct fuse_file_info *fi)
{
	return (int)(uint32_t)fi->fh;
}

bool crash_is_over(const struct fillfs *fs, const struct fuse_file_info *fi)
{
	return fi->fh >> 32 != atomic_load_explicit(&fs->crashes, memory_order_relaxed);
}

/* With undo_lock held; the reference goes with it. */
static void undo_drop(struct fillfs *fs, struct inode *inode)
{
	fs->undo_kept -= undo_kept(inode->undo);
	undo_end(inode->undo);
	inode->undo = NULL;
}

/* With undo_lock held. Returns 0 or -errno. */
static int undo_take(struct fillfs *fs, struct inode *inode, off_t start, off_t end)
{
	char path[32];

	if (!inode->undo) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", inode->fd);
		int rc = undo_begin(&inode->undo, path);

		if (rc < 0)
			return rc;
		inode_get(&fs->inodes, inode);
	}
	uint64_t before = undo_kept(inode->undo);
	int rc = undo_keep(inode->undo, start, end);

	fs->undo_kept += undo_kept(inode->undo) - before;
	return rc;
}

int crash_change(struct fillfs *fs, struct inode *inode, const struct fuse_file_info *fi,
		 off_t start, off_t end)
{
	if (!fs->crash)
		return 0;
	pthread_rwlock_rdlock(&fs->crash_lock);
	if (fi && crash_is_over(fs, fi)) {
		pthread_rwlock_unlock(&fs->crash_lock);
		return EIO;
	}
	pthread_mutex_lock(&fs->undo_lock);
	bool written_back = inode->undo && fs->undo_kept > CRASH_KEPT_MAX;

	if (written_back)
		undo_drop(fs, inode);
	int rc = undo_take(fs, inode, start, end);

	pthread_mutex_unlock(&fs->undo_lock);
	if (written_back)
		inode_put(&fs->inodes, inode, 1);
	if (rc < 0)
		pthread_rwlock_unlock(&fs->crash_lock);
	return -rc;
}

void crash_changed(struct fillfs *fs)
{
	int error = errno;

	if (fs->crash)
		pthread_rwlock_unlock(&fs->crash_lock);
	errno = error;
}

void crash_synced(struct fillfs *fs, struct inode *inode)
{
	if (!fs->crash)
		return;
	pthread_mutex_lock(&fs->undo_lock);
	bool dirty = inode->undo;

	if (dirty)
		undo_drop(fs, inode);
	pthread_mutex_unlock(&fs->undo_lock);
	if (dirty)
		inode_put(&fs->inodes, inode, 1);
}

/* Returns 0 or -errno. */
static int crash_inode(struct fillfs *fs, struct inode *inode)
{
	if (!inode->undo)
		return 0;
	int rc = undo_roll_back(inode->undo);

	watch_resized(fs, inode);
	crash_synced(fs, inode);
	return rc;
}

int crash_run(struct fillfs *fs)
{
	struct inode **inodes;
	size_t count;

	if (!fs->crash)
		return -EOPNOTSUPP;
	pthread_rwlock_wrlock(&fs->crash_lock);
	int rc = inode_table_list(&fs->inodes, &inodes, &count);

	if (rc < 0) {
		pthread_rwlock_unlock(&fs->crash_lock);
		return rc;
	}
	atomic_fetch_add(&fs->crashes, 1);
	for (size_t i = 0; i < count; i++) {
		int error = crash_inode(fs, inodes[i]);

		rc = rc ? rc : error;
	}
	pthread_rwlock_unlock(&fs->crash_lock);
	/* Without any lock: the kernel writes pages of old mappings back first, which is refused.
	 */
	for (size_t i = 0; i < count; i++) {
		fuse_lowlevel_notify_inval_inode(fs->session, (fuse_ino_t)(uintptr_t)inodes[i], 0,
						 0);
		inode_put(&fs->inodes, inodes[i], 1);
	}
	fuse_lowlevel_notify_inval_inode(fs->session, FUSE_ROOT_ID, 0, 0);
	free(inodes);
	return rc;
}
