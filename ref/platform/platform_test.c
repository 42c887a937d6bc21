/* SPDX-License-Identifier: MIT */
/*
 * The contract of the platform door, held against every implementation: the same two programs, a
 * client that checks each promise of platform.h and a daemon that it talks to, run on this machine
 * and on a simulated one. A port to another UNIX passes this first.
 */
#include "ref/core/trail_record.h"
#include "ref/platform/platform.h"
#include "sim/shell.h"
#include "sim/sim.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define AUDITED "audited" /* what audited calls are about */

/* What is different between machines. */
static void (*make_call)(struct platform *p, const char *path);
static bool has_extension;   /* for certain */
static bool calls_are_alone; /* nobody else makes audited calls */
static pid_t contract_pid;   /* of who makes them; 0 in the daemon of a real machine */

/* --- the daemon */

struct contractd {
	unsigned audit_wakes;
	struct platform_connection *later;
	struct platform_connection *of_child;
	int hangups;
	const char *folder;
};

enum { TIMER_LATER, TIMER_NEVER };

static struct contractd daemon_state;

static int contractd_main(struct program_run *run, int argc, char **argv)
{
	if (argc != 2)
		return EXIT_USAGE;
	daemon_state = (struct contractd){.folder = argv[1]};
	run->state = &daemon_state;
	return PROGRAM_SERVE;
}

/* Valid to the end of the enclosing block. */
#define in_folder(folder, name) in_folder_at((char[PLATFORM_PATH_MAX]){0}, folder, name)
static const char *in_folder_at(char *path, const char *folder, const char *name)
{
	snprintf(path, PLATFORM_PATH_MAX, "%s/%s", folder, name);
	return path;
}

static int contractd_start(struct program_run *run)
{
	const struct contractd *d = run->state;
	struct platform *p = run->platform;

	if (p->ops->lock(p, in_folder(d->folder, "pid")) < 0)
		return EXIT_REFUSED;
	return p->ops->serve(p, in_folder(d->folder, "socket"), 0666) ? EXIT_REFUSED : EXIT_DONE;
}

static void answer(struct platform *p, struct platform_connection *c, const char *text)
{
	p->ops->reply(p, c, text, strlen(text));
}

/* Those of the calls made for this test: "N FIRST LAST", how many and their numbers. */
static void answer_audit_read(struct platform *p, struct platform_connection *c)
{
	static struct platform_audit_event events[16];
	uint64_t first = 0, last = 0;
	unsigned found = 0;
	char said[64];
	int n;

	while ((n = p->ops->audit_read(p, events, 16)) > 0) {
		for (int i = 0; i < n; i++) {
			if (!strstr(events[i].path, AUDITED) || events[i].lost)
				continue;
			assert_int_equal(events[i].class, TRAIL_CLASS_CREATE);
			assert_true(!contract_pid || events[i].pid == contract_pid);
			assert_true(!found || events[i].sequence > last);
			first = found++ ? first : events[i].sequence;
			last = events[i].sequence;
		}
	}
	assert_int_equal(n, 0);
	snprintf(said, sizeof(said), "%u %" PRIu64 " %" PRIu64, found, first, last);
	answer(p, c, said);
}

static int audit_set_classes(struct platform *p, unsigned classes)
{
	const struct platform_audit_settings settings = {
		.classes = classes, .success = true, .failure = true};

	return p->ops->audit_set(p, &settings);
}

/* Operations of the door by their names, of which the answer is the result. */
static void contractd_audit_message(struct program_run *run, struct platform_connection *c,
				    const char *what)
{
	struct platform *p = run->platform;
	const struct contractd *d = run->state;
	const struct platform_audit_name *names;
	uint64_t origin;
	char said[64];
	int result = 0;

	if (!strcmp(what, "read")) {
		answer_audit_read(p, c);
		return;
	}
	if (!strcmp(what, "serve"))
		result = p->ops->audit_serve(p, &origin);
	else if (!strcmp(what, "on"))
		result = audit_set_classes(p, 1U << TRAIL_CLASS_CREATE);
	else if (!strcmp(what, "off"))
		result = audit_set_classes(p, 0);
	else if (!strcmp(what, "done"))
		result = p->ops->audit_done(p);
	else if (!strcmp(what, "rewind"))
		result = p->ops->audit_rewind(p);
	else if (!strcmp(what, "names"))
		result = (int)p->ops->audit_names(p, &names);
	else
		result = (int)d->audit_wakes;
	snprintf(said, sizeof(said), "%d", result);
	answer(p, c, said);
}

static void contractd_audit(struct program_run *run)
{
	struct contractd *d = run->state;

	d->audit_wakes++;
}

static void contractd_message(struct program_run *run, struct platform_connection *c,
			      const struct platform_peer *peer, const char *text, size_t bytes)
{
	static const char *const child[] = {"/bin/sh", "-c", "exit 0", NULL};
	struct platform *p = run->platform;
	struct contractd *d = run->state;
	char said[64];
	pid_t pid;

	assert_int_equal(strlen(text), bytes);
	if (!strcmp(text, "who")) {
		snprintf(said, sizeof(said), "%d %d", (int)peer->pid, (int)peer->uid);
		answer(p, c, said);
	} else if (!strcmp(text, "later")) {
		d->later = c;
		p->ops->timer(p, TIMER_NEVER, 50 * NS_PER_MS);
		p->ops->timer(p, TIMER_NEVER, -1);
		p->ops->timer(p, TIMER_LATER, 100 * NS_PER_MS);
	} else if (!strcmp(text, "hangups")) {
		snprintf(said, sizeof(said), "%d", d->hangups);
		answer(p, c, said);
	} else if (!strcmp(text, "child")) {
		d->of_child = c;
		if (p->ops->spawn(p, &(struct platform_spawn){.argv = child}, &pid))
			answer(p, c, "no child");
	} else if (!strncmp(text, "audit ", 6)) {
		contractd_audit_message(run, c, text + 6);
	} else if (!strcmp(text, "leave")) {
		answer(p, c, "leaving");
		p->ops->leave(p, EXIT_DONE);
	} else if (!strcmp(text, "die")) {
		p->ops->kill(p, p->ops->pid(p), SIGKILL);
	}
	/* Anything else is never answered. */
}

static void contractd_timer(struct program_run *run, unsigned id)
{
	struct contractd *d = run->state;

	answer(run->platform, d->later, id == TIMER_LATER ? "later" : "stopped timer fired");
}

static void contractd_child(struct program_run *run, pid_t pid, int wait_status)
{
	struct contractd *d = run->state;
	char said[64];

	(void)pid;
	snprintf(said, sizeof(said), "child ended with %d", WEXITSTATUS(wait_status));
	answer(run->platform, d->of_child, said);
}

static void contractd_signal(struct program_run *run, int signal)
{
	struct contractd *d = run->state;

	if (signal == SIGHUP)
		d->hangups++;
	else
		run->platform->ops->leave(run->platform, EXIT_DONE);
}

static void contractd_stop(struct program_run *run)
{
	run->state = NULL;
}

static const struct daemon_handlers contractd_handlers = {
	.start = contractd_start,
	.message = contractd_message,
	.timer = contractd_timer,
	.child = contractd_child,
	.audit = contractd_audit,
	.signal = contractd_signal,
	.stop = contractd_stop,
};

static const struct program contractd_program = {
	.name = "contractd",
	.main = contractd_main,
	.daemon = &contractd_handlers,
};

/* --- the client */

static int count_names(void *arg, const char *name)
{
	(void)name;
	++*(int *)arg;
	return 0;
}

static void check_files(struct platform *p, const char *folder)
{
	const char *a = in_folder(folder, "a");
	const char *b = in_folder(folder, "b");
	struct platform_stat stat;
	struct platform_space space;
	char text[16];
	int names = 0;
	int fd;

	assert_int_equal(p->ops->open(p, a, PLATFORM_READ, 0), -ENOENT);
	fd = p->ops->open(p, a, PLATFORM_READ | PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_EXCL,
			  0640);
	assert_true(fd >= 0);
	assert_int_equal(p->ops->open(p, a, PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_EXCL, 0),
			 -EEXIST);
	assert_int_equal(p->ops->write(p, fd, "0123456789", 10), 0);
	assert_int_equal(p->ops->read(p, fd, text, 4, 8), 2);
	assert_memory_equal(text, "89", 2);
	assert_int_equal(p->ops->truncate(p, fd, 4), 0);
	assert_int_equal(p->ops->write(p, fd, "x", 1), 0);
	assert_int_equal(p->ops->read(p, fd, text, sizeof(text), 0), 5);
	assert_memory_equal(text, "0123x", 5);
	assert_int_equal(p->ops->sync(p, fd), 0);
	p->ops->close(p, fd);
	assert_int_equal(p->ops->stat(p, a, &stat), 0);
	assert_int_equal(stat.size_bytes, 5);
	assert_int_equal(stat.mode, 0640);
	assert_false(stat.is_dir);
	assert_int_equal(p->ops->rename(p, a, b), 0);
	assert_int_equal(p->ops->stat(p, a, &stat), -ENOENT);
	assert_int_equal(p->ops->mkdir(p, a, 0700), 0);
	assert_int_equal(p->ops->mkdir(p, a, 0700), -EEXIST);
	assert_int_equal(p->ops->sync_dir(p, a), 0);
	assert_int_equal(p->ops->list(p, folder, count_names, &names), 0);
	assert_int_equal(names, 2);
	assert_int_equal(
		p->ops->open(p, in_folder(a, "none/x"), PLATFORM_APPEND | PLATFORM_CREATE, 0600),
		-ENOENT);
	assert_int_equal(p->ops->unlink(p, b), 0);
	assert_int_equal(p->ops->unlink(p, b), -ENOENT);
	assert_int_equal(p->ops->space(p, folder, &space), 0);
	assert_true(space.block_bytes > 0 && space.free <= space.blocks);
}

static void check_locks(struct platform *p, const char *folder)
{
	const char *path = in_folder(folder, "lock");
	int fd;

	assert_int_equal(p->ops->lock_owner(p, path), 0);
	fd = p->ops->lock(p, path);
	assert_true(fd >= 0);
	assert_int_equal(p->ops->lock_owner(p, path), p->ops->pid(p));
	assert_int_equal(p->ops->lock(p, path), -EBUSY);
	p->ops->close(p, fd);
	assert_int_equal(p->ops->lock_owner(p, path), 0);
}

static ssize_t ask(struct platform *p, const char *socket, const char *text, char said[64])
{
	ssize_t n = p->ops->request(p, socket, text, strlen(text), said, 63, 2 * NS_PER_S);

	said[n > 0 ? n : 0] = '\0';
	return n;
}

static void check_identity(struct platform *p)
{
	struct platform_session session;
	char name[PLATFORM_NAME_MAX];
	struct tm local;

	assert_int_equal(p->ops->user_name(p, 0, name, sizeof(name)), 0);
	assert_string_equal(name, "root");
	assert_int_equal(p->ops->user_name(p, 0, name, 3), -ENAMETOOLONG);
	assert_int_equal(p->ops->user_name(p, 54321, name, sizeof(name)), -ENOENT);
	assert_int_equal(p->ops->session(p, p->ops->pid(p), &session), 0);
	assert_true(session.start_s <= p->ops->wall_ns(p) / NS_PER_S + 1);
	assert_int_equal(p->ops->host_name(p, name, sizeof(name)), 0);
	assert_int_equal(p->ops->boot_id(p, name, sizeof(name)), 0);
	assert_true(name[0] != '\0');
	assert_int_equal(p->ops->local_time(p, 86400, &local), 0);
	assert_int_equal(local.tm_year, 70);
	assert_true(p->ops->boot_ns(p) > 0);
}

static void check_secrets(struct platform *p)
{
	unsigned char one[257] = {0}, other[sizeof(one)] = {0};

	assert_int_equal(p->ops->secret_make(p, one, 256), 0);
	assert_int_equal(p->ops->secret_make(p, other, 256), 0);
	assert_memory_not_equal(one, other, 256);
	assert_int_equal(one[256], 0);
	assert_int_equal(p->ops->secret_make(p, one, 257), -EINVAL);
}

/* This process begins a session and leaves it, which is its end. Where there is no extension, all
 * operations say so. */
static void check_logins(struct platform *p)
{
	struct platform_login login = {
		.id.leader = p->ops->pid(p), .label_bytes = 3, .label = "abc"};
	struct platform_events *events;
	struct platform_event event;
	uint64_t cursor = 0;
	int error = p->ops->events_open(p, PLATFORM_EVENTS_SESSION, 8192, &events);

	if (error == -ENODEV) {
		assert_int_equal(p->ops->login_begin(p, &login), -ENODEV);
		assert_int_equal(p->ops->login_next(p, &cursor, &login), -ENODEV);
		return;
	}
	assert_int_equal(error, 0);
	assert_int_equal(p->ops->login_of(p, p->ops->pid(p), &login), -ESRCH);
	assert_int_equal(p->ops->login_begin(p, &login), 0);
	assert_int_equal(login.processes, 1);
	assert_int_equal(p->ops->login_forget(p, &login.id), -EBUSY);
	assert_int_equal(p->ops->events_next(p, events, &event), 0);
	memset(&login, 0, sizeof(login));
	assert_int_equal(p->ops->login_of(p, p->ops->pid(p), &login), 0);
	assert_int_equal(login.label_bytes, 3);
	assert_memory_equal(login.label, "abc", 3);
	assert_int_equal(p->ops->login_leave(p), 0);
	assert_int_equal(p->ops->login_leave(p), -ESRCH);
	assert_int_equal(p->ops->events_next(p, events, &event), 1);
	assert_int_equal(event.kind, PLATFORM_SESSION_END);
	assert_int_equal(event.session.leader, p->ops->pid(p));
	assert_int_equal(p->ops->events_next(p, events, &event), 0);
	assert_int_equal(p->ops->login_next(p, &cursor, &login), 0);
	assert_true(login.end_boot_ns > 0 && login.processes == 0);
	assert_int_equal(p->ops->login_forget(p, &login.id), 0);
	assert_int_equal(p->ops->login_forget(p, &login.id), -ENOENT);
	assert_int_equal(p->ops->login_next(p, &cursor, &login), -ENOENT);
	p->ops->events_close(p, events);
}

/* A reader that is too slow learns how much it has missed, and where. */
static void check_gap(struct platform *p)
{
	struct platform_login login = {.id.leader = p->ops->pid(p)};
	struct platform_events *events;
	struct platform_event event;
	uint64_t expected = 0, cursor = 0;
	unsigned gaps = 0;

	if (p->ops->events_open(p, PLATFORM_EVENTS_SESSION, 8192, &events) == -ENODEV)
		return;
	for (unsigned i = 0; i < 1000; i++) {
		login.id.leader = p->ops->pid(p);
		assert_int_equal(p->ops->login_begin(p, &login), 0);
		assert_int_equal(p->ops->login_leave(p), 0);
		assert_int_equal(p->ops->login_forget(p, &login.id), 0);
	}
	while (p->ops->events_next(p, events, &event) > 0) {
		assert_int_equal(event.sequence, expected);
		expected += event.kind == PLATFORM_EVENT_GAP ? event.lost : 1;
		gaps += event.kind == PLATFORM_EVENT_GAP;
	}
	assert_int_equal(expected, 1000);
	assert_int_equal(gaps, 1);
	assert_int_equal(p->ops->login_next(p, &cursor, &login), -ENOENT);
	p->ops->events_close(p, events);
}

static void start_daemon(struct platform *p, const char *program, const char *folder)
{
	const char *argv[] = {program, folder, NULL};
	int status;
	pid_t pid;

	assert_int_equal(p->ops->spawn(p, &(struct platform_spawn){.argv = argv}, &pid), 0);
	assert_int_equal(p->ops->wait_gone(p, pid, 5 * NS_PER_S, &status), 0);
	assert_int_equal(status, 0);
}

static void check_daemon(struct platform *p, const char *program, const char *folder)
{
	const char *socket = in_folder(folder, "socket");
	char said[64], expected[64];
	pid_t daemon;

	assert_int_equal(ask(p, socket, "who", said), -ECONNREFUSED);
	start_daemon(p, program, folder);
	daemon = p->ops->lock_owner(p, in_folder(folder, "pid"));
	assert_true(daemon > 0 && daemon != p->ops->pid(p));
	snprintf(expected, sizeof(expected), "%d %d", (int)p->ops->pid(p), (int)p->ops->uid(p));
	assert_true(ask(p, socket, "who", said) > 0);
	assert_string_equal(said, expected);
	assert_int_equal(p->ops->request(p, socket, "who", 3, said, 1, NS_PER_S), -EMSGSIZE);
	assert_true(ask(p, socket, "later", said) > 0);
	assert_string_equal(said, "later");
	assert_true(ask(p, socket, "child", said) > 0);
	assert_string_equal(said, "child ended with 0");
	assert_int_equal(p->ops->request(p, socket, "?", 1, said, sizeof(said), 20 * NS_PER_MS),
			 -ETIMEDOUT);
	assert_int_equal(p->ops->notify(p, socket, "who", 3), 0);
	assert_int_equal(p->ops->kill(p, daemon, SIGHUP), 0);
	do {
		assert_true(ask(p, socket, "hangups", said) > 0);
	} while (strcmp(said, "1"));
	assert_int_equal(ask(p, socket, "die", said), -EPIPE);
	assert_int_equal(p->ops->wait_gone(p, daemon, 5 * NS_PER_S, NULL), 0);
	assert_int_equal(p->ops->lock_owner(p, in_folder(folder, "pid")), 0);
	assert_int_equal(ask(p, socket, "who", said), -ECONNREFUSED);

	start_daemon(p, program, folder); /* over the dead one's socket and lock file */
	daemon = p->ops->lock_owner(p, in_folder(folder, "pid"));
	assert_true(ask(p, socket, "leave", said) > 0);
	assert_int_equal(p->ops->wait_gone(p, daemon, 5 * NS_PER_S, NULL), 0);
}

/* Calls that are audited where the extension is: how to make one depends on the machine. */
static void make_calls(struct platform *p, const char *folder, unsigned count)
{
	while (count--)
		make_call(p, in_folder(folder, AUDITED));
}

static long ask_audit(struct platform *p, const char *socket, const char *what)
{
	char said[64];

	assert_true(ask(p, socket, what, said) > 0);
	return strtol(said, NULL, 10);
}

/* How many events the daemon reads, and the number of the first. */
static unsigned read_audit(struct platform *p, const char *socket, uint64_t *first)
{
	uint64_t last;
	unsigned n;
	char said[64];
	char *end;

	assert_true(ask(p, socket, "audit read", said) > 0);
	n = (unsigned)strtoul(said, &end, 10);
	*first = strtoull(end, &end, 10);
	last = strtoull(end, &end, 10);
	assert_int_equal(*end, '\0');
	if (n > 0 && calls_are_alone)
		assert_int_equal(last - *first, n - 1);
	return n;
}

/* Events are read once, come back until they are given up, and outlive their reader. */
static void check_audit(struct platform *p, const char *program, const char *folder)
{
	const char *socket = in_folder(folder, "socket");
	uint64_t first, again;
	char said[64];

	contract_pid = p->ops->pid(p);
	start_daemon(p, program, folder);
	if (ask_audit(p, socket, "audit serve") == -ENODEV) {
		assert_false(has_extension);
		assert_int_equal(ask_audit(p, socket, "audit on"), -ENODEV);
		assert_int_equal(ask_audit(p, socket, "audit done"), -EBADF);
		assert_int_equal(ask_audit(p, socket, "audit rewind"), -EBADF);
		assert_int_equal(ask_audit(p, socket, "audit names"), 0);
		assert_true(ask(p, socket, "leave", said) > 0);
		return;
	}
	assert_true(ask_audit(p, socket, "audit names") > 0);
	assert_int_equal(ask_audit(p, socket, "audit on"), 0);
	make_calls(p, folder, 3);
	while (ask_audit(p, socket, "audit wakes") == 0)
		;
	assert_int_equal(read_audit(p, socket, &first), 3);
	assert_int_equal(read_audit(p, socket, &again), 0);
	assert_int_equal(ask_audit(p, socket, "audit rewind"), 0);
	assert_int_equal(read_audit(p, socket, &again), 3);
	assert_int_equal(again, first);
	assert_int_equal(ask_audit(p, socket, "audit done"), 0);
	assert_int_equal(ask_audit(p, socket, "audit rewind"), 0);
	assert_int_equal(read_audit(p, socket, &again), 0);

	make_calls(p, folder, 2);
	assert_int_equal(read_audit(p, socket, &again), 2);
	assert_int_equal(ask(p, socket, "die", said), -EPIPE);
	make_calls(p, folder, 1); /* still audited */
	start_daemon(p, program, folder);
	assert_int_equal(ask_audit(p, socket, "audit serve"), 0);
	assert_int_equal(read_audit(p, socket, &again), 3);
	if (calls_are_alone)
		assert_int_equal(again, first + 3);
	assert_int_equal(ask_audit(p, socket, "audit done"), 0);
	assert_int_equal(ask_audit(p, socket, "audit off"), 0);
	make_calls(p, folder, 1);
	assert_int_equal(read_audit(p, socket, &again), 0);
	assert_true(ask(p, socket, "leave", said) > 0);
}

static int contract_main(struct program_run *run, int argc, char **argv)
{
	struct platform *p = run->platform;
	pid_t pid;
	static const char *const unknown[] = {"/no/such/program", NULL};

	if (argc != 3)
		return EXIT_USAGE;
	check_files(p, argv[1]);
	check_locks(p, argv[1]);
	check_identity(p);
	check_secrets(p);
	check_logins(p);
	check_gap(p);
	assert_int_equal(p->ops->spawn(p, &(struct platform_spawn){.argv = unknown}, &pid),
			 -ENOENT);
	assert_int_equal(p->ops->timer(p, PLATFORM_TIMERS_MAX, 0), -EINVAL);
	check_daemon(p, argv[2], argv[1]);
	check_audit(p, argv[2], argv[1]);
	return EXIT_DONE;
}

static const struct program contract_program = {.name = "contract", .main = contract_main};

/* --- on this machine and on a simulated one */

extern const struct program *const ref_programs[];
const struct program *const ref_programs[] = {&contract_program, &contractd_program, &sh_program,
					      NULL};

static void make_folder(struct platform *p, const char *path)
{
	assert_int_equal(p->ops->mkdir(p, path, 0700), 0);
	assert_int_equal(p->ops->rmdir(p, path), 0);
}

static void on_this_machine(void **state)
{
	char folder[] = "/tmp/platform-test-XXXXXX";
	char self[PATH_MAX];
	char program[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	(void)state;
	make_call = make_folder;
	assert_true(n > 0);
	self[n] = '\0';
	assert_non_null(mkdtemp(folder));
	snprintf(program, sizeof(program), "%s.contractd", folder);
	assert_int_equal(symlink(self, program), 0);
	assert_int_equal(
		linux_run(&contract_program, 3, (char *[]){"contract", folder, program, NULL}),
		EXIT_DONE);
	assert_int_equal(unlink(program), 0);
}

static struct sim *simulated;

static void make_simulated_call(struct platform *p, const char *path)
{
	struct platform_audit_event e = {
		.class = TRAIL_CLASS_CREATE, .pid = p->ops->pid(p), .number = 8, .abi = 2};

	snprintf(e.path, sizeof(e.path), "%s", path);
	assert_true(sim_audit_call(simulated, &e) >= 0);
}

static void on_a_simulated_machine(void **state)
{
	static const char *const argv[] = {"contract", "/tmp/c", "/bin/contractd", NULL};
	struct sim_result result;
	struct sim *s = sim_new(1, 1222256334);

	(void)state;
	assert_non_null(s);
	simulated = s;
	make_call = make_simulated_call;
	calls_are_alone = has_extension = true;
	assert_int_equal(sim_root(s)->ops->mkdir(sim_root(s), "/tmp/c", 0755), 0);
	assert_int_equal(sim_run(s, &(struct sim_command){.argv = argv}, &result), 0);
	assert_int_equal(result.status, EXIT_DONE);
	sim_result_free(&result);
	sim_free(s);
}

#define WITHOUT_PIDFDS "without-pidfds"

/* From here on this process and its children are on a kernel that does not know pidfd_open(). */
static bool forget_pidfds(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = 4, .filter = filter};

	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) &&
	       syscall(SYS_pidfd_open, getpid(), 0) < 0 && errno == ENOSYS;
}

static void on_a_kernel_without_pidfds(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0) {
		if (forget_pidfds())
			execl("/proc/self/exe", "platform_test", WITHOUT_PIDFDS, NULL);
		_exit(EXIT_USAGE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_this_machine),
		cmocka_unit_test(on_a_simulated_machine),
		cmocka_unit_test(on_a_kernel_without_pidfds),
	};
	const struct CMUnitTest again[] = {cmocka_unit_test(on_this_machine)};
	size_t n = strlen(argv[0]);

	/* Under this name the test is its own daemon. */
	if (n > 9 && !strcmp(argv[0] + n - 9, "contractd"))
		return linux_run(&contractd_program, argc, argv);
	if (argc > 1 && !strcmp(argv[1], WITHOUT_PIDFDS))
		return cmocka_run_group_tests(again, NULL, NULL);
	has_extension = argc > 1 && !strcmp(argv[1], "extension");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
