/* SPDX-License-Identifier: MIT */
/*
 * What a user may do with a file that a record of class FILE names. It is decided before he asks:
 * as a byte it goes to the kernel extension, which obeys it, and comes back in the extension's
 * report, from which a record is made. Not for: whose verdicts there are (store/verdicts.h).
 */
#ifndef REF_CORE_VERDICT_H
#define REF_CORE_VERDICT_H

#include "ref/core/access.h"
#include "ref/core/record.h"

/* The order is that of enum platform_access_kind. */
enum verdict_access {
	VERDICT_READ,
	VERDICT_WRITE,
	VERDICT_CHDIR,
};

#define VERDICT_ACCESSES 3

/* Bits of a verdict that the extension knows; the others are for verdict_read(). */
#define VERDICT_REFUSE   0x80
#define VERDICT_TELL     0x40

/* Stage codes of a decision about a file. */
enum verdict_stage {
	VERDICT_BY_RULE = 55,
	VERDICT_BY_DEFAULT = 59,
	VERDICT_BY_OPERATOR = 61, /* past the rules */
};

/* rule: what the record's rules say of the user, and its warning mode; defaults: the record's
 * default access, for those of whom they say nothing. attributes are 0 for one who is not in the
 * database. (access/file/1..5, access/attributes/4) */
uint8_t verdict_give(enum verdict_access access, unsigned attributes,
		     const struct access_terminal_rule *rule, unsigned defaults);

struct verdict_ruling {
	char status; /* P, D, W */
	int stage;   /* enum verdict_stage */
};

struct verdict_ruling verdict_read(uint8_t verdict);

/* Whether the user's audit modes ask for a record of the access, or a trace record of the user.
 * Without modes, failures and warnings are recorded. Stage 61 never is (event/resource/5). */
bool verdict_recorded(unsigned attributes, struct verdict_ruling ruling);
bool verdict_traced(unsigned attributes, struct verdict_ruling ruling);

/* An access that was asked for. */
struct verdict_report {
	enum verdict_access access;
	struct verdict_ruling ruling;
	bool os_user; /* not in the database */
	char user[RECORD_NAME_MAX];
	char effective_user[RECORD_NAME_MAX];
	char session[RECORD_SESSION_MAX]; /* "": none */
	char terminal[RECORD_NAME_MAX];   /* "": unknown */
	char file[RECORD_PATH_MAX];       /* as the FILE record calls it */
	char program[RECORD_PATH_MAX];
};

#define VERDICT_TEXT_MAX 2560

/* "Result: 'D' [stage=59] tst001 Read /etc/secret, /bin/cat: Resource UACC check". */
void verdict_text(const struct verdict_report *report, char out[VERDICT_TEXT_MAX]);
void verdict_record(struct audit_record *record, int64_t time_s,
		    const struct verdict_report *report);
void verdict_trace_record(struct audit_record *record, int64_t time_s,
			  const struct verdict_report *report);
/* Reports that never came: a record with status C. */
void verdict_lost_record(struct audit_record *record, int64_t time_s, uint64_t lost);

#endif
