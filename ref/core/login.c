/* SPDX-License-Identifier: MIT */
/*
 * Logins and logouts; see login.h. A label is a version byte, a flag, and two zero-terminated
 * texts.
 */
#include "ref/core/login.h"
#include "ref/core/codes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LABEL_VERSION '1'

struct login_ruling login_rule(bool disabled, const struct access_terminal_rule *rule)
{
	if (disabled)
		return (struct login_ruling){'D', LOGIN_SUSPENDED};
	if (rule->known && !(rule->permissions & ACCESS_READ))
		return (struct login_ruling){rule->warning ? 'W' : 'D', LOGIN_TERMINAL};
	return (struct login_ruling){'P', LOGIN_ALLOWED};
}

bool login_recorded(unsigned attributes, char status)
{
	unsigned asked = (status != 'D' ? ACCESS_AUDIT_LOGINSUCCESS : 0) |
			 (status != 'P' ? ACCESS_AUDIT_LOGINFAIL : 0);

	return !(attributes & ACCESS_AUDIT_SET) || attributes & asked;
}

static void begin(struct audit_record *record, enum record_type type, int64_t time_s, char status,
		  const struct login *who)
{
	record_init(record, type, time_s, status);
	record->reason = REASON_AUDIT_MODE;
	record->os_user = who->os_user;
	record_cut_text(record, RECORD_USER, who->user);
	record_cut_text(record, RECORD_TERMINAL, who->terminal);
}

void login_record(struct audit_record *record, int64_t time_s, const struct login *who,
		  const char *session, struct login_ruling ruling)
{
	begin(record, RECORD_LOGIN, time_s, ruling.status, who);
	record->stage = ruling.stage;
	record_cut_text(record, RECORD_PROGRAM, who->program);
	record_cut_text(record, RECORD_SESSION, session);
}

void login_attempt_record(struct audit_record *record, int64_t time_s, const struct login *who,
			  unsigned attempt)
{
	if (attempt < 2) {
		login_record(record, time_s, who, "", (struct login_ruling){'D', LOGIN_NATIVE});
		return;
	}
	begin(record, RECORD_PASSWORD_ATTEMPT, time_s, 'A', who);
	record->stage = STAGE_PASSWORD_VALIDITY;
	record_cut_text(record, RECORD_PROGRAM, who->program);
}

void logout_record(struct audit_record *record, int64_t time_s, const struct login *who,
		   const char *session)
{
	begin(record, RECORD_LOGOUT, time_s, 'O', who);
	record->stage = STAGE_LOGOUT;
	record_cut_text(record, RECORD_SESSION, session);
}

void login_session_text(int64_t start_s, int32_t leader, char out[RECORD_SESSION_MAX])
{
	snprintf(out, RECORD_SESSION_MAX, "%08" PRIx64 ":%08" PRIx32,
		 (uint64_t)start_s & UINT32_MAX, (uint32_t)leader);
}

size_t login_label_write(const struct login *who, char out[LOGIN_LABEL_MAX])
{
	size_t user = strlen(who->user) + 1;
	size_t terminal = strlen(who->terminal) + 1;

	_Static_assert(2 + sizeof(who->user) + sizeof(who->terminal) <= LOGIN_LABEL_MAX, "fits");
	out[0] = LABEL_VERSION;
	out[1] = who->os_user ? 'o' : '-';
	memcpy(out + 2, who->user, user);
	memcpy(out + 2 + user, who->terminal, terminal);
	return 2 + user + terminal;
}

/* Takes a text and its terminator; NULL when there is none that fits. */
static const char *take(const char *from, const char *end, char out[RECORD_NAME_MAX])
{
	const char *zero = from < end ? memchr(from, 0, (size_t)(end - from)) : NULL;

	if (!zero || zero - from >= RECORD_NAME_MAX)
		return NULL;
	memcpy(out, from, (size_t)(zero - from) + 1);
	return zero + 1;
}

bool login_label_read(const char *label, size_t bytes, struct login *out)
{
	const char *end = label + bytes;
	const char *at = label + 2;

	memset(out, 0, sizeof(*out));
	if (bytes < 2 || label[0] != LABEL_VERSION || (label[1] != 'o' && label[1] != '-'))
		return false;
	out->os_user = label[1] == 'o';
	at = take(at, end, out->user);
	if (at)
		at = take(at, end, out->terminal);
	return at == end && out->user[0];
}
