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
	bool path;    /* a / can stand in the next word */
	bool anybody; /* ACCESS_ANYBODY can stand for a name in the parentheses being read */
	struct access_syntax *error;
};

static const struct verb {
	const char *word, *abbreviation;
	enum access_verb verb;
	bool create;
	bool resource; /* its first word is a class */
} verbs[] = {
	{"newusr", "nu", ACCESS_NEW, false, false},
	{"editusr", "eu", ACCESS_CHANGE, true, false},
	{"chusr", "cu", ACCESS_CHANGE, false, false},
	{"rmusr", "ru", ACCESS_REMOVE, false, false},
	{"showusr", "su", ACCESS_SHOW, false, false},
	{"newres", "nr", ACCESS_NEW, false, true},
	{"editres", "er", ACCESS_CHANGE, true, true},
	{"rmres", "rr", ACCESS_REMOVE, false, true},
	{"showres", "sr", ACCESS_SHOW, false, true},
	{"authorize", "auth", ACCESS_AUTHORIZE, false, true},
	{"authorize-", "auth-", ACCESS_WITHDRAW, false, true},
};

/* What can stand in parentheses behind an option. */
enum option {
	OPTION_OWNER,
	OPTION_DEFAULT,
	OPTION_MEMBERS,
	OPTION_REMOVED,
	OPTION_USER,
	OPTION_FOREIGN,
	OPTION_ACCESS,
	OPTION_AUDIT,
	OPTION_TRUST, /* this and those behind it without a value */
	OPTION_WARNING,
	OPTION_NO_WARNING,
};

#define CHANGES   (1u << ACCESS_NEW | 1u << ACCESS_CHANGE)
#define RULES     (1u << ACCESS_AUTHORIZE | 1u << ACCESS_WITHDRAW)
#define RULED     (1u << ACCESS_TERMINAL | 1u << ACCESS_FILE) /* classes that have rules */
#define TRUSTED   (1u << ACCESS_PROGRAM | 1u << ACCESS_SECFILE)
#define ANY_CLASS (1u << ACCESS_HOST | 1u << ACCESS_GHOST | RULED | TRUSTED)

static const struct option_word {
	const char *word;
	enum option option;
	unsigned verbs;   /* bits of the verbs that take it */
	unsigned classes; /* and of the classes that have it */
} options[] = {
	{"owner", OPTION_OWNER, CHANGES, ANY_CLASS},
	{"defacc", OPTION_DEFAULT, CHANGES, RULED},
	{"defaccess", OPTION_DEFAULT, CHANGES, RULED},
	{"mem", OPTION_MEMBERS, CHANGES, 1u << ACCESS_GHOST},
	{"mem-", OPTION_REMOVED, 1u << ACCESS_CHANGE, 1u << ACCESS_GHOST},
	{"uid", OPTION_USER, RULES, RULED},
	{"xuid", OPTION_FOREIGN, RULES, RULED},
	{"audit", OPTION_AUDIT, CHANGES, 1u << ACCESS_USER},
	{"access", OPTION_ACCESS, 1u << ACCESS_AUTHORIZE, RULED},
	{"trust", OPTION_TRUST, 1u << ACCESS_CHANGE, TRUSTED},
	{"warning", OPTION_WARNING, CHANGES, RULED},
	{"warning-", OPTION_NO_WARNING, 1u << ACCESS_CHANGE, RULED},
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

/* Bytes of a name: those that need no quoting anywhere. */
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
		if (!is_name(*r->at) && !(r->path && *r->at == '/'))
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

/* Takes the next option and its opening parenthesis. NULL: the end of the command, *error 0; or
 * something else, -EINVAL. */
static const struct option_word *next_option(struct reader *r, int *error)
{
	size_t n;

	*error = 0;
	while (r->at < r->end && is_blank(*r->at))
		r->at++;
	r->word_at = r->at;
	if (r->at == r->end)
		return NULL;
	while (r->at < r->end && is_name(*r->at))
		r->at++;
	n = (size_t)(r->at - r->word_at);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		bool alone = options[i].option >= OPTION_TRUST;

		if (n != strlen(options[i].word) || strncasecmp(r->word_at, options[i].word, n))
			continue;
		if (alone && (r->at == r->end || is_blank(*r->at)))
			return &options[i];
		if (r->at < r->end && *r->at == '(' && !alone) {
			r->at++;
			return &options[i];
		}
		*error = fail(r, r->at,
			      alone ? "%s stands alone"
				    : "%s is followed by its value in parentheses",
			      options[i].word);
		return NULL;
	}
	if (r->at < r->end && !is_blank(*r->at) && *r->at != '(')
		*error = fail(r, r->at, "character \\%03o cannot stand here",
			      (unsigned)(unsigned char)*r->at);
	else
		*error = fail(r, r->word_at, "unknown option %.*s", n < 40 ? (int)n : 40,
			      r->word_at);
	return NULL;
}

/* The names in parentheses, up to and with the closing one. */
static int read_list(struct reader *r, struct access_list *out)
{
	struct access_list list = {.text = r->at};
	char name[ACCESS_NAME_MAX];
	unsigned count = 0;

	if (out->text)
		return fail(r, r->word_at, "an option is given twice");
	while (r->at < r->end && *r->at != ')') {
		if (!is_name(*r->at) && !is_blank(*r->at) && *r->at != ',' &&
		    !(r->anybody && *r->at == '*'))
			return fail(r, r->at, "character \\%03o cannot stand here",
				    (unsigned)(unsigned char)*r->at);
		r->at++;
	}
	if (r->at == r->end)
		return fail(r, r->end, "the closing parenthesis is missing");
	list.bytes = (size_t)(r->at++ - list.text);
	*out = list;
	for (const char *at = list.text; at < list.text + list.bytes; at += strcspn(at, ",)") + 1) {
		if (strcspn(at, ",)") >= ACCESS_NAME_MAX)
			return fail(r, at, "a word of more than %d characters",
				    ACCESS_NAME_MAX - 1);
	}
	for (; access_list_next(&list, name); count++) {
		if (strchr(name, '*') && strcmp(name, ACCESS_ANYBODY) != 0)
			return fail(r, out->text, "a * stands for everybody, and alone");
	}
	return count ? 0 : fail(r, out->text, "a name is missing in the parentheses");
}

static int read_single(struct reader *r, char out[ACCESS_NAME_MAX])
{
	struct access_list list = {NULL, 0};
	const char *at = r->at;
	char more[ACCESS_NAME_MAX];
	int error;

	if (out[0])
		return fail(r, r->word_at, "an option is given twice");
	error = read_list(r, &list);
	if (error)
		return error;
	access_list_next(&list, out);
	return access_list_next(&list, more) ? fail(r, at, "one name, not a list") : 0;
}

static int read_access(struct reader *r, struct access_command *command)
{
	const bool file = command->class == ACCESS_FILE;
	const unsigned all = file ? ACCESS_ALL : ACCESS_READ | ACCESS_WRITE;
	const struct {
		const char *word;
		unsigned bits;
	} words[] = {
		{"r", ACCESS_READ},
		{"read", ACCESS_READ},
		{"w", ACCESS_WRITE},
		{"write", ACCESS_WRITE},
		{"chdir", ACCESS_CHDIR},
		{"none", 0},
		{"all", all},
		{"a", all},
	};
	struct access_list list = {NULL, 0};
	const char *at = r->at;
	char word[ACCESS_NAME_MAX];
	int error;

	if (command->has_access)
		return fail(r, r->word_at, "an option is given twice");
	command->has_access = true;
	error = read_list(r, &list);
	while (!error && access_list_next(&list, word)) {
		size_t i = 0;

		while (i < sizeof(words) / sizeof(words[0]) && strcasecmp(word, words[i].word) != 0)
			i++;
		if (i == sizeof(words) / sizeof(words[0]) || words[i].bits & ~all)
			return fail(r, at, "unknown access %.40s: use read, write, %sall or none",
				    word, file ? "chdir, " : "");
		command->access |= words[i].bits;
	}
	return error;
}

/* The modes given are the user's from then on, and no others. */
static int read_audit(struct reader *r, struct access_command *command)
{
	struct access_list list = {NULL, 0};
	const char *at = r->at;
	char word[ACCESS_NAME_MAX];
	int error;

	if (command->set & ACCESS_AUDIT_SET)
		return fail(r, r->word_at, "an option is given twice");
	error = read_list(r, &list);
	while (!error && access_list_next(&list, word)) {
		unsigned bits = access_audit_named(word);

		if (!bits)
			return fail(r, at,
				    "unknown audit mode %.40s: use fail, success, loginfail, "
				    "loginsuccess, trace, interactive, all or none",
				    word);
		command->set |= bits;
	}
	command->clear |= ACCESS_AUDIT_ALL & ~command->set;
	return error;
}

static int read_option(struct reader *r, const struct option_word *o,
		       struct access_command *command)
{
	if (!(o->verbs & 1u << command->verb) || !(o->classes & 1u << command->class))
		return fail(r, r->word_at, "option %s cannot stand in this command", o->word);
	r->anybody = o->option == OPTION_USER || o->option == OPTION_FOREIGN;
	switch (o->option) {
	case OPTION_OWNER:
		return read_single(r, command->owner);
	case OPTION_MEMBERS:
		return read_list(r, &command->members);
	case OPTION_REMOVED:
		return read_list(r, &command->removed);
	case OPTION_FOREIGN:
		command->foreign = true;
		return read_single(r, command->user);
	case OPTION_USER:
		return read_single(r, command->user);
	case OPTION_AUDIT:
		return read_audit(r, command);
	case OPTION_TRUST:
		if (command->trust)
			return fail(r, r->word_at, "an option is given twice");
		command->trust = true;
		return 0;
	case OPTION_WARNING:
	case OPTION_NO_WARNING:
		if (command->has_warning)
			return fail(r, r->word_at, "an option is given twice");
		command->has_warning = true;
		command->warning = o->option == OPTION_WARNING;
		return 0;
	default:
		return read_access(r, command);
	}
}

static int read_class(struct reader *r, struct access_command *command)
{
	int n = next_word(r);

	if (n <= 0)
		return n ? n : fail(r, r->end, "the class of the record is missing");
	if (!access_class_named(r->word, &command->class))
		return fail(r, r->word_at,
			    "unknown class %.40s: use HOST, GHOST, TERMINAL, FILE, PROGRAM or "
			    "SECFILE",
			    r->word);
	if (!(1u << command->class & RULED) && 1u << command->verb & RULES)
		return fail(r, r->word_at,
			    "records of class %s have no rules: use TERMINAL or FILE",
			    access_class_name(command->class));
	return 0;
}

/* The options of a command on a record, and what must not be missing. */
static int read_options(struct reader *r, struct access_command *command)
{
	const struct option_word *o;
	int n;

	while ((o = next_option(r, &n))) {
		n = read_option(r, o, command);
		if (n)
			return n;
	}
	if (!n && 1u << command->verb & RULES && !command->user[0])
		return fail(r, r->end, "uid(USER) is missing");
	if (!n && command->verb == ACCESS_AUTHORIZE && !command->has_access)
		return fail(r, r->end, "access(ACCESS) is missing");
	return n;
}

bool access_list_next(struct access_list *list, char out[ACCESS_NAME_MAX])
{
	size_t n = 0;

	while (list->bytes > 0 && (is_blank(*list->text) || *list->text == ',')) {
		list->text++;
		list->bytes--;
	}
	while (list->bytes > 0 && !is_blank(*list->text) && *list->text != ',' &&
	       n + 1 < ACCESS_NAME_MAX) {
		out[n++] = *list->text++;
		list->bytes--;
	}
	out[n] = '\0';
	return n > 0;
}

static int read_verb(struct reader *r, struct access_command *command, bool *resource)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (!strcasecmp(r->word, verbs[i].word) ||
		    !strcasecmp(r->word, verbs[i].abbreviation)) {
			command->verb = verbs[i].verb;
			command->create = verbs[i].create;
			*resource = verbs[i].resource;
			return 0;
		}
	}
	return fail(r, r->word_at,
		    "unknown command %.40s: use newusr, editusr, chusr, rmusr, showusr, newres, "
		    "editres, rmres, showres or authorize",
		    r->word);
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

static bool is_audit_next(struct reader *r)
{
	static const char begin[] = "audit(";

	while (r->at < r->end && is_blank(*r->at))
		r->at++;
	return !strncasecmp(r->at, begin, strlen(begin));
}

/* What follows the name of a user: attributes, and audit(). */
static int read_attributes(struct reader *r, struct access_command *command)
{
	bool changes = 1u << command->verb & CHANGES;
	int n;

	for (;;) {
		bool audit = changes && is_audit_next(r);
		const struct option_word *o = audit ? next_option(r, &n) : NULL;

		if (!audit)
			n = next_word(r);
		if (n <= 0 && !o)
			return n;
		if (!changes)
			return fail(r, r->word_at, "nothing can follow the name of the user");
		n = o ? read_option(r, o, command) : read_attribute(r, command);
		if (n)
			return n;
	}
}

static int read_command(struct reader *r, struct access_command *command)
{
	bool resource = false;
	int n = read_verb(r, command, &resource);

	if (!n && resource)
		n = read_class(r, command);
	if (n)
		return n;
	r->path = command->class == ACCESS_FILE || ACCESS_IS_TRUSTED(command->class);
	n = next_word(r);
	if (n > 0 && r->path && (r->word[0] != '/' || strstr(r->word, "//")))
		return fail(r, r->word_at, "a %s is named by its path, from the root",
			    access_class_name(command->class));
	r->path = false;
	if (n <= 0)
		return n ? n
			 : fail(r, r->end, "the name of a %s is missing",
				resource ? "record" : "user");
	snprintf(command->name, sizeof(command->name), "%s", r->word);
	if (resource)
		return read_options(r, command);
	n = read_attributes(r, command);
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
