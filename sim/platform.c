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

#define SPAWN_LATENCY_NS INT64_C(500000) /* or none at all, by the seed */

/* Clock */

static int64_t op_wall_ns(struct platform *p)
{
	return sim_wall_ns(sim_self(p)->sim);
}

/* Nothing that a dead process waits for is still to come. */
static int64_t op_boot_ns(struct platform *p)
{
	return sim_self(p)->dead ? INT64_MAX / 2 : sim_self(p)->sim->now_ns;
}

static int op_local_time(struct platform *p, int64_t wall_s, struct tm *out)
{
	const char *zone = sim_self(p)->zone;
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

/* Identity */

static pid_t op_pid(struct platform *p)
{
	return sim_self(p)->pid;
}

static uid_t op_uid(struct platform *p)
{
	return sim_self(p)->uid;
}

static int op_user_name(struct platform *p, uid_t uid, char *out, size_t bytes)
{
	const struct sim *s = sim_self(p)->sim;

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
	return sim_user_find(sim_self(p)->sim, name, out);
}

/* Each user has a group of his name and number, and is in no other. */
static int op_group_id(struct platform *p, const char *group, gid_t *out)
{
	return sim_user_find(sim_self(p)->sim, group, out);
}

static bool op_in_group(struct platform *p, const char *group)
{
	uid_t uid;

	return !sim_user_find(sim_self(p)->sim, group, &uid) && sim_self(p)->uid == uid;
}

static int op_host_name(struct platform *p, char *out, size_t bytes)
{
	(void)p;
	return snprintf(out, bytes, "sim") >= (int)bytes ? -ENAMETOOLONG : 0;
}

static int op_boot_id(struct platform *p, char *out, size_t bytes)
{
	int n = snprintf(out, bytes, "sim-boot-%u", sim_self(p)->sim->boots);

	return n < 0 || (size_t)n >= bytes ? -ENAMETOOLONG : 0;
}

static int op_session(struct platform *p, pid_t pid, struct platform_session *out)
{
	const struct sim_process *other = sim_process_by_pid(sim_self(p)->sim, pid);

	if (!other)
		return -ESRCH;
	*out = (struct platform_session){.start_s = other->start_wall_s, .leader = other->sid};
	return 0;
}

/* Processes */

/* The words of a program the machine knows; those of a script have its interpreter in front. */
static int spawn_words(const struct sim_process *me, const char *const *words,
		       char interpreter[PLATFORM_NAME_MAX], const char **argv)
{
	char within[PLATFORM_PATH_MAX];
	const struct sim_file *f = sim_file_find(me->sim, sim_path(me, words[0], within));
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

static void take_environment(struct sim_process *p, const char *const *env)
{
	size_t n = 0;

	p->environment[0] = '\0';
	for (; *env && n < sizeof(p->environment); env++)
		n += (size_t)snprintf(p->environment + n, sizeof(p->environment) - n, "%s\n", *env);
}

static int op_spawn(struct platform *p, const struct platform_spawn *what, pid_t *pid)
{
	struct sim_process *me = sim_self(p);
	const char *argv[PLATFORM_ARGS_MAX] = {NULL};
	const struct sim_command command = {.argv = argv, .uid = me->uid, .session = me->sid};
	char interpreter[PLATFORM_NAME_MAX];
	struct sim_process *child;
	int error = spawn_words(me, what->argv, interpreter, argv);

	if (!error && what->folder)
		error = sim_enter(me, what->folder);
	if (error)
		return error;
	if (sim_dies(me))
		return -EIO;
	child = sim_process_new(me->sim, &command, me->pid);
	if (!child)
		return -ENOMEM;
	child->start_wall_s = me->start_wall_s;
	if (what->input)
		snprintf(child->input, sizeof(child->input), "%s%s", child->root, what->input);
	child->shares_output = what->shares_output;
	child->umask = what->umask ? what->umask : child->umask;
	if (what->folder)
		snprintf(child->folder, sizeof(child->folder), "%s", what->folder);
	if (what->env)
		take_environment(child, what->env);
	if (what->output)
		snprintf(child->output, sizeof(child->output), "%s%s", child->root, what->output);
	*pid = child->pid;
	error = sim_event_add(
		me->sim,
		&(struct sim_event){.at_ns = me->sim->now_ns +
					     (sim_random(me->sim, 2) ? SPAWN_LATENCY_NS : 0) +
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
	struct sim *s = sim_self(p)->sim;
	pid_t leader =
		pid < 0 ? -pid
			: pid; /* a group is its leader: spawned commands have no children here */
	const struct sim_process *target = sim_process_by_pid(s, leader);

	if (!target)
		return -ESRCH;
	if (sim_self(p)->uid != 0 && sim_self(p)->uid != target->uid)
		return -EPERM;
	if (signal == 0)
		return 0;
	return sim_event_add(
		s, &(struct sim_event){.at_ns = s->now_ns +
						(sim_self(p) == s->root ? 0 : sim_delay(s)),
				       .kind = SIM_SIGNAL,
				       .pid = leader,
				       .number = signal});
}

static int op_wait_gone(struct platform *p, pid_t pid, int64_t timeout_ns, int *wait_status)
{
	struct sim *s = sim_self(p)->sim;
	int64_t end_ns = s->now_ns + timeout_ns;
	int error = 0;

	sim_self(p)->awaited = pid;
	while (sim_process_there(s, pid) && !error)
		error = sim_wait(sim_self(p), end_ns) ? 0 : -ETIMEDOUT;
	sim_self(p)->awaited = 0;
	if (error)
		return error;
	if (!wait_status)
		return 0;
	if (sim_process_ended(s, pid, wait_status))
		*wait_status = -1;
	return 0;
}

/* The loop */

static int op_timer(struct platform *p, unsigned id, int64_t delay_ns)
{
	struct sim_process *me = sim_self(p);

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
	sim_self(p)->leaving = true;
	sim_self(p)->status = status;
}

/* Secrets. A simulated machine has no terminals, and nobody on it a password. */

/* The same in each run of a seed, so that nothing depends on what it is. */
static int op_secret_make(struct platform *p, void *out, size_t bytes)
{
	unsigned char *each = out;

	if (bytes > 256)
		return -EINVAL;
	for (size_t i = 0; i < bytes; i++)
		each[i] = (unsigned char)sim_random(sim_self(p)->sim, 256);
	return 0;
}

static ssize_t op_secret_read(struct platform *p, const char *prompt, unsigned limit_s, char *out,
			      size_t bytes)
{
	(void)p;
	(void)prompt;
	(void)limit_s;
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
	.open = sim_op_open,
	.read = sim_op_read,
	.write = sim_op_write,
	.truncate = sim_op_truncate,
	.sync = sim_op_sync,
	.close = sim_op_close,
	.stat = sim_op_stat,
	.lstat = sim_op_stat, /* there are no links */
	.space = sim_op_space,
	.rename = sim_op_rename,
	.unlink = sim_op_unlink,
	.mkdir = sim_op_mkdir,
	.rmdir = sim_op_rmdir,
	.chown = sim_op_chown,
	.sync_dir = sim_op_sync_dir,
	.list = sim_op_list,
	.database_uri = sim_op_database_uri,
	.lock = sim_op_lock,
	.lock_owner = sim_op_lock_owner,
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
	.secret_make = op_secret_make,
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
	.serve = sim_op_serve,
	.request = sim_op_request,
	.notify = sim_op_notify,
	.reply = sim_op_reply,
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
