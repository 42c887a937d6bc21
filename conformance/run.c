/* SPDX-License-Identifier: MIT */
/*
 * `conform run`: options, selection of cases, the target they run on, reports. Not for: running one
 * case (runner.c).
 */
#include "conformance/progress.h"
#include "conformance/report/report.h"
#include "conformance/shell_word.h"
#include "conformance/strbuf.h"
#include "conformance/stream.h"
#include "conformance/target/guest.h"
#include "conformance/target/local.h"
#include "conformance/target/ssh.h"
#include "conformance/verbs.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#define SETTINGS_MAX   64
#define OVERLAYS_MAX   16
#define DEFAULT_TARGET "reference-guest"

static const char usage[] =
	"usage: conform run [OPTION]... [ID-GLOB]...\n"
	"Runs the cases whose ids, or requirements, match a glob; all without one. An area or a "
	"topic\n"
	"stands for everything below it.\n"
	"\n"
	"  --target NAME|FILE        profile of the target (default " DEFAULT_TARGET ")\n"
	"  --set SECTION.KEY=VALUE   change the profile for this run\n"
	"  --overlay DIR             folder laid over the guest's root\n"
	"  --level LEVEL             documented, inferred or chosen: the least sure cases to run\n"
	"                            (default: the profile's, else documented)\n"
	"  --shard I/N               only the I-th of N parts\n"
	"  --seed N                  what a simulated target leaves to chance (default 1)\n"
	"  --junit F --tap F --json F --html F   reports\n"
	"\n"
	"Exit status: 0 all passed, 1 some failed, 2 could not run.\n";

struct options {
	const char *target;
	const char *settings[SETTINGS_MAX];
	size_t setting_count;
	const char *overlays[OVERLAYS_MAX + 1];
	size_t overlay_count;
	int level; /* -1: the profile's */
	unsigned long shard, shards;
	uint64_t seed;
	const char *reports[REPORT_FORMS];
	char **globs;
	int glob_count;
};

enum {
	OPT_TARGET = 1,
	OPT_SET,
	OPT_OVERLAY,
	OPT_LEVEL,
	OPT_SHARD,
	OPT_SEED,
	OPT_JUNIT, /* from here on in the order of the reports */
	OPT_TAP,
	OPT_JSON,
	OPT_HTML,
};

static const struct option long_options[] = {
	{"target", required_argument, NULL, OPT_TARGET},
	{"set", required_argument, NULL, OPT_SET},
	{"overlay", required_argument, NULL, OPT_OVERLAY},
	{"level", required_argument, NULL, OPT_LEVEL},
	{"shard", required_argument, NULL, OPT_SHARD},
	{"seed", required_argument, NULL, OPT_SEED},
	{"help", no_argument, NULL, 'h'},
	{"junit", required_argument, NULL, OPT_JUNIT},
	{"tap", required_argument, NULL, OPT_TAP},
	{"json", required_argument, NULL, OPT_JSON},
	{"html", required_argument, NULL, OPT_HTML},
	{0},
};

static int parse_shard(struct options *o, const char *text)
{
	char *end;

	errno = 0;
	o->shard = strtoul(text, &end, 10);
	if (end != text && *end == '/') {
		const char *second = end + 1;

		o->shards = strtoul(second, &end, 10);
		if (!errno && end != second && !*end && o->shard >= 1 && o->shard <= o->shards)
			return 0;
	}
	return verb_refuse("run: --shard %s: write it I/N with 1 <= I <= N", text);
}

static int parse_seed(struct options *o, const char *text)
{
	char *end;

	errno = 0;
	o->seed = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-')
		return verb_refuse("run: --seed %s is not a number", text);
	return 0;
}

static int take_option(void *arg, int option)
{
	struct options *o = arg;
	const char *text = optarg;

	switch (option) {
	case OPT_TARGET:
		o->target = text;
		return 0;
	case OPT_SET:
		if (o->setting_count == SETTINGS_MAX)
			return verb_refuse("run: more than %d --set", SETTINGS_MAX);
		o->settings[o->setting_count++] = text;
		return 0;
	case OPT_OVERLAY:
		if (o->overlay_count == OVERLAYS_MAX)
			return verb_refuse("run: more than %d --overlay", OVERLAYS_MAX);
		o->overlays[o->overlay_count++] = text;
		return 0;
	case OPT_LEVEL:
		o->level = spec_level_parse(text);
		return o->level >= 0
			       ? 0
			       : verb_refuse("run: --level %s: documented, inferred or chosen",
					     text);
	case OPT_SHARD:
		return parse_shard(o, text);
	case OPT_SEED:
		return parse_seed(o, text);
	default:
		o->reports[option - OPT_JUNIT] = text;
		return 0;
	}
}

/* Returns 0, 2 for wrong usage, or -1 when help was shown. */
static int parse_options(struct options *o, int argc, char **argv)
{
	int status;

	*o = (struct options){
		.target = DEFAULT_TARGET, .level = -1, .shards = 1, .shard = 1, .seed = 1};
	status = verb_options(argc, argv, usage, long_options, take_option, o);
	o->globs = argv + optind;
	o->glob_count = argc - optind;
	return status;
}

/* --- selection -------------------------------------------------------------------------------- */

static int refuse_glob(const struct run *run, const char *glob)
{
	static const char *const no_ids[] = {NULL};

	for (size_t i = 0; i < run->spec->count; i++)
		if (case_matches(glob, run->spec->requirements[i].id, no_ids))
			return verb_refuse("run: %s has no case yet", glob);
	return verb_refuse("run: no case or requirement matches \"%s\": see conform list", glob);
}

static int plan(struct run *run, const struct options *o, int level)
{
	unsigned long n = 0;

	for (int g = 0; g < o->glob_count; g++) {
		bool any = false;

		for (size_t i = 0; i < run->count; i++) {
			struct outcome *c = &run->outcomes[i];

			if (case_matches(o->globs[g], c->id, c->decl->requirements))
				any = c->planned = true;
		}
		if (!any)
			return refuse_glob(run, o->globs[g]);
	}
	for (size_t i = 0; i < run->count; i++) {
		struct outcome *c = &run->outcomes[i];

		if (!o->glob_count)
			c->planned = true;
		if ((int)c->level > level)
			c->planned = false;
	}
	run->plan = run_plan(run);
	run->shard = o->shard;
	run->shards = o->shards;
	for (size_t i = 0; i < run->count; i++) {
		struct outcome *c = &run->outcomes[i];

		if (c->planned)
			c->planned = n++ % o->shards == o->shard - 1;
		if (c->planned)
			c->verdict = VERDICT_MISSING;
	}
	if (!n)
		return verb_refuse("run: no case is left at level %s: a higher --level has more",
				   spec_level_name((enum spec_level)level));
	return 0;
}

static char *replay_command(const struct options *o, int level)
{
	struct strbuf b;

	strbuf_init(&b, 8192);
	strbuf_puts(&b, "build/bin/conform run --target ");
	shell_add_word(&b, o->target);
	for (size_t i = 0; i < o->setting_count; i++) {
		strbuf_puts(&b, " --set ");
		shell_add_word(&b, o->settings[i]);
	}
	for (size_t i = 0; i < o->overlay_count; i++) {
		strbuf_puts(&b, " --overlay ");
		shell_add_word(&b, o->overlays[i]);
	}
	strbuf_addf(&b, " --level %s --seed %llu", spec_level_name((enum spec_level)level),
		    (unsigned long long)o->seed);
	return b.text;
}

/* --- running ---------------------------------------------------------------------------------- */

static void finish_missing(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		struct outcome *o = &run->outcomes[i];

		if (o->planned && o->verdict == VERDICT_MISSING && !o->reason)
			o->reason = memory_format("planned, but no result arrived");
		if (!o->reason)
			o->reason = memory_format("%s", "");
		if (!o->output)
			o->output = memory_format("%s", "");
		if (!o->console)
			o->console = memory_format("%s", "");
	}
}

static int run_over_ssh(struct run *run, const struct profile *profile, struct run_sink *sink,
			char *why, size_t bytes)
{
	char system[256];
	int error;

	if (ssh_begin(profile, system, sizeof(system), why, bytes))
		return -EIO;
	run_fact_set(run, "kernel", "%s", system);
	error = runner_run(run, profile, ssh_open, ON_LOCAL, sink);
	ssh_end();
	snprintf(why, bytes, "%s", strerror(-error));
	return error;
}

static int run_on(struct run *run, const struct options *o, const struct profile *profile,
		  struct progress *progress)
{
	char why[1024] = "";
	struct utsname system;
	int error;

	if (profile->transport == TRANSPORT_GUEST) {
		error = guest_target_run(run, profile, project_folder(), o->overlays,
					 &progress->sink, why, sizeof(why));
	} else if (o->overlay_count) {
		return verb_refuse("run: --overlay needs a target with transport = guest");
	} else if (profile->transport == TRANSPORT_SSH) {
		error = run_over_ssh(run, profile, &progress->sink, why, sizeof(why));
	} else {
		bool sim = profile->transport == TRANSPORT_SIM;

		if (uname(&system) == 0)
			run_fact_set(run, "kernel", "%s %s %s", system.sysname, system.release,
				     system.machine);
		error = runner_run(run, profile, sim ? sim_open : local_open,
				   sim ? ON_SIM : ON_LOCAL, &progress->sink);
		snprintf(why, sizeof(why), "%s", strerror(-error));
	}
	return error ? verb_refuse("run: target %s: %s", profile->name, why) : 0;
}

static int write_reports(const struct run *run, const struct options *o)
{
	const char *path = NULL;
	int error = report_write_all(run, o->reports, &path);

	return error ? verb_refuse("run: %s: %s", path, strerror(-error)) : 0;
}

static int run_with(struct run *run, const struct options *o, const struct profile *profile)
{
	int level = o->level >= 0 ? o->level : profile->level;
	int64_t began_ns = run_clock_ns();
	struct progress progress;
	int status;

	if (plan(run, o, level))
		return 2;
	run->target = profile->name;
	run->seed = o->seed;
	run->started_s = time(NULL);
	run->replay = replay_command(o, level);
	progress_begin(&progress, run, stdout);
	status = run_on(run, o, profile, &progress);
	run->wall_ns = run_clock_ns() - began_ns;
	if (status)
		return status;
	finish_missing(run);
	status = write_reports(run, o);
	progress_end(&progress);
	return status ? status : run_totals(run).failed ? 1 : 0;
}

int verb_run(const struct suite *suite, int argc, char **argv)
{
	struct options o;
	struct profile profile;
	struct run run = {0};
	char why[1024];
	char *folder;
	int status = parse_options(&o, argc, argv);

	if (status)
		return status < 0 ? 0 : status;
	folder = memory_format("%s/conformance/targets", project_folder());
	if (profile_load(&profile, folder, o.target, o.settings, o.setting_count, why, sizeof(why)))
		status = verb_refuse("run: %s", why);
	free(folder);
	if (status)
		return status;
	status = run_prepare(&run, suite);
	if (!status)
		status = run_with(&run, &o, &profile);
	run_free(&run);
	profile_free(&profile);
	return status;
}

/* --- inside a guest --------------------------------------------------------------------------- */

/* Plans the cases a file names, one id a line. Returns how many, or -1. */
static int plan_named(struct run *run, const char *path)
{
	char line[CASE_ID_MAX + 2];
	FILE *in = fopen(path, "re");
	int n = 0;

	if (!in)
		return -1;
	while (fgets(line, sizeof(line), in)) {
		size_t i;

		line[strcspn(line, "\n")] = '\0';
		i = run_find(run, line);
		if (i < run->count) {
			run->outcomes[i].planned = true;
			n++;
		}
	}
	fclose(in);
	return n;
}

int verb_guest_side(const struct suite *suite, int argc, char **argv)
{
	struct stream_writer writer;
	struct profile profile;
	struct run run = {0};
	char why[1024];
	int n;

	if (argc != 4)
		return verb_refuse("guest-side is for conform run alone");
	if (profile_load(&profile, "", argv[1], NULL, 0, why, sizeof(why)))
		return verb_refuse("guest-side: %s", why);
	if (run_prepare(&run, suite))
		return 2;
	n = plan_named(&run, argv[2]);
	if (n < 0)
		return verb_refuse("guest-side: %s: %s", argv[2], strerror(errno));
	run.seed = strtoull(argv[3], NULL, 0);
	if (local_set_up(&profile, "setup", why, sizeof(why)) ||
	    local_state_remember(&profile, why, sizeof(why)))
		return verb_refuse("guest-side: %s", why);
	stream_writer_open(&writer, stdout, true);
	stream_write_kernel(&writer);
	n = runner_run(&run, &profile, local_open, ON_GUEST, &writer.sink);
	if (n)
		return verb_refuse("guest-side: %s", strerror(-n));
	stream_writer_close(&writer, run.count);
	run_free(&run);
	profile_free(&profile);
	return 0;
}
