/* SPDX-License-Identifier: MIT */
/*
 * Remote shutdowns against those who do not keep to the rules, and on bad lines. Not for: rights
 * and passwords (secons/remote, secons/password).
 */
#include "conformance/cases/hosts.h"

#include <signal.h>

static const char *const two[] = {"host1", "host2"};

#define ONE two, 1
#define TWO two, 2

/* What host1 has done so far: nothing, or so many shutdowns. */
static void assert_undisturbed(struct target *t, unsigned shutdowns)
{
	assert_int_equal(daemons_on(t, "host1"), 3);
	assert_int_equal(records_on(t, "host1", "SHUTDOWN"), shutdowns);
}

/* host1, with what listens on its port in between and passes everything on to its seagent. The
 * script has the connection as its standard input and output. */
#define BEHIND "8899"

static void start_behind(struct target *t, const char *script)
{
	hosts_start(t, ONE);
	run_on(t, "host1", "sh", "-c", "printf '[seagent]\nport = " BEHIND "\n' >" SEOS_INI);
	host_start(t, "host1", ALLOW_ROOT);
	run_on(t, "host1", "sh", "-c",
	       text_format("printf '#!/bin/sh\n%s\n' >/root/between; chmod 755 /root/between",
			   script));
	start(t, on("host1"), "sh", "-c", "exec busybox nc -ll -p 8891 -e /root/between");
	wait_until(
		t, 10,
		run_as(t, on("host1"), "sh", "-c", "grep -q :22BB /proc/net/tcp*")->exit_status ==
			0);
}

/* secons/security/1: silent connections to this host; host1 is answered all the same. */
CASE(silent, REQUIREMENTS("secons/security/1"), .needs = CAP_ROOT | CAP_HOSTS, .deadline_s = 120)
{
	static const struct run_options there = {.host = "host1", .terminal = TYPED};
	const struct result *r;
	int64_t begun_s;
	pid_t seagent;

	hosts_start(t, ONE);
	host_start(t, "host1", "");
	run_on(t, "host1", "selang", "-c", "newres HOST " TARGET_HOST_HERE);
	run_ok(t, "selang", "-c",
	       "newres TERMINAL host1; authorize TERMINAL host1 uid(root) access(w)");
	seagent = daemon_pid(t, "seagent");
	connect_silent(t, "localhost", 8891, 10000);
	begun_s = clock_now(t);
	r = run_as(t, &there, "secons", "-s", TARGET_HOST_HERE);
	assert_exit(r, 0);
	assert_true(clock_now(t) - begun_s < 10);
	assert_int_equal(record_count(t, "M SHUTDOWN root 452 seosd"), 1);
	assert_int_equal(record_count(t, "M START seagent"), 1);
	assert_false(pid_exists(t, seagent));
}

/* secons/security/3: both links of a shutdown that was granted, byte by byte. */
CASE(replayed, REQUIREMENTS("secons/security/3"), .needs = CAP_ROOT | CAP_HOSTS | CAP_SHELL,
     .deadline_s = 120)
{
	start_behind(t, "tee /root/up.$$ | busybox nc 127.0.0.1 " BEHIND);
	assert_exit(run_as(t, typing, "secons", "-s", "host1"), 0);
	assert_out(run_as(t, on("host1"), "sh", "-c", "ls /root/up.* | wc -l"), "2\n");
	run_on(t, "host1", "seosd");
	run_on(t, "host1", "sh", "-c",
	       "for f in /root/up.*; do test -s $f && timeout 15 busybox nc 127.0.0.1 " BEHIND
	       " <$f >/dev/null; done; true");
	assert_undisturbed(t, 1);
	assert_exit(run_as(t, typing, "secons", "-s", "host1"), 0);
}

/* secons/security/4: cut off at several points, before and in what is encrypted. */
CASE(truncated, REQUIREMENTS("secons/security/4"), .needs = CAP_ROOT | CAP_HOSTS | CAP_SHELL,
     .deadline_s = 180)
{
	static const unsigned bytes[] = {1, 100, 300, 500, 700};

	start_behind(t, ". /root/forward | busybox nc 127.0.0.1 " BEHIND);
	for (size_t i = 0; i < ROWS(bytes); i++) {
		const struct result *r;

		run_on(t, "host1", "sh", "-c",
		       text_format("echo dd bs=1 count=%u >/root/forward", bytes[i]));
		r = run_as(t, typing, "secons", "-s", "host1");
		assert_exit(r, 1);
		assert_err_match(r, "^secons: host1: .");
		assert_no_line(r, HOST_LINE("host1"));
		assert_undisturbed(t, 0);
	}
	run_on(t, "host1", "sh", "-c", "echo tee /dev/null >/root/forward");
	assert_exit(run_as(t, typing, "secons", "-s", "host1"), 0);
}

/* secons/security/5: other protocols, noise, and far too much of it. */
CASE(noise, REQUIREMENTS("secons/security/5"), .needs = CAP_ROOT | CAP_HOSTS | CAP_SHELL,
     .deadline_s = 120)
{
	static const char *const lines[] = {
		"printf 'GET / HTTP/1.0\\r\\n\\r\\n' | timeout 15 busybox nc host1 8891",
		"dd if=/dev/urandom bs=1000 count=100 | timeout 15 busybox nc host1 8891",
		"dd if=/dev/zero bs=65536 count=16 | timeout 15 busybox nc host1 8891",
		"printf '\\026\\003\\001\\377\\377' | timeout 15 busybox nc host1 8891",
	};
	pid_t seagent, seosd;

	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ROOT);
	seagent = daemon_on(t, "host1", "seagent");
	seosd = daemon_on(t, "host1", "seosd");
	for (size_t i = 0; i < ROWS(lines); i++)
		run(t, "sh", "-c", text_format("%s >/dev/null 2>&1", lines[i]));
	assert_undisturbed(t, 0);
	assert_int_equal(daemon_on(t, "host1", "seagent"), seagent);
	assert_int_equal(daemon_on(t, "host1", "seosd"), seosd);
	assert_exit(run_as(t, typing, "secons", "-s", "host1"), 0);
}

/* secons/security/6: host2, which is not known here, calls itself host1, which is, and may. */
CASE(forged_name, REQUIREMENTS("secons/security/6", "secons/remote/24"),
     .needs = CAP_ROOT | CAP_HOSTS | CAP_SHELL)
{
	static const struct run_options there = {.host = "host2", .terminal = TYPED};
	const struct result *r;

	hosts_start(t, TWO);
	host_start(t, "host1", "");
	run_ok(t, "selang", "-c",
	       "newres TERMINAL host1; authorize TERMINAL host1 uid(root) access(w)");
	run_on(t, "host2", "sh", "-c", "hostname host1");
	host_start(t, "host2", "");
	run_ok(t, "sekeys", "-forget", "host2");
	run_on(t, "host2", "selang", "-c", "newres HOST " TARGET_HOST_HERE);
	r = run_as(t, &there, "secons", "-s", TARGET_HOST_HERE);
	assert_exit(r, 1);
	assert_err_match(r, "^secons: " TARGET_HOST_HERE ": .");
	assert_int_equal(daemons_running(t), 3);
	assert_int_equal(record_count(t, "M SHUTDOWN .*"), 0);
}

/* secons/security/7: a tenth of the packets is lost, the others are late, and some overtake others.
 */
CASE(bad_line, REQUIREMENTS("secons/security/7"), .needs = CAP_ROOT | CAP_HOSTS, .deadline_s = 180)
{
	struct target_process *p;
	const struct result *r;

	hosts_start(t, TWO);
	host_start(t, "host1", ALLOW_ROOT);
	host_start(t, "host2", ALLOW_ROOT);
	p = start(t, &(struct run_options){.terminal = PASSWORD "\n"}, "secons", "-s", "host1",
		  "host2");
	wait_until(t, 20, strstr(terminal_shown(t, p), "on host2: ")); /* they know the way */
	host_line(t, "host1", .loss_percent = 10, .delay_ms = 50, .jitter_ms = 40);
	host_line(t, "host2", .delay_ms = 100, .reorder_percent = 30);
	terminal_type(t, p, PASSWORD "\n");
	r = finish_within(t, p, 70);
	assert_exit(r, 0);
	assert_err(r, "");
	for (size_t i = 0; i < ROWS(two); i++) {
		assert_int_equal(daemons_on(t, two[i]), 0);
		assert_int_equal(records_on(t, two[i], "M SHUTDOWN root 452 seosd"), 1);
		assert_int_equal(records_on(t, two[i], "SHUTDOWN"), 1);
	}
}
