/* SPDX-License-Identifier: MIT */
/*
 * audomon's decisions; see overflow.h. The largest product is 2^64 blocks x 2^32 bytes x 1,000,000
 * < 2^116 for the shares and 9 x OVERFLOW_SP_MS_MAX x 1,000,000 < 2^59 for the sleep, so a signed
 * 128-bit integer holds them all. Where there is none (core/wide.h), shares are of halved ways.
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

static struct way way_to_percent(const struct overflow_facts *f, unsigned free_percent)
{
	wide whole = (wide)(PERCENT - free_percent) * f->blocks;

	return (struct way){whole - (wide)PERCENT * used_blocks(f), whole};
}

static struct way way_to_kb(const struct overflow_facts *f, uint32_t free_kb)
{
	wide whole = (wide)f->blocks * f->block_bytes - (wide)free_kb * KB;

	return (struct way){whole - (wide)used_blocks(f) * f->block_bytes, whole};
}

static struct way way_to_size(const struct overflow_facts *f)
{
	wide whole = (wide)f->afs_kb * KB;

	return (struct way){whole - f->size_bytes, whole};
}

/* In millionths; 0 at the end of the way and beyond. */
static int64_t share_left(struct way w)
{
	const wide most = ((wide)1 << (8 * sizeof(wide) - 2)) / MILLION;

	for (; w.whole > most; w.whole /= 2)
		w.left /= 2;
	return w.left > 0 ? (int64_t)(w.left * MILLION / w.whole) : 0;
}

/* The one of two ways to free space that ends first; a limit of 0 Kb is none. */
static struct way nearer(struct way percent, struct way kb, bool has_kb, bool *by_kb)
{
	*by_kb = has_kb && (kb.left <= 0 ? percent.left > 0 : share_left(kb) < share_left(percent));
	return *by_kb ? kb : percent;
}

static struct way way_to_space(const struct overflow_settings *s, const struct overflow_facts *f,
			       bool *by_kb)
{
	return nearer(way_to_percent(f, s->fss_percent), way_to_kb(f, s->switch_free_kb),
		      s->switch_free_kb != 0, by_kb);
}

static struct way way_to_alert(const struct overflow_settings *s, const struct overflow_facts *f)
{
	bool by_kb;

	return nearer(way_to_percent(f, s->alert_free_percent), way_to_kb(f, s->alert_free_kb),
		      s->alert_free_kb != 0, &by_kb);
}

/* Decision H9. */
static uint64_t sleep_for(uint64_t sp_ms, bool past_a_point, int64_t share)
{
	uint64_t more_ms = SLEEP_GROWTH * sp_ms * (uint64_t)share / MILLION;

	if (past_a_point)
		return sp_ms;
	return sp_ms + (more_ms ? more_ms : 1);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* So many percent of a way have been gone. */
static bool has_gone(struct way w, unsigned percent)
{
	return (w.whole - w.left) * PERCENT >= w.whole * percent;
}

static unsigned zone(const struct overflow_settings *s, const struct overflow_facts *f)
{
	unsigned of = has_gone(way_to_size(f), s->warning_percent) ? OVERFLOW_SIZE : 0;

	if (f->blocks &&
	    (has_gone(way_to_percent(f, s->fss_percent), s->warning_percent) ||
	     (s->switch_free_kb && has_gone(way_to_kb(f, s->switch_free_kb), s->warning_percent))))
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
	bool has_space = facts->blocks > 0;
	bool has_alert = has_space && (settings->alert_free_percent || settings->alert_free_kb);
	unsigned hold = hold_of(holds, facts->device);
	bool on_hold = hold < holds->count;
	bool by_kb;
	struct way size = way_to_size(facts);
	struct way space = way_to_space(settings, facts, &by_kb);
	struct way alert = way_to_alert(settings, facts);
	bool full = has_space && space.left <= 0;
	int64_t share = share_left(size);

	assert(settings->fss_percent <= PERCENT && settings->warning_percent <= PERCENT);
	assert(settings->alert_free_percent <= PERCENT);
	assert(settings->sp_ms >= 1 && settings->sp_ms <= OVERFLOW_SP_MS_MAX);
	if (has_space)
		share = least(share, share_left(space));
	if (has_alert && alert.left > 0)
		share = least(share, share_left(alert));
	*out = (struct overflow_decision){
		.switch_for = (size.left <= 0 ? OVERFLOW_SIZE : 0u) |
			      (full && !on_hold ? OVERFLOW_SPACE : 0u),
		.warn_of = zone(settings, facts),
		.held = full && on_hold,
		.by_kb = has_space && by_kb,
		.alert = has_alert && alert.left <= 0,
		.sleep_ms = sleep_for(settings->sp_ms, size.left <= 0 || full, share),
	};
	if (has_space && !full && on_hold)
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

uint64_t overflow_sleep_to(uint64_t sp_ms, uint64_t sleep_ms, uint64_t left_ms)
{
	uint64_t shortest = sp_ms + 1; /* as before any switch point */

	if (left_ms > sleep_ms + sp_ms)
		return sleep_ms;
	if (left_ms > sleep_ms) /* the one after this one could not be short enough */
		left_ms = left_ms > 2 * shortest ? left_ms - shortest : shortest;
	return left_ms > shortest ? left_ms : shortest;
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

uint64_t overflow_free_kb(const struct overflow_facts *facts)
{
	return wide_limited((wide)(facts->blocks - used_blocks(facts)) * facts->block_bytes / KB);
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
