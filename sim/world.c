/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine as a whole: its clocks, its queue of events and its disks' stated space;
 * see sim.h. Time moves only from one event to the next.
 */
#include "sim/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct fill_amounts fresh_disk = {4096, 1000000, 1000000, 950000, 100000, 100000};

/* xorshift64*: small, and the same everywhere. */
uint64_t sim_random(struct sim *s, uint64_t below)
{
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return (s->random * UINT64_C(2685821657736338717) >> 11) % below;
}

void sim_slow(struct sim *s, unsigned permille, int64_t most_ns)
{
	s->slow_permille = permille;
	s->slow_ns = most_ns;
}

int64_t sim_delay(struct sim *s)
{
	if (!s->slow_permille || sim_random(s, 1000) >= s->slow_permille)
		return 0;
	return (int64_t)sim_random(s, (uint64_t)s->slow_ns);
}

static int furnish(struct sim *s)
{
	static const struct {
		const char *path;
		mode_t mode;
	} folders[] = {
		{"/", 0755},
		{"/bin", 0755},
		{"/dev", 0755},
		{"/etc", 0755},
		{"/etc/rc.config.d", 0755},
		{"/opt", 0755},
		{"/opt/CA", 0755},
		{"/opt/CA/PAMSC", 0755},
		{"/opt/CA/PAMSC/bin", 0755},
		{"/opt/CA/PAMSC/etc", 0755},
		{"/opt/CA/PAMSC/log", 0755},
		{"/opt/CA/PAMSC/seosdb", 0700},
		{"/run", 0755},
		{"/.secure", 0700},
		{"/.secure/etc", 0700},
		{"/tmp", 01777},
		{"/var", 0755},
		{"/var/.audit", 0700},
		{"/var/run", 0755},
		{"/var/log", 0755},
	};
	struct sim_file *made;
	int error = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !error; i++)
		error = sim_file_make(s, folders[i].path, true, folders[i].mode, 0, &made);
	if (!error)
		error = sim_file_make(s, "/dev/console", false, 0600, 0, &made);
	if (!error)
		error = sim_file_make(s, "/dev/null", false, 0666, 0, &made);
	if (!error)
		error = sim_mount(s, "/");
	return error;
}

static ssize_t discard(void *cookie, const char *data, size_t bytes)
{
	(void)cookie;
	(void)data;
	return (ssize_t)bytes;
}

struct sim *sim_new(uint64_t seed, int64_t wall_s)
{
	static const struct sim_command root = {.pid = 1};
	struct sim *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->random = seed * 2 + 1; /* never zero */
	s->now_ns = NS_PER_S;
	s->wall_offset_ns = wall_s * NS_PER_S - s->now_ns;
	s->last_pid = 300;
	s->audit.origin = seed;
	sim_kernel_boot(s);
	s->nowhere = fopencookie(NULL, "w", (cookie_io_functions_t){.write = discard});
	if (!s->nowhere || furnish(s) || sim_user_add(s, 0, "root") || sim_database_register(s))
		goto fail;
	s->root = sim_process_new(s, &root, 0);
	if (!s->root)
		goto fail;
	return s;
fail:
	sim_free(s);
	return NULL;
}

void sim_free(struct sim *s)
{
	if (!s)
		return;
	sim_processes_free(s);
	sim_links_free(s);
	sim_database_unregister(s);
	sim_files_free(s);
	sim_guard_free(s);
	if (s->nowhere)
		fclose(s->nowhere);
	free(s);
}

int sim_user_add(struct sim *s, uid_t uid, const char *name)
{
	int n;

	if (s->user_count == SIM_USERS_MAX)
		return -ENOSPC;
	n = snprintf(s->users[s->user_count].name, PLATFORM_NAME_MAX, "%s", name);
	if (n < 0 || n >= PLATFORM_NAME_MAX)
		return -ENAMETOOLONG;
	s->users[s->user_count++].uid = uid;
	return 0;
}

int sim_user_find(const struct sim *s, const char *name, uid_t *uid)
{
	for (size_t i = 0; i < s->user_count; i++) {
		if (!strcmp(s->users[i].name, name)) {
			*uid = s->users[i].uid;
			return 0;
		}
	}
	return -ENOENT;
}

/* The queue */

int sim_event_add(struct sim *s, const struct sim_event *e)
{
	struct sim_event *slot = &s->events[s->event_count];

	if (s->event_count == SIM_EVENTS_MAX)
		return -ENOSPC;
	*slot = *e;
	slot->sequence = s->sequence++;
	s->event_count++;
	return 0;
}

void sim_connection_free(struct sim *s, struct platform_connection *c)
{
	struct platform_connection **link = &s->connections;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	free(c->text);
	free(c->answer);
	free(c);
}

static bool sooner(const struct sim_event *a, const struct sim_event *b)
{
	return a->at_ns != b->at_ns ? a->at_ns < b->at_ns : a->sequence < b->sequence;
}

/* A busy process is on a stack below us, or rests in main: what is for it waits, as it would on a
 * real machine. */
static bool deliverable(const struct sim *s, const struct sim_event *e)
{
	const struct sim_process *p = sim_process_by_pid(s, e->pid);

	return !p || !p->busy || e->kind == SIM_GO_ON || (p->rests && sim_process_dies_of(p, e));
}

bool sim_step(struct sim *s, int64_t until_ns)
{
	struct sim_event *next = NULL;
	struct sim_event e;

	for (size_t i = 0; i < s->event_count; i++) {
		struct sim_event *candidate = &s->events[i];

		if ((!next || sooner(candidate, next)) && deliverable(s, candidate))
			next = candidate;
	}
	if (!next || next->at_ns > until_ns)
		return false;
	e = *next;
	*next = s->events[--s->event_count];
	if (e.at_ns > s->now_ns)
		s->now_ns = e.at_ns;
	sim_process_deliver(s, &e);
	return true;
}

void sim_advance(struct sim *s, int64_t ns)
{
	int64_t until_ns = s->now_ns + ns;

	while (sim_step(s, until_ns))
		;
	if (s->now_ns < until_ns)
		s->now_ns = until_ns;
}

int64_t sim_boot_ns(const struct sim *s)
{
	return s->now_ns;
}

int64_t sim_wall_ns(const struct sim *s)
{
	return s->now_ns + s->wall_offset_ns;
}

void sim_wall_set(struct sim *s, int64_t wall_s)
{
	s->wall_offset_ns = wall_s * NS_PER_S - s->now_ns;
}

/* Disks */

struct sim_mount *sim_mount_of(struct sim *s, const char *path)
{
	struct sim_mount *best = &s->mounts[0]; /* the root */
	size_t longest = 0;

	for (size_t i = 1; i < s->mount_count; i++) {
		size_t n = strlen(s->mounts[i].path);

		if (n > longest && !strncmp(path, s->mounts[i].path, n) &&
		    (path[n] == '/' || path[n] == '\0')) {
			best = &s->mounts[i];
			longest = n;
		}
	}
	return best;
}

int sim_mount(struct sim *s, const char *path)
{
	struct sim_mount *m = &s->mounts[s->mount_count];
	const struct sim_file *folder = sim_file_find(s, path);
	int n;

	if (!folder || !folder->is_dir)
		return -ENOTDIR;
	if (s->mount_count == SIM_MOUNTS_MAX)
		return -ENOSPC;
	n = snprintf(m->path, sizeof(m->path), "%s", path);
	if (n < 0 || n >= (int)sizeof(m->path))
		return -ENAMETOOLONG;
	memset(&m->fill, 0, sizeof(m->fill));
	s->mount_count++;
	return 0;
}

int sim_fill(struct sim *s, const char *path, int argc, const char *const argv[],
	     char reply[FILL_REPLY_MAX])
{
	struct sim_mount *m = sim_mount_of(s, path);

	if (strcmp(m->path, path))
		return -ENOENT;
	return fill_command(&m->fill, argc, argv, &fresh_disk, reply);
}

void sim_mount_space(const struct sim_mount *m, struct platform_space *out)
{
	struct fill_amounts said = fill_said(&m->fill, &fresh_disk);

	*out = (struct platform_space){said.block_size, said.blocks, said.free, said.available};
}
