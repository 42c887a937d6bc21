/* SPDX-License-Identifier: MIT */
/*
 * watch: the fill table, asked about operations on real files.
 * Not here: decisions and operations (see watch.h).
 *
 * Space is booked by what fstat() says was allocated, before and after: holes, preallocation and
 * compression count for what they take. A deleted file gives its space back with its last handle.
 */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STAT_BLOCK      512U  /* unit of st_blocks */
#define ALLOC_BLOCK_MAX 4096U /* larger units of st_blksize are advice, not allocation */

/* A delayed operation looks so often whether the mount has ended. */
#define LOOK_MS         50U

/* The path an open file has now, or "" if there is none to be had. */
static void fd_path(int fd, char path[PATH_MAX])
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, PATH_MAX - 1);

	path[n > 0 ? n : 0] = '\0';
}

/* From the root of the mount on; a file deleted while open keeps its last path. */
static void watch_path(struct fillfs *fs, struct inode *inode, const char *name,
		       char path[PATH_MAX])
{
	static const char deleted[] = " (deleted)";
	char root[PATH_MAX];
	char full[PATH_MAX];
	struct stat st;

	fd_path(fs->root.fd, root);
	fd_path(inode->fd, full);
	size_t length = strlen(full);
	size_t root_length = strcmp(root, "/") == 0 ? 0 : strlen(root);
	size_t tail = sizeof(deleted) - 1;

	if (length > tail && strcmp(full + length - tail, deleted) == 0 &&
	    fstat(inode->fd, &st) == 0 && !st.st_nlink)
		full[length - tail] = '\0';
	const char *inside = strncmp(full, root, root_length) == 0 ? full + root_length : full;
	int n = name ? snprintf(path, PATH_MAX, "%s/%s", inside, name)
		     : snprintf(path, PATH_MAX, "%s", inside);

	if (n < 0 || n >= PATH_MAX)
		path[0] = '\0';
}

/* The operation this thread is at, where it is to be logged. */
static _Thread_local struct {
	bool active;
	struct oplog_entry entry;
} current;

static void watch_begin(enum fill_op op, const char *path, uint64_t length)
{
	size_t all = strlen(path);
	const char *end = all < OPLOG_PATH_MAX ? path : path + all - (OPLOG_PATH_MAX - 1);

	current.active = true;
	current.entry = (struct oplog_entry){.op = op, .asked = length};
	clock_gettime(CLOCK_REALTIME, &current.entry.begun);
	memcpy(current.entry.path, end, strlen(end) + 1);
}

void watch_end(struct fillfs *fs, int error, uint64_t done)
{
	if (!current.active)
		return;
	current.active = false;
	current.entry.error = error;
	current.entry.done = done;
	oplog_add(&fs->log, &current.entry);
}

void watch_update(struct fillfs *fs, bool calm)
{
	uint32_t watched = fill_watched(&fs->fill);

	if (atomic_load(&fs->logging))
		watched |= FILL_OP_BIT(FILL_OPS) - 1;
	atomic_store(&fs->watched, watched);
	if (calm) {
		fs->calms++;
		pthread_cond_broadcast(&fs->calm);
	}
}

static struct timespec time_after_ms(struct timespec t, uint64_t ms)
{
	t.tv_sec += (time_t)(ms / 1000);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

static bool time_is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Called with the lock held, which is not held while waiting. An end of the mount is not signalled:
 * it is looked for. */
static void watch_delay(struct fillfs *fs, uint64_t delay_ms)
{
	const uint64_t calms = fs->calms;
	struct timespec now, until;

	clock_gettime(CLOCK_MONOTONIC, &now);
	until = time_after_ms(now, delay_ms);
	while (fs->calms == calms && time_is_before(&now, &until) &&
	       !fuse_session_exited(fs->session)) {
		struct timespec look = time_after_ms(now, LOOK_MS);

		pthread_cond_clockwait(&fs->calm, &fs->fill_lock, CLOCK_MONOTONIC,
				       time_is_before(&look, &until) ? &look : &until);
		clock_gettime(CLOCK_MONOTONIC, &now);
	}
}

/* Called with the lock held; gives it up to find the path if that is wanted, and to wait. */
static struct fill_verdict watch_judge(struct fillfs *fs, enum fill_op op, struct inode *inode,
				       const char *name, uint64_t length)
{
	bool logging = atomic_load(&fs->logging);
	char path[PATH_MAX] = "";

	if (logging || fill_needs_path(&fs->fill, op)) {
		pthread_mutex_unlock(&fs->fill_lock);
		watch_path(fs, inode, name, path);
		if (logging)
			watch_begin(op, path, length);
		pthread_mutex_lock(&fs->fill_lock);
	}
	struct fill_verdict verdict = fill_judge(&fs->fill, op, path, length);

	if (verdict.delay_ms)
		watch_delay(fs, verdict.delay_ms);
	return verdict;
}

static int watch_plain(struct fillfs *fs, enum fill_op op, struct inode *inode, const char *name,
		       uint64_t length)
{
	if (!watch_is_on(fs, op))
		return 0;
	pthread_mutex_lock(&fs->fill_lock);
	int error = watch_judge(fs, op, inode, name, length).error;

	pthread_mutex_unlock(&fs->fill_lock);
	return error;
}

int watch_op(struct fillfs *fs, enum fill_op op, struct inode *inode, const char *name)
{
	return watch_plain(fs, op, inode, name, 0);
}

int watch_read(struct fillfs *fs, struct inode *inode, size_t length)
{
	return watch_plain(fs, FILL_READ, inode, NULL, length);
}

void watch_read_end(struct fillfs *fs, struct inode *inode, size_t length, off_t offset)
{
	struct stat st;
	uint64_t left = 0;

	if (!current.active)
		return;
	if (fstat(inode->fd, &st) == 0 && st.st_size > offset)
		left = (uint64_t)(st.st_size - offset);
	watch_end(fs, 0, left < length ? left : length);
}

/* Book what the file has grown since it was last booked. With the lock held. */
static bool book_inode(struct fillfs *fs, struct inode *inode, struct stat *st)
{
	if (!fill_enforces(&fs->fill) || inode->gone || fstat(inode->fd, st) < 0)
		return false;
	uint64_t allocated = (uint64_t)st->st_blocks * STAT_BLOCK;

	if (inode->epoch == fs->fill.ledger.epoch)
		fill_settle(&fs->fill, 0, (int64_t)(allocated - inode->allocated));
	inode->epoch = fs->fill.ledger.epoch;
	inode->allocated = allocated;
	return true;
}

/* Unallocated bytes of the range that lie before the end of the file. */
static uint64_t count_holes(int fd, off_t start, off_t end)
{
	uint64_t holes = 0;

	while (start < end) {
		off_t hole = lseek(fd, start, SEEK_HOLE);

		if (hole < 0 || hole >= end)
			break;
		off_t data = lseek(fd, hole, SEEK_DATA);

		if (data < 0 || data > end)
			data = end;
		holes += (uint64_t)(data - hole);
		start = data;
	}
	return holes;
}

static uint64_t alloc_block(const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_blksize;
	bool usable = size && size <= ALLOC_BLOCK_MAX && (size & (size - 1)) == 0;

	return usable ? size : ALLOC_BLOCK_MAX;
}

static struct fill_range write_range(const struct watch_write *write, const struct stat *st)
{
	struct fill_range range = {
		.offset = (uint64_t)write->offset,
		.length = write->length,
		.size = (uint64_t)st->st_size,
		.allocated = (uint64_t)st->st_blocks * STAT_BLOCK,
		.block = alloc_block(st),
	};
	off_t end = write->offset + (off_t)write->length;

	if (range.allocated < range.size) {
		uint64_t mask = range.block - 1;
		off_t first = (off_t)(range.offset & ~mask);
		off_t last = (off_t)(((uint64_t)end + mask) & ~mask);

		range.holes =
			count_holes(write->fd, first, last < st->st_size ? last : st->st_size);
		range.holes = (range.holes + mask) & ~mask;
	}
	return range;
}

/* Promise space for the write, or for as much of it as there is. With the lock held. */
static int hold_space(struct fillfs *fs, struct watch_write *write)
{
	struct stat st;

	if (!book_inode(fs, write->inode, &st))
		return 0;
	struct fill_range range = write_range(write, &st);
	uint64_t fit = fill_range_fit(&range, fill_room(&fs->fill));

	if (!fit || (write->whole && fit < range.length))
		return ENOSPC;
	range.length = fit;
	write->held = fill_range_need(&range);
	write->length = (size_t)fit;
	return fill_hold(&fs->fill, write->held) ? 0 : ENOSPC;
}

int watch_write(struct fillfs *fs, struct watch_write *write)
{
	write->held = 0;
	if (!watch_is_on(fs, write->op) || !write->length)
		return 0;
	pthread_mutex_lock(&fs->fill_lock);
	struct fill_verdict verdict = watch_judge(fs, write->op, write->inode, NULL, write->length);
	int error = verdict.error;

	if (!error && write->whole && verdict.length < write->length)
		verdict.length = write->length;
	write->length = (size_t)verdict.length;
	if (!error)
		error = hold_space(fs, write);
	pthread_mutex_unlock(&fs->fill_lock);
	return error;
}

void watch_written(struct fillfs *fs, const struct watch_write *write)
{
	struct stat st;

	if (!write->held && !watch_is_on(fs, write->op))
		return;
	pthread_mutex_lock(&fs->fill_lock);
	fill_settle(&fs->fill, write->held, 0);
	book_inode(fs, write->inode, &st);
	pthread_mutex_unlock(&fs->fill_lock);
}

void watch_resized(struct fillfs *fs, struct inode *inode)
{
	struct stat st;

	if (!watch_is_on(fs, FILL_TRUNCATE))
		return;
	pthread_mutex_lock(&fs->fill_lock);
	book_inode(fs, inode, &st);
	pthread_mutex_unlock(&fs->fill_lock);
}

int watch_create(struct fillfs *fs, enum fill_op op, struct inode *parent, const char *name)
{
	if (!watch_is_on(fs, op))
		return 0;
	pthread_mutex_lock(&fs->fill_lock);
	int error = watch_judge(fs, op, parent, name, 0).error;

	if (!error && fill_enforces(&fs->fill)) {
		bool full = op == FILL_MKDIR && !fill_room(&fs->fill);

		if (full || !fill_has_files(&fs->fill))
			error = ENOSPC;
		else
			fill_settle_files(&fs->fill, 1);
	}
	pthread_mutex_unlock(&fs->fill_lock);
	return error;
}

void watch_created(struct fillfs *fs, enum fill_op op, struct inode *inode)
{
	struct stat st;

	if (!watch_is_on(fs, op))
		return;
	pthread_mutex_lock(&fs->fill_lock);
	if (!fill_enforces(&fs->fill)) {
		/* switched off meanwhile: nothing was booked, or it counts no more */
	} else if (!inode) {
		fill_settle_files(&fs->fill, -1);
	} else {
		inode->epoch = fs->fill.ledger.epoch;
		inode->allocated = 0;
		book_inode(fs, inode, &st);
	}
	pthread_mutex_unlock(&fs->fill_lock);
}

void watch_remove(struct fillfs *fs, struct inode *parent, const char *name,
		  struct watch_victim *victim)
{
	*victim = (struct watch_victim){0};
	if (!watch_is_on(fs, FILL_UNLINK))
		return;
	victim->exists = fstatat(parent->fd, name, &victim->st, AT_SYMLINK_NOFOLLOW) == 0;
	if (victim->exists)
		victim->inode = inode_find(&fs->inodes, &victim->st);
}

/* The space of a file that has no name and no handle any more. With the lock held. */
static void give_back(struct fillfs *fs, struct inode *inode, const struct stat *st)
{
	uint64_t allocated = (uint64_t)st->st_blocks * STAT_BLOCK;

	if (inode && inode->gone)
		return;
	if (inode && inode->epoch == fs->fill.ledger.epoch)
		allocated = inode->allocated;
	if (inode)
		inode->gone = true;
	fill_settle(&fs->fill, 0, -(int64_t)allocated);
	fill_settle_files(&fs->fill, -1);
}

void watch_removed(struct fillfs *fs, struct watch_victim *victim, bool kept)
{
	struct inode *inode = victim->inode;
	bool last = victim->exists && (S_ISDIR(victim->st.st_mode) || victim->st.st_nlink == 1);

	if (last && !kept) {
		pthread_mutex_lock(&fs->fill_lock);
		if (fill_enforces(&fs->fill) && (!inode || !inode->opens))
			give_back(fs, inode, &victim->st);
		pthread_mutex_unlock(&fs->fill_lock);
	}
	if (inode)
		inode_put(&fs->inodes, inode, 1);
}

void watch_closed(struct fillfs *fs, struct inode *inode)
{
	struct stat st;

	if (!watch_is_on(fs, FILL_CLOSE))
		return;
	pthread_mutex_lock(&fs->fill_lock);
	if (book_inode(fs, inode, &st) && st.st_nlink == 0 && !inode->opens)
		give_back(fs, inode, &st);
	pthread_mutex_unlock(&fs->fill_lock);
}
