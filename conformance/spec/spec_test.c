/* SPDX-License-Identifier: MIT */
/*
 * The parser of SPEC.md: a good document, and each kind of bad one with the complaint it gets; the
 * cross-check of sources; the marks.
 */
#include "conformance/spec/spec.h"
#include "conformance/spec/spec_check.h"
#include "conformance/strbuf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DOT " \xc2\xb7 "

/* Lines 1 to 10, before the areas. */
#define TOP                                                                                        \
	"# Zoo\n\nNot yet tested: 1 requirements.\n\n## Sources\n\n| key | document |\n"           \
	"|---|---|\n| book | The book of animals |\n\n"
#define CATS "## zoo\n\n### zoo/cats\n\nAnimals that purr.\n\n" /* lines 11 to 16 */
#define ONE                                                                                        \
	"#### zoo/cats/1\ndocumented" DOT "book\n\nA cat says `miaow`\nwhen it is hungry.\n\n"     \
	"    miaow\n    miaow\n\n" /* lines 17 to 25 */
#define TWO                                                                                        \
	"#### zoo/cats/2\nchosen" DOT "book, decision-P1" DOT "not yet\n\nA cat sleeps.\n\n" /* 26 \
											      */
#define THREE                                                                                      \
	"#### zoo/cats/3\ninferred" DOT "book" DOT "untestable: nobody can\n\nA cat dreams.\n\n"
#define END  "## Decisions\n\n### P1 When cats sleep\n\nAlways: zoo/cats/2.\n\n## Errata\n\n### X1\n"
#define GOOD TOP CATS ONE TWO THREE END

/* Parses; returns the complaints as text, to be freed. */
static char *complaints_of(struct spec *spec, const char *text)
{
	char *out = NULL;
	size_t bytes = 0;
	FILE *errors = open_memstream(&out, &bytes);
	unsigned n;

	assert_non_null(errors);
	n = spec_parse(spec, "S", text, errors);
	fclose(errors);
	assert_int_equal(n == 0, bytes == 0);
	return out;
}

static void test_good(void **state)
{
	struct spec s;
	char *complaints = complaints_of(&s, GOOD);

	(void)state;
	assert_string_equal(complaints, "");
	assert_int_equal(s.count, 3);
	assert_string_equal(s.requirements[0].id, "zoo/cats/1");
	assert_int_equal(s.requirements[0].level, SPEC_DOCUMENTED);
	assert_string_equal(s.requirements[0].text, "A cat says `miaow` when it is hungry.");
	assert_string_equal(s.requirements[0].example, "miaow\nmiaow\n");
	assert_int_equal(s.requirements[0].line, 17);
	assert_false(s.requirements[0].not_yet);
	assert_null(s.requirements[0].untestable);
	assert_string_equal(s.requirements[1].sources[1], "decision-P1");
	assert_null(s.requirements[1].sources[2]);
	assert_true(s.requirements[1].not_yet);
	assert_string_equal(s.requirements[2].untestable, "nobody can");
	assert_string_equal(spec_source_title(&s, "book"), "The book of animals");
	assert_string_equal(spec_source_title(&s, "decision-P1"), "P1 When cats sleep");
	assert_string_equal(s.topics[0].intro, "Animals that purr.");
	assert_int_equal(s.not_yet_stated, 1);
	assert_ptr_equal(spec_find(&s, "zoo/cats/2"), &s.requirements[1]);
	assert_null(spec_find(&s, "zoo/cats/4"));
	spec_free(&s);
	free(complaints);
}

static void test_bad(void **state)
{
	static const struct {
		const char *text;
		const char *complaint;
	} bad[] = {
		{TOP CATS ONE ONE TWO END,
		 "S:26: error: zoo/cats/1 stands where zoo/cats/2 belongs\n"},
		{TOP CATS ONE ONE TWO END,
		 "S:26: error: zoo/cats/1 is there twice, first on line 17\n"},
		{TOP CATS ONE THREE END,
		 "S:26: error: zoo/cats/3 stands where zoo/cats/2 belongs\n"},
		{TOP CATS "#### zoo/cats/1\nlikely" DOT "book\n\nText.\n" END,
		 "S:18: error: unknown level \"likely\": documented, inferred or chosen\n"},
		{TOP CATS "#### zoo/cats/1\ndocumented" DOT "film\n\nText.\n",
		 "S:17: error: zoo/cats/1 cites film, which is no source or decision\n"},
		{TOP CATS "#### zoo/cats/1\ndocumented" DOT "book, decision-P7\n\nText.\n" END,
		 "S:17: error: zoo/cats/1 cites decision-P7, which is no source or decision\n"},
		{TOP CATS "#### zoo/cats/1\ndocumented\n\nText.\n", "S:18: error: no sources: "},
		{TOP CATS "#### zoo/cats/1\ndocumented" DOT "the book\n\nText.\n",
		 "S:18: error: \"the book\" is not a source"},
		{TOP CATS "#### zoo/cats/1\nchosen" DOT "book\n\nText.\n",
		 "S:17: error: zoo/cats/1 is chosen, so it has to cite its decision-...\n"},
		{TOP CATS "#### zoo/cats/1\ndocumented" DOT "book" DOT "later\n\nText.\n",
		 "S:18: error: \"later\" is neither \"not yet\" nor \"untestable: WHY\"\n"},
		{TOP CATS "#### zoo/cats/1\ndocumented" DOT "book" DOT "untestable: \n\nText.\n",
		 "S:18: error: \"untestable:\" is neither"},
		{TOP CATS "#### zoo/cats/1\ndocumented" DOT "book" DOT "not yet" DOT "x\n\nText.\n",
		 "S:18: error: too many parts: \"x\"\n"},
		{TOP CATS "#### zoo/cats/1\ndocumented" DOT "book\n\n## Errata\n",
		 "S:17: error: zoo/cats/1 says nothing\n"},
		{TOP CATS "#### zoo/cats/1\n\n#### zoo/cats/2\n",
		 "S:19: error: zoo/cats/1 has no line LEVEL" DOT "SOURCES\n"},
		{TOP CATS "#### zoo/cats/one\ndocumented" DOT "book\n\nText.\n",
		 "S:17: error: \"zoo/cats/one\" is not an id: #### AREA/TOPIC/NUMBER\n"},
		{TOP CATS "#### zoo/cats/1\ndocumented" DOT "book\n\n```\nText.\n```\n",
		 "S:20: error: an example is indented by 4 blanks, not fenced\n"},
		{TOP CATS ONE "### zoo/cats\n", "S:26: error: topic zoo/cats is there twice\n"},
		{TOP CATS ONE "### sea/fish\n",
		 "S:26: error: \"sea/fish\" is not a topic of this area"},
		{TOP CATS ONE "## zoo\n", "S:26: error: area zoo is there twice\n"},
		{TOP "## zoo\n\n#### zoo/cats/1\n",
		 "S:13: error: a heading of depth 4 has no place here\n"},
		{TOP CATS "# Dogs\n\n" ONE,
		 "S:17: error: a heading of depth 1 has no place here\n"},
		{TOP CATS ONE "##### Lions\n\n" TWO,
		 "S:26: error: a heading of depth 5 has no place here\n"},
		{TOP CATS ONE "## Decisions\n\n### When cats sleep\n",
		 "S:28: error: a decision's heading is"},
		{TOP CATS ONE TWO END "See zoo/cats/9.\n",
		 "S:40: error: zoo/cats/9 is no requirement\n"},
		{"## Sources\n\n| book | One |\n| book | Two |\n",
		 "S:4: error: book is there twice\n"},
		{TOP, "S:10: error: no requirements: #### AREA/TOPIC/NUMBER\n"},
		{"Not yet tested: some requirements.\n" CATS ONE,
		 "S:1: error: write it \"Not yet tested: N requirements.\"\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct spec s;
		char *complaints = complaints_of(&s, bad[i].text);

		if (!strstr(complaints, bad[i].complaint)) {
			print_error("document %zu:\nexpected %s\nactual   %s\n", i,
				    bad[i].complaint, complaints);
			fail();
		}
		spec_free(&s);
		free(complaints);
	}
}

static void test_ids(void **state)
{
	(void)state;
	assert_int_equal(spec_id_length("zoo/cats/12"), 11);
	assert_int_equal(spec_id_length("zoo/cats/12."), 11);
	assert_int_equal(spec_id_length("zoo/cats/12b"), 0);
	assert_int_equal(spec_id_length("zoo/cats/12/3"), 0);
	assert_int_equal(spec_id_length("zoo/cats/12-x"), 0);
	assert_int_equal(spec_id_length("zoo/cats/"), 0);
	assert_int_equal(spec_id_length("zoo/cats"), 0);
	assert_int_equal(spec_id_length("zoo"), 0);
	assert_int_equal(spec_id_length(""), 0);
	assert_int_equal(spec_id_length("Zoo/cats/1"), 0);
}

/* Checks the good document with one source file; returns the complaints. */
static char *check_of(const char *path, const char *source, bool *claimed)
{
	struct spec s;
	struct spec_check c;
	char *out = NULL;
	size_t bytes = 0;
	FILE *errors = open_memstream(&out, &bytes);

	assert_int_equal(spec_parse(&s, "S", GOOD, stderr), 0);
	spec_check_begin(&c, &s, "S", errors);
	spec_check_file(&c, path, source);
	*claimed = c.has_case[0];
	spec_check_end(&c);
	fclose(errors);
	spec_free(&s);
	return out;
}

static void test_check(void **state)
{
	static const struct {
		const char *path, *source, *complaint;
		bool claimed;
	} files[] = {
		{"cases/zoo/cats.c", "\"zoo/cats/1\"", "", true},
		{"cases/zoo/cats.c", "/* zoo/cats/1 */", "S:17: error: zoo/cats/1 has no case",
		 false},
		{"ref/cat.c", "\"zoo/cats/1\"", "S:17: error: zoo/cats/1 has no case", false},
		{"ref/cat.c", "a\n/* zoo/cats/7 */",
		 "ref/cat.c:2: error: zoo/cats/7 is no requirement of S", false},
		{"ref/cat.c", "/* a/zoo/cats/7 sea/fish/1 zoo/cats/7/x */", "", false},
		{"cases/zoo/cats.c", "\"zoo/cats/1\", \"zoo/cats/2\"",
		 "S:26: error: zoo/cats/2 has a case: take the mark", true},
		{"cases/zoo/cats.c", "\"zoo/cats/1\", \"zoo/cats/3\"",
		 "S:31: error: zoo/cats/3 has a case, so it is not untestable", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		bool claimed;
		char *complaints = check_of(files[i].path, files[i].source, &claimed);

		assert_int_equal(claimed, files[i].claimed);
		if (!strstr(complaints, files[i].complaint)) {
			print_error("file %zu: %s\n", i, complaints);
			fail();
		}
		if (i == 0)
			assert_string_equal(complaints, "");
		free(complaints);
	}
}

static void test_count_is_checked(void **state)
{
	struct spec s;
	struct spec_check c;
	char *out = NULL;
	size_t bytes = 0;
	FILE *errors = open_memstream(&out, &bytes);

	(void)state;
	assert_int_equal(spec_parse(&s, "S", GOOD, stderr), 0);
	s.not_yet_stated = 2;
	spec_check_begin(&c, &s, "S", errors);
	spec_check_file(&c, "cases/zoo/cats.c", "\"zoo/cats/1\"");
	assert_int_equal(spec_check_end(&c), 1);
	fclose(errors);
	assert_string_equal(out, "S:3: error: the introduction has to say \"Not yet tested: 1 "
				 "requirements.\"\n");
	free(out);
	spec_free(&s);
}

/* A case for 2 and none for 1: the marks change places, all else stays. */
static void test_mark(void **state)
{
	static const char source[] = "\"zoo/cats/2\"";
	struct spec s;
	struct spec_check c;
	char *marked, *complaints;

	(void)state;
	assert_int_equal(spec_parse(&s, "S", GOOD, stderr), 0);
	spec_check_begin(&c, &s, "S", stderr);
	spec_check_file(&c, "cases/zoo/cats.c", source);
	marked = spec_marked(&c, GOOD);
	free(c.has_case);
	spec_free(&s);
	assert_non_null(strstr(marked, "#### zoo/cats/1\ndocumented" DOT "book" DOT "not yet\n"));
	assert_non_null(strstr(marked, "#### zoo/cats/2\nchosen" DOT "book, decision-P1\n"));
	assert_int_equal(strlen(marked), strlen(GOOD));

	complaints = complaints_of(&s, marked);
	assert_string_equal(complaints, "");
	spec_check_begin(&c, &s, "S", stderr);
	spec_check_file(&c, "cases/zoo/cats.c", source);
	assert_int_equal(spec_check_end(&c), 0);
	spec_free(&s);
	free(complaints);
	free(marked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_count_is_checked),
		cmocka_unit_test(test_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
