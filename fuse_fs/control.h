/* SPDX-License-Identifier: MIT */
/*
 * control: how fillctl talks to the fillfs of a mount. A local socket named for the device number
 * of the mount; a request is one packet of arguments, the answer packets of text and at last an
 * exit code.
 * Not here: what the commands mean (fill.h).
 *
 * The name is abstract, so that nothing is left behind by a killed fillfs and no directory is
 * needed. fillfs checks who is at the other end: it obeys root and the user it runs as.
 */
#ifndef FUSE_FS_CONTROL_H
#define FUSE_FS_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Most arguments of a request, and its longest packet in bytes. */
#define CONTROL_ARGS_MAX   64
#define CONTROL_PACKET_MAX 16384

/* Either end gives up on the other after this time. */
#define CONTROL_TIMEOUT_S  10

/* A request as it came in: `argv` points into `text`. */
struct control_request {
	int argc;
	const char *argv[CONTROL_ARGS_MAX];
	char text[CONTROL_PACKET_MAX];
};

/**
 * control_device - the device number of a file, or of the mount on a folder.
 * @dev: the answer; 0 on failure.
 *
 * The file system is not asked: it might hang, or not be up yet. Returns 0 or -errno.
 */
int control_device(const char *path, dev_t *dev);

/**
 * control_listen - the socket on which fillfs takes requests.
 * @dev: device number of the mount.
 *
 * Returns a file descriptor of the caller's, or -errno (EADDRINUSE: somebody has taken the name).
 */
int control_listen(dev_t dev);

/**
 * control_connect - reach the fillfs of a mount.
 * @dev: device number of anything inside the mount.
 *
 * Returns a file descriptor of the caller's, or -errno: ECONNREFUSED where no fillfs serves this
 * device, EPERM where we are neither root nor the user it runs as.
 */
int control_connect(dev_t dev);

/** control_may_ask - whether the process at the other end of @fd is root or the user we run as. */
bool control_may_ask(int fd);

/** control_send_request - send arguments. Returns 0 or -errno (E2BIG: too many or too long). */
int control_send_request(int fd, int argc, const char *const argv[]);

/** control_receive_request - take one request. Returns 0 or -errno (EBADMSG: not a request). */
int control_receive_request(int fd, struct control_request *request);

/** control_send_answer - send text of any length and then the exit code. Returns 0 or -errno. */
int control_send_answer(int fd, const char *text, int code);

/**
 * control_receive_answer - take the next packet of an answer.
 * @text: at least CONTROL_PACKET_MAX bytes; a string afterwards.
 * @code: the exit code, where this was the last packet.
 *
 * Returns 1 for text, 0 for the exit code, -errno where the answer broke off.
 */
int control_receive_answer(int fd, char *text, int *code);

#endif
