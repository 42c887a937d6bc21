/* SPDX-License-Identifier: MIT */
/*
 * What a record costs: does one thing to a mix of records, one of each event type in turn, so often
 * that callgrind can tell what one of them takes. Also writes logs of any length for measuring
 * readers. Not for looking at a clock: ci/bench counts.
 *
 *	record_bench encode|decode|plain|padded|detailed COUNT
 *	record_bench log COUNT >FILE
 */
#include "ref/core/logframe.h"
#include "ref/core/render.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_S 1222264846 /* 24 Sep 2008 14:00:46 UTC */

static struct audit_record records[RECORD_TYPES];
static unsigned char frames[RECORD_TYPES][LOGFRAME_MAX];
static size_t frame_bytes[RECORD_TYPES];

/* Texts as long as those of everyday records. */
static void make_record(struct audit_record *r, enum record_type type)
{
	static const char *const texts[RECORD_TEXTS] = {
		[RECORD_USER] = "root",
		[RECORD_SESSION] = "48da614e:00001f2a",
		[RECORD_EFFECTIVE_USER] = "oracle",
		[RECORD_REAL_USER] = "alice",
		[RECORD_CLASS] = "FILE",
		[RECORD_ACCESS] = "Read",
		[RECORD_RESOURCE] = "/etc/security/passwd",
		[RECORD_SERVICE] = "seosd",
		[RECORD_PROGRAM] = "/usr/sbin/sshd",
		[RECORD_TERMINAL] = "host1.example.com",
		[RECORD_HOST] = "192.0.2.17",
		[RECORD_COMMAND] = "editusr alice admin- operator",
		[RECORD_MODULE] = "seoswd",
		[RECORD_TRACE_TEXT] = "open of /etc/shadow denied",
	};

	record_init(r, type, FIRST_S, record_kind(type, RECORD_UNIX)->statuses[0]);
	for (unsigned field = 0; field < RECORD_TEXTS; field++)
		record_cut_text(r, field, texts[field]);
	r->stage = 59;
	r->reason = 2;
}

static void make_all(void)
{
	for (unsigned i = 0; i < RECORD_TYPES; i++) {
		make_record(&records[i], i + 1);
		frame_bytes[i] = logframe_encode(&records[i], i, frames[i]);
	}
}

/* Each does it to record i, and returns how many bytes it was, 0 for a failure. */

static size_t do_encode(unsigned i, uint64_t sequence)
{
	static unsigned char out[LOGFRAME_MAX];

	return logframe_encode(&records[i], sequence, out);
}

static size_t do_decode(unsigned i, uint64_t sequence)
{
	static struct audit_record out;
	size_t used = 0;

	return logframe_decode(frames[i], frame_bytes[i], &out, &sequence, &used) == LOGFRAME_OK
		       ? used
		       : 0;
}

static size_t do_render(enum render_layout layout, unsigned i)
{
	static const struct tm when = {.tm_mday = 24, .tm_mon = 8, .tm_year = 108, .tm_hour = 14};
	static char out[RENDER_MAX];
	const struct render_style style = {.layout = layout};

	return render_record(&style, &records[i], &when, out, sizeof(out));
}

static size_t do_plain(unsigned i, uint64_t sequence)
{
	(void)sequence;
	return do_render(RENDER_PLAIN, i);
}

static size_t do_padded(unsigned i, uint64_t sequence)
{
	(void)sequence;
	return do_render(RENDER_PADDED, i);
}

static size_t do_detailed(unsigned i, uint64_t sequence)
{
	(void)sequence;
	return do_render(RENDER_DETAILED, i);
}

/* A record a second. */
static size_t do_log(unsigned i, uint64_t sequence)
{
	static unsigned char out[LOGFRAME_MAX];
	size_t n;

	records[i].time_s = FIRST_S + (int64_t)sequence;
	n = logframe_encode(&records[i], sequence, out);
	return fwrite(out, 1, n, stdout) == n ? n : 0;
}

static const struct {
	const char *name;
	size_t (*work)(unsigned i, uint64_t sequence);
} works[] = {
	{"encode", do_encode}, {"decode", do_decode},     {"plain", do_plain},
	{"padded", do_padded}, {"detailed", do_detailed}, {"log", do_log},
};

int main(int argc, char **argv)
{
	char *end = NULL;
	unsigned long count;

	errno = 0;
	count = argc == 3 ? strtoul(argv[2], &end, 10) : 0;
	if (!end || *end || errno || !count) {
		fputs("usage: record_bench encode|decode|plain|padded|detailed|log COUNT\n",
		      stderr);
		return 2;
	}
	make_all();
	for (size_t w = 0; w < sizeof(works) / sizeof(works[0]); w++) {
		if (strcmp(argv[1], works[w].name) != 0)
			continue;
		for (unsigned long n = 0; n < count; n++)
			if (!works[w].work(n % RECORD_TYPES, n))
				return 1;
		return fflush(stdout) ? 1 : 0;
	}
	fprintf(stderr, "record_bench: unknown work %s\n", argv[1]);
	return 2;
}
