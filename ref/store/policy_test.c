/* SPDX-License-Identifier: MIT */
/*
 * Tests of policy.c on a simulated machine: users, transactions, and files that are no such
 * database.
 */
#include "ref/store/policy.h"
#include "ref/store/product.h"
#include "sim/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
	struct sim *sim;
	struct platform *p;
	struct policy *db;
	char why[POLICY_WHY_MAX];
};

static int setup(void **state)
{
	static struct fixture f;

	f = (struct fixture){.sim = sim_new(1, 1000000000)};
	assert_non_null(f.sim);
	f.p = sim_root(f.sim);
	for (const char *at = PAMSC_DIR; (at = strchr(at + 1, '/'));) {
		char folder[64];

		snprintf(folder, sizeof(folder), "%.*s", (int)(at - PAMSC_DIR), PAMSC_DIR);
		f.p->ops->mkdir(f.p, folder, 0755);
	}
	f.p->ops->mkdir(f.p, PAMSC_DIR, 0755);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	policy_close(f->db);
	sim_free(f->sim);
	return 0;
}

static int open_as(struct fixture *f, enum policy_open how)
{
	policy_close(f->db);
	f->why[0] = '\0';
	return policy_open(f->p, how, &f->db, f->why, sizeof(f->why));
}

static void there_is_none_until_it_is_made(void **state)
{
	struct fixture *f = *state;
	struct platform_stat s;

	assert_int_equal(open_as(f, POLICY_EXISTING), -ENOENT);
	assert_null(f->db);
	assert_non_null(strstr(f->why, PRODUCT_DATABASE));
	assert_int_equal(f->p->ops->stat(f->p, PRODUCT_DATABASE, &s), -ENOENT);
	assert_int_equal(open_as(f, POLICY_CREATE), 0);
	assert_int_equal(f->p->ops->stat(f->p, PRODUCT_DATABASE, &s), 0);
	assert_int_equal(s.mode, 0600);
	assert_int_equal(open_as(f, POLICY_EXISTING), 0);
}

static void users_are_kept(void **state)
{
	struct fixture *f = *state;
	unsigned attributes, admins;

	assert_int_equal(open_as(f, POLICY_CREATE), 0);
	assert_int_equal(policy_user(f->db, "root", &attributes), -ENOENT);
	assert_int_equal(policy_user_set(f->db, "root", ACCESS_ADMIN), 0);
	assert_int_equal(policy_user_set(f->db, "op", ACCESS_OPERATOR), 0);
	assert_int_equal(policy_user_set(f->db, "both", ACCESS_ADMIN | ACCESS_OPERATOR), 0);
	assert_int_equal(policy_admin_count(f->db, &admins), 0);
	assert_int_equal(admins, 2);
	assert_int_equal(open_as(f, POLICY_EXISTING), 0);
	assert_int_equal(policy_user(f->db, "op", &attributes), 0);
	assert_int_equal(attributes, ACCESS_OPERATOR);
	assert_int_equal(policy_user(f->db, "OP", &attributes), -ENOENT);
	assert_int_equal(policy_user_set(f->db, "op", 0), 0);
	assert_int_equal(policy_user(f->db, "op", &attributes), 0);
	assert_int_equal(attributes, 0);
	assert_int_equal(policy_user_remove(f->db, "both"), 0);
	assert_int_equal(policy_user(f->db, "both", &attributes), -ENOENT);
	assert_int_equal(policy_admin_count(f->db, &admins), 0);
	assert_int_equal(admins, 1);
}

static void records_take_what_hangs_on_them_along(void **state)
{
	struct fixture *f = *state;
	static const struct policy_resource plain = {.owner = "root"};
	static const struct policy_resource watched = {.owner = "nobody", .warning = true};
	static const struct policy_resource open = {.owner = "nobody", .access = ACCESS_WRITE};
	struct access_terminal_rule rule;
	struct policy_resource found;
	char name[ACCESS_NAME_MAX];
	unsigned access;

	assert_int_equal(open_as(f, POLICY_CREATE), 0);
	assert_int_equal(policy_resource(f->db, ACCESS_HOST, "h1", &found), -ENOENT);
	assert_int_equal(policy_resource_set(f->db, ACCESS_HOST, "h1", &plain), 0);
	assert_int_equal(policy_resource(f->db, ACCESS_HOST, "H1", &found), 0);
	assert_string_equal(found.owner, "root");
	assert_int_equal(policy_resource(f->db, ACCESS_GHOST, "h1", &found), -ENOENT);
	assert_int_equal(policy_resource_set(f->db, ACCESS_GHOST, "g", &plain), 0);
	assert_int_equal(policy_member_add(f->db, "g", "h2"), 0);
	assert_int_equal(policy_member_add(f->db, "G", "h1"), 0);
	assert_int_equal(policy_member_add(f->db, "g", "H1"), 0);
	assert_int_equal(policy_member_next(f->db, "g", "", name), 0);
	assert_string_equal(name, "h1");
	assert_int_equal(policy_member_next(f->db, "g", name, name), 0);
	assert_string_equal(name, "h2");
	assert_int_equal(policy_member_next(f->db, "g", name, name), -ENOENT);
	assert_int_equal(policy_resource_remove(f->db, ACCESS_HOST, "h1"), 0);
	assert_int_equal(policy_member_next(f->db, "g", "", name), 0);
	assert_string_equal(name, "h2");

	assert_int_equal(policy_resource_set(f->db, ACCESS_TERMINAL, "t", &open), 0);
	assert_int_equal(policy_terminal_rule(f->db, "t", "jo", &rule), 0);
	assert_false(rule.known); /* secons/remote/7 */
	assert_int_equal(policy_rule_set(f->db, "t", ACCESS_ANYBODY, ACCESS_WRITE), 0);
	assert_int_equal(policy_terminal_rule(f->db, "T", "jo", &rule), 0);
	assert_int_equal(rule.permissions, ACCESS_WRITE);
	assert_int_equal(policy_user_set(f->db, "jo", 0), 0);
	assert_int_equal(policy_rule_set(f->db, "t", "jo", ACCESS_READ), 0);
	assert_int_equal(policy_terminal_rule(f->db, "t", "jo", &rule), 0);
	assert_int_equal(rule.permissions, ACCESS_READ);
	assert_int_equal(policy_rule_next(f->db, "t", "", name, &access), 0);
	assert_string_equal(name, ACCESS_ANYBODY);
	assert_int_equal(policy_login_rule(f->db, "t", "jo", &rule), 0);
	assert_true(rule.known && !rule.warning);
	assert_int_equal(policy_resource_set(f->db, ACCESS_TERMINAL, "t", &watched), 0);
	assert_int_equal(policy_login_rule(f->db, "t", "jo", &rule), 0);
	assert_true(rule.known && rule.warning);
	assert_int_equal(policy_user_remove(f->db, "jo"), 0);
	assert_int_equal(policy_rule(f->db, "t", "jo", &access), -ENOENT);
	assert_int_equal(policy_resource_remove(f->db, ACCESS_TERMINAL, "t"), 0);
	assert_int_equal(policy_terminal_rule(f->db, "t", "jo", &rule), 0);
	assert_false(rule.known);
}

static void a_transaction_is_all_or_nothing(void **state)
{
	struct fixture *f = *state;
	unsigned attributes;

	assert_int_equal(open_as(f, POLICY_CREATE), 0);
	assert_int_equal(policy_begin(f->db), 0);
	assert_int_equal(policy_begin(f->db), -EIO);
	assert_non_null(strstr(policy_error(f->db), "transaction"));
	assert_int_equal(policy_user_set(f->db, "a", 1), 0);
	policy_rollback(f->db);
	assert_int_equal(policy_user(f->db, "a", &attributes), -ENOENT);
	assert_int_equal(policy_begin(f->db), 0);
	assert_int_equal(policy_user_set(f->db, "a", 1), 0);
	assert_int_equal(policy_commit(f->db), 0);
	assert_int_equal(policy_begin(f->db), 0);
	assert_int_equal(policy_user_set(f->db, "b", 1), 0);
	assert_int_equal(open_as(f, POLICY_EXISTING), 0); /* left open: undone */
	assert_int_equal(policy_user(f->db, "a", &attributes), 0);
	assert_int_equal(policy_user(f->db, "b", &attributes), -ENOENT);
}

static void names_are_no_sql(void **state)
{
	struct fixture *f = *state;
	unsigned attributes;

	assert_int_equal(open_as(f, POLICY_CREATE), 0);
	assert_int_equal(policy_user_set(f->db, "a", 1), 0);
	assert_int_equal(policy_user_remove(f->db, "x' OR '1'='1"), 0);
	assert_int_equal(policy_user(f->db, "a", &attributes), 0);
	assert_int_equal(policy_user(f->db, "%", &attributes), -ENOENT);
}

static void put_file(struct fixture *f, const void *data, size_t bytes)
{
	f->p->ops->mkdir(f->p, PAMSC_DIR "/seosdb", 0700);
	assert_int_equal(file_replace(f->p, PRODUCT_DATABASE, data, bytes, 0600), 0);
}

static void change_database(struct fixture *f, const char *sql)
{
	char uri[256];
	sqlite3 *db;

	f->p->ops->mkdir(f->p, PAMSC_DIR "/seosdb", 0700);
	assert_int_equal(f->p->ops->database_uri(f->p, PRODUCT_DATABASE, uri, sizeof(uri)), 0);
	assert_int_equal(
		sqlite3_open_v2(uri, &db,
				SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void foreign_and_damaged_files_are_refused(void **state)
{
	struct fixture *f = *state;
	static char noise[4096];
	char *whole;
	size_t bytes;

	memset(noise, 'x', sizeof(noise));
	put_file(f, noise, sizeof(noise));
	assert_int_equal(open_as(f, POLICY_EXISTING), -EBADMSG);
	assert_non_null(strstr(f->why, "not a database"));
	assert_int_equal(open_as(f, POLICY_CREATE), -EBADMSG); /* and nothing is overwritten */
	f->p->ops->unlink(f->p, PRODUCT_DATABASE);
	change_database(f, "CREATE TABLE t (x)");
	assert_int_equal(open_as(f, POLICY_CREATE), -EBADMSG);
	assert_non_null(strstr(f->why, "another program"));
	f->p->ops->unlink(f->p, PRODUCT_DATABASE);
	assert_int_equal(open_as(f, POLICY_CREATE), 0);
	policy_close(f->db);
	f->db = NULL;
	change_database(f, "PRAGMA user_version = 99");
	assert_int_equal(open_as(f, POLICY_EXISTING), -EBADMSG);
	assert_non_null(strstr(f->why, "newer version"));
	change_database(f, "PRAGMA user_version = 6");
	assert_int_equal(open_as(f, POLICY_EXISTING), 0);
	policy_close(f->db);
	f->db = NULL;
	assert_int_equal(file_read(f->p, PRODUCT_DATABASE, 1 << 20, &whole, &bytes), 0);
	memset(whole + bytes / 2, 0xff, bytes / 2);
	put_file(f, whole, bytes);
	free(whole);
	assert_int_equal(open_as(f, POLICY_EXISTING), -EBADMSG);
}

static void trusted_files_come_in_order(void **state)
{
	struct fixture *f = *state;
	const struct policy_trusted file = {"root", true, "1 2 3"};
	const struct policy_trusted gone = {"root", false, "1 2 3"};
	struct policy_trusted found;
	enum access_class class = ACCESS_USER;
	char path[ACCESS_NAME_MAX] = "";
	struct policy_counts counts;

	assert_int_equal(open_as(f, POLICY_CREATE), 0);
	assert_int_equal(policy_trusted(f->db, ACCESS_PROGRAM, "/b", &found), -ENOENT);
	assert_int_equal(policy_trusted_set(f->db, ACCESS_SECFILE, "/a", &file), 0);
	assert_int_equal(policy_trusted_set(f->db, ACCESS_PROGRAM, "/b", &file), 0);
	assert_int_equal(policy_trusted_set(f->db, ACCESS_PROGRAM, "/B", &file), 0);
	assert_int_equal(policy_trusted_set(f->db, ACCESS_PROGRAM, "/c", &gone), 0);
	assert_int_equal(policy_trusted_next(f->db, &class, path, &found), 0);
	assert_int_equal(class, ACCESS_PROGRAM);
	assert_string_equal(path, "/B"); /* paths differ in case */
	assert_int_equal(policy_trusted_next(f->db, &class, path, &found), 0);
	assert_string_equal(path, "/b");
	assert_string_equal(found.info, "1 2 3");
	assert_int_equal(policy_trusted_next(f->db, &class, path, &found), 0);
	assert_int_equal(class, ACCESS_SECFILE);
	assert_string_equal(path, "/a");
	assert_int_equal(policy_trusted_next(f->db, &class, path, &found), -ENOENT);
	assert_int_equal(policy_trusted_remove(f->db, ACCESS_PROGRAM, "/b"), 0);
	assert_int_equal(policy_trusted(f->db, ACCESS_PROGRAM, "/b", &found), -ENOENT);
	assert_int_equal(policy_trusted(f->db, ACCESS_PROGRAM, "/c", &found), 0);
	assert_false(found.trusted);
	assert_int_equal(policy_user_set(f->db, "root", ACCESS_ADMIN), 0);
	assert_int_equal(policy_count(f->db, &counts), 0);
	assert_int_equal(counts.objects, 4);
	assert_int_equal(counts.values, 1 + 3 * 2);
	assert_int_equal(counts.trusted, 2);
	assert_int_equal(counts.untrusted, 1);
}

static void an_older_database_is_brought_up_to_date(void **state)
{
	struct fixture *f = *state;
	struct policy_resource found;
	unsigned attributes;

	put_file(f, "", 0);
	change_database(f, "CREATE TABLE user (name TEXT PRIMARY KEY NOT NULL, attributes INTEGER "
			   "NOT NULL) STRICT, WITHOUT ROWID; INSERT INTO user VALUES ('jo', 2);"
			   "PRAGMA application_id = 0x53454f53; PRAGMA user_version = 1");
	assert_int_equal(open_as(f, POLICY_EXISTING), 0);
	assert_int_equal(policy_user(f->db, "jo", &attributes), 0);
	assert_int_equal(attributes, ACCESS_OPERATOR);
	assert_int_equal(policy_resource(f->db, ACCESS_HOST, "h", &found), -ENOENT);
}

static void an_empty_file_is_no_database(void **state)
{
	struct fixture *f = *state;

	put_file(f, "", 0);
	assert_int_equal(open_as(f, POLICY_EXISTING), -ENOENT);
	assert_int_equal(open_as(f, POLICY_CREATE), 0);
}

static void an_accessor_is_who_the_system_says(void **state)
{
	struct fixture *f = *state;
	struct accessor who;

	assert_int_equal(open_as(f, POLICY_CREATE), 0);
	assert_int_equal(policy_user_set(f->db, "root", ACCESS_ADMIN), 0);
	assert_int_equal(sim_user_add(f->sim, 1001, "tst001"), 0);
	assert_int_equal(policy_accessor(f->p, f->db, 0, f->p->ops->pid(f->p), &who), 0);
	assert_string_equal(who.user, "root");
	assert_true(who.known);
	assert_int_equal(who.attributes, ACCESS_ADMIN);
	assert_int_equal(strlen(who.session), 17);
	assert_int_equal(policy_accessor(f->p, f->db, 1001, 99999, &who), 0);
	assert_string_equal(who.user, "tst001");
	assert_false(who.known);
	assert_string_equal(who.session, "");
	assert_int_equal(policy_accessor(f->p, f->db, 4000000000u, 99999, &who), 0);
	assert_string_equal(who.user, "4000000000");
	assert_int_equal(who.uid, 4000000000u);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(there_is_none_until_it_is_made, setup, teardown),
		cmocka_unit_test_setup_teardown(users_are_kept, setup, teardown),
		cmocka_unit_test_setup_teardown(records_take_what_hangs_on_them_along, setup,
						teardown),
		cmocka_unit_test_setup_teardown(trusted_files_come_in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(an_older_database_is_brought_up_to_date, setup,
						teardown),
		cmocka_unit_test_setup_teardown(a_transaction_is_all_or_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(names_are_no_sql, setup, teardown),
		cmocka_unit_test_setup_teardown(foreign_and_damaged_files_are_refused, setup,
						teardown),
		cmocka_unit_test_setup_teardown(an_empty_file_is_no_database, setup, teardown),
		cmocka_unit_test_setup_teardown(an_accessor_is_who_the_system_says, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
