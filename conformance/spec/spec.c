/* SPDX-License-Identifier: MIT */
/*
 * Parses SPEC.md, line by line, into the table of requirements, and complains about whatever would
 * make a requirement mean less than it says: gaps, repeated ids, unknown levels and sources.
 *
 * Not for: whether requirements have cases (spec_check.c).
 */
#include "conformance/spec/spec.h"

#include "conformance/strbuf.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 8192 /* bytes of a requirement's text, of its example, of an introduction */
#define DOT      " \xc2\xb7 "
#define NOT_YET  "Not yet tested: "

static const char *const level_names[SPEC_LEVELS] = {"documented", "inferred", "chosen"};

/* Where in the document the parser is. */
enum place {
	IN_INTRO,
	IN_SOURCES,
	IN_AREA,        /* after "## area" */
	IN_TOPIC,       /* after "### area/topic" */
	IN_META,        /* after "#### id", before its meta line */
	IN_REQUIREMENT, /* after the meta line */
	IN_MISPLACED,   /* after a heading that has no place in an area */
	IN_DECISIONS,
	IN_OTHER, /* errata and whatever else is prose */
};

struct parser {
	struct spec *spec;
	const char *name;
	FILE *errors;
	unsigned line;
	unsigned complaints;
	enum place place;
	char area[SPEC_ID_MAX];
	char topic[SPEC_ID_MAX];
	unsigned number; /* of the last requirement in the topic */
	struct spec_requirement *requirements;
	struct spec_source *sources;
	struct spec_topic *topics;
	char **areas;
	size_t area_count;
	struct strbuf text; /* of the requirement or introduction being read */
	struct strbuf example;
	bool gap; /* an empty line came before */
};

__attribute__((format(printf, 3, 4))) static void complain(struct parser *p, unsigned line,
							   const char *format, ...)
{
	va_list args;

	fprintf(p->errors, "%s:%u: error: ", p->name, line);
	va_start(args, format);
	vfprintf(p->errors, format, args);
	va_end(args);
	fputc('\n', p->errors);
	p->complaints++;
}

const char *spec_level_name(enum spec_level level)
{
	return level_names[level];
}

int spec_level_parse(const char *name)
{
	for (int level = 0; level < SPEC_LEVELS; level++)
		if (strcmp(name, level_names[level]) == 0)
			return level;
	return -1;
}

const struct spec_requirement *spec_find(const struct spec *spec, const char *id)
{
	for (size_t i = 0; i < spec->count; i++)
		if (strcmp(spec->requirements[i].id, id) == 0)
			return &spec->requirements[i];
	return NULL;
}

const char *spec_source_title(const struct spec *spec, const char *key)
{
	for (size_t i = 0; i < spec->source_count; i++)
		if (strcmp(spec->sources[i].key, key) == 0)
			return spec->sources[i].title;
	return NULL;
}

static bool is_word(char c)
{
	return islower((unsigned char)c) || isdigit((unsigned char)c) || c == '-' || c == '_';
}

/* Length of a lower-case word that begins with a letter, or 0. */
static size_t word_length(const char *text)
{
	size_t n = 0;

	if (!islower((unsigned char)text[0]))
		return 0;
	while (is_word(text[n]))
		n++;
	return n;
}

size_t spec_id_length(const char *text)
{
	size_t area = word_length(text);
	size_t topic = area && text[area] == '/' ? word_length(text + area + 1) : 0;
	size_t digits = 0;
	const char *number = text + area + 1 + topic + 1;

	if (!topic || number[-1] != '/')
		return 0;
	while (isdigit((unsigned char)number[digits]))
		digits++;
	if (!digits || is_word(number[digits]) || isupper((unsigned char)number[digits]) ||
	    number[digits] == '/')
		return 0;
	return (size_t)(number - text) + digits;
}

bool spec_area_known(const struct spec *spec, const char *id)
{
	size_t n = strcspn(id, "/");

	for (size_t i = 0; i < spec->topic_count; i++)
		if (strncmp(spec->topics[i].id, id, n + 1) == 0)
			return true;
	return false;
}

/* Length of a line without the blanks at its end. */
static size_t trimmed(const char *text, size_t bytes)
{
	while (bytes && isspace((unsigned char)text[bytes - 1]))
		bytes--;
	return bytes;
}

/* Ends the text being read: it belongs to the last requirement or topic. */
static void text_end(struct parser *p)
{
	struct spec *s = p->spec;
	size_t bytes = trimmed(p->text.text, p->text.bytes);

	if (p->place == IN_META) {
		complain(p, p->line, "%s has no line LEVEL" DOT "SOURCES",
			 p->requirements[s->count - 1].id);
		p->requirements[s->count - 1].text = memory_copied("", 0);
		p->requirements[s->count - 1].example = memory_copied("", 0);
	} else if (p->place == IN_REQUIREMENT) {
		struct spec_requirement *r = &p->requirements[s->count - 1];

		if (!bytes)
			complain(p, r->line, "%s says nothing", r->id);
		if (p->text.truncated || p->example.truncated)
			complain(p, r->line, "%s is longer than %d bytes", r->id, TEXT_MAX);
		r->text = memory_copied(p->text.text, bytes);
		r->example = memory_copied(p->example.text, p->example.bytes);
	} else if (p->place == IN_TOPIC) {
		p->topics[s->topic_count - 1].intro = memory_copied(p->text.text, bytes);
	}
	strbuf_clear(&p->text);
	strbuf_clear(&p->example);
	p->gap = false;
}

static void area_begin(struct parser *p, const char *title)
{
	size_t n = word_length(title);

	p->place = IN_OTHER;
	if (strcmp(title, "Sources") == 0) {
		p->place = IN_SOURCES;
	} else if (strcmp(title, "Decisions") == 0) {
		p->place = IN_DECISIONS;
	} else if (n && !title[n]) {
		for (size_t i = 0; i < p->area_count; i++)
			if (strcmp(p->areas[i], title) == 0)
				complain(p, p->line, "area %s is there twice", title);
		if (n >= sizeof(p->area) / 2)
			complain(p, p->line, "the name of area %s is too long", title);
		p->areas = memory_resized(p->areas, p->area_count + 1, sizeof(*p->areas));
		p->areas[p->area_count++] = memory_copied(title, n);
		snprintf(p->area, sizeof(p->area), "%.*s", SPEC_ID_MAX / 2, title);
		p->place = IN_AREA;
	}
}

static void topic_begin(struct parser *p, const char *title)
{
	struct spec *s = p->spec;
	size_t area = strlen(p->area);
	size_t topic = strncmp(title, p->area, area) == 0 && title[area] == '/'
			       ? word_length(title + area + 1)
			       : 0;

	if (!topic || title[area + 1 + topic]) {
		complain(p, p->line, "\"%s\" is not a topic of this area: ### %s/TOPIC", title,
			 p->area);
	}
	for (size_t i = 0; i < s->topic_count; i++)
		if (strcmp(p->topics[i].id, title) == 0)
			complain(p, p->line, "topic %s is there twice", title);
	if (strlen(title) >= sizeof(p->topic) - 8)
		complain(p, p->line, "the name of topic %s is too long", title);
	snprintf(p->topic, sizeof(p->topic), "%s", title);
	p->number = 0;
	p->topics = memory_resized(p->topics, s->topic_count + 1, sizeof(*p->topics));
	p->topics[s->topic_count++] =
		(struct spec_topic){.id = memory_copied(title, strlen(title))};
	p->place = IN_TOPIC;
}

static void requirement_begin(struct parser *p, const char *title)
{
	struct spec *s = p->spec;
	char expected[SPEC_ID_MAX + 16];
	size_t n = spec_id_length(title);

	p->number++;
	snprintf(expected, sizeof(expected), "%s/%u", p->topic, p->number);
	if (!n || title[n]) {
		complain(p, p->line, "\"%s\" is not an id: #### AREA/TOPIC/NUMBER", title);
	} else if (strcmp(title, expected) != 0) {
		complain(p, p->line, "%s stands where %s belongs", title, expected);
		p->number = (unsigned)strtoul(strrchr(title, '/') + 1, NULL, 10);
	}
	if (s->count == SPEC_REQUIREMENTS_MAX) {
		complain(p, p->line, "more than %d requirements", SPEC_REQUIREMENTS_MAX);
		exit(2);
	}
	p->requirements = memory_resized(p->requirements, s->count + 1, sizeof(*p->requirements));
	p->requirements[s->count++] = (struct spec_requirement){
		.id = memory_copied(title, strlen(title)),
		.line = p->line,
		.sources = memory_zeroed(SPEC_SOURCES_MAX + 1, sizeof(char *)),
	};
	p->place = IN_META;
}

static void source_add(struct parser *p, const char *key, size_t key_bytes, const char *title,
		       size_t title_bytes)
{
	struct spec *s = p->spec;
	struct spec_source source = {.key = memory_copied(key, key_bytes),
				     .title = memory_copied(title, title_bytes)};

	for (size_t i = 0; i < s->source_count; i++)
		if (strcmp(p->sources[i].key, source.key) == 0)
			complain(p, p->line, "%s is there twice", source.key);
	p->sources = memory_resized(p->sources, s->source_count + 1, sizeof(*p->sources));
	p->sources[s->source_count++] = source;
}

/* "### P5 TIME below one day" makes the source decision-P5. */
static void decision_begin(struct parser *p, const char *title)
{
	size_t letters = strspn(title, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
	size_t n = letters + strspn(title + letters, "0123456789");
	char key[SPEC_ID_MAX];

	if (!letters || n == letters || title[n] != ' ') {
		complain(p, p->line, "a decision's heading is \"### P5 WHAT IT DECIDES\"");
		return;
	}
	snprintf(key, sizeof(key), "decision-%.*s", (int)(n < 16 ? n : 16), title);
	source_add(p, key, strlen(key), title, strlen(title));
}

static void heading(struct parser *p, const char *line)
{
	size_t depth = strspn(line, "#");
	const char *title = line + depth + 1;
	bool in_area = p->place >= IN_AREA && p->place <= IN_MISPLACED;

	text_end(p);
	if (depth == 2) {
		area_begin(p, title);
	} else if (depth == 3 && in_area) {
		topic_begin(p, title);
	} else if (depth == 3 && p->place == IN_DECISIONS) {
		decision_begin(p, title);
	} else if (depth == 4 && in_area && p->place != IN_AREA) {
		requirement_begin(p, title);
	} else if (in_area || (depth != 1 && p->place == IN_DECISIONS)) {
		complain(p, p->line, "a heading of depth %zu has no place here", depth);
		p->place = in_area ? IN_MISPLACED : p->place;
	}
}

/* The next part of a line that separator divides; *text moves behind it, NULL at the end. */
static char *part(char **text, const char *separator)
{
	char *begin = *text;
	char *end = strstr(begin, separator);

	if (end) {
		*end = '\0';
		*text = end + strlen(separator);
	} else {
		*text = NULL;
	}
	return begin;
}

static void meta_sources(struct parser *p, struct spec_requirement *r, char *list)
{
	const char **out = (const char **)r->sources;
	size_t n = 0;

	while (list) {
		char *key = part(&list, ", ");

		if (!*key || strchr(key, ' ')) {
			complain(p, p->line, "\"%s\" is not a source: SOURCE[, SOURCE...]", key);
		} else if (n == SPEC_SOURCES_MAX) {
			complain(p, p->line, "more than %d sources", SPEC_SOURCES_MAX);
			return;
		} else {
			out[n++] = memory_copied(key, strlen(key));
		}
	}
}

/* LEVEL · SOURCE[, SOURCE...][ · untestable: REASON | · not yet] */
static void meta(struct parser *p, const char *line)
{
	struct spec_requirement *r = &p->requirements[p->spec->count - 1];
	char *copy = memory_copied(line, strlen(line));
	char *rest = copy;
	char *name = part(&rest, DOT);
	int level = spec_level_parse(name);

	if (level < 0)
		complain(p, p->line, "unknown level \"%s\": documented, inferred or chosen", name);
	else
		r->level = (enum spec_level)level;
	if (rest)
		meta_sources(p, r, part(&rest, DOT));
	else
		complain(p, p->line, "no sources: LEVEL" DOT "SOURCE[, SOURCE...]");
	if (rest) {
		const char *last = part(&rest, DOT);

		if (strcmp(last, "not yet") == 0)
			r->not_yet = true;
		else if (strncmp(last, "untestable: ", 12) == 0 && last[12])
			r->untestable = memory_copied(last + 12, strlen(last + 12));
		else
			complain(p, p->line,
				 "\"%s\" is neither \"not yet\" nor \"untestable: WHY\"", last);
	}
	if (rest)
		complain(p, p->line, "too many parts: \"%s\"", rest);
	free(copy);
	p->place = IN_REQUIREMENT;
}

/* "| key | document, topic |" */
static void source_row(struct parser *p, const char *line)
{
	const char *key = line + 1 + strspn(line + 1, " `");
	size_t key_bytes = strcspn(key, " `|");
	const char *title = strchr(key, '|');
	const char *end = title ? strrchr(title + 1, '|') : NULL;

	if (!end) {
		complain(p, p->line, "a source is a row | KEY | DOCUMENT |");
		return;
	}
	if (strspn(key, "-: ") >= key_bytes || strncmp(key, "key ", 4) == 0 ||
	    strncmp(key, "Key ", 4) == 0)
		return;
	title += 1 + strspn(title + 1, " ");
	source_add(p, key, key_bytes, title, trimmed(title, (size_t)(end - title)));
}

/* Paragraphs lose their line breaks; lists and tables keep them. */
static void prose(struct parser *p, const char *line)
{
	bool item = line[0] == '|' || strncmp(line, "- ", 2) == 0;

	if (p->text.bytes)
		strbuf_puts(&p->text, p->gap ? "\n\n" : item ? "\n" : " ");
	strbuf_puts(&p->text, line + strspn(line, " "));
	p->gap = false;
}

static void intro(struct parser *p, const char *line)
{
	const char *found = strstr(line, NOT_YET);
	char *end;
	unsigned long n;

	if (!found)
		return;
	n = strtoul(found + strlen(NOT_YET), &end, 10);
	if (strncmp(end, " requirements.", 14) != 0 || n > SPEC_REQUIREMENTS_MAX) {
		complain(p, p->line, "write it \"" NOT_YET "N requirements.\"");
		return;
	}
	p->spec->not_yet_stated = (int)n;
	p->spec->not_yet_line = p->line;
}

static void content(struct parser *p, const char *line)
{
	bool example = strncmp(line, "    ", 4) == 0;

	switch (p->place) {
	case IN_INTRO:
		intro(p, line);
		break;
	case IN_SOURCES:
		if (line[0] == '|')
			source_row(p, line);
		break;
	case IN_META:
		meta(p, line);
		break;
	case IN_TOPIC:
		prose(p, line);
		break;
	case IN_REQUIREMENT:
		if (strncmp(line, "```", 3) == 0) {
			complain(p, p->line, "an example is indented by 4 blanks, not fenced");
		} else if (example) {
			if (p->gap && p->example.bytes)
				strbuf_putc(&p->example, '\n');
			strbuf_puts(&p->example, line + 4);
			strbuf_putc(&p->example, '\n');
			p->gap = false;
		} else {
			prose(p, line);
		}
		break;
	case IN_AREA:
	case IN_MISPLACED:
	case IN_DECISIONS:
	case IN_OTHER:
		break;
	}
}

/* What can only be said once the whole document is read. */
static void check_whole(struct parser *p)
{
	for (size_t i = 0; i < p->spec->count; i++) {
		const struct spec_requirement *r = &p->spec->requirements[i];
		bool decided = false;

		for (const char *const *key = r->sources; *key; key++) {
			if (!spec_source_title(p->spec, *key))
				complain(p, r->line, "%s cites %s, which is no source or decision",
					 r->id, *key);
			decided |= strncmp(*key, "decision-", 9) == 0;
		}
		if (r->level == SPEC_CHOSEN && !decided)
			complain(p, r->line, "%s is chosen, so it has to cite its decision-...",
				 r->id);
		for (size_t k = 0; k < i; k++)
			if (strcmp(p->spec->requirements[k].id, r->id) == 0)
				complain(p, r->line, "%s is there twice, first on line %u", r->id,
					 p->spec->requirements[k].line);
	}
	if (!p->spec->count)
		complain(p, p->line, "no requirements: #### AREA/TOPIC/NUMBER");
}

/* Ids in prose (decisions name theirs) have to exist as well. */
static void check_citations(struct parser *p, const char *text)
{
	unsigned line = 1;

	for (const char *c = text; *c; c++) {
		size_t n;
		char id[SPEC_ID_MAX];

		if (*c == '\n')
			line++;
		if (c > text && (is_word(c[-1]) || c[-1] == '/' || c[-1] == '.'))
			continue;
		n = spec_id_length(c);
		if (!n || n >= sizeof(id) || !spec_area_known(p->spec, c))
			continue;
		snprintf(id, sizeof(id), "%.*s", (int)n, c);
		if (!spec_find(p->spec, id))
			complain(p, line, "%s is no requirement", id);
	}
}

unsigned spec_parse(struct spec *spec, const char *name, const char *text, FILE *errors)
{
	struct parser p = {.spec = spec, .name = name, .errors = errors};
	const char *next = text;

	*spec = (struct spec){.not_yet_stated = -1};
	strbuf_init(&p.text, TEXT_MAX);
	strbuf_init(&p.example, TEXT_MAX);
	while (*next) {
		size_t bytes = strcspn(next, "\n");
		char *line = memory_copied(next, trimmed(next, bytes));
		size_t hashes = strspn(line, "#");

		p.line++;
		if (hashes && line[hashes] == ' ')
			heading(&p, line);
		else if (*line)
			content(&p, line);
		else
			p.gap = true;
		free(line);
		next += bytes + (next[bytes] == '\n');
	}
	text_end(&p);
	spec->requirements = p.requirements;
	spec->sources = p.sources;
	spec->topics = p.topics;
	check_whole(&p);
	check_citations(&p, text);
	for (size_t i = 0; i < p.area_count; i++)
		free(p.areas[i]);
	free(p.areas);
	strbuf_free(&p.text);
	strbuf_free(&p.example);
	return p.complaints;
}

void spec_free(struct spec *spec)
{
	for (size_t i = 0; i < spec->count; i++) {
		const struct spec_requirement *r = &spec->requirements[i];

		for (const char *const *key = r->sources; *key; key++)
			free((void *)*key);
		free((void *)r->sources);
		free((void *)r->id);
		free((void *)r->text);
		free((void *)r->example);
		free((void *)r->untestable);
	}
	for (size_t i = 0; i < spec->source_count; i++) {
		free((void *)spec->sources[i].key);
		free((void *)spec->sources[i].title);
	}
	for (size_t i = 0; i < spec->topic_count; i++) {
		free((void *)spec->topics[i].id);
		free((void *)spec->topics[i].intro);
	}
	free((void *)spec->requirements);
	free((void *)spec->sources);
	free((void *)spec->topics);
	*spec = (struct spec){0};
}
