// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of calls that return twice, and of one that does not return.
 */
#include "battery.h"

/* The fork family: the child comes back elsewhere, with a slot of its own. */
enum { FORK_BY_VFORK = -1 };
struct fork_call {
	const char *name;
	long number, number_32;
	long flags;
	bool parent_waits;
};

static const struct fork_call fork_calls[] = {
	{"fork", SYS_fork, 2, 0, false},
	{"clone", SYS_clone, 120, SIGCHLD, false},
	{"clone with CLONE_VFORK", SYS_clone, 120, CLONE_VFORK | SIGCHLD, true},
	{"vfork", SYS_vfork, 190, FORK_BY_VFORK, true},
	{"clone3", SYS_clone3, 0, CLONE_VFORK, true},
};

struct forker {
	const struct fork_call *call;
	const char *fifo;
	bool i386;
};

static long fork_by(const struct forker *forker)
{
	const struct fork_call *call = forker->call;
	const long arguments[5] = {call->number_32 == 120 ? call->flags : 0};
	const unsigned long long clone3[8] = {
		[0] = call->flags,
		[4] = SIGCHLD,
	};

	if (forker->i386)
		return call_32(call->number_32, arguments);
	if (call->number == SYS_clone3)
		return syscall(SYS_clone3, clone3, sizeof(clone3));
	if (call->number == SYS_clone)
		return call_clone(call->flags);
	return syscall(call->number);
}

static int run_fork(const void *argument)
{
	static const long none[5];
	const struct forker *forker = argument;
	int wait_status;
	long child;

	if (forker->call->flags != FORK_BY_VFORK)
		child = fork_by(forker);
	else if (forker->i386)
		child = call_32(forker->call->number_32, none);
	else
		child = vfork();
	if (!child)
		_exit(run_open(forker->fifo) != 0);
	if (child < 0)
		return -EIO;
	if (waitpid(child, &wait_status, 0) != child)
		return -errno;
	return wait_status;
}

static const struct seos_call *listed_child_of(pid_t parent)
{
	int count = list(CALLS_MAX);

	for (int i = 0; i < count; i++) {
		if (calls[i].ppid == parent)
			return &calls[i];
	}
	return NULL;
}

static bool fork_returns_twice(const struct fork_call *call, bool i386)
{
	struct forker forker = {.call = call, .fifo = fifo(), .i386 = i386};
	const struct child *parent = child_start(run_fork, &forker);
	long number = i386 ? call->number_32 : call->number;

	CHECK(WAIT_FOR(listed_child_of(parent->pid) && sleeps(parent->pid)));
	CHECK(listed_child_of(parent->pid)->number == NR_OPEN);
	CHECK(list(CALLS_MAX) == 1 + call->parent_waits);
	if (call->parent_waits) {
		CHECK(listed_in(parent->pid, number));
		CHECK(listed(parent->pid)->abi == (i386 ? SEOS_ABI_I386 : ABI_NATIVE));
	}
	CHECK(prepare(0, NULL) == -EBUSY);
	CHECK(list(CALLS_MAX) == 1 + call->parent_waits);
	fifo_release(forker.fifo);
	CHECK(child_result(parent) == 0);
	CHECK(WAIT_FOR(status().inside == 0));
	children_end();
	return true;
}

bool fork_leaves_nothing_to_the_child(void)
{
	for (size_t i = 0; i < sizeof(fork_calls) / sizeof(fork_calls[0]); i++) {
		if (fork_calls[i].number && !fork_returns_twice(&fork_calls[i], false))
			return complain("%s", fork_calls[i].name);
		if (has_32 && fork_calls[i].number_32 && !fork_returns_twice(&fork_calls[i], true))
			return complain("%s, 32 bits", fork_calls[i].name);
	}
	return true;
}

/* A namespace of its own, whose first process asks for a reboot, and is ended in the call. */
static int run_reboot_in_namespace(const void *unused)
{
	int wait_status;
	pid_t first;

	(void)unused;
	if (unshare(CLONE_NEWPID))
		return -errno;
	first = fork();
	if (!first) {
		reboot(RB_AUTOBOOT);
		_exit(0);
	}
	if (waitpid(first, &wait_status, 0) != first)
		return -errno;
	return WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGHUP ? 0 : -EIO;
}

bool a_caller_ended_in_its_call_leaves_nothing(void)
{
	CHECK(child_result(child_start(run_reboot_in_namespace, NULL)) == 0);
	CHECK(WAIT_FOR(status().inside == 0));
	CHECK(prepare(0, NULL) == 0);
	return true;
}
