/* SPDX-License-Identifier: MIT */
/*
 * Backups of the audit log that are kept; see log_backup.h.
 */
#include "ref/store/log_backup.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define SAME_SECOND_MAX 100

struct listing {
	const struct audit_log_config *config;
	const char *base; /* name of the backup within its folder */
	int (*each)(void *arg, const char *path);
	void *arg;
};

/* "_" and digits, after the dot. */
static bool is_stamp(const char *text)
{
	return strlen(text) >= strlen("yyyymmdd_HHMMSS") && text[8] == '_' &&
	       strspn(text, "0123456789_.") == strlen(text);
}

static int list_entry(void *arg, const char *name)
{
	const struct listing *l = arg;
	size_t bytes = strlen(l->base);
	char path[PLATFORM_PATH_MAX];
	int n;

	if (strncmp(name, l->base, bytes) != 0 || name[bytes] != '.' || !is_stamp(name + bytes + 1))
		return 0;
	n = snprintf(path, sizeof(path), "%s%s", l->config->backup, name + bytes);
	return n < 0 || n >= (int)sizeof(path) ? -ENAMETOOLONG : l->each(l->arg, path);
}

int log_backup_list(struct platform *p, const struct audit_log_config *config,
		    int (*each)(void *arg, const char *path), void *arg)
{
	const char *slash = strrchr(config->backup, '/');
	struct listing l = {config, slash + 1, each, arg};
	char folder[PLATFORM_PATH_MAX];

	snprintf(folder, sizeof(folder), "%.*s",
		 slash > config->backup ? (int)(slash - config->backup) : 1, config->backup);
	return p->ops->list(p, folder, list_entry, &l);
}

/* The oldest by name, and how many there are. */
struct oldest {
	unsigned count;
	char path[PLATFORM_PATH_MAX];
};

static int note_oldest(void *arg, const char *path)
{
	struct oldest *o = arg;

	if (o->count++ == 0 || strcmp(path, o->path) < 0)
		snprintf(o->path, sizeof(o->path), "%s", path);
	return 0;
}

int log_backup_prune(struct platform *p, const struct audit_log_config *config)
{
	struct oldest oldest;
	int error = 0;

	if (!config->keeps_backups || config->backups_max == 0)
		return 0;
	do {
		oldest.count = 0;
		error = log_backup_list(p, config, note_oldest, &oldest);
		if (error || oldest.count <= config->backups_max)
			return error;
		error = p->ops->unlink(p, oldest.path);
	} while (!error);
	return error;
}

int log_backup_keep(struct platform *p, const struct audit_log_config *config)
{
	char stamp[sizeof("yyyymmdd_HHMMSS")], path[PLATFORM_PATH_MAX];
	struct platform_stat stat;
	struct tm now;
	int error = config->keeps_backups ? p->ops->stat(p, config->backup, &stat) : -ENOENT;

	if (error == -ENOENT)
		return 0;
	if (!error)
		error = p->ops->local_time(p, platform_wall_s(p), &now);
	if (!error && strftime(stamp, sizeof(stamp), "%Y%m%d_%H%M%S", &now) == 0)
		error = -EOVERFLOW;
	for (unsigned i = 0; !error && i < SAME_SECOND_MAX; i++) {
		int n = snprintf(path, sizeof(path), i ? "%s.%s.%02u" : "%s.%s", config->backup,
				 stamp, i);

		if (n < 0 || n >= (int)sizeof(path))
			return -ENAMETOOLONG;
		error = p->ops->stat(p, path, &stat);
		if (error == -ENOENT)
			return p->ops->rename(p, config->backup, path);
	}
	return error ? error : -EEXIST;
}
