/* SPDX-License-Identifier: MIT */
/*
 * `conform list` and `conform explain`: the specification as the program knows it. Not for:
 * running.
 */
#include "conformance/verbs.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char list_usage[] =
	"usage: conform list [--json] [ID-GLOB]...\n"
	"Lists requirements: id, level, state, cases. A glob matches ids of requirements; an area "
	"or\n"
	"a topic stands for all below it.\n"
	"Exit status: 0; 1 when a requirement has neither a case nor a reason; 2 wrong usage.\n";
static const char explain_usage[] =
	"usage: conform explain ID\n"
	"Shows a requirement: level, text, example, sources, cases. ID may be a case's.\n"
	"Exit status: 0; 2 when there is no such requirement.\n";

static bool proves(const struct outcome *o, const char *requirement)
{
	for (const char *const *id = o->decl->requirements; *id; id++)
		if (strcmp(*id, requirement) == 0)
			return true;
	return false;
}

static bool has_case(const struct run *run, const char *requirement)
{
	for (size_t i = 0; i < run->count; i++)
		if (proves(&run->outcomes[i], requirement))
			return true;
	return false;
}

/* tested, untestable or not yet; NULL for a requirement that has nothing to say for itself. */
static const char *state_of(const struct run *run, const struct spec_requirement *r)
{
	if (has_case(run, r->id))
		return "tested";
	if (r->untestable)
		return "untestable";
	return r->not_yet ? "not yet" : NULL;
}

static bool selected(const struct spec_requirement *r, int argc, char **argv)
{
	static const char *const no_ids[] = {NULL};

	for (int i = 0; i < argc; i++)
		if (case_matches(argv[i], r->id, no_ids))
			return true;
	return argc == 0;
}

static json_t *requirement_json(const struct run *run, const struct spec_requirement *r)
{
	const char *state = state_of(run, r);
	json_t *sources = json_array();
	json_t *cases = json_array();

	for (const char *const *key = r->sources; *key; key++)
		json_array_append_new(sources, json_string(*key));
	for (size_t i = 0; i < run->count; i++)
		if (proves(&run->outcomes[i], r->id))
			json_array_append_new(cases, json_string(run->outcomes[i].id));
	return json_pack("{ss, ss, ss, ss, so, so, ss}", "id", r->id, "level",
			 spec_level_name(r->level), "state", state ? state : "not yet", "reason",
			 r->untestable ? r->untestable : "", "sources", sources, "cases", cases,
			 "text", r->text);
}

static void print_requirement(const struct run *run, const struct spec_requirement *r)
{
	const char *state = state_of(run, r);

	printf("%-24s %-10s %-10s", r->id, spec_level_name(r->level), state ? state : "MISSING");
	for (size_t i = 0; i < run->count; i++)
		if (proves(&run->outcomes[i], r->id))
			printf(" %s", run->outcomes[i].id);
	if (r->untestable)
		printf(" %s", r->untestable);
	putchar('\n');
}

/* What a listing counts. */
struct listed {
	size_t shown, tested, not_yet, untestable, missing;
};

static struct listed list_selected(const struct run *run, json_t *list, int argc, char **argv)
{
	struct listed n = {0};

	for (size_t i = 0; i < run->spec->count; i++) {
		const struct spec_requirement *r = &run->spec->requirements[i];
		const char *state = state_of(run, r);

		if (!selected(r, argc, argv))
			continue;
		n.shown++;
		n.missing += state == NULL;
		n.tested += state && *state == 't';
		n.not_yet += state && *state == 'n';
		n.untestable += state && *state == 'u';
		if (list)
			json_array_append_new(list, requirement_json(run, r));
		else
			print_requirement(run, r);
	}
	return n;
}

static int list_prepared(const struct run *run, bool json, int argc, char **argv)
{
	json_t *list = json ? json_array() : NULL;
	struct listed n = list_selected(run, list, argc, argv);

	if (!n.shown) {
		json_decref(list);
		return verb_refuse("list: no requirement matches \"%s\"", argv[0]);
	}
	if (json) {
		json_dumpf(list, stdout, JSON_INDENT(1));
		putchar('\n');
	} else {
		printf("%zu requirements: %zu tested, %zu not yet, %zu untestable\n", n.shown,
		       n.tested, n.not_yet, n.untestable);
	}
	json_decref(list);
	if (n.missing)
		verb_refuse("list: %zu requirements have neither a case nor a reason", n.missing);
	return n.missing ? 1 : 0;
}

int verb_list(const struct suite *suite, int argc, char **argv)
{
	bool json = argc > 1 && strcmp(argv[1], "--json") == 0;
	int first = json ? 2 : 1;
	struct run run = {0};
	int status;

	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(list_usage, stdout);
		return 0;
	}
	if (argc > first && argv[first][0] == '-') {
		fputs(list_usage, stderr);
		return verb_refuse("list: unknown option \"%s\"", argv[first]);
	}
	status = run_prepare(&run, suite);
	if (!status)
		status = list_prepared(&run, json, argc - first, argv + first);
	run_free(&run);
	return status;
}

/* Text at most 90 columns wide; its own line breaks stay. */
static void print_wrapped(const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t n = strcspn(text, " \n");

		if (column && column + 1 + n > 90) {
			putchar('\n');
			column = 0;
		}
		column += (size_t)printf("%s%.*s", column ? " " : "", (int)n, text);
		text += n;
		if (*text == '\n') {
			putchar('\n');
			column = 0;
		}
		text += *text != '\0';
	}
	putchar('\n');
}

static void print_explained(const struct run *run, const struct spec_requirement *r)
{
	const char *state = state_of(run, r);

	printf("%s  (%s, %s; SPEC.md line %u)\n\n", r->id, spec_level_name(r->level),
	       state ? state : "neither tested nor explained", r->line);
	print_wrapped(r->text);
	for (const char *line = r->example; *line;) {
		size_t n = strcspn(line, "\n");

		printf("%s    %.*s\n", line == r->example ? "\n" : "", (int)n, line);
		line += n + (line[n] == '\n');
	}
	if (r->untestable)
		printf("\nCannot be tested: %s\n", r->untestable);
	puts("\nSources:");
	for (const char *const *key = r->sources; *key; key++)
		printf("  %s: %s\n", *key, spec_source_title(run->spec, *key));
	for (size_t i = 0, n = 0; i < run->count; i++) {
		const struct outcome *o = &run->outcomes[i];

		if (proves(o, r->id))
			printf("%s  %s (%s:%d)\n", n++ ? "" : "\nCases:\n", o->id, o->decl->file,
			       o->decl->line);
	}
}

static int explain_prepared(const struct run *run, const char *id)
{
	const struct spec_requirement *r = spec_find(run->spec, id);
	size_t i = 0;

	if (r) {
		print_explained(run, r);
		return 0;
	}
	while (i < run->count && strcmp(run->outcomes[i].id, id) != 0)
		i++;
	if (i == run->count)
		return verb_refuse("explain: no requirement or case \"%s\": see conform list", id);
	for (const char *const *proved = run->outcomes[i].decl->requirements; *proved; proved++)
		print_explained(run, spec_find(run->spec, *proved));
	return 0;
}

int verb_explain(const struct suite *suite, int argc, char **argv)
{
	struct run run = {0};
	int status;

	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
		fputs(explain_usage, stdout);
		return 0;
	}
	if (argc != 2) {
		fputs(explain_usage, stderr);
		return 2;
	}
	status = run_prepare(&run, suite);
	if (!status)
		status = explain_prepared(&run, argv[1]);
	run_free(&run);
	return status;
}
