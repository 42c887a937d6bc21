/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine's mkdir and rmdir: the calls of users and root that are audited, one a path
 * and one after the other, each of which waits before it is made as long as the extension says so.
 * Not for: who waits and what is recorded (audit.c), options.
 */
#include "sim/calls.h"

#include "kmod/uapi/SEOS_syscall.h"
#include "ref/core/trail_record.h"
#include "sim/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CALL_MKDIR 39 /* as on i386, like all numbers here */
#define CALL_RMDIR 40
#define CALL_NS    NS_PER_MS
#define MODE       0777

struct calls {
	char **paths; /* still to come, of the arguments */
	int status;
};

static int begin(struct program_run *run, int argc, char **argv)
{
	struct calls *c = calloc(1, sizeof(*c));

	run->state = c;
	run->foreground = true;
	if (!c || argc < 2)
		return EXIT_USAGE;
	c->paths = argv + 1;
	return PROGRAM_SERVE;
}

/* What is no absolute path leads nowhere: nobody has a folder to begin at. */
static int make_call(struct platform *p, const struct platform_audit_event *e)
{
	char path[PLATFORM_PATH_MAX];
	size_t n = (size_t)snprintf(path, sizeof(path), "%s", e->path);

	if (*path != '/')
		return -ENOENT;
	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	return e->number == CALL_MKDIR ? p->ops->mkdir(p, path, MODE) : p->ops->rmdir(p, path);
}

static int next_call(struct program_run *run)
{
	struct sim_process *me = sim_self(run->platform);
	struct calls *c = run->state;
	bool makes = me->program == &mkdir_program;
	struct platform_audit_event e = {
		.source = (unsigned)me->pid,
		.pid = me->pid,
		.ppid = me->ppid,
		.uid = me->uid,
		.euid = me->uid,
		.gid = me->uid,
		.egid = me->uid,
		.abi = SEOS_ABI_I386,
		.number = makes ? CALL_MKDIR : CALL_RMDIR,
		.class = makes ? TRAIL_CLASS_CREATE : TRAIL_CLASS_DELETE,
	};
	int kept;

	snprintf(e.program, sizeof(e.program), "%s", me->program->name);
	snprintf(e.path, sizeof(e.path), "%s", *c->paths);
	kept = sim_audit_begin(me->sim, &e);
	if (kept >= 0) {
		e.result = make_call(&me->base, &e);
		(void)sim_audit_end(me->sim, &e, kept);
		c->status = e.result < 0 ? EXIT_REFUSED : c->status;
		c->paths++;
	}
	return run->platform->ops->timer(run->platform, 0, CALL_NS);
}

static void on_timer(struct program_run *run, unsigned id)
{
	const struct calls *c = run->state;

	(void)id;
	if (!*c->paths)
		run->platform->ops->leave(run->platform, c->status);
	else if (next_call(run))
		run->platform->ops->leave(run->platform, EXIT_REFUSED);
}

static void on_signal(struct program_run *run, int signal)
{
	(void)signal;
	run->platform->ops->leave(run->platform, EXIT_REFUSED);
}

static void on_stop(struct program_run *run)
{
	free(run->state);
	run->state = NULL;
}

static const struct daemon_handlers handlers = {
	.start = next_call, .timer = on_timer, .signal = on_signal, .stop = on_stop};

const struct program mkdir_program = {.name = "mkdir", .main = begin, .daemon = &handlers};
const struct program rmdir_program = {.name = "rmdir", .main = begin, .daemon = &handlers};
