/* SPDX-License-Identifier: MIT */
/*
 * What became of a case, and the whole run that reports are written from. Not for: how it came
 * about (runner.h, target/guest.c) or how it is shown (report/).
 */
#ifndef CONFORMANCE_OUTCOME_H
#define CONFORMANCE_OUTCOME_H

#include "conformance/case.h"
#include "conformance/spec/spec.h"

#include <stdint.h>

#define OUTCOME_OUTPUT_MAX 65536 /* bytes kept of a case's output and of its console slice */
#define RUN_FACTS_MAX      32
#define CASE_ID_MAX        160

enum verdict {
	VERDICT_PASS,
	VERDICT_FAIL,           /* an assertion did not hold */
	VERDICT_CRASH,          /* a signal ended the case */
	VERDICT_TIMEOUT,        /* not done at its deadline */
	VERDICT_SKIP,           /* cannot be decided on this target */
	VERDICT_XFAIL,          /* failed as the profile says */
	VERDICT_XPASS,          /* passed although the profile says it fails: an error */
	VERDICT_PANIC,          /* the guest's kernel panicked */
	VERDICT_TAINT,          /* the guest's kernel got tainted */
	VERDICT_HANG,           /* the guest said nothing any more */
	VERDICT_LIVELOCK,       /* the guest was busy and got nowhere */
	VERDICT_INFRASTRUCTURE, /* the harness, not the target */
	VERDICT_MISSING,        /* planned, but no result arrived */
	VERDICTS
};

struct outcome {
	const struct case_decl *decl;
	const char *id; /* AREA/TOPIC/name, owned by the run */
	enum spec_level level;
	enum verdict verdict;
	bool planned; /* false: not selected, the rest is empty */
	int64_t duration_ns;
	char *reason;  /* one line, or "" */
	char *output;  /* what the case printed */
	char *console; /* what the guest's console said meanwhile, or "" */
};

struct run_fact {
	const char *name;
	char *value;
};

/* A whole run. */
struct run {
	const struct spec *spec;
	const char *target;
	char *replay; /* command line without the case's id */
	uint64_t seed;
	unsigned long shard, shards; /* the part of the plan it is: I of N */
	uint64_t plan;               /* run_plan(), of all parts together */
	int64_t started_s;           /* wall clock */
	int64_t wall_ns;             /* how long it took */
	struct outcome *outcomes;
	size_t count;
	struct run_fact facts[RUN_FACTS_MAX];
	size_t fact_count;
};

struct run_totals {
	size_t passed, failed, skipped, expected_failures;
};

/* Nanoseconds since some fixed moment, for durations. */
int64_t run_clock_ns(void);

const char *verdict_name(enum verdict v);
int verdict_parse(const char *name); /* -1: unknown */
/* Whether it makes the run fail. */
bool verdict_is_failure(enum verdict v);
/* Whether the case was not decided: skipped or failed as expected. */
bool verdict_is_skip(enum verdict v);

/* What tells one plan from another: the planned cases and the requirements they prove, texts
 * included. */
uint64_t run_plan(const struct run *run);

struct run_totals run_totals(const struct run *run);
/* Adds a fact about the target; a name that is there already gets the new value. */
__attribute__((format(printf, 3, 4))) void run_fact_set(struct run *run, const char *name,
							const char *format, ...);
/* The verdict of a requirement: of the worst of its cases that ran; VERDICT_MISSING: none ran. */
enum verdict run_requirement_verdict(const struct run *run, const char *requirement);
void run_free(struct run *run);

/* AREA/TOPIC/name of a case, from its file and name. Returns 0 or -EINVAL. */
int case_id(const struct case_decl *decl, char *out, size_t bytes);
/* Whether a glob selects a case: it matches its id, one of its requirements, or a folder of them
 * ("secons", "secons/scan"). */
bool case_matches(const char *glob, const char *id, const char *const *requirements);

#endif
