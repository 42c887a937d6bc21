/* SPDX-License-Identifier: MIT */
/*
 * Who may do what: the attributes of users, and the rulings on requests. Facts in, rulings out. Not
 * for where attributes are stored (store/policy.h), nor for the words of a command
 * (access_command.h).
 */
#ifndef REF_CORE_ACCESS_H
#define REF_CORE_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#define ACCESS_NAME_MAX       256 /* bytes of a user name, terminating zero included */
#define ACCESS_SESSION_MAX    32  /* bytes of a session id, terminating zero included */
#define ACCESS_ATTRIBUTES_MAX 48  /* bytes of the names of all attributes */

/* Bits of a user's attributes. The values stand in databases: never renumber. */
enum access_attribute {
	ACCESS_ADMIN = 1,
	ACCESS_OPERATOR = 2,
	ACCESS_AUDITOR = 4,
	ACCESS_SERVER = 8,
};

/* Stage codes of database administration that a ruling gives. */
enum access_stage {
	ACCESS_UNDEFINED_USER = 300,
	ACCESS_LAST_ADMIN = 301,
	ACCESS_ROOT = 302,
	ACCESS_BY_ADMIN = 305,
	ACCESS_MYSELF = 306,
	ACCESS_BY_AUDITOR = 316,
	ACCESS_BY_OPERATOR = 317,
	ACCESS_NO_RULE = 322,
};

/* The user behind a request, as the system and the database know him. */
struct accessor {
	char user[ACCESS_NAME_MAX];
	char session[ACCESS_SESSION_MAX]; /* "" when there is none */
	uint32_t uid;
	unsigned attributes; /* of enum access_attribute */
	bool known;          /* defined in the database */
};

/* The attribute a word names, in any case ("admin"); 0 when there is none. */
unsigned access_attribute_named(const char *word);
/* "ADMIN OPERATOR"; "none" for no attribute. */
void access_attributes_text(unsigned attributes, char out[ACCESS_ATTRIBUTES_MAX]);

/* ADMIN or OPERATOR; being root gives no right (secons/rights/1..6). */
bool access_may_shutdown(const struct accessor *who);
/* secons/rights/8 */
bool access_may_scan(const struct accessor *who);

/* What a command does to the user it names. */
enum access_verb {
	ACCESS_NEW,    /* defines one who does not exist */
	ACCESS_CHANGE, /* changes one who exists */
	ACCESS_REMOVE,
	ACCESS_SHOW,
};

/* A command and what is known of its object when it comes. */
struct access_request {
	enum access_verb verb;
	const char *user;    /* the one it is about */
	unsigned set, clear; /* attributes to give and to take away */
	bool exists;
	unsigned attributes; /* those he has */
	unsigned admins;     /* users with ADMIN in the database */
};

struct access_ruling {
	char status;     /* S: do it; D: not allowed; F: allowed and impossible */
	int stage;       /* enum access_stage */
	const char *why; /* in words, static; NULL for S */
};

/* access/selang/8..12; until a user with ADMIN exists root may do everything. */
struct access_ruling access_rule(const struct accessor *who, const struct access_request *request);

#endif
