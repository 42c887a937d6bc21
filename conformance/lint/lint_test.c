/* SPDX-License-Identifier: MIT */
/*
 * `conform lint` as a user calls it, over the captures in conformance/golden/captures, and the
 * cutting of a file into records: pieces of any size, blank lines, lines without end.
 */
#include "conformance/lint/capture.h"

#include "conformance/case.h"
#include "conformance/said.h"

#include <jansson.h>
#include <sys/mman.h>

#define CAPTURES "conformance/golden/captures/" /* from the root of the tree */

/* Calls the verb with the words of a line. */
static int lint(const char *line)
{
	char words[512];
	const char *argv[SAID_WORDS_MAX] = {"lint"};
	int argc = 1;

	snprintf(words, sizeof(words), "%s", line);
	for (char *at = words, *word; (word = strsep(&at, " "));)
		argv[argc++] = word;
	return said_by(verb_lint, NULL, argv);
}

/* A file with a text, given out from its beginning. */
static int file_of(const char *text, size_t length)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, length), (ssize_t)length);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

static void documented_examples_are_clean(void **state)
{
	(void)state;
	assert_int_equal(lint(CAPTURES "plain.txt " CAPTURES "padded.txt " CAPTURES "detailed.txt"),
			 0);
	assert_string_equal(said, "");
}

static void complaints(void **state)
{
	(void)state;
	assert_int_equal(lint(CAPTURES "faulty.txt"), 1);
	assert_string_equal(
		said, CAPTURES
		"faulty.txt:2:1: error: a day below ten has a leading zero "
		"[event/common/3]\n" CAPTURES
		"faulty.txt:4:1: error: a blank line before the record [seaudit/plain/6]\n" CAPTURES
		"faulty.txt:5:44: error: more fields than the record has [event/shutdown/1]\n");
}

/* The texts name the product: those of one brand are wrong for the other. */
static void brands(void **state)
{
	(void)state;
	assert_int_equal(lint("--brand ac " CAPTURES "detailed.txt"), 1);
	assert_non_null(strstr(said, "detailed.txt:9:14: error: "));
	assert_non_null(strstr(said, "detailed.txt:17:10: error: "));
	assert_non_null(strstr(said, " [seaudit/detail/20]\n"));
	assert_non_null(strstr(said, " [seaudit/detail/23]\n"));
}

static void json(void **state)
{
	(void)state;
	assert_int_equal(lint("--json " CAPTURES "detailed.txt"), 0);
	assert_string_equal(said,
			    "{\"type\":\"shutdown\",\"date\":\"24 Sep 2008\",\"time\":\"15:40:46\","
			    "\"status\":\"M\",\"origin\":\"unix\",\"user\":\"root\","
			    "\"session\":\"48da26ce:00000142\",\"stage\":452,"
			    "\"service\":\"seosd\"}\n"
			    "{\"type\":\"shutdown\",\"date\":\"23 Dec 2008\",\"time\":\"12:56:20\","
			    "\"status\":\"D\",\"origin\":\"windows\",\"user\":\"tst002\","
			    "\"session\":\"00000000:04c240d5\",\"stage\":460,"
			    "\"service\":\"seosd\"}\n"
			    "{\"type\":\"logout\",\"date\":\"29 Jan 2009\",\"time\":\"17:23:33\","
			    "\"status\":\"O\",\"origin\":\"unix\",\"user\":\"root\",\"stage\":49,"
			    "\"reason\":2,\"terminal\":\"computer.com\"}\n");
}

/* Texts of other than plain letters, as any reader of JSON takes them. */
static void json_texts(void **state)
{
	static const char *const users[] = {
		"D\\u", "a\"b", "\"", "\\", "\\\"x\\", "m\xc3\xbcller", "\xe2\x82\xac\"", "x\x7f"};

	(void)state;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		char *text =
			memory_format("24 Sep 2008 15:40:46 M SHUTDOWN %s 452 seosd\n", users[i]);
		int fd = file_of(text, strlen(text));
		char *name = memory_format("/proc/self/fd/%d", fd);
		json_t *root;

		if (strchr(users[i], 0x7f)) {
			assert_int_equal(lint(name), 1); /* a control character */
		} else {
			char *line = memory_format("--json %s", name);

			assert_int_equal(lint(line), 0);
			root = json_loads(said, 0, NULL);
			assert_non_null(root);
			assert_string_equal(json_string_value(json_object_get(root, "user")),
					    users[i]);
			json_decref(root);
			free(line);
		}
		close(fd);
		free(name);
		free(text);
	}
}

/* Bytes that are no text cannot be said in JSON, and nothing half is printed. */
static void json_not_utf8(void **state)
{
	static const char text[] = "24 Sep 2008 15:40:46 M SHUTDOWN \xff 452 seosd\n";
	int fd = file_of(text, strlen(text));
	char *line = memory_format("--json /proc/self/fd/%d", fd);

	(void)state;
	assert_int_equal(lint(line), 1);
	assert_non_null(
		strstr(said, ":1:1: error: not UTF-8: no JSON can say it [log/import/1]\n"));
	assert_null(strchr(said, '{'));
	free(line);
	close(fd);
}

static void wrong_usage(void **state)
{
	(void)state;
	assert_int_equal(lint("--brand hp"), 2);
	assert_int_equal(lint("--brand"), 2);
	assert_int_equal(lint("--color"), 2);
	assert_int_equal(lint(CAPTURES "no-such-file"), 2);
	assert_int_equal(lint(CAPTURES), 2);
	assert_int_equal(lint(CAPTURES "no-such-file " CAPTURES "faulty.txt"), 2);
	assert_non_null(strstr(said, "faulty.txt:2:1"));
	assert_int_equal(lint("--help"), 0);
}

/* --- cutting */

#define LINE "24 Sep 2008 15:40:46 M START seosd\n"

/* Records of more than one buffer; each whole, at its line. */
static void across_buffers(void **state)
{
	enum { RECORDS = 100000 };
	size_t length = strlen(LINE);
	char *text = malloc(RECORDS * length);
	struct capture_record r;
	struct capture *c;
	int fd;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < RECORDS; i++)
		memcpy(text + i * length, LINE, length);
	fd = file_of(text, RECORDS * length);
	c = capture_open(fd);
	for (size_t i = 0; i < RECORDS; i++) {
		assert_int_equal(capture_next(c, &r), 1);
		assert_int_equal(r.length, length - 1);
		assert_memory_equal(r.text, LINE, length - 1);
		assert_int_equal(r.line, i + 1);
		assert_false(r.blank || r.detailed || r.too_long);
	}
	assert_int_equal(capture_next(c, &r), 0);
	capture_close(c);
	close(fd);
	free(text);
}

/* A writer that gives a byte at a time is read like any other. */
static void from_a_pipe(void **state)
{
	static const char text[] = LINE "Label: 1\n\n" LINE "\n";
	struct capture_record r;
	struct capture *c;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, strlen(text)), (ssize_t)strlen(text));
	close(fds[1]);
	c = capture_open(fds[0]);
	assert_int_equal(capture_next(c, &r), 1);
	assert_true(r.detailed && !r.blank && r.line == 1);
	assert_int_equal(r.length, strlen(LINE "Label: 1"));
	assert_int_equal(capture_next(c, &r), 1);
	assert_true(!r.detailed && r.blank && r.line == 4);
	assert_int_equal(capture_next(c, &r), 0);
	assert_int_equal(capture_trailing_blanks(c), 1);
	capture_close(c);
	close(fds[0]);
}

/* A line of megabytes is one record that is too long; the next line is read again. */
static void lines_without_end(void **state)
{
	enum { LONG = 3 << 20 };
	char *text = malloc(LONG + sizeof(LINE));
	struct capture_record r;
	struct capture *c;
	int fd;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', LONG);
	text[LONG - 1] = '\n';
	memcpy(text + LONG, LINE, sizeof(LINE));
	fd = file_of(text, LONG + strlen(LINE));
	c = capture_open(fd);
	assert_int_equal(capture_next(c, &r), 1);
	assert_true(r.too_long && r.line == 1);
	assert_int_equal(capture_next(c, &r), 1);
	assert_int_equal(r.length, strlen(LINE) - 1);
	assert_int_equal(r.line, 2);
	assert_int_equal(capture_next(c, &r), 0);
	capture_close(c);
	close(fd);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documented_examples_are_clean),
		cmocka_unit_test(complaints),
		cmocka_unit_test(brands),
		cmocka_unit_test(json),
		cmocka_unit_test(json_texts),
		cmocka_unit_test(json_not_utf8),
		cmocka_unit_test(wrong_usage),
		cmocka_unit_test(across_buffers),
		cmocka_unit_test(from_a_pipe),
		cmocka_unit_test(lines_without_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
