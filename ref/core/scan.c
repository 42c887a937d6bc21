/* SPDX-License-Identifier: MIT */
/*
 * The scan of processes inside intercepted calls; see scan.h.
 */
#include "ref/core/scan.h"
#include "ref/core/codes.h"

#include <stdio.h>
#include <string.h>

void scan_add(struct scan *s, bool movable)
{
	s->calls++;
	s->blocking += !movable;
}

char scan_status(const struct scan *s)
{
	return s->blocking ? 'F' : 'S';
}

void scan_record(struct audit_record *record, int64_t time_s, const struct accessor *who,
		 const struct scan *s)
{
	record_init(record, RECORD_CHECK, time_s, scan_status(s));
	record->stage = STAGE_UNLOAD_CHECK;
	record->os_user = !who->known;
	record_cut_text(record, RECORD_USER, who->user);
	record_cut_text(record, RECORD_SESSION, who->session);
	record_cut_text(record, RECORD_ACCESS, "Scan");
	record_cut_text(record, RECORD_RESOURCE, "SEOS_syscall");
	record_cut_text(record, RECORD_PROGRAM, "unload");
}

/* Bytes of the UTF-8 character that begins at s, 0 when there is none. */
static size_t utf8_length(const unsigned char *s)
{
	unsigned first = s[0];
	size_t n = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (first > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	/* Not the shortest form, a surrogate, or beyond the last character. */
	if ((first == 0xe0 && s[1] < 0xa0) || (first == 0xed && s[1] > 0x9f) ||
	    (first == 0xf0 && s[1] < 0x90) || (first == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

void scan_clean_text(const char *text, char *out, size_t bytes)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t used = 0;

	while (*at) {
		bool control = *at < 0x20 || *at == 0x7f;
		size_t n = control ? 0 : utf8_length(at);
		size_t shown = n ? n : 4;

		if (used + shown >= bytes)
			break;
		if (n)
			memcpy(out + used, at, n);
		else
			snprintf(out + used, bytes - used, "\\%03o", (unsigned)*at);
		used += shown;
		at += n ? n : 1;
	}
	out[used] = '\0';
}
