/* SPDX-License-Identifier: MIT */
/*
 * A command of audsys that fails at any of its steps leaves everything as it was: each step in
 * turn, on a simulated machine. What audsys does when nothing fails is proved by the cases of the
 * suite.
 */
#include "ref/platform/platform.h"
#include "ref/store/failing.h"
#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

extern const struct program audsys_program;

static struct sim *machine;
static struct platform *p;

static int set_up(void **state)
{
	(void)state;
	machine = sim_new(1, 1171467000);
	assert_non_null(machine);
	p = sim_root(machine);
	failing_install(p);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	failing_remove(p);
	sim_free(machine);
	return 0;
}

/* Runs audsys with the words of a line; err gets what it says on standard error. */
static int audsys(const char *line, char *err, size_t bytes)
{
	char words[256];
	char *argv[16] = {"audsys"};
	struct program_run run = {.platform = p, .out = fopen("/dev/null", "w")};
	int argc = 1;
	int status;

	snprintf(words, sizeof(words), "%s", line);
	for (char *rest = words, *word; (word = strsep(&rest, " "));)
		argv[argc++] = word;
	memset(err, 0, bytes);
	run.err = fmemopen(err, bytes, "w");
	assert_non_null(run.out);
	assert_non_null(run.err);
	status = audsys_program.main(&run, argc, argv);
	fclose(run.out);
	fclose(run.err);
	return status;
}

/* Returns how many steps could fail. */
static int fail_everywhere(const char *line)
{
	static char before[FAILING_SNAPSHOT_MAX], after[FAILING_SNAPSHOT_MAX];
	char err[512];
	int status = EXIT_REFUSED;
	int step = 0;

	assert_int_equal(failing_snapshot(p, before), 0);
	for (; status != EXIT_DONE; step++) {
		failing_in = step;
		status = audsys(line, err, sizeof(err));
		failing_in = -1;
		assert_int_equal(failing_snapshot(p, after), 0);
		if (status == EXIT_DONE)
			break;
		assert_int_equal(status, EXIT_REFUSED);
		assert_string_equal(before, after);
		assert_memory_equal(err, "audsys: ", 8);
		assert_ptr_equal(strchr(err, '\n'), err + strlen(err) - 1);
	}
	assert_string_not_equal(before, after);
	return step;
}

static void leaves_no_trace_of_a_failure(void **state)
{
	(void)state;
	/* two folders of audnames, two trails of a folder and two files of two steps each, and the
	 * four of audnames */
	assert_int_equal(fail_everywhere("-n -N 2 -c /var/.audit/a -s 10 -x /var/.audit/b -z 10"),
			 2 + 2 * 5 + 4);
	assert_true(fail_everywhere("-N 4") > 0);
	assert_true(fail_everywhere("-f") > 0);
	assert_true(fail_everywhere("-c /var/.audit/b -s 20") > 0);
	assert_true(fail_everywhere("-N 0 -c /var/.audit/c -s 20") > 0);
}

static void takes_an_empty_file_back(void **state)
{
	int fd = p->ops->open(p, "/var/.audit/c", PLATFORM_APPEND | PLATFORM_CREATE, 0600);

	(void)state;
	assert_true(fd >= 0);
	p->ops->close(p, fd);
	assert_true(fail_everywhere("-n -N 0 -c /var/.audit/c -s 20 -x /var/.audit/d -z 10") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(leaves_no_trace_of_a_failure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(takes_an_empty_file_back, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
