/* SPDX-License-Identifier: MIT */
/*
 * Accounts that serevu disables and enables.
 */
#include "ref/cmd/seosd.h"

#include <errno.h>
#include <string.h>

/* Disables a user or enables him, with the record: neither without the other. */
static int change_account(struct seosd *d, struct platform *p,
			  const struct message_request *request)
{
	struct audit_record record;
	unsigned attributes;
	int known = policy_user(d->policy, request->user, &attributes);
	int error = known == -EIO ? known : policy_begin(d->policy);

	if (error)
		return error;
	record_init(&record, request->disable ? RECORD_LOGIN_DISABLED : RECORD_LOGIN_ENABLED,
		    platform_wall_s(p), request->disable ? 'I' : 'E');
	record.os_user = known != 0;
	record_cut_text(&record, RECORD_USER, request->user);
	record_cut_text(&record, RECORD_TERMINAL, "localhost");
	record_cut_text(&record, RECORD_PROGRAM, "serevu");
	error = policy_disabled_set(d->policy, request->user, request->disable);
	if (!error)
		error = journal_append(&d->journal, &record);
	if (!error)
		error = policy_commit(d->policy);
	if (error)
		policy_rollback(d->policy);
	return error;
}

void account_ask(struct seosd *d, struct platform *p, struct platform_connection *c,
		 const struct platform_peer *peer, const struct message_request *request)
{
	bool disabled = false;
	int error;

	/* The lock proves it: anybody could say so. */
	if (peer->uid != 0 || product_daemon_pid(p, PRODUCT_SEREVU) != peer->pid) {
		answer_line(p, c, EXIT_REFUSED, "this process is not serevu");
		return;
	}
	error = policy_disabled(d->policy, request->user, &disabled);
	if (!error && disabled != request->disable)
		error = change_account(d, p, request);
	answer_line(p, c, error ? EXIT_REFUSED : EXIT_DONE, "%s",
		    error == -EIO ? policy_error(d->policy)
		    : error       ? strerror(-error)
				  : "");
}
