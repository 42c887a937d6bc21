/* SPDX-License-Identifier: MIT */
/*
 * `conform lint`: whether captured audit records have the documented form. One complaint a record,
 * in the form of a compiler's, with the requirement behind it; with --json the records themselves,
 * in the keys that selogimport reads. Not for reading a record (parse.h).
 */
#include "conformance/lint/capture.h"
#include "conformance/lint/parse.h"
#include "conformance/strbuf.h"
#include "conformance/verbs.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: conform lint [--brand pamsc|ac] [--json] [FILE...]\n"
	"Checks captured output of seaudit, plain, padded or detailed; standard input without a "
	"FILE,\n"
	"or for -. Complaints are FILE:LINE:COLUMN: error: TEXT [REQUIREMENT], one a record.\n"
	"\n"
	"  --brand B   whose product names the texts have (default pamsc)\n"
	"  --json      print the records, a JSON object a line, in the keys of selogimport;\n"
	"              complaints then go to standard error\n"
	"\n"
	"Exit status: 0 clean, 1 complaints, 2 something could not be read.\n";

/* A record as it is printed. A byte may take six. */
struct json_line {
	size_t bytes;
	char text[6 * CAPTURE_RECORD_MAX + 4096];
};

struct lint {
	enum code_brand brand;
	bool json;
	FILE *complaints;
	uint64_t complaint_count;
	struct json_line *line;
};

/* A capture being checked. */
struct file {
	struct lint *lint;
	const char *name;
	bool any;                   /* record so far */
	struct capture_record last; /* its text is gone */
};

__attribute__((format(printf, 5, 6))) static void complain(struct file *f, uint64_t line,
							   size_t column, const char *requirement,
							   const char *format, ...)
{
	va_list arguments;

	f->lint->complaint_count++;
	fprintf(f->lint->complaints, "%s:%llu:%zu: error: ", f->name, (unsigned long long)line,
		column + 1);
	va_start(arguments, format);
	vfprintf(f->lint->complaints, format, arguments);
	va_end(arguments);
	fprintf(f->lint->complaints, " [%s]\n", requirement);
}

/* --- JSON */

/* jansson builds a tree first, which costs 15 times what the text does: most texts need none. */
static void put(struct json_line *j, const char *text, size_t bytes)
{
	assert(bytes <= sizeof(j->text) - j->bytes);
	memcpy(j->text + j->bytes, text, bytes);
	j->bytes += bytes;
}

static void put_word(struct json_line *j, const char *text)
{
	put(j, text, strlen(text));
}

/* A text that is not plain ASCII, quotes included. Returns false when its bytes are no UTF-8. */
static bool put_encoded(struct json_line *j, const struct parse_span *value)
{
	json_t *text = json_stringn(value->text, value->length);
	size_t room = sizeof(j->text) - j->bytes;
	size_t bytes = text ? json_dumpb(text, j->text + j->bytes, room, JSON_ENCODE_ANY) : 0;

	json_decref(text);
	j->bytes += bytes;
	return bytes > 0 && bytes <= room;
}

static bool put_text(struct json_line *j, const struct parse_span *value)
{
	const char *text = value->text;
	size_t plain = 0;

	for (size_t i = 0; i < value->length; i++)
		if ((unsigned char)text[i] < ' ' || (unsigned char)text[i] >= 0x80)
			return put_encoded(j, value);
	put(j, "\"", 1);
	for (size_t i = 0; i < value->length; i++) {
		if (text[i] != '"' && text[i] != '\\')
			continue;
		put(j, text + plain, i - plain);
		put(j, "\\", 1);
		plain = i;
	}
	put(j, text + plain, value->length - plain);
	put(j, "\"", 1);
	return true;
}

static void put_key(struct json_line *j, const char *key)
{
	put_word(j, j->bytes > 1 ? ",\"" : "\"");
	put_word(j, key);
	put_word(j, "\":");
}

static bool put_field(struct json_line *j, const struct parse_record *r, enum record_field field)
{
	char number[16];

	if (field == RECORD_OS_USER ? !r->os_user
				    : !r->fields[field].length && field < RECORD_TEXTS)
		return true;
	put_key(j, record_field_name(field));
	if (field < RECORD_TEXTS)
		return put_text(j, &r->fields[field]);
	snprintf(number, sizeof(number), "%d", (int)r->numbers[field]);
	put_word(j, field == RECORD_OS_USER ? "true" : number);
	return true;
}

/* Prints a record. Returns false when its bytes are no text in UTF-8. */
static bool print_json(struct json_line *j, const struct parse_record *r)
{
	const struct record_kind *kind = record_kind(r->type, r->origin);
	const char status[] = {'"', r->status, '"', '\0'};
	bool whole;

	j->bytes = 0;
	put(j, "{", 1);
	put_key(j, "type");
	whole = put_text(j, &(struct parse_span){kind->name, strlen(kind->name)});
	put_key(j, "date");
	whole = whole && put_text(j, &r->date);
	put_key(j, "time");
	whole = whole && put_text(j, &r->time);
	put_key(j, "status");
	put_word(j, status);
	put_key(j, "origin");
	put_word(j, r->origin == RECORD_WINDOWS ? "\"windows\"" : "\"unix\"");
	for (unsigned i = 0; i < kind->column_count && whole; i++)
		whole = put_field(j, r, kind->columns[i]);
	put(j, "}\n", 2);
	return whole && fwrite(j->text, 1, j->bytes, stdout) == j->bytes;
}

/* --- one file */

static void check_blanks(struct file *f, const struct capture_record *c)
{
	const char *broken = capture_spacing(f->any ? &f->last : NULL, c);

	if (broken && c->blank)
		complain(f, c->line - 1, 0, broken, "a blank line before the record");
	else if (broken)
		complain(f, c->line, 0, broken, "no blank line between two detailed records");
}

static void check_record(struct file *f, const struct capture_record *c)
{
	struct parse_record record;
	struct parse_fault fault;

	check_blanks(f, c);
	f->any = true;
	f->last = *c;
	if (c->too_long)
		complain(f, c->line, 0, "event/common/1", "longer than any record");
	else if (!parse_record(c->text, c->length, f->lint->brand, &record, &fault))
		complain(f, c->line + fault.line, fault.column, fault.requirement, "%s",
			 fault.text);
	else if (f->lint->json && !print_json(f->lint->line, &record))
		complain(f, c->line, 0, "log/import/1", "not UTF-8: no JSON can say it");
}

static int lint_file(struct lint *l, const char *name, int fd)
{
	struct file f = {.lint = l, .name = name};
	struct capture *capture = capture_open(fd);
	struct capture_record record;
	int rc;

	while ((rc = capture_next(capture, &record)) == 1)
		check_record(&f, &record);
	if (rc < 0)
		verb_refuse("lint: %s: %s", name, strerror(-rc));
	else if (f.any && capture_trailing_blanks(capture))
		complain(&f, record.line, 0,
			 f.last.detailed ? "seaudit/detail/6" : "seaudit/plain/6",
			 "a blank line behind the last record");
	capture_close(capture);
	return rc;
}

static int lint_named(struct lint *l, const char *name)
{
	int fd, rc;

	if (strcmp(name, "-") == 0)
		return lint_file(l, "-", STDIN_FILENO);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		verb_refuse("lint: %s: %s", name, strerror(errno));
		return -1;
	}
	rc = lint_file(l, name, fd);
	close(fd);
	return rc;
}

/* --- the verb */

static const struct option long_options[] = {
	{"brand", required_argument, NULL, 'b'},
	{"json", no_argument, NULL, 'j'},
	{"help", no_argument, NULL, 'h'},
	{0},
};

static int take_option(void *arg, int option)
{
	struct lint *l = arg;

	if (option == 'b' && code_brand_named(optarg, &l->brand))
		return verb_refuse("lint: --brand %s: pamsc or ac", optarg);
	if (option == 'j') {
		l->json = true;
		l->complaints = stderr;
	}
	return 0;
}

int verb_lint(const struct suite *suite, int argc, char **argv)
{
	struct lint lint = {.brand = CODE_PAMSC, .complaints = stdout};
	int status = verb_options(argc, argv, usage, long_options, take_option, &lint);

	(void)suite;
	if (status)
		return status < 0 ? 0 : status;
	lint.line = memory_zeroed(1, sizeof(*lint.line));
	if (optind == argc)
		status = lint_named(&lint, "-") < 0 ? 2 : 0;
	for (int i = optind; i < argc; i++)
		if (lint_named(&lint, argv[i]) < 0)
			status = 2;
	free(lint.line);
	if (fflush(stdout) || ferror(stdout))
		return verb_refuse("lint: standard output: %s", strerror(errno));
	return status ? status : lint.complaint_count ? 1 : 0;
}
