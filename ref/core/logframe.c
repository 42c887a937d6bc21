/* SPDX-License-Identifier: MIT */
/*
 * Frames of audit records; see logframe.h for the layout. Encoding and decoding walk the same
 * columns of record_kind(), so that a field cannot be written and not be read.
 */
#include "ref/core/logframe.h"

#include <string.h>

#define BODY_HEAD_BYTES 12
#define VERSION         1
#define VERSION_BESIDE  2 /* with a source or somebody to notify */
#define SEQUENCE_MAX    ((UINT64_C(1) << 48) - 1)

static const unsigned char magic[4] = {'P', 'A', 'M', 'A'};

/* The polynomial 0x1EDC6F41, reflected, by the two halves of a byte: tables small enough to check
 * by eye, and a fraction of what the sync behind each record costs. */
uint32_t logframe_crc(uint32_t crc, const unsigned char *data, size_t bytes)
{
	static const uint32_t low[16] = {
		0x00000000, 0xf26b8303, 0xe13b70f7, 0x1350f3f4, 0xc79a971f, 0x35f1141c,
		0x26a1e7e8, 0xd4ca64eb, 0x8ad958cf, 0x78b2dbcc, 0x6be22838, 0x9989ab3b,
		0x4d43cfd0, 0xbf284cd3, 0xac78bf27, 0x5e133c24,
	};
	static const uint32_t high[16] = {
		0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
		0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
		0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
	};

	crc = ~crc;
	for (size_t i = 0; i < bytes; i++) {
		uint32_t x = crc ^ data[i];

		crc = crc >> 8 ^ low[x & 15] ^ high[x >> 4 & 15];
	}
	return ~crc;
}

const char *logframe_verdict_text(enum logframe_verdict verdict)
{
	static const char *const texts[] = {
		[LOGFRAME_OK] = "a record",
		[LOGFRAME_TORN] = "incomplete record",
		[LOGFRAME_NO_MAGIC] = "no record begins here",
		[LOGFRAME_BAD_HEAD] = "checksum mismatch in the head",
		[LOGFRAME_VERSION] = "record of an unknown version",
		[LOGFRAME_OVERSIZED] = "impossible length",
		[LOGFRAME_BAD_BODY] = "checksum mismatch",
		[LOGFRAME_MALFORMED] = "malformed record",
	};

	return texts[verdict];
}

static void put_le(unsigned char *out, uint64_t number, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		out[i] = (unsigned char)(number >> 8 * i);
}

static uint64_t get_le(const unsigned char *data, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number |= (uint64_t)data[i] << 8 * i;
	return number;
}

static unsigned char *put_text(unsigned char *at, const void *text, size_t length)
{
	put_le(at, length, 2);
	memcpy(at + 2, text, length);
	return at + 2 + length;
}

static unsigned char *put_column(unsigned char *at, const struct audit_record *r,
				 enum record_field field)
{
	if (field == RECORD_OS_USER) {
		*at = r->os_user;
		return at + 1;
	}
	if (field >= RECORD_TEXTS) {
		put_le(at, (uint32_t)record_number(r, field), 4);
		return at + 4;
	}
	return put_text(at, record_text(r, field), strlen(record_text(r, field)));
}

static unsigned char *put_beside(unsigned char *at, const struct audit_record *record,
				 const struct logframe_source *source)
{
	at = put_text(at, source->host, strlen(source->host));
	put_le(at, source->stream, 8);
	put_le(at + 8, source->number, 8);
	return put_text(at + 16, record->notify, strlen(record->notify));
}

size_t logframe_encode_from(const struct audit_record *record, const struct logframe_source *source,
			    uint64_t sequence, unsigned char out[LOGFRAME_MAX])
{
	static const struct logframe_source here;
	const struct record_kind *kind = record_kind(record->type, record->origin);
	bool beside = source || record->notify[0];
	unsigned char *body = out + LOGFRAME_HEAD_BYTES;
	unsigned char *at = body + BODY_HEAD_BYTES;
	size_t length;

	put_le(body, (uint64_t)record->time_s, 8);
	body[8] = (unsigned char)record->type;
	body[9] = (unsigned char)record->status;
	body[10] = (unsigned char)record->origin;
	body[11] = 0;
	if (beside)
		at = put_beside(at, record, source ? source : &here);
	for (unsigned i = 0; i < kind->column_count; i++)
		at = put_column(at, record, kind->columns[i]);
	length = (size_t)(at - body);

	memcpy(out, magic, sizeof(magic));
	put_le(out + 4, beside ? VERSION_BESIDE : VERSION, 4);
	put_le(out + 8, length, 4);
	put_le(out + 12, logframe_crc(0, body, length), 4);
	put_le(out + 16, sequence & SEQUENCE_MAX, 8);
	put_le(out + 24, logframe_crc(0, out, 24), 4);
	return LOGFRAME_HEAD_BYTES + length;
}

size_t logframe_encode(const struct audit_record *record, uint64_t sequence,
		       unsigned char out[LOGFRAME_MAX])
{
	return logframe_encode_from(record, NULL, sequence, out);
}

/* What is left of a body. */
struct source {
	const unsigned char *at;
	size_t left;
};

/* A text as it lies in the body; NULL: there is none. */
static const unsigned char *take_bytes(struct source *s, size_t *length)
{
	const unsigned char *text = s->at + 2;

	if (s->left < 2)
		return NULL;
	*length = (size_t)get_le(s->at, 2);
	if (s->left - 2 < *length || memchr(text, '\0', *length))
		return NULL;
	s->at += 2 + *length;
	s->left -= 2 + *length;
	return text;
}

static bool take_text(struct source *s, struct audit_record *r, enum record_field field)
{
	size_t length;
	const unsigned char *text = take_bytes(s, &length);

	return text && record_set_bytes(r, field, text, length) == 0;
}

static bool take_name(struct source *s, char out[RECORD_NAME_MAX])
{
	size_t length;
	const unsigned char *text = take_bytes(s, &length);

	if (!text || length >= RECORD_NAME_MAX)
		return false;
	memcpy(out, text, length);
	out[length] = '\0';
	return true;
}

static bool take_beside(struct source *s, struct audit_record *r, struct logframe_source *source)
{
	if (!take_name(s, source->host) || s->left < 16)
		return false;
	source->stream = get_le(s->at, 8);
	source->number = get_le(s->at + 8, 8);
	s->at += 16;
	s->left -= 16;
	return take_name(s, r->notify);
}

static bool take_column(struct source *s, struct audit_record *r, enum record_field field)
{
	unsigned bytes = field == RECORD_OS_USER ? 1 : 4;
	uint64_t number;

	if (field < RECORD_TEXTS)
		return take_text(s, r, field);
	if (s->left < bytes)
		return false;
	number = get_le(s->at, bytes);
	if (field == RECORD_OS_USER && number > 1)
		return false;
	record_set_number(r, field, (int32_t)(uint32_t)number);
	s->at += bytes;
	s->left -= bytes;
	return true;
}

/* Whether the body is a record to the last byte. */
static bool take_record(struct source *s, bool beside, struct audit_record *r,
			struct logframe_source *source)
{
	const struct record_kind *kind;
	char why[64];

	if (s->left < BODY_HEAD_BYTES || s->at[10] > RECORD_WINDOWS || s->at[11] != 0)
		return false;
	kind = record_kind(s->at[8], s->at[10]);
	if (!kind)
		return false;
	record_init(r, s->at[8], (int64_t)get_le(s->at, 8), (char)s->at[9]);
	r->origin = s->at[10];
	s->at += BODY_HEAD_BYTES;
	s->left -= BODY_HEAD_BYTES;
	*source = (struct logframe_source){0};
	if (beside && !take_beside(s, r, source))
		return false;
	for (unsigned i = 0; i < kind->column_count; i++) {
		if (!take_column(s, r, kind->columns[i]))
			return false;
	}
	return s->left == 0 && record_check(r, why, sizeof(why)) == 0;
}

/* Whether a whole head stands at data, and how long its body is. */
static enum logframe_verdict check_head(const unsigned char *data, size_t bytes, size_t *body_bytes)
{
	uint64_t length;

	if (memcmp(data, magic, bytes < sizeof(magic) ? bytes : sizeof(magic)) != 0)
		return LOGFRAME_NO_MAGIC;
	if (bytes < LOGFRAME_HEAD_BYTES)
		return LOGFRAME_TORN;
	if (get_le(data + 24, 4) != logframe_crc(0, data, 24))
		return LOGFRAME_BAD_HEAD;
	if ((get_le(data + 4, 4) != VERSION && get_le(data + 4, 4) != VERSION_BESIDE) ||
	    get_le(data + 16, 8) > SEQUENCE_MAX)
		return LOGFRAME_VERSION;
	length = get_le(data + 8, 4);
	if (length > LOGFRAME_MAX - LOGFRAME_HEAD_BYTES)
		return LOGFRAME_OVERSIZED;
	*body_bytes = (size_t)length;
	return LOGFRAME_OK;
}

enum logframe_verdict logframe_decode_from(const unsigned char *data, size_t bytes,
					   struct audit_record *record,
					   struct logframe_source *source, uint64_t *sequence,
					   size_t *used)
{
	struct source body;
	enum logframe_verdict verdict = check_head(data, bytes, &body.left);

	if (verdict != LOGFRAME_OK)
		return verdict;
	if (bytes - LOGFRAME_HEAD_BYTES < body.left)
		return LOGFRAME_TORN;
	body.at = data + LOGFRAME_HEAD_BYTES;
	*used = LOGFRAME_HEAD_BYTES + body.left;
	if (get_le(data + 12, 4) != logframe_crc(0, body.at, body.left))
		return LOGFRAME_BAD_BODY;
	if (!take_record(&body, get_le(data + 4, 4) == VERSION_BESIDE, record, source))
		return LOGFRAME_MALFORMED;
	*sequence = get_le(data + 16, 8);
	return LOGFRAME_OK;
}

enum logframe_verdict logframe_decode(const unsigned char *data, size_t bytes,
				      struct audit_record *record, uint64_t *sequence, size_t *used)
{
	struct logframe_source source;

	return logframe_decode_from(data, bytes, record, &source, sequence, used);
}
