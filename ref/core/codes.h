/* SPDX-License-Identifier: MIT */
/*
 * The codes of audit records and their texts, by brand of the product: stage codes, password
 * quality, untrust reasons, reasons, status letters. The lists are those of seaudit -t. Not for
 * where a code stands in a record (record.h).
 */
#ifndef REF_CORE_CODES_H
#define REF_CORE_CODES_H

#include <stddef.h>
#include <stdint.h>

/* Which generation of the product is spoken of; [product] brand in seos.ini. */
enum code_brand {
	CODE_PAMSC, /* "CA PAMSC" */
	CODE_AC,    /* "CA Access Control" */
};

#define CODE_BRANDS (CODE_AC + 1)

/* The lists, in the order of seaudit -t. Those before CODE_PASSWORD share one range of numbers. */
enum code_list_id {
	CODE_LOGIN,
	CODE_RESOURCE,
	CODE_NETWORK,
	CODE_ADMIN,
	CODE_SHUTDOWN,
	CODE_PASSWORD,
	CODE_UNTRUST,
	CODE_REASON,
};

#define CODE_LISTS (CODE_REASON + 1)

struct code {
	int32_t number;
	const char *text[CODE_BRANDS];
};

struct code_list {
	const char *heading;
	const struct code *codes; /* ascending */
	size_t count;
};

/* Stage codes that the daemons and the console use by name. */
enum code_stage {
	STAGE_PASSWORD_VALIDITY = 8,
	STAGE_LOGOUT = 49,
	STAGE_UNLOAD_CHECK = 339,
	STAGE_SHUTDOWN_ALLOWED = 452,
	STAGE_SHUTDOWN_DENIED = 460,
};

/* Reason 2: the audit mode of the user asks for the record. */
#define REASON_NONE       0
#define REASON_AUDIT_MODE 2

const struct code_list *code_list(enum code_list_id id);

/* The text of a code, NULL when none is known. */
const char *code_text(enum code_list_id id, int32_t number, enum code_brand brand);
/* The text of a stage code, whichever list has it; NULL when none is known. */
const char *code_stage_text(int32_t stage, enum code_brand brand);
/* The word for a status letter ("Denied"), NULL when none is known. */
const char *code_status_text(char status);

/* "CA PAMSC", "CA Access Control". */
const char *code_product(enum code_brand brand);
/* Finds a brand by its name in seos.ini and on command lines, "pamsc" or "ac": 0 or -EINVAL. */
int code_brand_named(const char *name, enum code_brand *brand);

#endif
