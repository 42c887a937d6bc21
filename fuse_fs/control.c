/* SPDX-License-Identifier: MIT */
/*
 * control: the local socket between fillctl and fillfs.
 * Not here: the meaning of requests (see control.h).
 */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* The first byte of a packet of an answer. */
enum packet {
	PACKET_TEXT = 't',
	PACKET_EXIT = 'x',
};

/* The abstract name of a device: a NUL, then text without a closing one. */
static socklen_t control_address(struct sockaddr_un *address, dev_t dev)
{
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	int n = snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "fillfs/%u:%u",
			 major(dev), minor(dev));

	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

/* Returns a socket whose reads and writes end after the timeout, or -errno. */
static int control_socket(void)
{
	const struct timeval timeout = {.tv_sec = CONTROL_TIMEOUT_S};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

int control_device(const char *path, dev_t *dev)
{
	struct statx st;

	*dev = 0;
	/* Asking for nothing gives the device even where root may not look into a user's mount. */
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, 0, &st) < 0)
		return -errno;
	*dev = makedev(st.stx_dev_major, st.stx_dev_minor);
	return 0;
}

int control_listen(dev_t dev)
{
	struct sockaddr_un address;
	socklen_t length = control_address(&address, dev);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, length) < 0 || listen(fd, 16) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

/* The user at the other end, or -1 (nobody's id). */
static uid_t control_peer(int fd)
{
	struct ucred peer;
	socklen_t length = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 ? (uid_t)-1 : peer.uid;
}

bool control_may_ask(int fd)
{
	uid_t uid = control_peer(fd);

	return uid == 0 || uid == geteuid();
}

int control_connect(dev_t dev)
{
	struct sockaddr_un address;
	socklen_t length = control_address(&address, dev);
	int fd = control_socket();
	int error = 0;

	if (fd < 0)
		return fd;
	/* fillfs would refuse just so, but without a word. */
	if (connect(fd, (struct sockaddr *)&address, length) < 0)
		error = errno;
	else if (geteuid() != 0 && geteuid() != control_peer(fd))
		error = EPERM;
	if (!error)
		return fd;
	close(fd);
	return -error;
}

static int control_send(int fd, const void *packet, size_t length)
{
	return send(fd, packet, length, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int control_send_request(int fd, int argc, const char *const argv[])
{
	char text[CONTROL_PACKET_MAX];
	size_t used = 0;

	if (argc < 1 || argc > CONTROL_ARGS_MAX)
		return -E2BIG;
	for (int i = 0; i < argc; i++) {
		size_t length = strlen(argv[i]) + 1;

		if (length > sizeof(text) - used)
			return -E2BIG;
		memcpy(text + used, argv[i], length);
		used += length;
	}
	return control_send(fd, text, used);
}

/* MSG_TRUNC makes recv() tell the true length of a packet that was too long. */
static ssize_t control_receive(int fd, char *text)
{
	ssize_t n = recv(fd, text, CONTROL_PACKET_MAX, MSG_TRUNC);

	if (n < 0)
		return -errno;
	return n > 0 && n < CONTROL_PACKET_MAX ? n : -EBADMSG;
}

int control_receive_request(int fd, struct control_request *request)
{
	const struct timeval timeout = {.tv_sec = CONTROL_TIMEOUT_S};

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0)
		return -errno;

	ssize_t length = control_receive(fd, request->text);

	if (length <= 0)
		return (int)length;
	if (request->text[length - 1] != '\0')
		return -EBADMSG;
	request->argc = 0;
	for (const char *arg = request->text; arg < request->text + length;
	     arg += strlen(arg) + 1) {
		if (request->argc == CONTROL_ARGS_MAX)
			return -EBADMSG;
		request->argv[request->argc++] = arg;
	}
	return 0;
}

int control_send_answer(int fd, const char *text, int code)
{
	char packet[CONTROL_PACKET_MAX / 2];
	int rc = 0;

	packet[0] = PACKET_TEXT;
	for (size_t left = strlen(text); left && !rc;) {
		size_t n = left < sizeof(packet) - 1 ? left : sizeof(packet) - 1;

		memcpy(packet + 1, text, n);
		rc = control_send(fd, packet, n + 1);
		text += n;
		left -= n;
	}
	if (rc)
		return rc;
	packet[0] = PACKET_EXIT;
	packet[1] = (char)code;
	return control_send(fd, packet, 2);
}

int control_receive_answer(int fd, char *text, int *code)
{
	ssize_t length = control_receive(fd, text);

	if (length < 0)
		return (int)length;
	if (text[0] == PACKET_EXIT && length == 2) {
		*code = (unsigned char)text[1];
		return 0;
	}
	if (text[0] != PACKET_TEXT)
		return -EBADMSG;
	memmove(text, text + 1, (size_t)length - 1);
	text[length - 1] = '\0';
	return 1;
}
