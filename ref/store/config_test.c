/* SPDX-License-Identifier: MIT */
/*
 * Tests of config.c on a simulated machine: what a file says, and each kind of mistake with its
 * message.
 */
#include "ref/store/config.h"
#include "ref/store/file.h"
#include "sim/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATH "/etc/test.ini"
#define X50  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X190 X50 X50 X50 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static struct sim *sim;
static char why[256];

static int set_up(void **state)
{
	(void)state;
	sim = sim_new(1, 0);
	return sim ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	sim_free(sim);
	return 0;
}

static int load(const char *text, struct config **c)
{
	struct platform *p = sim_root(sim);

	assert_int_equal(file_replace(p, PATH, text, strlen(text), 0600), 0);
	return config_load(p, PATH, c, why, sizeof(why));
}

static void values_are_what_the_file_says(void **state)
{
	struct config *c;

	(void)state;
	assert_int_equal(load("A = 1\nB=\"two words\"\n[s]\n; no setting\n  a = 3 ; said\n"
			      "\tc = d\nc = e",
			      &c),
			 0);
	assert_string_equal(config_get(c, "", "a", NULL), "1");
	assert_string_equal(config_get(c, "", "B", NULL), "two words");
	assert_string_equal(config_get(c, "S", "A", NULL), "3");
	assert_int_equal(config_line(c, "s", "a"), 5);
	assert_string_equal(config_get(c, "s", "c", NULL), "e");
	assert_int_equal(config_line(c, "s", "c"), 7);
	assert_null(config_get(c, "s", "d", NULL));
	assert_int_equal(config_line(c, "s", "d"), 0);
	config_free(c);
}

static void numbers_and_flags_are_checked(void **state)
{
	struct config *c;
	int64_t number;
	bool flag;

	(void)state;
	assert_int_equal(load("n = 12\nm = 12k\ny = Yes\nx = maybe\n", &c), 0);
	assert_int_equal(config_number(c, "", "n", 1, 12, 5, &number, why, sizeof(why)), 0);
	assert_int_equal(number, 12);
	assert_int_equal(config_number(c, "", "o", 1, 12, 5, &number, why, sizeof(why)), 0);
	assert_int_equal(number, 5);
	assert_int_equal(config_number(c, "", "n", 1, 11, 5, &number, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, PATH ":1: [] n = 12: expected a whole number from 1 to 11");
	assert_int_equal(config_number(c, "", "m", 1, 99, 5, &number, why, sizeof(why)), -EINVAL);
	assert_int_equal(config_flag(c, "", "y", false, &flag, why, sizeof(why)), 0);
	assert_true(flag);
	assert_int_equal(config_flag(c, "", "x", true, &flag, why, sizeof(why)), -EINVAL);
	assert_string_equal(why, PATH ":4: [] x = maybe: expected yes or no");
	config_free(c);
}

static void mistakes_are_told_with_their_line(void **state)
{
	struct config *c;

	(void)state;
	assert_int_equal(load("a = 1\nnonsense\n", &c), -EINVAL);
	assert_null(c);
	assert_string_equal(why, PATH ":2: neither \"token = value\" nor a [section]");
	assert_int_equal(config_load(sim_root(sim), "/nowhere", &c, why, sizeof(why)), -ENOENT);
	assert_string_equal(why, "/nowhere: No such file or directory");
}

/* As a shell would have it, comments included. */
static void quotes_are_those_of_a_shell(void **state)
{
	static const struct {
		const char *line, *value;
	} rows[] = {
		{"a=\"b ; c\"", "b ; c"},
		{"a='b  c'   # why", "b  c"},
		{"a=\"b \\\"c\\\"\" # why", "b \"c\""},
		{"a='b \\\" c'", "b \\\" c"},
		{"a=1000   # kbytes", "1000"},
		{"a=b#c", "b#c"},
		{"a=\"b\" c\"", "\"b\" c\""},
		{"a=\"b", "\"b"},
		{"a = 'b';", "'b';"},
		{"a=\"\"", ""},
	};
	struct config *c;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(load(rows[i].line, &c), 0);
		assert_string_equal(config_get(c, "", "a", NULL), rows[i].value);
		config_free(c);
	}
	assert_int_equal(load("[s]\na = 1 # b\n", &c), 0);
	assert_string_equal(config_get(c, "s", "a", NULL), "1 # b");
	config_free(c);
}

/* inih would cut it, and take the rest for another setting. */
static void a_long_line_is_no_shorter_one(void **state)
{
	struct config *c;

	(void)state;
	assert_int_equal(load("a = 1\nbcd = " X190 "x\ne = 2\n", &c), 0);
	assert_int_equal(strlen(config_get(c, "", "bcd", "")), 191);
	assert_int_equal(config_line(c, "", "e"), 3);
	config_free(c);
	assert_int_equal(load("a = 1\nbcd = " X190 "xx = y\ne = 2\n", &c), -EINVAL);
	assert_string_equal(why, PATH ":2: longer than 198 bytes");
}

static void a_token_is_set_and_the_rest_stays(void **state)
{
	static const struct {
		const char *before, *section, *token, *value, *after;
	} rows[] = {
		{"[a]\n; of b\nb = 1\n\n[c]\nb = 2\n", "a", "b", "7",
		 "[a]\n; of b\nb = 7\n\n[c]\nb = 2\n"},
		{"[a]\nB=1", "A", "b", "7", "[a]\nb = 7\n"},
		{"[a]\nb = 1\nb = 2\n", "a", "b", "7", "[a]\nb = 1\nb = 7\n"},
		{"[a]\nb = 1\n\n[c]\nd = 2\n", "a", "e", "7", "[a]\nb = 1\ne = 7\n\n[c]\nd = 2\n"},
		{"[a]\nb = 1", "a", "e", "7", "[a]\nb = 1\ne = 7\n"},
		{"[a]\nb = 1\n", "c", "b", "two words", "[a]\nb = 1\n\n[c]\nb = two words\n"},
		{"", "c", "b", "", "[c]\nb = \n"},
		{"A = 1\n", "", "A", "2", "A = 2\n"},
	};
	struct platform *p = sim_root(sim);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct platform_stat was;
		char *text;
		size_t bytes;

		assert_int_equal(
			file_replace(p, PATH, rows[i].before, strlen(rows[i].before), 0640), 0);
		assert_int_equal(config_edit(p, PATH, rows[i].section, rows[i].token, rows[i].value,
					     why, sizeof(why)),
				 0);
		assert_int_equal(file_read(p, PATH, CONFIG_BYTES_MAX, &text, &bytes), 0);
		assert_string_equal(text, rows[i].after);
		free(text);
		assert_int_equal(p->ops->stat(p, PATH, &was), 0);
		assert_int_equal(was.mode, 0640);
	}
}

static void what_cannot_be_read_back_is_not_written(void **state)
{
	static const struct {
		const char *section, *token, *value;
	} rows[] = {
		{"a", "b", "7\nc = 8"}, {"a", "b", "7 ; no"},   {"a", "b", " 7"},
		{"a", "b", "\"7\""},    {"a", "b = 7\nc", "8"}, {"a", "", "7"},
		{"a", "b=c", "7"},      {"a]\n[c", "b", "7"},   {"x]y", "b", "7"},
		{"a", "; b", "7"},      {"a", "[b", "7"},       {"a", "b", X190 X50},
	};
	static const char before[] = "[a]\nb = 1\n";
	struct platform *p = sim_root(sim);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text;
		size_t bytes;

		assert_int_equal(file_replace(p, PATH, before, strlen(before), 0600), 0);
		if (config_edit(p, PATH, rows[i].section, rows[i].token, rows[i].value, why,
				sizeof(why)) != -EINVAL)
			fail_msg("row %zu was taken", i);
		assert_non_null(strstr(why, PATH));
		assert_int_equal(file_read(p, PATH, CONFIG_BYTES_MAX, &text, &bytes), 0);
		assert_string_equal(text, before);
		free(text);
	}
	assert_int_equal(file_replace(p, PATH, "nonsense\n", 9, 0600), 0);
	assert_int_equal(config_edit(p, PATH, "a", "b", "7", why, sizeof(why)), -EINVAL);
	assert_int_equal(p->ops->unlink(p, PATH), 0);
	assert_int_equal(config_edit(p, PATH, "a", "b", "7", why, sizeof(why)), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_set_and_the_rest_stays),
		cmocka_unit_test(what_cannot_be_read_back_is_not_written),
		cmocka_unit_test(values_are_what_the_file_says),
		cmocka_unit_test(numbers_and_flags_are_checked),
		cmocka_unit_test(mistakes_are_told_with_their_line),
		cmocka_unit_test(quotes_are_those_of_a_shell),
		cmocka_unit_test(a_long_line_is_no_shorter_one),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
