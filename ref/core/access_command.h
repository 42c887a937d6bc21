/* SPDX-License-Identifier: MIT */
/*
 * The command language of selang: text in, commands out, one at a time. Not for who may run them
 * (access.h) nor for running them (store/policy_command.h).
 */
#ifndef REF_CORE_ACCESS_COMMAND_H
#define REF_CORE_ACCESS_COMMAND_H

#include "ref/core/access.h"

#include <stddef.h>

#define ACCESS_COMMANDS_BYTES_MAX 4096 /* of a text, terminating zero included */
#define ACCESS_COMMANDS_MAX       64   /* in one text */
#define ACCESS_WHY_MAX            192

/* Names between commas, a part of the text that was parsed. */
struct access_list {
	const char *text;
	size_t bytes;
};

/* Takes the next name of a list into out; false at its end. */
bool access_list_next(struct access_list *list, char out[ACCESS_NAME_MAX]);

/* One command; text and bytes are its place in what was parsed, without blanks around it. */
struct access_command {
	enum access_verb verb;
	bool create; /* editusr, editres: defines what does not exist */
	enum access_class class;
	char name[ACCESS_NAME_MAX];  /* of the user or the record */
	unsigned set, clear;         /* attributes and audit modes of a user */
	char owner[ACCESS_NAME_MAX]; /* "": not given */
	bool trust;                  /* the file counts as trusted as it is now */
	bool has_warning, warning;   /* warning mode is to be changed; to what */
	bool has_access;             /* access() or defaccess() is given */
	unsigned access;
	char user[ACCESS_NAME_MAX]; /* whom a rule is for; ACCESS_ANYBODY */
	bool foreign;               /* xuid(): he need not be in the database */
	struct access_list members; /* hosts to put into a group */
	struct access_list removed; /* and to take out of it */
	const char *text;
	size_t bytes;
};

struct access_syntax {
	size_t column; /* 1 for the first byte of the text */
	char why[ACCESS_WHY_MAX];
};

/*
 * Takes the next command from text at *offset and moves *offset behind it; empty ones between
 * semicolons are passed over. Returns 1, 0 at the end of the text, or -EINVAL with *error filled.
 */
int access_command_next(const char *text, size_t *offset, struct access_command *command,
			struct access_syntax *error);

#endif
