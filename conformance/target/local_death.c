/* SPDX-License-Identifier: MIT */
/*
 * A command that is killed at a chosen step: it is traced, and the system calls that may change
 * something outside it are counted. Killed before the n-th is killed after the one before it, so
 * counting those alone finds every state that can be left behind. Not for: which steps (the cases).
 */
#include "conformance/target/local.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How many of the calls of a stopped process count: 1 or 0. */
static unsigned counts(const struct __ptrace_syscall_info *info)
{
	static const long calls[] = {
#ifdef SYS_mkdir
		SYS_mkdir,   SYS_rmdir,     SYS_unlink,    SYS_rename,
#endif
		SYS_mkdirat, SYS_unlinkat,  SYS_renameat2, SYS_write,   SYS_pwrite64, SYS_fsync,
		SYS_bind,    SYS_ftruncate, SYS_sendto,    SYS_sendmsg, SYS_clone,    SYS_clone3,
	};
	const uint64_t makes = O_CREAT | O_TRUNC;

	if (info->op != PTRACE_SYSCALL_INFO_ENTRY)
		return 0;
#ifdef SYS_open
	if (info->entry.nr == SYS_open)
		return (info->entry.args[1] & makes) != 0;
#endif
	if (info->entry.nr == SYS_openat)
		return (info->entry.args[2] & makes) != 0;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if (info->entry.nr == (uint64_t)calls[i])
			return 1;
	}
	return 0;
}

/* Ends like the child that was watched. */
__attribute__((noreturn)) static void end_as(int status)
{
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 126);
}

/* Signals but those of tracing go on to the child. */
__attribute__((noreturn)) static void watch(pid_t child, unsigned step)
{
	struct __ptrace_syscall_info info;
	int status = 0;

	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
		int signal = WSTOPSIG(status);

		if (signal == (SIGTRAP | 0x80)) {
			signal = 0;
			if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) > 0 &&
			    counts(&info) && --step == 0)
				kill(child, SIGKILL);
		} else if (signal == SIGTRAP || signal == SIGSTOP) {
			signal = 0;
		}
		ptrace(PTRACE_SYSCALL, child, 0, signal);
	}
	end_as(status);
}

int local_dies_at(unsigned step, int fail_fd)
{
	pid_t child = fork();
	int status;

	if (child < 0)
		return -errno;
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0))
			return -errno;
		raise(SIGSTOP);
		return 0;
	}
	close(fail_fd);
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) ||
	    ptrace(PTRACE_SYSCALL, child, 0, 0)) {
		kill(child, SIGKILL);
		_exit(126);
	}
	watch(child, step);
}
