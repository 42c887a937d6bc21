/* SPDX-License-Identifier: MIT */
/*
 * Records given to an audit log, for cases about how they are shown: of any kind, origin and time,
 * in the form of log/import/1 with ' in place of ", so that they can be read in C. Not for records
 * that commands and daemons leave themselves.
 */
#ifndef CONFORMANCE_CASES_RECORDS_H
#define CONFORMANCE_CASES_RECORDS_H

#include "conformance/case.h"

#define AUDIT_LOG "/opt/CA/PAMSC/log/seos.audit"

/* A record as JSON; the first form is of 02 Nov 2008 15:41:06. fields is "'user':'root',...". */
#define RECORD(type, status, fields) RECORD_AT("02 Nov 2008", "15:41:06", type, status, fields)
#define RECORD_AT(date, time, type, status, fields)                                                \
	"{'date':'" date "','time':'" time "','type':'" type "','status':'" status "'," fields     \
	"}\n"

/* Appends records to a log, or tries to. */
#define give(t, log, records)                                                                      \
	run_as(t, &(struct run_options){.input = records_json(records)}, "selogimport", log)
#define give_ok(t, log, records) assert_exit(give(t, log, records), 0)

/* A record and what it looks like. */
struct example {
	const char *record;
	const char *shown;
};

/* seaudit with these options shows the records of a table, and nothing else, as the table says. */
#define assert_shown(t, table, ...)                                                                \
	do {                                                                                       \
		size_t rows_ = sizeof(table) / sizeof((table)[0]);                                 \
		const struct result *shown_;                                                       \
                                                                                                   \
		give_ok(t, AUDIT_LOG, records_joined(table, rows_, offsetof(struct example, record)));\
		shown_ = run_ok(t, "seaudit", __VA_ARGS__);                                        \
		assert_out(shown_, records_joined(table, rows_, offsetof(struct example, shown))); \
	} while (0)

static inline const char *records_json(const char *records)
{
	char *json = (char *)text_format("%s", records);

	for (char *c = json; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return json;
}

/* One member of every row, one after the other. */
static inline const char *records_joined(const struct example *rows, size_t count, size_t member)
{
	const char *text = "";

	for (size_t i = 0; i < count; i++)
		text = text_format("%s%s", text,
				   *(const char *const *)((const char *)&rows[i] + member));
	return text;
}

#endif
