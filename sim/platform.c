/* SPDX-License-Identifier: MIT */
/*
 * What a simulated process sees of its machine: the platform door (ref/platform/platform.h) over
 * the tables of world.h. Each operation keeps the promises of the door, errors included, as linux.c
 * does; ref/platform/platform_test.c holds both to them.
 */
#include "sim/world.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_LATENCY_NS INT64_C(50000) /* at least; up to twice that, by the seed */
#define SPAWN_LATENCY_NS   INT64_C(500000)

static struct sim_process *self(struct platform *p)
{
	return (struct sim_process *)p;
}

/* Clock */

static int64_t op_wall_ns(struct platform *p)
{
	return sim_wall_ns(self(p)->sim);
}

static int64_t op_boot_ns(struct platform *p)
{
	return self(p)->sim->now_ns;
}

static int op_local_time(struct platform *p, int64_t wall_s, struct tm *out)
{
	const char *zone = self(p)->zone;
	time_t seconds = (time_t)wall_s;
	bool good;

	if (!*zone)
		return gmtime_r(&seconds, out) ? 0 : -EOVERFLOW;
	/* The rules are those of the C library, which knows one zone at a time. */
	setenv("TZ", zone, 1);
	tzset();
	good = localtime_r(&seconds, out);
	unsetenv("TZ");
	tzset();
	return good ? 0 : -EOVERFLOW;
}

/* Files */

static struct sim_fd *fd_of(struct platform *p, int fd)
{
	return fd >= 0 && fd < SIM_FDS_MAX && self(p)->fds[fd].file ? &self(p)->fds[fd] : NULL;
}

static bool may(const struct sim_process *me, const struct sim_file *f, unsigned flags)
{
	mode_t bits = f->uid == me->uid ? f->mode >> 6 : f->gid == me->uid ? f->mode >> 3 : f->mode;

	if (me->uid == 0)
		return true;
	return (!(flags & PLATFORM_READ) || bits & 4) && (!(flags & PLATFORM_APPEND) || bits & 2);
}

static int fd_new(struct sim_process *me, struct sim_file *f, unsigned flags)
{
	for (int fd = 0; fd < SIM_FDS_MAX; fd++) {
		if (me->fds[fd].file)
			continue;
		me->fds[fd] = (struct sim_fd){.file = f, .flags = flags};
		f->open_count++;
		return fd;
	}
	return -EMFILE;
}

static int op_open(struct platform *p, const char *path, unsigned flags, mode_t mode)
{
	struct sim_process *me = self(p);
	struct sim_file *f = sim_file_find(me->sim, path);
	int error = 0;

	if (flags & (PLATFORM_CREATE | PLATFORM_TRUNC) ? sim_dies(me) : me->dead)
		return -EIO;
	if (f && (flags & PLATFORM_CREATE) && (flags & PLATFORM_EXCL))
		return -EEXIST;
	if (f && f->is_dir && (flags & PLATFORM_APPEND))
		return -EISDIR;
	if (f && !may(me, f, flags))
		return -EACCES;
	if (!f && !(flags & PLATFORM_CREATE))
		return -ENOENT;
	error = sim_guard_ask(me, path, flags & PLATFORM_READ,
			      flags & (PLATFORM_APPEND | PLATFORM_TRUNC));
	if (error)
		return error;
	if (!f)
		error = sim_file_make(me->sim, path, false, mode, me->uid, &f);
	if (!error && (flags & PLATFORM_TRUNC))
		error = sim_file_resize(me->sim, f, 0);
	return error ? error : fd_new(me, f, flags);
}

static ssize_t op_read(struct platform *p, int fd, void *buffer, size_t bytes,
		       uint64_t offset_bytes)
{
	const struct sim_fd *d = fd_of(p, fd);

	return d ? sim_file_read(d->file, buffer, bytes, offset_bytes) : -EBADF;
}

static int op_write(struct platform *p, int fd, const void *data, size_t bytes)
{
	struct sim_fd *d = fd_of(p, fd);

	if (!d || !(d->flags & PLATFORM_APPEND) || self(p)->dead)
		return -EBADF;
	if (d->file->path && !strcmp(d->file->path, "/dev/null"))
		return 0;
	if (sim_dies(self(p))) {
		(void)sim_file_write(self(p)->sim, d->file, data, bytes / 2, d->file->size);
		return -EIO;
	}
	return sim_file_write(self(p)->sim, d->file, data, bytes, d->file->size);
}

static int op_truncate(struct platform *p, int fd, uint64_t size_bytes)
{
	struct sim_fd *d = fd_of(p, fd);

	if (!d || !(d->flags & PLATFORM_APPEND))
		return -EBADF;
	if (sim_dies(self(p)))
		return -EIO;
	return sim_file_resize(self(p)->sim, d->file, size_bytes);
}

static int op_sync(struct platform *p, int fd)
{
	const struct sim_fd *d = fd_of(p, fd);

	if (sim_dies(self(p)))
		return -EIO;
	return d ? sim_file_sync(self(p)->sim, d->file) : -EBADF;
}

static void op_close(struct platform *p, int fd)
{
	struct sim_fd *d = fd_of(p, fd);
	struct sim_file *f;

	if (!d)
		return;
	f = d->file;
	if (d->lock)
		f->lock_owner = NULL;
	*d = (struct sim_fd){0};
	f->open_count--;
	sim_file_release(self(p)->sim, f);
}

static int op_stat(struct platform *p, const char *path, struct platform_stat *out)
{
	struct sim *s = self(p)->sim;
	const struct sim_file *f = sim_file_find(s, path);

	if (!f)
		return -ENOENT;
	*out = (struct platform_stat){
		.is_dir = f->is_dir,
		.is_file = !f->is_dir,
		.mode = f->mode,
		.uid = f->uid,
		.gid = f->gid,
		.size_bytes = f->size,
		.device = (uint64_t)(sim_mount_of(s, path) - s->mounts) + 1,
		.mtime_s = f->mtime_s,
	};
	return 0;
}

static int op_space(struct platform *p, const char *path, struct platform_space *out)
{
	if (!sim_file_find(self(p)->sim, path))
		return -ENOENT;
	sim_mount_space(sim_mount_of(self(p)->sim, path), out);
	return 0;
}

static int op_rename(struct platform *p, const char *from, const char *to)
{
	struct sim *s = self(p)->sim;
	int error = sim_dies(self(p)) ? -EIO : sim_guard_ask(self(p), from, false, true);

	if (!error)
		error = sim_guard_ask(self(p), to, false, true);
	if (error)
		return error;
	return sim_mount_of(s, from) == sim_mount_of(s, to) ? sim_file_rename(s, from, to) : -EXDEV;
}

static int op_unlink(struct platform *p, const char *path)
{
	const struct sim_file *f = sim_file_find(self(p)->sim, path);
	int error = sim_dies(self(p)) ? -EIO : sim_guard_ask(self(p), path, false, true);

	if (error)
		return error;
	return f && f->is_dir ? -EISDIR : sim_file_unlink(self(p)->sim, path);
}

static int op_mkdir(struct platform *p, const char *path, mode_t mode)
{
	struct sim_file *made;

	if (sim_dies(self(p)))
		return -EIO;
	return sim_file_make(self(p)->sim, path, true, mode, self(p)->uid, &made);
}

static int op_rmdir(struct platform *p, const char *path)
{
	const struct sim_file *f = sim_file_find(self(p)->sim, path);

	if (sim_dies(self(p)))
		return -EIO;
	return f && !f->is_dir ? -ENOTDIR : sim_file_unlink(self(p)->sim, path);
}

static int op_chown(struct platform *p, const char *path, uid_t uid, gid_t gid)
{
	struct sim_file *f = sim_file_find(self(p)->sim, path);

	if (!f)
		return -ENOENT;
	f->uid = uid;
	f->gid = gid;
	return 0;
}

static int op_sync_dir(struct platform *p, const char *path)
{
	const struct sim_file *f = sim_file_find(self(p)->sim, path);

	if (!f)
		return -ENOENT;
	return f->is_dir ? 0 : -ENOTDIR;
}

static int op_list(struct platform *p, const char *path, int (*entry)(void *arg, const char *name),
		   void *arg)
{
	return sim_file_list(self(p)->sim, path, entry, arg);
}

static int op_database_uri(struct platform *p, const char *path, char *out, size_t bytes)
{
	int n = snprintf(out, bytes, "file:%s?vfs=%s", path, self(p)->sim->vfs_name);

	return n < 0 || (size_t)n >= bytes ? -ENAMETOOLONG : 0;
}

/* Locks */

static int write_owner(struct sim_process *me, struct sim_file *f)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%d\n", (int)me->pid);
	int error = sim_file_resize(me->sim, f, 0);

	return error ? error : sim_file_write(me->sim, f, text, (size_t)n, 0);
}

static int op_lock(struct platform *p, const char *path)
{
	int fd = op_open(p, path, PLATFORM_READ | PLATFORM_APPEND | PLATFORM_CREATE, 0600);
	struct sim_fd *d = fd_of(p, fd);
	int error;

	if (!d)
		return fd;
	error = d->file->lock_owner ? -EBUSY : write_owner(self(p), d->file);
	if (error) {
		op_close(p, fd);
		return error;
	}
	d->lock = true;
	d->file->lock_owner = self(p);
	return fd;
}

void sim_locks_name_owner(struct sim_process *p)
{
	for (int fd = 0; fd < SIM_FDS_MAX; fd++) {
		/* No memory for ten bytes that are there already cannot happen. */
		if (p->fds[fd].file && p->fds[fd].lock)
			(void)write_owner(p, p->fds[fd].file);
	}
}

static pid_t op_lock_owner(struct platform *p, const char *path)
{
	const struct sim_file *f = sim_file_find(self(p)->sim, path);

	if (f && !may(self(p), f, PLATFORM_READ))
		return -EACCES;
	return f && f->lock_owner ? f->lock_owner->pid : 0;
}

/* Identity */

static pid_t op_pid(struct platform *p)
{
	return self(p)->pid;
}

static uid_t op_uid(struct platform *p)
{
	return self(p)->uid;
}

static int op_user_name(struct platform *p, uid_t uid, char *out, size_t bytes)
{
	const struct sim *s = self(p)->sim;

	for (size_t i = 0; i < s->user_count; i++) {
		if (s->users[i].uid == uid) {
			int n = snprintf(out, bytes, "%s", s->users[i].name);

			return n < 0 || (size_t)n >= bytes ? -ENAMETOOLONG : 0;
		}
	}
	return -ENOENT;
}

static int op_user_id(struct platform *p, const char *name, uid_t *out)
{
	return sim_user_find(self(p)->sim, name, out);
}

/* Each user has a group of his name and number, and is in no other. */
static int op_group_id(struct platform *p, const char *group, gid_t *out)
{
	return sim_user_find(self(p)->sim, group, out);
}

static bool op_in_group(struct platform *p, const char *group)
{
	uid_t uid;

	return !sim_user_find(self(p)->sim, group, &uid) && self(p)->uid == uid;
}

static int op_host_name(struct platform *p, char *out, size_t bytes)
{
	(void)p;
	return snprintf(out, bytes, "sim") >= (int)bytes ? -ENAMETOOLONG : 0;
}

static int op_boot_id(struct platform *p, char *out, size_t bytes)
{
	(void)p;
	return snprintf(out, bytes, "sim-boot-1") >= (int)bytes ? -ENAMETOOLONG : 0;
}

static int op_session(struct platform *p, pid_t pid, struct platform_session *out)
{
	const struct sim_process *other = sim_process_by_pid(self(p)->sim, pid);

	if (!other)
		return -ESRCH;
	*out = (struct platform_session){.start_s = other->start_wall_s, .leader = other->sid};
	return 0;
}

/* Processes */

/* The words of a program the machine knows; those of a script have its interpreter in front. */
static int spawn_words(const struct sim *s, const char *const *words,
		       char interpreter[PLATFORM_NAME_MAX], const char **argv)
{
	const struct sim_file *f = sim_file_find(s, words[0]);
	char head[PLATFORM_NAME_MAX] = "";
	size_t n = 0;

	if (!sim_program(words[0])) {
		if (!f)
			return -ENOENT;
		if (!(f->mode & 0111))
			return -EACCES;
		(void)sim_file_read(f, head, sizeof(head) - 1, 0);
		if (strncmp(head, "#!/", 3) != 0)
			return -ENOEXEC;
		snprintf(interpreter, PLATFORM_NAME_MAX, "%.*s", (int)strcspn(head + 2, " \n"),
			 head + 2);
		if (!sim_program(interpreter))
			return -ENOENT;
		argv[n++] = interpreter;
	}
	for (; *words; words++) {
		if (n == PLATFORM_ARGS_MAX - 1)
			return -E2BIG;
		argv[n++] = *words;
	}
	return 0;
}

static int op_spawn(struct platform *p, const struct platform_spawn *what, pid_t *pid)
{
	struct sim_process *me = self(p);
	const char *argv[PLATFORM_ARGS_MAX] = {NULL};
	const struct sim_command command = {.argv = argv, .uid = me->uid, .session = me->sid};
	char interpreter[PLATFORM_NAME_MAX];
	struct sim_process *child;
	int error = spawn_words(me->sim, what->argv, interpreter, argv);

	if (error)
		return error;
	if (sim_dies(me))
		return -EIO;
	child = sim_process_new(me->sim, &command, me->pid);
	if (!child)
		return -ENOMEM;
	child->start_wall_s = me->start_wall_s;
	if (what->input)
		snprintf(child->input, sizeof(child->input), "%s", what->input);
	child->shares_output = what->shares_output;
	if (what->output)
		snprintf(child->output, sizeof(child->output), "%s", what->output);
	*pid = child->pid;
	error = sim_event_add(me->sim,
			      &(struct sim_event){.at_ns = me->sim->now_ns + SPAWN_LATENCY_NS +
							   sim_delay(me->sim),
						  .kind = SIM_START,
						  .pid = child->pid});
	if (error) {
		child->killed = true;
		sim_process_reap(me->sim, child);
	}
	return error;
}

static int op_kill(struct platform *p, pid_t pid, int signal)
{
	struct sim *s = self(p)->sim;
	pid_t leader =
		pid < 0 ? -pid
			: pid; /* a group is its leader: spawned commands have no children here */
	const struct sim_process *target = sim_process_by_pid(s, leader);

	if (!target)
		return -ESRCH;
	if (self(p)->uid != 0 && self(p)->uid != target->uid)
		return -EPERM;
	if (signal == 0)
		return 0;
	return sim_event_add(
		s, &(struct sim_event){.at_ns = s->now_ns + (self(p) == s->root ? 0 : sim_delay(s)),
				       .kind = SIM_SIGNAL,
				       .pid = leader,
				       .number = signal});
}

static int op_wait_gone(struct platform *p, pid_t pid, int64_t timeout_ns, int *wait_status)
{
	struct sim *s = self(p)->sim;
	int64_t end_ns = s->now_ns + timeout_ns;

	while (sim_process_by_pid(s, pid)) {
		if (!sim_step(s, end_ns)) {
			s->now_ns = end_ns;
			return -ETIMEDOUT;
		}
	}
	if (!wait_status)
		return 0;
	if (sim_process_ended(s, pid, wait_status))
		*wait_status = -1;
	return 0;
}

/* Messages */

static struct sim_process *server_at(const struct sim *s, const char *path)
{
	for (struct sim_process *p = s->processes; p; p = p->next) {
		for (size_t i = 0; i < sizeof(p->sockets) / sizeof(p->sockets[0]); i++) {
			if (p->sockets[i] && !strcmp(p->sockets[i], path))
				return p;
		}
	}
	return NULL;
}

static int op_serve(struct platform *p, const char *path, mode_t mode)
{
	struct sim_process *me = self(p);

	(void)mode; /* who may connect is decided by peer credentials */
	for (size_t i = 0; i < sizeof(me->sockets) / sizeof(me->sockets[0]); i++) {
		if (me->sockets[i])
			continue;
		me->sockets[i] = strdup(path);
		return me->sockets[i] ? 0 : -ENOMEM;
	}
	return -EINVAL;
}

static int send_message(struct sim_process *me, const char *path, const void *text, size_t bytes,
			bool waits, struct platform_connection **out)
{
	struct sim *s = me->sim;
	const struct sim_process *server = server_at(s, path);
	struct platform_connection *c;
	int error;

	if (sim_dies(me))
		return -EIO;
	if (bytes == 0 || bytes > PLATFORM_MESSAGE_MAX)
		return -EMSGSIZE;
	if (!server)
		return -ECONNREFUSED;
	c = calloc(1, sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->next = s->connections;
	s->connections = c;
	c->peer = (struct platform_peer){me->pid, me->uid, 0};
	c->waits = waits;
	c->bytes = bytes;
	c->text = malloc(bytes + 1);
	if (!c->text) {
		sim_connection_free(s, c);
		return -ENOMEM;
	}
	memcpy(c->text, text, bytes);
	c->text[bytes] = '\0';
	error = sim_event_add(
		s, &(struct sim_event){.at_ns = s->now_ns + MESSAGE_LATENCY_NS +
						(int64_t)sim_random(s, MESSAGE_LATENCY_NS),
				       .kind = SIM_MESSAGE,
				       .pid = server->pid,
				       .connection = c});
	if (error)
		sim_connection_free(s, c);
	*out = c;
	return error;
}

static ssize_t take_answer(const struct platform_connection *c, void *answer, size_t answer_bytes)
{
	if (!c->answer)
		return -EPIPE;
	if (c->answer_bytes > answer_bytes)
		return -EMSGSIZE;
	memcpy(answer, c->answer, c->answer_bytes);
	return (ssize_t)c->answer_bytes;
}

static ssize_t op_request(struct platform *p, const char *path, const void *text, size_t bytes,
			  void *answer, size_t answer_bytes, int64_t timeout_ns)
{
	struct sim *s = self(p)->sim;
	int64_t end_ns = s->now_ns + timeout_ns;
	struct platform_connection *c;
	ssize_t n = send_message(self(p), path, text, bytes, true, &c);

	if (n)
		return n;
	while (!c->answered && sim_step(s, end_ns))
		;
	if (!c->answered) {
		c->waits = false; /* the server's answer will go nowhere */
		s->now_ns = end_ns;
		return -ETIMEDOUT;
	}
	n = take_answer(c, answer, answer_bytes);
	sim_connection_free(s, c);
	return n;
}

static int op_notify(struct platform *p, const char *path, const void *text, size_t bytes)
{
	struct platform_connection *c;

	return send_message(self(p), path, text, bytes, false, &c);
}

static int op_reply(struct platform *p, struct platform_connection *c, const void *text,
		    size_t bytes)
{
	if (sim_dies(self(p)))
		return -EIO; /* the connection ends with the process */
	if (!c->waits) {
		sim_connection_free(self(p)->sim, c);
		return -EPIPE;
	}
	c->server = NULL;
	c->answered = true;
	if (bytes == 0 || bytes > PLATFORM_MESSAGE_MAX)
		return -EMSGSIZE;
	c->answer = malloc(bytes);
	if (!c->answer)
		return -ENOMEM;
	memcpy(c->answer, text, bytes);
	c->answer_bytes = bytes;
	return 0;
}

/* The loop */

static int op_timer(struct platform *p, unsigned id, int64_t delay_ns)
{
	struct sim_process *me = self(p);

	if (id >= PLATFORM_TIMERS_MAX)
		return -EINVAL;
	me->timer_round[id]++;
	if (delay_ns < 0)
		return 0;
	return sim_event_add(me->sim, &(struct sim_event){.at_ns = me->sim->now_ns + delay_ns,
							  .kind = SIM_TIMER,
							  .pid = me->pid,
							  .id = id,
							  .round = me->timer_round[id]});
}

static void op_leave(struct platform *p, int status)
{
	self(p)->leaving = true;
	self(p)->status = status;
}

/* Secrets. A simulated machine has no terminals, and nobody on it a password. */

static ssize_t op_secret_read(struct platform *p, const char *prompt, char *out, size_t bytes)
{
	(void)p;
	(void)prompt;
	(void)out;
	(void)bytes;
	return -ENXIO;
}

static int op_password_check(struct platform *p, const char *user, const char *host,
			     const char *password)
{
	(void)p;
	(void)user;
	(void)host;
	(void)password;
	return -ENOTSUP;
}

/* Processes share the memory of the simulator. */
static int op_memory(struct platform *p, pid_t pid, uint64_t *total_bytes, uint64_t *used_bytes)
{
	(void)p;
	(void)pid;
	(void)total_bytes;
	(void)used_bytes;
	return -ENOTSUP;
}

/* Conversations with processes of the machine, and asking many hosts: there are none. Links of
 * daemons are in network.c. */

static int op_channel_serve(struct platform *p, const char *path, mode_t mode)
{
	(void)p;
	(void)path;
	(void)mode;
	return -ENOTSUP;
}

static int op_channel_open(struct platform *p, const char *path, struct platform_channel **out)
{
	(void)p;
	(void)path;
	*out = NULL;
	return -ENOTSUP;
}

static void op_channel_close(struct platform *p, struct platform_channel *c)
{
	(void)p;
	(void)c;
}

static int op_link_ask(struct platform *p, const struct platform_link *link,
		       const struct platform_ask *asks, size_t count, int64_t timeout_ns,
		       void (*done)(void *arg, size_t index, const struct platform_asked *what),
		       void *arg)
{
	(void)p;
	(void)link;
	(void)asks;
	(void)count;
	(void)timeout_ns;
	(void)done;
	(void)arg;
	return -ENOTSUP;
}

const struct platform_ops sim_platform_ops = {
	.wall_ns = op_wall_ns,
	.boot_ns = op_boot_ns,
	.local_time = op_local_time,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.truncate = op_truncate,
	.sync = op_sync,
	.close = op_close,
	.stat = op_stat,
	.lstat = op_stat, /* there are no links */
	.space = op_space,
	.rename = op_rename,
	.unlink = op_unlink,
	.mkdir = op_mkdir,
	.rmdir = op_rmdir,
	.chown = op_chown,
	.sync_dir = op_sync_dir,
	.list = op_list,
	.database_uri = op_database_uri,
	.lock = op_lock,
	.lock_owner = op_lock_owner,
	.pid = op_pid,
	.uid = op_uid,
	.user_name = op_user_name,
	.user_id = op_user_id,
	.in_group = op_in_group,
	.group_id = op_group_id,
	.host_name = op_host_name,
	.boot_id = op_boot_id,
	.session = op_session,
	.secret_read = op_secret_read,
	.password_check = op_password_check,
	.secret_free = free,
	.memory = op_memory,
	.spawn = op_spawn,
	.kill = op_kill,
	.wait_gone = op_wait_gone,
	.channel_serve = op_channel_serve,
	.link_serve = sim_link_serve,
	.channel_open = op_channel_open,
	.channel_send = sim_channel_send,
	.channel_receive = sim_channel_receive,
	.channel_close = op_channel_close,
	.link_ask = op_link_ask,
	.link_begin = sim_link_begin,
	.serve = op_serve,
	.request = op_request,
	.notify = op_notify,
	.reply = op_reply,
	.timer = op_timer,
	.leave = op_leave,
	.kernel_status = sim_op_kernel_status,
	.kernel_monitor = sim_op_kernel_monitor,
	.kernel_calls = sim_op_kernel_calls,
	.kernel_unload_prepare = sim_op_kernel_unload_prepare,
	.events_open = sim_events_open,
	.events_next = sim_events_next,
	.events_close = sim_events_close,
	.login_begin = sim_login_begin,
	.login_of = sim_login_of,
	.login_next = sim_login_next,
	.login_forget = sim_login_forget,
	.login_leave = sim_login_leave,
	.kernel_guard = sim_op_kernel_guard,
	.kernel_silent = sim_op_kernel_silent,
	.kernel_files = sim_kernel_files,
	.kernel_load = sim_op_kernel_load,
	.kernel_unload = sim_op_kernel_unload,
	.audit_serve = sim_op_audit_serve,
	.audit_set = sim_op_audit_set,
	.audit_read = sim_op_audit_read,
	.audit_done = sim_op_audit_done,
	.audit_rewind = sim_op_audit_rewind,
	.audit_names = sim_op_audit_names,
};
