/* SPDX-License-Identifier: MIT */
/*
 * An audit record: what is known of one event, in one bounded struct, and the table of the event
 * types with their fields in the order of their format lines. Not for texts of codes (codes.h),
 * the printed layouts (render.h) or the layout on disk (logframe.h).
 */
#ifndef REF_CORE_RECORD_H
#define REF_CORE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The event types, in the order of the guide. The values stand in log files: never renumber. */
enum record_type {
	RECORD_LOGIN = 1,
	RECORD_LOGOUT = 2,
	RECORD_LOGIN_ENABLED = 3,    /* serevu enabled a user */
	RECORD_LOGIN_DISABLED = 4,   /* serevu disabled a user */
	RECORD_PASSWORD_ATTEMPT = 5, /* wrong password more than once */
	RECORD_RESOURCE_ACCESS = 6,
	RECORD_UNTRUST = 7,
	RECORD_INBOUND = 8, /* network connection */
	RECORD_OUTBOUND = 9,
	RECORD_ADMIN = 10, /* of the security database */
	RECORD_START = 11,
	RECORD_SHUTDOWN = 12,
	RECORD_PASSWORD = 13, /* verification of a new one */
	RECORD_TRACE = 14,    /* message on a user */
	RECORD_CHECK = 15,    /* unload readiness scan */
};

#define RECORD_TYPES 15

/* Where a record was written: decides the wording of the detailed layout. */
enum record_origin {
	RECORD_UNIX = 0,
	RECORD_WINDOWS = 1,
};

/* The fields beyond date, time and status. Texts come first, numbers behind. */
enum record_field {
	RECORD_USER,
	RECORD_SESSION, /* opaque; on UNIX %08x:%08x of the session's start and leader */
	RECORD_EFFECTIVE_USER,
	RECORD_REAL_USER,
	RECORD_CLASS,    /* of resource or object; some types have it as their event */
	RECORD_ACCESS,   /* Read, Scan ... */
	RECORD_RESOURCE, /* resource, database object, or file that is no longer trusted */
	RECORD_SERVICE,  /* daemon, or network service */
	RECORD_PROGRAM,
	RECORD_TERMINAL,
	RECORD_HOST, /* the other end of a connection */
	RECORD_COMMAND,
	RECORD_MODULE, /* daemon that found a file untrusted */
	RECORD_TRACE_TEXT,
	RECORD_STAGE, /* stage code ("Details"); of RECORD_PASSWORD the password quality code */
	RECORD_REASON,
	RECORD_MESSAGE, /* RECORD_UNTRUST: untrust reason when the stage is 1, otherwise errno */
	RECORD_REAL_UID,
	RECORD_OS_USER, /* the accessor is not in the database ("AuditFlags") */
};

#define RECORD_TEXTS       (RECORD_TRACE_TEXT + 1)
#define RECORD_FIELDS      (RECORD_OS_USER + 1)

/* Bytes of a text field, terminating zero included. */
#define RECORD_WORD_MAX    64
#define RECORD_SESSION_MAX 32
#define RECORD_NAME_MAX    256
#define RECORD_PATH_MAX    1024
#define RECORD_TEXT_MAX    2048

/* Every text is zero-terminated; fields the type does not have are empty or 0. */
struct audit_record {
	int64_t time_s; /* wall clock, seconds since 1970-01-01 UTC */
	enum record_type type;
	enum record_origin origin;
	char status; /* letter: P, D, W, M ... */
	bool os_user;
	int32_t stage;
	int32_t reason;
	int32_t message;
	int32_t real_uid;
	char user[RECORD_NAME_MAX];
	char session[RECORD_SESSION_MAX];
	char effective_user[RECORD_NAME_MAX];
	char real_user[RECORD_NAME_MAX];
	char class[RECORD_WORD_MAX];
	char access[RECORD_WORD_MAX];
	char resource[RECORD_PATH_MAX];
	char service[RECORD_WORD_MAX];
	char program[RECORD_PATH_MAX];
	char terminal[RECORD_NAME_MAX];
	char host[RECORD_NAME_MAX];
	char command[RECORD_TEXT_MAX];
	char module[RECORD_WORD_MAX];
	char trace[RECORD_TEXT_MAX];
	char notify[RECORD_NAME_MAX]; /* no field: who is to be told of it (a notification record)
				       */
};

#define RECORD_COLUMNS_MAX 11
#define RECORD_BIT(field)  (UINT32_C(1) << (field))

/* What is fixed for an event type. */
struct record_kind {
	const char *name;     /* of the type: "shutdown" */
	const char *event;    /* what stands in the event column; NULL: the class, columns[0] */
	const char *statuses; /* its documented letters; C (error) can be on any */
	uint32_t required;    /* RECORD_BIT() of the texts that are never empty */
	uint8_t column_count;
	uint8_t columns[RECORD_COLUMNS_MAX]; /* enum record_field, in format line order */
};

/* NULL when type is no event type. Trace messages differ by origin. */
const struct record_kind *record_kind(unsigned type, enum record_origin origin);

/* The name of a field: key in JSON, word in messages. */
const char *record_field_name(enum record_field field);
/* A text field's content, owned by r; field is below RECORD_TEXTS. */
const char *record_text(const struct audit_record *r, enum record_field field);
/* A number field's content, 0 or 1 for RECORD_OS_USER; field is from RECORD_TEXTS. */
int32_t record_number(const struct audit_record *r, enum record_field field);
/* Returns 0, or -ENAMETOOLONG when text does not fit, which leaves the field as it was. */
int record_set_text(struct audit_record *r, enum record_field field, const char *text);
/* The same for a text of known length, which holds no zero. */
int record_set_bytes(struct audit_record *r, enum record_field field, const void *text,
		     size_t length);
/* The same, cut off where the field ends: what is too long must not keep an event from the log. */
void record_cut_text(struct audit_record *r, enum record_field field, const char *text);
void record_set_number(struct audit_record *r, enum record_field field, int32_t number);

/* An empty record of a type: origin UNIX, no texts, codes 0. */
void record_init(struct audit_record *r, enum record_type type, int64_t time_s, char status);

/*
 * Whether a record is whole: known type and origin, a status that is a capital letter, nothing
 * required missing, every text of its type terminated. Returns 0, or -EINVAL with the first fault
 * in words in why ("no service").
 */
int record_check(const struct audit_record *r, char *why, size_t bytes);

#endif
