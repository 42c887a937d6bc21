/* SPDX-License-Identifier: MIT */
/*
 * Tests of filter.c: which rules there are, and which records each is about.
 */
#include "ref/core/filter.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void make(struct audit_record *r, enum record_type type, char status)
{
	record_init(r, type, 0, status);
	record_cut_text(r, RECORD_USER, "root");
	record_cut_text(r, RECORD_EFFECTIVE_USER, "adm");
	record_cut_text(r, RECORD_REAL_USER, "real");
	record_cut_text(r, RECORD_CLASS, "FILE");
	record_cut_text(r, RECORD_ACCESS, "Read");
	record_cut_text(r, RECORD_RESOURCE, "/etc/passwd");
	record_cut_text(r, RECORD_SERVICE, "telnet");
	record_cut_text(r, RECORD_PROGRAM, "/bin/cat");
	record_cut_text(r, RECORD_TERMINAL, "tty1");
	record_cut_text(r, RECORD_HOST, "host1");
	record_cut_text(r, RECORD_COMMAND, "newusr x");
	record_cut_text(r, RECORD_TRACE_TEXT, "open");
}

static void matches(void **state)
{
	static const struct {
		const char *rule;
		enum record_type type;
		char status;
		bool expected;
	} rows[] = {
		{"LOGIN;root;*;tty1;/bin/*;P", RECORD_LOGIN, 'P', true},
		{"LOGIN;root;*;tty1;/bin/*;D", RECORD_LOGIN, 'P', false},
		{"LOGIN;*;*;tty2;*;*", RECORD_LOGIN, 'P', false},
		{"LOGIN;*;*;*;/sbin/*;*", RECORD_LOGIN, 'P', false},
		{"LOGIN;adm;*;*;*;*", RECORD_LOGIN, 'P', false},
		{"LOGIN;*;0;*;*;*", RECORD_LOGIN, 'P', false}, /* nobody has looked for the name */
		{"LOGIN;*;*;*;*;O", RECORD_LOGOUT, 'O', true},
		{"LOGIN;*;*;*;*;*", RECORD_PASSWORD_ATTEMPT, 'A', true},
		{"LOGIN;*;*;*;*;*", RECORD_RESOURCE_ACCESS, 'P', false},
		{"FILE;/etc/*;root;/bin/*;Read;P", RECORD_RESOURCE_ACCESS, 'P', true},
		{"FILE;/etc/*;root;/bin/*;Write;P", RECORD_RESOURCE_ACCESS, 'P', false},
		{"DIR;*;*;*;*;*", RECORD_RESOURCE_ACCESS, 'P', false},
		{"*;*;*;*;*;*", RECORD_ADMIN, 'S', false},
		{"ADMIN;FILE;/etc/*;root;adm;tty1;newusr*;S", RECORD_ADMIN, 'S', true},
		{"ADMIN;FILE;/etc/*;root;adm;tty1;rmusr*;S", RECORD_ADMIN, 'S', false},
		{"ADMIN;*;*;*;*;*;*;*", RECORD_LOGIN, 'P', false},
		{"TRACE;FILE;/etc/*;real;adm;root;P;op*", RECORD_TRACE, 'P', true},
		{"TRACE;FILE;/etc/*;real;adm;root;P;close", RECORD_TRACE, 'P', false},
		{"TCP;*;*;*;*;*", RECORD_INBOUND, 'P', false}, /* its class is another */
		{"*;*;*;*;*;*", RECORD_START, 'M', false},
		{"*;*;*;*;*;*", RECORD_SHUTDOWN, 'M', false},
		{"*;*;*;*;*;*", RECORD_CHECK, 'F', false},
	};
	char why[FILTER_WHY_MAX];
	struct audit_record r;
	struct filter_rule rule;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(filter_parse(rows[i].rule, &rule, why), 0);
		make(&r, rows[i].type, rows[i].status);
		if (filter_match(&rule, &r) != rows[i].expected)
			print_error("%s\n", rows[i].rule);
		assert_int_equal(filter_match(&rule, &r), rows[i].expected);
	}
}

static void networks(void **state)
{
	char why[FILTER_WHY_MAX];
	struct audit_record in, out;
	struct filter_rule rule;

	(void)state;
	make(&in, RECORD_INBOUND, 'P');
	make(&out, RECORD_OUTBOUND, 'P');
	record_cut_text(&in, RECORD_CLASS, "TCP");
	record_cut_text(&out, RECORD_CLASS, "TCP");
	assert_int_equal(filter_parse("TCP;tel*;host?;*;R;*", &rule, why), 0);
	assert_true(filter_match(&rule, &in));
	assert_false(filter_match(&rule, &out));
	assert_int_equal(filter_parse("TCP;tel*;host?;*;W;*", &rule, why), 0);
	assert_false(filter_match(&rule, &in));
	assert_true(filter_match(&rule, &out));
	assert_int_equal(filter_parse("HOST;*;*;*;*;*", &rule, why), 0);
	assert_false(filter_match(&rule, &in));
	record_cut_text(&in, RECORD_CLASS, "HOST");
	assert_true(filter_match(&rule, &in));
}

static void users_by_number(void **state)
{
	char why[FILTER_WHY_MAX];
	struct audit_record r;
	struct filter_rule rule;
	uint32_t uid;

	(void)state;
	make(&r, RECORD_LOGIN, 'P');
	assert_int_equal(filter_parse("LOGIN;*;*;*;*;*", &rule, why), 0);
	assert_false(filter_user_id(&rule, &uid));
	assert_int_equal(filter_parse("FILE;1;1;1;1;*", &rule, why), 0);
	assert_false(filter_user_id(&rule, &uid));
	assert_int_equal(filter_parse("LOGIN;*;2001;*;*;*", &rule, why), 0);
	assert_true(filter_user_id(&rule, &uid));
	assert_int_equal(uid, 2001);
	memcpy(rule.user, "root", 5);
	assert_true(filter_match(&rule, &r));
}

static void refused(void **state)
{
	static const char *const rules[] = {
		"",
		"LOGIN",
		"LOGIN;*;*;*;*",
		"LOGIN;*;*;*;*;*;*",
		"LOGIN;*;x;*;*;D",
		"LOGIN;*;1234567890;*;*;D",
		"LOGIN;*;*;*;*;W",
		"LOGIN;*;*;*;*;DP",
		"TCP;*;*;*;X;*",
		"ADMIN;*;*;*;*;*;*;P",
		"FILE;*;*;*;*",
		"FILE;*;;*;*;*",
		"FILE;*;*;*;*;*;*;*;*;*;*;*",
		"TRACE;*;*;*;*;*;S;*",
	};
	char line[FILTER_LINE_MAX + 8];
	char why[FILTER_WHY_MAX];
	struct filter_rule rule;

	(void)state;
	for (size_t i = 0; i < ROWS(rules); i++) {
		why[0] = '\0';
		assert_int_equal(filter_parse(rules[i], &rule, why), -EINVAL);
		assert_true(why[0]);
	}
	memset(line, ';', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(filter_parse(line, &rule, why), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches),
		cmocka_unit_test(networks),
		cmocka_unit_test(users_by_number),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
