/* SPDX-License-Identifier: MIT */
/*
 * What cases about several hosts share: hosts on which the product runs, which know each other by
 * name and key, and what is seen there. Not for: one host alone (product.h).
 */
#ifndef CONFORMANCE_CASES_HOSTS_H
#define CONFORMANCE_CASES_HOSTS_H

#include "conformance/cases/product.h"

/* The password of all accounts, as it stands in /etc/shadow: in the way that is checked quickest.
 */
#define PASSWORD      "correct-Horse 7"
#define PASSWORD_HASH "$1$conform$qAAmufeXKkKKNjtp.rGd70"
#define NO_PASSWORD   "wrong-Horse"

static const char *const accounts[] = {"root", "tst001", "tst002", "tst003"};

#define on(host_) (&(struct run_options){.host = (host_)})
/* Where the password is typed, as often as it is asked for. */
#define typing_as(user_)                                                                           \
	(&(struct run_options){.user = (user_), .terminal = TYPED, .deadline_s = 70})
#define typing           typing_as(NULL)
#define TYPED            PASSWORD "\n" PASSWORD "\n" PASSWORD "\n"
#define HOST_LINE(host_) host_ ": CA PAMSC is shut down"

/* The key of a host, as it shows it itself; NULL: the host under test. */
static inline const char *host_key(struct target *t, const char *host)
{
	return key_in(run_as(t, on(host), "sekeys", "-show"));
}

/* Runs a command on a host, which has to succeed. */
#define run_on(t, host_, ...) assert_exit(run_as(t, on(host_), __VA_ARGS__), 0)

/* Makes the key of a host, and returns it. */
static inline const char *make_key(struct target *t, const char *host)
{
	return key_in(run_as(t, on(host), "sekeys", "-make"));
}

/* Of the host under test, once it was made: what introduce() tells the others. */
static const char *own_key;

/* The two ends know each other's keys, where the implementation under test uses such. */
static inline void introduce(struct target *t, const char *host)
{
	run_on(t, NULL, "sekeys", "-trust", host, make_key(t, host));
	run_on(t, host, "sekeys", "-trust", TARGET_HOST_HERE, own_key);
	run_on(t, NULL, "selang", "-c", text_format("newres HOST %s", host));
}

/* A host as introduce() leaves it, on which root is ADMIN, tst001 OPERATOR, tst002 without right,
 * and the rules are those given ("" for none); the product runs. */
static inline void host_start(struct target *t, const char *host, const char *rules)
{
	introduce(t, host);
	run_on(t, host, "selang", "-c",
	       text_format("newusr root admin; newusr tst001 operator; newusr tst002;"
			   "newres TERMINAL " TARGET_HOST_HERE "; %s",
			   rules));
	run_on(t, host, "seosd");
}

/* The users and their password, here and on hosts that are added afterwards. */
static inline void give_passwords(struct target *t)
{
	add_users(t);
	file_write(t, "/etc/shadow", "");
	file_chmod(t, "/etc/shadow", 0600);
	for (size_t i = 0; i < ROWS(accounts); i++)
		file_append(t, "/etc/shadow",
			    text_format("%s:" PASSWORD_HASH ":19000:0:99999:7:::\n", accounts[i]));
}

/* The host under test among others, which are there but for what host_start() does: users with
 * their password, key and the product run. */
static inline void hosts_start(struct target *t, const char *const *hosts, size_t count)
{
	give_passwords(t);
	for (size_t i = 0; i < count; i++)
		host_add(t, hosts[i]);
	define_users(t);
	own_key = make_key(t, NULL);
	run_on(t, NULL, "seosd");
}

#define ALLOW_ROOT "authorize TERMINAL " TARGET_HOST_HERE " uid(root) access(r,w)"
#define ALLOW_ALL  "authorize TERMINAL " TARGET_HOST_HERE " uid(*) access(all)"

/* How many of the three daemons run on a host. */
static inline unsigned daemons_on(struct target *t, const char *host)
{
	return text_match_count(run_as(t, on(host), "issec")->out,
				"^(seosd|seagent|seoswd): running \\(pid [0-9]+\\)$");
}

/* How many records of a kind the log of a host holds. */
static inline unsigned records_on(struct target *t, const char *host, const char *what)
{
	return text_match_count(run_as(t, on(host), "seaudit", "-a")->out,
				text_format(" %s( |$)", what));
}

/* PID of a daemon on a host. */
static inline pid_t daemon_on(struct target *t, const char *host, const char *name)
{
	const char *begin = text_format("\n%s: running (pid ", name);
	const char *at = strstr(run_as(t, on(host), "issec")->out, begin);

	assert_non_null(at);
	return (pid_t)strtol(at + strlen(begin), NULL, 10);
}

#endif
