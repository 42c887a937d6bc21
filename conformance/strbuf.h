/* SPDX-License-Identifier: MIT */
/*
 * Text that grows up to a limit set when it is created; what goes beyond is dropped and remembered
 * as truncated. Running out of memory ends the program: the suite has nothing to save then.
 *
 * Not for: parsing, or anything the reference implementation links.
 */
#ifndef CONFORMANCE_STRBUF_H
#define CONFORMANCE_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *text; /* zero-terminated, never NULL after strbuf_init() */
	size_t bytes;
	size_t max_bytes;
	size_t room_bytes;
	bool truncated;
};

/* An empty text that holds at most max_bytes. Freed with strbuf_free(). */
void strbuf_init(struct strbuf *b, size_t max_bytes);
void strbuf_free(struct strbuf *b);
void strbuf_clear(struct strbuf *b);

void strbuf_add(struct strbuf *b, const void *data, size_t bytes);
void strbuf_puts(struct strbuf *b, const char *text);
void strbuf_putc(struct strbuf *b, char c);
void strbuf_addf(struct strbuf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *b, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* Zeroed memory, copies and formatted text that the caller frees; they never return NULL. */
void *memory_zeroed(size_t count, size_t bytes);
void *memory_resized(void *old, size_t count, size_t bytes);
char *memory_copied(const char *text, size_t bytes);
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
