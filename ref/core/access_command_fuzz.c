/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes access_command.c. Whatever is typed, parsing gets on and ends, a refusal points into the
 * text and says why, and a command that was taken is one: its own text, parsed alone, gives the
 * same again.
 */
#include "ref/core/access_command.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_whole(const struct access_command *c)
{
	bool user = c->class == ACCESS_USER;
	bool path = c->class == ACCESS_FILE || ACCESS_IS_TRUSTED(c->class);
	bool changes = c->verb == ACCESS_NEW || c->verb == ACCESS_CHANGE;
	unsigned audit = ACCESS_AUDIT_BITS;
	unsigned all = ACCESS_ADMIN | ACCESS_OPERATOR | ACCESS_AUDITOR | ACCESS_SERVER | audit;

	assert(*c->name && strlen(c->name) < sizeof(c->name));
	assert(!strpbrk(c->name, " \t;'\"()*?") && !strpbrk(c->owner, " \t;'\"()*?"));
	assert(!strpbrk(c->user, " \t;'\"()?"));
	assert(!strchr(c->user, '*') || strcmp(c->user, ACCESS_ANYBODY) == 0);
	assert(!(c->access & ~(unsigned)(path ? ACCESS_ALL : ACCESS_READ | ACCESS_WRITE)));
	assert(user || !(c->set | c->clear));
	assert(!user || !(c->has_access || c->owner[0] || c->user[0] || c->members.text));
	assert(!(c->set & c->clear) && !((c->set | c->clear) & ~all));
	assert(changes || !(c->set | c->clear));
	assert(c->verb != ACCESS_NEW || !(c->clear & ~audit));
	/* audit() says all modes: those it does not name are off. */
	assert(!((c->set | c->clear) & audit) || ((c->set | c->clear) & audit) == audit);
	assert(!c->create || c->verb == ACCESS_CHANGE);
	assert(path ? *c->name == '/' : !strchr(c->name, '/'));
	assert(!c->trust || (ACCESS_IS_TRUSTED(c->class) && c->verb == ACCESS_CHANGE));
	assert(!strchr(c->owner, '/') && !strchr(c->user, '/'));
	assert(c->bytes > 0 && c->text[0] != ' ' && c->text[c->bytes - 1] != ' ');
	assert(!memchr(c->text, ';', c->bytes));
}

static void check_same_names(struct access_list a, struct access_list b)
{
	char left[ACCESS_NAME_MAX], right[ACCESS_NAME_MAX];

	while (access_list_next(&a, left)) {
		assert(access_list_next(&b, right));
		assert(strcmp(left, right) == 0 && strlen(left) < sizeof(left));
	}
	assert(!access_list_next(&b, right));
}

static void check_again(const struct access_command *c)
{
	char *alone = strndup(c->text, c->bytes);
	struct access_command again;
	struct access_syntax error;
	size_t offset = 0;

	assert(alone);
	assert(access_command_next(alone, &offset, &again, &error) == 1);
	assert(again.verb == c->verb && again.create == c->create);
	assert(again.set == c->set && again.clear == c->clear && again.bytes == c->bytes);
	assert(again.class == c->class && again.access == c->access);
	assert(strcmp(again.name, c->name) == 0 && strcmp(again.user, c->user) == 0);
	assert(strcmp(again.owner, c->owner) == 0 && again.trust == c->trust);
	check_same_names(again.members, c->members);
	check_same_names(again.removed, c->removed);
	assert(access_command_next(alone, &offset, &again, &error) == 0);
	free(alone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	size_t length = text ? strlen(text) : 0;
	struct access_command command;
	struct access_syntax error = {.why = ""};
	size_t offset = 0;
	size_t before;
	int n;

	assert(text);
	do {
		before = offset;
		n = access_command_next(text, &offset, &command, &error);
		assert(offset <= length);
		if (n == 1) {
			assert(offset > before);
			assert(command.text >= text + before);
			assert(command.text + command.bytes <= text + offset);
			check_whole(&command);
			check_again(&command);
		}
	} while (n == 1);
	assert(n == 0 || n == -EINVAL);
	assert(n == 0 || (*error.why && error.column > before && error.column <= length + 1));
	free(text);
	return 0;
}
