/* SPDX-License-Identifier: MIT */
/*
 * Too many failed logins; see lockout.h.
 */
#include "ref/core/lockout.h"

#include <string.h>

static struct lockout_user *find(struct lockout *l, const char *name)
{
	for (unsigned i = 0; i < LOCKOUT_USERS_MAX; i++) {
		if (!strcmp(l->users[i].name, name))
			return &l->users[i];
	}
	return NULL;
}

static int64_t last_s(const struct lockout_user *u)
{
	return u->count ? u->times_s[u->count - 1] : INT64_MIN;
}

/* A place for a user who has none: a free one, or that of the oldest failure. */
static struct lockout_user *make_room(struct lockout *l, const char *name)
{
	struct lockout_user *oldest = &l->users[0];

	for (unsigned i = 1; i < LOCKOUT_USERS_MAX && oldest->name[0]; i++) {
		if (!l->users[i].name[0] || last_s(&l->users[i]) < last_s(oldest))
			oldest = &l->users[i];
	}
	*oldest = (struct lockout_user){0};
	memcpy(oldest->name, name, strlen(name) + 1);
	return oldest;
}

/* Drops what is too long ago, and the oldest where there is no room. */
static void drop_old(struct lockout_user *u, int64_t from_s)
{
	unsigned dropped = u->count == LOCKOUT_COUNT_MAX;

	while (dropped < u->count && u->times_s[dropped] < from_s)
		dropped++;
	u->count -= dropped;
	memmove(u->times_s, u->times_s + dropped, u->count * sizeof(u->times_s[0]));
}

static bool is_failure(const struct audit_record *r)
{
	return (r->type == RECORD_LOGIN && r->status == 'D') || r->type == RECORD_PASSWORD_ATTEMPT;
}

bool lockout_note(struct lockout *l, const struct audit_record *record)
{
	bool reset = record->type == RECORD_LOGIN_DISABLED || record->type == RECORD_LOGIN_ENABLED;
	struct lockout_user *u;

	if (!reset && !is_failure(record))
		return false;
	u = find(l, record->user);
	if (reset) {
		if (u)
			*u = (struct lockout_user){0};
		return false;
	}
	if (!u)
		u = make_room(l, record->user);
	drop_old(u, record->time_s - l->within_s);
	u->times_s[u->count++] = record->time_s;
	if (u->count < l->limit)
		return false;
	*u = (struct lockout_user){0};
	return true;
}

bool lockout_time(const char *text, int64_t *seconds)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
	int64_t number = 0;

	while (*text >= '0' && *text <= '9' && number <= LOCKOUT_SECONDS_MAX)
		number = number * 10 + (*text++ - '0');
	if (number == 0 || !text[0] || text[1])
		return false;
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (*text != units[i].unit)
			continue;
		if (number > LOCKOUT_SECONDS_MAX / units[i].seconds)
			return false;
		*seconds = number * units[i].seconds;
		return true;
	}
	return false;
}
