/* SPDX-License-Identifier: MIT */
/*
 * A message as exactly one line; see line.h.
 */
#include "ref/core/line.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

size_t line_format(char *out, size_t bytes, const char *prefix, const char *format,
		   va_list arguments)
{
	size_t n = strlen(prefix);

	assert(bytes > n + 1);
	memcpy(out, prefix, n);
	vsnprintf(out + n, bytes - 1 - n, format, arguments);
	for (n = 0; out[n]; n++) {
		if ((unsigned char)out[n] < ' ' || out[n] == 0x7f)
			out[n] = '?';
	}
	out[n++] = '\n';
	out[n] = '\0';
	return n;
}
