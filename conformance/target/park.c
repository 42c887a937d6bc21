/* SPDX-License-Identifier: MIT */
/*
 * Callers parked in hooked system calls: a process of the harness under a chosen name that opens a
 * FIFO or accepts on a socket, and stays in there until it is let go. It makes the call once and
 * reports what came of it, so an interruption the program would have seen is not lost.
 *
 * Not for: how the kernel extension sees it (cases ask secons).
 */
#include "conformance/target/local.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARK_VARIABLE   "CONFORM_PARKED" /* tells the harness that it is a parked process */
#define PARK_RESULT_FD  3
#define PARK_SOCKET_FD  4
#define PARK_DEADLINE_S 10
#define NS_A_SECOND     (INT64_C(1000) * 1000 * 1000)
#define NS_A_MS         (INT64_C(1000) * 1000)

/* --- in the parked process -------------------------------------------------------------------- */

static long park_open(const char *path)
{
#ifdef SYS_open
	return syscall(SYS_open, path, O_RDONLY);
#else
	return syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
#endif
}

void park_main(int argc, char **argv)
{
	const char *in = getenv(PARK_VARIABLE);
	int result;

	if (!in || argc != 2)
		return;
	if (strcmp(in, "accept") == 0)
		result = accept(PARK_SOCKET_FD, NULL, NULL) < 0 ? errno : 0;
	else
		result = park_open(argv[1]) < 0 ? errno : 0;
	_exit(write(PARK_RESULT_FD, &result, sizeof(result)) == sizeof(result) ? 0 : 1);
}

/* --- in the case ------------------------------------------------------------------------------ */

/* Puts the harness at the path the process is to be seen under. */
static int place_program(struct target *t, const char *path)
{
	char self[TARGET_PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int error;

	if (n < 0)
		return local_failed(t, errno, "/proc/self/exe: %s", strerror(errno));
	self[n] = '\0';
	if (link(self, path) == 0)
		return 0;
	if (errno == EEXIST)
		return local_failed(t, EEXIST, "%s is there already", path);
	error = local_tool(t, (const char *const[]){"cp", self, path, NULL});
	return error;
}

static int make_waiting_place(struct target *t, struct target_parked *p)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd;

	if (p->in == PARKED_OPEN) {
		if (mkfifo(p->path, 0666) || chmod(p->path, 0666))
			return local_failed(t, errno, "%s: %s", p->path, strerror(errno));
		return -1;
	}
	snprintf(name.sun_path, sizeof(name.sun_path), "%s", p->path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(name)) || listen(fd, 1)) {
		int error = errno;

		if (fd >= 0)
			close(fd);
		return local_failed(t, error, "%s: %s", p->path, strerror(error));
	}
	return fd;
}

__attribute__((noreturn)) static void become_parked(const struct park_options *o,
						    const struct target_parked *p, int result_fd,
						    int socket_fd)
{
	const char *program = o->program ? o->program : "/proc/self/exe";
	char *const argv[] = {(char *)program, (char *)p->path, NULL};
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Out of the way first: the ends may stand where they are to go. */
	result_fd = fcntl(result_fd, F_DUPFD_CLOEXEC, 10);
	if (socket_fd >= 0)
		socket_fd = fcntl(socket_fd, F_DUPFD_CLOEXEC, 10);
	for (int fd = 0; fd <= 2; fd++)
		dup2(null_fd, fd);
	dup2(result_fd, PARK_RESULT_FD);
	if (socket_fd >= 0)
		dup2(socket_fd, PARK_SOCKET_FD);
	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	if (o->user && local_become(o->user))
		_exit(1);
	setenv(PARK_VARIABLE, p->in == PARKED_ACCEPT ? "accept" : "open", 1);
	execv(program, argv);
	_exit(1);
}

/* An orphan: the process between ends at once, and PID 1 becomes the parent. */
static pid_t fork_orphan(const struct park_options *o, const struct target_parked *p, int result_fd,
			 int socket_fd)
{
	pid_t pid = -EIO;
	pid_t between;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	between = fork();
	if (between == 0) {
		pid = local_fork(o->pid);
		if (pid == 0)
			become_parked(o, p, result_fd, socket_fd);
		_exit(write(fds[1], &pid, sizeof(pid)) == sizeof(pid) ? 0 : 1);
	}
	close(fds[1]);
	if (between < 0)
		pid = -errno;
	else if (read(fds[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = -EIO;
	close(fds[0]);
	if (between > 0)
		waitpid(between, NULL, 0);
	return pid;
}

static pid_t fork_parked(const struct park_options *o, const struct target_parked *p, int result_fd,
			 int socket_fd)
{
	pid_t pid;

	fflush(NULL);
	if (o->orphan)
		return fork_orphan(o, p, result_fd, socket_fd);
	pid = local_fork(o->pid);
	if (pid == 0)
		become_parked(o, p, result_fd, socket_fd);
	return pid < 0 && !o->pid ? -errno : pid;
}

/* Number of the system call a process sleeps in, -1: none. */
static int call_of(pid_t pid)
{
	char path[64], text[128];
	FILE *in;
	int number = -1;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	in = fopen(path, "re");
	if (!in)
		return -1;
	if (!fgets(text, sizeof(text), in) || sscanf(text, "%d 0x", &number) != 1)
		number = -1;
	fclose(in);
	return number;
}

static bool is_waiting_call(const struct target_parked *p, int number)
{
	if (p->in == PARKED_ACCEPT) {
#ifdef SYS_socketcall
		if (number == SYS_socketcall)
			return true;
#endif
#ifdef SYS_accept
		if (number == SYS_accept)
			return true;
#endif
		return number == SYS_accept4;
	}
#ifdef SYS_open
	if (number == SYS_open)
		return true;
#endif
	return number == SYS_openat;
}

/* Other opens come before the one meant: the waiting one is the one it still sleeps in, with the
 * program of its own loaded. */
static bool is_parked(const struct target_parked *p)
{
	char path[64], state = 0;
	FILE *in;

	if (!is_waiting_call(p, call_of(p->pid)))
		return false;
	snprintf(path, sizeof(path), "/proc/%d/environ", (int)p->pid);
	in = fopen(path, "re");
	if (!in)
		return false;
	for (int c, at = 0; (c = fgetc(in)) != EOF;) {
		at = c == PARK_VARIABLE "="[at] ? at + 1 : 0;
		if (at == (int)strlen(PARK_VARIABLE "=")) {
			state = 1;
			break;
		}
	}
	fclose(in);
	return state;
}

static int wait_parked(struct target *t, const struct target_parked *p)
{
	int64_t until_ns = local_now_ns(t) + PARK_DEADLINE_S * NS_A_SECOND;

	while (!is_parked(p)) {
		struct pollfd ended = {.fd = p->result_fd, .events = POLLIN};

		if (poll(&ended, 1, 0) > 0)
			return local_failed(t, EIO, "the process to be parked has ended");
		if (local_now_ns(t) > until_ns)
			return local_failed(t, ETIMEDOUT, "the process did not get into its call");
		local_step(t, 2 * NS_A_MS);
	}
	return 0;
}

int local_park(struct target *t, const struct park_options *o, struct target_parked **out)
{
	struct local *l = (struct local *)t;
	struct target_parked *p;
	int fds[2] = {-1, -1};
	int socket_fd, error;

	if (l->parked_count == LOCAL_PARKED_MAX)
		return local_failed(t, EMFILE, "more than %d parked callers", LOCAL_PARKED_MAX);
	p = memory_zeroed(1, sizeof(*p));
	l->parked[l->parked_count++] = p;
	p->in = o->in;
	p->result_fd = -1;
	snprintf(p->path, sizeof(p->path), "%s/wait%zu", l->folder, l->parked_count);
	if (o->program) {
		error = place_program(t, o->program);
		if (error)
			return error;
		snprintf(p->program, sizeof(p->program), "%s", o->program);
	}
	socket_fd = make_waiting_place(t, p);
	if (socket_fd < -1)
		return socket_fd;
	if (pipe2(fds, O_CLOEXEC) < 0)
		return local_failed(t, errno, "pipe: %s", strerror(errno));
	p->pid = fork_parked(o, p, fds[1], socket_fd);
	close(fds[1]);
	if (socket_fd >= 0)
		close(socket_fd);
	p->result_fd = fds[0];
	if (p->pid < 0)
		return local_failed(t, -p->pid, "no process with PID %d to park: %s", (int)o->pid,
				    strerror(-p->pid));
	*out = p;
	return wait_parked(t, p);
}

pid_t local_parked_pid(struct target *t, const struct target_parked *p)
{
	(void)t;
	return p->pid;
}

pid_t local_parked_ppid(struct target *t, const struct target_parked *p)
{
	char path[64];
	pid_t parent = 0;
	FILE *in;

	(void)t;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)p->pid);
	in = fopen(path, "re");
	if (in && fscanf(in, "%*d (%*[^)]) %*c %d", &parent) != 1)
		parent = 0;
	if (in)
		fclose(in);
	return parent;
}

int local_parked_call(struct target *t, const struct target_parked *p)
{
	(void)t;
	return call_of(p->pid);
}

bool local_parked_inside(struct target *t, const struct target_parked *p)
{
	struct pollfd done = {.fd = p->result_fd, .events = POLLIN};

	(void)t;
	return poll(&done, 1, 0) == 0 && is_waiting_call(p, call_of(p->pid));
}

/* Gives the waiting call what it waits for. */
static int let_go(struct target *t, const struct target_parked *p)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd, error = 0;

	if (p->in == PARKED_OPEN) {
		fd = open(p->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	} else {
		snprintf(name.sun_path, sizeof(name.sun_path), "%s", p->path);
		fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, (struct sockaddr *)&name, sizeof(name)))
			error = errno;
	}
	if (fd < 0)
		error = errno;
	else
		close(fd);
	return error ? local_failed(t, error, "%s: %s", p->path, strerror(error)) : 0;
}

int local_unpark(struct target *t, struct target_parked *p)
{
	struct pollfd done = {.fd = p->result_fd, .events = POLLIN};
	int result = 0;
	int error = 0;

	if (poll(&done, 1, 0) == 0)
		error = let_go(t, p);
	if (error)
		return error;
	if (poll(&done, 1, PARK_DEADLINE_S * 1000) <= 0)
		return local_failed(t, ETIMEDOUT, "PID %d does not come out of its call",
				    (int)p->pid);
	if (read(p->result_fd, &result, sizeof(result)) != sizeof(result))
		return local_failed(t, EIO, "PID %d died in its call", (int)p->pid);
	return result ? local_failed(t, result, "the call of PID %d failed: %s", (int)p->pid,
				     strerror(result))
		      : 0;
}

void local_parked_close(struct target_parked *p)
{
	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	if (p->result_fd >= 0)
		close(p->result_fd);
	if (*p->program)
		unlink(p->program);
	unlink(p->path);
	free(p);
}
