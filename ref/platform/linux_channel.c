/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: conversations, on Unix sockets with processes of this machine and on TCP
 * with other hosts. Not for: waiting for them (linux_listen.c), asking other hosts (linux_link.c),
 * single messages (linux_message.c).
 */
#include "ref/platform/linux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define AGREE_DEADLINE_NS (10 * NS_PER_S)

struct platform_channel {
	struct event_base *loop;
	struct bufferevent *stream;
	struct event *deadline;
	bool agreed;   /* the link is up; always on a Unix socket */
	bool late;     /* the deadline has passed */
	bool *settled; /* becomes true with the first message; may be NULL */
	int error;     /* why it has ended; -EPIPE: the other end has closed */
};

/* Messages in a stream */

int linux_frame_add(struct evbuffer *to, const void *text, size_t bytes)
{
	uint32_t head = htonl((uint32_t)bytes);

	if (bytes == 0 || bytes > PLATFORM_MESSAGE_MAX)
		return -EMSGSIZE;
	if (evbuffer_add(to, &head, sizeof(head)) || evbuffer_add(to, text, bytes))
		return -ENOMEM;
	return 0;
}

ssize_t linux_frame_take(struct evbuffer *from, void *text, size_t bytes)
{
	uint32_t head;
	size_t length;

	if (evbuffer_copyout(from, &head, sizeof(head)) < (ssize_t)sizeof(head))
		return 0;
	length = ntohl(head);
	if (length == 0 || length > bytes || length > PLATFORM_MESSAGE_MAX)
		return -EMSGSIZE;
	if (evbuffer_get_length(from) < sizeof(head) + length)
		return 0;
	evbuffer_drain(from, sizeof(head));
	return evbuffer_remove(from, text, length);
}

/* The open channel */

static void on_event(struct bufferevent *stream, short what, void *arg)
{
	struct platform_channel *c = arg;

	(void)stream;
	if (what & BEV_EVENT_CONNECTED)
		c->agreed = true;
	else if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR))
		c->error = c->agreed ? -EPIPE : -EPROTO;
}

static void on_data(struct bufferevent *stream, void *arg)
{
	(void)stream;
	(void)arg; /* the loop has returned: that is all it has to do */
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct platform_channel *c = arg;

	(void)fd;
	(void)what;
	c->late = true;
}

/* Takes over fd, also when it fails. */
static struct platform_channel *channel_new(int fd, SSL_CTX *link)
{
	struct platform_channel *c = calloc(1, sizeof(*c));
	SSL *ssl = link ? SSL_new(link) : NULL;

	if (c)
		c->loop = event_base_new();
	if (c && c->loop)
		c->deadline = evtimer_new(c->loop, on_deadline, c);
	if (c && c->deadline && link && ssl)
		c->stream = bufferevent_openssl_socket_new(
			c->loop, fd, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	else if (c && c->deadline && !link)
		c->stream = bufferevent_socket_new(c->loop, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!c || !c->stream) {
		SSL_free(ssl);
		close(fd);
		linux_channel_close(NULL, c);
		return NULL;
	}
	c->agreed = !link;
	bufferevent_setcb(c->stream, on_data, on_data, on_event, c);
	bufferevent_setwatermark(c->stream, EV_READ, 0, 2 * PLATFORM_MESSAGE_MAX);
	bufferevent_enable(c->stream, EV_READ | EV_WRITE);
	return c;
}

static int set_deadline(struct platform_channel *c, int64_t timeout_ns)
{
	struct timeval delay = {timeout_ns / NS_PER_S, timeout_ns % NS_PER_S / 1000};

	c->late = false;
	return evtimer_add(c->deadline, &delay) ? -ENOMEM : 0;
}

int linux_channel_open(struct platform *p, const char *path, struct platform_channel **out)
{
	int fd = linux_socket_connect(path, SOCK_STREAM);

	(void)p;
	*out = fd < 0 ? NULL : channel_new(fd, NULL);
	return fd < 0 ? fd : *out ? 0 : -ENOMEM;
}

int linux_channel_send(struct platform *p, struct platform_channel *c, const void *text,
		       size_t bytes, int64_t timeout_ns)
{
	struct evbuffer *output = bufferevent_get_output(c->stream);
	int error = c->error;

	(void)p;
	if (!error)
		error = linux_frame_add(output, text, bytes);
	if (!error)
		error = set_deadline(c, timeout_ns);
	while (!error && evbuffer_get_length(output) > 0) {
		event_base_loop(c->loop, EVLOOP_ONCE);
		error = c->error ? c->error : c->late ? -ETIMEDOUT : 0;
	}
	return error;
}

ssize_t linux_channel_receive(struct platform *p, struct platform_channel *c, void *text,
			      size_t bytes, int64_t timeout_ns)
{
	struct evbuffer *input = bufferevent_get_input(c->stream);
	ssize_t n = set_deadline(c, timeout_ns);

	(void)p;
	while (n == 0) {
		n = linux_frame_take(input, text, bytes);
		if (n != 0)
			break;
		if (c->error)
			return c->error == -EPIPE && evbuffer_get_length(input) == 0 ? 0 : c->error;
		if (c->late)
			return -ETIMEDOUT;
		event_base_loop(c->loop, EVLOOP_ONCE);
	}
	if (n > 0 && c->settled)
		*c->settled = true;
	return n;
}

void linux_channel_close(struct platform *p, struct platform_channel *c)
{
	(void)p;
	if (!c)
		return;
	if (c->stream)
		bufferevent_free(c->stream);
	if (c->deadline)
		event_free(c->deadline);
	if (c->loop)
		event_base_free(c->loop);
	free(c);
}

/* In the child of a daemon */

/* The other end of a link has AGREE_DEADLINE_NS to prove who it is. */
static int agree(struct platform_channel *c, struct platform_caller *who)
{
	int error = set_deadline(c, AGREE_DEADLINE_NS);

	while (!error && !c->agreed) {
		event_base_loop(c->loop, EVLOOP_ONCE);
		error = c->error ? c->error : c->late ? -ETIMEDOUT : 0;
	}
	who->is_host = true;
	if (!error && !linux_link_key(bufferevent_openssl_get_ssl(c->stream), who->key))
		error = -EPROTO;
	return error;
}

static int ask_who(int fd, struct platform_caller *who)
{
	struct ucred peer;
	socklen_t bytes = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &bytes))
		return -errno;
	who->process = (struct platform_peer){peer.pid, peer.uid, peer.gid};
	return 0;
}

void linux_channel_converse(struct linux_platform *l, int fd, SSL_CTX *link, bool *settled)
{
	struct platform_caller who = {0};
	struct platform_channel *c;

	if (!link && ask_who(fd, &who)) {
		close(fd);
		return;
	}
	c = channel_new(fd, link);
	if (c)
		c->settled = settled;
	if (c && (!link || agree(c, &who) == 0))
		l->program->daemon->channel(&l->run, c, &who);
	linux_channel_close(&l->base, c);
}
