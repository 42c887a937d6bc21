/* SPDX-License-Identifier: MIT */
/*
 * spec_table: the build's tool around SPEC.md. It writes the table conform is linked with, checks
 * the tree against the document, and keeps the marks "not yet" true.
 *
 * Not for: anything at run time.
 */
#include "conformance/spec/spec.h"
#include "conformance/spec/spec_check.h"
#include "conformance/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"usage: spec_table --table OUT.c SPEC.md           write the table\n"
	"       spec_table --check SPEC.md SOURCE...       check the sources against it\n"
	"       spec_table --mark SPEC.md SOURCE...        put the marks \"not yet\" right\n";

/* Reads a whole file; ends the program when that fails. */
static char *read_text(const char *path)
{
	struct strbuf b;
	char chunk[65536];
	size_t n;
	FILE *in = fopen(path, "re");

	if (!in) {
		fprintf(stderr, "spec_table: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	strbuf_init(&b, SPEC_BYTES_MAX);
	while ((n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		strbuf_add(&b, chunk, n);
	if (ferror(in) || b.truncated) {
		fprintf(stderr, "spec_table: %s: %s\n", path,
			b.truncated ? "too large" : "cannot be read");
		exit(2);
	}
	fclose(in);
	return b.text;
}

/* A C string literal; line breaks become breaks of the source too. */
static void put_string(FILE *out, const char *text)
{
	if (!text) {
		fputs("NULL", out);
		return;
	}
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '\n')
			fputs(c[1] ? "\\n\"\n\t\t\"" : "\\n", out);
		else if (*c == '"' || *c == '\\' || *c == '?')
			fprintf(out, "\\%c", *c);
		else if (*c < ' ' || *c > '~')
			fprintf(out, "\\%03o", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void put_field(FILE *out, const char *name, const char *text)
{
	fprintf(out, "\n\t .%s = ", name);
	put_string(out, text);
	fputc(',', out);
}

static void put_requirement(FILE *out, const struct spec_requirement *r)
{
	fputs("\t{", out);
	put_field(out, "id", r->id);
	fprintf(out, "\n\t .level = %d, .line = %u, .not_yet = %d,", (int)r->level, r->line,
		r->not_yet);
	fputs("\n\t .sources = (const char *const[]){", out);
	for (const char *const *key = r->sources; *key; key++) {
		put_string(out, *key);
		fputs(", ", out);
	}
	fputs("NULL},", out);
	put_field(out, "text", r->text);
	put_field(out, "example", r->example);
	put_field(out, "untestable", r->untestable);
	fputs("},\n", out);
}

static int write_table(const struct spec *s, const char *path)
{
	FILE *out = fopen(path, "we");
	int failed;

	if (!out) {
		fprintf(stderr, "spec_table: %s: %s\n", path, strerror(errno));
		return 2;
	}
	fputs("/* Written by spec_table from SPEC.md. */\n"
	      "#include \"conformance/spec/spec.h\"\n\n"
	      "static const struct spec_requirement requirements[] = {\n",
	      out);
	for (size_t i = 0; i < s->count; i++)
		put_requirement(out, &s->requirements[i]);
	fputs("};\n\nstatic const struct spec_source sources[] = {\n", out);
	for (size_t i = 0; i < s->source_count; i++) {
		fputs("\t{", out);
		put_field(out, "key", s->sources[i].key);
		put_field(out, "title", s->sources[i].title);
		fputs("},\n", out);
	}
	fputs("};\n\nstatic const struct spec_topic topics[] = {\n", out);
	for (size_t i = 0; i < s->topic_count; i++) {
		fputs("\t{", out);
		put_field(out, "id", s->topics[i].id);
		put_field(out, "intro", s->topics[i].intro);
		fputs("},\n", out);
	}
	fprintf(out,
		"};\n\nconst struct spec spec_built_in = {\n"
		"\t.requirements = requirements,\n\t.count = %zu,\n"
		"\t.sources = sources,\n\t.source_count = %zu,\n"
		"\t.topics = topics,\n\t.topic_count = %zu,\n"
		"\t.not_yet_stated = %d,\n\t.not_yet_line = %u,\n};\n",
		s->count, s->source_count, s->topic_count, s->not_yet_stated, s->not_yet_line);
	failed = ferror(out);
	if (fclose(out) != 0 || failed) {
		fprintf(stderr, "spec_table: %s: cannot be written\n", path);
		remove(path);
		return 2;
	}
	return 0;
}

static int write_marked(struct spec_check *c, const char *path, const char *text)
{
	char *marked = spec_marked(c, text);
	size_t bytes = strlen(marked);
	int status = 0;
	FILE *out;

	if (strcmp(marked, text) != 0) {
		out = fopen(path, "we");
		if (!out || fwrite(marked, 1, bytes, out) != bytes || fclose(out) != 0) {
			fprintf(stderr, "spec_table: %s: %s\n", path, strerror(errno));
			status = 2;
		}
	}
	free(marked);
	free(c->has_case);
	return status ? status : c->complaints ? 1 : 0;
}

int main(int argc, char **argv)
{
	bool table = argc == 4 && strcmp(argv[1], "--table") == 0;
	bool check = argc >= 3 && strcmp(argv[1], "--check") == 0;
	bool mark = argc >= 3 && strcmp(argv[1], "--mark") == 0;
	const char *path;
	struct spec_check c;
	struct spec spec;
	char *text;
	int status;

	if (!table && !check && !mark) {
		fputs(usage, stderr);
		return 2;
	}
	path = argv[table ? 3 : 2];
	text = read_text(path);
	if (spec_parse(&spec, path, text, stderr))
		return 1;
	if (table) {
		status = write_table(&spec, argv[2]);
	} else {
		spec_check_begin(&c, &spec, path, stderr);
		for (int i = 3; i < argc; i++) {
			char *source = read_text(argv[i]);

			spec_check_file(&c, argv[i], source);
			free(source);
		}
		status = mark ? write_marked(&c, path, text) : spec_check_end(&c) ? 1 : 0;
	}
	spec_free(&spec);
	free(text);
	return status;
}
