/* SPDX-License-Identifier: MIT */
/*
 * Durations in words; see duration.h. The units are a table: the first one that fits decides.
 */
#include "ref/core/duration.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#define MINUTE_S 60
#define HOUR_S   (60 * MINUTE_S)
#define DAY_S    (24 * HOUR_S)

static const struct {
	int64_t from_s;
	int64_t large_s;
	int64_t small_s;
	char large;
	char small;
} forms[] = {
	{DAY_S, DAY_S, HOUR_S, 'd', 'h'},
	{HOUR_S, HOUR_S, MINUTE_S, 'h', 'm'},
	{0, MINUTE_S, 1, 'm', 's'},
};

void duration_format(int64_t duration_s, char out[DURATION_MAX])
{
	size_t i = 0;

	if (duration_s < 0)
		duration_s = 0;
	while (duration_s < forms[i].from_s)
		i++;
	snprintf(out, DURATION_MAX, "%" PRId64 "%c-%" PRId64 "%c", duration_s / forms[i].large_s,
		 forms[i].large, duration_s % forms[i].large_s / forms[i].small_s, forms[i].small);
}
