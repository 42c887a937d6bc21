/* SPDX-License-Identifier: MIT */
/*
 * Removes trails that were left behind; see trail_prune.h.
 */
#include "ref/store/trail_prune.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRAILS_MAX 512 /* looked at in one go; of more, the others another time */

struct finding {
	struct platform *platform;
	const struct trail_names *names;
	char folder[TRAIL_PATH_MAX];
	const char *base; /* its last component */
	size_t count;
	struct retention_trail trails[TRAILS_MAX];
};

static int path_of(const struct finding *f, const char *name, char out[TRAIL_PATH_MAX])
{
	int n = snprintf(out, TRAIL_PATH_MAX, "%s/%s", f->folder, name);

	return n < 0 || n >= TRAIL_PATH_MAX ? -ENAMETOOLONG : 0;
}

static int take(void *arg, const char *name)
{
	struct finding *f = arg;
	struct retention_trail *t = &f->trails[f->count];
	char path[TRAIL_PATH_MAX];
	struct platform_stat s;
	struct trail_look look;

	if (f->count == TRAILS_MAX || strlen(name) >= sizeof(t->name) ||
	    !retention_is_left_behind(f->base, name) || path_of(f, name, path) ||
	    !strcmp(path, f->names->current) || !strcmp(path, f->names->next))
		return 0;
	/* What goes away meanwhile is nobody's concern any more. */
	if (f->platform->ops->stat(f->platform, path, &s) || trail_look(f->platform, path, &look))
		return 0;
	memcpy(t->name, name, strlen(name) + 1);
	t->changed_s = s.mtime_s;
	t->bytes = look.size_bytes;
	f->count++;
	return 0;
}

/* The files a trail is made of, and nothing else: a folder that holds more stays. */
static int remove_trail(struct platform *p, const char *path)
{
	char file[TRAIL_PATH_MAX];
	int error = p->ops->unlink(p, path);

	if (error != -EISDIR && error != -EPERM)
		return error;
	for (unsigned n = 0; n < TRAIL_FILES_MAX; n++) {
		if (trail_file_name(path, n, file))
			p->ops->unlink(p, file);
	}
	return p->ops->rmdir(p, path);
}

int trail_prune(struct platform *p, const struct trail_names *names,
		const struct retention_limits *limits,
		void (*done)(void *arg, const char *path, enum retention_verdict why, int error),
		void *arg)
{
	const char *slash = strrchr(names->base, '/');
	struct finding *f;
	int error;

	if (!slash || (!limits->days && !limits->kb))
		return 0;
	f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->platform = p;
	f->names = names;
	f->base = slash + 1;
	memcpy(f->folder, names->base, (size_t)(slash - names->base));
	error = p->ops->list(p, *f->folder ? f->folder : "/", take, f);
	retention_judge(limits, p->ops->wall_ns(p) / NS_PER_S, f->trails, f->count);
	for (size_t i = 0; i < f->count && !error; i++) {
		char path[TRAIL_PATH_MAX];

		if (f->trails[i].verdict != RETENTION_KEEP && !path_of(f, f->trails[i].name, path))
			done(arg, path, f->trails[i].verdict, remove_trail(p, path));
	}
	free(f);
	return error;
}
