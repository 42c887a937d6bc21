/* SPDX-License-Identifier: MIT */
/*
 * The policy database: users and their attributes, in SQLite. One process has it open at a time;
 * while seosd runs, that is seosd. Not for who may change it (core/access.h) nor for commands
 * (policy_command.h).
 */
#ifndef REF_STORE_POLICY_H
#define REF_STORE_POLICY_H

#include "ref/core/access.h"
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
/* Defines a user, or gives an existing one exactly these attributes. */
int policy_user_set(struct policy *db, const char *name, unsigned attributes);
int policy_user_remove(struct policy *db, const char *name);
int policy_admin_count(struct policy *db, unsigned *count);

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
