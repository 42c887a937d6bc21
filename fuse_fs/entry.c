/* SPDX-License-Identifier: MIT */
/*
 * entry: what a name stands for, as the kernel is told: the file's attributes, with a reference on
 * its inode. And the answers that have no more in them than an error.
 * Not here: any operation (see operations.h).
 */
#include "operations.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct fd_link fd_link(int fd)
{
	struct fd_link link;

	snprintf(link.path, sizeof(link.path), "/proc/self/fd/%d", fd);
	return link;
}

void reply_error(fuse_req_t req, int error)
{
	watch_end(fs_of(req), error, 0);
	fuse_reply_err(req, error);
}

void reply_result(fuse_req_t req, int rc)
{
	reply_error(req, rc < 0 ? errno : 0);
}

static void entry_prepare(struct fillfs *fs, struct fuse_entry_param *e)
{
	*e = (struct fuse_entry_param){.attr_timeout = cache_s(fs), .entry_timeout = cache_s(fs)};
}

int entry_open(struct fillfs *fs, struct inode *parent, const char *name,
	       struct fuse_entry_param *e)
{
	int fd = openat(parent->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	entry_prepare(fs, e);
	if (fd < 0)
		return errno;
	if (fstat(fd, &e->attr) < 0) {
		int error = errno;

		close(fd);
		return error;
	}
	struct inode *inode = inode_add(&fs->inodes, fd, &e->attr);

	e->ino = (fuse_ino_t)(uintptr_t)inode;
	return inode ? 0 : ENOMEM;
}

int entry_find(struct fillfs *fs, struct inode *parent, const char *name,
	       struct fuse_entry_param *e)
{
	entry_prepare(fs, e);
	if (fstatat(parent->fd, name, &e->attr, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	struct inode *inode = inode_find(&fs->inodes, &e->attr);

	/* What is opened counts: the name may have been taken by another file meanwhile. */
	if (!inode)
		return entry_open(fs, parent, name, e);
	e->ino = (fuse_ino_t)(uintptr_t)inode;
	return 0;
}

void entry_drop(struct fillfs *fs, const struct fuse_entry_param *e)
{
	inode_put(&fs->inodes, inode_of(fs, e->ino), 1);
}
