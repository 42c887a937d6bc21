// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests under load.
 */
#include "battery.h"

#define SAY_NS 5000000000LL

/* A little of every hooked call, until killed. Ends early with the first unexpected error. */
int run_load(const void *path)
{
	struct sockaddr_un address;
	int listener = listener_make(&address);
	char from[80], to[80];

	snprintf(from, sizeof(from), "%s.%d", (const char *)path, getpid());
	snprintf(to, sizeof(to), "%s.%d.to", (const char *)path, getpid());
	for (;;) {
		int fd = call_open(from, O_CREAT | O_WRONLY), peer;
		pid_t pid;

		if (fd < 0 || close(fd) || rename(from, to) || unlink(to) || kill(getpid(), 0))
			return -errno;
		fd = connect_to(&address);
		if (fd < 0)
			return fd;
		peer = accept(listener, NULL, NULL);
		if (peer < 0 || close(peer) || close(fd))
			return -errno;
		pid = vfork();
		if (!pid) {
			execl("/nowhere", "nowhere", NULL);
			_exit(errno != ENOENT);
		}
		if (pid < 0 || waitpid(pid, &fd, 0) != pid || fd)
			return -EIO;
	}
}

/* Of all who are listed while others make calls, one may be unloaded around and the other not. */
static bool parked_are_listed(const struct child *opener, const struct child *acceptor)
{
	int count = list(CALLS_MAX), openers = 0, acceptors = 0;

	CHECK(count >= 2);
	for (int i = 0; i < count; i++) {
		CHECK(calls[i].pid > 0 && calls[i].number > 0 && calls[i].program[0]);
		if (calls[i].pid == opener->pid)
			openers += calls[i].number == NR_OPEN && !calls[i].flags;
		if (calls[i].pid == acceptor->pid)
			acceptors += calls[i].number == NR_ACCEPT &&
				     calls[i].flags == SEOS_CALL_MOVABLE;
	}
	CHECK(openers == 1 && acceptors == 1);
	return true;
}

static bool unloading_is_refused(bool try_prepare)
{
	struct seos_status after;

	device_close();
	CHECK(module_remove() == -EWOULDBLOCK);
	device = device_open();
	CHECK(device >= 0);
	if (!try_prepare)
		return true;
	CHECK(prepare(0, &after) == -EBUSY);
	CHECK(after.state == SEOS_STATE_ACTIVE && after.monitor == 1);
	CHECK(after.inside >= 2 && after.blocking >= 1 && after.blocking < after.inside);
	return true;
}

/* One blocks until it is let go, the other is moved out, and gets its connection when the module is gone. */
static bool load_cycle(const char *path, int listener, const struct sockaddr_un *address,
		       bool try_prepare)
{
	const struct child *opener = child_start(run_open, path);
	const struct child *acceptor = child_start(run_accept, &listener);
	struct seos_status after;
	int peer;

	CHECK(WAIT_FOR(listed_in(opener->pid, NR_OPEN) && listed_in(acceptor->pid, NR_ACCEPT)));
	CHECK(parked_are_listed(opener, acceptor));
	CHECK(unloading_is_refused(try_prepare));
	CHECK(!try_prepare || WAIT_FOR(listed_in(acceptor->pid, NR_ACCEPT)));
	CHECK(parked_are_listed(opener, acceptor));
	fifo_release(path);
	CHECK(child_result(opener) == 0);
	CHECK(prepare(DEADLINE_NS, &after) == 0);
	CHECK(after.state == SEOS_STATE_PREPARED && after.inside == 0 && after.missed == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(child_waits(acceptor));
	peer = connect_to(address);
	CHECK(peer >= 0 && close(peer) == 0);
	CHECK(child_result(acceptor) == 0);
	CHECK(module_load() == 0);
	device = device_open();
	CHECK(device >= 0);
	return true;
}

/* A refused preparation costs as much as a cycle, so not every one has it. */
#define REFUSED_EVERY 10

/* With this test alone, somebody else (ci/cycles) sees to the load. */
bool load_survives_loading_and_unloading(void)
{
	const unsigned int workers = only_test ? 1 : 4;
	const char *path = fifo();
	struct sockaddr_un address;
	int listener = listener_make(&address);
	long long said_ns = now_ns();

	for (unsigned int i = 0; i < workers; i++)
		child_start(run_load, path);
	CHECK(setpriority(PRIO_PROCESS, 0, -20) == 0); /* the others run whenever this one waits */
	for (int cycle = 0; cycle < cycles; cycle++) {
		const char *own = fifo();

		CHECK(load_cycle(own, listener, &address, cycle % REFUSED_EVERY == 0));
		unlink(own);
		while (children_count > workers)
			child_end(&children[--children_count]);
		if (now_ns() - said_ns > SAY_NS) { /* who is silent counts as hung */
			said_ns = now_ns();
			printf("# %d cycles\n", cycle + 1);
		}
	}
	CHECK(setpriority(PRIO_PROCESS, 0, 0) == 0);
	for (unsigned int i = 0; i < workers; i++)
		CHECK(child_waits(&children[i]));
	unlink(path);
	return true;
}

bool parked_callers_are_always_listed_under_load(void)
{
	enum { WORKERS = 3, ROUNDS = 2000 };
	const char *path = fifo();
	const struct child *parked = child_start(run_open, path);

	CHECK(WAIT_FOR(listed_in(parked->pid, NR_OPEN)));
	for (int i = 0; i < WORKERS; i++)
		child_start(run_load, path);
	for (int round = 0; round < ROUNDS; round++) {
		CHECK(listed_in(parked->pid, NR_OPEN));
		CHECK(status().inside >= 1);
	}
	children_end();
	CHECK(WAIT_FOR(status().inside == 0));
	unlink(path);
	return true;
}

bool the_kernel_is_unharmed(void)
{
	long tainted = read_number("/proc/sys/kernel/tainted");

	CHECK(tainted >= 0);
	CHECK((tainted & ~TAINT_ALLOWED) == 0);
	return true;
}
