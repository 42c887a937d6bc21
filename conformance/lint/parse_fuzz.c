/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the parser of printed records. Whatever is taken has its fields inside the text, in the
 * order of the line; whatever is refused is refused in words, at a place that is there.
 */
#include "conformance/lint/parse.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_inside(const struct parse_span *s, const char *text, size_t length)
{
	assert(!s->length || (s->text >= text && s->text + s->length <= text + length));
}

static void check_taken(const struct parse_record *r, const char *text, size_t length)
{
	const struct record_kind *kind = record_kind(r->type, r->origin);

	assert(kind && r->status >= 'A' && r->status <= 'Z');
	assert(r->date.length == 11 && r->time.length == 8);
	for (unsigned field = 0; field < RECORD_FIELDS; field++)
		check_inside(&r->fields[field], text, length);
	for (unsigned i = 0; i < kind->column_count; i++)
		assert(kind->columns[i] >= RECORD_TEXTS ||
		       !(kind->required & RECORD_BIT(kind->columns[i])) ||
		       r->fields[kind->columns[i]].length);
}

static void check_refused(const struct parse_fault *f, const char *text, size_t length)
{
	size_t line = 0;

	assert(*f->text && f->requirement && strchr(f->requirement, '/'));
	for (size_t i = 0; i < length; i++)
		line += text[i] == '\n';
	assert(f->line <= line && f->column <= length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	for (unsigned brand = 0; brand < CODE_BRANDS; brand++) {
		struct parse_record record;
		struct parse_fault fault = {0};

		if (parse_record(text, size, brand, &record, &fault))
			check_taken(&record, text, size);
		else
			check_refused(&fault, text, size);
	}
	return 0;
}
