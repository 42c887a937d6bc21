/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes config.c, with the file on a simulated machine. What is taken can be asked for anything,
 * every value a number or a flag is one by its own text, and the line it is said to be set on
 * names it; what is refused is refused in one line that begins with the file's name.
 */
#include "ref/store/config.h"
#include "ref/store/file.h"
#include "sim/sim.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define PATH "/etc/fuzz.ini"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	const char *section;
	const char *token;
} asked[] = {
	{"logmgr", "audit_size"}, {"logmgr", "audit_log"}, {"seosd", "unload"},
	{"", "AUDITING"},         {"", "AUDOMON_ARGS"},    {"", "A"},
};

static unsigned line_count(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n' || !text[1];
	return n;
}

static void check_token(const struct config *c, const char *section, const char *token,
			unsigned lines)
{
	const char *value = config_get(c, section, token, NULL);
	unsigned line = config_line(c, section, token);
	char why[256] = "";
	int64_t number;
	bool flag;
	int error;

	assert(value ? line >= 1 && line <= lines : line == 0);
	error = config_number(c, section, token, -5, 70000, 7, &number, why, sizeof(why));
	assert(number >= -5 && number <= 70000);
	assert(error ? value && *why : !value || strtoll(value, NULL, 10) == number);
	*why = '\0';
	error = config_flag(c, section, token, true, &flag, why, sizeof(why));
	assert(error ? error == -EINVAL && value && *why : true);
	assert(value || flag);
}

/* What is set reads back, and the others are what they were; what is refused has changed nothing.
 */
static void check_edit(struct platform *p, const struct config *before, const uint8_t *data,
		       size_t size)
{
	const char *section = asked[data[0] % (sizeof(asked) / sizeof(asked[0]))].section;
	char *value = strndup((const char *)data + size / 2, (size - size / 2) % 40);
	char why[512] = "";
	struct config *after;
	int error;

	assert(value);
	error = config_edit(p, PATH, section, "audit_log", value, why, sizeof(why));
	assert(!config_load(p, PATH, &after, why, sizeof(why)));
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		const char *was = config_get(before, asked[i].section, asked[i].token, NULL);
		const char *now = config_get(after, asked[i].section, asked[i].token, NULL);
		bool same = was == now || (was && now && !strcmp(was, now));

		assert(same || (!error && !strcmp(asked[i].token, "audit_log")));
	}
	assert(error || !strcmp(config_get(after, section, "audit_log", "?"), value));
	config_free(after);
	free(value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct sim *sim;
	struct config *c;
	char why[512] = "";
	char *text = strndup((const char *)data, size);
	struct platform *p;
	int error;

	if (!sim)
		sim = sim_new(1, 0);
	assert(sim && text);
	p = sim_root(sim);
	assert(file_replace(p, PATH, data, size, 0600) == 0);
	error = config_load(p, PATH, &c, why, sizeof(why));
	assert(!error == (c != NULL));
	assert(!error || (strncmp(why, PATH ":", strlen(PATH) + 1) == 0 && !strchr(why, '\n')));
	assert(strlen(text) == size || error);
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]) && c; i++)
		check_token(c, asked[i].section, asked[i].token, line_count(text));
	if (c && size > 0)
		check_edit(p, c, data, size);
	config_free(c);
	free(text);
	return 0;
}
