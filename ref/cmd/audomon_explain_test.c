/* SPDX-License-Identifier: MIT */
/*
 * The picture of `audomon --explain` is the one in the tree, byte for byte, and a failed write of
 * it leaves nothing. What the command says is proved by the cases of audomon/explain.
 */
#include "ref/cmd/audomon_explain.h"
#include "ref/store/failing.h"
#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN  "conformance/golden/audomon-explain.svg" /* from the root of the tree */
#define PICTURE "/var/p.svg"
#define MAX     65536

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

static int explain(void)
{
	char *argv[] = {"audomon", "--explain", "--svg", PICTURE, NULL};
	struct program_run run = {.platform = p, .out = fopen("/dev/null", "w")};
	int status;

	assert_non_null(run.out);
	status = audomon_explain(&run, 4, argv);
	fclose(run.out);
	return status;
}

static void golden(void **state)
{
	char *expected = malloc(MAX);
	FILE *file = fopen(GOLDEN, "r");
	char *drawn;
	size_t bytes;
	size_t n;

	(void)state;
	assert_non_null(expected);
	assert_non_null(file);
	n = fread(expected, 1, MAX - 1, file);
	expected[n] = '\0';
	fclose(file);
	assert_int_equal(explain(), EXIT_DONE);
	assert_int_equal(file_read(p, PICTURE, MAX, &drawn, &bytes), 0);
	assert_string_equal(drawn, expected);
	free(drawn);
	free(expected);
}

static void fails_at_any_step(void **state)
{
	struct platform_stat st;
	int step = 0;

	(void)state;
	for (; step < 20; step++) {
		failing_in = step;
		if (explain() == EXIT_DONE)
			break;
		assert_int_equal(p->ops->stat(p, PICTURE ".new", &st), -ENOENT);
	}
	assert_in_range(step, 4, 6);
	assert_int_equal(p->ops->stat(p, PICTURE, &st), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(golden, set_up, tear_down),
		cmocka_unit_test_setup_teardown(fails_at_any_step, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("audomon --explain", tests, NULL, NULL);
}
