/* SPDX-License-Identifier: MIT */
/*
 * What audomon does with trails that were left behind, extensions that are off unless set: it
 * removes and compresses them (SPEC.md, audomon/keep, audomon/compress). Not for: when it does
 * (audomon.c), which are removed (core/retention.h), compressing (audpack.c).
 */
#ifndef REF_CMD_AUDOMON_LEFT_H
#define REF_CMD_AUDOMON_LEFT_H

#include "ref/store/auditing.h"
#include "ref/store/trail.h"

#define LEFT_TEXT_MAX (TRAIL_PATH_MAX + 128)

/* Zeroed at first but for what is set by its owner. */
struct left {
	struct platform *platform; /* set; as are the next four */
	const struct auditing *settings;
	const char *target;                       /* file or terminal that gets audpack's output */
	void (*say)(void *arg, const char *what); /* a message, or "warning: ..." */
	void *arg;
	pid_t packing; /* audpack; 0: it does not run */
};

/* At a wake-up: removes and has compressed what is to be. Nothing while audpack is at work. */
void left_tend(struct left *l, const struct trail_names *names);

/* A child of audomon has ended. */
void left_child(struct left *l, pid_t pid, int wait_status);

#endif
