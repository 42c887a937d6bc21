/* SPDX-License-Identifier: MIT */
/*
 * Running selang commands; see policy_command.h.
 */
#include "ref/store/policy_command.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#define SHOWN_MAX 80 /* bytes of a command in an error line */

/* A run of commands; number counts from 1. */
struct run {
	struct platform *platform;
	struct policy *db;
	struct accessor who; /* as the database knows him at this command */
	const struct policy_journal *journal;
	struct policy_report *report;
	unsigned number;
	size_t used; /* bytes of report->output */
};

__attribute__((format(printf, 2, 3))) static void tell(struct run *r, const char *format, ...)
{
	size_t room = sizeof(r->report->output) - r->used;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(r->report->output + r->used, room, format, args);
	va_end(args);
	r->used += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

static int refuse(struct run *r, const struct access_command *c, const char *why)
{
	int shown = c->bytes < SHOWN_MAX ? (int)c->bytes : SHOWN_MAX;

	snprintf(r->report->error, sizeof(r->report->error), "command %u (%.*s): %s", r->number,
		 shown, c->text, why);
	r->report->status = EXIT_REFUSED;
	return -EPERM;
}

static int journal(struct run *r, const struct access_command *c, struct access_ruling ruling)
{
	struct audit_record record;
	char text[ACCESS_COMMANDS_BYTES_MAX];

	snprintf(text, sizeof(text), "%.*s", (int)c->bytes, c->text);
	record_init(&record, RECORD_ADMIN, r->platform->ops->wall_ns(r->platform) / NS_PER_S,
		    ruling.status);
	record.stage = ruling.stage;
	record.os_user = !r->who.known;
	record_cut_text(&record, RECORD_CLASS, "USER");
	record_cut_text(&record, RECORD_USER, r->who.user);
	record_cut_text(&record, RECORD_RESOURCE, c->user);
	record_cut_text(&record, RECORD_TERMINAL, "localhost");
	record_cut_text(&record, RECORD_COMMAND, text);
	return r->journal->append(r->journal->arg, &record);
}

/* A command may have been about the requester himself. */
static int look_up_requester(struct run *r)
{
	int error = policy_user(r->db, r->who.user, &r->who.attributes);

	r->who.known = !error;
	return error == -ENOENT ? 0 : error;
}

/* What is known of the command's user; returns 0 or -EIO. */
static int look_up(struct run *r, const struct access_command *c, struct access_request *request)
{
	int error = policy_user(r->db, c->user, &request->attributes);

	request->exists = !error;
	if (error && error != -ENOENT)
		return error;
	request->verb = c->create && error == -ENOENT ? ACCESS_NEW : c->verb;
	request->user = c->user;
	request->set = c->set;
	request->clear = c->clear;
	return policy_admin_count(r->db, &request->admins);
}

static int change(struct run *r, const struct access_request *request)
{
	if (request->verb == ACCESS_REMOVE)
		return policy_user_remove(r->db, request->user);
	return policy_user_set(r->db, request->user,
			       (request->attributes | request->set) & ~request->clear);
}

static void tell_change(struct run *r, const struct access_request *request)
{
	char attributes[ACCESS_ATTRIBUTES_MAX];

	access_attributes_text((request->attributes | request->set) & ~request->clear, attributes);
	if (request->verb == ACCESS_REMOVE)
		tell(r, "user %s deleted\n", request->user);
	else
		tell(r, "user %s %s: attributes %s\n", request->user,
		     request->verb == ACCESS_NEW ? "defined" : "changed", attributes);
}

static void show(struct run *r, const struct access_request *request)
{
	char attributes[ACCESS_ATTRIBUTES_MAX];

	access_attributes_text(request->attributes, attributes);
	tell(r, "User name: %s\nAttributes: %s\n", request->user, attributes);
}

/* The record goes out between change and commit: neither stands without the other. */
static int run_change(struct run *r, const struct access_command *c,
		      const struct access_request *request, struct access_ruling ruling)
{
	int error = ruling.status == 'S' ? change(r, request) : 0;

	if (error)
		ruling = (struct access_ruling){'F', ruling.stage, policy_error(r->db)};
	error = journal(r, c, ruling);
	if (error)
		return refuse(r, c, "not done: the audit log cannot be written");
	if (ruling.status != 'S')
		return refuse(r, c, ruling.why);
	if (policy_commit(r->db)) {
		ruling.status = 'F';
		(void)journal(r, c, ruling); /* takes back what the first record says */
		return refuse(r, c, policy_error(r->db));
	}
	tell_change(r, request);
	return 0;
}

static int run_one(struct run *r, const struct access_command *c)
{
	struct access_request request = {.verb = c->verb};
	struct access_ruling ruling;
	int error = policy_begin(r->db);

	if (!error)
		error = look_up_requester(r);
	if (!error)
		error = look_up(r, c, &request);
	if (error) {
		refuse(r, c, policy_error(r->db));
		policy_rollback(r->db);
		return error;
	}
	ruling = access_rule(&r->who, &request);
	if (request.verb != ACCESS_SHOW)
		error = run_change(r, c, &request, ruling);
	else if (ruling.status == 'S')
		show(r, &request);
	else
		error = refuse(r, c, ruling.why);
	if (error || request.verb == ACCESS_SHOW)
		policy_rollback(r->db);
	return error;
}

void policy_run(struct platform *p, struct policy *db, const struct accessor *who, const char *text,
		const struct policy_journal *log, struct policy_report *report)
{
	struct run r = {.platform = p,
			.db = db,
			.who = *who,
			.journal = log,
			.report = report,
			.number = 1};
	struct access_command command;
	struct access_syntax syntax;
	size_t offset = 0;
	int n;

	report->status = EXIT_DONE;
	report->output[0] = report->error[0] = '\0';
	while ((n = access_command_next(text, &offset, &command, &syntax)) == 1) {
		if (r.number > ACCESS_COMMANDS_MAX) {
			refuse(&r, &command, "too many commands at once");
			return;
		}
		if (run_one(&r, &command))
			return;
		r.number++;
	}
	if (n == 0)
		return;
	snprintf(report->error, sizeof(report->error), "command %u, column %zu: %s", r.number,
		 syntax.column, syntax.why);
	report->status = EXIT_REFUSED;
}
