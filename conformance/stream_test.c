/* SPDX-License-Identifier: MIT */
/*
 * Results on their way out of a guest: what goes in comes out, in whatever pieces; lost, foreign
 * and late lines are noticed; new taint is blamed on the case that was running.
 */
#include "conformance/stream.h"

#include "conformance/strbuf.h"

#include <stdlib.h>
#include <string.h>

static const char *const proves[] = {"zoo/cats/1", NULL};
static const struct case_decl decl = {.name = "x", .file = "cases/zoo.c", .requirements = proves};

static struct run run;
static char told[256];

static void tell_begin(struct run_sink *sink, size_t index, const char *id)
{
	(void)sink;
	(void)id;
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "b%zu ", index);
}

static void tell_end(struct run_sink *sink, size_t index, const struct outcome *o)
{
	(void)sink;
	snprintf(told + strlen(told), sizeof(told) - strlen(told), "e%zu:%s ", index,
		 verdict_name(o->verdict));
}

static struct run_sink sink = {.begin = tell_begin, .end = tell_end};

static int set_up(void **state)
{
	static const char *const ids[] = {"zoo/a", "zoo/b"};

	(void)state;
	told[0] = '\0';
	run = (struct run){.count = 2, .outcomes = memory_zeroed(2, sizeof(*run.outcomes))};
	for (size_t i = 0; i < 2; i++)
		run.outcomes[i] = (struct outcome){.decl = &decl,
						   .id = memory_format("%s", ids[i]),
						   .planned = true,
						   .verdict = VERDICT_MISSING};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_free(&run);
	return 0;
}

static void feed(struct stream_reader *r, const char *text, size_t piece)
{
	size_t left = strlen(text);

	while (left) {
		size_t n = left < piece ? left : piece;

		stream_read(r, text, n);
		text += n;
		left -= n;
	}
}

#define BEGIN(id) "{\"begin\":\"" id "\"}\n"
#define END(id, verdict, taint)                                                                    \
	"{\"end\":\"" id "\",\"verdict\":\"" verdict                                               \
	"\",\"ns\":5,\"reason\":\"r\",\"output\":\"o\",\"taint\":" taint "}\n"
#define DONE "{\"done\":2}\n"

static void test_written_and_read(void **state)
{
	struct outcome sent = {.decl = &decl,
			       .id = "zoo/b",
			       .verdict = VERDICT_FAIL,
			       .duration_ns = 1234567890123,
			       .reason = "quote \" and \\ and \t",
			       .output = "two\nlines\xff\n"};
	struct stream_writer w;
	struct stream_reader r;
	char *text = NULL;
	size_t bytes = 0;
	FILE *out = open_memstream(&text, &bytes);

	(void)state;
	stream_writer_open(&w, out, false);
	stream_write_kernel(&w);
	w.sink.begin(&w.sink, 1, "zoo/b");
	w.sink.end(&w.sink, 1, &sent);
	stream_write_console(&w, "zoo/a", "oops: 1\n");
	stream_write_failed(&w, "no power");
	stream_writer_close(&w, 1);
	fclose(out);
	for (size_t piece = 1; piece < bytes; piece += 7) {
		told[0] = '\0';
		stream_reader_open(&r, &run, &sink, ~0ul);
		feed(&r, text, piece);
		assert_string_equal(told, "b1 e1:fail ");
		assert_string_equal(run.outcomes[1].reason, sent.reason);
		assert_string_equal(run.outcomes[1].output, "two\nlines?\n");
		assert_true(run.outcomes[1].duration_ns == sent.duration_ns);
		assert_true(r.done);
		assert_false(r.broken);
		assert_int_equal(r.current, run.count);
		assert_string_equal(run.outcomes[0].console, "oops: 1\n");
		assert_string_equal(r.failed, "no power");
		assert_int_equal(run.fact_count, 1);
		assert_string_equal(run.facts[0].name, "kernel");
		stream_reader_close(&r);
	}
	free(text);
}

static void test_interrupted(void **state)
{
	struct stream_reader r;

	(void)state;
	stream_reader_open(&r, &run, &sink, 0);
	feed(&r, BEGIN("zoo/a") END("zoo/a", "pass", "0") BEGIN("zoo/b"), 1000);
	assert_int_equal(r.current, 1);
	assert_false(r.done);
	assert_null(run.outcomes[1].reason);
	stream_reader_close(&r);
}

static void test_foreign(void **state)
{
	static const char *const lines[] = {
		"hello\n",
		END("zoo/a", "pass", "0"),
		BEGIN("zoo/a") END("zoo/b", "pass", "0"),
		BEGIN("zoo/c") END("zoo/c", "pass", "0"),
		BEGIN("zoo/a") END("zoo/a", "splendid", "0"),
		"\n",
		"[]\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct stream_reader r;

		stream_reader_open(&r, &run, &sink, 0);
		feed(&r, lines[i], 1000);
		assert_true(r.broken);
		assert_null(run.outcomes[0].reason);
		stream_reader_close(&r);
	}
}

static void test_taint(void **state)
{
	struct stream_reader r;

	(void)state;
	stream_reader_open(&r, &run, &sink, 1ul << 12);
	feed(&r,
	     BEGIN("zoo/a") END("zoo/a", "pass", "4608") BEGIN("zoo/b") END("zoo/b", "pass", "4608")
		     DONE,
	     1000);
	assert_string_equal(told, "b0 e0:taint b1 e1:pass ");
	assert_string_equal(run.outcomes[0].reason, "the kernel got tainted: bits 0x200");
	assert_true(r.done);
	stream_reader_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_written_and_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_interrupted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_foreign, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_taint, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
