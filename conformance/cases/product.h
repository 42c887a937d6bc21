/* SPDX-License-Identifier: MIT */
/*
 * What cases about the console utility, the daemons and the kernel extension share: a product that
 * runs with known users, which daemons run, what was listed, what was recorded. Not for: records
 * given to a log (records.h).
 */
#ifndef CONFORMANCE_CASES_PRODUCT_H
#define CONFORMANCE_CASES_PRODUCT_H

#include "conformance/case.h"

#include <stdlib.h>
#include <string.h>

#define SEOS_INI "/opt/CA/PAMSC/seos.ini"
#define BLOCKING_LINE                                                                              \
	"^Syscall [0-9]+ - PID: %d PPID: [0-9]+ UID: [0-9]+ TIME: [^ ]+ PROGRAM NAME: /"

#define EXITS       "/opt/CA/PAMSC/exits/LOAD/"
#define DATABASE    "/opt/CA/PAMSC/seosdb/seos.db"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define as(name)    (&(struct run_options){.user = (name)})

static inline void add_users(struct target *t)
{
	user_add(t, "tst001", 2001);
	user_add(t, "tst002", 2002);
	user_add(t, "tst003", 2003);
}

/* root is ADMIN, tst001 OPERATOR, tst002 has no right, tst003 is not in the database. */
static inline void define_users(struct target *t)
{
	add_users(t);
	run_ok(t, "selang", "-c", "newusr root admin; newusr tst001 operator; newusr tst002");
}

static inline void start_product(struct target *t)
{
	define_users(t);
	run_ok(t, "seosd");
}

/* PID of a daemon in the words of issec, 0 when it does not run (daemon/seload/8). */
static inline pid_t shown_pid(const struct result *issec, const char *name)
{
	const char *begin = text_format("\n%s: running (pid ", name);
	const char *at = strstr(issec->out, begin);

	return at ? (pid_t)strtol(at + strlen(begin), NULL, 10) : 0;
}

static inline pid_t daemon_pid(struct target *t, const char *name)
{
	return shown_pid(run(t, "issec"), name);
}

static inline unsigned shown_running(const struct result *issec)
{
	return text_match_count(issec->out, "^(seosd|seagent|seoswd): running \\(pid [0-9]+\\)$");
}

/* How many of the three daemons run. */
static inline unsigned daemons_running(struct target *t)
{
	return shown_running(run(t, "issec"));
}

/* Whether all three run, and this one is not the process it was. */
static inline bool daemon_is_new(struct target *t, const char *name, pid_t was)
{
	const struct result *r = run(t, "issec");

	return shown_running(r) == 3 && shown_pid(r, name) != was;
}

/* How many records of a kind the log holds: "SHUTDOWN", "M SHUTDOWN root 452". */
static inline unsigned record_count(struct target *t, const char *what)
{
	return text_match_count(run_ok(t, "seaudit", "-a")->out, text_format(" %s( |$)", what));
}

/* Whether the kernel extension is loaded, in the words of issec. */
static inline bool extension_is_loaded(struct target *t)
{
	const struct result *r = run(t, "issec");
	unsigned loaded = text_match_count(r->out, "^SEOS_syscall: loaded$");

	assert_int_equal(loaded + text_match_count(r->out, "^SEOS_syscall: not loaded$"), 1);
	return loaded == 1;
}

/* Other programs, even as root, cannot write, empty, delete, rename, replace or link a file, or
 * change its mode; it is what it was. */
static inline void assert_protected(struct target *t, const char *path)
{
	static const char *const attempts[] = {
		"echo x >>$f",  "echo x >$f",    ": <>$f",        "truncate -s 0 $f",
		"rm -f $f",     "mv $f $f.away", "mv /root/x $f", "ln $f $f.too",
		"chmod 777 $f", "cp /root/x $f",
	};
	const char *look = text_format("ls -l %s; wc -c <%s || echo closed", path, path);
	const char *before;

	run_ok(t, "sh", "-c", "echo x >/root/x");
	before = run_ok(t, "sh", "-c", look)->out;
	for (size_t i = 0; i < ROWS(attempts); i++) {
		const char *line = text_format("f=%s; %s", path, attempts[i]);

		if (run(t, "sh", "-c", line)->exit_status == 0)
			fail_msg("%s: done", line);
		assert_text(line, run_ok(t, "sh", "-c", look)->out, before);
	}
}

static inline void assert_writable(struct target *t, const char *path)
{
	run_ok(t, "sh", "-c",
	       text_format("f=%s; mv $f $f.away && cp $f.away $f && chmod 600 $f && : >>$f && rm "
			   "$f && mv $f.away $f",
			   path));
}

/* As before anything was ever defined, also where an installation makes the database. */
static inline void remove_database(struct target *t)
{
	if (file_exists(t, DATABASE))
		file_remove(t, DATABASE);
}

/* Records fill what is left of the log's last block, on a disk that has no other: long ones, then
 * short ones, until one is refused. */
static inline void fill_last_block(struct target *t)
{
	static const int digits[] = {200, 1};
	unsigned n = 0;

	for (size_t i = 0; i < ROWS(digits); i++) {
		int status = 0;

		while (status == 0 && n < 200)
			status = run(t, "selang", "-c", text_format("newusr x%0*u", digits[i], n++))
					 ->exit_status;
		assert_int_equal(status, 1);
	}
}

/* How many rows of a listing, short or long, are about a process. */
static inline unsigned row_count(const struct result *r, pid_t pid)
{
	return text_match_count(
		r->out, text_format("^(syscall|-?Syscall) [0-9]+ - PID: %d( |$)", (int)pid));
}

/* Whether a process is inside an intercepted call. */
static inline bool is_listed(struct target *t, pid_t pid)
{
	return row_count(run_ok(t, "secons", "-sc"), pid) > 0;
}

/* The key in the line that sekeys prints of a host. */
static inline const char *key_in(const struct result *r)
{
	const char *blank = strchr(r->out, ' ');

	assert_non_null(blank);
	return memory_copied(blank + 1, strcspn(blank + 1, "\n"));
}

#endif
