/* SPDX-License-Identifier: MIT */
/*
 * What the cases about recorded calls share: a call that is made for certain, and finding it in a
 * trail. Not for: asserting anything (the cases do).
 */
#ifndef CONFORMANCE_CASES_RECORDED_H
#define CONFORMANCE_CASES_RECORDED_H

#include "conformance/cases/trails.h"

#define WRITER_PID "/var/run/diskaudit.pid"

static inline void run_config(struct target *t, const char *selection)
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, text_format("AUDEVENT_ARGS1=\"%s\"\n", selection));
}

/* Auditing is on with calls selected. */
static inline void recording(struct target *t, const char *selection, const char *files)
{
	run_config(t, selection);
	if (file_exists(t, TRAIL))
		file_remove(t, TRAIL);
	run_ok(t, "audsys", "-n", "-N", files, "-c", TRAIL, "-s", "1000");
}

/* A process opens a file; returns its process id. */
static inline pid_t call_made(struct target *t)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN);
	pid_t pid = parked_pid(t, p);

	unpark(t, p);
	return pid;
}

/* How many records there are of the call that it was parked in: a process opens other files too. */
static inline unsigned call_count(const char *records, pid_t pid)
{
	return text_match_count(
		records,
		text_format("\"pid\":%d,.*\"path\":\"[^\"]*/(wait[0-9]+|parked)\"", (int)pid));
}

/* The same for what audisp shows of a trail. */
static inline unsigned calls_shown(struct target *t, const char *trail, pid_t pid)
{
	const struct result *r = run_ok(t, "audisp", "--json", "-e", "open", "-p", trail);

	assert_false(r->truncated);
	return call_count(r->out, pid);
}

static inline uint64_t little_endian(const unsigned char *data, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number |= (uint64_t)data[i] << 8 * i;
	return number;
}

#endif
