/* SPDX-License-Identifier: MIT */
/*
 * selogrcd: what is collected, where, and how it is read. Not for: which records are sent
 * (daemon/selogrd).
 */
#include "conformance/cases/hosts.h"
#include "conformance/cases/routing.h"

#include <signal.h>

/* daemon/selogrcd/2: USR1: the file is renamed, a new one begins; what was collected before is not
 * collected again. */
CASE(usr1, REQUIREMENTS("daemon/selogrcd/1", "daemon/selogrcd/2"), .needs = CAP_ROOT)
{
	const char *before;

	start_routing(t, TO_HERE);
	run_ok(t, "selang", "-c", "newusr u0000");
	wait_until(t, 30, collected(t, " newusr u0000$") == 1);
	before = log_text(t, COLLECTED);
	signal_pid(t, daemon_pid(t, "selogrcd"), SIGUSR1);
	wait_until(t, 30, file_exists(t, COLLECTED_BACK));
	assert_text("backup", log_text(t, COLLECTED_BACK), before);
	wait_until(t, 30, file_exists(t, COLLECTED));
	assert_text("new", log_text(t, COLLECTED), "");
	run_ok(t, "selang", "-c", "newusr u0001");
	wait_until(t, 30, collected(t, " newusr u0001$") == 1);
	assert_int_equal(collected(t, "."), 1);
	signal_pid(t, daemon_pid(t, "selogrcd"), SIGKILL);
	wait_until(t, 10, daemon_pid(t, "selogrcd") == 0);
	signal_pid(t, daemon_pid(t, "selogrd"), SIGKILL);
	wait_until(t, 10, daemon_pid(t, "selogrd") == 0);
	run_ok(t, "selogrcd");
	run_ok(t, "selogrd");
	run_ok(t, "selang", "-c", "newusr u0002");
	wait_until(t, 30, collected(t, " newusr u0002$") == 1);
	assert_int_equal(collected(t, "."), 2);
}

/* daemon/selogrcd/3: -d stays in the foreground, -l holds a lock, -h says how it is used. */
CASE(options, REQUIREMENTS("daemon/selogrcd/3"), .needs = CAP_ROOT)
{
	struct target_process *p;

	know_itself(t);
	start_product(t);
	assert_exit(run(t, "selogrcd", "-h"), 0);
	assert_out_match(run(t, "selogrcd", "-h"), "-l LOCKFILE");
	assert_exit(run(t, "selogrcd", "-x"), 2);
	assert_exit(run(t, "selogrcd", "-l"), 2);
	p = start(t, NULL, "selogrcd", "-d", "-l", "/opt/CA/PAMSC/log/own.lock");
	wait_until(t, 10, file_exists(t, "/opt/CA/PAMSC/log/own.lock"));
	assert_int_equal(daemon_pid(t, "selogrcd"), pid_of(t, p));
	assert_text("lock", file_read(t, "/opt/CA/PAMSC/log/own.lock"),
		    text_format("%d\n", (int)pid_of(t, p)));
	assert_exit(stop(t, p, SIGTERM), 0);
}

/* daemon/selogrcd/5: at Caudit_size the file is renamed as well; sizes below 50 are none. */
CASE(size, REQUIREMENTS("daemon/selogrcd/5"), .needs = CAP_ROOT)
{
	const struct result *r;

	know_itself(t);
	file_write(t, ROUTES, TO_HERE);
	give_ok(t, AUDIT_LOG, numbered(0, 75)); /* more than 50 KB, less than twice that */
	file_write(t, SEOS_INI, "[selogrd]\nCaudit_size = 49\n");
	r = run(t, "selogrcd");
	assert_exit(r, 2);
	assert_error_line(r, "selogrcd");
	file_write(t, SEOS_INI, "[selogrd]\nCaudit_size = 50\n");
	run_ok(t, "selogrcd");
	run_ok(t, "selogrd");
	wait_until(t, 60, collected(t, " newusr u0074$") == 1);
	assert_true(file_exists(t, COLLECTED_BACK));
	assert_int_equal(
		in_order(text_format("%s%s", log_text(t, COLLECTED_BACK), log_text(t, COLLECTED))),
		75);
	run_ok(t, "sekeys", "-forget", "localhost");
}

/* daemon/selogrcd/5: the default is larger. */
CASE(default_size, REQUIREMENTS("daemon/selogrcd/5"), .needs = CAP_ROOT)
{
	know_itself(t);
	file_write(t, ROUTES, TO_HERE);
	give_ok(t, AUDIT_LOG, numbered(0, 75)); /* as in size */
	run_ok(t, "selogrcd");
	run_ok(t, "selogrd");
	wait_until(t, 60, collected(t, " newusr u0074$") == 1);
	assert_false(file_exists(t, COLLECTED_BACK));
	assert_true(file_size(t, COLLECTED) > 50 * 1024);
	assert_int_equal(in_order(log_text(t, COLLECTED)), 75);
}

/* daemon/selogrcd/4, daemon/selogrcd/6: any record, in any layout, as on its own host; and which
 * host that is. */
CASE(as_there, REQUIREMENTS("daemon/selogrcd/4", "daemon/selogrcd/6"), .needs = CAP_ROOT)
{
	static const char *const layouts[] = {"-detail", "-padded", "-sessionid"};

	know_itself(t);
	file_write(t, ROUTES, TO_HERE);
	give_ok(t, AUDIT_LOG,
		RECORD("login", "D",
		       "'user':'tst001','session':'48da26ce:00000142','stage':8,'reason':2,"
		       "'terminal':'tty1','program':'login','os_user':true")
			RECORD("shutdown", "M",
			       "'user':'root','session':'48da26ce:00000142','stage':452,"
			       "'service':'seosd'") RECORD("start", "M", "'service':'seosd'"));
	run_ok(t, "selogrcd");
	run_ok(t, "selogrd");
	wait_until(t, 30, collected(t, ".") == 3);
	for (size_t i = 0; i < ROWS(layouts); i++)
		assert_text(layouts[i],
			    run_ok(t, "seaudit", "-a", layouts[i], "-in", COLLECTED)->out,
			    run_ok(t, "seaudit", "-a", layouts[i])->out);
	assert_out(run_ok(t, "seaudit", "-a", "-origin", "-in", COLLECTED),
		   "localhost 02 Nov 2008 15:41:06 D LOGIN tst001 8 2 tty1 login (OS user)\n"
		   "localhost 02 Nov 2008 15:41:06 M SHUTDOWN root 452 seosd\n"
		   "localhost 02 Nov 2008 15:41:06 M START seosd\n");
	assert_out_match(run_ok(t, "seaudit", "-a", "-origin"), "^- 02 Nov 2008 ");
}

/* daemon/selogrcd/7: what a host sends that is not known by its key is not collected. */
CASE(unknown_host, REQUIREMENTS("daemon/selogrcd/7"), .needs = CAP_ROOT | CAP_HOSTS)
{
	const char *key;

	host_add(t, "host1");
	key = make_key(t, "host1");
	run_on(t, "host1", "sekeys", "-trust", TARGET_HOST_HERE, make_key(t, NULL));
	give_ok(t, AUDIT_LOG, numbered(0, 2));
	run_ok(t, "selogrcd");
	run_on(t, "host1", "sh", "-c", "printf 'Rule\\nhost " TARGET_HOST_HERE "\\n.\\n' >" ROUTES);
	run_on(t, "host1", "selang", "-c", "newusr root admin; newusr u0000");
	run_on(t, "host1", "selogrd");
	time_pass(t, 12);
	assert_int_equal(collected(t, "."), 0);
	run_ok(t, "sekeys", "-trust", "host1", key);
	wait_until(t, 60, collected(t, ".") == 2);
	assert_int_equal(
		text_match_count(run_ok(t, "seaudit", "-a", "-origin", "-in", COLLECTED)->out,
				 "^host1 "),
		2);
}

/* daemon/selogrcd/6: two hosts, one collector; a line that is cut and mended between. */
CASE(two_hosts, REQUIREMENTS("daemon/selogrd/1", "daemon/selogrcd/1", "daemon/selogrcd/6"),
     .needs = CAP_ROOT | CAP_HOSTS, .deadline_s = 120)
{
	static const char *const hosts[] = {"host1", "host2"};

	own_key = make_key(t, NULL);
	for (size_t i = 0; i < ROWS(hosts); i++) {
		host_add(t, hosts[i]);
		run_on(t, hosts[i], "sh", "-c",
		       "rm -f /opt/CA/PAMSC/etc/host.* /opt/CA/PAMSC/etc/known_hosts");
		run_on(t, hosts[i], "selang", "-c", "newusr root admin");
		introduce(t, hosts[i]);
		run_on(t, hosts[i], "sh", "-c",
		       "printf 'Rule\\nhost " TARGET_HOST_HERE "\\n.\\n' >" ROUTES);
	}
	run_ok(t, "selogrcd");
	for (size_t i = 0; i < ROWS(hosts); i++) {
		run_on(t, hosts[i], "seosd");
		run_on(t, hosts[i], "selogrd");
	}
	for (size_t i = 0; i < ROWS(hosts); i++) {
		wait_until(t, 60,
			   text_match_count(
				   run_ok(t, "seaudit", "-a", "-origin", "-in", COLLECTED)->out,
				   text_format("^%s .* START ", hosts[i])) == 3);
		assert_int_equal(
			text_match_count(
				run_ok(t, "seaudit", "-a", "-origin", "-in", COLLECTED)->out,
				text_format("^%s .* newusr root", hosts[i])),
			1);
	}
}
