/* SPDX-License-Identifier: MIT */
/*
 * A shutdown from its request to its end: the record, the daemons in their order, the answers of
 * all who asked. What comes when is decided in core/shutdown.c.
 */
#include "ref/cmd/seosd.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Everybody who waits gets the outcome of what he asked for; unloaded is that of the unload. */
static void answer_waiting(struct seosd *d, struct platform *p, struct message_answer *down,
			   struct message_answer *unloaded)
{
	down->pid = unloaded->pid = p->ops->pid(p);
	for (unsigned i = 0; i < d->waiting_count; i++)
		answer_send(p, d->waiting[i].connection, d->waiting[i].unload ? unloaded : down);
	d->waiting_count = 0;
}

static void shutdown_finish(struct seosd *d, struct platform *p, enum shutdown_progress progress,
			    const pid_t running[SHUTDOWN_DAEMONS])
{
	struct message_answer *down = calloc(2, sizeof(*down));
	unsigned stuck = running[0] ? 0 : 1;

	logins_settle(&d->logins); /* what has ended up to now */
	files_settle(d, p);
	/* Without memory the connections just end, and those who wait ask again. */
	if (down && progress == SHUTDOWN_FAILED) {
		down->status = EXIT_REFUSED;
		snprintf(down->text, sizeof(down->text),
			 "seosd ends, but %s (PID %d) cannot be ended",
			 product_daemon_name(stuck ? PRODUCT_SEOSWD : PRODUCT_SEAGENT),
			 (int)running[stuck]);
		down[1] = down[0];
	} else if (down && d->unload) {
		callers_prepare_unload(p, &down[1]);
	}
	if (down)
		answer_waiting(d, p, &down[0], &down[1]);
	free(down);
	p->ops->leave(p, EXIT_DONE);
}

void shutdown_go_on(struct seosd *d, struct platform *p)
{
	pid_t running[SHUTDOWN_DAEMONS] = {product_daemon_pid(p, PRODUCT_SEAGENT),
					   product_daemon_pid(p, PRODUCT_SEOSWD)};
	enum shutdown_order orders[SHUTDOWN_DAEMONS];
	enum shutdown_progress progress =
		shutdown_step(&d->shutdown, p->ops->boot_ns(p), running, orders);

	for (unsigned i = 0; i < SHUTDOWN_DAEMONS; i++) {
		if (orders[i] != SHUTDOWN_NOTHING && running[i] > 0)
			(void)p->ops->kill(p, running[i],
					   orders[i] == SHUTDOWN_KILL ? SIGKILL : SIGTERM);
	}
	if (progress == SHUTDOWN_GOES_ON)
		p->ops->timer(p, SEOSD_SHUTDOWN_TICK, ending_look_ns(p, d->shutdown.begun_ns));
	else
		shutdown_finish(d, p, progress, running);
}

bool shutdown_admit(struct seosd *d, struct platform *p, struct platform_connection *c,
		    const struct accessor *who, const char *refusal)
{
	struct audit_record record;
	int error;

	shutdown_record(&record, platform_wall_s(p), who, !refusal);
	/* A refusal has happened, whatever the disk says; anything else waits for its record. */
	error = refusal ? journal_keep(&d->journal, &record) : journal_append(&d->journal, &record);
	trace_line(p, &d->trace, "SHUTDOWN", error ? '!' : '>', "Result: '%c' [stage=%d] %s %s",
		   refusal ? 'D' : 'P', (int)record.stage, who->user,
		   error     ? strerror(-error)
		   : refusal ? refusal
			     : "");
	if (refusal)
		answer_line(p, c, EXIT_REFUSED, "user %s is not allowed to shut down %s: %s",
			    who->user, code_product(d->product.brand), refusal);
	else if (error)
		answer_line(p, c, EXIT_REFUSED, "not shut down: it cannot be recorded: %s",
			    strerror(-error));
	return !refusal && !error;
}

const char *shutdown_local_refusal(const struct accessor *who)
{
	return access_may_shutdown(who) ? NULL : "ADMIN or OPERATOR is needed";
}

void shutdown_ask(struct seosd *d, struct platform *p, struct platform_connection *c,
		  const struct accessor *who, const char *refusal, bool unload)
{
	int error = 0;

	if (!shutdown_admit(d, p, c, who, refusal))
		return;
	/* Nothing is done that cannot be recorded, and nobody may start a daemon again before the
	 * first one ends. */
	if (!d->shutdown.begun)
		error = product_intend(p, false);
	if (error) {
		answer_line(p, c, EXIT_REFUSED, "not shut down: it cannot be recorded: %s",
			    strerror(-error));
		return;
	}
	if (d->waiting_count == SEOSD_WAITING_MAX) {
		answer_line(p, c, EXIT_REFUSED,
			    "a shutdown is on its way, and too many wait for its end");
		return;
	}
	d->waiting[d->waiting_count].connection = c;
	d->waiting[d->waiting_count++].unload = unload;
	d->unload |= unload;
	if (!d->shutdown.begun) {
		shutdown_begin(&d->shutdown, p->ops->boot_ns(p));
		shutdown_go_on(d, p);
	}
}
