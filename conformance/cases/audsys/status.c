/* SPDX-License-Identifier: MIT */
/*
 * The status report. Not for: what the state is after a command (control.c).
 */
#include "conformance/cases/trails.h"

#define HEADING "trail     switch_Kb  left_%%       file_system_Kb  left_%%\n"

/* A file system of 10240 Kb with 97 % of it free, as in the example. */
static void file_system(struct target *t)
{
	fill_mount(t, AUDIT_DIR);
	fill_set(t, AUDIT_DIR, "block_size=4096", "blocks=2560", "free=2500", "available=2400");
}

/* audsys/status/2, 3: while auditing is on, the first line says so. */
CASE(on, REQUIREMENTS("audsys/status/2", "audsys/status/3", "audsys/status/1", "audsys/status/17"))
{
	const struct result *r;

	auditing_on(t);
	r = run(t, "audsys");
	assert_exit(r, 0);
	assert_err(r, "");
	assert_text("first line", text_line(r->out, 0), "auditing system is currently on");
}

/* audsys/status/4: and while it is off. */
CASE(off, REQUIREMENTS("audsys/status/4", "audsys/status/17", "audsys/status/13"))
{
	const struct result *r = run(t, "audsys");

	assert_exit(r, 0);
	assert_out(r, text_format("auditing system is currently off\n"
				  "current audit trail: -none-\n"
				  "next audit trail:    -none-\n"
				  "\n" HEADING "%-8s%11s%8s%21s%8s\n%-8s%11s%8s%21s%8s\n",
				  "current", "-", "-", "-", "-", "next", "-", "-", "-", "-"));
}

/* audsys/status/5 to 12, 15, 16: names, switch sizes, sizes of file systems and what is left of
 * both. */
CASE(table,
     REQUIREMENTS("audsys/status/5", "audsys/status/6", "audsys/status/7", "audsys/status/8",
		  "audsys/status/9", "audsys/status/10", "audsys/status/11", "audsys/status/12",
		  "audsys/status/15", "audsys/status/16"),
     .needs = CAP_FILL)
{
	file_system(t);
	auditing_on(t);
	assert_out(run_ok(t, "audsys"),
		   "auditing system is currently on\n"
		   "current audit trail: /var/.audit/my_trail\n"
		   "next audit trail:    -none-\n"
		   "\n"
		   "trail     switch_Kb  left_%       file_system_Kb  left_%\n"
		   "current        1000      99                10240      97\n"
		   "next              -       -                    -       -\n");
	run_ok(t, "audsys", "-x", BACKUP, "-z", "700");
	file_resize(t, TRAIL_FILE, 512001);
	fill_set(t, AUDIT_DIR, "free=1279");
	assert_out(run_ok(t, "audsys"),
		   "auditing system is currently on\n"
		   "current audit trail: /var/.audit/my_trail\n"
		   "next audit trail:    /var/.audit/backup\n"
		   "\n"
		   "trail     switch_Kb  left_%       file_system_Kb  left_%\n"
		   "current        1000      49                10240      49\n"
		   "next            700      99                10240      49\n");
}

/* audsys/status/15: nothing is left of a switch size that is reached or passed. */
CASE(nothing_left, REQUIREMENTS("audsys/status/15"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	assert_out_match(run_ok(t, "audsys"), "^current +1000 +0 ");
	file_resize(t, TRAIL_FILE, 9999999);
	assert_out_match(run_ok(t, "audsys"), "^current +1000 +0 ");
}

/* audsys/status/14: a trail that cannot be examined is shown by its path, what is not known as ?.
 */
CASE(gone, REQUIREMENTS("audsys/status/14"))
{
	const struct result *r;

	auditing_on(t);
	file_remove(t, TRAIL);
	r = run(t, "audsys");
	assert_exit(r, 0);
	assert_line(r, "current audit trail: " TRAIL);
	assert_line(r, text_format("%-8s%11s%8s%21s%8s", "current", "1000", "?", "?", "?"));
}

/* audsys/status/1: the report changes nothing. */
CASE(changes_nothing, REQUIREMENTS("audsys/status/1"))
{
	const char *names;

	assert_exit(run(t, "audsys"), 0);
	assert_false(file_exists(t, AUDNAMES));
	auditing_on(t);
	names = file_read(t, AUDNAMES);
	file_remove(t, TRAIL);
	run_ok(t, "audsys");
	assert_text("audnames", file_read(t, AUDNAMES), names);
	assert_text("trails", trails_listed(t), "");
}
