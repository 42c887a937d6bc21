/* SPDX-License-Identifier: MIT */
/*
 * Audited calls of the simulated machine: a ring for each of its processors, one reader, and
 * callers that wait for room; see sim.h. Not for: what is made of the events (ref/cmd/diskaudit.c).
 */
#include "sim/world.h"

#include "kmod/uapi/SEOS_syscall.h"
#include "ref/core/trail_record.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WAKE_LATENCY_NS INT64_C(20000)
#define CALL_NS         NS_PER_MS /* that one takes, at most; half of it at least */

static const struct platform_audit_name names[] = {
	{2, SIM_CALL_OPEN, TRAIL_CLASS_OPEN, "open"},
	{2, 8, TRAIL_CLASS_CREATE, "creat"},
	{2, SIM_CALL_UNLINK, TRAIL_CLASS_DELETE, "unlink"},
	{2, 11, TRAIL_CLASS_PROCESS, "execve"},
	{2, 15, TRAIL_CLASS_MODDAC, "chmod"},
	{2, SIM_CALL_RENAME, TRAIL_CLASS_CREATE, "rename"},
	{2, SIM_CALL_MKDIR, TRAIL_CLASS_CREATE, "mkdir"},
	{2, SIM_CALL_RMDIR, TRAIL_CLASS_DELETE, "rmdir"},
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

static unsigned room(const struct sim_ring *ring)
{
	return SIM_RING_EVENTS - ring->count - ring->kept;
}

int sim_audit_begin(struct sim *s, const struct platform_audit_event *e)
{
	struct sim_ring *ring = &s->audit.rings[e->source % SIM_RINGS];
	const struct platform_audit_settings *a = &s->audit.settings;

	if (!(a->classes & 1U << e->class) || e->euid == 0)
		return 0;
	if (a->suspend)
		return -EAGAIN;
	if (room(ring) <= (ring->lost > 0))
		return a->waits ? -EAGAIN : 0;
	ring->kept++;
	return 1;
}

static void tell_lost(struct sim *s, struct sim_ring *ring, unsigned source)
{
	const struct platform_audit_event e = {.source = source, .lost = ring->lost};

	if (ring->lost)
		push(s, ring, &e);
	ring->lost = 0;
}

int sim_audit_end(struct sim *s, const struct platform_audit_event *e, bool kept)
{
	struct sim_ring *ring = &s->audit.rings[e->source % SIM_RINGS];
	struct platform_audit_event event = *e;

	ring->kept -= kept;
	if (!is_selected(s, e))
		return 0;
	event.source = e->source % SIM_RINGS;
	if (room(ring) > 1)
		tell_lost(s, ring, event.source);
	/* Lost ones come first, but for a call that has its room: they may be told of behind it. */
	if (!kept && (ring->lost || !room(ring))) {
		ring->lost++;
		return -ENOBUFS;
	}
	push(s, ring, &event);
	wake(s);
	return 1;
}

int sim_audit_call(struct sim *s, const struct platform_audit_event *e)
{
	int kept = sim_audit_begin(s, e);

	return kept < 0 ? kept : sim_audit_end(s, e, kept);
}

/* Calls of the machine's programs */

static unsigned class_of(unsigned number)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].number == number)
			return names[i].class;
	}
	abort(); /* a call without a name */
}

/* Neither the harness nor the reader, whose calls would never end. */
static bool is_audited(const struct sim_process *me, unsigned number)
{
	return me->program && me != me->sim->audit.reader &&
	       me->sim->audit.settings.classes & 1U << class_of(number);
}

int sim_call_begin(struct sim_process *me, struct sim_call *call, unsigned number, const char *path,
		   const char *second)
{
	struct platform_audit_event *e = &call->event;

	call->audited = is_audited(me, number);
	if (!call->audited)
		return 0;
	*e = (struct platform_audit_event){
		.source = (unsigned)me->pid,
		.pid = me->pid,
		.ppid = me->ppid,
		.uid = me->uid,
		.euid = me->uid,
		.gid = me->uid,
		.egid = me->uid,
		.abi = SEOS_ABI_I386,
		.number = number,
		.class = class_of(number),
	};
	snprintf(e->program, sizeof(e->program), "%s", me->program->name);
	snprintf(e->path, sizeof(e->path), "%s", path);
	snprintf(e->second, sizeof(e->second), "%s", second);
	while ((call->kept = sim_audit_begin(me->sim, e)) < 0) {
		if (!sim_wait(me, me->sim->now_ns + CALL_NS) && me->dead)
			return -EINTR;
	}
	return 0;
}

int sim_call_end(struct sim_process *me, struct sim_call *call, int result)
{
	if (!call->audited)
		return result;
	call->event.result = result;
	(void)sim_audit_end(me->sim, &call->event, call->kept);
	/* To the reader, on another processor. */
	sim_give_way(me, CALL_NS / 2 + (int64_t)sim_random(me->sim, CALL_NS / 2));
	return result;
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
		if (ring->lost && room(ring)) {
			tell_lost(s, ring, i);
			wake(s);
		}
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
