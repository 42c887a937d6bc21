/* SPDX-License-Identifier: MIT */
/*
 * The explorer's world of trails: a trail grows, its file system fills and empties, audsys names
 * other trails, things stand where new ones would be made, and audomon is killed at any step. What
 * has to hold: audomon switches where a switch point was crossed, once a crossing, and every time
 * it is left alone (audomon/switch/1, 3, 12, 14, 15); never onto anything that exists
 * (audsys/trail/22); and no wake-up comes sooner than sp_freq (audomon/wakeup).
 */
#include "ref/store/file.h"
#include "ref/store/trail.h"
#include "sim/explorer.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define STEPS      60
#define FOLDER     "/var/.audit"
#define TRAIL      FOLDER "/my_trail"
#define MESSAGES   "/tmp/messages"
#define BLOCKS     100000
#define KB         1024
#define KNOWN_MAX  512 /* names in the folder */
#define DECOYS_MAX 32
#define TEXT_MAX   (1u << 20)
#define MINE       "mine" /* what stands in the way, and must stay */
#define SLEEPS     11     /* of the shortest kind: more than the longest */

struct trails {
	struct explorer *e;
	struct trail_names names;                 /* as they were seen last */
	char known[KNOWN_MAX][PLATFORM_NAME_MAX]; /* and what was in the folder */
	unsigned known_count;
	char decoys[DECOYS_MAX][PLATFORM_PATH_MAX];
	unsigned decoy_count;
	unsigned named;       /* by audsys, each its own number */
	unsigned fss_percent; /* of the audomon that runs */
	int64_t sp_ns;
	pid_t audomon;
	unsigned used_percent; /* of the file system */
	bool space_done;       /* this crossing has had its switch */
	unsigned wake_ups;     /* told in MESSAGES */
	int64_t woke_ns;       /* the last one, not later than that; -1: none of this audomon */
	unsigned switches;     /* by audomon */
};

static bool is_full(const struct trails *w)
{
	return w->used_percent >= 100 - w->fss_percent;
}

/* Looking */

static bool read_names(struct trails *w, struct trail_names *out)
{
	char why[PLATFORM_PATH_MAX + TRAIL_WHY_MAX];

	if (!trail_names_load(sim_root(w->e->sim), out, why, sizeof(why)))
		return true;
	explorer_violated(w->e, "%s", why);
	return false;
}

static int note_name(void *arg, const char *name)
{
	struct trails *w = arg;

	if (w->known_count < KNOWN_MAX)
		snprintf(w->known[w->known_count++], PLATFORM_NAME_MAX, "%s", name);
	return 0;
}

static void note_folder(struct trails *w)
{
	struct platform *p = sim_root(w->e->sim);

	w->known_count = 0;
	if (p->ops->list(p, FOLDER, note_name, w) || w->known_count == KNOWN_MAX)
		explorer_violated(w->e, "set-up: " FOLDER " cannot be listed");
}

static bool was_there(const struct trails *w, const char *path)
{
	for (unsigned i = 0; i < w->known_count; i++) {
		if (!strcmp(w->known[i], path + sizeof(FOLDER)))
			return true;
	}
	return false;
}

static void check_switch(struct trails *w, const struct trail_names *now)
{
	struct trail_look left = {0};
	bool by_size = !trail_look(sim_root(w->e->sim), w->names.current, &left) &&
		       left.size_bytes >= (uint64_t)w->names.current_kb * KB;

	w->switches++;
	w->e->result->switches++;
	explorer_tell(w->e, "switched from %s to %s", w->names.current, now->current);
	if (strcmp(now->current, w->names.next) != 0 && was_there(w, now->current))
		explorer_violated(w->e, "switched onto %s, which was there", now->current);
	if (!by_size && !is_full(w))
		explorer_violated(w->e, "switched from %s for nothing", w->names.current);
	if (!by_size && w->space_done)
		explorer_violated(w->e, "switched from %s for a crossing that had its switch",
				  w->names.current);
	w->space_done |= is_full(w);
}

static unsigned count_wake_ups(struct trails *w)
{
	char *text = NULL;
	size_t bytes;
	unsigned n = 0;

	if (file_read(sim_root(w->e->sim), MESSAGES, TEXT_MAX, &text, &bytes))
		return 0;
	for (const char *at = text; (at = strstr(at, "next wake-up in ")); at++)
		n++;
	free(text);
	return n;
}

/* What has come to pass since since_ns. */
static void check_wake_ups(struct trails *w, int64_t since_ns)
{
	unsigned now = count_wake_ups(w), more = now - w->wake_ups;

	if (!more)
		return;
	if (w->woke_ns >= 0 && sim_boot_ns(w->e->sim) - w->woke_ns < w->sp_ns * more)
		explorer_violated(
			w->e, "%u wake-ups within %" PRId64 " ms, and sp_freq is %" PRId64 " ms",
			more, (sim_boot_ns(w->e->sim) - w->woke_ns) / NS_PER_MS,
			w->sp_ns / NS_PER_MS);
	w->e->result->wake_ups += more;
	w->wake_ups = now;
	w->woke_ns = since_ns;
}

static void look(struct trails *w, int64_t since_ns)
{
	struct trail_names now;

	if (!read_names(w, &now))
		return;
	if (strcmp(now.current, w->names.current) != 0)
		check_switch(w, &now);
	w->names = now;
	note_folder(w);
	check_wake_ups(w, since_ns);
}

static void watch(struct explorer *e, void *world)
{
	look(world, sim_boot_ns(e->sim));
}

/* What an administrator does */

static void start_audomon(struct trails *w)
{
	static const char *const minutes[] = {"0.05", "0.5", "1"};
	static const int64_t ms[] = {3000, 30000, 60000};
	static const char *const percents[] = {"5", "20", "50"};
	static const unsigned fss[] = {5, 20, 50};
	unsigned t = explorer_pick(w->e, 3), p = explorer_pick(w->e, 3);
	int64_t begin_ns = sim_boot_ns(w->e->sim);
	int status;

	if (sim_process_find(w->e->sim, "audomon"))
		return;
	w->sp_ns = ms[t] * NS_PER_MS;
	w->fss_percent = fss[p];
	w->space_done = false; /* the hold ends with the process (decision H14) */
	w->woke_ns = -1;
	status = EXPLORER_RUN(w->e, "audomon", "-t", minutes[t], "-p", percents[p], "-v", "-o",
			      MESSAGES);
	explorer_tell(w->e, "audomon -t %s -p %s: exit %d", minutes[t], percents[p], status);
	look(w, begin_ns);
}

static void kill_audomon(struct trails *w)
{
	if (explorer_pick(w->e, 2))
		explorer_kill(w->e, "audomon");
	else
		explorer_doom(w->e, "audomon", 1 + explorer_pick(w->e, 25));
}

/* Adds to the current trail, whatever is in it. */
static void grow(struct trails *w, uint64_t kb)
{
	static const char block[KB] = "";
	struct platform *p = sim_root(w->e->sim);
	char path[TRAIL_PATH_MAX];
	int fd = -1;

	if (trail_file_name(w->names.current, 0, path))
		fd = p->ops->open(p, path, PLATFORM_APPEND, 0);
	if (fd < 0) {
		explorer_violated(w->e, "set-up: %s cannot be written", path);
		return;
	}
	for (uint64_t i = 0; i < kb; i++)
		(void)p->ops->write(p, fd, block, sizeof(block));
	p->ops->close(p, fd);
	explorer_tell(w->e, "%s grows by %" PRIu64 " Kb", w->names.current, kb);
}

static void fill(struct trails *w, unsigned percent)
{
	char full[32], blocks[32], reply[FILL_REPLY_MAX];
	const char *const argv[] = {"set", blocks, full};

	snprintf(blocks, sizeof(blocks), "blocks=%d", BLOCKS);
	snprintf(full, sizeof(full), "full=%u", percent);
	if (sim_fill(w->e->sim, FOLDER, 3, argv, reply))
		explorer_violated(w->e, "set-up: %s", reply);
	w->used_percent = percent;
	w->space_done &= is_full(w);
	explorer_tell(w->e, "the file system is %u %% full", percent);
}

/* A command of audsys, which may name another current trail (named): that is no switch. What else
 * has become the current one meanwhile is of audomon, and only taken note of. */
static void control(struct trails *w, const char *named, const char *const *argv)
{
	int64_t begin_ns = sim_boot_ns(w->e->sim);
	int status = explorer_run(w->e, NULL, argv);
	struct trail_names now;

	explorer_tell(w->e, "audsys %s %s: exit %d", argv[1], argv[2], status);
	if (!read_names(w, &now))
		return;
	if (strcmp(now.current, w->names.current) != 0 && strcmp(now.current, named) != 0)
		w->space_done |= is_full(w);
	w->names = now;
	look(w, begin_ns);
}

static void name_trail(struct trails *w, bool current)
{
	char path[64];

	snprintf(path, sizeof(path), TRAIL "_%u", w->named++);
	if (current)
		control(w, path, (const char *const[]){"audsys", "-c", path, "-s", "300", NULL});
	else
		control(w, "", (const char *const[]){"audsys", "-x", path, "-z", "200", NULL});
}

/* Something with the name that a new trail would get in this minute or the next ones. */
static void stand_in_the_way(struct trails *w)
{
	struct platform *p = sim_root(w->e->sim);
	int64_t wall_s = sim_wall_ns(w->e->sim) / NS_PER_S + 60 * explorer_pick(w->e, 3);
	char path[TRAIL_PATH_MAX];
	struct platform_stat stat;
	struct tm at;

	if (w->decoy_count == DECOYS_MAX || p->ops->local_time(p, wall_s, &at) ||
	    !trail_name(w->names.base, &at, TRAIL_STAMP_PLAIN, explorer_pick(w->e, 2), path) ||
	    !p->ops->stat(p, path, &stat))
		return;
	explorer_write(w->e, path, MINE);
	snprintf(w->decoys[w->decoy_count++], PLATFORM_PATH_MAX, "%s", path);
	explorer_tell(w->e, "%s is made", path);
	note_folder(w);
}

static void check_decoys(struct trails *w)
{
	for (unsigned i = 0; i < w->decoy_count; i++) {
		char *text = NULL;
		size_t bytes;

		if (file_read(sim_root(w->e->sim), w->decoys[i], TEXT_MAX, &text, &bytes) ||
		    strcmp(text, MINE) != 0)
			explorer_violated(w->e, "%s was there, and is not as it was", w->decoys[i]);
		free(text);
	}
}

static void step(struct trails *w)
{
	unsigned what = explorer_pick(w->e, 100);

	if (what < 35)
		grow(w, 1 + explorer_pick(w->e, 120));
	else if (what < 55)
		fill(w, explorer_pick(w->e, 101));
	else if (what < 62)
		name_trail(w, false);
	else if (what < 65)
		name_trail(w, true);
	else if (what < 72)
		stand_in_the_way(w);
	else if (what < 78)
		kill_audomon(w);
	else
		start_audomon(w);
	explorer_advance(w->e, (int64_t)explorer_pick(w->e, 200) * NS_PER_S);
}

/* Left alone, audomon switches exactly once: for the size, and then for the space. */
static void settle(struct trails *w)
{
	unsigned before;

	sim_die(w->e->sim, NULL, 0);
	fill(w, 10);
	start_audomon(w);
	explorer_advance(w->e, SLEEPS * w->sp_ns);
	for (int i = 0; i < 2 && !w->e->broken; i++) {
		before = w->switches;
		if (i == 0)
			grow(w, w->names.current_kb);
		else
			fill(w, 99);
		explorer_advance(w->e, 3 * SLEEPS * w->sp_ns);
		if (w->switches != before + 1)
			explorer_violated(w->e, "%u switches for one crossing by %s",
					  w->switches - before, i ? "space" : "size");
	}
	check_decoys(w);
}

static void set_up(struct trails *w)
{
	if (sim_mount(w->e->sim, FOLDER))
		explorer_violated(w->e, "set-up: no file system");
	fill(w, 50);
	if (EXPLORER_RUN(w->e, "audsys", "-n", "-c", TRAIL, "-s", "300"))
		explorer_violated(w->e, "set-up failed");
	(void)read_names(w, &w->names);
	note_folder(w);
	w->woke_ns = -1;
}

void explore_trails(struct explorer *e)
{
	struct trails *w = calloc(1, sizeof(*w));

	if (!w) {
		explorer_violated(e, "out of memory");
		return;
	}
	w->e = e;
	w->fss_percent = 20;
	e->watch = watch;
	e->world = w;
	set_up(w);
	start_audomon(w);
	for (unsigned i = 0; i < STEPS && !e->broken; i++)
		step(w);
	if (!e->broken)
		settle(w);
	free(w);
}
