/* SPDX-License-Identifier: MIT */
/*
 * The target that is a simulated machine in the process of the case: the reference's own programs
 * on virtual time. System calls have the numbers of i386, as the documented examples do.
 *
 * Not for: simulating anything itself (sim/).
 */
#include "conformance/target/target.h"

#include "conformance/verbs.h"
#include "kmod/uapi/SEOS_syscall.h"
#include "ref/core/trail_record.h"
#include "sim/sim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define START_WALL_S    INT64_C(1767225600) /* 2026-01-01 00:00:00 UTC */
#define PROCESSES_MAX   1024
#define SETTINGS_MAX    16
#define INSTALLED_MAX   16384 /* bytes of a file put there before the case */
#define CALL_OPEN       5
#define CALL_SOCKETCALL 102
#define PARKED_PROGRAM  "/usr/sbin/parked"

struct target_process {
	char *command;
	struct sim_result result;
	pid_t pid;
	bool dies;         /* at some step; that is not called off yet */
	char terminal[64]; /* "": none */
	struct strbuf shown;
	char *both;
};

struct target_parked {
	pid_t pid;
	pid_t ppid;
	uid_t uid;
	int call;
	bool inside;
	bool kept; /* room for its record */
};

struct sim_target {
	struct target base;
	struct sim *sim;
	struct target_process processes[PROCESSES_MAX];
	size_t process_count;
	struct target_parked parked[PROCESSES_MAX];
	size_t parked_count;
};

static struct sim *sim_of(struct target *t)
{
	return ((struct sim_target *)t)->sim;
}

/* Notes what failed; error is a negated errno value or a count, which is returned. */
static int said(struct target *t, int error, const char *what)
{
	if (error < 0)
		snprintf(t->why, sizeof(t->why), "%.400s: %s", what, strerror(-error));
	return error;
}

static int unsupported(struct target *t, const char *what)
{
	snprintf(t->why, sizeof(t->why), "the simulator has no %s", what);
	return -ENOTSUP;
}

static int sim_read(struct target *t, const char *path, struct strbuf *out);
static int sim_write(struct target *t, const char *path, const void *data, size_t bytes,
		     bool append, mode_t mode);
static int sim_mkdir(struct target *t, const char *path, mode_t mode);

/* --- commands --------------------------------------------------------------------------------- */

static int sim_start(struct target *t, const struct run_options *o, const char *const *words,
		     struct target_process **out)
{
	struct sim_target *s = (struct sim_target *)t;
	struct sim_command command = {
		.argv = words, .pid = o->pid, .input = o->input, .zone = o->zone};
	const char *slash = strrchr(words[0], '/');
	struct target_process *p;
	struct strbuf b;
	int error = 0;

	if (o->host)
		return unsupported(t, "other hosts");
	if (o->terminal && *o->terminal)
		return unsupported(t, "lines typed at terminals");
	if (s->process_count == PROCESSES_MAX)
		return said(t, -EMFILE, words[0]);
	if (o->user)
		error = sim_user_find(s->sim, o->user, &command.uid);
	if (error)
		return said(t, error, o->user);
	p = &s->processes[s->process_count++];
	strbuf_init(&p->shown, TARGET_OUTPUT_MAX);
	if (o->terminal) {
		snprintf(p->terminal, sizeof(p->terminal), "/dev/pts/%zu", s->process_count);
		error = sim_mkdir(t, "/dev/pts", 0755);
		if (!error)
			error = sim_write(t, p->terminal, "", 0, false, 0620);
		command.terminal = p->terminal;
	}
	if (error)
		return error;
	if (o->dies_at)
		sim_die(s->sim, slash ? slash + 1 : words[0], o->dies_at);
	p->dies = o->dies_at;
	p->pid = sim_launch(s->sim, &command, &p->result);
	if (p->pid < 0)
		return said(t, p->pid, words[0]);
	strbuf_init(&b, TARGET_PATH_MAX);
	for (size_t i = 0; words[i]; i++)
		strbuf_addf(&b, "%s%s", i ? " " : "", words[i]);
	p->command = b.text;
	*out = p;
	return 0;
}

static pid_t sim_pid(struct target *t, const struct target_process *p)
{
	(void)t;
	return p->pid;
}

static const char *sim_shown(struct target *t, const struct target_process *p)
{
	struct target_process *own = (struct target_process *)p;

	strbuf_free(&own->shown);
	strbuf_init(&own->shown, TARGET_OUTPUT_MAX);
	if (*p->terminal)
		(void)sim_read(t, p->terminal, &own->shown);
	return own->shown.text ? own->shown.text : "";
}

static int sim_type(struct target *t, struct target_process *p, const char *lines)
{
	(void)p;
	(void)lines;
	return unsupported(t, "lines typed at terminals");
}

static const char *sim_output(struct target *t, const struct target_process *p)
{
	struct target_process *own = (struct target_process *)p;
	struct strbuf b;

	(void)t;
	strbuf_init(&b, TARGET_OUTPUT_MAX);
	strbuf_puts(&b, p->result.out);
	strbuf_puts(&b, p->result.err);
	free(own->both);
	own->both = b.text;
	return p->both;
}

static bool has_ended(const struct sim *s, const struct target_process *p)
{
	return p->result.done && !(p->result.serving && sim_process_lives(s, p->pid));
}

/* How it has ended, as wait() says it. Returns 0, or -ESRCH when that is forgotten. */
static int find_status(struct sim *s, struct target_process *p, int *status)
{
	bool killed = p->dies && sim_die(s, NULL, 0) == 0;

	p->dies = false;
	if (p->result.serving)
		return sim_process_ended(s, p->pid, status);
	*status = killed             ? SIGKILL
		  : p->result.signal ? p->result.signal
				     : (p->result.status & 0xff) << 8;
	return 0;
}

static int sim_wait(struct target *t, struct target_process *p, int deadline_s, struct result *out)
{
	struct sim *s = sim_of(t);
	int64_t until_ns = sim_boot_ns(s) + deadline_s * NS_PER_S;
	int status;

	while (!has_ended(s, p) && sim_step(s, until_ns))
		;
	if (!has_ended(s, p)) {
		sim_kill(s, p->pid, SIGKILL);
		return said(t, -ETIMEDOUT, p->command);
	}
	if (find_status(s, p, &status))
		return said(t, -ESRCH, p->command);
	*out = (struct result){
		.command = p->command,
		.exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		.out = p->result.out,
		.err = p->result.err,
		.shown = sim_shown(t, p),
	};
	return 0;
}

/* --- files ------------------------------------------------------------------------------------ */

static int sim_read(struct target *t, const char *path, struct strbuf *out)
{
	struct platform *p = sim_root(sim_of(t));
	int fd = p->ops->open(p, path, PLATFORM_READ, 0);
	char chunk[16384];
	ssize_t n = 1;

	if (fd < 0)
		return said(t, fd, path);
	while (n > 0 && !out->truncated) {
		n = p->ops->read(p, fd, chunk, sizeof(chunk), out->bytes);
		if (n > 0)
			strbuf_add(out, chunk, (size_t)n);
	}
	p->ops->close(p, fd);
	return said(t, n < 0 ? (int)n : out->truncated ? -EFBIG : 0, path);
}

static int sim_write(struct target *t, const char *path, const void *data, size_t bytes,
		     bool append, mode_t mode)
{
	struct platform *p = sim_root(sim_of(t));
	unsigned flags = PLATFORM_APPEND | PLATFORM_CREATE | (append ? 0 : PLATFORM_TRUNC);
	int fd = p->ops->open(p, path, flags, mode);
	int error = fd < 0 ? fd : bytes ? p->ops->write(p, fd, data, bytes) : 0;

	if (fd >= 0)
		p->ops->close(p, fd);
	return said(t, error, path);
}

static int sim_resize(struct target *t, const char *path, uint64_t bytes)
{
	struct platform *p = sim_root(sim_of(t));
	static const char zeros[16384];
	struct platform_stat st = {0};
	int fd = p->ops->open(p, path, PLATFORM_CREATE | PLATFORM_APPEND, 0644);
	int error = fd < 0 ? fd : p->ops->stat(p, path, &st);

	if (!error && st.size_bytes > bytes)
		error = p->ops->truncate(p, fd, bytes);
	while (!error && st.size_bytes < bytes) {
		uint64_t n = bytes - st.size_bytes;

		n = n < sizeof(zeros) ? n : sizeof(zeros);
		error = p->ops->write(p, fd, zeros, n);
		st.size_bytes += n;
	}
	if (fd >= 0)
		p->ops->close(p, fd);
	return said(t, error, path);
}

static int sim_stat(struct target *t, const char *path, struct file_info *out)
{
	struct platform *p = sim_root(sim_of(t));
	struct platform_stat st;
	int error = p->ops->stat(p, path, &st);

	if (error)
		return said(t, error, path);
	*out = (struct file_info){.is_dir = st.is_dir,
				  .mode = st.mode & 07777,
				  .uid = st.uid,
				  .size_bytes = st.size_bytes};
	return 0;
}

static int sim_delete(struct target *t, const char *path)
{
	int error = sim_remove(sim_of(t), path);

	return error == -ENOENT ? 0 : said(t, error, path);
}

static int sim_mkdir(struct target *t, const char *path, mode_t mode)
{
	struct platform *p = sim_root(sim_of(t));
	int error = p->ops->mkdir(p, path, mode);

	return error == -EEXIST ? 0 : said(t, error, path);
}

static int sim_mode(struct target *t, const char *path, mode_t mode)
{
	return said(t, sim_chmod(sim_of(t), path, mode), path);
}

/* Names as they come, to be sorted. */
struct names {
	char *names[4096];
	size_t count;
};

static int add_name(void *arg, const char *name)
{
	struct names *n = arg;

	if (n->count == sizeof(n->names) / sizeof(n->names[0]))
		return -E2BIG;
	n->names[n->count++] = memory_copied(name, strlen(name));
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int sim_list(struct target *t, const char *path, struct strbuf *out)
{
	struct platform *p = sim_root(sim_of(t));
	struct names *n = memory_zeroed(1, sizeof(*n));
	int error = p->ops->list(p, path, add_name, n);

	qsort(n->names, n->count, sizeof(n->names[0]), compare_names);
	for (size_t i = 0; i < n->count; i++) {
		strbuf_addf(out, "%s\n", n->names[i]);
		free(n->names[i]);
	}
	free(n);
	return said(t, error, path);
}

static int sim_add_user(struct target *t, const char *name, uid_t uid)
{
	uid_t known;

	if (sim_user_find(sim_of(t), name, &known) == 0)
		return said(t, known == uid ? 0 : -EEXIST, name);
	return said(t, sim_user_add(sim_of(t), uid, name), name);
}

/* --- clock ------------------------------------------------------------------------------------ */

static int sim_clock_get(struct target *t, int64_t *wall_s)
{
	*wall_s = sim_wall_ns(sim_of(t)) / NS_PER_S;
	return 0;
}

static int sim_clock_set(struct target *t, int64_t wall_s)
{
	sim_wall_set(sim_of(t), wall_s);
	return 0;
}

static int sim_clock_parse(struct target *t, const char *local, int64_t *wall_s)
{
	struct tm tm = {0};
	const char *end = strptime(local, "%Y-%m-%d %H:%M:%S", &tm);

	if (!end || *end)
		return said(t, -EINVAL, local);
	*wall_s = timegm(&tm);
	return 0;
}

static int64_t sim_now_ns(struct target *t)
{
	return sim_boot_ns(sim_of(t));
}

static int sim_pass(struct target *t, int64_t max_ns)
{
	struct sim *s = sim_of(t);
	int64_t until_ns = sim_boot_ns(s) + max_ns;

	if (!sim_step(s, until_ns) && sim_boot_ns(s) < until_ns)
		sim_advance(s, until_ns - sim_boot_ns(s));
	return 0;
}

/* --- fullness and parked callers -------------------------------------------------------------- */

static int sim_fill_mount(struct target *t, const char *mount)
{
	return said(t, sim_mount(sim_of(t), mount), mount);
}

static int fill_tell(struct target *t, const char *mount, const char *verb,
		     const char *const *arguments)
{
	const char *argv[SETTINGS_MAX + 1] = {verb};
	char reply[FILL_REPLY_MAX];
	int argc = 1;
	int status;

	while (arguments && *arguments && argc < SETTINGS_MAX)
		argv[argc++] = *arguments++;
	status = sim_fill(sim_of(t), mount, argc, argv, reply);
	if (status < 0)
		return said(t, status, mount);
	if (status > 0)
		snprintf(t->why, sizeof(t->why), "%.500s", reply);
	return status ? -EINVAL : 0;
}

static int sim_fill_set(struct target *t, const char *mount, const char *const *settings)
{
	return fill_tell(t, mount, "set", settings);
}

static int sim_fill_fault(struct target *t, const char *mount, const char *const *rule)
{
	return fill_tell(t, mount, rule ? "fault" : "clear", rule);
}

/* It is audited like any other call. */
static struct platform_audit_event parked_event(const struct target_parked *p)
{
	return (struct platform_audit_event){
		.source = (unsigned)p->pid,
		.pid = p->pid,
		.ppid = p->ppid,
		.uid = p->uid,
		.euid = p->uid,
		.abi = SEOS_ABI_I386,
		.number = (unsigned)p->call,
		.class = p->call == CALL_OPEN ? TRAIL_CLASS_OPEN : TRAIL_CLASS_IPCOPEN,
		.program = "caller",
		.path = "/tmp/parked",
	};
}

static int sim_park(struct target *t, const struct park_options *o, struct target_parked **out)
{
	struct sim_target *s = (struct sim_target *)t;
	int64_t since_ns = sim_boot_ns(s->sim) - o->since_s * NS_PER_S;
	struct platform_call call = {
		.number = o->in == PARKED_OPEN ? CALL_OPEN : CALL_SOCKETCALL,
		.pid = o->pid,
		.ppid = o->ppid ? o->ppid : 1,
		.movable = o->in == PARKED_ACCEPT,
	};
	struct platform_audit_event event;
	struct target_parked *p;
	int pid = o->user ? sim_user_find(s->sim, o->user, &call.uid) : 0;

	if (pid)
		return said(t, pid, o->user);
	if (o->threads)
		return unsupported(t, "threads");
	if (s->parked_count == PROCESSES_MAX)
		return said(t, -EMFILE, "parked callers");
	snprintf(call.program, sizeof(call.program), "%s",
		 o->program ? o->program : PARKED_PROGRAM);
	pid = sim_call_enter(s->sim, &call, since_ns);
	if (pid < 0)
		return said(t, pid, call.program);
	p = &s->parked[s->parked_count++];
	*p = (struct target_parked){.pid = pid,
				    .ppid = call.ppid,
				    .uid = call.uid,
				    .call = call.number,
				    .inside = true};
	event = parked_event(p);
	p->kept = sim_audit_begin(s->sim, &event) > 0;
	*out = p;
	return 0;
}

static pid_t sim_parked_pid(struct target *t, const struct target_parked *p)
{
	(void)t;
	return p->pid;
}

static pid_t sim_parked_ppid(struct target *t, const struct target_parked *p)
{
	(void)t;
	return p->ppid;
}

static int sim_parked_call(struct target *t, const struct target_parked *p)
{
	(void)t;
	return p->call;
}

static bool sim_parked_inside(struct target *t, const struct target_parked *p)
{
	(void)t;
	return p->inside;
}

/* The call has ended with a result. */
static void end_parked(struct target *t, struct target_parked *p, int64_t result)
{
	struct platform_audit_event e = parked_event(p);

	e.result = result;
	(void)sim_audit_end(sim_of(t), &e, p->kept);
	sim_call_leave(sim_of(t), p->pid);
	p->inside = false;
}

static int sim_unpark(struct target *t, struct target_parked *p)
{
	end_parked(t, p, 3);
	return 0;
}

/* A parked caller, which is no process of the simulated machine, dies of any signal. */
static int sim_signal(struct target *t, pid_t pid, int signal)
{
	struct sim_target *s = (struct sim_target *)t;

	for (size_t i = 0; signal && i < s->parked_count; i++) {
		if (s->parked[i].pid == pid && s->parked[i].inside) {
			end_parked(t, &s->parked[i], -EINTR);
			return 0;
		}
	}
	if (!sim_process_lives(s->sim, pid))
		return said(t, -ESRCH, "no such process");
	return signal ? said(t, sim_kill(s->sim, pid, signal), "signal") : 0;
}

/* --- the target ------------------------------------------------------------------------------- */

static void sim_close(struct target *t)
{
	struct sim_target *s = (struct sim_target *)t;

	sim_free(s->sim); /* first, as it may still write to results */
	for (size_t i = 0; i < s->process_count; i++) {
		sim_result_free(&s->processes[i].result);
		free(s->processes[i].command);
		free(s->processes[i].both);
		strbuf_free(&s->processes[i].shown);
	}
	free(s);
}

static int sim_no_host(struct target *t, const char *name)
{
	(void)name;
	return unsupported(t, "other hosts");
}

static int sim_no_line(struct target *t, const char *name, const struct line_options *o)
{
	(void)o;
	return sim_no_host(t, name);
}

static int sim_no_network(struct target *t, const char *host, uint16_t port, unsigned count)
{
	(void)port;
	(void)count;
	return sim_no_host(t, host);
}

static const struct target_ops sim_ops = {
	.start = sim_start,
	.pid = sim_pid,
	.output = sim_output,
	.shown = sim_shown,
	.type = sim_type,
	.wait = sim_wait,
	.kill = sim_signal,
	.read = sim_read,
	.write = sim_write,
	.resize = sim_resize,
	.stat = sim_stat,
	.remove = sim_delete,
	.mkdir = sim_mkdir,
	.chmod = sim_mode,
	.list = sim_list,
	.host_add = sim_no_host,
	.host_cut = sim_no_host,
	.host_line = sim_no_line,
	.connect_silent = sim_no_network,
	.user_add = sim_add_user,
	.clock_get = sim_clock_get,
	.clock_set = sim_clock_set,
	.clock_parse = sim_clock_parse,
	.now_ns = sim_now_ns,
	.step = sim_pass,
	.fill_mount = sim_fill_mount,
	.fill_set = sim_fill_set,
	.fill_fault = sim_fill_fault,
	.park = sim_park,
	.parked_pid = sim_parked_pid,
	.parked_ppid = sim_parked_ppid,
	.parked_call = sim_parked_call,
	.parked_inside = sim_parked_inside,
	.unpark = sim_unpark,
	.close = sim_close,
};

/* Makes a folder and those above it. */
static int make_folders(struct target *t, const char *path)
{
	char part[TARGET_PATH_MAX];
	int error = 0;

	for (const char *slash = strchr(path + 1, '/'); !error; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s",
			 slash ? (int)(slash - path) : TARGET_PATH_MAX - 1, path);
		error = sim_mkdir(t, part, 0755);
		if (!slash)
			break;
	}
	return error;
}

/* The settings the reference is installed with, zero-terminated. */
__asm__(".pushsection .rodata\n"
	"installed_seos_ini:\n.incbin \"ref/etc/seos.ini\"\n.byte 0\n"
	".popsection\n");
extern const char installed_seos_ini[];

/* The state folders of the profile exist and the settings are there, as after installation. */
static int install(struct target *t)
{
	const char *folders = profile_get(t->profile, "target", "state");
	int error = 0;

	while (folders && *folders && !error) {
		size_t n = strcspn(folders, " ");
		char *path = memory_copied(folders, n);

		error = make_folders(t, path);
		free(path);
		folders += n + strspn(folders + n, " ");
	}
	if (!error)
		error = sim_write(t, "/opt/CA/PAMSC/seos.ini", installed_seos_ini,
				  strlen(installed_seos_ini), false, 0644);
	return error;
}

struct target *sim_open(const struct profile *profile, uint64_t seed, char *why, size_t bytes)
{
	struct sim_target *s = memory_zeroed(1, sizeof(*s));

	s->base = (struct target){.ops = &sim_ops, .profile = profile, .seed = seed};
	s->sim = sim_new(seed, START_WALL_S);
	if (!s->sim) {
		snprintf(why, bytes, "the simulator has no memory");
	} else if (install(&s->base)) {
		snprintf(why, bytes, "%s", s->base.why);
		sim_free(s->sim);
	} else {
		return &s->base;
	}
	free(s);
	return NULL;
}
