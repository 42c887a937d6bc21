/* SPDX-License-Identifier: MIT */
/*
 * Tests of trail_record.c: the layout byte by byte, round trips, and damage of every kind at every
 * byte: whatever happens to a record, no other one comes out of it.
 */
#include "ref/core/trail_record.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(s) ((struct trail_text){s, sizeof(s) - 1})

static const struct trail_record_source sources[] = {{0, 1}, {3, UINT64_C(0x123456789abc)}};
static const struct trail_record_name names[] = {
	{1, 2, TRAIL_CLASS_OPEN, TEXT("open")},
	{2, 10, TRAIL_CLASS_DELETE, TEXT("unlink")},
};

static struct trail_record example(enum trail_record_type type)
{
	struct trail_record r = {
		.type = type, .source = 3, .pid = 2105, .time_ns = INT64_C(1171467330000000001)};

	switch (type) {
	case TRAIL_RECORD_BEGIN:
		r.begin.origin = UINT64_C(0xfedcba9876543210);
		r.begin.count = 2;
		r.begin.sources = sources;
		break;
	case TRAIL_RECORD_CALLS:
		r.calls.count = 2;
		r.calls.names = names;
		break;
	case TRAIL_RECORD_PROCESS:
		r.process = (struct trail_record_process){1, 100, 0, 20, 21, TEXT("vsftpd")};
		break;
	case TRAIL_RECORD_CALL:
		r.sequence = 7;
		r.call = (struct trail_record_call){
			.abi = 1,
			.number = 82,
			.class = TRAIL_CLASS_CREATE,
			.uid = 100,
			.euid = 0,
			.result = -13,
			.args = {1, 2, 3, UINT64_MAX},
			.path = TEXT("/a"),
			.second = TEXT("/b c"),
		};
		break;
	case TRAIL_RECORD_LOST:
		r.sequence = 9;
		r.lost = 40;
		break;
	}
	return r;
}

static void assert_same_text(struct trail_text a, struct trail_text b)
{
	assert_int_equal(a.length, b.length);
	assert_memory_equal(a.bytes, b.bytes, a.length);
}

static void assert_same_rows(const struct trail_record *in, const struct trail_record *out)
{
	size_t at = 0;

	if (in->type == TRAIL_RECORD_BEGIN) {
		assert_int_equal(in->begin.count, out->begin.count);
		assert_true(in->begin.origin == out->begin.origin);
		for (unsigned i = 0; i < in->begin.count; i++) {
			struct trail_record_source s;

			at = trail_record_source_at(out, at, &s);
			assert_int_equal(s.source, sources[i].source);
			assert_true(s.next == sources[i].next);
		}
		return;
	}
	assert_int_equal(in->calls.count, out->calls.count);
	for (unsigned i = 0; i < in->calls.count; i++) {
		struct trail_record_name n;

		at = trail_record_name_at(out, at, &n);
		assert_int_equal(n.abi, names[i].abi);
		assert_int_equal(n.number, names[i].number);
		assert_int_equal(n.class, names[i].class);
		assert_same_text(n.name, names[i].name);
	}
}

static void assert_same(const struct trail_record *in, const struct trail_record *out)
{
	assert_int_equal(in->type, out->type);
	assert_int_equal(in->source, out->source);
	assert_int_equal(in->pid, out->pid);
	assert_true(in->sequence == out->sequence);
	assert_true(in->time_ns == out->time_ns);
	switch (in->type) {
	case TRAIL_RECORD_PROCESS:
		assert_memory_equal(&in->process, &out->process,
				    offsetof(struct trail_record_process, program));
		assert_same_text(in->process.program, out->process.program);
		return;
	case TRAIL_RECORD_CALL:
		assert_int_equal(in->call.abi, out->call.abi);
		assert_int_equal(in->call.number, out->call.number);
		assert_int_equal(in->call.class, out->call.class);
		assert_int_equal(in->call.uid, out->call.uid);
		assert_int_equal(in->call.euid, out->call.euid);
		assert_true(in->call.result == out->call.result);
		assert_memory_equal(in->call.args, out->call.args, sizeof(in->call.args));
		assert_same_text(in->call.path, out->call.path);
		assert_same_text(in->call.second, out->call.second);
		return;
	case TRAIL_RECORD_LOST:
		assert_true(in->lost == out->lost);
		return;
	default:
		assert_same_rows(in, out);
	}
}

/* A trail of today must be readable tomorrow, and on machines of the other byte order. */
static void layout_is_fixed(void **state)
{
	static const unsigned char expected[] = {
		0x28, 0,    0,    0,    0x8e, 0xe1, 0xb7, 0xa0, 5, 0, 3, 0,    0x39, 8,
		0,    0,    9,    0,    0,    0,    0,    0,    0, 0, 1, 0x14, 0xa0, 0x76,
		0x54, 0xe3, 0x41, 0x10, 0x28, 0,    0,    0,    0, 0, 0, 0,
	};
	struct trail_record r = example(TRAIL_RECORD_LOST);
	unsigned char out[64];

	(void)state;
	assert_int_equal(trail_record_encode(&r, out, sizeof(out)), sizeof(expected));
	for (size_t i = 8; i < sizeof(expected); i++)
		assert_int_equal(out[i], expected[i]);
	assert_memory_equal(out, expected, sizeof(expected));
}

static void all_come_back(void **state)
{
	(void)state;
	for (int type = TRAIL_RECORD_BEGIN; type <= TRAIL_RECORD_LOST; type++) {
		struct trail_record in = example((enum trail_record_type)type);
		struct trail_record out;
		unsigned char data[512];
		size_t bytes = trail_record_encode(&in, data, sizeof(data));
		size_t used = 0;

		assert_true(bytes > TRAIL_RECORD_HEAD_BYTES);
		assert_int_equal(trail_record_decode(data, sizeof(data), &out, &used),
				 TRAIL_RECORD_OK);
		assert_int_equal(used, bytes);
		assert_same(&in, &out);
		for (size_t room = 0; room < bytes; room++)
			assert_int_equal(trail_record_encode(&in, data, room), 0);
	}
}

static void every_torn_end_is_torn(void **state)
{
	struct trail_record in = example(TRAIL_RECORD_CALL);
	struct trail_record out;
	unsigned char data[512];
	size_t bytes = trail_record_encode(&in, data, sizeof(data));
	size_t used;

	(void)state;
	for (size_t n = 0; n < bytes; n++)
		assert_int_equal(trail_record_decode(data, n, &out, &used), TRAIL_RECORD_TORN);
}

static void every_flipped_bit_is_found(void **state)
{
	(void)state;
	for (int type = TRAIL_RECORD_BEGIN; type <= TRAIL_RECORD_LOST; type++) {
		struct trail_record in = example((enum trail_record_type)type);
		unsigned char data[512];
		size_t bytes = trail_record_encode(&in, data, sizeof(data));

		for (size_t bit = 0; bit < 8 * bytes; bit++) {
			struct trail_record out;
			size_t used;

			data[bit / 8] ^= (unsigned char)(1 << bit % 8);
			assert_int_not_equal(trail_record_decode(data, bytes, &out, &used),
					     TRAIL_RECORD_OK);
			data[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
	}
}

static void what_is_no_event_has_no_number(void **state)
{
	struct trail_record in = example(TRAIL_RECORD_CALL);
	struct trail_record out;
	unsigned char data[512];
	size_t bytes;
	size_t used;

	(void)state;
	in.sequence = 0;
	bytes = trail_record_encode(&in, data, sizeof(data));
	assert_int_equal(trail_record_decode(data, bytes, &out, &used), TRAIL_RECORD_DAMAGED);
	in = example(TRAIL_RECORD_PROCESS);
	in.sequence = 1;
	bytes = trail_record_encode(&in, data, sizeof(data));
	assert_int_equal(trail_record_decode(data, bytes, &out, &used), TRAIL_RECORD_DAMAGED);
}

static void the_next_one_is_found_behind_damage(void **state)
{
	struct trail_record in = example(TRAIL_RECORD_CALL);
	unsigned char data[1024];
	size_t bytes = trail_record_encode(&in, data, sizeof(data));

	(void)state;
	assert_int_equal(trail_record_encode(&in, data + bytes, sizeof(data) - bytes), bytes);
	data[40] ^= 1;
	assert_int_equal(trail_record_resume(data, 2 * bytes), bytes);
	assert_int_equal(trail_record_resume(data, 2 * bytes - 1), 2 * bytes - 1);
}

static void classes_have_names(void **state)
{
	(void)state;
	assert_null(trail_class_name(0));
	assert_null(trail_class_name(TRAIL_CLASSES));
	for (unsigned i = 1; i < TRAIL_CLASSES; i++)
		assert_int_equal(trail_class_of(trail_class_name(i)), i);
	assert_int_equal(trail_class_of("opens"), 0);
	assert_int_equal(trail_class_of(""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layout_is_fixed),
		cmocka_unit_test(all_come_back),
		cmocka_unit_test(every_torn_end_is_torn),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(what_is_no_event_has_no_number),
		cmocka_unit_test(the_next_one_is_found_behind_damage),
		cmocka_unit_test(classes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
