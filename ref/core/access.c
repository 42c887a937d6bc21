/* SPDX-License-Identifier: MIT */
/*
 * Who may do what; see access.h.
 */
#include "ref/core/access.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	unsigned bit;
} attributes[] = {
	{"ADMIN", ACCESS_ADMIN},
	{"OPERATOR", ACCESS_OPERATOR},
	{"AUDITOR", ACCESS_AUDITOR},
	{"SERVER", ACCESS_SERVER},
};

static const struct {
	const char *name;
	unsigned bits;
} audit_modes[] = {
	{"FAIL", ACCESS_AUDIT_FAIL},
	{"SUCCESS", ACCESS_AUDIT_SUCCESS},
	{"LOGINFAIL", ACCESS_AUDIT_LOGINFAIL},
	{"LOGINSUCCESS", ACCESS_AUDIT_LOGINSUCCESS},
	{"TRACE", ACCESS_AUDIT_TRACE},
	{"INTERACTIVE", ACCESS_AUDIT_INTERACTIVE},
	{"ALL", ACCESS_AUDIT_ALL},
	{"NONE", 0},
};

static const char *const classes[] = {
	[ACCESS_USER] = "USER",         [ACCESS_HOST] = "HOST", [ACCESS_GHOST] = "GHOST",
	[ACCESS_TERMINAL] = "TERMINAL", [ACCESS_FILE] = "FILE", [ACCESS_PROGRAM] = "PROGRAM",
	[ACCESS_SECFILE] = "SECFILE",
};

#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

unsigned access_attribute_named(const char *word)
{
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (!strcasecmp(word, attributes[i].name))
			return attributes[i].bit;
	}
	return 0;
}

void access_attributes_text(unsigned bits, char out[ACCESS_ATTRIBUTES_MAX])
{
	size_t n = 0;

	snprintf(out, ACCESS_ATTRIBUTES_MAX, "none");
	for (size_t i = 0; i < ATTRIBUTES; i++) {
		if (bits & attributes[i].bit)
			n += (size_t)snprintf(out + n, ACCESS_ATTRIBUTES_MAX - n, "%s%s",
					      n ? " " : "", attributes[i].name);
	}
}

unsigned access_audit_named(const char *word)
{
	for (size_t i = 0; i < sizeof(audit_modes) / sizeof(audit_modes[0]); i++) {
		if (!strcasecmp(word, audit_modes[i].name))
			return audit_modes[i].bits | ACCESS_AUDIT_SET;
	}
	return 0;
}

void access_audit_text(unsigned bits, char out[ACCESS_AUDIT_MAX])
{
	size_t n = 0;

	snprintf(out, ACCESS_AUDIT_MAX, "none");
	for (size_t i = 0; i < sizeof(audit_modes) / sizeof(audit_modes[0]); i++) {
		unsigned mode = audit_modes[i].bits;

		if (mode != ACCESS_AUDIT_ALL && bits & mode)
			n += (size_t)snprintf(out + n, ACCESS_AUDIT_MAX - n, "%s%s", n ? " " : "",
					      audit_modes[i].name);
	}
}

const char *access_class_name(enum access_class class)
{
	return classes[class];
}

bool access_class_named(const char *word, enum access_class *out)
{
	for (unsigned i = ACCESS_HOST; i < ACCESS_CLASSES; i++) {
		if (!strcasecmp(word, classes[i])) {
			*out = (enum access_class)i;
			return true;
		}
	}
	return false;
}

const char *access_permissions_text(unsigned permissions)
{
	static const char *const texts[] = {
		"none",  "read",       "write",       "read,write",
		"chdir", "read,chdir", "write,chdir", "read,write,chdir"};

	return texts[permissions & ACCESS_ALL];
}

bool access_may_shutdown(const struct accessor *who)
{
	return who->known && who->attributes & (ACCESS_ADMIN | ACCESS_OPERATOR);
}

const char *access_remote_refusal(const struct accessor *who,
				  const struct access_terminal_rule *rule)
{
	if (!access_may_shutdown(who))
		return "ADMIN or OPERATOR is needed";
	if (!rule->known)
		return "no rule of class TERMINAL names the user";
	if (!(rule->permissions & ACCESS_WRITE))
		return "the rule of class TERMINAL does not give WRITE";
	return NULL;
}

bool access_may_configure(const struct access_terminal_rule *rule)
{
	return rule->known && rule->permissions & ACCESS_WRITE;
}

bool access_may_scan(const struct accessor *who)
{
	return who->known && who->attributes & (ACCESS_ADMIN | ACCESS_OPERATOR);
}

static struct access_ruling rule_right(const struct accessor *who,
				       const struct access_request *request)
{
	unsigned has = who->known ? who->attributes : 0;
	bool first = request->admins == 0 && who->uid == 0;
	unsigned changed = request->set | request->clear;

	if (changed & ACCESS_AUDIT_BITS && !first) {
		if (!who->known || !(has & ACCESS_AUDITOR))
			return (struct access_ruling){'D', ACCESS_NO_AUDITOR,
						      "audit modes are set by an AUDITOR"};
		if (request->verb == ACCESS_CHANGE && !(changed & ~ACCESS_AUDIT_BITS))
			return (struct access_ruling){'S', ACCESS_AS_AUDITOR, NULL};
	}
	if (has & ACCESS_ADMIN || first)
		return (struct access_ruling){'S', ACCESS_BY_ADMIN, NULL};
	if (request->verb == ACCESS_SHOW) {
		if (who->known && request->class == ACCESS_USER &&
		    !strcmp(who->user, request->name))
			return (struct access_ruling){'S', ACCESS_MYSELF, NULL};
		if (has & ACCESS_AUDITOR)
			return (struct access_ruling){'S', ACCESS_BY_AUDITOR, NULL};
		if (has & ACCESS_OPERATOR)
			return (struct access_ruling){'S', ACCESS_BY_OPERATOR, NULL};
	}
	if (!who->known)
		return (struct access_ruling){'D', ACCESS_UNDEFINED_USER,
					      "you are not defined in the database"};
	return (struct access_ruling){'D', ACCESS_NO_RULE, "ADMIN is needed"};
}

static struct access_ruling rule_object(const struct access_request *request, int stage)
{
	bool last_admin = request->attributes & ACCESS_ADMIN && request->admins == 1;

	bool user = request->class == ACCESS_USER;

	if (request->verb == ACCESS_NEW && request->exists)
		return (struct access_ruling){
			'F', stage, user ? "the user exists already" : "the record exists already"};
	if (request->verb == ACCESS_REMOVE && user && !strcmp(request->name, "root"))
		return (struct access_ruling){'D', ACCESS_ROOT, "root cannot be deleted"};
	if (request->verb != ACCESS_NEW && !request->exists)
		return (struct access_ruling){
			'F', stage, user ? "there is no such user" : "there is no such record"};
	if (request->missing)
		return (struct access_ruling){'F', stage, request->missing};
	if (last_admin && request->verb == ACCESS_REMOVE)
		return (struct access_ruling){'D', ACCESS_LAST_ADMIN,
					      "the last user with ADMIN cannot be deleted"};
	if (last_admin && request->clear & ACCESS_ADMIN)
		return (struct access_ruling){'D', ACCESS_LAST_ADMIN,
					      "the last user with ADMIN must keep it"};
	return (struct access_ruling){'S', stage, NULL};
}

struct access_ruling access_rule(const struct accessor *who, const struct access_request *request)
{
	struct access_ruling right = rule_right(who, request);

	return right.status == 'S' ? rule_object(request, right.stage) : right;
}
