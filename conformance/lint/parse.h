/* SPDX-License-Identifier: MIT */
/*
 * An audit record out of the text that seaudit printed: which event it is, where each field stands,
 * and the first place where the text is not what the documents say. The inverse of
 * ref/core/render.h, whose tables it reads. Not for finding the records in a file (capture.h) or
 * for telling people (lint.c).
 */
#ifndef CONFORMANCE_LINT_PARSE_H
#define CONFORMANCE_LINT_PARSE_H

#include "ref/core/record.h"
#include "ref/core/render.h"

/* A stretch of the text that was read. Length 0: the field is empty or not shown. */
struct parse_span {
	const char *text;
	size_t length;
};

/* A record as far as its text shows it. Spans point into the text given to parse_record(). */
struct parse_record {
	enum record_type type;
	enum record_origin origin; /* UNIX where nothing says otherwise */
	enum render_layout layout;
	bool session; /* the line shows the session id */
	bool os_user;
	char status;
	struct parse_span date;
	struct parse_span time;
	struct parse_span fields[RECORD_FIELDS]; /* as written; numbers too */
	int32_t numbers[RECORD_FIELDS];          /* of the fields that are numbers */
};

#define PARSE_FAULT_MAX 200

/* What is wrong, where, and by which requirement. */
struct parse_fault {
	size_t line;   /* of the record's text, from 0 */
	size_t column; /* bytes, from 0 */
	const char *requirement;
	char text[PARSE_FAULT_MAX];
};

/*
 * Reads one record: its line and, in the detailed layout, the label lines below it, with or without
 * the last newline. brand: whose product names the texts have. Returns true when the text is as
 * documented; else *fault has the first fault, and *out what was read until then (type 0: nothing
 * that can be called a record).
 *
 * A value with blanks in it leaves open where a field of the plain layout ends. The text is taken
 * as a fault only if no reading fits; what is ambiguous is counted to the command, the program or
 * the resource, in this order.
 */
bool parse_record(const char *text, size_t length, enum code_brand brand, struct parse_record *out,
		  struct parse_fault *fault);

/* The requirement that gives the fields of an event, and that which gives its labels in the
 * detailed layout: "event/login/1", "seaudit/detail/24". Type 0 is that of no record. */
const char *parse_format_id(enum record_type type);
const char *parse_labels_id(enum record_type type, enum record_origin origin);

/* Whether a line begins like a record: two digits or one, a blank, three letters, a blank. */
bool parse_begins(const char *text, size_t length);

#endif
