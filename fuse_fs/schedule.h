/* SPDX-License-Identifier: MIT */
/*
 * schedule: commands to be carried out at their time, from a script of lines `AFTER_SECONDS
 * COMMAND`. Text in, steps out; the clock and the commands themselves are the caller's (server.c).
 * Not here: any I/O, any lock, any allocation.
 */
#ifndef FUSE_FS_SCHEDULE_H
#define FUSE_FS_SCHEDULE_H

#include "fill.h"

#include <stdint.h>

/* Most steps of a schedule, its longest text, and the longest name of its file, in bytes with the
 * closing NUL; most words of a command. */
#define SCHEDULE_STEPS_MAX 256
#define SCHEDULE_TEXT_MAX  12288
#define SCHEDULE_NAME_MAX  1024
#define SCHEDULE_WORDS_MAX 32

struct schedule_step {
	uint64_t after_ns; /* since the schedule was taken */
	unsigned int line;
	const char *words[SCHEDULE_WORDS_MAX]; /* in the text of the schedule */
	int word_count;
};

/* All zero: nothing is pending. Steps stand in the order of their time. */
struct schedule {
	char name[SCHEDULE_NAME_MAX];
	char text[SCHEDULE_TEXT_MAX];
	struct schedule_step steps[SCHEDULE_STEPS_MAX];
	unsigned int count;
	unsigned int done; /* steps that are over */
};

/**
 * schedule_parse - read a script: a line is empty, or begins with #, or is a number of seconds
 * (with at most nine decimals, not less than that of the line before) and a command of set, fault,
 * clear or crash. Words are separated by blanks; nothing is quoted.
 * @schedule: the answer, undefined on failure.
 * @name: of the script, for complaints.
 * @trial: the table as it is now; every command is tried on it, in order.
 * @real: as for fill_command().
 * @reply: what is wrong, NAME:LINE first.
 *
 * Returns 0, or 2 for a script that is wrong.
 */
int schedule_parse(struct schedule *schedule, const char *name, const char *text,
		   struct fill *trial, const struct fill_amounts *real, char reply[FILL_REPLY_MAX]);

/** schedule_next - the step to be done next, or NULL: none is left. */
const struct schedule_step *schedule_next(const struct schedule *schedule);

#endif
