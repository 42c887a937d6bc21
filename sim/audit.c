/* SPDX-License-Identifier: MIT */
/*
 * Audited calls of the simulated machine: a ring for each of its processors, one reader, and
 * callers that wait for room; see sim.h. Not for: what is made of the events (ref/cmd/diskaudit.c).
 */
#include "sim/world.h"

#include "ref/core/trail_record.h"

#include <errno.h>
#include <string.h>

#define WAKE_LATENCY_NS INT64_C(20000)

static const struct platform_audit_name names[] = {
	{2, 5, TRAIL_CLASS_OPEN, "open"},
	{2, 8, TRAIL_CLASS_CREATE, "creat"},
	{2, 10, TRAIL_CLASS_DELETE, "unlink"},
	{2, 11, TRAIL_CLASS_PROCESS, "execve"},
	{2, 15, TRAIL_CLASS_MODDAC, "chmod"},
	{2, 38, TRAIL_CLASS_CREATE, "rename"},
	{2, 102, TRAIL_CLASS_IPCOPEN, "socketcall"},
};

static void wake(struct sim *s)
{
	const struct sim_event e = {.at_ns = s->now_ns + WAKE_LATENCY_NS,
				    .kind = SIM_AUDIT,
				    .pid = s->audit.reader ? s->audit.reader->pid : 0};

	if (s->audit.reader && !s->audit.woken)
		s->audit.woken = !sim_event_add(s, &e);
}

static bool is_selected(const struct sim *s, const struct platform_audit_event *e)
{
	const struct platform_audit_settings *a = &s->audit.settings;

	return a->classes & 1U << e->class && (e->result < 0 ? a->failure : a->success);
}

/* The lost ones become one event as soon as one fits. */
static void push(struct sim *s, struct sim_ring *ring, const struct platform_audit_event *e)
{
	struct platform_audit_event *at = &ring->events[ring->count++];

	*at = *e;
	at->sequence = ring->next;
	ring->next += e->lost ? e->lost : 1;
	at->wall_ns = sim_wall_ns(s);
}

int sim_audit_call(struct sim *s, const struct platform_audit_event *e)
{
	struct sim_ring *ring = &s->audit.rings[e->source % SIM_RINGS];
	const struct platform_audit_settings *a = &s->audit.settings;
	bool room = ring->count + (ring->lost > 0) < SIM_RING_EVENTS;
	struct platform_audit_event event = *e;

	if (!is_selected(s, e))
		return 0;
	if (e->uid != 0 && (a->suspend || (a->waits && !room)))
		return -EAGAIN;
	event.source = e->source % SIM_RINGS;
	if (!room) {
		ring->lost++;
		return -ENOBUFS;
	}
	if (ring->lost) {
		push(s, ring,
		     &(struct platform_audit_event){.source = event.source, .lost = ring->lost});
		ring->lost = 0;
	}
	push(s, ring, &event);
	wake(s);
	return 1;
}

uint64_t sim_audit_next(const struct sim *s, unsigned source)
{
	return s->audit.rings[source % SIM_RINGS].next;
}

/* The reader's side */

int sim_op_audit_serve(struct platform *p, uint64_t *origin)
{
	struct sim *s = sim_self(p)->sim;

	if (sim_self(p)->uid != 0)
		return -EACCES;
	if (s->audit.reader && s->audit.reader != sim_self(p))
		return -EBUSY;
	s->audit.reader = sim_self(p);
	s->audit.woken = false;
	*origin = s->audit.origin;
	wake(s);
	return sim_op_audit_rewind(p);
}

int sim_op_audit_set(struct platform *p, const struct platform_audit_settings *settings)
{
	if (sim_self(p)->uid != 0)
		return -EACCES;
	if (sim_dies(sim_self(p)))
		return -EIO;
	sim_self(p)->sim->audit.settings = *settings;
	return 0;
}

int sim_op_audit_read(struct platform *p, struct platform_audit_event *out, unsigned max)
{
	struct sim *s = sim_self(p)->sim;
	unsigned n = 0;

	if (s->audit.reader != sim_self(p))
		return -EBADF;
	for (unsigned i = 0; i < SIM_RINGS; i++) {
		struct sim_ring *ring = &s->audit.rings[i];

		while (ring->read < ring->count && n < max)
			out[n++] = ring->events[ring->read++];
	}
	return (int)n;
}

int sim_op_audit_done(struct platform *p)
{
	struct sim *s = sim_self(p)->sim;

	if (s->audit.reader != sim_self(p))
		return -EBADF;
	for (unsigned i = 0; i < SIM_RINGS; i++) {
		struct sim_ring *ring = &s->audit.rings[i];

		if (sim_dies(sim_self(p)))
			return -EIO;
		ring->count -= ring->read;
		memmove(ring->events, ring->events + ring->read,
			ring->count * sizeof(ring->events[0]));
		ring->read = 0;
	}
	return 0;
}

int sim_op_audit_rewind(struct platform *p)
{
	struct sim *s = sim_self(p)->sim;

	if (s->audit.reader != sim_self(p))
		return -EBADF;
	for (unsigned i = 0; i < SIM_RINGS; i++)
		s->audit.rings[i].read = 0;
	return 0;
}

unsigned sim_op_audit_names(struct platform *p, const struct platform_audit_name **out)
{
	(void)p;
	*out = names;
	return sizeof(names) / sizeof(names[0]);
}
