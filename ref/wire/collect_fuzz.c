/* SPDX-License-Identifier: MIT */
/*
 * Fuzzing of collect.c: the bytes are a message, and the body of a frame in one. A batch that is
 * read holds whole records in order and is written as it was read; one that is refused is refused
 * in words.
 */
#include "ref/wire/collect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const char *text, size_t bytes)
{
	static struct collect_batch batch, again;
	char why[128] = "";
	char *written;
	size_t n;

	if (collect_read(text, bytes, &batch, why, sizeof(why))) {
		assert(why[0]);
		return;
	}
	assert(batch.bytes > 0 && batch.bytes <= COLLECT_FRAMES_MAX);
	assert(collect_write(&batch, &written, &n) == 0);
	assert(collect_read(written, n, &again, why, sizeof(why)) == 0);
	assert(again.stream == batch.stream && again.bytes == batch.bytes);
	assert(memcmp(again.frames, batch.frames, batch.bytes) == 0);
	free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct collect_batch batch;
	char *written;
	size_t n;

	check((const char *)data, size);
	batch.stream = size;
	batch.bytes = size < COLLECT_FRAMES_MAX ? size : COLLECT_FRAMES_MAX;
	memcpy(batch.frames, data, batch.bytes);
	assert(collect_write(&batch, &written, &n) == 0);
	check(written, n);
	free(written);
	return 0;
}
