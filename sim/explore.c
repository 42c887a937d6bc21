/* SPDX-License-Identifier: MIT */
/*
 * The seeded explorer; see explore.h: the worlds of a seed one after the other, and what they
 * share.
 */
#include "sim/explorer.h"

#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void explorer_tell(const struct explorer *e, const char *format, ...)
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

void explorer_violated(struct explorer *e, const char *format, ...)
{
	va_list args;

	if (e->broken)
		return;
	e->broken = true;
	va_start(args, format);
	vsnprintf(e->result->why, sizeof(e->result->why), format, args);
	va_end(args);
	explorer_tell(e, "violated: %s", e->result->why);
}

unsigned explorer_pick(struct explorer *e, unsigned below)
{
	e->random = e->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (unsigned)((e->random >> 33) % below);
}

int explorer_run(struct explorer *e, char **out, const char *const *argv)
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

void explorer_write(struct explorer *e, const char *path, const char *text)
{
	struct platform *p = sim_root(e->sim);
	int fd = p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_TRUNC, 0600);

	if (fd < 0 || p->ops->write(p, fd, text, strlen(text)))
		explorer_violated(e, "set-up: %s cannot be written", path);
	if (fd >= 0)
		p->ops->close(p, fd);
}

void explorer_advance(struct explorer *e, int64_t ns)
{
	int64_t until_ns = sim_boot_ns(e->sim) + ns;

	while (sim_step(e->sim, until_ns)) {
		if (e->watch)
			e->watch(e, e->world);
	}
	sim_advance(e->sim, until_ns - sim_boot_ns(e->sim));
}

void explorer_kill(struct explorer *e, const char *program)
{
	pid_t pid = sim_process_find(e->sim, program);

	if (!pid || sim_kill(e->sim, pid, SIGKILL))
		return;
	explorer_tell(e, "%s is killed", program);
	e->result->deaths++;
}

void explorer_doom(struct explorer *e, const char *program, unsigned steps)
{
	explorer_tell(e, "%s will die at its step %u", program, steps);
	sim_die(e->sim, program, steps);
	e->result->deaths++;
}

void explorer_cut_power(struct explorer *e)
{
	explorer_tell(e, "the power is cut");
	sim_die(e->sim, NULL, 0);
	sim_power_cut(e->sim);
	e->result->power_cuts++;
}

static bool explore(uint64_t seed, void (*world)(struct explorer *e), FILE *trace,
		    struct explore_result *result)
{
	struct explorer e = {.sim = sim_new(seed, EXPLORER_WALL_S),
			     .trace = trace,
			     .random = seed * 2 + 1,
			     .result = result};

	if (e.sim)
		world(&e);
	else
		snprintf(result->why, sizeof(result->why), "out of memory");
	sim_free(e.sim);
	return e.sim && !e.broken;
}

bool explore_seed(uint64_t seed, FILE *trace, struct explore_result *result)
{
	*result = (struct explore_result){0};
	return explore(seed, explore_records, trace, result) &&
	       explore(seed, explore_daemons, trace, result) &&
	       explore(seed, explore_trails, trace, result) &&
	       explore(seed, explore_sessions, trace, result);
}

void explore_add(struct explore_result *total, const struct explore_result *run)
{
	total->acknowledged += run->acknowledged;
	total->collected += run->collected;
	total->deaths += run->deaths;
	total->power_cuts += run->power_cuts;
	total->granted += run->granted;
	total->denied += run->denied;
	total->unloads += run->unloads;
	total->switches += run->switches;
	total->wake_ups += run->wake_ups;
	total->logins += run->logins;
	total->logouts += run->logouts;
	if (run->slowest_restart_ms > total->slowest_restart_ms)
		total->slowest_restart_ms = run->slowest_restart_ms;
}
