/* SPDX-License-Identifier: MIT */
/*
 * Tests of trail names and of audnames: what is rendered is parsed back, and everything that is not
 * exactly that is malformed, with its line.
 */
#include "ref/core/trail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct tm valentine = {
	.tm_year = 107, .tm_mon = 1, .tm_mday = 14, .tm_hour = 15, .tm_min = 30};

/* audsys/trail/17, 18, 21 */
static void names_trails_for_base_and_time(void **state)
{
	char name[TRAIL_PATH_MAX];

	(void)state;
	assert_true(trail_name("/var/.audit/my_trail", &valentine, TRAIL_STAMP_PLAIN, 0, name));
	assert_string_equal(name, "/var/.audit/my_trail.200702141530");
	assert_true(
		trail_name("/var/.audit/my_trail", &valentine, TRAIL_STAMP_UNDERSCORE, 0, name));
	assert_string_equal(name, "/var/.audit/my_trail.20070214_1530");
	assert_true(trail_name("/var/.audit/my_trail", &valentine, TRAIL_STAMP_PLAIN, 1, name));
	assert_string_equal(name, "/var/.audit/my_trail.200702141530.1");
	assert_true(
		trail_name("/t", &valentine, TRAIL_STAMP_UNDERSCORE, TRAIL_ATTEMPTS_MAX - 1, name));
	assert_string_equal(name, "/t.20070214_1530.99");
}

static void refuses_names_that_do_not_fit(void **state)
{
	char base[TRAIL_PATH_MAX] = "/";
	char name[TRAIL_PATH_MAX];

	(void)state;
	memset(base + 1, 'a', TRAIL_PATH_MAX - 15);
	base[TRAIL_PATH_MAX - 14] = '\0'; /* 1010 bytes and ".200702141530" are 1023 */
	assert_true(trail_name(base, &valentine, TRAIL_STAMP_PLAIN, 0, name));
	assert_int_equal(strlen(name), TRAIL_PATH_MAX - 1);
	assert_false(trail_name(base, &valentine, TRAIL_STAMP_PLAIN, 1, name));
	assert_false(trail_name(base, &valentine, TRAIL_STAMP_UNDERSCORE, 0, name));
	assert_true(trail_file_name(base, 1023, name));
	assert_int_equal(strlen(name), TRAIL_PATH_MAX - 14 + strlen("/spu1023"));
	memset(base + 1, 'a', TRAIL_PATH_MAX - 7);
	base[TRAIL_PATH_MAX - 6] = '\0';
	assert_true(trail_file_name(base, 0, name));
	assert_false(trail_file_name(base, 10, name));
}

static void begins_files_with_a_version_record(void **state)
{
	static const unsigned char expected[TRAIL_VERSION_BYTES] = {
		'A', 'U', 'D', 'T', 'R', 'A', 'I', 'L', 1, 0, 0, 0, 0xff, 3, 0, 0};
	unsigned char record[TRAIL_VERSION_BYTES];

	(void)state;
	trail_version_record(1023, record);
	assert_memory_equal(record, expected, sizeof(record));
}

static void judges_paths(void **state)
{
	char path[TRAIL_PATH_MAX + 1];

	(void)state;
	memset(path, 'a', sizeof(path));
	path[0] = '/';
	path[TRAIL_PATH_MAX] = '\0';
	assert_string_equal(trail_path_fault(path), "longer than 1023 bytes");
	path[TRAIL_PATH_MAX - 1] = '\0';
	assert_null(trail_path_fault(path));
	assert_null(trail_path_fault("/var/.audit/my trail"));
	assert_null(trail_path_fault("/var/.audit/Pr\xc3\xbc"
				     "fspur"));
	assert_string_equal(trail_path_fault(""), "must be an absolute path");
	assert_string_equal(trail_path_fault("my_trail"), "must be an absolute path");
	assert_string_equal(trail_path_fault("/a "), "must not end in a blank");
	assert_string_equal(trail_path_fault("/a\nb"), "must not contain control characters");
	assert_string_equal(trail_path_fault("/a\177"), "must not contain control characters");
}

static void parses_numbers(void **state)
{
	static const char *const wrong[] = {"",   "-1",  "+1", " 1",     "1 ",
					    "1k", "0x1", "9",  "100001", "99999999999999999999999"};
	uint32_t value = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(trail_parse_number(wrong[i], 10, 100000, &value));
	assert_int_equal(value, 77);
	assert_true(trail_parse_number("10", 10, 100000, &value));
	assert_true(trail_parse_number("0100000", 10, 100000, &value));
	assert_int_equal(value, 100000);
	assert_true(trail_parse_number("4294967295", 1, TRAIL_KB_MAX, &value));
	assert_false(trail_parse_number("4294967296", 1, TRAIL_KB_MAX, &value));
	assert_int_equal(value, TRAIL_KB_MAX);
}

static const char documented[] = "version = 1\n"
				 "state = on\n"
				 "boot_id = 3ec2b5b0-61a2-4a34-8d1c-8a5d6f0a0d11\n"
				 "current = /var/.audit/my_trail\n"
				 "current_kb = 1000\n"
				 "next =\n"
				 "next_kb = 0\n"
				 "files = 1\n"
				 "base = /var/.audit/my_trail\n";

/* audsys/trail/31 */
static void reads_and_writes_the_example(void **state)
{
	char text[TRAIL_NAMES_TEXT_MAX];
	char why[TRAIL_WHY_MAX];
	struct trail_names names;

	(void)state;
	assert_int_equal(trail_names_parse(documented, &names, why), 0);
	assert_true(names.on);
	assert_string_equal(names.boot_id, "3ec2b5b0-61a2-4a34-8d1c-8a5d6f0a0d11");
	assert_string_equal(names.current, "/var/.audit/my_trail");
	assert_int_equal(names.current_kb, 1000);
	assert_string_equal(names.next, "");
	assert_int_equal(names.next_kb, 0);
	assert_int_equal(names.files, 1);
	assert_string_equal(names.base, "/var/.audit/my_trail");
	assert_int_equal(trail_names_render(&names, text), sizeof(documented) - 1);
	assert_string_equal(text, documented);
}

static void long_path(char path[TRAIL_PATH_MAX], char filler)
{
	memset(path, filler, TRAIL_PATH_MAX - 1);
	path[0] = '/';
	path[TRAIL_PATH_MAX - 1] = '\0';
}

static void holds_the_longest_of_everything(void **state)
{
	struct trail_names names = {
		.current_kb = TRAIL_KB_MAX, .next_kb = TRAIL_KB_MAX, .files = TRAIL_FILES_MAX};
	struct trail_names back;
	char text[TRAIL_NAMES_TEXT_MAX];
	char why[TRAIL_WHY_MAX];

	(void)state;
	memset(names.boot_id, 'b', sizeof(names.boot_id) - 1);
	long_path(names.current, ' ');
	names.current[TRAIL_PATH_MAX - 2] = '=';
	long_path(names.next, 'n');
	long_path(names.base, '#');
	assert_true(trail_names_render(&names, text) < sizeof(text));
	assert_int_equal(trail_names_parse(text, &back, why), 0);
	assert_memory_equal(&back, &names, sizeof(names));
	/* One byte more than a path may have. */
	memmove(strstr(text, "next = /") + 8, strstr(text, "next = /") + 7,
		strlen(strstr(text, "next = /") + 7) + 1);
	assert_int_equal(trail_names_parse(text, &back, why), 6);
}

/* The example with one thing replaced, and the complaint: audsys/trail/38. */
static const struct {
	const char *from;
	const char *to;
	unsigned line;
	const char *why;
} damages[] = {
	{"version = 1", "version = 2", 1, "version is '2', must be 1"},
	{"version = 1\n", "", 1, "must be 'version = ...'"},
	{"version", "Version", 1, "must be 'version = ...'"},
	{"version = 1", "version", 1, "must be 'version = ...'"},
	{"= on", "= maybe", 2, "state is 'maybe', must be on or off"},
	{"= on", "= on ", 2, "state is 'on ', must be on or off"},
	{"state = on\n", "state = on\nstate = on\n", 3, "must be 'boot_id = ...'"},
	{"3ec2b5b0-61a2-4a34-8d1c-8a5d6f0a0d11", "", 3, "boot_id is '', must be 1 to 63 bytes"},
	{"current = /var", "current = var", 4,
	 "current is 'var/.audit/my_trail', must be an absolute path"},
	{"current = /var/.audit/my_trail\n", "current = /a \n", 4,
	 "current is '/a ', must not end in a blank"},
	{"1000", "0", 5, "current_kb is '0', must be a whole number from 1 to 4294967295"},
	{"1000", "4294967296", 5,
	 "current_kb is '4294967296', must be a whole number from 1 to 4294967295"},
	{"next_kb = 0", "next_kb = 5", 7, "next_kb is '5', must be 0 where there is no trail"},
	{"files = 1", "files = 1025", 8, "files is '1025', must be a whole number from 0 to 1024"},
	{"files = 1", "file = 1", 8, "must be 'files = ...'"},
	{"base = /var/.audit/my_trail", "base =", 9,
	 "base is '', must be set where current is, and only there"},
	{"base = /var", "base = var", 9, "base is 'var/.audit/my_trail', must be an absolute path"},
	{"base = /var/.audit/my_trail\n", "base = /var/.audit/my_trail", 9, "must be 'base = ...'"},
	{"base = /var/.audit/my_trail\n", "base = /a\n\n", 10,
	 "nothing may follow the line of base"},
	{"base = /var/.audit/my_trail\n", "", 9, "must be 'base = ...'"},
};

static void says_what_is_wrong_with_a_damaged_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		const char *at = strstr(documented, damages[i].from);
		char text[TRAIL_NAMES_TEXT_MAX];
		char why[TRAIL_WHY_MAX] = "";
		struct trail_names names;

		assert_non_null(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - documented), documented,
			 damages[i].to, at + strlen(damages[i].from));
		assert_int_equal(trail_names_parse(text, &names, why), damages[i].line);
		assert_string_equal(why, damages[i].why);
	}
}

static void wants_a_trail_to_be_on(void **state)
{
	static const char off[] = "version = 1\nstate = off\nboot_id = b\ncurrent =\n"
				  "current_kb = 0\nnext =\nnext_kb = 0\nfiles = 0\nbase =\n";
	static const char on[] = "version = 1\nstate = on\nboot_id = b\ncurrent =\n"
				 "current_kb = 0\nnext =\nnext_kb = 0\nfiles = 0\nbase =\n";
	char text[TRAIL_NAMES_TEXT_MAX];
	char why[TRAIL_WHY_MAX];
	struct trail_names names;

	(void)state;
	assert_int_equal(trail_names_parse(off, &names, why), 0);
	trail_names_render(&names, text);
	assert_string_equal(text, off);
	assert_int_equal(trail_names_parse(on, &names, why), 2);
	assert_string_equal(why, "state is on, and there is no current trail");
	assert_int_equal(trail_names_parse("", &names, why), 1);
}

/* A file cut short anywhere is never taken for a whole one. */
static void is_never_content_with_a_part(void **state)
{
	char text[sizeof(documented)];
	char why[TRAIL_WHY_MAX];
	struct trail_names names;

	(void)state;
	for (size_t n = 0; n + 1 < sizeof(documented); n++) {
		memcpy(text, documented, n);
		text[n] = '\0';
		assert_int_not_equal(trail_names_parse(text, &names, why), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_trails_for_base_and_time),
		cmocka_unit_test(refuses_names_that_do_not_fit),
		cmocka_unit_test(begins_files_with_a_version_record),
		cmocka_unit_test(judges_paths),
		cmocka_unit_test(parses_numbers),
		cmocka_unit_test(reads_and_writes_the_example),
		cmocka_unit_test(holds_the_longest_of_everything),
		cmocka_unit_test(says_what_is_wrong_with_a_damaged_one),
		cmocka_unit_test(wants_a_trail_to_be_on),
		cmocka_unit_test(is_never_content_with_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
