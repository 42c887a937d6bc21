/* SPDX-License-Identifier: MIT */
/*
 * What the cases about audit trails share: the documented example, and how to watch audomon at
 * work. Not for: asserting anything (the cases do).
 */
#ifndef CONFORMANCE_CASES_TRAILS_H
#define CONFORMANCE_CASES_TRAILS_H

#include "conformance/case.h"

#include <string.h>

#define AUDIT_DIR  "/var/.audit"
#define TRAIL      AUDIT_DIR "/my_trail"
#define TRAIL_FILE TRAIL "/spu0"
#define BACKUP     AUDIT_DIR "/backup"
#define AUDNAMES   "/.secure/etc/audnames"
#define RC_CONFIG  "/etc/rc.config.d/auditing"
#define MESSAGES   "/var/run/audomon.messages" /* where the cases let audomon write */
#define PID_FILE   "/var/run/audomon.pid"
#define WARNING    "^audomon: warning: "
#define WAKE_UP    "^audomon: next wake-up in "
#define STAMP      "[0-9]{12}"

/* Often enough not to wait for: at most 0.6 s between two looks. */
#define OFTEN      "0.001"

/* The audsys command of the documented example. */
static inline void auditing_on(struct target *t)
{
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000");
}

/* What audomon has said so far. */
static inline const char *messages(struct target *t)
{
	return file_exists(t, MESSAGES) ? file_read(t, MESSAGES) : "";
}

static inline unsigned message_count(struct target *t, const char *pattern)
{
	return text_match_count(messages(t), pattern);
}

/* Waits until audomon has said a line that matches. */
#define await(t, pattern) wait_until(t, 20, message_count(t, pattern) > 0)

/*
 * Waits for two more wake-ups: the second one began after the call. For an audomon that was started
 * with -v and tells of each.
 */
static inline void await_look(struct target *t)
{
	unsigned before = message_count(t, WAKE_UP);

	wait_until(t, 30, message_count(t, WAKE_UP) >= before + 2);
}

/* What one look of audomon says: at its start, with -v, the log empty before. */
#define one_look(t, ...)                                                                           \
	(file_remove(t, MESSAGES),                                                                 \
	 look_finish(t, start(t, NULL, "audomon", "-F", "-v", "-o", MESSAGES, __VA_ARGS__)))

static inline const char *look_finish(struct target *t, struct target_process *p)
{
	await(t, WAKE_UP);
	assert_exit(stop(t, p, SIGTERM), 0);
	return messages(t);
}

/* How often audomon warned, of anything. */
static inline unsigned warnings(struct target *t)
{
	return message_count(t, WARNING);
}

/* The path behind a label of the status report of audsys. */
static inline const char *status_path(struct target *t, const char *label)
{
	const struct result *r = run_ok(t, "audsys");
	const char *line;

	for (unsigned n = 0; (line = text_line(r->out, n)); n++) {
		if (!strncmp(line, label, strlen(label))) {
			line += strlen(label);
			return line + strspn(line, " ");
		}
	}
	return "";
}

static inline const char *current_trail(struct target *t)
{
	return status_path(t, "current audit trail:");
}

static inline const char *next_trail(struct target *t)
{
	return status_path(t, "next audit trail:");
}

/* A file system of 10000 blocks at the trails' folder, with so many of them free. */
static inline void file_system_of(struct target *t, unsigned free)
{
	fill_mount(t, AUDIT_DIR);
	fill_set(t, AUDIT_DIR, "blocks=10000", text_format("free=%u", free),
		 text_format("available=%u", free));
}

static inline void file_system_set(struct target *t, unsigned free)
{
	fill_set(t, AUDIT_DIR, text_format("free=%u", free), text_format("available=%u", free));
}

/* Everything below the trails' folder that a refused command must not have touched. */
static inline const char *trails_listed(struct target *t)
{
	return dir_list(t, AUDIT_DIR);
}

#endif
