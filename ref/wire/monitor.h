/* SPDX-License-Identifier: MIT */
/*
 * What a running audomon tells of itself on its local socket: one JSON object, which is also what
 * `audomon --status --json` prints. Reading is strict. Not for: what seosd is told and asked
 * (message.h), the texts for people and for Prometheus (cmd/audomon_status.c).
 */
#ifndef REF_WIRE_MONITOR_H
#define REF_WIRE_MONITOR_H

#include "ref/core/overflow.h"
#include "ref/core/trail.h"
#include "ref/platform/platform.h"

#define MONITOR_SOCKET   "/var/run/audomon.socket"
#define MONITOR_REFUSED  "refused" /* the answer to anybody but root */
#define MONITOR_TASK_MAX 4096      /* bytes of -X, terminating zero included */

enum monitor_auditing {
	MONITOR_OFF,
	MONITOR_ON,
	MONITOR_UNKNOWN, /* audnames or the trail cannot be examined */
};

/* As of the last wake-up; between two of them audomon looks at nothing (audomon/wakeup/14). */
struct monitor_status {
	pid_t pid;
	struct overflow_settings settings;
	char output[PLATFORM_PATH_MAX];
	char task[MONITOR_TASK_MAX]; /* -X; "": none */
	enum monitor_auditing auditing;
	char trail[TRAIL_PATH_MAX]; /* "": none seen yet */
	char next[TRAIL_PATH_MAX];  /* "": none */
	struct overflow_facts facts;
	unsigned warn_of; /* enum overflow_cause: in the warning zone */
	bool held;
	int64_t last_wake_up_s; /* wall clock */
	int64_t next_wake_up_s;
	uint32_t switches;
	uint32_t failed_switches;
	struct {
		int64_t at_s; /* wall clock; 0: none yet, and the rest is empty */
		char from[TRAIL_PATH_MAX];
		char to[TRAIL_PATH_MAX];
		unsigned causes; /* enum overflow_cause */
	} last_switch;
	pid_t task_pid; /* 0: none runs */
	unsigned tasks_waiting;
};

/* Writes it as JSON, which the caller frees; counts above INT64_MAX are written as that. NULL: out
 * of memory, or a name that is not UTF-8. */
char *monitor_write(const struct monitor_status *status);

/* Reads it. Returns 0 or -EBADMSG. */
int monitor_read(const char *text, size_t bytes, struct monitor_status *out);

/*
 * Asks the running audomon. *text, which the caller frees, is its answer, read as *out as well.
 * Returns 0; -ECONNREFUSED: none runs; -EACCES: it does not answer this user; -EBADMSG; -ETIMEDOUT;
 * or what the system said.
 */
int monitor_ask(struct platform *p, char **text, struct monitor_status *out);

#endif
