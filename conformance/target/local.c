/* SPDX-License-Identifier: MIT */
/*
 * The target that is this machine: used by the runner inside a guest, and on a machine that was
 * prepared by hand. What happens, happens for real.
 *
 * Not for: commands (local_process.c), initial state (local_state.c), parked callers (park.c).
 */
#include "conformance/target/local.h"
#include "conformance/case_end.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LIST_MAX 4096 /* names in a folder */

int local_failed(struct target *t, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(t->why, sizeof(t->why), format, args);
	va_end(args);
	return -error;
}

static int failed_at(struct target *t, const char *path)
{
	int error = errno;

	return local_failed(t, error, "%s: %s", path, strerror(error));
}

/* --- files ------------------------------------------------------------------------------------ */

static int local_kill(struct target *t, pid_t pid, int signal)
{
	if (kill(pid, signal) == 0)
		return 0;
	return local_failed(t, errno, "PID %d: %s", (int)pid, strerror(errno));
}

static int local_read(struct target *t, const char *path, struct strbuf *out)
{
	char chunk[65536];
	ssize_t n = 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return failed_at(t, path);
	while (n > 0 && !out->truncated) {
		n = read(fd, chunk, sizeof(chunk));
		if (n > 0)
			strbuf_add(out, chunk, (size_t)n);
	}
	if (n < 0) {
		n = failed_at(t, path);
	} else if (out->truncated) {
		n = local_failed(t, EFBIG, "%s: more than %d bytes", path, TARGET_FILE_MAX);
	}
	close(fd);
	return n < 0 ? (int)n : 0;
}

static int local_write(struct target *t, const char *path, const void *data, size_t bytes,
		       bool append, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? O_APPEND : O_TRUNC), mode);
	int error = 0;

	if (fd < 0)
		return failed_at(t, path);
	while (bytes && !error) {
		ssize_t n = write(fd, data, bytes);

		if (n < 0) {
			error = failed_at(t, path);
		} else {
			data = (const char *)data + n;
			bytes -= (size_t)n;
		}
	}
	if (close(fd) && !error)
		error = failed_at(t, path);
	return error;
}

static int local_resize(struct target *t, const char *path, uint64_t bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	int error = fd < 0 || ftruncate(fd, (off_t)bytes) ? failed_at(t, path) : 0;

	if (fd >= 0)
		close(fd);
	return error;
}

static int local_stat(struct target *t, const char *path, struct file_info *out)
{
	struct stat st;

	if (stat(path, &st))
		return failed_at(t, path);
	*out = (struct file_info){.is_dir = S_ISDIR(st.st_mode),
				  .mode = st.st_mode & 07777,
				  .uid = st.st_uid,
				  .size_bytes = (uint64_t)st.st_size};
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names of a folder, sorted; returns how many, or a negated errno value. */
static int read_names(struct target *t, const char *path, char **names)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int n = 0;

	if (!dir)
		return failed_at(t, path);
	while ((entry = readdir(dir)) && n < LIST_MAX)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			names[n++] = memory_copied(entry->d_name, strlen(entry->d_name));
	closedir(dir);
	qsort(names, (size_t)n, sizeof(*names), compare_names);
	return n;
}

static void free_names(char **names, int n)
{
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

static int local_list(struct target *t, const char *path, struct strbuf *out)
{
	char **names = memory_zeroed(LIST_MAX, sizeof(*names));
	int n = read_names(t, path, names);

	for (int i = 0; i < n; i++)
		strbuf_addf(out, "%s\n", names[i]);
	free_names(names, n);
	return n < 0 ? n : 0;
}

static int local_remove(struct target *t, const char *path)
{
	struct stat st;
	int n, error = 0;
	char **names;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : failed_at(t, path);
	if (!S_ISDIR(st.st_mode))
		return unlink(path) ? failed_at(t, path) : 0;
	names = memory_zeroed(LIST_MAX, sizeof(*names));
	n = read_names(t, path, names);
	for (int i = 0; i < n && !error; i++) {
		char *below = memory_format("%s/%s", path, names[i]);

		error = local_remove(t, below);
		free(below);
	}
	free_names(names, n);
	if (n < 0)
		return n;
	return error ? error : rmdir(path) ? failed_at(t, path) : 0;
}

static int local_mkdir(struct target *t, const char *path, mode_t mode)
{
	return mkdir(path, mode) && errno != EEXIST ? failed_at(t, path) : 0;
}

static int local_chmod(struct target *t, const char *path, mode_t mode)
{
	return chmod(path, mode) ? failed_at(t, path) : 0;
}

static int local_user_add(struct target *t, const char *name, uid_t uid)
{
	const struct passwd *pw = getpwnam(name);
	char line[512];
	int n, error;

	if (pw)
		return pw->pw_uid == uid ? 0
					 : local_failed(t, EEXIST, "user %s has the UID %u", name,
							(unsigned)pw->pw_uid);
	n = snprintf(line, sizeof(line), "%s:x:%u:%u::/:/bin/sh\n", name, (unsigned)uid,
		     (unsigned)uid);
	if (n < 0 || (size_t)n >= sizeof(line))
		return local_failed(t, ENAMETOOLONG, "user name %s", name);
	error = local_write(t, "/etc/passwd", line, (size_t)n, true, 0644);
	n = snprintf(line, sizeof(line), "%s:x:%u:\n", name, (unsigned)uid);
	return error ? error : local_write(t, "/etc/group", line, (size_t)n, true, 0644);
}

/* --- clock ------------------------------------------------------------------------------------ */

static int local_clock_get(struct target *t, int64_t *wall_s)
{
	(void)t;
	*wall_s = time(NULL);
	return 0;
}

static int local_clock_set(struct target *t, int64_t wall_s)
{
	struct timespec wall = {.tv_sec = wall_s};

	if (!(t->profile->capabilities & CAP_CLOCK))
		return local_failed(t, ENOTSUP, "needs capability clock");
	return clock_settime(CLOCK_REALTIME, &wall) ? failed_at(t, "clock") : 0;
}

static int local_clock_parse(struct target *t, const char *local, int64_t *wall_s)
{
	struct tm tm = {.tm_isdst = -1};
	const char *end = strptime(local, "%Y-%m-%d %H:%M:%S", &tm);

	if (!end || *end)
		return local_failed(t, EINVAL, "\"%s\" is no YYYY-MM-DD HH:MM:SS", local);
	*wall_s = mktime(&tm);
	return 0;
}

/* --- a file system as full as you like -------------------------------------------------------- */

static int fill_tool(struct target *t, const char *name, const char **tool)
{
	*tool = profile_command(t->profile, name);
	if (!(t->profile->capabilities & CAP_FILL) || !*tool)
		return local_failed(t, ENOTSUP, "needs capability fill and command %s", name);
	return 0;
}

static int local_fill_mount(struct target *t, const char *mount_point)
{
	struct local *l = (struct local *)t;
	const char *fillfs;
	int error = fill_tool(t, "fillfs", &fillfs);

	if (error)
		return error;
	if (l->mount_count == LOCAL_MOUNTS_MAX)
		return local_failed(t, EMFILE, "more than %d mounts", LOCAL_MOUNTS_MAX);
	/* A file system of its own below: fillfs does not go on top of another fillfs. */
	error = local_cover(mount_point);
	if (error)
		return local_failed(t, -error, "%s: %s", mount_point, strerror(-error));
	l->mounts[l->mount_count++] = memory_format("%s", mount_point);
	return local_tool(t, (const char *const[]){fillfs, mount_point, mount_point, NULL});
}

static int fill_tell(struct target *t, const char *mount_point, const char *verb,
		     const char *const *arguments)
{
	const char *words[TARGET_ARGS_MAX] = {NULL, mount_point, verb};
	size_t n = 3;
	int error = fill_tool(t, "fillctl", &words[0]);

	while (arguments && *arguments && n < TARGET_ARGS_MAX - 1)
		words[n++] = *arguments++;
	return error ? error : local_tool(t, words);
}

static int local_fill_set(struct target *t, const char *mount_point, const char *const *settings)
{
	return fill_tell(t, mount_point, "set", settings);
}

static int local_fill_fault(struct target *t, const char *mount_point, const char *const *rule)
{
	return fill_tell(t, mount_point, rule ? "fault" : "clear", rule);
}

/* --- the target ------------------------------------------------------------------------------- */

static void local_close(struct target *t)
{
	struct local *l = (struct local *)t;

	for (size_t i = 0; i < l->parked_count; i++)
		local_parked_close(l->parked[i]);
	/* Before the processes: one that waits for an operation cannot be killed. */
	for (size_t i = l->mount_count; i-- > 0;) {
		/* fillfs: forced, so that whoever waits for it gets an error, and it ends itself */
		umount2(l->mounts[i], MNT_FORCE | MNT_DETACH);
		umount2(l->mounts[i], MNT_DETACH); /* what it was put on */
		free(l->mounts[i]);
	}
	for (size_t i = 0; i < l->process_count; i++)
		local_process_close(l->processes[i]);
	local_hosts_close(l);
	local_remove(t, l->folder);
	free(l);
}

/* --- time ------------------------------------------------------------------------------------- */

#define LEAP_SHORTEST_S 10  /* less passes soon enough by itself */
#define LEAP_LONGEST_S  600 /* what commands write meanwhile is taken in between */
#define LEAP_MARGIN     100 /* one of that many is left: ticks pass as well */

/* Lets seconds pass at once, where the machine has a clock that leaps (kmod/leap/leap.c). Returns
 * false where it has none. */
static bool leap(struct target *t, int64_t seconds)
{
	const char *path = profile_get(t->profile, "target", "leap");
	int fd = path ? open(path, O_WRONLY | O_CLOEXEC) : -1;
	char text[24];
	bool done;

	if (fd < 0)
		return false;
	snprintf(text, sizeof(text), "%lld", (long long)seconds);
	done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return done;
}

static int local_pass(struct target *t, int64_t max_ns)
{
	int64_t seconds = max_ns / NS_A_SECOND;

	if (seconds > LEAP_LONGEST_S)
		seconds = LEAP_LONGEST_S;
	if (seconds >= LEAP_SHORTEST_S && leap(t, seconds - seconds / LEAP_MARGIN - 1))
		max_ns = 0;
	return local_step(t, max_ns);
}

static const struct target_ops local_ops = {
	.start = local_start,
	.pid = local_pid,
	.output = local_output,
	.shown = local_shown,
	.type = local_type,
	.wait = local_wait,
	.kill = local_kill,
	.read = local_read,
	.write = local_write,
	.resize = local_resize,
	.stat = local_stat,
	.remove = local_remove,
	.mkdir = local_mkdir,
	.chmod = local_chmod,
	.list = local_list,
	.host_add = local_host_add,
	.host_cut = local_host_cut,
	.host_line = local_host_line,
	.connect_silent = local_connect_silent,
	.user_add = local_user_add,
	.clock_get = local_clock_get,
	.clock_set = local_clock_set,
	.clock_parse = local_clock_parse,
	.now_ns = local_now_ns,
	.step = local_pass,
	.fill_mount = local_fill_mount,
	.fill_set = local_fill_set,
	.fill_fault = local_fill_fault,
	.park = local_park,
	.parked_pid = local_parked_pid,
	.parked_ppid = local_parked_ppid,
	.parked_call = local_parked_call,
	.parked_inside = local_parked_inside,
	.unpark = local_unpark,
	.close = local_close,
};

#define WORDS_MAX 16
#define PLAIN     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+./: "

/* Runs a line of a profile: by a shell, unless it is nothing but a program and a few words. One
 * runs after every case. */
static int run_shell_line(struct target *t, const char *line)
{
	char *copy = memory_copied(line, strlen(line));
	char *rest = strspn(line, PLAIN) == strlen(line) ? copy : NULL;
	const char *words[WORDS_MAX + 1] = {NULL};
	int error = -ENOENT;

	for (size_t n = 0; n < WORDS_MAX && rest;) {
		words[n] = strsep(&rest, " ");
		n += *words[n] != '\0';
	}
	if (*words && **words && !words[WORDS_MAX - 1])
		error = local_tool(t, words);
	if (error == -ENOENT)
		error = local_tool(t, (const char *const[]){"/bin/sh", "-c", line, NULL});
	free(copy);
	return error;
}

int local_set_up(const struct profile *profile, const char *key, char *why, size_t bytes)
{
	struct local l = {.base = {.ops = &local_ops, .profile = profile}};
	const char *line = profile_get(profile, "target", key);
	int error = line == NULL ? 0 : run_shell_line(&l.base, line);

	if (error)
		snprintf(why, bytes, "[target] %s: %s", key, l.base.why);
	if (l.process_count)
		local_process_close(l.processes[0]);
	return error ? -1 : 0;
}

struct target *local_open(const struct profile *profile, uint64_t seed, char *why, size_t bytes)
{
	const char *state = profile_get(profile, "target", "state");
	struct local *l = memory_zeroed(1, sizeof(*l));
	int error = 0;

	l->base = (struct target){.ops = &local_ops, .profile = profile, .seed = seed};
	if (state)
		error = local_state_enter(&l->base, state);
	snprintf(l->folder, sizeof(l->folder), "/tmp/conform.XXXXXX");
	if (!error && !mkdtemp(l->folder))
		error = failed_at(&l->base, l->folder);
	if (!error)
		snprintf(case_end->folder, sizeof(case_end->folder), "%s", l->folder);
	if (!error && chmod(l->folder, 0755))
		error = failed_at(&l->base, l->folder);
	if (!error)
		return &l->base;
	snprintf(why, bytes, "%s", l->base.why);
	free(l);
	return NULL;
}
