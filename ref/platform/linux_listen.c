/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: who connects for a conversation. The daemon holds the connection until the
 * first byte has come, then a child of its own serves it, and lives on when the daemon ends: what
 * it has to say last is often just that. How many wait and how many are served has a limit; those
 * who are silent make room (ref/core/crowd.h). Not for: what is said (linux_channel.c).
 */
#include "ref/core/crowd.h"
#include "ref/platform/linux.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define TAKEN_AT_ONCE 16

static const struct timeval first_byte_deadline = {.tv_sec = 10};

/* One who has connected and said nothing. */
struct waiting {
	struct linux_listener *from;
	struct waiting *next;
	struct event *readable;
	int fd;
	uint64_t source;
	uint64_t age;
};

/* A child that serves; its place is free when pid is 0. */
struct serving {
	pid_t pid;
	uint64_t source;
	uint64_t age;
	bool ending; /* it was killed to make room, and is no longer counted */
};

#define SERVING_MAX ((size_t)2 * LINUX_CHANNELS_MAX) /* those that end among them */

struct linux_listener {
	struct linux_platform *linux_platform;
	struct linux_listener *next;
	struct event *event;
	SSL_CTX *link; /* NULL: a Unix socket */
	struct waiting *waiting;
	struct serving serving[SERVING_MAX];
	bool *settled; /* of each place: shared with the children */
};

/* Those who wait */

static void waiting_free(struct waiting *w)
{
	event_free(w->readable);
	close(w->fd);
	free(w);
}

static void waiting_close(struct waiting *w)
{
	struct waiting **link = &w->from->waiting;

	while (*link != w)
		link = &(*link)->next;
	*link = w->next;
	waiting_free(w);
}

/* Whose connection it is: the user of a process, the address of a host; of IPv6 the network, since
 * one host has all addresses of it. */
static uint64_t source_of(int fd)
{
	struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
	const struct sockaddr_in6 *six = (const void *)&peer;
	const struct sockaddr_in *four = (const void *)&peer;
	socklen_t bytes = sizeof(peer);
	struct ucred who;
	uint64_t source = 0;

	if (getpeername(fd, (struct sockaddr *)&peer, &bytes))
		return 0;
	if (peer.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
		memcpy(&source, &six->sin6_addr.s6_addr[12], 4);
	} else if (peer.ss_family == AF_INET6) {
		memcpy(&source, six->sin6_addr.s6_addr, sizeof(source));
	} else if (peer.ss_family == AF_INET) {
		source = four->sin_addr.s_addr;
	} else {
		bytes = sizeof(who);
		source = getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &bytes) ? 0 : who.uid;
	}
	return source;
}

static void make_room_to_wait(struct linux_listener *from, uint64_t newcomer)
{
	static struct crowd_guest guests[LINUX_WAITING_MAX];
	static struct waiting *of[LINUX_WAITING_MAX];
	size_t count = 0;
	int victim;

	for (struct waiting *w = from->waiting; w; w = w->next) {
		of[count] = w;
		guests[count++] = (struct crowd_guest){w->source, w->age, true};
	}
	victim = crowd_victim(guests, count, LINUX_WAITING_MAX, newcomer);
	if (victim >= 0)
		waiting_close(of[victim]);
}

/* Those who are served */

/* The child of one conversation. What it has of the daemon's it gives up: locks, sockets, loop. */
__attribute__((noreturn)) static void serve_one(struct linux_listener *from, int connected,
						bool *settled)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};
	struct linux_platform *l = from->linux_platform;
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
	evutil_make_socket_closeonexec(fd);
	linux_channel_converse(l, fd, from->link, settled);
	_exit(EXIT_DONE);
}

/*
 * A place for a child that serves somebody of a source, or SERVING_MAX: he has to wait, while all
 * are taken by those who have said what they want, or he would make room for himself, who may be as
 * honest and in just as much of a hurry. A child whose other end is silent makes room for others.
 */
static size_t find_place(struct linux_listener *from, uint64_t source)
{
	struct crowd_guest guests[SERVING_MAX];
	size_t of[SERVING_MAX], count = 0, place = SERVING_MAX;
	int victim;

	for (size_t i = 0; i < SERVING_MAX; i++) {
		const struct serving *s = &from->serving[i];

		if (s->pid == 0) {
			place = i;
		} else if (!s->ending) {
			of[count] = i;
			guests[count++] =
				(struct crowd_guest){s->source, s->age, !from->settled[i]};
		}
	}
	victim = crowd_victim(guests, count, LINUX_CHANNELS_MAX, source);
	if (victim == CROWD_FULL || place == SERVING_MAX ||
	    (victim >= 0 && guests[victim].source == source))
		return SERVING_MAX;
	if (victim >= 0) {
		from->serving[of[victim]].ending = true;
		kill(from->serving[of[victim]].pid, SIGKILL);
	}
	return place;
}

/* Has a child serve one who waits, if there is room; he waits on otherwise. */
static bool serve(struct waiting *w)
{
	struct linux_listener *from = w->from;
	size_t place = find_place(from, w->source);
	sigset_t all, before;
	pid_t pid;

	if (place == SERVING_MAX)
		return false;
	from->settled[place] = false;
	/* No signal may reach the child while it still has the daemon's handlers. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		serve_one(from, w->fd, &from->settled[place]);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid > 0)
		from->serving[place] = (struct serving){pid, w->source, w->age, false};
	waiting_close(w);
	return true;
}

static void on_first_byte(evutil_socket_t fd, short what, void *arg)
{
	struct waiting *w = arg;
	char byte;

	if (what & EV_TIMEOUT || recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0)
		waiting_close(w);
	else if (!serve(w))
		event_del(w->readable); /* until a child has ended */
}

/* Takes one who has connected, if there is one. */
static bool take_one(struct linux_listener *from, int listening)
{
	/* cppcheck-suppress nullPointer ; nobody's address is wanted */
	int fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct waiting *w = fd < 0 ? NULL : calloc(1, sizeof(*w));

	if (fd < 0)
		return false; /* it went away again, or descriptors are short: the next event tries
				 anew */
	if (w)
		w->readable = event_new(from->linux_platform->loop, fd, EV_READ | EV_PERSIST,
					on_first_byte, w);
	if (!w || !w->readable || event_add(w->readable, &first_byte_deadline)) {
		if (w && w->readable)
			event_free(w->readable);
		free(w);
		close(fd);
		return true;
	}
	w->from = from;
	w->fd = fd;
	w->source = source_of(fd);
	w->age = ++from->linux_platform->age;
	make_room_to_wait(from, w->source);
	w->next = from->waiting;
	from->waiting = w;
	return true;
}

/* Several at a time when many come, and not so many that others have to wait for them. */
static void on_connect(evutil_socket_t listening, short what, void *arg)
{
	(void)what;
	for (unsigned n = 0; n < TAKEN_AT_ONCE && take_one(arg, listening); n++)
		;
}

/* Those who wait for a child, now that one has ended. */
static void wait_again(struct linux_listener *from)
{
	for (struct waiting *w = from->waiting; w; w = w->next) {
		if (!event_pending(w->readable, EV_READ, NULL))
			event_add(w->readable, &first_byte_deadline);
	}
}

bool linux_channel_child(struct linux_platform *l, pid_t pid)
{
	for (struct linux_listener *i = l->listeners; i; i = i->next) {
		for (size_t place = 0; place < SERVING_MAX; place++) {
			if (i->serving[place].pid != pid)
				continue;
			i->serving[place] = (struct serving){.pid = 0};
			wait_again(i);
			return true;
		}
	}
	return false;
}

/* Listening */

static void listener_free(struct linux_listener *listener)
{
	struct waiting *next;

	for (struct waiting *w = listener->waiting; w; w = next) {
		next = w->next;
		waiting_free(w);
	}
	if (listener->event)
		event_free(listener->event);
	if (listener->settled)
		munmap(listener->settled, SERVING_MAX);
	SSL_CTX_free(listener->link);
	free(listener);
}

/* Takes over fd and link, also when it fails. */
static int listener_add(struct linux_platform *l, int fd, SSL_CTX *link)
{
	struct linux_listener *new = l->loop ? calloc(1, sizeof(*new)) : NULL;
	void *shared =
		mmap(NULL, SERVING_MAX, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (!new || shared == MAP_FAILED) {
		if (shared != MAP_FAILED)
			munmap(shared, SERVING_MAX);
		free(new);
		SSL_CTX_free(link);
		close(fd);
		return l->loop ? -ENOMEM : -EINVAL;
	}
	new->linux_platform = l;
	new->settled = shared;
	new->link = link;
	new->event = event_new(l->loop, fd, EV_READ | EV_PERSIST, on_connect, new);
	if (!new->event || event_add(new->event, NULL)) {
		listener_free(new);
		close(fd);
		return -ENOMEM;
	}
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
	if (!error && listen(fd, LINUX_BACKLOG))
		error = -errno;
	if (error)
		close(fd);
	return error ? error : fd;
}

int linux_link_serve(struct platform *p, const struct platform_link *link)
{
	SSL_CTX *context = linux_link_context(linux_platform(p), link);
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
		listener_free(first);
	}
}
