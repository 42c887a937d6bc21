/* SPDX-License-Identifier: MIT */
/*
 * JUnit XML as CI servers read it: a suite a topic, a test a case. Not for: people (html.c).
 */
#include "conformance/report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Length of AREA/TOPIC in a case's id. */
static size_t topic_length(const char *id)
{
	const char *slash = strrchr(id, '/');

	return slash ? (size_t)(slash - id) : strlen(id);
}

static bool same_topic(const struct outcome *a, const struct outcome *b)
{
	size_t n = topic_length(a->id);

	return n == topic_length(b->id) && strncmp(a->id, b->id, n) == 0;
}

static void put_element(const char *name, const char *text, FILE *out)
{
	if (!*text)
		return;
	fprintf(out, "      <%s>", name);
	report_escape(text, out);
	fprintf(out, "</%s>\n", name);
}

static void put_attribute(const char *name, const char *text, FILE *out)
{
	fprintf(out, " %s=\"", name);
	for (; *text; text++) {
		char one[2] = {*text == '\n' ? ' ' : *text, '\0'};

		/* Bytes of a longer UTF-8 sequence have to stay together. */
		if ((unsigned char)*text >= 0x80) {
			report_escape(text, out);
			break;
		}
		report_escape(one, out);
	}
	fputc('"', out);
}

static void put_case(const struct run *run, const struct outcome *o, FILE *out)
{
	fprintf(out, "    <testcase classname=\"%s.%.*s\"", run->target, (int)topic_length(o->id),
		o->id);
	put_attribute("name", o->decl->name, out);
	put_attribute("file", o->decl->file, out);
	fprintf(out, " line=\"%d\" time=\"%.3f\"", o->decl->line, (double)o->duration_ns / 1e9);
	if (o->verdict == VERDICT_PASS) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n", out);
	if (verdict_is_skip(o->verdict)) {
		fputs("      <skipped", out);
		put_attribute("message", o->reason, out);
		fputs("/>\n", out);
	} else {
		char *replay = report_replay(run, o);

		fputs(o->verdict == VERDICT_FAIL ? "      <failure" : "      <error", out);
		put_attribute("type", verdict_name(o->verdict), out);
		put_attribute("message", o->reason, out);
		fputs(">", out);
		report_escape(o->output, out);
		fputs("\nreplay: ", out);
		report_escape(replay, out);
		fprintf(out, "</%s>\n", o->verdict == VERDICT_FAIL ? "failure" : "error");
		put_element("system-err", o->console, out);
		free(replay);
	}
	fputs("    </testcase>\n", out);
}

static void put_suite(const struct run *run, size_t first, FILE *out)
{
	const struct outcome *head = &run->outcomes[first];
	size_t tests = 0, failures = 0, errors = 0, skipped = 0;
	int64_t ns = 0;

	for (size_t i = first; i < run->count && same_topic(head, &run->outcomes[i]); i++) {
		const struct outcome *o = &run->outcomes[i];
		bool failed = o->planned && verdict_is_failure(o->verdict);

		tests += o->planned;
		failures += failed && o->verdict == VERDICT_FAIL;
		errors += failed && o->verdict != VERDICT_FAIL;
		skipped += o->planned && verdict_is_skip(o->verdict);
		ns += o->duration_ns;
	}
	if (!tests)
		return;
	fprintf(out,
		"  <testsuite name=\"%.*s\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"%zu\" time=\"%.3f\">\n",
		(int)topic_length(head->id), head->id, tests, failures, errors, skipped,
		(double)ns / 1e9);
	for (size_t i = first; i < run->count && same_topic(head, &run->outcomes[i]); i++)
		if (run->outcomes[i].planned)
			put_case(run, &run->outcomes[i], out);
	fputs("  </testsuite>\n", out);
}

int report_junit(const struct run *run, FILE *out)
{
	struct run_totals n = run_totals(run);
	struct tm tm;
	time_t started = (time_t)run->started_s;
	char when[32] = "";

	if (gmtime_r(&started, &tm))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%S", &tm);
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", out);
	put_attribute("name", run->target, out);
	fprintf(out,
		" tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" time=\"%.3f\" timestamp=\"%s\">\n",
		n.passed + n.failed + n.skipped, n.failed, n.skipped, (double)run->wall_ns / 1e9,
		when);
	for (size_t i = 0; i < run->count; i++)
		if (i == 0 || !same_topic(&run->outcomes[i - 1], &run->outcomes[i]))
			put_suite(run, i, out);
	fputs("</testsuites>\n", out);
	return ferror(out) ? -EIO : 0;
}
