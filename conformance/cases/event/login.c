/* SPDX-License-Identifier: MIT */
/*
 * LOGIN records: how seaudit shows them, and which logins leave one. Not for: the end of what they
 * begin (logout.c).
 */
#include "conformance/cases/logins.h"
#include "conformance/cases/records.h"

/* event/login/1: the fields and their order; permitted, denied and in warning mode. */
CASE(fields, REQUIREMENTS("event/login/1", "event/login/2", "event/login/4"))
{
	static const struct example rows[] = {
		{RECORD("login", "P",
			"'user':'root','session':'48da26ce:00000142','stage':11,'reason':2,"
			"'terminal':'computer.com','program':'SSH'"),
		 "02 Nov 2008 15:41:06 P LOGIN root 48da26ce:00000142 11 2 computer.com SSH"},
		{RECORD("login", "D",
			"'user':'tst001','session':'48da26ce:00000143','stage':5,'reason':2,"
			"'terminal':'tty1','program':'/usr/bin/login','os_user':true"),
		 "02 Nov 2008 15:41:06 D LOGIN tst001 48da26ce:00000143 5 2 tty1 /usr/bin/login "
		 "(OS user)"},
		{RECORD("login", "W",
			"'user':'tst002','session':'48da26ce:00000144','stage':204,'reason':2,"
			"'terminal':'tty2','program':'/usr/bin/login'"),
		 "02 Nov 2008 15:41:06 W LOGIN tst002 48da26ce:00000144 204 2 tty2 "
		 "/usr/bin/login"},
	};

	assert_lines(t, rows, "-a", "-sessionid");
}

/* event/login/5: the documented example, whose stage is no login code. */
CASE(resource_stage, REQUIREMENTS("event/login/5", "event/login/4"))
{
	static const struct example rows[] = {
		{RECORD_AT("19 Dec 2008", "16:46:53", "login", "P",
			   "'user':'TM123VM-AC\\\\Administrator','stage':55,'reason':2,"
			   "'terminal':'TM123VM-AC','origin':'windows',"
			   "'program':'C:\\\\WINDOWS\\\\system32\\\\lsass.exe'"),
		 "19 Dec 2008 16:46:53 P LOGIN TM123VM-AC\\Administrator 55 2 TM123VM-AC "
		 "C:\\WINDOWS\\system32\\lsass.exe"},
	};

	assert_lines(t, rows, "-a");
}

/* event/login/8, event/login/10, event/login/11: by login on a terminal. */
CASE(on_a_terminal, REQUIREMENTS("event/login/8", "event/login/10", "event/login/11"),
     .needs = LOGIN_NEEDS)
{
	logins_start(t);
	login_whole(t, "tst001", "true");
	assert_int_equal(record_count(t, "P LOGIN tst001 19 2 pts/[0-9]+ /bin/login"), 1);
	login_whole(t, "tst003", "true");
	assert_int_equal(record_count(t, "P LOGIN tst003 19 2 pts/[0-9]+ /bin/login \\(OS user\\)"),
			 1);
	assert_int_equal(record_count(t, "LOGIN"), 2);
}

/* event/login/8, event/login/11: by OpenSSH. event/login/9, event/password-attempt/6: wrong
 * passwords, first once, then more than once; a login in between begins anew.
 */
CASE(by_ssh,
     REQUIREMENTS("event/login/8", "event/login/9", "event/login/11", "event/password-attempt/6"),
     .needs = LOGIN_NEEDS)
{
	const char *wrong = NO_PASSWORD "\n" NO_PASSWORD "\n" PASSWORD "\n";

	logins_start(t);
	sshd_start(t);
	assert_exit(run_as(t, typed(wrong), SSH, "tst001@127.0.0.1", "true"), 0);
	assert_int_equal(record_count(t, "D LOGIN tst001 17 2 localhost " SSHD), 1);
	assert_int_equal(record_count(t, "A LOGIN tst001 8 2 localhost " SSHD), 1);
	assert_int_equal(record_count(t, "P LOGIN tst001 19 2 localhost " SSHD), 1);
	assert_int_equal(record_count(t, "LOGIN"), 3);
	assert_text("session", session_in(t, "D LOGIN", 0), "- 17 2 localhost ");
}

/* event/login/14: the rules of the terminal. Here it is the host, as far as it has a name. */
CASE(terminal_rule, REQUIREMENTS("event/login/14"), .needs = LOGIN_NEEDS)
{
	logins_start(t);
	sshd_start(t);
	run_ok(t, "selang", "-c",
	       "newres TERMINAL localhost; authorize TERMINAL localhost uid(tst001) access(write); "
	       "authorize TERMINAL localhost uid(tst002) access(read)");
	assert_int_not_equal(ssh_in(t, "tst001", "true")->exit_status, 0);
	assert_int_equal(record_count(t, "D LOGIN tst001 3 2 localhost " SSHD), 1);
	assert_exit(ssh_in(t, "tst002", "true"), 0);
	assert_int_equal(record_count(t, "P LOGIN tst002 19 2 localhost " SSHD), 1);
	assert_int_equal(record_count(t, "LOGIN"), 2);
}

#define WATCHED                                                                                    \
	"editres TERMINAL localhost warning; authorize TERMINAL localhost uid(tst001) "            \
	"access(write)"

/* event/login/3, event/login/17: what the rules of the terminal refuse is let pass in warning mode,
 * and only then; what they permit is no matter of it.
 */
CASE(warning_mode, REQUIREMENTS("event/login/3", "event/login/17"), .needs = LOGIN_NEEDS)
{
	logins_start(t);
	sshd_start(t);
	run_ok(t, "selang", "-c",
	       WATCHED "; authorize TERMINAL localhost uid(tst002) access(read)");
	assert_exit(ssh_in(t, "tst001", "true"), 0);
	assert_int_equal(record_count(t, "W LOGIN tst001 3 2 localhost " SSHD), 1);
	wait_until(t, 10, logouts(t) == 1);
	assert_text("session", session_in(t, "LOGOUT", 0), session_in(t, "W LOGIN", 0));
	assert_exit(ssh_in(t, "tst002", "true"), 0);
	assert_int_equal(record_count(t, "P LOGIN tst002 19 2 localhost " SSHD), 1);
	run_ok(t, "selang", "-c", "editres TERMINAL localhost warning-");
	assert_int_not_equal(ssh_in(t, "tst001", "true")->exit_status, 0);
	assert_int_equal(record_count(t, "D LOGIN tst001 3 2 localhost " SSHD), 1);
	assert_int_equal(record_count(t, "LOGIN"), 3);
}

/* event/login/19: violated and permitted, so either mode asks for it. */
CASE(warning_audit_modes, REQUIREMENTS("event/login/19"), .needs = LOGIN_NEEDS)
{
	static const char *const modes[] = {"fail,success", "loginfail", "loginsuccess"};

	logins_start(t);
	sshd_start(t);
	run_ok(t, "selang", "-c", WATCHED "; editusr root auditor");
	for (unsigned i = 0; i < ROWS(modes); i++) {
		run_ok(t, "selang", "-c", text_format("chusr tst001 audit(%s)", modes[i]));
		assert_exit(ssh_in(t, "tst001", "true"), 0);
		assert_int_equal(record_count(t, "W LOGIN tst001"), i);
		wait_until(t, 10, logouts(t) == i);
	}
	assert_int_equal(record_count(t, "LOGIN"), 2);
}

/* The same decisions on a simulated machine: event/login/3, 8, 9, 14, event/password-attempt/6. */
CASE(simulated,
     REQUIREMENTS("event/login/3", "event/login/8", "event/login/9", "event/login/14",
		  "event/login/17", "event/password-attempt/6"),
     ON_A_MACHINE)
{
	start_product(t);
	comes_in(t, "tst002");
	assert_int_equal(record_count(t, "P LOGIN tst002 19 2 tty1 /bin/login"), 1);
	assert_text_match("session", session_in(t, "P LOGIN", 0), "^[0-9a-f]{8}:[0-9a-f]{8}$");
	run_ok(t, "selang", "-c", "newres TERMINAL tty1; authorize TERMINAL tty1 uid(*) access(w)");
	assert_error_line(run(t, "login", "tst003", "tty1"), "login");
	assert_int_equal(record_count(t, "D LOGIN tst003 3 2 tty1 /bin/login \\(OS user\\)"), 1);
	run_ok(t, "selang", "-c", "editres TERMINAL tty1 warning");
	start(t, NULL, "login", "tst001", "tty1", "3");
	wait_until(t, 10, record_count(t, "LOGIN") == 6);
	assert_int_equal(record_count(t, "D LOGIN tst001 17 2 tty1 /bin/login"), 1);
	assert_int_equal(record_count(t, "A LOGIN tst001 8 2 tty1 /bin/login"), 2);
	assert_int_equal(record_count(t, "W LOGIN tst001 3 2 tty1 /bin/login"), 1);
}

/* event/login/16: a product that is shut down is in nobody's way. */
CASE(product_down, REQUIREMENTS("event/login/16"), .needs = LOGIN_NEEDS)
{
	logins_start(t);
	run_ok(t, "secons", "-s");
	dir_make(t, "/var/run/open");
	file_chmod(t, "/var/run/open", 0777);
	login_whole(t, "tst001", "touch /var/run/open/came_in");
	assert_true(file_exists(t, "/var/run/open/came_in"));
	run_ok(t, "seosd");
	assert_int_equal(record_count(t, "LOGIN"), 0);
	login_whole(t, "tst001", "true");
	assert_int_equal(record_count(t, "P LOGIN tst001"), 1);
}

/* event/login/7, event/logout/12, access/attributes/12: who asks for which records gets those. */
CASE(audit_modes, REQUIREMENTS("event/login/7", "event/logout/12", "access/attributes/12"),
     .needs = LOGIN_NEEDS)
{
	static const struct {
		const char *modes;
		bool denied, permitted;
	} rows[] = {
		{"loginfail", true, false},
		{"loginsuccess", false, true},
		{"fail,success,interactive", false, false},
	};
	unsigned denied = 0, permitted = 0;

	logins_start(t);
	sshd_start(t);
	run_ok(t, "selang", "-c", "editusr root auditor");
	for (size_t i = 0; i < ROWS(rows); i++) {
		run_ok(t, "selang", "-c", text_format("editusr tst001 audit(%s)", rows[i].modes));
		assert_exit(run_as(t, typed(NO_PASSWORD "\n" PASSWORD "\n"), SSH,
				   "tst001@127.0.0.1", "true"),
			    0);
		denied += rows[i].denied;
		permitted += rows[i].permitted;
		assert_int_equal(record_count(t, "D LOGIN tst001"), denied);
		assert_int_equal(record_count(t, "P LOGIN tst001"), permitted);
		wait_until(t, 10, logouts(t) == permitted);
	}
	assert_int_equal(record_count(t, "LOGIN"), denied + permitted);
}

/* event/login/13: a user whom serevu has disabled. event/login/18: warning mode does not help him.
 */
CASE(disabled, REQUIREMENTS("event/login/13", "event/login/18"), .needs = LOGIN_NEEDS)
{
	const char *wrong = NO_PASSWORD "\n" NO_PASSWORD "\n" NO_PASSWORD "\n";

	logins_start(t);
	sshd_start(t);
	start(t, NULL, "serevu", "nodaemon", "-f", "3", "-d", "FOREVER", "-s", "1s");
	run_as(t, typed(wrong), SSH, "tst001@127.0.0.1", "true");
	wait_until(t, 20, record_count(t, "I LOGIN tst001") == 1);
	run_ok(t, "selang", "-c", WATCHED);
	assert_int_not_equal(ssh_in(t, "tst001", "true")->exit_status, 0);
	assert_int_equal(record_count(t, "D LOGIN tst001 5 2 localhost " SSHD), 1);
	assert_int_equal(record_count(t, "P LOGIN"), 0);
	assert_exit(ssh_in(t, "tst002", "true"), 0);
}

/* event/login/15: on a full disk nobody comes in unrecorded; with room again, everybody does. */
CASE(full_disk, REQUIREMENTS("event/login/15"), .needs = LOGIN_NEEDS | CAP_FILL)
{
	unsigned came_in = 0;

	logins_start(t);
	run_ok(t, "secons", "-s");
	fill_mount(t, "/opt/CA/PAMSC/log");
	run_ok(t, "seosd");
	fill_set(t, "/opt/CA/PAMSC/log", "blocks=1000", "free=0", "available=0", "enforce=on");
	fill_last_block(t);
	do { /* its record is smaller */
		login_whole(t, "tst001", "echo >/dev/null");
	} while (record_count(t, "P LOGIN") > came_in && ++came_in < 10);
	assert_in_range(came_in, 0, 9);
	dir_make(t, "/var/run/open");
	file_chmod(t, "/var/run/open", 0777);
	login_whole(t, "tst001", "touch /var/run/open/came_in");
	assert_false(file_exists(t, "/var/run/open/came_in"));
	assert_int_equal(record_count(t, "LOGIN"), came_in);
	fill_set(t, "/opt/CA/PAMSC/log", "blocks=1000", "free=900", "available=900");
	login_whole(t, "tst001", "touch /var/run/open/came_in");
	assert_true(file_exists(t, "/var/run/open/came_in"));
	assert_int_equal(record_count(t, "P LOGIN tst001"), came_in + 1);
	wait_until(t, 10, logouts(t) == came_in + 1);
}
