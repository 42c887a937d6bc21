/* SPDX-License-Identifier: MIT */
/*
 * Filter rules of audit records, a line each: which records audit.cfg keeps out of the log, and
 * which ones a route of selogrd.cfg takes. Not for files (store/filters.h). SPEC.md, log/filter.
 */
#ifndef REF_CORE_FILTER_H
#define REF_CORE_FILTER_H

#include "ref/core/record.h"

#define FILTER_LINE_MAX                                                                            \
	1280                /* bytes, terminating zero included; a trace message has up to 1000    \
			     */
#define FILTER_FIELDS_MAX 7 /* behind the kind */
#define FILTER_WHY_MAX    160

enum filter_kind {
	FILTER_LOGIN,    /* LOGIN;UserName;UserId;TerminalName;LoginProgram;Result */
	FILTER_ADMIN,    /* ADMIN;Class;Object;User;EffectiveUser;Terminal;Command;Result */
	FILTER_TRACE,    /* TRACE;Class;Object;RealUser;EffectiveUser;ACUser;Result;Message */
	FILTER_HOST,     /* HOST;Object;Host;Program;Access;Result */
	FILTER_TCP,      /* TCP;Object;Host;Program;Access;Result */
	FILTER_RESOURCE, /* Class;Object;User;Program;Access;Result */
};

struct filter_rule {
	enum filter_kind kind;
	char text[FILTER_LINE_MAX];         /* the fields, each zero-terminated */
	uint16_t fields[FILTER_FIELDS_MAX]; /* where each begins */
	char user[RECORD_NAME_MAX]; /* FILTER_LOGIN: who has the number in UserId, as the caller
				       found out; "": nobody */
};

/* Reads a rule. Returns 0, or -EINVAL with the fault in why. */
int filter_parse(const char *line, struct filter_rule *out, char why[FILTER_WHY_MAX]);

/* The number of a LOGIN rule's user, for whose name the caller has to look; false: it names none.
 */
bool filter_user_id(const struct filter_rule *rule, uint32_t *uid);

/* Whether a rule is about a record. START, SHUTDOWN and CHECK are matched by none (log/filter/7).
 */
bool filter_match(const struct filter_rule *rule, const struct audit_record *record);

#endif
