/* SPDX-License-Identifier: MIT */
/*
 * The files of a running seosd: nobody else can change them, whoever he is. Not for: permissions of
 * files (log/write), seos.ini (daemon/ini).
 */
#include "conformance/cases/hosts.h"

#define LOG     "/opt/CA/PAMSC/log/seos.audit"
#define TRACE   "/opt/CA/PAMSC/log/seosd.trace"
#define PROTECT CAP_ROOT | CAP_HOOKS | CAP_SHELL

#define ONE     "editusr tst001 operator;"
#define TEN     ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE

/* log/protect/1, log/protect/6: the log stays protected, and is written, also after a rotation;
 * readers read. */
CASE(log, REQUIREMENTS("log/protect/1", "log/protect/6"), .needs = PROTECT)
{
	static const char commands[] = TEN TEN TEN;
	unsigned batches = 0;

	file_write(t, SEOS_INI, "[logmgr]\naudit_size = 50\n");
	start_product(t);
	assert_protected(t, LOG);
	run_ok(t, "seaudit", "-a");
	while (!file_exists(t, LOG ".bak") && batches++ < 400)
		run_ok(t, "selang", "-c", commands);
	assert_true(file_exists(t, LOG ".bak"));
	assert_protected(t, LOG);
	assert_exit(run_as(t, as("tst002"), "secons", "-s"), 1);
	assert_int_equal(record_count(t, "D SHUTDOWN tst002 460 seosd"), 1);
	run_ok(t, "secons", "-s");
	assert_writable(t, LOG);
}

/* log/protect/2: the trace file, by its name, whether the trace is on or not. */
CASE(trace, REQUIREMENTS("log/protect/2"), .needs = PROTECT)
{
	define_users(t);
	file_write(t, TRACE, "begin\n");
	run_ok(t, "seosd");
	assert_protected(t, TRACE);
	run_ok(t, "secons", "-s");
	assert_writable(t, TRACE);
}

/* log/protect/3: the database is not even opened for reading; nor written, deleted or renamed. */
CASE(database, REQUIREMENTS("log/protect/3"), .needs = PROTECT)
{
	start_product(t);
	assert_true(run(t, "sh", "-c", "cat " DATABASE)->exit_status != 0);
	assert_true(run(t, "sh", "-c", "cp " DATABASE " /root/copy")->exit_status != 0);
	assert_protected(t, DATABASE);
	run_ok(t, "selang", "-c", "newusr tst009; rmusr tst009");
	run_ok(t, "secons", "-s");
	run_ok(t, "sh", "-c", "cat " DATABASE " >/root/copy");
	assert_writable(t, DATABASE);
}

/* Whether the log and the database of a host can be written, NULL: of the host under test. */
static bool is_open(struct target *t, const char *host)
{
	bool log = run_as(t, on(host), "sh", "-c", ": >>" LOG)->exit_status == 0;
	bool database = run_as(t, on(host), "sh", "-c", ": >>" DATABASE)->exit_status == 0;

	assert_int_equal(log, database);
	return log;
}

/* log/protect/7: that of one ends, and the other's stays. */
CASE(two_products, REQUIREMENTS("log/protect/7"), .needs = PROTECT | CAP_HOSTS)
{
	static const char *const other[] = {"host1"};

	hosts_start(t, other, 1);
	host_start(t, "host1", "");
	assert_false(is_open(t, NULL) || is_open(t, "host1"));
	run_ok(t, "secons", "-s");
	assert_true(is_open(t, NULL));
	assert_false(is_open(t, "host1"));
	run_ok(t, "seosd");
	run_on(t, "host1", "secons", "-s");
	assert_false(is_open(t, NULL));
	assert_true(is_open(t, "host1"));
}

/* log/protect/5: all of it ends with seosd, also when it is killed and nobody starts it again. */
CASE(released, REQUIREMENTS("log/protect/5"), .needs = PROTECT)
{
	static const char *const daemons[] = {"seoswd", "seagent", "seosd"};
	pid_t pids[ROWS(daemons)];

	start_product(t);
	for (size_t i = 0; i < ROWS(daemons); i++)
		pids[i] = daemon_pid(t, daemons[i]);
	for (size_t i = 0; i < ROWS(daemons); i++)
		signal_pid(t, pids[i], SIGKILL);
	wait_until(t, 10, daemons_running(t) == 0);
	assert_writable(t, LOG);
	assert_writable(t, DATABASE);
}
