/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes spec.c. The number of complaints is the number of their lines, each with a line of the
 * document; a document without any gives a table in which everything found in it can be found again
 * and nothing is missing.
 */
#include "conformance/spec/spec.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NAME "SPEC.md"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_requirement(const struct spec *s, const struct spec_requirement *r)
{
	size_t n = spec_id_length(r->id);
	bool decided = false;

	assert(n && !r->id[n] && spec_area_known(s, r->id));
	assert(spec_find(s, r->id) == r);
	assert(r->level < SPEC_LEVELS);
	assert(spec_level_parse(spec_level_name(r->level)) == (int)r->level);
	assert(*r->text && r->example && r->sources[0]);
	assert(!r->untestable || (*r->untestable && !r->not_yet));
	for (const char *const *key = r->sources; *key; key++) {
		assert(spec_source_title(s, *key));
		decided |= strncmp(*key, "decision-", 9) == 0;
	}
	assert(r->level != SPEC_CHOSEN || decided);
}

/* Complaints other than about the document as a whole are about one of its lines. */
static unsigned count_complaints(const char *text, unsigned lines)
{
	unsigned n = 0;

	while (*text) {
		const char *end = strchr(text, '\n');
		unsigned long line;

		assert(end && strncmp(text, NAME ":", strlen(NAME) + 1) == 0);
		line = strtoul(text + strlen(NAME) + 1, NULL, 10);
		assert(line <= lines);
		text = end + 1;
		n++;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	char *complaints = NULL;
	size_t bytes;
	FILE *errors = open_memstream(&complaints, &bytes);
	struct spec spec;
	unsigned lines = 1;
	unsigned n;

	assert(text && errors);
	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	n = spec_parse(&spec, NAME, text, errors);
	fclose(errors);
	assert(count_complaints(complaints, lines) == n);
	assert(n || spec.count > 0);
	for (size_t i = 0; i < spec.count && !n; i++)
		check_requirement(&spec, &spec.requirements[i]);
	spec_free(&spec);
	free(complaints);
	free(text);
	return 0;
}
