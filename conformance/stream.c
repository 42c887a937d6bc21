/* SPDX-License-Identifier: MIT */
/*
 * Results on their way out of a guest. Not for: deciding what a lost result means (target/guest.c).
 */
#include "conformance/stream.h"

#include "conformance/strbuf.h"
#include "vm-images/protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LINE_MAX_BYTES (OUTCOME_OUTPUT_MAX * 8) /* a line with everything in it escaped */

/* --- inside ----------------------------------------------------------------------------------- */

/* Bytes that are no UTF-8 travel as '?', so that a command's output can always be sent. */
static json_t *text_json(const char *text)
{
	json_t *value = json_string(text);

	if (!value) {
		char *clean = memory_copied(text, strlen(text));

		for (char *c = clean; *c; c++)
			if ((unsigned char)*c >= 0x80)
				*c = '?';
		value = json_string(clean);
		free(clean);
	}
	return value;
}

static void write_line(struct stream_writer *w, json_t *line)
{
	json_dumpf(line, w->out, JSON_COMPACT);
	fputc('\n', w->out);
	fflush(w->out);
	json_decref(line);
}

/* A line in the kernel's log, so that its console can be cut into slices. */
static void log_line(const struct stream_writer *w, const char *what, const char *id)
{
	char text[CASE_ID_MAX + 32];
	int n = snprintf(text, sizeof(text), "<3>" STREAM_LOG "%s %s\n", what, id);

	if (w->kernel_log >= 0 && n > 0 && write(w->kernel_log, text, (size_t)n) < 0)
		fprintf(stderr, "conform: /dev/kmsg: %s\n", strerror(errno));
}

static void mark(const struct stream_writer *w, const char *id)
{
	char text[CASE_ID_MAX + 2];
	int n = snprintf(text, sizeof(text), "%s\n", id);

	if (w->mark >= 0 && n > 0 && write(w->mark, text, (size_t)n) < 0 && errno != EAGAIN)
		fprintf(stderr, "conform: " MARK_FIFO ": %s\n", strerror(errno));
}

static unsigned long kernel_taint(void)
{
	char text[32] = "";
	FILE *in = fopen("/proc/sys/kernel/tainted", "re");

	if (!in)
		return 0;
	if (!fgets(text, sizeof(text), in))
		text[0] = '\0';
	fclose(in);
	return strtoul(text, NULL, 10);
}

static void write_begin(struct run_sink *sink, size_t index, const char *id)
{
	struct stream_writer *w = (struct stream_writer *)sink;

	(void)index;
	mark(w, id);
	log_line(w, "begin", id);
	write_line(w, json_pack("{ss}", "begin", id));
}

static void write_end(struct run_sink *sink, size_t index, const struct outcome *o)
{
	struct stream_writer *w = (struct stream_writer *)sink;

	(void)index;
	log_line(w, "end", o->id);
	write_line(w, json_pack("{ss, ss, sI, so, so, sI}", "end", o->id, "verdict",
				verdict_name(o->verdict), "ns", (json_int_t)o->duration_ns,
				"reason", text_json(o->reason), "output",
				text_json(o->verdict == VERDICT_PASS ? "" : o->output), "taint",
				(json_int_t)(w->inside ? kernel_taint() : 0)));
}

void stream_writer_open(struct stream_writer *w, FILE *out, bool inside)
{
	*w = (struct stream_writer){
		.sink = {.begin = write_begin, .end = write_end},
		.out = out,
		.inside = inside,
		.kernel_log = inside ? open("/dev/kmsg", O_WRONLY | O_CLOEXEC) : -1,
		.mark = inside ? open(MARK_FIFO, O_WRONLY | O_NONBLOCK | O_CLOEXEC) : -1,
	};
}

void stream_write_fact(struct stream_writer *w, const char *name, const char *value)
{
	write_line(w, json_pack("{ss, so}", "fact", name, "value", text_json(value)));
}

void stream_write_kernel(struct stream_writer *w)
{
	struct utsname system;
	char *value;

	if (uname(&system))
		return;
	value = memory_format("%s %s %s", system.sysname, system.release, system.machine);
	stream_write_fact(w, "kernel", value);
	free(value);
}

void stream_write_console(struct stream_writer *w, const char *id, const char *text)
{
	write_line(w, json_pack("{ss, so}", "console", id, "text", text_json(text)));
}

void stream_write_failed(struct stream_writer *w, const char *why)
{
	write_line(w, json_pack("{so}", "failed", text_json(why)));
}

void stream_writer_close(struct stream_writer *w, size_t n)
{
	write_line(w, json_pack("{sI}", "done", (json_int_t)n));
	if (w->kernel_log >= 0)
		close(w->kernel_log);
	if (w->mark >= 0)
		close(w->mark);
}

/* --- outside ---------------------------------------------------------------------------------- */

size_t run_find(const struct run *run, const char *id)
{
	size_t i = 0;

	while (i < run->count && strcmp(run->outcomes[i].id, id) != 0)
		i++;
	return i;
}

static const char *text_of(const json_t *line, const char *key)
{
	const char *text = json_string_value(json_object_get(line, key));

	return text ? text : "";
}

/* New taint is the fault of the case that was running. */
static void judge_taint(struct stream_reader *r, struct outcome *o, unsigned long taint)
{
	unsigned long news = taint & ~r->taint & ~r->allowed_taint;

	r->taint = taint;
	if (!news)
		return;
	o->verdict = VERDICT_TAINT;
	free(o->reason);
	o->reason = memory_format("the kernel got tainted: bits 0x%lx", news);
}

static void read_end(struct stream_reader *r, const json_t *line)
{
	size_t i = run_find(r->run, text_of(line, "end"));
	int verdict = verdict_parse(text_of(line, "verdict"));
	struct outcome *o = &r->run->outcomes[i];

	if (i != r->current || i == r->run->count || verdict < 0) {
		r->broken = true;
		return;
	}
	o->verdict = (enum verdict)verdict;
	o->duration_ns = r->timing ? run_clock_ns() - r->began_ns
				   : json_integer_value(json_object_get(line, "ns"));
	free(o->reason);
	free(o->output);
	o->reason = memory_format("%s", text_of(line, "reason"));
	o->output = memory_format("%s", text_of(line, "output"));
	judge_taint(r, o, (unsigned long)json_integer_value(json_object_get(line, "taint")));
	r->current = r->run->count;
	r->sink->end(r->sink, i, o);
}

static void read_console(struct stream_reader *r, const json_t *line)
{
	size_t i = run_find(r->run, text_of(line, "console"));

	if (i == r->run->count) {
		r->broken = true;
		return;
	}
	free(r->run->outcomes[i].console);
	r->run->outcomes[i].console = memory_format("%s", text_of(line, "text"));
}

static void read_line(struct stream_reader *r)
{
	json_t *line = json_loads(r->line.text, 0, NULL);

	if (json_object_get(line, "fact")) {
		run_fact_set(r->run, text_of(line, "fact"), "%s", text_of(line, "value"));
	} else if (json_object_get(line, "begin")) {
		r->current = run_find(r->run, text_of(line, "begin"));
		r->began_ns = run_clock_ns();
		if (r->current < r->run->count)
			r->sink->begin(r->sink, r->current, r->run->outcomes[r->current].id);
	} else if (json_object_get(line, "end")) {
		read_end(r, line);
	} else if (json_object_get(line, "console")) {
		read_console(r, line);
	} else if (json_object_get(line, "failed")) {
		snprintf(r->failed, sizeof(r->failed), "%s", text_of(line, "failed"));
	} else if (json_object_get(line, "done")) {
		r->done = true;
	} else {
		r->broken = true;
	}
	json_decref(line);
}

void stream_reader_open(struct stream_reader *r, struct run *run, struct run_sink *sink,
			unsigned long allowed_taint)
{
	*r = (struct stream_reader){
		.run = run, .sink = sink, .current = run->count, .allowed_taint = allowed_taint};
	strbuf_init(&r->line, LINE_MAX_BYTES);
}

void stream_read(struct stream_reader *r, const char *data, size_t bytes)
{
	while (bytes) {
		const char *newline = memchr(data, '\n', bytes);
		size_t n = newline ? (size_t)(newline - data) : bytes;

		strbuf_add(&r->line, data, n);
		if (newline) {
			read_line(r);
			strbuf_clear(&r->line);
			n++;
		}
		data += n;
		bytes -= n;
	}
}

void stream_reader_close(struct stream_reader *r)
{
	strbuf_free(&r->line);
}
