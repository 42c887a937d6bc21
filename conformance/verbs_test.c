/* SPDX-License-Identifier: MIT */
/*
 * The verbs as a user calls them, with a small suite: exit status, what is printed, each mistake.
 */
#include "conformance/case.h"
#include "conformance/report/report.h"
#include "conformance/said.h"

#include <jansson.h>

static void passes(struct target *t)
{
	assert_out(run(t, "echo", "miaow"), "miaow\n");
}

static void fails(struct target *t)
{
	assert_out(run(t, "echo", "miaow"), "wuff\n");
}

static const char *const first[] = {"zoo/cats/1", NULL};
static const char *const second[] = {"zoo/cats/1", "zoo/cats/2", NULL};
static const char *const unknown[] = {"zoo/cats/9", NULL};
static const char *const sources[] = {"book", NULL};
static const struct spec_source books[] = {{"book", "The book of animals"}};

static struct spec_requirement requirements[] = {
	{.id = "zoo/cats/1", .text = "Purrs.", .example = "purr\n", .sources = sources, .line = 3},
	{.id = "zoo/cats/2",
	 .level = SPEC_CHOSEN,
	 .text = "Sleeps.",
	 .example = "",
	 .sources = sources},
	{.id = "zoo/dogs/1", .text = "Barks.", .example = "", .sources = sources, .not_yet = true},
	{.id = "zoo/dogs/2",
	 .text = "Dreams.",
	 .example = "",
	 .sources = sources,
	 .untestable = "who knows"},
};
static const struct spec spec = {
	.requirements = requirements, .count = 4, .sources = books, .source_count = 1};

static struct case_decl a = {.name = "a",
			     .file = "conformance/cases/zoo/cats.c",
			     .line = 5,
			     .body = passes,
			     .requirements = first};
static const struct case_decl b = {.name = "b",
				   .file = "conformance/cases/zoo/cats.c",
				   .line = 9,
				   .body = fails,
				   .requirements = second};
static const struct case_decl *const cases[] = {&b, &a};
static const struct suite suite = {.spec = &spec, .cases = cases, .case_count = 2};

static char profile[] = "/tmp/verbs_test.XXXXXX.ini";

#define CALL(verb, ...) said_by(verb, &suite, (const char *const[]){__VA_ARGS__, NULL})
#define RUN(...)        CALL(verb_run, "run", "--target", profile, __VA_ARGS__)

static void assert_said(const char *what)
{
	if (!strstr(said, what))
		fail_msg("\"%s\" is not in:\n%s", what, said);
}

static void assert_last_line(const char *line)
{
	size_t n = strlen(said), m = strlen(line);

	if (n < m || strcmp(said + n - m, line) != 0)
		fail_msg("last line is not %s in:\n%s", line, said);
}

static void test_list(void **state)
{
	(void)state;
	assert_int_equal(CALL(verb_list, "list"), 0);
	assert_said("zoo/cats/1               documented tested     zoo/cats/a zoo/cats/b\n");
	assert_said("zoo/dogs/1               documented not yet   \n");
	assert_said("zoo/dogs/2               documented untestable who knows\n");
	assert_last_line("4 requirements: 2 tested, 1 not yet, 1 untestable\n");
	assert_int_equal(CALL(verb_list, "list", "zoo/dogs"), 0);
	assert_last_line("2 requirements: 0 tested, 1 not yet, 1 untestable\n");
	assert_int_equal(CALL(verb_list, "list", "sea"), 2);
	assert_said("conform: list: no requirement matches \"sea\"");
	assert_int_equal(CALL(verb_list, "list", "--xml"), 2);
}

static void test_list_misses_a_reason(void **state)
{
	int status;

	(void)state;
	requirements[2].not_yet = false;
	status = CALL(verb_list, "list");
	requirements[2].not_yet = true;
	assert_int_equal(status, 1);
	assert_said("zoo/dogs/1               documented MISSING");
	assert_last_line("conform: list: 1 requirements have neither a case nor a reason\n");
}

static void test_list_json(void **state)
{
	const json_t *r;
	json_t *list;

	(void)state;
	assert_int_equal(CALL(verb_list, "list", "--json"), 0);
	list = json_loads(said, 0, NULL);
	assert_int_equal(json_array_size(list), 4);
	r = json_array_get(list, 1);
	assert_string_equal(json_string_value(json_object_get(r, "id")), "zoo/cats/2");
	assert_string_equal(json_string_value(json_object_get(r, "level")), "chosen");
	assert_string_equal(json_string_value(json_object_get(r, "state")), "tested");
	assert_string_equal(json_string_value(json_object_get(r, "reason")), "");
	assert_string_equal(json_string_value(json_object_get(r, "text")), "Sleeps.");
	assert_int_equal(json_array_size(json_object_get(r, "sources")), 1);
	assert_int_equal(json_array_size(json_object_get(r, "cases")), 1);
	r = json_array_get(list, 3);
	assert_string_equal(json_string_value(json_object_get(r, "reason")), "who knows");
	json_decref(list);
}

static void test_explain(void **state)
{
	(void)state;
	assert_int_equal(CALL(verb_explain, "explain", "zoo/cats/1"), 0);
	assert_string_equal(
		said, "zoo/cats/1  (documented, tested; SPEC.md line 3)\n\nPurrs.\n\n    purr\n"
		      "\nSources:\n  book: The book of animals\n\nCases:\n"
		      "  zoo/cats/a (conformance/cases/zoo/cats.c:5)\n"
		      "  zoo/cats/b (conformance/cases/zoo/cats.c:9)\n");
	assert_int_equal(CALL(verb_explain, "explain", "zoo/cats/b"), 0);
	assert_said("zoo/cats/2  (chosen, tested");
	assert_int_equal(CALL(verb_explain, "explain", "zoo/cats/9"), 2);
	assert_said("conform: explain: no requirement or case \"zoo/cats/9\"");
	assert_int_equal(CALL(verb_explain, "explain"), 2);
}

static void test_run(void **state)
{
	(void)state;
	assert_int_equal(RUN("--level", "documented"), 0);
	assert_last_line("1 passed, 0 failed, 0 skipped\n");
	assert_int_equal(RUN("--level", "chosen"), 1);
	assert_last_line("1 passed, 1 failed, 0 skipped\n");
	assert_said("fail: zoo/cats/b\n  zoo/cats/1: Purrs.\n  zoo/cats/2: Sleeps.\n");
	assert_said("--level chosen --seed 1 zoo/cats/b\n");
	assert_int_equal(RUN("--level", "chosen", "zoo/cats/2"), 1);
	assert_last_line("0 passed, 1 failed, 0 skipped\n");
	assert_int_equal(RUN("--level", "chosen", "--set", "expect-fail.zoo/cats/2=lazy"), 0);
	assert_last_line("1 passed, 0 failed, 1 skipped\n");
	assert_int_equal(RUN("--set", "expect-fail.zoo/cats/a=lazy"), 1);
	assert_said("unexpected pass zoo/cats/a");
	assert_int_equal(RUN("--level", "chosen", "--shard", "1/2"), 0);
	assert_last_line("1 passed, 0 failed, 0 skipped\n");
	assert_int_equal(RUN("--level", "chosen", "--shard", "2/2"), 1);
	assert_last_line("0 passed, 1 failed, 0 skipped\n");
}

static void test_run_refuses(void **state)
{
	(void)state;
	assert_int_equal(RUN("zoo/birds"), 2);
	assert_said("no case or requirement matches \"zoo/birds\"");
	assert_int_equal(RUN("zoo/dogs/1"), 2);
	assert_said("zoo/dogs/1 has no case yet");
	assert_int_equal(RUN("--level", "low"), 2);
	assert_int_equal(RUN("--shard", "0/2"), 2);
	assert_int_equal(RUN("--shard", "3/2"), 2);
	assert_int_equal(RUN("--seed", "-1"), 2);
	assert_int_equal(RUN("--overlay", "/tmp"), 2);
	assert_int_equal(RUN("--purr"), 2);
	assert_int_equal(RUN("--json"), 2);
	assert_int_equal(RUN("--json", "/no/such/folder/x"), 2);
	assert_said("conform: run: /no/such/folder/x: No such file or directory");
	assert_int_equal(CALL(verb_run, "run", "--target", "/no/such.ini"), 2);
	assert_said("conform: run: /no/such.ini: No such file or directory");
}

/* --- merge */

static char *parts[3]; /* of the suite, as JSON */

/* Runs the two shards of the suite and the whole of it. */
static void run_parts(void)
{
	for (int i = 0; i < 3; i++) {
		static const char *const shards[] = {"1/2", "2/2", "1/1"};

		parts[i] = memory_format("%s.%d", profile, i);
		RUN("--level", "chosen", "--shard", shards[i], "--json", parts[i]);
	}
}

static void free_parts(void)
{
	for (int i = 0; i < 3; i++) {
		unlink(parts[i]);
		free(parts[i]);
	}
}

/* Puts another text in place of one in a part. */
static void change_part(int part, const char *from, const char *to)
{
	static char text[65536];
	FILE *f = fopen(parts[part], "r+");
	size_t n;
	char *at;

	assert_non_null(f);
	n = fread(text, 1, sizeof(text) - 1, f);
	text[n] = '\0';
	at = strstr(text, from);
	assert_non_null(at);
	rewind(f);
	assert_int_equal(ftruncate(fileno(f), 0), 0);
	fprintf(f, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	fclose(f);
}

static void test_merge(void **state)
{
	char *merged[REPORT_FORMS];
	json_t *root, *whole;

	(void)state;
	run_parts();
	for (int i = 0; i < REPORT_FORMS; i++)
		merged[i] = memory_format("%s.merged%d", profile, i);
	assert_int_equal(CALL(verb_merge, "merge", parts[1], parts[0], "--junit", merged[0],
			      "--tap", merged[1], "--json", merged[2], "--html", merged[3]),
			 1);
	assert_last_line("1 passed, 1 failed, 0 skipped\n");
	assert_said("fail: zoo/cats/b\n  zoo/cats/1: Purrs.\n  zoo/cats/2: Sleeps.\n");
	assert_said("--level chosen --seed 1 zoo/cats/b\n");
	root = json_load_file(merged[2], 0, NULL);
	whole = json_load_file(parts[2], 0, NULL);
	assert_non_null(root);
	for (int i = 0; i < 2; i++) {
		static const char *const alike[] = {"id",     "verdict", "level", "requirements",
						    "reason", "file",    "line",  "replay"};
		json_t *is = json_array_get(json_object_get(root, "cases"), (size_t)i);
		json_t *wanted = json_array_get(json_object_get(whole, "cases"), (size_t)i);

		for (size_t k = 0; k < sizeof(alike) / sizeof(alike[0]); k++)
			assert_true(json_equal(json_object_get(is, alike[k]),
					       json_object_get(wanted, alike[k])));
	}
	assert_true(json_equal(json_object_get(root, "plan"), json_object_get(whole, "plan")));
	json_decref(root);
	json_decref(whole);
	/* What was merged is a result like any other. */
	assert_int_equal(CALL(verb_merge, "merge", merged[2]), 1);
	for (int i = 0; i < REPORT_FORMS; i++) {
		assert_int_equal(unlink(merged[i]), 0);
		free(merged[i]);
	}
	free_parts();
}

/* Each way in which files are not the shards of one run. */
static void test_merge_refuses(void **state)
{
	static const struct {
		const char *from, *to, *said;
	} rows[] = {
		{"\"shards\": 2", "\"shards\": 3", " is one of 3 shards, "},
		{"\"shard\": 2", "\"shard\": 3", ": shard 3 of 2"},
		{"\"shard\": 2", "\"shard\": 1", " are both shard 1 of 2"},
		{"\"target\": \"", "\"target\": \"not-", " is about target not-verbs_test"},
		{"\"seed\": 1", "\"seed\": 2", " were run with different options"},
		{"--level chosen", "--level inferred", " were run with different options"},
		{"\"plan\": \"", "\"plan\": \"0", " are of different suites or selections"},
		{"\"id\": \"zoo/cats/b\"", "\"id\": \"zoo/cats/a\"",
		 "case zoo/cats/a has a result"},
		{"\"id\": \"zoo/cats/b\"", "\"id\": \"zoo/cats/c\"", "has no case zoo/cats/c"},
		{"\"verdict\": \"fail\"", "\"verdict\": \"fine\"", "unknown verdict \"fine\""},
		{"\"verdict\": \"fail\",", "", "a case without its result"},
		{"\"cases\": [", "\"cases\": [], \"rest\": [", "are not those of the plan"},
		{"\"plan\"", "\"flan\"", "not a result of conform run"},
		{"{", "", ".ini.1:"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		run_parts();
		change_part(1, rows[i].from, rows[i].to);
		assert_int_equal(CALL(verb_merge, "merge", parts[0], parts[1]), 2);
		assert_said(rows[i].said);
		free_parts();
	}
	run_parts();
	assert_int_equal(CALL(verb_merge, "merge", parts[0]), 2);
	assert_said("conform: merge: shard 2 of 2 is missing\n");
	assert_int_equal(CALL(verb_merge, "merge", parts[0], parts[1], parts[0]), 2);
	assert_int_equal(CALL(verb_merge, "merge", parts[0], parts[2]), 2);
	assert_int_equal(CALL(verb_merge, "merge", parts[2], "--html", "/no/such/folder/x"), 2);
	requirements[1].text = "Yawns."; /* another version of the suite */
	assert_int_equal(CALL(verb_merge, "merge", parts[0], parts[1]), 2);
	requirements[1].text = "Sleeps.";
	assert_said("another version of the suite");
	assert_int_equal(CALL(verb_merge, "merge", parts[0], parts[1]), 1);
	free_parts();
	assert_int_equal(CALL(verb_merge, "merge", "/no/such/file"), 2);
	assert_int_equal(CALL(verb_merge, "merge"), 2);
	assert_int_equal(CALL(verb_merge, "merge", "--xml", "x"), 2);
	assert_int_equal(CALL(verb_merge, "merge", "--help"), 0);
}

/* Each verb says how it is used, with the options and exit statuses that scripts rely on. */
static void test_help(void **state)
{
	static const struct {
		int (*verb)(const struct suite *, int, char **);
		const char *name, *says[12];
	} rows[] = {
		{verb_run,
		 "run",
		 {"--target NAME|FILE", "--set SECTION.KEY=VALUE", "--overlay DIR", "--level LEVEL",
		  "--shard I/N", "--seed N", "--junit F --tap F --json F --html F", "[ID-GLOB]...",
		  "0 all passed, 1 some failed, 2 could not run"}},
		{verb_list,
		 "list",
		 {"list [--json] [ID-GLOB]...", "1 when a requirement has neither"}},
		{verb_explain, "explain", {"explain ID"}},
		{verb_lint,
		 "lint",
		 {"lint [--brand pamsc|ac] [--json] [FILE...]", "0 clean, 1 complaints, 2 "}},
		{verb_diff, "diff", {"OLD NEW", "0 compatible, 1 differences, 2 "}},
		{verb_merge, "merge", {"FILE...", "--junit F --tap F --json F --html F"}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(CALL(rows[i].verb, rows[i].name, "--help"), 0);
		for (const char *const *says = rows[i].says; *says; says++)
			assert_said(*says);
	}
}

static void test_unknown_requirement(void **state)
{
	int status;

	(void)state;
	a.requirements = unknown;
	status = RUN("zoo");
	a.requirements = first;
	assert_int_equal(status, 2);
	assert_said("conform: conformance/cases/zoo/cats.c:5: zoo/cats/9 is no requirement");
}

static int set_up(void **state)
{
	static const char text[] = "[target]\ntransport = local\n[commands]\necho = /bin/echo\n";
	int fd = mkstemps(profile, 4);

	(void)state;
	if (fd < 0 || write(fd, text, sizeof(text) - 1) != (ssize_t)sizeof(text) - 1)
		return -1;
	return close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list),      cmocka_unit_test(test_list_misses_a_reason),
		cmocka_unit_test(test_list_json), cmocka_unit_test(test_explain),
		cmocka_unit_test(test_run),       cmocka_unit_test(test_run_refuses),
		cmocka_unit_test(test_merge),     cmocka_unit_test(test_merge_refuses),
		cmocka_unit_test(test_help),      cmocka_unit_test(test_unknown_requirement),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
