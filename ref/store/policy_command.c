/* SPDX-License-Identifier: MIT */
/*
 * Running selang commands; see policy_command.h.
 */
#include "ref/store/policy_command.h"
#include "ref/store/trust.h"

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
	size_t used;                     /* bytes of report->output */
	struct policy_resource resource; /* the command's, as it was */
	struct policy_trusted file;      /* that of class PROGRAM or SECFILE */
	char missing[ACCESS_NAME_MAX + 64];
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
	record_cut_text(&record, RECORD_CLASS, access_class_name(c->class));
	record_cut_text(&record, RECORD_USER, r->who.user);
	record_cut_text(&record, RECORD_RESOURCE, c->name);
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

/* access/ghost/2: a group has hosts that are defined, and no others. */
static int look_up_members(struct run *r, const struct access_command *c,
			   struct access_request *request)
{
	struct access_list list = c->members;
	struct policy_resource host;
	char name[ACCESS_NAME_MAX];

	while (access_list_next(&list, name)) {
		int error = policy_resource(r->db, ACCESS_HOST, name, &host);

		if (error == -ENOENT) {
			snprintf(r->missing, sizeof(r->missing),
				 "%s has no HOST record: define it first", name);
			request->missing = r->missing;
			return 0;
		}
		if (error)
			return error;
	}
	return 0;
}

/* Whom a rule is for: a user of the database, unless he is named as one from elsewhere. */
static int look_up_user(struct run *r, const struct access_command *c,
			struct access_request *request)
{
	unsigned attributes;
	int error;

	if (c->verb != ACCESS_AUTHORIZE || c->foreign || !strcmp(c->user, ACCESS_ANYBODY))
		return 0;
	error = policy_user(r->db, c->user, &attributes);
	if (error == -ENOENT)
		request->missing = "the user of uid() is not defined in the database";
	return error == -ENOENT ? 0 : error;
}

/* A file is taken as trusted as it is now. */
static int look_up_file(struct run *r, const struct access_command *c,
			struct access_request *request)
{
	struct trust found;
	int error = policy_trusted(r->db, c->class, c->name, &r->file);

	request->exists = !error;
	if (error && error != -ENOENT)
		return error;
	if (error && c->create)
		request->verb = ACCESS_NEW;
	if (request->verb != ACCESS_NEW && !c->trust)
		return 0;
	error = trust_take_stat(r->platform, c->name, &found);
	if (!error)
		error = trust_take_contents(r->platform, c->name, &found);
	if (error) {
		snprintf(r->missing, sizeof(r->missing), "the file cannot be read: %s",
			 error == -EINVAL ? "it is no regular file" : strerror(-error));
		request->missing = r->missing;
		return 0;
	}
	trust_format(&found, r->file.info);
	r->file.trusted = true;
	return 0;
}

static int look_up_record(struct run *r, const struct access_command *c,
			  struct access_request *request)
{
	int error = policy_resource(r->db, c->class, c->name, &r->resource);

	request->exists = !error;
	if (error && error != -ENOENT)
		return error;
	if (error && c->create)
		request->verb = ACCESS_NEW;
	error = look_up_members(r, c, request);
	return error ? error : look_up_user(r, c, request);
}

static int look_up_object(struct run *r, const struct access_command *c,
			  struct access_request *request)
{
	int error = policy_user(r->db, c->name, &request->attributes);

	request->exists = !error;
	if (error == -ENOENT && c->create)
		request->verb = ACCESS_NEW;
	return error == -ENOENT ? 0 : error;
}

/* What is known of the command's user or record; returns 0 or -EIO. */
static int look_up(struct run *r, const struct access_command *c, struct access_request *request)
{
	int error;

	request->verb = c->verb;
	request->class = c->class;
	request->name = c->name;
	error = c->class == ACCESS_USER       ? look_up_object(r, c, request)
		: ACCESS_IS_TRUSTED(c->class) ? look_up_file(r, c, request)
					      : look_up_record(r, c, request);
	if (error)
		return error;
	request->set = c->set;
	request->clear = c->clear;
	return policy_admin_count(r->db, &request->admins);
}

static int change_members(struct run *r, const struct access_command *c)
{
	struct access_list added = c->members, removed = c->removed;
	char host[ACCESS_NAME_MAX];
	int error = 0;

	while (!error && access_list_next(&added, host))
		error = policy_member_add(r->db, c->name, host);
	while (!error && access_list_next(&removed, host))
		error = policy_member_remove(r->db, c->name, host);
	return error;
}

static int change_record(struct run *r, const struct access_command *c,
			 const struct access_request *request)
{
	struct policy_resource *resource = &r->resource;
	int error;

	switch (request->verb) {
	case ACCESS_REMOVE:
		return policy_resource_remove(r->db, c->class, c->name);
	case ACCESS_AUTHORIZE:
		return policy_rule_set(r->db, c->name, c->user, c->access);
	case ACCESS_WITHDRAW:
		return policy_rule_remove(r->db, c->name, c->user);
	default:
		break;
	}
	if (c->owner[0] || request->verb == ACCESS_NEW)
		snprintf(resource->owner, sizeof(resource->owner), "%s",
			 c->owner[0] ? c->owner : r->who.user);
	if (c->has_access)
		resource->access = c->access;
	if (c->has_warning)
		resource->warning = c->warning;
	error = policy_resource_set(r->db, c->class, c->name, resource);
	return error ? error : change_members(r, c);
}

static int change_file(struct run *r, const struct access_command *c,
		       const struct access_request *request)
{
	struct policy_trusted *file = &r->file;

	if (request->verb == ACCESS_REMOVE)
		return policy_trusted_remove(r->db, c->class, c->name);
	if (c->owner[0] || request->verb == ACCESS_NEW)
		snprintf(file->owner, sizeof(file->owner), "%s",
			 c->owner[0] ? c->owner : r->who.user);
	return policy_trusted_set(r->db, c->class, c->name, file);
}

static int change(struct run *r, const struct access_command *c,
		  const struct access_request *request)
{
	if (ACCESS_IS_TRUSTED(request->class))
		return change_file(r, c, request);
	if (request->class != ACCESS_USER)
		return change_record(r, c, request);
	if (request->verb == ACCESS_REMOVE)
		return policy_user_remove(r->db, request->name);
	return policy_user_set(r->db, request->name,
			       (request->attributes | request->set) & ~request->clear);
}

static void tell_record(struct run *r, const struct access_command *c,
			const struct access_request *request)
{
	const char *class = access_class_name(c->class);

	if (request->verb == ACCESS_AUTHORIZE)
		tell(r, "%s %s: access %s for %s\n", class, c->name,
		     access_permissions_text(c->access), c->user);
	else if (request->verb == ACCESS_WITHDRAW)
		tell(r, "%s %s: no rule for %s\n", class, c->name, c->user);
	else
		tell(r, "%s %s %s\n", class, c->name,
		     request->verb == ACCESS_NEW      ? "defined"
		     : request->verb == ACCESS_REMOVE ? "deleted"
						      : "changed");
}

static void tell_change(struct run *r, const struct access_command *c,
			const struct access_request *request)
{
	char attributes[ACCESS_ATTRIBUTES_MAX];

	if (c->class != ACCESS_USER) {
		tell_record(r, c, request);
		return;
	}
	access_attributes_text((request->attributes | request->set) & ~request->clear, attributes);
	if (request->verb == ACCESS_REMOVE)
		tell(r, "user %s deleted\n", request->name);
	else
		tell(r, "user %s %s: attributes %s\n", request->name,
		     request->verb == ACCESS_NEW ? "defined" : "changed", attributes);
	if (c->set & ACCESS_AUDIT_INTERACTIVE && (c->set & ACCESS_AUDIT_ALL) != ACCESS_AUDIT_ALL)
		tell(r, "user %s: audit mode INTERACTIVE asks for no record\n", request->name);
}

static void show_members(struct run *r, const char *group)
{
	char host[ACCESS_NAME_MAX] = "";
	const char *before = " ";

	tell(r, "Members:");
	while (!policy_member_next(r->db, group, host, host)) {
		tell(r, "%s%s", before, host);
		before = ", ";
	}
	tell(r, "\n");
}

static void show_rules(struct run *r, const char *terminal)
{
	char user[ACCESS_NAME_MAX] = "";
	unsigned access;

	tell(r, "Default access: %s\n", access_permissions_text(r->resource.access));
	if (r->resource.warning)
		tell(r, "Warning mode: yes\n");
	while (!policy_rule_next(r->db, terminal, user, user, &access))
		tell(r, "Access: %s %s\n", user, access_permissions_text(access));
}

static int show_user(struct run *r, const struct access_command *c,
		     const struct access_request *request)
{
	char attributes[ACCESS_ATTRIBUTES_MAX];
	char audit[ACCESS_AUDIT_MAX];
	bool disabled;

	if (policy_disabled(r->db, request->name, &disabled))
		return refuse(r, c, policy_error(r->db));
	access_attributes_text(request->attributes, attributes);
	access_audit_text(request->attributes, audit);
	tell(r, "User name: %s\nAttributes: %s\n", request->name, attributes);
	if (request->attributes & ACCESS_AUDIT_SET)
		tell(r, "Audit mode: %s\n", audit);
	if (disabled)
		tell(r, "Login: disabled by serevu\n");
	return 0;
}

static int show(struct run *r, const struct access_command *c, const struct access_request *request)
{
	if (c->class == ACCESS_USER)
		return show_user(r, c, request);
	tell(r, "Class: %s\nName: %s\nOwner: %s\n", access_class_name(c->class), c->name,
	     ACCESS_IS_TRUSTED(c->class) ? r->file.owner : r->resource.owner);
	if (ACCESS_IS_TRUSTED(c->class))
		tell(r, "Trusted: %s\n", r->file.trusted ? "yes" : "no");
	if (c->class == ACCESS_GHOST)
		show_members(r, c->name);
	else if (c->class == ACCESS_TERMINAL || c->class == ACCESS_FILE)
		show_rules(r, c->name);
	return r->used + 1 < sizeof(r->report->output)
		       ? 0
		       : refuse(r, c, "there is more than an answer can hold");
}

/* The record goes out between change and commit: neither stands without the other. */
static int run_change(struct run *r, const struct access_command *c,
		      const struct access_request *request, struct access_ruling ruling)
{
	int error = ruling.status == 'S' ? change(r, c, request) : 0;

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
	tell_change(r, c, request);
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
		error = show(r, c, &request);
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
