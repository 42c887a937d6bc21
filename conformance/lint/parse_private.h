/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the parser share: the place they have come to, and how they refuse. Not for
 * users of the parser (parse.h).
 */
#ifndef CONFORMANCE_LINT_PARSE_PRIVATE_H
#define CONFORMANCE_LINT_PARSE_PRIVATE_H

#include "conformance/lint/parse.h"

/* Where the parser stands. at and end bound what is left of the record's line. */
struct reader {
	const char *text; /* all of the record's */
	const char *text_end;
	const char *at;
	const char *end;
	enum code_brand brand;
	const struct record_kind *kind;
	struct parse_record *record;
	struct parse_fault *fault;
	struct parse_span details; /* the label's words for the stage */
	struct parse_span message; /* the same for the message of an untrust record */
};

/* Notes the fault found at a place of the text. Returns false, so that a check can end with it. */
bool parse_refuse(struct reader *r, const char *at, const char *requirement, const char *format,
		  ...) __attribute__((format(printf, 4, 5)));

/* Length of the word at a place: up to the next blank or end. */
size_t parse_word(const char *at, const char *end);
/* Whether that many bytes are decimal digits that make a number; *out is set then. */
bool parse_number(const char *at, size_t length, int32_t *out);
/* Whether a text is a session id as UNIX endpoints write it, seaudit/session/7. */
bool parse_is_session(const char *at, size_t length);

/* The columns behind the event, in the plain and the padded layout. */
bool parse_plain(struct reader *r);
bool parse_padded(struct reader *r);
/* The same when the labels have said what the fields hold. */
bool parse_known(struct reader *r);
/* The label lines from at on: fills the fields that have a label, finds type and origin. */
bool parse_labels(struct reader *r, const char *at);
/* Whether the words of the labels are those for the codes of the line. */
bool parse_codes(struct reader *r);

#endif
