/* SPDX-License-Identifier: MIT */
/*
 * Cross-checks the specification with the tree, and keeps the marks "not yet" true. Not for:
 * parsing the document (spec.c).
 */
#include "conformance/spec/spec_check.h"

#include "conformance/strbuf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MARK     " \xc2\xb7 not yet"
#define SENTENCE "Not yet tested: "

void spec_check_begin(struct spec_check *c, const struct spec *spec, const char *name, FILE *errors)
{
	*c = (struct spec_check){.spec = spec,
				 .name = name,
				 .errors = errors,
				 .has_case = memory_zeroed(spec->count, 1)};
}

/* Whether an id may begin here: not in the middle of a path or a word. */
static bool at_boundary(const char *text, const char *c)
{
	return c == text || !(isalnum((unsigned char)c[-1]) || strchr("_-/.", c[-1]));
}

void spec_check_file(struct spec_check *c, const char *path, const char *text)
{
	bool in_cases = strstr(path, "cases/") != NULL;
	unsigned line = 1;

	for (const char *at = text; *at; at++) {
		const struct spec_requirement *found;
		char id[SPEC_ID_MAX];
		size_t n;

		if (*at == '\n')
			line++;
		if (!at_boundary(text, at))
			continue;
		n = spec_id_length(at);
		if (!n || n >= sizeof(id) || !spec_area_known(c->spec, at))
			continue;
		snprintf(id, sizeof(id), "%.*s", (int)n, at);
		found = spec_find(c->spec, id);
		if (!found) {
			fprintf(c->errors, "%s:%u: error: %s is no requirement of %s\n", path, line,
				id, c->name);
			c->complaints++;
		} else if (in_cases && at > text && at[-1] == '"' && at[n] == '"') {
			c->has_case[found - c->spec->requirements] = 1;
		}
	}
}

unsigned spec_check_end(struct spec_check *c)
{
	const struct spec *s = c->spec;
	int not_yet = 0;

	for (size_t i = 0; i < s->count; i++) {
		const struct spec_requirement *r = &s->requirements[i];
		const char *wrong = NULL;

		not_yet += r->not_yet;
		if (r->not_yet && c->has_case[i])
			wrong = "has a case: take the mark \"not yet\" away";
		else if (r->untestable && c->has_case[i])
			wrong = "has a case, so it is not untestable";
		else if (!r->not_yet && !r->untestable && !c->has_case[i])
			wrong = "has no case, no reason why it cannot be tested, and no mark "
				"\"not yet\"";
		if (wrong) {
			fprintf(c->errors, "%s:%u: error: %s %s\n", c->name, r->line, r->id, wrong);
			c->complaints++;
		}
	}
	if (s->not_yet_stated != not_yet) {
		fprintf(c->errors,
			"%s:%u: error: the introduction has to say \"" SENTENCE
			"%d requirements.\"\n",
			c->name, s->not_yet_line ? s->not_yet_line : 1, not_yet);
		c->complaints++;
	}
	free(c->has_case);
	c->has_case = NULL;
	return c->complaints;
}

/* Whether requirement i waits for its first case. */
static bool waits(const struct spec_check *c, size_t i)
{
	return !c->has_case[i] && !c->spec->requirements[i].untestable;
}

char *spec_marked(const struct spec_check *c, const char *text)
{
	const struct spec *s = c->spec;
	struct strbuf out;
	size_t next = 0; /* requirement whose heading comes next */
	size_t not_yet = 0;
	bool want_meta = false;
	unsigned number = 0;

	for (size_t i = 0; i < s->count; i++)
		not_yet += waits(c, i);
	strbuf_init(&out, SPEC_BYTES_MAX * 2);
	while (*text) {
		size_t bytes = strcspn(text, "\n");
		char *line = memory_copied(text, bytes);
		char *mark = strstr(line, MARK);
		const char *sentence = strstr(line, SENTENCE);

		number++;
		if (want_meta && *line) {
			if (mark)
				*mark = '\0';
			strbuf_puts(&out, line);
			strbuf_puts(&out, waits(c, next - 1) ? MARK : "");
			want_meta = false;
		} else if (number == s->not_yet_line && sentence) {
			strbuf_addf(&out, "%.*s" SENTENCE "%zu requirements.%s",
				    (int)(sentence - line), line, not_yet,
				    strchr(sentence, '.') + 1);
		} else {
			strbuf_puts(&out, line);
		}
		if (next < s->count && number == s->requirements[next].line) {
			want_meta = true;
			next++;
		}
		text += bytes;
		if (*text) {
			strbuf_putc(&out, '\n');
			text++;
		}
		free(line);
	}
	return out.text;
}
