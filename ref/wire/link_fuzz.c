/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the messages of link.c. What is taken as a request or an answer keeps to its limits and
 * comes back the same from what writing makes of it; what is refused is refused in words.
 */
#include "ref/wire/link.h"
#include "ref/wire/message.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool request_taken(const char *text, size_t bytes)
{
	struct link_request request, again;
	char why[MESSAGE_WHY_MAX] = "";
	int error = link_read_request(text, bytes, &request, why, sizeof(why));
	char *written;
	size_t n;

	assert(error == 0 || (error == -EBADMSG && *why));
	if (error)
		return false;
	assert(request.user[0] && !strpbrk(request.user, " \t\n\033"));
	assert(link_write_request(&request, &written, &n) == 0 && n <= PLATFORM_MESSAGE_MAX);
	assert(link_read_request(written, n, &again, why, sizeof(why)) == 0);
	assert(strcmp(again.user, request.user) == 0);
	assert(strcmp(again.session, request.session) == 0);
	assert(again.has_password == request.has_password);
	assert(strcmp(again.password, request.password) == 0);
	free(written);
	return true;
}

static bool answer_taken(const char *text, size_t bytes)
{
	struct link_answer answer, again;
	char why[MESSAGE_WHY_MAX] = "";
	int error = link_read_answer(text, bytes, &answer, why, sizeof(why));
	char *written;
	size_t n;

	assert(error == 0 || (error == -EBADMSG && *why));
	if (error)
		return false;
	assert(answer.result <= LINK_PASSWORD);
	assert(link_write_answer(&answer, &written, &n) == 0 && n <= PLATFORM_MESSAGE_MAX);
	assert(link_read_answer(written, n, &again, why, sizeof(why)) == 0);
	assert(again.result == answer.result && strcmp(again.text, answer.text) == 0);
	free(written);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + !size); /* exact, so that a read beyond the end is seen */
	bool is_request;

	assert(text);
	memcpy(text, data, size);
	is_request = request_taken(text, size);
	assert(!answer_taken(text, size) || !is_request);
	free(text);
	return 0;
}
