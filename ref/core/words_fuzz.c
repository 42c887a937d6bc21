/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes words.c. What is taken lies in the text, and comes back the same from single quotes; what
 * is refused lacks nothing but its end. The most words that are taken are exactly as many as said.
 */
#include "ref/core/words.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 64
#define TEXT_MAX  4096

struct split {
	char text[8 * TEXT_MAX];
	char *words[WORDS_MAX + 1];
	size_t count;
	bool taken;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void split(struct split *s, const char *text, const char *end, size_t max)
{
	int n = snprintf(s->text, sizeof(s->text), "%s%s", text, end);

	assert(n >= 0 && (size_t)n < sizeof(s->text));
	s->taken = words_split(s->text, s->words, max, &s->count);
	assert(s->count <= max);
	for (size_t i = 0; s->taken && i < s->count; i++) {
		const char *before = i ? s->words[i - 1] + strlen(s->words[i - 1]) + 1 : s->text;

		assert(s->words[i] >= before && s->words[i] + strlen(s->words[i]) <= s->text + n);
	}
}

static void assert_same_words(const struct split *a, const struct split *b, size_t count)
{
	assert(a->taken && b->taken && a->count >= count && b->count >= count);
	for (size_t i = 0; i < count; i++)
		assert(strcmp(a->words[i], b->words[i]) == 0);
}

/* Each word in single quotes, behind a blank of either kind; a single quote itself behind a
 * backslash. */
static void write_words(const struct split *s, char *out, size_t bytes)
{
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++) {
		n += (size_t)snprintf(out + n, bytes - n, i % 2 ? " '" : "\t'");
		for (const char *at = s->words[i]; *at; at++)
			n += (size_t)snprintf(out + n, bytes - n, *at == '\'' ? "'\\''" : "%c",
					      *at);
		n += (size_t)snprintf(out + n, bytes - n, "'");
		assert(n < bytes);
	}
	out[n] = '\0';
}

static void check_taken(const struct split *s, const char *text)
{
	static struct split again;
	static char written[6 * TEXT_MAX];

	write_words(s, written, sizeof(written));
	split(&again, written, "", WORDS_MAX);
	assert_same_words(s, &again, s->count);
	assert(again.count == s->count);
	split(&again, text, "", s->count);
	assert(again.taken);
	if (s->count) {
		split(&again, text, "", s->count - 1);
		assert(!again.taken);
	}
	if (s->count == WORDS_MAX)
		return;
	split(&again, text, " x", WORDS_MAX);
	assert_same_words(s, &again, s->count);
	assert(again.count == s->count + 1 && strcmp(again.words[s->count], "x") == 0);
}

/* A quote that is closed, or something behind a backslash, and it is taken. */
static void check_refused(const char *text)
{
	static const char *const ends[] = {"'", "\"", "x", "x\""};
	static struct split s;
	unsigned taken = 0;

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		split(&s, text, ends[i], WORDS_MAX);
		taken += s.taken;
	}
	assert(taken);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct split s;
	char *text = size < TEXT_MAX ? strndup((const char *)data, size) : NULL;

	if (!text)
		return 0;
	split(&s, text, "", WORDS_MAX);
	if (s.taken)
		check_taken(&s, text);
	else if (s.count < WORDS_MAX)
		check_refused(text);
	free(text);
	return 0;
}
