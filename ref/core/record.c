/* SPDX-License-Identifier: MIT */
/*
 * Audit records; see record.h. The table of the kinds is chapter "event" of SPEC.md in C: one row
 * an event type, its fields in the order of the documented format line.
 */
#include "ref/core/record.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define COLUMNS(...) .column_count = sizeof((uint8_t[]){__VA_ARGS__}), .columns = {__VA_ARGS__}

#define SEREVU_COLUMNS                                                                             \
	COLUMNS(RECORD_USER, RECORD_STAGE, RECORD_REASON, RECORD_TERMINAL, RECORD_PROGRAM,         \
		RECORD_OS_USER)

static const struct record_kind kinds[RECORD_TYPES + 1] = {
	[RECORD_LOGIN] = {"login", "LOGIN", "PDW", RECORD_BIT(RECORD_USER),
			  COLUMNS(RECORD_USER, RECORD_SESSION, RECORD_STAGE, RECORD_REASON,
				  RECORD_TERMINAL, RECORD_PROGRAM, RECORD_OS_USER)},
	[RECORD_LOGOUT] = {"logout", "LOGOUT", "O", RECORD_BIT(RECORD_USER),
			   COLUMNS(RECORD_USER, RECORD_SESSION, RECORD_STAGE, RECORD_REASON,
				   RECORD_TERMINAL, RECORD_OS_USER)},
	[RECORD_LOGIN_ENABLED] = {"login-enabled", "LOGIN", "E", RECORD_BIT(RECORD_USER),
				  SEREVU_COLUMNS},
	[RECORD_LOGIN_DISABLED] = {"login-disabled", "LOGIN", "I", RECORD_BIT(RECORD_USER),
				   SEREVU_COLUMNS},
	[RECORD_PASSWORD_ATTEMPT] = {"password-attempt", "LOGIN", "A", RECORD_BIT(RECORD_USER),
				     SEREVU_COLUMNS},
	[RECORD_RESOURCE_ACCESS] = {"resource", NULL, "PDW",
				    RECORD_BIT(RECORD_CLASS) | RECORD_BIT(RECORD_USER) |
					    RECORD_BIT(RECORD_ACCESS) | RECORD_BIT(RECORD_RESOURCE),
				    COLUMNS(RECORD_CLASS, RECORD_USER, RECORD_SESSION,
					    RECORD_ACCESS, RECORD_STAGE, RECORD_REASON,
					    RECORD_RESOURCE, RECORD_PROGRAM, RECORD_TERMINAL,
					    RECORD_EFFECTIVE_USER, RECORD_OS_USER)},
	[RECORD_UNTRUST] = {"untrust", NULL, "U",
			    RECORD_BIT(RECORD_CLASS) | RECORD_BIT(RECORD_MODULE) |
				    RECORD_BIT(RECORD_RESOURCE),
			    COLUMNS(RECORD_CLASS, RECORD_MODULE, RECORD_STAGE, RECORD_MESSAGE,
				    RECORD_RESOURCE)},
	[RECORD_INBOUND] = {"inbound", NULL, "PDW",
			    RECORD_BIT(RECORD_CLASS) | RECORD_BIT(RECORD_SERVICE) |
				    RECORD_BIT(RECORD_HOST),
			    COLUMNS(RECORD_CLASS, RECORD_SERVICE, RECORD_STAGE, RECORD_REASON,
				    RECORD_HOST, RECORD_PROGRAM)},
	[RECORD_OUTBOUND] = {"outbound", NULL, "PDW",
			     RECORD_BIT(RECORD_CLASS) | RECORD_BIT(RECORD_SERVICE) |
				     RECORD_BIT(RECORD_USER) | RECORD_BIT(RECORD_HOST),
			     COLUMNS(RECORD_CLASS, RECORD_SERVICE, RECORD_USER, RECORD_STAGE,
				     RECORD_REASON, RECORD_HOST, RECORD_PROGRAM, RECORD_TERMINAL,
				     RECORD_OS_USER)},
	[RECORD_ADMIN] = {"admin", "UPDATE", "SDF",
			  RECORD_BIT(RECORD_CLASS) | RECORD_BIT(RECORD_USER) |
				  RECORD_BIT(RECORD_RESOURCE),
			  COLUMNS(RECORD_CLASS, RECORD_USER, RECORD_STAGE, RECORD_REASON,
				  RECORD_RESOURCE, RECORD_TERMINAL, RECORD_COMMAND,
				  RECORD_OS_USER)},
	[RECORD_START] = {"start", "START", "M", RECORD_BIT(RECORD_SERVICE),
			  COLUMNS(RECORD_SERVICE)},
	[RECORD_SHUTDOWN] = {"shutdown", "SHUTDOWN", "MD",
			     RECORD_BIT(RECORD_USER) | RECORD_BIT(RECORD_SERVICE),
			     COLUMNS(RECORD_USER, RECORD_SESSION, RECORD_STAGE, RECORD_SERVICE,
				     RECORD_OS_USER)},
	[RECORD_PASSWORD] = {"password", "PASSWORD", "F", RECORD_BIT(RECORD_USER),
			     COLUMNS(RECORD_USER, RECORD_STAGE, RECORD_REASON, RECORD_OS_USER)},
	[RECORD_TRACE] = {"trace", "TRACE", "PDW", RECORD_BIT(RECORD_USER),
			  COLUMNS(RECORD_USER, RECORD_SESSION, RECORD_EFFECTIVE_USER,
				  RECORD_REAL_USER, RECORD_CLASS, RECORD_RESOURCE, RECORD_STAGE,
				  RECORD_OS_USER, RECORD_TRACE_TEXT)},
	[RECORD_CHECK] = {"check", "CHECK", "SF",
			  RECORD_BIT(RECORD_USER) | RECORD_BIT(RECORD_ACCESS) |
				  RECORD_BIT(RECORD_RESOURCE),
			  COLUMNS(RECORD_USER, RECORD_SESSION, RECORD_ACCESS, RECORD_STAGE,
				  RECORD_REASON, RECORD_RESOURCE, RECORD_PROGRAM, RECORD_OS_USER)},
};

static const struct record_kind windows_trace = {
	"trace", "TRACE", "PDW", RECORD_BIT(RECORD_USER),
	COLUMNS(RECORD_USER, RECORD_SESSION, RECORD_REAL_UID, RECORD_REAL_USER, RECORD_CLASS,
		RECORD_RESOURCE, RECORD_STAGE, RECORD_OS_USER, RECORD_TRACE_TEXT)};

const struct record_kind *record_kind(unsigned type, enum record_origin origin)
{
	if (type == RECORD_TRACE && origin == RECORD_WINDOWS)
		return &windows_trace;
	return type >= 1 && type <= RECORD_TYPES ? &kinds[type] : NULL;
}

#define TEXT(field, key, member)                                                                   \
	[field] = {key, offsetof(struct audit_record, member),                                     \
		   sizeof(((struct audit_record *)0)->member)}

/* Name, and for texts where they stand in the struct and how many bytes they have. */
static const struct {
	const char *name;
	uint16_t offset;
	uint16_t bytes;
} fields[RECORD_FIELDS] = {
	TEXT(RECORD_USER, "user", user),
	TEXT(RECORD_SESSION, "session", session),
	TEXT(RECORD_EFFECTIVE_USER, "effective_user", effective_user),
	TEXT(RECORD_REAL_USER, "real_user", real_user),
	TEXT(RECORD_CLASS, "class", class),
	TEXT(RECORD_ACCESS, "access", access),
	TEXT(RECORD_RESOURCE, "resource", resource),
	TEXT(RECORD_SERVICE, "service", service),
	TEXT(RECORD_PROGRAM, "program", program),
	TEXT(RECORD_TERMINAL, "terminal", terminal),
	TEXT(RECORD_HOST, "host", host),
	TEXT(RECORD_COMMAND, "command", command),
	TEXT(RECORD_MODULE, "module", module),
	TEXT(RECORD_TRACE_TEXT, "trace", trace),
	[RECORD_STAGE] = {.name = "stage"},
	[RECORD_REASON] = {.name = "reason"},
	[RECORD_MESSAGE] = {.name = "message"},
	[RECORD_REAL_UID] = {.name = "real_uid"},
	[RECORD_OS_USER] = {.name = "os_user"},
};

const char *record_field_name(enum record_field field)
{
	return fields[field].name;
}

const char *record_text(const struct audit_record *r, enum record_field field)
{
	return (const char *)r + fields[field].offset;
}

static char *text_of(struct audit_record *r, enum record_field field)
{
	return (char *)r + fields[field].offset;
}

int32_t record_number(const struct audit_record *r, enum record_field field)
{
	switch (field) {
	case RECORD_STAGE:
		return r->stage;
	case RECORD_REASON:
		return r->reason;
	case RECORD_MESSAGE:
		return r->message;
	case RECORD_REAL_UID:
		return r->real_uid;
	default:
		return r->os_user;
	}
}

void record_set_number(struct audit_record *r, enum record_field field, int32_t number)
{
	switch (field) {
	case RECORD_STAGE:
		r->stage = number;
		break;
	case RECORD_REASON:
		r->reason = number;
		break;
	case RECORD_MESSAGE:
		r->message = number;
		break;
	case RECORD_REAL_UID:
		r->real_uid = number;
		break;
	default:
		r->os_user = number != 0;
	}
}

int record_set_bytes(struct audit_record *r, enum record_field field, const void *text,
		     size_t length)
{
	if (length >= fields[field].bytes)
		return -ENAMETOOLONG;
	memcpy(text_of(r, field), text, length);
	text_of(r, field)[length] = '\0';
	return 0;
}

int record_set_text(struct audit_record *r, enum record_field field, const char *text)
{
	return record_set_bytes(r, field, text, strlen(text));
}

void record_cut_text(struct audit_record *r, enum record_field field, const char *text)
{
	record_set_bytes(r, field, text, strnlen(text, fields[field].bytes - 1U));
}

void record_init(struct audit_record *r, enum record_type type, int64_t time_s, char status)
{
	for (unsigned field = 0; field < RECORD_TEXTS; field++)
		text_of(r, field)[0] = '\0';
	r->notify[0] = '\0';
	r->time_s = time_s;
	r->type = type;
	r->origin = RECORD_UNIX;
	r->status = status;
	r->os_user = false;
	r->stage = r->reason = r->message = r->real_uid = 0;
}

static int fault(char *why, size_t bytes, const char *what, const char *name)
{
	snprintf(why, bytes, "%s%s", what, name); /* a message cut off is still a message */
	return -EINVAL;
}

int record_check(const struct audit_record *r, char *why, size_t bytes)
{
	const struct record_kind *kind;

	if (r->origin != RECORD_UNIX && r->origin != RECORD_WINDOWS)
		return fault(why, bytes, "unknown origin", "");
	kind = record_kind(r->type, r->origin);
	if (!kind)
		return fault(why, bytes, "unknown event type", "");
	if (r->status < 'A' || r->status > 'Z')
		return fault(why, bytes, "status is not a capital letter", "");
	for (unsigned i = 0; i < kind->column_count; i++) {
		enum record_field field = kind->columns[i];

		if (field >= RECORD_TEXTS)
			continue;
		if (!memchr(record_text(r, field), '\0', fields[field].bytes))
			return fault(why, bytes, "unterminated ", fields[field].name);
		if (kind->required & RECORD_BIT(field) && !*record_text(r, field))
			return fault(why, bytes, "no ", fields[field].name);
	}
	return 0;
}
