/* SPDX-License-Identifier: MIT */
/*
 * Trusted files; see trust.h.
 */
#include "ref/core/trust.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBERS 6

void trust_format(const struct trust *t, char out[TRUST_TEXT_MAX])
{
	int n = snprintf(out, TRUST_TEXT_MAX,
			 "%" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRId64 " %" PRIu32 " ",
			 t->mode, t->uid, t->gid, t->size_bytes, t->mtime_s, t->crc);

	for (size_t i = 0; i < sizeof(t->digest); i++)
		snprintf(out + n + 2 * i, 3, "%02x", t->digest[i]);
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool parse_digest(const char *text, unsigned char out[TRUST_DIGEST_BYTES])
{
	for (size_t i = 0; i < TRUST_DIGEST_BYTES; i++) {
		int high = digit(text[2 * i]), low = high < 0 ? -1 : digit(text[2 * i + 1]);

		if (low < 0)
			return false;
		out[i] = (unsigned char)(high << 4 | low);
	}
	return text[(size_t)2 * TRUST_DIGEST_BYTES] == '\0';
}

bool trust_parse(const char *text, struct trust *out)
{
	int64_t numbers[NUMBERS];

	for (size_t i = 0; i < NUMBERS; i++) {
		char *end;

		errno = 0;
		numbers[i] = strtoll(text, &end, 10);
		if (errno || end == text || *end != ' ')
			return false;
		text = end + 1;
	}
	*out = (struct trust){.mode = (uint32_t)numbers[0],
			      .uid = (uint32_t)numbers[1],
			      .gid = (uint32_t)numbers[2],
			      .size_bytes = (uint64_t)numbers[3],
			      .mtime_s = numbers[4],
			      .crc = (uint32_t)numbers[5]};
	return parse_digest(text, out->digest);
}

enum trust_reason trust_compare_stat(const struct trust *expected, const struct trust *found)
{
	return expected->mode == found->mode && expected->uid == found->uid &&
			       expected->gid == found->gid &&
			       expected->size_bytes == found->size_bytes &&
			       expected->mtime_s == found->mtime_s
		       ? TRUST_SAME
		       : TRUST_STAT_CHANGED;
}

enum trust_reason trust_compare(const struct trust *expected, const struct trust *found)
{
	enum trust_reason reason = trust_compare_stat(expected, found);

	if (reason == TRUST_SAME && expected->crc != found->crc)
		reason = TRUST_CRC;
	if (reason == TRUST_SAME &&
	    memcmp(expected->digest, found->digest, sizeof(found->digest)) != 0)
		reason = TRUST_DIGEST;
	return reason;
}

void trust_record(struct audit_record *record, int64_t time_s, const char *class, const char *path,
		  enum trust_stage stage, int32_t code)
{
	record_init(record, RECORD_UNTRUST, time_s, 'U');
	record->stage = (int32_t)stage;
	record->message = code;
	record_cut_text(record, RECORD_CLASS, class);
	record_cut_text(record, RECORD_MODULE, "seoswd");
	record_cut_text(record, RECORD_RESOURCE, path);
}
