/* SPDX-License-Identifier: MIT */
/*
 * Words of a line of options; see words.h. A word never grows, so it is written where it is read.
 */
#include "ref/core/words.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* One word from *from to *to, both moved on. False: it does not end as it should. */
static bool take_word(const char **from, char **to)
{
	const char *at = *from;
	char *out = *to;
	char quote = '\0';

	for (; *at && (quote || !is_blank(*at)); at++) {
		if (*at == quote)
			quote = '\0';
		else if (!quote && (*at == '"' || *at == '\''))
			quote = *at;
		else if (*at == '\\' && quote != '\'' && !*++at)
			return false;
		else
			*out++ = *at;
	}
	*from = *at ? at + 1 : at;
	*out++ = '\0';
	*to = out;
	return !quote;
}

bool words_split(char *text, char *words[], size_t max, size_t *count)
{
	const char *from = text;
	char *to = text;

	for (*count = 0;; ++*count) {
		while (is_blank(*from))
			from++;
		if (!*from)
			return true;
		if (*count == max)
			return false;
		words[*count] = to;
		if (!take_word(&from, &to))
			return false;
	}
}
