/* SPDX-License-Identifier: MIT */
/*
 * Decisions about logins: who may come in, which record is left, and that a label comes back.
 */
#include "ref/core/login.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct login carol = {
	.user = "carol", .terminal = "HOST1", .program = "/usr/sbin/sshd", .os_user = true};

static void refusals(void **state)
{
	static const struct {
		bool disabled;
		struct access_terminal_rule rule;
		struct login_ruling ruling;
	} rows[] = {
		{false, {false, 0, false}, {'P', LOGIN_ALLOWED}},
		{false, {true, ACCESS_READ, false}, {'P', LOGIN_ALLOWED}},
		{false, {true, ACCESS_READ | ACCESS_WRITE, false}, {'P', LOGIN_ALLOWED}},
		{false, {true, 0, false}, {'D', LOGIN_TERMINAL}},
		{false, {true, ACCESS_WRITE, false}, {'D', LOGIN_TERMINAL}},
		{true, {true, ACCESS_READ, false}, {'D', LOGIN_SUSPENDED}},
		{true, {false, 0, false}, {'D', LOGIN_SUSPENDED}},
		{false, {false, 0, true}, {'P', LOGIN_ALLOWED}},
		{false, {true, ACCESS_READ, true}, {'P', LOGIN_ALLOWED}},
		{false, {true, ACCESS_WRITE, true}, {'W', LOGIN_TERMINAL}},
		{true, {true, 0, true}, {'D', LOGIN_SUSPENDED}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct login_ruling ruling = login_rule(rows[i].disabled, &rows[i].rule);

		assert_int_equal(ruling.status, rows[i].ruling.status);
		assert_int_equal(ruling.stage, rows[i].ruling.stage);
	}
}

static void records(void **state)
{
	struct audit_record r;
	char why[64];

	(void)state;
	login_record(&r, 1, &carol, "48da26ce:00000142", (struct login_ruling){'P', LOGIN_ALLOWED});
	assert_int_equal(record_check(&r, why, sizeof(why)), 0);
	assert_true(r.type == RECORD_LOGIN && r.status == 'P' && r.os_user);
	assert_true(r.stage == 19 && r.reason == 2);
	assert_string_equal(r.session, "48da26ce:00000142");
	assert_string_equal(r.program, "/usr/sbin/sshd");
	login_record(&r, 1, &carol, "", (struct login_ruling){'D', LOGIN_SUSPENDED});
	assert_true(r.status == 'D' && r.stage == 5 && !r.session[0]);
	login_record(&r, 1, &carol, "", (struct login_ruling){'W', LOGIN_TERMINAL});
	assert_true(r.status == 'W' && r.stage == 3);
	login_attempt_record(&r, 1, &carol, 1);
	assert_true(r.type == RECORD_LOGIN && r.status == 'D' && r.stage == 17);
	login_attempt_record(&r, 1, &carol, 2);
	assert_true(r.type == RECORD_PASSWORD_ATTEMPT && r.status == 'A' && r.stage == 8);
	assert_int_equal(record_check(&r, why, sizeof(why)), 0);
	logout_record(&r, 1, &carol, "48da26ce:00000142");
	assert_true(r.type == RECORD_LOGOUT && r.status == 'O' && r.stage == 49 && r.reason == 2);
	assert_string_equal(r.terminal, "HOST1");
	assert_int_equal(record_check(&r, why, sizeof(why)), 0);
}

static void audit_modes(void **state)
{
	static const struct {
		unsigned modes;
		bool permitted, denied;
	} rows[] = {
		{0, true, true},
		{ACCESS_ADMIN, true, true},
		{ACCESS_AUDIT_SET, false, false},
		{ACCESS_AUDIT_SET | ACCESS_AUDIT_LOGINFAIL, false, true},
		{ACCESS_AUDIT_SET | ACCESS_AUDIT_LOGINSUCCESS, true, false},
		{ACCESS_AUDIT_SET | ACCESS_AUDIT_FAIL | ACCESS_AUDIT_SUCCESS, false, false},
		{ACCESS_AUDIT_SET | ACCESS_AUDIT_ALL, true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(login_recorded(rows[i].modes, 'P'), rows[i].permitted);
		assert_int_equal(login_recorded(rows[i].modes, 'D'), rows[i].denied);
		assert_int_equal(login_recorded(rows[i].modes, 'W'),
				 rows[i].permitted || rows[i].denied);
	}
}

static void labels(void **state)
{
	char label[LOGIN_LABEL_MAX];
	struct login longest = {.user = ""};
	struct login back;
	size_t bytes = login_label_write(&carol, label);

	(void)state;
	assert_true(login_label_read(label, bytes, &back));
	assert_string_equal(back.user, "carol");
	assert_string_equal(back.terminal, "HOST1");
	assert_true(back.os_user && !back.program[0]);
	for (size_t cut = 0; cut < bytes; cut++)
		assert_false(login_label_read(label, cut, &back));
	memset(longest.user, 'u', sizeof(longest.user) - 1);
	memset(longest.terminal, 't', sizeof(longest.terminal) - 1);
	bytes = login_label_write(&longest, label);
	assert_true(login_label_read(label, bytes, &back));
	assert_string_equal(back.terminal, longest.terminal);
	label[1] = '?';
	assert_false(login_label_read(label, bytes, &back));
}

static void session_ids(void **state)
{
	char text[RECORD_SESSION_MAX];

	(void)state;
	login_session_text(1222256334, 322, text);
	assert_string_equal(text, "48da26ce:00000142");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals),    cmocka_unit_test(records),
		cmocka_unit_test(audit_modes), cmocka_unit_test(labels),
		cmocka_unit_test(session_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
