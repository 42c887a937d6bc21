/* SPDX-License-Identifier: MIT */
/*
 * The label lines of a detailed record, in the order in which the renderer writes them, and the
 * wording of each. They tell what the line leaves open: the endpoint it comes from, and where a
 * field with blanks ends. Not for the line itself (parse_columns.c).
 */
#include "conformance/lint/parse_private.h"

#include <string.h>

/* A label line as it stands. */
struct label {
	struct parse_span name;
	struct parse_span value;
};

/* What is still to be read of the labels, and what stands next. */
struct labels {
	struct reader *r;
	const char *at;
	struct label next; /* name.length 0: no more */
	bool broken;       /* the next line is no label */
};

static bool is_text(const struct parse_span *s, const char *text)
{
	return strlen(text) == s->length && memcmp(s->text, text, s->length) == 0;
}

static bool same(const struct parse_span *a, const struct parse_span *b)
{
	return a->length == b->length && memcmp(a->text, b->text, a->length) == 0;
}

const char *parse_labels_id(enum record_type type, enum record_origin origin)
{
	bool windows = origin == RECORD_WINDOWS;

	switch (type) {
	case RECORD_SHUTDOWN:
		return windows ? "seaudit/detail/10" : "seaudit/detail/9";
	case RECORD_START:
		return windows ? "seaudit/detail/14" : "seaudit/detail/13";
	case RECORD_LOGOUT:
		return "seaudit/detail/11";
	default:
		return "seaudit/detail/24";
	}
}

static const char *labels_id(const struct parse_record *record)
{
	return parse_labels_id(record->type, record->origin);
}

/* Looks at the next line. */
static void advance(struct labels *l)
{
	const char *end = l->r->text_end;
	const char *newline, *colon;

	l->next = (struct label){{l->at, 0}, {l->at, 0}};
	if (l->at >= end)
		return;
	newline = memchr(l->at, '\n', (size_t)(end - l->at));
	if (newline)
		end = newline;
	colon = memmem(l->at, (size_t)(end - l->at), ": ", 2);
	l->broken = !colon;
	if (colon)
		l->next = (struct label){{l->at, (size_t)(colon - l->at)},
					 {colon + 2, (size_t)(end - colon - 2)}};
	l->at = newline ? newline + 1 : end;
}

/* What stands next is not the label that has to come. */
static void refuse_next(struct labels *l, const char *wanted)
{
	const struct parse_span *name = &l->next.name;

	if (l->broken)
		parse_refuse(l->r, name->text, "seaudit/detail/4", "not of the form Label: value");
	else if (!name->length)
		parse_refuse(l->r, l->r->text_end, labels_id(l->r->record),
			     "the label \"%s\" is missing", wanted);
	else
		parse_refuse(l->r, name->text, labels_id(l->r->record),
			     "the label \"%.*s\" in place of \"%s\"", (int)name->length, name->text,
			     wanted);
}

/* Takes the next line if it has the label. */
static bool take_optional(struct labels *l, const char *name, struct parse_span *value)
{
	if (l->broken || !is_text(&l->next.name, name))
		return false;
	*value = l->next.value;
	advance(l);
	return true;
}

static bool take_label(struct labels *l, const char *name, struct parse_span *value)
{
	if (!take_optional(l, name, value)) {
		refuse_next(l, name);
		return false;
	}
	if (!value->length)
		return parse_refuse(l->r, value->text, "seaudit/detail/25",
				    "a label without a value is left out");
	return true;
}

/* --- what they say */

/* The event in words, which also tells which events of the same name, and which endpoint. */
static bool take_event_type(struct labels *l)
{
	struct parse_record *out = l->r->record;
	struct parse_span value;

	if (!take_label(l, "Event type", &value))
		return false;
	if (is_text(&value, render_detail(out->type)->event[RECORD_UNIX]))
		return true;
	if (is_text(&value, render_detail(out->type)->event[RECORD_WINDOWS])) {
		out->origin = RECORD_WINDOWS;
		return true;
	}
	if (out->type == RECORD_INBOUND || out->type == RECORD_OUTBOUND) {
		enum record_type other =
			out->type == RECORD_INBOUND ? RECORD_OUTBOUND : RECORD_INBOUND;

		if (is_text(&value, render_detail(other)->event[RECORD_UNIX])) {
			out->type = other;
			l->r->kind = record_kind(other, RECORD_UNIX);
			return true;
		}
	}
	return parse_refuse(l->r, value.text, labels_id(out), "the event type is \"%s\"",
			    render_detail(out->type)->event[RECORD_UNIX]);
}

static bool take_status_word(struct labels *l)
{
	const char *word = code_status_text(l->r->record->status);
	struct parse_span value;

	if (!render_detail(l->r->record->type)->status)
		return true;
	if (!take_label(l, "Status", &value))
		return false;
	if (word ? !is_text(&value, word)
		 : value.length != 1 || *value.text != l->r->record->status)
		return parse_refuse(l->r, value.text, "seaudit/detail/26",
				    "the word for status %c is \"%s\"", l->r->record->status,
				    word ? word : "the letter itself");
	return true;
}

static bool take_class(struct labels *l)
{
	struct parse_span value;

	if (!render_detail(l->r->record->type)->class)
		return true;
	if (!take_label(l, "Class", &value))
		return false;
	return is_text(&value, l->r->kind->event) ||
	       parse_refuse(l->r, value.text, labels_id(l->r->record), "the class is \"%s\"",
			    l->r->kind->event);
}

/* The label of a field, by what is known of the record so far. */
static const char *label_of(const struct parse_record *out, enum record_field field)
{
	struct audit_record like = {
		.type = out->type, .origin = out->origin, .stage = out->numbers[RECORD_STAGE]};

	return render_label(&like, field);
}

/* A trace record of a Windows endpoint has a number where one of UNIX has the effective user. */
static bool take_real_uid(struct labels *l)
{
	struct parse_span value;

	if (!take_optional(l, label_of(l->r->record, RECORD_REAL_UID), &value))
		return false;
	l->r->record->origin = RECORD_WINDOWS;
	l->r->kind = record_kind(RECORD_TRACE, RECORD_WINDOWS);
	return true;
}

static bool take_field(struct labels *l, enum record_field field)
{
	struct parse_record *out = l->r->record;
	struct parse_span value = {0};

	switch (field) {
	case RECORD_SESSION:
	case RECORD_STAGE:
	case RECORD_REASON:
	case RECORD_OS_USER:
		return true;
	case RECORD_MESSAGE:
		return take_optional(l, "Message ID", &l->r->message) ||
		       take_label(l, "Errno", &l->r->message);
	case RECORD_EFFECTIVE_USER:
		if (out->type == RECORD_TRACE && take_real_uid(l))
			return true;
		break;
	default:
		break;
	}
	if (field == RECORD_CLASS && !l->r->kind->event) {
		if (!take_label(l, label_of(out, field), &value))
			return false;
		return same(&value, &out->fields[field]) ||
		       parse_refuse(l->r, value.text, "seaudit/detail/2",
				    "the class is not the one of the line");
	}
	if (!take_optional(l, label_of(out, field), &value) &&
	    l->r->kind->required & RECORD_BIT(field)) {
		refuse_next(l, label_of(out, field));
		return false;
	}
	if (value.text && !value.length)
		return parse_refuse(l->r, value.text, "seaudit/detail/25",
				    "a label without a value is left out");
	out->fields[field] = value;
	return true;
}

static bool take_date_and_time(struct labels *l)
{
	struct parse_record *out = l->r->record;
	bool minutes = render_detail(out->type)->minutes;
	struct parse_span date, time;

	if (!take_label(l, "Date", &date))
		return false;
	if (!same(&date, &out->date))
		return parse_refuse(l->r, date.text, "seaudit/detail/15",
				    "the date is not the one of the line");
	if (!take_label(l, "Time", &time))
		return false;
	if (time.length > out->time.length || memcmp(time.text, out->time.text, time.length) != 0)
		return parse_refuse(l->r, time.text, "seaudit/detail/18",
				    "the time is not the one of the line");
	if (!minutes && time.length == 5 && out->type != RECORD_SHUTDOWN)
		out->origin = RECORD_WINDOWS;
	if (time.length != (minutes || out->origin == RECORD_WINDOWS ? 5 : 8))
		return parse_refuse(l->r, time.text,
				    minutes                        ? "seaudit/detail/17"
				    : out->type == RECORD_SHUTDOWN ? "seaudit/detail/16"
								   : "seaudit/detail/18",
				    "the time has the form %s",
				    minutes || out->origin == RECORD_WINDOWS ? "HH:MM"
									     : "HH:MM:SS");
	return true;
}

static bool has_column(const struct record_kind *kind, enum record_field field)
{
	return memchr(kind->columns, (int)field, kind->column_count) != NULL;
}

static bool take_details(struct labels *l)
{
	return !has_column(l->r->kind, RECORD_STAGE) || take_label(l, "Details", &l->r->details);
}

static bool take_session(struct labels *l)
{
	struct parse_span *session = &l->r->record->fields[RECORD_SESSION];

	if (!render_detail(l->r->record->type)->session ||
	    !has_column(l->r->kind, RECORD_SESSION) ||
	    !take_optional(l, "User Logon Session ID", session))
		return true;
	return parse_is_session(session->text, session->length) ||
	       parse_refuse(l->r, session->text, "seaudit/session/7",
			    "the session id is not 8 hexadecimal digits, a colon and 8 more");
}

static bool take_flags(struct labels *l)
{
	struct parse_record *out = l->r->record;
	const struct render_detail *detail = render_detail(out->type);
	bool product = detail->product_flags && out->origin == RECORD_UNIX;
	const char *name = product ? code_product(l->r->brand) : "AC";
	size_t length = strlen(name);
	struct parse_span value;

	if (!detail->flags && !has_column(l->r->kind, RECORD_OS_USER))
		return true;
	if (!take_label(l, "Audit flags", &value))
		return false;
	out->os_user = is_text(&value, "(OS user)");
	if (out->os_user ||
	    (value.length > length && memcmp(value.text, name, length) == 0 &&
	     is_text(&(struct parse_span){value.text + length, value.length - length},
		     " database user")))
		return true;
	return parse_refuse(l->r, value.text,
			    !product                    ? "seaudit/detail/21"
			    : l->r->brand == CODE_PAMSC ? "seaudit/detail/19"
							: "seaudit/detail/20",
			    "the audit flags are \"%s database user\" or \"(OS user)\"", name);
}

/* The words for a code, or its number where it has none. */
static bool check_code(struct reader *r, const struct parse_span *words, enum record_field field,
		       const char *text, const char *requirement)
{
	const struct parse_span *number = &r->record->fields[field];

	if (!words->text || (text ? is_text(words, text) : same(words, number)))
		return true;
	return parse_refuse(r, words->text, requirement, "%s %.*s reads \"%.*s\"",
			    record_field_name(field), (int)number->length, number->text,
			    text ? (int)strlen(text) : (int)number->length,
			    text ? text : number->text);
}

bool parse_codes(struct reader *r)
{
	const struct parse_record *out = r->record;
	int32_t stage = out->numbers[RECORD_STAGE];
	const char *text = NULL;

	if (out->type == RECORD_PASSWORD)
		text = code_text(CODE_PASSWORD, stage, r->brand);
	else if (out->type != RECORD_UNTRUST)
		text = code_stage_text(stage, r->brand);
	if (!check_code(r, &r->details, RECORD_STAGE, text,
			stage == STAGE_SHUTDOWN_DENIED ? "seaudit/detail/23" : "seaudit/detail/7"))
		return false;
	text = stage == 1 ? code_text(CODE_UNTRUST, out->numbers[RECORD_MESSAGE], r->brand) : NULL;
	return check_code(r, &r->message, RECORD_MESSAGE, text, "event/untrust/5");
}

bool parse_labels(struct reader *r, const char *at)
{
	struct labels l = {.r = r, .at = at};

	advance(&l);
	if (!take_event_type(&l) || !take_status_word(&l) || !take_class(&l))
		return false;
	for (unsigned i = 0; i < r->kind->column_count; i++)
		if (!take_field(&l, r->kind->columns[i]))
			return false;
	if (!take_date_and_time(&l) || !take_details(&l) || !take_session(&l) || !take_flags(&l))
		return false;
	if (l.next.name.length || l.broken)
		return parse_refuse(r, l.next.name.text, labels_id(r->record),
				    "more labels than the record has");
	return true;
}
