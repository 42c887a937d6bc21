/* SPDX-License-Identifier: MIT */
/*
 * Batches of records on a link; see collect.h. Frames go in hexadecimal: a JSON text holds no
 * bytes.
 */
#include "ref/wire/collect.h"
#include "ref/wire/link.h"
#include "ref/wire/reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OP "collect"

static const char digits[] = "0123456789abcdef";

static int value_of(char c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Returns the bytes, or -1 for a text that is no such number of hexadecimal digits. */
static ssize_t from_hex(const char *text, size_t length, unsigned char *out, size_t room)
{
	if (length % 2 || length / 2 > room)
		return -1;
	for (size_t i = 0; i < length / 2; i++) {
		int high = value_of(text[2 * i]), low = value_of(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return (ssize_t)(length / 2);
}

static void take_frames(struct reader *r, struct collect_batch *out)
{
	json_t *value = reader_take(r, "frames");
	ssize_t n = json_is_string(value)
			    ? from_hex(json_string_value(value), json_string_length(value),
				       out->frames, sizeof(out->frames))
			    : -1;

	json_decref(value);
	if (n <= 0)
		reader_fault(r, "key frames is no text of at most %d bytes in hexadecimal",
			     COLLECT_FRAMES_MAX);
	else
		out->bytes = (size_t)n;
}

static void check_frames(struct reader *r, const struct collect_batch *batch)
{
	struct audit_record record;
	uint64_t last = 0, number;
	size_t used;

	for (size_t at = 0; at < batch->bytes; at += used) {
		enum logframe_verdict verdict = logframe_decode(
			batch->frames + at, batch->bytes - at, &record, &number, &used);

		if (verdict != LOGFRAME_OK) {
			reader_fault(r, "a record is none: %s", logframe_verdict_text(verdict));
			return;
		}
		if (number <= last) {
			reader_fault(r, "records are out of order");
			return;
		}
		last = number;
	}
}

int collect_read(const char *text, size_t bytes, struct collect_batch *out, char *why,
		 size_t why_bytes)
{
	unsigned char stream[8] = {0};
	char word[32];
	struct reader r;

	out->bytes = 0;
	out->stream = 0;
	reader_open(&r, text, bytes, why, why_bytes);
	if (reader_number(&r, "version", 1, INT32_MAX) != LINK_VERSION)
		reader_fault(&r, "this version of the protocol is not spoken here: use %d",
			     LINK_VERSION);
	reader_text(&r, "op", word, sizeof(word));
	if (!r.error && strcmp(word, OP) != 0)
		reader_fault(&r, "unknown op %s", word);
	reader_text(&r, "stream", word, sizeof(word));
	if (!r.error && from_hex(word, strlen(word), stream, sizeof(stream)) != sizeof(stream))
		reader_fault(&r, "key stream is no number of 16 hexadecimal digits");
	for (size_t i = 0; i < sizeof(stream) && !r.error; i++)
		out->stream = out->stream << 8 | stream[i];
	if (!r.error)
		take_frames(&r, out);
	if (!r.error)
		check_frames(&r, out);
	return reader_close(&r);
}

int collect_write(const struct collect_batch *batch, char **text, size_t *bytes)
{
	char *hex = malloc(2 * batch->bytes + 1);
	char stream[17];
	int error;

	*text = NULL;
	if (!hex)
		return -ENOMEM;
	for (size_t i = 0; i < batch->bytes; i++) {
		hex[2 * i] = digits[batch->frames[i] >> 4];
		hex[2 * i + 1] = digits[batch->frames[i] & 15];
	}
	hex[2 * batch->bytes] = '\0';
	snprintf(stream, sizeof(stream), "%016" PRIx64, batch->stream);
	error = reader_print(json_pack("{si ss ss ss}", "version", LINK_VERSION, "op", OP, "stream",
				       stream, "frames", hex),
			     text, bytes);
	free(hex);
	return error;
}
