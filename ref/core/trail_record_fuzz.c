/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes trail_record.c. What is decoded stays within the data and its limits, and encodes to the
 * bytes it came from; behind damage, reading goes on at a record or at the end.
 */
#include "ref/core/logframe.h"
#include "ref/core/trail_record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_rows(struct trail_record *r, void **memory)
{
	bool begin = r->type == TRAIL_RECORD_BEGIN;
	unsigned count = begin ? r->begin.count : r->calls.count;
	struct trail_record_source *sources = calloc(count + 1, sizeof(*sources));
	struct trail_record_name *names = calloc(count + 1, sizeof(*names));
	size_t at = 0;

	assert(sources && names);
	for (unsigned i = 0; i < count; i++)
		at = begin ? trail_record_source_at(r, at, &sources[i])
			   : trail_record_name_at(r, at, &names[i]);
	memory[0] = sources;
	memory[1] = names;
	if (begin)
		r->begin.sources = sources;
	else
		r->calls.names = names;
}

static void check(struct trail_record *r, const uint8_t *data, size_t used)
{
	unsigned char *again = malloc(TRAIL_RECORD_MAX);
	void *memory[2] = {NULL, NULL};

	assert(again);
	if (r->type == TRAIL_RECORD_BEGIN || r->type == TRAIL_RECORD_CALLS)
		take_rows(r, memory);
	assert(trail_record_encode(r, again, TRAIL_RECORD_MAX) == used);
	assert(!memcmp(again, data, used));
	free(memory[0]);
	free(memory[1]);
	free(again);
}

/* With the right length and checksum, which no mutation would find. */
static void check_sealed(const uint8_t *data, size_t size)
{
	unsigned char *sealed;
	struct trail_record r;
	uint32_t crc;
	size_t used;

	if (size < TRAIL_RECORD_HEAD_BYTES || size > TRAIL_RECORD_MAX)
		return;
	sealed = malloc(size);
	assert(sealed);
	memcpy(sealed, data, size);
	for (unsigned i = 0; i < 4; i++)
		sealed[i] = (unsigned char)(size >> 8 * i);
	crc = logframe_crc(logframe_crc(0, sealed, 4), sealed + 8, size - 8);
	for (unsigned i = 0; i < 4; i++)
		sealed[4 + i] = (unsigned char)(crc >> 8 * i);
	if (trail_record_decode(sealed, size, &r, &used) == TRAIL_RECORD_OK) {
		assert(used == size);
		check(&r, sealed, used);
	}
	free(sealed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t at = 0;

	check_sealed(data, size);
	while (at < size) {
		struct trail_record r;
		size_t used = 0;
		enum trail_record_verdict v = trail_record_decode(data + at, size - at, &r, &used);

		if (v == TRAIL_RECORD_OK) {
			assert(used >= TRAIL_RECORD_HEAD_BYTES && used <= size - at);
			check(&r, data + at, used);
			at += used;
		} else {
			size_t skip = trail_record_resume(data + at, size - at);

			assert(skip > 0 && skip <= size - at);
			at += skip;
		}
	}
	return 0;
}
