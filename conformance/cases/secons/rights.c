/* SPDX-License-Identifier: MIT */
/*
 * Who may use secons, while seosd runs and while it does not. Not for: what attributes give
 * elsewhere (access/attributes).
 */
#include "conformance/cases/product.h"

static const char *const actions[] = {"-s", "-sc", "-scl", "-sk"};

/* secons/rights/2: an OPERATOR who is not ADMIN; secons/rights/10: the stage is that of an ADMIN.
 */
CASE(operator, REQUIREMENTS("secons/rights/2", "secons/rights/10"), .needs = CAP_ROOT)
{
	start_product(t);
	assert_exit(run_as(t, as("tst001"), "secons", "-s"), 0);
	assert_int_equal(daemons_running(t), 0);
	assert_int_equal(record_count(t, "M SHUTDOWN tst001 452 seosd"), 1);
}

/* Nobody but ADMIN and OPERATOR, with any action: other attributes, UID 0, a user the database
 * does not know. */
CASE(refused,
     REQUIREMENTS("secons/rights/3", "secons/rights/4", "secons/rights/5", "secons/rights/6",
		  "secons/rights/7", "secons/rights/8", "secons/rights/9", "secons/shutdown/6",
		  "secons/shutdown/8"),
     .needs = CAP_ROOT)
{
	static const char *const users[] = {"tst002", "tst003", "tst004", "tst005", "root"};
	const struct result *before;

	define_users(t);
	user_add(t, "tst004", 2004);
	user_add(t, "tst005", 2005);
	run_ok(t, "selang", "-c",
	       "newusr tst004 auditor server; newusr tst005 admin operator;"
	       "chusr tst005 admin- operator-; chusr tst001 admin; chusr root admin-");
	run_ok(t, "seosd");
	before = run_ok(t, "issec");
	for (size_t u = 0; u < ROWS(users); u++) {
		for (size_t a = 0; a < ROWS(actions); a++) {
			const struct result *r = run_as(t, as(users[u]), "secons", actions[a]);

			assert_exit(r, 1);
			assert_error_line(r, "secons");
			assert_err_match(r, text_format("[ ]%s[ ]", users[u]));
			assert_int_equal(text_match_count(r->out, "[sS]yscall|ctive system"), 0);
		}
		assert_int_equal(record_count(t, text_format("D SHUTDOWN %s 460 seosd", users[u])),
				 2);
	}
	assert_int_equal(record_count(t, "CHECK"), 0);
	assert_out(run_ok(t, "issec"), before->out);
}

/* secons/rights/8: OPERATOR is enough for the listings. */
CASE(listing, REQUIREMENTS("secons/rights/8"), .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN);

	start_product(t);
	for (size_t i = 1; i <= 2; i++) {
		const struct result *r = run_as(t, as("tst001"), "secons", actions[i]);

		assert_exit(r, 0);
		assert_int_equal(row_count(r, parked_pid(t, p)), 1);
	}
}

/* secons/rights/12: names in the environment are names only. */
CASE(attested, REQUIREMENTS("secons/rights/12"), .needs = CAP_ROOT | CAP_SHELL)
{
	const struct result *r;

	start_product(t);
	r = run_as(t, as("tst002"), "sh", "-c",
		   text_format("USER=root LOGNAME=root SUDO_USER=root HOME=/root exec %s -s",
			       profile_command(t->profile, "secons")));
	assert_exit(r, 1);
	assert_int_equal(record_count(t, "D SHUTDOWN tst002 460 seosd"), 1);
	assert_int_equal(daemons_running(t), 3);
}

/* secons/rights/11: the word of stage 452 is no attribute. */
CASE(special, REQUIREMENTS("secons/rights/11"), .needs = CAP_ROOT)
{
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin");
	r = run(t, "selang", "-c", "newusr tst001 special");
	assert_exit(r, 1);
	assert_err_match(r, "special");
}

/* secons/rights/13: while seosd is down, even an OPERATOR who cannot read the database is refused;
 * who can is judged by it. */
CASE(seosd_down, REQUIREMENTS("secons/rights/5", "secons/rights/9", "secons/rights/13"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	const struct result *r;

	define_users(t);
	run_ok(t, "secons", "-sc");
	run_ok(t, "selang", "-c", "chusr tst001 admin; chusr root admin-");
	for (size_t i = 1; i <= 2; i++) {
		r = run_as(t, as("tst001"), "secons", actions[i]);
		assert_exit(r, 1);
		assert_error_line(r, "secons");
		r = run(t, "secons", actions[i]);
		assert_exit(r, 1);
		assert_error_line(r, "secons");
		assert_err_match(r, " root ");
		assert_int_equal(text_match_count(r->out, "ctive system"), 0);
	}
	assert_int_equal(record_count(t, "CHECK"), 0);
}

/* secons/rights/14: nobody has defined anything yet. */
CASE(no_database, REQUIREMENTS("secons/rights/14"), .needs = CAP_ROOT | CAP_HOOKS)
{
	remove_database(t);
	for (size_t i = 1; i < ROWS(actions); i++) {
		const struct result *r = run(t, "secons", actions[i]);

		assert_exit(r, 2);
		assert_error_line(r, "secons");
		assert_err_match(r, "database");
	}
}
