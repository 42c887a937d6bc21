/* SPDX-License-Identifier: MIT */
/*
 * What the report writers share. Not for: any one form.
 */
#include "conformance/report/report.h"

#include "conformance/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

char *report_replay(const struct run *run, const struct outcome *o)
{
	return memory_format("%s %s", run->replay, o->id);
}

int report_write(const struct run *run, int (*report)(const struct run *, FILE *), const char *path)
{
	char *temporary = memory_format("%s.new", path);
	FILE *out = fopen(temporary, "we");
	int error = out ? report(run, out) : -errno;

	if (out && fclose(out) && !error)
		error = -errno;
	if (!error && rename(temporary, path))
		error = -errno;
	if (error && out)
		remove(temporary);
	free(temporary);
	return error;
}

int report_write_all(const struct run *run, const char *const paths[REPORT_FORMS],
		     const char **path)
{
	static int (*const forms[REPORT_FORMS])(const struct run *, FILE *) = {
		report_junit, report_tap, report_json, report_html};
	int error = 0;

	for (size_t i = 0; i < REPORT_FORMS; i++) {
		int failed = paths[i] ? report_write(run, forms[i], paths[i]) : 0;

		if (failed)
			*path = paths[i];
		error = failed ? failed : error;
	}
	return error;
}

/* Length of the UTF-8 sequence at text, 0 when it is not one XML allows. */
static size_t utf8_length(const unsigned char *c)
{
	size_t n = c[0] < 0x80                   ? 1
		   : c[0] >= 0xc2 && c[0] < 0xe0 ? 2
		   : c[0] >= 0xe0 && c[0] < 0xf0 ? 3
		   : c[0] >= 0xf0 && c[0] < 0xf5 ? 4
						 : 0;

	for (size_t i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f) ||
	    (c[0] == 0xef && c[1] == 0xbf && c[2] > 0xbd))
		return 0;
	if (n == 1 && c[0] < ' ' && c[0] != '\t' && c[0] != '\n')
		return 0;
	return n;
}

size_t report_character(const char *text, FILE *out)
{
	size_t n = utf8_length((const unsigned char *)text);

	if (n)
		fwrite(text, 1, n, out);
	else
		fputs("\xef\xbf\xbd", out);
	return n ? n : 1;
}

void report_escape(const char *text, FILE *out)
{
	while (*text) {
		size_t n = 1;

		if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else
			n = report_character(text, out);
		text += n;
	}
}
