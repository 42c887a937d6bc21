/* SPDX-License-Identifier: MIT */
/*
 * Reads what comes out of a guest's two ports: frames (protocol.h) from the results port, lines
 * from anywhere. Pure: bytes in, calls out, no I/O, so that it can be tested with any cut of the
 * stream.
 */
#ifndef VM_IMAGES_FRAME_H
#define VM_IMAGES_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "vm-images/protocol.h"

struct frame {
	char kind[FRAME_HEADER_MAX];
	size_t len;
	char payload[FRAME_PAYLOAD_MAX + 1]; /* terminated */
};

/* A stream of frames; start from all zero. */
struct frame_reader {
	struct frame frame;
	char head[FRAME_HEADER_MAX];
	size_t head_len;
	size_t got;
	bool in_payload;
};

/* Calls `each` for every frame that `data` completes. Returns 0, or -1 if the stream breaks the
 * protocol. */
int frame_feed(struct frame_reader *reader, const char *data, size_t len,
	       void (*each)(void *context, const struct frame *frame), void *context);

#define LINE_MAX_BYTES 65536

/* A stream of lines; start from all zero, end with line_free(). */
struct line_reader {
	char *text;
	size_t len;
	size_t size;
};

/*
 * Calls `each` for every line that `data` completes, without its newline or carriage return and
 * terminated; a line longer than LINE_MAX_BYTES comes in pieces. Returns 0, or -1 without memory.
 */
int line_feed(struct line_reader *reader, const char *data, size_t len,
	      void (*each)(void *context, const char *line), void *context);
/* Calls `each` for a last line without a newline, and releases the reader. */
void line_free(struct line_reader *reader, void (*each)(void *context, const char *line),
	       void *context);

#endif
