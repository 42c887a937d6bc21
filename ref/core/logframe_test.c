/* SPDX-License-Identifier: MIT */
/*
 * Tests of logframe.c: the layout byte by byte, round trips, and damage of every kind at every
 * byte: whatever happens to a frame, no other record comes out of it.
 */
#include "ref/core/logframe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void make_full(struct audit_record *r, enum record_type type, enum record_origin origin)
{
	record_init(r, type, -1222264846, record_kind(type, origin)->statuses[0]);
	r->origin = origin;
	for (unsigned field = 0; field < RECORD_TEXTS; field++)
		assert_int_equal(record_set_text(r, field, record_field_name(field)), 0);
	r->stage = 452;
	r->reason = -2;
	r->message = INT32_MAX;
	r->real_uid = INT32_MIN;
	r->os_user = true;
}

static void assert_same(const struct audit_record *a, const struct audit_record *b)
{
	const struct record_kind *kind = record_kind(a->type, a->origin);

	assert_int_equal(a->type, b->type);
	assert_int_equal(a->origin, b->origin);
	assert_int_equal(a->status, b->status);
	assert_true(a->time_s == b->time_s);
	for (unsigned i = 0; i < kind->column_count; i++) {
		enum record_field field = kind->columns[i];

		if (field < RECORD_TEXTS)
			assert_string_equal(record_text(a, field), record_text(b, field));
		else
			assert_int_equal(record_number(a, field), record_number(b, field));
	}
}

static void checksum_is_crc32c(void **state)
{
	(void)state;
	assert_int_equal(logframe_crc(0, (const unsigned char *)"", 0), 0);
	assert_int_equal(logframe_crc(0, (const unsigned char *)"123456789", 9), 0xe3069283);
	assert_int_equal(logframe_crc(logframe_crc(0, (const unsigned char *)"1234", 4),
				      (const unsigned char *)"56789", 5),
			 0xe3069283);
}

/* A log of today must be readable tomorrow, and on machines of the other byte order. */
static void layout_is_fixed(void **state)
{
	static const unsigned char expected[] = {
		'P',  'A',  'M',  'A',  1,    0,    0,    0,    /* magic, version, zero */
		19,   0,    0,    0,    0x00, 0x00, 0x00, 0x00, /* length, checksum of the body */
		0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0,    0,    /* number, zero */
		0x00, 0x00, 0x00, 0x00,                         /* checksum of the head */
		0x4e, 0x61, 0xda, 0x48, 0,    0,    0,    0,    /* time 0x48da614e */
		11,   'M',  0,    0,                            /* type, status, origin, module */
		5,    0,    's',  'e',  'o',  's',  'd',        /* the only column */
	};
	unsigned char frame[LOGFRAME_MAX];
	struct audit_record r;

	(void)state;
	record_init(&r, RECORD_START, 0x48da614e, 'M');
	assert_int_equal(record_set_text(&r, RECORD_SERVICE, "seosd"), 0);
	assert_int_equal(logframe_encode(&r, 0x334455667788, frame), sizeof(expected));
	assert_memory_equal(frame, expected, 12);
	assert_memory_equal(frame + 16, expected + 16, 8);
	assert_memory_equal(frame + 28, expected + 28, sizeof(expected) - 28);
}

static void round_trip(void **state)
{
	unsigned char frame[LOGFRAME_MAX];
	struct audit_record r;
	struct audit_record back;

	(void)state;
	for (unsigned type = 1; type <= RECORD_TYPES; type++) {
		for (unsigned origin = RECORD_UNIX; origin <= RECORD_WINDOWS; origin++) {
			uint64_t sequence = 0;
			size_t used = 0;
			size_t length;

			make_full(&r, type, origin);
			length = logframe_encode(&r, type, frame);
			assert_int_equal(logframe_decode(frame, length, &back, &sequence, &used),
					 LOGFRAME_OK);
			assert_int_equal(used, length);
			assert_int_equal(sequence, type);
			assert_same(&r, &back);
			/* What follows does not matter. */
			assert_int_equal(
				logframe_decode(frame, sizeof(frame), &back, &sequence, &used),
				LOGFRAME_OK);
			assert_int_equal(used, length);
		}
	}
}

static void the_longest_record_fits(void **state)
{
	char filler[RECORD_TEXT_MAX];
	unsigned char frame[LOGFRAME_MAX];
	struct audit_record r;
	struct audit_record back;
	uint64_t sequence;
	size_t used;

	(void)state;
	memset(filler, 'x', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	for (unsigned type = 1; type <= RECORD_TYPES; type++) {
		size_t length;

		make_full(&r, type, RECORD_UNIX);
		for (unsigned field = 0; field < RECORD_TEXTS; field++)
			record_cut_text(&r, field, filler);
		length = logframe_encode(&r, 1, frame);
		assert_in_range(length, 1, sizeof(frame));
		assert_int_equal(logframe_decode(frame, length, &back, &sequence, &used),
				 LOGFRAME_OK);
		assert_same(&r, &back);
	}
}

static void torn_at_every_byte(void **state)
{
	unsigned char frame[LOGFRAME_MAX];
	struct audit_record r;
	uint64_t sequence;
	size_t used;

	(void)state;
	for (unsigned type = 1; type <= RECORD_TYPES; type++) {
		size_t length;

		make_full(&r, type, RECORD_UNIX);
		length = logframe_encode(&r, 7, frame);
		for (size_t left = 0; left < length; left++) {
			/* In memory of that size, so that a read beyond it is seen. */
			unsigned char *torn = test_malloc(left);

			memcpy(torn, frame, left);
			assert_int_equal(logframe_decode(torn, left, &r, &sequence, &used),
					 LOGFRAME_TORN);
			test_free(torn);
		}
	}
}

static void corrupted_at_every_bit(void **state)
{
	unsigned char frame[LOGFRAME_MAX];
	struct audit_record r;
	uint64_t sequence;
	size_t used;

	(void)state;
	for (unsigned type = 1; type <= RECORD_TYPES; type++) {
		size_t length;

		make_full(&r, type, RECORD_UNIX);
		length = logframe_encode(&r, 7, frame);
		for (size_t bit = 0; bit < 8 * length; bit++) {
			enum logframe_verdict expected = bit < 32 ? LOGFRAME_NO_MAGIC
							 : bit < 8 * LOGFRAME_HEAD_BYTES
								 ? LOGFRAME_BAD_HEAD
								 : LOGFRAME_BAD_BODY;

			frame[bit / 8] ^= (unsigned char)(1U << bit % 8);
			assert_int_equal(logframe_decode(frame, length, &r, &sequence, &used),
					 expected);
			frame[bit / 8] ^= (unsigned char)(1U << bit % 8);
		}
	}
}

static void put_le32(unsigned char *at, uint32_t number)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (unsigned char)(number >> 8 * i);
}

/* Makes the checksums right again, as whoever forges a record would. */
static void seal(unsigned char *frame, size_t length)
{
	put_le32(frame + 8, (uint32_t)(length - LOGFRAME_HEAD_BYTES));
	put_le32(frame + 12,
		 logframe_crc(0, frame + LOGFRAME_HEAD_BYTES, length - LOGFRAME_HEAD_BYTES));
	put_le32(frame + 24, logframe_crc(0, frame, 24));
}

/* Decodes from memory of exactly that size, so that a read beyond it is seen. */
static enum logframe_verdict decode_exactly(const unsigned char *frame, size_t length,
					    struct audit_record *r)
{
	unsigned char *copy = malloc(length);
	enum logframe_verdict verdict;
	uint64_t sequence;
	size_t used;

	assert_non_null(copy);
	memcpy(copy, frame, length);
	verdict = logframe_decode(copy, length, r, &sequence, &used);
	free(copy);
	return verdict;
}

/* Bodies whose checksums are right and which are no record all the same. */
static void malformed_bodies(void **state)
{
	static const struct {
		size_t at; /* in the body */
		unsigned char byte;
	} changes[] = {
		{8, 0},
		{8, RECORD_TYPES + 1},
		{9, 'm'},
		{9, 0},
		{10, 2},
		{11, 1},
		{12, 255},
		{13, 255},
		{12, 0} /* no user */,
		{14, 0} /* a zero in a text */,
	};
	unsigned char frame[LOGFRAME_MAX];
	unsigned char changed[LOGFRAME_MAX];
	struct audit_record r;
	size_t length;

	(void)state;
	make_full(&r, RECORD_SHUTDOWN, RECORD_UNIX);
	length = logframe_encode(&r, 7, frame);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		memcpy(changed, frame, length);
		changed[LOGFRAME_HEAD_BYTES + changes[i].at] = changes[i].byte;
		seal(changed, length);
		assert_int_equal(decode_exactly(changed, length, &r), LOGFRAME_MALFORMED);
	}
	memcpy(changed, frame, length);
	changed[length - 1] = 2; /* the flag of the OS user */
	seal(changed, length);
	assert_int_equal(decode_exactly(changed, length, &r), LOGFRAME_MALFORMED);
	/* Too short by any number of bytes, or too long. */
	for (size_t short_by = 1; short_by <= length - LOGFRAME_HEAD_BYTES; short_by++) {
		memcpy(changed, frame, length);
		seal(changed, length - short_by);
		assert_int_equal(decode_exactly(changed, length - short_by, &r),
				 LOGFRAME_MALFORMED);
	}
	memcpy(changed, frame, length);
	changed[length] = 0;
	seal(changed, length + 1);
	assert_int_equal(decode_exactly(changed, length + 1, &r), LOGFRAME_MALFORMED);
}

/* Bodies changed at random and sealed again: either no record, or one that encodes to these bytes.
 */
static void forged_bodies_are_canonical(void **state)
{
	unsigned char frame[LOGFRAME_MAX];
	unsigned char forged[LOGFRAME_MAX];
	unsigned char again[LOGFRAME_MAX];
	unsigned accepted = 0;
	uint32_t seed = 1;
	struct audit_record r;

	(void)state;
	for (unsigned round = 0; round < 100000; round++) {
		enum logframe_verdict verdict;
		size_t length;

		make_full(&r, 1 + round % RECORD_TYPES, RECORD_UNIX);
		length = logframe_encode(&r, 7, frame);
		memcpy(forged, frame, length);
		for (unsigned changes = round % 4; changes > 0; changes--) {
			seed = seed * 1664525 + 1013904223;
			forged[LOGFRAME_HEAD_BYTES + (seed >> 8) % (length - LOGFRAME_HEAD_BYTES)] =
				(unsigned char)(seed >> 24);
		}
		seal(forged, length);
		verdict = decode_exactly(forged, length, &r);
		if (verdict != LOGFRAME_OK) {
			assert_int_equal(verdict, LOGFRAME_MALFORMED);
			continue;
		}
		assert_int_equal(logframe_encode(&r, 7, again), length);
		assert_memory_equal(again, forged, length);
		accepted++;
	}
	assert_in_range(accepted, 25000, 99999); /* both outcomes occur, often */
}

/* Where a record comes from and who is to be told of it stands beside its fields. */
static void beside_the_fields(void **state)
{
	const struct logframe_source source = {"host1", 0x1122334455667788, 7};
	struct logframe_source from;
	unsigned char frame[LOGFRAME_MAX];
	struct audit_record r, back;
	uint64_t sequence;
	size_t length;
	size_t used;

	(void)state;
	make_full(&r, RECORD_LOGIN, RECORD_UNIX);
	record_init(&back, RECORD_START, 0, 'M');
	snprintf(r.notify, sizeof(r.notify), "John");
	length = logframe_encode_from(&r, &source, 9, frame);
	assert_int_equal(logframe_decode_from(frame, length, &back, &from, &sequence, &used),
			 LOGFRAME_OK);
	assert_int_equal(used, length);
	assert_int_equal(sequence, 9);
	assert_string_equal(from.host, "host1");
	assert_int_equal(from.stream, source.stream);
	assert_int_equal(from.number, 7);
	assert_string_equal(back.notify, "John");
	assert_string_equal(back.user, r.user);
	for (size_t body = 0; body < 40; body++) { /* cut off anywhere in it, it is no record */
		put_le32(frame + 8, (uint32_t)body);
		put_le32(frame + 12, logframe_crc(0, frame + LOGFRAME_HEAD_BYTES, body));
		put_le32(frame + 24, logframe_crc(0, frame, 24));
		assert_int_equal(
			logframe_decode_from(frame, length, &back, &from, &sequence, &used),
			LOGFRAME_MALFORMED);
	}
	r.notify[0] = '\0';
	length = logframe_encode(&r, 9, frame);
	assert_int_equal(logframe_decode_from(frame, length, &back, &from, &sequence, &used),
			 LOGFRAME_OK);
	assert_string_equal(from.host, "");
	assert_string_equal(back.notify, "");
}

static void foreign_heads(void **state)
{
	unsigned char frame[LOGFRAME_MAX];
	struct audit_record r;
	uint64_t sequence;
	size_t length;
	size_t used;

	(void)state;
	make_full(&r, RECORD_SHUTDOWN, RECORD_UNIX);
	length = logframe_encode(&r, 7, frame);
	frame[4] = 3;
	seal(frame, length);
	assert_int_equal(logframe_decode(frame, length, &r, &sequence, &used), LOGFRAME_VERSION);
	frame[4] = 1;
	frame[22] = 1;
	seal(frame, length);
	assert_int_equal(logframe_decode(frame, length, &r, &sequence, &used), LOGFRAME_VERSION);
	frame[22] = 0;
	seal(frame, LOGFRAME_MAX);
	assert_int_equal(logframe_decode(frame, LOGFRAME_MAX, &r, &sequence, &used),
			 LOGFRAME_MALFORMED);
	put_le32(frame + 8, LOGFRAME_MAX - LOGFRAME_HEAD_BYTES + 1);
	put_le32(frame + 24, logframe_crc(0, frame, 24));
	assert_int_equal(logframe_decode(frame, length, &r, &sequence, &used), LOGFRAME_OVERSIZED);
}

static void verdicts_have_words(void **state)
{
	(void)state;
	for (unsigned verdict = LOGFRAME_OK; verdict <= LOGFRAME_MALFORMED; verdict++)
		assert_true(strlen(logframe_verdict_text(verdict)) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checksum_is_crc32c),
		cmocka_unit_test(layout_is_fixed),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(the_longest_record_fits),
		cmocka_unit_test(torn_at_every_byte),
		cmocka_unit_test(corrupted_at_every_bit),
		cmocka_unit_test(beside_the_fields),
		cmocka_unit_test(malformed_bodies),
		cmocka_unit_test(forged_bodies_are_canonical),
		cmocka_unit_test(foreign_heads),
		cmocka_unit_test(verdicts_have_words),
	};

	return cmocka_run_group_tests_name("logframe", tests, NULL, NULL);
}
