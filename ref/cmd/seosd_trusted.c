/* SPDX-License-Identifier: MIT */
/*
 * Trusted files: seoswd looks at them, seosd knows what they were.
 */
#include "ref/cmd/seosd.h"

#include <errno.h>
#include <string.h>

static bool is_seoswd(struct platform *p, struct platform_connection *c,
		      const struct platform_peer *peer)
{
	if (peer->uid == 0 && product_daemon_pid(p, PRODUCT_SEOSWD) == peer->pid)
		return true;
	answer_line(p, c, EXIT_REFUSED, "this process is not seoswd");
	return false;
}

void trusted_next(struct seosd *d, struct platform *p, struct platform_connection *c,
		  const struct platform_peer *peer, const struct message_request *request)
{
	char path[ACCESS_NAME_MAX], text[ACCESS_NAME_MAX + TRUST_TEXT_MAX + 32] = "";
	enum access_class class = ACCESS_USER;
	struct policy_trusted file;
	int error;

	if (!is_seoswd(p, c, peer))
		return;
	(void)access_class_named(request->name, &class);
	memcpy(path, request->behind, sizeof(path));
	error = policy_trusted_next(d->policy, &class, path, &file);
	if (error && error != -ENOENT) {
		answer_line(p, c, EXIT_REFUSED, "policy database: %s", policy_error(d->policy));
		return;
	}
	if (!error)
		snprintf(text, sizeof(text), "%s\n%s\n%s\n", access_class_name(class), path,
			 file.info);
	answer_output(p, c, text);
}

/* The record goes out between change and commit: neither stands without the other. */
static int untrust(struct seosd *d, struct platform *p, const struct message_request *request,
		   enum access_class class)
{
	struct policy_trusted file;
	struct audit_record record;
	int error = policy_trusted(d->policy, class, request->behind, &file);

	if (error == -ENOENT || (!error && !file.trusted))
		return 0; /* meanwhile it has been taken out, or this has been said before */
	file.trusted = false;
	if (!error)
		error = policy_trusted_set(d->policy, class, request->behind, &file);
	if (error)
		return error;
	trust_record(&record, platform_wall_s(p), access_class_name(class), request->behind,
		     (enum trust_stage)request->stage, request->code);
	return journal_append(&d->journal, &record);
}

void trusted_withdraw(struct seosd *d, struct platform *p, struct platform_connection *c,
		      const struct platform_peer *peer, const struct message_request *request)
{
	enum access_class class;
	int error;

	if (!is_seoswd(p, c, peer))
		return;
	if (!access_class_named(request->name, &class) || !ACCESS_IS_TRUSTED(class)) {
		answer_line(p, c, EXIT_USAGE, "no class of trusted files");
		return;
	}
	error = policy_begin(d->policy);
	if (!error)
		error = untrust(d, p, request, class);
	if (!error)
		error = policy_commit(d->policy);
	if (error)
		policy_rollback(d->policy);
	trace_line(p, &d->trace, "UNTRUST", error ? '!' : '>', "%s stage=%d code=%d",
		   request->behind, (int)request->stage, (int)request->code);
	answer_line(p, c, error ? EXIT_REFUSED : EXIT_DONE, "%s", error ? strerror(-error) : "");
}
