/* SPDX-License-Identifier: MIT */
/*
 * passthrough: the operations of the mount on the source folder.
 * Not here: what is said and failed (fill.h), the process around it (fillfs.c).
 *
 * Data goes by splice where the kernel can; names and attributes are cached by the kernel for good,
 * since all changes come through the mount (not so with -o shared). Locks are left to the kernel.
 * Where root serves, the kernel checks permissions and new files are made with the caller's ids.
 */
#include "passthrough.h"

#include "crash.h"
#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CACHE_S 86400.0

/* An open directory: the stream, and the entry that did not fit into the last reply. */
struct dir {
	DIR *stream;
	struct dirent *entry;
	off_t offset;
};

/* "/proc/self/fd/N": for system calls that take no descriptor opened with O_PATH. */
struct fd_link {
	char path[32];
};

static struct fd_link fd_link(int fd)
{
	struct fd_link link;

	snprintf(link.path, sizeof(link.path), "/proc/self/fd/%d", fd);
	return link;
}

static struct fillfs *fs_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static struct inode *inode_of(struct fillfs *fs, fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? &fs->root : (struct inode *)(uintptr_t)ino;
}

static struct dir *dir_of(const struct fuse_file_info *fi)
{
	return (struct dir *)(uintptr_t)fi->fh;
}

static double cache_s(const struct fillfs *fs)
{
	return fs->shared ? 0 : CACHE_S;
}

/* Every answer goes with watch_end() before it. */
static void reply_error(fuse_req_t req, int error)
{
	watch_end(fs_of(req), error, 0);
	fuse_reply_err(req, error);
}

static void reply_result(fuse_req_t req, int rc)
{
	reply_error(req, rc < 0 ? errno : 0);
}

/* ---- the caller's identity ---- */

/*
 * Make this thread create files as the caller would. The mask is one of the process until the
 * thread has its own; with SECBIT_NO_SETUID_FIXUP (see fillfs.c) the change of user costs no
 * capability.
 */
static void caller_enter(fuse_req_t req)
{
	static _Thread_local bool has_own_umask;
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	if (!has_own_umask)
		has_own_umask = unshare(CLONE_FS) == 0;
	umask(ctx->umask);
	if (fs_of(req)->is_root) {
		setfsgid(ctx->gid);
		setfsuid(ctx->uid);
	}
}

/* Keeps errno. */
static void caller_leave(fuse_req_t req)
{
	if (fs_of(req)->is_root) {
		setfsuid(0);
		setfsgid(0);
	}
}

/* ---- names ---- */

/* Find `name` and take a reference for the kernel. Returns 0 or an errno. */
static int entry_find(struct fillfs *fs, struct inode *parent, const char *name,
		      struct fuse_entry_param *e)
{
	*e = (struct fuse_entry_param){.attr_timeout = cache_s(fs), .entry_timeout = cache_s(fs)};
	if (fstatat(parent->fd, name, &e->attr, AT_SYMLINK_NOFOLLOW) < 0)
		return errno;
	struct inode *inode = inode_find(&fs->inodes, &e->attr);

	if (!inode) {
		int fd = openat(parent->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

		if (fd < 0)
			return errno;
		/* What was opened counts: the name may have been taken by another file meanwhile.
		 */
		if (fstat(fd, &e->attr) < 0) {
			int error = errno;

			close(fd);
			return error;
		}
		inode = inode_add(&fs->inodes, fd, &e->attr);
		if (!inode)
			return ENOMEM;
	}
	e->ino = (fuse_ino_t)(uintptr_t)inode;
	return 0;
}

static void entry_drop(struct fillfs *fs, const struct fuse_entry_param *e)
{
	inode_put(&fs->inodes, inode_of(fs, e->ino), 1);
}

/* A caller that is gone does not take the reference. */
static void entry_reply(fuse_req_t req, const struct fuse_entry_param *e)
{
	struct fillfs *fs = fs_of(req);

	watch_end(fs, 0, 0);
	if (fuse_reply_entry(req, e) < 0 && e->ino)
		entry_drop(fs, e);
}

static void pt_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fillfs *fs = fs_of(req);
	struct fuse_entry_param e;
	int error = entry_find(fs, inode_of(fs, parent), name, &e);

	/* A name that is not there is cached too: inode number 0. */
	if (error == ENOENT && !fs->shared)
		error = 0;
	if (error)
		reply_error(req, error);
	else
		entry_reply(req, &e);
}

static void pt_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	struct fillfs *fs = fs_of(req);

	if (ino != FUSE_ROOT_ID)
		inode_put(&fs->inodes, inode_of(fs, ino), nlookup);
	fuse_reply_none(req);
}

static void pt_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
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
		error = entry_find(fs, parent, name, &e);
	watch_created(fs, op, error ? NULL : inode_of(fs, e.ino));
	if (error)
		reply_error(req, error);
	else
		entry_reply(req, &e);
}

static void pt_mknod(fuse_req_t req, fuse_ino_t parent_ino, const char *name, mode_t mode,
		     dev_t rdev)
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

static void pt_mkdir(fuse_req_t req, fuse_ino_t parent_ino, const char *name, mode_t mode)
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

static void pt_symlink(fuse_req_t req, const char *target, fuse_ino_t parent_ino, const char *name)
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

static void pt_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent_ino, const char *name)
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

static void pt_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_name(req, FILL_UNLINK, parent, name, 0);
}

static void pt_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	remove_name(req, FILL_RMDIR, parent, name, AT_REMOVEDIR);
}

static void pt_rename(fuse_req_t req, fuse_ino_t parent_ino, const char *name,
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

static void pt_readlink(fuse_req_t req, fuse_ino_t ino)
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

/* ---- attributes ---- */

static void pt_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
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

static void pt_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
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
		pt_getattr(req, ino, fi);
}

static void pt_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
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

static void pt_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
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

static void pt_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	reply_xattr(req, ino, name, size);
}

static void pt_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	reply_xattr(req, ino, NULL, size);
}

/* ---- files ---- */

/*
 * The flags for the source file. The kernel appends and does direct I/O by itself: every write has
 * its offset, and pages written back later must not go to the end.
 */
static int source_flags(const struct fillfs *fs, int flags)
{
	flags &= ~(O_NOFOLLOW | O_DIRECT | O_CREAT | O_EXCL | O_APPEND);
	/* Writing part of a page back takes reading the rest of it. */
	if (fs->writeback && (flags & O_ACCMODE) == O_WRONLY)
		flags = (flags & ~O_ACCMODE) | O_RDWR;
	return flags | O_CLOEXEC;
}

static void file_info_fill(const struct fillfs *fs, struct fuse_file_info *fi, int fd)
{
	fi->fh = crash_handle(fs, fd);
	fi->keep_cache = !fs->shared;
	/* Nothing to report when a file only read is closed, unless a rule or the log wants it. */
	fi->noflush = (fi->flags & O_ACCMODE) == O_RDONLY && !watch_is_on(fs, FILL_CLOSE);
}

static void file_close(struct fillfs *fs, struct inode *inode, int fd)
{
	close(fd);
	atomic_fetch_sub(&inode->opens, 1);
	watch_closed(fs, inode);
}

static void pt_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	struct inode *inode = inode_of(fs, ino);
	int error = watch_op(fs, FILL_OPEN, inode, NULL);

	if (error) {
		reply_error(req, error);
		return;
	}
	if (fi->flags & O_TRUNC) {
		watch_resized(fs, inode);
		error = crash_change(fs, inode, NULL, 0, INT64_MAX);
		if (error) {
			reply_error(req, error);
			return;
		}
	}
	atomic_fetch_add(&inode->opens, 1);
	int fd = open(fd_link(inode->fd).path, source_flags(fs, fi->flags));

	error = errno;
	if (fi->flags & O_TRUNC)
		crash_changed(fs);
	if (fd < 0) {
		atomic_fetch_sub(&inode->opens, 1);
		reply_error(req, error);
		return;
	}
	if (fi->flags & O_TRUNC)
		watch_resized(fs, inode);
	file_info_fill(fs, fi, fd);
	watch_end(fs, 0, 0);
	if (fuse_reply_open(req, fi) < 0)
		file_close(fs, inode, fd);
}

/* Make the file, or open it if it was made meanwhile and the caller takes that too. Returns a
 * descriptor or -1. */
static int create_file(fuse_req_t req, struct inode *parent, const char *name, mode_t mode,
		       int flags, bool *made)
{
	int wanted = source_flags(fs_of(req), flags) | O_NOFOLLOW;

	caller_enter(req);
	int fd = openat(parent->fd, name, wanted | O_CREAT | O_EXCL, mode);

	*made = fd >= 0;
	if (fd < 0 && errno == EEXIST && !(flags & O_EXCL))
		fd = openat(parent->fd, name, wanted);
	caller_leave(req);
	return fd;
}

static void pt_create(fuse_req_t req, fuse_ino_t parent_ino, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	struct inode *parent = inode_of(fs, parent_ino);
	struct fuse_entry_param e = {0};
	bool made;
	int error = watch_create(fs, FILL_CREATE, parent, name);

	if (error) {
		reply_error(req, error);
		return;
	}
	int fd = create_file(req, parent, name, mode, fi->flags, &made);

	error = fd < 0 ? errno : entry_find(fs, parent, name, &e);
	watch_created(fs, FILL_CREATE, made && !error ? inode_of(fs, e.ino) : NULL);
	if (error) {
		if (fd >= 0)
			close(fd);
		reply_error(req, error);
		return;
	}
	atomic_fetch_add(&inode_of(fs, e.ino)->opens, 1);
	file_info_fill(fs, fi, fd);
	watch_end(fs, 0, 0);
	if (fuse_reply_create(req, &e, fi) < 0) {
		file_close(fs, inode_of(fs, e.ino), fd);
		entry_drop(fs, &e);
	}
}

static void pt_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		    struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	int error = crash_is_over(fs, fi) ? EIO : watch_read(fs, inode_of(fs, ino), size);

	if (error) {
		reply_error(req, error);
		return;
	}
	struct fuse_bufvec data = FUSE_BUFVEC_INIT(size);

	data.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	data.buf[0].fd = crash_fd(fi);
	data.buf[0].pos = offset;
	watch_read_end(fs, inode_of(fs, ino), size, offset);
	fuse_reply_data(req, &data, FUSE_BUF_SPLICE_MOVE);
}

/* Before bytes up to `end` change. Returns 0, with change_end() to follow, or an errno. */
static int change_begin(struct fillfs *fs, struct watch_write *write,
			const struct fuse_file_info *fi, off_t end)
{
	int error = crash_is_over(fs, fi) ? EIO : watch_write(fs, write);

	if (error)
		return error;
	error = crash_change(fs, write->inode, fi, write->offset, end);
	if (error)
		watch_written(fs, write);
	return error;
}

static void change_end(struct fillfs *fs, const struct watch_write *write)
{
	crash_changed(fs);
	watch_written(fs, write);
}

/* @n: bytes, or -errno. */
static void reply_written(fuse_req_t req, ssize_t n)
{
	if (n < 0) {
		reply_error(req, (int)-n);
		return;
	}
	watch_end(fs_of(req), 0, (uint64_t)n);
	fuse_reply_write(req, (size_t)n);
}

/* In a shared folder only the source knows where the end is. Returns bytes written, or -errno. */
static ssize_t append_buf(int fd, struct fuse_bufvec *in, size_t length)
{
	struct fuse_bufvec copy = FUSE_BUFVEC_INIT(length);
	ssize_t n = -ENOMEM;

	copy.buf[0].mem = malloc(length);
	if (copy.buf[0].mem)
		n = fuse_buf_copy(&copy, in, 0);
	if (n >= 0) {
		struct iovec data = {.iov_base = copy.buf[0].mem, .iov_len = (size_t)n};

		n = pwritev2(fd, &data, 1, 0, RWF_APPEND);
		n = n < 0 ? -errno : n;
	}
	free(copy.buf[0].mem);
	return n;
}

static ssize_t write_buf(int fd, struct fuse_bufvec *in, size_t length, off_t offset)
{
	struct fuse_bufvec out = FUSE_BUFVEC_INIT(length);

	out.buf[0].flags = FUSE_BUF_IS_FD | FUSE_BUF_FD_SEEK;
	out.buf[0].fd = fd;
	out.buf[0].pos = offset;
	return fuse_buf_copy(&out, in, 0);
}

static void pt_write_buf(fuse_req_t req, fuse_ino_t ino, struct fuse_bufvec *in, off_t offset,
			 struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	bool appends = fs->shared && fi->flags & O_APPEND && !fi->writepage;
	struct watch_write write = {
		.op = FILL_WRITE,
		.inode = inode_of(fs, ino),
		.fd = crash_fd(fi),
		.offset = appends ? lseek(crash_fd(fi), 0, SEEK_END) : offset,
		.length = fuse_buf_size(in),
		.whole = fi->writepage, /* nobody is there to write the rest */
	};
	int error = change_begin(fs, &write, fi, offset + (off_t)write.length);

	if (error) {
		reply_error(req, error);
		return;
	}
	ssize_t n = appends ? append_buf(write.fd, in, write.length)
			    : write_buf(write.fd, in, write.length, offset);

	change_end(fs, &write);
	if (n >= 0 && fi->flags & (O_SYNC | O_DSYNC))
		crash_synced(fs, write.inode);
	reply_written(req, n);
}

static void pt_copy_file_range(fuse_req_t req, fuse_ino_t ino, off_t offset,
			       struct fuse_file_info *fi, fuse_ino_t out_ino, off_t out_offset,
			       struct fuse_file_info *out_fi, size_t length, int flags)
{
	struct fillfs *fs = fs_of(req);
	struct watch_write write = {
		.op = FILL_WRITE,
		.inode = inode_of(fs, out_ino),
		.fd = crash_fd(out_fi),
		.offset = out_offset,
		.length = length,
	};
	int error = crash_is_over(fs, fi) ? EIO : watch_read(fs, inode_of(fs, ino), length);

	if (!error)
		error = change_begin(fs, &write, out_fi, out_offset + (off_t)length);
	if (error) {
		reply_error(req, error);
		return;
	}
	ssize_t n = copy_file_range(crash_fd(fi), &offset, crash_fd(out_fi), &out_offset,
				    write.length, (unsigned int)flags);

	if (n < 0)
		n = -errno;
	change_end(fs, &write);
	reply_written(req, n);
}

static void pt_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
			 struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	const int moves = FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE;
	const int frees = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE;
	struct watch_write write = {
		.op = FILL_FALLOCATE,
		.inode = inode_of(fs, ino),
		.fd = crash_fd(fi),
		.offset = offset,
		.length = (mode & frees) ? 0 : (size_t)length,
		.whole = true,
	};
	int error = change_begin(fs, &write, fi, (mode & moves) ? INT64_MAX : offset + length);

	if (error) {
		reply_error(req, error);
		return;
	}
	error = fallocate(crash_fd(fi), mode, offset, length) < 0 ? errno : 0;
	change_end(fs, &write);
	reply_error(req, error);
}

static void pt_lseek(fuse_req_t req, fuse_ino_t ino, off_t offset, int whence,
		     struct fuse_file_info *fi)
{
	off_t found = crash_is_over(fs_of(req), fi) ? (errno = EIO, -1)
						    : lseek(crash_fd(fi), offset, whence);

	(void)ino;
	if (found < 0)
		reply_error(req, errno);
	else
		fuse_reply_lseek(req, found);
}

/* Closing a copy tells what close() would, also each time one of several descriptors is closed. */
static void pt_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	int error = crash_is_over(fs, fi) ? EIO : watch_op(fs, FILL_CLOSE, inode_of(fs, ino), NULL);
	int fd = fcntl(crash_fd(fi), F_DUPFD_CLOEXEC, 0);

	if ((fd < 0 || close(fd) < 0) && !error)
		error = errno;
	reply_error(req, error);
}

static void pt_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);

	file_close(fs, inode_of(fs, ino), crash_fd(fi));
	reply_error(req, 0);
}

static void pt_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	struct inode *inode = inode_of(fs, ino);
	int error = crash_is_over(fs, fi) ? EIO : watch_op(fs, FILL_FSYNC, inode, NULL);

	if (!error && (datasync ? fdatasync(crash_fd(fi)) : fsync(crash_fd(fi))) < 0)
		error = errno;
	if (!error)
		crash_synced(fs, inode);
	reply_error(req, error);
}

/* ---- directories ---- */

static void pt_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	int fd = openat(inode_of(fs, ino)->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dir *dir = fd < 0 ? NULL : calloc(1, sizeof(*dir));

	if (dir)
		dir->stream = fdopendir(fd);
	if (!dir || !dir->stream) {
		int error = errno;

		free(dir);
		if (fd >= 0)
			close(fd);
		reply_error(req, error);
		return;
	}
	fi->fh = (uint64_t)(uintptr_t)dir;
	fi->keep_cache = !fs->shared;
	fi->cache_readdir = !fs->shared;
	if (fuse_reply_open(req, fi) < 0) {
		closedir(dir->stream);
		free(dir);
	}
}

static void pt_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct dir *dir = dir_of(fi);

	(void)ino;
	closedir(dir->stream);
	free(dir);
	reply_error(req, 0);
}

static void pt_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	int error = watch_op(fs, FILL_FSYNC, inode_of(fs, ino), NULL);
	int fd = dirfd(dir_of(fi)->stream);

	if (error)
		reply_error(req, error);
	else
		reply_result(req, datasync ? fdatasync(fd) : fsync(fd));
}

/* The entry to go on with: NULL at the end, or with errno set where reading failed. */
static const struct dirent *dir_next(struct dir *dir, off_t offset)
{
	if (offset != dir->offset) {
		seekdir(dir->stream, offset);
		dir->entry = NULL;
		dir->offset = offset;
	}
	errno = 0;
	if (!dir->entry)
		dir->entry = readdir(dir->stream);
	return dir->entry;
}

/*
 * Put one entry into `buf`. Returns its size, more than `left` where it does not fit. `e` is all
 * zero where the kernel got no reference: a plain entry, or one that vanished meanwhile.
 */
static size_t dir_add(fuse_req_t req, struct inode *inode, const struct dirent *entry, bool plus,
		      char *buf, size_t left)
{
	struct fillfs *fs = fs_of(req);
	struct fuse_entry_param e = {
		.attr = {.st_ino = entry->d_ino, .st_mode = (mode_t)entry->d_type << 12},
	};

	if (!plus)
		return fuse_add_direntry(req, buf, left, entry->d_name, &e.attr, entry->d_off);
	if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
	    entry_find(fs, inode, entry->d_name, &e) != 0)
		e = (struct fuse_entry_param){
			.attr = {.st_ino = entry->d_ino, .st_mode = (mode_t)entry->d_type << 12},
		};
	size_t size = fuse_add_direntry_plus(req, buf, left, entry->d_name, &e, entry->d_off);

	if (size > left && e.ino)
		entry_drop(fs, &e);
	return size;
}

static void read_dir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		     const struct fuse_file_info *fi, bool plus)
{
	struct fillfs *fs = fs_of(req);
	struct inode *inode = inode_of(fs, ino);
	struct dir *dir = dir_of(fi);
	int error = watch_op(fs, FILL_READDIR, inode, NULL);
	char *buf = error ? NULL : malloc(size);
	size_t used = 0;

	if (!buf) {
		reply_error(req, error ? error : ENOMEM);
		return;
	}
	for (;;) {
		const struct dirent *entry = dir_next(dir, offset);

		if (!entry) {
			error = errno;
			break;
		}
		size_t added = dir_add(req, inode, entry, plus, buf + used, size - used);

		if (added > size - used)
			break;
		used += added;
		offset = dir->offset = entry->d_off;
		dir->entry = NULL;
	}
	/* What was read before the error is given first: the kernel holds references on it. */
	if (error && !used) {
		reply_error(req, error);
	} else {
		watch_end(fs, 0, 0);
		fuse_reply_buf(req, buf, used);
	}
	free(buf);
}

static void pt_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		       struct fuse_file_info *fi)
{
	read_dir(req, ino, size, offset, fi, false);
}

static void pt_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
			   struct fuse_file_info *fi)
{
	read_dir(req, ino, size, offset, fi, true);
}

/* ---- the whole file system ---- */

static void amounts_from(const struct statvfs *st, struct fill_amounts *real)
{
	*real = (struct fill_amounts){
		.block_size = st->f_frsize ? st->f_frsize : 512,
		.blocks = st->f_blocks,
		.free = st->f_bfree,
		.available = st->f_bavail,
		.files = st->f_files,
		.files_free = st->f_ffree,
	};
}

int passthrough_real(const struct fillfs *fs, struct fill_amounts *real)
{
	struct statvfs st;

	if (fstatvfs(fs->root.fd, &st) < 0)
		return -errno;
	amounts_from(&st, real);
	return 0;
}

static void pt_statfs(fuse_req_t req, fuse_ino_t ino)
{
	struct fillfs *fs = fs_of(req);
	struct inode *inode = inode_of(fs, ino);
	struct statvfs st;
	struct fill_amounts real;
	int error = watch_op(fs, FILL_STATFS, inode, NULL);

	if (!error && fstatvfs(inode->fd, &st) < 0)
		error = errno;
	if (error) {
		reply_error(req, error);
		return;
	}
	amounts_from(&st, &real);
	pthread_mutex_lock(&fs->fill_lock);
	struct fill_amounts said = fill_said(&fs->fill, &real);

	pthread_mutex_unlock(&fs->fill_lock);
	if (said.block_size != real.block_size)
		st.f_bsize = said.block_size;
	st.f_frsize = said.block_size;
	st.f_blocks = said.blocks;
	st.f_bfree = said.free;
	st.f_bavail = said.available;
	st.f_files = said.files;
	st.f_ffree = said.files_free;
	watch_end(fs, 0, 0);
	fuse_reply_statfs(req, &st);
}

static void want(struct fuse_conn_info *conn, unsigned int caps)
{
	conn->want |= conn->capable & caps;
}

static void pt_init(void *userdata, struct fuse_conn_info *conn)
{
	struct fillfs *fs = userdata;

	want(conn, FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_SPLICE_MOVE |
			   FUSE_CAP_DONT_MASK | FUSE_CAP_PARALLEL_DIROPS);
	/* The kernel knows whose write takes the set-user-id bit away; we, as root, do not. */
	conn->want &= ~(unsigned int)FUSE_CAP_HANDLE_KILLPRIV;
	if (fs->is_root)
		want(conn, FUSE_CAP_POSIX_ACL);
	if (!fs->shared) {
		want(conn, FUSE_CAP_CACHE_SYMLINKS);
		conn->want &= ~(unsigned int)FUSE_CAP_AUTO_INVAL_DATA;
	}
	fs->writeback = fs->writeback && conn->capable & FUSE_CAP_WRITEBACK_CACHE;
	if (fs->writeback)
		want(conn, FUSE_CAP_WRITEBACK_CACHE);
	fs->ready(fs);
}

const struct fuse_lowlevel_ops PASSTHROUGH_OPS = {
	.init = pt_init,
	.lookup = pt_lookup,
	.forget = pt_forget,
	.forget_multi = pt_forget_multi,
	.getattr = pt_getattr,
	.setattr = pt_setattr,
	.readlink = pt_readlink,
	.mknod = pt_mknod,
	.mkdir = pt_mkdir,
	.unlink = pt_unlink,
	.rmdir = pt_rmdir,
	.symlink = pt_symlink,
	.rename = pt_rename,
	.link = pt_link,
	.open = pt_open,
	.create = pt_create,
	.read = pt_read,
	.write_buf = pt_write_buf,
	.copy_file_range = pt_copy_file_range,
	.fallocate = pt_fallocate,
	.lseek = pt_lseek,
	.flush = pt_flush,
	.release = pt_release,
	.fsync = pt_fsync,
	.opendir = pt_opendir,
	.readdir = pt_readdir,
	.readdirplus = pt_readdirplus,
	.releasedir = pt_releasedir,
	.fsyncdir = pt_fsyncdir,
	.statfs = pt_statfs,
	.setxattr = pt_setxattr,
	.getxattr = pt_getxattr,
	.listxattr = pt_listxattr,
	.removexattr = pt_removexattr,
};
