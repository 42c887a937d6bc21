/* SPDX-License-Identifier: MIT */
/*
 * What secons does beside shutdown, scan and unload: the trace, statistics, settings, and what it
 * declines. Not for: what stands in a trace line (it is free text).
 */
#include "conformance/cases/product.h"

#define TRACE "/opt/CA/PAMSC/log/seosd.trace"

static unsigned trace_lines(struct target *t, const char *pattern)
{
	return file_exists(t, TRACE) ? text_match_count(file_read(t, TRACE), pattern) : 0;
}

/* secons/other/1, secons/other/2, secons/other/23: on, off and over; only what is asked while it is
 * on leaves lines. secons/other/20: root's file. */
CASE(trace, REQUIREMENTS("secons/other/1", "secons/other/2", "secons/other/20", "secons/other/23"),
     .needs = CAP_ROOT)
{
	unsigned before;

	start_product(t);
	assert_line(run_ok(t, "secons", "-ts"), "Tracing is off.");
	run_ok(t, "selang", "-c", "showusr tst001");
	assert_int_equal(trace_lines(t, ""), 0);
	assert_line(run_ok(t, "secons", "-t+"), "Tracing is on.");
	assert_line(run_ok(t, "secons", "-ts"), "Tracing is on.");
	before = trace_lines(t, "");
	run_as(t, as("tst001"), "selang", "-c", "showusr tst001");
	assert_true(trace_lines(t, "") > before);
	assert_true(trace_lines(t, "tst001") > 0);
	assert_line(run_ok(t, "secons", "-t-"), "Tracing is off.");
	before = trace_lines(t, "");
	run_ok(t, "selang", "-c", "showusr tst001");
	assert_int_equal(trace_lines(t, ""), before);
	assert_line(run_ok(t, "secons", "-tt"), "Tracing is on.");
	assert_line(run_ok(t, "secons", "-tt"), "Tracing is off.");
	assert_line(run_ok(t, "secons", "-ts"), "Tracing is off.");
	assert_int_equal(file_mode(t, TRACE), 0600);
}

/* secons/other/3: with seosd and without. */
CASE(trace_clear, REQUIREMENTS("secons/other/3"), .needs = CAP_ROOT)
{
	start_product(t);
	run_ok(t, "secons", "-m", "before");
	assert_true(file_size(t, TRACE) > 0);
	run_ok(t, "secons", "-tc");
	assert_int_equal(file_size(t, TRACE), 0);
	run_ok(t, "secons", "-m", "after");
	assert_int_equal(trace_lines(t, "after"), 1);
	run_ok(t, "secons", "-s");
	run_ok(t, "secons", "-tc");
	assert_int_equal(file_size(t, TRACE), 0);
}

/* secons/other/4: the last 2 KB, as many as asked for, or all, and what is added; with seosd and
 * without. It goes on until it is interrupted. */
CASE(trace_follow, REQUIREMENTS("secons/other/4"), .needs = CAP_ROOT, .where = ON_GUEST | ON_LOCAL)
{
	struct target_process *two, *one, *all, *down;
	char line[65];

	start_product(t);
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	file_write(t, TRACE, "first\n");
	for (unsigned i = 0; i < 60; i++)
		file_append(t, TRACE, text_format("%02u%s\n", i, line));
	two = start(t, NULL, "secons", "-tv");
	one = start(t, NULL, "secons", "-tv", "1");
	all = start(t, NULL, "secons", "-tv", "0");
	wait_until(t, 10,
		   strstr(output(t, two), "\n59x") && strstr(output(t, one), "\n59x") &&
			   strstr(output(t, all), "\n59x"));
	assert_int_equal(text_match_count(output(t, two), "^[0-9][0-9]x{64}$"), 30);
	assert_int_equal(text_match_count(output(t, one), "^[0-9][0-9]x{64}$"), 15);
	assert_int_equal(text_match_count(output(t, all), "^[0-9][0-9]x{64}$"), 60);
	assert_int_equal(text_match_count(output(t, all), "^first$"), 1);
	run_ok(t, "secons", "-m", "added");
	wait_until(t, 10, strstr(output(t, two), " added\n") && strstr(output(t, all), " added\n"));
	assert_int_equal(stop(t, two, SIGINT)->signal, SIGINT);
	run_ok(t, "secons", "-s");
	down = start(t, NULL, "secons", "-tv", "1");
	wait_until(t, 10, strstr(output(t, down), " added\n"));
	file_append(t, TRACE, "more\n");
	wait_until(t, 10, strstr(output(t, down), "\nmore\n"));
}

/* secons/other/5: another file. */
CASE(follow_file, REQUIREMENTS("secons/other/5"), .needs = CAP_ROOT, .where = ON_GUEST | ON_LOCAL)
{
	struct target_process *p;

	start_product(t);
	run_ok(t, "secons", "-m", "of the trace");
	file_write(t, "/root/other", "of the other\n");
	p = start(t, NULL, "secons", "-tv", "0", "-file", "/root/other");
	wait_until(t, 10, strstr(output(t, p), "of the other\n"));
	file_append(t, "/root/other", "and more\n");
	wait_until(t, 10, strstr(output(t, p), "and more\n"));
	assert_null(strstr(output(t, p), "of the trace"));
}

/* secons/other/6, secons/other/21: whether tracing is on or off; one line, whatever is in it. */
CASE(message, REQUIREMENTS("secons/other/6", "secons/other/21"), .needs = CAP_ROOT)
{
	start_product(t);
	run_ok(t, "secons", "-m", "tests begin here");
	assert_int_equal(trace_lines(t, "tests begin here$"), 1);
	run_ok(t, "secons", "-t+");
	run_ok(t, "secons", "-m", "two\nlines");
	assert_int_equal(trace_lines(t, "two.*lines$"), 1);
	assert_exit(run(t, "secons", "-m"), 2);
}

/* secons/other/14: every part, with what was counted; the daemons are those that run. */
CASE(statistics, REQUIREMENTS("secons/other/14"), .needs = CAP_ROOT)
{
	static const char *const lines[] = {
		"^ +INet statistics:$",
		"^ +Requests denied +: +0$",
		"^ +Requests granted +: +0$",
		"^ +Errors found +: +0$",
		"^ +Queues size:$",
		"^ +Audit log: 0$",
		"^ +Error log: 0$",
		"^ +Cached tables info:$",
		"^ +ACEE handles +: +[0-9]+$",
		"^ +Protected clients +: +[0-9]+$",
		"^ +Trusted programs +: +1$",
		"^ +Untrusted programs: +0$",
		"^ +Database info: ",
		"^ +Classes +: +[0-9]+ \\( CID +0x[0-9a-f]{4} \\)$",
		"^ +Properties +: +[0-9]+ ",
		"^ +Objects +: +[0-9]+ \\( OID 0x[0-9a-f]{8} \\)$",
		"^ +PropVals +: +[0-9]+ ",
		"^CA PAMSC memory utilization statistics:$",
	};
	const struct result *r;

	start_product(t);
	file_write(t, "/var/run/program", "1\n");
	run_ok(t, "selang", "-c", "newres PROGRAM /var/run/program");
	r = run_ok(t, "secons", "-i");
	assert_line(r, "Runtime Statistics:");
	for (size_t i = 0; i < ROWS(lines); i++)
		assert_out_match(r, lines[i]);
	assert_out_match(r, text_format("^CA PAMSC security daemon \\(seosd, pid=%d[ )]",
					(int)daemon_pid(t, "seosd")));
	assert_out_match(r, text_format("^CA PAMSC agent daemon \\(seagent, pid=%d[ )]",
					(int)daemon_pid(t, "seagent")));
	assert_out_match(r, text_format("\\(seoswd, pid=%d[ )]", (int)daemon_pid(t, "seoswd")));
}

/* secons/other/15: what it says is obeyed by the process that runs; secons/other/22: or none of it.
 */
CASE(reload, REQUIREMENTS("secons/other/15", "secons/other/22"), .needs = CAP_ROOT)
{
	const struct result *r;
	pid_t seosd;

	start_product(t);
	seosd = daemon_pid(t, "seosd");
	file_write(t, SEOS_INI, "[logmgr]\naudit_log = /opt/CA/PAMSC/log/other.audit\n");
	run_ok(t, "selang", "-c", "newusr tst004");
	assert_false(file_exists(t, "/opt/CA/PAMSC/log/other.audit"));
	run_ok(t, "secons", "-rl");
	run_ok(t, "selang", "-c", "newusr tst005");
	assert_true(file_size(t, "/opt/CA/PAMSC/log/other.audit") > 0);
	assert_int_equal(record_count(t, "S UPDATE USER root 305 0 tst005 .*"), 1);
	assert_int_equal(record_count(t, "S UPDATE USER root 305 0 tst004 .*"), 0);
	assert_int_equal(daemon_pid(t, "seosd"), seosd);

	file_write(t, SEOS_INI, "[logmgr]\naudit_size = few\n");
	r = run(t, "secons", "-rl");
	assert_exit(r, 2); /* secons itself stumbles over it, and nothing is changed */
	assert_err_match(r, "^secons: .*few");
	file_write(t, SEOS_INI, "[logmgr]\naudit_log = /opt/CA/PAMSC/log/other.audit\n");
	run_ok(t, "selang", "-c", "newusr tst006");
	assert_int_equal(record_count(t, "S UPDATE USER root 305 0 tst006 .*"), 1);
}

/* secons/other/18: one line, nothing done. */
CASE(declined, REQUIREMENTS("secons/other/18"), .needs = CAP_ROOT)
{
	static const char *const options[] = {"-d+", "-d-", "-ds", "-l-", "-u-", "-C+", "-CA"};
	const char *before;

	start_product(t);
	before = run_ok(t, "seaudit", "-a")->out;
	for (size_t i = 0; i < ROWS(options); i++) {
		const struct result *r = run(t, "secons", options[i], "tst001");

		assert_exit(r, 1);
		assert_error_line(r, "secons");
		assert_err_match(r, text_format("^secons: %.2s[%s]: ", options[i], options[i] + 2));
	}
	assert_text("records", run_ok(t, "seaudit", "-a")->out, before);
	assert_int_equal(daemons_running(t), 3);
}

/* secons/other/19: without seosd. */
CASE(not_running, REQUIREMENTS("secons/other/19"), .needs = CAP_ROOT)
{
	static const char *const options[] = {"-t+", "-t-", "-tt", "-ts", "-i", "-rl"};

	define_users(t);
	for (size_t i = 0; i < ROWS(options); i++) {
		const struct result *r = run(t, "secons", options[i]);

		assert_exit(r, 1);
		assert_err(r, "secons: CA PAMSC is not running\n");
	}
	assert_err(run(t, "secons", "-m", "word"), "secons: CA PAMSC is not running\n");
}

/* secons/rights/7: who is neither ADMIN nor OPERATOR can use none of them. */
CASE(rights, REQUIREMENTS("secons/rights/7"), .needs = CAP_ROOT)
{
	static const char *const options[] = {"-t+", "-t-", "-tt", "-ts",
					      "-tc", "-tv", "-i",  "-rl"};

	start_product(t);
	run_ok(t, "secons", "-m", "word");
	for (size_t i = 0; i < ROWS(options); i++) {
		const struct result *r = run_as(t, as("tst002"), "secons", options[i]);

		assert_exit(r, 1);
		assert_err_match(r, "^secons: user tst002 is not allowed to ");
		assert_exit(run_as(t, as("tst003"), "secons", options[i]), 1);
	}
	assert_exit(run_as(t, as("tst002"), "secons", "-m", "forged"), 1);
	assert_int_equal(trace_lines(t, "word$"), 1);
	assert_int_equal(trace_lines(t, "forged"), 0);
	assert_line(run_as(t, as("tst001"), "secons", "-ts"), "Tracing is off.");
}
