/* SPDX-License-Identifier: MIT */
/*
 * TAP version 14: one test point a case, with a YAML block where there is something to say. Not
 * for: nested tests, which the suite has not.
 */
#include "conformance/report/report.h"

#include <errno.h>
#include <stdlib.h>

/* Text of a directive or description: one line, '#' and '\' escaped. */
static void put_description(const char *text, FILE *out)
{
	while (*text) {
		if (*text == '#' || *text == '\\')
			fputc('\\', out);
		if (*text == '\n' || *text == '\t') {
			fputc(' ', out);
			text++;
		} else {
			text += report_character(text, out);
		}
	}
}

/* A YAML string in double quotes: valid whatever is in it. */
static void put_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	while (*text) {
		unsigned char c = (unsigned char)*text;

		if (c >= ' ' && c != '"' && c != '\\' && c != 0x7f) {
			text += report_character(text, out);
			continue;
		}
		fprintf(out, c == '"' || c == '\\' ? "\\%c" : "\\x%02X", c);
		text++;
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
		fputs("    ", out);
		while (*text && *text != '\n')
			text += report_character(text, out);
		fputc('\n', out);
		text += *text == '\n';
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
