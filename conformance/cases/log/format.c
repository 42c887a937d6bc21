/* SPDX-License-Identifier: MIT */
/*
 * The stored form of a record, byte by byte: what another program could rely on. Not for damage
 * (seaudit/options).
 */
#include "conformance/cases/records.h"

#define HEAD_BYTES 28

static uint64_t number_at(const unsigned char *at, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = bytes; i > 0; i--)
		number = number << 8 | at[i - 1];
	return number;
}

/* CRC-32C, bit by bit. */
static uint32_t crc(const unsigned char *at, size_t bytes)
{
	uint32_t sum = 0xffffffff;

	for (size_t i = 0; i < bytes; i++) {
		sum ^= at[i];
		for (int bit = 0; bit < 8; bit++)
			sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78 : 0);
	}
	return ~sum;
}

/* log/format/1, log/format/2: frames one behind the other to the last byte: length, two sums, and
 * in the head of the record its time, type, status (the return code) and module. */
CASE(frames, REQUIREMENTS("log/format/1", "log/format/2"), .needs = CAP_ROOT)
{
	static const struct {
		char status;
		unsigned type;
		unsigned extra_s;
	} expected[] = {{'M', 11, 0}, {'D', 1, 1}, {'S', 10, 2}, {'M', 12, 3}};
	struct strbuf log;
	size_t at = 0;
	int64_t first_s = 0;

	give_ok(t, AUDIT_LOG,
		RECORD_AT("02 Nov 2008", "15:41:06", "start", "M", "'service':'seosd'") RECORD_AT(
			"02 Nov 2008", "15:41:07", "login", "D", "'user':'u','terminal':'t'")
			RECORD_AT("02 Nov 2008", "15:41:08", "admin", "S",
				  "'class':'USER','user':'root','resource':'x'")
				RECORD_AT("02 Nov 2008", "15:41:09", "shutdown", "M",
					  "'user':'root','stage':452,'service':'seosd'"));
	strbuf_init(&log, TARGET_FILE_MAX);
	assert_int_equal(t->ops->read(t, AUDIT_LOG, &log), 0);
	for (size_t i = 0; i < ROWS(expected); i++) {
		const unsigned char *head = (const unsigned char *)log.text + at;
		const unsigned char *body = head + HEAD_BYTES;
		uint64_t length;

		assert_in_range(at + HEAD_BYTES, 0, log.bytes);
		assert_memory_equal(head, "PAMA", 4);
		length = number_at(head + 8, 4);
		assert_in_range(at + HEAD_BYTES + length, 0, log.bytes);
		assert_int_equal(number_at(head + 12, 4), crc(body, length));
		assert_int_equal(number_at(head + 16, 6), i + 1);
		assert_int_equal(number_at(head + 24, 4), crc(head, 24));
		first_s = i ? first_s : (int64_t)number_at(body, 8);
		assert_int_equal(number_at(body, 8), first_s + expected[i].extra_s);
		assert_int_equal(body[8], expected[i].type);
		assert_int_equal(body[9], expected[i].status);
		assert_int_equal(body[11], 0);
		at += HEAD_BYTES + length;
	}
	assert_int_equal(at, log.bytes);
	assert_int_equal(first_s / 86400, 14185); /* 2 Nov 2008, whatever the zone */
	strbuf_free(&log);
}

/* A log as an x86-64 machine has written it. */
static const unsigned char golden[] = {
	0x50, 0x41, 0x4d, 0x41, 0x01, 0x00, 0x00, 0x00, 0x13, 0x00, 0x00, 0x00, 0xcc, 0x52,
	0x37, 0xa6, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x17, 0xc1, 0x07, 0xb0,
	0x12, 0xca, 0x0d, 0x49, 0x00, 0x00, 0x00, 0x00, 0x0b, 0x4d, 0x00, 0x00, 0x05, 0x00,
	0x73, 0x65, 0x6f, 0x73, 0x64, 0x50, 0x41, 0x4d, 0x41, 0x01, 0x00, 0x00, 0x00, 0x1f,
	0x00, 0x00, 0x00, 0xa3, 0xee, 0xee, 0x61, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x7f, 0x12, 0x4f, 0x66, 0x13, 0xca, 0x0d, 0x49, 0x00, 0x00, 0x00, 0x00, 0x01,
	0x44, 0x00, 0x00, 0x01, 0x00, 0x75, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x01, 0x00, 0x74, 0x00, 0x00, 0x00,
};

/* log/format/4: reads here as it did there, and the same records make the same log here. */
CASE(byte_order, REQUIREMENTS("log/format/4"), .needs = CAP_ROOT, .where = ON_GUEST | ON_SIM)
{
	struct strbuf log;

	assert_int_equal(
		t->ops->write(t, "/opt/CA/PAMSC/log/golden", golden, sizeof(golden), false, 0600),
		0);
	assert_out(run_ok(t, "seaudit", "-a", "-in", "/opt/CA/PAMSC/log/golden"),
		   "02 Nov 2008 15:41:06 M START seosd\n"
		   "02 Nov 2008 15:41:07 D LOGIN u 0 0 t\n");
	give_ok(t, "/opt/CA/PAMSC/log/here",
		RECORD("start", "M", "'service':'seosd'") RECORD_AT(
			"02 Nov 2008", "15:41:07", "login", "D", "'user':'u','terminal':'t'"));
	strbuf_init(&log, TARGET_FILE_MAX);
	assert_int_equal(t->ops->read(t, "/opt/CA/PAMSC/log/here", &log), 0);
	assert_int_equal(log.bytes, sizeof(golden));
	assert_memory_equal(log.text, golden, sizeof(golden));
	strbuf_free(&log);
}
