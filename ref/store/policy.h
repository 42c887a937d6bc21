/* SPDX-License-Identifier: MIT */
/*
 * The policy database: users and their attributes, hosts and groups of hosts, terminals and their
 * access rules, in SQLite. One process has it open at a time;
 * while seosd runs, that is seosd. Not for who may change it (core/access.h) nor for commands
 * (policy_command.h).
 */
#ifndef REF_STORE_POLICY_H
#define REF_STORE_POLICY_H

#include "ref/core/access.h"
#include "ref/core/trust.h"
#include "ref/platform/platform.h"

#define POLICY_WHY_MAX 1280 /* bytes that a path and a reason take */

struct policy; /* an open database */

enum policy_open {
	POLICY_EXISTING,
	POLICY_CREATE, /* an empty one is made when there is none */
};

/*
 * Opens the database of the installation for reading and writing. On failure *out is NULL and why
 * says it in words. Returns 0; -ENOENT: there is none; -EACCES; -EBUSY: another process has it
 * open; -EBADMSG: damaged, of another program, or of a newer version; -EIO, -ENOMEM.
 */
int policy_open(struct platform *p, enum policy_open how, struct policy **out, char *why,
		size_t bytes);
void policy_close(struct policy *db); /* NULL is fine; undoes an open transaction */

/* Why the last call that returned -EIO failed; owned by db. */
const char *policy_error(const struct policy *db);

/* All return 0 or -EIO, and the ones named return also what is said. */
int policy_user(struct policy *db, const char *name, unsigned *attributes); /* -ENOENT */
/* The first one behind another in the order of names ("" for the first), -ENOENT at the end. */
int policy_user_next(struct policy *db, const char *behind, char name[ACCESS_NAME_MAX],
		     unsigned *attributes);
/* Defines a user, or gives an existing one exactly these attributes. */
int policy_user_set(struct policy *db, const char *name, unsigned attributes);
int policy_user_remove(struct policy *db, const char *name);
int policy_admin_count(struct policy *db, unsigned *count);

/* Users who may not log in until serevu or an administrator enables them, in the database or not.
 */
int policy_disabled(struct policy *db, const char *name, bool *disabled);
int policy_disabled_set(struct policy *db, const char *name, bool disabled);

/* A record of class HOST, GHOST, TERMINAL or FILE. Its name compares without case. */
struct policy_resource {
	char owner[ACCESS_NAME_MAX];
	unsigned access; /* default access, enum access_permission */
	bool warning;    /* who violates its rules is let pass, and recorded */
};

int policy_resource(struct policy *db, enum access_class class, const char *name,
		    struct policy_resource *out); /* -ENOENT */
int policy_resource_set(struct policy *db, enum access_class class, const char *name,
			const struct policy_resource *resource);
/* As policy_user_next(). */
int policy_resource_next(struct policy *db, enum access_class class, const char *behind,
			 char name[ACCESS_NAME_MAX], struct policy_resource *out);
/* With its rules, or its places in groups, or its members. */
int policy_resource_remove(struct policy *db, enum access_class class, const char *name);

/* Hosts of a group. policy_member_next: the first one behind another in the order of names ("" for
 * the first), -ENOENT at the end. */
int policy_member_add(struct policy *db, const char *group, const char *host);
int policy_member_remove(struct policy *db, const char *group, const char *host);
int policy_member_next(struct policy *db, const char *group, const char *behind,
		       char out[ACCESS_NAME_MAX]);

/* Rules of a terminal, each for a user or ACCESS_ANYBODY; a user who is removed takes his along. */
int policy_rule(struct policy *db, const char *terminal, const char *user,
		unsigned *access); /* -ENOENT */
int policy_rule_set(struct policy *db, const char *terminal, const char *user, unsigned access);
int policy_rule_remove(struct policy *db, const char *terminal, const char *user);
int policy_rule_next(struct policy *db, const char *terminal, const char *behind,
		     char user[ACCESS_NAME_MAX], unsigned *access); /* as policy_member_next */
/* What the rules of a terminal or file say of a user: his own, else that for everybody. */
int policy_terminal_rule(struct policy *db, const char *terminal, const char *user,
			 struct access_terminal_rule *out);

/* The same for one who logs in, with the terminal's warning mode. */
int policy_login_rule(struct policy *db, const char *terminal, const char *user,
		      struct access_terminal_rule *out);

/* A record of class PROGRAM or SECFILE; its name is the path, which compares exactly. */
struct policy_trusted {
	char owner[ACCESS_NAME_MAX];
	bool trusted;              /* until the file was found changed */
	char info[TRUST_TEXT_MAX]; /* trust_format() of the file when it was defined */
};

int policy_trusted(struct policy *db, enum access_class class, const char *path,
		   struct policy_trusted *out); /* -ENOENT */
int policy_trusted_set(struct policy *db, enum access_class class, const char *path,
		       const struct policy_trusted *record);
int policy_trusted_remove(struct policy *db, enum access_class class, const char *path);
/* The first trusted one behind another in the order of classes and paths (ACCESS_USER and "" for
 * the first); class and path become its own. -ENOENT at the end. */
int policy_trusted_next(struct policy *db, enum access_class *class, char path[ACCESS_NAME_MAX],
			struct policy_trusted *out);

#define POLICY_PROPERTIES 6 /* kinds of values: as listed below */

/* How much there is of what (secons -i). */
struct policy_counts {
	int64_t objects; /* records, users among them */
	int64_t values;  /* what they have: attributes, owners, members, rules, file information */
	int64_t trusted;
	int64_t untrusted;
};

int policy_count(struct policy *db, struct policy_counts *out);

/* How many rows were changed since it was opened: the same number, and nothing has changed. */
int64_t policy_changes(const struct policy *db);

/* Changes between the two are made all or none; after commit they survive a crash of the machine.
 */
int policy_begin(struct policy *db);
int policy_commit(struct policy *db);
void policy_rollback(struct policy *db);

/*
 * Who stands behind a process: name, session and attributes. A user id without a name is shown as
 * its number, a process that is gone has no session. Returns 0, or -EIO when the database could not
 * tell: then the accessor counts as unknown.
 */
int policy_accessor(struct platform *p, struct policy *db, uid_t uid, pid_t pid,
		    struct accessor *out);

#endif
