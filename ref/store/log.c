/* SPDX-License-Identifier: MIT */
/*
 * The audit log on disk; see log.h. The writer trusts only what it has synced: whatever a failed
 * write may have left behind is cut off before the next one. SPEC.md, area log; decisions P58, P60.
 */
#include "ref/store/log.h"
#include "ref/store/file.h"
#include "ref/store/log_backup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOGMGR       "logmgr"
#define SIZE_KB_MAX  (2 * 1024 * 1024 - 1) /* 2 GB, where the product stops as well */
#define WINDOW_BYTES 65536                 /* read at a time; many times LOGFRAME_MAX */
#define LOCK_SUFFIX  ".lock"
#define NEXT_SUFFIX  ".new"
#define ZEROS_MIN    64

_Static_assert(WINDOW_BYTES >= 4 * LOGFRAME_MAX, "a frame must fit the window");

struct audit_log {
	struct platform *platform;
	struct audit_log_config config;
	int lock;
	int fd;
	uint64_t size_bytes;  /* up to here everything is on disk and acknowledged */
	uint64_t sequence;    /* of the next record behind that */
	uint64_t added_bytes; /* written behind it, and not synced */
	uint64_t added;       /* records of these */
	bool ragged;          /* the file may be longer than size_bytes */
	bool folder_unsynced; /* names of files may not be on disk yet */
	int rotation_error;
	unsigned char frame[LOGFRAME_MAX];
};

struct audit_log_reader {
	struct platform *platform;
	int fd;
	uint64_t offset_bytes;         /* of window[0] in the file */
	size_t at;                     /* of the next frame in the window */
	size_t have;                   /* bytes in the window */
	bool end;                      /* the window reaches the end of the file */
	bool torn;                     /* it was read to its end, which may change */
	bool numbered;                 /* last is known */
	uint64_t last;                 /* number of the last record */
	struct logframe_source source; /* of the last record */
	unsigned char window[WINDOW_BYTES];
};

/* --- configuration */

static int configure_backups(const struct config *ini, struct audit_log_config *out, char *why,
			     size_t bytes)
{
	static const char *const dates[] = {"none", "yes", "daily", "weekly", "monthly"};
	const char *date = ini ? config_get(ini, LOGMGR, "BackUp_Date", "none") : "none";
	int64_t most = 0;
	size_t i = 0;

	while (i < 5 && strcasecmp(date, dates[i]) != 0)
		i++;
	if (i == 5) {
		snprintf(why, bytes,
			 "[" LOGMGR "] BackUp_Date = %.80s: expected none, yes, daily, weekly or "
			 "monthly",
			 date);
		return -EINVAL;
	}
	out->keeps_backups = i > 0;
	if (ini &&
	    config_number(ini, LOGMGR, "audit_max_files", 0, UINT32_MAX, 0, &most, why, bytes))
		return -EINVAL;
	out->backups_max = (uint32_t)most;
	return 0;
}

bool audit_log_config_same(const struct audit_log_config *a, const struct audit_log_config *b)
{
	return !strcmp(a->path, b->path) && !strcmp(a->backup, b->backup) &&
	       !strcmp(a->group, b->group) && a->size_bytes == b->size_bytes &&
	       a->keeps_backups == b->keeps_backups && a->backups_max == b->backups_max;
}

int audit_log_configure(const struct platform *p, const struct config *ini,
			struct audit_log_config *out, char *why, size_t bytes)
{
	const char *group = ini ? config_get(ini, LOGMGR, "audit_group", "none") : "none";
	int64_t size_kb = AUDIT_LOG_SIZE_KB_DEFAULT;
	int error;

	error = config_path(p, ini, LOGMGR, "audit_log", PAMSC_DIR "/log/seos.audit", out->path,
			    why, bytes);
	if (!error)
		error = config_path(p, ini, LOGMGR, "audit_back", PAMSC_DIR "/log/seos.audit.bak",
				    out->backup, why, bytes);
	if (!error && ini)
		error = config_number(ini, LOGMGR, "audit_size", AUDIT_LOG_SIZE_KB_MIN, SIZE_KB_MAX,
				      AUDIT_LOG_SIZE_KB_DEFAULT, &size_kb, why, bytes);
	if (!error)
		error = configure_backups(ini, out, why, bytes);
	if (error)
		return error;
	out->size_bytes = (uint64_t)size_kb * 1024;
	if (strcmp(group, "none") == 0)
		group = "";
	if (snprintf(out->group, sizeof(out->group), "%s", group) < (int)sizeof(out->group))
		return 0;
	snprintf(why, bytes, "[" LOGMGR "] audit_group: the name is too long");
	return -EINVAL;
}

/* --- reading */

int audit_log_read_open(struct platform *p, const char *path, struct audit_log_reader **reader)
{
	int fd = p->ops->open(p, path, PLATFORM_READ, 0);
	struct audit_log_reader *r;

	if (fd < 0)
		return fd;
	r = malloc(sizeof(*r));
	if (!r) {
		p->ops->close(p, fd);
		return -ENOMEM;
	}
	r->platform = p;
	r->fd = fd;
	r->offset_bytes = 0;
	r->at = r->have = 0;
	r->end = r->torn = r->numbered = false;
	r->last = 0;
	*reader = r;
	return 0;
}

const struct logframe_source *audit_log_read_source(const struct audit_log_reader *reader)
{
	return &reader->source;
}

int audit_log_read_sync(struct audit_log_reader *reader)
{
	return reader->platform->ops->sync(reader->platform, reader->fd);
}

void audit_log_read_close(struct audit_log_reader *reader)
{
	if (!reader)
		return;
	reader->platform->ops->close(reader->platform, reader->fd);
	free(reader);
}

/* Moves the window to begin at the next frame and fills it. */
static int fill(struct audit_log_reader *r)
{
	memmove(r->window, r->window + r->at, r->have - r->at);
	r->offset_bytes += r->at;
	r->have -= r->at;
	r->at = 0;
	r->end = false;
	while (r->have < sizeof(r->window) && !r->end) {
		ssize_t n = r->platform->ops->read(r->platform, r->fd, r->window + r->have,
						   sizeof(r->window) - r->have,
						   r->offset_bytes + r->have);

		if (n < 0) /* a file system says -EBADMSG of its own damage: not the log's */
			return n == -EBADMSG ? -EIO : (int)n;
		r->have += (size_t)n;
		r->end = n == 0;
	}
	return 0;
}

/* Makes sure that a whole frame is in the window if the file has one. */
static int fill_for_frame(struct audit_log_reader *r)
{
	return r->have - r->at < LOGFRAME_MAX ? fill(r) : 0;
}

static enum logframe_verdict decode(struct audit_log_reader *r, struct audit_record *record,
				    uint64_t *sequence, size_t *used)
{
	return logframe_decode_from(r->window + r->at, r->have - r->at, record, &r->source,
				    sequence, used);
}

/*
 * Space that was allocated by a write whose bytes never came, or came in part: the end of an
 * unsynced record. A whole one ends in fewer zeros than ZEROS_MIN, so one that was damaged later is
 * told apart.
 */
static bool only_zeros_left(const struct audit_log_reader *r)
{
	size_t zeros = 0;

	while (zeros < r->have - r->at && r->window[r->have - 1 - zeros] == 0)
		zeros++;
	return r->end && (zeros == r->have - r->at ||
			  (zeros >= ZEROS_MIN && r->have - r->at - zeros < LOGFRAME_MAX));
}

/* Moves on from damage to the next record, the end of the file, or a torn record there. */
static int skip_damage(struct audit_log_reader *r, struct audit_record *record,
		       struct audit_log_damage *damage)
{
	for (;;) {
		enum logframe_verdict verdict;
		uint64_t sequence;
		size_t used;
		int error;

		r->at++;
		damage->bytes++;
		error = fill_for_frame(r);
		if (error)
			return error;
		if (r->at == r->have)
			return 0;
		verdict = decode(r, record, &sequence, &used);
		if (verdict == LOGFRAME_TORN)
			return 0;
		if (verdict != LOGFRAME_OK)
			continue;
		if (r->numbered && sequence > r->last)
			damage->records_lost = sequence - r->last - 1;
		r->last = sequence - 1;
		return 0;
	}
}

static int report_damage(struct audit_log_reader *r, struct audit_record *record, const char *what,
			 struct audit_log_damage *damage)
{
	int error;

	*damage = (struct audit_log_damage){.offset_bytes = r->offset_bytes + r->at, .what = what};
	error = skip_damage(r, record, damage);
	return error ? error : -EBADMSG;
}

/* Whole records, but not those that stood here: some were cut out or put in. */
static int report_gap(struct audit_log_reader *r, uint64_t sequence,
		      struct audit_log_damage *damage)
{
	*damage = (struct audit_log_damage){
		.offset_bytes = r->offset_bytes + r->at,
		.records_lost = sequence > r->last ? sequence - r->last - 1 : 0,
		.what = sequence > r->last ? "records are missing" : "records are out of order",
	};
	r->last = sequence - 1;
	return -EBADMSG;
}

int audit_log_read(struct audit_log_reader *reader, struct audit_record *record, uint64_t *sequence,
		   struct audit_log_damage *damage)
{
	enum logframe_verdict verdict;
	uint64_t number;
	size_t used;
	int error;

	/* The end that was seen last time may have been cut off and written anew. */
	if (reader->torn)
		reader->have = reader->at;
	reader->torn = false;
	error = fill_for_frame(reader);
	if (error)
		return error;
	verdict = decode(reader, record, &number, &used);
	if (verdict != LOGFRAME_OK && verdict != LOGFRAME_TORN)
		error = fill(reader); /* to see what comes behind it */
	if (error)
		return error;
	if (verdict == LOGFRAME_TORN || (verdict != LOGFRAME_OK && only_zeros_left(reader))) {
		reader->torn = true;
		return 0;
	}
	if (verdict != LOGFRAME_OK)
		return report_damage(reader, record, logframe_verdict_text(verdict), damage);
	if (reader->numbered && number != reader->last + 1)
		return report_gap(reader, number, damage);
	reader->at += used;
	reader->numbered = true;
	reader->last = number;
	if (sequence)
		*sequence = number;
	return 1;
}

/* --- writing */

static int lock_path(const char *path, char out[PLATFORM_PATH_MAX])
{
	int n = snprintf(out, PLATFORM_PATH_MAX, "%s" LOCK_SUFFIX, path);

	return n < 0 || n >= PLATFORM_PATH_MAX ? -ENAMETOOLONG : 0;
}

pid_t audit_log_writer(struct platform *p, const char *path)
{
	char lock[PLATFORM_PATH_MAX];

	return lock_path(path, lock) ? 0 : p->ops->lock_owner(p, lock);
}

/* Opens or creates a log file for appending, readable by root and the audit group alone. */
static int open_file(struct audit_log *log, const char *path, unsigned flags)
{
	struct platform *p = log->platform;
	mode_t mode = *log->config.group ? 0640 : 0600;
	gid_t gid = 0;
	int error = *log->config.group ? p->ops->group_id(p, log->config.group, &gid) : 0;
	int fd = error ? error : p->ops->open(p, path, PLATFORM_APPEND | flags, mode);

	if (fd < 0 || !*log->config.group)
		return fd;
	error = p->ops->chown(p, path, p->ops->uid(p), gid);
	if (!error)
		return fd;
	p->ops->close(p, fd);
	return error;
}

/* Reads a log to its end: the number of its last record, where the readable part ends, what is torn
 * or damaged. -ENOENT when there is none. */
static int survey(struct audit_log *log, const char *path, struct audit_log_recovery *found)
{
	struct audit_log_reader *reader;
	struct audit_record record;
	struct audit_log_damage damage = {0};
	int result = audit_log_read_open(log->platform, path, &reader);

	if (result)
		return result;
	for (;;) {
		result = audit_log_read(reader, &record, NULL, &damage);
		if (result == -EBADMSG)
			found->damaged_bytes += damage.bytes;
		else if (result <= 0)
			break;
	}
	if (reader->numbered)
		log->sequence = reader->last + 1;
	log->size_bytes = reader->offset_bytes + reader->at;
	found->torn_offset = log->size_bytes;
	found->torn_bytes = reader->have - reader->at;
	audit_log_read_close(reader);
	return result;
}

/* Cuts off what is not acknowledged. */
static int trim(struct audit_log *log)
{
	struct platform *p = log->platform;
	int error = p->ops->truncate(p, log->fd, log->size_bytes);

	if (!error)
		error = p->ops->sync(p, log->fd);
	if (!error)
		log->ragged = false;
	return error;
}

static int sync_folder(struct audit_log *log)
{
	int error = file_sync_folder(log->platform, log->config.path);

	log->folder_unsynced = error != 0;
	return error;
}

/* Numbers go on where the backup ends when the log is empty: a crash in the middle of a rotation,
 * or right behind one. */
static int recover(struct audit_log *log, struct audit_log_recovery *found)
{
	struct audit_log_recovery backup = {0};
	int error = 0;

	log->sequence = 1;
	error = survey(log, log->config.path, found);
	if (!error && log->sequence == 1 && log->size_bytes == 0) {
		error = survey(log, log->config.backup, &backup);
		log->size_bytes = 0;
		if (error == -ENOENT)
			error = 0;
	}
	/* What was not acknowledged and is here all the same counts from now on. */
	if (!error)
		error = found->torn_bytes > 0 ? trim(log)
					      : log->platform->ops->sync(log->platform, log->fd);
	return error ? error : sync_folder(log);
}

static int open_locked(struct audit_log *log, struct audit_log_recovery *found)
{
	int error;

	log->fd = open_file(log, log->config.path, PLATFORM_CREATE);
	if (log->fd < 0)
		return log->fd;
	error = recover(log, found);
	if (error)
		log->platform->ops->close(log->platform, log->fd);
	return error;
}

int audit_log_open(struct platform *p, const struct audit_log_config *config,
		   struct audit_log **log, struct audit_log_recovery *found)
{
	struct audit_log_recovery unused;
	char path[PLATFORM_PATH_MAX];
	struct audit_log *opened;
	int error = lock_path(config->path, path);

	if (error)
		return error;
	opened = calloc(1, sizeof(*opened));
	if (!opened)
		return -ENOMEM;
	opened->platform = p;
	opened->config = *config;
	opened->lock = p->ops->lock(p, path);
	error = opened->lock < 0 ? opened->lock : 0;
	if (!error) {
		found = found ? found : &unused;
		*found = (struct audit_log_recovery){0};
		error = open_locked(opened, found);
		if (error)
			p->ops->close(p, opened->lock);
	}
	if (error)
		free(opened);
	else
		*log = opened;
	return error;
}

void audit_log_close(struct audit_log *log)
{
	if (!log)
		return;
	log->platform->ops->close(log->platform, log->fd);
	log->platform->ops->close(log->platform, log->lock);
	free(log);
}

int audit_log_rotation_error(const struct audit_log *log)
{
	return log->rotation_error;
}

/*
 * The log becomes the backup, of which an older one may be kept, an empty file made beforehand
 * becomes the log. When any step fails the log is what it was. A crash between the two renames
 * leaves the backup alone, which the next opening finds.
 */
static int rotate(struct audit_log *log)
{
	struct platform *p = log->platform;
	char next[PLATFORM_PATH_MAX];
	int n = snprintf(next, sizeof(next), "%s" NEXT_SUFFIX, log->config.path);
	int error;
	int fd;

	if (n < 0 || n >= (int)sizeof(next))
		return -ENAMETOOLONG;
	fd = open_file(log, next, PLATFORM_CREATE | PLATFORM_TRUNC);
	if (fd < 0)
		return fd;
	log->folder_unsynced = true;
	error = log_backup_keep(p, &log->config);
	if (!error)
		error = p->ops->rename(p, log->config.path, log->config.backup);
	if (!error || error == -ENOENT) { /* missing: the last attempt ended between the renames */
		error = p->ops->rename(p, next, log->config.path);
		if (error)
			p->ops->rename(p, log->config.backup, log->config.path);
	}
	if (error) {
		p->ops->close(p, fd);
		p->ops->unlink(p, next);
		return error;
	}
	p->ops->close(p, log->fd);
	log->fd = fd;
	log->size_bytes = 0;
	(void)log_backup_prune(p, &log->config); /* else with the next rotation */
	return 0;
}

/* Takes back what was not promised; if that fails now it is tried again before the next record. */
static void drop_added(struct audit_log *log)
{
	log->ragged = true;
	log->added = 0;
	log->added_bytes = 0;
	(void)trim(log);
}

int audit_log_commit(struct audit_log *log)
{
	int error;

	if (!log->added)
		return 0;
	error = log->platform->ops->sync(log->platform, log->fd);
	if (error) {
		drop_added(log);
		return error;
	}
	log->size_bytes += log->added_bytes;
	log->sequence += log->added;
	log->added = 0;
	log->added_bytes = 0;
	return 0;
}

int audit_log_rotate(struct audit_log *log)
{
	int error = audit_log_commit(log);

	if (!error && log->ragged)
		error = trim(log);
	if (!error && log->size_bytes > 0)
		error = rotate(log);
	if (!error && log->folder_unsynced)
		error = sync_folder(log);
	return error;
}

/* Makes the log ready for a record of so many bytes. */
static int make_ready(struct audit_log *log, size_t bytes)
{
	uint64_t held_bytes = log->size_bytes + log->added_bytes;
	int error = 0;

	if (held_bytes > 0 && held_bytes + bytes > log->config.size_bytes) {
		error = audit_log_commit(log);
		if (!error)
			log->rotation_error = rotate(log);
	}
	if (!error && log->folder_unsynced)
		error = sync_folder(log);
	return error;
}

int audit_log_add(struct audit_log *log, const struct audit_record *record,
		  const struct logframe_source *source)
{
	char why[64];
	size_t bytes;
	int error = record_check(record, why, sizeof(why));

	if (!error && log->ragged)
		error = trim(log);
	if (error)
		return error;
	bytes = logframe_encode_from(record, source, log->sequence + log->added, log->frame);
	error = make_ready(log, bytes);
	if (error)
		return error;
	error = log->platform->ops->write(log->platform, log->fd, log->frame, bytes);
	if (error) {
		drop_added(log);
		return error;
	}
	log->added_bytes += bytes;
	log->added++;
	return 0;
}

int audit_log_append(struct audit_log *log, const struct audit_record *record)
{
	int error = audit_log_add(log, record, NULL);

	return error ? error : audit_log_commit(log);
}

uint64_t audit_log_size(const struct audit_log *log)
{
	return log->size_bytes + log->added_bytes;
}

uint64_t audit_log_last(const struct audit_log *log)
{
	return log->sequence - 1;
}
