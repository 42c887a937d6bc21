/* SPDX-License-Identifier: MIT */
/*
 * Rules of class FILE: who may read, write and enter what. Not for: the commands that set them
 * (access/selang), the records they leave (event/resource).
 */
#include "conformance/cases/records.h"

#include "conformance/cases/hosts.h"

#define BOX   "/var/run/box"
#define F     BOX "/f"
#define D     BOX "/d"
#define PLAIN (CAP_ROOT | CAP_HOOKS) /* the simulated shell can do it */
#define NEEDS (PLAIN | CAP_SHELL)

/* A file and a folder that the system itself gives to everybody. */
static void box_make(struct target *t)
{
	dir_make(t, BOX);
	file_chmod(t, BOX, 0777);
	file_write(t, F, "secret\n");
	file_chmod(t, F, 0666);
	dir_make(t, D);
	file_chmod(t, D, 0777);
}

static void box_start(struct target *t, const char *commands)
{
	start_product(t);
	box_make(t);
	run_ok(t, "selang", "-c", commands);
}

static bool may(struct target *t, const char *user, const char *command)
{
	return run_as(t, as(user), "sh", "-c", command)->exit_status == 0;
}

#define READ  "cat " F
#define WRITE "echo >>" F
#define ENTER "cd " D

/* A user who may or may not. */
struct attempt {
	const char *user, *command;
	bool done;
};

static void try_all(struct target *t, const struct attempt *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (may(t, rows[i].user, rows[i].command) != rows[i].done)
			fail_msg("%s: %s: not %s", rows[i].user, rows[i].command,
				 rows[i].done ? "permitted" : "refused");
	}
}

/* access/file/1, access/file/4, access/file/6: the rule of the user, of everybody, the default; the
 * name beside it, and a link to it.
 */
CASE(read, REQUIREMENTS("access/file/1", "access/file/4", "access/file/6"), .needs = NEEDS)
{
	static const struct attempt rows[] = {
		{"root", READ, false},
		{"tst001", READ, true},
		{"tst002", READ, false},
		{"tst003", READ, true},
		{"tst002", "cat " BOX "/link", false},
		{"tst002", "cd " BOX "; cat f", false},
		{"tst002", "cat " F "2", true},
		{"tst002", "ls -l " F, true},
		{"tst003", WRITE, false},
	};

	box_start(t, "newres FILE " F "; authorize FILE " F " uid(*) access(read);"
		     "authorize FILE " F " uid(root) access(none);"
		     "authorize FILE " F " uid(tst001) access(r,w);"
		     "authorize FILE " F " uid(tst002) access(write)");
	run_ok(t, "sh", "-c", "echo >" F "2; ln -s f " BOX "/link");
	try_all(t, rows, ROWS(rows));
	run_ok(t, "selang", "-c", "authorize- FILE " F " uid(*)");
	assert_false(may(t, "tst003", READ));
	run_ok(t, "selang", "-c", "editres FILE " F " defacc(read)");
	assert_true(may(t, "tst003", READ));
	assert_err_match(run(t, "sh", "-c", READ), "Permission denied");
}

/* access/file/2, access/file/6: no way to change it, and it is what it was. */
CASE(write, REQUIREMENTS("access/file/2", "access/file/6"), .needs = NEEDS)
{
	static const char *const ways[] = {
		WRITE,
		": >" F,
		"truncate -s 0 " F,
		"rm -f " F,
		"mv " F " " BOX "/g",
		"mv " BOX "/other " F,
		"ln " F " " BOX "/h",
		"chmod 600 " F,
		"touch -d 2001-01-01 " F,
		": >" BOX "/absent",
		"mkdir " BOX "/absent",
		"ln -s x " BOX "/absent",
		"mkfifo " BOX "/absent",
	};
	const char *before;

	box_start(t, "newres FILE " F " defacc(read,chdir); newres FILE " BOX "/absent defacc(r)");
	run_ok(t, "sh", "-c", "echo >" BOX "/other");
	before = run_ok(t, "sh", "-c", "ls -li " BOX "/*; " READ)->out;
	for (size_t i = 0; i < ROWS(ways); i++) {
		if (may(t, "root", ways[i]))
			fail_msg("%s: done", ways[i]);
		assert_text(ways[i], run_ok(t, "sh", "-c", "ls -li " BOX "/*; " READ)->out, before);
	}
	run_ok(t, "selang", "-c",
	       "editres FILE " F " defacc(write); editres FILE " BOX "/absent defacc(r,w)");
	for (size_t i = 0; i < ROWS(ways); i++) {
		run_ok(t, "sh", "-c",
		       "rm -rf " BOX "/* " BOX "/absent; echo >" F "; echo >" BOX "/other");
		run_ok(t, "sh", "-c", ways[i]);
	}
}

/* access/file/3, access/file/4, event/resource/6: by path; what it holds is no matter of it, nor
 * what holds it.
 */
CASE(enter, REQUIREMENTS("access/file/3", "access/file/4", "event/resource/6"), .needs = PLAIN)
{
	static const struct attempt rows[] = {{"tst001", ENTER, true},
					      {"tst002", ENTER, false},
					      {"root", ENTER, false},
					      {"tst002", ENTER "/in", true},
					      {"tst002", "cd " BOX, true}};

	box_start(t, "newres FILE " D " defacc(read,write);"
		     "authorize FILE " D " uid(tst001) access(r,chdir)");
	dir_make(t, D "/in");
	file_chmod(t, D "/in", 0777);
	try_all(t, rows, ROWS(rows));
	wait_until(t, 10, record_count(t, "D FILE root Chdir 59 2 " D " .*") == 1);
	assert_int_equal(record_count(t, "D FILE tst002 Chdir 59 2 " D " .*"), 1);
	assert_int_equal(record_count(t, "[A-Z] FILE .*"), 2);
	run_ok(t, "selang", "-c", "editres FILE " D " defacc(chdir)");
	assert_true(may(t, "tst002", ENTER));
}

/* access/file/3: by descriptor, as the root. A folder that something is mounted on is one as well.
 */
CASE(enter_otherwise, REQUIREMENTS("access/file/3"), .needs = NEEDS)
{
	static const struct attempt rows[] = {
		{"tst002", "cd /proc/self/fd/3 3<" D, false},
		{"tst001", "cd /proc/self/fd/3 3<" D, true},
		{"tst002", "cd /proc", false},
		{"tst002", "cd /proc/1", true},
		{"tst001", "cd /proc", true},
	};

	box_start(t, "newres FILE " D " defacc(read,write); newres FILE /proc defacc(read,write);"
		     "authorize FILE " D " uid(tst001) access(r,chdir);"
		     "authorize FILE /proc uid(tst001) access(all)");
	try_all(t, rows, ROWS(rows));
	assert_int_equal(record_count(t, "D FILE root Chdir 59 2 " D " .*"), 0);
	assert_false(may(t, "root", "chroot " D " /bin/true"));
	wait_until(t, 10, record_count(t, "D FILE root Chdir 59 2 " D " .*") == 1);
}

/* access/attributes/4, event/resource/5, access/file/10: past the rules, which is told to the trace
 * alone; not to write; nor does it matter where the rules permit it.
 */
CASE(operator, REQUIREMENTS("access/attributes/4", "event/resource/5", "access/file/10"),
     .needs = PLAIN)
{
	static const struct attempt rows[] = {
		{"tst001", READ, true},  {"tst001", ENTER, true},  {"tst001", WRITE, false},
		{"tst002", READ, false}, {"tst002", ENTER, false}, {"tst002", WRITE, false},
	};
	const char *trace;

	box_start(t, "newres FILE " F "; newres FILE " D "; editusr root auditor;"
		     "chusr tst001 audit(all)");
	run_ok(t, "secons", "-t+");
	try_all(t, rows, ROWS(rows));
	wait_until(t, 10, record_count(t, "D FILE tst002 Write 59 2 " F " .*") == 1);
	trace = file_read(t, "/opt/CA/PAMSC/log/seosd.trace");
	assert_int_equal(text_match_count(trace, "FILE +> Result: 'P' \\[stage=61\\] tst001 Read " F
						 ".*: User is OPERATOR on resource$"),
			 1);
	assert_int_equal(text_match_count(trace,
					  "FILE +> Result: 'P' \\[stage=61\\] tst001 Chdir " D
					  ".*: User is OPERATOR on resource$"),
			 1);
	assert_int_equal(record_count(t, "D FILE tst001 Write 59 2 " F " .*"), 1);
	assert_int_equal(record_count(t, "[A-Z] FILE tst001 .*"), 1);
	assert_int_equal(record_count(t, ".* 61 .*"), 0);
	assert_int_equal(text_match_count(run_ok(t, "seaudit", "-trace")->out, " 61 "), 0);
	run_ok(t, "selang", "-c", "chusr tst001 operator-");
	assert_false(may(t, "tst001", READ));
}

/* access/file/5: of a program that runs with the rights of another. */
CASE(real_user, REQUIREMENTS("access/file/5"), .needs = NEEDS)
{
	const char *read = BOX "/seaudit -a -in " BOX "/log";

	box_start(t,
		  "newres FILE " BOX "/log; authorize FILE " BOX "/log uid(tst001) access(read)");
	give_ok(t, BOX "/log2", RECORD("start", "M", "'service':'seosd'"));
	run_ok(t, "sh", "-c", "cp /opt/CA/PAMSC/bin/seaudit " BOX "; chmod 4755 " BOX "/seaudit");
	run_ok(t, "selang", "-c", "editres FILE " BOX "/log defacc(write)");
	run_ok(t, "sh", "-c", "mv " BOX "/log2 " BOX "/log; chmod 600 " BOX "/log");
	assert_true(may(t, "tst001", read));
	assert_false(may(t, "tst002", read));
	wait_until(t, 10,
		   record_count(t, "D FILE tst002 Read 59 2 " BOX "/log " BOX "/seaudit - root") ==
			   1);
	assert_false(may(t, "root", read));
}

/* access/file/7: at once, and not longer than seosd, however that ends. */
CASE(in_force, REQUIREMENTS("access/file/7"), .needs = PLAIN)
{
	static const char *const daemons[] = {"seoswd", "seagent", "seosd"};
	pid_t pids[ROWS(daemons)];

	box_start(t, "newres FILE " F);
	assert_false(may(t, "root", READ));
	run_ok(t, "selang", "-c", "authorize FILE " F " uid(root) access(read)");
	assert_true(may(t, "root", READ));
	run_ok(t, "selang", "-c", "authorize- FILE " F " uid(root)");
	assert_false(may(t, "root", READ));
	run_ok(t, "selang", "-c", "rmres FILE " F);
	assert_true(may(t, "root", READ));
	run_ok(t, "selang", "-c", "newres FILE " F);
	run_ok(t, "secons", "-s");
	assert_true(may(t, "root", READ));
	run_ok(t, "seosd");
	assert_false(may(t, "root", READ));
	for (size_t i = 0; i < ROWS(daemons); i++)
		pids[i] = daemon_pid(t, daemons[i]);
	for (size_t i = 0; i < ROWS(daemons); i++)
		signal_pid(t, pids[i], SIGKILL);
	wait_until(t, 10, daemons_running(t) == 0);
	assert_true(may(t, "root", READ));
}

/* access/file/8: nobody is shut out of what the product needs. */
CASE(of_the_product, REQUIREMENTS("access/file/8"), .needs = NEEDS)
{
	box_start(t, "newres FILE " SEOS_INI "; newres FILE /opt/CA/PAMSC/bin/secons");
	assert_true(may(t, "tst002", "cat " SEOS_INI));
	assert_exit(run_as(t, as("tst001"), "secons", "-sc"), 0);
	assert_exit(run_as(t, as("tst001"), "secons", "-s"), 0);
}

/* access/file/9: let pass and recorded, with either stage; what is permitted anyway is not. */
CASE(warning, REQUIREMENTS("access/file/9"), .needs = PLAIN)
{
	static const struct attempt rows[] = {{"tst002", READ, true},
					      {"tst003", READ, true},
					      {"tst003", WRITE, true},
					      {"root", READ, true}};

	box_start(t, "newres FILE " F " warning; authorize FILE " F " uid(root) access(read);"
		     "authorize FILE " F " uid(tst002) access(write)");
	try_all(t, rows, ROWS(rows));
	wait_until(t, 10, record_count(t, "W FILE .*") == 3);
	assert_int_equal(record_count(t, "W FILE tst002 Read 55 2 " F " .*"), 1);
	assert_int_equal(record_count(t, "W FILE tst003 Read 59 2 " F " .*"), 1);
	assert_int_equal(record_count(t, "W FILE tst003 Write 59 2 " F " .*"), 1);
	run_ok(t, "selang", "-c", "editres FILE " F " warning-");
	assert_false(may(t, "tst003", READ));
}

/* access/file/11: by name, not by what is behind it; in a folder that comes later. */
CASE(by_name, REQUIREMENTS("access/file/11"), .needs = NEEDS)
{
	box_start(t, "newres FILE " F " defacc(write); newres FILE " BOX "/later/f");
	run_ok(t, "sh", "-c", "rm " F "; echo new >" F);
	assert_false(may(t, "root", READ));
	run_ok(t, "sh", "-c", "mv " F " " BOX "/g; cat " BOX "/g");
	run_ok(t, "sh", "-c", "mkdir " BOX "/later; echo >" BOX "/later/g");
	wait_until(t, 30, !may(t, "root", "echo >" BOX "/later/f"));
	assert_true(may(t, "root", "cat " BOX "/later/g"));
}

/* access/file/12: a folder that both see; the record is where the rule is. */
CASE(two_products, REQUIREMENTS("access/file/12"), .needs = NEEDS | CAP_HOSTS)
{
	static const char *const other[] = {"host1"};

	hosts_start(t, other, 1);
	host_start(t, "host1", "newres FILE /proc defacc(read,write)");
	assert_false(may(t, "tst002", "cd /proc"));
	wait_until(t, 10, records_on(t, "host1", "D FILE tst002 Chdir 59 2 /proc .*") == 1);
	assert_int_equal(record_count(t, "D FILE .*"), 0);
	run_ok(t, "selang", "-c", "newres FILE /proc defacc(all)");
	assert_false(may(t, "tst002", "cd /proc"));
	run_on(t, "host1", "secons", "-s");
	assert_true(may(t, "tst002", "cd /proc"));
}

/* access/file/1, access/attributes/4, event/resource/6: a program of the product as good as any. */
CASE(reader,
     REQUIREMENTS("access/file/1", "access/attributes/4", "event/resource/6", "event/resource/5"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	dir_make(t, BOX);
	give_ok(t, BOX "/log", RECORD("start", "M", "'service':'seosd'"));
	start_product(t);
	assert_exit(run(t, "seaudit", "-a", "-in", BOX "/log"), 0);
	run_ok(t, "selang", "-c", "newres FILE " BOX "/log");
	assert_int_not_equal(run(t, "seaudit", "-a", "-in", BOX "/log")->exit_status, 0);
	wait_until(t, 10,
		   record_count(t, "D FILE root Read 59 2 " BOX "/log /[^ ]*/seaudit - root") == 1);
	run_ok(t, "selang", "-c", "chusr root operator");
	run_ok(t, "secons", "-t+");
	assert_exit(run(t, "seaudit", "-a", "-in", BOX "/log"), 0);
	wait_until(t, 10, file_exists(t, "/opt/CA/PAMSC/log/seosd.trace"));
	wait_until(t, 10,
		   text_match_count(file_read(t, "/opt/CA/PAMSC/log/seosd.trace"),
				    "FILE +> Result: 'P' \\[stage=61\\] root Read " BOX
				    "/log") == 1);
	assert_int_equal(record_count(t, "[A-Z] FILE root .*"), 1);
}
