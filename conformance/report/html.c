/* SPDX-License-Identifier: MIT */
/*
 * The run as one HTML file to read: requirement by requirement, with what failed in full. Style and
 * the little script that filters are inside; nothing is loaded from anywhere.
 *
 * Not for: machines (junit.c, tap.c, json.c).
 */
#include "conformance/report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char head[] =
#include "conformance/report/html_head.h"
	;
static const char tail[] =
#include "conformance/report/html_tail.h"
	;

/* How a requirement is shown, in the order of the legend. */
enum shown { PASSED, FAILED, SKIPPED, NOT_RUN, NOT_YET, UNTESTABLE, SHOWNS };

static const struct {
	const char *css;
	const char *label;
} shown_as[SHOWNS] = {
	[PASSED] = {"pass", "passed"},   [FAILED] = {"fail", "failed"},
	[SKIPPED] = {"skip", "skipped"}, [NOT_RUN] = {"idle", "not run"},
	[NOT_YET] = {"todo", "not yet"}, [UNTESTABLE] = {"none", "untestable"},
};

static bool proves(const struct outcome *o, const char *requirement)
{
	for (const char *const *id = o->decl->requirements; *id; id++)
		if (strcmp(*id, requirement) == 0)
			return true;
	return false;
}

static enum shown shown_of(const struct run *run, const struct spec_requirement *r)
{
	enum verdict v = run_requirement_verdict(run, r->id);
	bool has_case = false;

	if (v == VERDICT_PASS)
		return PASSED;
	if (verdict_is_skip(v))
		return SKIPPED;
	for (size_t i = 0; i < run->count; i++) {
		const struct outcome *o = &run->outcomes[i];

		if (!proves(o, r->id))
			continue;
		if (o->planned)
			return FAILED;
		has_case = true;
	}
	return has_case ? NOT_RUN : r->untestable ? UNTESTABLE : NOT_YET;
}

/* Prose of the specification: paragraphs, and `code` in backquotes. */
static void put_prose(const char *text, FILE *out)
{
	bool code = false;

	fputs("<p>", out);
	while (*text) {
		size_t n = strcspn(text, "`\n");
		char *part = strndup(text, n);

		if (part)
			report_escape(part, out);
		free(part);
		text += n;
		if (*text == '`') {
			fputs(code ? "</code>" : "<code>", out);
			code = !code;
		} else if (text[0] == '\n' && text[1] == '\n') {
			fputs("</p><p>", out);
			text++;
		} else if (*text) {
			fputs("<br>", out);
		}
		text += *text != '\0';
	}
	fputs(code ? "</code></p>\n" : "</p>\n", out);
}

static void put_pre(const char *title, const char *text, FILE *out)
{
	if (!*text)
		return;
	fprintf(out, "<figure><figcaption>%s</figcaption><pre>", title);
	report_escape(text, out);
	fputs("</pre></figure>\n", out);
}

static void put_case(const struct run *run, const struct outcome *o, FILE *out)
{
	const char *css = !o->planned                      ? "idle"
			  : verdict_is_failure(o->verdict) ? "fail"
			  : verdict_is_skip(o->verdict)    ? "skip"
							   : "pass";
	char *replay = report_replay(run, o);

	fprintf(out, "<div class=\"case %s\"><div class=row><span class=dot></span><b>", css);
	report_escape(o->id, out);
	fprintf(out, "</b><span class=what>%s</span>",
		o->planned ? verdict_name(o->verdict) : "not run");
	if (o->planned && !verdict_is_skip(o->verdict))
		fprintf(out, "<span class=time>%.2f s</span>", (double)o->duration_ns / 1e9);
	fprintf(out, "<span class=at>%s:%d</span></div>\n", o->decl->file, o->decl->line);
	if (o->planned && o->verdict != VERDICT_PASS && o->verdict != VERDICT_FAIL) {
		fputs("<p class=reason>", out);
		report_escape(o->reason, out);
		fputs("</p>\n", out);
	}
	if (o->planned && verdict_is_failure(o->verdict)) {
		put_pre("Output", o->output, out);
		put_pre("Console of the guest meanwhile", o->console, out);
		put_pre("Run it again", replay, out);
	}
	fputs("</div>\n", out);
	free(replay);
}

static void put_requirement(const struct run *run, const struct spec_requirement *r, FILE *out)
{
	enum shown shown = shown_of(run, r);
	size_t cases = 0;

	for (size_t i = 0; i < run->count; i++)
		cases += proves(&run->outcomes[i], r->id);
	fprintf(out,
		"<details class=\"req %s\" data-level=%s id=\"%s\"%s>\n<summary><i class=dot "
		"title=\"%s\"></i><span class=id>%s</span><span class=text>",
		shown_as[shown].css, spec_level_name(r->level), r->id,
		shown == FAILED ? " open" : "", shown_as[shown].label, strrchr(r->id, '/') + 1);
	put_prose(r->text, out);
	fprintf(out,
		"</span><span class=\"level %s\">%s</span><span "
		"class=verdict>%s</span></summary>\n",
		spec_level_name(r->level), spec_level_name(r->level), shown_as[shown].label);
	fputs("<div class=body>\n", out);
	put_pre("Example", r->example, out);
	fputs("<p class=sources>", out);
	for (const char *const *key = r->sources; *key; key++) {
		const char *title = spec_source_title(run->spec, *key);

		fprintf(out, "%s<abbr title=\"", key == r->sources ? "" : " · ");
		report_escape(title ? title : "", out);
		fputs("\">", out);
		report_escape(*key, out);
		fputs("</abbr>", out);
	}
	fprintf(out, " · %zu case%s</p>\n", cases, cases == 1 ? "" : "s");
	if (r->untestable) {
		fputs("<p class=reason>Cannot be tested: ", out);
		report_escape(r->untestable, out);
		fputs("</p>\n", out);
	}
	for (size_t i = 0; i < run->count; i++)
		if (proves(&run->outcomes[i], r->id))
			put_case(run, &run->outcomes[i], out);
	fputs("</div></details>\n", out);
}

/* A bar whose parts are as wide as their share. */
static void put_bar(const size_t counts[SHOWNS], FILE *out)
{
	fputs("<span class=bar>", out);
	for (int s = 0; s < SHOWNS; s++)
		if (counts[s])
			fprintf(out, "<i class=%s style=\"flex-grow:%zu\" title=\"%zu %s\"></i>",
				shown_as[s].css, counts[s], counts[s], shown_as[s].label);
	fputs("</span>", out);
}

static bool in_folder(const char *id, const char *folder, size_t n)
{
	return strncmp(id, folder, n) == 0 && id[n] == '/';
}

/* How the requirements below an area or a topic stand. */
static void count_below(const struct run *run, const char *folder, size_t n, size_t counts[SHOWNS])
{
	memset(counts, 0, SHOWNS * sizeof(counts[0]));
	for (size_t i = 0; i < run->spec->count; i++)
		if (!n || in_folder(run->spec->requirements[i].id, folder, n))
			counts[shown_of(run, &run->spec->requirements[i])]++;
}

static void put_topic(const struct run *run, const struct spec_topic *topic, FILE *out)
{
	size_t n = strlen(topic->id);
	size_t counts[SHOWNS];

	count_below(run, topic->id, n, counts);
	fprintf(out, "<section class=topic id=\"%s\"><h3>%s", topic->id, topic->id);
	put_bar(counts, out);
	fputs("</h3>\n", out);
	if (*topic->intro)
		put_prose(topic->intro, out);
	for (size_t i = 0; i < run->spec->count; i++)
		if (in_folder(run->spec->requirements[i].id, topic->id, n))
			put_requirement(run, &run->spec->requirements[i], out);
	fputs("</section>\n", out);
}

/* Whether the i-th topic is the first of its area. */
static bool begins_area(const struct spec *spec, size_t i, size_t *length)
{
	*length = strcspn(spec->topics[i].id, "/");
	return i == 0 || !in_folder(spec->topics[i - 1].id, spec->topics[i].id, *length);
}

static void put_areas(const struct run *run, FILE *out)
{
	fputs("<nav>\n", out);
	for (size_t i = 0; i < run->spec->topic_count; i++) {
		const char *id = run->spec->topics[i].id;
		size_t counts[SHOWNS], n;

		if (!begins_area(run->spec, i, &n))
			continue;
		count_below(run, id, n, counts);
		fprintf(out, "<a href=\"#area-%.*s\"><b>%.*s</b><span>%zu/%zu</span>", (int)n, id,
			(int)n, id, counts[PASSED],
			counts[PASSED] + counts[FAILED] + counts[SKIPPED] + counts[NOT_RUN] +
				counts[NOT_YET] + counts[UNTESTABLE]);
		put_bar(counts, out);
		fputs("</a>\n", out);
	}
	fputs("</nav>\n", out);
}

static void put_fact(const char *name, const char *value, FILE *out)
{
	fputs("<div><dt>", out);
	report_escape(name, out);
	fputs("</dt><dd>", out);
	report_escape(value, out);
	fputs("</dd></div>\n", out);
}

static void put_facts(const struct run *run, FILE *out)
{
	char text[64];
	struct tm tm;
	time_t started = (time_t)run->started_s;

	fputs("<dl>\n", out);
	put_fact("target", run->target, out);
	for (size_t i = 0; i < run->fact_count; i++)
		put_fact(run->facts[i].name, run->facts[i].value, out);
	snprintf(text, sizeof(text), "%.1f s", (double)run->wall_ns / 1e9);
	put_fact("wall time", text, out);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)run->seed);
	put_fact("seed", text, out);
	if (gmtime_r(&started, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M UTC", &tm))
		put_fact("started", text, out);
	fputs("</dl>\n", out);
}

static void put_summary(const struct run *run, FILE *out)
{
	struct run_totals n = run_totals(run);
	size_t counts[SHOWNS];

	count_below(run, "", 0, counts);
	fprintf(out,
		"<header class=\"%s\">\n<div class=title><h1>Audit conformance</h1>"
		"<p class=result>%s</p></div>\n",
		n.failed ? "bad" : "good",
		n.failed   ? "There are failures"
		: n.passed ? "No failures"
			   : "Nothing ran");
	fprintf(out,
		"<div class=numbers><div class=pass><b>%zu</b>passed</div><div "
		"class=fail><b>%zu</b>"
		"failed</div><div class=skip><b>%zu</b>skipped</div></div>\n",
		n.passed, n.failed, n.skipped);
	put_facts(run, out);
	fprintf(out, "<div class=all><span class=caption>%zu requirements</span>",
		run->spec->count);
	put_bar(counts, out);
	fputs("<div class=legend>", out);
	for (int s = 0; s < SHOWNS; s++)
		fprintf(out,
			"<label class=%s><input type=checkbox checked data-show=%s>%zu %s</label>",
			shown_as[s].css, shown_as[s].css, counts[s], shown_as[s].label);
	fputs("</div></div>\n</header>\n", out);
}

/* Failed cases once more at the top, where the eye begins. */
static void put_failures(const struct run *run, FILE *out)
{
	if (!run_totals(run).failed)
		return;
	fputs("<section class=failures><h2>Failures</h2>\n", out);
	for (size_t i = 0; i < run->count; i++) {
		const struct outcome *o = &run->outcomes[i];

		if (!o->planned || !verdict_is_failure(o->verdict))
			continue;
		fprintf(out, "<a href=\"#%s\"><span class=what>%s</span><b>",
			o->decl->requirements[0], verdict_name(o->verdict));
		report_escape(o->id, out);
		fputs("</b><span>", out);
		report_escape(o->reason, out);
		fputs("</span></a>\n", out);
	}
	fputs("</section>\n", out);
}

int report_html(const struct run *run, FILE *out)
{
	fputs(head, out);
	put_summary(run, out);
	put_failures(run, out);
	put_areas(run, out);
	fputs("<main>\n", out);
	for (size_t i = 0; i < run->spec->topic_count; i++) {
		const char *id = run->spec->topics[i].id;
		size_t n;

		if (begins_area(run->spec, i, &n))
			fprintf(out, "<h2 id=\"area-%.*s\">%.*s</h2>\n", (int)n, id, (int)n, id);
		put_topic(run, &run->spec->topics[i], out);
	}
	fputs("</main>\n", out);
	fputs(tail, out);
	return ferror(out) ? -EIO : 0;
}
