/* SPDX-License-Identifier: MIT */
/*
 * What audomon would do while a trail and its file system fill along a given curve: the decisions
 * of core/overflow.h, in virtual time. Not for: drawing it (cmd/audomon_explain.c).
 */
#ifndef REF_CORE_FORECAST_H
#define REF_CORE_FORECAST_H

#include "ref/core/overflow.h"

#define FORECAST_POINTS_MAX 64
#define FORECAST_EVENTS_MAX 4096
#define FORECAST_MINUTE_MS  UINT64_C(60000)
#define FORECAST_BLOCKS     1000000 /* of the file system */

/* Between two points everything grows or shrinks evenly. */
struct forecast_point {
	uint64_t at_ms;
	uint64_t written_bytes; /* of audit records since the start; never shrinks */
	uint32_t used_blocks;   /* of FORECAST_BLOCKS */
};

struct forecast_curve {
	struct forecast_point points[FORECAST_POINTS_MAX];
	unsigned count; /* at least 2; the first point is at 0 ms */
};

/* A wake-up and what came of it. */
struct forecast_event {
	uint64_t at_ms;
	struct overflow_facts facts;
	struct overflow_decision decision; /* sleep_ms: of the trail that recording goes on with */
};

struct forecast {
	struct overflow_settings settings;
	uint64_t afs_kb;
	struct forecast_curve curve;
	struct forecast_event events[FORECAST_EVENTS_MAX];
	unsigned count;
};

/*
 * Reads "MINUTE:KBYTES:PERCENT,...": whole numbers; minutes begin at 0 and grow, kbytes do not
 * shrink. Returns NULL, or what is wrong with it.
 */
const char *forecast_parse(const char *text, struct forecast_curve *out);

/* Fills in events; settings, afs_kb and curve are set. false: more than FORECAST_EVENTS_MAX. */
bool forecast_run(struct forecast *f);

/* Trail and file system at a moment of a forecast that has run: as a wake-up then would find them.
 */
struct overflow_facts forecast_facts(const struct forecast *f, uint64_t at_ms);

/* When the curve ends. */
uint64_t forecast_end_ms(const struct forecast *f);

#endif
