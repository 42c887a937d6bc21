/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes shell_word.c. Read by the rules of POSIX, a word is one word and the same; a script comes
 * back from what printf makes of it, and no shell finds anything in it to take for more.
 */
#include "conformance/shell_word.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX (1u << 20)
#define COMMAND  "/bin/sh -c 'eval \"$(printf %b \"$0\")\"' "

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The word that begins at *text, up to its end there, as a shell reads it. What no word should have
 * outside quotes ends the program. */
static void read_word(const char **text, struct strbuf *out)
{
	const char *at = *text;

	while (*at && *at != ' ') {
		assert(*at == '\'' || *at == '\\' || !strchr("\"$`;&|<>()*?[]#~!{}^\t\n", *at));
		if (*at == '\\') {
			assert(at[1] && at[1] != '\n');
			strbuf_putc(out, at[1]);
			at += 2;
		} else if (*at == '\'') {
			size_t n = strcspn(at + 1, "'");

			assert(at[1 + n]);
			strbuf_add(out, at + 1, n);
			at += n + 2;
		} else {
			strbuf_putc(out, *at++);
		}
	}
	*text = at;
}

/* Two words, so that the end of the first is seen. */
static void check_word(const char *word)
{
	struct strbuf line, read;
	const char *at;

	strbuf_init(&line, TEXT_MAX);
	strbuf_init(&read, TEXT_MAX);
	shell_add_word(&line, word);
	strbuf_putc(&line, ' ');
	shell_add_word(&line, word);
	assert(!line.truncated && line.bytes > 1);
	at = line.text;
	for (int i = 0; i < 2; i++) {
		strbuf_clear(&read);
		read_word(&at, &read);
		assert(strcmp(read.text, word) == 0);
		at += i == 0;
	}
	assert(!*at);
	strbuf_free(&line);
	strbuf_free(&read);
}

/* What printf %b makes of it: \0 and three octal digits is a byte. */
static void decode(const char *text, struct strbuf *out)
{
	for (; *text; text++) {
		char digits[4] = "";

		if (*text != '\\') {
			strbuf_putc(out, *text);
			continue;
		}
		assert(text[1] == '0');
		memcpy(digits, text + 2, 3);
		assert(strspn(digits, "01234567") == 3);
		strbuf_putc(out, (char)strtoul(digits, NULL, 8));
		text += 4;
	}
}

static void check_script(const char *script)
{
	struct strbuf line, argument, read;
	const char *at;

	strbuf_init(&line, TEXT_MAX);
	strbuf_init(&argument, TEXT_MAX);
	strbuf_init(&read, TEXT_MAX);
	shell_add_script(&line, script);
	assert(!line.truncated && strncmp(line.text, COMMAND, strlen(COMMAND)) == 0);
	at = line.text + strlen(COMMAND);
	/* the C shell replaces ! and ends at a newline even within quotes */
	assert(*at == '\'' && at[strlen(at) - 1] == '\'' && !strpbrk(at, "!\n\r\t\"$`"));
	read_word(&at, &argument);
	assert(!*at);
	decode(argument.text, &read);
	assert(strcmp(read.text, script) == 0);
	strbuf_free(&line);
	strbuf_free(&argument);
	strbuf_free(&read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);

	assert(text);
	check_word(text);
	check_script(text);
	free(text);
	return 0;
}
