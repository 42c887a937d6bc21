/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the commands of fill.c: a line is a command, blanks part its words. A refused one leaves
 * the table as it was and says why; what `show` says can be typed again and gives the same table;
 * what is said and decided keeps to the settings.
 */
#include "fuse_fs/fill.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct fill_amounts reals[] = {
	{4096, 1000000, 900000, 850000, 65536, 60000},
	{512, 7, 7, 7, 0, 0},
	{1 << 20, UINT64_C(1) << 40, UINT64_C(1) << 39, 1, 1, 0},
	{4096, 0, 0, 0, 0, 0},
};

/* Cuts a line into words, in place. */
static int split(char *line, const char *words[WORDS_MAX])
{
	int n = 0;

	for (char *word = strsep(&line, " "); word && n < WORDS_MAX; word = strsep(&line, " "))
		if (*word)
			words[n++] = word;
	return n;
}

static int run_line(struct fill *fill, const char *line, const struct fill_amounts *real,
		    char reply[FILL_REPLY_MAX])
{
	const char *words[WORDS_MAX];
	char *copy = strdup(line);
	int status;

	assert(copy);
	status = fill_command(fill, split(copy, words), words, real, reply);
	assert(status == 0 || status == 2);
	assert(memchr(reply, '\0', FILL_REPLY_MAX));
	free(copy);
	return status;
}

/* The rule of a line that `show` printed, without its counts of what has happened. */
static void retype_rule(struct fill *again, char *line, const struct fill_amounts *real)
{
	const char *words[WORDS_MAX];
	char reply[FILL_REPLY_MAX];
	int n = split(line, words);
	int kept = 0;

	for (int i = 0; i < n; i++)
		if (strncmp(words[i], "passed=", 7) != 0 && strncmp(words[i], "applied=", 8) != 0)
			words[kept++] = words[i];
	assert(fill_command(again, kept, words, real, reply) == 0);
}

static void check_shown(struct fill *fill, const struct fill_amounts *real)
{
	static struct fill again;
	static char shown[FILL_REPLY_MAX];
	static char reply[FILL_REPLY_MAX];
	char *rest = shown;

	again = (struct fill){0};
	assert(run_line(fill, "show", real, shown) == 0);
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		if (strncmp(line, "set ", 4) == 0)
			assert(run_line(&again, line, real, reply) == 0);
		else if (strncmp(line, "fault ", 6) == 0)
			retype_rule(&again, line, real);
	}
	for (int key = 0; key < FILL_KEYS; key++) {
		assert(again.settings.is_set[key] == fill->settings.is_set[key]);
		assert(!again.settings.is_set[key] ||
		       again.settings.value[key] == fill->settings.value[key]);
	}
	assert(again.rules_used == fill->rules_used);
	for (unsigned i = 0; i < fill->rules_used; i++) {
		const struct fill_rule *a = &again.rules[i], *b = &fill->rules[i];

		assert(a->ops == b->ops && a->error == b->error);
		assert(a->after == b->after && a->count == b->count);
		assert(a->shorten == b->shorten && a->delay_ms == b->delay_ms);
		assert(strcmp(a->pattern, b->pattern) == 0);
	}
}

static void check_said(const struct fill *fill, const struct fill_amounts *real)
{
	const struct fill_settings *s = &fill->settings;
	struct fill_amounts said = fill_said(fill, real);

	assert(said.block_size >= 1);
	assert(s->is_set[FILL_FREE] || said.free <= said.blocks);
	assert(s->is_set[FILL_AVAILABLE] || said.available <= said.free);
	assert(s->is_set[FILL_FILES_FREE] || said.files_free <= said.files);
	if (s->is_set[FILL_BLOCKS])
		assert(said.blocks == s->value[FILL_BLOCKS]);
	if (s->is_set[FILL_FREE] && !fill_enforces(fill))
		assert(said.free == s->value[FILL_FREE]);
}

static void check_decided(struct fill *fill, uint64_t length)
{
	struct fill_verdict v = fill_judge(fill, FILL_WRITE, "/a/b", length);

	assert(v.length <= length && (!v.error || v.length == 0));
	assert(!v.error || fill_watched(fill) & FILL_OP_BIT(FILL_WRITE));
	if (fill_enforces(fill) && fill_room(fill) > 0) {
		uint64_t room = fill_room(fill);

		assert(fill_hold(fill, room) && fill_room(fill) == 0);
		fill_settle(fill, room, length < room ? (int64_t)length : 0);
		assert(fill_room(fill) <= room);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fill fill;
	static char before[FILL_REPLY_MAX];
	static char after[FILL_REPLY_MAX];
	static char reply[FILL_REPLY_MAX];
	char *text = strndup((const char *)data, size);
	char *rest = text;
	const struct fill_amounts *real;

	assert(text);
	real = &reals[size % (sizeof(reals) / sizeof(reals[0]))];
	memset(&fill, 0, sizeof(fill));
	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		run_line(&fill, "show", real, before);
		if (run_line(&fill, line, real, reply) == 2) {
			run_line(&fill, "show", real, after);
			assert(*reply && strcmp(before, after) == 0);
		}
		check_shown(&fill, real);
		check_said(&fill, real);
		check_decided(&fill, strlen(line));
	}
	free(text);
	return 0;
}
