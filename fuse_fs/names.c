/* SPDX-License-Identifier: MIT */
/*
 * names: the operations of the mount that look names up, make, move and remove them.
 * Not here: what the names stand for (attrs.c, files.c, folders.c).
 *
 * Names and attributes are cached by the kernel for good, since all changes come through the mount
 * (not so with -o shared). Where root serves, the kernel checks permissions and new files are made
 * with the caller's ids.
 */
#include "operations.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* A caller that is gone does not take the reference. */
static void entry_reply(fuse_req_t req, const struct fuse_entry_param *e)
{
	struct fillfs *fs = fs_of(req);

	watch_end(fs, 0, 0);
	if (fuse_reply_entry(req, e) < 0 && e->ino)
		entry_drop(fs, e);
}

void names_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fillfs *fs = fs_of(req);
	struct fuse_entry_param e;
	int error = entry_open(fs, inode_of(fs, parent), name, &e);

	/* A name that is not there is cached too: inode number 0. */
	if (error == ENOENT && !fs->shared)
		error = 0;
	if (error)
		reply_error(req, error);
	else
		entry_reply(req, &e);
}

void names_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	struct fillfs *fs = fs_of(req);

	if (ino != FUSE_ROOT_ID)
		inode_put(&fs->inodes, inode_of(fs, ino), nlookup);
	fuse_reply_none(req);
}

void names_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	struct fillfs *fs = fs_of(req);

	for (size_t i = 0; i < count; i++)
		if (forgets[i].ino != FUSE_ROOT_ID)
			inode_put(&fs->inodes, inode_of(fs, forgets[i].ino), forgets[i].nlookup);
	fuse_reply_none(req);
}

/* Book and reply with the file `made` made; it takes errno where that is negative. */
static void reply_made(fuse_req_t req, enum fill_op op, struct inode *parent, const char *name,
		       int made)
{
	struct fillfs *fs = fs_of(req);
	struct fuse_entry_param e;
	int error = made < 0 ? errno : 0;

	caller_leave(req);
	if (!error)
		error = entry_open(fs, parent, name, &e);
	watch_created(fs, op, error ? NULL : inode_of(fs, e.ino));
	if (error)
		reply_error(req, error);
	else
		entry_reply(req, &e);
}

void names_mknod(fuse_req_t req, fuse_ino_t parent_ino, const char *name, mode_t mode, dev_t rdev)
{
	struct inode *parent = inode_of(fs_of(req), parent_ino);
	int error = watch_create(fs_of(req), FILL_MKNOD, parent, name);

	if (error) {
		reply_error(req, error);
		return;
	}
	caller_enter(req);
	reply_made(req, FILL_MKNOD, parent, name, mknodat(parent->fd, name, mode, rdev));
}

void names_mkdir(fuse_req_t req, fuse_ino_t parent_ino, const char *name, mode_t mode)
{
	struct inode *parent = inode_of(fs_of(req), parent_ino);
	int error = watch_create(fs_of(req), FILL_MKDIR, parent, name);

	if (error) {
		reply_error(req, error);
		return;
	}
	caller_enter(req);
	reply_made(req, FILL_MKDIR, parent, name, mkdirat(parent->fd, name, mode));
}

void names_symlink(fuse_req_t req, const char *target, fuse_ino_t parent_ino, const char *name)
{
	struct inode *parent = inode_of(fs_of(req), parent_ino);
	int error = watch_create(fs_of(req), FILL_SYMLINK, parent, name);

	if (error) {
		reply_error(req, error);
		return;
	}
	caller_enter(req);
	reply_made(req, FILL_SYMLINK, parent, name, symlinkat(target, parent->fd, name));
}

void names_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent_ino, const char *name)
{
	struct fillfs *fs = fs_of(req);
	struct inode *parent = inode_of(fs, parent_ino);
	struct fuse_entry_param e;
	int error = watch_op(fs, FILL_LINK, parent, name);

	if (!error && linkat(AT_FDCWD, fd_link(inode_of(fs, ino)->fd).path, parent->fd, name,
			     AT_SYMLINK_FOLLOW) < 0)
		error = errno;
	if (!error)
		error = entry_find(fs, parent, name, &e);
	if (error)
		reply_error(req, error);
	else
		entry_reply(req, &e);
}

static void remove_name(fuse_req_t req, enum fill_op op, fuse_ino_t parent_ino, const char *name,
			int flags)
{
	struct fillfs *fs = fs_of(req);
	struct inode *parent = inode_of(fs, parent_ino);
	struct watch_victim victim;
	int error = watch_op(fs, op, parent, name);

	if (!error) {
		watch_remove(fs, parent, name, &victim);
		error = unlinkat(parent->fd, name, flags) < 0 ? errno : 0;
		watch_removed(fs, &victim, error);
	}
	reply_error(req, error);
}

void names_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_name(req, FILL_UNLINK, parent, name, 0);
}

void names_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_name(req, FILL_RMDIR, parent, name, AT_REMOVEDIR);
}

void names_rename(fuse_req_t req, fuse_ino_t parent_ino, const char *name,
		  fuse_ino_t new_parent_ino, const char *new_name, unsigned int flags)
{
	struct fillfs *fs = fs_of(req);
	struct inode *parent = inode_of(fs, parent_ino);
	struct inode *new_parent = inode_of(fs, new_parent_ino);
	struct watch_victim victim;
	int error = watch_op(fs, FILL_RENAME, parent, name);

	if (!error) {
		watch_remove(fs, new_parent, new_name, &victim);
		error = renameat2(parent->fd, name, new_parent->fd, new_name, flags) < 0 ? errno
											 : 0;
		watch_removed(fs, &victim, error || (flags & RENAME_EXCHANGE));
	}
	reply_error(req, error);
}

void names_readlink(fuse_req_t req, fuse_ino_t ino)
{
	char target[PATH_MAX + 1];
	ssize_t n = readlinkat(inode_of(fs_of(req), ino)->fd, "", target, sizeof(target));

	if (n < 0 || n == sizeof(target)) {
		reply_error(req, n < 0 ? errno : ENAMETOOLONG);
		return;
	}
	target[n] = '\0';
	fuse_reply_readlink(req, target);
}
