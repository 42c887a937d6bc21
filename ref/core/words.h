/* SPDX-License-Identifier: MIT */
/*
 * A line of options split into words as a shell does it with quotes, and nothing else a shell does:
 * nothing is expanded or run. Not for: what the words mean.
 */
#ifndef REF_CORE_WORDS_H
#define REF_CORE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Splits text in place at blanks. Words may stand in single or double quotes, in part or whole; a
 * backslash outside single quotes takes the byte behind it as it is. words[] gets at most max of
 * them, *count says how many, and they live as long as text. False: a quote is not closed, nothing
 * stands behind a backslash, or there are more than max; text is then spoilt (audomon/config/23).
 */
bool words_split(char *text, char *words[], size_t max, size_t *count);

#endif
