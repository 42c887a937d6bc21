// SPDX-License-Identifier: GPL-2.0-only
/*
 * The proof of SEOS_syscall on a real kernel: parks processes in hooked calls and tries everything
 * that crashes other hook modules. Runs as root on a machine that may be lost; prints TAP; leaves
 * the module unloaded.
 *
 * Not for: what secons makes of it (conformance/), the unload decisions (ref/core/unload_test.c).
 *
 *   battery MODULE.ko BATTERY32 [CYCLES [MODULE-PARAMETERS [TEST]]]
 *
 * CYCLES, by default 50, is how often the module is loaded and unloaded under load. With TEST, only
 * that one is run, and others may use the machine: they are waited for, not taken for an error.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "battery_arch.h"
#include "uapi/SEOS_ring.h"
#include "uapi/SEOS_syscall.h"

#define DEADLINE_NS        10000000000LL
#define PAGE_BYTES         4096
#define MS                 1000000ULL
#define CHILDREN_MAX       512
#define CALLS_MAX          1024
#define TAINT_ALLOWED      ((1 << 12) | (1 << 13)) /* out of tree, not signed */

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			return complain("line %d: %s (errno %d)", __LINE__, #condition, errno);    \
	} while (0)

static const char *module_path, *module_parameters, *battery32_path, *own_path, *only_test;
static int device = -1;
static long cycles = 50;
static struct seos_call calls[CALLS_MAX];

static struct child {
	pid_t pid;
	int results; /* what the parked call returned: an int, negative errno on failure */
} children[CHILDREN_MAX];
static unsigned int children_count;

static bool __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
	va_list arguments;

	printf("# ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	return false;
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Waits until the condition holds, or the deadline has passed. */
#define WAIT_FOR(condition)                                                                        \
	({                                                                                         \
		long long deadline = now_ns() + DEADLINE_NS;                                       \
		bool holds;                                                                        \
		while (!(holds = (condition)) && now_ns() < deadline)                              \
			poll(NULL, 0, 1);                                                          \
		holds;                                                                             \
	})

static bool write_number(const char *path, long value)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return false;
	fprintf(file, "%ld", value);
	return fclose(file) == 0;
}

static long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long value = -1;

	if (file) {
		if (fscanf(file, "%ld", &value) != 1)
			value = -1;
		fclose(file);
	}
	return value;
}

/* Why the running test cannot say anything here; NULL: it can. */
static const char *skip_reason;

#define SKIP(reason) return skip_reason = (reason), true

/* The module and its device */

static int module_load_with(const char *parameter)
{
	int fd = open(module_path, O_RDONLY | O_CLOEXEC), err;
	char parameters[256];

	if (fd < 0)
		return -errno;
	snprintf(parameters, sizeof(parameters), "%s %s", module_parameters, parameter);
	err = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return err;
}

static int module_load(void)
{
	return module_load_with("");
}

static int module_remove(void)
{
	return syscall(SYS_delete_module, SEOS_MODULE, O_NONBLOCK) ? -errno : 0;
}

static bool module_loaded(void)
{
	return access("/sys/module/" SEOS_MODULE, F_OK) == 0;
}

static int device_open(void)
{
	struct seos_hello hello = {.abi = SEOS_ABI};
	int fd = open(SEOS_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, SEOS_IOC_HELLO, &hello)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void device_close(void)
{
	if (device >= 0)
		close(device);
	device = -1;
}

static struct seos_status status(void)
{
	struct seos_status now = {.state = 99};

	if (ioctl(device, SEOS_IOC_STATUS, &now))
		complain("status: errno %d", errno);
	return now;
}

static int monitor(unsigned int on)
{
	return ioctl(device, SEOS_IOC_MONITOR, &on) ? -errno : 0;
}

static int prepare(unsigned long long timeout_ns, struct seos_status *after)
{
	struct seos_prepare request = {.timeout_ns = timeout_ns};
	int err = ioctl(device, SEOS_IOC_PREPARE, &request) ? -errno : 0;

	if (after)
		*after = request.status;
	return err;
}

/* Reads the whole list by chunks. Returns the number of entries, or a negated errno value. */
static int list(unsigned int chunk)
{
	struct seos_list request = {.cursor = 0};
	unsigned int count = 0;

	do {
		request.calls = (unsigned long)&calls[count];
		request.max = chunk < CALLS_MAX - count ? chunk : CALLS_MAX - count;
		if (ioctl(device, SEOS_IOC_LIST, &request))
			return -errno;
		count += request.count;
	} while (request.count && count < CALLS_MAX);
	return count;
}

static const struct seos_call *listed(pid_t pid)
{
	int count = list(CALLS_MAX);

	for (int i = 0; i < count; i++) {
		if (calls[i].pid == pid)
			return &calls[i];
	}
	return NULL;
}

static bool listed_in(pid_t pid, int number)
{
	const struct seos_call *call = listed(pid);

	return call && call->number == number;
}

static bool listed_since(pid_t pid, unsigned long long start_ns)
{
	const struct seos_call *call = listed(pid);

	return call && call->start_ns > start_ns;
}

/* A call that began anew has a short duration. */
static bool listed_for(pid_t pid, unsigned long long duration_ns)
{
	const struct seos_call *call = listed(pid);

	return call && call->duration_ns >= duration_ns;
}

/* Parked processes */

static struct child *child_start(int (*run)(const void *), const void *argument)
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
static int child_result(const struct child *child)
{
	struct pollfd ready = {.fd = child->results, .events = POLLIN};
	int result;

	if (poll(&ready, 1, DEADLINE_NS / 1000000) != 1)
		return -ETIMEDOUT;
	return read(child->results, &result, sizeof(result)) == sizeof(result) ? result : -ECHILD;
}

/* Neither has the call returned nor the process ended, even one that runs another program. */
static bool child_waits(const struct child *child)
{
	struct pollfd ready = {.fd = child->results, .events = POLLIN};
	siginfo_t ended = {.si_pid = 0};

	poll(&ready, 1, 0);
	waitid(P_PID, child->pid, &ended, WEXITED | WNOHANG | WNOWAIT);
	return !(ready.revents & POLLIN) && ended.si_pid == 0;
}

static void child_end(struct child *child)
{
	if (child->pid <= 0)
		return;
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	close(child->results);
	child->pid = 0;
}

static void children_end(void)
{
	while (children_count)
		child_end(&children[--children_count]);
}

/* The process waits for something, in the kernel's own words. */
static bool sleeps(pid_t pid)
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

static int run_open(const void *path)
{
	int fd = call_open(path, O_RDONLY);

	return fd < 0 ? -errno : 0;
}

static int run_accept(const void *listener)
{
	return call_accept(*(const int *)listener, NULL, NULL) < 0 ? -errno : 0;
}

/* A page that comes only when asked for holds whoever touches it, even in the middle of a call. */
struct page {
	int go; /* readable: bring the page, full of zeroes */
	int uffd;
	void *at;
};

static int page_hold(struct page *page, int go)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register range = {.mode = UFFDIO_REGISTER_MODE_MISSING};

	page->go = go;
	page->at = mmap(NULL, PAGE_BYTES, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
	page->uffd = syscall(SYS_userfaultfd, O_CLOEXEC);
	range.range = (struct uffdio_range){(unsigned long)page->at, PAGE_BYTES};
	if (page->at == MAP_FAILED || page->uffd < 0 || ioctl(page->uffd, UFFDIO_API, &api) ||
	    ioctl(page->uffd, UFFDIO_REGISTER, &range))
		return -errno;
	return 0;
}

static void *page_go(void *argument)
{
	const struct page *page = argument;
	struct uffdio_zeropage zero = {.range = {(unsigned long)page->at, PAGE_BYTES}};
	char byte;

	if (read(page->go, &byte, 1) == 1 && ioctl(page->uffd, UFFDIO_ZEROPAGE, &zero))
		perror("# UFFDIO_ZEROPAGE");
	pause();
	return NULL;
}

/* The page will come while this thread is held. */
static int page_serve(struct page *page)
{
	pthread_t thread;

	return pthread_create(&thread, NULL, page_go, page) ? -EIO : 0;
}

/* Stays in the call with a connection in hand: movable by its number, but it does not come out. */
struct stuck_accept {
	int listener;
	int go;
};

static int run_stuck_accept(const void *argument)
{
	const struct stuck_accept *stuck = argument;
	socklen_t length = sizeof(struct sockaddr_un);
	struct page page;

	if (page_hold(&page, stuck->go) || page_serve(&page))
		return -EIO;
	return call_accept(stuck->listener, page.at, &length) < 0 ? -errno : 0;
}

static int run_accept4(const void *listener)
{
	return syscall(SYS_accept4, *(const int *)listener, NULL, NULL, 0) < 0 ? -errno : 0;
}

static int run_accept_with_timeout(const void *listener)
{
	const struct timeval timeout = {.tv_sec = 3600};

	if (setsockopt(*(const int *)listener, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)))
		return -EIO;
	return run_accept(listener);
}

static const char *fifo(void)
{
	static char path[64];
	static unsigned int count;

	snprintf(path, sizeof(path), "/tmp/battery.%d.%u", getpid(), count++);
	if (mkfifo(path, 0666) || chmod(path, 0666))
		abort();
	return path;
}

/* Lets everybody go on who waits in open of the FIFO, or will yet. */
static void fifo_release(const char *path)
{
	static int writer = -1;

	if (writer >= 0)
		close(writer);
	writer = open(path, O_RDWR | O_CLOEXEC);
	if (writer < 0)
		abort();
}

static int listener_make(struct sockaddr_un *address)
{
	static unsigned int count;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "battery.%d.%u", getpid(),
		 count++);
	if (fd < 0 || bind(fd, (struct sockaddr *)address, sizeof(*address)) || listen(fd, 64))
		abort();
	return fd;
}

static int connect_to(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		abort();
	if (syscall(SYS_connect, fd, address, sizeof(*address))) {
		close(fd);
		return -errno;
	}
	return fd;
}

/* The tests */

static bool refuses_another_abi(void)
{
	struct seos_hello hello = {.abi = SEOS_ABI + 1};
	struct seos_status answer;
	int fd = open(SEOS_DEVICE, O_RDWR | O_CLOEXEC);

	CHECK(fd >= 0);
	CHECK(ioctl(fd, SEOS_IOC_STATUS, &answer) == -1 && errno == EPROTO);
	CHECK(ioctl(fd, SEOS_IOC_HELLO, &hello) == -1 && errno == EPROTO);
	CHECK(hello.abi == SEOS_ABI);
	CHECK(ioctl(fd, SEOS_IOC_STATUS, &answer) == -1 && errno == EPROTO);
	CHECK(ioctl(fd, SEOS_IOC_HELLO, &hello) == 0);
	CHECK(ioctl(fd, SEOS_IOC_STATUS, &answer) == 0);
	close(fd);
	return true;
}

static int run_open_as_nobody(const void *path)
{
	int fd;

	if (setgid(65534) || setuid(65534))
		return -EIO;
	fd = open(path, O_RDWR | O_CLOEXEC);
	return fd < 0 ? -errno : 0;
}

static bool refuses_others_than_root(void)
{
	CHECK(child_result(child_start(run_open_as_nobody, SEOS_DEVICE)) == -EACCES);
	CHECK(chmod(SEOS_DEVICE, 0666) == 0);
	CHECK(child_result(child_start(run_open_as_nobody, SEOS_DEVICE)) == -EPERM);
	CHECK(chmod(SEOS_DEVICE, 0600) == 0);
	return true;
}

static bool refuses_bad_requests(void)
{
	struct seos_list request = {.max = 0};
	struct seos_prepare long_wait = {.timeout_ns = SEOS_TIMEOUT_MAX_NS + 1};

	CHECK(ioctl(device, SEOS_IOC_LIST, &request) == -1 && errno == EINVAL);
	request.max = SEOS_LIST_MAX + 1;
	CHECK(ioctl(device, SEOS_IOC_LIST, &request) == -1 && errno == EINVAL);
	CHECK(ioctl(device, SEOS_IOC_LIST, NULL) == -1 && errno == EFAULT);
	CHECK(ioctl(device, SEOS_IOC_PREPARE, &long_wait) == -1 && errno == EINVAL);
	CHECK(monitor(2) == -EINVAL);
	CHECK(ioctl(device, SEOS_IOC_CANCEL) == -1 && errno == EALREADY);
	CHECK(ioctl(device, _IO('S', 0x7f)) == -1 && errno == ENOTTY);
	return true;
}

static int run_open_as_1234(const void *path)
{
	return setuid(1234) ? -EIO : run_open(path);
}

static bool lists_a_caller_in_open(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open_as_1234, path);
	struct timespec boot;
	struct seos_call first;

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	first = *listed(child->pid);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	CHECK(first.abi == ABI_NATIVE);
	CHECK(first.tgid == child->pid && first.ppid == getpid() && first.uid == 1234);
	CHECK(first.flags == 0);
	CHECK(strcmp(first.program, own_path) == 0);
	CHECK(first.start_ns <= boot.tv_sec * 1000000000ULL + boot.tv_nsec);
	CHECK(first.start_ns + 20 * MS + first.duration_ns >
	      boot.tv_sec * 1000000000ULL + boot.tv_nsec - 1000 * MS);
	CHECK(WAIT_FOR(listed(child->pid)->duration_ns >= first.duration_ns + 50 * MS));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	CHECK(WAIT_FOR(!listed(child->pid)));
	CHECK(status().inside == 0);
	return true;
}

static bool lists_a_caller_in_accept_as_movable(void)
{
	struct sockaddr_un address;
	int listener = listener_make(&address);
	const struct child *child = child_start(run_accept, &listener);

	CHECK(WAIT_FOR(listed_in(child->pid, NR_ACCEPT)));
	CHECK(listed(child->pid)->flags == SEOS_CALL_MOVABLE);
	CHECK(status().inside == 1 && status().blocking == 0);
	CHECK(connect_to(&address) >= 0);
	CHECK(child_result(child) == 0);
	CHECK(WAIT_FOR(status().inside == 0));
	return true;
}

static bool results_and_errors_pass_through(void)
{
	int fd = call_open(own_path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0);
	close(fd);
	CHECK(call_open("/nowhere", O_RDONLY) == -1 && errno == ENOENT);
	CHECK(kill(getpid(), 0) == 0);
	CHECK(kill(-2147483647, 0) == -1 && errno == ESRCH);
	CHECK(execl("/nowhere", "nowhere", NULL) == -1 && errno == ENOENT);
	CHECK(rename("/nowhere", "/elsewhere") == -1 && errno == ENOENT);
	CHECK(accept(-1, NULL, NULL) == -1 && errno == EBADF);
	CHECK(status().inside == 0);
	return true;
}

static bool rmmod_is_refused(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open, path);

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	device_close();
	CHECK(module_remove() == -EWOULDBLOCK);
	device = device_open();
	CHECK(device >= 0);
	CHECK(listed_in(child->pid, NR_OPEN));
	CHECK(child_waits(child));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	return true;
}

static bool prepare_is_refused_with_a_blocker(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open, path), *later;
	struct sockaddr_un address;
	int listener = listener_make(&address);
	const struct child *acceptor = child_start(run_accept, &listener);
	struct seos_status after;

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN) && listed_in(acceptor->pid, NR_ACCEPT)));
	CHECK(WAIT_FOR(listed_for(child->pid, 50 * MS) && listed_for(acceptor->pid, 50 * MS)));
	CHECK(prepare(100 * MS, &after) == -EBUSY);
	CHECK(after.state == SEOS_STATE_ACTIVE && after.monitor == 1);
	CHECK(after.inside == 2 && after.blocking == 1);
	/* nobody was disturbed, not even the one that could have been moved */
	CHECK(listed_for(child->pid, 150 * MS) && listed_for(acceptor->pid, 150 * MS));
	later = child_start(run_open, path);
	CHECK(WAIT_FOR(listed_in(later->pid, NR_OPEN)));
	device_close();
	CHECK(module_remove() == -EWOULDBLOCK);
	device = device_open();
	fifo_release(path);
	CHECK(child_result(child) == 0 && child_result(later) == 0);
	CHECK(connect_to(&address) >= 0);
	CHECK(child_result(acceptor) == 0);
	return true;
}

/* One does not come out in time: the others, moved out before, come in again with the hooks. */
static bool a_refusal_after_moving_puts_everybody_back(void)
{
	enum { MOVED = 5 };
	struct sockaddr_un address, stuck_address;
	int listener = listener_make(&address), go[2];
	struct stuck_accept stuck = {.listener = listener_make(&stuck_address)};
	const struct child *moved[MOVED], *last;
	struct seos_status after;

	CHECK(pipe2(go, O_CLOEXEC) == 0);
	stuck.go = go[0];
	last = child_start(run_stuck_accept, &stuck);
	CHECK(connect_to(&stuck_address) >= 0);
	CHECK(WAIT_FOR(listed_in(last->pid, NR_ACCEPT)));
	for (int i = 0; i < MOVED; i++)
		moved[i] = child_start(i % 2 ? run_accept : run_accept_with_timeout, &listener);
	CHECK(WAIT_FOR(status().inside == MOVED + 1 && status().blocking == 0));
	for (int i = 0; i < MOVED; i++)
		CHECK(WAIT_FOR(listed_for(moved[i]->pid, 50 * MS)));
	CHECK(prepare(0, &after) == -EBUSY);
	CHECK(after.state == SEOS_STATE_ACTIVE && after.monitor == 1);
	CHECK(WAIT_FOR(status().inside == MOVED + 1 && status().blocking == 0));
	for (int i = 0; i < MOVED; i++)
		CHECK(listed_in(moved[i]->pid, NR_ACCEPT) && child_waits(moved[i]));
	CHECK(write(go[1], "", 1) == 1);
	CHECK(child_result(last) == 0);
	CHECK(prepare(0, NULL) == 0);
	for (int i = 0; i < MOVED; i++)
		CHECK(connect_to(&address) >= 0);
	for (int i = 0; i < MOVED; i++)
		CHECK(child_result(moved[i]) == 0);
	close(go[0]);
	close(go[1]);
	return true;
}

static bool prepare_waits_for_a_caller_to_leave(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open, path);
	pid_t releaser;

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	releaser = fork();
	if (!releaser) {
		WAIT_FOR(status().state == SEOS_STATE_PREPARING);
		fifo_release(path);
		_exit(0);
	}
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	CHECK(child_result(child) == 0);
	CHECK(status().state == SEOS_STATE_PREPARED);
	CHECK(waitpid(releaser, NULL, 0) == releaser);
	return true;
}

static void on_alarm(int signal)
{
	(void)signal;
}

static bool prepare_ends_with_a_signal(void)
{
	const struct sigaction alarmed = {.sa_handler = on_alarm};
	const struct itimerval soon = {.it_value = {.tv_usec = 300000}};
	const char *path = fifo();
	const struct child *child = child_start(run_open, path);
	struct seos_status after;

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	sigaction(SIGALRM, &alarmed, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	CHECK(prepare(3600 * 1000 * MS, &after) == -EINTR);
	CHECK(after.state == SEOS_STATE_ACTIVE && after.monitor == 1);
	CHECK(listed_in(child->pid, NR_OPEN));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	return true;
}

/* Replaces the program; the exit status comes instead of a result. */
static int run_accept32(const void *listener)
{
	char digits[16];

	snprintf(digits, sizeof(digits), "%d", *(const int *)listener);
	execl(battery32_path, "battery32", "accept", digits, NULL);
	return -errno;
}

static int run_open32(const void *path)
{
	execl(battery32_path, "battery32", "open", path, NULL);
	return -errno;
}

static bool exited_well(const struct child *child)
{
	int wait_status = -1;
	bool ended = WAIT_FOR(waitpid(child->pid, &wait_status, WNOHANG) == child->pid);

	return ended && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0;
}

/* Programs that wait in accept are moved out, the module goes, and then they get their connection.
 */
static bool accept_callers_survive_the_module(void)
{
	static const struct {
		int (*run)(const void *);
		int number;
	} rows[] = {
		{run_accept, NR_ACCEPT},
		{run_accept4, SYS_accept4},
		{run_accept_with_timeout, NR_ACCEPT},
		{run_accept32, OTHER_ACCEPT},
	};
	enum { ROWS = sizeof(rows) / sizeof(rows[0]) };
	struct sockaddr_un addresses[ROWS];
	const struct child *parked[ROWS];

	for (unsigned int i = 0; i < ROWS; i++) {
		int listener = listener_make(&addresses[i]);

		parked[i] = child_start(rows[i].run, &listener);
		CHECK(WAIT_FOR(listed_in(parked[i]->pid, rows[i].number)));
		CHECK(listed(parked[i]->pid)->flags == SEOS_CALL_MOVABLE);
	}
	CHECK(status().inside == ROWS && status().blocking == 0);
	CHECK(prepare(0, NULL) == 0);
	CHECK(status().state == SEOS_STATE_PREPARED && status().inside == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(!module_loaded());
	for (unsigned int i = 0; i < ROWS; i++) {
		if (!child_waits(parked[i]))
			return complain("row %u came back with %d", i, child_result(parked[i]));
	}
	for (unsigned int i = 0; i < ROWS; i++) {
		CHECK(connect_to(&addresses[i]) >= 0);
		if (rows[i].run == run_accept32)
			CHECK(exited_well(parked[i]));
		else
			CHECK(child_result(parked[i]) == 0);
	}
	return true;
}

static bool loads_switched_off(void)
{
	const char *path = fifo();
	const struct child *child;

	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(module_load_with("mechanism=sideways") == -EINVAL);
	CHECK(!module_loaded() && access(SEOS_DEVICE, F_OK));
	CHECK(module_load_with("monitor=0") == 0);
	device = device_open();
	CHECK(device >= 0);
	CHECK(status().monitor == 0 && status().state == SEOS_STATE_ACTIVE);
	CHECK(status().mechanism == 0);
	CHECK(monitor(1) == 0);
	CHECK(status().mechanism != 0);
	child = child_start(run_open, path);
	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	return true;
}

/* With ftrace switched off, hooks would be there and see nobody. */
static bool is_never_blind(void)
{
	static const char *const enabled = "/proc/sys/kernel/ftrace_enabled";

	CHECK(!write_number(enabled, 0));
	CHECK(read_number(enabled) == 1);
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(write_number(enabled, 0));
	CHECK(module_load() == -EBUSY);
	CHECK(!module_loaded() && access(SEOS_DEVICE, F_OK));
	CHECK(write_number(enabled, 1));
	CHECK(module_load() == 0);
	return true;
}

static bool cancel_hooks_again(void)
{
	const char *path = fifo();
	const struct child *child;

	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	CHECK(prepare(0, NULL) == -EALREADY);
	CHECK(monitor(0) == -EBUSY);
	CHECK(ioctl(device, SEOS_IOC_CANCEL) == 0);
	CHECK(status().state == SEOS_STATE_ACTIVE && status().monitor == 1);
	child = child_start(run_open, path);
	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	device_close();
	CHECK(module_remove() == -EWOULDBLOCK);
	device = device_open();
	CHECK(device >= 0);
	fifo_release(path);
	CHECK(child_result(child) == 0);
	return true;
}

static bool killed_callers_leave_nothing(void)
{
	const char *path = fifo();

	for (int i = 0; i < 20; i++) {
		struct child *child = child_start(run_open, path);
		pid_t pid = child->pid;

		CHECK(WAIT_FOR(listed_in(pid, NR_OPEN)));
		child_end(child);
		CHECK(!listed(pid));
	}
	CHECK(status().inside == 0);
	unlink(path);
	return true;
}

static int run_pause(const void *unused)
{
	(void)unused;
	pause();
	return 0;
}

static bool a_reused_pid_starts_clean(void)
{
	const char *path = fifo();
	struct child *child = child_start(run_open, path);
	pid_t pid = child->pid;
	unsigned long long start_ns;

	CHECK(WAIT_FOR(listed_in(pid, NR_OPEN)));
	start_ns = listed(pid)->start_ns;
	child_end(child);
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", pid - 1));
	child = child_start(run_pause, NULL);
	CHECK(child->pid == pid);
	CHECK(!listed(pid));
	child_end(child);
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", pid - 1));
	child = child_start(run_open, path);
	CHECK(child->pid == pid);
	CHECK(WAIT_FOR(listed_in(pid, NR_OPEN)));
	CHECK(listed_since(pid, start_ns));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	return true;
}

static bool pids_beyond_the_default_have_slots(void)
{
	long pid_max = read_number("/proc/sys/kernel/pid_max");
	const char *path = fifo();
	const struct child *child;

	if (sizeof(long) == 4)
		SKIP("a 32-bit kernel has no PIDs beyond the default");
	CHECK(pid_max > 0);
	CHECK(write_number("/proc/sys/kernel/pid_max", 4194304));
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", 4194301));
	child = child_start(run_open, path);
	CHECK(child->pid == 4194302);
	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	fifo_release(path);
	CHECK(child_result(child) == 0);
	CHECK(status().missed == 0);
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", getpid() + 100));
	CHECK(write_number("/proc/sys/kernel/pid_max", pid_max));
	return true;
}

static bool monitor_off_shows_nothing(void)
{
	const char *path = fifo();
	const struct child *before = child_start(run_open, path), *meanwhile, *later;

	CHECK(WAIT_FOR(listed_in(before->pid, NR_OPEN)));
	CHECK(monitor(0) == 0);
	CHECK(status().monitor == 0);
	meanwhile = child_start(run_open, path);
	later = child_start(run_open, path);
	CHECK(WAIT_FOR(sleeps(meanwhile->pid) && sleeps(later->pid)));
	CHECK(listed_in(before->pid, NR_OPEN)); /* still has the module on its stack */
	CHECK(status().inside == 1 && status().blocking == 1);
	CHECK(prepare(0, NULL) == -EBUSY);
	CHECK(status().monitor == 0);
	child_end((struct child *)before);
	CHECK(list(CALLS_MAX) == 0);
	CHECK(prepare(0, NULL) == 0); /* whoever came in unhooked is in nobody's way */
	CHECK(ioctl(device, SEOS_IOC_CANCEL) == 0);
	CHECK(status().monitor == 0);
	CHECK(monitor(1) == 0);
	fifo_release(path);
	CHECK(child_result(meanwhile) == 0 && child_result(later) == 0);
	CHECK(list(CALLS_MAX) == 0);
	return true;
}

static bool a_32_bit_program_has_its_own_numbers(void)
{
	const char *path;
	const struct child *child;
	struct seos_call call;

	if (!other_is_32)
		SKIP("this machine has no 32-bit programs of its own");
	path = fifo();
	child = child_start(run_open32, path);

	CHECK(WAIT_FOR(listed_in(child->pid, OTHER_OPEN)));
	call = *listed(child->pid);
	CHECK(call.abi == SEOS_ABI_I386 && call.flags == 0);
	CHECK(strcmp(call.program, battery32_path) == 0);
	fifo_release(path);
	CHECK(exited_well(child));
	return true;
}

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
static bool exec_by_a_thread(void)
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
static bool a_held_exec_blocks(void)
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

/*
 * Every way into a hooked call that takes a pointer, held where the kernel follows it; also by the
 * 32-bit entry, which a 64-bit program has as well.
 */
#define PAGE   (-7777L) /* stands for the held page */
#define SOCKET (-7778L)

struct held_call {
	const char *name;
	long number, number_32; /* 0: not there */
	long arguments[5];
	int expected; /* result with a page of zeroes: an empty path */
};

static const struct held_call held_calls[] = {
	{"open", SYS_open, 5, {PAGE}, -ENOENT},
	{"openat", SYS_openat, 295, {AT_FDCWD, PAGE}, -ENOENT},
	{"openat2", SYS_openat2, 437, {AT_FDCWD, PAGE, PAGE, 24}, -ENOENT},
	{"creat", SYS_creat, 8, {PAGE, 0600}, -ENOENT},
	{"unlink", SYS_unlink, 10, {PAGE}, -ENOENT},
	{"unlinkat", SYS_unlinkat, 301, {AT_FDCWD, PAGE}, -ENOENT},
	{"rename", SYS_rename, 38, {PAGE, PAGE}, -ENOENT},
	{"renameat2", SYS_renameat2, 353, {AT_FDCWD, PAGE, AT_FDCWD, PAGE}, -ENOENT},
	{"link", SYS_link, 9, {PAGE, PAGE}, -ENOENT},
	{"linkat", SYS_linkat, 303, {AT_FDCWD, PAGE, AT_FDCWD, PAGE}, -ENOENT},
	{"symlink", SYS_symlink, 83, {PAGE, PAGE}, -ENOENT},
	{"symlinkat", SYS_symlinkat, 304, {PAGE, AT_FDCWD, PAGE}, -ENOENT},
	{"mkdir", SYS_mkdir, 39, {PAGE, 0700}, -ENOENT},
	{"mkdirat", SYS_mkdirat, 296, {AT_FDCWD, PAGE, 0700}, -ENOENT},
	{"rmdir", SYS_rmdir, 40, {PAGE}, -ENOENT},
	{"chmod", SYS_chmod, 15, {PAGE, 0600}, -ENOENT},
	{"fchmodat", SYS_fchmodat, 306, {AT_FDCWD, PAGE, 0600}, -ENOENT},
	{"chown", SYS_chown, 182, {PAGE}, -ENOENT},
	{"chown32", 0, 212, {PAGE}, -ENOENT},
	{"lchown", SYS_lchown, 16, {PAGE}, -ENOENT},
	{"fchownat", SYS_fchownat, 298, {AT_FDCWD, PAGE}, -ENOENT},
	{"mknod", SYS_mknod, 14, {PAGE, S_IFIFO | 0600}, -ENOENT},
	{"mknodat", SYS_mknodat, 297, {AT_FDCWD, PAGE, S_IFIFO | 0600}, -ENOENT},
	{"truncate", SYS_truncate, 92, {PAGE}, -ENOENT},
	{"truncate64", 0, 193, {PAGE}, -ENOENT},
	{"utime", SYS_utime, 30, {PAGE}, -ENOENT},
	{"utimes", SYS_utimes, 271, {PAGE}, -ENOENT},
	{"utimensat", SYS_utimensat, 320, {AT_FDCWD, PAGE}, -ENOENT},
	{"utimensat_time64", 0, 412, {AT_FDCWD, PAGE}, -ENOENT},
	{"futimesat", SYS_futimesat, 299, {AT_FDCWD, PAGE}, -ENOENT},
	{"bind", SYS_bind, 361, {SOCKET, PAGE, 16}, -EINVAL},
	{"connect", SYS_connect, 362, {SOCKET, PAGE, 16}, -EINVAL},
	{"setgroups", SYS_setgroups, 81, {1, PAGE}, 0},
	{"setgroups32", 0, 206, {1, PAGE}, 0},
	{"rt_sigqueueinfo", SYS_rt_sigqueueinfo, 178, {1, SIGCONT, PAGE}, -EPERM},
	{"mount", SYS_mount, 21, {PAGE, PAGE, 0}, -ENOENT},
	{"umount2", SYS_umount2, 52, {PAGE, 0}, -ENOENT},
	{"chroot", SYS_chroot, 61, {PAGE}, -ENOENT},
	{"chdir", SYS_chdir, 12, {PAGE}, -ENOENT},
	{"settimeofday", SYS_settimeofday, 79, {0, PAGE}, 0},
	{"sethostname", SYS_sethostname, 74, {PAGE, 1}, 0},
	{"init_module", SYS_init_module, 128, {PAGE, PAGE_BYTES, 0}, -ENOEXEC},
	{"delete_module", SYS_delete_module, 129, {PAGE, O_NONBLOCK}, -ENOENT},
	{"execve", SYS_execve, 11, {PAGE, 0, 0}, -ENOENT},
};

/* By which number this program calls it. */
static long number_of(const struct held_call *call, bool i386)
{
#ifdef __i386__
	i386 = true;
#endif
	return i386 ? call->number_32 : call->number;
}

struct hold {
	const struct held_call *call;
	bool i386;
	int go;
};

static int run_held_call(const void *argument)
{
	const struct hold *hold = argument;
	const struct held_call *call = hold->call;
	struct page page;
	long arguments[5], result;

	if (page_hold(&page, hold->go) || page_serve(&page))
		return -EIO;
	for (int i = 0; i < 5; i++) {
		arguments[i] = call->arguments[i];
		if (arguments[i] == PAGE)
			arguments[i] = (long)page.at;
		else if (arguments[i] == SOCKET)
			arguments[i] = socket(AF_UNIX, SOCK_STREAM, 0);
	}
	if (hold->i386)
		return call_32(call->number_32, arguments);
	result = syscall(number_of(call, false), arguments[0], arguments[1], arguments[2], arguments[3],
			 arguments[4]);
	return result < 0 ? -errno : result;
}

static bool held_call_blocks(const struct held_call *call, bool i386)
{
	struct hold hold = {.call = call, .i386 = i386};
	const struct child *child;
	int go[2];

	CHECK(pipe2(go, O_CLOEXEC) == 0);
	hold.go = go[0];
	child = child_start(run_held_call, &hold);
	CHECK(WAIT_FOR(listed_in(child->pid, number_of(call, i386)) &&
		       sleeps(child->pid)));
	CHECK(listed(child->pid)->abi == (i386 ? SEOS_ABI_I386 : ABI_NATIVE));
	CHECK(listed(child->pid)->flags == 0 && status().blocking == 1);
	CHECK(write(go[1], "", 1) == 1);
	CHECK(child_result(child) == call->expected);
	CHECK(WAIT_FOR(status().inside == 0));
	close(go[0]);
	close(go[1]);
	children_end();
	return true;
}

static bool calls_of_each_kind_block(void)
{
	for (size_t i = 0; i < sizeof(held_calls) / sizeof(held_calls[0]); i++) {
		const struct held_call *call = &held_calls[i];

		if (number_of(call, false) && !held_call_blocks(call, false))
			return complain("%s", call->name);
		if (has_32 && call->number_32 && !held_call_blocks(call, true))
			return complain("%s, 32 bits", call->name);
	}
	return true;
}

static int run_connect(const void *address)
{
	int fd = connect_to(address);

	return fd < 0 ? fd : 0;
}

static bool a_full_backlog_blocks(void)
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

static bool fork_leaves_nothing_to_the_child(void)
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

static bool a_caller_ended_in_its_call_leaves_nothing(void)
{
	CHECK(child_result(child_start(run_reboot_in_namespace, NULL)) == 0);
	CHECK(WAIT_FOR(status().inside == 0));
	CHECK(prepare(0, NULL) == 0);
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
static bool a_trace_stop_in_a_call_blocks(void)
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
static bool waiting_elsewhere_is_in_nobodys_way(void)
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

static bool signals_work_as_unhooked(void)
{
	const char *path = fifo();
	const struct child *child = child_start(run_open_with_handler, path);
	unsigned long long start_ns;

	CHECK(WAIT_FOR(listed_in(child->pid, NR_OPEN)));
	start_ns = listed(child->pid)->start_ns;
	CHECK(kill(child->pid, SIGUSR2) == 0);
	CHECK(WAIT_FOR(listed_since(child->pid, start_ns)));
	CHECK(child_waits(child));
	CHECK(kill(child->pid, SIGUSR1) == 0);
	CHECK(child_result(child) == -EINTR);
	unlink(path);
	return true;
}

static bool a_crowd_is_moved(void)
{
	enum { CROWD = 200 };
	struct sockaddr_un address;
	int listener = listener_make(&address);

	for (int i = 0; i < CROWD; i++)
		child_start(run_accept, &listener);
	CHECK(WAIT_FOR(status().inside == CROWD));
	CHECK(prepare(0, NULL) == 0);
	for (int i = 0; i < CROWD; i++)
		CHECK(child_waits(&children[i]));
	CHECK(ioctl(device, SEOS_IOC_CANCEL) == 0);
	for (int i = 0; i < CROWD; i++)
		CHECK(connect_to(&address) >= 0);
	for (int i = 0; i < CROWD; i++)
		CHECK(child_result(&children[i]) == 0);
	return true;
}

static bool a_stopped_caller_is_in_nobodys_way(void)
{
	struct sockaddr_un address;
	int listener = listener_make(&address), wait_status;
	const char *path = fifo();
	const struct child *acceptor = child_start(run_accept, &listener);
	const struct child *opener = child_start(run_open, path);

	CHECK(WAIT_FOR(status().inside == 2));
	CHECK(kill(acceptor->pid, SIGSTOP) == 0 && kill(opener->pid, SIGSTOP) == 0);
	CHECK(waitpid(acceptor->pid, &wait_status, WUNTRACED) == acceptor->pid);
	CHECK(waitpid(opener->pid, &wait_status, WUNTRACED) == opener->pid);
	CHECK(status().inside == 0);
	CHECK(prepare(0, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(kill(acceptor->pid, SIGCONT) == 0 && kill(opener->pid, SIGCONT) == 0);
	CHECK(connect_to(&address) >= 0);
	CHECK(child_result(acceptor) == 0);
	fifo_release(path);
	CHECK(child_result(opener) == 0);
	return true;
}

static bool a_long_list_comes_in_chunks(void)
{
	enum { PARKED = 300 };
	const char *path = fifo();
	static const unsigned int chunks[] = {1, 7, 299, 300, 301};

	for (int i = 0; i < PARKED; i++)
		child_start(run_open, path);
	CHECK(WAIT_FOR(status().inside == PARKED));
	for (unsigned int i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		CHECK(list(chunks[i]) == PARKED);
		for (int c = 0; c < PARKED; c++)
			CHECK(calls[c].pid == children[c].pid && calls[c].number == NR_OPEN);
	}
	unlink(path);
	return true;
}

/* A little of every hooked call, until killed. Ends early with the first unexpected error. */
static int run_load(const void *path)
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

static bool load_survives_loading_and_unloading(void)
{
	enum { WORKERS = 4 };
	const char *path = fifo();
	struct sockaddr_un address;
	int listener = listener_make(&address);
	const struct child *acceptor;

	for (int i = 0; i < WORKERS; i++)
		child_start(run_load, path);
	acceptor = child_start(run_accept, &listener);
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
		if ((cycle + 1) % 100 == 0)
			printf("# %d cycles\n", cycle + 1);
	}
	for (int i = 0; i < WORKERS; i++)
		CHECK(child_waits(&children[i]));
	CHECK(child_waits(acceptor));
	CHECK(connect_to(&address) >= 0);
	CHECK(child_result(acceptor) == 0);
	unlink(path);
	return true;
}

static bool parked_callers_are_always_listed_under_load(void)
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

/* Events */

#define READERS_MAX 64

struct subscription {
	int wake;
	int rings;
	size_t bytes;
	char *memory;
	struct seos_reader readers[READERS_MAX];
};

static bool subscribe(struct subscription *s, unsigned int classes, unsigned int ring_bytes)
{
	struct seos_subscribe wanted = {.classes = classes, .ring_bytes = ring_bytes};
	size_t stride = sizeof(struct seos_ring) + ring_bytes;

	wanted.eventfd = s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CHECK(s->wake >= 0);
	CHECK(ioctl(device, SEOS_IOC_SUBSCRIBE, &wanted) == 0);
	CHECK(wanted.rings > 0 && wanted.rings <= READERS_MAX);
	s->rings = wanted.rings;
	s->bytes = wanted.rings * stride;
	s->memory = mmap(NULL, s->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, wanted.memory, 0);
	CHECK(s->memory != MAP_FAILED);
	close(wanted.memory);
	for (int i = 0; i < s->rings; i++)
		s->readers[i] = (struct seos_reader){.ring = (void *)(s->memory + i * stride),
						     .bytes = ring_bytes};
	return true;
}

static void unsubscribe(struct subscription *s)
{
	munmap(s->memory, s->bytes);
	close(s->wake);
}

/* The next event of any CPU, its body in body, which it shares with the next one. */
static enum seos_read event_next(struct subscription *s, struct seos_event *event, const void **body)
{
	static __u64 bytes[SEOS_EVENT_MAX / sizeof(__u64)];
	int closed = 0;

	for (int i = 0; i < s->rings; i++) {
		enum seos_read what = seos_ring_peek(&s->readers[i], event);

		if (what == SEOS_READ_EVENT) {
			seos_ring_take(&s->readers[i], event, bytes);
			*body = bytes;
			return what;
		}
		closed += what == SEOS_READ_CLOSED;
	}
	return closed == s->rings ? SEOS_READ_CLOSED : SEOS_READ_NOTHING;
}

static int mark(unsigned long long number)
{
	struct seos_mark request = {.number = number};

	return ioctl(device, SEOS_IOC_MARK, &request) ? -errno : 0;
}

/* The next event is this mark, or a gap of so many. */
static bool next_is(struct subscription *s, unsigned int type, unsigned long long number)
{
	struct seos_event event;
	const void *body;

	CHECK(event_next(s, &event, &body) == SEOS_READ_EVENT);
	CHECK(event.type == type);
	CHECK(*(const __u64 *)body == number);
	return true;
}

static bool nothing_is_next(struct subscription *s)
{
	struct seos_event event;
	const void *body;

	return event_next(s, &event, &body) == SEOS_READ_NOTHING;
}

/* The eventfd is readable; it is not afterwards. */
static bool woken(const struct subscription *s)
{
	__u64 count;

	return read(s->wake, &count, sizeof(count)) == sizeof(count);
}

static bool stay_on_one_cpu(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) == 0;
}

static void go_to_any_cpu(void)
{
	cpu_set_t set;

	memset(&set, 0xff, sizeof(set));
	sched_setaffinity(0, sizeof(set), &set);
}

static bool refuses_bad_subscriptions(void)
{
	const struct seos_subscribe good = {.classes = SEOS_CLASS_MARK,
					    .ring_bytes = SEOS_RING_MIN,
					    .eventfd = eventfd(0, EFD_CLOEXEC)};
	struct seos_subscribe bad[] = {good, good, good, good, good, good, good};

	bad[0].classes = 0;
	bad[1].classes = 1U << 31;
	bad[2].ring_bytes = SEOS_RING_MIN / 2;
	bad[3].ring_bytes = SEOS_RING_MIN + 8;
	bad[4].ring_bytes = SEOS_RING_MAX * 2;
	bad[5].reserved = 1;
	bad[6].eventfd = device;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(ioctl(device, SEOS_IOC_SUBSCRIBE, &bad[i]) < 0);
		CHECK(errno == (bad[i].eventfd == device ? EBADF : EINVAL));
	}
	CHECK(ioctl(device, SEOS_IOC_SUBSCRIBE, NULL) < 0 && errno == EFAULT);
	CHECK(status().subscribers == 0 && status().classes == 0);
	close(good.eventfd);
	return true;
}

static bool events_come_with_number_time_and_cpu(void)
{
	struct subscription s;
	struct seos_event event;
	struct timespec before, after;
	const void *body;

	CHECK(stay_on_one_cpu(0));
	CHECK(subscribe(&s, SEOS_CLASS_MARK, SEOS_RING_MIN));
	CHECK(status().classes == SEOS_CLASS_MARK && status().subscribers == 1);
	CHECK(!woken(&s) && nothing_is_next(&s));
	for (unsigned int i = 0; i < 10; i++) {
		clock_gettime(CLOCK_BOOTTIME, &before);
		CHECK(mark(~0ULL - i) == 0);
		clock_gettime(CLOCK_BOOTTIME, &after);
		CHECK(woken(&s));
		CHECK(event_next(&s, &event, &body) == SEOS_READ_EVENT);
		CHECK(event.type == SEOS_EVENT_MARK && event.cpu == 0 && event.sequence == i);
		CHECK(event.time_ns >= before.tv_sec * 1000000000ULL + before.tv_nsec);
		CHECK(event.time_ns <= after.tv_sec * 1000000000ULL + after.tv_nsec);
		CHECK(((const struct seos_mark *)body)->number == ~0ULL - i);
		CHECK(!woken(&s) && nothing_is_next(&s));
	}
	go_to_any_cpu();
	unsubscribe(&s);
	CHECK(WAIT_FOR(status().subscribers == 0 && status().classes == 0));
	return true;
}

static bool subscribers_get_what_they_asked_for(void)
{
	struct subscription marks, sessions;

	CHECK(subscribe(&marks, SEOS_CLASS_MARK, SEOS_RING_MIN));
	CHECK(subscribe(&sessions, SEOS_CLASS_SESSION, SEOS_RING_MIN));
	CHECK(status().classes == (SEOS_CLASS_MARK | SEOS_CLASS_SESSION));
	CHECK(mark(1) == 0);
	CHECK(next_is(&marks, SEOS_EVENT_MARK, 1) && nothing_is_next(&marks));
	CHECK(!woken(&sessions) && nothing_is_next(&sessions));
	unsubscribe(&marks);
	CHECK(WAIT_FOR(status().classes == SEOS_CLASS_SESSION));
	unsubscribe(&sessions);
	return true;
}

/* One that does not read loses events, learns how many, and is in nobody's way. */
static bool a_full_ring_leaves_a_gap(void)
{
	const unsigned int fit = SEOS_RING_MIN / (sizeof(struct seos_event) + sizeof(struct seos_mark));
	const unsigned long long lost = status().lost;
	struct subscription slow, quick;

	CHECK(stay_on_one_cpu(0));
	CHECK(subscribe(&slow, SEOS_CLASS_MARK, SEOS_RING_MIN));
	CHECK(subscribe(&quick, SEOS_CLASS_MARK, SEOS_RING_MIN));
	for (unsigned int i = 0; i < fit + 7; i++) {
		CHECK(mark(i) == 0);
		CHECK(next_is(&quick, SEOS_EVENT_MARK, i));
	}
	CHECK(nothing_is_next(&quick));
	CHECK(status().lost == lost + 7);
	for (unsigned int i = 0; i < fit; i++)
		CHECK(next_is(&slow, SEOS_EVENT_MARK, i));
	CHECK(next_is(&slow, SEOS_EVENT_GAP, 7)); /* though nothing came after them */
	CHECK(nothing_is_next(&slow));

	for (unsigned int i = 0; i < fit + 3; i++) /* a gap that something comes after */
		CHECK(mark(i) == 0);
	CHECK(next_is(&slow, SEOS_EVENT_MARK, 0));
	CHECK(mark(1234) == 0);
	for (unsigned int i = 1; i < fit; i++)
		CHECK(next_is(&slow, SEOS_EVENT_MARK, i));
	CHECK(next_is(&slow, SEOS_EVENT_GAP, 3));
	CHECK(next_is(&slow, SEOS_EVENT_MARK, 1234));
	CHECK(nothing_is_next(&slow));
	go_to_any_cpu();
	unsubscribe(&slow);
	unsubscribe(&quick);
	return true;
}

/* The program owns its end of the ring: whatever it writes there is its own loss. */
static bool a_mad_reader_harms_itself(void)
{
	struct subscription s;

	CHECK(stay_on_one_cpu(0));
	CHECK(subscribe(&s, SEOS_CLASS_MARK, SEOS_RING_MIN));
	for (unsigned int i = 0; i < 2000; i++) {
		s.readers[0].ring->tail = i * 0x9e3779b1U;
		s.readers[0].ring->head = ~i;
		CHECK(mark(i) == 0);
	}
	go_to_any_cpu();
	unsubscribe(&s);
	return true;
}

enum { WRITERS = 4, MARKS = 20000 };

static int run_marks(const void *number)
{
	const unsigned long long first = *(const int *)number * (unsigned long long)MARKS;

	device = device_open();
	if (device < 0)
		return -errno;
	for (unsigned int i = 0; i < MARKS; i++) {
		if (i % 500 == 0)
			stay_on_one_cpu(i / 500 % sysconf(_SC_NPROCESSORS_ONLN));
		if (mark(first + i))
			return -errno;
	}
	return 0;
}

struct tally {
	unsigned long long events, lost, numbers[READERS_MAX];
};

/* Reads what is there. In each ring numbers follow each other, and so do times. */
static bool tally_all(struct subscription *s, struct tally *t)
{
	static __u64 body[SEOS_EVENT_MAX / sizeof(__u64)];

	for (int i = 0; i < s->rings; i++) {
		struct seos_event event;

		while (seos_ring_peek(&s->readers[i], &event) == SEOS_READ_EVENT) {
			CHECK(event.sequence == t->numbers[i]);
			CHECK(event.time_ns >= s->readers[i].time_ns);
			seos_ring_take(&s->readers[i], &event, body);
			CHECK(event.type == SEOS_EVENT_GAP || event.cpu == i);
			t->events += event.type != SEOS_EVENT_GAP;
			t->lost += event.type == SEOS_EVENT_GAP ? body[0] : 0;
			t->numbers[i] += event.type == SEOS_EVENT_GAP ? body[0] : 1;
		}
	}
	return true;
}

/* The eventfd alone wakes the reader, so an event that wakes nobody shows as a missing one. */
static bool nothing_is_lost_in_silence(void)
{
	static const int numbers[WRITERS] = {0, 1, 2, 3};
	struct tally t = {.events = 0};
	struct subscription s;

	CHECK(subscribe(&s, SEOS_CLASS_MARK, SEOS_RING_MIN));
	for (int i = 0; i < WRITERS; i++)
		child_start(run_marks, &numbers[i]);
	while (t.events + t.lost < WRITERS * MARKS) {
		struct pollfd ready = {.fd = s.wake, .events = POLLIN};

		CHECK(poll(&ready, 1, DEADLINE_NS / 1000000) == 1);
		CHECK(woken(&s) && tally_all(&s, &t));
	}
	CHECK(t.events + t.lost == WRITERS * MARKS && nothing_is_next(&s));
	for (int i = 0; i < WRITERS; i++)
		CHECK(child_result(&children[i]) == 0);
	unsubscribe(&s);
	return true;
}

static int run_subscriber(const void *unused)
{
	struct subscription s;

	(void)unused;
	device = device_open();
	if (device < 0 || !subscribe(&s, SEOS_CLASS_MARK, SEOS_RING_MIN))
		return -EIO;
	device_close();
	return pause();
}

static bool killed_subscribers_are_forgotten(void)
{
	struct seos_subscribe more = {.classes = SEOS_CLASS_MARK, .ring_bytes = SEOS_RING_MIN};

	for (unsigned int i = 0; i < SEOS_SUBSCRIBERS_MAX; i++)
		child_start(run_subscriber, NULL);
	CHECK(WAIT_FOR(status().subscribers == SEOS_SUBSCRIBERS_MAX));
	more.eventfd = eventfd(0, EFD_CLOEXEC);
	CHECK(ioctl(device, SEOS_IOC_SUBSCRIBE, &more) < 0 && errno == EBUSY);
	child_end(&children[3]);
	CHECK(WAIT_FOR(status().subscribers == SEOS_SUBSCRIBERS_MAX - 1));
	CHECK(ioctl(device, SEOS_IOC_SUBSCRIBE, &more) == 0); /* its place is free at once */
	close(more.memory);
	close(more.eventfd);
	children_end();
	CHECK(WAIT_FOR(status().subscribers == 0 && status().classes == 0));
	return true;
}

/* An open reader does not keep the module, misses nothing it left, and learns that it has gone. */
static bool a_reader_outlives_the_module(void)
{
	struct subscription s;
	struct seos_event event;
	const void *body;

	CHECK(stay_on_one_cpu(0));
	child_start(run_subscriber, NULL); /* and one that sleeps */
	CHECK(WAIT_FOR(status().subscribers == 1));
	CHECK(subscribe(&s, SEOS_CLASS_MARK, SEOS_RING_MIN));
	for (unsigned int i = 0; i < 1000; i++)
		CHECK(mark(i) == 0);
	CHECK(woken(&s));
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(woken(&s));
	for (unsigned int i = 0; i < 256; i++)
		CHECK(next_is(&s, SEOS_EVENT_MARK, i));
	CHECK(next_is(&s, SEOS_EVENT_GAP, 1000 - 256));
	CHECK(event_next(&s, &event, &body) == SEOS_READ_CLOSED);
	CHECK(module_load() == 0); /* whoever comes next is none of its business */
	CHECK(event_next(&s, &event, &body) == SEOS_READ_CLOSED);
	go_to_any_cpu();
	unsubscribe(&s);
	return true;
}

/* Login sessions */

/* A child that begins a session of its own, and does run() in it, with the device closed. */
struct login {
	int (*run)(void);
};

static int run_login(const void *argument)
{
	const struct login *login = argument;
	struct seos_session session = {.id.leader = getpid(), .label_bytes = 4, .label = "root"};
	int err;

	device = device_open();
	err = ioctl(device, SEOS_IOC_SESSION_BEGIN, &session) ? -errno : 0;
	device_close();
	return err ? err : login->run();
}

static struct seos_session session_of(pid_t pid)
{
	struct seos_session session = {.id.leader = pid};

	if (ioctl(device, SEOS_IOC_SESSION_OF, &session))
		session.number = 0;
	return session;
}

/* The session with this number, or one with number 0. */
static struct seos_session session_numbered(unsigned long long number)
{
	struct seos_session session = {.number = number - 1};

	if (ioctl(device, SEOS_IOC_SESSION_NEXT, &session) || session.number != number)
		session.number = 0;
	return session;
}

static bool session_ended(unsigned long long number)
{
	struct seos_session session = session_numbered(number);

	return session.number && !session.processes && session.end_ns;
}

static bool forgotten(unsigned long long number)
{
	struct seos_session session = session_numbered(number);

	CHECK(session.number == number);
	CHECK(ioctl(device, SEOS_IOC_SESSION_FORGET, &session.id) == 0);
	CHECK(session_numbered(number).number == 0);
	CHECK(ioctl(device, SEOS_IOC_SESSION_FORGET, &session.id) < 0 && errno == ENOENT);
	return true;
}

/* The next event is the end of this session, and there is no other. */
static bool ended_once(struct subscription *s, struct seos_session_id id)
{
	struct seos_event event;
	const struct seos_session_id *ended;
	const void *body;

	CHECK(woken(s) && event_next(s, &event, &body) == SEOS_READ_EVENT);
	ended = body;
	CHECK(event.type == SEOS_EVENT_SESSION_END);
	CHECK(ended->leader == id.leader && ended->start_s == id.start_s);
	CHECK(nothing_is_next(s));
	return true;
}

static int run_session_pause(void)
{
	return pause();
}

static bool refuses_bad_sessions(void)
{
	struct seos_session session = {.id.leader = getpid(),
				       .label_bytes = SEOS_SESSION_LABEL_MAX + 1};

	CHECK(ioctl(device, SEOS_IOC_SESSION_BEGIN, &session) < 0 && errno == EINVAL);
	session = (struct seos_session){.id.leader = 4000000};
	CHECK(ioctl(device, SEOS_IOC_SESSION_BEGIN, &session) < 0 && errno == ESRCH);
	session.id.leader = -1;
	CHECK(ioctl(device, SEOS_IOC_SESSION_BEGIN, &session) < 0 && errno == ESRCH);
	CHECK(ioctl(device, SEOS_IOC_SESSION_OF, &session) < 0 && errno == ESRCH);
	session.number = 0;
	CHECK(ioctl(device, SEOS_IOC_SESSION_NEXT, &session) < 0 && errno == ENOENT);
	CHECK(ioctl(device, SEOS_IOC_SESSION_FORGET, &session.id) < 0 && errno == ENOENT);
	CHECK(ioctl(device, SEOS_IOC_SESSION_LEAVE) < 0 && errno == ESRCH);
	CHECK(status().sessions == 0 && status().members == 0 && status().uncounted == 0);
	return true;
}

/* Whatever the processes are called, whoever they are, however they end. */
static int run_family(void)
{
	int ends[2], byte;
	pid_t pid;

	if (pipe(ends))
		return -errno;
	for (int i = 0; i < 3; i++) {
		pid = fork();
		if (!pid) {
			setsid();
			close(ends[1]);
			if (i == 1 && fork())
				_exit(0); /* a daemon */
			if (i == 2 && (setresuid(1234, 1234, 1234) || !fork()))
				pause();
			_exit(read(ends[0], &byte, 1) == 0 ? 0 : 1);
		}
		if (i == 1)
			waitpid(pid, NULL, 0); /* who counts five then finds the last five */
	}
	pause();
	return 0;
}

static bool a_session_ends_with_its_last_process(void)
{
	const struct login login = {.run = run_family};
	struct seos_session session;
	struct subscription s;
	struct child *leader;

	CHECK(subscribe(&s, SEOS_CLASS_SESSION, SEOS_RING_MIN));
	leader = child_start(run_login, &login);
	/* it, one, a daemon, another user, and that one's child */
	CHECK(WAIT_FOR(session_of(leader->pid).processes == 5));
	session = session_of(leader->pid);
	CHECK(session.id.leader == leader->pid && session.end_ns == 0);
	CHECK(session.label_bytes == 4 && !memcmp(session.label, "root", 5));
	CHECK(llabs(session.id.start_s - time(NULL)) <= 5);
	CHECK(status().sessions == 1 && status().members == 5);
	CHECK(ioctl(device, SEOS_IOC_SESSION_FORGET, &session.id) < 0 && errno == EBUSY);
	child_end(leader); /* three read the end of the pipe and go; the last one does not */
	CHECK(WAIT_FOR(session_numbered(session.number).processes == 1));
	CHECK(nothing_is_next(&s) && !session_ended(session.number));
	for (pid_t pid = session.id.leader; pid < session.id.leader + 12; pid++) {
		if (session_of(pid).number == session.number)
			kill(pid, SIGKILL);
	}
	CHECK(WAIT_FOR(session_ended(session.number)));
	CHECK(ended_once(&s, session.id));
	CHECK(status().members == 0 && forgotten(session.number));
	unsubscribe(&s);
	return true;
}

static void *thread_pause(void *unused)
{
	pause();
	return unused;
}

static int run_threads(void)
{
	pthread_t thread;

	for (int i = 0; i < 4; i++) {
		if (pthread_create(&thread, NULL, thread_pause, NULL))
			return -EAGAIN;
	}
	pthread_exit(NULL); /* the leader goes, the process stays */
}

static bool a_process_is_not_its_threads(void)
{
	const struct login login = {.run = run_threads};
	const struct child *leader = child_start(run_login, &login);
	unsigned long long number;
	char path[32];

	CHECK(WAIT_FOR((number = session_of(leader->pid).number)));
	snprintf(path, sizeof(path), "/proc/%d/task", leader->pid);
	CHECK(WAIT_FOR(({
		struct stat folder;
		stat(path, &folder) == 0 && folder.st_nlink == 7; /* five threads, . and .. */
	})));
	CHECK(WAIT_FOR(session_of(leader->pid).processes == 1 && sleeps(leader->pid + 1)));
	CHECK(!session_ended(number));
	kill(leader->pid, SIGKILL);
	CHECK(WAIT_FOR(session_ended(number)));
	return forgotten(number);
}

static bool a_reused_pid_is_in_no_session(void)
{
	const struct login login = {.run = run_session_pause};
	struct child *leader = child_start(run_login, &login);
	struct seos_session first;
	pid_t pid = leader->pid;

	CHECK(WAIT_FOR(session_of(pid).number));
	first = session_of(pid);
	child_end(leader);
	CHECK(WAIT_FOR(session_ended(first.number)));
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", pid - 1));
	CHECK((leader = child_start(run_pause, NULL))->pid == pid);
	CHECK(session_of(pid).number == 0);
	child_end(leader);
	/* and if it logs in, in the same second, it is another session */
	CHECK(write_number("/proc/sys/kernel/ns_last_pid", pid - 1));
	CHECK((leader = child_start(run_login, &login))->pid == pid);
	CHECK(WAIT_FOR(session_of(pid).number));
	CHECK(session_of(pid).number != first.number);
	CHECK(session_of(pid).id.start_s > first.id.start_s);
	CHECK(session_ended(first.number) && forgotten(first.number));
	first = session_of(pid);
	child_end(leader);
	CHECK(WAIT_FOR(session_ended(first.number)));
	return forgotten(first.number);
}

static bool a_second_login_leaves_the_first(void)
{
	const struct login login = {.run = run_session_pause};
	const struct child *leader = child_start(run_login, &login);
	struct seos_session again = {.id.leader = leader->pid};
	unsigned long long first;

	CHECK(WAIT_FOR((first = session_of(leader->pid).number)));
	CHECK(ioctl(device, SEOS_IOC_SESSION_BEGIN, &again) == 0);
	CHECK(again.number > first && again.processes == 1);
	CHECK(session_ended(first) && forgotten(first));
	children_end();
	CHECK(WAIT_FOR(session_ended(again.number)));
	return forgotten(again.number);
}

static int run_login_and_leave(void)
{
	pid_t pid;

	device = device_open();
	if (ioctl(device, SEOS_IOC_SESSION_LEAVE))
		return -errno;
	device_close();
	pid = fork();
	if (pid)
		return pid;
	return pause();
}

static bool who_leaves_is_in_no_session(void)
{
	const struct login login = {.run = run_login_and_leave};
	const struct child *leader = child_start(run_login, &login);
	struct seos_session last = {.number = 0};
	int pid = child_result(leader);

	CHECK(pid > 0);
	CHECK(session_of(pid).number == 0);
	kill(pid, SIGKILL);
	CHECK(ioctl(device, SEOS_IOC_SESSION_NEXT, &last) == 0);
	CHECK(session_ended(last.number));
	return forgotten(last.number);
}

enum { FORKS = 400 };

/* Processes that begin and end at the same time, in every order. */
static int run_storm(void)
{
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = i % 3 ? fork() : (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

		if (pid < 0)
			return -errno;
		if (!pid && i % 3 == 1 && fork() >= 0)
			_exit(0);
		if (!pid)
			_exit(i % 3);
		if (i % 2)
			waitpid(pid, NULL, 0);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}

static bool sessions_end_once_under_load(void)
{
	enum { SESSIONS = 8 };
	const struct login login = {.run = run_storm};
	unsigned int ended[SESSIONS] = {0};
	struct subscription s;
	struct seos_event event;
	const void *body;

	CHECK(subscribe(&s, SEOS_CLASS_SESSION, SEOS_RING_MIN));
	for (int i = 0; i < SESSIONS; i++)
		child_start(run_login, &login);
	for (int i = 0; i < SESSIONS; i++)
		CHECK(child_result(&children[i]) == 0);
	CHECK(WAIT_FOR(status().members == 0));
	CHECK(status().sessions == SESSIONS && status().uncounted == 0);
	for (int i = 0; i < SESSIONS; i++) {
		const struct seos_session_id *id;

		CHECK(event_next(&s, &event, &body) == SEOS_READ_EVENT);
		id = body;
		for (int j = 0; j < SESSIONS; j++)
			ended[j] += children[j].pid == id->leader;
		CHECK(ioctl(device, SEOS_IOC_SESSION_FORGET, id) == 0);
	}
	CHECK(nothing_is_next(&s) && status().sessions == 0);
	for (int i = 0; i < SESSIONS; i++)
		CHECK(ended[i] == 1);
	unsubscribe(&s);
	return true;
}

static bool sessions_do_not_keep_the_module(void)
{
	const struct login login = {.run = run_family};
	struct child *leader = child_start(run_login, &login);

	CHECK(WAIT_FOR(session_of(leader->pid).processes == 5));
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	CHECK(kill(leader->pid, 0) == 0);
	CHECK(module_load() == 0);
	device = device_open();
	CHECK(device >= 0 && status().sessions == 0 && session_of(leader->pid).number == 0);
	return true;
}

static bool the_kernel_is_unharmed(void)
{
	long tainted = read_number("/proc/sys/kernel/tainted");

	CHECK(tainted >= 0);
	CHECK((tainted & ~TAINT_ALLOWED) == 0);
	return true;
}

static const struct test {
	const char *name;
	bool (*run)(void);
} tests[] = {
#define TEST(name)                                                                                 \
	{                                                                                          \
#name, name                                                                        \
	}
	TEST(refuses_another_abi),
	TEST(refuses_others_than_root),
	TEST(refuses_bad_requests),
	TEST(results_and_errors_pass_through),
	TEST(lists_a_caller_in_open),
	TEST(lists_a_caller_in_accept_as_movable),
	TEST(a_32_bit_program_has_its_own_numbers),
	TEST(exec_by_a_thread),
	TEST(a_held_exec_blocks),
	TEST(calls_of_each_kind_block),
	TEST(a_full_backlog_blocks),
	TEST(fork_leaves_nothing_to_the_child),
	TEST(a_caller_ended_in_its_call_leaves_nothing),
	TEST(a_trace_stop_in_a_call_blocks),
	TEST(waiting_elsewhere_is_in_nobodys_way),
	TEST(signals_work_as_unhooked),
	TEST(killed_callers_leave_nothing),
	TEST(a_reused_pid_starts_clean),
	TEST(pids_beyond_the_default_have_slots),
	TEST(a_long_list_comes_in_chunks),
	TEST(parked_callers_are_always_listed_under_load),
	TEST(monitor_off_shows_nothing),
	TEST(rmmod_is_refused),
	TEST(prepare_is_refused_with_a_blocker),
	TEST(a_refusal_after_moving_puts_everybody_back),
	TEST(prepare_waits_for_a_caller_to_leave),
	TEST(prepare_ends_with_a_signal),
	TEST(cancel_hooks_again),
	TEST(loads_switched_off),
	TEST(is_never_blind),
	TEST(accept_callers_survive_the_module),
	TEST(a_crowd_is_moved),
	TEST(a_stopped_caller_is_in_nobodys_way),
	TEST(refuses_bad_subscriptions),
	TEST(events_come_with_number_time_and_cpu),
	TEST(subscribers_get_what_they_asked_for),
	TEST(a_full_ring_leaves_a_gap),
	TEST(a_mad_reader_harms_itself),
	TEST(nothing_is_lost_in_silence),
	TEST(killed_subscribers_are_forgotten),
	TEST(a_reader_outlives_the_module),
	TEST(refuses_bad_sessions),
	TEST(a_session_ends_with_its_last_process),
	TEST(a_process_is_not_its_threads),
	TEST(a_reused_pid_is_in_no_session),
	TEST(a_second_login_leaves_the_first),
	TEST(who_leaves_is_in_no_session),
	TEST(sessions_end_once_under_load),
	TEST(sessions_do_not_keep_the_module),
	TEST(load_survives_loading_and_unloading),
	TEST(the_kernel_is_unharmed),
};

/* Every test begins with the module loaded, active, its monitor on, and nobody inside. */
static bool set_up(void)
{
	if (!module_loaded())
		CHECK(module_load() == 0);
	if (device < 0)
		device = device_open();
	CHECK(device >= 0);
	if (status().state == SEOS_STATE_PREPARED)
		CHECK(ioctl(device, SEOS_IOC_CANCEL) == 0);
	CHECK(monitor(1) == 0);
	CHECK(only_test || WAIT_FOR(status().inside == 0));
	return true;
}

static bool tear_down(void)
{
	CHECK(prepare(DEADLINE_NS, NULL) == 0);
	device_close();
	CHECK(module_remove() == 0);
	return true;
}

static bool cycles_parse(const char *text)
{
	char *end;

	errno = 0;
	cycles = strtol(text, &end, 10);
	return !errno && end != text && !*end && cycles > 0 && cycles <= 1000000;
}

/* Returns how many failed. */
static unsigned int run_tests(void)
{
	const unsigned int count = sizeof(tests) / sizeof(tests[0]);
	unsigned int number = 0, failed = 0;

	printf("TAP version 14\n1..%u\n", only_test ? 1 : count);
	for (unsigned int i = 0; i < count; i++) {
		bool passed;

		if (only_test && strcmp(only_test, tests[i].name))
			continue;
		skip_reason = NULL;
		passed = set_up() && tests[i].run();
		children_end();
		failed += !passed;
		printf("%sok %u - %s%s%s\n", passed ? "" : "not ", ++number, tests[i].name,
		       skip_reason ? " # SKIP " : "", skip_reason ? skip_reason : "");
	}
	return number ? failed : 1;
}

int main(int argc, char **argv)
{
	unsigned int failed;
	static char own[4096];

	if (argc == 3 && !strcmp(argv[1], "open"))
		return -run_open(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "accept")) {
		int listener = (int)strtol(argv[2], NULL, 10);

		return -run_accept(&listener);
	}
	if (argc < 3 || argc > 6 || (argc > 3 && !cycles_parse(argv[3]))) {
		fprintf(stderr, "usage: battery MODULE.ko BATTERY32 "
				"[CYCLES [MODULE-PARAMETERS [TEST]]]\n");
		return 2;
	}
	if (!realpath("/proc/self/exe", own)) {
		perror("battery: /proc/self/exe");
		return 2;
	}
	own_path = own;
	module_path = argv[1];
	battery32_path = argv[2];
	module_parameters = argc > 4 ? argv[4] : "";
	only_test = argc > 5 ? argv[5] : NULL;
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	if (!has_direct && strstr(module_parameters, "mechanism=direct")) {
		printf("TAP version 14\n1..0 # SKIP direct trampolines are for x86-64\n");
		return module_load() == -EINVAL ? 0 : 1;
	}
	failed = run_tests();
	if (!set_up() || !tear_down()) {
		printf("Bail out! the module does not go\n");
		return 1;
	}
	return failed ? 1 : 0;
}
