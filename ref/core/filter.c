/* SPDX-License-Identifier: MIT */
/*
 * Filter rules; see filter.h. Each field but the result is a mask.
 */
#include "ref/core/filter.h"
#include "ref/core/mask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *word; /* NULL: any other, which is the class */
	unsigned fields;
	unsigned result; /* which of them */
	const char *results;
} kinds[] = {
	[FILTER_LOGIN] = {"LOGIN", 5, 4, "*DPOIEA"}, [FILTER_ADMIN] = {"ADMIN", 7, 6, "*SFD"},
	[FILTER_TRACE] = {"TRACE", 7, 5, "*PD"},     [FILTER_HOST] = {"HOST", 5, 4, "*PD"},
	[FILTER_TCP] = {"TCP", 5, 4, "*PD"},         [FILTER_RESOURCE] = {NULL, 6, 5, "*PD"},
};

static const char *field(const struct filter_rule *rule, unsigned i)
{
	return rule->text + rule->fields[i];
}

/* Splits the text; returns the fields there are, or one more than the most that are kept. */
static unsigned split(struct filter_rule *rule, unsigned from)
{
	unsigned count = 0;

	rule->fields[count++] = (uint16_t)from;
	for (unsigned i = from; rule->text[i]; i++) {
		if (rule->text[i] != ';')
			continue;
		if (count == FILTER_FIELDS_MAX)
			return count + 1;
		rule->text[i] = '\0';
		rule->fields[count++] = (uint16_t)(i + 1);
	}
	return count;
}

static int fault(char why[FILTER_WHY_MAX], const char *what, const char *word)
{
	snprintf(why, FILTER_WHY_MAX, "%s%.64s", what, word);
	return -EINVAL;
}

static int check_fields(const struct filter_rule *rule, unsigned count, char why[FILTER_WHY_MAX])
{
	const char *result;

	if (count != kinds[rule->kind].fields)
		return fault(why, "a rule of this kind has another number of fields: ",
			     kinds[rule->kind].word ? kinds[rule->kind].word : field(rule, 0));
	for (unsigned i = 0; i < count; i++) {
		if (!*field(rule, i))
			return fault(why, "a field is empty: use * for anything", "");
	}
	result = field(rule, kinds[rule->kind].result);
	if (result[1] || !strchr(kinds[rule->kind].results, result[0]))
		return fault(why, "no such result: ", result);
	if (rule->kind == FILTER_LOGIN && strcmp(field(rule, 1), "*") != 0 &&
	    (strspn(field(rule, 1), "0123456789") != strlen(field(rule, 1)) ||
	     strlen(field(rule, 1)) > 9))
		return fault(why, "UserId is neither a number nor *: ", field(rule, 1));
	if (rule->kind == FILTER_TCP && strcmp(field(rule, 3), "R") != 0 &&
	    strcmp(field(rule, 3), "W") != 0 && strcmp(field(rule, 3), "*") != 0)
		return fault(why, "access to TCP is R, W or *, not ", field(rule, 3));
	return 0;
}

int filter_parse(const char *line, struct filter_rule *out, char why[FILTER_WHY_MAX])
{
	size_t bytes = strlen(line);
	size_t word = strcspn(line, ";");
	unsigned from = (unsigned)word + 1;

	*out = (struct filter_rule){.kind = FILTER_LOGIN};
	if (bytes >= sizeof(out->text))
		return fault(why, "the rule is too long", "");
	if (!line[word])
		return fault(why, "no rule with fields between semicolons: ", line);
	memcpy(out->text, line, bytes + 1);
	while (kinds[out->kind].word && (strlen(kinds[out->kind].word) != word ||
					 strncmp(line, kinds[out->kind].word, word) != 0))
		out->kind++;
	if (out->kind == FILTER_RESOURCE)
		from = 0; /* the class is a field */
	return check_fields(out, split(out, from), why);
}

bool filter_user_id(const struct filter_rule *rule, uint32_t *uid)
{
	const char *at;

	if (rule->kind != FILTER_LOGIN || *field(rule, 1) == '*')
		return false;
	*uid = 0;
	for (at = field(rule, 1); *at; at++)
		*uid = *uid * 10 + (uint32_t)(*at - '0');
	return true;
}

static bool is(const struct filter_rule *rule, unsigned i, const char *text)
{
	return mask_match(field(rule, i), strlen(field(rule, i)), text);
}

static bool is_result(const struct filter_rule *rule, const struct audit_record *r)
{
	char result = *field(rule, kinds[rule->kind].result);

	return result == '*' || result == r->status;
}

static bool match_login(const struct filter_rule *rule, const struct audit_record *r)
{
	uint32_t uid;

	return r->type >= RECORD_LOGIN && r->type <= RECORD_PASSWORD_ATTEMPT &&
	       is(rule, 0, r->user) &&
	       (!filter_user_id(rule, &uid) || !strcmp(rule->user, r->user)) &&
	       is(rule, 2, r->terminal) && is(rule, 3, r->program);
}

static bool match_network(const struct filter_rule *rule, const struct audit_record *r)
{
	return (r->type == RECORD_INBOUND || r->type == RECORD_OUTBOUND) &&
	       !strcmp(r->class, kinds[rule->kind].word) && is(rule, 0, r->service) &&
	       is(rule, 1, r->host) && is(rule, 2, r->program) &&
	       is(rule, 3, r->type == RECORD_INBOUND ? "R" : "W");
}

bool filter_match(const struct filter_rule *rule, const struct audit_record *record)
{
	const struct audit_record *r = record;

	if (!is_result(rule, r))
		return false;
	switch (rule->kind) {
	case FILTER_LOGIN:
		return match_login(rule, r);
	case FILTER_ADMIN:
		return r->type == RECORD_ADMIN && is(rule, 0, r->class) &&
		       is(rule, 1, r->resource) && is(rule, 2, r->user) &&
		       is(rule, 3, r->effective_user) && is(rule, 4, r->terminal) &&
		       is(rule, 5, r->command);
	case FILTER_TRACE:
		return r->type == RECORD_TRACE && is(rule, 0, r->class) &&
		       is(rule, 1, r->resource) && is(rule, 2, r->real_user) &&
		       is(rule, 3, r->effective_user) && is(rule, 4, r->user) &&
		       is(rule, 6, r->trace);
	case FILTER_HOST:
	case FILTER_TCP:
		return match_network(rule, r);
	case FILTER_RESOURCE:
		return r->type == RECORD_RESOURCE_ACCESS && is(rule, 0, r->class) &&
		       is(rule, 1, r->resource) && is(rule, 2, r->user) &&
		       is(rule, 3, r->program) && is(rule, 4, r->access);
	}
	return false;
}
