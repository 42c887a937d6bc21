/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes message.c. What is taken as a request or an answer keeps to its limits and comes back the
 * same from what writing makes of it; what is refused is refused in words. No bytes are both.
 */
#include "ref/wire/message.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An exact copy without a terminator, so that a read beyond the end is seen. */
static char *exact_copy(const void *data, size_t bytes)
{
	char *copy = malloc(bytes + !bytes);

	assert(copy);
	memcpy(copy, data, bytes);
	return copy;
}

static bool request_taken(const char *text, size_t bytes)
{
	static struct message_request request, again;
	char why[MESSAGE_WHY_MAX] = "";
	int error = message_read_request(text, bytes, &request, why, sizeof(why));
	char *written;
	size_t n;

	assert(error == 0 || (error == -EBADMSG && *why));
	if (error)
		return false;
	assert(message_write_request(&request, &written, &n) == 0);
	assert(n <= PLATFORM_MESSAGE_MAX);
	assert(message_read_request(written, n, &again, why, sizeof(why)) == 0);
	assert(again.op == request.op && again.unload == request.unload);
	assert(again.next == request.next && again.record == request.record);
	assert(strcmp(again.daemon, request.daemon) == 0);
	assert(strcmp(again.commands, request.commands) == 0);
	assert(again.uid == request.uid && again.pid == request.pid);
	assert(strcmp(again.name, request.name) == 0);
	assert(strcmp(again.behind, request.behind) == 0);
	assert(strcmp(again.host, request.host) == 0 && strcmp(again.user, request.user) == 0);
	assert(strcmp(again.session, request.session) == 0);
	assert(again.password == request.password && again.trace == request.trace);
	assert(strcmp(again.text, request.text) == 0);
	assert(again.login == request.login);
	assert(strcmp(again.terminal, request.terminal) == 0);
	assert(strcmp(again.program, request.program) == 0);
	assert(again.stage == request.stage && again.code == request.code);
	free(written);
	return true;
}

static void check_call(const struct platform_call *a, const struct platform_call *b)
{
	assert(a->number == b->number && a->pid == b->pid && a->tid == b->tid);
	assert(a->ppid == b->ppid && a->uid == b->uid && a->movable == b->movable);
	assert(a->duration_ns == b->duration_ns && a->duration_ns >= 0);
	assert(strcmp(a->program, b->program) == 0);
}

static bool answer_taken(const char *text, size_t bytes)
{
	static struct message_answer answer, again;
	char why[MESSAGE_WHY_MAX] = "";
	int error = message_read_answer(text, bytes, &answer, why, sizeof(why));
	char *written;
	size_t n;

	assert(error == 0 || (error == -EBADMSG && *why));
	if (error)
		return false;
	assert(answer.call_count <= MESSAGE_CALLS_MAX);
	assert(message_write_answer(&answer, &written, &n) == 0);
	assert(message_read_answer(written, n, &again, why, sizeof(why)) == 0);
	assert(again.status == answer.status && again.pid == answer.pid);
	assert(again.monitor == answer.monitor && again.more == answer.more);
	assert(strcmp(again.text, answer.text) == 0 && strcmp(again.output, answer.output) == 0);
	assert(strcmp(again.user, answer.user) == 0);
	assert(strcmp(again.session, answer.session) == 0);
	assert(again.call_count == answer.call_count);
	for (unsigned i = 0; i < answer.call_count; i++)
		check_call(&answer.calls[i], &again.calls[i]);
	free(written);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = exact_copy(data, size);
	bool is_request = request_taken(text, size);

	assert(!answer_taken(text, size) || !is_request);
	free(text);
	return 0;
}
