/* SPDX-License-Identifier: MIT */
/*
 * Between ssh_connect.c and ssh_call.c: command lines of the client, and running them. Not for
 * anybody else (ssh.h).
 */
#ifndef CONFORMANCE_TARGET_SSH_PRIVATE_H
#define CONFORMANCE_TARGET_SSH_PRIVATE_H

#include "conformance/target/ssh.h"

#define SSH_WORDS_MAX 96

/* A command line of the client, NULL-terminated; the words are copies. */
struct ssh_words {
	char *v[SSH_WORDS_MAX + 1];
	size_t count;
};

void ssh_words_free(struct ssh_words *w);
/* The client that runs a command over the connection, and never makes one of its own. */
void ssh_call_words(struct ssh_words *w, const char *command);

/* Starts a client; in: its standard input, which stays the caller's. As ssh_call_start(). */
int ssh_client_start(struct ssh_call *c, char *const *words, int in, size_t max_bytes);
/* Waits for its end. false: it did not come in time. */
bool ssh_client_finish(struct ssh_call *c, int deadline_s);

int64_t ssh_now_ns(void);

#endif
