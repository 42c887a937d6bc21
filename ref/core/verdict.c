/* SPDX-License-Identifier: MIT */
/*
 * Verdicts on files; see verdict.h.
 */
#include "ref/core/verdict.h"
#include "ref/core/codes.h"

#include <inttypes.h>
#include <stdio.h>

/* What a verdict says beyond refused or not. */
#define REASON    0x03
#define BY_RULE   0
#define BY_ACC    1
#define BY_RIGHTS 2
#define WATCHED   0x04 /* it would be refused, were it not for warning mode */

static const struct {
	const char *name; /* as records have it */
	unsigned permission;
} accesses[VERDICT_ACCESSES] = {
	[VERDICT_READ] = {"Read", ACCESS_READ},
	[VERDICT_WRITE] = {"Write", ACCESS_WRITE},
	[VERDICT_CHDIR] = {"Chdir", ACCESS_CHDIR},
};

uint8_t verdict_give(enum verdict_access access, unsigned attributes,
		     const struct access_terminal_rule *rule, unsigned defaults)
{
	unsigned permissions = rule->known ? rule->permissions : defaults;
	unsigned reason = rule->known ? BY_RULE : BY_ACC;
	bool told = attributes & (ACCESS_AUDIT_SUCCESS | ACCESS_AUDIT_TRACE);

	if (permissions & accesses[access].permission)
		return (uint8_t)(reason | (told ? VERDICT_TELL : 0));
	if (attributes & ACCESS_OPERATOR && access != VERDICT_WRITE)
		return BY_RIGHTS | VERDICT_TELL;
	return (uint8_t)(reason | VERDICT_TELL | (rule->warning ? WATCHED : VERDICT_REFUSE));
}

struct verdict_ruling verdict_read(uint8_t verdict)
{
	static const int stages[] = {VERDICT_BY_RULE, VERDICT_BY_DEFAULT, VERDICT_BY_OPERATOR,
				     VERDICT_BY_OPERATOR};

	return (struct verdict_ruling){
		.status = verdict & VERDICT_REFUSE ? 'D'
			  : verdict & WATCHED      ? 'W'
						   : 'P',
		.stage = stages[verdict & REASON],
	};
}

bool verdict_recorded(unsigned attributes, struct verdict_ruling ruling)
{
	unsigned asked = (ruling.status != 'D' ? ACCESS_AUDIT_SUCCESS : 0) |
			 (ruling.status != 'P' ? ACCESS_AUDIT_FAIL : 0);
	unsigned modes = attributes & ACCESS_AUDIT_SET ? attributes : ACCESS_AUDIT_FAIL;

	return ruling.stage != VERDICT_BY_OPERATOR && modes & asked;
}

bool verdict_traced(unsigned attributes, struct verdict_ruling ruling)
{
	return ruling.stage != VERDICT_BY_OPERATOR && attributes & ACCESS_AUDIT_TRACE;
}

void verdict_text(const struct verdict_report *report, char out[VERDICT_TEXT_MAX])
{
	const char *why = code_stage_text(report->ruling.stage, CODE_PAMSC);

	snprintf(out, VERDICT_TEXT_MAX, "Result: '%c' [stage=%d] %s %s %s, %s: %s",
		 report->ruling.status, report->ruling.stage, report->user,
		 accesses[report->access].name, report->file, report->program,
		 why ? why : "a rule of the record");
}

static void begin(struct audit_record *record, enum record_type type, int64_t time_s,
		  const struct verdict_report *report)
{
	record_init(record, type, time_s, report->ruling.status);
	record->stage = report->ruling.stage;
	record->os_user = report->os_user;
	record_cut_text(record, RECORD_CLASS, access_class_name(ACCESS_FILE));
	record_cut_text(record, RECORD_USER, report->user);
	record_cut_text(record, RECORD_SESSION, report->session);
	record_cut_text(record, RECORD_EFFECTIVE_USER, report->effective_user);
	record_cut_text(record, RECORD_RESOURCE, report->file);
}

void verdict_record(struct audit_record *record, int64_t time_s,
		    const struct verdict_report *report)
{
	begin(record, RECORD_RESOURCE_ACCESS, time_s, report);
	record->reason = REASON_AUDIT_MODE;
	record_cut_text(record, RECORD_ACCESS, accesses[report->access].name);
	record_cut_text(record, RECORD_PROGRAM, report->program);
	record_cut_text(record, RECORD_TERMINAL, report->terminal);
}

void verdict_trace_record(struct audit_record *record, int64_t time_s,
			  const struct verdict_report *report)
{
	char text[VERDICT_TEXT_MAX];

	begin(record, RECORD_TRACE, time_s, report);
	verdict_text(report, text);
	record_cut_text(record, RECORD_REAL_USER, report->user);
	record_cut_text(record, RECORD_TRACE_TEXT, text);
}

void verdict_lost_record(struct audit_record *record, int64_t time_s, uint64_t lost)
{
	char program[64];

	record_init(record, RECORD_RESOURCE_ACCESS, time_s, 'C');
	snprintf(program, sizeof(program), "%" PRIu64 " lost", lost);
	record_cut_text(record, RECORD_CLASS, access_class_name(ACCESS_FILE));
	record_cut_text(record, RECORD_USER, "root");
	record_cut_text(record, RECORD_ACCESS, "Report");
	record_cut_text(record, RECORD_RESOURCE, "SEOS_syscall");
	record_cut_text(record, RECORD_PROGRAM, program);
}
