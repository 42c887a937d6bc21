/* SPDX-License-Identifier: MIT */
/*
 * Quoting for shells; see shell_word.h.
 */
#include "conformance/shell_word.h"

#include <string.h>

static const char plain[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+";

void shell_add_word(struct strbuf *b, const char *word)
{
	if (*word && strspn(word, plain) == strlen(word)) {
		strbuf_puts(b, word);
		return;
	}
	strbuf_putc(b, '\'');
	for (; *word; word++)
		strbuf_addf(b, *word == '\'' ? "'\\%c'" : "%c", *word);
	strbuf_putc(b, '\'');
}

void shell_add_script(struct strbuf *b, const char *script)
{
	strbuf_puts(b, "/bin/sh -c 'eval \"$(printf %b \"$0\")\"' '");
	for (; *script; script++)
		if (*script == ' ' || strchr(plain, *script))
			strbuf_putc(b, *script);
		else
			strbuf_addf(b, "\\0%03o", (unsigned)(unsigned char)*script);
	strbuf_putc(b, '\'');
}
