// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that are parked in a call, and what became of them.
 *
 * Not for: tests.
 */
#include "battery.h"

struct child children[CHILDREN_MAX];
unsigned int children_count;

struct child *child_start(int (*run)(const void *), const void *argument)
{
	struct child *child = &children[children_count];
	int results[2];

	if (children_count == CHILDREN_MAX || pipe2(results, O_CLOEXEC))
		abort();
	fflush(stdout);
	child->pid = fork();
	if (child->pid < 0)
		abort();
	if (!child->pid) {
		int result;

		device_close(); /* an open device keeps the module */
		result = run(argument);
		_exit(write(results[1], &result, sizeof(result)) != sizeof(result));
	}
	close(results[1]);
	child->results = results[0];
	children_count++;
	return child;
}

/* What the child's call returned; -ETIMEDOUT if it does not return, -ECHILD if it died. */
int child_result(const struct child *child)
{
	struct pollfd ready = {.fd = child->results, .events = POLLIN};
	int result;

	if (poll(&ready, 1, DEADLINE_NS / 1000000) != 1)
		return -ETIMEDOUT;
	return read(child->results, &result, sizeof(result)) == sizeof(result) ? result : -ECHILD;
}

/* Neither has the call returned nor the process ended, even one that runs another program. */
bool child_waits(const struct child *child)
{
	struct pollfd ready = {.fd = child->results, .events = POLLIN};
	siginfo_t ended = {.si_pid = 0};

	poll(&ready, 1, 0);
	waitid(P_PID, child->pid, &ended, WEXITED | WNOHANG | WNOWAIT);
	return !(ready.revents & POLLIN) && ended.si_pid == 0;
}

void child_end(struct child *child)
{
	if (child->pid <= 0)
		return;
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	close(child->results);
	child->pid = 0;
}

void children_end(void)
{
	while (children_count)
		child_end(&children[--children_count]);
}

/* The process waits for something, in the kernel's own words. */
bool sleeps(pid_t pid)
{
	char path[32], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%*d %*s %c", &state) != 1)
		state = 0;
	fclose(file);
	return state == 'S' || state == 'D';
}

int run_open(const void *path)
{
	int fd = call_open(path, O_RDONLY);

	return fd < 0 ? -errno : 0;
}

int run_accept(const void *listener)
{
	return call_accept(*(const int *)listener, NULL, NULL) < 0 ? -errno : 0;
}

int run_accept4(const void *listener)
{
	return syscall(SYS_accept4, *(const int *)listener, NULL, NULL, 0) < 0 ? -errno : 0;
}

int run_accept_with_timeout(const void *listener)
{
	const struct timeval timeout = {.tv_sec = 3600};

	if (setsockopt(*(const int *)listener, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)))
		return -EIO;
	return run_accept(listener);
}

/* Replaces the program; the exit status comes instead of a result. */
int run_accept32(const void *listener)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%d", *(const int *)listener);
	execl(battery32_path, "battery32", "accept", digits, NULL);
	return -errno;
}

int run_open32(const void *path)
{
	execl(battery32_path, "battery32", "open", path, NULL);
	return -errno;
}

bool exited_well(const struct child *child)
{
	int wait_status = -1;
	bool ended = WAIT_FOR(waitpid(child->pid, &wait_status, WNOHANG) == child->pid);

	return ended && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
}

int run_pause(const void *unused)
{
	(void)unused;
	pause();
	return 0;
}

void on_alarm(int signal)
{
	(void)signal;
}
