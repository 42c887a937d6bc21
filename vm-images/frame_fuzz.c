/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes frame.c: a guest writes what it likes to its ports, and it comes in whatever pieces. The
 * pieces make no difference; frames joined again are the very bytes they came from; lines are all
 * of the text but its line ends.
 */
#include "vm-images/frame.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was heard, up to a limit no input reaches. */
struct heard {
	FILE *out;
	char *text;
	size_t bytes;
};

static void hear(struct heard *h)
{
	*h = (struct heard){0};
	h->out = open_memstream(&h->text, &h->bytes);
	assert(h->out);
}

static void note_frame(void *context, const struct frame *frame)
{
	struct heard *h = context;
	size_t kind = strlen(frame->kind);

	assert(kind > 0 && kind < FRAME_HEADER_MAX && frame->len <= FRAME_PAYLOAD_MAX);
	assert(frame->payload[frame->len] == '\0');
	fprintf(h->out, "%s %zu\n", frame->kind, frame->len);
	fwrite(frame->payload, 1, frame->len, h->out);
	fputc('\n', h->out);
}

static void note_line(void *context, const char *line)
{
	struct heard *h = context;

	assert(strlen(line) <= LINE_MAX_BYTES && !strchr(line, '\n'));
	fprintf(h->out, "%s\n", line);
}

static int hear_frames(struct heard *h, const char *data, size_t size, size_t piece)
{
	struct frame_reader *reader = calloc(1, sizeof(*reader));
	int result = 0;

	assert(reader);
	hear(h);
	for (size_t at = 0; at < size && !result; at += piece)
		result = frame_feed(reader, data + at, size - at < piece ? size - at : piece,
				    note_frame, h);
	fclose(h->out);
	free(reader);
	return result;
}

static void hear_lines(struct heard *h, const char *data, size_t size, size_t piece)
{
	struct line_reader reader = {0};

	hear(h);
	for (size_t at = 0; at < size; at += piece)
		assert(!line_feed(&reader, data + at, size - at < piece ? size - at : piece,
				  note_line, h));
	line_free(&reader, note_line, h);
	assert(!reader.text && !reader.len);
	fclose(h->out);
}

/* Numbers may have leading zeros, so that a head can be longer than it has to. */
static void check_joined(const struct heard *h, const char *data, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < h->bytes; i++, at++) {
		while (at < size && data[at] != h->text[i] && data[at] == '0')
			at++;
		assert(at < size && data[at] == h->text[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t piece = size ? 1 + data[size - 1] % 7 : 1;
	const char *text = (const char *)data;
	struct heard whole;
	struct heard pieces;

	assert(hear_frames(&whole, text, size, size ? size : 1) ==
	       hear_frames(&pieces, text, size, piece));
	assert(whole.bytes == pieces.bytes && !memcmp(whole.text, pieces.text, whole.bytes));
	check_joined(&whole, text, size);
	free(whole.text);
	free(pieces.text);

	hear_lines(&whole, text, size, size ? size : 1);
	hear_lines(&pieces, text, size, piece);
	assert(whole.bytes == pieces.bytes && !memcmp(whole.text, pieces.text, whole.bytes));
	assert(whole.bytes <= size + 1);
	free(whole.text);
	free(pieces.text);
	return 0;
}
