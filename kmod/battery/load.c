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

bool load_survives_loading_and_unloading(void)
{
	enum { WORKERS = 4 };
	const char *path = fifo();
	struct sockaddr_un address;
	int listener = listener_make(&address);
	const struct child *acceptor;
	long long said_ns = now_ns();

	for (int i = 0; i < WORKERS; i++)
		child_start(run_load, path);
	acceptor = child_start(run_accept, &listener);
	CHECK(setpriority(PRIO_PROCESS, 0, -20) == 0); /* the others run whenever this one waits */
	for (int cycle = 0; cycle < cycles; cycle++) {
		int count = list(CALLS_MAX);

		CHECK(count >= 0);
		for (int i = 0; i < count; i++)
			CHECK(calls[i].pid > 0 && calls[i].number > 0 && calls[i].program[0]);
		CHECK(prepare(DEADLINE_NS, NULL) == 0);
		device_close();
		CHECK(module_remove() == 0);
		CHECK(module_load() == 0);
		device = device_open();
		CHECK(device >= 0);
		if (now_ns() - said_ns > SAY_NS) { /* who is silent counts as hung */
			said_ns = now_ns();
			printf("# %d cycles\n", cycle + 1);
		}
	}
	CHECK(setpriority(PRIO_PROCESS, 0, 0) == 0);
	for (int i = 0; i < WORKERS; i++)
		CHECK(child_waits(&children[i]));
	CHECK(child_waits(acceptor));
	CHECK(connect_to(&address) >= 0);
	CHECK(child_result(acceptor) == 0);
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
