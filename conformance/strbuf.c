/* SPDX-License-Identifier: MIT */
/*
 * Text that grows up to a limit, and memory that is there or ends the program. Not for: parsing.
 */
#include "conformance/strbuf.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM_BYTES 256

static void *checked(void *memory)
{
	if (!memory) {
		fputs("conform: out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

void *memory_zeroed(size_t count, size_t bytes)
{
	return checked(calloc(count ? count : 1, bytes ? bytes : 1));
}

void *memory_resized(void *old, size_t count, size_t bytes)
{
	return checked(reallocarray(old, count ? count : 1, bytes ? bytes : 1));
}

char *memory_copied(const char *text, size_t bytes)
{
	char *copy = memory_zeroed(bytes + 1, 1);

	if (bytes)
		memcpy(copy, text, bytes);
	return copy;
}

char *memory_format(const char *format, ...)
{
	va_list args;
	char *out = NULL;
	int bytes;

	va_start(args, format);
	bytes = vasprintf(&out, format, args);
	va_end(args);
	return checked(bytes < 0 ? NULL : out);
}

void strbuf_init(struct strbuf *b, size_t max_bytes)
{
	size_t room = max_bytes < FIRST_ROOM_BYTES ? max_bytes : FIRST_ROOM_BYTES;

	assert(max_bytes < SIZE_MAX / 4);
	*b = (struct strbuf){
		.text = memory_zeroed(room + 1, 1), .max_bytes = max_bytes, .room_bytes = room};
}

void strbuf_free(struct strbuf *b)
{
	free(b->text);
	*b = (struct strbuf){0};
}

void strbuf_clear(struct strbuf *b)
{
	b->bytes = 0;
	b->text[0] = '\0';
	b->truncated = false;
}

void strbuf_add(struct strbuf *b, const void *data, size_t bytes)
{
	size_t left = b->max_bytes - b->bytes;

	assert(b->bytes <= b->max_bytes);
	if (bytes > left) {
		bytes = left;
		b->truncated = true;
	}
	if (b->bytes + bytes > b->room_bytes) {
		size_t room = b->room_bytes * 2 + bytes;

		if (room > b->max_bytes)
			room = b->max_bytes;
		b->text = memory_resized(b->text, room + 1, 1);
		b->room_bytes = room;
	}
	if (bytes)
		memcpy(b->text + b->bytes, data, bytes);
	b->bytes += bytes;
	b->text[b->bytes] = '\0';
}

void strbuf_puts(struct strbuf *b, const char *text)
{
	strbuf_add(b, text, strlen(text));
}

void strbuf_putc(struct strbuf *b, char c)
{
	strbuf_add(b, &c, 1);
}

void strbuf_vaddf(struct strbuf *b, const char *format, va_list args)
{
	char *text = NULL;
	int bytes = vasprintf(&text, format, args);

	checked(bytes < 0 ? NULL : text);
	strbuf_add(b, text, (size_t)bytes);
	free(text);
}

void strbuf_addf(struct strbuf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	strbuf_vaddf(b, format, args);
	va_end(args);
}
