/* SPDX-License-Identifier: MIT */
/*
 * The shutdown of the daemons: the audit record of a request and the steps of a
 * granted one. seosd supplies the facts and carries out what is decided. Not for starting daemons
 * again (watch.h).
 */
#ifndef REF_CORE_SHUTDOWN_H
#define REF_CORE_SHUTDOWN_H

#include "ref/core/access.h"
#include "ref/core/record.h"

#include <sys/types.h>

#define SHUTDOWN_DAEMONS   2  /* seosd ends the other two */
#define SHUTDOWN_KILL_S    30 /* after the request, a daemon that still runs is killed */
#define SHUTDOWN_GIVE_UP_S 40 /* and one that even then does not end makes the request fail */

/* The one record of a request: M 452, for OPERATOR as well (secons/rights/10), or D 460. */
void shutdown_record(struct audit_record *record, int64_t time_s, const struct accessor *who,
		     bool granted);

/* A granted shutdown on its way. Zeroed, then shutdown_begin(). */
struct shutdown {
	int64_t begun_ns;
	bool begun;
	pid_t told[SHUTDOWN_DAEMONS];   /* the process that was asked to end */
	pid_t killed[SHUTDOWN_DAEMONS]; /* the process that was killed */
};

enum shutdown_order {
	SHUTDOWN_NOTHING,
	SHUTDOWN_ASK,  /* SIGTERM */
	SHUTDOWN_KILL, /* SIGKILL */
};

enum shutdown_progress {
	SHUTDOWN_GOES_ON,
	SHUTDOWN_DONE,
	SHUTDOWN_FAILED, /* a daemon cannot be ended */
};

void shutdown_begin(struct shutdown *s, int64_t boot_ns);
/*
 * The next step: running holds the PIDs of the other daemons, 0 for one that has ended. Fills an
 * order for each; every process is asked once and killed once, also one that came up meanwhile.
 */
enum shutdown_progress shutdown_step(struct shutdown *s, int64_t boot_ns,
				     const pid_t running[SHUTDOWN_DAEMONS],
				     enum shutdown_order orders[SHUTDOWN_DAEMONS]);

#endif
