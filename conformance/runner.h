/* SPDX-License-Identifier: MIT */
/*
 * Runs cases in this process's own system: each as a CMocka test in a forked child with a deadline,
 * its output captured, everything it left behind ended. What becomes of each goes to a sink, as
 * it happens.
 *
 * Not for: guests (target/guest.h, which feeds the same sink from afar), reports.
 */
#ifndef CONFORMANCE_RUNNER_H
#define CONFORMANCE_RUNNER_H

#include "conformance/outcome.h"

/* Told about each case. The outcome's texts belong to the caller again after end(). */
struct run_sink {
	void (*begin)(struct run_sink *sink, size_t index, const char *id);
	void (*end)(struct run_sink *sink, size_t index, const struct outcome *outcome);
};

/* Opens the target in the process of a case. */
typedef struct target *(*target_opener)(const struct profile *profile, uint64_t seed, char *why,
					size_t bytes);

/*
 * Runs the planned cases of a run in order. Sets their outcomes and tells the sink. where: what
 * this place is (enum case_where). Returns 0, or a negated errno value when the place itself fails.
 */
int runner_run(struct run *run, const struct profile *profile, target_opener open_target,
	       unsigned where, struct run_sink *sink);

/* The verdict a case without a say of its own gets: missing capability or wrong place. Fills
 * reason; true: it is skipped. */
bool runner_skips(const struct case_decl *decl, const struct profile *profile, unsigned where,
		  char *reason, size_t bytes);
/* Turns a failure the profile expects into that, and an unexpected pass into a failure. */
void runner_apply_expectation(struct outcome *outcome, const struct profile *profile);

#endif
