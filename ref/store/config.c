/* SPDX-License-Identifier: MIT */
/*
 * Configuration files; see config.h. inih does the parsing; here are the limits, the errors with
 * file and line, and the typed reads.
 */
#include "ref/store/config.h"
#include "ref/store/file.h"

#include <errno.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct entry {
	char *section;
	char *token;
	char *value;
	unsigned line;
};

struct config {
	char *file; /* for messages */
	size_t count;
	const char *last; /* while it is parsed: the last line read, */
	const char *rest; /* and what has not been read yet */
	unsigned line;    /* the last one read */
	bool overfull;
	bool overlong; /* the line behind the last one */
	struct entry entries[CONFIG_ENTRIES_MAX];
};

/*
 * The value that begins with a quote at from: up to the one that closes it, behind which there may
 * be a comment, and in double quotes with what a backslash keeps from being special in a shell.
 * NULL: it is not quoted like that.
 */
static char *quoted(const char *from)
{
	char out[CONFIG_LINE_MAX + 1];
	char quote = *from++;
	size_t n = 0;

	for (; *from != quote; from++) {
		if (quote == '"' && *from == '\\' && from[1] && strchr("\\\"$`", from[1]))
			from++;
		if (!*from || *from == '\n' || n == CONFIG_LINE_MAX)
			return NULL;
		out[n++] = *from;
	}
	from++;
	out[n] = '\0';
	if (strchr(" \t", *from) && *from) {
		from += strspn(from, " \t");
		return strchr("#;\r\n", *from) ? strdup(out) : NULL;
	}
	return strchr("\r\n", *from) ? strdup(out) : NULL;
}

/* inih ends a value at a blank and a semicolon, in quotes too: what is quoted is taken from the
 * line itself. */
static char *value_of(const struct config *c, const char *section, const char *value)
{
	const char *from = c->last + strcspn(c->last, "=:");
	char *text = NULL;
	size_t n = strlen(value);

	from += *from != '\0';
	from += strspn(from, " \t");
	if (*from == '"' || *from == '\'')
		text = quoted(from);
	if (text)
		return text;
	/* A shell's comment, in a file that a shell could read: one without sections. */
	for (size_t i = 1; !*section && i < n; i++) {
		if (value[i] == '#' && strchr(" \t", value[i - 1]))
			n = i;
	}
	while (n > 0 && strchr(" \t", value[n - 1]))
		n--;
	return strndup(value, n);
}

/* inih's handler: 1 goes on, 0 makes ini_parse_stream report this line. */
static int add_entry(void *user, const char *section, const char *token, const char *value)
{
	struct config *c = user;
	struct entry *e = &c->entries[c->count];

	if (!value)
		return 0;
	if (c->count == CONFIG_ENTRIES_MAX) {
		c->overfull = true;
		return 0;
	}
	*e = (struct entry){strdup(section), strdup(token), value_of(c, section, value), c->line};
	c->count++;
	return e->section && e->token && e->value;
}

/*
 * inih's reader, as fgets, which counts the lines its handler is not told of. inih would take the
 * rest of a long line, and an indented line, for more of the setting before.
 */
static char *read_line(char *line, int room, void *stream)
{
	struct config *c = stream;
	size_t n;

	c->rest += strspn(c->rest, " \t");
	n = strcspn(c->rest, "\n");
	if (!*c->rest)
		return NULL;
	n += c->rest[n] == '\n';
	c->overlong = n >= (size_t)room || n > CONFIG_LINE_MAX;
	if (c->overlong)
		return NULL;
	memcpy(line, c->rest, n);
	line[n] = '\0';
	c->last = c->rest;
	c->rest += n;
	c->line++;
	return line;
}

static int parse(struct config *c, const char *text, char *why, size_t bytes)
{
	int line;

	c->rest = text;
	line = ini_parse_stream(read_line, c, add_entry, c);

	if (line == 0 && !c->overlong)
		return 0;
	if (line < 0) {
		snprintf(why, bytes, "%s: out of memory", c->file);
		return -ENOMEM;
	}
	if (line == 0)
		snprintf(why, bytes, "%s:%u: longer than %d bytes", c->file, c->line + 1,
			 CONFIG_LINE_MAX - 1);
	else if (c->overfull)
		snprintf(why, bytes, "%s:%d: more than %d settings", c->file, line,
			 CONFIG_ENTRIES_MAX);
	else
		snprintf(why, bytes, "%s:%d: neither \"token = value\" nor a [section]", c->file,
			 line);
	return -EINVAL;
}

static int parse_new(const char *path, const char *text, size_t length, struct config **out,
		     char *why, size_t bytes)
{
	int error;

	*out = NULL;
	if (memchr(text, '\0', length)) {
		snprintf(why, bytes, "%s: not a text file", path);
		return -EINVAL;
	}
	*out = calloc(1, sizeof(**out));
	if (*out)
		(*out)->file = strdup(path);
	if (!*out || !(*out)->file) {
		snprintf(why, bytes, "%s: out of memory", path);
		error = -ENOMEM;
	} else {
		error = parse(*out, text, why, bytes);
	}
	if (error) {
		config_free(*out);
		*out = NULL;
	}
	return error;
}

/* The text is the caller's to free. */
static int load_text(struct platform *p, const char *path, struct config **out, char **text,
		     char *why, size_t bytes)
{
	size_t length;
	int error = file_read(p, path, CONFIG_BYTES_MAX, text, &length);

	*out = NULL;
	if (error) {
		*text = NULL;
		snprintf(why, bytes, "%s: %s", path, strerror(-error));
		return error;
	}
	return parse_new(path, *text, length, out, why, bytes);
}

int config_load(struct platform *p, const char *path, struct config **out, char *why, size_t bytes)
{
	char *text;
	int error = load_text(p, path, out, &text, why, bytes);

	free(text);
	return error;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->count; i++) {
		free(c->entries[i].section);
		free(c->entries[i].token);
		free(c->entries[i].value);
	}
	free(c->file);
	free(c);
}

static const struct entry *entry_of(const struct config *c, const char *section, const char *token)
{
	/* The last setting of a token wins, as in a shell. */
	for (size_t i = c->count; i-- > 0;) {
		if (!strcasecmp(c->entries[i].section, section) &&
		    !strcasecmp(c->entries[i].token, token))
			return &c->entries[i];
	}
	return NULL;
}

const char *config_get(const struct config *c, const char *section, const char *token,
		       const char *otherwise)
{
	const struct entry *e = entry_of(c, section, token);

	return e ? e->value : otherwise;
}

unsigned config_line(const struct config *c, const char *section, const char *token)
{
	const struct entry *e = entry_of(c, section, token);

	return e ? e->line : 0;
}

static int refuse(const struct config *c, const char *section, const char *token, const char *value,
		  const char *expected, char *why, size_t bytes)
{
	snprintf(why, bytes, "%s:%u: [%s] %s = %s: expected %s", c->file,
		 config_line(c, section, token), section, token, value, expected);
	return -EINVAL;
}

int config_number(const struct config *c, const char *section, const char *token, int64_t low,
		  int64_t high, int64_t otherwise, int64_t *out, char *why, size_t bytes)
{
	const char *value = config_get(c, section, token, NULL);
	char expected[80];
	char *end;
	long long number;

	*out = otherwise;
	if (!value)
		return 0;
	errno = 0;
	number = strtoll(value, &end, 10);
	if (end == value || *end || errno || number < low || number > high) {
		snprintf(expected, sizeof(expected), "a whole number from %lld to %lld",
			 (long long)low, (long long)high);
		return refuse(c, section, token, value, expected, why, bytes);
	}
	*out = number;
	return 0;
}

int config_flag(const struct config *c, const char *section, const char *token, bool otherwise,
		bool *out, char *why, size_t bytes)
{
	static const char *const words[][2] = {
		{"no", "yes"}, {"off", "on"}, {"false", "true"}, {"0", "1"}};
	const char *value = config_get(c, section, token, NULL);

	*out = otherwise;
	if (!value)
		return 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (int on = 0; on < 2; on++) {
			if (!strcasecmp(value, words[i][on])) {
				*out = on;
				return 0;
			}
		}
	}
	return refuse(c, section, token, value, "yes or no", why, bytes);
}

int config_path(const struct platform *p, const struct config *c, const char *section,
		const char *token, const char *otherwise, char out[PLATFORM_PATH_MAX], char *why,
		size_t bytes)
{
	const char *path = c ? config_get(c, section, token, otherwise) : otherwise;

	if (*path == '/' && path_installed(p, path, out) == 0)
		return 0;
	if (c)
		return refuse(c, section, token, path, "an absolute path", why, bytes);
	snprintf(why, bytes, "%s: the path is too long", path);
	return -EINVAL;
}

/* Setting a token */

/* The last line with a setting of a section; 0: none. */
static unsigned section_end(const struct config *c, const char *section)
{
	unsigned line = 0;

	for (size_t i = 0; i < c->count; i++) {
		if (!strcasecmp(c->entries[i].section, section))
			line = c->entries[i].line;
	}
	return line;
}

/* The beginning of a line, counted from 1; of one too many the end. */
static const char *line_begin(const char *text, unsigned line)
{
	while (--line > 0 && *text)
		text += strcspn(text, "\n") + (text[strcspn(text, "\n")] == '\n');
	return text;
}

/* The text with the token set; NULL without memory. */
static char *edited(const struct config *c, const char *text, const char *section,
		    const char *token, const char *value)
{
	unsigned line = config_line(c, section, token);
	unsigned end = section_end(c, section);
	const char *from = line  ? line_begin(text, line)
			   : end ? line_begin(text, end + 1)
				 : text + strlen(text);
	const char *to = line ? line_begin(text, line + 1) : from;
	bool cut = from > text && from[-1] != '\n'; /* the last line has no end */
	bool head = !end && *section;
	char *out = NULL;
	int n = asprintf(&out, "%.*s%s%s%s%s%s%s = %s\n%s", (int)(from - text), text,
			 cut ? "\n" : "", head && from > text ? "\n" : "", head ? "[" : "",
			 head ? section : "", head ? "]\n" : "", token, value, to);

	return n < 0 ? NULL : out;
}

/* The edited text reads as the old one but for that token. */
static bool reads_back(const struct config *before, const struct config *after, const char *section,
		       const char *token, const char *value)
{
	const char *now = config_get(after, section, token, NULL);
	size_t added = config_line(before, section, token) ? 0 : 1;

	if (!*token || !now || strcmp(now, value) != 0 || after->count != before->count + added)
		return false;
	for (size_t i = 0; i < before->count; i++) {
		const struct entry *e = &before->entries[i];
		const struct entry *was = entry_of(before, e->section, e->token);

		if (!strcasecmp(e->section, section) && !strcasecmp(e->token, token))
			continue;
		now = config_get(after, e->section, e->token, NULL);
		if (!now || strcmp(now, was->value) != 0)
			return false;
	}
	return true;
}

static int replace(struct platform *p, const char *path, const char *text, char *why, size_t bytes)
{
	struct platform_stat was;
	int error = p->ops->stat(p, path, &was);

	if (!error)
		error = file_replace(p, path, text, strlen(text), was.mode);
	if (error)
		snprintf(why, bytes, "%s: %s", path, strerror(-error));
	return error;
}

int config_edit(struct platform *p, const char *path, const char *section, const char *token,
		const char *value, char *why, size_t bytes)
{
	struct config *before, *after = NULL;
	char *text, *changed = NULL;
	int error = load_text(p, path, &before, &text, why, bytes);

	if (!error) {
		changed = edited(before, text, section, token, value);
		if (!changed || strlen(changed) > CONFIG_BYTES_MAX) {
			error = changed ? -EFBIG : -ENOMEM;
			snprintf(why, bytes, "%s: %s", path, strerror(-error));
		}
	}
	if (!error && (parse_new(path, changed, strlen(changed), &after, why, bytes) ||
		       !reads_back(before, after, section, token, value))) {
		error = -EINVAL;
		snprintf(why, bytes, "%s: [%s] %s = %s would not read back as it is", path, section,
			 token, value);
	}
	if (!error)
		error = replace(p, path, changed, why, bytes);
	config_free(before);
	config_free(after);
	free(text);
	free(changed);
	return error;
}
