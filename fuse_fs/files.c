/* SPDX-License-Identifier: MIT */
/*
 * files: the operations of the mount on open files.
 * Not here: names (names.c), sizes set without writing (attrs.c).
 *
 * Data goes by splice where the kernel can. Locks are left to the kernel.
 */
#include "crash.h"
#include "operations.h"
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

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

void files_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
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

void files_create(fuse_req_t req, fuse_ino_t parent_ino, const char *name, mode_t mode,
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

	error = fd < 0 ? errno : entry_open(fs, parent, name, &e);
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

void files_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
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
	fuse_reply_data(req, &data, 0);
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

void files_write(fuse_req_t req, fuse_ino_t ino, struct fuse_bufvec *in, off_t offset,
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

void files_copy(fuse_req_t req, fuse_ino_t ino, off_t offset, struct fuse_file_info *fi,
		fuse_ino_t out_ino, off_t out_offset, struct fuse_file_info *out_fi, size_t length,
		int flags)
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

void files_allocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
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

void files_seek(fuse_req_t req, fuse_ino_t ino, off_t offset, int whence, struct fuse_file_info *fi)
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
void files_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);
	int error = crash_is_over(fs, fi) ? EIO : watch_op(fs, FILL_CLOSE, inode_of(fs, ino), NULL);
	int fd = fcntl(crash_fd(fi), F_DUPFD_CLOEXEC, 0);

	if ((fd < 0 || close(fd) < 0) && !error)
		error = errno;
	reply_error(req, error);
}

void files_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fillfs *fs = fs_of(req);

	file_close(fs, inode_of(fs, ino), crash_fd(fi));
	reply_error(req, 0);
}

void files_sync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
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
