/* SPDX-License-Identifier: MIT */
/*
 * Who may read the audit log. Not for: who may write it (log/).
 */
#include "conformance/cases/records.h"

#define LINE "02 Nov 2008 15:41:06 M START seosd\n"

/* Two users, each with a group of his own. */
static void prepare(struct target *t)
{
	user_add(t, "tst001", 2001);
	user_add(t, "tst002", 2002);
}

static void assert_refused(struct target *t, const char *user)
{
	const struct result *r = run_as(t, &(struct run_options){.user = user}, "seaudit", "-a");

	assert_exit(r, 1);
	assert_out(r, "");
	assert_error_line(r, "seaudit");
}

/* seaudit/rights/1: by default root reads the log and nobody else; seaudit/rights/6: the refusal.
 */
CASE(root, REQUIREMENTS("seaudit/rights/1", "seaudit/rights/6"), .needs = CAP_ROOT)
{
	prepare(t);
	give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'seosd'"));
	assert_out(run_ok(t, "seaudit", "-a"), LINE);
	assert_refused(t, "tst001");
}

/* seaudit/rights/3: AUDITOR is no right to read the log. */
CASE(auditor, REQUIREMENTS("seaudit/rights/3"), .needs = CAP_ROOT)
{
	prepare(t);
	run_ok(t, "selang", "-c", "newusr root admin; newusr tst001 auditor");
	assert_refused(t, "tst001");
}

/* seaudit/rights/2: a member of audit_group reads what seosd writes, others do not. */
CASE(group, REQUIREMENTS("seaudit/rights/2"), .needs = CAP_ROOT)
{
	const struct result *r;

	prepare(t);
	file_write(t, SEOS_INI, "[logmgr]\naudit_group = tst001\n");
	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "seosd");
	r = run_as(t, &(struct run_options){.user = "tst001"}, "seaudit", "-a");
	assert_exit(r, 0);
	assert_out_match(r, " M START seosd$");
	assert_refused(t, "tst002");
}
