/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine's processes: how one begins, takes turns with others, is given events and
 * ends. main of a program, and the start of a daemon, run on a fiber: they give way where they wait
 * (request, wait_gone), and before they lock or rename a file. A handler runs to its end on the
 * real stack; when it waits the queue goes on meanwhile, and what is for it waits.
 */
#include "sim/fiber.h"
#include "sim/world.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_LATENCY_NS (20 * 1000)

extern const struct program *const ref_programs[]; /* NULL-terminated, made by the build */

const struct program *sim_program(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	for (size_t i = 0; ref_programs[i]; i++) {
		if (!strcmp(ref_programs[i]->name, name))
			return ref_programs[i];
	}
	return NULL;
}

struct sim_process *sim_process_by_pid(const struct sim *s, pid_t pid)
{
	for (struct sim_process *p = s->processes; p; p = p->next) {
		if (p->pid == pid)
			return p;
	}
	return NULL;
}

bool sim_process_there(const struct sim *s, pid_t pid)
{
	for (const struct sim_process *p = s->processes; p; p = p->next) {
		if (p->pid == pid || p->starter == pid)
			return true;
	}
	return false;
}

pid_t sim_pid_next(struct sim *s)
{
	do {
		s->last_pid++;
	} while (sim_process_there(s, s->last_pid));
	return s->last_pid;
}

static void argv_free(char **argv)
{
	for (size_t i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

static char **argv_copy(const char *const *argv)
{
	char **copy = calloc(PLATFORM_ARGS_MAX + 1, sizeof(*copy));

	for (size_t i = 0; copy && argv[i] && i < PLATFORM_ARGS_MAX; i++) {
		copy[i] = strdup(argv[i]);
		if (!copy[i]) {
			argv_free(copy);
			return NULL;
		}
	}
	return copy;
}

struct sim_process *sim_process_new(struct sim *s, const struct sim_command *command, pid_t ppid)
{
	static const char *const none[] = {NULL};
	const struct sim_process *parent = sim_process_by_pid(s, ppid);
	struct sim_process *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->argv = argv_copy(command->argv ? command->argv : none);
	if (!p->argv) {
		free(p);
		return NULL;
	}
	p->base = (struct platform){.ops = &sim_platform_ops, .prefix = ""};
	p->run = (struct program_run){.platform = &p->base, .out = s->nowhere, .err = s->nowhere};
	p->sim = s;
	p->pid = command->pid ? command->pid : sim_pid_next(s);
	p->ppid = ppid;
	p->sid = command->session ? command->session : p->pid;
	p->login = parent ? parent->login : 0;
	p->uid = command->uid;
	snprintf(p->folder, sizeof(p->folder), "%s", parent ? parent->folder : "/root");
	if (command->root || parent)
		snprintf(p->root, sizeof(p->root), "%s",
			 command->root ? command->root : parent->root);
	p->umask = parent ? parent->umask : 022;
	if (parent)
		memcpy(p->environment, parent->environment, sizeof(p->environment));
	else
		snprintf(p->environment, sizeof(p->environment), "HOME=/root\nPATH=/bin\n");
	if (command->terminal || parent)
		snprintf(p->terminal, sizeof(p->terminal), "%s",
			 command->terminal ? command->terminal : parent->terminal);
	if (command->zone)
		snprintf(p->zone, sizeof(p->zone), "%s", command->zone);
	else if (parent)
		memcpy(p->zone, parent->zone, sizeof(p->zone));
	p->start_wall_s = command->session_s ? command->session_s : sim_wall_ns(s) / NS_PER_S;
	p->program = command->argv ? sim_program(command->argv[0]) : NULL;
	p->next = s->processes;
	s->processes = p;
	return p;
}

bool sim_dies(struct sim_process *p)
{
	struct sim *s = p->sim;

	if (!p->dead && s->death.program && p->program &&
	    !strcmp(p->program->name, s->death.program) && --s->death.steps == 0) {
		s->death.program = NULL;
		p->dead = true;
		p->killed = true;
	}
	return p->dead;
}

unsigned sim_die(struct sim *s, const char *program, unsigned steps)
{
	unsigned left = s->death.program ? s->death.steps : 0;

	s->death.program = steps ? program : NULL;
	s->death.steps = steps;
	return left;
}

/* What the process holds goes with it: descriptors, locks, sockets. */
static void let_go(struct sim_process *p)
{
	sim_events_let_go(p);
	sim_guard_let_go(p);
	for (int fd = 0; fd < SIM_FDS_MAX; fd++) {
		if (p->fds[fd].file)
			p->base.ops->close(&p->base, fd);
	}
	for (size_t i = 0; i < sizeof(p->sockets) / sizeof(p->sockets[0]); i++) {
		free(p->sockets[i]);
		p->sockets[i] = NULL;
	}
	if (p->sim->audit.reader == p)
		p->sim->audit.reader = NULL;
}

static void tell_parent(struct sim *s, pid_t ppid, pid_t pid, int wait_status)
{
	const struct sim_process *parent = sim_process_by_pid(s, ppid);
	const struct sim_event ended = {
		.at_ns = s->now_ns + EXIT_LATENCY_NS,
		.kind = SIM_CHILD,
		.pid = ppid,
		.child = pid,
		.number = wait_status,
	};

	s->ended[s->ended_count % SIM_ENDED_MAX].pid = pid;
	s->ended[s->ended_count % SIM_ENDED_MAX].wait_status = wait_status;
	s->ended_count++;
	if (parent && parent->started)
		sim_event_add(s, &ended);
}

/* Who waits for an answer sees the connection end. */
static void hang_up_one(struct sim *s, struct platform_connection *c)
{
	c->answered = true; /* with nothing */
	c->server = NULL;
	if (c->waits)
		sim_wake(s, c->peer.pid);
	else
		sim_connection_free(s, c);
}

static void hang_up(struct sim_process *p)
{
	struct platform_connection *next;

	for (struct platform_connection *c = p->sim->connections; c; c = next) {
		next = c->next;
		if (c->server == p)
			hang_up_one(p->sim, c);
	}
}

static void write_output(struct sim *s, const char *path, const char *text, size_t bytes)
{
	struct sim_file *f = sim_file_find(s, path);

	if (!bytes || (!f && sim_file_make(s, path, false, 0600, 0, &f)))
		return;
	/* A full or missing output loses what a spawned command says, as it would on a terminal. */
	(void)sim_file_write(s, f, text, bytes, f->size);
}

/* Turns. main runs on a fiber, where it gives way; everything else a process does is short, and
 * runs to its end. */

static struct sim_event *rest_of(struct sim *s, pid_t pid)
{
	for (size_t i = 0; i < s->event_count; i++) {
		if (s->events[i].kind == SIM_GO_ON && s->events[i].pid == pid)
			return &s->events[i];
	}
	return NULL;
}

/* Returns whether the process lives. */
static bool rest(struct sim_process *p, int64_t until_ns)
{
	const struct sim_event e = {.at_ns = until_ns, .kind = SIM_GO_ON, .pid = p->pid};

	if (p->dead || sim_event_add(p->sim, &e))
		return false;
	p->rests = true;
	sim_fiber_give_way(p->fiber);
	return !p->dead;
}

bool sim_wait(struct sim_process *p, int64_t until_ns)
{
	struct sim *s = p->sim;

	if (p->fiber)
		return s->now_ns < until_ns && rest(p, until_ns);
	if (sim_step(s, until_ns))
		return true;
	if (s->now_ns < until_ns)
		s->now_ns = until_ns;
	return false;
}

void sim_give_way(struct sim_process *p, int64_t ns)
{
	if (p->fiber)
		(void)rest(p, p->sim->now_ns + ns);
}

void sim_wake(struct sim *s, pid_t pid)
{
	struct sim_event *e = rest_of(s, pid);

	if (e)
		e->at_ns = s->now_ns;
}

static void wake_who_awaits(struct sim *s, pid_t gone)
{
	for (const struct sim_process *p = s->processes; p; p = p->next) {
		if (p->awaited == gone)
			sim_wake(s, p->pid);
	}
}

static int fatal_signal(const struct sim_process *p)
{
	return p->signal ? p->signal : SIGKILL;
}

/* What shared a stream has none any more. */
static void close_stream(struct sim *s, FILE *stream)
{
	for (struct sim_process *p = s->processes; p; p = p->next) {
		if (p->run.out == stream)
			p->run.out = s->nowhere;
		if (p->run.err == stream)
			p->run.err = s->nowhere;
	}
	if (stream)
		fclose(stream);
}

/* What a command has said goes where it is wanted. */
static void close_streams(struct sim_process *p)
{
	if (p->run.in)
		fclose(p->run.in);
	close_stream(p->sim, p->out);
	close_stream(p->sim, p->err);
	p->run.in = p->out = p->err = NULL;
	p->run.out = p->run.err = p->sim->nowhere;
	if (p->text && p->output[0])
		write_output(p->sim, p->output, p->text, p->text_bytes);
	free(p->text);
	p->text = NULL;
	if (!p->result)
		return;
	p->result->done = true;
	p->result->signal = p->killed ? fatal_signal(p) : 0;
	p->result->status = p->status;
	if (p->started && p->run.foreground && !p->leaving && !p->killed)
		p->result->serving = p->pid;
	p->result = NULL;
}

static void go_on(struct sim_process *p)
{
	p->rests = false;
	if (!sim_fiber_go_on(p->fiber)) {
		if (p->out)
			fflush(p->out);
		if (p->err)
			fflush(p->err);
		return;
	}
	sim_fiber_free(p->fiber);
	p->fiber = NULL;
	p->busy = false;
	close_streams(p);
}

/* Of one that is to end, and waits in main: nothing it does from now on has any effect. */
static void end_main(struct sim_process *p)
{
	struct sim_event *e = p->rests ? rest_of(p->sim, p->pid) : NULL;

	if (e)
		*e = p->sim->events[--p->sim->event_count];
	if (!p->rests)
		return;
	p->dead = true;
	p->killed = true;
	p->run.out = p->run.err = p->sim->nowhere;
	go_on(p);
}

bool sim_process_dies_of(const struct sim_process *p, const struct sim_event *e)
{
	return e->kind == SIM_SIGNAL &&
	       (e->number == SIGKILL || !p->started || !p->program || !p->program->daemon);
}

static void process_free(struct sim_process *p)
{
	end_main(p);
	p->dead = true;
	if (p->run.state && p->program && p->program->daemon)
		p->program->daemon->stop(&p->run);
	let_go(p);
	argv_free(p->argv);
	free(p);
}

void sim_process_reap(struct sim *s, struct sim_process *p)
{
	struct sim_process **link = &s->processes;
	uint64_t login = p->login;
	int wait_status;

	if (p->killed)
		end_main(p);
	wait_status = p->killed ? fatal_signal(p) : (p->status & 0xff) << 8;
	if (p->busy || (!p->killed && !p->leaving))
		return;
	if (!p->killed && p->run.state && p->program && p->program->daemon) {
		p->program->daemon->stop(&p->run);
		p->run.state = NULL;
	}
	hang_up(p);
	tell_parent(s, p->ppid, p->pid, wait_status);
	while (*link != p)
		link = &(*link)->next;
	*link = p->next;
	wake_who_awaits(s, p->pid);
	process_free(p);
	sim_login_member_gone(s, login);
}

void sim_processes_free(struct sim *s)
{
	while (s->processes) {
		struct sim_process *p = s->processes;

		s->processes = p->next;
		process_free(p);
	}
	while (s->connections)
		sim_connection_free(s, s->connections);
}

/* It goes on under a PID of its own, as after a fork, in a session of its own and without a
 * terminal. The command that started it waits for it. */
static void detach(struct sim_process *p)
{
	p->starter = p->pid;
	p->pid = sim_pid_next(p->sim);
	p->ppid = 1;
	p->sid = p->pid;
	p->terminal[0] = '\0';
	snprintf(p->folder, sizeof(p->folder), "/");
	sim_locks_name_owner(p);
}

/* The command ends with the outcome of the daemon's start. */
static void end_starter(struct sim_process *p, pid_t parent)
{
	tell_parent(p->sim, parent, p->starter, (p->status & 0xff) << 8);
	wake_who_awaits(p->sim, p->starter);
	p->starter = 0;
}

static void serve(struct sim_process *p)
{
	pid_t parent = p->ppid;

	if (!p->run.foreground)
		detach(p);
	p->started = true;
	p->status = p->program->daemon->start(&p->run);
	p->leaving = p->leaving || p->status != EXIT_DONE;
	if (p->starter)
		end_starter(p, parent);
}

static void run_main(void *arg)
{
	struct sim_process *p = arg;
	int argc = 0;

	while (p->argv[argc])
		argc++;
	p->status = p->program->main(&p->run, argc, p->argv);
	if (p->status == PROGRAM_SERVE)
		serve(p);
	else
		p->leaving = true;
}

/* Its streams are open. It is over with main, or gives way in it, when this returns. */
static void begin(struct sim_process *p)
{
	p->fiber = sim_fiber_new(run_main, p);
	p->busy = p->fiber;
	p->killed = p->killed || !p->fiber;
	if (p->fiber)
		go_on(p);
	else
		close_streams(p);
}

static void deliver_message(struct sim *s, struct sim_process *p, struct platform_connection *c)
{
	if (p && p->started) {
		c->server = p;
		p->busy = true;
		p->program->daemon->message(&p->run, c, &c->peer, c->text, c->bytes);
		p->busy = false;
		return;
	}
	hang_up_one(s, c);
}

/* To a daemon that serves; anybody else dies of any signal and hears of nothing else. */
static void deliver_to(struct sim_process *p, const struct sim_event *e)
{
	const struct daemon_handlers *daemon = p->program ? p->program->daemon : NULL;
	struct sim *s = p->sim;

	if (sim_process_dies_of(p, e) || !daemon || !p->started) {
		if (e->kind == SIM_SIGNAL && !p->killed)
			p->signal = e->number;
		p->killed = p->killed || e->kind == SIM_SIGNAL;
		return;
	}
	p->busy = true;
	switch (e->kind) {
	case SIM_TIMER:
		if (p->timer_round[e->id] == e->round)
			daemon->timer(&p->run, e->id);
		break;
	case SIM_SIGNAL:
		daemon->signal(&p->run, e->number);
		break;
	case SIM_CHILD:
		if (daemon->child)
			daemon->child(&p->run, e->child, e->number);
		break;
	case SIM_EVENTS:
		if (daemon->events && sim_events_open_still(p->sim, e->events))
			daemon->events(&p->run, e->events);
		break;
	case SIM_AUDIT:
		s->audit.woken = false;
		if (daemon->audit)
			daemon->audit(&p->run);
		break;
	case SIM_MESSAGE:
	case SIM_START:
	case SIM_LINK:
	case SIM_ASKED:
	case SIM_CALLER:
	case SIM_GO_ON:
		break; /* handled before */
	}
	p->busy = false;
}

/* What the file holds now; NULL: nothing. */
static FILE *input_file(const struct sim *s, const char *path)
{
	const struct sim_file *f = sim_file_find(s, path);
	FILE *stream = f && f->size ? fmemopen(NULL, f->size, "w+") : NULL;

	if (stream) {
		fwrite(f->data, 1, f->size, stream);
		rewind(stream);
	}
	return stream;
}

/* A spawned process runs. */
static void begin_spawned(struct sim *s, struct sim_process *p)
{
	const struct sim_process *parent = sim_process_by_pid(s, p->ppid);

	if (p->shares_output) {
		p->run.out = parent ? parent->run.out : s->nowhere;
		p->run.err = parent ? parent->run.err : s->nowhere;
	} else {
		p->out = open_memstream(&p->text, &p->text_bytes);
		p->killed = p->killed || !p->out;
		p->run.out = p->run.err = p->out ? p->out : s->nowhere;
	}
	p->run.in = p->input[0] ? input_file(s, p->input) : NULL;
	begin(p);
}

void sim_process_deliver(struct sim *s, const struct sim_event *e)
{
	struct sim_process *p = sim_process_by_pid(s, e->pid);

	if (e->kind == SIM_MESSAGE)
		deliver_message(s, p, e->connection);
	else if (e->kind == SIM_LINK || e->kind == SIM_ASKED)
		sim_link_deliver(s, e);
	else if (e->kind == SIM_CALLER)
		sim_caller_deliver(s, e);
	else if (p && e->kind == SIM_START)
		begin_spawned(s, p);
	else if (p && e->kind == SIM_GO_ON)
		go_on(p);
	else if (p)
		deliver_to(p, e);
	if (p)
		sim_process_reap(s, p);
}

/* Commands from outside */

static FILE *input_stream(const char *text)
{
	return text && *text ? fmemopen((char *)text, strlen(text), "r") : fopen("/dev/null", "r");
}

pid_t sim_launch(struct sim *s, const struct sim_command *command, struct sim_result *out)
{
	struct sim_process *p;
	pid_t pid;

	*out = (struct sim_result){0};
	if (!sim_program(command->argv[0]))
		return -ENOENT;
	p = sim_process_new(s, command, 1);
	if (!p)
		return -ENOMEM;
	pid = p->pid;
	p->result = out;
	p->run.in = input_stream(command->input);
	p->out = open_memstream(&out->out, &out->out_bytes);
	p->err = open_memstream(&out->err, &out->err_bytes);
	if (p->run.in && p->out && p->err) {
		p->run.out = p->out;
		p->run.err = p->err;
		begin(p);
	} else {
		close_streams(p);
		p->killed = true;
		pid = -ENOMEM;
	}
	sim_process_reap(s, p);
	return pid;
}

int sim_run(struct sim *s, const struct sim_command *command, struct sim_result *out)
{
	pid_t pid = sim_launch(s, command, out);

	while (pid > 0 && !out->done && sim_step(s, INT64_MAX))
		;
	return pid < 0 ? pid : 0;
}

pid_t sim_begin(struct sim *s, const struct sim_command *command, const char *output)
{
	struct sim_process *p;
	pid_t pid;
	int error;

	if (!sim_program(command->argv[0]))
		return -ENOENT;
	p = sim_process_new(s, command, 1);
	if (!p)
		return -ENOMEM;
	pid = p->pid;
	snprintf(p->output, sizeof(p->output), "%s", output);
	error = sim_event_add(
		s, &(struct sim_event){.at_ns = s->now_ns, .kind = SIM_START, .pid = pid});
	if (!error)
		return pid;
	p->killed = true;
	sim_process_reap(s, p);
	return -ENOMEM;
}

void sim_result_free(struct sim_result *r)
{
	free(r->out);
	free(r->err);
	r->out = NULL;
	r->err = NULL;
}

int sim_process_ended(const struct sim *s, pid_t pid, int *wait_status)
{
	/* The latest one of that PID. */
	for (size_t i = s->ended_count; i > 0 && i + SIM_ENDED_MAX > s->ended_count; i--) {
		if (s->ended[(i - 1) % SIM_ENDED_MAX].pid == pid) {
			*wait_status = s->ended[(i - 1) % SIM_ENDED_MAX].wait_status;
			return 0;
		}
	}
	return -ESRCH;
}

bool sim_process_lives(const struct sim *s, pid_t pid)
{
	return sim_process_by_pid(s, pid) != NULL;
}

pid_t sim_process_find(const struct sim *s, const char *program)
{
	for (const struct sim_process *p = s->processes; p; p = p->next) {
		if (p->program && !strcmp(p->program->name, program))
			return p->pid;
	}
	return 0;
}

bool sim_process_serves(const struct sim *s, pid_t pid)
{
	const struct sim_process *p = sim_process_by_pid(s, pid);

	return p && p->started && !p->busy && !p->leaving;
}

int sim_kill(struct sim *s, pid_t pid, int signal)
{
	int error = sim_platform_ops.kill(&s->root->base, pid, signal);

	while (!error && sim_step(s, s->now_ns))
		;
	return error;
}

struct platform *sim_root(struct sim *s)
{
	return &s->root->base;
}
