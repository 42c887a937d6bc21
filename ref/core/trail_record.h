/* SPDX-License-Identifier: MIT */
/*
 * Records of HP-UX audit trails as bytes: what follows the version record in each file of a trail.
 * Little-endian on every machine, checksummed (CRC-32C), numbered at their source, so that a reader
 * can tell a torn, lost or doubled one (SPEC.md, audsys/record). Not for: records of the other
 * product (core/record.h), files (store/trail.h), what to write when (core/writer.h).
 *
 * Numbers are unsigned unless said otherwise; a text is its length in 1 or 2 bytes and its bytes.
 *
 *	 0  4  bytes of the record, these included
 *	 4  4  CRC-32C of bytes 0 to 3 and 8 to the end
 *	 8  2  type (enum trail_record_type)
 *	10  2  source: the processor that the event came from
 *	12  4  process id
 *	16  8  number of the event at its source, rising by one from 1; 0: not an event
 *	24  8  time, nanoseconds since 1970 UTC, signed
 *	32     body:
 *
 *	BEGIN    8 origin: which run of the kernel extension counts; 2 how many sources; for each
 *	         2 source, 8 the number that comes next
 *	CALLS    2 how many calls; for each 2 ABI, 2 call number, 1 class, text (1) its name
 *	PROCESS  4 parent, 4 + 4 real and effective user, 4 + 4 group, text (1) program
 *	CALL     2 ABI, 2 call number, 1 class, 1 zero, 4 + 4 real and effective user, 8 result
 *(signed; negated errno value), 4 times 8 arguments, text (2) path, text (2) second path LOST     8
 *how many events from this number on were lost
 */
#ifndef REF_CORE_TRAIL_RECORD_H
#define REF_CORE_TRAIL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRAIL_RECORD_HEAD_BYTES  32
#define TRAIL_RECORD_MAX         65536 /* bytes of a record */
#define TRAIL_RECORD_TEXT_MAX    4095  /* bytes of a path */
#define TRAIL_RECORD_PROGRAM_MAX 255
#define TRAIL_RECORD_SOURCES_MAX 1024
#define TRAIL_RECORD_ARGS        4

enum trail_record_type {
	TRAIL_RECORD_BEGIN = 1,   /* how the events of this file are numbered */
	TRAIL_RECORD_CALLS = 2,   /* the table of system calls */
	TRAIL_RECORD_PROCESS = 3, /* process identification: before the first record of a process,
				     and again when something in it has changed */
	TRAIL_RECORD_CALL = 4,    /* an audited call that has been made */
	TRAIL_RECORD_LOST = 5,    /* events that found no room in the kernel */
};

/* The classes of events, as audevent names them. */
enum trail_class {
	TRAIL_CLASS_ADMIN = 1,
	TRAIL_CLASS_CLOSE,
	TRAIL_CLASS_CREATE,
	TRAIL_CLASS_DELETE,
	TRAIL_CLASS_IPCCLOSE,
	TRAIL_CLASS_IPCCREAT,
	TRAIL_CLASS_IPCDGRAM,
	TRAIL_CLASS_IPCOPEN,
	TRAIL_CLASS_LOGIN,
	TRAIL_CLASS_MODACCESS,
	TRAIL_CLASS_MODDAC,
	TRAIL_CLASS_OPEN,
	TRAIL_CLASS_PROCESS,
	TRAIL_CLASS_READDAC,
	TRAIL_CLASS_REMOVABLE,
	TRAIL_CLASS_UEVENT1,
	TRAIL_CLASS_UEVENT2,
	TRAIL_CLASS_UEVENT3,
	TRAIL_CLASSES /* one more than the highest */
};

/* "open" ...; NULL: no such class. And back; 0: no such name. */
const char *trail_class_name(unsigned class);
unsigned trail_class_of(const char *name);

/* Not zero-terminated; in a decoded record it points into the data that was decoded. */
struct trail_text {
	const char *bytes;
	size_t length;
};

struct trail_record_source {
	uint16_t source;
	uint64_t next;
};

struct trail_record_name {
	uint16_t abi;
	uint16_t number;
	uint8_t class;
	struct trail_text name; /* at most 255 bytes */
};

struct trail_record_process {
	uint32_t ppid;
	uint32_t uid, euid; /* real and effective */
	uint32_t gid, egid;
	struct trail_text program; /* at most TRAIL_RECORD_PROGRAM_MAX bytes */
};

struct trail_record_call {
	uint16_t abi; /* enum seos_abi of the kernel extension */
	uint16_t number;
	uint8_t class; /* enum trail_class */
	uint32_t uid, euid;
	int64_t result;
	uint64_t args[TRAIL_RECORD_ARGS];
	struct trail_text path; /* at most TRAIL_RECORD_TEXT_MAX bytes; empty: the call has none */
	struct trail_text second;
};

struct trail_record {
	enum trail_record_type type;
	uint16_t source;
	uint32_t pid;
	uint64_t sequence;
	int64_t time_ns;
	union {
		struct {
			uint64_t origin;
			unsigned count;
			/* To encode: count of them. Decoded: NULL; see below. */
			const struct trail_record_source *sources;
		} begin;
		struct {
			unsigned count;
			const struct trail_record_name *names; /* the same */
		} calls;
		struct trail_record_process process;
		struct trail_record_call call;
		uint64_t lost;
	};
	const unsigned char *rows; /* decoded BEGIN and CALLS: where their rows begin */
};

/*
 * Encodes a record whose texts are within their limits. Returns its bytes, or 0 when they are more
 * than room or than TRAIL_RECORD_MAX.
 */
size_t trail_record_encode(const struct trail_record *record, unsigned char *out, size_t room);

enum trail_record_verdict {
	TRAIL_RECORD_OK,
	TRAIL_RECORD_TORN,    /* so far a record, but its end is missing */
	TRAIL_RECORD_DAMAGED, /* none: length, checksum or content are wrong */
};

/* Decodes the record that data begins with. *record and *used mean something with TRAIL_RECORD_OK
 * alone; *used is then its bytes. */
enum trail_record_verdict trail_record_decode(const unsigned char *data, size_t bytes,
					      struct trail_record *record, size_t *used);

/* The rows of a decoded BEGIN or CALLS record: at is 0 at first and then what was returned, as
 * often as its count says. */
size_t trail_record_source_at(const struct trail_record *begin, size_t at,
			      struct trail_record_source *out);
size_t trail_record_name_at(const struct trail_record *calls, size_t at,
			    struct trail_record_name *out);

/* Where behind damage the next record begins: the first offset from 1 at which one is whole; bytes:
 * nowhere. */
size_t trail_record_resume(const unsigned char *data, size_t bytes);

#endif
