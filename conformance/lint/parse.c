/* SPDX-License-Identifier: MIT */
/*
 * One printed record; see parse.h. Here: date, time, status and event, which layout it is, and what
 * the values must be. The columns are in parse_columns.c, the labels in parse_labels.c.
 */
#include "conformance/lint/parse_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DATE_LENGTH 11 /* DD MMM YYYY */
#define TIME_LENGTH 8  /* HH:MM:SS */

/* The requirements of an event: its fields, its status letters. */
static const struct {
	const char *format;
	const char *status;
} ids[RECORD_TYPES + 1] = {
	[0] = {"event/common/1", "event/common/6"},
	[RECORD_LOGIN] = {"event/login/1", "event/login/2"},
	[RECORD_LOGOUT] = {"event/logout/1", "event/logout/3"},
	[RECORD_LOGIN_ENABLED] = {"event/enabled/1", "event/enabled/2"},
	[RECORD_LOGIN_DISABLED] = {"event/disabled/1", "event/disabled/2"},
	[RECORD_PASSWORD_ATTEMPT] = {"event/password-attempt/1", "event/password-attempt/2"},
	[RECORD_RESOURCE_ACCESS] = {"event/resource/1", "event/resource/3"},
	[RECORD_UNTRUST] = {"event/untrust/1", "event/untrust/2"},
	[RECORD_INBOUND] = {"event/inbound/1", "event/inbound/2"},
	[RECORD_OUTBOUND] = {"event/outbound/1", "event/outbound/2"},
	[RECORD_ADMIN] = {"event/admin/1", "event/admin/2"},
	[RECORD_START] = {"event/start/1", "event/start/2"},
	[RECORD_SHUTDOWN] = {"event/shutdown/1", "event/shutdown/3"},
	[RECORD_PASSWORD] = {"event/password/1", "event/password/2"},
	[RECORD_TRACE] = {"event/trace/1", "event/trace/2"},
	[RECORD_CHECK] = {"event/check/1", "event/check/11"},
};

const char *parse_format_id(enum record_type type)
{
	return ids[type].format;
}

bool parse_refuse(struct reader *r, const char *at, const char *requirement, const char *format,
		  ...)
{
	struct parse_fault *f = r->fault;
	va_list arguments;

	f->line = f->column = 0;
	for (const char *c = r->text; c < at; c++) {
		f->column++;
		if (*c == '\n') {
			f->line++;
			f->column = 0;
		}
	}
	f->requirement = requirement;
	va_start(arguments, format);
	vsnprintf(f->text, sizeof(f->text), format, arguments); /* cut off, it still says what */
	va_end(arguments);
	return false;
}

/* --- words and numbers */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

size_t parse_word(const char *at, const char *end)
{
	const char *blank = memchr(at, ' ', (size_t)(end - at));

	return (size_t)((blank ? blank : end) - at);
}

bool parse_number(const char *at, size_t length, int32_t *out)
{
	bool negative = length > 1 && *at == '-';
	int64_t number = 0;

	at += negative;
	length -= negative;
	if (length == 0 || length > 10 || (*at == '0' && length > 1))
		return false;
	for (size_t i = 0; i < length; i++) {
		if (!is_digit(at[i]))
			return false;
		number = number * 10 + (at[i] - '0');
	}
	if (number > INT32_MAX)
		return false;
	*out = (int32_t)(negative ? -number : number);
	return true;
}

bool parse_is_session(const char *at, size_t length)
{
	if (length != 17 || at[8] != ':')
		return false;
	for (size_t i = 0; i < length; i++)
		if (i != 8 && !is_digit(at[i]) && !(at[i] >= 'a' && at[i] <= 'f'))
			return false;
	return true;
}

/* --- date, time, status */

/* The number of exactly two digits, or -1. */
static int two_digits(const char *at)
{
	return is_digit(at[0]) && is_digit(at[1]) ? (at[0] - '0') * 10 + at[1] - '0' : -1;
}

bool parse_begins(const char *text, size_t length)
{
	size_t digits = length > 1 && is_digit(text[1]) ? 2 : 1;

	if (length < digits + 5 || !is_digit(text[0]) || text[digits] != ' ')
		return false;
	for (size_t i = digits + 1; i < digits + 4; i++)
		if ((text[i] | 0x20) < 'a' || (text[i] | 0x20) > 'z')
			return false;
	return text[digits + 4] == ' ';
}

static int month_of(const char *at)
{
	for (unsigned month = 0; month < 12; month++)
		if (memcmp(at, render_month(month), 3) == 0)
			return (int)month;
	return -1;
}

static int days_in(int month, int year)
{
	static const signed char days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 1 && leap ? 29 : days[month];
}

static bool take_date(struct reader *r)
{
	const char *at = r->at;
	int day, month, high, low;

	if (!parse_begins(at, (size_t)(r->end - at)))
		return parse_refuse(r, at, "event/common/1",
				    "a record begins with its date, as in 24 Sep 2008");
	if (!is_digit(at[1]))
		return parse_refuse(r, at, "event/common/3", "a day below ten has a leading zero");
	if (r->end - at <= DATE_LENGTH || at[DATE_LENGTH] != ' ')
		return parse_refuse(r, at, "event/common/1",
				    "the date is not of the form DD MMM YYYY");
	day = two_digits(at);
	month = month_of(at + 3);
	if (month < 0)
		return parse_refuse(r, at + 3, "event/common/2", "%.3s is no month", at + 3);
	high = two_digits(at + 7);
	low = two_digits(at + 9);
	if (high < 0 || low < 0)
		return parse_refuse(r, at + 7, "event/common/1", "the year is not four digits");
	if (day < 1 || day > days_in(month, high * 100 + low))
		return parse_refuse(r, at, "event/common/1", "%.11s is no day", at);
	r->record->date = (struct parse_span){at, DATE_LENGTH};
	r->at += DATE_LENGTH + 1;
	return true;
}

static bool take_time(struct reader *r)
{
	const char *at = r->at;

	if (r->end - at <= TIME_LENGTH || at[2] != ':' || at[5] != ':' || at[TIME_LENGTH] != ' ' ||
	    two_digits(at) < 0 || two_digits(at + 3) < 0 || two_digits(at + 6) < 0)
		return parse_refuse(r, at, "event/common/4",
				    "the time is not of the form HH:MM:SS");
	if (two_digits(at) > 23 || two_digits(at + 3) > 59 || two_digits(at + 6) > 60)
		return parse_refuse(r, at, "event/common/4", "%.8s is no time of the day", at);
	r->record->time = (struct parse_span){at, TIME_LENGTH};
	r->at += TIME_LENGTH + 1;
	return true;
}

static bool take_status(struct reader *r)
{
	const char *at = r->at;

	if (r->end - at < 2 || *at < 'A' || *at > 'Z' || at[1] != ' ')
		return parse_refuse(r, at, "event/common/6",
				    "the status is not one capital letter");
	r->record->status = *at;
	r->at += 2;
	return true;
}

/* --- which event */

/* Connections come in and go out under the same names: those that go out have a user. */
static enum record_type connection_type(const struct reader *r)
{
	const char *at = r->at;
	int32_t number;

	for (unsigned words = 0; at < r->end; words++) {
		size_t length = parse_word(at, r->end);

		if (words && length && parse_number(at, length, &number))
			return words == 1 ? RECORD_INBOUND : RECORD_OUTBOUND;
		at += length;
		while (at < r->end && *at == ' ')
			at++;
	}
	return RECORD_INBOUND;
}

static bool is_word(const char *at, size_t length, const char *word)
{
	return strlen(word) == length && memcmp(at, word, length) == 0;
}

static enum record_type type_of(const struct reader *r, const char *event, size_t length)
{
	char status = r->record->status;

	if (is_word(event, length, "LOGIN"))
		return status == 'E'   ? RECORD_LOGIN_ENABLED
		       : status == 'I' ? RECORD_LOGIN_DISABLED
		       : status == 'A' ? RECORD_PASSWORD_ATTEMPT
				       : RECORD_LOGIN;
	for (unsigned type = 1; type <= RECORD_TYPES; type++) {
		const char *name = record_kind(type, RECORD_UNIX)->event;

		if (name && is_word(event, length, name))
			return type;
	}
	if (status == 'U')
		return RECORD_UNTRUST;
	if (is_word(event, length, "HOST") || is_word(event, length, "TCP"))
		return connection_type(r);
	return RECORD_RESOURCE_ACCESS;
}

/* The event, which stands in a column of its own, and with it the type. */
static bool take_event(struct reader *r)
{
	struct parse_record *out = r->record;
	const char *event = r->at;
	size_t length = parse_word(event, r->end);

	if (!length)
		return parse_refuse(r, event, "event/common/7", "the type of the event is missing");
	r->at += length;
	out->layout = RENDER_PLAIN;
	if (length < RENDER_EVENT_WIDTH ? r->end - r->at > 1 && r->at[1] == ' '
					: memmem(r->at, (size_t)(r->end - r->at), "  ", 2) != NULL)
		out->layout = RENDER_PADDED;
	if (out->layout == RENDER_PADDED && length < RENDER_EVENT_WIDTH) {
		size_t blanks = RENDER_EVENT_WIDTH - length;

		if ((size_t)(r->end - r->at) <= blanks + 1 || strspn(r->at, " ") != blanks + 1)
			return parse_refuse(r, r->at, "seaudit/padded/4",
					    "the event is not %d wide", RENDER_EVENT_WIDTH);
		r->at += blanks;
	}
	if (r->at < r->end)
		r->at++;
	out->type = type_of(r, event, length);
	r->kind = record_kind(out->type, out->origin);
	if (!r->kind->event)
		out->fields[RECORD_CLASS] = (struct parse_span){event, length};
	return true;
}

/* --- what the values must be */

/* Texts that the documents fix for an event. */
static const struct {
	enum record_type type;
	enum record_field field;
	const char *text;
	const char *requirement;
} fixed[] = {
	{RECORD_CHECK, RECORD_ACCESS, "Scan", "event/check/3"},
	{RECORD_CHECK, RECORD_STAGE, "339", "event/check/4"},
	{RECORD_CHECK, RECORD_REASON, "0", "event/check/5"},
	{RECORD_CHECK, RECORD_RESOURCE, "SEOS_syscall", "event/check/6"},
	{RECORD_CHECK, RECORD_PROGRAM, "unload", "event/check/7"},
	{RECORD_LOGOUT, RECORD_STAGE, "49", "event/logout/7"},
	{RECORD_SHUTDOWN, RECORD_SERVICE, "seosd", "event/shutdown/9"},
	{RECORD_UNTRUST, RECORD_MODULE, "seoswd", "event/untrust/4"},
};

/* Stages that contradict the record they stand in. */
static const struct {
	enum record_type type;
	char status; /* 0: any */
	int32_t stage;
	const char *requirement;
} impossible[] = {
	{RECORD_SHUTDOWN, 'M', STAGE_SHUTDOWN_DENIED, "event/shutdown/7"},
	{RECORD_SHUTDOWN, 'D', STAGE_SHUTDOWN_ALLOWED, "event/shutdown/6"},
	{RECORD_SHUTDOWN, 0, 600, "event/shutdown/14"},
	{RECORD_RESOURCE_ACCESS, 0, 61, "event/resource/5"},
};

static bool check_fixed(struct reader *r)
{
	const struct parse_record *out = r->record;

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		const struct parse_span *is = &out->fields[fixed[i].field];

		if (fixed[i].type == out->type && is->length &&
		    !is_word(is->text, is->length, fixed[i].text))
			return parse_refuse(
				r, is->text, fixed[i].requirement, "the %s of a %s record is %s",
				record_field_name(fixed[i].field), r->kind->event, fixed[i].text);
	}
	for (size_t i = 0; i < sizeof(impossible) / sizeof(impossible[0]); i++) {
		if (impossible[i].type == out->type &&
		    impossible[i].stage == out->numbers[RECORD_STAGE] &&
		    (!impossible[i].status || impossible[i].status == out->status))
			return parse_refuse(r, out->fields[RECORD_STAGE].text,
					    impossible[i].requirement,
					    "stage %d does not go with status %c",
					    (int)impossible[i].stage, out->status);
	}
	return true;
}

static bool check_required(struct reader *r)
{
	for (unsigned i = 0; i < r->kind->column_count; i++) {
		enum record_field field = r->kind->columns[i];
		const struct parse_span *is = &r->record->fields[field];

		if (field < RECORD_TEXTS && r->kind->required & RECORD_BIT(field) && !is->length)
			return parse_refuse(r, is->text ? is->text : r->end,
					    parse_format_id(r->record->type), "no %s",
					    record_field_name(field));
	}
	return true;
}

static bool check_values(struct reader *r)
{
	const struct parse_record *out = r->record;
	const struct parse_span *class = &out->fields[RECORD_CLASS];
	const char *status = out->time.text + TIME_LENGTH + 1;

	if (out->status != 'C' && !strchr(r->kind->statuses, out->status))
		return parse_refuse(r, status, ids[out->type].status,
				    "status %c, not one of \"%s\"", out->status, r->kind->statuses);
	if (out->type == RECORD_UNTRUST && !is_word(class->text, class->length, "PROGRAM") &&
	    !is_word(class->text, class->length, "SECFILE"))
		return parse_refuse(r, class->text, "event/untrust/3",
				    "the class is neither PROGRAM nor SECFILE");
	return check_required(r) && check_fixed(r);
}

/* --- the whole record */

static bool check_bytes(struct reader *r)
{
	for (const char *c = r->at; c < r->end; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return parse_refuse(r, c, "event/common/20",
					    "a control character stands as it is");
	if (r->end > r->at && r->end[-1] == ' ')
		return parse_refuse(r, r->end - 1, "seaudit/plain/7",
				    "a blank at the end of the line");
	return true;
}

static bool take_columns(struct reader *r, const char *labels)
{
	bool plain = r->record->layout == RENDER_PLAIN;

	if (!labels)
		return plain ? parse_plain(r) : parse_padded(r);
	if (!plain)
		return parse_refuse(r, r->at, "seaudit/detail/3",
				    "the line of a detailed record is not padded");
	r->record->layout = RENDER_DETAILED;
	return parse_labels(r, labels) && parse_known(r) && parse_codes(r);
}

bool parse_record(const char *text, size_t length, enum code_brand brand, struct parse_record *out,
		  struct parse_fault *fault)
{
	const char *newline = memchr(text, '\n', length);
	size_t line = newline ? (size_t)(newline - text) : length;
	struct reader r = {.text = text,
			   .text_end = text + length,
			   .at = text,
			   .end = text + line,
			   .brand = brand,
			   .record = out,
			   .fault = fault};

	*out = (struct parse_record){0};
	return check_bytes(&r) && take_date(&r) && take_time(&r) && take_status(&r) &&
	       take_event(&r) && take_columns(&r, line + 1 < length ? newline + 1 : NULL) &&
	       check_values(&r);
}
