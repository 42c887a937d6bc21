/* SPDX-License-Identifier: MIT */
/*
 * operations: what the operations of a mount share, and the operations themselves, each as libfuse
 * calls it (struct fuse_lowlevel_ops says what their arguments are). They answer every request
 * once.
 * Not here: which of them a mount has (passthrough.c), what is said and failed (watch.h).
 */
#ifndef FUSE_FS_OPERATIONS_H
#define FUSE_FS_OPERATIONS_H

#include "passthrough.h"

#define CACHE_S 86400.0

static inline struct fillfs *fs_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static inline struct inode *inode_of(struct fillfs *fs, fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? &fs->root : (struct inode *)(uintptr_t)ino;
}

/* How long the kernel may believe what it is told. */
static inline double cache_s(const struct fillfs *fs)
{
	return fs->shared ? 0 : CACHE_S;
}

/* "/proc/self/fd/N": for system calls that take no descriptor opened with O_PATH. */
struct fd_link {
	char path[32];
};

struct fd_link fd_link(int fd);

/** reply_error - the operation is over: @error is an errno value or 0. Every other answer goes with
 * watch_end() before it. */
void reply_error(fuse_req_t req, int error);

/** reply_result - as reply_error(), with errno where @rc is negative. */
void reply_result(fuse_req_t req, int rc);

/** entry_open - find @name and take a reference on it for the kernel. Returns 0 or an errno value.
 */
int entry_open(struct fillfs *fs, struct inode *parent, const char *name,
	       struct fuse_entry_param *e);

/** entry_find - the same, and cheaper where the kernel knows the file already. */
int entry_find(struct fillfs *fs, struct inode *parent, const char *name,
	       struct fuse_entry_param *e);

/** entry_drop - the kernel did not take the reference. */
void entry_drop(struct fillfs *fs, const struct fuse_entry_param *e);

/** caller_enter - make this thread create files as the caller would, until caller_leave(). */
void caller_enter(fuse_req_t req);

/** caller_leave - keeps errno. */
void caller_leave(fuse_req_t req);

void names_lookup(fuse_req_t req, fuse_ino_t parent, const char *name);
void names_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup);
void names_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets);
void names_mknod(fuse_req_t req, fuse_ino_t parent_ino, const char *name, mode_t mode, dev_t rdev);
void names_mkdir(fuse_req_t req, fuse_ino_t parent_ino, const char *name, mode_t mode);
void names_symlink(fuse_req_t req, const char *target, fuse_ino_t parent_ino, const char *name);
void names_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent_ino, const char *name);
void names_unlink(fuse_req_t req, fuse_ino_t parent, const char *name);
void names_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name);
void names_rename(fuse_req_t req, fuse_ino_t parent_ino, const char *name,
		  fuse_ino_t new_parent_ino, const char *new_name, unsigned int flags);
void names_readlink(fuse_req_t req, fuse_ino_t ino);

void attrs_get(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void attrs_set(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
	       struct fuse_file_info *fi);
void attrs_set_extended(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
			size_t size, int flags);
void attrs_remove_extended(fuse_req_t req, fuse_ino_t ino, const char *name);
void attrs_get_extended(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size);
void attrs_list_extended(fuse_req_t req, fuse_ino_t ino, size_t size);

void files_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void files_create(fuse_req_t req, fuse_ino_t parent_ino, const char *name, mode_t mode,
		  struct fuse_file_info *fi);
void files_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		struct fuse_file_info *fi);
void files_write(fuse_req_t req, fuse_ino_t ino, struct fuse_bufvec *in, off_t offset,
		 struct fuse_file_info *fi);
void files_copy(fuse_req_t req, fuse_ino_t ino, off_t offset, struct fuse_file_info *fi,
		fuse_ino_t out_ino, off_t out_offset, struct fuse_file_info *out_fi, size_t length,
		int flags);
void files_allocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t offset, off_t length,
		    struct fuse_file_info *fi);
void files_seek(fuse_req_t req, fuse_ino_t ino, off_t offset, int whence,
		struct fuse_file_info *fi);
void files_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void files_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void files_sync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi);

void folders_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void folders_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi);
void folders_sync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi);
void folders_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		  struct fuse_file_info *fi);
void folders_read_plus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset,
		       struct fuse_file_info *fi);

#endif
