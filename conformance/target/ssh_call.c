/* SPDX-License-Identifier: MIT */
/*
 * Scripts at the far end, each by a client process of the connection that the run shares. Not for
 * the connection (ssh_connect.c) or for what cases ask (ssh.c).
 */
#include "conformance/shell_word.h"
#include "conformance/target/ssh_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_A_SECOND   (INT64_C(1000) * 1000 * 1000)
#define CALLS_MAX     256
#define STATUS_NO_SSH 255 /* what the client ends with when it has no connection */

int64_t ssh_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec * NS_A_SECOND + now.tv_nsec;
}

static int input_fd(const void *input, size_t bytes)
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	for (size_t done = 0; fd >= 0 && done < bytes;) {
		ssize_t n = write(fd, (const char *)input + done, bytes - done);

		if (n < 0 && errno != EINTR) {
			close(fd);
			return -1;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

/* The child: becomes the client. */
__attribute__((noreturn)) static void become_client(char *const *words, int in, int out, int err)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(STATUS_NO_SSH);
	execvp(words[0], words);
	dprintf(2, "%s: %s\n", words[0], strerror(errno));
	_exit(STATUS_NO_SSH);
}

int ssh_client_start(struct ssh_call *c, char *const *words, int in, size_t max_bytes)
{
	int out[2] = {-1, -1}, err[2] = {-1, -1};
	int error = 0;

	*c = (struct ssh_call){.pid_fd = -1, .out_fd = -1, .err_fd = -1};
	strbuf_init(&c->out, max_bytes);
	strbuf_init(&c->err, max_bytes);
	if (in < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
		error = errno;
	if (!error) {
		fflush(NULL);
		c->pid = fork();
		if (c->pid == 0)
			become_client(words, in, out[1], err[1]);
		error = c->pid < 0 ? errno : 0;
	}
	if (out[1] >= 0)
		close(out[1]);
	if (err[1] >= 0)
		close(err[1]);
	c->out_fd = out[0];
	c->err_fd = err[0];
	if (error) {
		c->pid = 0;
		return -error;
	}
	fcntl(c->out_fd, F_SETFL, O_NONBLOCK);
	fcntl(c->err_fd, F_SETFL, O_NONBLOCK);
	c->pid_fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	return 0;
}

int ssh_call_start(struct ssh_call *c, const char *script, const void *input, size_t input_bytes,
		   size_t max_bytes)
{
	struct ssh_words words;
	struct strbuf command;
	int in = input_fd(input, input_bytes);
	int error;

	strbuf_init(&command, SSH_SCRIPT_MAX);
	shell_add_script(&command, script);
	ssh_call_words(&words, command.text);
	error = ssh_client_start(c, words.v, in, max_bytes);
	if (command.truncated && !error) {
		ssh_call_close(c);
		error = -E2BIG;
	}
	if (in >= 0)
		close(in);
	strbuf_free(&command);
	ssh_words_free(&words);
	return error;
}

static void take_from(int *fd, struct strbuf *to)
{
	char chunk[65536];
	ssize_t n = 1;

	while (*fd >= 0 && n > 0) {
		n = read(*fd, chunk, sizeof(chunk));
		if (n > 0) {
			strbuf_add(to, chunk, (size_t)n);
		} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
			close(*fd);
			*fd = -1;
		}
	}
}

static void take(struct ssh_call *c)
{
	bool ended = c->pid && waitpid(c->pid, &c->wait_status, WNOHANG) == c->pid;

	take_from(&c->out_fd, &c->out);
	take_from(&c->err_fd, &c->err);
	if (ended)
		c->pid = 0;
}

void ssh_call_step(struct ssh_call *const *calls, size_t count, int64_t max_ns)
{
	struct timespec timeout = {.tv_sec = max_ns / NS_A_SECOND, .tv_nsec = max_ns % NS_A_SECOND};
	struct pollfd fds[3 * CALLS_MAX];
	nfds_t n = 0;

	for (size_t i = 0; i < count && i < CALLS_MAX; i++) {
		fds[n++] = (struct pollfd){.fd = calls[i]->out_fd, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = calls[i]->err_fd, .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = calls[i]->pid ? calls[i]->pid_fd : -1,
					   .events = POLLIN};
	}
	ppoll(fds, n, &timeout, NULL);
	for (size_t i = 0; i < count && i < CALLS_MAX; i++)
		take(calls[i]);
}

bool ssh_call_runs(const struct ssh_call *c)
{
	return c->pid != 0;
}

int ssh_call_status(const struct ssh_call *c)
{
	if (c->pid || !WIFEXITED(c->wait_status) || WEXITSTATUS(c->wait_status) == STATUS_NO_SSH)
		return -1;
	return WEXITSTATUS(c->wait_status);
}

void ssh_call_close(struct ssh_call *c)
{
	int fds[] = {c->pid_fd, c->out_fd, c->err_fd};

	if (c->pid) {
		kill(c->pid, SIGKILL);
		waitpid(c->pid, &c->wait_status, 0);
		c->pid = 0;
	}
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	c->pid_fd = c->out_fd = c->err_fd = -1;
	strbuf_free(&c->out);
	strbuf_free(&c->err);
}

bool ssh_client_finish(struct ssh_call *c, int deadline_s)
{
	int64_t until_ns = ssh_now_ns() + deadline_s * NS_A_SECOND;

	while (ssh_call_runs(c) && ssh_now_ns() < until_ns)
		ssh_call_step(&c, 1, until_ns - ssh_now_ns());
	return !ssh_call_runs(c);
}

int ssh_call(struct ssh_call *c, const char *script, const void *input, size_t input_bytes,
	     size_t max_bytes)
{
	int error = ssh_call_start(c, script, input, input_bytes, max_bytes);

	if (error) {
		strbuf_addf(&c->err, "%s", strerror(-error));
		return -1;
	}
	return ssh_client_finish(c, SSH_DEADLINE_S) ? ssh_call_status(c) : -1;
}
