/* SPDX-License-Identifier: MIT */
/*
 * Callers parked in hooked system calls: a process of the harness under a chosen name that opens a
 * FIFO or accepts on a socket, and stays in there until it is let go. It makes the call once and
 * reports what came of it, so an interruption the program would have seen is not lost.
 *
 * Not for: how the kernel extension sees it (cases ask secons).
 */
#include "conformance/target/leftover.h"
#include "conformance/target/local.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define PARK_VARIABLE   "CONFORM_PARKED" /* tells the harness that it is a parked process */
#define PARK_RESULT_FD  3
#define PARK_SOCKET_FD  4
#define TEXT_OF(x)      #x
#define TEXT(x)         TEXT_OF(x)
#define PARK_DEADLINE_S 10
#define CALL_32_OPEN    5
#ifdef __aarch64__
#define CALL_32_ACCEPT 285
#else
#define CALL_32_ACCEPT 102 /* socketcall */
#endif
#define SOCKET_ACCEPT 5                    /* first argument of socketcall */
#define PROGRAM_32    "/conform/battery32" /* where the harness itself has no such calls */
#define NS_A_MS       (INT64_C(1000) * 1000)

/* --- in the parked process -------------------------------------------------------------------- */

static int park_open(const char *path)
{
#ifdef SYS_open
	long fd = syscall(SYS_open, path, O_RDONLY);
#else
	long fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY);
#endif
	return fd < 0 ? errno : 0;
}

#if defined(__x86_64__)
/* A system call as a 32-bit program makes it: another entry, other numbers, addresses of 32 bits.
 * Returns 0 or an errno value. */
static int call_32(long number, unsigned long first, unsigned long second)
{
	long result = number;

	__asm__ volatile("int $0x80"
			 : "+a"(result)
			 : "b"(first), "c"(second), "d"(0UL)
			 : "memory", "cc", "r8", "r9", "r10", "r11");
	return (int)result < 0 ? -(int)result : 0;
}
#elif defined(__i386__)
static int call_32(long number, unsigned long first, unsigned long second)
{
	return syscall(number, first, second, 0L) < 0 ? errno : 0;
}
#endif

#if defined(__x86_64__) || defined(__i386__)
static const char *const program_32; /* the harness itself */

static int park_32(bool in_accept, const char *path)
{
	const uint32_t accept_arguments[] = {PARK_SOCKET_FD, 0, 0};
	size_t bytes = in_accept ? sizeof(accept_arguments) : strlen(path) + 1;
	void *low = mmap(NULL, TARGET_PATH_MAX, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);

	if (low == MAP_FAILED || bytes > TARGET_PATH_MAX)
		return ENOMEM;
	memcpy(low, in_accept ? (const void *)accept_arguments : path, bytes);
	return in_accept ? call_32(CALL_32_ACCEPT, SOCKET_ACCEPT, (unsigned long)low)
			 : call_32(CALL_32_OPEN, (unsigned long)low, O_RDONLY);
}
#else
static const char *const program_32 = PROGRAM_32;

static int park_32(bool in_accept, const char *path)
{
	(void)in_accept;
	(void)path;
	return ENOSYS; /* become_parked() has run the other program */
}
#endif

/* The words of a parked process: program, place to wait at, "32" or "64", further threads. */
enum { WORD_PATH = 1, WORD_BITS, WORD_THREADS, WORDS };

static int make_call(char **words)
{
	const char *in = getenv(PARK_VARIABLE);
	bool in_accept = in && strcmp(in, "accept") == 0;

	if (strcmp(words[WORD_BITS], "32") == 0)
		return park_32(in_accept, words[WORD_PATH]);
	if (in_accept)
		return accept(PARK_SOCKET_FD, NULL, NULL) < 0 ? errno : 0;
	return park_open(words[WORD_PATH]);
}

static void *park_thread(void *words)
{
	make_call(words);
	return NULL;
}

void park_main(int argc, char **argv)
{
	pthread_t thread;
	int result;

	if (!getenv(PARK_VARIABLE) || argc != WORDS)
		return;
	for (long n = strtol(argv[WORD_THREADS], NULL, 10); n > 0; n--)
		if (pthread_create(&thread, NULL, park_thread, argv))
			_exit(1);
	result = make_call(argv);
	_exit(write(PARK_RESULT_FD, &result, sizeof(result)) == sizeof(result) ? 0 : 1);
}

/* --- in the case ------------------------------------------------------------------------------ */

static const char *parking_program(const struct park_options *o)
{
	return o->compat && program_32 ? program_32 : "/proc/self/exe";
}

/* Puts the program that parks at the path the process is to be seen under. */
static int place_program(struct target *t, const struct park_options *o)
{
	char *program = realpath(parking_program(o), NULL);
	int error = 0;

	if (!program)
		return local_failed(t, errno, "%s: %s", parking_program(o), strerror(errno));
	if (link(program, o->program) == 0)
		;
	else if (errno == EEXIST)
		error = local_failed(t, EEXIST, "%s is there already", o->program);
	else
		error = local_tool(t, (const char *const[]){"cp", program, o->program, NULL});
	free(program);
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

/* Real and effective user as a set-user-id program has them. Returns 0 or a negated errno value. */
static int become_both(const char *real, const char *effective)
{
	const struct passwd *pw = getpwnam(effective);
	uid_t effective_uid = pw ? pw->pw_uid : 0;
	const struct passwd *real_pw = getpwnam(real ? real : "root");

	if (!pw || !real_pw)
		return -ENOENT;
	return setresuid(real_pw->pw_uid, effective_uid, effective_uid) ? -errno : 0;
}

__attribute__((noreturn)) static void become_parked(const struct park_options *o,
						    const struct target_parked *p, int result_fd,
						    int socket_fd)
{
	const char *program = o->program ? o->program : parking_program(o);
	bool in_accept = p->in == PARKED_ACCEPT;
	char threads[16];
	char *const words[WORDS + 1] = {
		(char *)program,
		[WORD_PATH] = (char *)p->path,
		[WORD_BITS] = o->compat ? "32" : "64",
		[WORD_THREADS] = threads,
	};
	char *const words_32[] = {(char *)program, in_accept ? "accept" : "open",
				  in_accept ? TEXT(PARK_SOCKET_FD) : (char *)p->path,
				  TEXT(PARK_RESULT_FD), NULL};
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	snprintf(threads, sizeof(threads), "%u", o->threads);
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
	if (o->acting_as ? become_both(o->user, o->acting_as) : o->user && local_become(o->user))
		_exit(1);
	setenv(PARK_VARIABLE, in_accept ? "accept" : "open", 1);
	execv(program, o->compat && program_32 ? words_32 : words);
	_exit(1);
}

/* A parent of its own: it ends at once when the process is to be an orphan, whose parent is PID 1
 * then, and else stays until the end of the case. */
static pid_t fork_between(const struct park_options *o, struct target_parked *p, int result_fd,
			  int socket_fd)
{
	pid_t pid = -EIO;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	p->parent = local_fork(o->ppid);
	if (p->parent == 0) {
		pid = local_fork(o->pid);
		if (pid == 0)
			become_parked(o, p, result_fd, socket_fd);
		if (write(fds[1], &pid, sizeof(pid)) != sizeof(pid) || o->orphan)
			_exit(0);
		close(result_fd); /* its end is the end of the parked process */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	close(fds[1]);
	if (p->parent < 0)
		pid = p->parent;
	else if (read(fds[0], &pid, sizeof(pid)) != sizeof(pid))
		pid = -EIO;
	close(fds[0]);
	if (p->parent > 0 && o->orphan) {
		waitpid(p->parent, NULL, 0);
		p->parent = 0;
	}
	return pid;
}

static pid_t fork_parked(const struct park_options *o, struct target_parked *p, int result_fd,
			 int socket_fd)
{
	pid_t pid;

	fflush(NULL);
	if (o->orphan || o->ppid)
		return fork_between(o, p, result_fd, socket_fd);
	pid = local_fork(o->pid);
	if (pid == 0)
		become_parked(o, p, result_fd, socket_fd);
	return pid;
}

/* Number of the system call a thread of a process sleeps in, -1: none. */
static int call_of(pid_t pid, pid_t thread)
{
	char path[64], text[128];
	long number = -1;
	char *end = text;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", (int)pid, (int)thread);
	in = fopen(path, "re");
	if (!in)
		return -1;
	if (fgets(text, sizeof(text), in))
		number = strtol(text, &end, 10);
	fclose(in);
	return end > text && *end == ' ' && number >= 0 && number <= INT_MAX ? (int)number : -1;
}

static bool is_waiting_call(const struct target_parked *p, int number)
{
	if (p->compat)
		return number == (p->in == PARKED_ACCEPT ? CALL_32_ACCEPT : CALL_32_OPEN);
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

/* Whether all its threads wait in the call. */
static bool all_inside(const struct target_parked *p)
{
	char path[64];
	struct dirent *entry;
	unsigned inside = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)p->pid);
	tasks = opendir(path);
	if (!tasks)
		return false;
	while ((entry = readdir(tasks))) {
		pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);

		inside += thread > 0 && is_waiting_call(p, call_of(p->pid, thread));
	}
	closedir(tasks);
	return inside == 1 + p->threads;
}

/* Other opens come before the one meant: the waiting one is the one it still sleeps in, with the
 * program of its own loaded. */
static bool is_parked(const struct target_parked *p)
{
	char path[64], state = 0;
	FILE *in;

	if (!all_inside(p))
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

	if (o->compat && program_32 && (o->threads || access(program_32, X_OK)))
		return local_failed(t, ENOTSUP, "no such 32-bit program here");
	if (l->parked_count == LOCAL_PARKED_MAX)
		return local_failed(t, EMFILE, "more than %d parked callers", LOCAL_PARKED_MAX);
	p = memory_zeroed(1, sizeof(*p));
	l->parked[l->parked_count++] = p;
	p->in = o->in;
	p->compat = o->compat;
	p->threads = o->threads;
	p->result_fd = -1;
	snprintf(p->path, sizeof(p->path), "%s/wait%zu", l->folder, l->parked_count);
	if (o->program) {
		error = place_program(t, o);
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
	(void)t;
	return leftover_parent(p->pid);
}

int local_parked_call(struct target *t, const struct target_parked *p)
{
	(void)t;
	return call_of(p->pid, p->pid);
}

bool local_parked_inside(struct target *t, const struct target_parked *p)
{
	struct pollfd done = {.fd = p->result_fd, .events = POLLIN};

	(void)t;
	return poll(&done, 1, 0) == 0 && is_waiting_call(p, call_of(p->pid, p->pid));
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
	const pid_t processes[] = {p->pid, p->parent};

	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
		if (processes[i] <= 0)
			continue;
		kill(processes[i], SIGKILL);
		waitpid(processes[i], NULL, 0);
	}
	if (p->result_fd >= 0)
		close(p->result_fd);
	if (*p->program)
		unlink(p->program);
	unlink(p->path);
	free(p);
}
