/* SPDX-License-Identifier: MIT */
/*
 * Removes trails that were left behind; see trail_prune.h.
 */
#include "ref/store/trail_prune.h"
#include "ref/store/trail_left.h"

#include <errno.h>
#include <stdlib.h>

/* A file, and what a compression that was cut short has left beside it. */
static int remove_file(struct platform *p, const char *path)
{
	char temporary[PLATFORM_PATH_MAX];
	int n = snprintf(temporary, sizeof(temporary), "%s.new", path);

	if (n > 0 && n < (int)sizeof(temporary))
		p->ops->unlink(p, temporary);
	return p->ops->unlink(p, path);
}

/* The files a trail is made of, and nothing else: a folder that holds more stays. */
static int remove_trail(struct platform *p, const char *path)
{
	char file[TRAIL_PATH_MAX];
	int error = remove_file(p, path);

	if (error != -EISDIR && error != -EPERM)
		return error;
	for (unsigned n = 0; n < TRAIL_FILES_MAX; n++) {
		if (trail_file_name(path, n, file))
			remove_file(p, file);
	}
	return p->ops->rmdir(p, path);
}

int trail_prune(struct platform *p, const struct trail_names *names,
		const struct retention_limits *limits,
		void (*done)(void *arg, const char *path, enum retention_verdict why, int error),
		void *arg)
{
	struct platform_space space = {0};
	struct trail_left *left;
	char path[TRAIL_PATH_MAX];
	int error;

	if (!limits->days && !limits->kb && !limits->percent)
		return 0;
	error = trail_left_find(p, names, &left);
	if (error)
		return error;
	if (limits->percent && left->count)
		error = trail_left_path(left, 0, path) ? p->ops->space(p, path, &space) : 0;
	if (!error)
		retention_judge(limits, p->ops->wall_ns(p) / NS_PER_S,
				(wide)space.blocks * (wide)space.block_bytes, left->trails,
				left->count);
	for (size_t i = 0; i < left->count && !error; i++) {
		if (left->trails[i].verdict != RETENTION_KEEP && trail_left_path(left, i, path))
			done(arg, path, left->trails[i].verdict, remove_trail(p, path));
	}
	free(left);
	return error;
}
