/* SPDX-License-Identifier: MIT */
/*
 * selogrd.cfg; see route.h.
 */
#include "ref/core/route.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const actions[] = {
	[ROUTE_HOST] = "host",     [ROUTE_MAIL] = "mail",     [ROUTE_FILE] = "file",
	[ROUTE_SCREEN] = "screen", [ROUTE_NOTIFY] = "notify",
};

#define ACTIONS (sizeof(actions) / sizeof(actions[0]))

const char *route_action_name(enum route_action action)
{
	return actions[action];
}

__attribute__((format(printf, 2, 3))) static int fault(char why[ROUTE_WHY_MAX], const char *format,
						       ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, ROUTE_WHY_MAX, format, args);
	va_end(args);
	return -EINVAL;
}

/* Splits "WORD REST" with blanks between; false when there is no rest. */
static bool split(char *line, char **rest)
{
	size_t n = strcspn(line, " \t");

	if (!line[n])
		return false;
	line[n] = '\0';
	*rest = line + n + 1;
	*rest += strspn(*rest, " \t");
	return **rest != '\0';
}

/* What becomes an argument of a program or a name must not be taken for anything else. */
static bool is_name(const char *text)
{
	if (*text == '-')
		return false;
	for (; *text; text++) {
		if ((unsigned char)*text <= ' ' || *text == 0x7f)
			return false;
	}
	return true;
}

static int read_action(struct route *route, char *line, char why[ROUTE_WHY_MAX])
{
	char *target;
	size_t i = 0;

	if (!split(line, &target))
		return fault(why, "an action is a word and where to: %.64s", line);
	while (i < ACTIONS && strcmp(line, actions[i]) != 0)
		i++;
	if (i == ACTIONS)
		return fault(why, "unknown action %.64s", line);
	route->action = (enum route_action)i;
	if (strlen(target) >= sizeof(route->target))
		return fault(why, "the destination is too long");
	if (route->action == ROUTE_FILE ? *target != '/' : !is_name(target))
		return fault(why, "no %s: %.64s", actions[i], target);
	memcpy(route->target, target, strlen(target) + 1);
	return 0;
}

static int read_filter(struct route *route, char *line, char why[ROUTE_WHY_MAX])
{
	char what[FILTER_WHY_MAX];
	bool exclude;
	char *rule;

	if (!split(line, &rule))
		return fault(why, "expected include, exclude or a line with a dot: %.64s", line);
	exclude = !strcmp(line, "exclude");
	if (!exclude && strcmp(line, "include") != 0)
		return fault(why, "expected include, exclude or a line with a dot: %.64s", line);
	if (route->filter_count == ROUTE_FILTERS_MAX)
		return fault(why, "more than %d lines that choose records", ROUTE_FILTERS_MAX);
	route->filters[route->filter_count].exclude = exclude;
	if (filter_parse(rule, &route->filters[route->filter_count].rule, what))
		return fault(why, "%s", what);
	route->filter_count++;
	return 0;
}

/* Where the reader is in a rule. */
enum place { AT_NAME, AT_ACTION, AT_FILTERS };

static int read_line(struct route_list *list, enum place *place, char *line,
		     char why[ROUTE_WHY_MAX])
{
	struct route *route = &list->routes[list->count];

	switch (*place) {
	case AT_NAME:
		if (list->count == ROUTE_MAX)
			return fault(why, "more than %d rules", ROUTE_MAX);
		*route = (struct route){0};
		if (!is_name(line) || strlen(line) >= sizeof(route->name) || !strcmp(line, "."))
			return fault(why, "expected the name of a rule: %.64s", line);
		memcpy(route->name, line, strlen(line) + 1);
		*place = AT_ACTION;
		return 0;
	case AT_ACTION:
		*place = AT_FILTERS;
		return read_action(route, line, why);
	default:
		if (strcmp(line, ".") != 0)
			return read_filter(route, line, why);
		*place = AT_NAME;
		list->count++;
		return 0;
	}
}

int route_parse(const char *text, struct route_list *out, unsigned *line, char why[ROUTE_WHY_MAX])
{
	char copy[FILTER_LINE_MAX + 16];
	enum place place = AT_NAME;
	int error = 0;

	out->count = 0;
	*line = 0;
	while (*text && !error) {
		size_t n = strcspn(text, "\n");
		size_t end = n;

		++*line;
		while (end > 0 && strchr(" \t\r", text[end - 1]))
			end--;
		if (end >= sizeof(copy))
			return fault(why, "the line is too long");
		memcpy(copy, text, end);
		copy[end] = '\0';
		if (end > 0 && copy[0] != '#')
			error = read_line(out, &place, copy, why);
		text += n + (text[n] == '\n');
	}
	if (!error && place != AT_NAME)
		error = fault(why, "rule %.64s has no line with a dot at its end",
			      out->routes[out->count].name);
	return error;
}

bool route_takes(const struct route *route, const struct audit_record *record)
{
	bool chosen = true;
	bool included = false;

	if (route->action == ROUTE_NOTIFY && !record->notify[0])
		return false;
	for (unsigned i = 0; i < route->filter_count; i++) {
		bool matches = filter_match(&route->filters[i].rule, record);

		if (route->filters[i].exclude && matches)
			return false;
		if (!route->filters[i].exclude) {
			chosen = false;
			included |= matches;
		}
	}
	return chosen || included;
}
