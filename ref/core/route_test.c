/* SPDX-License-Identifier: MIT */
/*
 * Tests of route.c: what a selogrd.cfg may say, and which records its rules take.
 */
#include "ref/core/route.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static struct route_list list;

static void rules(void **state)
{
	char why[ROUTE_WHY_MAX];
	unsigned line;

	(void)state;
	assert_int_equal(
		route_parse("# comment\n\nRule\nhost  host1 \r\n.\nRule2\nnotify default\n.\n"
			    "T\nfile /var/a b\n.\nM\nmail a@b\n.\nS\nscreen root\n.",
			    &list, &line, why),
		0);
	assert_int_equal(list.count, 5);
	assert_string_equal(list.routes[0].name, "Rule");
	assert_int_equal(list.routes[0].action, ROUTE_HOST);
	assert_string_equal(list.routes[0].target, "host1");
	assert_int_equal(list.routes[1].action, ROUTE_NOTIFY);
	assert_string_equal(list.routes[2].target, "/var/a b");
	assert_string_equal(route_action_name(list.routes[4].action), "screen");
	assert_int_equal(route_parse("", &list, &line, why), 0);
	assert_int_equal(list.count, 0);
}

static void refused(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} rows[] = {
		{"Rule", 1},
		{"Rule\nhost\n.\n", 2},
		{"Rule\nhost \n.\n", 2},
		{"Rule\nhost a b\n.\n", 2},
		{"Rule\nhost -a\n.\n", 2},
		{"Rule\nmail a\x7f\n.\n", 2},
		{"Rule\nsyslog a\n.\n", 2},
		{"Rule\nfile a\n.\n", 2},
		{"Rule\nhost a\n.\nRule", 4},
		{"Rule\nhost a\nhost b\n.\n", 3},
		{"Rule\nhost a\nx\n.\n", 3},
		{"Rule\nhost a\ninclude LOGIN\n.\n", 3},
		{"a b\nhost a\n.\n", 1},
		{"-a\nhost a\n.\n", 1},
		{".\n", 1},
	};
	char why[ROUTE_WHY_MAX];
	unsigned line;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		why[0] = '\0';
		assert_int_equal(route_parse(rows[i].text, &list, &line, why), -EINVAL);
		assert_int_equal(line, rows[i].line);
		assert_true(why[0]);
	}
}

static void repeat(char *out, const char *head, const char *part, unsigned count)
{
	size_t length = strlen(head);

	memcpy(out, head, length);
	for (; count; count--, length += strlen(part))
		memcpy(out + length, part, strlen(part));
	out[length] = '\0';
}

/* Every count and length has an end. */
static void limits(void **state)
{
	static char text[65536];
	char why[ROUTE_WHY_MAX];
	unsigned line;

	(void)state;
	repeat(text, "", "Rule\nhost a\n.\n", ROUTE_MAX + 1);
	assert_int_equal(route_parse(text, &list, &line, why), -EINVAL);
	assert_int_equal(line, 3 * ROUTE_MAX + 1);
	repeat(text, "Rule\nhost a\n", "exclude LOGIN;*;*;*;*;*\n", ROUTE_FILTERS_MAX + 1);
	assert_int_equal(route_parse(text, &list, &line, why), -EINVAL);
	assert_int_equal(line, 3 + ROUTE_FILTERS_MAX);
	memset(text, 'x', 2000);
	text[2000] = '\0';
	assert_int_equal(route_parse(text, &list, &line, why), -EINVAL);
	text[RECORD_NAME_MAX] = '\0';
	assert_int_equal(route_parse(text, &list, &line, why), -EINVAL);
	memcpy(text, "R\nfile /", 8);
	memset(text + 8, 'x', ROUTE_TARGET_MAX);
	text[8 + ROUTE_TARGET_MAX] = '\0';
	assert_int_equal(route_parse(text, &list, &line, why), -EINVAL);
	assert_int_equal(line, 2);
}

static bool takes(const char *lines, char status, const char *notify)
{
	static char text[1024];
	char why[ROUTE_WHY_MAX];
	struct audit_record r;
	unsigned line;

	snprintf(text, sizeof(text), "Rule\n%s\n.\n", lines);
	assert_int_equal(route_parse(text, &list, &line, why), 0);
	record_init(&r, RECORD_LOGIN, 0, status);
	record_cut_text(&r, RECORD_USER, "root");
	snprintf(r.notify, sizeof(r.notify), "%s", notify);
	return route_takes(&list.routes[0], &r);
}

static void chosen(void **state)
{
	(void)state;
	assert_true(takes("host a", 'P', ""));
	assert_true(takes("host a", 'P', "John"));
	assert_false(takes("notify default", 'P', ""));
	assert_true(takes("notify default", 'P', "John"));
	assert_true(takes("host a\ninclude LOGIN;*;*;*;*;D\ninclude LOGIN;*;*;*;*;P", 'P', ""));
	assert_false(takes("host a\ninclude LOGIN;*;*;*;*;D", 'P', ""));
	assert_false(takes("host a\nexclude LOGIN;*;*;*;*;P", 'P', ""));
	assert_true(takes("host a\nexclude LOGIN;*;*;*;*;D", 'P', ""));
	assert_false(takes("host a\ninclude LOGIN;*;*;*;*;P\nexclude LOGIN;root;*;*;*;*", 'P', ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(refused),
		cmocka_unit_test(limits),
		cmocka_unit_test(chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
