/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A subscription to events, for the tests that read some.
 *
 * Not for: the protocol of the rings (uapi/SEOS_ring.h).
 */
#ifndef SUBSCRIPTION_H
#define SUBSCRIPTION_H

#include "uapi/SEOS_ring.h"

#define READERS_MAX 64

struct subscription {
	int wake;
	int rings;
	size_t bytes;
	char *memory;
	struct seos_reader readers[READERS_MAX];
};

bool subscribe(struct subscription *s, unsigned int classes, unsigned int ring_bytes);
/* What is left to do of it with rings in memory, a descriptor, which is closed; wake is there. */
bool subscription_map(struct subscription *s, int memory, unsigned int rings,
		      unsigned int ring_bytes);
void unsubscribe(struct subscription *s);
/* The next event of any CPU, its body in body, which it shares with the next one. */
enum seos_read event_next(struct subscription *s, struct seos_event *event, const void **body);
bool nothing_is_next(struct subscription *s);
/* The eventfd is readable; it is not afterwards. */
bool woken(const struct subscription *s);

#endif
