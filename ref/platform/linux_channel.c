/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: conversations, on Unix sockets with processes of this machine and on TCP
 * with other hosts. A daemon forks a child for each, which lives on when the daemon ends: what it
 * has to say last is often just that. Not for: asking other hosts (linux_link.c), single messages
 * (linux_message.c).
 */
#include "ref/platform/linux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG           512 /* who wait for a child */
#define AGREE_DEADLINE_NS (10 * NS_PER_S)

struct linux_listener {
	struct linux_platform *linux_platform;
	struct linux_listener *next;
	struct event *event;
	SSL_CTX *link; /* NULL: a Unix socket */
};

struct platform_channel {
	struct event_base *loop;
	struct bufferevent *stream;
	struct event *deadline;
	bool agreed; /* the link is up; always on a Unix socket */
	bool late;   /* the deadline has passed */
	int error;   /* why it has ended; -EPIPE: the other end has closed */
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

/* Serving */

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

/* The child of one conversation. What it has of the daemon's it gives up: locks, sockets, loop. */
__attribute__((noreturn)) static void serve_one(struct linux_listener *from, int connected)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};
	struct linux_platform *l = from->linux_platform;
	struct platform_caller who = {0};
	struct platform_channel *c;
	sigset_t none;
	int fd = 3;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		signal(signals[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (connected != fd && dup2(connected, fd) < 0)
		_exit(EXIT_REFUSED);
	closefrom(fd + 1);
	l->lock_count = 0;
	l->kernel_fd = -1;
	evutil_make_socket_nonblocking(fd);
	evutil_make_socket_closeonexec(fd);
	if (!from->link && ask_who(fd, &who))
		_exit(EXIT_REFUSED);
	c = channel_new(fd, from->link);
	if (c && (!from->link || agree(c, &who) == 0))
		l->program->daemon->channel(&l->run, c, &who);
	linux_channel_close(&l->base, c);
	_exit(EXIT_DONE);
}

static void listen_again(struct linux_platform *l, bool on)
{
	for (struct linux_listener *i = l->listeners; i; i = i->next) {
		if (on)
			event_add(i->event, NULL);
		else
			event_del(i->event);
	}
}

static void on_connect(evutil_socket_t listening, short what, void *arg)
{
	struct linux_listener *from = arg;
	struct linux_platform *l = from->linux_platform;
	/* cppcheck-suppress nullPointer ; nobody's address is wanted */
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	sigset_t all, before;
	pid_t pid;

	(void)what;
	if (fd < 0)
		return; /* it went away again, or descriptors are short: the next event tries anew
			 */
	/* No signal may reach the child while it still has the daemon's handlers. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		serve_one(from, fd);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fd);
	if (pid < 0)
		return;
	l->channel_pids[l->channel_count++] = pid;
	if (l->channel_count == LINUX_CHANNELS_MAX)
		listen_again(l, false);
}

bool linux_channel_child(struct linux_platform *l, pid_t pid)
{
	for (unsigned i = 0; i < l->channel_count; i++) {
		if (l->channel_pids[i] != pid)
			continue;
		if (l->channel_count == LINUX_CHANNELS_MAX)
			listen_again(l, true);
		l->channel_pids[i] = l->channel_pids[--l->channel_count];
		return true;
	}
	return false;
}

/* Takes over fd and link, also when it fails. */
static int listener_add(struct linux_platform *l, int fd, SSL_CTX *link)
{
	struct linux_listener *new = l->loop ? calloc(1, sizeof(*new)) : NULL;

	if (new)
		new->event = event_new(l->loop, fd, EV_READ | EV_PERSIST, on_connect, new);
	if (!new || !new->event || event_add(new->event, NULL)) {
		if (new &&new->event)
			event_free(new->event);
		free(new);
		SSL_CTX_free(link);
		close(fd);
		return l->loop ? -ENOMEM : -EINVAL;
	}
	new->linux_platform = l;
	new->link = link;
	new->next = l->listeners;
	l->listeners = new;
	return 0;
}

int linux_channel_serve(struct platform *p, const char *path, mode_t mode)
{
	int fd = linux_socket_bind(path, SOCK_STREAM, mode);

	return fd < 0 ? fd : listener_add(linux_platform(p), fd, NULL);
}

/* Every address of the machine, IPv6 and IPv4 on one socket; IPv4 alone where there is no other. */
static int bind_port(uint16_t port)
{
	const struct sockaddr_in6 six = {
		.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
	const struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	const int on = 1, off = 0;
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error = 0;

	if (fd >= 0) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		error = bind(fd, (const struct sockaddr *)&six, sizeof(six)) ? -errno : 0;
	} else {
		fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		if (fd < 0)
			return -errno;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		error = bind(fd, (const struct sockaddr *)&four, sizeof(four)) ? -errno : 0;
	}
	if (!error && listen(fd, BACKLOG))
		error = -errno;
	if (error)
		close(fd);
	return error ? error : fd;
}

int linux_link_serve(struct platform *p, const struct platform_link *link)
{
	SSL_CTX *context = linux_link_context(link, true);
	int fd = context ? bind_port(link->port) : -EINVAL;

	if (fd < 0) {
		SSL_CTX_free(context);
		return fd;
	}
	return listener_add(linux_platform(p), fd, context);
}

void linux_channels_free(struct linux_platform *l)
{
	while (l->listeners) {
		struct linux_listener *first = l->listeners;

		l->listeners = first->next;
		close(event_get_fd(first->event));
		event_free(first->event);
		SSL_CTX_free(first->link);
		free(first);
	}
}
