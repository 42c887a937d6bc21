/* SPDX-License-Identifier: MIT */
/*
 * Tests of access.c: attributes, rights and the rulings on commands, as tables.
 */
#include "ref/core/access.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void attributes_have_names(void **state)
{
	char text[ACCESS_ATTRIBUTES_MAX];

	(void)state;
	assert_int_equal(access_attribute_named("admin"), ACCESS_ADMIN);
	assert_int_equal(access_attribute_named("Operator"), ACCESS_OPERATOR);
	assert_int_equal(access_attribute_named("AUDITOR"), ACCESS_AUDITOR);
	assert_int_equal(access_attribute_named("server"), ACCESS_SERVER);
	assert_int_equal(access_attribute_named("special"), 0); /* secons/rights/11 */
	assert_int_equal(access_attribute_named(""), 0);
	access_attributes_text(0, text);
	assert_string_equal(text, "none");
	access_attributes_text(ACCESS_OPERATOR | ACCESS_SERVER, text);
	assert_string_equal(text, "OPERATOR SERVER");
	access_attributes_text(15, text);
	assert_string_equal(text, "ADMIN OPERATOR AUDITOR SERVER");
}

static void shutdown_and_scan_need_admin_or_operator(void **state)
{
	static const struct {
		struct accessor who;
		bool may;
	} rows[] = {
		{{.known = true, .attributes = ACCESS_ADMIN, .uid = 7}, true},
		{{.known = true, .attributes = ACCESS_OPERATOR, .uid = 7}, true},
		{{.known = true, .attributes = ACCESS_AUDITOR | ACCESS_SERVER, .uid = 7}, false},
		{{.known = true, .uid = 0}, false},
		{{.known = false, .uid = 0}, false},
		{{.known = false, .attributes = ACCESS_ADMIN, .uid = 7}, false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(access_may_shutdown(&rows[i].who), rows[i].may);
		assert_int_equal(access_may_scan(&rows[i].who), rows[i].may);
	}
}

static void every_ruling(void **state)
{
	static const struct accessor admin = {
		.user = "adm", .uid = 7, .known = true, .attributes = ACCESS_ADMIN};
	static const struct accessor operator_ = {
		.user = "op", .uid = 8, .known = true, .attributes = ACCESS_OPERATOR};
	static const struct accessor auditor = {
		.user = "aud", .uid = 9, .known = true, .attributes = ACCESS_AUDITOR};
	static const struct accessor plain = {.user = "jo", .uid = 10, .known = true};
	static const struct accessor stranger = {.user = "x", .uid = 11};
	static const struct accessor root = {.user = "root", .uid = 0};
	static const struct {
		const struct accessor *who;
		struct access_request request;
		char status;
		int stage;
	} rows[] = {
		/* access/selang/8, 9 */
		{&root,
		 {ACCESS_NEW, "a", ACCESS_ADMIN, 0, false, 0, 0, ACCESS_USER, NULL},
		 'S',
		 305},
		{&root,
		 {ACCESS_NEW, "a", ACCESS_ADMIN, 0, false, 0, 1, ACCESS_USER, NULL},
		 'D',
		 300},
		{&stranger, {ACCESS_NEW, "a", 0, 0, false, 0, 0, ACCESS_USER, NULL}, 'D', 300},
		{&plain, {ACCESS_NEW, "a", 0, 0, false, 0, 0, ACCESS_USER, NULL}, 'D', 322},
		{&admin, {ACCESS_NEW, "a", 0, 0, false, 0, 1, ACCESS_USER, NULL}, 'S', 305},
		{&operator_,
		 {ACCESS_CHANGE, "op", ACCESS_ADMIN, 0, true, 2, 1, ACCESS_USER, NULL},
		 'D',
		 322},
		{&auditor, {ACCESS_REMOVE, "op", 0, 0, true, 2, 1, ACCESS_USER, NULL}, 'D', 322},
		/* access/selang/3, 4, 6 */
		{&admin, {ACCESS_NEW, "a", 0, 0, true, 0, 1, ACCESS_USER, NULL}, 'F', 305},
		{&admin, {ACCESS_CHANGE, "a", 0, 2, true, 2, 1, ACCESS_USER, NULL}, 'S', 305},
		{&admin, {ACCESS_CHANGE, "a", 0, 2, false, 0, 1, ACCESS_USER, NULL}, 'F', 305},
		{&admin, {ACCESS_REMOVE, "a", 0, 0, true, 0, 1, ACCESS_USER, NULL}, 'S', 305},
		{&admin, {ACCESS_REMOVE, "a", 0, 0, false, 0, 1, ACCESS_USER, NULL}, 'F', 305},
		/* access/selang/10..12 */
		{&admin, {ACCESS_REMOVE, "adm", 0, 0, true, 1, 1, ACCESS_USER, NULL}, 'D', 301},
		{&admin, {ACCESS_REMOVE, "adm", 0, 0, true, 1, 2, ACCESS_USER, NULL}, 'S', 305},
		{&admin,
		 {ACCESS_CHANGE, "adm", 0, ACCESS_ADMIN, true, 1, 1, ACCESS_USER, NULL},
		 'D',
		 301},
		{&admin, {ACCESS_CHANGE, "adm", 2, 0, true, 1, 1, ACCESS_USER, NULL}, 'S', 305},
		{&admin, {ACCESS_REMOVE, "root", 0, 0, true, 0, 1, ACCESS_USER, NULL}, 'D', 302},
		/* who may look */
		{&admin, {ACCESS_SHOW, "a", 0, 0, true, 0, 1, ACCESS_USER, NULL}, 'S', 305},
		{&plain, {ACCESS_SHOW, "jo", 0, 0, true, 0, 1, ACCESS_USER, NULL}, 'S', 306},
		{&auditor, {ACCESS_SHOW, "a", 0, 0, true, 0, 1, ACCESS_USER, NULL}, 'S', 316},
		{&operator_, {ACCESS_SHOW, "a", 0, 0, true, 0, 1, ACCESS_USER, NULL}, 'S', 317},
		{&plain, {ACCESS_SHOW, "a", 0, 0, true, 0, 1, ACCESS_USER, NULL}, 'D', 322},
		{&stranger, {ACCESS_SHOW, "x", 0, 0, false, 0, 1, ACCESS_USER, NULL}, 'D', 300},
		{&admin, {ACCESS_SHOW, "a", 0, 0, false, 0, 1, ACCESS_USER, NULL}, 'F', 305},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct access_ruling ruling = access_rule(rows[i].who, &rows[i].request);

		if (ruling.status != rows[i].status || ruling.stage != rows[i].stage)
			fail_msg("row %zu: %c %d", i, ruling.status, ruling.stage);
		assert_int_equal(ruling.why == NULL, ruling.status == 'S');
	}
}

static void a_remote_shutdown_needs_the_right_and_a_rule(void **state)
{
	static const struct accessor admin = {.known = true, .attributes = ACCESS_ADMIN};
	static const struct accessor op = {.known = true, .attributes = ACCESS_OPERATOR};
	static const struct accessor plain = {.known = true, .attributes = ACCESS_AUDITOR};
	static const struct accessor stranger = {.attributes = ACCESS_ADMIN};
	static const struct access_terminal_rule write = {.known = true,
							  .permissions = ACCESS_WRITE},
						 none = {.known = false},
						 all = {.known = true, .permissions = ACCESS_ALL},
						 read = {.known = true, .permissions = ACCESS_READ},
						 denied = {.known = true};

	(void)state;
	assert_null(access_remote_refusal(&admin, &write));
	assert_null(access_remote_refusal(&op, &all));
	assert_non_null(access_remote_refusal(&plain, &write));
	assert_non_null(access_remote_refusal(&stranger, &write));
	assert_non_null(access_remote_refusal(&admin, &none));
	assert_non_null(access_remote_refusal(&admin, &read));
	assert_non_null(access_remote_refusal(&admin, &denied));
}

static void records_are_ruled_like_users(void **state)
{
	static const struct accessor admin = {.known = true, .attributes = ACCESS_ADMIN};
	static const struct accessor plain = {.user = "jo", .known = true};
	struct access_request request = {
		.verb = ACCESS_NEW, .name = "jo", .admins = 1, .class = ACCESS_GHOST};

	(void)state;
	assert_int_equal(access_rule(&admin, &request).status, 'S');
	assert_int_equal(access_rule(&plain, &request).stage, 322);
	request.missing = "no such host";
	assert_string_equal(access_rule(&admin, &request).why, "no such host");
	assert_int_equal(access_rule(&admin, &request).status, 'F');
	request.verb = ACCESS_AUTHORIZE;
	assert_string_equal(access_rule(&admin, &request).why, "there is no such record");
	request.verb = ACCESS_SHOW; /* a record is not its namesake's own */
	assert_int_equal(access_rule(&plain, &request).status, 'D');
}

static void audit_modes_are_the_auditors(void **state)
{
	static const struct {
		unsigned attributes;
		enum access_verb verb;
		unsigned set, admins;
		char status;
		int stage;
	} rows[] = {
		{ACCESS_AUDITOR, ACCESS_CHANGE, ACCESS_AUDIT_SET, 1, 'S', 336},
		{ACCESS_AUDITOR, ACCESS_CHANGE, ACCESS_AUDIT_SET | ACCESS_SERVER, 1, 'D', 322},
		{ACCESS_AUDITOR, ACCESS_NEW, ACCESS_AUDIT_SET, 1, 'D', 322},
		{ACCESS_ADMIN, ACCESS_CHANGE, ACCESS_AUDIT_SET, 1, 'D', 304},
		{ACCESS_OPERATOR, ACCESS_CHANGE, ACCESS_AUDIT_SET, 1, 'D', 304},
		{ACCESS_ADMIN | ACCESS_AUDITOR, ACCESS_NEW, ACCESS_AUDIT_SET, 1, 'S', 305},
		{0, ACCESS_NEW, ACCESS_AUDIT_SET, 0, 'S', 305}, /* root, before the first ADMIN */
	};
	char text[ACCESS_AUDIT_MAX];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct accessor who = {
			.user = "jo", .known = true, .attributes = rows[i].attributes};
		const struct access_request request = {
			.verb = rows[i].verb,
			.name = "a",
			.set = rows[i].set,
			.exists = rows[i].verb == ACCESS_CHANGE,
			.admins = rows[i].admins,
		};
		struct access_ruling ruling = access_rule(&who, &request);

		assert_int_equal(ruling.status, rows[i].status);
		assert_int_equal(ruling.stage, rows[i].stage);
	}
	assert_int_equal(access_audit_named("none"), ACCESS_AUDIT_SET);
	assert_int_equal(access_audit_named("All"), ACCESS_AUDIT_SET | ACCESS_AUDIT_ALL);
	assert_int_equal(access_audit_named("sometimes"), 0);
	access_audit_text(ACCESS_ADMIN | ACCESS_AUDIT_SET, text);
	assert_string_equal(text, "none");
	access_audit_text(ACCESS_AUDIT_BITS, text);
	assert_string_equal(text, "FAIL SUCCESS LOGINFAIL LOGINSUCCESS TRACE INTERACTIVE");
}

static void seos_ini_needs_a_rule(void **state)
{
	static const struct access_terminal_rule none = {.known = false},
						 read = {.known = true, .permissions = ACCESS_READ},
						 write = {.known = true,
							  .permissions = ACCESS_WRITE};

	(void)state;
	assert_false(access_may_configure(&none));
	assert_false(access_may_configure(&read));
	assert_true(access_may_configure(&write));
}

static void classes_and_permissions_have_names(void **state)
{
	enum access_class class = ACCESS_USER;

	(void)state;
	assert_true(access_class_named("ghost", &class));
	assert_int_equal(class, ACCESS_GHOST);
	assert_true(access_class_named("File", &class));
	assert_int_equal(class, ACCESS_FILE);
	assert_false(access_class_named("user", &class));
	assert_string_equal(access_class_name(ACCESS_TERMINAL), "TERMINAL");
	assert_string_equal(access_permissions_text(0), "none");
	assert_string_equal(access_permissions_text(3), "read,write");
	assert_string_equal(access_permissions_text(7), "read,write,chdir");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_have_names),
		cmocka_unit_test(shutdown_and_scan_need_admin_or_operator),
		cmocka_unit_test(every_ruling),
		cmocka_unit_test(a_remote_shutdown_needs_the_right_and_a_rule),
		cmocka_unit_test(records_are_ruled_like_users),
		cmocka_unit_test(audit_modes_are_the_auditors),
		cmocka_unit_test(seos_ini_needs_a_rule),
		cmocka_unit_test(classes_and_permissions_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
