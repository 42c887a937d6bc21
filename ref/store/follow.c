/* SPDX-License-Identifier: MIT */
/*
 * Following the audit log; see follow.h. Files are told apart by the first record they hold: its
 * number and mark. A reader stays in its file until the next one begins with the number that is
 * due, since the file may have grown after its end was seen and before it was rotated.
 */
#include "ref/store/follow.h"
#include "ref/store/log_backup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct follow {
	struct platform *platform;
	struct audit_log_config config;
	struct audit_log_reader *reader; /* NULL: no file yet */
	struct follow_place first;       /* of that file */
	struct follow_place last;        /* read or passed over */
	bool kept;                       /* a record was read that is not due yet */
	struct follow_place kept_place;
	struct audit_record record; /* the kept one, or the last */
};

static uint32_t mark_of(const struct audit_record *record, uint64_t number)
{
	unsigned char frame[LOGFRAME_MAX];

	return logframe_crc(0, frame, logframe_encode(record, number, frame));
}

/* The next record of the present file; damage is passed over when its reason is not wanted. */
static int read_one(struct follow *f, struct follow_place *place)
{
	struct audit_log_damage damage;
	int result = audit_log_read(f->reader, &f->record, &place->number, &damage);

	if (result == 1)
		place->mark = mark_of(&f->record, place->number);
	return result;
}

/* Opens a file and reads its first record, which is kept. Returns 1, 0 for an empty file, or a
 * negated errno value; without a record nothing has changed. */
static int enter(struct follow *f, const char *path)
{
	struct audit_log_reader *old = f->reader;
	struct follow_place first;
	int result = audit_log_read_open(f->platform, path, &f->reader);

	if (result) {
		f->reader = old;
		return result;
	}
	do {
		result = read_one(f, &first);
	} while (result == -EBADMSG);
	if (result != 1) {
		audit_log_read_close(f->reader);
		f->reader = old;
		return result;
	}
	audit_log_read_close(old);
	f->first = first;
	f->kept = true;
	f->kept_place = first;
	return 1;
}

/* What the first record of a file is. Returns as enter(), and changes nothing. */
static int look(const struct follow *f, const char *path, struct follow_place *first)
{
	struct follow other = {.platform = f->platform};
	int result = enter(&other, path);

	if (result == 1)
		*first = other.first;
	audit_log_read_close(other.reader);
	return result;
}

/* Among the backups that were kept, the one that begins first behind a number, or the last one that
 * does not. */
struct choice {
	const struct follow *f;
	uint64_t number;
	bool behind;
	bool found;
	struct follow_place first;
	char path[PLATFORM_PATH_MAX];
};

static int consider(void *arg, const char *path)
{
	struct choice *c = arg;
	struct follow_place first;
	int result = look(c->f, path, &first);

	/* It may have been removed meanwhile, and an empty one says nothing. */
	if (result != 1)
		return result == -ENOENT ? 0 : result;
	if (c->behind != (first.number > c->number))
		return 0;
	if (c->found && c->behind != (first.number < c->first.number))
		return 0;
	c->found = true;
	c->first = first;
	snprintf(c->path, sizeof(c->path), "%s", path);
	return 0;
}

/* Returns 0 or a negated errno value. */
static int choose(const struct follow *f, uint64_t number, bool behind, struct choice *out)
{
	*out = (struct choice){.f = f, .number = number, .behind = behind};
	return log_backup_list(f->platform, &f->config, consider, out);
}

/* How the log goes on behind the end of the present file. */
enum next {
	NEXT_NONE,   /* not yet: the present file is the log, or the new one is empty */
	NEXT_DUE,    /* a file begins with the number that is due */
	NEXT_BEHIND, /* the present file is complete, and what follows begins further on */
};

/* The oldest file behind what was read, when the log begins further on. */
static int find_older(const struct follow *f, char path[PLATFORM_PATH_MAX], uint64_t *first)
{
	struct follow_place backup = {0};
	struct choice kept;
	int result = look(f, f->config.backup, &backup);

	if (result < 0 && result != -ENOENT)
		return result;
	if (result == 1 && backup.number > f->last.number) {
		memcpy(path, f->config.backup, PLATFORM_PATH_MAX);
		*first = backup.number;
	}
	/* Only now: a backup may have been moved aside meanwhile. */
	result = choose(f, f->last.number, true, &kept);
	if (!result && kept.found && kept.first.number < *first) {
		memcpy(path, kept.path, PLATFORM_PATH_MAX);
		*first = kept.first.number;
	}
	return result;
}

/* Finds the file that goes on and where it is. Returns enum next, -ESTALE, or what reading said. */
static int find_next(const struct follow *f, char path[PLATFORM_PATH_MAX])
{
	struct follow_place log = {0};
	int result = look(f, f->config.path, &log);

	if (result == 0 || result == -ENOENT) /* just rotated, or about to be */
		return NEXT_NONE;
	if (result < 0)
		return result;
	if (f->reader && log.number == f->first.number && log.mark == f->first.mark)
		return NEXT_NONE;
	if (log.number <= f->last.number)
		return -ESTALE;
	memcpy(path, f->config.path, PLATFORM_PATH_MAX);
	/* What is between may be in backups, when the log was rotated more than once. */
	result = log.number == f->last.number + 1 ? 0 : find_older(f, path, &log.number);
	if (result)
		return result;
	return log.number == f->last.number + 1 ? NEXT_DUE : NEXT_BEHIND;
}

static int find(struct follow *f, const struct follow_place *after);

/* At the end of the present file. Returns as follow_next(). */
static int go_on(struct follow *f, struct follow_place *next)
{
	char path[PLATFORM_PATH_MAX];
	int way = find_next(f, path);
	int result = way < 0 ? way : 0;

	/* The file may have grown between its end and its being rotated. */
	if (way != NEXT_DUE && way >= 0 && f->reader)
		result = read_one(f, next);
	if (result != 0 || way == NEXT_NONE)
		return result;
	result = enter(f, path);
	/* The files may have moved on since that was found out: then it is found out anew. */
	if (result == 1 && way == NEXT_DUE && f->kept_place.number != f->last.number + 1) {
		struct follow_place last = f->last;

		return find(f, &last);
	}
	*next = f->kept_place;
	return result == -ENOENT ? 0 : result;
}

int follow_next(struct follow *f, uint64_t up_to, struct audit_record *record,
		struct follow_place *place, uint64_t *lost)
{
	struct follow_place next = f->kept_place;
	int result = f->kept ? 1 : f->reader ? read_one(f, &next) : 0;

	if (result == 0)
		result = go_on(f, &next);
	if (result != 1)
		return result;
	f->kept = next.number > up_to;
	f->kept_place = next;
	if (f->kept)
		return 0;
	if (next.number <= f->last.number)
		return -ESTALE;
	if (f->last.number > 0)
		*lost += next.number - f->last.number - 1;
	f->last = next;
	*record = f->record;
	*place = next;
	return 1;
}

/* Reads a file up to the place. Returns 1 when it was found there; 0: the file ends before it, or
 * goes on behind it, which is then kept; -ESTALE: another record has its number. */
static int find_in(struct follow *f, const char *path, const struct follow_place *after)
{
	int result = enter(f, path);

	while (result == 1 || result == -EBADMSG) {
		if (result == 1 && f->kept_place.number == after->number) {
			f->kept = false;
			return f->kept_place.mark == after->mark ? 1 : -ESTALE;
		}
		if (result == 1 && f->kept_place.number > after->number)
			return 0;
		result = read_one(f, &f->kept_place);
		f->kept = result == 1;
	}
	return result == -ENOENT ? 0 : result;
}

/* Begins with the oldest record there is. */
static int begin(struct follow *f)
{
	struct choice kept;
	int result = choose(f, 0, true, &kept);

	if (!result && kept.found)
		result = enter(f, kept.path);
	if (result == 0 || result == -ENOENT)
		result = enter(f, f->config.backup);
	if (result == 0 || result == -ENOENT)
		result = enter(f, f->config.path);
	return result == -ENOENT || result == 1 ? 0 : result;
}

static int find_in_kept(struct follow *f, const struct follow_place *after)
{
	struct choice kept;
	int error = choose(f, after->number, false, &kept);

	return error || !kept.found ? error : find_in(f, kept.path, after);
}

static int find(struct follow *f, const struct follow_place *after)
{
	bool newer;
	int result;

	f->last = *after;
	if (after->number == 0)
		return begin(f);
	result = find_in(f, f->config.path, after);
	if (result != 0)
		return result == 1 ? 0 : result;
	newer = f->kept;
	/* The record itself may be damaged: its file goes on behind it. */
	if (newer && f->first.number <= after->number)
		return 0;
	if (f->reader && !newer)
		return -ESTALE; /* everything is older */
	result = find_in(f, f->config.backup, after);
	if (result == 0 && (!f->reader || f->first.number > after->number))
		result = find_in_kept(f, after);
	if (result != 0)
		return result == 1 ? 0 : result;
	/* When there is something newer, what lies between is lost. */
	return newer || f->kept ? 0 : -ESTALE;
}

int follow_open(struct platform *p, const struct audit_log_config *config,
		const struct follow_place *after, struct follow **out)
{
	struct follow *f = calloc(1, sizeof(*f));
	int error;

	*out = NULL;
	if (!f)
		return -ENOMEM;
	f->platform = p;
	f->config = *config;
	error = find(f, after);
	if (error) {
		follow_close(f);
		return error;
	}
	*out = f;
	return 0;
}

int follow_sync(struct follow *f)
{
	return f->reader ? audit_log_read_sync(f->reader) : 0;
}

void follow_close(struct follow *f)
{
	if (!f)
		return;
	audit_log_read_close(f->reader);
	free(f);
}
