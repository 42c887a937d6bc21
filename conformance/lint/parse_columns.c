/* SPDX-License-Identifier: MIT */
/*
 * The columns of a printed record, behind its event: in the plain layout, where single blanks
 * separate them and may also stand in values; in the padded one, where widths do; and in the
 * detailed one, whose labels have said the values. Not for what the values mean (parse.c).
 */
#include "conformance/lint/parse_private.h"

#include <string.h>

#define WORDS_MAX 64 /* of a line; the last one has the rest of it */

static const char flag[] = "(OS user)";
#define FLAG_LENGTH (sizeof(flag) - 1)

/* The columns to come: without the one that stands as the event. */
static unsigned first_column(const struct reader *r)
{
	return !r->kind->event;
}

static bool is_number(enum record_field field)
{
	return field >= RECORD_TEXTS && field != RECORD_OS_USER;
}

static void set_field(struct reader *r, enum record_field field, const char *at, size_t length)
{
	bool empty = length == 1 && *at == '-' && field < RECORD_TEXTS;

	r->record->fields[field] = (struct parse_span){at, empty ? 0 : length};
}

static bool set_number(struct reader *r, enum record_field field, const char *at, size_t length)
{
	if (!parse_number(at, length, &r->record->numbers[field]))
		return parse_refuse(r, at, parse_format_id(r->record->type), "the %s is no number",
				    record_field_name(field));
	r->record->fields[field] = (struct parse_span){at, length};
	return true;
}

/* Takes the flag off the end of the line, where it stands but in trace records. */
static void take_last_flag(struct reader *r)
{
	const struct record_kind *kind = r->kind;
	size_t left = (size_t)(r->end - r->at);

	if (kind->columns[kind->column_count - 1] != RECORD_OS_USER || left < FLAG_LENGTH + 1 ||
	    memcmp(r->end - FLAG_LENGTH - 1, " (OS user)", FLAG_LENGTH + 1) != 0)
		return;
	r->record->os_user = true;
	r->end -= FLAG_LENGTH + 1;
}

static unsigned last_column(const struct reader *r)
{
	unsigned count = r->kind->column_count;

	return r->kind->columns[count - 1] == RECORD_OS_USER ? count - 1 : count;
}

/* --- plain */

struct words {
	struct parse_span word[WORDS_MAX];
	size_t count;
	size_t at; /* the next one */
};

static void split(const struct reader *r, struct words *w)
{
	const char *at = r->at;

	while (at < r->end && w->count < WORDS_MAX - 1) {
		size_t length = parse_word(at, r->end);

		w->word[w->count++] = (struct parse_span){at, length};
		at += length + 1;
	}
	if (at < r->end)
		w->word[w->count++] = (struct parse_span){at, (size_t)(r->end - at)};
}

/* The first place from a word on where as many numbers stand as there are columns for. */
static bool find_numbers(const struct words *w, size_t from, size_t numbers, size_t *found)
{
	for (size_t i = from; i + numbers <= w->count; i++) {
		size_t n = 0;
		int32_t ignored;

		while (n < numbers &&
		       parse_number(w->word[i + n].text, w->word[i + n].length, &ignored))
			n++;
		if (n == numbers) {
			*found = i;
			return true;
		}
	}
	return false;
}

/* Which column has the blanks when there are more words than columns: -1 none may. */
static int roomy_column(const uint8_t *columns, unsigned count)
{
	static const uint8_t order[] = {RECORD_COMMAND, RECORD_TRACE_TEXT, RECORD_PROGRAM,
					RECORD_RESOURCE, RECORD_USER};

	for (size_t i = 0; i < sizeof(order); i++) {
		const uint8_t *found = memchr(columns, order[i], count);

		if (found)
			return (int)(found - columns);
	}
	return -1;
}

/*
 * Finds the session id behind the user, of which the option -sessionid decides whether it is shown:
 * the word at *session, or limit. others: how many words the other columns have at least.
 */
static size_t find_session(const struct words *w, size_t limit, size_t others)
{
	for (size_t i = w->at + 1; i < limit; i++)
		if (parse_is_session(w->word[i].text, w->word[i].length))
			return i;
	if (limit - w->at > others && w->at + 1 < limit && w->word[w->at + 1].length == 1 &&
	    *w->word[w->at + 1].text == '-')
		return w->at + 1;
	return limit;
}

static bool take_words(struct reader *r, struct words *w, enum record_field field, size_t count)
{
	const struct parse_span *first = &w->word[w->at];
	const struct parse_span *last = &w->word[w->at + count - 1];

	if (!first->length || !last->length)
		return parse_refuse(r, first->text, "seaudit/plain/2",
				    "single blanks separate the fields");
	set_field(r, field, first->text, (size_t)(last->text + last->length - first->text));
	w->at += count;
	return true;
}

/* Columns that are texts, from the words up to limit; at the end of a line they may be missing. */
static bool take_texts(struct reader *r, struct words *w, const uint8_t *columns, unsigned count,
		       size_t limit)
{
	size_t words = limit - w->at;
	int roomy = roomy_column(columns, count);
	size_t extra = words > count ? words - count : 0;

	if (words < count && limit < w->count)
		return parse_refuse(r, w->word[limit].text, parse_format_id(r->record->type),
				    "no %s before the %s", record_field_name(columns[words]),
				    record_field_name(RECORD_STAGE));
	if (extra && roomy < 0)
		return parse_refuse(r, w->word[w->at + count].text,
				    parse_format_id(r->record->type),
				    "more fields than the record has");
	for (unsigned i = 0; i < count && w->at < limit; i++)
		if (!take_words(r, w, columns[i], 1 + ((int)i == roomy ? extra : 0)))
			return false;
	return true;
}

/* The same where the user comes first and a session id may follow. */
static bool take_user(struct reader *r, struct words *w, const uint8_t *columns, unsigned count,
		      size_t limit)
{
	size_t session = find_session(w, limit, count - 1);

	if (session == limit) {
		uint8_t others[RECORD_COLUMNS_MAX];

		others[0] = columns[0];
		memcpy(others + 1, columns + 2, count - 2);
		return take_texts(r, w, others, count - 1, limit);
	}
	r->record->session = true;
	return take_words(r, w, RECORD_USER, session - w->at) &&
	       take_words(r, w, RECORD_SESSION, 1) &&
	       take_texts(r, w, columns + 2, count - 2, limit);
}

/* The flag of a trace record stands before its text. */
static bool take_middle_flag(struct reader *r, struct words *w)
{
	const struct parse_span *word = &w->word[w->at];

	if (w->at == w->count)
		return true;
	if (word->length == 1 && *word->text == '-') {
		w->at++;
		return true;
	}
	if (!word->text || (size_t)(r->end - word->text) < FLAG_LENGTH ||
	    memcmp(word->text, flag, FLAG_LENGTH) != 0)
		return parse_refuse(r, word->text, "event/common/12",
				    "neither \"-\" nor \"%s\" before the trace", flag);
	r->record->os_user = true;
	w->at += 2;
	return true;
}

static bool take_numbers(struct reader *r, struct words *w, const uint8_t *columns, unsigned count)
{
	for (unsigned i = 0; i < count; i++, w->at++)
		if (!set_number(r, columns[i], w->word[w->at].text, w->word[w->at].length))
			return false;
	return true;
}

/* A run of texts and the numbers that follow it. */
static bool take_run(struct reader *r, struct words *w, unsigned *column)
{
	const uint8_t *columns = r->kind->columns + *column;
	unsigned left = last_column(r) - *column;
	unsigned texts = 0;
	unsigned numbers = 0;
	size_t limit = w->count;
	bool session;

	while (texts < left && columns[texts] < RECORD_TEXTS)
		texts++;
	while (texts + numbers < left && is_number(columns[texts + numbers]))
		numbers++;
	session = texts > 1 && columns[1] == RECORD_SESSION;
	if (numbers && !find_numbers(w, w->at + texts - session, numbers, &limit))
		return parse_refuse(r, r->end, parse_format_id(r->record->type), "no %s%s",
				    record_field_name(columns[texts]),
				    numbers > 1 ? " and reason" : "");
	*column += texts + numbers;
	return (session ? take_user(r, w, columns, texts, limit)
			: take_texts(r, w, columns, texts, limit)) &&
	       take_numbers(r, w, columns + texts, numbers);
}

/* What the plain layout of a trace record has: on Windows a number comes next to the user. */
static void find_trace_origin(struct reader *r, const struct words *w)
{
	size_t user = find_session(w, w->count, 1) == 1 ? 2 : 1;
	int32_t ignored;

	if (r->record->type == RECORD_TRACE && w->count > user &&
	    parse_number(w->word[user].text, w->word[user].length, &ignored)) {
		r->record->origin = RECORD_WINDOWS;
		r->kind = record_kind(RECORD_TRACE, RECORD_WINDOWS);
	}
}

bool parse_plain(struct reader *r)
{
	unsigned column = first_column(r);
	struct words w = {0};

	take_last_flag(r);
	split(r, &w);
	find_trace_origin(r, &w);
	while (column < last_column(r)) {
		if (r->kind->columns[column] == RECORD_OS_USER) {
			if (!take_middle_flag(r, &w))
				return false;
			column++;
		} else if (!take_run(r, &w, &column)) {
			return false;
		}
	}
	if (w.at < w.count)
		return parse_refuse(r, w.word[w.at].text, parse_format_id(r->record->type),
				    "more fields than the record has");
	if (!r->record->os_user && w.count && w.word[w.count - 1].length == 1 &&
	    *w.word[w.count - 1].text == '-')
		return parse_refuse(r, w.word[w.count - 1].text, "event/common/17",
				    "empty fields at the end are left out");
	return true;
}

/* --- padded */

/* The requirement that gives the width of a column. */
static const char *width_id(enum record_field field)
{
	switch (field) {
	case RECORD_ACCESS:
		return "seaudit/padded/5";
	case RECORD_STAGE:
		return "seaudit/padded/6";
	case RECORD_REASON:
		return "seaudit/padded/7";
	case RECORD_RESOURCE:
	case RECORD_TERMINAL:
		return "seaudit/padded/8";
	case RECORD_USER:
		return "seaudit/padded/10";
	case RECORD_SESSION:
		return "seaudit/session/5";
	default:
		return "seaudit/padded/15";
	}
}

/* How far a value reaches that others follow, or the last one of the line. */
static size_t padded_length(const struct reader *r, size_t width, bool last)
{
	size_t left = (size_t)(r->end - r->at);

	if (left <= width || (!width && last))
		return left;
	return width + parse_word(r->at + width, r->end);
}

static bool take_padded_text(struct reader *r, enum record_field field, bool last)
{
	size_t width = render_column(field)->width;
	size_t length = padded_length(r, width, last);
	size_t value = length;

	while (value && r->at[value - 1] == ' ')
		value--;
	if (value < length && length < width && !r->record->os_user)
		return parse_refuse(r, r->at + value, "seaudit/padded/14",
				    "the last field is not padded");
	if (!value || (width && memmem(r->at, value, "  ", 2)))
		return parse_refuse(r, r->at, width_id(field), "the %s is not %zu wide",
				    record_field_name(field), width);
	set_field(r, field, r->at, value);
	r->at += length;
	return true;
}

static bool take_padded_number(struct reader *r, enum record_field field)
{
	size_t width = render_column(field)->width;
	size_t blanks = 0;
	size_t length;

	while (r->at + blanks < r->end && r->at[blanks] == ' ')
		blanks++;
	length = parse_word(r->at + blanks, r->end);
	if (!set_number(r, field, r->at + blanks, length))
		return false;
	if (blanks + length != (length > width ? length : width))
		return parse_refuse(r, r->at, width_id(field), "the %s is not %zu wide",
				    record_field_name(field), width);
	r->at += blanks + length;
	return true;
}

/*
 * Whether the session id is shown: it is there, or a dash as wide, which a number may follow, but
 * not one as wide as the name of a user.
 */
static bool shows_session(const struct reader *r)
{
	size_t width = render_column(RECORD_SESSION)->width;
	size_t blanks;

	if ((size_t)(r->end - r->at) < width)
		return false;
	blanks = strspn(r->at + 1, " ");
	return parse_is_session(r->at, width) ||
	       (*r->at == '-' && blanks >= width && blanks < render_column(RECORD_USER)->width);
}

static bool take_padded(struct reader *r, enum record_field field, bool last)
{
	if (field == RECORD_OS_USER) {
		bool set = (size_t)(r->end - r->at) >= FLAG_LENGTH &&
			   memcmp(r->at, flag, FLAG_LENGTH) == 0;

		r->record->os_user = set;
		r->at += set ? FLAG_LENGTH : 1;
		return true;
	}
	if (field == RECORD_SESSION)
		r->record->session = true;
	return is_number(field) ? take_padded_number(r, field) : take_padded_text(r, field, last);
}

/* A trace record of a Windows endpoint has a number where one of UNIX has a name, 24 wide. */
static bool shows_uid(const struct reader *r)
{
	size_t blanks = strspn(r->at, " ");
	const char *number = r->at + blanks;
	size_t length = parse_word(number, r->end);
	int32_t ignored;

	if (!parse_number(number, length, &ignored))
		return false;
	return blanks || r->end - number <= (ptrdiff_t)length + 1 || number[length + 1] != ' ';
}

bool parse_padded(struct reader *r)
{
	unsigned last = last_column(r);

	take_last_flag(r);
	for (unsigned i = first_column(r); i < last && r->at < r->end; i++) {
		enum record_field field = r->kind->columns[i];

		if (field == RECORD_SESSION && !shows_session(r))
			continue;
		if (field == RECORD_EFFECTIVE_USER && r->record->type == RECORD_TRACE &&
		    shows_uid(r)) {
			r->record->origin = RECORD_WINDOWS;
			r->kind = record_kind(RECORD_TRACE, RECORD_WINDOWS);
			field = RECORD_REAL_UID;
		}
		if (!take_padded(r, field, i + 1 == last))
			return false;
		if (r->at < r->end && *r->at != ' ')
			return parse_refuse(r, r->at, "seaudit/padded/9",
					    "one blank separates the columns");
		r->at += r->at < r->end;
	}
	if (r->at < r->end)
		return parse_refuse(r, r->at, parse_format_id(r->record->type),
				    "more fields than the record has");
	return true;
}

/* --- detailed */

static bool differs(struct reader *r, enum record_field field)
{
	return parse_refuse(r, r->at, "seaudit/detail/2", "the %s is not the one of its label",
			    record_field_name(field));
}

/* A text at its place in the line: what the label has, a dash for nothing. */
static bool take_known_text(struct reader *r, enum record_field field)
{
	const struct parse_span *known = &r->record->fields[field];
	struct parse_span wanted = known->length ? *known : (struct parse_span){"-", 1};
	size_t left = (size_t)(r->end - r->at);

	if (left < wanted.length || memcmp(r->at, wanted.text, wanted.length) != 0 ||
	    (left > wanted.length && r->at[wanted.length] != ' '))
		return differs(r, field);
	r->at += wanted.length;
	return true;
}

static bool take_known_session(struct reader *r)
{
	struct parse_span *known = &r->record->fields[RECORD_SESSION];
	size_t length = parse_word(r->at, r->end);

	if (known->length)
		return take_known_text(r, RECORD_SESSION);
	if (!parse_is_session(r->at, length) && (length != 1 || *r->at != '-'))
		return differs(r, RECORD_SESSION);
	set_field(r, RECORD_SESSION, r->at, length);
	r->at += length;
	return true;
}

static bool take_known(struct reader *r, enum record_field field)
{
	size_t length;

	if (field == RECORD_SESSION)
		return take_known_session(r);
	if (field == RECORD_OS_USER) {
		length = r->record->os_user ? FLAG_LENGTH : 1;
		if ((size_t)(r->end - r->at) < length ||
		    memcmp(r->at, r->record->os_user ? flag : "-", length) != 0)
			return differs(r, field);
		r->at += length;
		return true;
	}
	if (field < RECORD_TEXTS)
		return take_known_text(r, field);
	length = parse_word(r->at, r->end);
	if (!set_number(r, field, r->at, length))
		return false;
	r->at += length;
	return true;
}

/* What the line leaves out at its end has to be empty. */
static bool check_left_out(struct reader *r, unsigned i)
{
	for (; i < r->kind->column_count; i++) {
		enum record_field field = r->kind->columns[i];

		if (field == RECORD_SESSION)
			continue;
		if (field == RECORD_OS_USER ? r->record->os_user
					    : is_number(field) || r->record->fields[field].length)
			return differs(r, field);
	}
	return true;
}

static bool take_known_line(struct reader *r, bool session)
{
	unsigned i = first_column(r);

	for (; i < r->kind->column_count && r->at < r->end; i++) {
		if (r->kind->columns[i] == RECORD_SESSION && !session)
			continue;
		if (!take_known(r, r->kind->columns[i]))
			return false;
		if (r->at < r->end && *r->at != ' ')
			return differs(r, r->kind->columns[i]);
		r->at += r->at < r->end;
	}
	if (r->at < r->end)
		return parse_refuse(r, r->at, parse_format_id(r->record->type),
				    "more fields than the record has");
	return check_left_out(r, i);
}

/* Only the line as a whole tells whether it shows the session id, which may be a dash. */
bool parse_known(struct reader *r)
{
	const char *at = r->at;
	bool has_session = memchr(r->kind->columns, RECORD_SESSION, r->kind->column_count) != NULL;

	if (take_known_line(r, false))
		return true;
	if (has_session) {
		r->at = at;
		r->record->session = take_known_line(r, true);
		if (r->record->session)
			return true;
	}
	r->at = at;
	return take_known_line(r, false); /* for its fault: the line as it mostly is */
}
