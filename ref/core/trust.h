/* SPDX-License-Identifier: MIT */
/*
 * Trusted files: what is remembered of one, whether it is still the same, and the record of one
 * that is not. Not for reading files (store/trust.h) nor for when they are looked at
 * (cmd/seoswd.c).
 */
#ifndef REF_CORE_TRUST_H
#define REF_CORE_TRUST_H

#include "ref/core/record.h"

#define TRUST_DIGEST_BYTES 32  /* SHA-256 */
#define TRUST_TEXT_MAX     192 /* bytes of trust_format(), terminating zero included */

/* The untrust reason codes that are found here; seaudit -t lists all. */
enum trust_reason {
	TRUST_SAME = -1,
	TRUST_STAT_CHANGED = 1,
	TRUST_CRC = 4,       /* its contents have changed */
	TRUST_NOT_THERE = 5, /* nothing can be learned about it */
	TRUST_DIGEST =
		6, /* its contents have changed, and somebody saw to it that the CRC has not */
};

/* Stages of an untrust record. */
enum trust_stage {
	TRUST_STAGE_CHANGED = 1, /* followed by a trust_reason */
	TRUST_STAGE_READING = 2, /* followed by an errno value: it could not be read */
};

/* What is known of a file. */
struct trust {
	uint32_t mode; /* permission bits */
	uint32_t uid;
	uint32_t gid;
	uint64_t size_bytes;
	int64_t mtime_s;
	uint32_t crc; /* CRC-32C */
	unsigned char digest[TRUST_DIGEST_BYTES];
};

/* One line, and back; false: it is none. */
void trust_format(const struct trust *t, char out[TRUST_TEXT_MAX]);
bool trust_parse(const char *text, struct trust *out);

/* File information alone, and all of it: what has changed. */
enum trust_reason trust_compare_stat(const struct trust *expected, const struct trust *found);
enum trust_reason trust_compare(const struct trust *expected, const struct trust *found);

/* code: a trust_reason or an errno value, as the stage says. class: PROGRAM or SECFILE. */
void trust_record(struct audit_record *record, int64_t time_s, const char *class, const char *path,
		  enum trust_stage stage, int32_t code);

#endif
