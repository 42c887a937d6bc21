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
