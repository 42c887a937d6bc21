/* SPDX-License-Identifier: MIT */
/*
 * Trails on disk and the file that remembers them. Not for: names of trails made at a switch
 * (audomon/switch.c).
 */
#include "conformance/cases/trails.h"

/* audsys/trail/1, 3, 12: the documented example makes a folder with one file. */
CASE(regular_mode, REQUIREMENTS("audsys/trail/1", "audsys/trail/3", "audsys/trail/12",
				"audsys/trail/14", "audsys/trail/10"))
{
	auditing_on(t);
	assert_text("files", dir_list(t, TRAIL), "spu0\n");
	assert_int_equal(file_mode(t, TRAIL), 0700);
	assert_int_equal(file_mode(t, TRAIL_FILE), 0600);
}

/* audsys/trail/2: in compatibility mode a trail is one file. */
CASE(compatibility_mode, REQUIREMENTS("audsys/trail/2", "audsys/trail/14"))
{
	run_ok(t, "audsys", "-n", "-N", "0", "-c", TRAIL, "-s", "1000");
	assert_int_equal(file_mode(t, TRAIL), 0600);
	assert_int_equal(file_size(t, TRAIL), 16);
}

/* audsys/trail/7, 9: a fresh trail is not empty: each file begins with a version record. */
CASE(version_record, REQUIREMENTS("audsys/trail/7", "audsys/trail/9"))
{
	static const char expected[] = "AUDTRAIL\1\0\0\0\2\0\0";

	run_ok(t, "audsys", "-n", "-N", "3", "-c", TRAIL, "-s", "1000");
	for (int n = 0; n < 3; n++)
		assert_int_equal(file_size(t, text_format(TRAIL "/spu%d", n)), 16);
	assert_memory_equal(file_read(t, TRAIL "/spu2"), expected, 16);
}

/* audsys/trail/13: a next trail that does not exist is created when it is named. */
CASE(next_created, REQUIREMENTS("audsys/trail/13", "audsys/trail/14"))
{
	run_ok(t, "audsys", "-n", "-N", "2", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	assert_text("files", dir_list(t, BACKUP), "spu0\nspu1\n");
	assert_int_equal(file_mode(t, BACKUP), 0700);
}

/* audsys/trail/16: the folder a trail is to be in must exist; it is not made. */
CASE(no_folder, REQUIREMENTS("audsys/trail/16"))
{
	const struct result *r =
		run(t, "audsys", "-n", "-c", AUDIT_DIR "/none/trail", "-s", "1000");

	assert_exit(r, 1);
	assert_err(r, "audsys: " AUDIT_DIR "/none/trail: the directory " AUDIT_DIR
		      "/none does not exist\n");
	assert_text("trails", trails_listed(t), "");
}

/* audsys/trail/30, 31, 32, 33, 35: audnames holds the trails and their sizes, in this form. */
CASE(audnames, REQUIREMENTS("audsys/trail/30", "audsys/trail/31", "audsys/trail/32",
			    "audsys/trail/33", "audsys/trail/35"))
{
	const char *boot;

	auditing_on(t);
	boot = text_line(file_read(t, AUDNAMES), 2);
	assert_text_match("line 3", boot, "^boot_id = .+");
	assert_text("audnames", file_read(t, AUDNAMES),
		    text_format("version = 1\nstate = on\n%s\ncurrent = " TRAIL
				"\ncurrent_kb = 1000\nnext =\nnext_kb = 0\nfiles = 1\nbase = " TRAIL
				"\n",
				boot));
	assert_int_equal(file_mode(t, AUDNAMES), 0600);
	run_ok(t, "audsys", "-N", "0", "-c", AUDIT_DIR "/c", "-s", "1", "-x", BACKUP, "-z", "700");
	run_ok(t, "audsys", "-f");
	assert_text("audnames", file_read(t, AUDNAMES),
		    text_format("version = 1\nstate = off\n%s\ncurrent = " AUDIT_DIR
				"/c\ncurrent_kb = 1\nnext = " BACKUP
				"\nnext_kb = 700\nfiles = 0\nbase = " AUDIT_DIR "/c\n",
				boot));
}

/* audsys/trail/35: its folder is made with mode 0700 when it is missing. */
CASE(audnames_folder, REQUIREMENTS("audsys/trail/35"), .where = ON_SIM)
{
	file_remove(t, "/.secure");
	auditing_on(t);
	assert_int_equal(file_mode(t, "/.secure"), 0700);
	assert_int_equal(file_mode(t, "/.secure/etc"), 0700);
}

/* audsys/trail/37: without an audnames, auditing is off and no trail is set. */
CASE(no_audnames, REQUIREMENTS("audsys/trail/37"))
{
	auditing_on(t);
	file_remove(t, AUDNAMES);
	assert_line(run_ok(t, "audsys"), "auditing system is currently off");
	assert_text("current trail", current_trail(t), "-none-");
	assert_exit(run(t, "audsys", "-n"), 1);
}

/* audsys/trail/38: a malformed one is an error that names file, line and reason; nothing changes.
 */
CASE(malformed_audnames, REQUIREMENTS("audsys/trail/38", "audsys/trail/32"))
{
	static const struct {
		const char *text;
		const char *line;
	} rows[] = {
		{"version = 1\nstate = maybe\n",
		 "2: state is 'maybe', must be on or off: correct it or remove the file"},
		{"", "1: .*"},
		{"garbage\n", "1: .*"},
		{"version = 2\n", "1: .*"},
		{"version = 1\nstate = on\nstate = on\n", "3: .*"},
		{"version = 1\nstate = on", "2: .*"},
	};

	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static const char *const arguments[][5] = {
			{NULL}, {"-n"}, {"-f"}, {"-c", BACKUP, "-s", "10"}};

		file_write(t, AUDNAMES, rows[i].text);
		for (size_t k = 0; k < sizeof(arguments) / sizeof(arguments[0]); k++) {
			const struct result *r = run(t, "audsys", arguments[k][0], arguments[k][1],
						     arguments[k][2], arguments[k][3]);

			assert_exit(r, 2);
			assert_out(r, "");
			assert_error_line(r, "audsys");
			assert_err_match(r, text_format("^audsys: " AUDNAMES ":%s$", rows[i].line));
		}
		assert_text("audnames", file_read(t, AUDNAMES), rows[i].text);
		assert_text("trails", trails_listed(t), "my_trail\n");
	}
}

/* audsys/trail/39, 40: an audnames of another boot counts as off, and its trails are kept. */
CASE(another_boot, REQUIREMENTS("audsys/trail/39", "audsys/trail/40"))
{
	dir_make(t, "/.secure");
	dir_make(t, "/.secure/etc");
	file_write(t, AUDNAMES,
		   "version = 1\nstate = on\nboot_id = of-another-boot\ncurrent = " TRAIL
		   "\ncurrent_kb = 1000\nnext =\nnext_kb = 0\nfiles = 1\nbase = " TRAIL "\n");
	assert_line(run_ok(t, "audsys"), "auditing system is currently off");
	assert_text("current trail", current_trail(t), TRAIL);
	run_ok(t, "audsys", "-n");
	assert_line(run_ok(t, "audsys"), "auditing system is currently on");
	assert_true(file_exists(t, TRAIL_FILE));
}

/* Auditing is on, and the trails are those of before the n-th change or after it, and whole. */
static void assert_changed(struct target *t, unsigned n, bool or_not)
{
	const struct result *r = run_ok(t, "audsys");
	const char *current = text_format("current audit trail: " TRAIL "%u\n", n);
	bool done = !or_not || strstr(r->out, current);

	assert_line(r, "auditing system is currently on");
	n -= !done;
	assert_line(r, text_format("current audit trail: " TRAIL "%u", n));
	assert_line(r, n ? text_format("next audit trail:    " BACKUP "%u", n)
			 : "next audit trail:    -none-");
	assert_int_equal(file_size(t, text_format(TRAIL "%u", n)), 16);
	if (n)
		assert_int_equal(file_size(t, text_format(BACKUP "%u", n)), 16);
}

/* audsys/trail/43, 34: killed at each step of a change, and the same command again. */
CASE(killed, REQUIREMENTS("audsys/trail/43", "audsys/trail/34"))
{
	const struct result *r;
	unsigned step = 0;

	run_ok(t, "audsys", "-n", "-N", "0", "-c", TRAIL "0", "-s", "1000");
	do {
		const char *current = text_format(TRAIL "%u", ++step);
		const char *next = text_format(BACKUP "%u", step);

		r = run_as(t, &(struct run_options){.dies_at = step}, "audsys", "-c", current, "-s",
			   "1000", "-x", next, "-z", "700");
		assert_changed(t, step, true);
		run_ok(t, "audsys", "-c", current, "-s", "1000", "-x", next, "-z", "700");
		assert_changed(t, step, false);
	} while (r->signal == SIGKILL && step < 60);
	assert_exit(r, 0);
	assert_true(step > 8); /* two trails of two steps each, and the four of audnames */
}

/* audsys/trail/43: the same for off and on. */
CASE(killed_on_and_off, REQUIREMENTS("audsys/trail/43"))
{
	static const char *const rows[][2] = {{"-f", "^state = off$"}, {"-n", "^state = on$"}};
	unsigned step = 0;
	bool killed;

	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000");
	do {
		killed = false;
		step++;
		for (int i = 0; i < 2; i++) {
			const struct result *r = run_as(t, &(struct run_options){.dies_at = step},
							"audsys", rows[i][0]);
			const char *names = file_read(t, AUDNAMES);

			assert_int_equal(text_line_count(names), 9);
			assert_text_match("audnames", names, "^current = " TRAIL "$");
			killed = killed || r->signal == SIGKILL;
			if (r->signal)
				run_ok(t, "audsys", rows[i][0]);
			assert_text_match("audnames", file_read(t, AUDNAMES), rows[i][1]);
		}
	} while (killed && step < 40);
	assert_false(killed);
	assert_true(step > 4);
}

/* audsys/trail/36: concurrent commands lose no update: of two kinds at once, both are there. */
CASE(concurrent, REQUIREMENTS("audsys/trail/36", "audsys/trail/34"), .deadline_s = 120)
{
	enum { PAIRS = 6 };
	struct target_process *p[2 * PAIRS];

	auditing_on(t);
	for (int i = 0; i < PAIRS; i++) {
		p[2 * i] = start(t, NULL, "audsys", "-c", TRAIL, "-s", text_format("%d", 100 + i));
		p[2 * i + 1] =
			start(t, NULL, "audsys", "-x", BACKUP, "-z", text_format("%d", 200 + i));
	}
	for (int i = 0; i < 2 * PAIRS; i++)
		assert_exit(finish(t, p[i]), 0);
	assert_text("current trail", current_trail(t), TRAIL);
	assert_text("next trail", next_trail(t), BACKUP);
	assert_out_match(run_ok(t, "audsys"), "^current +10[0-9] ");
	assert_out_match(run_ok(t, "audsys"), "^next +20[0-9] ");
}
