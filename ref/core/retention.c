/* SPDX-License-Identifier: MIT */
/*
 * Which trails left behind are removed; see retention.h.
 */
#include "ref/core/retention.h"

#include <stdlib.h>
#include <string.h>

#define DAY_S 86400
#define KB    1024

static size_t digits(const char *at)
{
	return strspn(at, "0123456789");
}

bool retention_is_left_behind(const char *base, const char *name)
{
	size_t n = strlen(base);
	const char *at;

	if (strncmp(name, base, n) != 0 || name[n] != '.')
		return false;
	at = name + n + 1;
	if (digits(at) == 8 && at[8] == '_' && digits(at + 9) == 4)
		at += 13;
	else if (digits(at) == 12)
		at += 12;
	else
		return false;
	if (!*at)
		return true;
	return *at == '.' && at[1] != '0' && (digits(at + 1) == 1 || digits(at + 1) == 2) &&
	       !at[1 + digits(at + 1)];
}

static int by_age(const void *x, const void *y)
{
	const struct retention_trail *a = x;
	const struct retention_trail *b = y;

	if (a->changed_s != b->changed_s)
		return a->changed_s < b->changed_s ? -1 : 1;
	return strcmp(a->name, b->name);
}

void retention_judge(const struct retention_limits *limits, int64_t now_s, wide system_bytes,
		     struct retention_trail *trails, size_t count)
{
	wide held = 0; /* by those that are kept, and by the first that does not fit */

	if (count)
		qsort(trails, count, sizeof(trails[0]), by_age);
	/* The newest are kept as long as they fit; what is older than one that does not fit goes.
	 */
	for (size_t i = count; i-- > 0;) {
		struct retention_trail *t = &trails[i];

		held += t->bytes;
		t->verdict = RETENTION_KEEP;
		if (limits->days && t->changed_s < now_s - (int64_t)limits->days * DAY_S)
			t->verdict = RETENTION_TOO_OLD;
		else if (limits->kb && held > (wide)limits->kb * KB)
			t->verdict = RETENTION_TOO_MUCH;
		else if (limits->percent && held * 100 > system_bytes * limits->percent)
			t->verdict = RETENTION_TOO_LARGE_PART;
	}
}
