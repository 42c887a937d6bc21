/* SPDX-License-Identifier: MIT */
/*
 * How secons is called wrongly, and what it says of itself. Not for: its actions.
 */
#include "conformance/case.h"

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

/* secons/usage/8: two actions, or one of them twice, are wrong usage. */
CASE(two_actions, REQUIREMENTS("secons/usage/8"))
{
	static const char *const second[] = {"-sc", "-s"};

	for (size_t i = 0; i < sizeof(second) / sizeof(second[0]); i++) {
		const struct result *r = run(t, "secons", "-s", second[i]);

		assert_exit(r, 2);
		assert_out(r, "");
		assert_err_match(r, "^secons: ");
	}
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
