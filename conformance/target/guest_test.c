/* SPDX-License-Identifier: MIT */
/*
 * Cases that take their guest down, or lose their result: each turns the run red with the right
 * verdict, and those around it still run. Boots real guests; the runner inside them is this very
 * program.
 */
#include "conformance/target/guest.h"

#include "conformance/strbuf.h"
#include "conformance/verbs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void passes(struct target *t)
{
	assert_out(run(t, "sh", "-c", "echo miaow"), "miaow\n");
}

static void fails(struct target *t)
{
	assert_out(run(t, "sh", "-c", "echo miaow"), "wuff\n");
}

static void panics(struct target *t)
{
	file_write(t, "/proc/sysrq-trigger", "c");
	wait_until(t, 60, file_exists(t, "/never"));
}

/* With the runner stopped, nobody says anything any more. */
static void hangs(struct target *t)
{
	signal_pid(t, getppid(), SIGSTOP);
	wait_until(t, 600, file_exists(t, "/never"));
}

static void kills_the_runner(struct target *t)
{
	signal_pid(t, getppid(), SIGKILL);
}

/* Passes on a kernel that no other case of its kind has been on. */
static void spoils(struct target *t)
{
	run_ok(t, "sh", "-c",
	       "cd /proc/sys/vm && test $(cat swappiness) = 60 && echo 61 > swappiness");
}

static void finds_nothing_spoilt(struct target *t)
{
	run_ok(t, "sh", "-c", "cd /proc/sys/vm && test $(cat swappiness) = 60");
}

static const char *const proves[] = {"zoo/cats/1", NULL};
static const struct spec_requirement requirement = {.id = "zoo/cats/1"};
static const struct spec spec = {.requirements = &requirement, .count = 1};

#define DECL(name_)                                                                                \
	{                                                                                          \
		.name = #name_, .file = "conformance/cases/zoo.c", .body = name_,                  \
		.requirements = proves                                                             \
	}

static const struct case_decl a_passes = DECL(passes);
static const struct case_decl b_fails = DECL(fails);
static const struct case_decl c_panics = DECL(panics);
static const struct case_decl d_hangs = DECL(hangs);
static const struct case_decl e_kills = DECL(kills_the_runner);
static const struct case_decl f_lost = {
	.name = "lost", .file = "conformance/cases/zoo.c", .body = passes, .requirements = proves};
static const struct case_decl a_spoils = {.name = "a_spoils",
					  .file = "conformance/cases/zoo.c",
					  .body = spoils,
					  .requirements = proves,
					  .spoils = true};
static const struct case_decl b_spoils = {.name = "b_spoils",
					  .file = "conformance/cases/zoo.c",
					  .body = spoils,
					  .requirements = proves,
					  .spoils = true};
static const struct case_decl g_unspoilt = DECL(finds_nothing_spoilt);

/* The last one is unknown inside: planned, but no result will arrive. */
static const struct case_decl *const cases[] = {&a_passes, &a_spoils,   &b_fails,
						&b_spoils, &c_panics,   &d_hangs,
						&e_kills,  &g_unspoilt, &f_lost};
static const struct suite outside = {.spec = &spec, .cases = cases, .case_count = 9};
static const struct suite inside = {.spec = &spec, .cases = cases, .case_count = 8};

static void nothing_begins(struct run_sink *sink, size_t index, const char *id)
{
	(void)sink;
	(void)index;
	(void)id;
}

static void nothing_ends(struct run_sink *sink, size_t index, const struct outcome *o)
{
	(void)sink;
	(void)index;
	(void)o;
}

static const struct outcome *outcome_of(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->count; i++)
		if (strcmp(run->outcomes[i].decl->name, name) == 0)
			return &run->outcomes[i];
	fail_msg("no case %s", name);
	return NULL;
}

static void expect(const struct run *run, const char *name, enum verdict verdict,
		   const char *reason)
{
	const struct outcome *o = outcome_of(run, name);

	if (o->verdict != verdict || !strstr(o->reason, reason))
		fail_msg("%s: %s: %s", name, verdict_name(o->verdict), o->reason);
}

static int run_in_guest(struct run *run, const char *overlay, char *why, size_t bytes)
{
	static const char *const settings[] = {"target.transport=guest", "target.guest=x86_64-6.1",
					       "target.hang_s=2", "commands.sh=/bin/sh"};
	struct run_sink sink = {.begin = nothing_begins, .end = nothing_ends};
	const char *const overlays[] = {overlay, NULL};
	struct profile profile;
	int error;

	assert_int_equal(profile_load(&profile, "", "/dev/null", settings, 4, why, bytes), 0);
	assert_int_equal(run_prepare(run, &outside), 0);
	for (size_t i = 0; i < run->count; i++) {
		run->outcomes[i].planned = true;
		run->outcomes[i].verdict = VERDICT_MISSING;
	}
	error = guest_target_run(run, &profile, project_folder(), overlays, &sink, why, bytes);
	profile_free(&profile);
	return error;
}

static void test_verdicts(void **state)
{
	struct run run = {0};
	char why[512];

	(void)state;
	if (run_in_guest(&run, NULL, why, sizeof(why)))
		fail_msg("%s", why);
	expect(&run, "passes", VERDICT_PASS, "");
	expect(&run, "fails", VERDICT_FAIL, "standard output is not as expected");
	expect(&run, "panics", VERDICT_PANIC, "");
	expect(&run, "hangs", VERDICT_HANG, "");
	expect(&run, "kills_the_runner", VERDICT_INFRASTRUCTURE, "");
	expect(&run, "lost", VERDICT_MISSING, "planned, but no result arrived");
	expect(&run, "a_spoils", VERDICT_PASS, "");
	expect(&run, "b_spoils", VERDICT_PASS, "");
	expect(&run, "finds_nothing_spoilt", VERDICT_PASS, "");
	assert_int_equal(run_totals(&run).failed, 5);
	assert_non_null(strstr(outcome_of(&run, "panics")->console, "sysrq"));
	run_free(&run);
}

static void test_guest_that_cannot_start(void **state)
{
	struct run run = {0};
	char why[512] = "";

	(void)state;
	assert_int_equal(run_in_guest(&run, "/no/such/folder", why, sizeof(why)), -1);
	assert_non_null(strstr(why, "/no/such/folder"));
	run_free(&run);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_guest_that_cannot_start),
	};

	if (argc > 1 && strcmp(argv[1], "guest-side") == 0)
		return verb_guest_side(&inside, argc - 1, argv + 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
