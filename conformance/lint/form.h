/* SPDX-License-Identifier: MIT */
/*
 * The form of a printed record: what stays the same when only values change. Which fields it has
 * and of what kind their values are, layout, wording, and whether it is as documented. Two captures
 * whose records have the same forms are read by the same programs.
 *
 * Not for reading a record (parse.h) or for comparing captures (diff.c).
 */
#ifndef CONFORMANCE_LINT_FORM_H
#define CONFORMANCE_LINT_FORM_H

#include "conformance/lint/capture.h"
#include "conformance/lint/parse.h"

/* Kinds of values. */
enum form_value {
	FORM_NONE, /* the event has no such field */
	FORM_EMPTY,
	FORM_NUMBER,
	FORM_NAME,         /* anything else, also with blanks */
	FORM_PATH,         /* /usr/bin/su */
	FORM_WINDOWS_PATH, /* C:\WINDOWS */
	FORM_DOMAIN_NAME,  /* DOMAIN\name */
	FORM_ADDRESS,      /* IPv4 or IPv6 */
	FORM_SESSION,      /* 48da26ce:00000142 */
	FORM_TEXT,         /* free: a command, a trace */
	FORM_FLAG,         /* (OS user) */
};

/* All zero but the type and the fault when the record is not as documented. */
struct form {
	uint8_t type;    /* enum record_type; 0: nothing that can be called a record */
	uint8_t layout;  /* enum render_layout */
	uint8_t origin;  /* enum record_origin, as far as the layout shows it */
	uint8_t wording; /* 0: the same in each brand; else enum code_brand + 1 */
	bool session;    /* the line shows the session id */
	uint8_t fields[RECORD_FIELDS]; /* enum form_value */
	const char *spacing; /* requirement that the blank lines before it break, or NULL */
	const char *fault;   /* requirement that it breaks itself, or NULL */
};

/* Reads a record, with the texts of whichever brand fits. spacing: capture_spacing() of it. *fault
 * is set when out->fault is. */
void form_read(const struct capture_record *c, const char *spacing, struct form *out,
	       struct parse_fault *fault);

bool form_equal(const struct form *a, const struct form *b);

/* What differs between two forms of the same event. */
struct form_change {
	const char *what; /* name of a field; "layout", "wording" ... */
	bool every;       /* it is of the capture rather than of this event */
	const char *before;
	const char *after;   /* NULL: what the fault says */
	bool added, removed; /* a field; neither: changed */
	const char *requirement;
};

#define FORM_CHANGES_MAX (RECORD_FIELDS + 5)

/* Fills changes; returns how many. 0: whoever reads the one reads the other. */
size_t form_changes(const struct form *before, const struct form *after,
		    struct form_change changes[FORM_CHANGES_MAX]);

#endif
