/* SPDX-License-Identifier: MIT */
/*
 * Logins: whether a user may come in, the records of attempts, logins and logouts, and the label by
 * which the kernel extension remembers whose a session is. Not for: counting a session's processes
 * (kmod/session.c), checking passwords (PAM).
 */
#ifndef REF_CORE_LOGIN_H
#define REF_CORE_LOGIN_H

#include "ref/core/access.h"
#include "ref/core/record.h"

#define LOGIN_LABEL_MAX 1024 /* bytes of a label */

/* Who comes from where, by which program. */
struct login {
	char user[RECORD_NAME_MAX];
	char terminal[RECORD_NAME_MAX]; /* tty, or name of the remote host */
	char program[RECORD_PATH_MAX];
	bool os_user; /* not in the database */
};

/* Stage codes of a login. */
enum login_stage {
	LOGIN_TERMINAL = 3,
	LOGIN_SUSPENDED = 5,
	LOGIN_NATIVE = 17, /* the system itself refused: a wrong password */
	LOGIN_ALLOWED = 19,
};

struct login_ruling {
	char status; /* P: he may come in; D: he may not; W: he may, since that is only watched */
	int stage;   /* enum login_stage: what decided */
};

/* Whether a user may come in (event/login/3, event/login/8, event/login/13, event/login/14).
 * Without a rule of the terminal that concerns him he may. */
struct login_ruling login_rule(bool disabled, const struct access_terminal_rule *rule);

/* Whether the user's audit modes, among his attributes, ask for a record of a login with this
 * status: P and W are successes, with their logouts, D and W failures. Without modes all are
 * recorded (event/login/7, event/login/19). */
bool login_recorded(unsigned attributes, char status);

/* session is "" when none has begun. */
void login_record(struct audit_record *record, int64_t time_s, const struct login *who,
		  const char *session, struct login_ruling ruling);
/* The attempt-th wrong password in a row: LOGIN D, from the second on a password attempt. */
void login_attempt_record(struct audit_record *record, int64_t time_s, const struct login *who,
			  unsigned attempt);
void logout_record(struct audit_record *record, int64_t time_s, const struct login *who,
		   const char *session);

/* A session's id as records show it (seaudit/session/7). */
void login_session_text(int64_t start_s, int32_t leader, char out[RECORD_SESSION_MAX]);

/* The label of a session, without the program; it always fits. Returns its bytes. */
size_t login_label_write(const struct login *who, char out[LOGIN_LABEL_MAX]);
/* False: it is no label of ours. An empty one is of a session that leaves no record. */
bool login_label_read(const char *label, size_t bytes, struct login *out);

#endif
