/* SPDX-License-Identifier: MIT */
/*
 * selogrd.cfg: where audit records go, as text. A rule is a line with its name, a line with the
 * action, lines that choose records, and a line with a dot:
 *
 *	Logins
 *	host collector1
 *	include LOGIN;*;*;*;*;D
 *	exclude LOGIN;tst*;*;*;*;*
 *	.
 *
 * Not for carrying them there (cmd/selogrd.c). SPEC.md, daemon/selogrd; decision P67.
 */
#ifndef REF_CORE_ROUTE_H
#define REF_CORE_ROUTE_H

#include "ref/core/filter.h"

#define ROUTE_MAX         16
#define ROUTE_FILTERS_MAX 8    /* of a rule */
#define ROUTE_TARGET_MAX  1024 /* bytes, terminating zero included */
#define ROUTE_WHY_MAX     320

enum route_action {
	ROUTE_HOST,   /* a host that collects */
	ROUTE_MAIL,   /* an address */
	ROUTE_FILE,   /* a text file's absolute path */
	ROUTE_SCREEN, /* the terminals of a user */
	ROUTE_NOTIFY, /* notification records alone: mail to whom each names, or to the address */
};

struct route {
	char name[RECORD_NAME_MAX];
	enum route_action action;
	char target[ROUTE_TARGET_MAX]; /* "default" for ROUTE_NOTIFY: whom each record names */
	struct {
		bool exclude;
		struct filter_rule rule;
	} filters[ROUTE_FILTERS_MAX];
	unsigned filter_count;
};

struct route_list {
	struct route routes[ROUTE_MAX];
	unsigned count;
};

/* Reads a configuration, zero-terminated. Returns 0, or -EINVAL with *line (from 1) and why; *out
 * is then not to be used. */
int route_parse(const char *text, struct route_list *out, unsigned *line, char why[ROUTE_WHY_MAX]);

/* "host" ... */
const char *route_action_name(enum route_action action);

/*
 * Whether a record goes there: not when an exclude matches it; when there are includes, only if one
 * matches. ROUTE_NOTIFY takes notification records, and nothing else does more with those.
 */
bool route_takes(const struct route *route, const struct audit_record *record);

#endif
