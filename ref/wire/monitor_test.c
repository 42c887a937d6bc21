/* SPDX-License-Identifier: MIT */
/*
 * Tests of monitor.c: what is written is read back the same, and what is no account is refused. The
 * socket itself is tested by the cases of audomon/status.
 */
#include "ref/wire/monitor.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct monitor_status full(void)
{
	return (struct monitor_status){
		.pid = 812,
		.settings = {.fss_percent = 20,
			     .warning_percent = 90,
			     .sp_ms = 60000,
			     .switch_free_kb = 5000},
		.output = "/dev/console",
		.task = "/usr/local/bin/rcp_audit_trail \"hostname\"",
		.auditing = MONITOR_ON,
		.trail = "/var/.audit/my_trail",
		.next = "/var/.audit/next",
		.facts = {.size_bytes = 524288,
			  .afs_kb = 1000,
			  .blocks = 10000,
			  .free = 2800,
			  .available = 1800},
		.warn_of = OVERFLOW_SPACE,
		.held = true,
		.last_wake_up_s = 1171467000,
		.next_wake_up_s = 1171467330,
		.switches = 3,
		.failed_switches = 1,
		.last_switch = {1171460000, "/var/.audit/old", "/var/.audit/my_trail",
				OVERFLOW_SIZE | OVERFLOW_SPACE},
		.task_pid = 901,
		.tasks_waiting = 2,
	};
}

static void assert_round_trip(const struct monitor_status *s)
{
	struct monitor_status *back = calloc(1, sizeof(*back));
	char *text = monitor_write(s);
	char *again;

	assert_non_null(back);
	assert_non_null(text);
	assert_int_equal(monitor_read(text, strlen(text), back), 0);
	again = monitor_write(back);
	assert_string_equal(again, text);
	assert_int_equal(back->pid, s->pid);
	assert_int_equal(back->last_switch.causes, s->last_switch.causes);
	assert_int_equal(back->warn_of, s->warn_of);
	free(again);
	free(text);
	free(back);
}

static void round_trips(void **state)
{
	struct monitor_status s = full();

	(void)state;
	assert_round_trip(&s);
	s = (struct monitor_status){.pid = 1,
				    .settings = {.warning_percent = 100, .sp_ms = 1},
				    .auditing = MONITOR_OFF};
	assert_round_trip(&s);
	s = full();
	s.auditing = MONITOR_UNKNOWN;
	s.facts.blocks = INT64_MAX;
	assert_round_trip(&s);
}

static void says_percentages(void **state)
{
	struct monitor_status s = full();
	char *text = monitor_write(&s);

	(void)state;
	assert_non_null(strstr(text, "\"switch_kb\":1000,\"used_percent\":51}"));
	assert_non_null(strstr(text, "\"used_percent\":72,\"switch_percent\":80}"));
	assert_ptr_equal(strstr(text, "{\"pid\":812,"), text);
	free(text);
}

static void huge_counts(void **state)
{
	struct monitor_status s = full();
	char *text;

	(void)state;
	s.facts.blocks = UINT64_MAX;
	text = monitor_write(&s);
	assert_non_null(strstr(text, "\"blocks\":9223372036854775807,"));
	free(text);
}

/* Cut anywhere, or with one part of another kind, it is no account. */
static void refusals(void **state)
{
	static const char *const parts[][2] = {
		{"\"pid\":812", "\"pid\":\"812\""},
		{"\"auditing\":\"on\"", "\"auditing\":\"perhaps\""},
		{"\"fss_percent\":20", "\"fss_percent\":101"},
		{"\"sp_freq_ms\":60000", "\"sp_freq_ms\":0"},
		{"\"held\":true", "\"held\":1"},
		{"\"held\":true", "\"held\":true,\"more\":1"},
		{"\"for_size\":true", "\"for_size\":null"},
		{"\"waiting\":2", "\"waiting\":-2"},
		{"\"size_bytes\":524288", "\"size\":524288"},
	};
	struct monitor_status *out = calloc(1, sizeof(*out));
	struct monitor_status s = full();
	char *text = monitor_write(&s);
	char changed[PLATFORM_PATH_MAX * 4];

	(void)state;
	assert_non_null(out);
	for (size_t n = 0; n < strlen(text); n++)
		assert_int_equal(monitor_read(text, n, out), -EBADMSG);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const char *at = strstr(text, parts[i][0]);

		assert_non_null(at);
		snprintf(changed, sizeof(changed), "%.*s%s%s", (int)(at - text), text, parts[i][1],
			 at + strlen(parts[i][0]));
		if (monitor_read(changed, strlen(changed), out) != -EBADMSG)
			fail_msg("taken: %s", parts[i][1]);
	}
	free(text);
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trips),
		cmocka_unit_test(says_percentages),
		cmocka_unit_test(huge_counts),
		cmocka_unit_test(refusals),
	};

	return cmocka_run_group_tests_name("monitor", tests, NULL, NULL);
}
