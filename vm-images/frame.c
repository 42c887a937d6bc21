/* SPDX-License-Identifier: MIT */
/*
 * Frames of the results port, and lines, from a stream that comes in pieces of any size.
 */
#include "vm-images/frame.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int begin_payload(struct frame_reader *reader)
{
	char *blank, *end;
	unsigned long len;

	reader->head[reader->head_len] = '\0';
	blank = strchr(reader->head, ' ');
	if (!blank || blank == reader->head || !isdigit((unsigned char)blank[1]))
		return -1;
	errno = 0;
	len = strtoul(blank + 1, &end, 10);
	if (errno || *end || len > FRAME_PAYLOAD_MAX)
		return -1;
	*blank = '\0';
	memcpy(reader->frame.kind, reader->head, (size_t)(blank - reader->head) + 1);
	reader->frame.len = len;
	reader->got = 0;
	reader->in_payload = true;
	return 0;
}

static int take_head(struct frame_reader *reader, char c)
{
	if (c == '\n')
		return begin_payload(reader);
	if (!c || reader->head_len == sizeof(reader->head) - 1)
		return -1;
	reader->head[reader->head_len++] = c;
	return 0;
}

/* Takes payload and the newline behind it; returns how many bytes, or -1. */
static ssize_t take_payload(struct frame_reader *reader, const char *data, size_t len,
			    void (*each)(void *context, const struct frame *frame), void *context)
{
	struct frame *frame = &reader->frame;
	size_t n = frame->len - reader->got;

	if (n > 0) {
		n = n < len ? n : len;
		memcpy(frame->payload + reader->got, data, n);
		reader->got += n;
		return (ssize_t)n;
	}
	if (*data != '\n')
		return -1;
	frame->payload[frame->len] = '\0';
	each(context, frame);
	reader->in_payload = false;
	reader->head_len = 0;
	return 1;
}

int frame_feed(struct frame_reader *reader, const char *data, size_t len,
	       void (*each)(void *context, const struct frame *frame), void *context)
{
	while (len > 0) {
		ssize_t n = 1;

		if (reader->in_payload)
			n = take_payload(reader, data, len, each, context);
		else if (take_head(reader, *data))
			n = -1;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static int keep(struct line_reader *reader, const char *data, size_t len)
{
	if (reader->len + len >= reader->size) {
		size_t size = 2 * (reader->len + len) + 256;
		char *text = realloc(reader->text, size);

		if (!text)
			return -1;
		reader->text = text;
		reader->size = size;
	}
	memcpy(reader->text + reader->len, data, len);
	reader->len += len;
	return 0;
}

static void pass_on(struct line_reader *reader, void (*each)(void *context, const char *line),
		    void *context)
{
	while (reader->len > 0 && reader->text[reader->len - 1] == '\r')
		reader->len--;
	reader->text[reader->len] = '\0';
	each(context, reader->text);
	reader->len = 0;
}

int line_feed(struct line_reader *reader, const char *data, size_t len,
	      void (*each)(void *context, const char *line), void *context)
{
	while (len > 0) {
		const char *newline = memchr(data, '\n', len);
		size_t n = newline ? (size_t)(newline - data) : len;
		size_t room = LINE_MAX_BYTES - reader->len;
		bool whole = newline && n <= room;

		if (n > room)
			n = room;
		if (keep(reader, data, n))
			return -1;
		if (whole || reader->len == LINE_MAX_BYTES)
			pass_on(reader, each, context);
		n += whole;
		data += n;
		len -= n;
	}
	return 0;
}

void line_free(struct line_reader *reader, void (*each)(void *context, const char *line),
	       void *context)
{
	if (reader->len > 0)
		pass_on(reader, each, context);
	free(reader->text);
	*reader = (struct line_reader){0};
}
