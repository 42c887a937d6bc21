/* SPDX-License-Identifier: MIT */
/*
 * The report writers over one small run that has every kind of outcome and every awkward character:
 * TAP and JUnit byte for byte, JSON read back, HTML balanced and self-contained.
 */
#include "conformance/report/report.h"

#include "conformance/strbuf.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const one[] = {"zoo/cats/1", NULL};
static const char *const two[] = {"zoo/cats/2", NULL};

static const struct spec_requirement requirements[] = {
	{.id = "zoo/cats/1",
	 .text = "A `cat` <purrs>.",
	 .example = "purr & purr\n",
	 .sources = one + 1},
	{.id = "zoo/cats/2",
	 .level = SPEC_CHOSEN,
	 .text = "It sleeps.",
	 .example = "",
	 .sources = one + 1},
	{.id = "zoo/dogs/1", .text = "Barks.", .example = "", .sources = one + 1, .not_yet = true},
};
static const struct spec_topic topics[] = {{"zoo/cats", "Cats."}, {"zoo/dogs", ""}};
static const struct spec spec = {
	.requirements = requirements, .count = 3, .topics = topics, .topic_count = 2};

static const struct case_decl purrs = {
	.name = "purrs", .file = "conformance/cases/zoo/cats.c", .line = 7, .requirements = one};
static const struct case_decl sleeps = {
	.name = "sleeps", .file = "conformance/cases/zoo/cats.c", .line = 17, .requirements = two};

#define OUTCOME(decl_, id_, verdict_, reason_, output_, console_)                                  \
	{                                                                                          \
		.decl = &(decl_), .id = "zoo/cats/" id_, .verdict = verdict_, .planned = true,     \
		.duration_ns = 1500000, .reason = (char *)(reason_), .output = (char *)(output_),  \
		.console = (char *)(console_)                                                      \
	}

static struct outcome outcomes[] = {
	OUTCOME(purrs, "a", VERDICT_PASS, "", "", ""),
	OUTCOME(purrs, "b", VERDICT_FAIL, "x < \"y\" # & z",
		"line <1>\n  ]]> \x1b[31m\xff\xc3\xa9\n", ""),
	OUTCOME(sleeps, "c", VERDICT_SKIP, "no #bed", "", ""),
	OUTCOME(sleeps, "d", VERDICT_XFAIL, "known", "o\n", ""),
	OUTCOME(sleeps, "e", VERDICT_PANIC, "Kernel panic", "", "[ 1.0] oops\n"),
};

static struct run run = {
	.spec = &spec,
	.target = "test",
	.replay = (char *)"conform run",
	.seed = 7,
	.started_s = 1356610867,
	.wall_ns = 2500000000,
	.outcomes = outcomes,
	.count = sizeof(outcomes) / sizeof(outcomes[0]),
	.facts = {{"kernel", (char *)"Linux <6.1>"}},
	.fact_count = 1,
};

static char *written(int (*report)(const struct run *, FILE *))
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(report(&run, out), 0);
	fclose(out);
	return text;
}

static void test_tap(void **state)
{
	char *text = written(report_tap);

	(void)state;
	assert_string_equal(text, "TAP version 14\n"
				  "1..5\n"
				  "# target test, seed 7\n"
				  "ok 1 - zoo/cats/a\n"
				  "not ok 2 - zoo/cats/b\n"
				  "  ---\n"
				  "  verdict: fail\n"
				  "  message: \"x < \\\"y\\\" # & z\"\n"
				  "  requirements:\n"
				  "    - zoo/cats/1\n"
				  "  duration_ms: 1.500\n"
				  "  at: \"conformance/cases/zoo/cats.c:7\"\n"
				  "  replay: \"conform run zoo/cats/b\"\n"
				  "  output: |2-\n"
				  "    line <1>\n"
				  "      ]]> \xef\xbf\xbd[31m\xef\xbf\xbd\xc3\xa9\n"
				  "  ...\n"
				  "ok 3 - zoo/cats/c # SKIP no \\#bed\n"
				  "not ok 4 - zoo/cats/d # TODO known\n"
				  "  ---\n"
				  "  verdict: expected failure\n"
				  "  message: \"known\"\n"
				  "  requirements:\n"
				  "    - zoo/cats/2\n"
				  "  duration_ms: 1.500\n"
				  "  at: \"conformance/cases/zoo/cats.c:17\"\n"
				  "  replay: \"conform run zoo/cats/d\"\n"
				  "  output: |2-\n"
				  "    o\n"
				  "  ...\n"
				  "not ok 5 - zoo/cats/e\n"
				  "  ---\n"
				  "  verdict: panic\n"
				  "  message: \"Kernel panic\"\n"
				  "  requirements:\n"
				  "    - zoo/cats/2\n"
				  "  duration_ms: 1.500\n"
				  "  at: \"conformance/cases/zoo/cats.c:17\"\n"
				  "  replay: \"conform run zoo/cats/e\"\n"
				  "  console: |2-\n"
				  "    [ 1.0] oops\n"
				  "  ...\n");
	free(text);
}

static void test_junit(void **state)
{
	char *text = written(report_junit);

	(void)state;
	assert_string_equal(
		text,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"test\" tests=\"5\" failures=\"2\" skipped=\"2\" time=\"2.500\" "
		"timestamp=\"2012-12-27T12:21:07\">\n"
		"  <testsuite name=\"zoo/cats\" tests=\"5\" failures=\"1\" errors=\"1\" "
		"skipped=\"2\" "
		"time=\"0.007\">\n"
		"    <testcase classname=\"test.zoo/cats\" name=\"purrs\" "
		"file=\"conformance/cases/zoo/cats.c\" line=\"7\" time=\"0.002\"/>\n"
		"    <testcase classname=\"test.zoo/cats\" name=\"purrs\" "
		"file=\"conformance/cases/zoo/cats.c\" line=\"7\" time=\"0.002\">\n"
		"      <failure type=\"fail\" message=\"x &lt; &quot;y&quot; # &amp; z\">line "
		"&lt;1&gt;\n"
		"  ]]&gt; \xef\xbf\xbd[31m\xef\xbf\xbd\xc3\xa9\n"
		"\n"
		"replay: conform run zoo/cats/b</failure>\n"
		"    </testcase>\n"
		"    <testcase classname=\"test.zoo/cats\" name=\"sleeps\" "
		"file=\"conformance/cases/zoo/cats.c\" line=\"17\" time=\"0.002\">\n"
		"      <skipped message=\"no #bed\"/>\n"
		"    </testcase>\n"
		"    <testcase classname=\"test.zoo/cats\" name=\"sleeps\" "
		"file=\"conformance/cases/zoo/cats.c\" line=\"17\" time=\"0.002\">\n"
		"      <skipped message=\"known\"/>\n"
		"    </testcase>\n"
		"    <testcase classname=\"test.zoo/cats\" name=\"sleeps\" "
		"file=\"conformance/cases/zoo/cats.c\" line=\"17\" time=\"0.002\">\n"
		"      <error type=\"panic\" message=\"Kernel panic\">\n"
		"replay: conform run zoo/cats/e</error>\n"
		"      <system-err>[ 1.0] oops\n"
		"</system-err>\n"
		"    </testcase>\n"
		"  </testsuite>\n"
		"</testsuites>\n");
	free(text);
}

static void test_json(void **state)
{
	char *text = written(report_json);
	json_t *root = json_loads(text, 0, NULL);
	const json_t *failed = json_array_get(json_object_get(root, "cases"), 1);
	const json_t *totals = json_object_get(root, "totals");

	(void)state;
	assert_non_null(root);
	assert_int_equal(json_array_size(json_object_get(root, "cases")), 5);
	assert_int_equal(json_integer_value(json_object_get(totals, "passed")), 1);
	assert_int_equal(json_integer_value(json_object_get(totals, "failed")), 2);
	assert_int_equal(json_integer_value(json_object_get(totals, "skipped")), 2);
	assert_string_equal(json_string_value(json_object_get(failed, "verdict")), "fail");
	assert_string_equal(json_string_value(json_object_get(failed, "reason")),
			    "x < \"y\" # & z");
	assert_string_equal(json_string_value(json_object_get(failed, "replay")),
			    "conform run zoo/cats/b");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(root, "facts"), "kernel")),
		"Linux <6.1>");
	json_decref(root);
	free(text);
}

static size_t count_of(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void test_html(void **state)
{
	static const char *const pairs[][2] = {
		{"<div", "</div>"},         {"<details", "</details>"},
		{"<section", "</section>"}, {"<summary>", "</summary>"},
		{"<pre>", "</pre>"},        {"<figure>", "</figure>"},
		{"<code>", "</code>"},      {"<p", "</p>"},
	};
	char *text = written(report_html);
	const char *body = strstr(text, "</style>");

	(void)state;
	assert_non_null(body);
	for (size_t i = 1; i < sizeof(pairs) / sizeof(pairs[0]) - 1; i++)
		if (count_of(body, pairs[i][0]) != count_of(body, pairs[i][1]))
			fail_msg("%s is not closed", pairs[i][0]);
	assert_non_null(strstr(body, "A <code>cat</code> &lt;purrs&gt;."));
	assert_non_null(strstr(body, "purr &amp; purr"));
	assert_non_null(strstr(body, "conform run zoo/cats/b"));
	assert_non_null(strstr(body, "[ 1.0] oops"));
	assert_non_null(strstr(body, "Linux &lt;6.1&gt;"));
	assert_int_equal(count_of(body, "class=\"req fail\""), 2);
	assert_int_equal(count_of(body, "class=\"req todo\""), 1);
	assert_null(strstr(text, "http"));
	assert_null(strstr(text, "src="));
	assert_null(strstr(text, "url("));
	free(text);
}

static int fails(const struct run *r, FILE *out)
{
	(void)r;
	(void)out;
	return -5;
}

static void test_written_whole_or_not_at_all(void **state)
{
	char path[] = "/tmp/report_test.XXXXXX";
	char *left;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(report_write(&run, report_tap, path), 0);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	assert_int_equal(report_write(&run, fails, path), -5);
	assert_int_equal(access(path, F_OK), -1);
	left = memory_format("%s.new", path);
	assert_int_equal(access(left, F_OK), -1);
	free(left);
	assert_true(report_write(&run, report_tap, "/no/such/folder/x") < 0);
}

static void test_requirement_verdicts(void **state)
{
	(void)state;
	assert_int_equal(run_requirement_verdict(&run, "zoo/cats/1"), VERDICT_FAIL);
	assert_int_equal(run_requirement_verdict(&run, "zoo/cats/2"), VERDICT_PANIC);
	assert_int_equal(run_requirement_verdict(&run, "zoo/dogs/1"), VERDICT_MISSING);
}

static void test_globs(void **state)
{
	static const struct {
		const char *glob;
		bool matches;
	} globs[] = {
		{"zoo/cats/purrs", true},
		{"zoo/cats/*", true},
		{"zoo/*", true},
		{"*purr*", true},
		{"zoo", true},
		{"zoo/cats", true},
		{"zoo/cats/1", true},
		{"zoo/cats/[12]", true},
		{"zoo/cats/12", false},
		{"zo", false},
		{"zoo/cat", false},
		{"zoo/cats/", false},
		{"zoo/dogs", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(globs) / sizeof(globs[0]); i++)
		if (case_matches(globs[i].glob, "zoo/cats/purrs", one) != globs[i].matches)
			fail_msg("%s", globs[i].glob);
}

static void test_case_ids(void **state)
{
	struct case_decl d = purrs;
	char id[CASE_ID_MAX], small[8];

	(void)state;
	assert_int_equal(case_id(&d, id, sizeof(id)), 0);
	assert_string_equal(id, "zoo/cats/purrs");
	d.file = "/somewhere/else/conformance/cases/zoo/cats.c";
	assert_int_equal(case_id(&d, id, sizeof(id)), 0);
	assert_string_equal(id, "zoo/cats/purrs");
	assert_true(case_id(&d, small, sizeof(small)) < 0);
	d.file = "conformance/other.c";
	assert_true(case_id(&d, id, sizeof(id)) < 0);
}

static void test_verdict_names(void **state)
{
	(void)state;
	for (int v = 0; v < VERDICTS; v++)
		assert_int_equal(verdict_parse(verdict_name((enum verdict)v)), v);
	assert_int_equal(verdict_parse("splendid"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tap),
		cmocka_unit_test(test_junit),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_written_whole_or_not_at_all),
		cmocka_unit_test(test_requirement_verdicts),
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_case_ids),
		cmocka_unit_test(test_verdict_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
