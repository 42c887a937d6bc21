/* SPDX-License-Identifier: MIT */
/*
 * `conform merge`: the JSON results of the shards of a run as one report. It takes all of them or
 * none: each shard once, of one plan, run with one target and seed by the suite this program was
 * built with (SPEC.md, P110). What a shard did not deliver is no pass.
 *
 * Not for: running shards (run.c), or the JSON as it is written (report/json.c).
 */
#include "conformance/progress.h"
#include "conformance/report/report.h"
#include "conformance/strbuf.h"
#include "conformance/stream.h"
#include "conformance/verbs.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARDS_MAX 4096

static const char usage[] =
	"usage: conform merge [OPTION]... FILE...\n"
	"Joins what `conform run --shard I/N --json FILE` wrote, all N of them, into one report.\n"
	"\n"
	"  --junit F --tap F --json F --html F   reports\n"
	"\n"
	"Exit status: 0 all passed, 1 some failed, 2 the files are not the shards of one run.\n";

/* What a file says of its shard. */
struct shard {
	const char *file;
	json_t *root;
	const char *target, *plan, *replay;
	json_int_t seed, shard, shards, started_s;
	double seconds;
	json_t *facts, *cases;
};

struct merge {
	const char *reports[REPORT_FORMS];
	struct shard *shards;
	size_t count;
	struct run run;
};

/* --- reading */

static int load_shard(struct shard *s, const char *file)
{
	json_error_t error;

	s->file = file;
	s->root = json_load_file(file, JSON_REJECT_DUPLICATES, &error);
	if (!s->root)
		return verb_refuse("merge: %s:%d: %s", file, error.line, error.text);
	if (json_unpack_ex(s->root, &error, 0, "{s:s, s:I, s:I, s:I, s:s, s:I, s:F, s:s, s:o, s:o}",
			   "target", &s->target, "seed", &s->seed, "shard", &s->shard, "shards",
			   &s->shards, "plan", &s->plan, "started", &s->started_s, "seconds",
			   &s->seconds, "replay", &s->replay, "facts", &s->facts, "cases",
			   &s->cases))
		return verb_refuse("merge: %s: not a result of conform run: %s", file, error.text);
	if (!json_is_object(s->facts) || !json_is_array(s->cases))
		return verb_refuse("merge: %s: not a result of conform run", file);
	return 0;
}

/* Whether a shard is a part of the same run as the first. */
static int check_same_run(const struct shard *first, const struct shard *s)
{
	if (s->shards != first->shards)
		return verb_refuse("merge: %s is one of %lld shards, %s one of %lld", s->file,
				   (long long)s->shards, first->file, (long long)first->shards);
	if (strcmp(s->target, first->target) != 0)
		return verb_refuse("merge: %s is about target %s, %s about %s", s->file, s->target,
				   first->file, first->target);
	if (strcmp(s->plan, first->plan) != 0)
		return verb_refuse("merge: %s and %s are of different suites or selections",
				   s->file, first->file);
	if (s->seed != first->seed || strcmp(s->replay, first->replay) != 0)
		return verb_refuse("merge: %s and %s were run with different options", s->file,
				   first->file);
	return 0;
}

/* Each shard of the run once. */
static int check_complete(const struct merge *m)
{
	json_int_t shards = m->shards[0].shards;
	const char **by_number;
	int status = 0;

	if (shards < 1 || shards > SHARDS_MAX)
		return verb_refuse("merge: %s: one of %lld shards: 1 to %d can be merged",
				   m->shards[0].file, (long long)shards, SHARDS_MAX);
	by_number = memory_zeroed((size_t)shards + 1, sizeof(*by_number));
	for (size_t i = 0; i < m->count && !status; i++) {
		const struct shard *s = &m->shards[i];

		status = check_same_run(&m->shards[0], s);
		if (!status && (s->shard < 1 || s->shard > shards))
			status = verb_refuse("merge: %s: shard %lld of %lld", s->file,
					     (long long)s->shard, (long long)shards);
		else if (!status && by_number[s->shard])
			status = verb_refuse("merge: %s and %s are both shard %lld of %lld",
					     by_number[s->shard], s->file, (long long)s->shard,
					     (long long)shards);
		else if (!status)
			by_number[s->shard] = s->file;
	}
	for (json_int_t n = 1; n <= shards && !status; n++)
		if (!by_number[n])
			status = verb_refuse("merge: shard %lld of %lld is missing", (long long)n,
					     (long long)shards);
	free(by_number);
	return status;
}

/* --- joining */

static int add_case(struct run *run, const struct shard *s, json_t *value)
{
	const char *id, *verdict, *reason, *output, *console;
	struct outcome *o;
	json_error_t error;
	double seconds;
	size_t i;

	if (json_unpack_ex(value, &error, 0, "{s:s, s:s, s:F, s:s, s:s, s:s}", "id", &id, "verdict",
			   &verdict, "seconds", &seconds, "reason", &reason, "output", &output,
			   "console", &console))
		return verb_refuse("merge: %s: a case without its result: %s", s->file, error.text);
	i = run_find(run, id);
	if (i == run->count)
		return verb_refuse("merge: %s: this suite has no case %s", s->file, id);
	o = &run->outcomes[i];
	if (o->planned)
		return verb_refuse("merge: %s: case %s has a result already", s->file, id);
	if (verdict_parse(verdict) < 0)
		return verb_refuse("merge: %s: %s: unknown verdict \"%s\"", s->file, id, verdict);
	o->planned = true;
	o->verdict = (enum verdict)verdict_parse(verdict);
	o->duration_ns = (int64_t)(seconds * 1e9);
	o->reason = memory_format("%s", reason);
	o->output = memory_format("%s", output);
	o->console = memory_format("%s", console);
	return 0;
}

/* A fact that differs from shard to shard is given with each of its values. */
static void add_fact(struct run *run, const char *name, const char *value)
{
	size_t i = 0;

	while (i < run->fact_count && strcmp(run->facts[i].name, name) != 0)
		i++;
	if (i == run->fact_count)
		run_fact_set(run, name, "%s", value);
	else if (!strstr(run->facts[i].value, value))
		run_fact_set(run, name, "%s; %s", run->facts[i].value, value);
}

static int add_shard(struct run *run, const struct shard *s)
{
	double end = (double)s->started_s + s->seconds;
	const char *name;
	json_t *value;
	int status = 0;
	size_t i;

	json_object_foreach(s->facts, name, value)
	{
		if (json_is_string(value))
			add_fact(run, name, json_string_value(value));
	}
	json_array_foreach(s->cases, i, value)
	{
		status = status ? status : add_case(run, s, value);
	}
	if (s->started_s < run->started_s)
		run->started_s = s->started_s;
	if ((int64_t)(end * 1e9) > run->wall_ns)
		run->wall_ns = (int64_t)(end * 1e9); /* its end, for now */
	return status;
}

/* Joins the shards; the plan they name has to be what their cases make together. */
static int join(struct merge *m)
{
	const struct shard *first = &m->shards[0];
	struct run *run = &m->run;
	char plan[17];

	run->target = first->target;
	run->replay = memory_format("%s", first->replay);
	run->seed = (uint64_t)first->seed;
	run->shard = run->shards = 1;
	run->started_s = first->started_s;
	for (size_t i = 0; i < m->count; i++)
		if (add_shard(run, &m->shards[i]))
			return 2;
	run->wall_ns -= run->started_s * INT64_C(1000000000);
	run->plan = run_plan(run);
	snprintf(plan, sizeof(plan), "%016llx", (unsigned long long)run->plan);
	if (strcmp(plan, first->plan) != 0)
		return verb_refuse("merge: the cases of the shards are not those of the plan: some "
				   "are missing, or this is another version of the suite");
	for (size_t i = 0; i < run->count; i++)
		if (run->outcomes[i].planned)
			return 0;
	return verb_refuse("merge: no case in it");
}

static int report(struct merge *m)
{
	struct progress progress;
	const char *path = NULL;
	int error = report_write_all(&m->run, m->reports, &path);

	progress_begin(&progress, &m->run, stdout);
	progress_end(&progress);
	if (error)
		return verb_refuse("merge: %s: %s", path, strerror(-error));
	return run_totals(&m->run).failed ? 1 : 0;
}

/* --- the verb */

static const struct option long_options[] = {
	{"junit", required_argument, NULL, 1}, /* 1 to 4: in the order of the reports */
	{"tap", required_argument, NULL, 2},
	{"json", required_argument, NULL, 3},
	{"html", required_argument, NULL, 4},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int take_option(void *arg, int option)
{
	struct merge *m = arg;

	m->reports[option - 1] = optarg;
	return 0;
}

static int merge_files(struct merge *m, const struct suite *suite, int count, char **files)
{
	int status = 0;

	m->shards = memory_zeroed((size_t)count, sizeof(*m->shards));
	for (; m->count < (size_t)count && !status; m->count++)
		status = load_shard(&m->shards[m->count], files[m->count]);
	if (!status)
		status = check_complete(m);
	if (!status)
		status = run_prepare(&m->run, suite);
	if (!status)
		status = join(m);
	return status ? status : report(m);
}

int verb_merge(const struct suite *suite, int argc, char **argv)
{
	struct merge m = {0};
	int status = verb_options(argc, argv, usage, long_options, take_option, &m);

	if (!status && optind == argc)
		status = verb_refuse("merge: no file: see conform merge --help");
	if (status)
		return status < 0 ? 0 : status;
	status = merge_files(&m, suite, argc - optind, argv + optind);
	run_free(&m.run);
	for (size_t i = 0; i < m.count; i++)
		json_decref(m.shards[i].root);
	free(m.shards);
	return status;
}
