// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of callers who wait: inside for long, stopped there, interrupted there, and elsewhere.
 */
#include "battery.h"

static int run_connect(const void *address)
{
	int fd = connect_to(address);

	return fd < 0 ? fd : 0;
}

bool a_full_backlog_blocks(void)
{
	struct sockaddr_un address;
	int listener = listener_make(&address);
	const struct child *child;

	CHECK(listen(listener, 0) == 0);
	CHECK(connect_to(&address) >= 0);
	child = child_start(run_connect, &address);
	CHECK(WAIT_FOR(listed_in(child->pid, SYS_connect) && sleeps(child->pid)));
	CHECK(prepare(0, NULL) == -EBUSY);
	CHECK(listed_in(child->pid, SYS_connect));
	CHECK(accept(listener, NULL, NULL) >= 0);
	CHECK(child_result(child) == 0);
	close(listener);
	return true;
}

static int run_traced(const void *unused)
{
	(void)unused;
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) || raise(SIGSTOP))
		return -errno;
	if (fork() == 0)
		_exit(0);
	return 0;
}

/* A tracer can stop its tracee in the middle of fork. */
bool a_trace_stop_in_a_call_blocks(void)
{
	const struct child *child = child_start(run_traced, NULL);
	int wait_status;

	CHECK(waitpid(child->pid, &wait_status, 0) == child->pid && WIFSTOPPED(wait_status));
	CHECK(!listed(child->pid)); /* a stop outside of any hooked call is none of ours */
	CHECK(prepare(0, NULL) == 0 && ioctl(device, SEOS_IOC_CANCEL) == 0);
	CHECK(ptrace(PTRACE_SETOPTIONS, child->pid, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE) ==
	      0);
	CHECK(ptrace(PTRACE_CONT, child->pid, 0, 0) == 0);
	CHECK(waitpid(child->pid, &wait_status, 0) == child->pid && WIFSTOPPED(wait_status));
	CHECK(wait_status >> 16);
	CHECK(listed_in(child->pid, SYS_clone)); /* the C library's fork */
	CHECK(prepare(0, NULL) == -EBUSY);
	CHECK(listed_in(child->pid, SYS_clone));
	CHECK(ptrace(PTRACE_CONT, child->pid, 0, 0) == 0);
	CHECK(child_result(child) == 0);
	return true;
}

/* Calls that are not hooked, in which programs spend their time. */
static int wait_read(void)
{
	int ends[2];
	char byte;

	return pipe(ends) ? -errno : (int)read(ends[0], &byte, 1);
}

static int wait_futex(void)
{
	int word = 0;

	return (int)syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0);
}

static int wait_child(void)
{
	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
	}
	return wait4(-1, NULL, 0, NULL);
}

static int wait_select(void)
{
	return select(0, NULL, NULL, NULL, NULL);
}

static int wait_poll(void)
{
	return poll(NULL, 0, -1);
}

static int wait_epoll(void)
{
	struct epoll_event event;

	return epoll_wait(epoll_create1(0), &event, 1, -1);
}

static int wait_nanosleep(void)
{
	const struct timespec long_time = {.tv_sec = 3600};

	return nanosleep(&long_time, NULL);
}

static int wait_lock(void)
{
	struct flock lock = {.l_type = F_WRLCK};
	int fd = open("/tmp/battery.lock", O_RDWR | O_CREAT, 0600);

	if (fork() == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		fcntl(fd, F_SETLKW, &lock);
		pause();
	}
	while (!fcntl(fd, F_SETLK, &lock)) { /* until the other has it */
		lock.l_type = F_UNLCK;
		fcntl(fd, F_SETLK, &lock);
		lock.l_type = F_WRLCK;
		sched_yield();
	}
	return fcntl(fd, F_SETLKW, &lock);
}

static int wait_recv(void)
{
	int ends[2];
	char byte;

	return socketpair(AF_UNIX, SOCK_STREAM, 0, ends) ? -errno : (int)syscall(SYS_recvfrom, ends[0], &byte, 1, 0, NULL, NULL);
}

static int wait_signal(void)
{
	sigset_t none;

	sigemptyset(&none);
	return sigsuspend(&none);
}

static int (*const waits[])(void) = {
	wait_read, wait_futex,	   wait_child, wait_select, wait_poll,
	wait_epoll, wait_nanosleep, wait_lock,	wait_recv,   wait_signal,
};
enum { WAITS = sizeof(waits) / sizeof(waits[0]) };

static int run_wait(const void *which)
{
	return waits[*(const int *)which]() < 0 ? -errno : 0;
}

/* Who waits elsewhere is neither listed nor in the way, and sees nothing of the module's going. */
bool waiting_elsewhere_is_in_nobodys_way(void)
{
	for (int i = 0; i < WAITS; i++) {
		const struct child *child = child_start(run_wait, &i);

		CHECK(WAIT_FOR(sleeps(child->pid)));
	}
	CHECK(WAIT_FOR(status().inside == 0));
	for (int cycle = 0; cycle < 3; cycle++) {
		CHECK(list(CALLS_MAX) == 0);
		CHECK(prepare(0, NULL) == 0);
		device_close();
		CHECK(module_remove() == 0);
		CHECK(module_load() == 0);
		device = device_open();
		CHECK(device >= 0);
	}
	for (int i = 0; i < WAITS; i++) {
		if (!child_waits(&children[i]))
			return complain("wait %d came back with %d", i,
					child_result(&children[i]));
	}
	return true;
}

static int run_open_with_handler(const void *path)
{
	struct sigaction action = {.sa_handler = on_alarm};

	sigaction(SIGUSR1, &action, NULL);
	action.sa_flags = SA_RESTART;
	sigaction(SIGUSR2, &action, NULL);
	return run_open(path);
}

bool signals_work_as_unhooked(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open_with_handler, path);
	unsigned long long start_ns;

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	CHECK(WAIT_FOR(listed_for(child->pid, 500 * MS)));
	start_ns = listed(child->pid)->start_ns;
	CHECK(kill(child->pid, SIGUSR2) == 0);
	CHECK(WAIT_FOR(listed_since(child->pid, start_ns)));
	CHECK(child_waits(child));
	CHECK(kill(child->pid, SIGUSR1) == 0);
	CHECK(child_result(child) == -EINTR);
	unlink(path);
	return true;
}
