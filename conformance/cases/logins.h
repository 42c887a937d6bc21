/* SPDX-License-Identifier: MIT */
/*
 * What cases about logins share: real login programs that let a user in, sessions that last as long
 * as a case wants, and the records they leave. Not for: how records are shown (records.h).
 */
#ifndef CONFORMANCE_CASES_LOGINS_H
#define CONFORMANCE_CASES_LOGINS_H

#include "conformance/cases/hosts.h"

#include <signal.h>

#define LOGIN_NEEDS (CAP_ROOT | CAP_HOOKS | CAP_SHELL | CAP_LOGINS)
#define SSHD        "/usr/sbin/sshd"
#define GATE        "/var/run/gate" /* a FIFO: who reads from it goes on when it is opened */

/* What a user of ssh calls without being asked about the host. */
#define SSH                                                                                        \
	"ssh", "-o", "KexAlgorithms=ecdh-sha2-nistp256", "-o", "StrictHostKeyChecking=no", "-o",   \
		"UserKnownHostsFile=/dev/null", "-q"
#define typed(text) (&(struct run_options){.terminal = (text)})

/* login wants the terminal as its standard input, by its own name: what /dev/tty leads to. */
#define AT_TERMINAL "set -- $(cat /proc/self/stat) && exec <>/dev/pts/$(($7 & 255)) >&0 2>&0 && "

/* Waits at the gate, wherever its output would go. */
#define WAIT_THERE  "read line <" GATE
#define QUIETLY     " </dev/null >/dev/null 2>&1"

/* Users with passwords, the product, and a shell that does what login_start() says. */
static inline void logins_start(struct target *t)
{
	give_passwords(t);
	run_ok(t, "sh", "-c", "mkfifo " GATE " && chmod 666 " GATE);
	file_write(t, "/etc/profile", ". /etc/work.$USER\nexit 0\n");
	start_product(t);
}

/* Logs in on a terminal, and does what the command says in place of working there. */
static inline struct target_process *login_start(struct target *t, const char *user,
						 const char *command)
{
	file_write(t, text_format("/etc/work.%s", user), text_format("%s\n", command));
	return start(t, typed(PASSWORD "\n"), "sh", "-c", AT_TERMINAL "exec /bin/login $0", user);
}

/* The same; returns when login has ended. */
static inline void login_whole(struct target *t, const char *user, const char *command)
{
	finish(t, login_start(t, user, command));
}

/* OpenSSH's server, once logins_start() has been called. */
static inline void sshd_start(struct target *t)
{
	struct target_process *sshd;

	run_ok(t, "sh", "-c", "mkdir -p /run/sshd");
	run_ok(t, "ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", "/etc/ssh/host_key");
	sshd = start(t, NULL, "sshd", "-D", "-e");
	wait_until(t, 20, strstr(output(t, sshd), "Server listening on 0.0.0.0"));
}

/* Logs in by ssh and runs a command there; returns when ssh does. */
#define ssh_in(t, user_, command) run_as(t, typed(PASSWORD "\n"), SSH, user_ "@127.0.0.1", command)

/* On a simulated machine: one who comes in on a terminal, and stays until he is stopped. A process
 * works on for him once he has left it behind. */
#define ON_A_MACHINE              .needs = CAP_ROOT | CAP_HOOKS, .where = ON_SIM
#define leaves_work(t, login)     signal_pid(t, pid_of(t, login), SIGHUP)
#define WORK_S                    60

static inline struct target_process *comes_in(struct target *t, const char *user)
{
	unsigned before = record_count(t, "P LOGIN");
	struct target_process *login = start(t, NULL, "login", user, "tty1");

	wait_until(t, 10, record_count(t, "P LOGIN") > before);
	return login;
}

/* Lets one go on who waits at the gate. */
static inline void gate_open(struct target *t)
{
	run_ok(t, "sh", "-c", "echo >" GATE);
}

/* The session id of the n-th record of a kind, from 0; NULL when there are fewer. */
static inline const char *session_in(struct target *t, const char *event, unsigned n)
{
	const char *out = run_ok(t, "seaudit", "-a", "-sessionid")->out;
	const char *wanted = text_format(" %s ", event);

	for (unsigned i = 0; text_line(out, i); i++) {
		const char *line = text_line(out, i);
		const char *at = strstr(line, wanted);
		const char *session = at ? strchr(at + strlen(wanted), ' ') : NULL;

		if (session && n-- == 0)
			return text_format("%.17s", session + 1);
	}
	return NULL;
}

#define logins(t)  record_count(t, "P LOGIN")
#define logouts(t) record_count(t, "LOGOUT")

#endif
