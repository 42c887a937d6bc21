/* SPDX-License-Identifier: MIT */
/*
 * Room for who connects; see crowd.h.
 */
#include "ref/core/crowd.h"

int crowd_victim(const struct crowd_guest *guests, size_t count, size_t places, uint64_t source)
{
	size_t own_idle = 0, share = places / 4;
	int own = CROWD_FULL, oldest = CROWD_FULL;

	for (size_t i = 0; i < count; i++) {
		const struct crowd_guest *g = &guests[i];

		if (!g->idle)
			continue;
		if (oldest < 0 || g->age < guests[oldest].age)
			oldest = (int)i;
		if (g->source != source)
			continue;
		own_idle++;
		if (own < 0 || g->age < guests[own].age)
			own = (int)i;
	}
	if (own_idle > 0 && own_idle >= share)
		return own;
	return count < places ? CROWD_ROOM : oldest;
}
