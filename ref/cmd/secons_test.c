/* SPDX-License-Identifier: MIT */
/*
 * Tests of secons on a simulated machine: options, the documented outputs byte for byte, rights and
 * records, with seosd and without.
 */
#include "ref/cmd/product_fixture.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define DAY_NS      (INT64_C(86400) * NS_PER_S)
#define HOUR_NS     (INT64_C(3600) * NS_PER_S)

/* The two callers of the documented example. */
static void enter_documented_calls(struct fixture *f)
{
	const struct platform_call vsftpd = {.number = 102,
					     .pid = 2105,
					     .tid = 2105,
					     .ppid = 1,
					     .movable = true,
					     .program = "/usr/sbin/vsftpd"};
	const struct platform_call bash = {
		.number = 5, .pid = 24269, .tid = 24269, .ppid = 4289, .program = "/bin/bash"};

	sim_advance(f->sim, 5 * DAY_NS);
	sim_wall_set(f->sim, FIXTURE_START_S);
	sim_call_enter(f->sim, &bash, sim_boot_ns(f->sim) - (2 * DAY_NS + 21 * HOUR_NS));
	sim_call_enter(f->sim, &vsftpd, sim_boot_ns(f->sim) - (4 * DAY_NS + 4 * HOUR_NS));
}

static void wrong_usage_does_nothing(void **state)
{
	struct fixture *f = *state;
	static const char *const lines[] = {
		"secons",         "secons -x",        "secons -s -sc",
		"secons -s -s",   "secons -scl -scl", "secons HOST1",
		"secons -sc x",   "secons -h -s",     "secons -s HOST1 -s",
		"secons -scl -h",
	};
	char *records;

	assert_int_equal(fixture_run(f, "seosd"), 0);
	for (size_t i = 0; i < ROWS(lines); i++) {
		assert_int_equal(fixture_run(f, lines[i]), EXIT_USAGE);
		assert_string_equal(f->result.out, "");
		assert_true(f->result.err_bytes > 0);
	}
	assert_int_equal(fixture_run(f, "secons -h"), 0);
	assert_non_null(strstr(f->result.out, "Usage: secons"));
	assert_string_equal(f->result.err, "");
	assert_int_equal(fixture_run(f, "issec"), 0); /* all run */
	records = fixture_records(f, FIXTURE_RECORDS + 3, "");
	assert_string_equal(records, "");
	free(records);
}

static void documented_short_listing(void **state)
{
	struct fixture *f = *state;
	const struct platform_call call = {.number = 5, .pid = 27477, .tid = 27477};

	for (int with_seosd = 0; with_seosd < 2; with_seosd++) {
		if (with_seosd)
			assert_int_equal(fixture_run(f, "seosd"), 0);
		assert_int_equal(fixture_run(f, "secons -sc"), 0);
		assert_string_equal(f->result.out, FIXTURE_BANNER "No active system calls.\n");
		sim_call_enter(f->sim, &call, sim_boot_ns(f->sim));
		assert_int_equal(fixture_run(f, "secons -sc"), 0);
		assert_string_equal(f->result.out, FIXTURE_BANNER
				    "Active system calls:\nsyscall 5 - PID: 27477\n");
		sim_call_leave(f->sim, 27477);
	}
}

static void documented_long_listing_and_its_record(void **state)
{
	struct fixture *f = *state;
	char *records;

	enter_documented_calls(f);
	for (int with_seosd = 0; with_seosd < 2; with_seosd++) {
		if (with_seosd)
			assert_int_equal(fixture_run(f, "seosd"), 0);
		assert_int_equal(fixture_run(f, "secons -scl"), 0);
		assert_string_equal(f->result.err, "");
		assert_string_equal(f->result.out, FIXTURE_BANNER
				    "Active system calls:\n"
				    "-Syscall 102 - PID: 2105 PPID: 1 UID: 0 TIME: 4d-4h "
				    "PROGRAM NAME: /usr/sbin/vsftpd\n"
				    "Syscall 5 - PID: 24269 PPID: 4289 UID: 0 TIME: 2d-21h "
				    "PROGRAM NAME: /bin/bash\n");
		assert_int_equal(fixture_run(f, "secons -sc"), 0); /* no record */
		assert_string_equal(f->result.out, FIXTURE_BANNER "Active system calls:\n"
								  "syscall 102 - PID: 2105\n"
								  "syscall 5 - PID: 24269\n");
	}
	records = fixture_records(f, FIXTURE_RECORDS, "");
	assert_string_equal(records,
			    "10 Nov 2024 05:47:22 F CHECK root Scan 339 0 SEOS_syscall unload\n"
			    "10 Nov 2024 05:47:22 M START seosd\n"
			    "10 Nov 2024 05:47:22 M START seagent\n"
			    "10 Nov 2024 05:47:22 M START seoswd\n"
			    "10 Nov 2024 05:47:22 F CHECK root Scan 339 0 SEOS_syscall unload\n");
	free(records);
}

static void only_undashed_calls_block(void **state)
{
	struct fixture *f = *state;
	char *records;

	enter_documented_calls(f);
	sim_call_leave(f->sim, 24269);
	assert_int_equal(fixture_run(f, "secons -scl"), 0);
	sim_call_leave(f->sim, 2105);
	assert_int_equal(fixture_run(f, "secons -scl"), 0);
	records = fixture_records(f, FIXTURE_RECORDS, " -sessionid");
	assert_string_equal(records,
			    "10 Nov 2024 05:47:22 S CHECK root 48da26ce:00000142 Scan 339 0 "
			    "SEOS_syscall unload\n"
			    "10 Nov 2024 05:47:22 S CHECK root 48da26ce:00000142 Scan 339 0 "
			    "SEOS_syscall unload\n");
	free(records);
}

static void long_listings_come_in_pages(void **state)
{
	struct fixture *f = *state;
	char *at;

	assert_int_equal(fixture_run(f, "seosd"), 0);
	for (int i = 0; i < 100; i++) {
		struct platform_call call = {.number = i, .pid = 30000 + i, .tid = 30000 + i};

		snprintf(call.program, sizeof(call.program), "/bin/p\n%d", i);
		sim_call_enter(f->sim, &call, sim_boot_ns(f->sim));
	}
	assert_int_equal(fixture_run(f, "secons -scl"), 0);
	at = f->result.out + strlen(FIXTURE_BANNER "Active system calls:\n");
	for (int i = 0; i < 100; i++) {
		char row[160];

		snprintf(row, sizeof(row),
			 "Syscall %d - PID: %d PPID: 0 UID: 0 TIME: 0m-0s "
			 "PROGRAM NAME: /bin/p\\012%d\n",
			 i, 30000 + i, i);
		assert_memory_equal(at, row, strlen(row));
		at += strlen(row);
	}
	assert_string_equal(at, "");
}

static void rights_are_those_of_the_database(void **state)
{
	struct fixture *f = *state;
	static const struct {
		uid_t uid;
		int status;
		const char *user;
	} rows[] = {
		{0, EXIT_DONE, NULL},
		{FIXTURE_OP, EXIT_DONE, NULL},
		{FIXTURE_TST002, EXIT_REFUSED, "user tst002 "},
		{FIXTURE_NOBODY, EXIT_REFUSED, "user nobody "},
		{4242, EXIT_REFUSED, "user 4242 "},
	};

	assert_int_equal(fixture_run(f, "seosd"), 0);
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_int_equal(fixture_run_as(f, rows[i].uid, "secons -scl", NULL),
				 rows[i].status);
		if (!rows[i].user)
			continue;
		assert_string_equal(f->result.out, FIXTURE_BANNER);
		assert_non_null(strstr(f->result.err, rows[i].user));
		assert_non_null(strstr(f->result.err, "ADMIN or OPERATOR is needed"));
	}
}

static void without_seosd_the_database_must_be_readable(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_run_as(f, FIXTURE_OP, "secons -sc", NULL), EXIT_REFUSED);
	assert_non_null(strstr(f->result.err, "only root can read the policy database"));
	assert_int_equal(fixture_run_as(f, 0, "selang -c", "nu x admin; ru root"), EXIT_REFUSED);
	assert_int_equal(f->p->ops->unlink(f->p, PRODUCT_DATABASE), 0);
	assert_int_equal(fixture_run(f, "secons -sc"), EXIT_USAGE); /* secons/rights/14 */
	assert_non_null(strstr(f->result.err, "there is no policy database"));
}

static void monitoring_off_is_said(void **state)
{
	struct fixture *f = *state;
	char *records;

	fixture_ini(f, "[SEOS_syscall]\nsyscall_monitor = 0\n");
	for (int with_seosd = 0; with_seosd < 2; with_seosd++) {
		if (with_seosd)
			assert_int_equal(fixture_run(f, "seosd"), 0);
		assert_int_equal(fixture_run(f, "secons -scl"), 0);
		assert_string_equal(f->result.out,
				    FIXTURE_BANNER "System call monitoring is disabled "
						   "(syscall_monitor = 0).\n");
	}
	/* The daemon's setting is what counts until it reads the file anew. */
	fixture_ini(f, "");
	assert_int_equal(fixture_run(f, "secons -sc"), 0);
	assert_non_null(strstr(f->result.out, "monitoring is disabled"));
	records = fixture_records(f, FIXTURE_RECORDS, "");
	assert_null(strstr(records, "CHECK"));
	free(records);
}

static void settings_are_checked(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *ini, *part;
	} rows[] = {
		{"[SEOS_syscall]\nsyscall_monitor = 2\n",
		 SEOS_INI ":2: [SEOS_syscall] syscall_monitor = 2:"},
		{"\n[SEOS_syscall]\n\nsyscall_monitor = yes\n", SEOS_INI ":4: "},
		{"[product]\nbrand = x\n", SEOS_INI ":2: [product] brand is x:"},
		{"nonsense\n", SEOS_INI ":1"},
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		fixture_ini(f, rows[i].ini);
		assert_int_equal(fixture_run(f, "secons -sc"), EXIT_USAGE);
		assert_non_null(strstr(f->result.err, rows[i].part));
		assert_int_equal(fixture_run(f, "seosd"), EXIT_USAGE);
		assert_non_null(strstr(f->result.err, rows[i].part));
	}
	assert_int_equal(f->p->ops->unlink(f->p, SEOS_INI), 0);
	assert_int_equal(fixture_run(f, "secons -s"), EXIT_USAGE); /* daemon/ini/3 */
	assert_non_null(strstr(f->result.err, SEOS_INI));
	fixture_ini(f, "[product]\nbrand = ac\n");
	assert_int_equal(fixture_run(f, "secons -s"), 0);
	assert_int_equal(strncmp(f->result.out, "CA Access Control secons v14", 28), 0);
	assert_non_null(strstr(f->result.out, ": CA Access Control is not running\n"));
}

static void unload_is_prepared(void **state)
{
	struct fixture *f = *state;

	enter_documented_calls(f);
	assert_int_equal(fixture_run(f, "seosd"), 0);
	/* A blocking caller: the daemons are down, the extension goes on. */
	assert_int_equal(fixture_run_as(f, FIXTURE_OP, "secons -sk", NULL), EXIT_REFUSED);
	assert_non_null(strstr(f->result.out, ": CA PAMSC is shut down\n"
					      "Syscall 5 - PID: 24269 PPID: 4289 "));
	assert_null(strstr(f->result.out, "vsftpd"));
	assert_non_null(strstr(f->result.err, "SEOS_syscall cannot be unloaded"));
	assert_int_equal(fixture_run(f, "issec"), EXIT_REFUSED);
	sim_call_leave(f->sim, 24269);
	assert_int_equal(fixture_run_as(f, FIXTURE_OP, "secons -sk", NULL), EXIT_REFUSED);
	assert_int_equal(fixture_run(f, "secons -sk"), 0);
	assert_non_null(strstr(f->result.out, ": CA PAMSC is not running\n"
					      "SEOS_syscall: ready to unload\n"));
}

static void who_may_not_shut_down_prepares_nothing(void **state)
{
	struct fixture *f = *state;
	struct platform_kernel_status kernel;

	assert_int_equal(fixture_run(f, "seosd"), 0);
	assert_int_equal(fixture_run_as(f, FIXTURE_TST002, "secons -sk", NULL), EXIT_REFUSED);
	assert_int_equal(f->p->ops->kernel_status(f->p, &kernel), 0);
	assert_false(kernel.prepared);
	assert_int_equal(fixture_run(f, "issec"), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(wrong_usage_does_nothing),
		TEST(documented_short_listing),
		TEST(documented_long_listing_and_its_record),
		TEST(only_undashed_calls_block),
		TEST(long_listings_come_in_pages),
		TEST(rights_are_those_of_the_database),
		TEST(without_seosd_the_database_must_be_readable),
		TEST(monitoring_off_is_said),
		TEST(settings_are_checked),
		TEST(unload_is_prepared),
		TEST(who_may_not_shut_down_prepares_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
