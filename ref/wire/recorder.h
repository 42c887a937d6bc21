/* SPDX-License-Identifier: MIT */
/*
 * What is said to diskaudit, the writer of audit trails, and how it is started. A question is one
 * of the words below; the answer is RECORDER_DONE, or what went wrong in words. Not for: what
 * diskaudit makes of them (cmd/diskaudit.c).
 */
#ifndef REF_WIRE_RECORDER_H
#define REF_WIRE_RECORDER_H

#include "ref/platform/platform.h"

#define RECORDER_SOCKET     "/var/run/diskaudit.socket"
#define RECORDER_PROGRAM    "/usr/sbin/diskaudit"

#define RECORDER_GO_OVER    "go over"   /* audnames has changed: to the trail it names */
#define RECORDER_FLUSH      "flush"     /* everything until now to the disk */
#define RECORDER_END        "end"       /* audit nothing more, write everything, end */
#define RECORDER_STUCK      "stuck"     /* a switch point is reached and no switch possible */
#define RECORDER_SWITCHED   "not stuck" /* that is over */
#define RECORDER_DONE       "done"
#define RECORDER_ANSWER_MAX 512 /* bytes, terminating zero included */

/*
 * Asks the running diskaudit. Returns 0 once it is done; -ECONNREFUSED: none runs; else a negated
 * errno value with why[] in words.
 */
int recorder_ask(struct platform *p, const char *question, char *why, size_t bytes);

/*
 * Has auditing recorded as audnames and /etc/rc.config.d/auditing say: asks the running diskaudit
 * to go over, or starts one when something is selected. *started (may be NULL): it had to be
 * started. Returns 0 or a negated errno value with why[] in words.
 */
int recorder_ensure(struct platform *p, bool *started, char *why, size_t bytes);

/* Has everything that was audited written, and nothing audited any more; starts a diskaudit for it
 * when one was killed. Returns as recorder_ensure(). */
int recorder_end(struct platform *p, char *why, size_t bytes);

#endif
