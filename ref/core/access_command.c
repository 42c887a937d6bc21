/* SPDX-License-Identifier: MIT */
/*
 * The command language of selang; see access_command.h.
 */
#include "ref/core/access_command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX ACCESS_NAME_MAX

/* A command being read; at and end lie within text. */
struct reader {
	const char *text;
	const char *at;
	const char *end; /* its semicolon, or the end of the text */
	const char *word_at;
	char word[WORD_MAX];
	struct access_syntax *error;
};

static const struct {
	const char *word, *abbreviation;
	enum access_verb verb;
	bool create;
} verbs[] = {
	{"newusr", "nu", ACCESS_NEW, false},   {"editusr", "eu", ACCESS_CHANGE, true},
	{"chusr", "cu", ACCESS_CHANGE, false}, {"rmusr", "ru", ACCESS_REMOVE, false},
	{"showusr", "su", ACCESS_SHOW, false},
};

__attribute__((format(printf, 3, 4))) static int fail(struct reader *r, const char *at,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->error->why, sizeof(r->error->why), format, args);
	va_end(args);
	r->error->column = (size_t)(at - r->text) + 1;
	return -EINVAL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Bytes of a user name: those that need no quoting anywhere. */
static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c && strchr("._-@$+\\", c));
}

/* Returns 1 with r->word, 0 at the end of the command, -EINVAL. */
static int next_word(struct reader *r)
{
	size_t n = 0;

	while (r->at < r->end && is_blank(*r->at))
		r->at++;
	r->word_at = r->at;
	for (; r->at < r->end && !is_blank(*r->at); r->at++) {
		if (!is_name(*r->at))
			return fail(r, r->at, "character \\%03o cannot stand here",
				    (unsigned)(unsigned char)*r->at);
		if (n + 1 == sizeof(r->word))
			return fail(r, r->word_at, "a word of more than %zu characters",
				    sizeof(r->word) - 1);
		r->word[n++] = *r->at;
	}
	r->word[n] = '\0';
	return n > 0;
}

static int read_verb(struct reader *r, struct access_command *command)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!strcasecmp(r->word, verbs[i].word) ||
		    !strcasecmp(r->word, verbs[i].abbreviation)) {
			command->verb = verbs[i].verb;
			command->create = verbs[i].create;
			return 0;
		}
	}
	return fail(r, r->word_at,
		    "unknown command %.40s: use newusr, editusr, chusr, rmusr or showusr", r->word);
}

static int read_attribute(struct reader *r, struct access_command *command)
{
	size_t n = strlen(r->word);
	bool clear = r->word[n - 1] == '-';
	unsigned bit;

	if (clear)
		r->word[n - 1] = '\0';
	bit = access_attribute_named(r->word);
	if (!bit)
		return fail(r, r->word_at,
			    "unknown attribute %.40s: use admin, operator, auditor or server",
			    r->word);
	if (clear && command->verb == ACCESS_NEW)
		return fail(r, r->word_at, "a new user has no attribute to take away");
	if ((command->set | command->clear) & bit)
		return fail(r, r->word_at, "attribute %s is named twice", r->word);
	*(clear ? &command->clear : &command->set) |= bit;
	return 0;
}

static int read_command(struct reader *r, struct access_command *command)
{
	bool attributes;
	int n = read_verb(r, command);

	if (n)
		return n;
	n = next_word(r);
	if (n <= 0)
		return n ? n : fail(r, r->end, "the name of a user is missing");
	snprintf(command->user, sizeof(command->user), "%s", r->word);
	attributes = command->verb == ACCESS_NEW || command->verb == ACCESS_CHANGE;
	while ((n = next_word(r)) > 0) {
		if (!attributes)
			return fail(r, r->word_at, "nothing can follow the name of the user");
		n = read_attribute(r, command);
		if (n)
			return n;
	}
	if (!n && command->verb == ACCESS_CHANGE && !command->create &&
	    !(command->set | command->clear))
		return fail(r, r->end, "an attribute is missing: nothing would change");
	return n;
}

int access_command_next(const char *text, size_t *offset, struct access_command *command,
			struct access_syntax *error)
{
	struct reader r = {.text = text, .error = error};
	int n = 0;

	*command = (struct access_command){0};
	for (;;) {
		r.at = text + *offset;
		r.end = r.at + strcspn(r.at, ";");
		*offset = (size_t)(r.end - text) + (*r.end == ';');
		n = next_word(&r);
		if (n != 0 || *r.end == '\0')
			break;
	}
	if (n <= 0)
		return n;
	command->text = r.word_at;
	while (is_blank(r.end[-1]))
		r.end--;
	command->bytes = (size_t)(r.end - command->text);
	n = read_command(&r, command);
	return n ? n : 1;
}
