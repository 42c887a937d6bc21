/* SPDX-License-Identifier: MIT */
/*
 * Messages between simulated processes: what is sent arrives a little later, and who waits for the
 * answer lets the machine go on meanwhile.
 */
#include "sim/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LATENCY_NS INT64_C(50000) /* at least; up to twice that, by the seed */

static struct sim_process *server_at(const struct sim *s, const char *path)
{
	for (struct sim_process *p = s->processes; p; p = p->next) {
		for (size_t i = 0; i < sizeof(p->sockets) / sizeof(p->sockets[0]); i++) {
			if (p->sockets[i] && !strcmp(p->sockets[i], path))
				return p;
		}
	}
	return NULL;
}

int sim_op_serve(struct platform *p, const char *path, mode_t mode)
{
	struct sim_process *me = sim_self(p);

	(void)mode; /* who may connect is decided by peer credentials */
	for (size_t i = 0; i < sizeof(me->sockets) / sizeof(me->sockets[0]); i++) {
		if (me->sockets[i])
			continue;
		me->sockets[i] = strdup(path);
		return me->sockets[i] ? 0 : -ENOMEM;
	}
	return -EINVAL;
}

static int send_message(struct sim_process *me, const char *path, const void *text, size_t bytes,
			bool waits, struct platform_connection **out)
{
	struct sim *s = me->sim;
	const struct sim_process *server = server_at(s, path);
	struct platform_connection *c;
	int error;

	if (sim_dies(me))
		return -EIO;
	if (bytes == 0 || bytes > PLATFORM_MESSAGE_MAX)
		return -EMSGSIZE;
	if (!server)
		return -ECONNREFUSED;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->next = s->connections;
	s->connections = c;
	c->peer = (struct platform_peer){me->pid, me->uid, 0};
	c->waits = waits;
	c->bytes = bytes;
	c->text = malloc(bytes + 1);
	if (!c->text) {
		sim_connection_free(s, c);
		return -ENOMEM;
	}
	memcpy(c->text, text, bytes);
	c->text[bytes] = '\0';
	error = sim_event_add(s, &(struct sim_event){.at_ns = s->now_ns + LATENCY_NS +
							      (int64_t)sim_random(s, LATENCY_NS),
						     .kind = SIM_MESSAGE,
						     .pid = server->pid,
						     .connection = c});
	if (error)
		sim_connection_free(s, c);
	*out = c;
	return error;
}

static ssize_t take_answer(const struct platform_connection *c, void *answer, size_t answer_bytes)
{
	if (!c->answer)
		return -EPIPE;
	if (c->answer_bytes > answer_bytes)
		return -EMSGSIZE;
	memcpy(answer, c->answer, c->answer_bytes);
	return (ssize_t)c->answer_bytes;
}

ssize_t sim_op_request(struct platform *p, const char *path, const void *text, size_t bytes,
		       void *answer, size_t answer_bytes, int64_t timeout_ns)
{
	struct sim *s = sim_self(p)->sim;
	int64_t end_ns = s->now_ns + timeout_ns;
	struct platform_connection *c;
	ssize_t n = send_message(sim_self(p), path, text, bytes, true, &c);

	if (n)
		return n;
	while (!c->answered && sim_wait(sim_self(p), end_ns))
		;
	if (!c->answered) {
		c->waits = false; /* the server's answer will go nowhere */
		return -ETIMEDOUT;
	}
	n = take_answer(c, answer, answer_bytes);
	sim_connection_free(s, c);
	return n;
}

int sim_op_notify(struct platform *p, const char *path, const void *text, size_t bytes)
{
	struct platform_connection *c;

	return send_message(sim_self(p), path, text, bytes, false, &c);
}

int sim_op_reply(struct platform *p, struct platform_connection *c, const void *text, size_t bytes)
{
	if (sim_dies(sim_self(p)))
		return -EIO; /* the connection ends with the process */
	if (!c->waits) {
		sim_connection_free(sim_self(p)->sim, c);
		return -EPIPE;
	}
	c->server = NULL;
	c->answered = true;
	sim_wake(sim_self(p)->sim, c->peer.pid);
	if (bytes == 0 || bytes > PLATFORM_MESSAGE_MAX)
		return -EMSGSIZE;
	c->answer = malloc(bytes);
	if (!c->answer)
		return -ENOMEM;
	memcpy(c->answer, text, bytes);
	c->answer_bytes = bytes;
	return 0;
}
