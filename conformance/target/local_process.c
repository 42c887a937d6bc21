/* SPDX-License-Identifier: MIT */
/*
 * Commands on this machine: started with chosen user, session and PID, their output collected while
 * they run. Not for: parked callers (park.c).
 */
#include "conformance/target/local.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/futex.h>
#include <linux/sched.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NS_A_MS         (INT64_C(1000) * 1000)

/* How soon the terminal is looked at again: soon after something was shown, later when nothing is.
 */
#define LOOK_FIRST_NS   (5 * NS_A_MS)
#define LOOK_LONGEST_NS (160 * NS_A_MS)

int64_t local_now_ns(struct target *t)
{
	struct timespec now;

	(void)t;
	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * NS_A_SECOND + now.tv_nsec;
}

pid_t local_fork(pid_t pid)
{
	struct clone_args args = {.exit_signal = SIGCHLD};
	long child;

	if (!pid) {
		child = fork();
		return child < 0 ? -errno : (pid_t)child;
	}
	args.set_tid = (uint64_t)(uintptr_t)&pid;
	args.set_tid_size = 1;
	child = syscall(SYS_clone3, &args, sizeof(args));
	return child < 0 ? -errno : (pid_t)child;
}

int local_become(const char *user)
{
	const struct passwd *pw;

	errno = 0;
	pw = getpwnam(user);
	if (!pw)
		return errno ? -errno : -ENOENT;
	if (setgid(pw->pw_gid) || initgroups(user, pw->pw_gid) || setuid(pw->pw_uid))
		return -errno;
	return 0;
}

/* A file in memory that holds the command's standard input. */
static int input_fd(const char *text)
{
	size_t bytes = text ? strlen(text) : 0;
	int fd;

	if (!bytes)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	fd = memfd_create("input", MFD_CLOEXEC);
	if (fd >= 0 && (write(fd, text, bytes) != (ssize_t)bytes || lseek(fd, 0, SEEK_SET) < 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What a command sees of the caller's variables, and no others. */
enum { ENVIRONMENT = 6 };

static void make_environment(const struct run_options *o, char *made[ENVIRONMENT + 1])
{
	static const char *const kept[] = {"TZ", "AUDIT_PREFIX"};
	const char *path = getenv("PATH");
	size_t n = 0;

	made[n++] = memory_format("PATH=%s", path ? path : "/usr/sbin:/usr/bin:/sbin:/bin");
	made[n++] = memory_format("LC_ALL=C");
	made[n++] = memory_format("USER=%s", o->user ? o->user : "root");
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const char *value = getenv(kept[i]);

		if (i == 0 && o->zone)
			value = o->zone;
		if (value)
			made[n++] = memory_format("%s=%s", kept[i], value);
	}
	made[n] = NULL;
}

/* A command on its way to become one. */
struct birth {
	const struct run_options *options;
	const struct local_host *host; /* NULL: the one under test */
	const char *const *words;
	char *environment[ENVIRONMENT + 1];
	int in, out, err;
	int fail_fd;               /* where an errno value goes when there will be no command */
	int terminal;              /* -1: none */
	atomic_uint parent_is_out; /* of the call that made the child */
};

/* In the child. */
__attribute__((noreturn)) static void exec_command(const struct birth *b)
{
	const struct run_options *o = b->options;
	int error = b->host ? -local_host_enter(b->host) : 0;
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	(void)sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0}); /* not as the runner */
	if (!error && (o->session || o->terminal ? setsid() < 0 : setpgid(0, 0) < 0))
		error = errno;
	if (!error && b->terminal >= 0 && ioctl(b->terminal, TIOCSCTTY, 0))
		error = errno;
	if (dup2(b->in, 0) < 0 || dup2(b->out, 1) < 0 || dup2(b->err, 2) < 0 || chdir("/") < 0)
		error = errno;
	if (!error && o->user)
		error = -local_become(o->user);
	if (!error && o->dies_at)
		error = -local_dies_at(o->dies_at, b->fail_fd);
	if (!error) {
		execvpe(b->words[0], (char *const *)b->words, b->environment);
		error = errno;
	}
	if (write(b->fail_fd, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

static int borrowing(void *birth)
{
	struct birth *b = birth;

	while (!atomic_load(&b->parent_is_out))
		syscall(SYS_futex, &b->parent_is_out, FUTEX_WAIT, 0, NULL, NULL, 0);
	exec_command(b);
}

/* AddressSanitizer knows one stack a thread. */
#ifdef __SANITIZE_ADDRESS__
#define MAY_BORROW false
#else
#define MAY_BORROW true
#endif

/* Most children make system calls alone until they are a command. These borrow our memory instead
 * of getting a copy of its tables, which would take them longer than all they do; their parent
 * touches nothing of it before they are (local_start() waits for that). And it has left the call
 * before they go on: vfork() would let go of it so late that the command finds it there. */
static pid_t give_birth(struct birth *b)
{
	static _Alignas(16) char stack[64 * 1024];
	const struct run_options *o = b->options;
	pid_t pid;

	if (MAY_BORROW && !o->pid && !o->user && !o->dies_at) {
		pid = clone(borrowing, stack + sizeof(stack), CLONE_VM | SIGCHLD, b);
		if (pid < 0)
			return -errno;
		atomic_store(&b->parent_is_out, 1);
		syscall(SYS_futex, &b->parent_is_out, FUTEX_WAKE, 1, NULL, NULL, 0);
		return pid;
	}
	fflush(NULL);
	pid = local_fork(o->pid);
	if (pid == 0)
		exec_command(b);
	return pid;
}

static char *joined(const char *const *words)
{
	struct strbuf b;

	strbuf_init(&b, 4096);
	for (size_t i = 0; words[i]; i++)
		strbuf_addf(&b, "%s%s", i ? " " : "", words[i]);
	return b.text;
}

static void close_all(int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Ends of the pipes a command gets: input, output, errors, and one that tells why exec failed. */
enum { IN, OUT_R, OUT_W, ERR_R, ERR_W, FAIL_R, FAIL_W, ENDS };

static int open_ends(int ends[ENDS], const char *input)
{
	for (int i = 0; i < ENDS; i++)
		ends[i] = -1;
	ends[IN] = input_fd(input);
	if (ends[IN] < 0 || pipe2(&ends[OUT_R], O_CLOEXEC) < 0 ||
	    pipe2(&ends[ERR_R], O_CLOEXEC) < 0 || pipe2(&ends[FAIL_R], O_CLOEXEC) < 0) {
		int error = errno;

		close_all(ends, ENDS);
		return -error;
	}
	fcntl(ends[OUT_R], F_SETFL, O_NONBLOCK);
	fcntl(ends[ERR_R], F_SETFL, O_NONBLOCK);
	return 0;
}

static int open_terminal(struct target_process *p)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	p->terminal_fd = p->terminal_far = -1;
	if (fd < 0)
		return -errno;
	if (grantpt(fd) || unlockpt(fd)) {
		int error = errno;

		close(fd);
		return -error;
	}
	p->terminal_fd = fd;
	p->terminal_far = ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return p->terminal_far < 0 ? -errno : 0;
}

static void close_terminal(struct target_process *p)
{
	close_all((int[]){p->terminal_fd, p->terminal_far}, 2);
	p->terminal_fd = p->terminal_far = -1;
}

int local_start(struct target *t, const struct run_options *o, const char *const *words,
		struct target_process **out)
{
	struct local *l = (struct local *)t;
	const struct local_host *host = o->host ? local_host_find(l, o->host) : NULL;
	struct target_process terminal = {.terminal_fd = -1, .terminal_far = -1};
	struct target_process *p;
	struct birth birth;
	int ends[ENDS];
	int error;
	pid_t pid;

	if (o->host && !host)
		return local_failed(t, ENOTSUP, "there is no host %s", o->host);
	if (l->process_count == LOCAL_PROCESSES_MAX)
		return local_failed(t, EMFILE, "more than %d commands", LOCAL_PROCESSES_MAX);
	error = open_ends(ends, o->input);
	if (error)
		return local_failed(t, -error, "pipes: %s", strerror(-error));
	error = o->terminal ? open_terminal(&terminal) : 0;
	if (error) {
		close_terminal(&terminal);
		close_all(ends, ENDS);
		return local_failed(t, -error, "a terminal: %s", strerror(-error));
	}
	birth = (struct birth){.options = o,
			       .host = host,
			       .words = words,
			       .in = ends[IN],
			       .out = ends[OUT_W],
			       .err = ends[ERR_W],
			       .fail_fd = ends[FAIL_W],
			       .terminal = terminal.terminal_far};
	make_environment(o, birth.environment);
	pid = give_birth(&birth);
	close_all((int[]){ends[IN], ends[OUT_W], ends[ERR_W], ends[FAIL_W]}, 4);
	if (pid > 0 && read(ends[FAIL_R], &error, sizeof(error)) == sizeof(error)) {
		waitpid(pid, NULL, 0);
		pid = -error;
	}
	close(ends[FAIL_R]);
	for (size_t i = 0; birth.environment[i]; i++)
		free(birth.environment[i]);
	if (pid < 0) {
		close_all((int[]){ends[OUT_R], ends[ERR_R]}, 2);
		close_terminal(&terminal);
		return local_failed(t, -pid, "%s cannot be run: %s", words[0], strerror(-pid));
	}
	p = memory_zeroed(1, sizeof(*p));
	*p = (struct target_process){.pid = pid,
				     .command = joined(words),
				     .out_fd = ends[OUT_R],
				     .err_fd = ends[ERR_R],
				     .terminal_fd = terminal.terminal_fd,
				     .terminal_far = terminal.terminal_far,
				     .look_ns = LOOK_FIRST_NS,
				     .pid_fd = (int)syscall(SYS_pidfd_open, pid, 0)};
	strbuf_init(&p->out, TARGET_OUTPUT_MAX);
	strbuf_init(&p->err, TARGET_OUTPUT_MAX);
	strbuf_init(&p->both, TARGET_OUTPUT_MAX);
	strbuf_init(&p->shown, TARGET_OUTPUT_MAX);
	strbuf_init(&p->typing, TARGET_OUTPUT_MAX);
	if (o->terminal)
		strbuf_addf(&p->typing, "%s", o->terminal);
	l->processes[l->process_count++] = p;
	*out = p;
	return 0;
}

static void collect_from(int *fd, struct strbuf *to, struct strbuf *both)
{
	char chunk[8192];
	ssize_t n = 1;

	while (*fd >= 0 && n > 0) {
		n = read(*fd, chunk, sizeof(chunk));
		if (n > 0) {
			strbuf_add(to, chunk, (size_t)n);
			strbuf_add(both, chunk, (size_t)n);
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			close(*fd);
			*fd = -1;
		}
	}
}

/* Whether somebody waits at the terminal for the line to be typed next. */
static bool is_asked(const struct target_process *p)
{
	struct termios mode;
	size_t n = p->shown.bytes;

	return p->terminal_fd >= 0 && p->typed < p->typing.bytes && n > p->answered &&
	       !strcmp(p->shown.text + n - 2, ": ") && !tcgetattr(p->terminal_fd, &mode) &&
	       !(mode.c_lflag & ECHO);
}

/* Takes what the terminal shows, and types a line once it is asked for. */
static void attend_terminal(struct target_process *p)
{
	const char *line = p->typing.text + p->typed;
	char chunk[4096];
	ssize_t n;

	if (p->look_ns < LOOK_LONGEST_NS)
		p->look_ns *= 2;
	while (p->terminal_fd >= 0 && (n = read(p->terminal_fd, chunk, sizeof(chunk))) > 0) {
		strbuf_add(&p->shown, chunk, (size_t)n);
		p->look_ns = LOOK_FIRST_NS;
	}
	if (!is_asked(p))
		return;
	n = write(p->terminal_fd, line, strcspn(line, "\n") + 1);
	p->typed += n > 0 ? (size_t)n : 0;
	p->answered = p->shown.bytes;
}

/* Takes what a command has written, and its end. */
static void collect(struct target_process *p)
{
	bool ending = !p->ended && waitpid(p->pid, &p->wait_status, WNOHANG) == p->pid;

	attend_terminal(p);
	collect_from(&p->out_fd, &p->out, &p->both);
	collect_from(&p->err_fd, &p->err, &p->both);
	p->ended |= ending;
}

int local_step(struct target *t, int64_t max_ns)
{
	struct local *l = (struct local *)t;
	struct pollfd fds[LOCAL_PROCESSES_MAX * 4];
	struct timespec timeout;
	nfds_t n = 0;

	for (size_t i = 0; i < l->process_count; i++) {
		const struct target_process *p = l->processes[i];

		fds[n++] = (struct pollfd){.fd = p->out_fd, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = p->err_fd, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = p->ended ? -1 : p->pid_fd, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = p->terminal_fd, .events = POLLIN};
		/* That echo has gone off is no event. */
		if (!p->ended && p->typed < p->typing.bytes && max_ns > p->look_ns)
			max_ns = p->look_ns;
	}
	timeout =
		(struct timespec){.tv_sec = max_ns / NS_A_SECOND, .tv_nsec = max_ns % NS_A_SECOND};
	if (ppoll(fds, n, &timeout, NULL) < 0 && errno != EINTR)
		return local_failed(t, errno, "poll: %s", strerror(errno));
	for (size_t i = 0; i < l->process_count; i++)
		collect(l->processes[i]);
	return 0;
}

int local_wait(struct target *t, struct target_process *p, int deadline_s, struct result *out)
{
	int64_t until_ns = local_now_ns(t) + deadline_s * NS_A_SECOND;

	collect(p);
	while (!p->ended) {
		int64_t left_ns = until_ns - local_now_ns(t);
		int error;

		if (left_ns <= 0) {
			kill(-p->pid, SIGKILL);
			kill(p->pid, SIGKILL);
			return local_failed(t, ETIMEDOUT, "%s: not done after %d s", p->command,
					    deadline_s);
		}
		error = local_step(t, left_ns);
		if (error)
			return error;
	}
	*out = (struct result){
		.command = p->command,
		.exit_status = WIFEXITED(p->wait_status) ? WEXITSTATUS(p->wait_status) : -1,
		.signal = WIFSIGNALED(p->wait_status) ? WTERMSIG(p->wait_status) : 0,
		.out = p->out.text,
		.err = p->err.text,
		.shown = p->shown.text,
		.truncated = p->out.truncated || p->err.truncated,
	};
	return 0;
}

pid_t local_pid(struct target *t, const struct target_process *p)
{
	(void)t;
	return p->pid;
}

const char *local_output(struct target *t, const struct target_process *p)
{
	(void)t;
	return p->both.text;
}

const char *local_shown(struct target *t, const struct target_process *p)
{
	(void)t;
	return p->shown.text;
}

int local_type(struct target *t, struct target_process *p, const char *lines)
{
	if (p->terminal_fd < 0)
		return local_failed(t, ENOTTY, "%s has no terminal", p->command);
	strbuf_addf(&p->typing, "%s", lines);
	return 0;
}

int local_tool(struct target *t, const char *const *words)
{
	static const struct run_options none;
	struct target_process *p = NULL;
	struct result r = {0};
	int error = local_start(t, &none, words, &p);

	assert(error || p);
	if (!error)
		error = local_wait(t, p, 30, &r);
	if (!error && r.exit_status != 0)
		error = local_failed(t, EIO, "%s: exit status %d: %s", p->command, r.exit_status,
				     p->both.text);
	return error;
}

void local_process_close(struct target_process *p)
{
	if (!p->ended) {
		kill(-p->pid, SIGKILL);
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	close_all((int[]){p->out_fd, p->err_fd, p->pid_fd}, 3);
	close_terminal(p);
	strbuf_free(&p->shown);
	strbuf_free(&p->typing);
	strbuf_free(&p->out);
	strbuf_free(&p->err);
	strbuf_free(&p->both);
	free(p->command);
	free(p);
}
