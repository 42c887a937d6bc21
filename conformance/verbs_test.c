/* SPDX-License-Identifier: MIT */
/*
 * The verbs as a user calls them, with a small suite: exit status, what is printed, each mistake.
 */
#include "conformance/verbs.h"

#include "conformance/strbuf.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
static char said[65536]; /* on standard output, then on standard error */

/* Calls a verb with words and catches what it says. */
static int call(int (*verb)(const struct suite *, int, char **), const char *const *words)
{
	FILE *caught = tmpfile();
	int kept[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
	char *argv[16] = {0};
	int argc = 0, status;
	size_t n;

	assert_non_null(caught);
	while (words[argc]) {
		argv[argc] = memory_copied(words[argc], strlen(words[argc]));
		argc++;
	}
	fflush(NULL);
	dup2(fileno(caught), STDOUT_FILENO);
	dup2(fileno(caught), STDERR_FILENO);
	status = verb(&suite, argc, argv);
	fflush(NULL);
	dup2(kept[0], STDOUT_FILENO);
	dup2(kept[1], STDERR_FILENO);
	close(kept[0]);
	close(kept[1]);
	rewind(caught);
	n = fread(said, 1, sizeof(said) - 1, caught);
	said[n] = '\0';
	fclose(caught);
	while (argc)
		free(argv[--argc]);
	return status;
}

#define CALL(verb, ...) call(verb, (const char *const[]){__VA_ARGS__, NULL})
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
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_list_misses_a_reason),
		cmocka_unit_test(test_list_json),
		cmocka_unit_test(test_explain),
		cmocka_unit_test(test_run),
		cmocka_unit_test(test_run_refuses),
		cmocka_unit_test(test_unknown_requirement),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
