/* SPDX-License-Identifier: MIT */
/*
 * audomon's decisions; see overflow.h. The largest product is 100 x 2^64 x 1,000,000 < 2^91 for the
 * shares and 9 x OVERFLOW_SP_MS_MAX x 1,000,000 < 2^59 for the sleep, so a signed 128-bit integer
 * holds them all.
 */
#include "ref/core/overflow.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "ref/core/wide.h"

#define KB           1024
#define PERCENT      100
#define MILLION      1000000
#define SLEEP_GROWTH 9 /* so much of sp_freq is added with nothing used */
#define MINUTE_MS    60000

/* Never above blocks, whatever a file system says of itself. */
static uint64_t used_blocks(const struct overflow_facts *f)
{
	return f->free < f->blocks ? f->blocks - f->free : 0;
}

/* What is left to a switch point, out of the whole way to it; left <= 0: reached. */
struct way {
	wide left;
	wide whole;
};

static struct way way_to_space(const struct overflow_settings *s, const struct overflow_facts *f)
{
	wide whole = (wide)(PERCENT - s->fss_percent) * f->blocks;

	return (struct way){whole - (wide)PERCENT * used_blocks(f), whole};
}

static struct way way_to_size(const struct overflow_facts *f)
{
	wide whole = (wide)f->afs_kb * KB;

	return (struct way){whole - f->size_bytes, whole};
}

/* In millionths; the way is not at its end, so whole is not 0. */
static int64_t share_left(struct way w)
{
	return (int64_t)(w.left * MILLION / w.whole);
}

/* Decision H9. */
static uint64_t sleep_for(uint64_t sp_ms, struct way size, bool has_space, struct way space)
{
	uint64_t more_ms;
	int64_t share;

	if (size.left <= 0 || (has_space && space.left <= 0))
		return sp_ms;
	share = share_left(size);
	if (has_space && share_left(space) < share)
		share = share_left(space);
	more_ms = SLEEP_GROWTH * sp_ms * (uint64_t)share / MILLION;
	return sp_ms + (more_ms ? more_ms : 1);
}

static unsigned zone(const struct overflow_settings *s, const struct overflow_facts *f)
{
	unsigned of = 0;

	if ((wide)f->size_bytes * PERCENT >= (wide)f->afs_kb * KB * s->warning_percent)
		of |= OVERFLOW_SIZE;
	if (f->blocks &&
	    (wide)used_blocks(f) * PERCENT * PERCENT >=
		    (wide)(PERCENT - s->fss_percent) * s->warning_percent * (wide)f->blocks)
		of |= OVERFLOW_SPACE;
	return of;
}

static unsigned hold_of(const struct overflow_holds *h, uint64_t device)
{
	unsigned i = 0;

	while (i < h->count && h->device[i] != device)
		i++;
	return i;
}

static void hold_end(struct overflow_holds *h, unsigned i)
{
	h->count--;
	memmove(&h->device[i], &h->device[i + 1], (h->count - i) * sizeof(h->device[0]));
}

void overflow_decide(const struct overflow_settings *settings, const struct overflow_facts *facts,
		     struct overflow_holds *holds, struct overflow_decision *out)
{
	struct way size = way_to_size(facts);
	struct way space = way_to_space(settings, facts);
	bool has_space = facts->blocks > 0;
	unsigned hold = hold_of(holds, facts->device);
	bool on_hold = hold < holds->count;

	assert(settings->fss_percent <= PERCENT && settings->warning_percent <= PERCENT);
	assert(settings->sp_ms >= 1 && settings->sp_ms <= OVERFLOW_SP_MS_MAX);
	*out = (struct overflow_decision){
		.warn_of = zone(settings, facts),
		.sleep_ms = sleep_for(settings->sp_ms, size, has_space, space),
	};
	if (size.left <= 0)
		out->switch_for |= OVERFLOW_SIZE;
	if (has_space && space.left <= 0 && !on_hold)
		out->switch_for |= OVERFLOW_SPACE;
	out->held = has_space && space.left <= 0 && on_hold;
	if (has_space && space.left > 0 && on_hold)
		hold_end(holds, hold);
}

void overflow_switched(struct overflow_holds *holds, unsigned causes, uint64_t device)
{
	if (!(causes & OVERFLOW_SPACE) || hold_of(holds, device) < holds->count)
		return;
	if (holds->count == OVERFLOW_HOLDS_MAX)
		hold_end(holds, 0);
	holds->device[holds->count++] = device;
}

enum overflow_choice overflow_choose(bool next_available, bool creates_trails)
{
	if (next_available)
		return OVERFLOW_TO_NEXT;
	return creates_trails ? OVERFLOW_TO_NEW : OVERFLOW_TO_NONE;
}

static uint64_t reserve_blocks(const struct overflow_facts *f)
{
	return f->available < f->free ? f->free - f->available : 0;
}

bool overflow_in_reserve(const struct overflow_settings *settings,
			 const struct overflow_facts *facts)
{
	return facts->blocks && (wide)settings->fss_percent * (wide)facts->blocks <=
					(wide)reserve_blocks(facts) * PERCENT;
}

static uint64_t percent(uint64_t part, wide whole)
{
	wide share = whole ? (wide)part * PERCENT / whole : 0;

	return wide_limited(share);
}

uint64_t overflow_size_percent(const struct overflow_facts *facts)
{
	return percent(facts->size_bytes, (wide)facts->afs_kb * KB);
}

unsigned overflow_used_percent(const struct overflow_facts *facts)
{
	return (unsigned)percent(used_blocks(facts), facts->blocks);
}

unsigned overflow_reserve_percent(const struct overflow_facts *facts)
{
	uint64_t reserve = reserve_blocks(facts);

	return (unsigned)percent(reserve < facts->blocks ? reserve : facts->blocks, facts->blocks);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The end of an argument, with the one comma of the security checklists (audomon/options/23). */
static bool is_end(const char *at)
{
	return !*at || (at[0] == ',' && !at[1]);
}

bool overflow_parse_percent(const char *text, unsigned *out)
{
	const char *at = text;
	unsigned value = 0;

	for (; is_digit(*at); at++) {
		value = 10 * value + (unsigned)(*at - '0');
		if (value > PERCENT)
			return false;
	}
	if (at == text || !is_end(at))
		return false;
	*out = value;
	return true;
}

/* Digits behind the point, to ms rounded up. What is beyond the 13th can only make it round up. */
static const char *parse_fraction(const char *at, unsigned *digits, uint64_t *ms)
{
	wide fraction = 0;
	wide scale = 1;
	bool more = false;

	for (; is_digit(*at); at++, ++*digits) {
		if (*digits < 13) {
			fraction = 10 * fraction + (*at - '0');
			scale *= 10;
		} else if (*at != '0') {
			more = true;
		}
	}
	fraction *= MINUTE_MS;
	*ms = (uint64_t)(fraction / scale) + (fraction % scale || more);
	return at;
}

bool overflow_parse_minutes(const char *text, uint64_t *out)
{
	const char *at = text;
	uint64_t minutes = 0;
	uint64_t fraction_ms = 0;
	unsigned fraction_digits = 0;
	ptrdiff_t digits;

	for (; is_digit(*at); at++) {
		if (minutes < OVERFLOW_SP_MS_MAX)
			minutes = 10 * minutes + (uint64_t)(*at - '0');
	}
	digits = at - text;
	if (*at == '.')
		at = parse_fraction(at + 1, &fraction_digits, &fraction_ms);
	if ((digits == 0 && fraction_digits == 0) || !is_end(at))
		return false;
	if (minutes >= OVERFLOW_SP_MS_MAX / MINUTE_MS)
		*out = OVERFLOW_SP_MS_MAX;
	else
		*out = minutes * MINUTE_MS + fraction_ms;
	return *out > 0;
}
