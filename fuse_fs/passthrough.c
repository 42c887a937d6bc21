/* SPDX-License-Identifier: MIT */
/*
 * passthrough: a mount's operations as libfuse wants them, what is agreed on with the kernel, and
 * what is said about the whole file system.
 * Not here: the operations on names and files (operations.h), the process around it (fillfs.c).
 */
#include "operations.h"
#include "watch.h"

#include <errno.h>
#include <sys/statvfs.h>

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

	want(conn, FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE | FUSE_CAP_DONT_MASK |
			   FUSE_CAP_PARALLEL_DIROPS);
	/* The kernel knows whose write takes the set-user-id bit away; we, as root, do not. */
	conn->want &= ~(unsigned int)FUSE_CAP_HANDLE_KILLPRIV;
	/* In pieces at a time, the kernel makes EIO of a direct write that is cut short. */
	conn->want &= ~(unsigned int)FUSE_CAP_ASYNC_DIO;
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
	.lookup = names_lookup,
	.forget = names_forget,
	.forget_multi = names_forget_multi,
	.getattr = attrs_get,
	.setattr = attrs_set,
	.readlink = names_readlink,
	.mknod = names_mknod,
	.mkdir = names_mkdir,
	.unlink = names_unlink,
	.rmdir = names_rmdir,
	.symlink = names_symlink,
	.rename = names_rename,
	.link = names_link,
	.open = files_open,
	.create = files_create,
	.read = files_read,
	.write_buf = files_write,
	.copy_file_range = files_copy,
	.fallocate = files_allocate,
	.lseek = files_seek,
	.flush = files_flush,
	.release = files_release,
	.fsync = files_sync,
	.opendir = folders_open,
	.readdir = folders_read,
	.readdirplus = folders_read_plus,
	.releasedir = folders_release,
	.fsyncdir = folders_sync,
	.statfs = pt_statfs,
	.setxattr = attrs_set_extended,
	.getxattr = attrs_get_extended,
	.listxattr = attrs_list_extended,
	.removexattr = attrs_remove_extended,
};
