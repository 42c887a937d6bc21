/* SPDX-License-Identifier: MIT */
/*
 * secons -S: the daemons beside the product's own. Not for: secons -s (secons/shutdown), what the
 * daemons do (daemon/serevu ...).
 */
#include "conformance/cases/routing.h"

#include <signal.h>

static const char *const others[] = {"selogrd", "selogrcd", "serevu"};

#define ALL_YES "[daemons]\nselogrd = yes\nselogrcd = yes\nserevu = yes\n"

/* All six daemons run, with these settings. */
static void start_all(struct target *t, const char *settings)
{
	file_write(t, SEOS_INI, settings);
	start_routing(t, TO_HERE);
	run_ok(t, "serevu", "daemon");
}

static unsigned others_running(struct target *t)
{
	unsigned count = 0;

	for (size_t i = 0; i < ROWS(others); i++)
		count += daemon_pid(t, others[i]) > 0;
	return count;
}

/* secons/daemon/1, secons/daemon/2, secons/daemon/10, secons/daemon/14, secons/daemon/17: all of
 * them end, in this order, with one record. */
CASE(all,
     REQUIREMENTS("secons/daemon/1", "secons/daemon/2", "secons/daemon/10", "secons/daemon/14",
		  "secons/daemon/17", "secons/usage/1"),
     .needs = CAP_ROOT)
{
	const struct result *r;

	start_all(t, ALL_YES);
	assert_int_equal(others_running(t), 3);
	r = run(t, "secons", "-S");
	assert_exit(r, 0);
	assert_err(r, "");
	assert_out_match(r, "^[^ ]+: CA PAMSC is shut down$");
	assert_text("order", text_line(r->out, 2), "selogrd: terminated");
	assert_text("order", text_line(r->out, 3), "selogrcd: terminated");
	assert_text("order", text_line(r->out, 4), "serevu: terminated");
	assert_text_match("order", text_line(r->out, 5), "is shut down$");
	assert_int_equal(daemons_running(t), 0);
	assert_int_equal(others_running(t), 0);
	assert_int_equal(record_count(t, "M SHUTDOWN root 452 seosd"), 1);
	assert_int_equal(record_count(t, "SHUTDOWN"), 1);
}

/* secons/daemon/7, secons/daemon/8, secons/daemon/9, secons/daemon/13, secons/daemon/17: one of
 * them, and nothing else; once more it does not run. */
CASE(one,
     REQUIREMENTS("secons/daemon/7", "secons/daemon/8", "secons/daemon/9", "secons/daemon/13",
		  "secons/daemon/14", "secons/daemon/17", "secons/daemon/4"),
     .needs = CAP_ROOT)
{
	start_all(t, ALL_YES);
	for (size_t i = 0; i < ROWS(others); i++) {
		pid_t next = i + 1 < ROWS(others) ? daemon_pid(t, others[i + 1]) : 0;
		const struct result *r = run(t, "secons", "-S", others[i]);

		assert_exit(r, 0);
		assert_err(r, "");
		assert_line(r, text_format("%s: terminated", others[i]));
		assert_int_equal(daemon_pid(t, others[i]), 0);
		if (next)
			assert_int_equal(daemon_pid(t, others[i + 1]), next);
		assert_int_equal(others_running(t), 2 - i);
		assert_int_equal(daemons_running(t), 3);
		r = run(t, "secons", "-S", others[i]);
		assert_exit(r, 0);
		assert_line(r, text_format("%s: not running", others[i]));
	}
	assert_int_equal(record_count(t, "SHUTDOWN"), 0);
}

/* secons/daemon/3, secons/daemon/11, secons/daemon/12: a token that is no, or missing. */
CASE(token, REQUIREMENTS("secons/daemon/3", "secons/daemon/11", "secons/daemon/12"),
     .needs = CAP_ROOT)
{
	const struct result *r;

	start_all(t, "[daemons]\nselogrd = no\nserevu = yes\n");
	for (size_t i = 0; i < 2; i++) {
		r = run(t, "secons", "-S", others[i]);
		assert_exit(r, 1);
		assert_line(r, text_format("%s: left alone ([daemons] %s is not yes)", others[i],
					   others[i]));
		assert_true(daemon_pid(t, others[i]) > 0);
	}
	r = run(t, "secons", "-S");
	assert_exit(r, 0);
	assert_line(r, "selogrd: left alone ([daemons] selogrd is not yes)");
	assert_line(r, "selogrcd: left alone ([daemons] selogrcd is not yes)");
	assert_line(r, "serevu: terminated");
	assert_int_equal(daemons_running(t), 0);
	assert_int_equal(others_running(t), 2);
}

/* secons/daemon/5, secons/daemon/6: without the product, by a signal. */
CASE(product_down, REQUIREMENTS("secons/daemon/5", "secons/daemon/13"), .needs = CAP_ROOT)
{
	const struct result *r;

	start_all(t, ALL_YES);
	run_ok(t, "secons", "-s");
	r = run(t, "secons", "-S", "selogrd");
	assert_exit(r, 0);
	assert_line(r, "selogrd: terminated");
	assert_int_equal(daemon_pid(t, "selogrd"), 0);
	assert_int_equal(others_running(t), 2);
	r = run(t, "secons", "-S");
	assert_exit(r, 0);
	assert_line(r, "selogrd: not running");
	assert_line(r, "serevu: terminated");
	assert_out_match(r, "CA PAMSC is not running$");
	assert_int_equal(others_running(t), 0);
}

/* secons/daemon/4, secons/daemon/6: whom the signal comes from, and which it is, says a program
 * that holds the daemon's lock in its place. */
CASE(sigterm, REQUIREMENTS("secons/daemon/6"), .needs = CAP_ROOT | CAP_SHELL)
{
	struct target_process *p;

	start_all(t, ALL_YES);
	p = start(t, NULL, "serevu", "nodaemon"); /* refused: one runs */
	assert_exit(finish(t, p), 1);
	run_ok(t, "secons", "-S", "serevu");
	p = start(t, NULL, "serevu", "nodaemon");
	wait_until(t, 10, daemon_pid(t, "serevu") == pid_of(t, p));
	run_ok(t, "secons", "-S", "serevu");
	/* SIGTERM ends it with 0, another signal would be its status. */
	assert_exit(finish(t, p), 0);
}

/* secons/daemon/15, secons/daemon/16, secons/daemon/17: who may not: nothing ends, one record. */
CASE(refused, REQUIREMENTS("secons/daemon/15", "secons/daemon/16", "secons/daemon/17"),
     .needs = CAP_ROOT)
{
	const struct result *r;

	start_all(t, ALL_YES);
	r = run_as(t, as("tst002"), "secons", "-S");
	assert_exit(r, 1);
	assert_err_match(r, "^secons: .*tst002");
	r = run_as(t, as("tst002"), "secons", "-S", "serevu");
	assert_exit(r, 1);
	assert_err_match(r, "^secons: .*tst002");
	assert_int_equal(others_running(t), 3);
	assert_int_equal(daemons_running(t), 3);
	assert_int_equal(record_count(t, "D SHUTDOWN tst002 460 seosd"), 2);
	r = run_as(t, as("tst001"), "secons", "-S", "serevu");
	assert_exit(r, 0);
	assert_int_equal(others_running(t), 2);
	assert_int_equal(record_count(t, "SHUTDOWN"), 2);
	run_ok(t, "secons", "-s");
	assert_exit(run_as(t, as("tst001"), "secons", "-S", "selogrd"), 1);
	assert_int_equal(others_running(t), 2);
}

/* secons/shutdown/14: -s leaves them alone. */
CASE(left_by_s, REQUIREMENTS("secons/shutdown/14"), .needs = CAP_ROOT)
{
	start_all(t, ALL_YES);
	run_ok(t, "secons", "-s");
	assert_int_equal(daemons_running(t), 0);
	assert_int_equal(others_running(t), 3);
}

/* secons/daemon/18: a process that has the PID of a daemon that is gone. */
CASE(former_pid, REQUIREMENTS("secons/daemon/18"), .needs = CAP_ROOT | CAP_SHELL)
{
	struct target_process *p;
	pid_t pid;

	start_all(t, ALL_YES);
	pid = daemon_pid(t, "serevu");
	signal_pid(t, pid, SIGKILL);
	wait_until(t, 10, !pid_exists(t, pid));
	p = start(t, &(struct run_options){.pid = pid}, "sh", "-c", "while :; do sleep 1; done");
	assert_int_equal(pid_of(t, p), pid);
	assert_line(run_ok(t, "secons", "-S", "serevu"), "serevu: not running");
	assert_true(pid_exists(t, pid));
	run_ok(t, "secons", "-s");
	assert_line(run_ok(t, "secons", "-S", "serevu"), "serevu: not running");
	assert_true(pid_exists(t, pid));
	stop(t, p, SIGKILL);
}

/* secons/usage/1: the five options are known; another daemon, or two, are not. */
CASE(usage, REQUIREMENTS("secons/usage/1"), .needs = CAP_ROOT)
{
	static const char *const options[] = {"-s", "-S", "-sc", "-scl", "-sk"};
	const char *text;

	start_product(t);
	text = run_ok(t, "secons", "-h")->out;
	for (size_t i = 0; i < ROWS(options); i++) {
		const struct result *r;

		assert_int_equal(text_match_count(text, text_format("^ +%s( |$)", options[i])), 1);
		r = run(t, "secons", options[i]);
		assert_in_range(r->exit_status, 0, 1);
		assert_int_equal(text_match_count(r->err, "unknown"), 0);
	}
	assert_exit(run(t, "secons", "-S", "seosd"), 2);
	assert_exit(run(t, "secons", "-S", "selogrd", "serevu"), 2);
	run_ok(t, "seosd"); /* after -sk: it has the calls hooked again, for the next case */
}
