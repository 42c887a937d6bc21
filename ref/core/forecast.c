/* SPDX-License-Identifier: MIT */
/*
 * audomon in virtual time; see forecast.h. A wake-up is decided as cmd/audomon.c does it: after a
 * switch the sleep is that of the new trail.
 */
#include "ref/core/forecast.h"

#include <assert.h>
#include <stddef.h>

#include "ref/core/wide.h"

#define KB         1024
#define NUMBER_MAX 1000000000

static uint64_t between(uint64_t from, uint64_t to, uint64_t part, uint64_t whole)
{
	return (uint64_t)((wide)from + ((wide)to - (wide)from) * part / whole);
}

static struct forecast_point at(const struct forecast_curve *c, uint64_t ms)
{
	unsigned i = 1;

	while (i < c->count - 1 && c->points[i].at_ms <= ms)
		i++;
	if (ms >= c->points[c->count - 1].at_ms)
		return c->points[c->count - 1];

	const struct forecast_point *a = &c->points[i - 1];
	const struct forecast_point *b = &c->points[i];
	uint64_t part = ms - a->at_ms;
	uint64_t whole = b->at_ms - a->at_ms;

	return (struct forecast_point){
		.at_ms = ms,
		.written_bytes = between(a->written_bytes, b->written_bytes, part, whole),
		.used_blocks = (uint32_t)between(a->used_blocks, b->used_blocks, part, whole),
	};
}

static struct overflow_facts facts_at(const struct forecast *f, uint64_t ms, uint64_t left_behind)
{
	struct forecast_point now = at(&f->curve, ms);
	uint64_t free = FORECAST_BLOCKS - now.used_blocks;

	return (struct overflow_facts){
		.size_bytes = now.written_bytes - left_behind,
		.afs_kb = f->afs_kb,
		.blocks = FORECAST_BLOCKS,
		.free = free,
		.available = free,
	};
}

uint64_t forecast_end_ms(const struct forecast *f)
{
	return f->curve.points[f->curve.count - 1].at_ms;
}

bool forecast_run(struct forecast *f)
{
	struct overflow_holds holds = {0};
	uint64_t left_behind = 0;
	uint64_t ms = 0;

	assert(f->curve.count >= 2);
	for (f->count = 0; ms <= forecast_end_ms(f); f->count++) {
		struct forecast_event *e = &f->events[f->count];
		struct overflow_decision after;

		if (f->count == FORECAST_EVENTS_MAX)
			return false;
		e->at_ms = ms;
		e->facts = facts_at(f, ms, left_behind);
		overflow_decide(&f->settings, &e->facts, &holds, &e->decision);
		if (e->decision.switch_for) {
			struct overflow_facts fresh = e->facts;

			left_behind += e->facts.size_bytes;
			fresh.size_bytes = 0;
			overflow_switched(&holds, e->decision.switch_for, e->facts.device);
			overflow_decide(&f->settings, &fresh, &holds, &after);
			e->decision.sleep_ms = after.sleep_ms;
		}
		ms += e->decision.sleep_ms;
	}
	return true;
}

struct overflow_facts forecast_facts(const struct forecast *f, uint64_t at_ms)
{
	uint64_t left_behind = 0;

	for (unsigned i = 0; i < f->count && f->events[i].at_ms < at_ms; i++) {
		if (f->events[i].decision.switch_for)
			left_behind += f->events[i].facts.size_bytes;
	}
	return facts_at(f, at_ms, left_behind);
}

/* A whole number up to max with what ends it; NULL: none there. */
static const char *parse_number(const char *text, uint64_t max, char end, uint64_t *out)
{
	const char *from = text;

	for (*out = 0; *text >= '0' && *text <= '9'; text++) {
		*out = 10 * *out + (uint64_t)(*text - '0');
		if (*out > max)
			return NULL;
	}
	if (text == from)
		return NULL;
	if (*text == end)
		return text + 1;
	return end == ',' && !*text ? text : NULL;
}

static const char *point_fault(const struct forecast_curve *c, const struct forecast_point *p)
{
	const struct forecast_point *before;

	if (!c->count)
		return p->at_ms ? "does not begin at minute 0" : NULL;
	before = &c->points[c->count - 1];
	if (p->at_ms <= before->at_ms)
		return "minutes have to grow";
	return p->written_bytes < before->written_bytes ? "what was written cannot shrink" : NULL;
}

const char *forecast_parse(const char *text, struct forecast_curve *out)
{
	out->count = 0;
	while (*text) {
		uint64_t minute;
		uint64_t kb;
		uint64_t percent;
		struct forecast_point p;
		const char *fault;

		if (!(text = parse_number(text, NUMBER_MAX, ':', &minute)) ||
		    !(text = parse_number(text, NUMBER_MAX, ':', &kb)) ||
		    !(text = parse_number(text, 100, ',', &percent)))
			return "is not MINUTE:KBYTES:PERCENT,...";
		p = (struct forecast_point){minute * FORECAST_MINUTE_MS, kb * KB,
					    (uint32_t)percent * (FORECAST_BLOCKS / 100)};
		fault = point_fault(out, &p);
		if (fault)
			return fault;
		if (out->count == FORECAST_POINTS_MAX)
			return "has more than 64 points";
		out->points[out->count++] = p;
	}
	return out->count < 2 ? "needs at least two points" : NULL;
}
