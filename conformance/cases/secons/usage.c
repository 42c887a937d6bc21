/* SPDX-License-Identifier: MIT */
/*
 * How secons is called wrongly, and what it says of itself. Not for: its actions.
 */
#include "conformance/cases/product.h"

/* secons/usage/9: without an option: usage on standard error, exit 2. */
CASE(no_option, REQUIREMENTS("secons/usage/9", "secons/usage/7"))
{
	const struct result *r = run(t, "secons");

	assert_exit(r, 2);
	assert_out(r, "");
	assert_err_match(r, "^[Uu]sage: secons ");
}

/* secons/usage/10: an unknown option: one line that names it and the usage, exit 2. */
CASE(unknown_option, REQUIREMENTS("secons/usage/10", "secons/usage/14"))
{
	const struct result *r = run(t, "secons", "-q");

	assert_exit(r, 2);
	assert_out(r, "");
	assert_text_match("first line", text_line(r->err, 0), "^secons: .*q");
	assert_err_match(r, "^[Uu]sage: secons ");
}

/* secons/usage/8: two actions, or one of them twice, are wrong usage; secons/usage/11: and do not
 * do even the first one. */
CASE(two_actions, REQUIREMENTS("secons/usage/8", "secons/usage/11"), .needs = CAP_ROOT)
{
	static const char *const second[] = {"-sc", "-s", "-q"};
	const struct result *before;

	start_product(t);
	before = run_ok(t, "issec");
	for (size_t i = 0; i < ROWS(second); i++) {
		const struct result *r = run(t, "secons", "-s", second[i]);

		assert_exit(r, 2);
		assert_out(r, "");
		assert_err_match(r, "^secons: ");
	}
	assert_out(run_ok(t, "issec"), before->out);
	assert_int_equal(record_count(t, "SHUTDOWN"), 0);
	assert_int_equal(record_count(t, "CHECK"), 0);
}

/* secons/usage/12: -h: usage on standard output, nothing on standard error, exit 0. */
CASE(help, REQUIREMENTS("secons/usage/12", "secons/usage/7"))
{
	const struct result *r = run(t, "secons", "-h");

	assert_exit(r, 0);
	assert_err(r, "");
	assert_text_match("first line", text_line(r->out, 0), "^[Uu]sage: secons ");
	assert_no_line(r, "CA PAMSC");
}

/* secons/usage/7: every action begins with the banner, whatever comes after it. secons/usage/5: the
 * year is that of the clock. */
CASE(banner, REQUIREMENTS("secons/usage/2", "secons/usage/3", "secons/usage/5", "secons/usage/7"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_CLOCK)
{
	static const char *const actions[] = {"-s", "-sc", "-scl"};

	run_ok(t, "selang", "-c", "newusr root admin");
	clock_set(t, "2031-12-30 12:00:00");
	for (size_t i = 0; i < ROWS(actions); i++) {
		const struct result *r = run_ok(t, "secons", actions[i]);

		assert_text_match("first line", text_line(r->out, 0),
				  "^CA PAMSC secons v[0-9.]+ - Console utility$");
		assert_text("second line", text_line(r->out, 1),
			    "Copyright (c) 2031 CA. All rights reserved.");
		assert_line_count(r, "Copyright (c) 2031 CA. All rights reserved.", 1);
	}
}

/* secons/usage/6: the older product. */
CASE(brand, REQUIREMENTS("secons/usage/6"), .needs = CAP_ROOT)
{
	const struct result *r;

	file_write(t, SEOS_INI, "[product]\nbrand = ac\n");
	r = run_ok(t, "secons", "-s");
	assert_text_match("first line", text_line(r->out, 0),
			  "^CA Access Control secons v[0-9.]+ - Console utility$");
	assert_out_match(r, ": CA Access Control is not running$");
}

/* secons/usage/13: one of each kind, in the order in which a machine is set up. */
CASE(exit_codes, REQUIREMENTS("secons/usage/13"), .needs = CAP_ROOT)
{
	remove_database(t);
	assert_exit(run(t, "secons", "-sk"), 2);
	start_product(t);
	assert_exit(run(t, "secons", "-s", "-sk"), 2);
	assert_exit(run_as(t, as("tst002"), "secons", "-s"), 1);
	assert_exit(run_as(t, as("tst001"), "secons", "-s"), 0);
	file_write(t, SEOS_INI, "nonsense\n");
	assert_exit(run(t, "secons", "-s"), 2);
}

/* secons/usage/1: the usage names the five, and they are taken. */
CASE(shutdown_options, REQUIREMENTS("secons/usage/1"), .needs = CAP_ROOT)
{
	/* -sk is not the last one: the next seosd has the calls hooked again. */
	static const char *const options[] = {"-sk", "-s", "-S", "-sc", "-scl"};
	const struct result *help = run_ok(t, "secons", "-h");

	define_users(t);
	for (size_t i = 0; i < ROWS(options); i++) {
		run_ok(t, "seosd");
		assert_out_match(help, text_format("(^|[ |])%s([ |[]|$)", options[i]));
		assert_true(run(t, "secons", options[i])->exit_status < 2);
		run_ok(t, "secons", "-s");
	}
}
