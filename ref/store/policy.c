/* SPDX-License-Identifier: MIT */
/*
 * The policy database; see policy.h. Its statements are prepared once, at opening; the schema has a
 * version, and each version but the newest would have the step to the next one in migrate().
 */
#include "ref/store/policy.h"
#include "ref/store/product.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID 0x53454f53 /* "SEOS" */
#define SCHEMA_VERSION 1

enum statement {
	STATEMENT_USER,
	STATEMENT_SET,
	STATEMENT_REMOVE,
	STATEMENT_ADMINS,
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
};

static const char set_text[] = "INSERT INTO user (name, attributes) VALUES (?1, ?2) "
			       "ON CONFLICT (name) DO UPDATE SET attributes = ?2";

static const char *const statement_text[] = {
	[STATEMENT_USER] = "SELECT attributes FROM user WHERE name = ?1",
	[STATEMENT_SET] = set_text,
	[STATEMENT_REMOVE] = "DELETE FROM user WHERE name = ?1",
	[STATEMENT_ADMINS] = "SELECT count(*) FROM user WHERE attributes & 1",
	[STATEMENT_BEGIN] = "BEGIN IMMEDIATE",
	[STATEMENT_COMMIT] = "COMMIT",
	[STATEMENT_ROLLBACK] = "ROLLBACK",
};

#define STATEMENTS (sizeof(statement_text) / sizeof(statement_text[0]))

_Static_assert(ACCESS_ADMIN == 1, "STATEMENT_ADMINS counts this bit");

struct policy {
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	char error[256];
};

/* The schema of version 1, set up in one transaction. */
static const char schema[] = "BEGIN EXCLUSIVE;"
			     "CREATE TABLE user ("
			     "name TEXT PRIMARY KEY NOT NULL, "
			     "attributes INTEGER NOT NULL"
			     ") STRICT, WITHOUT ROWID;"
			     "PRAGMA application_id = 0x53454f53;"
			     "PRAGMA user_version = 1;"
			     "COMMIT;";

/*
 * One process at a time has it (log/protect/3): the mode is set with the lock held, since of two
 * that are in it before, neither would make room for the other. What is committed is on the disk,
 * name and all.
 */
static const char settings[] = "PRAGMA busy_timeout = 2000;"
			       "BEGIN EXCLUSIVE; PRAGMA locking_mode = EXCLUSIVE; COMMIT;"
			       "PRAGMA journal_mode = DELETE;"
			       "PRAGMA synchronous = EXTRA;"
			       "PRAGMA trusted_schema = OFF;";

static int error_of(int code)
{
	switch (code & 0xff) {
	case SQLITE_OK:
		return 0;
	case SQLITE_NOTADB:
	case SQLITE_CORRUPT:
		return -EBADMSG;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_READONLY:
		return -EACCES;
	case SQLITE_NOMEM:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

static int fail(struct policy *db)
{
	snprintf(db->error, sizeof(db->error), "%s", sqlite3_errmsg(db->db));
	return -EIO;
}

/* A whole number that a statement answers with; returns an SQLite code. */
static int ask_number(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *s;
	int code = sqlite3_prepare_v2(db, sql, -1, &s, NULL);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		*out = sqlite3_column_int64(s, 0);
	sqlite3_finalize(s);
	return code == SQLITE_ROW ? SQLITE_OK : code;
}

/* Returns an SQLite code; -1 with the fault in what for a sound database that is not ours. */
static int check_identity(sqlite3 *db, enum policy_open how, const char **what)
{
	int64_t id = 0, version = 0, tables = 0;
	int code = ask_number(db, "PRAGMA application_id", &id);

	if (code == SQLITE_OK)
		code = ask_number(db, "PRAGMA user_version", &version);
	if (code == SQLITE_OK)
		code = ask_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
	if (code != SQLITE_OK)
		return code;
	if (id == 0 && version == 0 && tables == 0) {
		*what = how == POLICY_CREATE ? NULL : "it is empty";
		return *what ? -1 : sqlite3_exec(db, schema, NULL, NULL, NULL);
	}
	*what = id != APPLICATION_ID       ? "it is a database of another program"
		: version > SCHEMA_VERSION ? "a newer version of the product made it"
		: version < 1              ? "its schema has no version"
					   : NULL;
	return *what ? -1 : SQLITE_OK;
}

static int check_sound(sqlite3 *db, const char **what)
{
	sqlite3_stmt *s;
	int code = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &s, NULL);

	if (code != SQLITE_OK)
		return code;
	code = sqlite3_step(s);
	if (code == SQLITE_ROW) {
		const char *verdict = (const char *)sqlite3_column_text(s, 0);

		code = SQLITE_OK;
		if (!verdict || strcmp(verdict, "ok") != 0) {
			*what = "it is damaged";
			code = -1;
		}
	}
	sqlite3_finalize(s);
	return code;
}

static int prepare(struct policy *db)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < STATEMENTS && code == SQLITE_OK; i++)
		code = sqlite3_prepare_v3(db->db, statement_text[i], -1, SQLITE_PREPARE_PERSISTENT,
					  &db->statements[i], NULL);
	return code;
}

static int open_database(struct platform *p, const char *path, enum policy_open how,
			 struct policy *db, const char **what)
{
	char uri[3 * PLATFORM_PATH_MAX + 16];
	int error = p->ops->database_uri(p, path, uri, sizeof(uri));
	int code;

	if (error)
		return error;
	code = sqlite3_open_v2(uri, &db->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_extended_result_codes(db->db, 1);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db->db, settings, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = check_identity(db->db, how, what);
	if (code == SQLITE_OK)
		code = check_sound(db->db, what);
	if (code == SQLITE_OK)
		code = prepare(db);
	if (code == -1)
		return -EBADMSG;
	if (code != SQLITE_OK)
		*what = db->db ? sqlite3_errmsg(db->db) : "out of memory";
	return error_of(code);
}

/* An empty file that only root can read is an empty database. */
static int make_file(struct platform *p, const char *path)
{
	int error = product_folder(p, "/seosdb", 0700);
	int fd;

	if (error)
		return error;
	fd = p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_EXCL, 0600);
	if (fd < 0)
		return fd == -EEXIST ? 0 : fd;
	p->ops->close(p, fd);
	return 0;
}

/* Finds or makes the file, and asks the platform whether this user may have it: SQLite would ask
 * the system itself, which a simulated one cannot answer. */
static int find_or_make(struct platform *p, enum policy_open how, const char *path)
{
	struct platform_stat s;
	int error = p->ops->stat(p, path, &s);
	int fd;

	if (error == -ENOENT && how == POLICY_CREATE)
		return make_file(p, path);
	if (error)
		return error;
	if (s.size_bytes == 0 && how == POLICY_EXISTING)
		return -ENOENT;
	fd = p->ops->open(p, path, PLATFORM_READ | PLATFORM_APPEND, 0);
	if (fd < 0)
		return fd;
	p->ops->close(p, fd);
	return 0;
}

int policy_open(struct platform *p, enum policy_open how, struct policy **out, char *why,
		size_t bytes)
{
	char path[PLATFORM_PATH_MAX];
	struct policy *db = calloc(1, sizeof(*db));
	const char *what = "out of memory";
	int error = db ? path_installed(p, PRODUCT_DATABASE, path) : -ENOMEM;

	*out = NULL;
	if (error) {
		free(db);
		snprintf(why, bytes, "policy database: %s", strerror(-error));
		return error;
	}
	error = find_or_make(p, how, path);
	what = strerror(-error);
	if (!error)
		error = open_database(p, path, how, db, &what);
	if (!error) {
		*out = db;
		return 0;
	}
	if (error == -ENOENT)
		snprintf(why, bytes,
			 "there is no policy database %s: define a first user with selang", path);
	else if (error == -EBUSY)
		snprintf(why, bytes, "policy database %s: another process has it open", path);
	else
		snprintf(why, bytes, "policy database %s: %s", path, what);
	policy_close(db);
	return error;
}

void policy_close(struct policy *db)
{
	if (!db)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(db->statements[i]);
	sqlite3_close(db->db);
	free(db);
}

const char *policy_error(const struct policy *db)
{
	return db->error;
}

/* Ends a statement that was stepped with the given code, so that it can be used again. */
static int finish(struct policy *db, enum statement which, int code)
{
	int error = code == SQLITE_DONE || code == SQLITE_ROW ? 0 : fail(db);

	sqlite3_reset(db->statements[which]);
	sqlite3_clear_bindings(db->statements[which]);
	return error;
}

static int run(struct policy *db, enum statement which)
{
	return finish(db, which, sqlite3_step(db->statements[which]));
}

static int bind_name(struct policy *db, enum statement which, const char *name)
{
	return sqlite3_bind_text(db->statements[which], 1, name, -1, SQLITE_STATIC) == SQLITE_OK
		       ? 0
		       : fail(db);
}

int policy_user(struct policy *db, const char *name, unsigned *attributes)
{
	sqlite3_stmt *s = db->statements[STATEMENT_USER];
	int error = bind_name(db, STATEMENT_USER, name);
	int code;

	*attributes = 0;
	if (error)
		return error;
	code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		*attributes = (unsigned)sqlite3_column_int(s, 0);
	error = finish(db, STATEMENT_USER, code);
	return error ? error : code == SQLITE_ROW ? 0 : -ENOENT;
}

int policy_user_set(struct policy *db, const char *name, unsigned attributes)
{
	int error = bind_name(db, STATEMENT_SET, name);

	if (!error && sqlite3_bind_int64(db->statements[STATEMENT_SET], 2, attributes) != SQLITE_OK)
		error = fail(db);
	return error ? error : run(db, STATEMENT_SET);
}

int policy_user_remove(struct policy *db, const char *name)
{
	int error = bind_name(db, STATEMENT_REMOVE, name);

	return error ? error : run(db, STATEMENT_REMOVE);
}

int policy_admin_count(struct policy *db, unsigned *count)
{
	int code = sqlite3_step(db->statements[STATEMENT_ADMINS]);

	*count = 0;
	if (code == SQLITE_ROW)
		*count = (unsigned)sqlite3_column_int(db->statements[STATEMENT_ADMINS], 0);
	return finish(db, STATEMENT_ADMINS, code);
}

int policy_begin(struct policy *db)
{
	return run(db, STATEMENT_BEGIN);
}

int policy_commit(struct policy *db)
{
	return run(db, STATEMENT_COMMIT);
}

void policy_rollback(struct policy *db)
{
	/* It fails only when SQLite has rolled back by itself already. */
	(void)run(db, STATEMENT_ROLLBACK);
}

int policy_accessor(struct platform *p, struct policy *db, uid_t uid, pid_t pid,
		    struct accessor *out)
{
	struct platform_session session;
	int error;

	*out = (struct accessor){.uid = uid};
	if (p->ops->user_name(p, uid, out->user, sizeof(out->user)))
		snprintf(out->user, sizeof(out->user), "%" PRIu32, (uint32_t)uid);
	if (!p->ops->session(p, pid, &session))
		snprintf(out->session, sizeof(out->session), "%08" PRIx64 ":%08" PRIx32,
			 (uint64_t)session.start_s & UINT32_MAX, (uint32_t)session.leader);
	error = policy_user(db, out->user, &out->attributes);
	out->known = !error;
	return error == -ENOENT ? 0 : error;
}
