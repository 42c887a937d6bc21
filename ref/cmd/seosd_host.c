/* SPDX-License-Identifier: MIT */
/*
 * Other hosts: which ones secons -s is to ask, and what their users may do here. Only children of
 * seagent ask; the link to other hosts is theirs.
 */
#include "ref/cmd/seosd.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Whether a process is a child of seagent: it is in the session that seagent leads, which nobody
 * else can join. Such a child outlives the daemon, when that is told to end.
 */
static bool is_of_seagent(struct seosd *d, struct platform *p, const struct platform_peer *peer)
{
	pid_t running = product_daemon_pid(p, PRODUCT_SEAGENT);
	struct platform_session session;

	if (running > 0)
		d->seagent = running;
	return peer->uid == 0 && d->seagent > 0 && !p->ops->session(p, peer->pid, &session) &&
	       session.leader == d->seagent;
}

/* Fills answer with the hosts of a group behind one of them, as many as fit. */
static int list_members(struct seosd *d, const struct message_request *request,
			struct message_answer *answer)
{
	char host[ACCESS_NAME_MAX];
	size_t n = 0;
	int error;

	snprintf(host, sizeof(host), "%s", request->behind);
	while (!(error = policy_member_next(d->policy, request->name, host, host))) {
		if (n + sizeof(host) + 1 > sizeof(answer->output)) {
			answer->more = true;
			return 0;
		}
		n += (size_t)snprintf(answer->output + n, sizeof(answer->output) - n, "%s\n", host);
	}
	if (error == -ENOENT && n == 0 && !request->behind[0]) {
		answer->status = EXIT_REFUSED;
		snprintf(answer->text, sizeof(answer->text), "the group has no hosts");
	}
	return error == -ENOENT ? 0 : error;
}

/* The nearer thing wins: a host, then a group of hosts (decision P21). */
static int find_hosts(struct seosd *d, const struct message_request *request,
		      struct message_answer *answer)
{
	struct policy_resource found;
	int error = policy_resource(d->policy, ACCESS_HOST, request->name, &found);

	if (!error) {
		snprintf(answer->output, sizeof(answer->output), "%s\n", request->name);
		return 0;
	}
	if (error == -ENOENT)
		error = policy_resource(d->policy, ACCESS_GHOST, request->name, &found);
	if (!error)
		return list_members(d, request, answer);
	if (error == -ENOENT) {
		answer->status = EXIT_REFUSED;
		snprintf(answer->text, sizeof(answer->text), "no such host or group of hosts");
	}
	return error == -ENOENT ? 0 : error;
}

void hosts_ask(struct seosd *d, struct platform *p, struct platform_connection *c,
	       const struct platform_peer *peer, const struct message_request *request)
{
	struct message_answer *answer;
	struct accessor who;

	if (!is_of_seagent(d, p, peer)) {
		answer_line(p, c, EXIT_REFUSED, "this process is no child of seagent");
		return;
	}
	(void)policy_accessor(p, d->policy, request->uid, request->pid, &who);
	/* Who may not shut down here may not there: one record, and no host is asked. */
	if (!access_may_shutdown(&who)) {
		shutdown_admit(d, p, c, &who, shutdown_local_refusal(&who));
		return;
	}
	answer = calloc(1, sizeof(*answer));
	if (!answer || find_hosts(d, request, answer)) {
		answer_line(p, c, EXIT_REFUSED, "policy database: %s",
			    answer ? policy_error(d->policy) : "out of memory");
		free(answer);
		return;
	}
	memcpy(answer->user, who.user, sizeof(answer->user));
	memcpy(answer->session, who.session, sizeof(answer->session));
	answer_send(p, c, answer);
	free(answer);
}

/* The record of a wrong password. Returns whether it is written; else c is answered. */
static bool record_wrong(struct seosd *d, struct platform *p, struct platform_connection *c,
			 const struct accessor *who, const char *host)
{
	struct audit_record record;
	int error;

	guess_record(&record, platform_wall_s(p), who, host, PRODUCT_SEAGENT_PROGRAM);
	error = journal_append(&d->journal, &record);
	if (error)
		answer_line(p, c, EXIT_REFUSED, "the wrong password cannot be recorded: %s",
			    strerror(-error));
	return !error;
}

/* What comes before the shutdown: may he at all, and is this password one too many? */
static void on_password(struct seosd *d, struct platform *p, struct platform_connection *c,
			const struct accessor *who, const struct message_request *request,
			const char *refusal)
{
	int64_t boot_s = p->ops->boot_ns(p) / NS_PER_S;
	int64_t wait_s = guess_wait_s(&d->guesses, request->host, who->user, boot_s);
	char text[64];

	if (request->password == MESSAGE_PASSWORD_WRONG &&
	    !record_wrong(d, p, c, who, request->host))
		return;
	snprintf(text, sizeof(text), "%d wrong passwords: try again in %d seconds", GUESSES,
		 (int)wait_s);
	if (!refusal && wait_s > 0)
		refusal = text;
	if (refusal) {
		shutdown_admit(d, p, c, who, refusal);
		return;
	}
	if (request->password == MESSAGE_PASSWORD_GIVEN)
		guess_begin(&d->guesses, request->host, who->user, boot_s);
	answer_line(p, c, EXIT_DONE, "%s", "");
}

/* The user is the one the other host vouches for; what he may is decided by the database here. */
void hosts_remote(struct seosd *d, struct platform *p, struct platform_connection *c,
		  const struct platform_peer *peer, const struct message_request *request)
{
	struct access_terminal_rule rule = {.known = false};
	struct accessor who = {.uid = UINT32_MAX};
	const char *refusal;
	int error;

	if (!is_of_seagent(d, p, peer)) {
		answer_line(p, c, EXIT_REFUSED, "this process is no child of seagent");
		return;
	}
	memcpy(who.user, request->user, sizeof(who.user));
	memcpy(who.session, request->session, sizeof(who.session));
	/* When the database cannot tell, nobody has a right. */
	error = policy_user(d->policy, who.user, &who.attributes);
	who.known = !error;
	if (policy_terminal_rule(d->policy, request->host, who.user, &rule))
		rule.known = false;
	refusal = access_remote_refusal(&who, &rule);
	trace_line(p, &d->trace, "REMOTE", ':', "user %s of host %s", who.user, request->host);
	*(error && error != -ENOENT ? &d->remote_errors
	  : refusal                 ? &d->remote_denied
				    : &d->remote_granted) += 1;
	if (request->password != MESSAGE_PASSWORD_RIGHT) {
		on_password(d, p, c, &who, request, refusal);
		return;
	}
	guess_right(&d->guesses, request->host, who.user);
	shutdown_ask(d, p, c, &who, refusal, false);
}
