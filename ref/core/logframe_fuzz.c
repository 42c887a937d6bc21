/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes logframe.c and render.c. The input is taken as a file and, with the right head put before
 * it, as the body of a frame: what decodes is a whole record, encodes to the very bytes it came
 * from, prints as clean lines, and no damaged or shortened copy of it decodes. Not for layouts
 * byte by byte: logframe_test.c.
 */
#include "ref/core/logframe.h"
#include "ref/core/render.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX (LOGFRAME_MAX - LOGFRAME_HEAD_BYTES)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_le(unsigned char *out, uint64_t number, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		out[i] = (unsigned char)(number >> 8 * i);
}

/* A record forges no line and moves no cursor, whatever it holds. */
static void check_printed(const struct audit_record *r)
{
	static char text[RENDER_MAX];
	static const struct tm when = {.tm_mday = 24, .tm_mon = 8, .tm_year = 108};
	struct render_style style = {.session = true};

	for (style.layout = RENDER_PLAIN; style.layout <= RENDER_DETAILED; style.layout++) {
		size_t n = render_record(&style, r, &when, text, sizeof(text));
		size_t lines = 0;

		assert(n > 0 && n <= sizeof(text) && text[n - 1] == '\n');
		for (size_t i = 0; i < n; i++) {
			assert((unsigned char)text[i] >= ' ' || text[i] == '\n');
			assert(text[i] != 0x7f);
			lines += text[i] == '\n';
		}
		assert(style.layout == RENDER_DETAILED ? lines > 1 : lines == 1);
	}
}

/* An exact copy of some bytes of a frame, so that a read beyond them is seen. */
static enum logframe_verdict decode_copy(const unsigned char *frame, size_t bytes, size_t flipped)
{
	unsigned char *copy = malloc(bytes + !bytes);
	struct audit_record record;
	enum logframe_verdict verdict;
	uint64_t sequence;
	size_t used;

	assert(copy);
	memcpy(copy, frame, bytes);
	if (flipped < bytes)
		copy[flipped] ^= (unsigned char)(1 << flipped % 8);
	verdict = logframe_decode(copy, bytes, &record, &sequence, &used);
	free(copy);
	return verdict;
}

static void check_decoded(const unsigned char *frame, const struct audit_record *r,
			  const struct logframe_source *source, uint64_t sequence, size_t used)
{
	unsigned char again[LOGFRAME_MAX];
	char why[64];
	size_t place = logframe_crc(0, frame, used) % used;

	assert(record_check(r, why, sizeof(why)) == 0);
	assert(logframe_encode_from(r, frame[4] == 2 ? source : NULL, sequence, again) == used);
	assert(memcmp(again, frame, used) == 0);
	assert(decode_copy(frame, place, SIZE_MAX) == LOGFRAME_TORN);
	assert(decode_copy(frame, used, place) != LOGFRAME_OK);
	check_printed(r);
}

static void check(const unsigned char *data, size_t bytes)
{
	struct audit_record record;
	struct logframe_source source;
	uint64_t sequence;
	size_t used;
	enum logframe_verdict verdict =
		logframe_decode_from(data, bytes, &record, &source, &sequence, &used);

	assert(*logframe_verdict_text(verdict));
	if (verdict != LOGFRAME_OK)
		return;
	assert(used <= bytes && used <= LOGFRAME_MAX);
	check_decoded(data, &record, &source, sequence, used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned char frame[LOGFRAME_MAX] = "PAMA";
	size_t body = size < BODY_MAX ? size : BODY_MAX;

	check(data, size);
	frame[4] = size % 2 ? 1 : 2;
	memcpy(frame + LOGFRAME_HEAD_BYTES, data, body);
	put_le(frame + 8, body, 4);
	put_le(frame + 12, logframe_crc(0, data, body), 4);
	put_le(frame + 16, body << 32 | 7, 6);
	put_le(frame + 24, logframe_crc(0, frame, 24), 4);
	check(frame, LOGFRAME_HEAD_BYTES + body);
	return 0;
}
