/* SPDX-License-Identifier: MIT */
/*
 * Masks; see mask.h. Going back to the last star alone is enough, and keeps the work at the product
 * of the two lengths whatever the mask.
 */
#include "ref/core/mask.h"

#include <string.h>

bool mask_match(const char *mask, size_t length, const char *text)
{
	size_t at = 0;
	size_t star = length; /* position of the last star, length: none yet */
	const char *resume = text;

	while (*text) {
		if (at < length && mask[at] == '*') {
			star = at++;
			resume = text;
		} else if (at < length && (mask[at] == '?' || mask[at] == *text)) {
			at++;
			text++;
		} else if (star < length) {
			at = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (at < length && mask[at] == '*')
		at++;
	return at == length;
}

bool mask_match_any(const char *list, const char *text)
{
	for (;;) {
		size_t length = strcspn(list, ",");

		if (mask_match(list, length, text))
			return true;
		if (!list[length])
			return false;
		list += length + 1;
	}
}
