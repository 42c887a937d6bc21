/* SPDX-License-Identifier: MIT */
/*
 * selogrd: which records go where, by which configuration, and that none is skipped or doubled. Not
 * for: what the collector does with them (daemon/selogrcd).
 */
#include "conformance/cases/routing.h"

#include <signal.h>

/* daemon/selogrd/1, daemon/selogrd/5, daemon/selogrd/6: the records of the log arrive, those that
 * were there and those that come, and nothing else. */
CASE(host,
     REQUIREMENTS("daemon/selogrd/1", "daemon/selogrd/5", "daemon/selogrd/6", "daemon/selogrcd/1",
		  "daemon/selogrcd/4"),
     .needs = CAP_ROOT)
{
	start_routing(t, TO_HERE);
	run_ok(t, "selang", "-c", "newusr tst004");
	wait_until(t, 30, collected(t, " newusr tst004$") == 1);
	wait_until(t, 30, collected(t, " START ") == 3);
	assert_text("collected", log_text(t, COLLECTED), log_text(t, AUDIT_LOG));
}

/* daemon/selogrd/1: chosen ones: what an include names and no exclude takes out. */
CASE(chosen, REQUIREMENTS("daemon/selogrd/1", "daemon/selogrd/13"), .needs = CAP_ROOT)
{
	start_routing(t, "Users\nhost localhost\ninclude ADMIN;USER;*;root;*;*;*;S\n"
			 "exclude ADMIN;*;tst005;*;*;*;*;*\n.\n");
	run_ok(t, "selang", "-c", "newusr tst005; newres HOST h1; newusr tst006");
	wait_until(t, 30, collected(t, " newusr tst006$") == 1);
	assert_int_equal(collected(t, "tst005"), 0);
	assert_int_equal(collected(t, " HOST "), 0);
	assert_int_equal(collected(t, " START "), 0);
	assert_int_equal(collected(t, "."), 4); /* and the three that define_users() defined */
}

/* daemon/selogrd/3: without seosd, what is there. */
CASE(without_seosd, REQUIREMENTS("daemon/selogrd/3"), .needs = CAP_ROOT)
{
	know_itself(t);
	file_write(t, ROUTES, TO_HERE);
	give_ok(t, AUDIT_LOG, numbered(0, 5));
	run_ok(t, "selogrcd");
	run_ok(t, "selogrd");
	wait_until(t, 30, collected(t, " newusr ") == 5);
	assert_int_equal(in_order(log_text(t, COLLECTED)), 5);
}

/* daemon/selogrd/4: HUP: a new configuration counts at once, a wrong one changes nothing. */
CASE(hup, REQUIREMENTS("daemon/selogrd/4"), .needs = CAP_ROOT)
{
	pid_t pid;

	start_routing(t, "Rule\nfile /opt/CA/PAMSC/log/first\n.\n");
	wait_until(t, 30, file_exists(t, "/opt/CA/PAMSC/log/first"));
	pid = daemon_pid(t, "selogrd");
	file_write(t, ROUTES, "Rule\nfile /opt/CA/PAMSC/log/second\n.\n");
	run_ok(t, "selang", "-c", "newusr tst004");
	wait_until(t, 30, strstr(file_read(t, "/opt/CA/PAMSC/log/first"), "tst004"));
	assert_false(file_exists(t, "/opt/CA/PAMSC/log/second"));
	signal_pid(t, pid, SIGHUP);
	wait_until(t, 30, file_exists(t, "/opt/CA/PAMSC/log/second"));
	run_ok(t, "selang", "-c", "newusr tst005");
	wait_until(t, 30, strstr(file_read(t, "/opt/CA/PAMSC/log/second"), "tst005"));
	assert_null(strstr(file_read(t, "/opt/CA/PAMSC/log/first"), "tst005"));
	file_write(t, ROUTES, "Rule\nno such action\n.\n");
	signal_pid(t, pid, SIGHUP);
	run_ok(t, "selang", "-c", "newusr tst006");
	wait_until(t, 30, strstr(file_read(t, "/opt/CA/PAMSC/log/second"), "tst006"));
	assert_int_equal(daemon_pid(t, "selogrd"), pid);
}

/* daemon/selogrd/2: text files hold what seaudit shows. */
CASE(text_file, REQUIREMENTS("daemon/selogrd/2"), .needs = CAP_ROOT)
{
	start_routing(t, "Rule\nfile /opt/CA/PAMSC/log/text\n.\n");
	run_ok(t, "selang", "-c", "newusr tst004");
	wait_until(t, 30,
		   file_exists(t, "/opt/CA/PAMSC/log/text") &&
			   strstr(file_read(t, "/opt/CA/PAMSC/log/text"), "tst004"));
	assert_text("file", file_read(t, "/opt/CA/PAMSC/log/text"), log_text(t, AUDIT_LOG));
}

/* A program in place of the mailer or writer: keeps what it is given, by whom it is for. */
#define KEEPER "#!/bin/sh\nread -r first\n{ echo \"$first\"; cat; } >>/root/kept.\"$1\"\n"

static void put_program(struct target *t, const char *token)
{
	file_write(t, "/root/keeper", KEEPER);
	file_chmod(t, "/root/keeper", 0755);
	file_append(t, SEOS_INI, text_format("\n[selogrd]\n%s = /root/keeper\n", token));
}

/* daemon/selogrd/2, daemon/selogrd/11: mail goes through the program of the settings, the address
 * being its argument whatever it looks like. */
CASE(mail, REQUIREMENTS("daemon/selogrd/2", "daemon/selogrd/11"), .needs = CAP_ROOT | CAP_SHELL)
{
	put_program(t, "mailer");
	start_routing(t, "Rule\nmail a;id@x\ninclude ADMIN;*;*;*;*;*;*;*\n.\n");
	wait_until(t, 30, file_exists(t, "/root/kept.a;id@x"));
	wait_until(t, 30, strstr(file_read(t, "/root/kept.a;id@x"), "newusr tst002"));
	assert_text_match("mail", file_read(t, "/root/kept.a;id@x"), "^To: a;id@x$");
	assert_int_equal(text_match_count(file_read(t, "/root/kept.a;id@x"), " newusr root admin"),
			 1);
}

/* daemon/selogrd/2: and the screens of users likewise. */
CASE(screen, REQUIREMENTS("daemon/selogrd/2", "daemon/selogrd/11"), .needs = CAP_ROOT | CAP_SHELL)
{
	put_program(t, "writer");
	start_routing(t, "Rule\nscreen root\ninclude ADMIN;*;*;*;*;*;*;*\n.\n");
	wait_until(t, 30, file_exists(t, "/root/kept.root"));
	wait_until(t, 30, strstr(file_read(t, "/root/kept.root"), "newusr tst002"));
	assert_int_equal(text_match_count(file_read(t, "/root/kept.root"), "^To:"), 0);
}

/* daemon/selogrd/7: notification records, and no others, go to whom each names. */
CASE(notify, REQUIREMENTS("daemon/selogrd/7", "log/import/8"), .needs = CAP_ROOT | CAP_SHELL)
{
	put_program(t, "mailer");
	give_ok(t, AUDIT_LOG,
		RECORD("login", "P", "'user':'u1','terminal':'t','program':'p','notify':'John'")
			RECORD("login", "P", "'user':'u2','terminal':'t','program':'p'")
				RECORD("login", "D",
				       "'user':'u3','terminal':'t','program':'p','notify':'Ann'"));
	know_itself(t);
	file_write(t, ROUTES, "Rule2\nnotify default\n.\n");
	run_ok(t, "selogrd");
	wait_until(t, 30, file_exists(t, "/root/kept.John") && file_exists(t, "/root/kept.Ann"));
	wait_until(t, 30, strstr(file_read(t, "/root/kept.Ann"), " D LOGIN u3 "));
	assert_int_equal(text_match_count(file_read(t, "/root/kept.John"), " LOGIN "), 1);
	assert_int_equal(text_match_count(file_read(t, "/root/kept.John"), " P LOGIN u1 "), 1);
}

/* daemon/selogrd/8, daemon/selogrd/6: what is no configuration: file, line, exit 2. */
CASE(bad_configuration, REQUIREMENTS("daemon/selogrd/8", "daemon/selogrd/6"), .needs = CAP_ROOT)
{
	static const struct {
		const char *text;
		unsigned line;
	} rows[] = {
		{"Rule\nhost\n.\n", 2},
		{"Rule\nhost a b\n.\n", 2},
		{"Rule\nhost -x\n.\n", 2},
		{"Rule\nsyslog x\n.\n", 2},
		{"Rule\nhost host1\n", 2},
		{"Rule\nhost host1\n.\nRule2\n", 4},
		{"Rule\nhost host1\nhost host2\n.\n", 3},
		{"Rule\nfile relative\n.\n", 2},
		{"Rule\nhost host1\ninclude LOGIN;*\n.\n", 3},
		{"Rule\nhost host1\ninclude LOGIN;*;*;*;*;X\n.\n", 3},
		{".\n", 1},
	};

	start_product(t);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct result *r;

		file_write(t, ROUTES, rows[i].text);
		r = run(t, "selogrd");
		assert_exit(r, 2);
		assert_error_line(r, "selogrd");
		assert_err_match(r, text_format("selogrd.cfg:%u: ", rows[i].line));
		assert_int_equal(daemon_pid(t, "selogrd"), 0);
	}
	file_remove(t, ROUTES);
	assert_exit(run(t, "selogrd"), 2);
}

/* daemon/selogrd/9: down and up again, it goes on behind what was acknowledged; so it does when the
 * collector is down meanwhile. */
CASE(resumed, REQUIREMENTS("daemon/selogrd/9", "daemon/selogrd/1"), .needs = CAP_ROOT)
{
	unsigned n = 0;

	start_routing(t, TO_HERE);
	for (unsigned round = 0; round < 4; round++) {
		pid_t sender = daemon_pid(t, "selogrd");
		pid_t collector = daemon_pid(t, "selogrcd");

		if (round % 2 == 0) {
			signal_pid(t, sender, round ? SIGKILL : SIGTERM);
			wait_until(t, 10, !pid_exists(t, sender));
		} else {
			signal_pid(t, collector, round == 1 ? SIGKILL : SIGTERM);
			wait_until(t, 10, !pid_exists(t, collector));
		}
		for (unsigned i = 0; i < 3; i++, n++)
			run_ok(t, "selang", "-c", text_format("newusr u%04u", n));
		run_ok(t, round % 2 ? "selogrcd" : "selogrd");
		wait_until(t, 60, collected(t, " newusr u") == n);
	}
	assert_int_equal(in_order(log_text(t, COLLECTED)), n);
}

/* daemon/selogrd/9, daemon/selogrd/10: the log is rotated while the sender is down and while it
 * runs. */
CASE(rotated, REQUIREMENTS("daemon/selogrd/9", "daemon/selogrd/10"), .needs = CAP_ROOT,
     .deadline_s = 120)
{
	unsigned n = 0;

	file_write(t, SEOS_INI, "[logmgr]\naudit_size = 50\n[daemons]\nselogrd = yes\n");
	start_routing(t, TO_HERE);
	for (int down = 1; down >= 0; down--) {
		if (down)
			run_ok(t, "secons", "-S", "selogrd");
		for (unsigned i = 0; i < 120; i += 15) { /* of half a kilobyte each */
			struct strbuf commands;

			strbuf_init(&commands, 4096);
			for (unsigned k = 0; k < 15; k++, n++)
				strbuf_addf(&commands, "%snewusr u%04u-%0200d", k ? ";" : "", n, 0);
			run_ok(t, "selang", "-c", commands.text);
			strbuf_free(&commands);
		}
		if (down)
			run_ok(t, "selogrd");
		wait_until(t, 60, collected(t, " newusr u") == n);
		assert_true(file_exists(t, AUDIT_BACKUP));
		file_remove(t, AUDIT_BACKUP);
	}
	assert_int_equal(in_order(log_text(t, COLLECTED)), n);
}

/* daemon/selogrd/10: either is killed again and again, as soon as something new has arrived, which
 * is before the other end has heard of it or just after. */
CASE(killed, REQUIREMENTS("daemon/selogrd/10", "daemon/selogrd/9"), .needs = CAP_ROOT,
     .deadline_s = 180)
{
	static const char *const victims[] = {"selogrd", "selogrcd"};
	unsigned n = 0;

	file_write(t, SEOS_INI, "[selogrd]\nInterval = 1\n");
	start_routing(t, TO_HERE);
	for (unsigned round = 0; round < 8; round++) {
		const char *victim = victims[round / 2 % 2];

		run_ok(t, "selang", "-c",
		       text_format("newusr u%04u; newusr u%04u; newusr u%04u; newusr u%04u", n,
				   n + 1, n + 2, n + 3));
		n += 4;
		if (round % 2)
			wait_until(t, 30, collected(t, " newusr u") > n - 4);
		signal_pid(t, daemon_pid(t, victim), SIGKILL);
		wait_until(t, 10, daemon_pid(t, victim) == 0);
		run_ok(t, victim);
	}
	wait_until(t, 60, collected(t, " newusr u") >= n);
	time_pass(t, 5); /* nothing comes once more */
	assert_int_equal(in_order(log_text(t, COLLECTED)), n);
}

/* daemon/selogrd/12: a log begun anew is sent from its beginning. */
CASE(begun_anew, REQUIREMENTS("daemon/selogrd/12"), .needs = CAP_ROOT)
{
	know_itself(t);
	file_write(t, ROUTES, TO_HERE);
	give_ok(t, AUDIT_LOG, numbered(0, 5));
	run_ok(t, "selogrcd");
	run_ok(t, "selogrd");
	wait_until(t, 30, collected(t, " newusr ") == 5);
	file_remove(t, AUDIT_LOG);
	give_ok(t, AUDIT_LOG, numbered(5, 12));
	wait_until(t, 60, collected(t, " newusr ") == 12);
	assert_int_equal(in_order(log_text(t, COLLECTED)), 12);
}

/* daemon/selogrd/15: the log is rotated three times before selogrd comes, and each backup kept. */
CASE(through_backups, REQUIREMENTS("daemon/selogrd/15"), .needs = CAP_ROOT)
{
	unsigned n = 0;

	file_write(t, SEOS_INI, "[logmgr]\naudit_size = 50\nBackUp_Date = yes\n");
	know_itself(t);
	file_write(t, ROUTES, TO_HERE);
	run_ok(t, "selang", "-c", "newusr root admin");
	for (int i = 0; i < 3; i++, n += 60) { /* more than 50 KB */
		give_ok(t, AUDIT_LOG, numbered(n, n + 60));
		run_ok(t, "seosd");
		run_ok(t, "secons", "-s");
	}
	assert_false(strstr(log_text(t, AUDIT_LOG), " newusr u"));
	assert_int_equal(text_match_count(dir_list(t, "/opt/CA/PAMSC/log"), "^seos\\.audit\\.bak"),
			 3);
	run_ok(t, "selogrcd");
	run_ok(t, "selogrd");
	wait_until(t, 60, collected(t, " newusr u") == n);
	assert_int_equal(in_order(log_text(t, COLLECTED)), n);
}

/* daemon/selogrd/14: only root starts it; one at a time; -h. */
CASE(started, REQUIREMENTS("daemon/selogrd/14"), .needs = CAP_ROOT)
{
	const struct result *r;

	start_routing(t, TO_HERE);
	r = run(t, "selogrd");
	assert_exit(r, 1);
	assert_error_line(r, "selogrd");
	r = run_as(t, as("tst001"), "selogrcd");
	assert_exit(r, 1);
	assert_error_line(r, "selogrcd");
	assert_exit(run(t, "selogrd", "-x"), 2);
	assert_exit(run(t, "selogrd", "-h"), 0);
}
