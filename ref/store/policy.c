/* SPDX-License-Identifier: MIT */
/*
 * The policy database; see policy.h. The schema has a version, and an older database is brought to
 * the newest one.
 */
#include "ref/store/policy.h"
#include "ref/core/login.h"
#include "ref/store/product.h"

#include <errno.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#define APPLICATION_ID 0x53454f53 /* "SEOS" */
#define SCHEMA_VERSION 6

enum statement {
	STATEMENT_USER,
	STATEMENT_USER_NEXT,
	STATEMENT_SET,
	STATEMENT_REMOVE,
	STATEMENT_ADMINS,
	STATEMENT_RESOURCE,
	STATEMENT_RESOURCE_NEXT,
	STATEMENT_RESOURCE_SET,
	STATEMENT_RESOURCE_REMOVE,
	STATEMENT_MEMBER_ADD,
	STATEMENT_MEMBER_REMOVE,
	STATEMENT_MEMBER_NEXT,
	STATEMENT_RULE,
	STATEMENT_RULE_SET,
	STATEMENT_RULE_REMOVE,
	STATEMENT_RULE_NEXT,
	STATEMENT_TRUSTED,
	STATEMENT_TRUSTED_SET,
	STATEMENT_TRUSTED_REMOVE,
	STATEMENT_TRUSTED_NEXT,
	STATEMENT_COUNT,
	STATEMENT_DISABLED,
	STATEMENT_DISABLE,
	STATEMENT_ENABLE,
	STATEMENT_BEGIN,
	STATEMENT_COMMIT,
	STATEMENT_ROLLBACK,
};

static const char set_text[] = "INSERT INTO user (name, attributes) VALUES (?1, ?2) "
			       "ON CONFLICT (name) DO UPDATE SET attributes = ?2";

static const char resource_set_text[] =
	"INSERT INTO resource (class, name, owner, access, warning) VALUES (?1, ?2, ?3, ?4, ?5) "
	"ON CONFLICT (class, name) DO UPDATE SET owner = ?3, access = ?4, warning = ?5";

static const char resource_next_text[] =
	"SELECT owner, access, warning, name FROM resource WHERE class = ?1 AND name > ?2 "
	"ORDER BY name LIMIT 1";

static const char rule_set_text[] = "INSERT INTO rule (terminal, user, access) VALUES (?1, ?2, ?3) "
				    "ON CONFLICT (terminal, user) DO UPDATE SET access = ?3";

static const char member_next_text[] = "SELECT host FROM member WHERE ghost = ?1 AND host > ?2 "
				       "ORDER BY host LIMIT 1";

static const char rule_next_text[] = "SELECT user, access FROM rule WHERE terminal = ?1 "
				     "AND user > ?2 ORDER BY user LIMIT 1";

static const char trusted_set_text[] =
	"INSERT INTO trusted (class, path, owner, trusted, info) VALUES (?1, ?2, ?3, ?4, ?5) "
	"ON CONFLICT (class, path) DO UPDATE SET owner = ?3, trusted = ?4, info = ?5";

static const char trusted_next_text[] =
	"SELECT owner, trusted, info, class, path FROM trusted WHERE trusted AND "
	"(class, path) > (?1, ?2) ORDER BY class, path LIMIT 1";

/* Users have attributes; records of the other classes an owner, and terminals a default access. */
static const char count_text[] =
	"SELECT users + resources + files, users + resources + terminals + 2 * files + "
	"(SELECT count(*) FROM member) + (SELECT count(*) FROM rule), good, files - good FROM "
	"(SELECT (SELECT count(*) FROM user) users, (SELECT count(*) FROM resource) resources, "
	"(SELECT count(*) FROM resource WHERE class = 3) terminals, "
	"(SELECT count(*) FROM trusted) files, "
	"(SELECT count(*) FROM trusted WHERE trusted) good)";

static const char *const statement_text[] = {
	[STATEMENT_USER] = "SELECT attributes FROM user WHERE name = ?1",
	[STATEMENT_USER_NEXT] =
		"SELECT name, attributes FROM user WHERE name > ?1 ORDER BY name LIMIT 1",
	[STATEMENT_SET] = set_text,
	[STATEMENT_REMOVE] = "DELETE FROM user WHERE name = ?1",
	[STATEMENT_ADMINS] = "SELECT count(*) FROM user WHERE attributes & 1",
	[STATEMENT_RESOURCE] =
		"SELECT owner, access, warning FROM resource WHERE class = ?1 AND name = ?2",
	[STATEMENT_RESOURCE_NEXT] = resource_next_text,
	[STATEMENT_RESOURCE_SET] = resource_set_text,
	[STATEMENT_RESOURCE_REMOVE] = "DELETE FROM resource WHERE class = ?1 AND name = ?2",
	[STATEMENT_MEMBER_ADD] = "INSERT OR IGNORE INTO member (ghost, host) VALUES (?1, ?2)",
	[STATEMENT_MEMBER_REMOVE] = "DELETE FROM member WHERE ghost = ?1 AND host = ?2",
	[STATEMENT_MEMBER_NEXT] = member_next_text,
	[STATEMENT_RULE] = "SELECT access FROM rule WHERE terminal = ?1 AND user = ?2",
	[STATEMENT_RULE_SET] = rule_set_text,
	[STATEMENT_RULE_REMOVE] = "DELETE FROM rule WHERE terminal = ?1 AND user = ?2",
	[STATEMENT_RULE_NEXT] = rule_next_text,
	[STATEMENT_TRUSTED] =
		"SELECT owner, trusted, info FROM trusted WHERE class = ?1 AND path = ?2",
	[STATEMENT_TRUSTED_SET] = trusted_set_text,
	[STATEMENT_TRUSTED_REMOVE] = "DELETE FROM trusted WHERE class = ?1 AND path = ?2",
	[STATEMENT_TRUSTED_NEXT] = trusted_next_text,
	[STATEMENT_COUNT] = count_text,
	[STATEMENT_DISABLED] = "SELECT count(*) FROM disabled WHERE name = ?1",
	[STATEMENT_DISABLE] = "INSERT OR IGNORE INTO disabled (name) VALUES (?1)",
	[STATEMENT_ENABLE] = "DELETE FROM disabled WHERE name = ?1",
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

/* Each version's step from the one before. */
static const char *const schema[SCHEMA_VERSION] = {
	"CREATE TABLE user ("
	"name TEXT PRIMARY KEY NOT NULL, "
	"attributes INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"PRAGMA application_id = 0x53454f53;"
	"PRAGMA user_version = 1;",

	/* Numbers of classes as in enum access_class. */
	"CREATE TABLE resource ("
	"class INTEGER NOT NULL, "
	"name TEXT NOT NULL COLLATE NOCASE, "
	"owner TEXT NOT NULL, "
	"access INTEGER NOT NULL, "
	"PRIMARY KEY (class, name)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TABLE member ("
	"ghost TEXT NOT NULL COLLATE NOCASE, "
	"host TEXT NOT NULL COLLATE NOCASE, "
	"PRIMARY KEY (ghost, host)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX member_host ON member (host);"
	"CREATE TABLE rule ("
	"terminal TEXT NOT NULL COLLATE NOCASE, "
	"user TEXT NOT NULL, "
	"access INTEGER NOT NULL, "
	"PRIMARY KEY (terminal, user)"
	") STRICT, WITHOUT ROWID;"
	"CREATE TRIGGER host_gone AFTER DELETE ON resource WHEN OLD.class = 1 "
	"BEGIN DELETE FROM member WHERE host = OLD.name; END;"
	"CREATE TRIGGER ghost_gone AFTER DELETE ON resource WHEN OLD.class = 2 "
	"BEGIN DELETE FROM member WHERE ghost = OLD.name; END;"
	"CREATE TRIGGER terminal_gone AFTER DELETE ON resource WHEN OLD.class = 3 "
	"BEGIN DELETE FROM rule WHERE terminal = OLD.name; END;"
	"CREATE TRIGGER user_gone AFTER DELETE ON user "
	"BEGIN DELETE FROM rule WHERE user = OLD.name; END;"
	"PRAGMA user_version = 2;",

	"CREATE TABLE disabled (name TEXT PRIMARY KEY NOT NULL) STRICT, WITHOUT ROWID;"
	"PRAGMA user_version = 3;",

	/* Rules of a file stand beside those of terminals, whose names have no slash. */
	"CREATE TRIGGER file_gone AFTER DELETE ON resource WHEN OLD.class = 4 "
	"BEGIN DELETE FROM rule WHERE terminal = OLD.name; END;"
	"PRAGMA user_version = 4;",

	"CREATE TABLE trusted ("
	"class INTEGER NOT NULL, "
	"path TEXT NOT NULL, "
	"owner TEXT NOT NULL, "
	"trusted INTEGER NOT NULL, "
	"info TEXT NOT NULL, "
	"PRIMARY KEY (class, path)"
	") STRICT, WITHOUT ROWID;"
	"PRAGMA user_version = 5;",

	"ALTER TABLE resource ADD COLUMN warning INTEGER NOT NULL DEFAULT 0;"
	"PRAGMA user_version = 6;",
};

_Static_assert(ACCESS_HOST == 1 && ACCESS_GHOST == 2 && ACCESS_TERMINAL == 3 && ACCESS_FILE == 4,
	       "the triggers know these numbers");

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

/* Brings a database of a version to the newest, or leaves it as it is. */
static int migrate(sqlite3 *db, int64_t version)
{
	int code;

	if (version == SCHEMA_VERSION)
		return SQLITE_OK;
	code = sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
	for (; version < SCHEMA_VERSION && code == SQLITE_OK; version++)
		code = sqlite3_exec(db, schema[version], NULL, NULL, NULL);
	return code == SQLITE_OK ? sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) : code;
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
		return *what ? -1 : migrate(db, 0);
	}
	*what = id != APPLICATION_ID       ? "it is a database of another program"
		: version > SCHEMA_VERSION ? "a newer version of the product made it"
		: version < 1              ? "its schema has no version"
					   : NULL;
	return *what ? -1 : migrate(db, version);
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

/* No program has threads, none counts what SQLite allocates, and none needs twenty pages of cache
 * before it has read one: a sixth of what SQLite does for a program that asks one question. Once it
 * has begun this is refused, and nothing is lost. */
static void begin_plainly(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
}

static int open_database(struct platform *p, const char *path, enum policy_open how,
			 struct policy *db, const char **what)
{
	char uri[3 * PLATFORM_PATH_MAX + 16];
	int error = p->ops->database_uri(p, path, uri, sizeof(uri));
	int code;

	if (error)
		return error;
	begin_plainly();
	code = sqlite3_open_v2(uri, &db->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_URI, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_extended_result_codes(db->db, 1);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db->db, settings, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = check_identity(db->db, how, what);
	if (code == SQLITE_OK)
		code = check_sound(db->db, what);
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

/* A statement, prepared when it is used first: of the many a program uses few. NULL, which SQLite
 * answers with an error, when that cannot be. */
static sqlite3_stmt *statement(struct policy *db, enum statement which)
{
	if (!db->statements[which])
		(void)sqlite3_prepare_v3(db->db, statement_text[which], -1,
					 SQLITE_PREPARE_PERSISTENT, &db->statements[which], NULL);
	return db->statements[which];
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
	return finish(db, which, sqlite3_step(statement(db, which)));
}

static int bind_text(struct policy *db, enum statement which, int place, const char *text)
{
	return sqlite3_bind_text(statement(db, which), place, text, -1, SQLITE_STATIC) == SQLITE_OK
		       ? 0
		       : fail(db);
}

static int bind_number(struct policy *db, enum statement which, int place, int64_t number)
{
	return sqlite3_bind_int64(statement(db, which), place, number) == SQLITE_OK ? 0 : fail(db);
}

static int bind_name(struct policy *db, enum statement which, const char *name)
{
	return bind_text(db, which, 1, name);
}

static int bind_pair(struct policy *db, enum statement which, const char *first, const char *second)
{
	int error = bind_text(db, which, 1, first);

	return error ? error : bind_text(db, which, 2, second);
}

static int bind_record(struct policy *db, enum statement which, enum access_class class,
		       const char *name)
{
	int error = bind_number(db, which, 1, class);

	return error ? error : bind_text(db, which, 2, name);
}

/* Steps a bound statement to its only row. Returns 0, -ENOENT without one, or -EIO; after 0 the
 * caller reads the row and calls finish(). */
static int find(struct policy *db, enum statement which, int error)
{
	int code = error ? SQLITE_DONE : sqlite3_step(statement(db, which));

	if (code == SQLITE_ROW)
		return 0;
	if (error)
		return error;
	error = finish(db, which, code);
	return error ? error : -ENOENT;
}

static void copy_column(struct policy *db, enum statement which, int column,
			char out[ACCESS_NAME_MAX])
{
	const char *text = (const char *)sqlite3_column_text(db->statements[which], column);

	snprintf(out, ACCESS_NAME_MAX, "%s", text ? text : "");
}

int policy_user(struct policy *db, const char *name, unsigned *attributes)
{
	sqlite3_stmt *s = statement(db, STATEMENT_USER);
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

int policy_user_next(struct policy *db, const char *behind, char name[ACCESS_NAME_MAX],
		     unsigned *attributes)
{
	const enum statement s = STATEMENT_USER_NEXT;
	int error = find(db, s, bind_name(db, s, behind));

	if (error)
		return error;
	copy_column(db, s, 0, name);
	*attributes = (unsigned)sqlite3_column_int(db->statements[s], 1);
	return finish(db, s, SQLITE_ROW);
}

int policy_user_set(struct policy *db, const char *name, unsigned attributes)
{
	int error = bind_name(db, STATEMENT_SET, name);

	if (!error)
		error = bind_number(db, STATEMENT_SET, 2, attributes);
	return error ? error : run(db, STATEMENT_SET);
}

int policy_user_remove(struct policy *db, const char *name)
{
	int error = bind_name(db, STATEMENT_REMOVE, name);

	return error ? error : run(db, STATEMENT_REMOVE);
}

int policy_admin_count(struct policy *db, unsigned *count)
{
	int code = sqlite3_step(statement(db, STATEMENT_ADMINS));

	*count = 0;
	if (code == SQLITE_ROW)
		*count = (unsigned)sqlite3_column_int(db->statements[STATEMENT_ADMINS], 0);
	return finish(db, STATEMENT_ADMINS, code);
}

int policy_disabled(struct policy *db, const char *name, bool *disabled)
{
	const enum statement s = STATEMENT_DISABLED;
	int error = find(db, s, bind_name(db, s, name));

	*disabled = false;
	if (error)
		return error;
	*disabled = sqlite3_column_int(db->statements[s], 0) > 0;
	return finish(db, s, SQLITE_ROW);
}

int policy_disabled_set(struct policy *db, const char *name, bool disabled)
{
	enum statement s = disabled ? STATEMENT_DISABLE : STATEMENT_ENABLE;
	int error = bind_name(db, s, name);

	return error ? error : run(db, s);
}

/* Hosts, groups of hosts, terminals */

static void copy_resource(struct policy *db, enum statement which, struct policy_resource *out)
{
	copy_column(db, which, 0, out->owner);
	out->access = (unsigned)sqlite3_column_int(db->statements[which], 1);
	out->warning = sqlite3_column_int(db->statements[which], 2) != 0;
}

int policy_resource(struct policy *db, enum access_class class, const char *name,
		    struct policy_resource *out)
{
	const enum statement s = STATEMENT_RESOURCE;
	int error = find(db, s, bind_record(db, s, class, name));

	*out = (struct policy_resource){0};
	if (error)
		return error;
	copy_resource(db, s, out);
	return finish(db, s, SQLITE_ROW);
}

int policy_resource_next(struct policy *db, enum access_class class, const char *behind,
			 char name[ACCESS_NAME_MAX], struct policy_resource *out)
{
	const enum statement s = STATEMENT_RESOURCE_NEXT;
	int error = find(db, s, bind_record(db, s, class, behind));

	*out = (struct policy_resource){0};
	if (error)
		return error;
	copy_resource(db, s, out);
	copy_column(db, s, 3, name);
	return finish(db, s, SQLITE_ROW);
}

int policy_resource_set(struct policy *db, enum access_class class, const char *name,
			const struct policy_resource *resource)
{
	const enum statement s = STATEMENT_RESOURCE_SET;
	int error = bind_record(db, s, class, name);

	if (!error)
		error = bind_text(db, s, 3, resource->owner);
	if (!error)
		error = bind_number(db, s, 4, resource->access);
	if (!error)
		error = bind_number(db, s, 5, resource->warning);
	return error ? error : run(db, s);
}

int policy_resource_remove(struct policy *db, enum access_class class, const char *name)
{
	int error = bind_record(db, STATEMENT_RESOURCE_REMOVE, class, name);

	return error ? error : run(db, STATEMENT_RESOURCE_REMOVE);
}

static int run_pair(struct policy *db, enum statement which, const char *first, const char *second)
{
	int error = bind_pair(db, which, first, second);

	return error ? error : run(db, which);
}

int policy_member_add(struct policy *db, const char *group, const char *host)
{
	return run_pair(db, STATEMENT_MEMBER_ADD, group, host);
}

int policy_member_remove(struct policy *db, const char *group, const char *host)
{
	return run_pair(db, STATEMENT_MEMBER_REMOVE, group, host);
}

int policy_member_next(struct policy *db, const char *group, const char *behind,
		       char out[ACCESS_NAME_MAX])
{
	const enum statement s = STATEMENT_MEMBER_NEXT;
	int error = find(db, s, bind_pair(db, s, group, behind));

	if (error)
		return error;
	copy_column(db, s, 0, out);
	return finish(db, s, SQLITE_ROW);
}

int policy_rule(struct policy *db, const char *terminal, const char *user, unsigned *access)
{
	const enum statement s = STATEMENT_RULE;
	int error = find(db, s, bind_pair(db, s, terminal, user));

	*access = 0;
	if (error)
		return error;
	*access = (unsigned)sqlite3_column_int(db->statements[s], 0);
	return finish(db, s, SQLITE_ROW);
}

int policy_rule_set(struct policy *db, const char *terminal, const char *user, unsigned access)
{
	int error = bind_pair(db, STATEMENT_RULE_SET, terminal, user);

	if (!error)
		error = bind_number(db, STATEMENT_RULE_SET, 3, access);
	return error ? error : run(db, STATEMENT_RULE_SET);
}

int policy_rule_remove(struct policy *db, const char *terminal, const char *user)
{
	return run_pair(db, STATEMENT_RULE_REMOVE, terminal, user);
}

int policy_rule_next(struct policy *db, const char *terminal, const char *behind,
		     char user[ACCESS_NAME_MAX], unsigned *access)
{
	const enum statement s = STATEMENT_RULE_NEXT;
	int error = find(db, s, bind_pair(db, s, terminal, behind));

	if (error)
		return error;
	copy_column(db, s, 0, user);
	*access = (unsigned)sqlite3_column_int(db->statements[s], 1);
	return finish(db, s, SQLITE_ROW);
}

int policy_terminal_rule(struct policy *db, const char *terminal, const char *user,
			 struct access_terminal_rule *out)
{
	int error = policy_rule(db, terminal, user, &out->permissions);

	if (error == -ENOENT)
		error = policy_rule(db, terminal, ACCESS_ANYBODY, &out->permissions);
	out->known = !error;
	out->warning = false;
	return error == -ENOENT ? 0 : error;
}

int policy_login_rule(struct policy *db, const char *terminal, const char *user,
		      struct access_terminal_rule *out)
{
	struct policy_resource record;
	int error = policy_resource(db, ACCESS_TERMINAL, terminal, &record);

	if (!error)
		error = policy_terminal_rule(db, terminal, user, out);
	else
		out->known = false;
	out->warning = record.warning;
	return error == -ENOENT ? 0 : error;
}

/* Trusted files */

static void copy_trusted(struct policy *db, enum statement which, struct policy_trusted *out)
{
	const char *info = (const char *)sqlite3_column_text(db->statements[which], 2);

	copy_column(db, which, 0, out->owner);
	out->trusted = sqlite3_column_int(db->statements[which], 1) != 0;
	snprintf(out->info, sizeof(out->info), "%s", info ? info : "");
}

int policy_trusted(struct policy *db, enum access_class class, const char *path,
		   struct policy_trusted *out)
{
	const enum statement s = STATEMENT_TRUSTED;
	int error = find(db, s, bind_record(db, s, class, path));

	*out = (struct policy_trusted){.trusted = false};
	if (error)
		return error;
	copy_trusted(db, s, out);
	return finish(db, s, SQLITE_ROW);
}

int policy_trusted_set(struct policy *db, enum access_class class, const char *path,
		       const struct policy_trusted *record)
{
	const enum statement s = STATEMENT_TRUSTED_SET;
	int error = bind_record(db, s, class, path);

	if (!error)
		error = bind_text(db, s, 3, record->owner);
	if (!error)
		error = bind_number(db, s, 4, record->trusted);
	if (!error)
		error = bind_text(db, s, 5, record->info);
	return error ? error : run(db, s);
}

int policy_trusted_remove(struct policy *db, enum access_class class, const char *path)
{
	int error = bind_record(db, STATEMENT_TRUSTED_REMOVE, class, path);

	return error ? error : run(db, STATEMENT_TRUSTED_REMOVE);
}

int policy_trusted_next(struct policy *db, enum access_class *class, char path[ACCESS_NAME_MAX],
			struct policy_trusted *out)
{
	const enum statement s = STATEMENT_TRUSTED_NEXT;
	int error = find(db, s, bind_record(db, s, *class, path));

	if (error)
		return error;
	copy_trusted(db, s, out);
	*class = (enum access_class)sqlite3_column_int(db->statements[s], 3);
	copy_column(db, s, 4, path);
	return finish(db, s, SQLITE_ROW);
}

int policy_count(struct policy *db, struct policy_counts *out)
{
	sqlite3_stmt *s = statement(db, STATEMENT_COUNT);
	int error = find(db, STATEMENT_COUNT, 0);

	*out = (struct policy_counts){0};
	if (error)
		return error;
	out->objects = sqlite3_column_int64(s, 0);
	out->values = sqlite3_column_int64(s, 1);
	out->trusted = sqlite3_column_int64(s, 2);
	out->untrusted = sqlite3_column_int64(s, 3);
	return finish(db, STATEMENT_COUNT, SQLITE_ROW);
}

int64_t policy_changes(const struct policy *db)
{
	return sqlite3_total_changes64(db->db);
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
	struct platform_login login;
	int error;

	*out = (struct accessor){.uid = uid};
	if (p->ops->user_name(p, uid, out->user, sizeof(out->user)))
		snprintf(out->user, sizeof(out->user), "%" PRIu32, (uint32_t)uid);
	/* The session that he logged in to; who has not logged in, or before the extension was
	 * there, has that of his terminal. */
	if (!p->ops->login_of(p, pid, &login))
		login_session_text(login.id.start_s, login.id.leader, out->session);
	else if (!p->ops->session(p, pid, &session))
		login_session_text(session.start_s, session.leader, out->session);
	error = policy_user(db, out->user, &out->attributes);
	out->known = !error;
	return error == -ENOENT ? 0 : error;
}
