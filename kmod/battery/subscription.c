// SPDX-License-Identifier: GPL-2.0-only
/*
 * A subscription to events, and how they are read.
 */
#include "battery.h"

#include <sys/eventfd.h>

#include "subscription.h"

bool subscription_map(struct subscription *s, int memory, unsigned int rings,
		      unsigned int ring_bytes)
{
	size_t stride = sizeof(struct seos_ring) + ring_bytes;

	CHECK(rings > 0 && rings <= READERS_MAX);
	s->rings = rings;
	s->bytes = rings * stride;
	s->memory = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	CHECK(s->memory != MAP_FAILED);
	close(memory);
	for (int i = 0; i < s->rings; i++)
		s->readers[i] = (struct seos_reader){.ring = (void *)(s->memory + i * stride),
						     .bytes = ring_bytes};
	return true;
}

bool subscribe(struct subscription *s, unsigned int classes, unsigned int ring_bytes)
{
	struct seos_subscribe wanted = {.classes = classes, .ring_bytes = ring_bytes};

	wanted.eventfd = s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CHECK(s->wake >= 0);
	CHECK(ioctl(device, SEOS_IOC_SUBSCRIBE, &wanted) == 0);
	return subscription_map(s, wanted.memory, wanted.rings, ring_bytes);
}

void unsubscribe(struct subscription *s)
{
	munmap(s->memory, s->bytes);
	close(s->wake);
}

enum seos_read event_next(struct subscription *s, struct seos_event *event, const void **body)
{
	static __u64 bytes[SEOS_EVENT_MAX / sizeof(__u64)];
	int closed = 0;

	for (int i = 0; i < s->rings; i++) {
		enum seos_read what = seos_ring_peek(&s->readers[i], event);

		if (what == SEOS_READ_EVENT) {
			seos_ring_take(&s->readers[i], event, bytes);
			*body = bytes;
			return what;
		}
		closed += what == SEOS_READ_CLOSED;
	}
	return closed == s->rings ? SEOS_READ_CLOSED : SEOS_READ_NOTHING;
}

bool nothing_is_next(struct subscription *s)
{
	struct seos_event event;
	const void *body;

	return event_next(s, &event, &body) == SEOS_READ_NOTHING;
}

bool woken(const struct subscription *s)
{
	__u64 count;

	return read(s->wake, &count, sizeof(count)) == sizeof(count);
}
