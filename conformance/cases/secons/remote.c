/* SPDX-License-Identifier: MIT */
/*
 * secons -s HOST...: who may, what is shut down, what is said and recorded where. Not for: groups
 * of hosts (secons/ghost), the rules as such (access/terminal).
 */
#include "conformance/cases/hosts.h"

#include <signal.h>

static const char *const two[] = {"host1", "host2"};

#define ONE two, 1
#define TWO two, 2

/* secons/remote/1: the hosts named, and no others: this one goes on. */
CASE(named,
     REQUIREMENTS("secons/remote/1", "secons/remote/2", "secons/remote/14", "secons/remote/17",
		  "secons/remote/18", "daemon/seagent/1"),
     .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	hosts_start(t, TWO);
	host_start(t, "host1", ALLOW_ROOT);
	host_start(t, "host2", ALLOW_ROOT);
	r = run_as(t, typing, "secons", "-s", "host1", "host2");
	assert_exit(r, 0);
	assert_err(r, "");
	assert_line_count(r, HOST_LINE("host1"), 1);
	assert_line_count(r, HOST_LINE("host2"), 1);
	for (size_t i = 0; i < ROWS(two); i++) {
		assert_int_equal(daemons_on(t, two[i]), 0);
		assert_int_equal(records_on(t, two[i], "M SHUTDOWN root 452 seosd"), 1);
		assert_int_equal(records_on(t, two[i], "SHUTDOWN"), 1);
	}
	assert_int_equal(daemons_running(t), 3);
	assert_int_equal(record_count(t, "SHUTDOWN"), 0);
}

/* secons/remote/2: this host among the others comes down too, and is not kept from asking them. */
CASE(here_too, REQUIREMENTS("secons/remote/2"), .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ROOT);
	run_ok(t, "selang", "-c", "newres HOST " TARGET_HOST_HERE);
	r = run_as(t, typing, "secons", "-s", TARGET_HOST_HERE, "host1");
	assert_exit(r, 0);
	assert_line(r, HOST_LINE("host1"));
	assert_line(r, HOST_LINE(TARGET_HOST_HERE));
	assert_int_equal(daemons_running(t), 0);
	assert_int_equal(daemons_on(t, "host1"), 0);
	assert_int_equal(record_count(t, "M SHUTDOWN root 452 seosd"), 1);
}

/* secons/remote/3, secons/remote/5: OPERATOR is enough, on both ends. */
CASE(operator, REQUIREMENTS("secons/remote/3", "secons/remote/5", "secons/rights/12"),
     .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ALL);
	r = run_as(t, typing_as("tst001"), "secons", "-s", "host1");
	assert_exit(r, 0);
	assert_line(r, HOST_LINE("host1"));
	assert_int_equal(records_on(t, "host1", "M SHUTDOWN tst001 452 seosd"), 1);
}

/* secons/remote/3: a user without the right there is refused there, with one record there. */
CASE(no_right_there,
     REQUIREMENTS("secons/remote/3", "secons/remote/14", "secons/remote/17", "secons/remote/18",
		  "access/terminal/2"),
     .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ALL "; chusr tst001 operator- auditor server");
	r = run_as(t, typing_as("tst001"), "secons", "-s", "host1");
	assert_exit(r, 1);
	assert_err_match(r, "^secons: host1: .*tst001");
	assert_no_line(r, HOST_LINE("host1"));
	assert_int_equal(daemons_on(t, "host1"), 3);
	assert_int_equal(records_on(t, "host1", "D SHUTDOWN tst001 460 seosd"), 1);
	assert_int_equal(records_on(t, "host1", "SHUTDOWN"), 1);
	run_on(t, "host1", "selang", "-c", "rmusr tst001");
	assert_exit(run_as(t, typing_as("tst001"), "secons", "-s", "host1"), 1);
	assert_int_equal(records_on(t, "host1", "D SHUTDOWN tst001 460 seosd \\(OS user\\)"), 1);
	assert_int_equal(daemons_on(t, "host1"), 3);
}

/* secons/remote/4, secons/remote/15: a user without the right here is refused here. */
CASE(no_right_here, REQUIREMENTS("secons/remote/4", "secons/remote/15", "secons/rights/7"),
     .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ALL "; chusr tst002 admin");
	r = run_as(t, typing_as("tst002"), "secons", "-s", "host1");
	assert_exit(r, 1);
	assert_err_match(r, "^secons: .*tst002");
	assert_int_equal(daemons_on(t, "host1"), 3);
	assert_int_equal(records_on(t, "host1", "SHUTDOWN"), 0);
	assert_int_equal(daemons_running(t), 3);
}

/* secons/remote/16, secons/remote/17: one host is up, one has nothing that answers, one is cut off,
 * one name is wrong: each is told of, and the one that can be is shut down. */
CASE(partly,
     REQUIREMENTS("secons/remote/16", "secons/remote/17", "secons/remote/18", "secons/remote/19"),
     .needs = CAP_ROOT | CAP_HOSTS, .deadline_s = 120)
{
	static const char *const three[] = {"host1", "host2", "host3"};
	const struct result *r;

	hosts_start(t, three, 3);
	host_start(t, "host1", ALLOW_ROOT);
	introduce(t, "host2");
	introduce(t, "host3");
	host_cut(t, "host3");
	r = run_as(t, typing, "secons", "-s", "host3", "nohost", "host2", "host1");
	assert_exit(r, 1);
	assert_line_count(r, HOST_LINE("host1"), 1);
	assert_err_match(r, "^secons: host2: connection refused$");
	assert_err_match(r, "^secons: host3: .");
	assert_err_match(r, "^secons: nohost: .");
	assert_int_equal(text_match_count(r->err, "."), 3);
	assert_int_equal(daemons_on(t, "host1"), 0);
}

/* secons/remote/20: a host whose seagent takes the connection and does not answer, and one whose
 * seosd does not: both are given up together. The third one is done meanwhile. secons/remote/37:
 * without a password nothing can have happened. */
CASE(no_answer, REQUIREMENTS("secons/remote/20", "secons/remote/26", "secons/remote/37"),
     .needs = CAP_ROOT | CAP_HOSTS, .deadline_s = 150)
{
	static const char *const three[] = {"host1", "host2", "host3"};
	const struct result *r;
	int64_t begun_s;

	hosts_start(t, three, 3);
	for (size_t i = 0; i < ROWS(three); i++)
		host_start(t, three[i], ALLOW_ROOT);
	signal_pid(t, daemon_on(t, "host1", "seagent"), SIGSTOP);
	signal_pid(t, daemon_on(t, "host2", "seosd"), SIGSTOP);
	begun_s = clock_now(t);
	r = run_as(t, typing, "secons", "-s", "host1", "host2", "host3");
	assert_exit(r, 1);
	assert_in_range(clock_now(t) - begun_s, 29, 50);
	assert_err_match(r, "^secons: host1: no answer within 30 seconds$");
	assert_err_match(r, "^secons: host2: no answer within 30 seconds$");
	assert_line(r, HOST_LINE("host3"));
}

/* secons/remote/23: hosts that die when the password has reached them: the truth is told of them.
 */
CASE(answer_lost, REQUIREMENTS("secons/remote/20", "secons/remote/23"),
     .needs = CAP_ROOT | CAP_HOSTS, .deadline_s = 150)
{
	struct target_process *p;
	const struct result *r;

	hosts_start(t, TWO);
	host_start(t, "host1", ALLOW_ROOT);
	host_start(t, "host2", ALLOW_ROOT);
	p = start(t, &(struct run_options){.terminal = ""}, "secons", "-s", "host1", "host2");
	wait_until(t, 20, strstr(terminal_shown(t, p), "on host1: "));
	terminal_type(t, p, PASSWORD "\n");
	wait_until(t, 20, strstr(terminal_shown(t, p), "on host2: "));
	signal_pid(t, daemon_on(t, "host1", "seosd"), SIGSTOP);
	host_cut(t, "host2");
	terminal_type(t, p, PASSWORD "\n");
	r = finish_within(t, p, 70);
	assert_exit(r, 1);
	assert_err_match(r, "^secons: host1: .*outcome is not known");
	assert_err_match(r, "^secons: host2: .");
	assert_int_equal(text_match_count(r->out, "is shut down"), 0);
}

/* secons/remote/21: a host that does not have the key it is known by is asked for nothing; neither
 * does a host listen to one it does not know. */
CASE(verified, REQUIREMENTS("secons/remote/21", "access/terminal/7", "secons/remote/24"),
     .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	hosts_start(t, TWO);
	host_start(t, "host1", ALLOW_ROOT);
	host_start(t, "host2", ALLOW_ROOT);
	run_on(t, NULL, "sekeys", "-forget", "host2");
	run_on(t, NULL, "sekeys", "-trust", "host1", host_key(t, "host2"));
	r = run_as(t, typing, "secons", "-s", "host1", "host2");
	assert_exit(r, 1);
	assert_err_match(r, "^secons: host1: .*another key");
	assert_err_match(r, "^secons: host2: .*not known here");
	assert_int_equal(daemons_on(t, "host1"), 3);
	assert_int_equal(records_on(t, "host1", "SHUTDOWN"), 0);

	run_on(t, NULL, "sekeys", "-trust", "host1", host_key(t, "host1"));
	run_on(t, "host1", "sekeys", "-forget", TARGET_HOST_HERE);
	r = run_as(t, typing, "secons", "-s", "host1");
	assert_exit(r, 1);
	assert_err_match(r, "^secons: host1: .*not known there");
	assert_int_equal(daemons_on(t, "host1"), 3);

	/* By another name it has no rule. */
	run_on(t, "host1", "sekeys", "-trust", "elsewhere", host_key(t, NULL));
	assert_exit(run_as(t, typing, "secons", "-s", "host1"), 1);
	assert_int_equal(records_on(t, "host1", "D SHUTDOWN root 460 seosd"), 1);
	assert_int_equal(daemons_on(t, "host1"), 3);
}

/* The ports of a host on which something waits for connections, as the system shows them. */
static const char *listening_on(struct target *t, const char *host)
{
	return run_as(t, on(host), "sh", "-c",
		      "for f in /proc/net/tcp /proc/net/tcp6; do while read n near far state rest;"
		      " do [ \"$state\" != 0A ] || echo \"port ${near##*:}\"; done <$f; done")
		->out;
}

/* daemon/seagent/2, secons/remote/22: 8891 and no other; daemon/seagent/6: unless another is set,
 * for both ends. */
CASE(port, REQUIREMENTS("daemon/seagent/2", "daemon/seagent/6", "secons/remote/22"),
     .needs = CAP_ROOT | CAP_HOSTS | CAP_SHELL)
{
	give_passwords(t);
	host_add(t, "host1");
	file_write(t, SEOS_INI, "[seagent]\nport = 9000\n");
	hosts_start(t, &two[1], 1); /* host2 has that setting, and so has this host */
	host_start(t, "host1", ALLOW_ROOT);
	host_start(t, "host2", ALLOW_ROOT);
	assert_text("ports", listening_on(t, "host1"), "port 22BB\n");
	assert_text("ports", listening_on(t, "host2"), "port 2328\n");
	assert_exit(run_as(t, typing, "secons", "-s", "host1"), 1);
	assert_exit(run_as(t, typing, "secons", "-s", "host2"), 0);
	run_ok(t, "selang", "-c",
	       "newres FILE " SEOS_INI "; authorize FILE " SEOS_INI " uid(root) access(w)");
	run_ok(t, "seini", "-s", "seagent.port", "8891");
	assert_exit(run_as(t, typing, "secons", "-s", "host1"), 0);
}

/* secons/remote/28, daemon/seagent/6: keys are made, shown and exchanged; without one nothing
 * listens. */
CASE(keys, REQUIREMENTS("secons/remote/28", "daemon/seagent/6"), .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	host_add(t, "host1");
	define_users(t);
	run_on(t, "host1", "selang", "-c", "newusr root admin");
	run_on(t, "host1", "seosd");
	assert_exit(run_as(t, on("host1"), "sekeys", "-show"), 1);
	r = run_ok(t, "sekeys", "-make");
	assert_text("-show", run_ok(t, "sekeys", "-show")->out, r->out);
	assert_exit(run(t, "sekeys", "-make"), 1);
	assert_int_equal(file_mode(t, "/opt/CA/PAMSC/etc/host.key"), 0600);
	assert_exit(run_as(t, as("tst001"), "sekeys", "-show"), 1);
	assert_out_match(run_ok(t, "sekeys", "-show"), "^" TARGET_HOST_HERE " [0-9a-f]{64}$");
	run_ok(t, "sekeys", "-trust", "host1", host_key(t, NULL));
	assert_exit(run(t, "sekeys", "-trust", "host2", host_key(t, NULL)), 1);
	assert_exit(run(t, "sekeys", "-trust", "host2", "123"), 1);
	run_ok(t, "seosd");
	run_ok(t, "selang", "-c", "newres HOST host1");
	r = run_as(t, typing, "secons", "-s", "host1");
	assert_exit(r, 1);
	assert_err_match(r, "^secons: host1: connection refused$");
	run_ok(t, "sekeys", "-forget", "host1");
	assert_exit(run(t, "sekeys", "-forget", "host1"), 1);
	assert_int_equal(daemons_on(t, "host1"), 3);
}

/* secons/remote/25: other hosts are asked through the daemons here. */
CASE(down_here, REQUIREMENTS("secons/remote/25"), .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ROOT);
	assert_exit(run(t, "secons", "-s"), 0);
	r = run_as(t, typing, "secons", "-s", "host1");
	assert_exit(r, 1);
	assert_error_line(r, "secons");
	assert_int_equal(daemons_on(t, "host1"), 3);
}
