/* SPDX-License-Identifier: MIT */
/*
 * Files as a simulated process has them: descriptors, who may do what, locks, and the step at which
 * it dies. What is in the files is for files.c.
 */
#include "sim/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TURN_NS 50000 /* that others have, at most */

const char *sim_path(const struct sim_process *me, const char *path, char out[PLATFORM_PATH_MAX])
{
	if (!*me->root)
		return path;
	snprintf(out, PLATFORM_PATH_MAX, "%s%s", me->root, path);
	return out;
}

static struct sim_file *find(const struct sim_process *me, const char *path)
{
	char within[PLATFORM_PATH_MAX];

	return sim_file_find(me->sim, sim_path(me, path, within));
}

/* What a disk was told to fail; not for root's own view. Returns 0 or a negated errno value. */
static int faulted(const struct sim_process *me, enum fill_op op, const char *path, uint64_t bytes)
{
	struct sim_mount *m = path && me->program ? sim_mount_of(me->sim, path) : NULL;

	return m ? -fill_judge(&m->fill, op, path + strlen(m->path), bytes).error : 0;
}

static struct sim_fd *fd_of(struct platform *p, int fd)
{
	return fd >= 0 && fd < SIM_FDS_MAX && sim_self(p)->fds[fd].file ? &sim_self(p)->fds[fd]
									: NULL;
}

/* What the mode of a file gives to the process. */
static mode_t bits_for(const struct sim_process *me, const struct sim_file *f)
{
	return f->uid == me->uid ? f->mode >> 6 : f->gid == me->uid ? f->mode >> 3 : f->mode;
}

static bool may(const struct sim_process *me, const struct sim_file *f, unsigned flags)
{
	mode_t bits = bits_for(me, f);

	if (me->uid == 0)
		return true;
	return (!(flags & PLATFORM_READ) || bits & 4) && (!(flags & PLATFORM_APPEND) || bits & 2);
}

static int fd_new(struct sim_process *me, struct sim_file *f, unsigned flags)
{
	for (int fd = 0; fd < SIM_FDS_MAX; fd++) {
		if (me->fds[fd].file)
			continue;
		me->fds[fd] = (struct sim_fd){.file = f, .flags = flags};
		f->open_count++;
		return fd;
	}
	return -EMFILE;
}

static int do_open(struct platform *p, const char *path, unsigned flags, mode_t mode)
{
	struct sim_process *me = sim_self(p);
	bool is_terminal = !strcmp(path, "/dev/tty");
	char within[PLATFORM_PATH_MAX];
	struct sim_file *f;
	int error = 0;

	if (is_terminal && !*me->terminal)
		return -ENXIO;
	path = is_terminal ? me->terminal : sim_path(me, path, within);
	f = sim_file_find(me->sim, path);

	if (flags & (PLATFORM_CREATE | PLATFORM_TRUNC) ? sim_dies(me) : me->dead)
		return -EIO;
	if (f && (flags & PLATFORM_CREATE) && (flags & PLATFORM_EXCL))
		return -EEXIST;
	if (f && f->is_dir && (flags & PLATFORM_APPEND))
		return -EISDIR;
	if (f && !may(me, f, flags))
		return -EACCES;
	if (!f && !(flags & PLATFORM_CREATE))
		return -ENOENT;
	error = sim_guard_ask(
		me, path,
		(flags & PLATFORM_READ ? SIM_READS : 0) |
			(flags & (PLATFORM_APPEND | PLATFORM_TRUNC) ? SIM_WRITES : 0));
	if (!error)
		error = faulted(me, f ? FILL_OPEN : FILL_CREATE, path, 0);
	if (!error && !f)
		error = sim_file_make(me->sim, path, false, mode, me->uid, &f);
	if (!error && (flags & PLATFORM_TRUNC))
		error = sim_file_resize(me->sim, f, 0);
	return error ? error : fd_new(me, f, flags);
}

int sim_op_open(struct platform *p, const char *path, unsigned flags, mode_t mode)
{
	struct sim_call call;
	int error = sim_call_begin(sim_self(p), &call, SIM_CALL_OPEN, path, "");

	return error ? error : sim_call_end(sim_self(p), &call, do_open(p, path, flags, mode));
}

ssize_t sim_op_read(struct platform *p, int fd, void *buffer, size_t bytes, uint64_t offset_bytes)
{
	const struct sim_fd *d = fd_of(p, fd);

	return d ? sim_file_read(d->file, buffer, bytes, offset_bytes) : -EBADF;
}

int sim_op_write(struct platform *p, int fd, const void *data, size_t bytes)
{
	struct sim_fd *d = fd_of(p, fd);
	int error;

	if (!d || !(d->flags & PLATFORM_APPEND) || sim_self(p)->dead)
		return -EBADF;
	if (d->file->path && !strcmp(d->file->path, "/dev/null"))
		return 0;
	if (sim_dies(sim_self(p))) {
		(void)sim_file_write(sim_self(p)->sim, d->file, data, bytes / 2, d->file->size);
		return -EIO;
	}
	error = faulted(sim_self(p), FILL_WRITE, d->file->path, bytes);
	if (error)
		return error;
	return sim_file_write(sim_self(p)->sim, d->file, data, bytes, d->file->size);
}

int sim_op_truncate(struct platform *p, int fd, uint64_t size_bytes)
{
	struct sim_fd *d = fd_of(p, fd);

	if (!d || !(d->flags & PLATFORM_APPEND))
		return -EBADF;
	if (sim_dies(sim_self(p)))
		return -EIO;
	return sim_file_resize(sim_self(p)->sim, d->file, size_bytes);
}

int sim_op_sync(struct platform *p, int fd)
{
	const struct sim_fd *d = fd_of(p, fd);
	int error = d ? faulted(sim_self(p), FILL_FSYNC, d->file->path, 0) : -EBADF;

	if (sim_dies(sim_self(p)))
		return -EIO;
	return error ? error : sim_file_sync(sim_self(p)->sim, d->file);
}

void sim_op_close(struct platform *p, int fd)
{
	struct sim_fd *d = fd_of(p, fd);
	struct sim_file *f;

	if (!d)
		return;
	f = d->file;
	if (d->lock)
		f->lock_owner = NULL;
	*d = (struct sim_fd){0};
	f->open_count--;
	sim_file_release(sim_self(p)->sim, f);
}

int sim_op_stat(struct platform *p, const char *path, struct platform_stat *out)
{
	struct sim *s = sim_self(p)->sim;
	const struct sim_file *f = find(sim_self(p), path);

	if (sim_self(p)->dead || !f)
		return sim_self(p)->dead ? -EIO : -ENOENT;
	*out = (struct platform_stat){
		.is_dir = f->is_dir,
		.is_file = !f->is_dir && strncmp(path, "/dev/", 5) != 0,
		.mode = f->mode,
		.uid = f->uid,
		.gid = f->gid,
		.size_bytes = f->size,
		.device = (uint64_t)(sim_mount_of(s, f->path) - s->mounts) + 1,
		.mtime_s = f->mtime_s,
	};
	return 0;
}

int sim_op_space(struct platform *p, const char *path, struct platform_space *out)
{
	char within[PLATFORM_PATH_MAX];
	int error;

	path = sim_path(sim_self(p), path, within);
	error = faulted(sim_self(p), FILL_STATFS, path, 0);
	if (error || !sim_file_find(sim_self(p)->sim, path))
		return error ? error : -ENOENT;
	sim_mount_space(sim_mount_of(sim_self(p)->sim, path), out);
	return 0;
}

static void take_turns(struct sim_process *me)
{
	sim_give_way(me, (int64_t)sim_random(me->sim, TURN_NS));
}

static int do_rename(struct platform *p, const char *from, const char *to)
{
	struct sim_process *me = sim_self(p);
	struct sim *s = me->sim;
	char within[2][PLATFORM_PATH_MAX];
	int error;

	from = sim_path(me, from, within[0]);
	to = sim_path(me, to, within[1]);
	take_turns(me); /* before it replaces what it has read, somebody else may have */
	error = sim_dies(me) ? -EIO : sim_guard_ask(me, from, SIM_WRITES);
	if (!error)
		error = sim_guard_ask(me, to, SIM_WRITES);
	if (error)
		return error;
	return sim_mount_of(s, from) == sim_mount_of(s, to) ? sim_file_rename(s, from, to) : -EXDEV;
}

int sim_op_rename(struct platform *p, const char *from, const char *to)
{
	struct sim_call call;
	int error = sim_call_begin(sim_self(p), &call, SIM_CALL_RENAME, from, to);

	return error ? error : sim_call_end(sim_self(p), &call, do_rename(p, from, to));
}

static int do_unlink(struct platform *p, const char *path)
{
	struct sim_process *me = sim_self(p);
	char within[PLATFORM_PATH_MAX];
	const struct sim_file *f;
	int error;

	path = sim_path(me, path, within);
	f = sim_file_find(me->sim, path);
	error = sim_dies(me) ? -EIO : sim_guard_ask(me, path, SIM_WRITES);
	if (error)
		return error;
	return f && f->is_dir ? -EISDIR : sim_file_unlink(me->sim, path);
}

int sim_op_unlink(struct platform *p, const char *path)
{
	struct sim_call call;
	int error = sim_call_begin(sim_self(p), &call, SIM_CALL_UNLINK, path, "");

	return error ? error : sim_call_end(sim_self(p), &call, do_unlink(p, path));
}

static int do_mkdir(struct platform *p, const char *path, mode_t mode)
{
	char within[PLATFORM_PATH_MAX];
	struct sim_file *made;
	int error;

	path = sim_path(sim_self(p), path, within);
	error = faulted(sim_self(p), FILL_MKDIR, path, 0);
	if (sim_dies(sim_self(p)))
		return -EIO;
	return error ? error
		     : sim_file_make(sim_self(p)->sim, path, true, mode, sim_self(p)->uid, &made);
}

int sim_op_mkdir(struct platform *p, const char *path, mode_t mode)
{
	struct sim_call call;
	int error = sim_call_begin(sim_self(p), &call, SIM_CALL_MKDIR, path, "");

	return error ? error : sim_call_end(sim_self(p), &call, do_mkdir(p, path, mode));
}

static int do_rmdir(struct platform *p, const char *path)
{
	char within[PLATFORM_PATH_MAX];
	const struct sim_file *f;

	path = sim_path(sim_self(p), path, within);
	f = sim_file_find(sim_self(p)->sim, path);
	if (sim_dies(sim_self(p)))
		return -EIO;
	return f && !f->is_dir ? -ENOTDIR : sim_file_unlink(sim_self(p)->sim, path);
}

int sim_op_rmdir(struct platform *p, const char *path)
{
	struct sim_call call;
	int error = sim_call_begin(sim_self(p), &call, SIM_CALL_RMDIR, path, "");

	return error ? error : sim_call_end(sim_self(p), &call, do_rmdir(p, path));
}

int sim_op_chown(struct platform *p, const char *path, uid_t uid, gid_t gid)
{
	struct sim_file *f = find(sim_self(p), path);

	if (!f)
		return -ENOENT;
	f->uid = uid;
	f->gid = gid;
	return 0;
}

int sim_op_sync_dir(struct platform *p, const char *path)
{
	const struct sim_file *f = find(sim_self(p), path);

	if (!f)
		return -ENOENT;
	return f->is_dir ? 0 : -ENOTDIR;
}

int sim_enter(struct sim_process *me, const char *path)
{
	const struct sim_file *f = find(me, path);

	if (!f || !f->is_dir)
		return f ? -ENOTDIR : -ENOENT;
	if (me->uid != 0 && !(bits_for(me, f) & 1))
		return -EACCES;
	return sim_guard_ask(me, f->path, SIM_ENTERS);
}

int sim_op_list(struct platform *p, const char *path, int (*entry)(void *arg, const char *name),
		void *arg)
{
	char within[PLATFORM_PATH_MAX];

	return sim_file_list(sim_self(p)->sim, sim_path(sim_self(p), path, within), entry, arg);
}

int sim_op_database_uri(struct platform *p, const char *path, char *out, size_t bytes)
{
	const struct sim_process *me = sim_self(p);
	int n = snprintf(out, bytes, "file:%s%s?vfs=%s", me->root, path, me->sim->vfs_name);

	return n < 0 || (size_t)n >= bytes ? -ENAMETOOLONG : 0;
}

/* Locks */

static int write_owner(struct sim_process *me, struct sim_file *f)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%d\n", (int)me->pid);
	int error = sim_file_resize(me->sim, f, 0);

	return error ? error : sim_file_write(me->sim, f, text, (size_t)n, 0);
}

int sim_op_lock(struct platform *p, const char *path)
{
	struct sim_fd *d;
	int error;
	int fd;

	take_turns(sim_self(p));
	fd = sim_op_open(p, path, PLATFORM_READ | PLATFORM_APPEND | PLATFORM_CREATE, 0600);
	d = fd_of(p, fd);
	if (!d)
		return fd;
	error = d->file->lock_owner ? -EBUSY : write_owner(sim_self(p), d->file);
	if (error) {
		sim_op_close(p, fd);
		return error;
	}
	d->lock = true;
	d->file->lock_owner = sim_self(p);
	return fd;
}

void sim_locks_name_owner(struct sim_process *p)
{
	for (int fd = 0; fd < SIM_FDS_MAX; fd++) {
		/* No memory for ten bytes that are there already cannot happen. */
		if (p->fds[fd].file && p->fds[fd].lock)
			(void)write_owner(p, p->fds[fd].file);
	}
}

pid_t sim_op_lock_owner(struct platform *p, const char *path)
{
	const struct sim_file *f = find(sim_self(p), path);

	if (f && !may(sim_self(p), f, PLATFORM_READ))
		return -EACCES;
	return f && f->lock_owner ? f->lock_owner->pid : 0;
}
