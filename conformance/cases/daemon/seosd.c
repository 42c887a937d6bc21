/* SPDX-License-Identifier: MIT */
/*
 * Starting seosd, and who cannot end it. Not for: daemons starting each other (daemon/restart), the
 * shutdown (secons/shutdown).
 */
#include "conformance/cases/product.h"

/* daemon/seosd/3..5, daemon/seosd/7: when the command returns, the three run, and go on. */
CASE(started, REQUIREMENTS("daemon/seosd/3", "daemon/seosd/4", "daemon/seosd/5", "daemon/seosd/7"),
     .needs = CAP_ROOT)
{
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin");
	assert_int_equal(daemons_running(t), 0);
	r = run(t, "seosd");
	assert_exit(r, 0);
	assert_err(r, "");
	assert_int_equal(daemons_running(t), 3);
	assert_true(pid_exists(t, daemon_pid(t, "seosd")));
}

/* daemon/seosd/1, daemon/seosd/2: anybody else, an ADMIN included; with nothing running, and with
 * everything. */
CASE(not_root, REQUIREMENTS("daemon/seosd/1", "daemon/seosd/2"), .needs = CAP_ROOT)
{
	static const char *const users[] = {"tst001", "tst003"};

	define_users(t);
	run_ok(t, "selang", "-c", "chusr tst001 admin");
	for (size_t i = 0; i < ROWS(users); i++) {
		const struct result *r = run_as(t, as(users[i]), "seosd");

		assert_exit(r, 1);
		assert_error_line(r, "seosd");
		assert_int_equal(daemons_running(t), 0);
	}
	assert_int_equal(record_count(t, "START"), 0);
}

/* daemon/seosd/8, daemon/restart/7: the running daemons go on undisturbed. */
CASE(second, REQUIREMENTS("daemon/seosd/8", "daemon/restart/7"), .needs = CAP_ROOT)
{
	const struct result *before, *r;

	start_product(t);
	before = run_ok(t, "issec");
	r = run(t, "seosd");
	assert_exit(r, 1);
	assert_error_line(r, "seosd");
	assert_out(run_ok(t, "issec"), before->out);
	assert_int_equal(record_count(t, "START"), 3);
	assert_exit(run_as(t, as("tst001"), "secons", "-s"), 0);
}

/* daemon/seosd/9, daemon/seosd/11: not even root ends a daemon for good by a signal. */
CASE(terminated, REQUIREMENTS("daemon/seosd/9", "daemon/seosd/11"), .needs = CAP_ROOT)
{
	static const char *const daemons[] = {"seosd", "seagent", "seoswd"};

	start_product(t);
	for (size_t i = 0; i < ROWS(daemons); i++) {
		pid_t pid = daemon_pid(t, daemons[i]);

		signal_pid(t, pid, SIGTERM);
		wait_until(t, 10, daemon_is_new(t, daemons[i], pid));
	}
	wait_until(t, 10, record_count(t, "START") == 6);
	assert_int_equal(record_count(t, "SHUTDOWN"), 0);
	assert_exit(run_as(t, as("tst002"), "secons", "-s"), 1);
	assert_int_equal(daemons_running(t), 3);
	assert_exit(run_as(t, as("tst001"), "secons", "-s"), 0);
	assert_int_equal(daemons_running(t), 0);
}

/* daemon/ini/3 for a database: without one nothing starts, and nothing is left half started. */
CASE(no_database, REQUIREMENTS("daemon/seosd/4", "daemon/seosd/7"), .needs = CAP_ROOT)
{
	const struct result *r;

	remove_database(t);
	r = run(t, "seosd");
	assert_exit(r, 2);
	assert_error_line(r, "seosd");
	assert_err_match(r, "database");
	assert_int_equal(daemons_running(t), 0);
}

#define TRACE "/opt/CA/PAMSC/log/seosd.trace"

/* daemon/seosd/6: a daemon with its trace in the file, whatever trace_to says. */
CASE(traced, REQUIREMENTS("daemon/seosd/6"), .needs = CAP_ROOT)
{
	define_users(t);
	file_write(t, SEOS_INI, "[seosd]\ntrace_to = none\n");
	run_ok(t, "seosd", "-d");
	assert_int_equal(daemons_running(t), 3);
	run_as(t, as("tst001"), "selang", "-c", "showusr tst001");
	assert_true(text_match_count(file_read(t, TRACE), "tst001") > 0);
	assert_exit(run(t, "seosd", "-x"), 2);
}

/* daemon/seosd/10, daemon/seosd/15: with each setting that is not the screen the command returns;
 * what the setting says of the trace holds. */
CASE(trace_to, REQUIREMENTS("daemon/seosd/10", "daemon/seosd/15"), .needs = CAP_ROOT)
{
	static const struct {
		const char *value, *state;
	} rows[] = {
		{"file", "Tracing is on."},
		{"file, stop", "Tracing is off."},
		{"FILE,STOP", "Tracing is off."},
		{"none", "Tracing is off."},
	};

	define_users(t);
	for (size_t i = 0; i < ROWS(rows); i++) {
		file_write(t, SEOS_INI, text_format("[seosd]\ntrace_to = %s\n", rows[i].value));
		run_ok(t, "seosd");
		assert_line(run_ok(t, "secons", "-ts"), rows[i].state);
		assert_exit(run(t, "secons", "-t+"), i == 3);
		run_ok(t, "secons", "-s");
	}
	file_write(t, SEOS_INI, "[seosd]\ntrace_to = printer\n");
	assert_exit(run(t, "seosd"), 2);
	assert_int_equal(daemons_running(t), 0);
}

/* daemon/seosd/10, daemon/seosd/15: with the screen it does not become a daemon. */
CASE(trace_to_screen, REQUIREMENTS("daemon/seosd/10", "daemon/seosd/15"), .needs = CAP_ROOT,
     .where = ON_GUEST | ON_LOCAL)
{
	struct target_process *p;

	define_users(t);
	file_write(t, SEOS_INI, "[seosd]\ntrace_to = screen\n");
	p = start(t, NULL, "seosd");
	wait_until(t, 10, daemons_running(t) == 3);
	assert_int_equal(daemon_pid(t, "seosd"), pid_of(t, p));
	run_as(t, as("tst001"), "selang", "-c", "showusr tst001");
	wait_until(t, 5, strstr(output(t, p), "tst001"));
	run_ok(t, "secons", "-s");
	assert_exit(finish(t, p), 0);
}

#define GO "/var/run/go"

/* A shell of a user who is about to write a file, and does once GO has been written to. */
static struct target_process *start_writer(struct target *t)
{
	run_ok(t, "sh", "-c",
	       "rm -rf " GO " /root/open; mkfifo -m 666 " GO
	       "; mkdir -m 777 /root/open; chmod 755 /root");
	return start(t, as("tst003"), "sh", "-c",
		     "read x <" GO "; echo x >/root/open/file && echo done || echo denied");
}

static const struct result *let_write(struct target *t, struct target_process *writer)
{
	run_ok(t, "sh", "-c", "echo go >" GO);
	return finish(t, writer);
}

/* daemon/seosd/12: with the daemons down and the extension loaded everything goes on. */
CASE(down_permits, REQUIREMENTS("daemon/seosd/12"), .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	define_users(t);
	assert_true(extension_is_loaded(t));
	assert_line(let_write(t, start_writer(t)), "done");
	run_ok(t, "seosd");
	run_ok(t, "secons", "-s");
	assert_line(let_write(t, start_writer(t)), "done");
	assert_exit(run_as(t, as("tst003"), "sh", "-c", "cat /etc/passwd"), 0);
}

/* daemon/seosd/13: with silent_deny a user who is not silent_admin cannot do anything while they
 * are down, and nothing is recorded; root can, and with the daemons up so can he. */
CASE(down_denies, REQUIREMENTS("daemon/seosd/13"), .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL,
     .unloads = true)
{
	struct target_process *writer;

	define_users(t);
	run_ok(t, "seini", "-s", "SEOS_syscall.silent_deny", "yes");
	run_ok(t, "seosd");
	assert_line(let_write(t, start_writer(t)), "done");
	writer = start_writer(t);
	run_ok(t, "secons", "-s");
	assert_line(let_write(t, writer), "denied");
	run_ok(t, "sh", "-c", "echo x >/root/open/file");
	assert_int_equal(text_line_count(run_ok(t, "seaudit", "-a")->out), 3 + 3 + 1);
	run_ok(t, "seosd");
	assert_line(let_write(t, start_writer(t)), "done");
	run_ok(t, "secons", "-sk");
	run_ok(t, "SEOS_load", "-u");
	assert_line(let_write(t, start_writer(t)), "done");
	run_ok(t, "SEOS_load");
	run_ok(t, "seini", "-s", "SEOS_syscall.silent_deny", "no");
	run_ok(t, "seosd");
	writer = start_writer(t);
	run_ok(t, "secons", "-s");
	assert_line(let_write(t, writer), "done");
}

#define FTRACE "/proc/sys/kernel/ftrace_enabled"
#define ERRORS "/opt/CA/PAMSC/log/daemons.err"
#define SECRET "/var/run/secret"

static unsigned complaints(struct target *t, const char *line)
{
	return file_exists(t, ERRORS) ? text_match_count(file_read(t, ERRORS), line) : 0;
}

/* daemon/seosd/16, daemon/seosd/17, daemon/seosd/18: ftrace is off when seosd starts, and on again
 * later. The hooks are off, since they would not have been loaded.
 */
CASE(blind, REQUIREMENTS("daemon/seosd/16", "daemon/seosd/17", "daemon/seosd/18"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL, .unloads = true)
{
	const char *said =
		"^seosd: nobody is kept from any file: kernel\\.ftrace_enabled is 0, or ";
	const struct result *r;

	define_users(t);
	file_write(t, SECRET, "secret\n");
	run_ok(t, "SEOS_load", "-u");
	run_ok(t, "seini", "-s", "SEOS_syscall.syscall_monitor", "0");
	run_ok(t, "sh", "-c", "echo 0 >" FTRACE);
	run_ok(t, "SEOS_load");
	r = run_ok(t, "seosd");
	assert_err_match(r, said);
	assert_int_equal(text_line_count(r->err), 1);
	run_ok(t, "secons", "-t+");
	r = run(t, "selang", "-c", "newres FILE " SECRET);
	assert_exit(r, 1);
	assert_err_match(r, "^selang: .*not in force: kernel\\.ftrace_enabled is 0");
	assert_line(run_ok(t, "selang", "-c", "showres FILE " SECRET), "Name: " SECRET);
	run_ok(t, "sh", "-c", "cat " SECRET);
	assert_int_equal(complaints(t, said), 1);
	run_ok(t, "sh", "-c", "echo 1 >" FTRACE);
	wait_until(t, 20, run(t, "sh", "-c", "cat " SECRET)->exit_status != 0);
	wait_until(t, 10, complaints(t, "^seosd: files are protected again$") == 1);
	assert_int_equal(complaints(t, said), 1);
	assert_int_equal(text_match_count(file_read(t, "/opt/CA/PAMSC/log/seosd.trace"),
					  "PROTECT +: seosd: files are protected again$"),
			 1);
	assert_int_not_equal(run(t, "sh", "-c", ": >>/opt/CA/PAMSC/log/seos.audit")->exit_status,
			     0);
	run_ok(t, "secons", "-sk"); /* so that it can be loaded anew, with its hooks on */
}
