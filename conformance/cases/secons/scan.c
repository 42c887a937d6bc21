/* SPDX-License-Identifier: MIT */
/*
 * secons -sc and -scl: who is inside intercepted calls, in which words, and what is recorded of it.
 * Not for: the calls themselves (kernel/intercept), who may ask (secons/rights).
 */
#include "conformance/cases/product.h"

#define BANNER "^CA PAMSC secons v[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]{3} - Console utility$"

static void define_admin(struct target *t)
{
	run_ok(t, "selang", "-c", "newusr root admin");
}

/* Banner, notice, heading, and nothing but rows of one form after that. */
static void assert_listing(struct target *t, const struct result *r, const char *row)
{
	(void)t;
	assert_exit(r, 0);
	assert_err(r, "");
	assert_text_match("first line", text_line(r->out, 0), BANNER);
	assert_text_match("second line", text_line(r->out, 1),
			  "^Copyright \\(c\\) [0-9]{4} CA\\. All rights reserved\\.$");
	assert_text("third line", text_line(r->out, 2), "Active system calls:");
	assert_int_equal(text_match_count(r->out, row), text_line_count(r->out) - 3);
}

#define SHORT_ROW "^syscall [0-9]+ - PID: [0-9]+$"
#define LONG_ROW                                                                                   \
	"^-?Syscall [0-9]+ - PID: [0-9]+ PPID: [0-9]+ UID: [0-9]+ "                                \
	"TIME: ([0-9]+d-[0-9]+h|[0-9]+h-[0-9]+m|[0-9]+m-[0-9]+s) PROGRAM NAME: [^ ]+$"

/* The documented example of -sc, in its year: a 32-bit program is inside open. */
CASE(example_short,
     REQUIREMENTS("secons/scan/1", "secons/scan/2", "secons/scan/8", "secons/scan/9",
		  "secons/scan/10", "secons/scan/11", "secons/scan/12", "secons/scan/16",
		  "secons/usage/2", "secons/usage/3", "secons/usage/4", "secons/usage/5"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_CLOCK)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN, .pid = 27477, .compat = true);
	const struct result *r;

	define_admin(t);
	clock_set(t, "2024-11-10 05:47:22");
	r = run(t, "secons", "-sc");
	assert_listing(t, r, SHORT_ROW);
	assert_text("second line", text_line(r->out, 1),
		    "Copyright (c) 2024 CA. All rights reserved.");
	assert_line_count(r, "syscall 5 - PID: 27477", 1);
	unpark(t, p);
}

/* The documented example of -scl: the callers have been inside for days. */
CASE(example_long,
     REQUIREMENTS("secons/scan/1", "secons/scan/4", "secons/scan/5", "secons/scan/6",
		  "secons/scan/8", "secons/scan/9", "secons/scan/15", "secons/scan/18",
		  "secons/scan/22", "secons/scan/23", "secons/scan/25", "secons/scan/27"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_CLOCK | CAP_UPTIME)
{
	const struct result *r;

	park(t, .in = PARKED_OPEN, .pid = 24269, .ppid = 4289, .program = "/bin/bash",
	     .compat = true, .since_s = (2 * 24 + 21) * 3600);
	park(t, .in = PARKED_ACCEPT, .pid = 2105, .ppid = 1, .program = "/usr/sbin/vsftpd",
	     .compat = true, .since_s = (4 * 24 + 4) * 3600);
	define_admin(t);
	clock_set(t, "2024-11-10 05:47:22");
	r = run_ok(t, "secons", "-scl");
	assert_text_match("first line", text_line(r->out, 0), BANNER);
	assert_text("all after the first line", strchr(r->out, '\n') + 1,
		    "Copyright (c) 2024 CA. All rights reserved.\n"
		    "Active system calls:\n"
		    "-Syscall 102 - PID: 2105 PPID: 1 UID: 0 TIME: 4d-4h PROGRAM NAME: "
		    "/usr/sbin/vsftpd\n"
		    "Syscall 5 - PID: 24269 PPID: 4289 UID: 0 TIME: 2d-21h PROGRAM NAME: "
		    "/bin/bash\n");
	assert_line(run_ok(t, "seaudit", "-a"),
		    "10 Nov 2024 05:47:22 F CHECK root Scan 339 0 SEOS_syscall unload");
}

/* The same callers on a real machine, where they have been inside for a moment. */
CASE(example_live,
     REQUIREMENTS("secons/scan/1", "secons/scan/4", "secons/scan/5", "secons/scan/6",
		  "secons/scan/8", "secons/scan/9", "secons/scan/10", "secons/scan/11",
		  "secons/scan/12", "secons/scan/15", "secons/scan/16", "secons/scan/20",
		  "secons/scan/22", "secons/scan/25", "secons/scan/27"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *bash = park(t, .in = PARKED_OPEN, .pid = 24269, .ppid = 4289,
					  .program = "/bin/bash", .compat = true);
	struct target_parked *vsftpd = park(t, .in = PARKED_ACCEPT, .pid = 2105, .orphan = true,
					    .program = "/usr/sbin/vsftpd", .compat = true);
	const struct result *r;

	define_admin(t);
	r = run(t, "secons", "-scl");
	assert_listing(t, r, LONG_ROW);
	assert_out_match(r, text_format("^-Syscall %d - PID: 2105 PPID: %d UID: 0 TIME: "
					"[0-9]+m-[0-9]+s PROGRAM NAME: /usr/sbin/vsftpd$",
					parked_call(t, vsftpd), (int)parked_ppid(t, vsftpd)));
	assert_out_match(r, "^Syscall 5 - PID: 24269 PPID: 4289 UID: 0 TIME: [0-9]+m-[0-9]+s "
			    "PROGRAM NAME: /bin/bash$");
	assert_true(strstr(r->out, "PID: 2105 ") < strstr(r->out, "PID: 24269 "));
	unpark(t, bash);
	unpark(t, vsftpd);
}

/* The same with the numbers of the machine's own programs, of any processor. */
CASE(own_numbers,
     REQUIREMENTS("secons/scan/1", "secons/scan/2", "secons/scan/4", "secons/scan/5",
		  "secons/scan/6", "secons/scan/8", "secons/scan/9", "secons/scan/10",
		  "secons/scan/12", "secons/scan/22", "secons/scan/25", "secons/scan/27"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *bash =
		park(t, .in = PARKED_OPEN, .pid = 24269, .ppid = 4289, .program = "/bin/bash");
	struct target_parked *vsftpd =
		park(t, .in = PARKED_ACCEPT, .pid = 2105, .program = "/usr/sbin/vsftpd");
	const struct result *r;

	define_admin(t);
	r = run(t, "secons", "-scl");
	assert_listing(t, r, LONG_ROW);
	assert_out_match(r, text_format("^-Syscall %d - PID: 2105 PPID: %d UID: 0 TIME: [^ ]+ "
					"PROGRAM NAME: /usr/sbin/vsftpd$",
					parked_call(t, vsftpd), (int)parked_ppid(t, vsftpd)));
	assert_out_match(r, text_format("^Syscall %d - PID: 24269 PPID: 4289 UID: 0 TIME: [^ ]+ "
					"PROGRAM NAME: /bin/bash$",
					parked_call(t, bash)));
	r = run(t, "secons", "-sc");
	assert_listing(t, r, SHORT_ROW);
	assert_line_count(r, text_format("syscall %d - PID: 24269", parked_call(t, bash)), 1);
	assert_line_count(r, text_format("syscall %d - PID: 2105", parked_call(t, vsftpd)), 1);
	unpark(t, bash);
	unpark(t, vsftpd);
}

/* secons/scan/3, secons/scan/7: both listings have the same calls; the short one has no dash. */
CASE(both, REQUIREMENTS("secons/scan/3", "secons/scan/7", "secons/scan/11", "secons/scan/16"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *callers[] = {park(t, .in = PARKED_OPEN),
					   park(t, .in = PARKED_ACCEPT)};
	const struct result *brief, *full;

	define_admin(t);
	brief = run(t, "secons", "-sc");
	full = run(t, "secons", "-scl");
	assert_listing(t, brief, SHORT_ROW);
	assert_listing(t, full, LONG_ROW);
	assert_int_equal(text_line_count(brief->out), text_line_count(full->out));
	for (size_t i = 0; i < ROWS(callers); i++) {
		const char *call = text_format("yscall %d - PID: %d", parked_call(t, callers[i]),
					       (int)parked_pid(t, callers[i]));

		assert_line_count(brief, text_format("s%s", call), 1);
		assert_out_match(full, text_format("^%sS%s ", i ? "-" : "", call));
		unpark(t, callers[i]);
	}
}

/* secons/scan/23: a caller who is not root. */
CASE(user, REQUIREMENTS("secons/scan/23"), .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p;

	user_add(t, "tst001", 2001);
	define_admin(t);
	p = park(t, .in = PARKED_OPEN, .user = "tst001");
	assert_out_match(run_ok(t, "secons", "-scl"),
			 text_format(" PID: %d PPID: %d UID: 2001 TIME: ", (int)parked_pid(t, p),
				     (int)parked_ppid(t, p)));
	unpark(t, p);
}

/* secons/scan/24: a caller who acts as somebody else is listed as who it is. */
CASE(real_user, REQUIREMENTS("secons/scan/24"), .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p;

	user_add(t, "tst001", 2001);
	user_add(t, "tst002", 2002);
	define_admin(t);
	p = park(t, .in = PARKED_OPEN, .user = "tst001", .acting_as = "tst002");
	assert_out_match(run_ok(t, "secons", "-scl"),
			 text_format(" PID: %d .* UID: 2001 ", (int)parked_pid(t, p)));
	unpark(t, p);
}

/* secons/scan/26: three threads of one process are three rows, all with its id. */
CASE(threads, REQUIREMENTS("secons/scan/26"), .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN, .threads = 2);

	define_admin(t);
	assert_int_equal(row_count(run_ok(t, "secons", "-sc"), parked_pid(t, p)), 3);
	unpark(t, p);
}

/* secons/scan/15: whoever came first, the smallest id is the first row. */
CASE(order, REQUIREMENTS("secons/scan/15"), .needs = CAP_ROOT | CAP_HOOKS)
{
	static const pid_t pids[] = {24269, 2105, 27477};
	const struct result *r;
	const char *row[ROWS(pids)];

	for (size_t i = 0; i < ROWS(pids); i++)
		park(t, .in = i ? PARKED_OPEN : PARKED_ACCEPT, .pid = pids[i]);
	define_admin(t);
	r = run_ok(t, "secons", "-scl");
	for (size_t i = 0; i < ROWS(pids); i++) {
		row[i] = strstr(r->out, text_format(" PID: %d ", (int)pids[i]));
		assert_non_null(row[i]);
	}
	assert_true(row[1] < row[0]);
	assert_true(row[0] < row[2]);
}

/* secons/scan/18..21: the two largest units, cut off; secons/scan/17: counted from the entry. */
CASE(durations,
     REQUIREMENTS("secons/scan/17", "secons/scan/18", "secons/scan/19", "secons/scan/20",
		  "secons/scan/21"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_UPTIME)
{
	static const struct {
		int64_t since_s;
		const char *shown;
	} rows[] = {
		{0, "0m-0s"},       {5, "0m-5s"},       {59, "0m-59s"},        {60, "1m-0s"},
		{3599, "59m-59s"},  {3600, "1h-0m"},    {3660, "1h-1m"},       {11279, "3h-7m"},
		{86399, "23h-59m"}, {86400, "1d-0h"},   {89999, "1d-0h"},      {90000, "1d-1h"},
		{360000, "4d-4h"},  {251999, "2d-21h"}, {31536000, "365d-0h"}, {8640000, "100d-0h"},
	};
	pid_t pids[ROWS(rows)];
	const struct result *r;

	define_admin(t);
	for (size_t i = 0; i < ROWS(rows); i++)
		pids[i] = parked_pid(t, park(t, .in = PARKED_OPEN, .since_s = rows[i].since_s));
	r = run_ok(t, "secons", "-scl");
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_out_match(r, text_format(" PID: %d .* TIME: %s PROGRAM NAME: ", (int)pids[i],
						rows[i].shown));
}

/* secons/scan/17: a shell that has been inside one call for seconds and then makes another begins
 * anew. */
CASE(fresh_call, REQUIREMENTS("secons/scan/17", "secons/scan/33"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL)
{
	struct target_process *shell;
	const char *row;

	define_admin(t);
	run_ok(t, "sh", "-c", "mkfifo /root/first /root/second");
	shell = start(t, NULL, "sh", "-c", "read x < /root/first; read x < /root/second");
	row = text_format(" PID: %d .* TIME: 0m-[2-9]s ", (int)pid_of(t, shell));
	wait_until(t, 10, text_match_count(run_ok(t, "secons", "-scl")->out, row) == 1);
	file_append(t, "/root/first", "go on\n");
	row = text_format(" PID: %d .* TIME: 0m-[01]s ", (int)pid_of(t, shell));
	wait_until(t, 1, text_match_count(run_ok(t, "secons", "-scl")->out, row) == 1);
}

/* secons/scan/13, secons/scan/14: nobody is inside; the forecast is good then, too. */
CASE(empty, REQUIREMENTS("secons/scan/13", "secons/scan/14", "secons/scan/38"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	static const char *const options[] = {"-sc", "-scl"};

	define_admin(t);
	for (size_t i = 0; i < ROWS(options); i++) {
		const struct result *r = run(t, "secons", options[i]);

		if (text_match_count(r->out, "^-?[sS]yscall [0-9]+ "))
			skip("somebody is inside an intercepted call");
		assert_exit(r, 0);
		assert_text("third line", text_line(r->out, 2), "No active system calls.");
		assert_int_equal(text_line_count(r->out), 3);
	}
	assert_int_equal(record_count(t, "S CHECK"), 1);
	assert_int_equal(record_count(t, "CHECK"), 1);
}

/* secons/scan/35..41: one record a run of -scl, and what decides its letter. */
CASE(forecast,
     REQUIREMENTS("secons/scan/35", "secons/scan/36", "secons/scan/37", "secons/scan/38",
		  "secons/scan/39", "secons/scan/40", "secons/scan/41"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p[2];

	define_admin(t);
	park(t, .in = PARKED_ACCEPT);
	run_ok(t, "secons", "-scl");
	assert_int_equal(record_count(t, "S CHECK root Scan 339 0 SEOS_syscall unload"), 1);
	for (size_t i = 0; i < ROWS(p); i++)
		p[i] = park(t, .in = PARKED_OPEN);
	run_ok(t, "secons", "-sc");
	run_ok(t, "secons", "-scl");
	assert_int_equal(record_count(t, "CHECK"), 2);
	assert_int_equal(record_count(t, "F CHECK root Scan 339 0 SEOS_syscall unload"), 1);
	run_ok(t, "seosd");
	run_ok(t, "secons", "-sc");
	run_ok(t, "secons", "-scl");
	assert_int_equal(record_count(t, "CHECK"), 3);
	assert_int_equal(record_count(t, "F CHECK root Scan 339 0 SEOS_syscall unload"), 2);
	for (size_t i = 0; i < ROWS(p); i++)
		unpark(t, p[i]);
	run_ok(t, "secons", "-scl");
	assert_int_equal(record_count(t, "S CHECK root Scan 339 0 SEOS_syscall unload"), 2);
}

/* secons/scan/29, secons/scan/30: old and young callers in both kinds of call. */
CASE(time_decides_nothing, REQUIREMENTS("secons/scan/29", "secons/scan/30", "secons/scan/37"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_UPTIME)
{
	static const int64_t since_s[] = {0, 30, 7200, 360000};

	define_admin(t);
	for (size_t i = 0; i < ROWS(since_s); i++)
		park(t, .in = PARKED_ACCEPT, .since_s = since_s[i]);
	assert_int_equal(text_match_count(run_ok(t, "secons", "-scl")->out, "^-Syscall "), 4);
	assert_int_equal(record_count(t, "S CHECK"), 1);
	for (size_t i = 0; i < ROWS(since_s); i++) {
		struct target_parked *p = park(t, .in = PARKED_OPEN, .since_s = since_s[i]);

		assert_int_equal(text_match_count(run_ok(t, "secons", "-scl")->out, "^Syscall "),
				 1);
		assert_int_equal(record_count(t, "F CHECK"), i + 1);
		unpark(t, p);
	}
}

/* The same where time has to pass for it: TIME is cut off, not rounded, and the dash is of the
 * call. */
CASE(hours,
     REQUIREMENTS("secons/scan/17", "secons/scan/19", "secons/scan/21", "secons/scan/29",
		  "secons/scan/30"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_TIME)
{
	static const enum parked_in calls[] = {PARKED_ACCEPT, PARKED_OPEN};
	struct target_parked *old[ROWS(calls)], *young[ROWS(calls)];
	const struct result *r;

	define_admin(t);
	for (size_t i = 0; i < ROWS(calls); i++)
		old[i] = park(t, .in = calls[i]);
	time_pass(t, 3600 + 40);
	for (size_t i = 0; i < ROWS(calls); i++)
		young[i] = park(t, .in = calls[i]);
	r = run_ok(t, "secons", "-scl");
	for (size_t i = 0; i < ROWS(calls); i++) {
		assert_out_match(r, text_format("^%sSyscall [0-9]+ - PID: %d .* TIME: 1h-0m ",
						i ? "" : "-", (int)parked_pid(t, old[i])));
		assert_out_match(r, text_format("^%sSyscall [0-9]+ - PID: %d .* TIME: 0m-[0-9]+s ",
						i ? "" : "-", (int)parked_pid(t, young[i])));
	}
	assert_int_equal(record_count(t, "F CHECK"), 1);
	unpark(t, young[1]); /* the old one alone blocks as well */
	run_ok(t, "secons", "-scl");
	assert_int_equal(record_count(t, "F CHECK"), 2);
	unpark(t, old[1]);
	run_ok(t, "secons", "-scl");
	assert_int_equal(record_count(t, "S CHECK"), 1);
	unpark(t, old[0]);
	unpark(t, young[0]);
}

/* A day in which nothing else happens: one caller crosses it, one falls short by an hour. */
CASE(days, REQUIREMENTS("secons/scan/17", "secons/scan/18", "secons/scan/19", "secons/scan/29"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_TIME | CAP_DAYS)
{
	struct target_parked *longer, *shorter, *movable = park(t, .in = PARKED_ACCEPT);
	const struct result *r;

	define_admin(t);
	longer = park(t, .in = PARKED_OPEN);
	time_pass(t, 2 * 3600);
	shorter = park(t, .in = PARKED_OPEN);
	time_pass(t, 23 * 3600 + 59 * 60 + 40);
	r = run_ok(t, "secons", "-scl");
	assert_out_match(r, text_format("^-Syscall [0-9]+ - PID: %d .* TIME: 1d-1h ",
					(int)parked_pid(t, movable)));
	assert_out_match(r, text_format("^Syscall [0-9]+ - PID: %d .* TIME: 1d-1h ",
					(int)parked_pid(t, longer)));
	assert_out_match(r, text_format("^Syscall [0-9]+ - PID: %d .* TIME: 23h-59m ",
					(int)parked_pid(t, shorter)));
	unpark(t, shorter);
	unpark(t, longer);
	unpark(t, movable);
}

/* secons/scan/34: nobody is disturbed; secons/scan/33: who has left is not listed. */
CASE(harmless, REQUIREMENTS("secons/scan/33", "secons/scan/34"), .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p[] = {park(t, .in = PARKED_OPEN), park(t, .in = PARKED_ACCEPT)};

	define_admin(t);
	run_ok(t, "secons", "-scl");
	for (size_t i = 0; i < ROWS(p); i++) {
		assert_true(parked_inside(t, p[i]));
		assert_true(is_listed(t, parked_pid(t, p[i])));
		unpark(t, p[i]);
		assert_false(is_listed(t, parked_pid(t, p[i])));
	}
}

/* secons/scan/31, secons/scan/32: while the daemons run, and after their shutdown. */
CASE(daemons, REQUIREMENTS("secons/scan/31", "secons/scan/32", "secons/shutdown/13"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN);
	const char *row = text_format(BLOCKING_LINE, (int)parked_pid(t, p));
	struct target_parked *later;

	define_admin(t);
	run_ok(t, "seosd");
	assert_out_match(run_ok(t, "secons", "-scl"), row);
	assert_true(is_listed(t, parked_pid(t, p)));
	run_ok(t, "secons", "-s");
	assert_out_match(run_ok(t, "secons", "-scl"), row);
	assert_true(is_listed(t, parked_pid(t, p)));
	later = park(t, .in = PARKED_ACCEPT);
	assert_true(is_listed(t, parked_pid(t, later)));
}

/* secons/scan/42: without the extension there is no list, and nothing to be shut down fails. */
CASE(not_loaded, REQUIREMENTS("secons/scan/42", "secons/unload/11"), .needs = CAP_ROOT | CAP_HOOKS,
     .unloads = true)
{
	static const char *const options[] = {"-sc", "-scl"};
	const struct result *r;

	define_admin(t);
	run_ok(t, "secons", "-sk");
	run_ok(t, "rmmod", "SEOS_syscall");
	for (size_t i = 0; i < ROWS(options); i++) {
		r = run(t, "secons", options[i]);
		assert_exit(r, 2);
		assert_error_line(r, "secons");
		assert_int_equal(text_match_count(r->out, "ctive system calls"), 0);
	}
	assert_int_equal(record_count(t, "CHECK"), 0);
	run_ok(t, "seosd");
	r = run_ok(t, "secons", "-sk");
	assert_line(r, "SEOS_syscall: not loaded");
	assert_int_equal(daemons_running(t), 0);
}

/* secons/scan/17, secons/scan/20: time that really passes. */
CASE(waited, REQUIREMENTS("secons/scan/17", "secons/scan/20"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_TIME)
{
	struct target_parked *p = park(t, .in = PARKED_OPEN);

	define_admin(t);
	time_pass(t, 63);
	assert_out_match(run_ok(t, "secons", "-scl"),
			 text_format(" PID: %d .* TIME: 1m-[3-9]s ", (int)parked_pid(t, p)));
	unpark(t, p);
}
