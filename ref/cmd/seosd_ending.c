/* SPDX-License-Identifier: MIT */
/*
 * Ends the daemons outside the ring, one by one, for secons -S; it has no part in a shutdown.
 */
#include "ref/cmd/seosd.h"

#include <signal.h>
#include <stdlib.h>

#define END_GIVE_UP_NS (30 * NS_PER_S)
#define LOOK_FIRST_NS  NS_PER_MS
#define LOOK_MOST_NS   (50 * NS_PER_MS)

static void answer_ended(struct platform *p, struct platform_connection *c, pid_t pid)
{
	struct message_answer *answer = calloc(1, sizeof(*answer));

	if (!answer) {
		p->ops->reply(p, c, "", 0);
		return;
	}
	answer->pid = pid;
	answer_send(p, c, answer);
	free(answer);
}

/* Answers who waits for an end, if it has come or will not. Returns whether he waits on. */
static bool ending_goes_on(struct platform *p, struct ending *e)
{
	if (product_daemon_pid(p, e->daemon) != e->pid || e->pid == 0)
		answer_ended(p, e->connection, e->pid);
	else if (p->ops->boot_ns(p) >= e->give_up_ns)
		answer_line(p, e->connection, EXIT_REFUSED, "%s (PID %d) does not end",
			    product_daemon_name(e->daemon), (int)e->pid);
	else
		return true;
	e->connection = NULL;
	return false;
}

int64_t ending_look_ns(struct platform *p, int64_t begun_ns)
{
	int64_t waited_ns = p->ops->boot_ns(p) - begun_ns;

	return waited_ns < LOOK_FIRST_NS  ? LOOK_FIRST_NS
	       : waited_ns > LOOK_MOST_NS ? LOOK_MOST_NS
					  : waited_ns;
}

void endings_go_on(struct seosd *d, struct platform *p)
{
	int64_t look_ns = INT64_MAX;

	for (unsigned i = 0; i < SEOSD_WAITING_MAX; i++) {
		struct ending *e = &d->endings[i];
		int64_t ns;

		if (!e->connection || !ending_goes_on(p, e))
			continue;
		ns = ending_look_ns(p, e->give_up_ns - END_GIVE_UP_NS);
		look_ns = ns < look_ns ? ns : look_ns;
	}
	if (look_ns < INT64_MAX)
		p->ops->timer(p, SEOSD_END_TICK, look_ns);
}

void endings_ask(struct seosd *d, struct platform *p, struct platform_connection *c,
		 const struct accessor *who, const struct message_request *request)
{
	struct ending *free_one = NULL;
	enum product_daemon daemon;
	pid_t pid;

	if (!access_may_shutdown(who)) {
		shutdown_admit(d, p, c, who, shutdown_local_refusal(who));
		return;
	}
	if (!request->daemon[0]) {
		answer_line(p, c, EXIT_DONE, "%s", "");
		return;
	}
	for (unsigned i = 0; i < SEOSD_WAITING_MAX && !free_one; i++)
		free_one = d->endings[i].connection ? NULL : &d->endings[i];
	if (!product_daemon_named(request->daemon, &daemon) || daemon < PRODUCT_SELOGRD ||
	    !free_one) {
		answer_line(p, c, EXIT_REFUSED, "%s cannot be ended%s", request->daemon,
			    free_one ? "" : ": too many wait for ends");
		return;
	}
	pid = product_daemon_pid(p, daemon);
	if (pid > 0)
		(void)p->ops->kill(p, pid, SIGTERM);
	*free_one = (struct ending){c, daemon, pid, p->ops->boot_ns(p) + END_GIVE_UP_NS};
	endings_go_on(d, p);
}
