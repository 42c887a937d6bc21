/* SPDX-License-Identifier: MIT */
/*
 * Trails left behind; see trail_left.h.
 */
#include "ref/store/trail_left.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct finding {
	struct platform *platform;
	const struct trail_names *names;
	const char *base; /* its last component */
	struct trail_left *left;
};

bool trail_left_path(const struct trail_left *left, size_t i, char out[TRAIL_PATH_MAX])
{
	int n = snprintf(out, TRAIL_PATH_MAX, "%s/%s", left->folder, left->trails[i].name);

	return n >= 0 && n < TRAIL_PATH_MAX;
}

static int take(void *arg, const char *name)
{
	struct finding *f = arg;
	struct retention_trail *t = &f->left->trails[f->left->count];
	char path[TRAIL_PATH_MAX];
	struct platform_stat s;
	struct trail_look look;

	if (f->left->count == TRAIL_LEFT_MAX || strlen(name) >= sizeof(t->name) ||
	    !retention_is_left_behind(f->base, name))
		return 0;
	memcpy(t->name, name, strlen(name) + 1);
	if (!trail_left_path(f->left, f->left->count, path) || !strcmp(path, f->names->current) ||
	    !strcmp(path, f->names->next))
		return 0;
	/* What goes away meanwhile is nobody's concern any more. */
	if (f->platform->ops->stat(f->platform, path, &s) || trail_look(f->platform, path, &look))
		return 0;
	t->changed_s = s.mtime_s;
	t->bytes = look.size_bytes;
	f->left->count++;
	return 0;
}

int trail_left_find(struct platform *p, const struct trail_names *names, struct trail_left **out)
{
	const char *slash = strrchr(names->base, '/');
	struct finding f = {p, names, slash ? slash + 1 : "", calloc(1, sizeof(**out))};
	int error;

	*out = NULL;
	if (!f.left)
		return -ENOMEM;
	if (slash)
		memcpy(f.left->folder, names->base, (size_t)(slash - names->base));
	error = slash ? p->ops->list(p, *f.left->folder ? f.left->folder : "/", take, &f) : 0;
	if (error)
		free(f.left);
	else
		*out = f.left;
	return error;
}
