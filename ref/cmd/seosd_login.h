/* SPDX-License-Identifier: MIT */
/*
 * The logins that seosd knows of: what a PAM module reports becomes LOGIN records and a session
 * that the kernel extension counts; the end of a session becomes a LOGOUT record. Not for: who may
 * come in (core/login.h).
 */
#ifndef REF_CMD_SEOSD_LOGIN_H
#define REF_CMD_SEOSD_LOGIN_H

#include "ref/core/guess.h"
#include "ref/store/journal.h"
#include "ref/store/policy.h"
#include "ref/wire/message.h"

struct logins {
	struct platform *platform;
	struct policy *policy;
	struct journal *journal;
	const struct audit_log_config *log_config;
	struct platform_events *events; /* NULL: no extension so far */
	struct guesses attempts;
};

/*
 * Begins. Sessions that ended while nobody was there leave their records when the daemons had
 * crashed, and none when the product was shut down (event/logout/14, event/logout/15).
 */
void logins_open(struct logins *l, bool crashed);
/* Now and then: for an extension that was loaded later, and records that could not be written. */
void logins_tick(struct logins *l);
/* The extension has something to say, or nobody will listen any more. */
void logins_settle(struct logins *l);
void logins_close(struct logins *l);

/* Answers a MESSAGE_LOGIN of the process pid, whose user is root. Returns the status; text, for
 * whoever wants to come in, is "" when he may. */
enum exit_status logins_message(struct logins *l, pid_t pid, const struct message_request *request,
				char *text, size_t bytes);

#endif
