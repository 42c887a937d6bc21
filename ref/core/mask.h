/* SPDX-License-Identifier: MIT */
/*
 * Masks as arguments of seaudit have them: * stands for any text, also none, ? for one character,
 * all else for itself. Not for paths: a slash is a character like any other. seaudit/options/10
 * and the following one.
 */
#ifndef REF_CORE_MASK_H
#define REF_CORE_MASK_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the whole text fits the mask of that length. */
bool mask_match(const char *mask, size_t length, const char *text);

/* Whether the text fits one of the masks of a list separated by commas. */
bool mask_match_any(const char *list, const char *text);

#endif
