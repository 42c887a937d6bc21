/* SPDX-License-Identifier: MIT */
/*
 * The password of secons -s HOST: when it is asked for, how, and what a wrong one leaves. Not for:
 * what is shut down (secons/remote), the fields of the record (event/password-attempt).
 */
#include "conformance/cases/hosts.h"

#include <signal.h>

static const char *const two[] = {"host1", "host2"};

#define ONE           two, 1
#define TWO           two, 2
#define PROMPT(name_) "Password for root on " name_ ": "
#define WRONG_LINE    NO_PASSWORD "\n"

/* How often a text is on a terminal. */
static unsigned times(const char *shown, const char *text)
{
	unsigned n = 0;

	while ((shown = strstr(shown, text))) {
		shown += strlen(text);
		n++;
	}
	return n;
}

/* secons/remote/9, secons/remote/10: one prompt a host on the terminal, no echo, nothing of it in
 * the output. secons/remote/36: this host needs none. */
CASE(asked, REQUIREMENTS("secons/remote/9", "secons/remote/10", "secons/remote/36"),
     .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	hosts_start(t, TWO);
	host_start(t, "host1", ALLOW_ROOT);
	host_start(t, "host2", ALLOW_ROOT);
	run_ok(t, "selang", "-c", "newres HOST " TARGET_HOST_HERE);
	r = run_as(t, typing, "secons", "-s", "host1", "host2", TARGET_HOST_HERE);
	assert_exit(r, 0);
	assert_int_equal(times(r->shown, PROMPT("host1")), 1);
	assert_int_equal(times(r->shown, PROMPT("host2")), 1);
	assert_int_equal(times(r->shown, "Password"), 2);
	assert_int_equal(times(r->shown, PASSWORD), 0);
	assert_int_equal(text_match_count(r->out, "Password") + text_match_count(r->err, "."), 0);
}

/* secons/remote/11, secons/remote/33, secons/remote/34, event/password-attempt/3: three wrong ones.
 */
CASE(wrong,
     REQUIREMENTS("secons/remote/11", "secons/remote/33", "secons/remote/34",
		  "event/password-attempt/3"),
     .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ROOT);
	r = run_as(t, &(struct run_options){.terminal = WRONG_LINE WRONG_LINE "\n" PASSWORD "\n"},
		   "secons", "-s", "host1");
	assert_exit(r, 1);
	assert_int_equal(times(r->shown, PROMPT("host1")), 3);
	assert_err_match(r, "^secons: host1: .*root.*wrong password");
	assert_int_equal(text_match_count(r->err, "."), 1);
	assert_int_equal(daemons_on(t, "host1"), 3);
	assert_int_equal(records_on(t, "host1",
				    "A LOGIN root 8 2 " TARGET_HOST_HERE
				    " /opt/CA/PAMSC/bin/seagent"),
			 3);
	assert_int_equal(records_on(t, "host1", "D SHUTDOWN root 460 seosd"), 1);
	assert_int_equal(records_on(t, "host1", "SHUTDOWN"), 1);
}

/* secons/remote/11: the second attempt is as good as the first, and leaves no refusal. */
CASE(second_attempt, REQUIREMENTS("secons/remote/11", "secons/remote/34"),
     .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ROOT);
	r = run_as(t, &(struct run_options){.terminal = WRONG_LINE PASSWORD "\n"}, "secons", "-s",
		   "host1");
	assert_exit(r, 0);
	assert_line(r, HOST_LINE("host1"));
	assert_int_equal(records_on(t, "host1", "A LOGIN root 8 2 " TARGET_HOST_HERE " .*"), 1);
	assert_int_equal(records_on(t, "host1", "SHUTDOWN"), 1);
	assert_int_equal(records_on(t, "host1", "M SHUTDOWN root 452 seosd"), 1);
}

/* secons/remote/12: without a terminal, whatever there is on standard input. */
CASE(no_terminal, REQUIREMENTS("secons/remote/12"), .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct run_options piped = {.session = true, .input = TYPED};
	const struct result *r;

	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ROOT);
	r = run_as(t, &piped, "secons", "-s", "host1");
	assert_exit(r, 1);
	assert_error_line(r, "secons");
	assert_err_match(r, "^secons: host1: .*no terminal");
	assert_int_equal(daemons_on(t, "host1"), 3);
	assert_int_equal(records_on(t, "host1", "(A LOGIN|. SHUTDOWN) .*"), 0);
}

/* secons/remote/13: not in an argument or the environment of a process while secons waits for the
 * host, nor in a file of the product afterwards; of a wrong one the same. */
CASE(kept_secret, REQUIREMENTS("secons/remote/13"), .needs = CAP_ROOT | CAP_HOSTS | CAP_SHELL,
     .deadline_s = 120)
{
	static const char everywhere[] =
		"grep -ls 'Hors[e]' /proc/[0-9]*/cmdline /proc/[0-9]*/environ;"
		" find /opt/CA/PAMSC/log /opt/CA/PAMSC/etc /opt/CA/PAMSC/run /opt/CA/PAMSC/seosdb"
		" /var /tmp /run -type f | xargs grep -ls 'Hors[e]'; true";
	struct target_process *p;
	const struct result *r;
	pid_t seosd;

	hosts_start(t, ONE);
	run_on(t, "host1", "sh", "-c", "printf '[seosd]\ntrace_to = file\n' >" SEOS_INI);
	host_start(t, "host1", ALLOW_ROOT);
	p = start(t, &(struct run_options){.terminal = WRONG_LINE}, "secons", "-s", "host1");
	wait_until(t, 20, times(terminal_shown(t, p), PROMPT("host1")) == 2);
	seosd = daemon_on(t, "host1", "seosd");
	signal_pid(t, seosd, SIGSTOP);
	terminal_type(t, p, PASSWORD "\n");
	wait_until(t, 20, times(terminal_shown(t, p), "\r\n") == 2);
	assert_out(run(t, "sh", "-c", everywhere), "");
	signal_pid(t, seosd, SIGCONT);
	r = finish_within(t, p, 70);
	assert_exit(r, 0);
	assert_int_equal(times(r->shown, "Horse") + times(r->out, "Horse"), 0);
	assert_out(run(t, "sh", "-c", everywhere), "");
	assert_out(run_as(t, on("host1"), "sh", "-c", everywhere), "");
}

/* secons/remote/29: one prompt for the hosts of a group, again for those where it was wrong. */
CASE(group, REQUIREMENTS("secons/remote/29"), .needs = CAP_ROOT | CAP_HOSTS | CAP_SHELL)
{
	const struct result *r;

	hosts_start(t, TWO);
	host_start(t, "host1", ALLOW_ROOT);
	host_start(t, "host2", ALLOW_ROOT);
	run_ok(t, "selang", "-c", "newres GHOST pair mem(host1,host2)");
	run_on(t, "host2", "sh", "-c", "sed -i 's/^root:[^:]*/root:*/' /etc/shadow");
	r = run_as(t, &(struct run_options){.terminal = TYPED}, "secons", "-s", "pair");
	assert_exit(r, 1);
	assert_line(r, HOST_LINE("host1"));
	assert_err_match(r, "^secons: host2: .*wrong password");
	assert_int_equal(times(r->shown, PROMPT("pair")), 3);
	assert_int_equal(times(r->shown, "Password"), 3);
	assert_int_equal(daemons_on(t, "host1"), 0);
	assert_int_equal(daemons_on(t, "host2"), 3);
}

/* secons/remote/31: nobody types. */
CASE(not_typed, REQUIREMENTS("secons/remote/31"), .needs = CAP_ROOT | CAP_HOSTS | CAP_TIME,
     .deadline_s = 180)
{
	const struct run_options untyped = {.terminal = "", .deadline_s = 150};
	const struct result *r;
	int64_t began_s;

	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ROOT);
	began_s = clock_now(t);
	r = run_as(t, &untyped, "secons", "-s", "host1");
	assert_in_range(clock_now(t) - began_s, 120, 125);
	assert_exit(r, 1);
	assert_int_equal(times(r->shown, PROMPT("host1")), 1);
	assert_err_match(r, "^secons: host1: .*120 seconds");
	assert_int_equal(daemons_on(t, "host1"), 3);
	assert_int_equal(records_on(t, "host1", "A LOGIN"), 0);
}

/* secons/remote/30: after three wrong ones the right one is of no use for a while, and then it is.
 */
CASE(rest, REQUIREMENTS("secons/remote/30"), .needs = CAP_ROOT | CAP_HOSTS | CAP_TIME,
     .deadline_s = 120)
{
	const struct result *r;

	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ALL);
	for (unsigned i = 0; i < 3; i++) /* by a secons of its own each */
		run_as(t, &(struct run_options){.terminal = WRONG_LINE "\003"}, "secons", "-s",
		       "host1");
	r = run_as(t, typing, "secons", "-s", "host1");
	assert_exit(r, 1);
	assert_err_match(r, "^secons: host1: .*try again in [0-9]+ seconds$");
	assert_int_equal(times(r->shown, "Password"), 0);
	assert_int_equal(records_on(t, "host1", "A LOGIN root .*"), 3);
	time_pass(t, 60);
	assert_exit(run_as(t, typing, "secons", "-s", "host1"), 0);
}

/* secons/remote/32: who has no right there is not asked. */
CASE(no_right, REQUIREMENTS("secons/remote/32"), .needs = CAP_ROOT | CAP_HOSTS)
{
	const struct result *r;

	hosts_start(t, ONE);
	host_start(t, "host1", "");
	r = run_as(t, typing, "secons", "-s", "host1");
	assert_exit(r, 1);
	assert_text("terminal", r->shown, "");
	assert_int_equal(records_on(t, "host1", "D SHUTDOWN root 460 seosd"), 1);
	assert_int_equal(records_on(t, "host1", "A LOGIN .*"), 0);
}

/* secons/remote/35: what PAM says of the service is what counts; an account that is locked has no
 * right password. */
CASE(by_pam, REQUIREMENTS("secons/remote/35"), .needs = CAP_ROOT | CAP_HOSTS | CAP_SHELL,
     .where = ON_GUEST | ON_LOCAL)
{
	hosts_start(t, ONE);
	host_start(t, "host1", ALLOW_ROOT);
	run_on(t, "host1", "sh", "-c", "mv /etc/pam.d/seagent /etc/pam.d/elsewhere");
	assert_exit(run_as(t, typing, "secons", "-s", "host1"), 1);
	assert_int_equal(daemons_on(t, "host1"), 3);
	run_on(t, "host1", "sh", "-c", "mv /etc/pam.d/elsewhere /etc/pam.d/seagent");
	assert_exit(run_as(t, typing, "secons", "-s", "host1"), 0);
}
