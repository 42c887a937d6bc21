/* SPDX-License-Identifier: MIT */
/*
 * A message as exactly one line, whatever the arguments in it hold. Not for reports of several
 * lines.
 */
#ifndef REF_CORE_LINE_H
#define REF_CORE_LINE_H

#include <stdarg.h>
#include <stddef.h>

/*
 * out = prefix, the formatted text, newline; control characters in between become '?', and what
 * does not fit is cut off before the newline. bytes > strlen(prefix) + 1. Returns the length.
 */
size_t line_format(char *out, size_t bytes, const char *prefix, const char *format,
		   va_list arguments) __attribute__((format(printf, 4, 0)));

#endif
