/* SPDX-License-Identifier: MIT */
/*
 * Tests of message.c: what is written is read back; anything else is refused with a reason and
 * without harm.
 */
#include "ref/wire/message.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void requests_come_back(void **state)
{
	static const struct message_request rows[] = {
		{.op = MESSAGE_SHUTDOWN},
		{.op = MESSAGE_SHUTDOWN, .unload = true},
		{.op = MESSAGE_SCAN, .next = true, .record = true},
		{.op = MESSAGE_STARTED, .daemon = "seagent"},
		{.op = MESSAGE_SELANG, .commands = "nu tst001 operator; su tst001"},
		{.op = MESSAGE_SETTING, .section = "logmgr", .token = "audit_size", .value = "50"},
		{.op = MESSAGE_HOSTS, .uid = 7, .pid = 8, .name = "pair", .behind = "host1"},
		{.op = MESSAGE_REMOTE,
		 .host = "h",
		 .user = "u",
		 .password = MESSAGE_PASSWORD_WRONG},
		{.op = MESSAGE_TRACE, .trace = MESSAGE_TRACE_ADD, .text = "a word"},
		{.op = MESSAGE_RELOAD},
		{.op = MESSAGE_STATISTICS},
		{.op = MESSAGE_TRUSTED, .name = "PROGRAM", .behind = "/bin/su"},
		{.op = MESSAGE_UNTRUST,
		 .name = "PROGRAM",
		 .behind = "/bin/su",
		 .stage = 1,
		 .code = 4},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct message_request r;
		char why[MESSAGE_WHY_MAX];
		size_t bytes;
		char *text;

		assert_int_equal(message_write_request(&rows[i], &text, &bytes), 0);
		assert_int_equal(message_read_request(text, bytes, &r, why, sizeof(why)), 0);
		assert_int_equal(r.op, rows[i].op);
		assert_int_equal(r.unload, rows[i].unload);
		assert_string_equal(r.section, rows[i].section);
		assert_string_equal(r.token, rows[i].token);
		assert_string_equal(r.value, rows[i].value);
		assert_int_equal(r.next, rows[i].next);
		assert_int_equal(r.record, rows[i].record);
		assert_string_equal(r.daemon, rows[i].daemon);
		assert_string_equal(r.commands, rows[i].commands);
		free(text);
	}
}

/* The largest answer there can be; every byte of a path takes two in JSON. */
static struct message_answer *full_answer(void)
{
	struct message_answer *a = calloc(1, sizeof(*a));

	assert_non_null(a);
	a->status = EXIT_USAGE;
	a->pid = 4265;
	a->monitor = a->more = true;
	a->call_count = MESSAGE_CALLS_MAX;
	memset(a->text, 't', sizeof(a->text) - 1);
	memset(a->output, 'o', sizeof(a->output) - 1);
	for (unsigned i = 0; i < MESSAGE_CALLS_MAX; i++) {
		a->calls[i] = (struct platform_call){
			.number = -1 - (int)i,
			.pid = 2147483647,
			.tid = 2147483647,
			.ppid = 2147483647,
			.uid = UINT32_MAX,
			.duration_ns = INT64_MAX,
			.movable = i % 2,
		};
		memset(a->calls[i].program, '\\', sizeof(a->calls[i].program) - 1);
	}
	return a;
}

static void the_largest_answer_fits_and_comes_back(void **state)
{
	struct message_answer *a = full_answer();
	struct message_answer *b = calloc(1, sizeof(*b));
	char why[MESSAGE_WHY_MAX];
	size_t bytes;
	char *text;

	(void)state;
	assert_non_null(b);
	assert_int_equal(message_write_answer(a, &text, &bytes), 0);
	assert_in_range(bytes, 1, PLATFORM_MESSAGE_MAX);
	if (message_read_answer(text, bytes, b, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(b->status, a->status);
	assert_int_equal(b->pid, a->pid);
	assert_true(b->monitor && b->more);
	assert_string_equal(b->text, a->text);
	assert_string_equal(b->output, a->output);
	assert_int_equal(b->call_count, a->call_count);
	for (unsigned i = 0; i < a->call_count; i++) {
		assert_int_equal(b->calls[i].number, a->calls[i].number);
		assert_int_equal(b->calls[i].pid, a->calls[i].pid);
		assert_int_equal(b->calls[i].tid, a->calls[i].tid);
		assert_int_equal(b->calls[i].ppid, a->calls[i].ppid);
		assert_int_equal(b->calls[i].uid, a->calls[i].uid);
		assert_int_equal(b->calls[i].duration_ns, a->calls[i].duration_ns);
		assert_int_equal(b->calls[i].movable, a->calls[i].movable);
		assert_string_equal(b->calls[i].program, a->calls[i].program);
	}
	free(text);
	free(a);
	free(b);
}

static void text_that_is_not_utf8_is_not_sent(void **state)
{
	struct message_answer *a = calloc(1, sizeof(*a));
	struct message_request r = {.op = MESSAGE_SELANG, .commands = "nu \377"};
	size_t bytes;
	char *text;

	(void)state;
	assert_non_null(a);
	assert_int_equal(message_write_request(&r, &text, &bytes), -EINVAL);
	assert_null(text);
	snprintf(a->text, sizeof(a->text), "\303");
	assert_int_equal(message_write_answer(a, &text, &bytes), -EINVAL);
	a->text[0] = '\0';
	a->call_count = 1;
	memset(a->calls[0].program, 0x80, 3);
	assert_int_equal(message_write_answer(a, &text, &bytes), -EINVAL);
	assert_null(text);
	free(a);
}

static void hostile_requests_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *why; /* a part of it */
	} rows[] = {
		{"", "byte 0"},
		{" ", "byte"},
		{"{", "byte 1"},
		{"{\"op\":\"scan\"", "byte"},
		{"[]", "not an object"},
		{"\"shutdown\"", "byte"},
		{"null", "byte"},
		{"{}", "key op is missing"},
		{"{\"op\":1}", "key op is not a text"},
		{"{\"op\":null}", "key op is not a text"},
		{"{\"op\":\"\"}", "unknown op"},
		{"{\"op\":\"Shutdown\",\"unload\":false}", "unknown op Shutdown"},
		{"{\"op\":\"shutdownshutdownshutdownshutdown\"}", "more than 31 bytes"},
		{"{\"op\":\"shutdown\"}", "key unload is missing"},
		{"{\"op\":\"shutdown\",\"unload\":1}", "key unload is not true or false"},
		{"{\"op\":\"shutdown\",\"unload\":\"true\"}", "key unload is not true or false"},
		{"{\"op\":\"shutdown\",\"unload\":false,\"unload\":true}", "duplicate"},
		{"{\"op\":\"shutdown\",\"unload\":false,\"uid\":0}", "unknown key uid"},
		{"{\"op\":\"shutdown\",\"unload\":false,\"user\":\"root\"}", "unknown key user"},
		{"{\"op\":\"shutdown\",\"unload\":false}x", "byte"},
		{"{\"op\":\"shutdown\",\"unload\":false}{}", "byte"},
		{"{\"op\":\"scan\",\"next\":false}", "key record is missing"},
		{"{\"op\":\"scan\",\"next\":[],\"record\":false}", "key next"},
		{"{\"op\":\"started\",\"daemon\":{}}", "key daemon is not a text"},
		{"{\"op\":\"started\",\"daemon\":\"sea\\u0000gent\"}", "byte"},
		{"{\"op\":\"selang\",\"commands\":[\"nu a\"]}", "key commands is not a text"},
		{"{\"op\":\"selang\",\"commands\":\"\377\"}", "byte"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct message_request r;
		char why[MESSAGE_WHY_MAX] = "";

		assert_int_equal(message_read_request(rows[i].text, strlen(rows[i].text), &r, why,
						      sizeof(why)),
				 -EBADMSG);
		if (!strstr(why, rows[i].why))
			fail_msg("%s: %s", rows[i].text, why);
	}
}

static void every_truncation_is_refused(void **state)
{
	const struct message_request request = {.op = MESSAGE_SELANG, .commands = "nu a admin"};
	struct message_answer *answer = full_answer();
	char why[MESSAGE_WHY_MAX];
	struct message_request r;
	size_t bytes;
	char *text;

	(void)state;
	assert_int_equal(message_write_request(&request, &text, &bytes), 0);
	for (size_t i = 0; i < bytes; i++) {
		char *part = malloc(i + 1); /* of the exact size, so that reading on is seen */

		assert_non_null(part);
		memcpy(part, text, i);
		assert_int_equal(message_read_request(part, i, &r, why, sizeof(why)), -EBADMSG);
		free(part);
	}
	free(text);
	assert_int_equal(message_write_answer(answer, &text, &bytes), 0);
	for (size_t i = 0; i < bytes; i += 997)
		assert_int_equal(message_read_answer(text, i, answer, why, sizeof(why)), -EBADMSG);
	free(text);
	free(answer);
}

static void deep_and_long_messages_are_refused(void **state)
{
	static char text[PLATFORM_MESSAGE_MAX];
	char why[MESSAGE_WHY_MAX];
	struct message_request r;
	int n;

	(void)state;
	memset(text, '[', sizeof(text));
	assert_int_equal(message_read_request(text, sizeof(text), &r, why, sizeof(why)), -EBADMSG);
	n = snprintf(text, sizeof(text), "{\"op\":\"selang\",\"commands\":\"%0*d\"}",
		     ACCESS_COMMANDS_BYTES_MAX - 1, 0);
	assert_int_equal(message_read_request(text, (size_t)n, &r, why, sizeof(why)), 0);
	assert_int_equal(strlen(r.commands), ACCESS_COMMANDS_BYTES_MAX - 1);
	n = snprintf(text, sizeof(text), "{\"op\":\"selang\",\"commands\":\"%0*d\"}",
		     ACCESS_COMMANDS_BYTES_MAX, 0);
	assert_int_equal(message_read_request(text, (size_t)n, &r, why, sizeof(why)), -EBADMSG);
	assert_non_null(strstr(why, "more than 4095 bytes"));
}

static void hostile_answers_are_refused(void **state)
{
#define ANSWER(status, pid, calls)                                                                 \
	"{\"status\":" status ",\"text\":\"\",\"pid\":" pid                                        \
	",\"monitor\":true,\"more\":false,\"user\":\"\",\"session\":\"\",\"calls\":" calls         \
	",\"output\":\"\"}"
#define CALL(pid, uid)                                                                             \
	"{\"number\":5,\"pid\":" pid ",\"tid\":1,\"ppid\":1,\"uid\":" uid                          \
	",\"duration_ns\":0,\"movable\":false,\"program\":\"/bin/bash\"}"
	static const struct {
		const char *text;
		const char *why; /* NULL: it is fine */
	} rows[] = {
		{ANSWER("0", "0", "[]"), NULL},
		{ANSWER("0", "0", "[" CALL("1", "0") "]"), NULL},
		{ANSWER("3", "0", "[]"), "key status is out of range"},
		{ANSWER("-1", "0", "[]"), "key status is out of range"},
		{ANSWER("0.0", "0", "[]"), "key status is not a whole number"},
		{ANSWER("0", "-1", "[]"), "key pid is out of range"},
		{ANSWER("0", "99999999999", "[]"), "key pid is out of range"},
		{ANSWER("0", "99999999999999999999", "[]"), "byte"},
		{ANSWER("0", "0", "{}"), "key calls is not a list"},
		{ANSWER("0", "0", "[1]"), "a call is not an object"},
		{ANSWER("0", "0", "[{}]"), "key number is missing"},
		{ANSWER("0", "0", "[" CALL("-2", "0") "]"), "key pid is out of range"},
		{ANSWER("0", "0", "[" CALL("1", "4294967296") "]"), "key uid is out of range"},
		{ANSWER("0", "0", "[{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}]"),
		 "more than 16 calls"},
	};
	struct message_answer *a = calloc(1, sizeof(*a));

	(void)state;
	assert_non_null(a);
	for (size_t i = 0; i < ROWS(rows); i++) {
		char why[MESSAGE_WHY_MAX] = "";
		int error = message_read_answer(rows[i].text, strlen(rows[i].text), a, why,
						sizeof(why));

		assert_int_equal(error, rows[i].why ? -EBADMSG : 0);
		if (rows[i].why && !strstr(why, rows[i].why))
			fail_msg("%s: %s", rows[i].text, why);
	}
	free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_come_back),
		cmocka_unit_test(the_largest_answer_fits_and_comes_back),
		cmocka_unit_test(text_that_is_not_utf8_is_not_sent),
		cmocka_unit_test(hostile_requests_are_refused),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(deep_and_long_messages_are_refused),
		cmocka_unit_test(hostile_answers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
