/* SPDX-License-Identifier: MIT */
/*
 * seos.ini: found, read, and refused when it cannot be. Not for: what single tokens do.
 */
#include "conformance/cases/product.h"

/* The programs that read it, and something they are to do. */
static const char *const programs[][3] = {
	{"secons", "-s"}, {"secons", "-sc"}, {"seosd"}, {"selang", "-c", "newusr tst009"}};

static const struct result *run_program(struct target *t, size_t i)
{
	return case_run(t, NULL,
			(const char *const[]){programs[i][0], programs[i][1], programs[i][2], NULL},
			__FILE__, __LINE__);
}

/* daemon/ini/2, daemon/ini/3: not there: every program says so, and does nothing. */
CASE(missing, REQUIREMENTS("daemon/ini/2", "daemon/ini/3", "daemon/ini/7"), .needs = CAP_ROOT)
{
	run_ok(t, "selang", "-c", "newusr root admin");
	file_remove(t, SEOS_INI);
	for (size_t i = 0; i < ROWS(programs); i++) {
		const struct result *r = run_program(t, i);

		assert_exit(r, 2);
		assert_error_line(r, programs[i][0]);
		assert_err_match(r, SEOS_INI);
	}
	assert_int_equal(daemons_running(t), 0);
}

/* daemon/ini/1, daemon/ini/9: a line that is neither section nor setting, a known token with a
 * wrong value: file and line. */
CASE(malformed, REQUIREMENTS("daemon/ini/1", "daemon/ini/9"), .needs = CAP_ROOT)
{
	static const char *const settings[] = {
		"[logmgr]\nnonsense\n",
		"[SEOS_syscall]\nsyscall_monitor = maybe\n",
		"[logmgr]\naudit_size = 10\n",
	};

	run_ok(t, "selang", "-c", "newusr root admin");
	for (size_t s = 0; s < ROWS(settings); s++) {
		file_write(t, SEOS_INI, settings[s]);
		/* not every program needs every token */
		for (size_t i = s == 0 ? 0 : 2; i < (s == 1 ? 3 : ROWS(programs)); i++) {
			const struct result *r = run_program(t, i);

			assert_exit(r, 2);
			assert_error_line(r, programs[i][0]);
			assert_err_match(r, SEOS_INI ":2: ");
		}
		assert_int_equal(daemons_running(t), 0);
	}
}

/* daemon/ini/9, daemon/ini/1: what nobody knows disturbs nobody; what is known, is found beside
 * it. */
CASE(unknown, REQUIREMENTS("daemon/ini/1", "daemon/ini/9"), .needs = CAP_ROOT | CAP_HOOKS)
{
	run_ok(t, "selang", "-c", "newusr root admin");
	file_write(t, SEOS_INI,
		   "; comment\n"
		   "[no_such_section]\n"
		   "syscall_monitor = whatever\n"
		   "\n"
		   "[SEOS_syscall]\n"
		   "no_such_token = 7\n"
		   "syscall_monitor=0\n");
	assert_line(run_ok(t, "secons", "-sc"),
		    "System call monitoring is disabled (syscall_monitor = 0).");
}

#define SETTING "SEOS_syscall.silent_deny"

/* daemon/ini/6, daemon/ini/10, daemon/ini/12: what is set is there, and nothing else is another;
 * with a token that is there, one that is not, and a section that is not. */
CASE(set, REQUIREMENTS("daemon/ini/6", "daemon/ini/10", "daemon/ini/12"), .needs = CAP_ROOT)
{
	file_write(t, SEOS_INI,
		   "; comment\n"
		   "[logmgr]\n"
		   "audit_size = 100\n"
		   "\n"
		   "[SEOS_syscall]\n"
		   "  syscall_monitor = 1 ; said\n"
		   "other=2\n");
	assert_exit(run(t, "seini", "-f", SETTING), 1);
	run_ok(t, "seini", "-s", SETTING, "yes");
	assert_out(run_ok(t, "seini", "-f", SETTING), "yes\n");
	run_ok(t, "seini", "-s", SETTING, "no");
	run_ok(t, "seini", "-s", "logmgr.audit_size", "200");
	run_ok(t, "seini", "-s", "seosd.special_check", "yes");
	assert_text(SEOS_INI, file_read(t, SEOS_INI),
		    "; comment\n"
		    "[logmgr]\n"
		    "audit_size = 200\n"
		    "\n"
		    "[SEOS_syscall]\n"
		    "  syscall_monitor = 1 ; said\n"
		    "other=2\n"
		    "silent_deny = no\n"
		    "\n"
		    "[seosd]\n"
		    "special_check = yes\n");
}

/* daemon/ini/6: a token that was set counts for the programs. */
CASE(set_counts, REQUIREMENTS("daemon/ini/6"), .needs = CAP_ROOT | CAP_HOOKS)
{
	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "seini", "-s", "SEOS_syscall.syscall_monitor", "0");
	assert_line(run_ok(t, "secons", "-sc"),
		    "System call monitoring is disabled (syscall_monitor = 0).");
	run_ok(t, "seini", "-s", "SEOS_syscall.syscall_monitor", "1");
	assert_no_line(run_ok(t, "secons", "-sc"),
		       "System call monitoring is disabled (syscall_monitor = 0).");
}

/* daemon/ini/13: nothing can be smuggled in, with seosd down and up. */
CASE(set_refused, REQUIREMENTS("daemon/ini/13"), .needs = CAP_ROOT)
{
	static const char *const rows[][2] = {
		{SETTING, "yes\n[x]"}, {SETTING, "yes ; no"}, {SETTING, " yes"},
		{SETTING, "\"yes\""},  {"a.b = c\nd", "yes"}, {"a]\n[b.c", "yes"},
	};
	const char *before;

	run_ok(t, "selang", "-c",
	       "newusr root admin; newres FILE " SEOS_INI "; authorize FILE " SEOS_INI
	       " uid(root) access(write)");
	before = file_read(t, SEOS_INI);
	for (int up = 0; up < 2; up++) {
		for (size_t i = 0; i < ROWS(rows); i++) {
			const struct result *r = run(t, "seini", "-s", rows[i][0], rows[i][1]);

			assert_exit(r, 2);
			assert_true(r->err[0] != '\0');
			assert_text(SEOS_INI, file_read(t, SEOS_INI), before);
		}
		if (!up)
			run_ok(t, "seosd");
	}
}

static const struct result *set_as(struct target *t, const char *user, const char *value)
{
	return run_as(t, as(user), "seini", "-s", "seosd.special_check", value);
}

/* daemon/ini/5: with seosd down root may, and nobody else; with it up nobody may, not even an
 * ADMIN. */
CASE(set_by_nobody, REQUIREMENTS("daemon/ini/5", "daemon/ini/11"), .needs = CAP_ROOT)
{
	const struct result *r;
	const char *before;

	define_users(t);
	run_ok(t, "seini", "-s", "seosd.special_check", "no");
	before = file_read(t, SEOS_INI);
	assert_exit(set_as(t, "tst001", "yes"), 1);
	run_ok(t, "seosd");
	run_ok(t, "selang", "-c",
	       "newres FILE " SEOS_INI " defacc(all); authorize FILE " SEOS_INI
	       " uid(tst001) access(read)");
	r = run(t, "seini", "-s", "seosd.special_check", "yes");
	assert_exit(r, 1);
	assert_error_line(r, "seini");
	assert_exit(set_as(t, "tst001", "yes"), 1);
	assert_exit(set_as(t, "tst003", "yes"), 1);
	assert_text(SEOS_INI, file_read(t, SEOS_INI), before);
	assert_out(run_as(t, as("tst003"), "seini", "-f", "seosd.special_check"), "no\n");
	run_ok(t, "secons", "-s");
	run_ok(t, "seini", "-s", "seosd.special_check", "yes");
}

/* daemon/ini/5, daemon/ini/11: where a rule permits it, it is done, for a user and for everybody;
 * access/selang/22: with the rule it goes. */
CASE(set_by_rule, REQUIREMENTS("daemon/ini/5", "daemon/ini/11", "access/selang/22"),
     .needs = CAP_ROOT)
{
	start_product(t);
	run_ok(t, "selang", "-c",
	       "newres FILE " SEOS_INI "; authorize FILE " SEOS_INI " uid(tst002) access(w)");
	assert_exit(set_as(t, "tst002", "a"), 0);
	assert_exit(set_as(t, "tst001", "b"), 1);
	assert_exit(run(t, "seini", "-s", "seosd.special_check", "c"), 1);
	assert_out(run_ok(t, "seini", "-f", "seosd.special_check"), "a\n");
	run_ok(t, "selang", "-c", "authorize FILE " SEOS_INI " uid(*) access(all)");
	assert_exit(set_as(t, "tst001", "d"), 0);
	assert_out(run_ok(t, "seini", "-f", "seosd.special_check"), "d\n");
	run_ok(t, "selang", "-c", "rmres FILE " SEOS_INI "; newres FILE " SEOS_INI);
	assert_exit(set_as(t, "tst002", "e"), 1);
	assert_exit(set_as(t, "tst001", "e"), 1);
	assert_out(run_ok(t, "seini", "-f", "seosd.special_check"), "d\n");
}

/* daemon/ini/8: another prefix is another installation: another file, database, daemons, log. */
CASE(prefix, REQUIREMENTS("daemon/ini/8"), .needs = CAP_ROOT | CAP_SHELL)
{
	static const char under[] = "export AUDIT_PREFIX=/root/other; cd /opt/CA/PAMSC/bin; ";
	const struct result *r;

	define_users(t);
	r = run(t, "sh", "-c", text_format("%s ./selang -c 'newusr root admin'", under));
	assert_exit(r, 2);
	assert_err_match(r, "/root/other/opt/CA/PAMSC/seos.ini");
	run_ok(t, "sh", "-c",
	       "mkdir -p /root/other/opt/CA/PAMSC/log; cp -r /opt/CA/PAMSC/bin "
	       "/root/other/opt/CA/PAMSC; >/root/other" SEOS_INI);
	run_ok(t, "sh", "-c", text_format("%s ./selang -c 'newusr root admin'; ./seosd", under));
	assert_int_equal(daemons_running(t), 0);
	r = run(t, "sh", "-c", text_format("%s ./issec", under));
	assert_exit(r, 0);
	run_ok(t, "seosd");
	assert_true(daemon_pid(t, "seosd") != shown_pid(r, "seosd"));
	run_ok(t, "secons", "-s");
	r = run(t, "sh", "-c", text_format("%s ./issec", under));
	assert_exit(r, 0);
	assert_true(file_exists(t, "/root/other/opt/CA/PAMSC/seosdb/seos.db"));
	run_ok(t, "sh", "-c", text_format("%s ./secons -s", under));
	assert_exit(run(t, "sh", "-c", text_format("%s ./issec", under)), 1);
	r = run_ok(t, "sh", "-c", text_format("%s ./seaudit -a", under));
	assert_int_equal(text_match_count(r->out, " M SHUTDOWN root 452 seosd"), 1);
}

/* daemon/ini/4: while the product runs, root with other programs cannot change the file in any way,
 * and reads it; a change that a rule permits leaves it protected; then it is free again. */
CASE(protected, REQUIREMENTS("daemon/ini/4"), .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	start_product(t);
	run_ok(t, "selang", "-c",
	       "newres FILE " SEOS_INI "; authorize FILE " SEOS_INI " uid(root) access(w)");
	for (int i = 0; i < 2; i++) {
		assert_protected(t, SEOS_INI);
		run_ok(t, "sh", "-c", "cat " SEOS_INI);
		run_ok(t, "seini", "-s", "seosd.special_check", i ? "no" : "yes");
	}
	run_ok(t, "secons", "-s");
	assert_writable(t, SEOS_INI);
}
