/* SPDX-License-Identifier: MIT */
/*
 * The commands of selang: what they do, what they refuse, what is left when one of several fails.
 * Not for: their records (event/admin), who may give which (access/attributes).
 */
#include "conformance/cases/product.h"

/* What is shown of a user, with a label before each value; "" when there is none. */
static const char *shown(struct target *t, const char *user)
{
	return run(t, "selang", "-c", text_format("showusr %s", user))->out;
}

#define assert_user(t, name, attributes)                                                           \
	assert_text("user " name, shown(t, name),                                                  \
		    "User name: " name "\nAttributes: " attributes "\n")
#define assert_no_user(t, name) assert_text("user " name, shown(t, name), "")

/* Commands in their long and short names, and what there is to see after each. */
CASE(commands,
     REQUIREMENTS("access/selang/1", "access/selang/2", "access/selang/4", "access/selang/5",
		  "access/selang/6", "access/selang/7", "access/selang/18"),
     .needs = CAP_ROOT)
{
	static const struct {
		const char *commands, *attributes; /* of tst001; NULL: there is no such user */
	} rows[] = {
		{"newusr tst001 operator", "OPERATOR"},
		{"chusr tst001 operator- admin", "ADMIN"},
		{"cu tst001 auditor server", "ADMIN AUDITOR SERVER"},
		{"editusr tst001 admin- server-", "AUDITOR"},
		{"rmusr tst001", NULL},
		{"editusr tst001 server", "SERVER"},
		{"ru tst001; nu tst001 admin auditor", "ADMIN AUDITOR"},
		{"eu tst001 admin-;cu tst001 operator ; cu tst001 auditor-", "OPERATOR"},
		{"ru tst001", NULL},
	};

	run_ok(t, "selang", "-c", "newusr root admin");
	for (size_t i = 0; i < ROWS(rows); i++) {
		run_ok(t, "selang", "-c", rows[i].commands);
		assert_text(rows[i].commands, shown(t, "tst001"),
			    rows[i].attributes ? text_format("User name: tst001\nAttributes: %s\n",
							     rows[i].attributes)
					       : "");
	}
	assert_out(run_ok(t, "selang", "-c", "su root"), "User name: root\nAttributes: ADMIN\n");
}

/* access/selang/3: the same user again; other commands about users who do not exist. */
CASE(wrong_user, REQUIREMENTS("access/selang/3", "access/selang/18"), .needs = CAP_ROOT)
{
	static const char *const commands[] = {"newusr tst001 admin", "chusr tst009 admin",
					       "rmusr tst009", "showusr tst009"};

	run_ok(t, "selang", "-c", "newusr root admin; newusr tst001 operator");
	for (size_t i = 0; i < ROWS(commands); i++) {
		const struct result *r = run(t, "selang", "-c", commands[i]);

		assert_exit(r, 1);
		assert_error_line(r, "selang");
	}
	assert_user(t, "tst001", "OPERATOR");
	assert_no_user(t, "tst009");
}

/* access/selang/17: the word that is not known is named; what came before it was done, what comes
 * after it is not. */
CASE(unknown_word, REQUIREMENTS("access/selang/1", "access/selang/17", "access/selang/18"),
     .needs = CAP_ROOT)
{
	static const struct {
		const char *command, *word;
	} rows[] = {
		{"makeusr tst002", "makeusr"},
		{"newusr tst002 wizard", "wizard"},
		{"chusr tst001 wizard-", "wizard"},
		{"newusr", ""},
		{"newusr tst(002)", ""},
		{"showusr tst001 more", ""},
	};

	run_ok(t, "selang", "-c", "newusr root admin");
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct result *r = run(
			t, "selang", "-c",
			text_format("editusr tst001 operator; %s; newusr tst003", rows[i].command));

		assert_exit(r, 1);
		assert_error_line(r, "selang");
		assert_err_match(r, rows[i].word);
		assert_user(t, "tst001", "OPERATOR");
		assert_no_user(t, "tst002");
		assert_no_user(t, "tst003");
		run_ok(t, "selang", "-c", "rmusr tst001");
	}
}

/* access/selang/18: no commands at all, or a command line that is none. */
CASE(usage, REQUIREMENTS("access/selang/18"), .needs = CAP_ROOT)
{
	assert_exit(run(t, "selang"), 2);
	assert_exit(run(t, "selang", "newusr root"), 2);
	assert_exit(run(t, "selang", "-c"), 2);
	assert_exit(run(t, "selang", "-c", "newusr root", "admin"), 2);
	assert_no_user(t, "root");
}

/* access/selang/8, access/selang/9: root may until there is an ADMIN, and no longer. */
CASE(first_admin, REQUIREMENTS("access/selang/8", "access/selang/9"), .needs = CAP_ROOT)
{
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr tst001 operator; newusr tst002; chusr tst002 auditor");
	run_ok(t, "selang", "-c", "newusr tst003 admin");
	r = run(t, "selang", "-c", "newusr tst004");
	assert_exit(r, 1);
	assert_error_line(r, "selang");
	assert_exit(run(t, "selang", "-c", "chusr tst001 admin"), 1);
	assert_exit(run(t, "selang", "-c", "rmusr tst002"), 1);
	assert_exit(run(t, "selang", "-c", "newusr root admin"), 1);
}

/* access/selang/12: not even with another ADMIN. */
CASE(root_stays, REQUIREMENTS("access/selang/12"), .needs = CAP_ROOT)
{
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin; newusr tst001 admin");
	r = run(t, "selang", "-c", "rmusr root");
	assert_exit(r, 1);
	assert_error_line(r, "selang");
	assert_user(t, "root", "ADMIN");
}

/* access/selang/19: a record a command that changes something or was to; none for the others. */
CASE(records, REQUIREMENTS("access/selang/19"), .needs = CAP_ROOT)
{
	static const struct {
		const char *commands;
		unsigned records;
	} rows[] = {
		{"newusr root admin; newusr tst001; chusr tst001 operator", 3},
		{"showusr tst001", 3},
		{"newusr tst001", 4},
		{"chusr root admin-", 5},
		{"rmusr tst001; showusr root", 6},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		run(t, "selang", "-c", rows[i].commands);
		assert_int_equal(record_count(t, "UPDATE USER root"), rows[i].records);
	}
}

/* access/selang/20: without seosd root changes the database, and seosd finds it so; nobody else
 * does. */
CASE(seosd_down, REQUIREMENTS("access/selang/20"), .needs = CAP_ROOT)
{
	const struct result *r;

	user_add(t, "tst001", 2001);
	run_ok(t, "selang", "-c", "newusr root admin; newusr tst001 admin");
	r = run_as(t, as("tst001"), "selang", "-c", "newusr tst002");
	assert_exit(r, 1);
	assert_error_line(r, "selang");
	run_ok(t, "seosd");
	assert_user(t, "tst001", "ADMIN");
	assert_no_user(t, "tst002");
	assert_exit(run_as(t, as("tst001"), "selang", "-c", "newusr tst002"), 0);
	run_ok(t, "secons", "-s");
	assert_user(t, "tst002", "none");
}

#define DATABASES "/opt/CA/PAMSC/seosdb"

static void crash_disk(struct target *t)
{
	run_ok(t, "fillctl", DATABASES, "crash");
}

/* access/selang/21: the disk forgets whatever it was not told to keep; what selang has said is done
 * is there, with seosd down and up. */
CASE(crash, REQUIREMENTS("access/selang/21"), .needs = CAP_ROOT | CAP_FILL,
     .where = ON_GUEST | ON_LOCAL)
{
	static const char *const daemons[] = {"seosd", "seagent", "seoswd"};
	pid_t pids[ROWS(daemons)];

	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "fillfs", "-o", "crash", DATABASES, DATABASES);
	run_ok(t, "selang", "-c", "newusr tst001 operator; newusr tst002");
	crash_disk(t);
	assert_user(t, "tst001", "OPERATOR");
	assert_user(t, "tst002", "none");
	run_ok(t, "seosd");
	run_ok(t, "selang", "-c", "chusr tst001 operator- auditor; rmusr tst002");
	for (size_t i = 0; i < ROWS(daemons); i++)
		pids[i] = daemon_pid(t, daemons[i]);
	for (size_t i = 0; i < ROWS(daemons); i++)
		signal_pid(t, pids[i], SIGKILL);
	wait_until(t, 10, daemons_running(t) == 0);
	crash_disk(t);
	assert_user(t, "tst001", "AUDITOR");
	assert_no_user(t, "tst002");
	run_ok(t, "seosd");
	assert_user(t, "tst001", "AUDITOR");
}
