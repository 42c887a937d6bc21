/* SPDX-License-Identifier: MIT */
/*
 * What a case may leave on this machine and the runner takes back: processes, found by the mount
 * namespace they share with the case, and a wall clock that was set. Not for: files, which go
 * with that namespace (local_state.c).
 */
#ifndef CONFORMANCE_TARGET_LEFTOVER_H
#define CONFORMANCE_TARGET_LEFTOVER_H

#include <stdint.h>
#include <sys/types.h>

/* Makes orphans of this process's children its own children, so that leftover_end() finds them. */
void leftover_adopt(void);
/*
 * Kills every process in one of some mount namespaces (the first one 0: every child of this
 * process; other zeros: none) and waits until they are gone. All of them were made after a first
 * one, which has been waited for.
 */
void leftover_end(const ino_t *mounts, size_t count, pid_t first);

/* Removes the folder of a case with the FIFOs and sockets in it; "" and a missing one are fine. */
void leftover_remove(const char *folder);

/* The parent of a process, 0 when there is no such process. */
pid_t leftover_parent(pid_t pid);

/* How the wall clock stood against the time since boot; end() puts it back when it was set. */
struct clock_guard {
	int64_t offset_ns;
};

void clock_guard_begin(struct clock_guard *g);
void clock_guard_end(const struct clock_guard *g);

#endif
