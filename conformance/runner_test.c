/* SPDX-License-Identifier: MIT */
/*
 * The runner over the local target: a case that passes, fails, crashes, hangs, is skipped or leaves
 * something behind gets its verdict, and the run goes on.
 */
#include "conformance/runner.h"

#include "conformance/strbuf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void passes(struct target *t)
{
	const struct result *r = run(t, "echo", "a b", "c");

	assert_exit(r, 0);
	assert_out(r, "a b c\n");
	assert_err(r, "");
}

static void fails(struct target *t)
{
	assert_out(run(t, "echo", "miaow"), "wuff\n");
}

static void crashes(struct target *t)
{
	(void)t;
	raise(SIGSEGV);
}

static void exits(struct target *t)
{
	(void)t;
	_exit(0);
}

static void hangs(struct target *t)
{
	wait_until(t, 1, false || pid_exists(t, getpid()));
	for (;;)
		pause();
}

static void skips(struct target *t)
{
	(void)t;
	skip("no cat here");
}

static void uses_missing_command(struct target *t)
{
	run(t, "purr");
}

static void waits_in_vain(struct target *t)
{
	wait_until(t, 1, file_exists(t, "/nonexistent"));
}

static void leaves_a_process(struct target *t)
{
	start(t, NULL, "sh", "-c", "(exec tail -f /dev/null) & echo $! > /tmp/runner_test.pid");
	wait_until(t, 10,
		   file_exists(t, "/tmp/runner_test.pid") &&
			   file_size(t, "/tmp/runner_test.pid") > 0);
}

static const char *const proves[] = {"zoo/cats/1", NULL};

static struct case_decl decls[] = {
	{.name = "passes", .body = passes},
	{.name = "fails", .body = fails},
	{.name = "crashes", .body = crashes},
	{.name = "exits", .body = exits},
	{.name = "hangs", .body = hangs, .deadline_s = 1},
	{.name = "skips", .body = skips},
	{.name = "uses_missing_command", .body = uses_missing_command},
	{.name = "waits_in_vain", .body = waits_in_vain},
	{.name = "leaves_a_process", .body = leaves_a_process},
	{.name = "needs_much", .body = fails, .needs = CAP_HOSTS},
	{.name = "elsewhere", .body = fails, .where = ON_SIM},
	{.name = "expected", .body = fails},
	{.name = "unexpected", .body = passes},
	{.name = "not_planned", .body = fails},
};

#define CASES (sizeof(decls) / sizeof(decls[0]))

static struct run run;
static size_t begun, ended;

static void count_begin(struct run_sink *sink, size_t index, const char *id)
{
	(void)sink;
	(void)index;
	(void)id;
	begun++;
}

static void count_end(struct run_sink *sink, size_t index, const struct outcome *o)
{
	(void)sink;
	assert_ptr_equal(o, &run.outcomes[index]);
	ended++;
}

static const struct outcome *outcome_of(const char *name)
{
	for (size_t i = 0; i < run.count; i++)
		if (strcmp(run.outcomes[i].decl->name, name) == 0)
			return &run.outcomes[i];
	fail_msg("no case %s", name);
	return NULL;
}

static int run_everything(void **state)
{
	static const char *const settings[] = {
		"target.transport=local", "commands.echo=/bin/echo",
		"commands.sh=/bin/sh",    "expect-fail.zoo/expected=cats",
		"capabilities.root=no",   "expect-fail.zoo/unexpected=cats",
		"commands.purr=none",
	};
	struct run_sink sink = {.begin = count_begin, .end = count_end};
	struct profile profile;
	char why[512];

	(void)state;
	if (profile_load(&profile, "", "/dev/null", settings,
			 sizeof(settings) / sizeof(settings[0]), why, sizeof(why))) {
		print_error("%s\n", why);
		return -1;
	}
	run.count = CASES;
	run.outcomes = memory_zeroed(CASES, sizeof(*run.outcomes));
	for (size_t i = 0; i < CASES; i++) {
		decls[i].requirements = proves;
		decls[i].file = "conformance/cases/zoo.c";
		run.outcomes[i] = (struct outcome){.decl = &decls[i],
						   .id = memory_format("zoo/%s", decls[i].name),
						   .planned = i + 1 < CASES,
						   .verdict = VERDICT_MISSING};
	}
	if (runner_run(&run, &profile, local_open, ON_LOCAL, &sink))
		return -1;
	profile_free(&profile);
	return 0;
}

static int forget(void **state)
{
	(void)state;
	run_free(&run);
	return unlink("/tmp/runner_test.pid");
}

static void expect(const char *name, enum verdict verdict, const char *reason)
{
	const struct outcome *o = outcome_of(name);

	if (o->verdict != verdict || !strstr(o->reason, reason)) {
		print_error("%s: %s: %s\n%s", name, verdict_name(o->verdict), o->reason, o->output);
		fail();
	}
}

static void test_verdicts(void **state)
{
	(void)state;
	expect("passes", VERDICT_PASS, "");
	expect("fails", VERDICT_FAIL, "standard output is not as expected");
	expect("crashes", VERDICT_CRASH, "ended by signal 11");
	expect("exits", VERDICT_CRASH, "the case's process ended early, status 0");
	expect("hangs", VERDICT_TIMEOUT, "not done after 1 s");
	expect("skips", VERDICT_SKIP, "no cat here");
	expect("uses_missing_command", VERDICT_SKIP, "the target has no command purr");
	expect("waits_in_vain", VERDICT_FAIL,
	       "not true after 1 s: file_exists(t, \"/nonexistent\")");
	expect("leaves_a_process", VERDICT_PASS, "");
	expect("needs_much", VERDICT_SKIP, "needs capability hosts");
	expect("elsewhere", VERDICT_SKIP, "only for a target that is simulated");
	expect("expected", VERDICT_XFAIL, "cats");
	expect("unexpected", VERDICT_XPASS, "passed, but the profile expects it to fail: cats");
	assert_null(outcome_of("not_planned")->reason);
}

static void test_message(void **state)
{
	static const char rest[] = ": standard output is not as expected\n"
				   "  command: echo miaow\n"
				   "  exit status: 0\n"
				   "  first difference: line 1, column 1\n"
				   "    expected | wuff\n"
				   "    actual   | miaow\n"
				   "               ^\n"
				   "  expected:\n"
				   "    | wuff\n"
				   "  actual:\n"
				   "    | miaow\n";
	const char *output = outcome_of("fails")->output;

	(void)state;
	assert_non_null(strstr(output, "runner_test.c:"));
	assert_string_equal(strstr(output, ": standard"), rest);
}

static void test_every_case_is_told(void **state)
{
	(void)state;
	assert_int_equal(begun, CASES - 1);
	assert_int_equal(ended, CASES - 1);
}

static void test_totals(void **state)
{
	struct run_totals n = run_totals(&run);

	(void)state;
	assert_int_equal(n.passed, 2);
	assert_int_equal(n.failed, 6);
	assert_int_equal(n.skipped, 5);
	assert_int_equal(n.expected_failures, 1);
}

static void test_nothing_is_left(void **state)
{
	FILE *in = fopen("/tmp/runner_test.pid", "re");
	char text[32] = "";
	pid_t pid;

	(void)state;
	assert_non_null(in);
	assert_non_null(fgets(text, sizeof(text), in));
	fclose(in);
	pid = (pid_t)strtol(text, NULL, 10);
	assert_true(pid > 1);
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),           cmocka_unit_test(test_message),
		cmocka_unit_test(test_every_case_is_told), cmocka_unit_test(test_totals),
		cmocka_unit_test(test_nothing_is_left),
	};

	return cmocka_run_group_tests(tests, run_everything, forget);
}
