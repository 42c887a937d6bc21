/* SPDX-License-Identifier: MIT */
/*
 * `conform lint`: whether captured audit records have the documented form. One complaint a record,
 * in the form of a compiler's, with the requirement behind it; with --json the records themselves,
 * in the keys that selogimport reads. Not for reading a record (parse.h).
 */
#include "conformance/lint/capture.h"
#include "conformance/lint/parse.h"
#include "conformance/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
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

struct lint {
	enum code_brand brand;
	bool json;
	FILE *complaints;
	uint64_t complaint_count;
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

static bool put_text(json_t *object, const char *key, const struct parse_span *value)
{
	json_t *text = json_stringn(value->text, value->length);

	return text && json_object_set_new(object, key, text) == 0;
}

static bool put_fields(json_t *object, const struct parse_record *r)
{
	const struct record_kind *kind = record_kind(r->type, r->origin);
	bool whole = true;

	for (unsigned i = 0; i < kind->column_count && whole; i++) {
		enum record_field field = kind->columns[i];
		const char *key = record_field_name(field);

		if (field == RECORD_OS_USER)
			whole = !r->os_user || json_object_set_new(object, key, json_true()) == 0;
		else if (field >= RECORD_TEXTS)
			whole = json_object_set_new(object, key, json_integer(r->numbers[field])) ==
				0;
		else if (r->fields[field].length)
			whole = put_text(object, key, &r->fields[field]);
	}
	return whole;
}

/* Prints a record. Returns false when its bytes are no text in UTF-8. */
static bool print_json(const struct parse_record *r)
{
	const char *origin = r->origin == RECORD_WINDOWS ? "windows" : "unix";
	json_t *object =
		json_pack("{ss, ss%, ss%, ss#, ss}", "type", record_kind(r->type, r->origin)->name,
			  "date", r->date.text, r->date.length, "time", r->time.text,
			  r->time.length, "status", &r->status, 1, "origin", origin);
	bool whole = object && put_fields(object, r) &&
		     json_dumpf(object, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;

	json_decref(object);
	return whole;
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
	else if (f->lint->json && !print_json(&record))
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

/* Returns 0, 2 for wrong usage, or -1 when help was shown. */
static int parse_options(struct lint *l, int argc, char **argv)
{
	int option;

	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", long_options, NULL)) != -1) {
		switch (option) {
		case 'h':
			fputs(usage, stdout);
			return -1;
		case 'j':
			l->json = true;
			l->complaints = stderr;
			break;
		case 'b':
			if (code_brand_named(optarg, &l->brand))
				return verb_refuse("lint: --brand %s: pamsc or ac", optarg);
			break;
		default:
			return verb_refuse("lint: %s \"%s\": see conform lint --help",
					   option == ':' ? "no value for" : "unknown option",
					   argv[optind - 1]);
		}
	}
	return 0;
}

int verb_lint(const struct suite *suite, int argc, char **argv)
{
	struct lint lint = {.brand = CODE_PAMSC, .complaints = stdout};
	int status = parse_options(&lint, argc, argv);

	(void)suite;
	if (status)
		return status < 0 ? 0 : status;
	if (optind == argc)
		status = lint_named(&lint, "-") < 0 ? 2 : 0;
	for (int i = optind; i < argc; i++)
		if (lint_named(&lint, argv[i]) < 0)
			status = 2;
	if (fflush(stdout) || ferror(stdout))
		return verb_refuse("lint: standard output: %s", strerror(errno));
	return status ? status : lint.complaint_count ? 1 : 0;
}
