/* SPDX-License-Identifier: MIT */
/*
 * Tests of SEOS_load on a simulated machine, whose scripts leave a line in a file and end with the
 * status they name. Not for: exits that hang or have children (the cases of kernel/exits).
 */
#include "ref/cmd/product_fixture.h"
#include "sim/shell.h"

#include <errno.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define FOLDER      PAMSC_DIR "/exits/LOAD"

static int setup(void **state)
{
	static const char *const folders[] = {"/var", "/var/log", PAMSC_DIR "/exits", FOLDER};
	const struct fixture *f;
	int error = fixture_setup(state);

	f = *state;
	for (size_t i = 0; i < ROWS(folders); i++)
		f->p->ops->mkdir(f->p, folders[i], 0755); /* some are there */
	return error;
}

static void make_exit(struct fixture *f, const char *name, int status)
{
	char path[PLATFORM_PATH_MAX], text[64];

	snprintf(path, sizeof(path), FOLDER "/%s", name);
	snprintf(text, sizeof(text), "#!/bin/sh\nexit %d\n", status);
	assert_int_equal(file_replace(f->p, path, text, strlen(text), 0755), 0);
}

/* What ran, as the shell was asked, and forgets it: "<sh> <PATH> <-pre>" a line. */
static void assert_ran(struct fixture *f, const char *const *names, size_t count)
{
	char expected[2048] = "";
	char *text = NULL;
	size_t bytes, n = 0;

	for (size_t i = 0; i < count; i++)
		n += (size_t)snprintf(expected + n, sizeof(expected) - n,
				      "</bin/sh> <" FOLDER "/%s>\n", names[i]);
	if (!file_read(f->p, SIM_SHELL_LOG, sizeof(expected), &text, &bytes))
		assert_int_equal(f->p->ops->unlink(f->p, SIM_SHELL_LOG), 0);
	assert_string_equal(text ? text : "", expected);
	free(text);
}

#define assert_history(f, ...)                                                                     \
	assert_ran(f, (const char *const[]){__VA_ARGS__},                                          \
		   sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool is_loaded(const struct fixture *f)
{
	struct platform_kernel_status status;

	return f->p->ops->kernel_status(f->p, &status) != -ENODEV;
}

static void loads_and_unloads(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_run(f, "SEOS_load"), 0);
	assert_string_equal(f->result.out, "SEOS_syscall: loaded already\n");
	assert_int_equal(fixture_run(f, "SEOS_load -u"), 0);
	assert_string_equal(f->result.out, "SEOS_syscall: unloaded\n");
	assert_false(is_loaded(f));
	assert_int_equal(fixture_run(f, "SEOS_load -u"), 0);
	assert_string_equal(f->result.out, "SEOS_syscall: not loaded\n");
	assert_int_equal(fixture_run(f, "SEOS_load"), 0);
	assert_string_equal(f->result.out, "SEOS_syscall: loaded\n");
	assert_string_equal(f->result.err, "");
	assert_true(is_loaded(f));
}

static void refuses_before_it_does_anything(void **state)
{
	static const struct {
		uid_t uid;
		const char *line;
		int status;
	} rows[] = {
		{FIXTURE_OP, "SEOS_load -u", EXIT_REFUSED},
		{0, "SEOS_load -u", EXIT_REFUSED},
		{0, "SEOS_load -x", EXIT_USAGE},
		{0, "SEOS_load -u x", EXIT_USAGE},
		{FIXTURE_OP, "SEOS_load", EXIT_REFUSED},
	};
	struct fixture *f = *state;

	make_exit(f, "SEOS_unload_a.always", 0);
	assert_int_equal(fixture_run(f, "seosd"), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(fixture_run_as(f, rows[i].uid, rows[i].line, NULL),
				 rows[i].status);
		assert_string_equal(f->result.out, "");
		assert_true(f->result.err_bytes > 0);
	}
	assert_int_equal(fixture_run(f, "secons -sk"), 0);
	assert_int_equal(file_replace(f->p, SEOS_INI, "nonsense", 8, 0644), 0);
	assert_int_equal(fixture_run(f, "SEOS_load -u"), EXIT_USAGE);
	assert_ran(f, NULL, 0);
	assert_true(is_loaded(f));
}

static void exits_run_around_loading(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_run(f, "SEOS_load -u"), 0);
	make_exit(f, "SEOS_load_b.always", 0);
	make_exit(f, "SEOS_load_a.always", 0);
	make_exit(f, "SEOS_load_a.opt", 0);
	make_exit(f, "SEOS_unload_a.always", 0);
	assert_int_equal(fixture_run(f, "SEOS_load"), 0);
	assert_history(f, "SEOS_load_a.always> <-pre", "SEOS_load_b.always> <-pre",
		       "SEOS_load_a.always> <-post", "SEOS_load_b.always> <-post");
	assert_int_equal(fixture_run(f, "SEOS_load -u"), 0);
	assert_history(f, "SEOS_unload_a.always> <-pre", "SEOS_unload_a.always> <-post");
	make_exit(f, "SEOS_load_a.always", 7);
	assert_int_equal(fixture_run(f, "SEOS_load"), EXIT_REFUSED);
	assert_string_equal(f->result.out, "");
	assert_string_equal(f->result.err,
			    "SEOS_load: " FOLDER "/SEOS_load_a.always -pre: exit status 7: the "
			    "extension is not loaded\n");
	assert_history(f, "SEOS_load_a.always> <-pre");
	assert_false(is_loaded(f));
}

static void a_blocker_calls_for_opt_exits(void **state)
{
	struct fixture *f = *state;
	const struct platform_call call = {.number = 5, .pid = 27477, .tid = 27477};

	sim_call_enter(f->sim, &call, sim_boot_ns(f->sim));
	make_exit(f, "SEOS_unload_a.opt", 0);
	assert_int_equal(fixture_run(f, "SEOS_load -u"), EXIT_REFUSED);
	assert_non_null(strstr(f->result.out, "Syscall 5 - PID: 27477 "));
	assert_history(f, "SEOS_unload_a.opt> <-pre");
	make_exit(f, "SEOS_unload_a.opt", 1);
	assert_int_equal(fixture_run(f, "SEOS_load -u"), EXIT_REFUSED);
	assert_string_equal(f->result.out, "");
	assert_string_equal(f->result.err, "SEOS_load: " FOLDER
					   "/SEOS_unload_a.opt -pre: exit status 1: the extension "
					   "stays loaded\n");
	assert_true(is_loaded(f));
	sim_call_leave(f->sim, 27477);
	assert_history(f, "SEOS_unload_a.opt> <-pre");
	assert_int_equal(fixture_run(f, "SEOS_load -u"), 0);
	assert_ran(f, NULL, 0);
}

static void nothing_unsafe_is_run(void **state)
{
	static const mode_t modes[] = {0644, 0775, 0757, 0066};
	struct fixture *f = *state;

	make_exit(f, "SEOS_unload_a.always", 0);
	for (size_t i = 0; i < ROWS(modes); i++) {
		assert_int_equal(sim_chmod(f->sim, FOLDER "/SEOS_unload_a.always", modes[i]), 0);
		assert_int_equal(fixture_run(f, "SEOS_load -u"), EXIT_REFUSED);
		assert_non_null(strstr(f->result.err, "SEOS_unload_a.always -pre: not run: it is"));
	}
	assert_int_equal(sim_chmod(f->sim, FOLDER "/SEOS_unload_a.always", 0755), 0);
	assert_int_equal(f->p->ops->chown(f->p, FOLDER "/SEOS_unload_a.always", 1, 0), 0);
	assert_int_equal(fixture_run(f, "SEOS_load -u"), EXIT_REFUSED);
	assert_int_equal(f->p->ops->chown(f->p, FOLDER "/SEOS_unload_a.always", 0, 0), 0);
	assert_int_equal(sim_chmod(f->sim, FOLDER, 0777), 0);
	assert_int_equal(fixture_run(f, "SEOS_load -u"), EXIT_REFUSED);
	assert_ran(f, NULL, 0);
	assert_true(is_loaded(f));
}

static void more_exits_than_the_limit_are_refused(void **state)
{
	struct fixture *f = *state;
	char name[64];

	for (unsigned i = 0; i < 65; i++) {
		snprintf(name, sizeof(name), "SEOS_unload_%u.always", i);
		make_exit(f, name, 0);
	}
	assert_int_equal(fixture_run(f, "SEOS_load -u"), EXIT_USAGE);
	assert_ran(f, NULL, 0);
	assert_int_equal(f->p->ops->unlink(f->p, FOLDER "/SEOS_unload_64.always"), 0);
	assert_int_equal(fixture_run(f, "SEOS_load -u"), 0);
	assert_false(is_loaded(f));
}

int main(void)
{
#define CASE_OF(test) cmocka_unit_test_setup_teardown(test, setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		CASE_OF(loads_and_unloads),        CASE_OF(refuses_before_it_does_anything),
		CASE_OF(exits_run_around_loading), CASE_OF(a_blocker_calls_for_opt_exits),
		CASE_OF(nothing_unsafe_is_run),    CASE_OF(more_exits_than_the_limit_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
