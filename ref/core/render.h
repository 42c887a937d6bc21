/* SPDX-License-Identifier: MIT */
/*
 * The printed layouts of an audit record: plain, padded, detailed. The tables of columns and labels
 * are public so that a checker reads with what the renderer writes with. Not for choosing records
 * or finding the local time.
 */
#ifndef REF_CORE_RENDER_H
#define REF_CORE_RENDER_H

#include "ref/core/codes.h"
#include "ref/core/record.h"

#include <time.h>

enum render_layout {
	RENDER_PLAIN,    /* single blanks */
	RENDER_PADDED,   /* columns */
	RENDER_DETAILED, /* the plain line, then a line for each label */
};

struct render_style {
	enum render_layout layout;
	enum code_brand brand;
	bool session; /* show the session id in the line (-sessionid) */
};

/*
 * Bytes that hold any record in any layout: a byte may turn into four and stand in the line and
 * behind its label, and no type has much more than half of the fields.
 */
#define RENDER_MAX (4 * sizeof(struct audit_record) + 4096)

/*
 * Writes a whole record (record_check()), every line ended, no terminating zero. when is the local
 * civil time of record->time_s. Returns the bytes written, 0 when they do not fit. Control
 * characters come out as \ooo, passwords in commands as ***, so that a record forges neither lines
 * nor leaks.
 */
size_t render_record(const struct render_style *style, const struct audit_record *record,
		     const struct tm *when, char *out, size_t bytes);

/* How a column is laid out with RENDER_PADDED. */
struct render_column {
	uint8_t width; /* 0: as wide as the value */
	bool right;
};

#define RENDER_EVENT_WIDTH 12

const struct render_column *render_column(enum record_field field);

/* English, three letters, as in "24 Sep 2008"; month is 0 to 11. */
const char *render_month(unsigned month);

/* What the detailed layout has beside the fields of the format line. */
struct render_detail {
	const char *event[2];   /* "Event type", by enum record_origin */
	const char *resource;   /* its label when it is not "Resource" */
	const char *service[2]; /* label of the service, by origin, when it is not "Service" */
	bool status;            /* has the label Status */
	bool session;           /* has the label User Logon Session ID */
	bool minutes;           /* Time is HH:MM, also from UNIX */
	bool class;             /* the event is labelled Class as well */
	bool flags;             /* has Audit flags without having the column */
	bool product_flags;     /* from UNIX, Audit flags name the product */
};

const struct render_detail *render_detail(enum record_type type);

/* The label of a field in the detailed layout. */
const char *render_label(const struct audit_record *record, enum record_field field);

#endif
