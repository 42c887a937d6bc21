/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: other processes. Locks are open-file-description locks, which a daemon
 * keeps through the fork that detaches it; waiting is done on pidfds, so a PID used again is never
 * taken for the old process, unless the kernel has none (before 5.3) or valgrind stands between.
 */
#include "ref/platform/linux.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of a lock file that is removed by its last owner again and again, and of one whose owner has just
 * taken it and not yet written. */
#define LOCK_TRIES      1000
#define LOCK_READ_TRIES 1000
#define LOOK_EACH_MS    10 /* whether a process has ended, without pidfds */

int linux_read_text(const char *path, char text[LINUX_PROC_TEXT_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int error;

	if (fd < 0)
		return -errno;
	n = read(fd, text, LINUX_PROC_TEXT_MAX - 1);
	error = errno;
	close(fd);
	if (n < 0)
		return -error;
	text[n] = '\0';
	return 0;
}

static int write_pid(int fd)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (pwrite(fd, text, (size_t)n, 0) != n || ftruncate(fd, n))
		return errno ? -errno : -EIO;
	return 0;
}

/* -ESTALE: the file was removed by its last owner after it was opened; a lock on it would exclude
 * nobody. */
static int lock_take(int fd)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	struct stat file;

	if (fcntl(fd, F_OFD_SETLK, &whole))
		return errno == EAGAIN || errno == EACCES ? -EBUSY : -errno;
	if (fstat(fd, &file))
		return -errno;
	if (file.st_nlink == 0)
		return -ESTALE;
	return ftruncate(fd, 0) ? -errno : write_pid(fd);
}

int linux_lock(struct platform *p, const char *path)
{
	struct linux_platform *l = linux_platform(p);
	int error = -ESTALE;
	int fd = -1;

	if (l->lock_count == LINUX_LOCKS_MAX)
		return -ENOLCK;
	for (int tries = 0; error == -ESTALE && tries < LOCK_TRIES; tries++) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		error = fd < 0 ? -errno : lock_take(fd);
		if (error && fd >= 0)
			close(fd);
	}
	if (error)
		return error;
	l->locks[l->lock_count++] = fd;
	return fd;
}

int linux_locks_name_owner(struct linux_platform *l)
{
	int error = 0;

	for (size_t i = 0; i < l->lock_count && !error; i++)
		error = write_pid(l->locks[i]);
	return error;
}

static pid_t pid_written(int fd)
{
	char text[24] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	return n > 1 && text[n - 1] == '\n' ? (pid_t)strtol(text, NULL, 10) : 0;
}

pid_t linux_lock_owner(struct platform *p, const char *path)
{
	struct flock probe = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	pid_t owner = 0;
	int error = 0;

	(void)p;
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	for (int tries = 0; owner == 0; tries++) {
		probe.l_type = F_WRLCK;
		probe.l_pid = 0;
		if (fcntl(fd, F_OFD_GETLK, &probe))
			error = -errno;
		else if (probe.l_type != F_UNLCK && tries == LOCK_READ_TRIES)
			error = -EAGAIN;
		if (error || probe.l_type == F_UNLCK)
			break;
		owner = pid_written(fd);
		if (owner == 0)
			sched_yield();
	}
	close(fd);
	return error ? error : owner;
}

/* The 22nd field of /proc/PID/stat, ticks after boot; the second one may hold blanks and
 * parentheses. */
static int start_ticks(pid_t pid, unsigned long long *ticks)
{
	char path[32];
	char text[LINUX_PROC_TEXT_MAX];
	const char *at;
	int error;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	error = linux_read_text(path, text);
	if (error)
		return error;
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -EIO;
	*ticks = strtoull(at, NULL, 10);
	return 0;
}

static int boot_wall_s(int64_t *seconds)
{
	FILE *f = fopen("/proc/stat", "re");
	char line[256];
	int error = -EIO;

	if (!f)
		return -errno;
	while (error && fgets(line, sizeof(line), f)) {
		if (!strncmp(line, "btime ", 6)) {
			*seconds = strtoll(line + 6, NULL, 10);
			error = 0;
		}
	}
	fclose(f);
	return error;
}

int linux_session(struct platform *p, pid_t pid, struct platform_session *out)
{
	unsigned long long ticks;
	int64_t boot_s = 0;
	int error;

	(void)p;
	out->leader = getsid(pid);
	out->start_s = 0;
	if (out->leader < 0)
		return -errno;
	if (out->leader == 0 || start_ticks(out->leader, &ticks))
		return 0;
	error = boot_wall_s(&boot_s);
	if (!error)
		out->start_s = boot_s + (int64_t)(ticks / (unsigned long)sysconf(_SC_CLK_TCK));
	return error;
}

static int spawn_with(const struct platform_spawn *what, posix_spawn_file_actions_t *files,
		      posix_spawnattr_t *attributes, pid_t *pid)
{
	extern char **environ;
	const char *output = what->output ? what->output : "/dev/null";
	sigset_t none, all;
	mode_t old_umask;
	int error;

	sigemptyset(&none);
	sigfillset(&all);
	error = posix_spawnattr_setsigmask(attributes, &none);
	if (!error)
		error = posix_spawnattr_setsigdefault(attributes, &all);
	if (!error)
		error = posix_spawnattr_setpgroup(attributes, 0);
	if (!error)
		error = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP |
								     POSIX_SPAWN_SETSIGMASK |
								     POSIX_SPAWN_SETSIGDEF);
	if (!error)
		error = posix_spawn_file_actions_addopen(
			files, 0, what->input ? what->input : "/dev/null", O_RDONLY, 0);
	if (!error && !what->shares_output)
		error = posix_spawn_file_actions_addopen(
			files, 1, output, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY, 0600);
	if (!error && !what->shares_output)
		error = posix_spawn_file_actions_adddup2(files, 1, 2);
	if (!error) /* what this process itself inherited is not closed on exec */
		error = posix_spawn_file_actions_addclosefrom_np(files, 3);
	if (!error && what->folder)
		error = posix_spawn_file_actions_addchdir_np(files, what->folder);
	if (error)
		return -error;
	/* The umask belongs to the process: the child's is set around the spawn, on the one thread
	 * there is. */
	old_umask = what->umask ? umask(what->umask) : 0;
	error = posix_spawn(pid, what->program ? what->program : what->argv[0], files, attributes,
			    (char *const *)what->argv,
			    what->env ? (char *const *)what->env : environ);
	if (what->umask)
		umask(old_umask);
	return -error;
}

int linux_spawn(struct platform *p, const struct platform_spawn *what, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	int error = -posix_spawn_file_actions_init(&files);

	(void)p;
	if (error)
		return error;
	error = -posix_spawnattr_init(&attributes);
	if (!error) {
		error = spawn_with(what, &files, &attributes, pid);
		posix_spawnattr_destroy(&attributes);
	}
	posix_spawn_file_actions_destroy(&files);
	return error;
}

/* The first two numbers of /proc/PID/statm, in pages. */
int linux_memory(struct platform *p, pid_t pid, uint64_t *total_bytes, uint64_t *used_bytes)
{
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	char path[32], text[LINUX_PROC_TEXT_MAX];
	char *end;
	int error;

	(void)p;
	snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
	error = linux_read_text(path, text);
	if (error)
		return error == -ENOENT ? -ESRCH : error;
	*total_bytes = strtoull(text, &end, 10) * page_bytes;
	*used_bytes = strtoull(end, NULL, 10) * page_bytes;
	return 0;
}

int linux_kill(struct platform *p, pid_t pid, int signal)
{
	(void)p;
	return kill(pid, signal) ? -errno : 0;
}

/* Of a child as poll() on its pidfd would say it; of anybody else once he has been waited for. */
static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0)
		return info.si_pid == pid;
	return kill(pid, 0) && errno == ESRCH;
}

/* Until end_ns of the boot clock. Without a pidfd (-1) it looks every now and then. */
static int wait_end(struct platform *p, pid_t pid, int fd, int64_t end_ns)
{
	struct pollfd gone = {.fd = fd, .events = POLLIN};

	while (fd >= 0 || !has_ended(pid)) {
		int64_t left_ns = end_ns - p->ops->boot_ns(p);
		int wait_ms = left_ns > 0 ? (int)(left_ns / NS_PER_MS) + 1 : 0;
		int n = poll(&gone, 1, fd < 0 && wait_ms > LOOK_EACH_MS ? LOOK_EACH_MS : wait_ms);

		if (n > 0)
			break;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n == 0 && left_ns <= 0)
			return -ETIMEDOUT;
	}
	return 0;
}

int linux_wait_gone(struct platform *p, pid_t pid, int64_t timeout_ns, int *wait_status)
{
	int64_t end_ns = p->ops->boot_ns(p) + timeout_ns;
	int fd = pidfd_open(pid, 0);
	int status = -1;
	int error = 0;

	if (fd < 0 && errno != ESRCH && errno != ENOSYS)
		return -errno;
	if (fd >= 0 || errno == ENOSYS)
		error = wait_end(p, pid, fd, end_ns);
	if (fd >= 0)
		close(fd);
	if (error)
		return error;
	if (waitpid(pid, &status, WNOHANG) != pid)
		status = -1;
	if (wait_status)
		*wait_status = status;
	return 0;
}
