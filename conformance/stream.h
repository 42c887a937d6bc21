/* SPDX-License-Identifier: MIT */
/*
 * How the runner inside a guest tells the one outside what happens: one JSON object a line on
 * standard output.
 *
 *	{"fact": NAME, "value": TEXT}
 *	{"begin": CASE}
 *	{"end": CASE, "verdict", "ns", "reason", "output", "taint"}
 *	{"console": CASE, "text"}      what the guest's console said meanwhile
 *	{"failed": TEXT}               it could not go on
 *	{"done": N}                    after the last case
 *
 * The same lines lead from several guests that run at once to the one report.
 *
 * Not for: reports. Nothing else reads this form, so both ends always come from one build.
 */
#ifndef CONFORMANCE_STREAM_H
#define CONFORMANCE_STREAM_H

#include "conformance/runner.h"

#include <stdio.h>

/* Begins a line of the kernel log that says which case begins or ends. */
#define STREAM_LOG "conform: "

/* The end inside: a sink that writes lines, marks and the kernel's log. */
struct stream_writer {
	struct run_sink sink; /* first: the sink is the writer */
	FILE *out;
	bool inside;
	int kernel_log; /* /dev/kmsg, or -1 */
	int mark;       /* where the launcher wants signs of progress, or -1 */
};

/* inside: this is a guest, with a kernel log of its own. */
void stream_writer_open(struct stream_writer *w, FILE *out, bool inside);
void stream_write_fact(struct stream_writer *w, const char *name, const char *value);
/* The fact which kernel this is. */
void stream_write_kernel(struct stream_writer *w);
void stream_write_console(struct stream_writer *w, const char *id, const char *text);
void stream_write_failed(struct stream_writer *w, const char *why);
/* Says that everything planned was run; n: how much that was. */
void stream_writer_close(struct stream_writer *w, size_t n);

/* The end outside. */
struct stream_reader {
	struct run *run;
	struct run_sink *sink;
	struct strbuf line; /* being received */
	size_t current;   /* index of the case that was begun and has not ended; run->count: none */
	bool timing;      /* cases are timed here: time is virtual at the other end */
	int64_t began_ns; /* when the current case was begun */
	bool done;        /* the last line arrived */
	bool broken;      /* a line was not understood */
	char failed[512]; /* why the other end could not go on, or "" */
	unsigned long allowed_taint;
	unsigned long taint; /* the kernel's, after the last case */
};

void stream_reader_open(struct stream_reader *r, struct run *run, struct run_sink *sink,
			unsigned long allowed_taint);
void stream_read(struct stream_reader *r, const char *data, size_t bytes);
void stream_reader_close(struct stream_reader *r);

/* Index of a case by its id, run->count when there is none. */
size_t run_find(const struct run *run, const char *id);

#endif
