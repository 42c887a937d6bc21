/* SPDX-License-Identifier: MIT */
/*
 * conform kill-at PID STEP: kills a process when it enters or leaves a system call for the STEPth
 * time, with SIGKILL, so that a case can have a program end at every step it takes. Prints
 * "watching" once it counts and "killed" at the end; exit status 1: the process has ended before.
 *
 * Not for: people; choosing the steps (cases do).
 */
#include "conformance/verbs.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define SYSCALL_STOP (SIGTRAP | 0x80)

static int refuse(const char *what)
{
	fprintf(stderr, "conform kill-at: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Lets the process go on to its next stop, with the signal it was about to get. Returns whether
 * that is a step: an entry or a return. -1: it is gone. */
static int go_on(pid_t pid, int *signal)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, pid, NULL, *signal) < 0 ||
	    waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		return -1;
	/* Stops that ptrace itself asked for are no signals. */
	*signal = WSTOPSIG(status) == SYSCALL_STOP || status >> 16 ? 0 : WSTOPSIG(status);
	return WSTOPSIG(status) == SYSCALL_STOP;
}

static int watch(pid_t pid, long steps)
{
	int signal = 0;
	int status;

	if (ptrace(PTRACE_SEIZE, pid, NULL, PTRACE_O_TRACESYSGOOD) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0 || waitpid(pid, &status, __WALL) != pid)
		return refuse("watching");
	puts("watching");
	fflush(stdout);
	while (steps > 0) {
		int step = go_on(pid, &signal);

		if (step < 0)
			return refuse("going on");
		steps -= step;
	}
	if (kill(pid, SIGKILL) < 0 || waitpid(pid, &status, __WALL) != pid)
		return refuse("killing");
	puts("killed");
	return 0;
}

int verb_kill_at(const struct suite *suite, int argc, char **argv)
{
	long pid = argc == 3 ? strtol(argv[1], NULL, 10) : 0;
	long steps = argc == 3 ? strtol(argv[2], NULL, 10) : 0;

	(void)suite;
	if (pid < 1 || steps < 1)
		return verb_refuse("kill-at: give a process id and a number of steps");
	return watch((pid_t)pid, steps);
}
