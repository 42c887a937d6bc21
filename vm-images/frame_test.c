/* SPDX-License-Identifier: MIT */
/*
 * Tests of frame.c: the same frames and lines however the stream is cut, and a stream that is none.
 */
#include "vm-images/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct heard {
	char text[1024];
	size_t len;
};

static void hear(struct heard *heard, const char *data, size_t len)
{
	assert_true(heard->len + len < sizeof(heard->text));
	memcpy(heard->text + heard->len, data, len);
	heard->len += len;
	heard->text[heard->len] = '\0';
}

static void hear_frame(void *context, const struct frame *frame)
{
	char head[64];
	int n = snprintf(head, sizeof(head), "[%s:%zu:", frame->kind, frame->len);

	hear(context, head, (size_t)n);
	hear(context, frame->payload, frame->len);
	hear(context, "]", 1);
}

static void hear_line(void *context, const char *line)
{
	hear(context, line, strlen(line));
	hear(context, "|", 1);
}

static void frames_do_not_depend_on_the_cut(void **state)
{
	static const char stream[] = "hello 3\n6.1\nout 5\na\n\0b]\nstart 0\n\nexit 1\n0\n";
	static const char wanted[] = "[hello:3:6.1][out:5:a\n\0b]][start:0:][exit:1:0]";

	(void)state;
	for (size_t cut = 1; cut < sizeof(stream); cut++) {
		struct frame_reader reader = {.head_len = 0};
		struct heard heard = {.len = 0};

		for (size_t at = 0; at < sizeof(stream) - 1; at += cut) {
			size_t left = sizeof(stream) - 1 - at;

			assert_int_equal(frame_feed(&reader, stream + at, left < cut ? left : cut,
						    hear_frame, &heard),
					 0);
		}
		assert_int_equal(heard.len, sizeof(wanted) - 1);
		assert_memory_equal(heard.text, wanted, sizeof(wanted) - 1);
	}
}

static void a_frame_may_have_the_largest_payload_and_no_more(void **state)
{
	static struct frame_reader reader;
	static char payload[FRAME_PAYLOAD_MAX];
	struct heard heard = {.len = 0};
	char head[32];
	int n = snprintf(head, sizeof(head), "taint %d\n", FRAME_PAYLOAD_MAX);

	(void)state;
	assert_int_equal(frame_feed(&reader, head, (size_t)n, hear_frame, &heard), 0);
	assert_int_equal(frame_feed(&reader, payload, sizeof(payload), hear_frame, &heard), 0);
	assert_int_equal(reader.got, FRAME_PAYLOAD_MAX);
	memset(&reader, 0, sizeof(reader));
	n = snprintf(head, sizeof(head), "taint %d\n", FRAME_PAYLOAD_MAX + 1);
	assert_int_equal(frame_feed(&reader, head, (size_t)n, hear_frame, &heard), -1);
}

static void what_is_no_frame_is_refused(void **state)
{
	static const char *const streams[] = {
		"\n",
		"out\n",
		" 3\nabc\n",
		"out -3\n",
		"out  3\n",
		"out 3x\nabc\n",
		"out 99999999999999999999\n",
		"out 3\nabcd",
		"a-kind-that-is-longer-than-any 3\nabc\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		struct frame_reader reader = {.head_len = 0};
		struct heard heard = {.len = 0};

		assert_int_equal(
			frame_feed(&reader, streams[i], strlen(streams[i]), hear_frame, &heard),
			-1);
		assert_int_equal(heard.len, 0);
	}
}

static void a_head_with_a_zero_byte_is_refused(void **state)
{
	static const char stream[] = "out 3\0\nabc\n";
	struct frame_reader reader = {.head_len = 0};
	struct heard heard = {.len = 0};

	(void)state;
	assert_int_equal(frame_feed(&reader, stream, sizeof(stream) - 1, hear_frame, &heard), -1);
	assert_int_equal(heard.len, 0);
}

static void lines_do_not_depend_on_the_cut(void **state)
{
	static const char stream[] = "one\r\n\ntwo three\nlast";

	(void)state;
	for (size_t cut = 1; cut < sizeof(stream); cut++) {
		struct line_reader reader = {.len = 0};
		struct heard heard = {.len = 0};

		for (size_t at = 0; at < sizeof(stream) - 1; at += cut) {
			size_t left = sizeof(stream) - 1 - at;

			assert_int_equal(line_feed(&reader, stream + at, left < cut ? left : cut,
						   hear_line, &heard),
					 0);
		}
		line_free(&reader, hear_line, &heard);
		assert_string_equal(heard.text, "one||two three|last|");
	}
}

static void count_line(void *context, const char *line)
{
	size_t *lens = context;

	lens[0]++;
	lens[lens[0]] = strlen(line);
}

static void a_line_too_long_comes_in_pieces(void **state)
{
	static char text[LINE_MAX_BYTES + 10];
	struct line_reader reader = {.len = 0};
	size_t lens[4] = {0};

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\n';
	assert_int_equal(line_feed(&reader, text, sizeof(text), count_line, lens), 0);
	line_free(&reader, count_line, lens);
	assert_int_equal(lens[0], 2);
	assert_int_equal(lens[1], LINE_MAX_BYTES);
	assert_int_equal(lens[2], 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frames_do_not_depend_on_the_cut),
		cmocka_unit_test(a_frame_may_have_the_largest_payload_and_no_more),
		cmocka_unit_test(what_is_no_frame_is_refused),
		cmocka_unit_test(a_head_with_a_zero_byte_is_refused),
		cmocka_unit_test(lines_do_not_depend_on_the_cut),
		cmocka_unit_test(a_line_too_long_comes_in_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
