/* SPDX-License-Identifier: MIT */
/*
 * The scan of processes inside intercepted calls: whether they block an unload, the audit record of
 * it, and how a program's path is shown. Not for finding them (platform.h) nor for the listing
 * (cmd/secons.c).
 */
#ifndef REF_CORE_SCAN_H
#define REF_CORE_SCAN_H

#include "ref/core/access.h"
#include "ref/core/record.h"

/* What a scan has seen so far; zeroed at first. */
struct scan {
	unsigned calls;
	unsigned blocking;
};

/* movable: unloading moves the caller out by itself, the row has a dash (secons/scan/37). */
void scan_add(struct scan *s, bool movable);
/* F when at least one call blocks, else S (secons/scan/36, 38). */
char scan_status(const struct scan *s);
/* The CHECK record of secons -scl: one a run. */
void scan_record(struct audit_record *record, int64_t time_s, const struct accessor *who,
		 const struct scan *s);

/*
 * A path or another text from outside as it is shown: on one line and UTF-8. Control characters
 * become a backslash and three octal digits, and so do bytes above 127 when they are not UTF-8. Cut
 * off where out ends; what is clean stays unchanged.
 */
void scan_clean_text(const char *text, char *out, size_t bytes);

#endif
