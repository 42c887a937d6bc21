/* SPDX-License-Identifier: MIT */
/*
 * Audit records as frames of bytes: what a log file is made of. Little-endian on every machine,
 * checksummed (CRC-32C), numbered. Not for files (store/log.h).
 *
 * A frame is a head and a body; numbers are unsigned unless said otherwise:
 *
 *	 0  4  magic "PAMA"
 *	 4  2  version: 1, or 2 for a record with something beside its fields
 *	 6  2  zero
 *	 8  4  bytes of the body
 *	12  4  CRC-32C of the body
 *	16  6  number of the record, rising by one
 *	22  2  zero
 *	24  4  CRC-32C of bytes 0 to 23
 *	28     body:
 *	 0  8  time, seconds since 1970 UTC, signed
 *	 8  1  event type (enum record_type)
 *	 9  1  status letter
 *	10  1  origin (enum record_origin)
 *	11  1  code of the module that wrote the record, 0
 *	       of version 2: the host it comes from, as a text; 8 its log there; 8 its number there;
 *	       whom to notify, as a text
 *	12     the columns of the type in the order of its format line: a text as 2 bytes length and
 *	       its bytes, the flag of the OS user as 1 byte 0 or 1, any other number as 4 bytes,
 *signed
 *
 * A reader that looks for the next frame behind damage must not take a logged text for one: a head
 * has zero bytes in several places and texts have none.
 */
#ifndef REF_CORE_LOGFRAME_H
#define REF_CORE_LOGFRAME_H

#include "ref/core/record.h"

#define LOGFRAME_HEAD_BYTES 28
#define LOGFRAME_MAX                                                                               \
	(LOGFRAME_HEAD_BYTES + sizeof(struct audit_record) + sizeof(struct logframe_source))

/* Where a record of a collector's log was written first. */
struct logframe_source {
	char host[RECORD_NAME_MAX]; /* "": here */
	uint64_t stream;            /* which log of that host: differs when it was begun anew */
	uint64_t number;            /* of the record there */
};

/* What decoding found. */
enum logframe_verdict {
	LOGFRAME_OK,
	LOGFRAME_TORN,      /* so far a frame, but its end is missing */
	LOGFRAME_NO_MAGIC,  /* no frame begins here */
	LOGFRAME_BAD_HEAD,  /* checksum of the head */
	LOGFRAME_VERSION,   /* of another version */
	LOGFRAME_OVERSIZED, /* says it is longer than any frame */
	LOGFRAME_BAD_BODY,  /* checksum of the body */
	LOGFRAME_MALFORMED, /* checksums match, but it is no record */
};

/* A few words on a verdict, for messages. */
const char *logframe_verdict_text(enum logframe_verdict verdict);

/*
 * Encodes a whole record (record_check()). out has at least LOGFRAME_MAX bytes. Returns the bytes
 * of the frame.
 */
size_t logframe_encode(const struct audit_record *record, uint64_t sequence,
		       unsigned char out[LOGFRAME_MAX]);
/* The same for a record that comes from elsewhere; source NULL: it does not. */
size_t logframe_encode_from(const struct audit_record *record, const struct logframe_source *source,
			    uint64_t sequence, unsigned char out[LOGFRAME_MAX]);

/*
 * Decodes the frame that begins at data. *record and *sequence mean something with LOGFRAME_OK
 * alone; *used is then the bytes of the frame.
 */
enum logframe_verdict logframe_decode(const unsigned char *data, size_t bytes,
				      struct audit_record *record, uint64_t *sequence,
				      size_t *used);

/* The same, with where the record comes from. */
enum logframe_verdict logframe_decode_from(const unsigned char *data, size_t bytes,
					   struct audit_record *record,
					   struct logframe_source *source, uint64_t *sequence,
					   size_t *used);

/* CRC-32C (Castagnoli) of data, going on from crc; begin with 0. */
uint32_t logframe_crc(uint32_t crc, const unsigned char *data, size_t bytes);

#endif
