/* SPDX-License-Identifier: MIT */
/*
 * The run as JSON, for programs and for joining shards. Not for: people (html.c).
 *
 *	{"target", "seed", "shard", "shards", "plan", "started", "seconds", "replay", "facts":
 *{...}, "totals": {"passed", "failed", "skipped", "expected_failures"}, "cases": [{"id", "verdict",
 *"level", "requirements": [], "seconds", "reason", "output", "console", "file", "line", "replay"}]}
 */
#include "conformance/report/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

/* A string that is valid whatever bytes a command wrote. */
static json_t *text_json(const char *text)
{
	json_t *value = json_string(text);
	char *clean = NULL;
	size_t bytes = 0;
	FILE *out;

	if (value)
		return value;
	out = open_memstream(&clean, &bytes);
	if (!out)
		return json_null();
	for (; *text; text++)
		fputc((unsigned char)*text < 0x80 ? *text : '?', out);
	fclose(out);
	value = json_string(clean);
	free(clean);
	return value;
}

static json_t *case_json(const struct run *run, const struct outcome *o)
{
	char *replay = report_replay(run, o);
	json_t *requirements = json_array();
	json_t *value;

	for (const char *const *id = o->decl->requirements; *id; id++)
		json_array_append_new(requirements, json_string(*id));
	value = json_pack("{ss, ss, ss, so, sf, so, so, so, ss, si, so}", "id", o->id, "verdict",
			  verdict_name(o->verdict), "level", spec_level_name(o->level),
			  "requirements", requirements, "seconds", (double)o->duration_ns / 1e9,
			  "reason", text_json(o->reason), "output", text_json(o->output), "console",
			  text_json(o->console), "file", o->decl->file, "line", o->decl->line,
			  "replay", text_json(replay));
	free(replay);
	return value;
}

int report_json(const struct run *run, FILE *out)
{
	struct run_totals n = run_totals(run);
	json_t *facts = json_object();
	json_t *cases = json_array();
	char plan[17];
	json_t *root;
	int failed;

	snprintf(plan, sizeof(plan), "%016llx", (unsigned long long)run->plan);
	for (size_t i = 0; i < run->fact_count; i++)
		json_object_set_new(facts, run->facts[i].name, text_json(run->facts[i].value));
	for (size_t i = 0; i < run->count; i++)
		if (run->outcomes[i].planned)
			json_array_append_new(cases, case_json(run, &run->outcomes[i]));
	root = json_pack("{ss, sI, sI, sI, ss, sI, sf, so, so, s{sI, sI, sI, sI}, so}", "target",
			 run->target, "seed", (json_int_t)run->seed, "shard",
			 (json_int_t)run->shard, "shards", (json_int_t)run->shards, "plan", plan,
			 "started", (json_int_t)run->started_s, "seconds",
			 (double)run->wall_ns / 1e9, "replay", text_json(run->replay), "facts",
			 facts, "totals", "passed", (json_int_t)n.passed, "failed",
			 (json_int_t)n.failed, "skipped", (json_int_t)n.skipped,
			 "expected_failures", (json_int_t)n.expected_failures, "cases", cases);
	failed = !root || json_dumpf(root, out, JSON_INDENT(1)) || fputc('\n', out) == EOF;
	json_decref(root);
	return failed ? -EIO : 0;
}
