/* SPDX-License-Identifier: MIT */
/*
 * audit.cfg; see filters.h.
 */
#include "ref/store/filters.h"
#include "ref/store/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES ((size_t)FILTERS_MAX * FILTER_LINE_MAX)

static int add_rule(struct platform *p, struct filters *f, const char *line,
		    char why[FILTER_WHY_MAX])
{
	struct filter_rule *rule = &f->rules[f->count];
	uint32_t uid;

	if (f->count == FILTERS_MAX) {
		snprintf(why, FILTER_WHY_MAX, "more than %d rules", FILTERS_MAX);
		return -EINVAL;
	}
	if (filter_parse(line, rule, why))
		return -EINVAL;
	/* A number that nobody has is the number of nobody. */
	if (filter_user_id(rule, &uid) &&
	    p->ops->user_name(p, (uid_t)uid, rule->user, sizeof(rule->user)))
		rule->user[0] = '\0';
	f->count++;
	return 0;
}

static int read_rules(struct platform *p, const char *path, char *text, struct filters *f,
		      char *why, size_t bytes)
{
	char reason[FILTER_WHY_MAX];
	unsigned number = 0;

	for (char *next, *line = text; line; line = next) {
		size_t n = strcspn(line, "\r\n");

		next = strchr(line, '\n');
		next = next ? next + 1 : NULL;
		line[n] = '\0';
		number++;
		if (!line[0] || line[0] == '#' || !add_rule(p, f, line, reason))
			continue;
		snprintf(why, bytes, "%s:%u: %s", path, number, reason);
		return -EINVAL;
	}
	return 0;
}

int filters_load(struct platform *p, const char *path, struct filters *out, char *why, size_t bytes)
{
	char *text;
	size_t length;
	int error = file_read(p, path, FILE_MAX_BYTES, &text, &length);

	*out = (struct filters){0};
	if (error == -ENOENT)
		return 0;
	if (error) {
		snprintf(why, bytes, "%s: %s", path, strerror(-error));
		return error;
	}
	out->rules = calloc(FILTERS_MAX, sizeof(*out->rules));
	error = out->rules ? read_rules(p, path, text, out, why, bytes) : -ENOMEM;
	if (error == -ENOMEM)
		snprintf(why, bytes, "%s: out of memory", path);
	free(text);
	if (error)
		filters_free(out);
	return error;
}

void filters_free(struct filters *f)
{
	free(f->rules);
	*f = (struct filters){0};
}

bool filters_match(const struct filters *f, const struct audit_record *record)
{
	for (unsigned i = 0; i < f->count; i++) {
		if (filter_match(&f->rules[i], record))
			return true;
	}
	return false;
}
