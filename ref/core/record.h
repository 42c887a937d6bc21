/* SPDX-License-Identifier: MIT */
/*
 * An audit record: what is known of one event, in one bounded struct, and the table of which event
 * type has which fields. Not for texts of codes (codes.h), the printed layouts (render.h) or the
 * layout on disk (logframe.h).
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
	RECORD_RESOURCE = 6,
	RECORD_UNTRUST = 7,
	RECORD_INBOUND = 8,
	RECORD_OUTBOUND = 9,
	RECORD_ADMIN = 10,
	RECORD_START = 11,
	RECORD_SHUTDOWN = 12,
	RECORD_PASSWORD = 13, /* password verification */
	RECORD_TRACE = 14,
	RECORD_CHECK = 15, /* unload readiness scan */
};

#define RECORD_TYPE_MAX 15

/* Where a record was written: decides the wording of the detailed layout. */
enum record_origin {
	RECORD_UNIX = 0,
	RECORD_WINDOWS = 1,
};

/* The text fields. The values stand in log files: never renumber. */
enum record_field {
	RECORD_USER,
	RECORD_SESSION,        /* opaque; on UNIX %08x:%08x of the session's start and leader */
	RECORD_EFFECTIVE_USER, /* the user the process acts as */
	RECORD_REAL_USER,
	RECORD_CLASS,  /* of the resource or database object; the event column of some types */
	RECORD_ACCESS, /* Read, Scan ... */
	RECORD_RESOURCE_NAME, /* resource, database object, or untrusted file */
	RECORD_SERVICE,       /* daemon, or network service */
	RECORD_PROGRAM,
	RECORD_TERMINAL,
	RECORD_HOST,    /* the other end of a network connection */
	RECORD_COMMAND, /* selang command */
	RECORD_MODULE,  /* daemon that found a file untrusted */
	RECORD_TRACE_TEXT,
};

#define RECORD_FIELDS      (RECORD_TRACE_TEXT + 1)

/* Bytes of a text field, terminating zero included. */
#define RECORD_NAME_MAX    256
#define RECORD_WORD_MAX    64
#define RECORD_SESSION_MAX 32
#define RECORD_PATH_MAX    1024
#define RECORD_TEXT_MAX    2048

/* Every string is zero-terminated; fields the type does not have are empty or 0. */
struct audit_record {
	int64_t time_s; /* wall clock, seconds since 1970-01-01 UTC */
	enum record_type type;
	enum record_origin origin;
	char status;   /* letter: P, D, W, M ... */
	bool os_user;  /* the accessor is not in the database */
	int32_t stage; /* stage code ("Details"); for RECORD_PASSWORD the password quality code */
	int32_t reason;
	int32_t message;  /* RECORD_UNTRUST: reason code when stage is 1, otherwise errno */
	int32_t real_uid; /* RECORD_TRACE from Windows */
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
};

/* A set of fields: bit n is enum record_field n; the numbers follow. */
#define RECORD_BIT(field)   (UINT32_C(1) << (field))
#define RECORD_HAS_STAGE    RECORD_BIT(24)
#define RECORD_HAS_REASON   RECORD_BIT(25)
#define RECORD_HAS_MESSAGE  RECORD_BIT(26)
#define RECORD_HAS_REAL_UID RECORD_BIT(27)
#define RECORD_HAS_OS_USER  RECORD_BIT(28)

/* What is fixed for an event type. */
struct record_kind {
	const char *name;     /* of the type: "login-enabled" ...; key in JSON */
	const char *event;    /* the event column; NULL: the class stands there */
	const char *statuses; /* letters it can have */
	uint32_t fields;      /* those it has */
	uint32_t required;    /* those of them that are never empty */
};

/* NULL when type is no event type. */
const struct record_kind *record_kind(unsigned type);
/* The event type of a name ("shutdown"), 0 when there is none. */
enum record_type record_type_named(const char *name);

/* The name of a field: key in JSON, word in messages. */
const char *record_field_name(enum record_field field);
/* The text of a field; owned by r. */
const char *record_get(const struct audit_record *r, enum record_field field);
/* Returns 0, or -ENAMETOOLONG when text does not fit, which leaves the field as it was. */
int record_set(struct audit_record *r, enum record_field field, const char *text);
/* The same, cut off where the field ends: for text that must not stop an event from being recorded.
 */
void record_set_cut(struct audit_record *r, enum record_field field, const char *text);

/* An empty record of a type: origin UNIX, no texts, codes 0. */
void record_init(struct audit_record *r, enum record_type type, int64_t time_s, char status);

/*
 * Whether a record is whole: known type and origin, a status of its type, every string terminated,
 * nothing in fields its type does not have, nothing required missing. Returns 0, or -EINVAL with
 * the first fault in words in why ("status X is not one of MD").
 */
int record_check(const struct audit_record *r, char *why, size_t bytes);

#endif
