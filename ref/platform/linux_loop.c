/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: the life of a daemon, on libevent. Detaching, timers, signals, children
 * and the messages that arrive are turned into calls of the program's handlers, one at a time.
 */
#include "ref/core/crowd.h"
#include "ref/platform/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct timeval message_deadline = {.tv_sec = 10}; /* from connecting to sending */

/* Timers */

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct linux_timer *t = arg;
	struct linux_platform *l = t->linux_platform;

	(void)fd;
	(void)what;
	l->program->daemon->timer(&l->run, (unsigned)(t - l->timers));
}

int linux_timer(struct platform *p, unsigned id, int64_t delay_ns)
{
	struct linux_platform *l = linux_platform(p);
	struct timeval delay = {delay_ns / NS_PER_S, delay_ns % NS_PER_S / 1000};
	struct linux_timer *t;

	if (id >= PLATFORM_TIMERS_MAX || !l->loop)
		return -EINVAL;
	t = &l->timers[id];
	if (!t->event) {
		t->linux_platform = l;
		t->event = evtimer_new(l->loop, on_timer, t);
	}
	if (!t->event)
		return -ENOMEM;
	if (delay_ns < 0)
		return evtimer_del(t->event) ? -EIO : 0;
	return evtimer_add(t->event, &delay) ? -EIO : 0;
}

/* Messages */

static void accept_again(struct linux_platform *l)
{
	for (size_t i = 0; i < l->socket_count; i++)
		event_add(l->sockets[i], NULL);
}

static void connection_close(struct platform_connection *c)
{
	struct linux_platform *l = c->linux_platform;
	struct platform_connection **link = &l->connections;

	while (*link != c)
		link = &(*link)->next;
	*link = c->next;
	if (c->readable)
		event_free(c->readable);
	close(c->fd);
	free(c);
	if (l->connection_count-- == LINUX_CONNECTIONS_MAX)
		accept_again(l);
}

int linux_reply(struct platform *p, struct platform_connection *c, const void *text, size_t bytes)
{
	int error = 0;

	(void)p;
	if (bytes == 0 || bytes > PLATFORM_MESSAGE_MAX)
		error = -EMSGSIZE;
	else if (send(c->fd, text, bytes, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		error = -errno;
	connection_close(c);
	return error;
}

static void on_message(evutil_socket_t fd, short what, void *arg)
{
	static char text[PLATFORM_MESSAGE_MAX + 1]; /* one message at a time is handled */
	struct platform_connection *c = arg;
	struct linux_platform *l = c->linux_platform;
	ssize_t n = what & EV_TIMEOUT ? 0 : recv(fd, text, sizeof(text), MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || n > PLATFORM_MESSAGE_MAX) {
		connection_close(c);
		return;
	}
	event_free(c->readable);
	c->readable = NULL;
	text[n] = '\0';
	l->program->daemon->message(&l->run, c, &c->peer, text, (size_t)n);
}

/* Closes a silent connection when there are too many, of this user or at all. */
static void make_room(struct linux_platform *l, uid_t newcomer)
{
	struct platform_connection *of[LINUX_CONNECTIONS_MAX];
	struct crowd_guest guests[LINUX_CONNECTIONS_MAX];
	size_t count = 0;
	int victim;

	for (struct platform_connection *c = l->connections; c; c = c->next) {
		of[count] = c;
		guests[count++] = (struct crowd_guest){c->peer.uid, c->age, c->readable != NULL};
	}
	victim = crowd_victim(guests, count, LINUX_CONNECTIONS_MAX, newcomer);
	if (victim >= 0)
		connection_close(of[victim]);
}

static int connection_open(struct linux_platform *l, int fd)
{
	struct platform_connection *c = calloc(1, sizeof(*c));
	struct ucred who;
	socklen_t bytes = sizeof(who);

	if (!c)
		return -ENOMEM;
	c->linux_platform = l;
	c->fd = fd;
	c->age = ++l->age;
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &bytes))
		c->readable = event_new(l->loop, fd, EV_READ | EV_PERSIST, on_message, c);
	if (!c->readable || event_add(c->readable, &message_deadline)) {
		if (c->readable)
			event_free(c->readable);
		free(c);
		return -EIO;
	}
	c->peer = (struct platform_peer){who.pid, who.uid, who.gid};
	make_room(l, who.uid);
	c->next = l->connections;
	l->connections = c;
	l->connection_count++;
	return 0;
}

static bool has_silent(const struct linux_platform *l)
{
	const struct platform_connection *c = l->connections;

	while (c && !c->readable)
		c = c->next;
	return c != NULL;
}

static void on_connect(evutil_socket_t listening, short what, void *arg)
{
	struct linux_platform *l = arg;
	int fd;

	(void)what;
	/* A silent one can make room; those who wait for an answer keep their place. */
	if (l->connection_count >= LINUX_CONNECTIONS_MAX && !has_silent(l)) {
		for (size_t i = 0; i < l->socket_count; i++)
			event_del(l->sockets[i]);
		return;
	}
	/* cppcheck-suppress nullPointer ; nobody's address is wanted */
	fd = accept4(listening, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return; /* it went away again, or descriptors are short: the next event tries anew
			 */
	if (connection_open(l, fd))
		close(fd);
}

int linux_serve(struct platform *p, const char *path, mode_t mode)
{
	struct linux_platform *l = linux_platform(p);
	struct event *e;
	int fd;

	if (!l->loop || l->socket_count == LINUX_SOCKETS_MAX)
		return -EINVAL;
	fd = linux_socket_bind(path, SOCK_SEQPACKET, mode);
	if (fd < 0)
		return fd;
	e = event_new(l->loop, fd, EV_READ | EV_PERSIST, on_connect, l);
	if (!e || event_add(e, NULL)) {
		if (e)
			event_free(e);
		close(fd);
		return -ENOMEM;
	}
	l->sockets[l->socket_count++] = e;
	return 0;
}

/* Signals and children */

static void on_signal(evutil_socket_t number, short what, void *arg)
{
	struct linux_platform *l = arg;
	int status;
	pid_t pid;

	(void)what;
	if (number != SIGCHLD) {
		l->program->daemon->signal(&l->run, number);
		return;
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (!linux_channel_child(l, pid) && l->program->daemon->child)
			l->program->daemon->child(&l->run, pid, status);
	}
}

static int catch_signals(struct linux_platform *l)
{
	static const int numbers[LINUX_SIGNALS] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};

	for (size_t i = 0; i < LINUX_SIGNALS; i++) {
		l->signals[i] = evsignal_new(l->loop, numbers[i], on_signal, l);
		if (!l->signals[i] || evsignal_add(l->signals[i], NULL))
			return -ENOMEM;
	}
	return 0;
}

/* The loop */

void linux_leave(struct platform *p, int status)
{
	struct linux_platform *l = linux_platform(p);

	l->status = status;
	event_base_loopbreak(l->loop);
}

static void loop_free(struct linux_platform *l)
{
	struct platform_connection *next;

	for (struct platform_connection *c = l->connections; c; c = next) {
		next = c->next;
		connection_close(c);
	}
	for (size_t i = 0; i < l->socket_count; i++) {
		close(event_get_fd(l->sockets[i]));
		event_free(l->sockets[i]);
	}
	linux_channels_free(l);
	linux_links_free(l);
	linux_audit_end(l);
	for (size_t i = 0; i < LINUX_SIGNALS; i++) {
		if (l->signals[i])
			event_free(l->signals[i]);
	}
	for (size_t i = 0; i < PLATFORM_TIMERS_MAX; i++) {
		if (l->timers[i].event)
			event_free(l->timers[i].event);
	}
	event_base_free(l->loop);
	libevent_global_shutdown();
}

/* The starting command waits for the exit status that start() had; EXIT_DONE lets the daemon go on
 * alone. */
static int wait_for_start(int from_daemon)
{
	unsigned char status = EXIT_REFUSED;
	ssize_t n;

	do {
		n = read(from_daemon, &status, 1);
	} while (n < 0 && errno == EINTR);
	return n == 1 ? status : EXIT_REFUSED;
}

/* Comes back in the daemon alone; the starting command ends here, with the daemon's first exit
 * status. */
static int detach(struct linux_platform *l, int *to_starter)
{
	int ends[2];
	pid_t pid;

	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return -EAGAIN;
	}
	if (pid > 0) {
		int status;

		close(ends[1]);
		status = wait_for_start(ends[0]);
		/* One that failed is gone, with its locks, when the command returns. */
		if (status != EXIT_DONE)
			waitpid(pid, NULL, 0);
		_exit(status);
	}
	close(ends[0]);
	*to_starter = ends[1];
	setsid();
	return chdir("/") ? -errno : linux_locks_name_owner(l);
}

static void tell_starter(int to_starter, int status)
{
	unsigned char byte = (unsigned char)status;
	int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);

	fflush(NULL);
	if (nowhere >= 0 && status == EXIT_DONE) {
		dup2(nowhere, STDIN_FILENO);
		dup2(nowhere, STDOUT_FILENO);
		dup2(nowhere, STDERR_FILENO);
	}
	if (nowhere >= 0)
		close(nowhere);
	/* Should the starter be gone, nobody is left to be told. */
	(void)!write(to_starter, &byte, 1);
	close(to_starter);
}

int linux_serve_events(struct linux_platform *l)
{
	const struct daemon_handlers *daemon = l->program->daemon;
	int to_starter = -1;
	int error = l->run.foreground ? 0 : detach(l, &to_starter);

	l->status = EXIT_REFUSED;
	l->loop = error ? NULL : event_base_new();
	if (error)
		fprintf(l->run.err, "%s: cannot detach: %s\n", l->program->name, strerror(-error));
	else if (!l->loop || catch_signals(l))
		fprintf(l->run.err, "%s: no event loop: out of memory\n", l->program->name);
	else
		l->status = daemon->start(&l->run);
	if (to_starter >= 0)
		tell_starter(to_starter, l->status);
	if (l->status == EXIT_DONE && event_base_dispatch(l->loop) < 0)
		l->status = EXIT_REFUSED;
	daemon->stop(&l->run);
	if (l->loop)
		loop_free(l);
	return l->status;
}
