/* SPDX-License-Identifier: MIT */
/*
 * How a program reads the event rings of SEOS_syscall: the reader's half of a protocol whose other
 * half is kmod/events.c. A ring has one writer, the extension on one CPU, which never waits, and
 * one reader.
 *
 * Not for: the order of events of several CPUs, which their times tell; subscribing and waiting
 * (SEOS_syscall.h).
 */
#ifndef SEOS_RING_H
#define SEOS_RING_H

#include "SEOS_syscall.h"

#include <string.h>

/* Begin with zeroes, but for ring and bytes. */
struct seos_reader {
	struct seos_ring *ring;
	__u32 bytes;    /* ring_bytes of the subscription */
	__u64 expected; /* sequence number of the next event */
	__u64 time_ns;  /* of the last one */
};

enum seos_read {
	SEOS_READ_NOTHING = 0, /* for now: wait for the eventfd */
	SEOS_READ_EVENT = 1,
	SEOS_READ_CLOSED = 2, /* for good */
};

/* Copies from a place in the ring, around its end. */
static inline void seos_ring_copy(const struct seos_reader *r, __u32 at, void *out, __u32 bytes)
{
	const char *data = (const char *)(r->ring + 1);
	__u32 begin = at & (r->bytes - 1);
	__u32 first = bytes < r->bytes - begin ? bytes : r->bytes - begin;

	memcpy(out, data + begin, first);
	memcpy((char *)out + first, data, bytes - first);
}

static inline struct seos_event seos_ring_gap(const struct seos_reader *r)
{
	return (struct seos_event){
		.length = sizeof(struct seos_event) + sizeof(struct seos_gap),
		.type = SEOS_EVENT_GAP,
		.sequence = r->expected,
		.time_ns = r->time_ns,
	};
}

/*
 * The header of the next event, which stays where it is. Where events are missing, that of a gap
 * (whose cpu is 0).
 */
static inline enum seos_read seos_ring_peek(const struct seos_reader *r, struct seos_event *out)
{
	/* In this order: whoever sees a number sees all events before it that are there at all. */
	__u32 closed = __atomic_load_n(&r->ring->closed, __ATOMIC_ACQUIRE);
	__u32 next = __atomic_load_n(&r->ring->next, __ATOMIC_ACQUIRE);
	__u32 head = __atomic_load_n(&r->ring->head, __ATOMIC_ACQUIRE);
	__u32 tail = r->ring->tail;

	if (head != tail) {
		seos_ring_copy(r, tail, out, sizeof(*out));
		if (out->sequence != r->expected)
			*out = seos_ring_gap(r);
		return SEOS_READ_EVENT;
	}
	if (next != (__u32)r->expected) {
		*out = seos_ring_gap(r);
		return SEOS_READ_EVENT;
	}
	return closed ? SEOS_READ_CLOSED : SEOS_READ_NOTHING;
}

/* How many are missing before the next event, or so far when none has come since. */
static inline __u64 seos_ring_lost(const struct seos_reader *r)
{
	__u32 next = __atomic_load_n(&r->ring->next, __ATOMIC_ACQUIRE);
	__u32 head = __atomic_load_n(&r->ring->head, __ATOMIC_ACQUIRE);
	struct seos_event event;

	if (head == r->ring->tail)
		return (__u32)(next - (__u32)r->expected);
	seos_ring_copy(r, r->ring->tail, &event, sizeof(event));
	return event.sequence - r->expected;
}

/*
 * Takes the event that seos_ring_peek() has shown. body, of at least SEOS_EVENT_MAX bytes, gets
 * what follows the header. Returns its bytes.
 */
static inline __u32 seos_ring_take(struct seos_reader *r, const struct seos_event *event,
				   void *body)
{
	__u32 tail = r->ring->tail;
	__u32 bytes = event->length - (__u32)sizeof(*event);

	if (event->type == SEOS_EVENT_GAP) {
		struct seos_gap gap = {.lost = seos_ring_lost(r)};

		memcpy(body, &gap, sizeof(gap));
		r->expected += gap.lost;
		return sizeof(gap);
	}
	seos_ring_copy(r, tail + (__u32)sizeof(*event), body, bytes);
	r->expected = event->sequence + 1;
	r->time_ns = event->time_ns;
	/* Afterwards the writer must see that the ring is empty, or the reader the next event. */
	__atomic_store_n(&r->ring->tail, tail + ((event->length + 7) & ~7U), __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return bytes;
}

#endif
