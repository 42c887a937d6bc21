/* SPDX-License-Identifier: MIT */
/*
 * The platform on Linux: clock, files, identity, and the table of operations. Each function is a
 * system call or two; what needs more stands in linux_process.c, linux_message.c, linux_loop.c and
 * linux_kernel.c.
 */
#include "ref/platform/linux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define HEAP_STEP_BYTES (256 * 1024)

static int64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now); /* cannot fail for the two clocks used here */
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t linux_wall_ns(struct platform *p)
{
	(void)p;
	return clock_ns(CLOCK_REALTIME);
}

static int64_t linux_boot_ns(struct platform *p)
{
	(void)p;
	return clock_ns(CLOCK_BOOTTIME);
}

static int linux_local_time(struct platform *p, int64_t wall_s, struct tm *out)
{
	time_t seconds = (time_t)wall_s;

	(void)p;
	return localtime_r(&seconds, out) ? 0 : -EOVERFLOW;
}

static int linux_open(struct platform *p, const char *path, unsigned flags, mode_t mode)
{
	int native = O_CLOEXEC | O_NOCTTY;
	int fd;

	(void)p;
	if (flags & PLATFORM_APPEND)
		native |= O_APPEND | (flags & PLATFORM_READ ? O_RDWR : O_WRONLY);
	if (flags & PLATFORM_CREATE)
		native |= O_CREAT;
	if (flags & PLATFORM_EXCL)
		native |= O_EXCL;
	if (flags & PLATFORM_TRUNC)
		native |= O_TRUNC;
	fd = open(path, native, mode);
	/* cppcheck-suppress resourceLeak ; the caller closes it */
	return fd < 0 ? -errno : fd;
}

static ssize_t linux_read(struct platform *p, int fd, void *buffer, size_t bytes,
			  uint64_t offset_bytes)
{
	ssize_t n;

	(void)p;
	do {
		n = pread(fd, buffer, bytes, (off_t)offset_bytes);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

static int linux_write(struct platform *p, int fd, const void *data, size_t bytes)
{
	const char *at = data;

	(void)p;
	while (bytes > 0) {
		ssize_t n = write(fd, at, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int linux_truncate(struct platform *p, int fd, uint64_t size_bytes)
{
	(void)p;
	return ftruncate(fd, (off_t)size_bytes) ? -errno : 0;
}

static int linux_sync(struct platform *p, int fd)
{
	(void)p;
	return fsync(fd) ? -errno : 0;
}

static void linux_close(struct platform *p, int fd)
{
	struct linux_platform *l = linux_platform(p);

	for (size_t i = 0; i < l->lock_count; i++) {
		if (l->locks[i] == fd)
			l->locks[i] = l->locks[--l->lock_count];
	}
	close(fd);
}

static int stat_at(const char *path, int flags, struct platform_stat *out)
{
	struct stat s;

	if (fstatat(AT_FDCWD, path, &s, flags))
		return -errno;
	*out = (struct platform_stat){
		.is_dir = S_ISDIR(s.st_mode),
		.is_file = S_ISREG(s.st_mode),
		.mode = s.st_mode & 07777,
		.uid = s.st_uid,
		.gid = s.st_gid,
		.size_bytes = (uint64_t)s.st_size,
		.device = s.st_dev,
		.mtime_s = s.st_mtime,
	};
	return 0;
}

static int linux_stat(struct platform *p, const char *path, struct platform_stat *out)
{
	(void)p;
	return stat_at(path, 0, out);
}

static int linux_lstat(struct platform *p, const char *path, struct platform_stat *out)
{
	(void)p;
	return stat_at(path, AT_SYMLINK_NOFOLLOW, out);
}

static int linux_space(struct platform *p, const char *path, struct platform_space *out)
{
	struct statvfs s;

	(void)p;
	if (statvfs(path, &s))
		return -errno;
	*out = (struct platform_space){s.f_frsize, s.f_blocks, s.f_bfree, s.f_bavail};
	return 0;
}

static int linux_rename(struct platform *p, const char *from, const char *to)
{
	(void)p;
	return rename(from, to) ? -errno : 0;
}

static int linux_unlink(struct platform *p, const char *path)
{
	(void)p;
	return unlink(path) ? -errno : 0;
}

static int linux_mkdir(struct platform *p, const char *path, mode_t mode)
{
	(void)p;
	return mkdir(path, mode) ? -errno : 0;
}

static int linux_rmdir(struct platform *p, const char *path)
{
	(void)p;
	return rmdir(path) ? -errno : 0;
}

static int linux_chown(struct platform *p, const char *path, uid_t uid, gid_t gid)
{
	(void)p;
	return chown(path, uid, gid) ? -errno : 0;
}

static int linux_sync_dir(struct platform *p, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return -errno;
	error = linux_sync(p, fd);
	close(fd);
	return error;
}

static int linux_list(struct platform *p, const char *path,
		      int (*entry)(void *arg, const char *name), void *arg)
{
	DIR *folder = opendir(path);
	struct dirent *e;
	int result = 0;

	(void)p;
	if (!folder)
		return -errno;
	while (!result && (errno = 0, e = readdir(folder))) {
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			result = entry(arg, e->d_name);
	}
	if (!result && errno)
		result = -errno;
	closedir(folder);
	return result;
}

static int linux_database_uri(struct platform *p, const char *path, char *out, size_t bytes)
{
	size_t n = 0;

	(void)p;
	n = (size_t)snprintf(out, bytes, "file:");
	for (; *path; path++) {
		/* What a URI would take for its own is written as %XX. */
		bool plain = !strchr("%?#", *path);

		if (n + 4 > bytes)
			return -ENAMETOOLONG;
		n += (size_t)snprintf(out + n, bytes - n, plain ? "%c" : "%%%02X",
				      (unsigned char)*path);
	}
	return 0;
}

static pid_t linux_pid(struct platform *p)
{
	(void)p;
	return getpid();
}

static uid_t linux_uid(struct platform *p)
{
	(void)p;
	return geteuid();
}

static int linux_user_name(struct platform *p, uid_t uid, char *out, size_t bytes)
{
	char buffer[4096];
	struct passwd entry;
	struct passwd *found;
	int error = getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found);
	int n;

	(void)p;
	if (error || !found)
		return error ? -error : -ENOENT;
	n = snprintf(out, bytes, "%s", found->pw_name);
	return n < 0 || (size_t)n >= bytes ? -ENAMETOOLONG : 0;
}

static int linux_user_id(struct platform *p, const char *name, uid_t *out)
{
	char buffer[4096];
	struct passwd entry;
	struct passwd *found;
	int error = getpwnam_r(name, &entry, buffer, sizeof(buffer), &found);

	(void)p;
	if (error || !found)
		return error ? -error : -ENOENT;
	*out = found->pw_uid;
	return 0;
}

static int linux_group_id(struct platform *p, const char *group, gid_t *out)
{
	char buffer[16384]; /* members are listed in it */
	struct group entry;
	struct group *found;
	int error = getgrnam_r(group, &entry, buffer, sizeof(buffer), &found);

	(void)p;
	if (error || !found)
		return error ? -error : -ENOENT;
	*out = found->gr_gid;
	return 0;
}

static bool linux_in_group(struct platform *p, const char *group)
{
	gid_t groups[256];
	int n = getgroups((int)(sizeof(groups) / sizeof(groups[0])), groups);
	gid_t wanted = 0;

	if (linux_group_id(p, group, &wanted))
		return false;
	for (int i = 0; i < n; i++) {
		if (groups[i] == wanted)
			return true;
	}
	return getegid() == wanted;
}

static int linux_host_name(struct platform *p, char *out, size_t bytes)
{
	(void)p;
	if (gethostname(out, bytes))
		return -errno;
	out[bytes - 1] = '\0';
	return 0;
}

static int linux_boot_id(struct platform *p, char *out, size_t bytes)
{
	char text[LINUX_PROC_TEXT_MAX];
	int error = linux_read_text("/proc/sys/kernel/random/boot_id", text);
	int n;

	(void)p;
	if (error)
		return error;
	n = snprintf(out, bytes, "%.*s", (int)strcspn(text, "\n"), text);
	return n < 0 || (size_t)n >= bytes ? -ENAMETOOLONG : 0;
}

static const struct platform_ops linux_ops = {
	.wall_ns = linux_wall_ns,
	.boot_ns = linux_boot_ns,
	.local_time = linux_local_time,
	.open = linux_open,
	.read = linux_read,
	.write = linux_write,
	.truncate = linux_truncate,
	.sync = linux_sync,
	.close = linux_close,
	.stat = linux_stat,
	.lstat = linux_lstat,
	.space = linux_space,
	.rename = linux_rename,
	.unlink = linux_unlink,
	.mkdir = linux_mkdir,
	.rmdir = linux_rmdir,
	.chown = linux_chown,
	.sync_dir = linux_sync_dir,
	.list = linux_list,
	.database_uri = linux_database_uri,
	.lock = linux_lock,
	.lock_owner = linux_lock_owner,
	.pid = linux_pid,
	.uid = linux_uid,
	.user_name = linux_user_name,
	.user_id = linux_user_id,
	.in_group = linux_in_group,
	.group_id = linux_group_id,
	.host_name = linux_host_name,
	.boot_id = linux_boot_id,
	.session = linux_session,
	.secret_read = linux_secret_read,
	.password_check = linux_password_check,
	.secret_make = linux_secret_make,
	.secret_free = linux_secret_free,
	.memory = linux_memory,
	.spawn = linux_spawn,
	.kill = linux_kill,
	.wait_gone = linux_wait_gone,
	.serve = linux_serve,
	.request = linux_request,
	.notify = linux_notify,
	.reply = linux_reply,
	.channel_serve = linux_channel_serve,
	.link_serve = linux_link_serve,
	.channel_open = linux_channel_open,
	.channel_send = linux_channel_send,
	.channel_receive = linux_channel_receive,
	.channel_close = linux_channel_close,
	.link_ask = linux_link_ask,
	.link_begin = linux_link_begin,
	.timer = linux_timer,
	.leave = linux_leave,
	.kernel_status = linux_kernel_status,
	.kernel_monitor = linux_kernel_monitor,
	.kernel_calls = linux_kernel_calls,
	.kernel_unload_prepare = linux_kernel_unload_prepare,
	.audit_serve = linux_audit_serve,
	.audit_set = linux_audit_set,
	.audit_read = linux_audit_read,
	.audit_done = linux_audit_done,
	.audit_rewind = linux_audit_rewind,
	.audit_names = linux_audit_names,
	.events_open = linux_events_open,
	.events_next = linux_events_next,
	.events_close = linux_events_close,
	.login_begin = linux_login_begin,
	.login_of = linux_login_of,
	.login_next = linux_login_next,
	.login_forget = linux_login_forget,
	.login_leave = linux_login_leave,
	.kernel_guard = linux_kernel_guard,
	.kernel_silent = linux_kernel_silent,
	.kernel_files = linux_kernel_files,
	.kernel_load = linux_kernel_load,
	.kernel_unload = linux_kernel_unload,
};

int linux_run(const struct program *program, int argc, char **argv)
{
	const char *prefix = secure_getenv("AUDIT_PREFIX");
	struct linux_platform l = {
		.base = {.ops = &linux_ops, .prefix = prefix ? prefix : ""},
		.program = program,
		.kernel_fd = -1,
	};
	int status;

	l.run = (struct program_run){
		.platform = &l.base, .in = stdin, .out = stdout, .err = stderr};
	umask(022);
	if (sigaction(SIGPIPE, &(struct sigaction){.sa_handler = SIG_IGN}, NULL))
		return EXIT_REFUSED;
	(void)mallopt(M_TOP_PAD, HEAP_STEP_BYTES); /* else it grows in more steps */
	linux_secret_buffers();
	status = program->main(&l.run, argc, argv);
	if (status == PROGRAM_SERVE)
		status = linux_serve_events(&l);
	if (l.kernel_fd >= 0)
		close(l.kernel_fd);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "%s: writing the output failed: %s\n", program->name,
			strerror(errno));
		return status == EXIT_DONE ? EXIT_REFUSED : status;
	}
	return status;
}
