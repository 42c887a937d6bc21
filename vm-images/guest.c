/* SPDX-License-Identifier: MIT */
/*
 * Descriptions of guests: found, read and built. Running one is run.c; how it is built, packages.c.
 */
#include "vm-images/guest.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "vm-images/child.h"
#include "vm-images/file.h"
#include "vm-images/guest_private.h"
#include "vm-images/packages.h"

static const struct key {
	const char *name;
	size_t offset;
	bool optional;
	bool list; /* goes on on lines that begin with a blank: a line of the file is short */
} keys[] = {
	{"arch", offsetof(struct guest, arch), false, false},
	{"suite", offsetof(struct guest, suite), false, false},
	{"packages", offsetof(struct guest, packages), false, true},
	{"libraries", offsetof(struct guest, libraries), true, true},
	{"kernel", offsetof(struct guest, kernel), true, false},
	{"modules", offsetof(struct guest, modules), true, true},
	{"machine", offsetof(struct guest, machine), false, true},
	{"results", offsetof(struct guest, results), false, false},
	{"append", offsetof(struct guest, append), true, true},
};

#define KEYS_N (sizeof(keys) / sizeof(keys[0]))

static char **key_slot(struct guest *g, const struct key *key)
{
	return (char **)((char *)g + key->offset);
}

static bool go_on(char **list, const char *value)
{
	char *longer;

	if (asprintf(&longer, "%s %s", *list, value) < 0)
		return false;
	free(*list);
	*list = longer;
	return true;
}

static int take_key(void *user, const char *section, const char *name, const char *value)
{
	struct guest *g = user;

	for (size_t i = 0; i < KEYS_N; i++) {
		char **slot = key_slot(g, &keys[i]);

		if (strcmp(section, "guest") != 0 || strcmp(name, keys[i].name) != 0)
			continue;
		return *slot ? keys[i].list && go_on(slot, value) : (*slot = strdup(value)) != NULL;
	}
	return 0; /* unknown or given twice: ini_parse() tells the line */
}

static int read_keys(struct guest *g, const char *path, struct guest_error *error)
{
	int line = ini_parse(path, take_key, g);

	if (line < 0)
		return guest_fail(error, "cannot read the guest %s (`list` shows those there are)",
				  path);
	if (line > 0)
		return guest_fail(error, "%s:%d: not a key of a guest, or given twice", path, line);
	for (size_t i = 0; i < KEYS_N; i++) {
		char **slot = key_slot(g, &keys[i]);

		if (!*slot && keys[i].optional)
			*slot = strdup("");
		if (!*slot)
			return guest_fail(error, "%s: [guest] needs %s = ...", path, keys[i].name);
	}
	return 0;
}

/* The checkout: GUEST_TOP, or the nearest folder above this program that has guests in it. */
static char *find_top(struct guest_error *error)
{
	const char *given = getenv("GUEST_TOP");
	char path[PATH_MAX];
	ssize_t len = given ? 0 : readlink("/proc/self/exe", path, sizeof(path) - 1);

	if (given)
		return strdup(given);
	path[len > 0 ? len : 0] = '\0';
	for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
		char *guests;
		bool here;

		*slash = '\0';
		guests = file_text("%s/vm-images/guests", path);
		here = guests && access(guests, R_OK) == 0;
		free(guests);
		if (here)
			return strdup(path);
	}
	guest_fail(error,
		   "no checkout with vm-images/guests above this program: set GUEST_TOP to it");
	return NULL;
}

static char *find_ini(const struct guest *g, const char *name)
{
	return strchr(name, '/') ? strdup(name)
				 : file_text("%s/vm-images/guests/%s.ini", g->top, name);
}

/* x86_64-6.1 from vm-images/guests/x86_64-6.1.ini */
static char *base_name(const char *ini)
{
	const char *slash = strrchr(ini, '/'), *start = slash ? slash + 1 : ini;
	size_t len = strlen(start);

	if (len > 4 && !strcmp(start + len - 4, ".ini"))
		len -= 4;
	return strndup(start, len);
}

static void find_kdir(struct guest *g)
{
	free(g->kdir);
	g->kdir = packages_built(g) ? guest_headers(g) : NULL;
}

struct guest *guest_load(const char *name, struct guest_error *error)
{
	struct guest *g = calloc(1, sizeof(*g));
	char *ini = NULL;

	if (!g) {
		guest_fail(error, "out of memory");
		return NULL;
	}
	g->top = find_top(error);
	if (!g->top)
		goto fail;
	ini = find_ini(g, name);
	g->name = ini ? base_name(ini) : NULL;
	g->base = file_text("%s/build/guest", g->top);
	g->dir = g->name ? file_text("%s/build/guest/%s", g->top, g->name) : NULL;
	if (!ini || !g->name || !g->base || !g->dir) {
		guest_fail(error, "out of memory");
		goto fail;
	}
	if (read_keys(g, ini, error))
		goto fail;
	free(ini);
	find_kdir(g);
	return g;
fail:
	free(ini);
	guest_free(g);
	return NULL;
}

void guest_free(struct guest *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < KEYS_N; i++)
		free(*key_slot(g, &keys[i]));
	free(g->name);
	free(g->top);
	free(g->base);
	free(g->dir);
	free(g->kdir);
	free(g);
}

static int is_ini(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > 4 && !strcmp(entry->d_name + len - 4, ".ini");
}

int guest_list(void (*each)(void *context, const char *name), void *context,
	       struct guest_error *error)
{
	char *top = find_top(error), *path = top ? file_text("%s/vm-images/guests", top) : NULL;
	struct dirent **entries = NULL;
	int n = path ? scandir(path, &entries, is_ini, alphasort) : -1;

	if (path && n < 0)
		guest_fail(error, "cannot list %s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - 4] = '\0';
		each(context, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	free(path);
	free(top);
	return n < 0 ? -1 : 0;
}

char *guest_release(const struct guest *g)
{
	char *pattern = file_text("%s/root/lib/modules/*", g->dir), *release = NULL;
	glob_t found = {.gl_pathc = 0};

	if (pattern && glob(pattern, 0, NULL, &found) == 0)
		release = strdup(strrchr(found.gl_pathv[0], '/') + 1);
	globfree(&found);
	free(pattern);
	return release;
}

char *guest_headers(const struct guest *g)
{
	char *release, *path = NULL;

	if (*g->kernel)
		return file_text("%s/%s", g->top, g->kernel);
	release = guest_release(g);
	if (release)
		path = file_text("%s/root/usr/src/linux-headers-%s", g->dir, release);
	free(release);
	return path;
}

static int lock(const struct guest *g, struct guest_error *error)
{
	char *path;
	int fd;

	if (file_make_dirs(error, "%s", g->dir))
		return -1;
	path = file_text("%s/lock", g->dir);
	fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;
	if (fd < 0 || flock(fd, LOCK_EX)) {
		guest_fail(error, "cannot lock %s: %s", g->dir, strerror(errno));
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	free(path);
	return fd;
}

int guest_build(struct guest *g, struct guest_error *error)
{
	int fd, result = 0;

	if (g->kdir)
		return 0;
	fd = lock(g, error);
	if (fd < 0)
		return -1;
	if (!packages_built(g))
		result = packages_build(g, error);
	close(fd);
	find_kdir(g);
	return result;
}

const char *guest_kdir(const struct guest *g)
{
	return g->kdir;
}

const char *guest_verdict_name(enum guest_verdict verdict)
{
	static const char *const names[] = {
		[GUEST_PASS] = "pass",
		[GUEST_FAIL] = "fail",
		[GUEST_PANIC] = "panic",
		[GUEST_TAINT] = "taint",
		[GUEST_HANG] = "hang",
		[GUEST_LIVELOCK] = "livelock",
		[GUEST_INFRASTRUCTURE] = "infrastructure",
	};

	return names[verdict];
}

const char *guest_accel_name(enum guest_accel accel)
{
	static const char *const names[] = {
		[GUEST_ACCEL_AUTO] = "auto",
		[GUEST_ACCEL_TCG] = "tcg",
		[GUEST_ACCEL_KVM] = "kvm",
	};

	return names[accel];
}
