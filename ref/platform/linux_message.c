/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: messages between programs, on Unix sockets of type SOCK_SEQPACKET, one
 * packet a message. The sending side is here; the receiving side is a part of the event loop,
 * linux_loop.c.
 */
#include "ref/platform/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/*
 * A socket address holds 107 bytes; a longer path is reached through its folder. *folder is a
 * descriptor to close after use, or -1. Returns 0 or a negated errno value.
 */
static int address_of(const char *path, struct sockaddr_un *address, int *folder)
{
	const char *name = strrchr(path, '/');
	char parent[PLATFORM_PATH_MAX];
	int n;

	*folder = -1;
	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if (strlen(path) < sizeof(address->sun_path)) {
		memcpy(address->sun_path, path, strlen(path) + 1);
		return 0;
	}
	n = name ? snprintf(parent, sizeof(parent), "%.*s/", (int)(name - path), path) : -1;
	if (n < 0 || n >= (int)sizeof(parent))
		return -ENAMETOOLONG;
	*folder = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*folder < 0)
		return -errno;
	n = snprintf(address->sun_path, sizeof(address->sun_path), "/proc/self/fd/%d%s", *folder,
		     name);
	return n < 0 || n >= (int)sizeof(address->sun_path) ? -ENAMETOOLONG : 0;
}

static const struct timeval connect_deadline = {.tv_sec = 10};

static int bind_private(int fd, const struct sockaddr_un *address, mode_t mode)
{
	mode_t before = umask(0177);
	int error = 0;

	/* A socket file that is still there belongs to a dead daemon: the caller holds the lock. */
	if ((unlink(address->sun_path) && errno != ENOENT) ||
	    bind(fd, (const struct sockaddr *)address, sizeof(*address)))
		error = -errno;
	umask(before);
	if (!error && chmod(address->sun_path, mode))
		error = -errno;
	if (!error && listen(fd, LINUX_BACKLOG))
		error = -errno;
	return error;
}

int linux_socket_bind(const char *path, int type, mode_t mode)
{
	struct sockaddr_un address;
	int folder;
	int error = address_of(path, &address, &folder);
	int fd = -1;

	if (!error) {
		fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		error = fd < 0 ? -errno : bind_private(fd, &address, mode);
	}
	if (folder >= 0)
		close(folder);
	if (error && fd >= 0)
		close(fd);
	return error ? error : fd;
}

int linux_socket_connect(const char *path, int type)
{
	struct sockaddr_un address;
	int folder;
	int error = address_of(path, &address, &folder);
	int fd = -1;

	/* Where many wait to be accepted, connecting waits as well. */
	if (!error) {
		fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
		if (fd < 0 ||
		    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &connect_deadline,
			       sizeof(connect_deadline)) ||
		    connect(fd, (struct sockaddr *)&address, sizeof(address)) ||
		    fcntl(fd, F_SETFL, O_NONBLOCK))
			error = errno == ENOENT   ? -ECONNREFUSED
				: errno == EAGAIN ? -ETIMEDOUT
						  : -errno;
	}
	if (folder >= 0)
		close(folder);
	if (error && fd >= 0)
		close(fd);
	return error ? error : fd;
}

static int send_packet(int fd, const void *text, size_t bytes)
{
	if (bytes == 0 || bytes > PLATFORM_MESSAGE_MAX)
		return -EMSGSIZE;
	if (send(fd, text, bytes, MSG_NOSIGNAL) >= 0)
		return 0;
	return errno == ECONNRESET ? -EPIPE : -errno; /* the other end died before it accepted */
}

int linux_notify(struct platform *p, const char *path, const void *text, size_t bytes)
{
	int fd = linux_socket_connect(path, SOCK_SEQPACKET);
	int error;

	(void)p;
	if (fd < 0)
		return fd;
	error = send_packet(fd, text, bytes);
	close(fd);
	return error;
}

static int wait_readable(struct platform *p, int fd, int64_t end_ns)
{
	struct pollfd ready = {.fd = fd, .events = POLLIN};

	for (;;) {
		int64_t left_ns = end_ns - p->ops->boot_ns(p);
		int n = poll(&ready, 1, left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0);

		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && left_ns <= 0)
			return -ETIMEDOUT;
	}
}

ssize_t linux_request(struct platform *p, const char *path, const void *text, size_t bytes,
		      void *answer, size_t answer_bytes, int64_t timeout_ns)
{
	int64_t end_ns = p->ops->boot_ns(p) + timeout_ns;
	int fd = linux_socket_connect(path, SOCK_SEQPACKET);
	ssize_t n;

	if (fd < 0)
		return fd;
	n = send_packet(fd, text, bytes);
	if (n == 0)
		n = wait_readable(p, fd, end_ns);
	if (n == 0) {
		n = recv(fd, answer, answer_bytes, MSG_TRUNC);
		if (n < 0)
			n = errno == ECONNRESET ? -EPIPE : -errno;
		else if (n == 0)
			n = -EPIPE;
		else if ((size_t)n > answer_bytes)
			n = -EMSGSIZE;
	}
	close(fd);
	return n;
}
