/* SPDX-License-Identifier: MIT */
/*
 * Captured output as records; see capture.h. One buffer is filled again and again; a record begins
 * at a line with a date, at a line behind a blank one, and at the first line of all.
 */
#include "conformance/lint/capture.h"

#include "conformance/lint/parse.h"
#include "conformance/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER_BYTES (1 << 20)

struct capture {
	int fd;
	bool at_end;   /* of the file */
	bool skipping; /* the line at start is the rest of one that was too long */
	size_t start;  /* of what has not been handed out */
	size_t filled;
	uint64_t line;   /* the one at start, from 1 */
	uint64_t blanks; /* lines just passed over */
	char buffer[BUFFER_BYTES];
};

struct capture *capture_open(int fd)
{
	struct capture *c = memory_zeroed(1, sizeof(*c));

	c->fd = fd;
	c->line = 1;
	return c;
}

void capture_close(struct capture *c)
{
	free(c);
}

uint64_t capture_trailing_blanks(const struct capture *c)
{
	return c->blanks;
}

const char *capture_spacing(const struct capture_record *before, const struct capture_record *r)
{
	if (r->blank && !(before && before->detailed && r->detailed))
		return r->detailed ? "seaudit/detail/6" : "seaudit/plain/6";
	return !r->blank && before && before->detailed ? "seaudit/detail/6" : NULL;
}

/* Reads more behind what is there; moves that to the front when there is no room. */
static int fill(struct capture *c)
{
	ssize_t n;

	if (c->filled == BUFFER_BYTES) {
		memmove(c->buffer, c->buffer + c->start, c->filled - c->start);
		c->filled -= c->start;
		c->start = 0;
	}
	do {
		n = read(c->fd, c->buffer + c->filled, BUFFER_BYTES - c->filled);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	c->filled += (size_t)n;
	c->at_end = n == 0;
	return 0;
}

/* The length of the line that begins offset bytes on, newline included; all there is at the end of
 * the file. 0: there is none. */
static int line_at(struct capture *c, size_t offset, size_t *length)
{
	size_t looked = 0;

	for (;;) {
		const char *line = c->buffer + c->start + offset;
		size_t there = c->filled - c->start - offset;
		const char *newline = there ? memchr(line + looked, '\n', there - looked) : NULL;
		int error;

		*length = newline ? (size_t)(newline - line) + 1 : there;
		if (newline || c->at_end || offset + there >= CAPTURE_RECORD_MAX)
			return 0;
		looked = there;
		error = fill(c);
		if (error)
			return error;
	}
}

static int skip_rest(struct capture *c)
{
	size_t length;
	int error = 0;

	while (c->skipping && !error) {
		error = line_at(c, 0, &length);
		c->start += length;
		c->skipping = length && c->buffer[c->start - 1] != '\n';
	}
	return error;
}

static int skip_blanks(struct capture *c)
{
	size_t length;
	int error;

	c->blanks = 0;
	while (!(error = line_at(c, 0, &length)) && length == 1 && c->buffer[c->start] == '\n') {
		c->start++;
		c->line++;
		c->blanks++;
	}
	return error;
}

int capture_next(struct capture *c, struct capture_record *out)
{
	size_t whole = 0;
	size_t length;
	uint64_t lines = 0;
	int error = skip_rest(c);

	if (!error)
		error = skip_blanks(c);
	while (!error && whole < CAPTURE_RECORD_MAX) {
		error = line_at(c, whole, &length);
		if (error || !length)
			break;
		if (whole && (c->buffer[c->start + whole] == '\n' ||
			      parse_begins(c->buffer + c->start + whole, length)))
			break;
		whole += length;
		lines++;
	}
	if (error || !whole)
		return error;
	*out = (struct capture_record){.text = c->buffer + c->start,
				       .length = whole,
				       .line = c->line,
				       .detailed = lines > 1,
				       .blank = c->blanks > 0,
				       .too_long = whole >= CAPTURE_RECORD_MAX};
	c->start += whole;
	c->line += lines;
	if (out->text[whole - 1] == '\n')
		out->length--;
	else
		c->skipping = true;
	return 1;
}
