/* SPDX-License-Identifier: MIT */
/*
 * The ssh target's parts, for each other and the runner: the connection that all cases of a run
 * share, and calls over it. At the far end there has to be an SSH server and a POSIX shell with the
 * utilities of POSIX; here, OpenSSH's client.
 *
 * Keys of [target]: host, port, user, identity (a private key), ssh (the client's command, default
 * "ssh"), ssh_options (more options for the connection), setup (a command line at the far end
 * before the first case), before_case (the same
 * before each), state (folders that each case finds as
 * they were). The client neither asks nor accepts unknown hosts, unless ssh_options say so.
 *
 * Not for cases, which see target.h alone.
 */
#ifndef CONFORMANCE_TARGET_SSH_H
#define CONFORMANCE_TARGET_SSH_H

#include "conformance/target/target.h"

#define SSH_SCRIPT_MAX (96 << 10) /* bytes of a script; Linux takes 128 KiB in a word */
#define SSH_DEADLINE_S 30         /* the far end does what the harness needs by then, or is lost */

/* A client of the connection, running a script at the far end. */
struct ssh_call {
	pid_t pid; /* 0: it has ended */
	int pid_fd;
	int out_fd; /* -1: at its end */
	int err_fd;
	int wait_status;
	struct strbuf out;
	struct strbuf err;
};

/*
 * Connects, runs setup, and keeps copies of the state folders at the far end. One connection a
 * process. system: what `uname -s -r -m` says there. Returns 0, or -1 with why[].
 */
int ssh_begin(const struct profile *profile, char *system, size_t system_bytes, char *why,
	      size_t bytes);
/* Puts back the state folders, removes what the harness made there, disconnects. */
void ssh_end(void);
/* Before a case: connects again if need be, ends what the last case left, resets. 0 or -1. */
int ssh_renew(char *why, size_t bytes);
/* The folder of the case at the far end. */
const char *ssh_folder(void);

/* Starts a script with that standard input, taking at most max_bytes of its output. Returns 0 or a
 * negated errno value; the call is to be closed either way. */
int ssh_call_start(struct ssh_call *c, const char *script, const void *input, size_t input_bytes,
		   size_t max_bytes);
/* Waits until one of some calls has something new, or max_ns have passed, and takes it. */
void ssh_call_step(struct ssh_call *const *calls, size_t count, int64_t max_ns);
/* Whether it is still there. */
bool ssh_call_runs(const struct ssh_call *c);
/* The exit status of the script; -1: none, since the connection is lost. */
int ssh_call_status(const struct ssh_call *c);
void ssh_call_close(struct ssh_call *c);
/* Runs a script to its end. Returns its exit status, or -1 when the connection is lost. */
int ssh_call(struct ssh_call *c, const char *script, const void *input, size_t input_bytes,
	     size_t max_bytes);

#endif
