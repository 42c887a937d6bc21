/* SPDX-License-Identifier: MIT */
/*
 * Trails left behind; see audomon_left.h.
 */
#include "ref/cmd/audomon_left.h"
#include "ref/store/file.h"
#include "ref/store/trail_left.h"
#include "ref/store/trail_pack.h"
#include "ref/store/trail_prune.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define PACK_PROGRAM "/usr/sbin/audpack"

__attribute__((format(printf, 2, 3))) static void say(const struct left *l, const char *format, ...)
{
	char text[LEFT_TEXT_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	l->say(l->arg, text);
}

static void say_pruned(void *arg, const char *path, enum retention_verdict why, int error)
{
	const struct left *l = arg;
	const struct retention_limits *keep = &l->settings->keep;

	if (error)
		say(l, "warning: cannot remove %s: %s", path, strerror(-error));
	else if (why == RETENTION_TOO_OLD)
		say(l, "removed %s: older than %" PRIu32 " days", path, keep->days);
	else if (why == RETENTION_TOO_MUCH)
		say(l, "removed %s: more than %" PRIu32 " Kb are kept", path, keep->kb);
	else
		say(l, "removed %s: more than %" PRIu32 " %% of the file system are kept", path,
		    keep->percent);
}

static void prune(struct left *l, const struct trail_names *names)
{
	int error = trail_prune(l->platform, names, &l->settings->keep, say_pruned, l);

	if (error)
		say(l, "warning: cannot see which trails to remove: %s", strerror(-error));
}

/* 1, 0, or a negated errno value. What cannot be looked at is left to audpack, which says so. */
static int is_anything_to_pack(struct platform *p, const struct trail_names *names)
{
	struct trail_left *left;
	char path[TRAIL_PATH_MAX];
	int error = trail_left_find(p, names, &left);
	bool found = false;

	if (error)
		return error;
	for (size_t i = 0; i < left->count && !found; i++)
		found = trail_left_path(left, i, path) && trail_is_packed(p, path) != 1;
	free(left);
	return found;
}

static void pack(struct left *l, const struct trail_names *names)
{
	struct platform *p = l->platform;
	char program[PLATFORM_PATH_MAX];
	char level[12];
	const char *const words[] = {program, "-l", level, NULL};
	const struct platform_spawn spawn = {.argv = words, .output = l->target, .folder = "/"};
	int error = l->settings->compress_level ? is_anything_to_pack(p, names) : 0;

	if (!error)
		return;
	snprintf(level, sizeof(level), "%" PRIu32, l->settings->compress_level);
	if (error > 0)
		error = path_installed(p, PACK_PROGRAM, program);
	if (!error)
		error = p->ops->spawn(p, &spawn, &l->packing);
	if (error) {
		l->packing = 0;
		say(l, "warning: trails cannot be compressed: %s", strerror(-error));
	}
}

void left_tend(struct left *l, const struct trail_names *names)
{
	if (l->packing)
		return;
	prune(l, names);
	pack(l, names);
}

void left_child(struct left *l, pid_t pid, int wait_status)
{
	if (pid != l->packing)
		return;
	l->packing = 0;
	if (WIFSIGNALED(wait_status))
		say(l, "warning: audpack ended by signal %d", WTERMSIG(wait_status));
}
