/* SPDX-License-Identifier: MIT */
/*
 * The tasks of audomon -X: one runs, the others wait in the order of their switches (SPEC.md,
 * audomon/hook; decision H19). Not for: when there is a task (audomon.c).
 */
#ifndef REF_CMD_AUDOMON_TASKS_H
#define REF_CMD_AUDOMON_TASKS_H

#include "ref/core/trail.h"
#include "ref/platform/platform.h"
#include "ref/wire/monitor.h"

#define TASKS_MAX        8 /* that wait: audomon/hook/17 */
#define TASKS_STRING_MAX MONITOR_TASK_MAX

/* Zeroed at first but for what is set by its owner. */
struct tasks {
	struct platform *platform;                /* set; as are the next three */
	const char *target;                       /* file or terminal that gets their output */
	void (*say)(void *arg, const char *what); /* of a task: what came of it, and which it was */
	void *arg;
	char string[TASKS_STRING_MAX];           /* of -X; empty: there are no tasks */
	pid_t running;                           /* 0: none */
	char trail[TRAIL_PATH_MAX];              /* that the running one is about */
	char waiting[TASKS_MAX][TRAIL_PATH_MAX]; /* a ring */
	unsigned first;
	unsigned count;
};

/* A task for a trail that was left behind: runs when those before it have ended. */
void tasks_add(struct tasks *t, const char *trail);

/* A child of audomon has ended. */
void tasks_child(struct tasks *t, pid_t pid, int wait_status);

/* Says of each that waits that it will not run. */
void tasks_drop(struct tasks *t);

#endif
