/* SPDX-License-Identifier: MIT */
/*
 * The simulated network: links of daemons, which reach this machine by whatever name. Keys are
 * proved as on a real link; messages take their time, and are lost or doubled as the machine was
 * told. The child that serves a link runs to its end when the question arrives.
 */
#include "ref/wire/key.h"
#include "sim/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LATENCY_NS (2 * NS_PER_MS) /* at least; up to ten times that, by the seed */

struct platform_channel {
	struct sim_link *link;
	bool taken; /* the question */
};

void sim_network(struct sim *s, unsigned lost_permille, unsigned doubled_permille)
{
	s->lost_permille = lost_permille;
	s->doubled_permille = doubled_permille;
}

static bool happens(struct sim *s, unsigned permille)
{
	return permille && sim_random(s, 1000) < permille;
}

static int64_t latency_ns(struct sim *s)
{
	return LATENCY_NS + (int64_t)sim_random(s, 9 * LATENCY_NS);
}

static int key_of(const struct platform_link *link, unsigned char out[PLATFORM_KEY_BYTES])
{
	struct keys keys = {.certificate = (char *)link->certificate};

	return key_own(&keys, out) ? -EINVAL : 0;
}

int sim_link_serve(struct platform *p, const struct platform_link *link)
{
	struct sim_process *me = (struct sim_process *)p;

	if (key_of(link, me->link_key))
		return -EINVAL;
	me->links = true;
	me->link_port = link->port;
	return 0;
}

/* Links */

static void link_free(struct sim *s, struct sim_link *l)
{
	struct sim_link **at = &s->links;

	while (*at != l)
		at = &(*at)->next;
	*at = l->next;
	free(l->text);
	free(l->answer);
	free(l);
}

static void let_go(struct sim *s, struct sim_link *l)
{
	if (--l->events == 0)
		link_free(s, l);
}

/* A full queue loses it, as a network does. */
static void send_event(struct sim *s, struct sim_link *l, enum sim_event_kind kind, pid_t pid,
		       int64_t delay_ns, int error)
{
	if (!sim_event_add(s, &(struct sim_event){.at_ns = s->now_ns + delay_ns,
						  .kind = kind,
						  .pid = pid,
						  .number = error,
						  .link = l}))
		l->events++;
}

int sim_link_begin(struct platform *p, const struct platform_link *link,
		   const struct platform_ask *ask, int64_t timeout_ns, unsigned id)
{
	struct sim_process *me = (struct sim_process *)p;
	struct sim *s = me->sim;
	struct sim_link *l = calloc(1, sizeof(*l));

	if (!l)
		return -ENOMEM;
	l->asker = me->pid;
	l->id = id;
	l->port = link->port;
	memcpy(l->key, ask->key, sizeof(l->key));
	l->bytes = ask->bytes;
	l->text = malloc(ask->bytes);
	l->next = s->links;
	s->links = l;
	l->events = 1; /* held meanwhile */
	if (!l->text || key_of(link, l->asker_key)) {
		link_free(s, l);
		return -EINVAL;
	}
	memcpy(l->text, ask->text, ask->bytes);
	send_event(s, l, SIM_ASKED, me->pid, timeout_ns, -ETIMEDOUT);
	if (!happens(s, s->lost_permille))
		send_event(s, l, SIM_LINK, 0, latency_ns(s), 0);
	if (happens(s, s->doubled_permille))
		send_event(s, l, SIM_LINK, 0, 100 * latency_ns(s), 0);
	let_go(s, l);
	return 0;
}

/* The receiving end */

int sim_channel_send(struct platform *p, struct platform_channel *c, const void *text, size_t bytes,
		     int64_t timeout_ns)
{
	char *copy;

	(void)p;
	(void)timeout_ns;
	if (bytes == 0 || bytes > PLATFORM_MESSAGE_MAX)
		return -EMSGSIZE;
	copy = malloc(bytes);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, text, bytes);
	free(c->link->answer);
	c->link->answer = copy;
	c->link->answer_bytes = bytes;
	return 0;
}

ssize_t sim_channel_receive(struct platform *p, struct platform_channel *c, void *text,
			    size_t bytes, int64_t timeout_ns)
{
	(void)p;
	(void)timeout_ns;
	if (c->taken)
		return 0;
	if (c->link->bytes > bytes)
		return -EMSGSIZE;
	c->taken = true;
	memcpy(text, c->link->text, c->link->bytes);
	return (ssize_t)c->link->bytes;
}

static struct sim_process *server_on(const struct sim *s, uint16_t port)
{
	for (struct sim_process *p = s->processes; p; p = p->next) {
		if (p->links && p->started && p->link_port == port)
			return p;
	}
	return NULL;
}

/* A child of the server, alone with the conversation: what the server remembers it does not see. */
static int serve(struct sim *s, const struct sim_process *server, struct sim_link *l)
{
	const char *const argv[] = {server->program->name, NULL};
	const struct sim_command command = {
		.argv = argv, .uid = server->uid, .session = server->sid};
	struct sim_process *child = sim_process_new(s, &command, 1);
	struct platform_channel c = {.link = l};
	struct platform_caller who = {.is_host = true};

	if (!child)
		return -ENOMEM;
	memcpy(who.key, l->asker_key, sizeof(who.key));
	child->busy = true;
	server->program->daemon->channel(&child->run, &c, &who);
	child->busy = false;
	child->leaving = true;
	sim_process_reap(s, child);
	return l->answer ? 0 : -EPIPE;
}

static void arrive(struct sim *s, struct sim_link *l)
{
	const struct sim_process *server = server_on(s, l->port);
	int error = -ECONNREFUSED;

	if (server && memcmp(server->link_key, l->key, sizeof(l->key)) != 0)
		error = -EKEYREJECTED;
	else if (server) {
		l->sent = true;
		error = serve(s, server, l);
	}
	if (!happens(s, s->lost_permille))
		send_event(s, l, SIM_ASKED, l->asker, latency_ns(s), error);
}

static void tell(struct sim_process *asker, struct sim_link *l, int error)
{
	const struct platform_asked what = {error, l->sent, error ? NULL : l->answer,
					    error ? 0 : l->answer_bytes};

	l->done = true;
	asker->busy = true;
	asker->program->daemon->asked(&asker->run, l->id, &what);
	asker->busy = false;
}

void sim_link_deliver(struct sim *s, const struct sim_event *e)
{
	struct sim_process *asker = sim_process_by_pid(s, e->pid);

	if (e->kind == SIM_LINK)
		arrive(s, e->link);
	else if (asker && asker->started && !e->link->done)
		tell(asker, e->link, e->number);
	let_go(s, e->link);
}

void sim_links_free(struct sim *s)
{
	while (s->links)
		link_free(s, s->links);
}
