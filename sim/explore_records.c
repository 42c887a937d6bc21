/* SPDX-License-Identifier: MIT */
/*
 * The explorer's world of records. What has to hold (log/write/1, log/write/2, log/rotate/7,
 * daemon/selogrd/10, 15): a record that seosd has acknowledged reaches the collector once and
 * whole, and none twice, whatever happens in between. Records tell their number by the user they
 * define.
 */
#include "ref/store/log.h"
#include "sim/explorer.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define STEPS       90
#define RECORDS_MAX 4096
#define BEHIND_MAX                                                                                 \
	50 /* records under way, when an older backup is not kept: a file holds about              \
	      twice as many */
#define NAME_BYTES     200 /* of a user: large records, so that logs are rotated often */
#define COMMANDS_MAX   8   /* in one selang */
#define SETTLE_STEP_NS (5 * NS_PER_S)
#define SETTLE_STEPS   120

#define LOG_FOLDER     "/opt/CA/PAMSC/log"
#define AUDIT_LOG      LOG_FOLDER "/seos.audit"
#define COLLECTED      LOG_FOLDER "/seos.collect.audit"
#define COLLECTED_BACK LOG_FOLDER "/seos.collect.bak"

struct records {
	struct explorer *e;
	bool keeps_backups;
	unsigned count;            /* records asked for */
	bool acked[RECORDS_MAX];   /* reported as done */
	uint8_t seen[RECORDS_MAX]; /* at the collector, in files that are gone */
	uint8_t now[RECORDS_MAX];  /* and in its present one */
	unsigned collected;        /* of all of them */
};

static void set_up(struct records *w)
{
	char *shown = NULL;
	char *key;

	w->keeps_backups = explorer_pick(w->e, 4) == 0;
	explorer_write(w->e, "/opt/CA/PAMSC/seos.ini",
		       w->keeps_backups ? "[logmgr]\naudit_size = 50\nBackUp_Date = yes\n"
					: "[logmgr]\naudit_size = 50\n");
	explorer_write(w->e, LOG_FOLDER "/selogrd.cfg", "Rule\nhost localhost\n.\n");
	if (EXPLORER_RUN(w->e, "sekeys", "-make") ||
	    explorer_run(w->e, &shown, (const char *const[]){"sekeys", "-show", NULL}) || !shown)
		explorer_violated(w->e, "set-up: no key");
	key = shown ? strchr(shown, ' ') : NULL;
	if (key)
		key[strcspn(key, "\n")] = '\0';
	if (!key || EXPLORER_RUN(w->e, "sekeys", "-trust", "localhost", key + 1) ||
	    EXPLORER_RUN(w->e, "selang", "-c", "newusr root admin"))
		explorer_violated(w->e, "set-up failed");
	free(shown);
	sim_power(w->e->sim);
}

/* What the collector has */

/* "r00007xxx": 7. */
static bool number_in(const char *name, unsigned *n)
{
	if (name[0] != 'r' || name[1] < '0' || name[1] > '9')
		return false;
	*n = (unsigned)strtoul(name + 1, NULL, 10);
	return true;
}

static void count_file(struct records *w, const char *path, uint8_t counts[RECORDS_MAX])
{
	struct audit_log_reader *reader;
	struct audit_log_damage damage;
	struct audit_record record;
	int result = audit_log_read_open(sim_root(w->e->sim), path, &reader);

	if (result)
		return;
	while ((result = audit_log_read(reader, &record, NULL, &damage)) == 1) {
		unsigned n;

		if (record.type != RECORD_ADMIN || record.status != 'S' ||
		    !number_in(record.resource, &n))
			continue;
		if (n >= w->count)
			explorer_violated(w->e, "record %u was never asked for", n);
		else if (++counts[n] > 1)
			explorer_violated(w->e, "record %u is there twice", n);
	}
	if (result == -EBADMSG)
		explorer_violated(w->e, "%s is damaged at byte %" PRIu64 ": %s", path,
				  damage.offset_bytes, damage.what);
	audit_log_read_close(reader);
}

static void look(struct records *w)
{
	memset(w->now, 0, sizeof(w->now));
	/* It may be torn while nobody has it open. */
	if (sim_process_find(w->e->sim, "selogrcd"))
		count_file(w, COLLECTED, w->now);
	w->collected = 0;
	for (unsigned i = 0; i < w->count; i++) {
		w->collected += w->now[i] + w->seen[i];
		if (w->now[i] + w->seen[i] > 1)
			explorer_violated(w->e, "record %u is there twice", i);
	}
}

/* Steps */

static void record_some(struct records *w)
{
	char commands[COMMANDS_MAX * (NAME_BYTES + 16)];
	unsigned count = 1 + explorer_pick(w->e, COMMANDS_MAX);
	char padding[NAME_BYTES + 1];
	char *out = NULL;
	size_t n = 0;
	int status;

	look(w);
	if (w->count + count > RECORDS_MAX ||
	    (!w->keeps_backups && w->count - w->collected + count > BEHIND_MAX))
		return;
	memset(padding, 'x', NAME_BYTES);
	padding[NAME_BYTES] = '\0';
	for (unsigned i = 0; i < count; i++)
		n += (size_t)snprintf(commands + n, sizeof(commands) - n, "newusr r%05u%s;",
				      w->count + i, padding);
	status = explorer_run(w->e, &out, (const char *const[]){"selang", "-c", commands, NULL});
	for (unsigned i = 0; i < count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "user r%05u", w->count + i);
		w->acked[w->count + i] = out && strstr(out, name);
		w->e->result->acknowledged += w->acked[w->count + i];
	}
	explorer_tell(w->e, "selang defines r%05u to r%05u: exit %d", w->count,
		      w->count + count - 1, status);
	w->count += count;
	free(out);
}

/* More than a file holds while selogrd is down, where backups are kept. */
static void record_more(struct records *w)
{
	for (unsigned i = w->keeps_backups ? 4 : 1; i; i--)
		record_some(w);
}

static const char *const daemons[] = {"seosd", "seagent", "seoswd", "selogrd", "selogrcd"};

static void kill_one(struct records *w)
{
	explorer_kill(w->e, daemons[explorer_pick(w->e, 5)]);
}

/* At a step of its own: in the middle of whatever it does. */
static void doom_one(struct records *w)
{
	const char *name = daemons[explorer_pick(w->e, 5)];

	explorer_doom(w->e, name, 1 + explorer_pick(w->e, 40));
}

static void start_all(struct records *w)
{
	static const char *const programs[] = {"seosd", "selogrcd", "selogrd"};

	for (size_t i = 0; i < 3; i++) {
		if (!sim_process_find(w->e->sim, programs[i]))
			explorer_tell(w->e, "%s is started: exit %d", programs[i],
				      EXPLORER_RUN(w->e, programs[i]));
	}
}

/* What goes with the old backup is remembered here. */
static void begin_new_file(struct records *w)
{
	struct platform *p = sim_root(w->e->sim);
	pid_t pid = sim_process_find(w->e->sim, "selogrcd");

	if (!pid || sim_kill(w->e->sim, pid, SIGUSR1))
		return;
	explorer_tell(w->e, "selogrcd begins a new file");
	count_file(w, COLLECTED_BACK, w->seen);
	(void)p->ops->unlink(p, COLLECTED_BACK); /* none, when the file was empty */
}

static void set_network(struct records *w)
{
	unsigned lost = explorer_pick(w->e, 3) * 150;
	unsigned doubled = explorer_pick(w->e, 3) * 150;

	explorer_tell(w->e, "network: of 1000 messages %u are lost, %u doubled", lost, doubled);
	sim_network(w->e->sim, lost, doubled);
}

static void step(struct records *w)
{
	unsigned what = explorer_pick(w->e, 100);

	if (what < 45)
		record_more(w);
	else if (what < 52)
		kill_one(w);
	else if (what < 62)
		doom_one(w);
	else if (what < 75)
		start_all(w);
	else if (what < 79)
		begin_new_file(w);
	else if (what < 83)
		explorer_cut_power(w->e);
	else if (what < 88)
		set_network(w);
	else
		explorer_advance(w->e, (int64_t)(1 + explorer_pick(w->e, 15)) * NS_PER_S);
	explorer_advance(w->e, (int64_t)explorer_pick(w->e, 2000) * NS_PER_MS);
}

/* Everything runs and is left alone until all of it is there. */
static void settle(struct records *w)
{
	unsigned missing = 1;

	sim_die(w->e->sim, NULL, 0);
	sim_network(w->e->sim, 0, 0);
	for (unsigned i = 0; i < SETTLE_STEPS && missing && !w->e->broken; i++) {
		start_all(w);
		explorer_advance(w->e, SETTLE_STEP_NS);
		look(w);
		missing = 0;
		for (unsigned n = 0; n < w->count; n++)
			missing += w->acked[n] && !w->now[n] && !w->seen[n];
	}
	for (unsigned n = 0; n < w->count && missing; n++) {
		if (w->acked[n] && !w->now[n] && !w->seen[n])
			explorer_violated(w->e, "record %u was acknowledged and is lost", n);
	}
	/* Nor is any to come twice later. */
	explorer_advance(w->e, 12 * SETTLE_STEP_NS);
	look(w);
	w->e->result->collected = w->collected;
}

void explore_records(struct explorer *e)
{
	struct records *w = calloc(1, sizeof(*w));

	if (!w) {
		explorer_violated(e, "out of memory");
		return;
	}
	w->e = e;
	set_up(w);
	start_all(w);
	for (unsigned i = 0; i < STEPS && !e->broken; i++)
		step(w);
	if (!e->broken)
		settle(w);
	free(w);
}
