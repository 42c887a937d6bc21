/* SPDX-License-Identifier: MIT */
/*
 * The simulated target: the reference's own programs on the machine of sim/, in this process.
 * Commands are found by their name alone; time is virtual, so nothing here waits. Not for:
 * behaviour of the machine (sim/) or of the programs (ref/).
 */
#include "sim/sim.h"
#include "conformance/target/target.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define HARNESS_PID     200
#define SIM_CALL_OPEN   5 /* the simulated kernel numbers calls as i386 does */
#define SIM_CALL_ACCEPT 102
#define SIM_START_S                                                                                \
	INT64_C(1222256334) /* the machine starts on the day of the documented examples */

/* The reference as installed. */
#define INSTALLED(name, file)                                                                      \
	__asm__(".pushsection .rodata\n" #name ":\n.incbin \"" file "\"\n.byte 0\n.popsection\n"); \
	extern const char name[]
INSTALLED(sim_installed_seos_ini, "ref/etc/seos.ini");

struct target_process {
	struct target_process *next;
	pid_t pid;
	bool ended;
	int wait_status;
	char *command;
	struct sim_result result;
};

struct target_parked {
	struct target_parked *next;
	struct platform_call call;
	bool inside;
};

struct sim_target {
	struct target base; /* first */
	struct sim *sim;
	struct target_process *processes;
	struct target_parked *parked;
	pid_t next_parked_pid;
};

static struct sim_target *sim_target(struct target *t)
{
	return (struct sim_target *)t;
}

static struct platform *root(struct target *t)
{
	return sim_root(sim_target(t)->sim);
}

static int fail(struct target *t, int error, const char *what, const char *about)
{
	snprintf(t->why, sizeof(t->why), "%s %s: %s", what, about, strerror(-error));
	return error;
}

/* --- commands */

static char *command_line(const char *const *words)
{
	struct strbuf text;

	strbuf_init(&text, PLATFORM_MESSAGE_MAX);
	for (size_t i = 0; words[i]; i++)
		strbuf_addf(&text, "%s%s", i ? " " : "", words[i]);
	return text.text;
}

static int sim_start(struct target *t, const struct run_options *o, const char *const *words,
		     struct target_process **out)
{
	static const struct run_options as_harness;
	struct sim_target *st = sim_target(t);
	struct sim_command command = {.argv = words};
	struct target_process *p;
	int error = 0;

	o = o ? o : &as_harness;
	command.pid = o->pid;
	command.session = o->session ? 0 : HARNESS_PID;
	command.session_s = o->session ? 0 : SIM_START_S;
	if (o->host || o->input)
		return fail(t, -ENOTSUP, "hosts and standard input for", words[0]);
	if (o->pid && sim_process_lives(st->sim, o->pid))
		return fail(t, -EEXIST, "PID taken, for", words[0]);
	if (o->user)
		error = sim_user_find(st->sim, o->user, &command.uid);
	if (error)
		return fail(t, error, "user", o->user);
	p = memory_zeroed(1, sizeof(*p));
	p->command = command_line(words);
	p->next = st->processes;
	st->processes = p;
	error = sim_run(st->sim, &command, &p->result);
	if (error)
		return fail(t, error, "running", words[0]);
	p->pid = p->result.serving;
	p->ended = p->pid == 0;
	p->wait_status = (p->result.status & 0xff) << 8;
	*out = p;
	return 0;
}

static pid_t sim_pid(struct target *t, const struct target_process *p)
{
	(void)t;
	return p->pid;
}

static const char *sim_output(struct target *t, const struct target_process *p)
{
	(void)t;
	return p->result.out;
}

static int sim_wait(struct target *t, struct target_process *p, int deadline_s, struct result *out)
{
	struct sim *s = sim_target(t)->sim;
	int64_t end_ns = sim_boot_ns(s) + deadline_s * NS_PER_S;

	while (!p->ended && sim_process_lives(s, p->pid)) {
		if (!sim_step(s, end_ns)) {
			sim_kill(s, p->pid, SIGKILL);
			return fail(t, -ETIMEDOUT, "waiting for the end of", p->command);
		}
	}
	if (!p->ended && sim_process_ended(s, p->pid, &p->wait_status))
		return fail(t, -ESRCH, "exit status of", p->command);
	p->ended = true;
	*out = (struct result){
		.command = p->command,
		.exit_status = WIFEXITED(p->wait_status) ? WEXITSTATUS(p->wait_status) : -1,
		.signal = WIFSIGNALED(p->wait_status) ? WTERMSIG(p->wait_status) : 0,
		.out = p->result.out,
		.err = p->result.err,
		.truncated = p->result.out_bytes > TARGET_OUTPUT_MAX ||
			     p->result.err_bytes > TARGET_OUTPUT_MAX,
	};
	return 0;
}

static int sim_signal(struct target *t, pid_t pid, int signal)
{
	int error = sim_kill(sim_target(t)->sim, pid, signal);

	return error ? fail(t, error, "signalling", "a process") : 0;
}

/* --- files */

static int sim_read(struct target *t, const char *path, struct strbuf *out)
{
	struct platform *p = root(t);
	char chunk[4096];
	uint64_t at = 0;
	ssize_t n;
	int fd = p->ops->open(p, path, PLATFORM_READ, 0);

	if (fd < 0)
		return fail(t, fd, "reading", path);
	while ((n = p->ops->read(p, fd, chunk, sizeof(chunk), at)) > 0) {
		strbuf_add(out, chunk, (size_t)n);
		at += (uint64_t)n;
	}
	p->ops->close(p, fd);
	return n < 0 ? fail(t, (int)n, "reading", path) : 0;
}

static int sim_write(struct target *t, const char *path, const void *data, size_t bytes,
		     bool append, mode_t mode)
{
	struct platform *p = root(t);
	unsigned flags = PLATFORM_APPEND | PLATFORM_CREATE | (append ? 0 : PLATFORM_TRUNC);
	int fd = p->ops->open(p, path, flags, mode);
	int error;

	if (fd < 0)
		return fail(t, fd, "writing", path);
	error = p->ops->write(p, fd, data, bytes);
	p->ops->close(p, fd);
	return error ? fail(t, error, "writing", path) : 0;
}

static int sim_resize(struct target *t, const char *path, uint64_t bytes)
{
	struct platform *p = root(t);
	int fd = p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE, 0600);
	int error;

	if (fd < 0)
		return fail(t, fd, "resizing", path);
	error = p->ops->truncate(p, fd, bytes);
	p->ops->close(p, fd);
	return error ? fail(t, error, "resizing", path) : 0;
}

static int sim_stat(struct target *t, const char *path, struct file_info *out)
{
	struct platform_stat stat;
	int error = root(t)->ops->stat(root(t), path, &stat);

	if (error)
		return fail(t, error, "looking at", path);
	*out = (struct file_info){stat.is_dir, stat.mode, stat.uid, stat.size_bytes};
	return 0;
}

static int sim_remove_path(struct target *t, const char *path)
{
	int error = sim_remove(sim_target(t)->sim, path);

	return error ? fail(t, error, "removing", path) : 0;
}

static int sim_mkdir(struct target *t, const char *path, mode_t mode)
{
	int error = root(t)->ops->mkdir(root(t), path, mode);

	return error && error != -EEXIST ? fail(t, error, "making", path) : 0;
}

static int sim_set_mode(struct target *t, const char *path, mode_t mode)
{
	int error = sim_chmod(sim_target(t)->sim, path, mode);

	return error ? fail(t, error, "changing the mode of", path) : 0;
}

struct names {
	char *name[512];
	size_t count;
};

static int add_name(void *arg, const char *name)
{
	struct names *names = arg;

	if (names->count == sizeof(names->name) / sizeof(names->name[0]))
		return -ENOSPC;
	names->name[names->count++] = memory_copied(name, strlen(name));
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int sim_list(struct target *t, const char *path, struct strbuf *out)
{
	struct names names = {.count = 0};
	int error = root(t)->ops->list(root(t), path, add_name, &names);

	qsort(names.name, names.count, sizeof(names.name[0]), by_name);
	for (size_t i = 0; i < names.count; i++) {
		strbuf_addf(out, "%s\n", names.name[i]);
		free(names.name[i]);
	}
	return error ? fail(t, error, "listing", path) : 0;
}

static int sim_user(struct target *t, const char *name, uid_t uid)
{
	uid_t there;

	if (!sim_user_find(sim_target(t)->sim, name, &there))
		return there == uid ? 0 : fail(t, -EEXIST, "adding the user", name);
	return sim_user_add(sim_target(t)->sim, uid, name);
}

/* --- time */

static int sim_clock_get(struct target *t, int64_t *wall_s)
{
	*wall_s = sim_wall_ns(sim_target(t)->sim) / NS_PER_S;
	return 0;
}

static int sim_clock_set(struct target *t, int64_t wall_s)
{
	sim_wall_set(sim_target(t)->sim, wall_s);
	return 0;
}

static int sim_clock_parse(struct target *t, const char *local, int64_t *wall_s)
{
	struct tm parts = {0};
	const char *end = strptime(local, "%Y-%m-%d %H:%M:%S", &parts);

	if (!end || *end)
		return fail(t, -EINVAL, "reading the time", local);
	*wall_s = timegm(&parts);
	return 0;
}

static int64_t sim_now_ns(struct target *t)
{
	return sim_boot_ns(sim_target(t)->sim);
}

static int sim_pass(struct target *t, int64_t max_ns)
{
	struct sim *s = sim_target(t)->sim;
	int64_t end_ns = sim_boot_ns(s) + max_ns;

	if (!sim_step(s, end_ns))
		sim_advance(s, end_ns - sim_boot_ns(s));
	return 0;
}

/* --- disks and the kernel extension */

static int sim_fill_mount(struct target *t, const char *mount)
{
	int error = sim_mkdir(t, mount, 0700);

	if (!error)
		error = sim_mount(sim_target(t)->sim, mount);
	return error ? fail(t, error, "mounting", mount) : 0;
}

static int sim_fill_set(struct target *t, const char *mount, const char *const *settings)
{
	const char *argv[TARGET_ARGS_MAX + 1] = {"set"};
	char reply[FILL_REPLY_MAX];
	int argc = 1;
	int status;

	while (settings[argc - 1] && argc < TARGET_ARGS_MAX) {
		argv[argc] = settings[argc - 1];
		argc++;
	}
	status = sim_fill(sim_target(t)->sim, mount, argc, argv, reply);
	if (status == 0)
		return 0;
	snprintf(t->why, sizeof(t->why), "fillctl %s: %.400s", mount,
		 status < 0 ? "nothing is mounted there" : reply);
	return -EINVAL;
}

static int sim_park(struct target *t, const struct park_options *o, struct target_parked **out)
{
	struct sim_target *st = sim_target(t);
	const char *program = o->program ? o->program : "/usr/bin/conform";
	struct target_parked *p = memory_zeroed(1, sizeof(*p));
	int error = 0;

	p->next = st->parked;
	st->parked = p;
	p->inside = true;
	p->call = (struct platform_call){
		.number = o->in == PARKED_OPEN ? SIM_CALL_OPEN : SIM_CALL_ACCEPT,
		.pid = o->pid ? o->pid : st->next_parked_pid++,
		.ppid = o->orphan ? 1 : HARNESS_PID,
		.movable = o->in == PARKED_ACCEPT,
	};
	snprintf(p->call.program, sizeof(p->call.program), "%s", program);
	if (o->user)
		error = sim_user_find(st->sim, o->user, &p->call.uid);
	if (!error)
		error = sim_call_enter(st->sim, &p->call,
				       sim_boot_ns(st->sim) - o->since_s * NS_PER_S);
	*out = p;
	return error ? fail(t, error, "parking", program) : 0;
}

static pid_t sim_parked_pid(struct target *t, const struct target_parked *p)
{
	(void)t;
	return p->call.pid;
}

static pid_t sim_parked_ppid(struct target *t, const struct target_parked *p)
{
	(void)t;
	return p->call.ppid;
}

static int sim_parked_call(struct target *t, const struct target_parked *p)
{
	(void)t;
	return p->call.number;
}

static bool sim_parked_inside(struct target *t, const struct target_parked *p)
{
	(void)t;
	return p->inside;
}

static int sim_unpark(struct target *t, struct target_parked *p)
{
	sim_call_leave(sim_target(t)->sim, p->call.pid);
	p->inside = false;
	return 0;
}

/* --- the target */

static void sim_close(struct target *t)
{
	struct sim_target *st = sim_target(t);

	while (st->processes) {
		struct target_process *p = st->processes;

		st->processes = p->next;
		sim_result_free(&p->result);
		free(p->command);
		free(p);
	}
	while (st->parked) {
		struct target_parked *p = st->parked;

		st->parked = p->next;
		free(p);
	}
	sim_free(st->sim);
	free(st);
}

static const struct target_ops sim_ops = {
	.start = sim_start,
	.pid = sim_pid,
	.output = sim_output,
	.wait = sim_wait,
	.kill = sim_signal,
	.read = sim_read,
	.write = sim_write,
	.resize = sim_resize,
	.stat = sim_stat,
	.remove = sim_remove_path,
	.mkdir = sim_mkdir,
	.chmod = sim_set_mode,
	.list = sim_list,
	.user_add = sim_user,
	.clock_get = sim_clock_get,
	.clock_set = sim_clock_set,
	.clock_parse = sim_clock_parse,
	.now_ns = sim_now_ns,
	.step = sim_pass,
	.fill_mount = sim_fill_mount,
	.fill_set = sim_fill_set,
	.park = sim_park,
	.parked_pid = sim_parked_pid,
	.parked_ppid = sim_parked_ppid,
	.parked_call = sim_parked_call,
	.parked_inside = sim_parked_inside,
	.unpark = sim_unpark,
	.close = sim_close,
};

struct target *sim_open(const struct profile *profile, uint64_t seed, char *why, size_t bytes)
{
	struct sim_target *st = memory_zeroed(1, sizeof(*st));

	st->base = (struct target){.ops = &sim_ops, .profile = profile, .seed = seed};
	st->next_parked_pid = 20000;
	st->sim = sim_new(seed, SIM_START_S);
	if (!st->sim || sim_write(&st->base, "/opt/CA/PAMSC/seos.ini", sim_installed_seos_ini,
				  strlen(sim_installed_seos_ini), false, 0644)) {
		snprintf(why, bytes, "the simulated machine does not start: out of memory");
		sim_close(&st->base);
		return NULL;
	}
	return &st->base;
}
