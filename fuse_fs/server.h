/* SPDX-License-Identifier: MIT */
/*
 * server: the thread of a fillfs that takes requests from the control socket and carries out what a
 * schedule says, each at its time.
 * Not here: the socket (control.h), the commands on the table (fill.h), the mount (fillfs.c).
 */
#ifndef FUSE_FS_SERVER_H
#define FUSE_FS_SERVER_H

#include "passthrough.h"

struct server;

/**
 * server_start - take requests for a mount that exists.
 * @server: the answer, to be given to server_stop().
 *
 * Returns 0 or -errno.
 */
int server_start(struct server **server, struct fillfs *fs, const char *mountpoint);

/** server_stop - end the thread, and free what it had. */
void server_stop(struct server *server);

#endif
