/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other ways to see a system call, to be measured beside ours: the kernel's own, and as little as
 * each can do. For the cost program alone.
 */
#ifndef KMOD_PEERS_H
#define KMOD_PEERS_H

/* One way to see every call of kill(2). */
struct peer {
	const char *name;
	/* 0, or -1 with errno set. Once begun it lasts until end, or the next start of a process. */
	int (*begin)(void);
	void (*end)(void);
};

/* Up to a row without a name. The audit ones come last: what they switch on stays on. */
extern const struct peer peers[];

#endif
