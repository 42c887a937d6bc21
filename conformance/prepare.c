/* SPDX-License-Identifier: MIT */
/*
 * The cases the program was built with, checked and in order. Not for: selecting or running them
 * (run.c, runner.c).
 */
#include "conformance/strbuf.h"
#include "conformance/verbs.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_BYTES 4096

int verb_refuse(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("conform: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return 2;
}

int verb_options(int argc, char **argv, const char *usage, const struct option *options,
		 int (*take)(void *arg, int option), void *arg)
{
	int option;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return -1;
		}
		if (option == '?' || option == ':')
			return verb_refuse("%s: %s \"%s\": see conform %s --help", argv[0],
					   option == ':' ? "no value for" : "unknown option",
					   argv[optind - 1], argv[0]);
		if (take(arg, option))
			return 2;
	}
	return 0;
}

static int compare_outcomes(const void *a, const void *b)
{
	return strcmp(((const struct outcome *)a)->id, ((const struct outcome *)b)->id);
}

/* A case is as sure as the least sure requirement it proves. */
static int set_level(struct outcome *o, const struct spec *spec)
{
	const struct case_decl *d = o->decl;

	for (const char *const *id = d->requirements; id && *id; id++) {
		const struct spec_requirement *r = spec_find(spec, *id);

		if (!r)
			return verb_refuse("%s:%d: %s is no requirement", d->file, d->line, *id);
		if (r->level > o->level)
			o->level = r->level;
	}
	if (!d->requirements || !d->requirements[0])
		return verb_refuse("%s:%d: case %s proves no requirement", d->file, d->line,
				   d->name);
	return 0;
}

int program_path(char *out, size_t bytes)
{
	ssize_t n = readlink("/proc/self/exe", out, bytes);

	if (n < 0 || (size_t)n >= bytes)
		return n < 0 ? -errno : -ENAMETOOLONG;
	out[n] = '\0';
	return 0;
}

int run_prepare(struct run *run, const struct suite *suite)
{
	run->spec = suite->spec;
	run->count = suite->case_count;
	run->outcomes = memory_zeroed(run->count, sizeof(*run->outcomes));
	for (size_t i = 0; i < run->count; i++) {
		const struct case_decl *d = suite->cases[i];
		char id[CASE_ID_MAX];

		if (case_id(d, id, sizeof(id)))
			return verb_refuse("%s:%d: a case stands in cases/AREA/TOPIC.c", d->file,
					   d->line);
		run->outcomes[i] = (struct outcome){.decl = d, .id = memory_copied(id, strlen(id))};
		if (set_level(&run->outcomes[i], suite->spec))
			return 2;
	}
	qsort(run->outcomes, run->count, sizeof(*run->outcomes), compare_outcomes);
	for (size_t i = 1; i < run->count; i++)
		if (strcmp(run->outcomes[i - 1].id, run->outcomes[i].id) == 0)
			return verb_refuse("case %s is there twice", run->outcomes[i].id);
	return 0;
}

const char *project_folder(void)
{
	static char folder[PATH_BYTES];
	char *slash;

	if (program_path(folder, sizeof(folder)))
		return ".";
	while ((slash = strrchr(folder, '/')) && slash > folder) {
		char *profiles;
		bool found;

		*slash = '\0';
		profiles = memory_format("%s/conformance/targets", folder);
		found = access(profiles, X_OK) == 0;
		free(profiles);
		if (found)
			return folder;
	}
	return ".";
}
