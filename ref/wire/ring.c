/* SPDX-License-Identifier: MIT */
/*
 * The ring of the three daemons; see ring.h.
 */
#include "ref/wire/ring.h"
#include "ref/wire/message.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define GUARD_TICK          0                 /* timer */
#define FIRST_TICK_NS       (100 * NS_PER_MS) /* seosd, which waits for the start, then answers */
#define ANNOUNCE_TIMEOUT_NS (2 * NS_PER_S)
#define START_ATTEMPTS      3

int ring_begin(struct program_run *run, int argc, char **argv, const char *name, const char *usage,
	       size_t bytes)
{
	if (argc == 2 && !strcmp(argv[1], "-h")) {
		fputs(usage, run->out);
		return EXIT_DONE;
	}
	run->state = calloc(1, bytes);
	if (run->state)
		return PROGRAM_SERVE;
	fprintf(run->err, "%s: out of memory\n", name);
	return EXIT_REFUSED;
}

int ring_enter(struct program_run *run, enum product_daemon self)
{
	struct platform *p = run->platform;
	const char *name = product_daemon_name(self);
	char path[PLATFORM_PATH_MAX];
	int error;

	if (p->ops->uid(p) != 0) {
		fprintf(run->err, "%s: only root can start it\n", name);
		return EXIT_REFUSED;
	}
	error = product_folder(p, "/run", 0755);
	if (!error)
		error = product_folder(p, "/log", 0755);
	if (!error)
		error = product_lock_path(p, self, path);
	if (error) {
		fprintf(run->err, "%s: folders of %s%s: %s\n", name, p->prefix, PAMSC_DIR,
			strerror(-error));
		return EXIT_USAGE;
	}
	error = p->ops->lock(p, path);
	if (error == -EBUSY)
		fprintf(run->err, "%s: it runs already, PID %d\n", name,
			(int)p->ops->lock_owner(p, path));
	else if (error < 0)
		fprintf(run->err, "%s: lock %s: %s\n", name, path, strerror(-error));
	return error < 0 ? EXIT_REFUSED : 0;
}

static int spawn(struct platform *p, enum product_daemon daemon, pid_t *pid)
{
	char within[sizeof(PAMSC_DIR) + 32];
	char program[PLATFORM_PATH_MAX];
	char errors[PLATFORM_PATH_MAX];
	const char *argv[] = {program, RING_RESTART_OPTION, NULL};
	const struct platform_spawn what = {.argv = argv, .output = errors};
	int error;

	snprintf(within, sizeof(within), PAMSC_DIR "/bin/%s", product_daemon_name(daemon));
	error = path_installed(p, within, program);
	if (!error)
		error = path_installed(p, PRODUCT_ERRORS, errors);
	return error ? error : p->ops->spawn(p, &what, pid);
}

static int start_once(struct platform *p, enum product_daemon daemon)
{
	pid_t pid;
	int error;

	if (product_daemon_pid(p, daemon) > 0)
		return 0;
	error = spawn(p, daemon, &pid);
	if (!error)
		error = p->ops->wait_gone(p, pid, RING_START_TIMEOUT_NS, NULL);
	if (error)
		return error;
	/* Not the exit status: another starter may have been faster. */
	return product_daemon_pid(p, daemon) > 0 ? 0 : -ECHILD;
}

/* Who is killed while it starts is started again: by giving up, the starter, who may be all that is
 * left by then, would end as well. */
int ring_start(struct platform *p, enum product_daemon daemon)
{
	int error = -ECHILD;

	for (unsigned i = 0; error == -ECHILD && i < START_ATTEMPTS; i++)
		error = start_once(p, daemon);
	return error;
}

bool ring_tick(struct ring *ring, struct platform *p)
{
	enum product_daemon next = (enum product_daemon)((ring->self + 1) % PRODUCT_DAEMONS);
	pid_t pid;
	bool up;

	/* Who cannot read what is intended goes on: a fault of the disk ends no protection. */
	if (!product_intended(p, &up) && !up)
		return false;
	if (watch_start(&ring->watch, p->ops->boot_ns(p), true, product_daemon_pid(p, next) != 0))
		(void)spawn(p, next, &pid); /* a failure is followed by the next try */
	return true;
}

/* seagent and seoswd */

bool ring_guard_called(int argc, char **argv)
{
	return argc == 2 && !strcmp(argv[1], RING_RESTART_OPTION);
}

int ring_guard_enter(struct program_run *run, enum product_daemon self)
{
	bool up;
	int status = ring_enter(run, self);

	if (status)
		return status;
	if (!product_intended(run->platform, &up) && !up) {
		fprintf(run->err, "%s: not started: the product is shut down\n",
			product_daemon_name(self));
		return EXIT_REFUSED;
	}
	return 0;
}

/* seagent is up only when the one it watches is; seoswd does not wait for seosd, which waits for
 * it. */
int ring_guard_start(struct program_run *run)
{
	const struct ring_guard *g = run->state;
	int error = 0;

	if (g->ring.self == PRODUCT_SEAGENT)
		error = ring_start(run->platform, PRODUCT_SEOSWD);
	if (error) {
		fprintf(run->err, "seagent: seoswd did not start: %s\n", strerror(-error));
		return EXIT_REFUSED;
	}
	error = run->platform->ops->timer(run->platform, GUARD_TICK, FIRST_TICK_NS);
	if (error) {
		fprintf(run->err, "%s: timer: %s\n", product_daemon_name(g->ring.self),
			strerror(-error));
		return EXIT_REFUSED;
	}
	return EXIT_DONE;
}

/* Asks for the START record, until seosd says that it is written. */
static void announce(struct ring_guard *g, struct platform *p)
{
	struct message_request request = {.op = MESSAGE_STARTED};
	struct message_answer *answer = malloc(sizeof(*answer));

	snprintf(request.daemon, sizeof(request.daemon), "%s", product_daemon_name(g->ring.self));
	if (answer && !message_ask(p, &request, ANNOUNCE_TIMEOUT_NS, answer))
		g->announced = answer->status == EXIT_DONE;
	free(answer);
}

void ring_guard_timer(struct program_run *run, unsigned id)
{
	struct platform *p = run->platform;
	struct ring_guard *g = run->state;

	if (!ring_tick(&g->ring, p)) {
		p->ops->leave(p, EXIT_DONE);
		return;
	}
	if (!g->announced)
		announce(g, p);
	p->ops->timer(p, id, watch_next_ns(p->ops->boot_ns(p)));
}

/* SIGTERM is a death like any other: the ring starts it again, unless a shutdown was granted. */
void ring_guard_signal(struct program_run *run, int signal)
{
	if (signal == SIGTERM || signal == SIGINT)
		run->platform->ops->leave(run->platform, EXIT_DONE);
}

void ring_guard_stop(struct program_run *run)
{
	free(run->state);
	run->state = NULL;
}
