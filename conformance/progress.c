/* SPDX-License-Identifier: MIT */
/*
 * Progress for people, on a terminal or in a log. Not for: reports.
 */
#include "conformance/progress.h"

#include "conformance/report/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CLEAR_LINE "\r\033[K"

static void show_begin(struct run_sink *sink, size_t index, const char *id)
{
	struct progress *p = (struct progress *)sink;

	(void)index;
	if (!p->terminal)
		return;
	fprintf(p->out, CLEAR_LINE "[%zu/%zu]%s %.60s", p->done + 1, p->planned,
		p->failed ? " \033[31mfailing\033[0m" : "", id);
	fflush(p->out);
}

static void show_end(struct run_sink *sink, size_t index, const struct outcome *o)
{
	struct progress *p = (struct progress *)sink;
	bool failed = verdict_is_failure(o->verdict);

	(void)index;
	p->done++;
	p->failed += failed;
	if (p->terminal && !failed)
		return;
	fprintf(p->out, "%s[%zu/%zu] %s %s", p->terminal ? CLEAR_LINE : "", p->done, p->planned,
		verdict_name(o->verdict), o->id);
	if (failed || verdict_is_skip(o->verdict))
		fprintf(p->out, ": %s\n", o->reason);
	else
		fprintf(p->out, " (%.2f s)\n", (double)o->duration_ns / 1e9);
	fflush(p->out);
}

void progress_begin(struct progress *p, const struct run *run, FILE *out)
{
	*p = (struct progress){.sink = {.begin = show_begin, .end = show_end},
			       .run = run,
			       .out = out,
			       .terminal = isatty(fileno(out)) == 1};
	for (size_t i = 0; i < run->count; i++)
		p->planned += run->outcomes[i].planned;
}

void progress_note(struct progress *p, const char *text)
{
	fprintf(p->out, p->terminal ? CLEAR_LINE "%s" : "%s\n", text);
	fflush(p->out);
}

static void show_indented(FILE *out, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		fprintf(out, "    %.*s\n", (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void show_failure(const struct progress *p, const struct outcome *o)
{
	char *replay = report_replay(p->run, o);

	fprintf(p->out, "\n%s: %s\n", verdict_name(o->verdict), o->id);
	for (const char *const *id = o->decl->requirements; *id; id++) {
		const struct spec_requirement *r = spec_find(p->run->spec, *id);

		fprintf(p->out, "  %s: %s\n", *id, r ? r->text : "");
	}
	show_indented(p->out, *o->output ? o->output : o->reason);
	if (*o->output && o->verdict != VERDICT_FAIL)
		fprintf(p->out, "    %s\n", o->reason);
	fprintf(p->out, "  replay: %s\n", replay);
	free(replay);
}

void progress_end(struct progress *p)
{
	struct run_totals n = run_totals(p->run);

	if (p->terminal)
		fputs(CLEAR_LINE, p->out);
	for (size_t i = 0; i < p->run->count; i++) {
		const struct outcome *o = &p->run->outcomes[i];

		if (o->planned && verdict_is_failure(o->verdict))
			show_failure(p, o);
	}
	if (n.expected_failures)
		fprintf(p->out, "\n%zu of the skipped failed as the profile expects\n",
			n.expected_failures);
	fprintf(p->out, "%s%zu passed, %zu failed, %zu skipped\n", n.failed ? "\n" : "", n.passed,
		n.failed, n.skipped);
}
