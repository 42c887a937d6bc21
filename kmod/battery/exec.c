// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of execve by threads, which change their PID in the middle of the call.
 */
#include "battery.h"

static void *exec_in_a_thread(void *path)
{
	execl(battery32_path, "battery32", "open", path, NULL);
	return NULL;
}

static int run_exec_in_a_thread(const void *path)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, exec_in_a_thread, (void *)path))
		return -EIO;
	pause();
	return -EIO;
}

/* The thread takes over the leader's PID in the middle of a hooked call. */
bool exec_by_a_thread(void)
{
	const char *path = fifo();

	for (int i = 0; i < 20; i++) {
		struct child *child = child_start(run_exec_in_a_thread, path);

		CHECK(WAIT_FOR(listed_in(child->pid, OTHER_OPEN)));
		CHECK(list(CALLS_MAX) == 1);
		child_end(child);
	}
	CHECK(status().inside == 0);
	unlink(path);
	return true;
}

/* An argument of execve holds the call in the middle. */
struct held_exec {
	const char *fifo;
	bool by_leader;
	int go;
	struct page page;
};

static void *held_exec_run(void *argument)
{
	const struct held_exec *held = argument;

	execl(battery32_path, held->page.at, "open", held->fifo, NULL);
	return NULL;
}

static int run_held_exec(const void *argument)
{
	struct held_exec held = *(const struct held_exec *)argument;
	pthread_t thread;

	if (page_hold(&held.page, held.go))
		return -EIO;
	if (held.by_leader) {
		if (page_serve(&held.page))
			return -EIO;
		held_exec_run(&held);
	} else {
		if (pthread_create(&thread, NULL, held_exec_run, &held))
			return -EIO;
		page_go(&held.page);
	}
	return -EIO;
}

/* The only entry of the list. */
static const struct seos_call *listed_alone(void)
{
	return list(CALLS_MAX) == 1 ? &calls[0] : NULL;
}

/* A thread other than the leader begins with its own PID and ends with the leader's. */
bool a_held_exec_blocks(void)
{
	for (int by_leader = 0; by_leader <= 1; by_leader++) {
		struct held_exec held = {.fifo = fifo(), .by_leader = by_leader};
		const struct child *child;
		struct seos_call call;
		int go[2];

		CHECK(pipe2(go, O_CLOEXEC) == 0);
		held.go = go[0];
		child = child_start(run_held_exec, &held);
		CHECK(WAIT_FOR(listed_alone() && calls[0].number == SYS_execve &&
			       sleeps(calls[0].pid)));
		call = calls[0];
		CHECK(call.number == SYS_execve && call.tgid == child->pid);
		CHECK((call.pid == call.tgid) == by_leader);
		CHECK(strcmp(call.program, own_path) == 0);
		CHECK(prepare(0, NULL) == -EBUSY);
		CHECK(listed_alone() && calls[0].pid == call.pid);
		CHECK(write(go[1], "", 1) == 1);
		CHECK(WAIT_FOR(listed_in(child->pid, OTHER_OPEN)));
		CHECK(listed_alone());
		CHECK(strcmp(calls[0].program, battery32_path) == 0);
		fifo_release(held.fifo);
		CHECK(exited_well(child));
		close(go[0]);
		close(go[1]);
	}
	return true;
}
