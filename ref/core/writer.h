/* SPDX-License-Identifier: MIT */
/*
 * What the writer of audit trails decides: which file an event goes to, whether it has been written
 * before, when to flush, and what to do when the trail cannot be written (SPEC.md, audsys/writer;
 * decisions H37 to H40). Facts in, decisions out. Not for: the bytes (core/trail_record.h), files
 * (store/trail_output.h), when trails are switched for their size (core/overflow.h).
 */
#ifndef REF_CORE_WRITER_H
#define REF_CORE_WRITER_H

#include "ref/core/trail_record.h"

#define WRITER_FLUSH_S     5 /* diskaudit_flush_interval, 1 to WRITER_FLUSH_S_MAX */
#define WRITER_FLUSH_S_MAX 100
#define WRITER_RETRY_MS    1000 /* between two attempts to write a trail that cannot be written */

/* Events that are audited; of each class those that succeed, those that fail, or both. */
struct writer_selection {
	uint32_t classes; /* bit 1 << enum trail_class */
	bool success;
	bool failure;
};

/*
 * Reads the options of audevent as /etc/rc.config.d/auditing has them: -P, -F, and -e with a class
 * or "all", as often as wanted. False: something else, which *bad and *length then show.
 */
bool writer_selection_parse(const char *text, struct writer_selection *out, const char **bad,
			    size_t *length);

/* The file of a trail that the events of a source go to. files as in struct trail_names. */
unsigned writer_file_of(unsigned source, unsigned files);

/* What is in trails already: the number that comes next at each source, as one run of the kernel
 * extension counts. All but the origin zeroed at first. */
struct writer_positions {
	uint64_t origin;
	uint64_t next[TRAIL_RECORD_SOURCES_MAX]; /* 0: nothing of it yet */
};

/*
 * Notes a record that is in a file of a trail. *counts is the file's: whether its records are of
 * this origin, which the last BEGIN says; false before the first.
 */
void writer_note(struct writer_positions *p, bool *counts, const struct trail_record *record);

/* Whether an event is in a trail already: it was written, and the writer ended before the kernel
 * was told so. */
bool writer_is_double(const struct writer_positions *p, unsigned source, uint64_t sequence);

enum writer_fault {
	WRITER_WELL,
	WRITER_GONE,   /* the trail is not there any more */
	WRITER_FULL,   /* its file system is */
	WRITER_BROKEN, /* it cannot be written for another reason */
};

/* The fault that a negated errno value stands for; 0 is none. */
enum writer_fault writer_fault_of(int error);

struct writer_facts {
	enum writer_fault fault;
	bool next_available;
	bool creates_trails; /* 11i v3 */
	bool in_reserve;     /* the file system has nothing left for users (f_bavail is 0) */
	bool switch_failed;  /* audomon reached a switch point and could not switch */
	bool waits;          /* callers wait for room, which is the default; else events are lost */
};

enum writer_step {
	WRITER_GO_ON,
	WRITER_TO_NEXT,
	WRITER_TO_NEW,
	WRITER_RETRY, /* after WRITER_RETRY_MS */
};

struct writer_decision {
	enum writer_step step;
	bool suspend; /* auditable calls of users other than root wait from now on */
};

struct writer_decision writer_decide(const struct writer_facts *facts);

#endif
