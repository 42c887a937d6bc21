/* SPDX-License-Identifier: MIT */
/*
 * How secons has other hosts asked: by seagent of its own host, which has the key of this host and
 * learns from the kernel who asks. seosd says whether he may and which hosts the names mean; all of
 * them are asked at the same time, first without a password, then, round by round, with the one the
 * user has typed for the name that stands for them; each outcome is passed on as it comes.
 */
#ifndef REF_WIRE_RELAY_H
#define REF_WIRE_RELAY_H

#include "ref/wire/link.h"

#define RELAY_TEXT_MAX 1280

enum relay_result {
	RELAY_DONE,     /* the host is shut down */
	RELAY_FAILED,   /* or not; text says why */
	RELAY_LOCAL,    /* it is this host: the asker has to do it himself */
	RELAY_PASSWORD, /* for a host or group of hosts as it was named; text is the user */
};

struct relay_outcome {
	char host[ACCESS_NAME_MAX]; /* or a name that is no host; "": it is about all */
	enum relay_result result;
	char text[RELAY_TEXT_MAX]; /* one line; "" for RELAY_DONE and RELAY_LOCAL */
};

/* What secons does with what comes. */
struct relay_asker {
	void (*outcome)(void *arg, const struct relay_outcome *o); /* RELAY_DONE, RELAY_FAILED */
	/* The password of a user for what he has named. Returns its length, or a negated errno
	 * value: those hosts are not asked. */
	ssize_t (*password)(void *arg, const char *user, const char *name,
			    char out[LINK_PASSWORD_MAX]);
	void *arg;
};

/*
 * The side of secons: has the hosts and groups of hosts named shut down, and tells of each. *local:
 * this host was among them. Returns 0; -EREMOTEIO: some outcome was RELAY_FAILED; -E2BIG: too many
 * names; -ECONNREFUSED: seagent does not run; -EPIPE, -ETIMEDOUT: it has not come to the end, and
 * what has no outcome by then is not known.
 */
int relay_request(struct platform *p, const char *const *names, size_t count,
		  const struct relay_asker *asker, bool *local);

/* The side of seagent, in its child: one such request. */
void relay_serve(struct platform *p, struct platform_channel *c, const struct platform_caller *who);

#endif
