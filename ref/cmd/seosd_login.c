/* SPDX-License-Identifier: MIT */
/*
 * Logins and logouts in seosd; see seosd_login.h. The kernel extension's table is what counts: a
 * session is forgotten there only when its LOGOUT record is in the log.
 */
#include "ref/cmd/seosd_login.h"
#include "ref/core/login.h"

#include <errno.h>
#include <string.h>

#define RING_BYTES 8192

/* Logouts */

static bool file_has_logout(struct platform *p, const char *path, const char *session)
{
	struct audit_log_reader *reader;
	struct audit_log_damage damage;
	struct audit_record record;
	bool found = false;
	int result;

	if (audit_log_read_open(p, path, &reader))
		return false;
	do {
		result = audit_log_read(reader, &record, NULL, &damage);
		found = result == 1 && record.type == RECORD_LOGOUT &&
			!strcmp(record.session, session);
	} while (!found && (result == 1 || result == -EBADMSG));
	audit_log_read_close(reader);
	return found;
}

/* A seosd that was killed may have written the record, and not come to say so. */
static bool is_recorded(const struct logins *l, const char *session)
{
	return file_has_logout(l->platform, l->log_config->path, session) ||
	       file_has_logout(l->platform, l->log_config->backup, session);
}

static int record_logout(const struct logins *l, const struct platform_login *ended, bool doubtful)
{
	struct platform *p = l->platform;
	int64_t ago_ns = p->ops->boot_ns(p) - ended->end_boot_ns;
	char session[RECORD_SESSION_MAX];
	struct audit_record record;
	struct login who;

	if (!login_label_read(ended->label, ended->label_bytes, &who))
		return 0;
	login_session_text(ended->id.start_s, ended->id.leader, session);
	if (doubtful && is_recorded(l, session))
		return 0;
	logout_record(&record, (p->ops->wall_ns(p) - ago_ns) / NS_PER_S, &who, session);
	return journal_append(l->journal, &record);
}

/* All that have ended: recorded, unless they are to be forgotten, and forgotten. */
static void settle(const struct logins *l, bool record, bool doubtful)
{
	struct platform *p = l->platform;
	struct platform_login login;
	uint64_t cursor = 0;

	while (!p->ops->login_next(p, &cursor, &login)) {
		if (!login.end_boot_ns)
			continue;
		/* What cannot be written now stays in the table. */
		if (record && record_logout(l, &login, doubtful))
			return;
		(void)p->ops->login_forget(p, &login.id);
	}
}

void logins_settle(struct logins *l)
{
	struct platform *p = l->platform;
	struct platform_event event;
	int result;

	if (!l->events)
		return;
	/* What the events say, and what is missing, is in the table. */
	do {
		result = p->ops->events_next(p, l->events, &event);
	} while (result > 0);
	if (result < 0) {
		p->ops->events_close(p, l->events);
		l->events = NULL;
		return;
	}
	settle(l, true, false);
}

static void listen_to_kernel(struct logins *l)
{
	struct platform *p = l->platform;

	/* Without the extension logins leave records, and logouts do not. */
	if (!l->events)
		(void)p->ops->events_open(p, PLATFORM_EVENTS_SESSION, RING_BYTES, &l->events);
}

void logins_open(struct logins *l, bool crashed)
{
	listen_to_kernel(l);
	/* The daemons are nobody's session: who starts them can log out. */
	(void)l->platform->ops->login_leave(l->platform);
	settle(l, crashed, true);
}

void logins_tick(struct logins *l)
{
	listen_to_kernel(l);
	logins_settle(l);
}

void logins_close(struct logins *l)
{
	if (l->platform)
		l->platform->ops->events_close(l->platform, l->events);
	l->events = NULL;
}

/* Logins */

/* Returns the user's attributes, audit modes among them. */
static unsigned describe(const struct logins *l, const struct message_request *request,
			 struct login *out)
{
	unsigned attributes = 0;

	memset(out, 0, sizeof(*out));
	memcpy(out->user, request->user, sizeof(out->user));
	memcpy(out->terminal, request->terminal, sizeof(out->terminal));
	memcpy(out->program, request->program, sizeof(out->program));
	out->os_user = policy_user(l->policy, out->user, &attributes) != 0;
	return attributes;
}

static int on_attempt(struct logins *l, const struct login *who, bool record_it)
{
	struct platform *p = l->platform;
	unsigned attempt =
		guess_begin(&l->attempts, who->terminal, who->user, p->ops->boot_ns(p) / NS_PER_S);
	struct audit_record record;

	login_attempt_record(&record, platform_wall_s(p), who, attempt);
	return record_it ? journal_append(l->journal, &record) : 0;
}

/* When the database cannot tell, nobody is kept out by it. */
static struct login_ruling rule(const struct logins *l, const struct login *who)
{
	struct access_terminal_rule terminal;
	bool disabled;

	if (policy_disabled(l->policy, who->user, &disabled))
		disabled = false;
	if (policy_login_rule(l->policy, who->terminal, who->user, &terminal))
		terminal.known = false;
	return login_rule(disabled, &terminal);
}

/* Begins the session again with nothing to remember, so that it leaves no LOGOUT record. */
static void take_back(struct platform *p, const struct platform_login *begun)
{
	struct platform_login silent = {.id.leader = begun->id.leader};

	if (!p->ops->login_begin(p, &silent))
		(void)p->ops->login_forget(p, &begun->id);
}

static int on_begin(struct logins *l, pid_t pid, const struct login *who, unsigned attributes)
{
	struct platform_login login = {.id.leader = pid};
	struct platform *p = l->platform;
	char session[RECORD_SESSION_MAX] = "";
	struct login_ruling ruling = rule(l, who);
	struct audit_record record;
	bool counted, record_it;
	int error;

	if (ruling.status == 'D') /* by a rule that came after the check that he has passed */
		ruling = (struct login_ruling){'P', LOGIN_ALLOWED};
	record_it = login_recorded(attributes, ruling.status);
	guess_right(&l->attempts, who->terminal, who->user);
	/* Without a label the logout leaves no record either. */
	login.label_bytes = record_it ? login_label_write(who, login.label) : 0;
	counted = !p->ops->login_begin(p, &login);
	if (counted || !p->ops->session(p, pid, &login.id))
		login_session_text(login.id.start_s, login.id.leader, session);
	login_record(&record, platform_wall_s(p), who, session, ruling);
	error = record_it ? journal_append(l->journal, &record) : 0;
	if (error && counted)
		take_back(p, &login);
	return error;
}

/* Returns the stage that refuses him, 0: he may come in. */
static int on_check(struct logins *l, const struct login *who, unsigned attributes, int *error)
{
	struct login_ruling ruling = rule(l, who);
	struct audit_record record;

	if (ruling.status != 'D')
		return 0;
	if (login_recorded(attributes, 'D')) {
		login_record(&record, platform_wall_s(l->platform), who, "", ruling);
		*error = journal_append(l->journal, &record);
	}
	return ruling.stage;
}

enum exit_status logins_message(struct logins *l, pid_t pid, const struct message_request *request,
				char *text, size_t bytes)
{
	struct login who;
	unsigned attributes = describe(l, request, &who);
	int stage = 0;
	int error = 0;

	switch (request->login) {
	case MESSAGE_LOGIN_ATTEMPT:
		error = on_attempt(l, &who, login_recorded(attributes, 'D'));
		break;
	case MESSAGE_LOGIN_CHECK:
		stage = on_check(l, &who, attributes, &error);
		break;
	case MESSAGE_LOGIN_BEGIN:
		error = on_begin(l, pid, &who, attributes);
		break;
	}
	text[0] = '\0';
	if (stage)
		snprintf(text, bytes, "user %s may not log in from %s: %s", who.user, who.terminal,
			 stage == LOGIN_SUSPENDED ? "the account is disabled"
						  : "the terminal is not for him");
	else if (error)
		snprintf(text, bytes, "the login cannot be recorded: %s", strerror(-error));
	return stage || error ? EXIT_REFUSED : EXIT_DONE;
}
