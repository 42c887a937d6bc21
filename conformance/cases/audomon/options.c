/* SPDX-License-Identifier: MIT */
/*
 * The command line of audomon, as it should be and as it should not. Not for: what an option brings
 * about (the other files).
 */
#include "conformance/cases/trails.h"

/* Wrong usage: exit 2, one line on standard output, nothing on standard error, no audomon. */
static void assert_usage_error(struct target *t, const struct result *r)
{
	if (r->exit_status != 2)
		print_error("%s\n", r->command);
	assert_exit(r, 2);
	assert_err(r, "");
	assert_text_match("first line", text_line(r->out, 0), "^audomon: .+");
	assert_int_equal(text_line_count(r->out), 1);
	assert_false(file_exists(t, PID_FILE));
}

static void refuses(struct target *t, const char *option, const char *const *values)
{
	for (; *values; values++)
		assert_usage_error(t, run(t, "audomon", option, *values));
}

/* audomon/options/2, 9, 14: without options fss is 20, sp_freq is 1 and warning is 90: at 72 % full
 * a warning, and 114 s to the next look. */
CASE(defaults, REQUIREMENTS("audomon/options/2", "audomon/options/9", "audomon/options/14"),
     .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_system_set(t, 2801);
	assert_int_equal(text_match_count(one_look(t, "-F"), WARNING), 0);
	file_system_set(t, 2800);
	one_look(t, "-F");
	assert_int_equal(message_count(t, ": 72 % full, switch at 80 %$"), 1);
	assert_int_equal(message_count(t, WAKE_UP "114 s "), 1);
	file_system_set(t, 2000);
	assert_int_equal(text_match_count(one_look(t, "-F"), ": file space$"), 1);
}

/* audomon/options/1, 3, 13, 15: whole numbers from 0 to 100 are valid for -p and -w. */
CASE(whole_numbers, REQUIREMENTS("audomon/options/1", "audomon/options/3", "audomon/options/13",
				 "audomon/options/15"))
{
	static const char *const values[] = {"0", "1", "50", "99", "100"};

	auditing_on(t);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		one_look(t, "-p", values[i], "-w", values[i]);
}

/* audomon/options/27, 26, 28: messages about wrong usage go to standard output, also with -o. */
CASE(usage_to_standard_output,
     REQUIREMENTS("audomon/options/27", "audomon/options/26", "audomon/options/28"))
{
	const struct result *r = run(t, "audomon", "-o", MESSAGES, "-p", "101");

	assert_usage_error(t, r);
	assert_out(r, "audomon: -p 101: must be a whole number from 0 to 100\n");
	assert_false(file_exists(t, MESSAGES));
}

/* audomon/options/4, 23: what is no whole number from 0 to 100 is wrong for -p. */
CASE(malformed_fss, REQUIREMENTS("audomon/options/4", "audomon/options/23", "audomon/options/26"))
{
	refuses(t, "-p",
		(const char *const[]){"20%", "20.5", "-1", "101", "", "20,,", ",", "+20", " 20",
				      "0x14", "twenty", "99999999999999999999", NULL});
}

/* audomon/options/16: the same for -w. */
CASE(malformed_warning, REQUIREMENTS("audomon/options/16", "audomon/options/23"))
{
	refuses(t, "-w", (const char *const[]){"90%", "101", "89.5", "", "-1", "90,,", NULL});
	assert_out(run(t, "audomon", "-w", "101"),
		   "audomon: -w 101: must be a whole number from 0 to 100\n");
}

/* audomon/options/10, 11: 0, negative numbers, exponents, signs, units are wrong for -t. */
CASE(malformed_sp_freq, REQUIREMENTS("audomon/options/10", "audomon/options/11"))
{
	refuses(t, "-t",
		(const char *const[]){"0", "0.0", "-1", "", ".", "+1", "1e3", "inf", "nan", "1m",
				      "1.2.3", "0x1", "1,,", "one", NULL});
	assert_out(run(t, "audomon", "-t", "0"),
		   "audomon: -t 0: must be a number of minutes greater than 0\n");
}

/* audomon/options/7, 8, 11: any positive real number of minutes is valid for -t: with nothing used
 * the sleep is ten times that. */
CASE(real_sp_freq, REQUIREMENTS("audomon/options/7", "audomon/options/8", "audomon/options/11"),
     .needs = CAP_FILL)
{
	static const struct {
		const char *minutes;
		const char *line;
	} rows[] = {
		{"0.5", WAKE_UP "300 s "},
		{".25", WAKE_UP "150 s "},
		{"2.", WAKE_UP "1200 s "},
		{"90", WAKE_UP "54000 s "},
	};

	file_system_of(t, 10000);
	run_ok(t, "audsys", "-n", "-N", "0", "-c", TRAIL, "-s", "1000");
	file_resize(t, TRAIL, 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(text_match_count(one_look(t, "-t", rows[i].minutes), rows[i].line),
				 1);
}

/* audomon/options/12: sp_freq is rounded up to a millisecond; more than a year counts as a year. */
CASE(limits_of_sp_freq, REQUIREMENTS("audomon/options/12"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	run_ok(t, "audsys", "-n", "-N", "0", "-c", TRAIL, "-s", "1000");
	file_resize(t, TRAIL, 0);
	assert_int_equal(text_match_count(one_look(t, "-t", "525601"), WAKE_UP "315360000 s "), 1);
	assert_int_equal(text_match_count(one_look(t, "-t", "99999999999999999999999999"),
					  WAKE_UP "315360000 s "),
			 1);
	/* 0.1 ms and a bit: 1 ms, and ten times that */
	assert_true(text_match_count(one_look(t, "-t", "0.0000017"), WAKE_UP "1 s ") >= 1);
}

/* audomon/options/22: one comma behind a value is as if it were not there. */
CASE(commas, REQUIREMENTS("audomon/options/22"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	file_system_set(t, 2800);
	one_look(t, "-p", "20,", "-t", "1,", "-w", "90");
	assert_int_equal(message_count(t, ": 72 % full, switch at 80 %$"), 1);
	assert_int_equal(message_count(t, WAKE_UP "114 s "), 1);
	assert_int_equal(text_match_count(one_look(t, "-w", "91,"), WARNING), 0);
}

/* audomon/options/24: of an option given twice, the last value counts. */
CASE(given_twice, REQUIREMENTS("audomon/options/24"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 512000);
	assert_int_equal(text_match_count(one_look(t, "-w", "50", "-w", "90"), WARNING), 0);
	assert_int_equal(text_match_count(one_look(t, "-w", "90", "-w", "50"), WARNING), 1);
}

/* audomon/options/25: an unknown option, a missing argument and an operand are wrong usage. */
CASE(wrong_usage, REQUIREMENTS("audomon/options/25", "audomon/options/26"))
{
	assert_usage_error(t, run(t, "audomon", "-q"));
	assert_out_match(run(t, "audomon", "-v", "--word"), "unknown option --word ");
	assert_out_match(run(t, "audomon", "-vq"), "unknown option -q ");
	assert_usage_error(t, run(t, "audomon", "-p"));
	assert_usage_error(t, run(t, "audomon", "-v", "-t"));
	assert_usage_error(t, run(t, "audomon", "start"));
	assert_usage_error(t, run(t, "audomon", "-v", "20"));
}

/* audomon/options/29: -h prints the synopsis. */
CASE(help, REQUIREMENTS("audomon/options/29"))
{
	const struct result *r = run(t, "audomon", "-h");

	assert_exit(r, 0);
	assert_err(r, "");
	assert_out(r, "usage: audomon [-p fss] [-t sp_freq] [-w warning] [-v] [-o output] "
		      "[-X string] [-F]\n"
		      "       audomon --status [--json|--prometheus]\n"
		      "       audomon --explain [-p fss] [-t sp_freq] [-w warning] [-s kbytes]\n"
		      "                         [--fill MINUTE:KBYTES:PERCENT,...] [--svg FILE]\n");
}

/* audomon/options/5, 6: an fss that is not larger than the reserve is warned of once, and audomon
 * goes on. */
CASE(reserve, REQUIREMENTS("audomon/options/5", "audomon/options/6"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	fill_set(t, AUDIT_DIR, "free=9000", "available=8000");
	assert_int_equal(text_match_count(one_look(t, "-p", "11"), WARNING), 0);
	one_look(t, "-p", "5");
	assert_text("first message", text_line(messages(t), 0),
		    "audomon: warning: -p 5: not larger than the 10 % reserve of the file system "
		    "of " TRAIL);
}

/* audomon/options/6: that warning comes once. */
CASE(reserve_once, REQUIREMENTS("audomon/options/6"), .needs = CAP_FILL)
{
	file_system_of(t, 10000);
	auditing_on(t);
	fill_set(t, AUDIT_DIR, "free=9000", "available=8000");
	run_ok(t, "audomon", "-p", "10", "-t", OFTEN, "-v", "-o", MESSAGES);
	await_look(t);
	assert_int_equal(message_count(t, "reserve of the file system"), 1);
}

/* audomon/options/21: releases before 11.31 have no -X. */
CASE(no_tasks_before_11_31, REQUIREMENTS("audomon/options/21"))
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, "RELEASE=11.23\n");
	assert_usage_error(t, run(t, "audomon", "-X", "/usr/bin/true"));
	file_write(t, RC_CONFIG, "RELEASE=11.31\n");
	auditing_on(t);
	one_look(t, "-X", "/usr/bin/true");
}
