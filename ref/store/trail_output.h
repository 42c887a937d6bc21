/* SPDX-License-Identifier: MIT */
/*
 * A trail that is being written: its files, opened when the first event for them comes, each with a
 * buffer. Every file ends with a whole record after each function below, whatever happens, unless
 * the process is killed; opening mends that too. Not for: which trail, and what to do when it
 * cannot be written (core/writer.h, cmd/diskaudit.c).
 */
#ifndef REF_STORE_TRAIL_OUTPUT_H
#define REF_STORE_TRAIL_OUTPUT_H

#include "ref/core/writer.h"
#include "ref/store/trail.h"

struct trail_output;

/*
 * Notes in *positions what a trail holds, and cuts off the torn end that a killed writer leaves.
 * files as in struct trail_names; files of the trail that are missing are no error. Returns 0 or a
 * negated errno value.
 */
int trail_output_recover(struct platform *p, const char *path, unsigned files,
			 struct writer_positions *positions);

/*
 * Goes on writing a trail that exists. What its files hold is noted in *positions as by
 * trail_output_recover(); positions has to live as long as the output. calls is the table of system
 * calls that each file gets, encoded by the caller. Returns 0 or a negated errno value.
 */
int trail_output_open(struct platform *p, const char *path, unsigned files,
		      struct writer_positions *positions, const struct trail_record *calls,
		      struct trail_output **out);

/*
 * Writes what a file begins with into those that share in what is noted in the positions, so that
 * this trail alone tells what older ones hold. Returns 0 or a negated errno value.
 */
int trail_output_begin(struct trail_output *o, int64_t time_ns);

/*
 * Adds an event to the buffer of its file, with what has to come before it. -ENOBUFS: no room
 * before trail_output_write(); otherwise 0 or what opening its file said.
 */
int trail_output_add(struct trail_output *o, const struct platform_audit_event *event);

/*
 * Writes the buffers. 0: all of it is in the files. Otherwise what is missing stays buffered, and
 * the files end with a whole record.
 */
int trail_output_write(struct trail_output *o);

/* Makes what was written last. Returns 0 or a negated errno value. */
int trail_output_sync(struct trail_output *o);

/* Bytes written since the last sync, and records since the opening. */
uint64_t trail_output_unsynced(const struct trail_output *o);
uint64_t trail_output_records(const struct trail_output *o);

/* Forgets what is buffered. NULL is fine. */
void trail_output_close(struct trail_output *o);

#endif
