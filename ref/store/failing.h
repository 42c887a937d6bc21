/* SPDX-License-Identifier: MIT */
/*
 * For tests: a platform on which the n-th step that changes files fails, and the state of the audit
 * trails in one text, so that "fail at step n, then n+1, until it succeeds" is a loop. Not for:
 * anything but tests.
 */
#ifndef REF_STORE_FAILING_H
#define REF_STORE_FAILING_H

#include "ref/platform/platform.h"
#include "ref/store/file.h"
#include "ref/store/trail.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FAILING_SNAPSHOT_MAX 8192

static const struct platform_ops *failing_healthy;
static struct platform_ops failing_ops;
static int failing_in; /* steps until the failing one; negative: none fails */

static inline bool failing_now(void)
{
	return failing_in >= 0 && failing_in-- == 0;
}

static inline int failing_open(struct platform *p, const char *path, unsigned flags, mode_t mode)
{
	bool changes = flags & (PLATFORM_CREATE | PLATFORM_TRUNC | PLATFORM_APPEND);

	return changes && failing_now() ? -EIO : failing_healthy->open(p, path, flags, mode);
}

/* A write that fails leaves a part, as on a full disk. */
static inline int failing_write(struct platform *p, int fd, const void *data, size_t bytes)
{
	if (!failing_now())
		return failing_healthy->write(p, fd, data, bytes);
	failing_healthy->write(p, fd, data, bytes / 2);
	return -ENOSPC;
}

static inline int failing_sync(struct platform *p, int fd)
{
	return failing_now() ? -EIO : failing_healthy->sync(p, fd);
}

static inline int failing_rename(struct platform *p, const char *from, const char *to)
{
	return failing_now() ? -EIO : failing_healthy->rename(p, from, to);
}

static inline int failing_mkdir(struct platform *p, const char *path, mode_t mode)
{
	return failing_now() ? -ENOSPC : failing_healthy->mkdir(p, path, mode);
}

static inline int failing_sync_dir(struct platform *p, const char *path)
{
	return failing_now() ? -EIO : failing_healthy->sync_dir(p, path);
}

/* Puts itself between a process and its platform; nothing fails before failing_in is set. */
static inline void failing_install(struct platform *p)
{
	failing_healthy = p->ops;
	failing_ops = *p->ops;
	failing_ops.open = failing_open;
	failing_ops.write = failing_write;
	failing_ops.sync = failing_sync;
	failing_ops.rename = failing_rename;
	failing_ops.mkdir = failing_mkdir;
	failing_ops.sync_dir = failing_sync_dir;
	failing_in = -1;
	p->ops = &failing_ops;
}

static inline void failing_remove(struct platform *p)
{
	p->ops = failing_healthy;
}

/* Snapshots: names and sizes below /var/.audit, then the content of audnames. */

struct failing_list {
	struct platform *platform;
	const char *folder;
	char *text;
	size_t used;
};

static inline int failing_add(void *arg, const char *name)
{
	struct failing_list *list = arg;
	struct platform *p = list->platform;
	char path[PLATFORM_PATH_MAX];
	struct failing_list below = *list;
	struct platform_stat st;
	size_t room = FAILING_SNAPSHOT_MAX - list->used;
	int n;

	snprintf(path, sizeof(path), "%s/%s", list->folder, name);
	if (failing_healthy->stat(p, path, &st))
		return -ENOENT;
	n = snprintf(list->text + list->used, room, "%s %d %llu\n", path, st.is_dir,
		     (unsigned long long)st.size_bytes);
	if (n < 0 || (size_t)n >= room)
		return -EMSGSIZE;
	list->used += (size_t)n;
	if (!st.is_dir)
		return 0;
	below.folder = path;
	below.used = list->used;
	n = failing_healthy->list(p, path, failing_add, &below);
	list->used = below.used;
	return n;
}

/* Returns 0 or a negated errno value. Nothing fails while it is taken. */
static inline int failing_snapshot(struct platform *p, char text[FAILING_SNAPSHOT_MAX])
{
	struct failing_list list = {p, "/var/.audit", text, 0};
	char *names = NULL;
	size_t bytes;
	int in = failing_in;
	int error;

	failing_in = -1;
	text[0] = '\0';
	error = failing_healthy->list(p, list.folder, failing_add, &list);
	if (!error && !file_read(p, TRAIL_NAMES_PATH, TRAIL_NAMES_TEXT_MAX, &names, &bytes))
		snprintf(text + list.used, FAILING_SNAPSHOT_MAX - list.used, "%s", names);
	free(names);
	failing_in = in;
	return error;
}

#endif
