/* SPDX-License-Identifier: MIT */
/*
 * A power cut at any step of a compression leaves each file as it was or compressed whole, on a
 * simulated machine that loses what was not synced (audomon/compress/4). What audpack does when
 * nothing fails is proved by the cases of the suite.
 */
#include "ref/store/file.h"
#include "ref/store/trail_pack.h"
#include "sim/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TRAIL "/var/.audit/trail.200001010000"
#define PLAIN 300000

static const char *const files[] = {TRAIL "/spu0", TRAIL "/spu1"};
static struct sim *machine;
static char plain[PLAIN];

static int set_up(void **state)
{
	(void)state;
	memcpy(plain, "AUDTRAIL", 8);
	for (size_t i = 8; i < sizeof(plain); i++)
		plain[i] = (char)(i * i >> 7);
	return 0;
}

static int run(const char *const *argv)
{
	const struct sim_command command = {.argv = argv};
	struct sim_result r;
	int status;

	assert_int_equal(sim_run(machine, &command, &r), 0);
	status = r.status;
	sim_result_free(&r);
	return status;
}

static void begin(uint64_t seed)
{
	static const char *const audsys[] = {"audsys", "-n", "-c", "/var/.audit/trail",
					     "-s",     "10", NULL};
	struct platform *p;

	machine = sim_new(seed, 1171467000);
	assert_non_null(machine);
	p = sim_root(machine);
	assert_int_equal(run(audsys), 0);
	assert_int_equal(p->ops->mkdir(p, TRAIL, 0700), 0);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_int_equal(file_replace(p, files[i], plain, sizeof(plain), 0600), 0);
	sim_power(machine);
}

/* Returns how many of the files are compressed. */
static unsigned check(void)
{
	struct platform *p = sim_root(machine);
	unsigned packed = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char *data = NULL;
		size_t bytes;

		assert_int_equal(file_read(p, files[i], 2 * (size_t)PLAIN, &data, &bytes), 0);
		packed += bytes != PLAIN;
		assert_int_equal(trail_unpack(&data, &bytes, PLAIN), 0);
		assert_int_equal(bytes, PLAIN);
		assert_memory_equal(data, plain, PLAIN);
		free(data);
	}
	return packed;
}

static void a_power_cut_leaves_whole_files(void **state)
{
	static const char *const audpack[] = {"audpack", NULL};
	unsigned seen[3] = {0};
	bool died = true;

	(void)state;
	for (unsigned step = 1; died; step++) {
		for (uint64_t seed = 1; seed <= 8; seed++) {
			begin(seed);
			sim_die(machine, "audpack", step);
			run(audpack);
			died = sim_die(machine, "", 0) == 0;
			sim_power_cut(machine);
			seen[check()]++;
			assert_int_equal(run(audpack), 0); /* auditing is still on here */
			assert_int_equal(check(), 2);
			sim_free(machine);
		}
		assert_true(step < 100);
	}
	assert_true(seen[0] && seen[1] && seen[2]);
}

static void what_is_damaged_is_refused(void **state)
{
	static const unsigned char headless[] = {0x28, 0xb5, 0x2f, 0xfd, 0, 0};
	char *data = malloc(sizeof(headless));
	size_t bytes = sizeof(headless);

	(void)state;
	assert_non_null(data);
	memcpy(data, headless, sizeof(headless));
	assert_int_equal(trail_unpack(&data, &bytes, PLAIN), -EBADMSG);
	assert_int_equal(bytes, sizeof(headless));
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_power_cut_leaves_whole_files),
		cmocka_unit_test(what_is_damaged_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
