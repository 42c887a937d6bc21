/* SPDX-License-Identifier: MIT */
/*
 * TAP version 14: one test point a case, with a YAML block where there is something to say. Not
 * for: nested tests, which the suite has not.
 */
#include "conformance/report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Text of a directive or description: one line, '#' and '\' escaped. */
static void put_description(const char *text, FILE *out)
{
	for (; *text; text++) {
		if (*text == '#' || *text == '\\')
			fputc('\\', out);
		fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
	}
}

/* A YAML string in double quotes: valid whatever is in it. */
static void put_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < ' ' || *c == 0x7f)
			fprintf(out, "\\x%02X", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

/* A YAML literal block; lines of it are escaped by their indentation alone. */
static void put_block(const char *key, const char *text, FILE *out)
{
	if (!*text)
		return;
	fprintf(out, "  %s: |2-\n", key);
	while (*text) {
		size_t n = strcspn(text, "\n");

		fputs("    ", out);
		for (size_t i = 0; i < n; i++)
			fputc((unsigned char)text[i] < ' ' && text[i] != '\t' ? '?' : text[i], out);
		fputc('\n', out);
		text += n + (text[n] == '\n');
	}
}

static void put_details(const struct run *run, const struct outcome *o, FILE *out)
{
	char *replay = report_replay(run, o);

	fprintf(out, "  ---\n  verdict: %s\n", verdict_name(o->verdict));
	if (*o->reason) {
		fputs("  message: ", out);
		put_quoted(o->reason, out);
		fputc('\n', out);
	}
	fputs("  requirements:\n", out);
	for (const char *const *id = o->decl->requirements; *id; id++)
		fprintf(out, "    - %s\n", *id);
	fprintf(out, "  duration_ms: %.3f\n", (double)o->duration_ns / 1e6);
	fprintf(out, "  at: \"%s:%d\"\n  replay: ", o->decl->file, o->decl->line);
	put_quoted(replay, out);
	fputc('\n', out);
	put_block("output", o->output, out);
	put_block("console", o->console, out);
	fputs("  ...\n", out);
	free(replay);
}

int report_tap(const struct run *run, FILE *out)
{
	struct run_totals n = run_totals(run);
	size_t number = 0;

	fprintf(out, "TAP version 14\n1..%zu\n", n.passed + n.failed + n.skipped);
	fprintf(out, "# target %s, seed %llu\n", run->target, (unsigned long long)run->seed);
	for (size_t i = 0; i < run->count; i++) {
		const struct outcome *o = &run->outcomes[i];
		bool not_ok = verdict_is_failure(o->verdict) || o->verdict == VERDICT_XFAIL;

		if (!o->planned)
			continue;
		fprintf(out, "%sok %zu - ", not_ok ? "not " : "", ++number);
		put_description(o->id, out);
		if (verdict_is_skip(o->verdict)) {
			fputs(o->verdict == VERDICT_SKIP ? " # SKIP " : " # TODO ", out);
			put_description(o->reason, out);
		}
		fputc('\n', out);
		if (not_ok)
			put_details(run, o, out);
	}
	return ferror(out) ? -EIO : 0;
}
