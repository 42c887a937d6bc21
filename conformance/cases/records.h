/* SPDX-License-Identifier: MIT */
/*
 * Records given to an audit log, for cases about how they are shown: of any kind, origin and time,
 * in the form of log/import/1 with ' in place of ", so that they can be read in C. Not for records
 * that commands and daemons leave themselves.
 */
#ifndef CONFORMANCE_CASES_RECORDS_H
#define CONFORMANCE_CASES_RECORDS_H

#include "conformance/case.h"

#include <string.h>

#define AUDIT_LOG                    "/opt/CA/PAMSC/log/seos.audit"
#define AUDIT_BACKUP                 "/opt/CA/PAMSC/log/seos.audit.bak"
#define SEOS_INI                     "/opt/CA/PAMSC/seos.ini"

/* A record; the first form is of 02 Nov 2008 15:41:06. fields is "'user':'root','stage':452". */
#define RECORD(type, status, fields) RECORD_AT("02 Nov 2008", "15:41:06", type, status, fields)
#define RECORD_AT(date, time, type, status, fields)                                                \
	"{'date':'" date "','time':'" time "','type':'" type "','status':'" status "'," fields "}" \
	"\n"

/* Appends records to a log, which has to succeed with the second form. */
#define give(t, log, records)                                                                      \
	run_as(t, &(struct run_options){.input = records_json(records)}, "selogimport", log)
#define give_ok(t, log, records) assert_exit(give(t, log, records), 0)

/* A record and what it looks like, without the end of its last line. */
struct example {
	const char *record;
	const char *shown;
};

#define ROWS(table)                    (sizeof(table) / sizeof((table)[0]))

/* Given the records of a table, seaudit with these options prints what stands beside them: a line
 * each, or blocks with a blank line between them. */
#define assert_lines(t, table, ...)    records_assert(t, table, "\n", __VA_ARGS__)
#define assert_detailed(t, table, ...) records_assert(t, table, "\n\n", "-detail", __VA_ARGS__)
#define records_assert(t, table, between, ...)                                                     \
	do {                                                                                       \
		give_ok(t, AUDIT_LOG, records_of(table, ROWS(table)));                             \
		assert_out(run_ok(t, "seaudit", __VA_ARGS__),                                      \
			   records_shown(table, ROWS(table), between));                            \
	} while (0)

static inline const char *records_json(const char *records)
{
	char *json = memory_copied(records, strlen(records));

	for (char *quote = json; (quote = strchr(quote, '\''));)
		*quote = '"';
	return json;
}

static inline const char *records_of(const struct example *rows, size_t count)
{
	const char *text = "";

	for (size_t i = 0; i < count; i++)
		text = text_format("%s%s", text, rows[i].record);
	return text;
}

static inline const char *records_shown(const struct example *rows, size_t count,
					const char *between)
{
	const char *text = rows[0].shown;

	for (size_t i = 1; i < count; i++)
		text = text_format("%s%s%s", text, between, rows[i].shown);
	return text_format("%s\n", text);
}

#endif
