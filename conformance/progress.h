/* SPDX-License-Identifier: MIT */
/*
 * What a person sees while a run goes on: on a terminal one line that is kept up to date, elsewhere
 * one line a case; at the end what failed, and the totals. Not for: reports (report/report.h).
 */
#ifndef CONFORMANCE_PROGRESS_H
#define CONFORMANCE_PROGRESS_H

#include "conformance/runner.h"

#include <stdio.h>

struct progress {
	struct run_sink sink; /* first: the sink is the progress */
	const struct run *run;
	FILE *out;
	size_t planned;
	size_t done;
	size_t failed;
	bool terminal;
};

void progress_begin(struct progress *p, const struct run *run, FILE *out);
/* A note between cases: "building the guest". */
void progress_note(struct progress *p, const char *text);
/* The failures in full, then the line "N passed, M failed, K skipped". */
void progress_end(struct progress *p);

#endif
