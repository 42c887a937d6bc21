/* SPDX-License-Identifier: MIT */
/*
 * What the attributes of users give in selang. Not for: the console (secons/rights), the language
 * (access/selang).
 */
#include "conformance/cases/product.h"

/* Users of every kind; seosd runs, so that others than root can ask. */
static void start_with_everybody(struct target *t)
{
	start_product(t);
	user_add(t, "tst004", 2004);
	user_add(t, "tst005", 2005);
	user_add(t, "tst006", 2006);
	run_ok(t, "selang", "-c",
	       "newusr tst004 auditor; newusr tst005 server; newusr tst006 admin");
}

static const struct result *selang_as(struct target *t, const char *user, const char *command)
{
	return run_as(t, as(user), "selang", "-c", command);
}

/* access/attributes/1: an ADMIN who is not root defines, changes, shows and deletes. */
CASE(admin, REQUIREMENTS("access/attributes/1"), .needs = CAP_ROOT)
{
	static const char *const commands[] = {"newusr tst009 operator", "chusr tst009 admin",
					       "showusr tst009", "rmusr tst009"};

	start_with_everybody(t);
	for (size_t i = 0; i < ROWS(commands); i++)
		assert_exit(selang_as(t, "tst006", commands[i]), 0);
	assert_exit(run(t, "selang", "-c", "showusr tst009"), 1);
}

/* access/attributes/6, access/selang/9: nobody else does, and what they tried has not happened. */
CASE(no_admin, REQUIREMENTS("access/attributes/6", "access/attributes/7", "access/selang/9"),
     .needs = CAP_ROOT)
{
	static const char *const users[] = {"tst001", "tst002", "tst003", "tst004", "tst005"};
	static const char *const commands[] = {"newusr tst009", "chusr tst002 admin",
					       "editusr tst002 operator", "rmusr tst002"};
	const char *before;

	start_with_everybody(t);
	before = run_ok(t, "selang", "-c", "showusr tst002")->out;
	for (size_t u = 0; u < ROWS(users); u++) {
		for (size_t c = 0; c < ROWS(commands); c++) {
			const struct result *r = selang_as(t, users[u], commands[c]);

			assert_exit(r, 1);
			assert_error_line(r, "selang");
		}
	}
	assert_out(run_ok(t, "selang", "-c", "showusr tst002"), before);
	assert_exit(run(t, "selang", "-c", "showusr tst009"), 1);
}

/* access/attributes/3: OPERATOR lists others; SERVER and none do not. */
CASE(list, REQUIREMENTS("access/attributes/3", "access/attributes/7"), .needs = CAP_ROOT)
{
	static const struct {
		const char *user;
		int status;
	} rows[] = {{"tst001", 0}, {"tst004", 0}, {"tst006", 0},
		    {"tst002", 1}, {"tst003", 1}, {"tst005", 1}};

	start_with_everybody(t);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct result *r = selang_as(t, rows[i].user, "showusr root");

		assert_exit(r, rows[i].status);
		assert_line_count(r, "User name: root", !rows[i].status);
	}
}

/* access/attributes/5, access/attributes/9..11: the AUDITOR lists everything and sets audit modes,
 * and nobody else does, and nothing else comes with it. */
CASE(auditor,
     REQUIREMENTS("access/attributes/5", "access/attributes/6", "access/attributes/9",
		  "access/attributes/10", "access/attributes/11"),
     .needs = CAP_ROOT)
{
	static const char *const others[] = {"tst001", "tst002", "tst003", "tst005", "tst006"};
	static const char *const shown[] = {"showusr root", "showres TERMINAL tty13"};

	start_with_everybody(t);
	run_ok(t, "selang", "-c", "newres TERMINAL tty13");
	for (size_t i = 0; i < ROWS(shown); i++)
		assert_exit(selang_as(t, "tst004", shown[i]), 0);
	for (size_t i = 0; i < ROWS(others); i++)
		assert_exit(selang_as(t, others[i], "chusr tst001 audit(all)"), 1);
	assert_int_equal(record_count(t, "D UPDATE USER [^ ]+ 304"), ROWS(others));
	assert_out(selang_as(t, "tst004", "showusr tst001"),
		   "User name: tst001\nAttributes: OPERATOR\n");
	assert_exit(selang_as(t, "tst004", "chusr tst001 audit(fail,loginfail)"), 0);
	assert_int_equal(record_count(t, "S UPDATE USER tst004 336"), 1);
	assert_out(selang_as(t, "tst004", "showusr tst001"),
		   "User name: tst001\nAttributes: OPERATOR\nAudit mode: FAIL LOGINFAIL\n");
	assert_exit(selang_as(t, "tst004", "editusr tst001 audit(none)"), 0);
	assert_line(selang_as(t, "tst004", "showusr tst001"), "Audit mode: none");
	assert_exit(selang_as(t, "tst004", "chusr tst001 audit(all) admin"), 1);
	assert_exit(selang_as(t, "tst004", "newusr tst009 audit(all)"), 1);
	assert_exit(selang_as(t, "tst004", "chusr tst001 audit(sometimes)"), 1);
	assert_out(selang_as(t, "tst004", "showusr tst001"),
		   "User name: tst001\nAttributes: OPERATOR\nAudit mode: none\n");
}

/* access/attributes/13: it is kept and shown, and nobody is left to believe more. */
CASE(interactive, REQUIREMENTS("access/attributes/11", "access/attributes/13"), .needs = CAP_ROOT)
{
	static const char *const note = "user tst001: audit mode INTERACTIVE asks for no record";
	static const struct {
		const char *modes, *shown;
		bool noted;
	} rows[] = {{"interactive", "INTERACTIVE", true},
		    {"loginfail,interactive", "LOGINFAIL INTERACTIVE", true},
		    {"loginfail", "LOGINFAIL", false},
		    {"all", "FAIL SUCCESS LOGINFAIL LOGINSUCCESS TRACE INTERACTIVE", false}};

	start_with_everybody(t);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct result *r = selang_as(
			t, "tst004", text_format("chusr tst001 audit(%s)", rows[i].modes));

		assert_exit(r, 0);
		assert_line_count(r, note, rows[i].noted);
		assert_line(selang_as(t, "tst004", "showusr tst001"),
			    text_format("Audit mode: %s", rows[i].shown));
	}
}

/* access/attributes/8: all of them at once. */
CASE(several, REQUIREMENTS("access/attributes/8"), .needs = CAP_ROOT)
{
	run_ok(t, "selang", "-c", "newusr root admin; newusr tst001 server auditor operator admin");
	assert_out(run_ok(t, "selang", "-c", "showusr tst001"),
		   "User name: tst001\nAttributes: ADMIN OPERATOR AUDITOR SERVER\n");
}

/* access/attributes/2: after the refusal, everything is as it was, and the user may still do
 * everything. */
CASE(last_admin, REQUIREMENTS("access/attributes/2", "access/selang/10", "access/selang/11"),
     .needs = CAP_ROOT)
{
	static const char *const commands[] = {"rmusr tst001", "chusr tst001 admin-",
					       "chusr tst001 auditor admin-",
					       "editusr tst001 admin-"};

	user_add(t, "tst001", 2001);
	run_ok(t, "selang", "-c", "newusr tst001 admin operator");
	run_ok(t, "seosd");
	for (size_t i = 0; i < ROWS(commands); i++) {
		const struct result *r = selang_as(t, "tst001", commands[i]);

		assert_exit(r, 1);
		assert_error_line(r, "selang");
		assert_out(selang_as(t, "tst001", "showusr tst001"),
			   "User name: tst001\nAttributes: ADMIN OPERATOR\n");
	}
	assert_exit(selang_as(t, "tst001", "newusr tst002 admin; chusr tst001 admin-"), 0);
}
