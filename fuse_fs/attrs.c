/* SPDX-License-Identifier: MIT */
/*
 * attrs: the operations of the mount on attributes, sizes and extended attributes.
 * Not here: contents (files.c).
 */
#include "crash.h"
#include "operations.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

void attrs_get(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	struct stat st;

	(void)fi;
	if (fstat(inode_of(fs, ino)->fd, &st) < 0) {
		reply_error(req, errno);
	} else {
		watch_end(fs, 0, 0);
		fuse_reply_attr(req, &st, cache_s(fs));
	}
}

static int set_size(struct fillfs *fs, struct inode *inode, off_t size,
		    const struct fuse_file_info *fi)
{
	int error = watch_op(fs, FILL_TRUNCATE, inode, NULL);

	if (error) {
		errno = error;
		return -1;
	}
	watch_resized(fs, inode);
	error = crash_change(fs, inode, fi, size, INT64_MAX);
	if (error) {
		errno = error;
		return -1;
	}
	int rc = fi ? ftruncate(crash_fd(fi), size) : truncate(fd_link(inode->fd).path, size);

	crash_changed(fs);
	error = errno;
	watch_resized(fs, inode);
	errno = error;
	return rc;
}

static int set_times(const struct inode *inode, const struct stat *attr, int to_set)
{
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_OMIT}};

	if (to_set & FUSE_SET_ATTR_ATIME_NOW)
		times[0].tv_nsec = UTIME_NOW;
	else if (to_set & FUSE_SET_ATTR_ATIME)
		times[0] = attr->st_atim;
	if (to_set & FUSE_SET_ATTR_MTIME_NOW)
		times[1].tv_nsec = UTIME_NOW;
	else if (to_set & FUSE_SET_ATTR_MTIME)
		times[1] = attr->st_mtim;
	return utimensat(inode->fd, "", times, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
}

void attrs_set(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
	       struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	struct inode *inode = inode_of(fs, ino);
	int error = (to_set & FUSE_SET_ATTR_SIZE) ? 0 : watch_op(fs, FILL_SETATTR, inode, NULL);

	if (error) {
		reply_error(req, error);
		return;
	}
	uid_t uid = (to_set & FUSE_SET_ATTR_UID) ? attr->st_uid : (uid_t)-1;
	gid_t gid = (to_set & FUSE_SET_ATTR_GID) ? attr->st_gid : (gid_t)-1;
	const int owner = FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID;
	const int times = FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME;

	if ((to_set & FUSE_SET_ATTR_MODE &&
	     fchmodat(AT_FDCWD, fd_link(inode->fd).path, attr->st_mode, 0) < 0) ||
	    (to_set & owner &&
	     fchownat(inode->fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW) < 0) ||
	    (to_set & FUSE_SET_ATTR_SIZE && set_size(fs, inode, attr->st_size, fi) < 0) ||
	    (to_set & times && set_times(inode, attr, to_set) < 0))
		reply_error(req, errno);
	else
		attrs_get(req, ino, fi);
}

void attrs_set_extended(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
			size_t size, int flags)
{
	struct fillfs *fs = fs_of(req);
	struct inode *inode = inode_of(fs, ino);
	int error = watch_op(fs, FILL_SETXATTR, inode, NULL);

	if (error)
		reply_error(req, error);
	else
		reply_result(req, setxattr(fd_link(inode->fd).path, name, value, size, flags));
}

void attrs_remove_extended(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct fillfs *fs = fs_of(req);
	struct inode *inode = inode_of(fs, ino);
	int error = watch_op(fs, FILL_SETXATTR, inode, NULL);

	if (error)
		reply_error(req, error);
	else
		reply_result(req, removexattr(fd_link(inode->fd).path, name));
}

/* Reply with the value or the list, or with its size where no room was given; `name` NULL: the
 * list. */
static void reply_xattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct fd_link link = fd_link(inode_of(fs_of(req), ino)->fd);
	char *value = size ? malloc(size) : NULL;

	if (size && !value) {
		reply_error(req, ENOMEM);
		return;
	}
	ssize_t n =
		name ? getxattr(link.path, name, value, size) : listxattr(link.path, value, size);

	if (n < 0)
		reply_error(req, errno);
	else if (size)
		fuse_reply_buf(req, value, (size_t)n);
	else
		fuse_reply_xattr(req, (size_t)n);
	free(value);
}

void attrs_get_extended(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	reply_xattr(req, ino, name, size);
}

void attrs_list_extended(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	reply_xattr(req, ino, NULL, size);
}
