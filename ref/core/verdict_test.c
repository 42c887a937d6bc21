/* SPDX-License-Identifier: MIT */
/*
 * Verdicts on files: who may do what by whom, what is told of it, and which records it leaves.
 */
#include "ref/core/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define MODES(bits) (ACCESS_AUDIT_SET | (bits))

static void rules_decide(void **state)
{
	static const struct access_terminal_rule none = {.known = false},
						 watched = {.known = false, .warning = true},
						 read = {.known = true, .permissions = ACCESS_READ},
						 write = {.known = true,
							  .permissions = ACCESS_WRITE},
						 denied = {.known = true};
	static const struct {
		enum verdict_access access;
		unsigned attributes;
		const struct access_terminal_rule *rule;
		unsigned defaults;
		char status;
		int stage;
		bool told;
	} rows[] = {
		{VERDICT_READ, 0, &none, 0, 'D', 59, true},
		{VERDICT_READ, 0, &none, ACCESS_READ, 'P', 59, false},
		{VERDICT_READ, 0, &read, 0, 'P', 55, false},
		{VERDICT_READ, 0, &write, ACCESS_ALL, 'D', 55, true},
		{VERDICT_WRITE, 0, &write, 0, 'P', 55, false},
		{VERDICT_WRITE, 0, &read, ACCESS_ALL, 'D', 55, true},
		{VERDICT_CHDIR, 0, &none, ACCESS_CHDIR, 'P', 59, false},
		{VERDICT_CHDIR, 0, &none, ACCESS_READ | ACCESS_WRITE, 'D', 59, true},
		{VERDICT_READ, ACCESS_ADMIN | ACCESS_AUDITOR, &denied, 0, 'D', 55, true},
		{VERDICT_READ, ACCESS_OPERATOR, &denied, 0, 'P', 61, true},
		{VERDICT_CHDIR, ACCESS_OPERATOR, &none, 0, 'P', 61, true},
		{VERDICT_WRITE, ACCESS_OPERATOR, &none, 0, 'D', 59, true},
		{VERDICT_READ, ACCESS_OPERATOR, &read, 0, 'P', 55, false},
		{VERDICT_READ, 0, &watched, 0, 'W', 59, true},
		{VERDICT_READ, 0, &watched, ACCESS_READ, 'P', 59, false},
		{VERDICT_READ, ACCESS_OPERATOR, &watched, 0, 'P', 61, true},
		{VERDICT_WRITE, ACCESS_OPERATOR, &watched, 0, 'W', 59, true},
		{VERDICT_READ, MODES(ACCESS_AUDIT_SUCCESS), &read, 0, 'P', 55, true},
		{VERDICT_READ, MODES(ACCESS_AUDIT_TRACE), &read, 0, 'P', 55, true},
		{VERDICT_READ, MODES(ACCESS_AUDIT_FAIL), &read, 0, 'P', 55, false},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		uint8_t verdict = verdict_give(rows[i].access, rows[i].attributes, rows[i].rule,
					       rows[i].defaults);
		struct verdict_ruling ruling = verdict_read(verdict);

		if (ruling.status != rows[i].status || ruling.stage != rows[i].stage ||
		    !!(verdict & VERDICT_TELL) != rows[i].told ||
		    !!(verdict & VERDICT_REFUSE) != (ruling.status == 'D'))
			fail_msg("row %zu: %c %d, %#x", i, ruling.status, ruling.stage, verdict);
	}
}

static void audit_modes_ask(void **state)
{
	static const struct {
		unsigned attributes;
		char recorded[4]; /* of P, D, W */
		bool traced;
	} rows[] = {
		{0, "DW", false},
		{ACCESS_ADMIN, "DW", false},
		{MODES(0), "", false},
		{MODES(ACCESS_AUDIT_FAIL), "DW", false},
		{MODES(ACCESS_AUDIT_SUCCESS), "PW", false},
		{MODES(ACCESS_AUDIT_TRACE | ACCESS_AUDIT_LOGINFAIL), "", true},
		{MODES(ACCESS_AUDIT_ALL), "PDW", true},
	};
	static const char statuses[] = "PDW";

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct verdict_ruling past = {'P', VERDICT_BY_OPERATOR};

		for (size_t j = 0; statuses[j]; j++) {
			struct verdict_ruling ruling = {statuses[j], VERDICT_BY_DEFAULT};

			assert_int_equal(verdict_recorded(rows[i].attributes, ruling),
					 strchr(rows[i].recorded, statuses[j]) != NULL);
			assert_int_equal(verdict_traced(rows[i].attributes, ruling),
					 rows[i].traced);
		}
		assert_false(verdict_recorded(rows[i].attributes, past));
		assert_false(verdict_traced(rows[i].attributes, past));
	}
}

static void records_are_whole(void **state)
{
	static const struct verdict_report report = {
		.access = VERDICT_CHDIR,
		.ruling = {'D', VERDICT_BY_DEFAULT},
		.os_user = true,
		.user = "carol",
		.effective_user = "root",
		.session = "48da26ce:00000142",
		.terminal = "tty1",
		.file = "/srv/secret",
		.program = "/bin/sh",
	};
	struct audit_record r;
	char text[VERDICT_TEXT_MAX];
	char why[64];

	(void)state;
	verdict_record(&r, 1, &report);
	assert_int_equal(record_check(&r, why, sizeof(why)), 0);
	assert_true(r.type == RECORD_RESOURCE_ACCESS && r.status == 'D' && r.os_user);
	assert_true(r.stage == 59 && r.reason == 2);
	assert_string_equal(r.class, "FILE");
	assert_string_equal(r.access, "Chdir");
	assert_string_equal(r.effective_user, "root");
	assert_string_equal(r.terminal, "tty1");
	verdict_text(&report, text);
	assert_string_equal(text, "Result: 'D' [stage=59] carol Chdir /srv/secret, /bin/sh: "
				  "Resource UACC check");
	verdict_trace_record(&r, 1, &report);
	assert_int_equal(record_check(&r, why, sizeof(why)), 0);
	assert_true(r.type == RECORD_TRACE && r.stage == 59);
	assert_string_equal(r.trace, text);
	verdict_lost_record(&r, 1, 12);
	assert_int_equal(record_check(&r, why, sizeof(why)), 0);
	assert_true(r.status == 'C');
	assert_string_equal(r.program, "12 lost");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_decide),
		cmocka_unit_test(audit_modes_ask),
		cmocka_unit_test(records_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
