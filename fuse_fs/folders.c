/* SPDX-License-Identifier: MIT */
/*
 * folders: the operations of the mount on open folders.
 * Not here: single names (names.c).
 */
#include "operations.h"
#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* An open directory: the stream, and the entry that did not fit into the last reply. */
struct dir {
	DIR *stream;
	struct dirent *entry;
	off_t offset;
};

static struct dir *dir_of(const struct fuse_file_info *fi)
{
	return (struct dir *)(uintptr_t)fi->fh;
}

void folders_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
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

void folders_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct dir *dir = dir_of(fi);

	(void)ino;
	closedir(dir->stream);
	free(dir);
	reply_error(req, 0);
}

void folders_sync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
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

void folders_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		  struct fuse_file_info *fi)
{
	read_dir(req, ino, size, offset, fi, false);
}

void folders_read_plus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		       struct fuse_file_info *fi)
{
	read_dir(req, ino, size, offset, fi, true);
}
