/* SPDX-License-Identifier: MIT */
/*
 * Verdicts, what they add up to, and which cases a glob means. Not for: running (runner.c) or
 * showing (report/).
 */
#include "conformance/outcome.h"

#include "conformance/strbuf.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const verdict_names[VERDICTS] = {
	[VERDICT_PASS] = "pass",
	[VERDICT_FAIL] = "fail",
	[VERDICT_CRASH] = "crash",
	[VERDICT_TIMEOUT] = "timeout",
	[VERDICT_SKIP] = "skip",
	[VERDICT_XFAIL] = "expected failure",
	[VERDICT_XPASS] = "unexpected pass",
	[VERDICT_PANIC] = "panic",
	[VERDICT_TAINT] = "taint",
	[VERDICT_HANG] = "hang",
	[VERDICT_LIVELOCK] = "livelock",
	[VERDICT_INFRASTRUCTURE] = "infrastructure",
	[VERDICT_MISSING] = "missing",
};

int64_t run_clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

const char *verdict_name(enum verdict v)
{
	return verdict_names[v];
}

int verdict_parse(const char *name)
{
	for (int v = 0; v < VERDICTS; v++)
		if (strcmp(verdict_names[v], name) == 0)
			return v;
	return -1;
}

bool verdict_is_skip(enum verdict v)
{
	return v == VERDICT_SKIP || v == VERDICT_XFAIL;
}

bool verdict_is_failure(enum verdict v)
{
	return v != VERDICT_PASS && !verdict_is_skip(v);
}

/* FNV-1a; the terminating zero counts, so that texts do not run into each other. */
static uint64_t add_text(uint64_t hash, const char *text)
{
	do {
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	} while (*text++);
	return hash;
}

uint64_t run_plan(const struct run *run)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < run->count; i++) {
		const struct outcome *o = &run->outcomes[i];

		if (!o->planned)
			continue;
		hash = add_text(hash, o->id);
		for (const char *const *id = o->decl->requirements; *id; id++)
			hash = add_text(add_text(hash, *id), spec_find(run->spec, *id)->text);
	}
	return hash;
}

struct run_totals run_totals(const struct run *run)
{
	struct run_totals n = {0};

	for (size_t i = 0; i < run->count; i++) {
		if (!run->outcomes[i].planned)
			continue;
		n.passed += run->outcomes[i].verdict == VERDICT_PASS;
		n.failed += verdict_is_failure(run->outcomes[i].verdict);
		n.skipped += verdict_is_skip(run->outcomes[i].verdict);
		n.expected_failures += run->outcomes[i].verdict == VERDICT_XFAIL;
	}
	return n;
}

void run_fact_set(struct run *run, const char *name, const char *format, ...)
{
	char value[1024];
	va_list args;
	size_t i = 0;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	while (i < run->fact_count && strcmp(run->facts[i].name, name) != 0)
		i++;
	if (i == RUN_FACTS_MAX)
		return;
	if (i == run->fact_count)
		run->facts[run->fact_count++].name = memory_format("%s", name);
	free(run->facts[i].value);
	run->facts[i].value = memory_format("%s", value);
}

/* How bad a verdict is for the requirement: a failure outweighs a pass, a pass a skip. */
static int weight(enum verdict v)
{
	if (verdict_is_failure(v))
		return 3;
	return v == VERDICT_XFAIL ? 2 : v == VERDICT_PASS ? 1 : 0;
}

enum verdict run_requirement_verdict(const struct run *run, const char *requirement)
{
	enum verdict worst = VERDICT_MISSING;
	bool seen = false;

	for (size_t i = 0; i < run->count; i++) {
		const struct outcome *o = &run->outcomes[i];

		if (!o->planned)
			continue;
		for (const char *const *id = o->decl->requirements; *id; id++) {
			if (strcmp(*id, requirement) != 0)
				continue;
			if (!seen || weight(o->verdict) > weight(worst))
				worst = o->verdict;
			seen = true;
		}
	}
	return worst;
}

void run_free(struct run *run)
{
	for (size_t i = 0; i < run->count; i++) {
		free((void *)run->outcomes[i].id);
		free(run->outcomes[i].reason);
		free(run->outcomes[i].output);
		free(run->outcomes[i].console);
	}
	for (size_t i = 0; i < run->fact_count; i++) {
		free((void *)run->facts[i].name);
		free(run->facts[i].value);
	}
	free(run->outcomes);
	free(run->replay);
	*run = (struct run){0};
}

int case_id(const struct case_decl *decl, char *out, size_t bytes)
{
	const char *below = strstr(decl->file, "cases/");
	const char *dot = strrchr(decl->file, '.');
	int n;

	if (!below || !dot || dot < below)
		return -EINVAL;
	below += strlen("cases/");
	n = snprintf(out, bytes, "%.*s/%s", (int)(dot - below), below, decl->name);
	return n < 0 || (size_t)n >= bytes ? -EINVAL : 0;
}

static bool id_matches(const char *glob, const char *id)
{
	size_t n = strlen(glob);

	return fnmatch(glob, id, 0) == 0 || (strncmp(glob, id, n) == 0 && id[n] == '/');
}

bool case_matches(const char *glob, const char *id, const char *const *requirements)
{
	if (id_matches(glob, id))
		return true;
	for (; *requirements; requirements++)
		if (id_matches(glob, *requirements))
			return true;
	return false;
}
