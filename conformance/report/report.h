/* SPDX-License-Identifier: MIT */
/*
 * The forms a finished run is written in: TAP version 14, JUnit XML, JSON, and one HTML file for
 * people. Each writes the whole run to a stream and returns 0, or -EIO when the stream failed.
 *
 * Not for: progress while it runs (progress.h).
 */
#ifndef CONFORMANCE_REPORT_REPORT_H
#define CONFORMANCE_REPORT_REPORT_H

#include "conformance/outcome.h"

#include <stdio.h>

int report_tap(const struct run *run, FILE *out);
int report_junit(const struct run *run, FILE *out);
int report_json(const struct run *run, FILE *out);
int report_html(const struct run *run, FILE *out);

/* Writes one of them to a file, made whole or not at all. Returns 0, or a negated errno value. */
int report_write(const struct run *run, int (*report)(const struct run *, FILE *),
		 const char *path);

/* The forms in the order of the options that name their files: --junit --tap --json --html. */
#define REPORT_FORMS 4

/* Writes those that have a path. Returns 0; otherwise a negated errno value and whose in *path. */
int report_write_all(const struct run *run, const char *const paths[REPORT_FORMS],
		     const char **path);

/* The command that runs one case again; the caller frees it. */
char *report_replay(const struct run *run, const struct outcome *o);

/* Writes the next character, U+FFFD for what is no UTF-8 or no character XML allows. Returns how
 * many bytes of text it was. */
size_t report_character(const char *text, FILE *out);
/* Text with what XML and HTML do not allow replaced or escaped; invalid UTF-8 becomes U+FFFD. */
void report_escape(const char *text, FILE *out);

#endif
