/* SPDX-License-Identifier: MIT */
/*
 * What the simulated kernel extension sees: its table of login sessions, and its readers, each with
 * a bounded queue that loses what does not fit, as the rings of the real one do. It has one CPU.
 *
 * Not for: hooked calls (world.c).
 */
#include "sim/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EVENT_LATENCY_NS (10 * 1000)
#define EVENT_BYTES      64 /* of a ring, for one event */
#define RING_MIN         8192
#define RING_MAX         (1u << 24)
#define READERS_MAX      8

struct platform_events {
	struct platform_events *next;
	const struct sim_process *reader;
	unsigned classes;
	uint64_t sequence; /* of the next event */
	uint64_t expected; /* by the reader */
	size_t room, count;
	const struct platform_access *given; /* with the last event, until the next */
	struct platform_event events[];      /* oldest first; what they point to is theirs */
};

/* Puts an event behind the others, with a copy of what it points to. False: it has no room. */
static bool put(struct platform_events *e, const struct platform_event *event)
{
	struct platform_event *to = &e->events[e->count];
	struct platform_access *access;

	if (e->count == e->room)
		return false;
	*to = *event;
	if (event->kind == PLATFORM_FILE_ACCESS) {
		access = malloc(sizeof(*access));
		if (!access)
			return false;
		*access = *event->access;
		to->access = access;
	}
	e->count++;
	return true;
}

int sim_report(struct sim *s, enum platform_event_class class, const struct platform_event *event)
{
	int error = 0;

	for (struct platform_events *e = s->readers; e; e = e->next) {
		if (!(e->classes & class))
			continue;
		if (put(e, event)) {
			struct platform_event *to = &e->events[e->count - 1];

			to->cpu = 0;
			to->sequence = e->sequence;
			to->boot_ns = s->now_ns;
		}
		e->sequence++;
		if (e->count == 1)
			error = sim_event_add(
				s, &(struct sim_event){.at_ns = s->now_ns + EVENT_LATENCY_NS,
						       .kind = SIM_EVENTS,
						       .pid = e->reader->pid,
						       .events = e});
	}
	return error;
}

int sim_events_open(struct platform *p, unsigned classes, size_t ring_bytes,
		    struct platform_events **out)
{
	struct sim_process *me = (struct sim_process *)p;
	size_t room = ring_bytes / EVENT_BYTES;
	struct platform_events *e;
	unsigned readers = 0;

	*out = NULL;
	if (me->uid != 0)
		return -EACCES;
	if (!classes || (classes & ~(PLATFORM_EVENTS_SESSION | PLATFORM_EVENTS_ACCESS)) ||
	    ring_bytes < RING_MIN || ring_bytes > RING_MAX || (ring_bytes & (ring_bytes - 1)))
		return -EINVAL;
	for (e = me->sim->readers; e; e = e->next)
		readers++;
	if (readers == READERS_MAX)
		return -EBUSY;
	e = calloc(1, sizeof(*e) + room * sizeof(e->events[0]));
	if (!e)
		return -ENOMEM;
	e->reader = me;
	e->classes = classes;
	e->room = room;
	e->next = me->sim->readers;
	me->sim->readers = e;
	*out = e;
	return 0;
}

int sim_events_next(struct platform *p, struct platform_events *e, struct platform_event *out)
{
	(void)p;
	free((void *)e->given);
	e->given = NULL;
	if (e->count ? e->events[0].sequence != e->expected : e->sequence != e->expected) {
		uint64_t next = e->count ? e->events[0].sequence : e->sequence;

		*out = (struct platform_event){.kind = PLATFORM_EVENT_GAP,
					       .sequence = e->expected,
					       .lost = next - e->expected};
		e->expected = next;
		return 1;
	}
	if (!e->count)
		return 0;
	*out = e->events[0];
	if (out->kind == PLATFORM_FILE_ACCESS)
		e->given = out->access;
	e->expected++;
	e->count--;
	memmove(e->events, e->events + 1, e->count * sizeof(e->events[0]));
	return 1;
}

void sim_events_close(struct platform *p, struct platform_events *e)
{
	struct platform_events **link = &((struct sim_process *)p)->sim->readers;

	if (!e)
		return;
	while (*link != e)
		link = &(*link)->next;
	*link = e->next;
	for (size_t i = 0; i < e->count; i++) {
		if (e->events[i].kind == PLATFORM_FILE_ACCESS)
			free((void *)e->events[i].access);
	}
	free((void *)e->given);
	free(e);
}

bool sim_events_open_still(const struct sim *s, const struct platform_events *e)
{
	const struct platform_events *other = s->readers;

	while (other && other != e)
		other = other->next;
	return other;
}

void sim_events_let_go(struct sim_process *p)
{
	struct platform_events *next;

	for (struct platform_events *e = p->sim->readers; e; e = next) {
		next = e->next;
		if (e->reader == p)
			sim_events_close(&p->base, e);
	}
}

/* Login sessions */

static unsigned members(const struct sim *s, uint64_t number)
{
	unsigned count = 0;

	for (const struct sim_process *p = s->processes; p; p = p->next)
		count += !p->dead && p->login == number;
	return count;
}

static struct sim_login *login_by_number(struct sim *s, uint64_t number)
{
	for (size_t i = 0; i < s->login_count; i++) {
		if (s->logins[i].number == number)
			return &s->logins[i];
	}
	return NULL;
}

void sim_login_member_gone(struct sim *s, uint64_t number)
{
	struct sim_login *l = number && !members(s, number) ? login_by_number(s, number) : NULL;
	struct platform_event ended = {.kind = PLATFORM_SESSION_END};

	if (!l)
		return;
	l->login.end_boot_ns = s->now_ns;
	ended.session = l->login.id;
	/* Should the queue be full, the table still knows. */
	(void)sim_report(s, PLATFORM_EVENTS_SESSION, &ended);
}

static void move_to(struct sim_process *p, uint64_t number)
{
	uint64_t before = p->login;

	p->login = number;
	sim_login_member_gone(p->sim, before);
}

static void describe(struct sim *s, const struct sim_login *l, struct platform_login *out)
{
	*out = l->login;
	out->processes = members(s, l->number);
}

int sim_login_begin(struct platform *p, struct platform_login *out)
{
	struct sim *s = ((struct sim_process *)p)->sim;
	struct sim_process *leader = sim_process_by_pid(s, out->id.leader);
	struct sim_login *l = &s->logins[s->login_count];

	if (((struct sim_process *)p)->uid != 0)
		return -EACCES;
	if (sim_dies((struct sim_process *)p))
		return -EIO;
	if (out->label_bytes > PLATFORM_LABEL_MAX)
		return -EINVAL;
	if (!leader)
		return -ESRCH;
	if (s->login_count == SIM_LOGINS_MAX)
		return -ENOSPC;
	*l = (struct sim_login){.number = ++s->login_last, .login = *out};
	l->login.id.start_s = sim_wall_ns(s) / NS_PER_S;
	l->login.end_boot_ns = 0;
	for (size_t i = 0; i < s->login_count; i++) {
		const struct platform_session *other = &s->logins[i].login.id;

		if (other->leader == l->login.id.leader && other->start_s >= l->login.id.start_s)
			l->login.id.start_s = other->start_s + 1;
	}
	s->login_count++;
	move_to(leader, l->number);
	describe(s, l, out);
	return 0;
}

int sim_login_of(struct platform *p, pid_t pid, struct platform_login *out)
{
	struct sim *s = ((struct sim_process *)p)->sim;
	const struct sim_process *asked = sim_process_by_pid(s, pid);

	if (((struct sim_process *)p)->uid != 0)
		return -EACCES;
	if (!asked || !asked->login)
		return -ESRCH;
	describe(s, login_by_number(s, asked->login), out);
	return 0;
}

int sim_login_next(struct platform *p, uint64_t *cursor, struct platform_login *out)
{
	struct sim *s = ((struct sim_process *)p)->sim;

	if (((struct sim_process *)p)->uid != 0)
		return -EACCES;
	for (size_t i = 0; i < s->login_count; i++) {
		if (s->logins[i].number <= *cursor)
			continue;
		*cursor = s->logins[i].number;
		describe(s, &s->logins[i], out);
		return 0;
	}
	return -ENOENT;
}

int sim_login_forget(struct platform *p, const struct platform_session *id)
{
	struct sim *s = ((struct sim_process *)p)->sim;

	if (((struct sim_process *)p)->uid != 0)
		return -EACCES;
	if (sim_dies((struct sim_process *)p))
		return -EIO;
	for (size_t i = 0; i < s->login_count; i++) {
		if (s->logins[i].login.id.leader != id->leader ||
		    s->logins[i].login.id.start_s != id->start_s)
			continue;
		if (!s->logins[i].login.end_boot_ns)
			return -EBUSY;
		s->login_count--;
		memmove(&s->logins[i], &s->logins[i + 1],
			(s->login_count - i) * sizeof(s->logins[0]));
		return 0;
	}
	return -ENOENT;
}

int sim_login_leave(struct platform *p)
{
	struct sim_process *me = (struct sim_process *)p;

	if (me->uid != 0)
		return -EACCES;
	if (sim_dies(me))
		return -EIO;
	if (!me->login)
		return -ESRCH;
	move_to(me, 0);
	return 0;
}
