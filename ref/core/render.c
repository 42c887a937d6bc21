/* SPDX-License-Identifier: MIT */
/*
 * Audit records as text; see render.h. One walk over the columns of the record's kind writes the
 * line, another one the labels; what differs between events stands in the tables.
 */
#include "ref/core/render.h"

#include <string.h>

static const char os_user_flag[] = "(OS user)";

/* SPEC.md, topic seaudit/padded. */
static const struct render_column columns[RECORD_FIELDS] = {
	[RECORD_USER] = {24, false},           [RECORD_SESSION] = {17, false},
	[RECORD_EFFECTIVE_USER] = {24, false}, [RECORD_REAL_USER] = {24, false},
	[RECORD_CLASS] = {12, false},          [RECORD_ACCESS] = {8, false},
	[RECORD_RESOURCE] = {20, false},       [RECORD_SERVICE] = {20, false},
	[RECORD_TERMINAL] = {20, false},       [RECORD_HOST] = {20, false},
	[RECORD_MODULE] = {20, false},         [RECORD_STAGE] = {4, true},
	[RECORD_REASON] = {2, true},           [RECORD_MESSAGE] = {2, true},
	[RECORD_REAL_UID] = {4, true},
};

#define PLAIN_EVENT(text) .event = {text, text}, .status = true, .session = true

static const struct render_detail details[RECORD_TYPES + 1] = {
	[RECORD_LOGIN] = {PLAIN_EVENT("Login")},
	[RECORD_LOGOUT] = {.event = {"Logout", "Logout"}, .status = true, .minutes = true},
	[RECORD_LOGIN_ENABLED] = {PLAIN_EVENT("Login account enabled")},
	[RECORD_LOGIN_DISABLED] = {PLAIN_EVENT("Login account disabled")},
	[RECORD_PASSWORD_ATTEMPT] = {PLAIN_EVENT("Password attempt")},
	[RECORD_RESOURCE_ACCESS] = {PLAIN_EVENT("Resource access")},
	[RECORD_UNTRUST] = {PLAIN_EVENT("Untrust message"), .resource = "File"},
	[RECORD_INBOUND] = {PLAIN_EVENT("Inbound network connection")},
	[RECORD_OUTBOUND] = {PLAIN_EVENT("Outbound network connection")},
	[RECORD_ADMIN] = {PLAIN_EVENT("Security database administration"), .resource = "Object"},
	[RECORD_START] = {.event = {"Daemon start", "Engine service start"},
			  .service = {"Daemon", "Engine service"},
			  .minutes = true,
			  .flags = true},
	[RECORD_SHUTDOWN] = {.event = {"Daemon shutdown", "Engine service shutdown"},
			     .service = {"Daemon", "Engine service"},
			     .session = true,
			     .product_flags = true},
	[RECORD_PASSWORD] = {PLAIN_EVENT("Password verification")},
	[RECORD_TRACE] = {PLAIN_EVENT("Trace message on a user")},
	[RECORD_CHECK] = {PLAIN_EVENT("Resource access"), .class = true},
};

const struct render_column *render_column(enum record_field field)
{
	return &columns[field];
}

const struct render_detail *render_detail(enum record_type type)
{
	return &details[type];
}

const char *render_month(unsigned month)
{
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

	return months[month % 12];
}

const char *render_label(const struct audit_record *record, enum record_field field)
{
	static const char *const labels[RECORD_FIELDS] = {
		[RECORD_USER] = "User name",
		[RECORD_SESSION] = "User Logon Session ID",
		[RECORD_EFFECTIVE_USER] = "Effective user name",
		[RECORD_REAL_USER] = "Real user name",
		[RECORD_CLASS] = "Class",
		[RECORD_ACCESS] = "Access",
		[RECORD_RESOURCE] = "Resource",
		[RECORD_SERVICE] = "Service",
		[RECORD_PROGRAM] = "Program",
		[RECORD_TERMINAL] = "Terminal",
		[RECORD_HOST] = "Host",
		[RECORD_COMMAND] = "Command",
		[RECORD_MODULE] = "Module",
		[RECORD_TRACE_TEXT] = "Trace",
		[RECORD_STAGE] = "Details",
		[RECORD_REAL_UID] = "Real UID",
		[RECORD_OS_USER] = "Audit flags",
	};

	if (field == RECORD_SERVICE && details[record->type].service[record->origin])
		return details[record->type].service[record->origin];
	if (field == RECORD_RESOURCE && details[record->type].resource)
		return details[record->type].resource;
	if (field == RECORD_MESSAGE)
		return record->stage == 1 ? "Message ID" : "Errno";
	return labels[field];
}

/* Where the text goes: at <= end always; full once something did not fit. */
struct sink {
	char *at;
	char *end;
	bool full;
};

static void put(struct sink *s, const char *text, size_t length)
{
	if ((size_t)(s->end - s->at) < length) {
		s->full = true;
		return;
	}
	memcpy(s->at, text, length);
	s->at += length;
}

static void put_string(struct sink *s, const char *text)
{
	put(s, text, strlen(text));
}

static void put_char(struct sink *s, char c)
{
	put(s, &c, 1);
}

static void put_blanks(struct sink *s, size_t count)
{
	while (count-- > 0)
		put_char(s, ' ');
}

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == 0x7f;
}

/* A value as it is, but for control characters. */
static void put_value(struct sink *s, const char *text, size_t length)
{
	size_t start = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!is_control(text[i]))
			continue;
		put(s, text + start, i - start);
		put(s,
		    (char[]){'\\', (char)('0' + (c >> 6)), (char)('0' + (c >> 3 & 7)),
			     (char)('0' + (c & 7))},
		    4);
		start = i + 1;
	}
	put(s, text + start, length - start);
}

/* selang writes password(...); what stands between the parentheses is nobody's business. */
static void put_command(struct sink *s, const char *text)
{
	static const char keyword[] = "password(";
	const char *secret;

	while ((secret = strcasestr(text, keyword)) != NULL) {
		secret += sizeof(keyword) - 1;
		put_value(s, text, (size_t)(secret - text));
		put_string(s, "***");
		text = secret + strcspn(secret, ")");
	}
	put_value(s, text, strlen(text));
}

static void put_number(struct sink *s, int64_t number, unsigned width, char fill)
{
	char digits[24];
	char *at = digits + sizeof(digits);
	uint64_t rest = number < 0 ? -(uint64_t)number : (uint64_t)number;

	do {
		*--at = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (number < 0)
		*--at = '-';
	for (size_t length = (size_t)(digits + sizeof(digits) - at); length < width; length++)
		put_char(s, fill);
	put(s, at, (size_t)(digits + sizeof(digits) - at));
}

static void put_date(struct sink *s, const struct tm *when)
{
	put_number(s, when->tm_mday, 2, '0');
	put_char(s, ' ');
	put_string(s, render_month((unsigned)when->tm_mon));
	put_char(s, ' ');
	put_number(s, INT64_C(1900) + when->tm_year, 4, '0');
}

static void put_time(struct sink *s, const struct tm *when, bool seconds)
{
	put_number(s, when->tm_hour, 2, '0');
	put_char(s, ':');
	put_number(s, when->tm_min, 2, '0');
	if (seconds) {
		put_char(s, ':');
		put_number(s, when->tm_sec, 2, '0');
	}
}

/* A text or number field as the line shows it; a dash for an empty text. */
static void put_field(struct sink *s, const struct audit_record *r, enum record_field field,
		      unsigned width)
{
	const char *text;

	if (field == RECORD_OS_USER) {
		put_string(s, r->os_user ? os_user_flag : "-");
		return;
	}
	if (field >= RECORD_TEXTS) {
		put_number(s, record_number(r, field), width, ' ');
		return;
	}
	text = record_text(r, field);
	if (!*text)
		put_char(s, '-');
	else if (field == RECORD_COMMAND)
		put_command(s, text);
	else
		put_value(s, text, strlen(text));
}

static bool is_empty(const struct audit_record *r, enum record_field field)
{
	if (field == RECORD_OS_USER)
		return !r->os_user;
	return field < RECORD_TEXTS && !*record_text(r, field);
}

/* How many columns are left when the empty ones at the end are dropped. */
static unsigned columns_used(const struct record_kind *kind, const struct audit_record *r)
{
	unsigned used = kind->column_count;

	while (used > 0 && is_empty(r, kind->columns[used - 1]))
		used--;
	return used;
}

/* A column is padded once it is known that another one follows. */
static void put_line(struct sink *s, const struct render_style *style, const struct audit_record *r,
		     const struct record_kind *kind, const struct tm *when)
{
	bool padded = style->layout == RENDER_PADDED;
	unsigned used = columns_used(kind, r);
	size_t missing = 0; /* blanks the column before is short of its width */

	put_date(s, when);
	put_char(s, ' ');
	put_time(s, when, true);
	put_char(s, ' ');
	put_char(s, r->status);
	if (kind->event) {
		size_t length = strlen(kind->event);

		put_char(s, ' ');
		put(s, kind->event, length);
		missing = padded && length < RENDER_EVENT_WIDTH ? RENDER_EVENT_WIDTH - length : 0;
	}
	for (unsigned i = 0; i < used; i++) {
		enum record_field field = kind->columns[i];
		const struct render_column *column = &columns[field];
		const char *start;
		size_t length;

		if (field == RECORD_SESSION && !style->session)
			continue;
		put_blanks(s, missing + 1);
		start = s->at;
		put_field(s, r, field, padded && column->right ? column->width : 0);
		length = (size_t)(s->at - start);
		missing = padded && length < column->width ? column->width - length : 0;
	}
	put_char(s, '\n');
}

static void put_label(struct sink *s, const char *label)
{
	put_string(s, label);
	put(s, ": ", 2);
}

static void put_labelled(struct sink *s, const char *label, const char *value)
{
	put_label(s, label);
	put_string(s, value);
	put_char(s, '\n');
}

/* The text behind a number, or the number where there is none. */
static void put_code(struct sink *s, const char *label, const char *text, int32_t number)
{
	put_label(s, label);
	if (text)
		put_string(s, text);
	else
		put_number(s, number, 0, ' ');
	put_char(s, '\n');
}

static void put_stage(struct sink *s, const struct render_style *style,
		      const struct audit_record *r)
{
	const char *text = NULL;

	if (r->type == RECORD_PASSWORD)
		text = code_text(CODE_PASSWORD, r->stage, style->brand);
	else if (r->type != RECORD_UNTRUST)
		text = code_stage_text(r->stage, style->brand);
	put_code(s, render_label(r, RECORD_STAGE), text, r->stage);
}

/* The fields of the format line that are labelled in their place. */
static void put_fields(struct sink *s, const struct render_style *style,
		       const struct audit_record *r, const struct record_kind *kind)
{
	for (unsigned i = 0; i < kind->column_count; i++) {
		enum record_field field = kind->columns[i];
		const char *text = NULL;

		if (field == RECORD_SESSION || field == RECORD_STAGE || field == RECORD_REASON ||
		    is_empty(r, field) || field == RECORD_OS_USER)
			continue;
		if (field == RECORD_MESSAGE) {
			if (r->stage == 1)
				text = code_text(CODE_UNTRUST, r->message, style->brand);
			put_code(s, render_label(r, field), text, r->message);
			continue;
		}
		put_label(s, render_label(r, field));
		put_field(s, r, field, 0);
		put_char(s, '\n');
	}
}

static void put_audit_flags(struct sink *s, const struct render_style *style,
			    const struct audit_record *r)
{
	put_label(s, render_label(r, RECORD_OS_USER));
	if (r->os_user) {
		put_string(s, os_user_flag);
	} else {
		put_string(s, details[r->type].product_flags && r->origin == RECORD_UNIX
				      ? code_product(style->brand)
				      : "AC");
		put_string(s, " database user");
	}
	put_char(s, '\n');
}

static bool has_column(const struct record_kind *kind, enum record_field field)
{
	return memchr(kind->columns, (int)field, kind->column_count) != NULL;
}

static void put_details(struct sink *s, const struct render_style *style,
			const struct audit_record *r, const struct record_kind *kind,
			const struct tm *when)
{
	const struct render_detail *detail = &details[r->type];

	put_labelled(s, "Event type", detail->event[r->origin]);
	if (detail->status) {
		const char *word = code_status_text(r->status);

		put_labelled(s, "Status", word ? word : (char[]){r->status, '\0'});
	}
	if (detail->class)
		put_labelled(s, "Class", kind->event);
	put_fields(s, style, r, kind);
	put_label(s, "Date");
	put_date(s, when);
	put_char(s, '\n');
	put_label(s, "Time");
	put_time(s, when, r->origin == RECORD_UNIX && !detail->minutes);
	put_char(s, '\n');
	if (has_column(kind, RECORD_STAGE))
		put_stage(s, style, r);
	if (detail->session && !is_empty(r, RECORD_SESSION) && has_column(kind, RECORD_SESSION)) {
		put_label(s, render_label(r, RECORD_SESSION));
		put_field(s, r, RECORD_SESSION, 0);
		put_char(s, '\n');
	}
	if (detail->flags || has_column(kind, RECORD_OS_USER))
		put_audit_flags(s, style, r);
}

size_t render_record(const struct render_style *style, const struct audit_record *record,
		     const struct tm *when, char *out, size_t bytes)
{
	const struct record_kind *kind = record_kind(record->type, record->origin);
	struct sink sink = {.at = out, .end = out + bytes};

	put_line(&sink, style, record, kind, when);
	if (style->layout == RENDER_DETAILED)
		put_details(&sink, style, record, kind, when);
	return sink.full ? 0 : (size_t)(sink.at - out);
}
