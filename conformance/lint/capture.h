/* SPDX-License-Identifier: MIT */
/*
 * A file of what seaudit printed, cut into records: a line each, or a line and its labels. Reads
 * any length in a fixed amount of memory. Not for what stands in a record (parse.h).
 */
#ifndef CONFORMANCE_LINT_CAPTURE_H
#define CONFORMANCE_LINT_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CAPTURE_RECORD_MAX 65536 /* bytes of a record; of a longer one the rest is passed over */

/* A record's text, valid until the next one is taken. */
struct capture_record {
	const char *text;
	size_t length; /* last newline not counted */
	uint64_t line; /* of its first line in the file, from 1 */
	bool detailed; /* more than one line */
	bool blank;    /* a blank line stands before it */
	bool too_long; /* cut off at CAPTURE_RECORD_MAX */
};

struct capture;

/* Reads from an open file, which stays the caller's. Freed with capture_close(). */
struct capture *capture_open(int fd);
void capture_close(struct capture *c);

/* Takes the next record: 1, 0 at the end of the file, or a negated errno value. */
int capture_next(struct capture *c, struct capture_record *out);

/*
 * The requirement that the blank lines before a record break, or NULL: records follow each other at
 * once, those of the detailed layout with one blank line between. before: the record in front of
 * it, or NULL.
 */
const char *capture_spacing(const struct capture_record *before, const struct capture_record *r);

/* How many blank lines stand at the end of the file; known when capture_next() has returned 0. */
uint64_t capture_trailing_blanks(const struct capture *c);

#endif
