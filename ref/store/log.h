/* SPDX-License-Identifier: MIT */
/*
 * The audit log on disk: one writer appends, anybody with the right reads at the same time. A file
 * of frames (core/logframe.h); rotated by size into a backup file. Not for what a record says
 * (core/record.h), not for HP-UX audit trails (trail.h).
 */
#ifndef REF_STORE_LOG_H
#define REF_STORE_LOG_H

#include "ref/core/logframe.h"
#include "ref/platform/platform.h"
#include "ref/store/config.h"

#define AUDIT_LOG_SIZE_KB_DEFAULT 1024
#define AUDIT_LOG_SIZE_KB_MIN     50

/* Section [logmgr] of seos.ini; paths are behind the platform's prefix already. */
struct audit_log_config {
	char path[PLATFORM_PATH_MAX];   /* audit_log */
	char backup[PLATFORM_PATH_MAX]; /* audit_back, on the same file system */
	uint64_t size_bytes;            /* audit_size: at this size the log is rotated */
	char group[PLATFORM_NAME_MAX];  /* audit_group: may read; "" for none: root alone */
	bool keeps_backups;             /* BackUp_Date: an older backup is kept (log_backup.h) */
	uint32_t backups_max;           /* audit_max_files: so many of them; 0: all */
};

/* What opening a log found at its end. */
struct audit_log_recovery {
	uint64_t torn_bytes;    /* of a record never acknowledged, cut off; 0: a clean end */
	uint64_t torn_offset;   /* where it began */
	uint64_t damaged_bytes; /* unreadable, left where they are; readers report and skip them */
};

struct audit_log; /* open for appending */

/* Reads the tokens; ini may be NULL: defaults. Returns 0, or -EINVAL with the reason in why. */
int audit_log_configure(const struct platform *p, const struct config *ini,
			struct audit_log_config *out, char *why, size_t bytes);

bool audit_log_config_same(const struct audit_log_config *a, const struct audit_log_config *b);

/*
 * Opens a log for appending, created when missing, and takes its writer lock (PATH.lock), so that
 * there is one writer. found may be NULL. Returns 0; -EBUSY: another process writes it
 * (audit_log_writer() says which); or a negated errno value. config is copied.
 */
int audit_log_open(struct platform *p, const struct audit_log_config *config,
		   struct audit_log **log, struct audit_log_recovery *found);

/*
 * Appends a record. On 0 it is on the disk and numbered. On failure the log holds what it held
 * before: -EINVAL: the record is not whole (record_check()), nothing was tried; otherwise what
 * write or sync said, and the next append may succeed again. A log that cannot be rotated goes on
 * growing: audit_log_rotation_error().
 */
int audit_log_append(struct audit_log *log, const struct audit_record *record);

/*
 * Several records with one sync: audit_log_add() each, then audit_log_commit(). Before the commit
 * none is promised; when it fails, or an add does, the log holds what it held after the last
 * commit. source is NULL for a record of this host. An append in between commits.
 */
int audit_log_add(struct audit_log *log, const struct audit_record *record,
		  const struct logframe_source *source);
int audit_log_commit(struct audit_log *log);

/* Rotates whatever the size is, but for an empty log. What was added is committed before. */
int audit_log_rotate(struct audit_log *log);

/* Bytes of the log, and the number of the last record on the disk, 0 when there was never one. */
uint64_t audit_log_size(const struct audit_log *log);
uint64_t audit_log_last(const struct audit_log *log);

/* What the last rotation failed with, 0 when it did not. */
int audit_log_rotation_error(const struct audit_log *log);

void audit_log_close(struct audit_log *log); /* NULL is fine */

/* The PID of the process that has the log at path open for appending, 0 when none has. */
pid_t audit_log_writer(struct platform *p, const char *path);

/* A stretch of a log that holds no readable record. */
struct audit_log_damage {
	uint64_t offset_bytes;
	uint64_t bytes;
	uint64_t records_lost; /* by the numbers before and after; 0 when not known */
	const char *what;      /* "checksum mismatch" ...; static */
};

struct audit_log_reader;

/* Opens a log for reading from its first record. Returns 0 or a negated errno value. */
int audit_log_read_open(struct platform *p, const char *path, struct audit_log_reader **reader);

/*
 * The next record. Returns 1; 0 at the end (a record being written at this moment counts as not
 * there; reading again later goes on from here); -EBADMSG for damage, which is described in
 * *damage, and the next call goes on behind it; or what read said. sequence may be NULL; numbers
 * rise by one a record, across rotations.
 */
int audit_log_read(struct audit_log_reader *reader, struct audit_record *record, uint64_t *sequence,
		   struct audit_log_damage *damage);

/* Where the record read last comes from; owned by the reader. */
const struct logframe_source *audit_log_read_source(const struct audit_log_reader *reader);

/* Makes what can be read last, whoever has written it. Returns 0 or a negated errno value. */
int audit_log_read_sync(struct audit_log_reader *reader);

void audit_log_read_close(struct audit_log_reader *reader); /* NULL is fine */

#endif
