/* SPDX-License-Identifier: MIT */
/*
 * selogimport: appends records given as JSON, one object a line, to an audit log, so that records
 * of other endpoints and of events that cannot be staged are shown by the same reader as all
 * others. Each record is taken whole or refused, and the first refusal ends the run. SPEC.md, topic
 * log/import.
 */
#include "ref/core/render.h"
#include "ref/platform/platform.h"
#include "ref/store/filters.h"
#include "ref/store/log.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#define LINE_MAX_BYTES 65536
#define WHY_BYTES      200

static const char usage[] =
	"usage: selogimport [-filter FILE] LOG\n"
	"Appends the audit records read from standard input, one JSON object a line, to the audit "
	"log\n"
	"LOG, which is created when missing and which no running seosd may own; with -filter, but "
	"for\n"
	"those that a rule of FILE takes out, as those of audit.cfg do. Example of a "
	"line:\n"
	"  {\"type\":\"start\",\"date\":\"02 Nov 2008\",\"time\":\"15:41:06\",\"status\":\"M\","
	"\"service\":\"seoswd\"}\n";

/* Says what is wrong with a record; returns false so that a check can end with it. */
__attribute__((format(printf, 2, 3))) static bool refuse(char why[WHY_BYTES], const char *format,
							 ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(why, WHY_BYTES, format, arguments); /* cut off, it still says what */
	va_end(arguments);
	return false;
}

/* --- date and time */

/* Reads exactly that many digits. */
static bool take_digits(const char **at, int digits, int *out)
{
	*out = 0;
	for (int i = 0; i < digits; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*out = *out * 10 + (**at - '0');
	}
	return true;
}

static bool take_char(const char **at, char c)
{
	return *(*at)++ == c;
}

static bool take_month(const char **at, int *month)
{
	for (*month = 0; *month < 12; (*month)++) {
		if (strncmp(*at, render_month((unsigned)*month), 3) == 0) {
			*at += 3;
			return true;
		}
	}
	return false;
}

/* "24 Sep 2008". */
static bool parse_date(const char *at, struct tm *when)
{
	if (!take_digits(&at, 2, &when->tm_mday) || !take_char(&at, ' ') ||
	    !take_month(&at, &when->tm_mon) || !take_char(&at, ' ') ||
	    !take_digits(&at, 4, &when->tm_year) || *at)
		return false;
	when->tm_year -= 1900;
	return true;
}

/* "15:40:46". */
static bool parse_time(const char *at, struct tm *when)
{
	return take_digits(&at, 2, &when->tm_hour) && take_char(&at, ':') &&
	       take_digits(&at, 2, &when->tm_min) && take_char(&at, ':') &&
	       take_digits(&at, 2, &when->tm_sec) && !*at;
}

static bool same_civil_time(const struct tm *a, const struct tm *b)
{
	return a->tm_year == b->tm_year && a->tm_mon == b->tm_mon && a->tm_mday == b->tm_mday &&
	       a->tm_hour == b->tm_hour && a->tm_min == b->tm_min && a->tm_sec == b->tm_sec;
}

/* The second whose local civil time is when; the platform knows the other direction alone. */
static bool find_second(struct platform *p, const struct tm *when, int64_t *time_s)
{
	struct tm wanted = *when;
	int64_t wanted_s = timegm(&wanted);
	int64_t guess_s = wanted_s;
	struct tm local;

	/* The first step finds the offset of the zone, a second one corrects it beside a change. */
	for (int step = 0; step < 3; step++) {
		struct tm copy;

		if (p->ops->local_time(p, guess_s, &local))
			return false;
		if (same_civil_time(&local, when)) {
			*time_s = guess_s;
			return true;
		}
		copy = local;
		guess_s += wanted_s - timegm(&copy);
	}
	return false;
}

static bool take_when(struct platform *p, const json_t *object, struct audit_record *r,
		      char why[WHY_BYTES])
{
	const char *date = json_string_value(json_object_get(object, "date"));
	const char *time = json_string_value(json_object_get(object, "time"));
	struct tm when = {0};

	if (!date || !parse_date(date, &when))
		return refuse(why, "\"date\" is not a date like \"24 Sep 2008\"");
	if (!time || !parse_time(time, &when))
		return refuse(why, "\"time\" is not a time like \"15:40:46\"");
	if (!find_second(p, &when, &r->time_s))
		return refuse(why, "there is no local time %s %s", date, time);
	return true;
}

/* --- the other keys */

static bool take_type(const json_t *object, struct audit_record *r, char why[WHY_BYTES])
{
	const char *name = json_string_value(json_object_get(object, "type"));
	const char *status = json_string_value(json_object_get(object, "status"));
	const json_t *origin = json_object_get(object, "origin");
	const char *origin_name = origin ? json_string_value(origin) : "unix";
	unsigned type = 1;

	if (!name)
		return refuse(why, "\"type\" is missing or no text");
	while (type <= RECORD_TYPES && strcmp(record_kind(type, RECORD_UNIX)->name, name) != 0)
		type++;
	if (type > RECORD_TYPES)
		return refuse(why, "unknown type \"%s\"", name);
	if (!status || status[0] < 'A' || status[0] > 'Z' || status[1])
		return refuse(why, "\"status\" is not one capital letter");
	if (!origin_name ||
	    (strcmp(origin_name, "unix") != 0 && strcmp(origin_name, "windows") != 0))
		return refuse(why, "\"origin\" is neither \"unix\" nor \"windows\"");
	record_init(r, type, 0, status[0]);
	r->origin = strcmp(origin_name, "windows") == 0 ? RECORD_WINDOWS : RECORD_UNIX;
	return true;
}

/* The field of a key, if records of this kind have it. */
static bool find_field(const struct audit_record *r, const char *key, enum record_field *field)
{
	const struct record_kind *kind = record_kind(r->type, r->origin);

	for (unsigned i = 0; i < kind->column_count; i++) {
		*field = kind->columns[i];
		if (strcmp(record_field_name(*field), key) == 0)
			return true;
	}
	return false;
}

static bool take_field(struct audit_record *r, enum record_field field, const json_t *value,
		       char why[WHY_BYTES])
{
	const char *key = record_field_name(field);

	if (field == RECORD_OS_USER) {
		if (!json_is_boolean(value))
			return refuse(why, "\"%s\" is neither true nor false", key);
		r->os_user = json_is_true(value);
		return true;
	}
	if (field >= RECORD_TEXTS) {
		json_int_t number = json_integer_value(value);

		if (!json_is_integer(value) || number < INT32_MIN || number > INT32_MAX)
			return refuse(why, "\"%s\" is not a whole number of 32 bits", key);
		record_set_number(r, field, (int32_t)number);
		return true;
	}
	if (!json_is_string(value))
		return refuse(why, "\"%s\" is not a text", key);
	if (record_set_text(r, field, json_string_value(value)))
		return refuse(why, "\"%s\" is too long", key);
	return true;
}

static bool take_notify(struct audit_record *r, const json_t *value, char why[WHY_BYTES])
{
	const char *text = json_string_value(value);
	size_t length = json_string_length(value);

	if (!text || length == 0 || length >= sizeof(r->notify))
		return refuse(why, "\"notify\" is no name");
	memcpy(r->notify, text, length + 1);
	return true;
}

static bool is_common_key(const char *key)
{
	static const char *const keys[] = {"type", "origin", "date", "time", "status"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(key, keys[i]) == 0)
			return true;
	}
	return false;
}

static bool take_record(struct platform *p, json_t *object, struct audit_record *r,
			char why[WHY_BYTES])
{
	enum record_field field;
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return refuse(why, "not a JSON object");
	if (!take_type(object, r, why) || !take_when(p, object, r, why))
		return false;
	json_object_foreach(object, key, value)
	{
		if (is_common_key(key))
			continue;
		if (strcmp(key, "notify") == 0) {
			if (!take_notify(r, value, why))
				return false;
			continue;
		}
		if (!find_field(r, key, &field))
			return refuse(why, "a record of this type has no \"%s\"", key);
		if (!take_field(r, field, value, why))
			return false;
	}
	return record_check(r, why, WHY_BYTES) == 0;
}

/* --- lines */

struct import {
	struct program_run *run;
	const char *path;
	struct audit_log *log;
	struct filters filters;
	unsigned long line;
};

static bool import_line(struct import *import, const char *line, size_t length, char why[WHY_BYTES])
{
	struct audit_record record;
	json_error_t fault;
	json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &fault);
	bool whole;
	int error;

	if (!object)
		return refuse(why, "column %d: %s", fault.column, fault.text);
	whole = take_record(import->run->platform, object, &record, why);
	json_decref(object);
	if (!whole)
		return false;
	if (filters_match(&import->filters, &record))
		return true;
	error = audit_log_append(import->log, &record);
	return !error || refuse(why, "cannot append to %s: %s", import->path, strerror(-error));
}

/* A line without its end. Returns its length, -1 at the end of the input, -2 when it is too long.
 */
static long read_line(FILE *in, char line[LINE_MAX_BYTES])
{
	long length = 0;
	int c;

	while ((c = getc(in)) != EOF && c != '\n') {
		if (length == LINE_MAX_BYTES)
			return -2;
		line[length++] = (char)c;
	}
	return c == EOF && length == 0 ? -1 : length;
}

static int import_lines(struct import *import)
{
	char line[LINE_MAX_BYTES];
	char why[WHY_BYTES];
	FILE *in = import->run->in;
	long length;
	bool good = true;

	while (good && (length = read_line(in, line)) != -1) {
		import->line++;
		if (length == -2)
			good = refuse(why, "longer than %d bytes", LINE_MAX_BYTES);
		else
			good = import_line(import, line, (size_t)length, why);
	}
	if (good && ferror(in))
		good = refuse(why, "cannot read on");
	if (!good)
		fprintf(import->run->err, "selogimport: standard input:%lu: %s\n", import->line,
			why);
	return good ? EXIT_DONE : EXIT_REFUSED;
}

static int open_log(struct import *import)
{
	struct platform *p = import->run->platform;
	struct audit_log_config config = {.size_bytes = UINT64_MAX};
	int n = snprintf(config.path, sizeof(config.path), "%s", import->path);
	int m = snprintf(config.backup, sizeof(config.backup), "%s.bak", import->path);
	int error = -ENAMETOOLONG;

	if (n < (int)sizeof(config.path) && m < (int)sizeof(config.backup))
		error = audit_log_open(p, &config, &import->log, NULL);
	if (error == -EBUSY)
		fprintf(import->run->err,
			"selogimport: process %d writes %s: shut the daemons down first\n",
			(int)audit_log_writer(p, import->path), import->path);
	else if (error)
		fprintf(import->run->err, "selogimport: cannot write %s: %s\n", import->path,
			strerror(-error));
	return error ? EXIT_REFUSED : EXIT_DONE;
}

static int selogimport_main(struct program_run *run, int argc, char **argv)
{
	struct import import = {.run = run};
	int status;

	if (argc == 2 && (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0)) {
		fputs(usage, run->out);
		return EXIT_DONE;
	}
	if (argc == 4 && strcmp(argv[1], "-filter") == 0) {
		char why[PLATFORM_PATH_MAX + FILTER_WHY_MAX];

		if (filters_load(run->platform, argv[2], &import.filters, why, sizeof(why))) {
			fprintf(run->err, "selogimport: %s\n", why);
			return EXIT_USAGE;
		}
		argc -= 2;
		argv += 2;
	}
	if (argc != 2 || argv[1][0] == '-' || !run->in) {
		fprintf(run->err, "selogimport: the path of one log is needed\n%s", usage);
		return EXIT_USAGE;
	}
	import.path = argv[1];
	status = open_log(&import);
	if (!status)
		status = import_lines(&import);
	audit_log_close(import.log);
	filters_free(&import.filters);
	return status;
}

const struct program selogimport_program = {.name = "selogimport", .main = selogimport_main};
