/* SPDX-License-Identifier: MIT */
/*
 * fill: what a fillfs mount says about its space and which operations it fails. Settings, the
 * ledger of enforced space, the fault rules, and the commands that change them: text in, text out.
 * Not here: any I/O, any lock, any allocation. fillfs calls these functions with its own lock held.
 */
#ifndef FUSE_FS_FILL_H
#define FUSE_FS_FILL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest reply of a command, in bytes with the closing NUL. */
#define FILL_REPLY_MAX   32768

/* Most fault rules at a time, and the longest pattern of one, in bytes with the closing NUL. */
#define FILL_RULES_MAX   64
#define FILL_PATTERN_MAX 256

/* What statvfs() says. `free`, `available` and `blocks` count blocks of `block_size` bytes. */
struct fill_amounts {
	uint64_t block_size;
	uint64_t blocks;
	uint64_t free;      /* the reserve included */
	uint64_t available; /* without the reserve */
	uint64_t files;
	uint64_t files_free;
};

enum fill_key {
	FILL_BLOCKS,
	FILL_FREE,
	FILL_AVAILABLE,
	FILL_FILES,
	FILL_FILES_FREE,
	FILL_BLOCK_SIZE,
	FILL_FULL,    /* thousandths of a percent of blocks that are used */
	FILL_RESERVE, /* thousandths of a percent of blocks that are free but not available */
	FILL_ENFORCE,
	FILL_KEYS
};

/* The keys that were set; the rest is passed through. All zero: everything is passed through. */
struct fill_settings {
	bool is_set[FILL_KEYS];
	uint64_t value[FILL_KEYS];
};

/* Operations a fault rule can name. */
enum fill_op {
	FILL_OPEN,
	FILL_CREATE,
	FILL_READ,
	FILL_WRITE,
	FILL_TRUNCATE,
	FILL_FALLOCATE,
	FILL_FSYNC,
	FILL_CLOSE,
	FILL_MKDIR,
	FILL_MKNOD,
	FILL_SYMLINK,
	FILL_LINK,
	FILL_UNLINK,
	FILL_RMDIR,
	FILL_RENAME,
	FILL_SETATTR,
	FILL_SETXATTR,
	FILL_READDIR,
	FILL_STATFS,
	FILL_OPS
};

#define FILL_OP_BIT(op)   (1U << (op))

/* Longest delay of a rule, in milliseconds: an hour. */
#define FILL_DELAY_MAX_MS 3600000U

/*
 * One fault rule: operations of `ops` on paths matching `pattern` wait, are cut short, or fail. At
 * least one of `error`, `shorten` and `delay_ms` is not 0, and not both of the first two.
 */
struct fill_rule {
	uint32_t ops;                   /* FILL_OP_BIT() of each */
	int error;                      /* an errno value; 0: does not fail */
	uint64_t shorten;               /* most bytes of one write; 0: all */
	uint32_t delay_ms;              /* before the operation is done or fails */
	uint64_t after;                 /* bytes that pass before the rule first applies */
	uint64_t passed;                /* of those, bytes that have passed */
	uint64_t count;                 /* times it applies before it is spent; 0: no end */
	uint64_t applied;               /* times it has applied */
	char pattern[FILL_PATTERN_MAX]; /* empty: every path */
};

/*
 * Space under enforce=on: the amounts said when the ledger was started, and what was allocated and
 * freed since. `held` is space promised to writes under way.
 */
struct fill_ledger {
	struct fill_amounts base;
	uint64_t epoch; /* changes with every start; 0: never started */
	int64_t used_bytes;
	uint64_t held_bytes;
	int64_t files_used;
};

/* The whole table of a mount. All zero: a pass-through. */
struct fill {
	struct fill_settings settings;
	struct fill_ledger ledger;
	struct fill_rule rules[FILL_RULES_MAX];
	unsigned int rules_used;
};

/**
 * fill_said - what statvfs() has to answer now.
 * @fill: the table.
 * @real: what the file system of the source folder says.
 *
 * A key that was set is said exactly, also where values contradict each other. One that was not set
 * is passed through, but never more than the total it belongs to, and `available` follows a `free`
 * that was set.
 */
struct fill_amounts fill_said(const struct fill *fill, const struct fill_amounts *real);

/** fill_enforces - whether space is enforced: writes beyond the said available space fail. */
bool fill_enforces(const struct fill *fill);

/**
 * fill_watched - the operations that need a look into the table at all.
 *
 * Returns FILL_OP_BIT() of each operation that a rule or the enforced space may refuse or must
 * count.
 */
uint32_t fill_watched(const struct fill *fill);

/**
 * fill_hold - promise space to a write before it is done.
 * @want: bytes it may allocate.
 *
 * Returns false, with nothing promised, where less than that is left. Give what was promised back
 * to fill_settle().
 */
bool fill_hold(struct fill *fill, uint64_t want);

/** fill_room - bytes that fill_hold() could still promise. */
uint64_t fill_room(const struct fill *fill);

/**
 * fill_settle - book what an operation really did.
 * @held: bytes promised to it by fill_hold(), now given back.
 * @grown: bytes by which the allocated size of the file grew; negative where it shrank.
 */
void fill_settle(struct fill *fill, uint64_t held, int64_t grown);

/** fill_settle_files - book @grown more files (negative: fewer). */
void fill_settle_files(struct fill *fill, int grown);

/** fill_has_files - whether one more file is within the said `files_free`. */
bool fill_has_files(const struct fill *fill);

/* A range a write is going to fill, and the file as it is; all in bytes. */
struct fill_range {
	uint64_t offset;
	uint64_t length;
	uint64_t size;      /* of the file */
	uint64_t allocated; /* to the file */
	uint64_t
		holes; /* unallocated bytes of the range below `size`, if the caller counted them */
	uint64_t block; /* unit of allocation, a power of two */
};

/** fill_range_need - bytes that writing the range will allocate at most. */
uint64_t fill_range_need(const struct fill_range *range);

/**
 * fill_range_fit - shorten a write to what fits.
 * @room: bytes that may be allocated.
 *
 * Returns the length, from the offset on, that surely needs no more than @room; 0 if not even one
 * byte does.
 */
uint64_t fill_range_fit(const struct fill_range *range, uint64_t room);

/* What to do with an operation: nothing (both 0 and @length as asked), delay, shorten or fail it.
 */
struct fill_verdict {
	int error;         /* an errno value, or 0 */
	uint64_t length;   /* bytes of it that pass */
	uint64_t delay_ms; /* before anything else */
};

/**
 * fill_judge - decide about one operation, and count it.
 * @op: the operation.
 * @path: of the file, from the root of the mount, beginning with a slash; "" where it is not known.
 * @length: bytes to be read or written; 0 for the other operations.
 */
struct fill_verdict fill_judge(struct fill *fill, enum fill_op op, const char *path,
			       uint64_t length);

/** fill_needs_path - whether fill_judge() would look at the path of this operation. */
bool fill_needs_path(const struct fill *fill, enum fill_op op);

/**
 * fill_command - carry out one command of fillctl.
 * @argc, @argv: verb and arguments ("set", "free=0", ...).
 * @real: what the file system of the source folder says now.
 * @reply: text for the user, without the name of a program; at most FILL_REPLY_MAX.
 *
 * Returns the exit code: 0 done, 2 wrong usage. A refused command leaves the table as it was.
 */
int fill_command(struct fill *fill, int argc, const char *const argv[],
		 const struct fill_amounts *real, char reply[FILL_REPLY_MAX]);

/** fill_op_name - the name of an operation, as in a fault rule. */
const char *fill_op_name(enum fill_op op);

/** FILL_COMMANDS - the commands on the table, as --help shows them. */
extern const char FILL_COMMANDS[];

#endif
