/* SPDX-License-Identifier: MIT */
/*
 * The seeded explorer; see explore.h. What has to hold (log/write/1, log/write/2, log/rotate/7,
 * daemon/selogrd/10): a record that seosd has acknowledged reaches the collector once and whole,
 * and none twice, whatever happens in between. Records tell their number by the user they define.
 */
#include "sim/explore.h"
#include "ref/store/log.h"
#include "sim/sim.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define START_WALL_S   INT64_C(1222256334)
#define STEPS          90
#define RECORDS_MAX    4096
#define BEHIND_MAX     50  /* records under way: a file holds about twice as many */
#define NAME_BYTES     200 /* of a user: large records, so that logs are rotated often */
#define COMMANDS_MAX   8   /* in one selang */
#define SETTLE_STEP_NS (5 * NS_PER_S)
#define SETTLE_STEPS   120

#define LOG_FOLDER     "/opt/CA/PAMSC/log"
#define AUDIT_LOG      LOG_FOLDER "/seos.audit"
#define COLLECTED      LOG_FOLDER "/seos.collect.audit"
#define COLLECTED_BACK LOG_FOLDER "/seos.collect.bak"

struct explorer {
	struct sim *sim;
	FILE *trace;
	uint64_t random;
	struct explore_result *result;
	bool broken;
	unsigned count;            /* records asked for */
	bool acked[RECORDS_MAX];   /* reported as done */
	uint8_t seen[RECORDS_MAX]; /* at the collector, in files that are gone */
	uint8_t now[RECORDS_MAX];  /* and in its present one */
	unsigned collected;        /* of all of them */
};

__attribute__((format(printf, 2, 3))) static void tell(const struct explorer *e, const char *format,
						       ...)
{
	va_list args;

	if (!e->trace)
		return;
	fprintf(e->trace, "%12.6f ", (double)sim_boot_ns(e->sim) / 1e9);
	va_start(args, format);
	vfprintf(e->trace, format, args);
	va_end(args);
	fputc('\n', e->trace);
}

__attribute__((format(printf, 2, 3))) static void violated(struct explorer *e, const char *format,
							   ...)
{
	va_list args;

	if (e->broken)
		return;
	e->broken = true;
	va_start(args, format);
	vsnprintf(e->result->why, sizeof(e->result->why), format, args);
	va_end(args);
	tell(e, "violated: %s", e->result->why);
}

/* A seed of its own, so that what is done does not hang on how the machine answers. */
static unsigned pick(struct explorer *e, unsigned below)
{
	e->random = e->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)((e->random >> 33) % below);
}

/* Runs a command; its standard output is in *out, to be freed, if that is wanted. */
static int run(struct explorer *e, char **out, const char *const *argv)
{
	const struct sim_command command = {.argv = argv};
	struct sim_result result = {.status = -1};

	if (sim_run(e->sim, &command, &result))
		return -1;
	if (out)
		*out = strdup(result.out ? result.out : "");
	sim_result_free(&result);
	return result.status;
}

#define RUN(e, ...) run(e, NULL, (const char *const[]){__VA_ARGS__, NULL})

static void write_file(struct explorer *e, const char *path, const char *text)
{
	struct platform *p = sim_root(e->sim);
	int fd = p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_TRUNC, 0600);

	if (fd < 0 || p->ops->write(p, fd, text, strlen(text)))
		violated(e, "set-up: %s cannot be written", path);
	if (fd >= 0)
		p->ops->close(p, fd);
}

static void set_up(struct explorer *e)
{
	char *shown = NULL;
	char *key;

	write_file(e, "/opt/CA/PAMSC/seos.ini", "[logmgr]\naudit_size = 50\n");
	write_file(e, LOG_FOLDER "/selogrd.cfg", "Rule\nhost localhost\n.\n");
	if (RUN(e, "sekeys", "-make") ||
	    run(e, &shown, (const char *const[]){"sekeys", "-show", NULL}) || !shown)
		violated(e, "set-up: no key");
	key = shown ? strchr(shown, ' ') : NULL;
	if (key)
		key[strcspn(key, "\n")] = '\0';
	if (!key || RUN(e, "sekeys", "-trust", "localhost", key + 1) ||
	    RUN(e, "selang", "-c", "newusr root admin"))
		violated(e, "set-up failed");
	free(shown);
	sim_power(e->sim);
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

static void count_file(struct explorer *e, const char *path, uint8_t counts[RECORDS_MAX])
{
	struct audit_log_reader *reader;
	struct audit_log_damage damage;
	struct audit_record record;
	int result = audit_log_read_open(sim_root(e->sim), path, &reader);

	if (result)
		return;
	while ((result = audit_log_read(reader, &record, NULL, &damage)) == 1) {
		unsigned n;

		if (record.type != RECORD_ADMIN || record.status != 'S' ||
		    !number_in(record.resource, &n))
			continue;
		if (n >= e->count)
			violated(e, "record %u was never asked for", n);
		else if (++counts[n] > 1)
			violated(e, "record %u is there twice", n);
	}
	if (result == -EBADMSG)
		violated(e, "%s is damaged at byte %" PRIu64 ": %s", path, damage.offset_bytes,
			 damage.what);
	audit_log_read_close(reader);
}

static void look(struct explorer *e)
{
	memset(e->now, 0, sizeof(e->now));
	/* It may be torn while nobody has it open. */
	if (sim_process_find(e->sim, "selogrcd"))
		count_file(e, COLLECTED, e->now);
	e->collected = 0;
	for (unsigned i = 0; i < e->count; i++) {
		e->collected += e->now[i] + e->seen[i];
		if (e->now[i] + e->seen[i] > 1)
			violated(e, "record %u is there twice", i);
	}
}

/* Steps */

static void record_some(struct explorer *e)
{
	char commands[COMMANDS_MAX * (NAME_BYTES + 16)];
	unsigned count = 1 + pick(e, COMMANDS_MAX);
	char padding[NAME_BYTES + 1];
	char *out = NULL;
	size_t n = 0;
	int status;

	look(e);
	if (e->count + count > RECORDS_MAX || e->count - e->collected + count > BEHIND_MAX)
		return;
	memset(padding, 'x', NAME_BYTES);
	padding[NAME_BYTES] = '\0';
	for (unsigned i = 0; i < count; i++)
		n += (size_t)snprintf(commands + n, sizeof(commands) - n, "newusr r%05u%s;",
				      e->count + i, padding);
	status = run(e, &out, (const char *const[]){"selang", "-c", commands, NULL});
	for (unsigned i = 0; i < count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "user r%05u", e->count + i);
		e->acked[e->count + i] = out && strstr(out, name);
		e->result->acknowledged += e->acked[e->count + i];
	}
	tell(e, "selang defines r%05u to r%05u: exit %d", e->count, e->count + count - 1, status);
	e->count += count;
	free(out);
}

static const char *const daemons[] = {"seosd", "seagent", "seoswd", "selogrd", "selogrcd"};

static void kill_one(struct explorer *e)
{
	const char *name = daemons[pick(e, 5)];
	pid_t pid = sim_process_find(e->sim, name);

	if (pid && !sim_kill(e->sim, pid, SIGKILL)) {
		tell(e, "%s is killed", name);
		e->result->deaths++;
	}
}

/* At a step of its own: in the middle of whatever it does. */
static void doom_one(struct explorer *e)
{
	const char *name = daemons[pick(e, 5)];
	unsigned steps = 1 + pick(e, 40);

	tell(e, "%s will die at its step %u", name, steps);
	sim_die(e->sim, name, steps);
	e->result->deaths++;
}

static void start_all(struct explorer *e)
{
	static const char *const programs[] = {"seosd", "selogrcd", "selogrd"};

	for (size_t i = 0; i < 3; i++) {
		if (!sim_process_find(e->sim, programs[i]))
			tell(e, "%s is started: exit %d", programs[i], RUN(e, programs[i]));
	}
}

/* What goes with the old backup is remembered here. */
static void begin_new_file(struct explorer *e)
{
	struct platform *p = sim_root(e->sim);
	pid_t pid = sim_process_find(e->sim, "selogrcd");

	if (!pid || sim_kill(e->sim, pid, SIGUSR1))
		return;
	tell(e, "selogrcd begins a new file");
	count_file(e, COLLECTED_BACK, e->seen);
	(void)p->ops->unlink(p, COLLECTED_BACK); /* none, when the file was empty */
}

static void cut_power(struct explorer *e)
{
	tell(e, "the power is cut");
	sim_die(e->sim, NULL, 0);
	sim_power_cut(e->sim);
	e->result->power_cuts++;
}

static void set_network(struct explorer *e)
{
	unsigned lost = pick(e, 3) * 150;
	unsigned doubled = pick(e, 3) * 150;

	tell(e, "network: of 1000 messages %u are lost, %u doubled", lost, doubled);
	sim_network(e->sim, lost, doubled);
}

static void step(struct explorer *e)
{
	unsigned what = pick(e, 100);

	if (what < 45)
		record_some(e);
	else if (what < 52)
		kill_one(e);
	else if (what < 62)
		doom_one(e);
	else if (what < 75)
		start_all(e);
	else if (what < 79)
		begin_new_file(e);
	else if (what < 83)
		cut_power(e);
	else if (what < 88)
		set_network(e);
	else
		sim_advance(e->sim, (int64_t)(1 + pick(e, 15)) * NS_PER_S);
	sim_advance(e->sim, (int64_t)pick(e, 2000) * NS_PER_MS);
}

/* Everything runs and is left alone until all of it is there. */
static void settle(struct explorer *e)
{
	unsigned missing = 1;

	sim_die(e->sim, NULL, 0);
	sim_network(e->sim, 0, 0);
	for (unsigned i = 0; i < SETTLE_STEPS && missing && !e->broken; i++) {
		start_all(e);
		sim_advance(e->sim, SETTLE_STEP_NS);
		look(e);
		missing = 0;
		for (unsigned n = 0; n < e->count; n++)
			missing += e->acked[n] && !e->now[n] && !e->seen[n];
	}
	for (unsigned n = 0; n < e->count && missing; n++) {
		if (e->acked[n] && !e->now[n] && !e->seen[n])
			violated(e, "record %u was acknowledged and is lost", n);
	}
	/* Nor is any to come twice later. */
	sim_advance(e->sim, 12 * SETTLE_STEP_NS);
	look(e);
	e->result->collected = e->collected;
}

bool explore_seed(uint64_t seed, FILE *trace, struct explore_result *result)
{
	struct explorer *e = calloc(1, sizeof(*e));
	bool fine;

	*result = (struct explore_result){0};
	if (e)
		e->sim = sim_new(seed, START_WALL_S);
	if (!e || !e->sim) {
		snprintf(result->why, sizeof(result->why), "out of memory");
		free(e);
		return false;
	}
	e->trace = trace;
	e->random = seed * 2 + 1;
	e->result = result;
	set_up(e);
	start_all(e);
	for (unsigned i = 0; i < STEPS && !e->broken; i++)
		step(e);
	if (!e->broken)
		settle(e);
	fine = !e->broken;
	sim_free(e->sim);
	free(e);
	return fine;
}
