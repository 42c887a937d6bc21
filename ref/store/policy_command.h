/* SPDX-License-Identifier: MIT */
/*
 * Running selang commands on the policy database: the ruling on each, the change, the audit record,
 * and what the user is told. Used by seosd, and by selang itself while seosd is down.
 */
#ifndef REF_STORE_POLICY_COMMAND_H
#define REF_STORE_POLICY_COMMAND_H

#include "ref/core/access_command.h"
#include "ref/core/record.h"
#include "ref/store/policy.h"

#define POLICY_OUTPUT_MAX                                                                          \
	24576 /* bytes: a line or two for each of ACCESS_COMMANDS_MAX commands                     \
	       */
#define POLICY_ERROR_MAX 1024

/* Where the audit records of the commands go; returns 0 or a negated errno value. */
struct policy_journal {
	int (*append)(void *arg, const struct audit_record *record);
	void *arg;
};

struct policy_report {
	int status; /* enum exit_status */
	char output[POLICY_OUTPUT_MAX];
	char error[POLICY_ERROR_MAX]; /* one line, empty when status is EXIT_DONE */
};

/*
 * Runs the commands of text in order for somebody, until one fails; those before it stay done. No
 * change is made without its record: a command whose record cannot be written is undone.
 */
void policy_run(struct platform *p, struct policy *db, const struct accessor *who, const char *text,
		const struct policy_journal *journal, struct policy_report *report);

#endif
