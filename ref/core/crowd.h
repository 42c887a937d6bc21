/* SPDX-License-Identifier: MIT */
/*
 * Who has to go when more connect than there is room for: nobody keeps others out by connecting and
 * saying nothing. Not for accepting and closing (platform/).
 */
#ifndef REF_CORE_CROWD_H
#define REF_CORE_CROWD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CROWD_ROOM (-1) /* nobody */
#define CROWD_FULL (-2) /* nobody can: all are being served */

/* One who is connected. */
struct crowd_guest {
	uint64_t source; /* whose: a user, a host */
	uint64_t age;    /* the smaller, the earlier he came */
	bool idle;       /* he has not said yet what he wants */
};

/*
 * The index of the one who makes room for a newcomer of a source, CROWD_ROOM or CROWD_FULL. A
 * source that has a quarter of the places idle gives up its own oldest; in a full house the oldest
 * idle one goes.
 */
int crowd_victim(const struct crowd_guest *guests, size_t count, size_t places, uint64_t source);

#endif
