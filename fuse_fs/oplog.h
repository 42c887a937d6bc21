/* SPDX-License-Identifier: MIT */
/*
 * oplog: what was done on a mount lately, and how it ended: a ring of operations, read as JSON
 * lines. Not here: which operations there are (fill.h), and when they begin and end (watch.h).
 */
#ifndef FUSE_FS_OPLOG_H
#define FUSE_FS_OPLOG_H

#include "fill.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

/* Operations that are kept; the longest path of one, with the closing NUL: of more, the end. */
#define OPLOG_MAX      4096
#define OPLOG_PATH_MAX 256

/* One operation. */
struct oplog_entry {
	struct timespec begun; /* wall clock */
	enum fill_op op;
	int error;      /* an errno value, or 0 */
	uint64_t asked; /* bytes to be read or written */
	uint64_t done;  /* of those, bytes that were */
	char path[OPLOG_PATH_MAX];
};

struct oplog {
	pthread_mutex_t lock;     /* protects the rest */
	struct oplog_entry *ring; /* OPLOG_MAX of them, or NULL: never switched on */
	uint64_t next;            /* entries ever put in */
	uint64_t first;           /* the oldest that was not cleared */
};

/** oplog_open - make room for entries, where there is none yet. Returns 0 or -errno. */
int oplog_open(struct oplog *log);

/** oplog_close - free them. */
void oplog_close(struct oplog *log);

/** oplog_add - put one in; the oldest gives way. Nothing where the log was never opened. */
void oplog_add(struct oplog *log, const struct oplog_entry *entry);

/** oplog_clear - forget all entries; those to come are numbered on. */
void oplog_clear(struct oplog *log);

/**
 * oplog_print - the entries, oldest first, a JSON object a line: seq, time (seconds), op, path,
 * asked and bytes (where there are any), result (OK or the name of an error). A byte beyond ASCII
 * in a path is \u00XX: any name comes out as valid JSON and can be had back.
 */
void oplog_print(struct oplog *log, FILE *out);

#endif
