/* SPDX-License-Identifier: MIT */
/*
 * Forms of records and what differs between them; see form.h.
 */
#include "conformance/lint/form.h"

#include <arpa/inet.h>
#include <string.h>

#define ADDRESS_MAX 45 /* characters */

static const char *const value_names[] = {
	[FORM_NONE] = "no such field",
	[FORM_EMPTY] = "empty",
	[FORM_NUMBER] = "number",
	[FORM_NAME] = "name",
	[FORM_PATH] = "path",
	[FORM_WINDOWS_PATH] = "Windows path",
	[FORM_DOMAIN_NAME] = "name with a domain",
	[FORM_ADDRESS] = "address",
	[FORM_SESSION] = "session id",
	[FORM_TEXT] = "text",
	[FORM_FLAG] = "(OS user)",
};

/* --- the form of a value */

static bool is_address(const struct parse_span *s)
{
	unsigned char parsed[sizeof(struct in6_addr)];
	char text[ADDRESS_MAX + 1];

	if (s->length > ADDRESS_MAX)
		return false;
	for (size_t i = 0; i < s->length; i++)
		if (!memchr("0123456789abcdefABCDEF.:", s->text[i], 24))
			return false;
	memcpy(text, s->text, s->length);
	text[s->length] = '\0';
	return inet_pton(AF_INET, text, parsed) == 1 || inet_pton(AF_INET6, text, parsed) == 1;
}

static bool is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_digits(const struct parse_span *s)
{
	size_t i = 0;

	while (i < s->length && is_digit(s->text[i]))
		i++;
	return i == s->length;
}

/* A control character is shown as a backslash and digits. */
static bool has_domain(const struct parse_span *s)
{
	const char *slash = memchr(s->text, '\\', s->length);

	return slash && slash > s->text && slash + 1 < s->text + s->length && !is_digit(slash[1]);
}

static enum form_value value_of(enum record_field field, const struct parse_span *s)
{
	if (!s->length)
		return FORM_EMPTY;
	if (field == RECORD_COMMAND || field == RECORD_TRACE_TEXT)
		return FORM_TEXT;
	if (field == RECORD_SESSION)
		return FORM_SESSION;
	if (*s->text == '/')
		return FORM_PATH;
	if (s->length > 2 && is_letter(s->text[0]) && s->text[1] == ':' && s->text[2] == '\\')
		return FORM_WINDOWS_PATH;
	if (is_digits(s))
		return FORM_NUMBER;
	if (is_address(s))
		return FORM_ADDRESS;
	return has_domain(s) ? FORM_DOMAIN_NAME : FORM_NAME;
}

/* --- the form of a record */

/* Tries the texts of each brand: *wording says whose fit. */
static bool read_either(const struct capture_record *c, struct parse_record *record,
			struct parse_fault *fault, uint8_t *wording)
{
	bool pamsc = parse_record(c->text, c->length, CODE_PAMSC, record, fault);
	struct parse_record other;
	struct parse_fault other_fault;
	bool ac;

	*wording = 0;
	if (!c->detailed) /* no texts, so no brand */
		return pamsc;
	ac = parse_record(c->text, c->length, CODE_AC, &other, &other_fault);
	if (pamsc != ac)
		*wording = (pamsc ? CODE_PAMSC : CODE_AC) + 1;
	if (!pamsc && (ac || other_fault.line > fault->line)) {
		*record = other;
		*fault = other_fault;
	}
	return pamsc || ac;
}

void form_read(const struct capture_record *c, const char *spacing, struct form *out,
	       struct parse_fault *fault)
{
	struct parse_record record = {0};
	const struct record_kind *kind;
	uint8_t wording;

	*out = (struct form){.spacing = spacing};
	*fault = (struct parse_fault){.requirement = "event/common/1",
				      .text = "longer than any record"};
	if (c->too_long || !read_either(c, &record, fault, &wording)) {
		out->type = record.type;
		out->fault = fault->requirement;
		return;
	}
	out->type = record.type;
	out->layout = record.layout;
	out->origin = record.origin;
	out->wording = wording;
	out->session = record.session;
	kind = record_kind(record.type, record.origin);
	for (unsigned i = 0; i < kind->column_count; i++) {
		enum record_field field = kind->columns[i];

		if (field == RECORD_OS_USER)
			out->fields[field] = record.os_user ? FORM_FLAG : FORM_EMPTY;
		else
			out->fields[field] = field >= RECORD_TEXTS
						     ? FORM_NUMBER
						     : value_of(field, &record.fields[field]);
	}
}

/* Requirements by their text, NULL for none. */
static bool same_id(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool form_equal(const struct form *a, const struct form *b)
{
	return a->type == b->type && a->layout == b->layout && a->origin == b->origin &&
	       a->wording == b->wording && a->session == b->session &&
	       memcmp(a->fields, b->fields, sizeof(a->fields)) == 0 &&
	       same_id(a->spacing, b->spacing) && same_id(a->fault, b->fault);
}

/* --- what differs */

/* Requirements about one field; the others have that of the event's format line. 0: any event. */
static const struct {
	uint8_t type;
	uint8_t field;
	const char *requirement;
} field_ids[] = {
	{RECORD_LOGIN, RECORD_TERMINAL, "event/login/10"},
	{RECORD_LOGIN, RECORD_PROGRAM, "event/login/11"},
	{RECORD_LOGOUT, RECORD_USER, "event/logout/8"},
	{RECORD_LOGOUT, RECORD_TERMINAL, "event/logout/10"},
	{RECORD_RESOURCE_ACCESS, RECORD_CLASS, "event/resource/2"},
	{RECORD_RESOURCE_ACCESS, RECORD_ACCESS, "event/resource/4"},
	{RECORD_UNTRUST, RECORD_CLASS, "event/untrust/3"},
	{RECORD_START, RECORD_SERVICE, "event/start/4"},
	{RECORD_SHUTDOWN, RECORD_USER, "event/shutdown/10"},
	{RECORD_CHECK, RECORD_USER, "event/check/8"},
	{0, RECORD_USER, "event/common/8"},
	{0, RECORD_SESSION, "seaudit/session/7"},
	{0, RECORD_OS_USER, "event/common/12"},
};

static const char *field_id(unsigned type, unsigned field)
{
	for (size_t i = 0; i < sizeof(field_ids) / sizeof(field_ids[0]); i++)
		if (field_ids[i].field == field &&
		    (!field_ids[i].type || field_ids[i].type == type))
			return field_ids[i].requirement;
	return parse_format_id(type);
}

static bool is_there(uint8_t value)
{
	return value != FORM_NONE && value != FORM_EMPTY;
}

static size_t field_changes(const struct form *a, const struct form *b, struct form_change *out)
{
	bool sessions = a->layout == b->layout && a->session == b->session;
	size_t n = 0;

	for (unsigned field = 0; field < RECORD_FIELDS; field++) {
		uint8_t before = a->fields[field];
		uint8_t after = b->fields[field];

		/* Layout and -sessionid decide whether it is shown at all. */
		if (before == after || (field == RECORD_SESSION && !sessions))
			continue;
		out[n++] = (struct form_change){.what = record_field_name(field),
						.before = value_names[before],
						.after = value_names[after],
						.added = !is_there(before),
						.removed = !is_there(after),
						.requirement = field_id(a->type, field)};
	}
	return n;
}

/* What is the same for all records of a capture, by the options and the endpoint it was made with.
 */
static size_t capture_changes(const struct form *a, const struct form *b, struct form_change *out)
{
	static const char *const layouts[] = {"plain", "padded", "detailed"};
	static const char *const layout_ids[] = {"seaudit/plain/2", "seaudit/padded/1",
						 "seaudit/detail/1"};
	static const char *const endpoints[] = {"UNIX", "Windows"};
	static const char *const products[] = {"brand pamsc", "brand ac"};
	bool labels = a->layout == RENDER_DETAILED && b->layout == RENDER_DETAILED;
	bool lines = a->layout != RENDER_DETAILED && b->layout != RENDER_DETAILED;
	size_t n = 0;

	if (a->layout != b->layout)
		out[n++] = (struct form_change){
			"layout", true,  layouts[a->layout],   layouts[b->layout],
			false,    false, layout_ids[a->layout]};
	if (lines && a->session != b->session)
		out[n++] = (struct form_change){"session ids",
						true,
						a->session ? "shown" : "not shown",
						b->session ? "shown" : "not shown",
						b->session,
						a->session,
						a->session ? "seaudit/session/2"
							   : "seaudit/session/1"};
	if (a->wording && b->wording && a->wording != b->wording)
		out[n++] = (struct form_change){
			"product in texts",       true,  products[a->wording - 1],
			products[b->wording - 1], false, false,
			"seaudit/codes/20"};
	if (labels && a->origin != b->origin)
		out[n++] = (struct form_change){"endpoint in labels",
						true,
						endpoints[a->origin],
						endpoints[b->origin],
						false,
						false,
						parse_labels_id(a->type, a->origin)};
	return n;
}

size_t form_changes(const struct form *a, const struct form *b,
		    struct form_change changes[FORM_CHANGES_MAX])
{
	const char *spacing = a->spacing ? a->spacing : b->spacing;
	size_t n = 0;

	if (!same_id(a->spacing, b->spacing))
		changes[n++] =
			(struct form_change){"blank lines",
					     true,
					     a->spacing ? "not as documented" : "as documented",
					     b->spacing ? "not as documented" : "as documented",
					     false,
					     false,
					     spacing};
	if (!same_id(a->fault, b->fault))
		changes[n++] = (struct form_change){.what = "form",
						    .before = a->fault ? "not as documented"
								       : "as documented",
						    .after = b->fault ? NULL : "as documented",
						    .requirement = b->fault ? b->fault : a->fault};
	if (a->fault || b->fault)
		return n;
	n += capture_changes(a, b, changes + n);
	return n + field_changes(a, b, changes + n);
}
