/* SPDX-License-Identifier: MIT */
/*
 * What a running audomon tells of itself. Not for: the messages it writes by itself (output.c).
 */
#include "conformance/cases/trails.h"

#include <stdlib.h>

#define JSON       "--status", "--json"
#define PROMETHEUS "--status", "--prometheus"

/* audomon/status/1, 2: process, trail, thresholds and fullness, for people. */
CASE(text, REQUIREMENTS("audomon/status/1", "audomon/status/2"), .needs = CAP_FILL)
{
	const struct result *r;

	file_system_of(t, 2800);
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 512000);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-w", "90", "-o", MESSAGES);
	r = run_ok(t, "audomon", "--status");
	assert_err(r, "");
	assert_out_match(r, text_format("^audomon: +process id %ld$",
					strtol(file_read(t, PID_FILE), NULL, 10)));
	assert_out_match(r, "^auditing: +on$");
	assert_out_match(r, "^audit trail: +" TRAIL "$");
	assert_out_match(r, "^size: +500 of 1000 Kb \\(50 %\\)$");
	assert_out_match(r, "^file system: +72 % full, switch at 80 %, warned of$");
	assert_out_match(r, "^next wake-up: +[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}$");
}

/* audomon/status/3: the same as one JSON object on one line. */
CASE(json, REQUIREMENTS("audomon/status/3"), .needs = CAP_FILL)
{
	const struct result *r;

	file_system_of(t, 2800);
	run_ok(t, "audsys", "-n", "-N", "0", "-c", TRAIL, "-s", "1000");
	file_resize(t, TRAIL, 512000);
	run_ok(t, "audomon", "-p", "20", "-t", "1.5", "-w", "90", "-o", MESSAGES);
	r = run_ok(t, "audomon", JSON);
	assert_int_equal(text_line_count(r->out), 1);
	assert_out_match(r, "^\\{\"pid\":[0-9]+,\"auditing\":\"on\",\"settings\":"
			    "\\{\"fss_percent\":20,\"warning_percent\":90,\"sp_freq_ms\":90000,"
			    "\"switch_free_kb\":0,"
			    "\"output\":\"" MESSAGES "\",\"task\":\"\"\\},"
			    "\"trail\":\\{\"path\":\"" TRAIL "\",\"size_bytes\":512000,"
			    "\"switch_kb\":1000,\"used_percent\":50\\},\"next_trail\":\"\","
			    "\"file_system\":\\{\"blocks\":10000,\"free\":2800,\"available\":2800,"
			    "\"used_percent\":72,\"switch_percent\":80\\},"
			    "\"warns_of_size\":false,\"warns_of_space\":true,\"held\":false,"
			    "\"last_wake_up_s\":[0-9]+,\"next_wake_up_s\":[0-9]+,"
			    "\"switches\":0,\"failed_switches\":0,\"last_switch\":null,"
			    "\"tasks\":\\{\"running\":0,\"waiting\":0\\}\\}$");
}

static long number_behind(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtol(at + strlen(key), NULL, 10) : -1;
}

/* audomon/status/4: the next wake-up it tells is the one of the formula: 330 s from the last one.
 */
CASE(next_wake_up, REQUIREMENTS("audomon/status/4"), .needs = CAP_FILL)
{
	const char *out;

	file_system_of(t, 10000);
	run_ok(t, "audsys", "-n", "-N", "0", "-c", TRAIL, "-s", "1000");
	file_resize(t, TRAIL, 512000);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-o", MESSAGES);
	out = run_ok(t, "audomon", JSON)->out;
	assert_in_range(number_behind(out, "\"next_wake_up_s\":") -
				number_behind(out, "\"last_wake_up_s\":"),
			330, 331);
}

/* audomon/status/5: switches, the last one with its cause, the hold. */
CASE(after_a_switch, REQUIREMENTS("audomon/status/5"), .needs = CAP_FILL)
{
	const struct result *r;

	file_system_of(t, 2000);
	auditing_on(t);
	run_ok(t, "audomon", "-p", "20", "-o", MESSAGES);
	r = run_ok(t, "audomon", JSON);
	assert_out_match(r, "\"path\":\"" TRAIL "\\." STAMP "\"");
	assert_out_match(r, "\"held\":true,");
	assert_out_match(r,
			 "\"switches\":1,\"failed_switches\":0,\"last_switch\":\\{\"at_s\":[0-9]+,"
			 "\"from\":\"" TRAIL "\",\"to\":\"" TRAIL "\\." STAMP
			 "\",\"for_size\":false,\"for_space\":true\\},");
	assert_out_match(run_ok(t, "audomon", "--status"), "^last switch: .* from " TRAIL " to ");
}

/* audomon/status/5: a switch that failed is counted as such. */
CASE(after_a_failure, REQUIREMENTS("audomon/status/5"))
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, "RELEASE=11.23\n");
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 1024000);
	run_ok(t, "audomon", "-o", MESSAGES);
	assert_out_match(run_ok(t, "audomon", JSON),
			 "\"switches\":0,\"failed_switches\":1,\"last_switch\":null,");
}

/* audomon/status/1: while auditing is off it says so, and names no trail. */
CASE(off, REQUIREMENTS("audomon/status/1"))
{
	const struct result *r;

	run_ok(t, "audomon", "-o", MESSAGES);
	r = run_ok(t, "audomon", "--status");
	assert_out_match(r, "^auditing: +off$");
	assert_out_match(r, "^audit trail: +-none-$");
	assert_out_match(run_ok(t, "audomon", JSON),
			 "\"auditing\":\"off\",.*\"trail\":null,.*\"file_system\":null,");
}

/* audomon/status/6: metrics, each with help and type. */
CASE(metrics, REQUIREMENTS("audomon/status/6"), .needs = CAP_FILL)
{
	const struct result *r;

	file_system_of(t, 2500);
	run_ok(t, "audsys", "-n", "-N", "0", "-c", TRAIL, "-s", "1000");
	file_resize(t, TRAIL, 512000);
	run_ok(t, "audomon", "-p", "20", "-o", MESSAGES);
	r = run_ok(t, "audomon", PROMETHEUS);
	assert_line(r, "# TYPE audomon_switches_total counter");
	assert_line(r, "audomon_switches_total 0");
	assert_line(r, "audomon_auditing 1");
	assert_line(r, "audomon_trail_size_bytes{trail=\"" TRAIL "\"} 512000");
	assert_line(r, "audomon_trail_switch_bytes{trail=\"" TRAIL "\"} 1024000");
	assert_line(r, "audomon_file_system_used_ratio{trail=\"" TRAIL "\"} 0.75");
	assert_line(r, "audomon_held 0");
	assert_int_equal(text_match_count(r->out, "^# HELP audomon_[a-z_]+ [A-Z0-9].*\\.?$"),
			 text_match_count(r->out, "^audomon_[a-z_]+(\\{.*\\})? [0-9.e+]+$"));
	assert_int_equal(text_match_count(r->out, "^# (HELP|TYPE) ") * 3,
			 text_line_count(r->out) * 2);
}

/* audomon/status/7: without a running audomon, one line on standard error and exit 1. */
CASE(not_running, REQUIREMENTS("audomon/status/7"))
{
	const struct result *r = run(t, "audomon", JSON);

	assert_exit(r, 1);
	assert_out(r, "");
	assert_err(r, "audomon: --status: not running\n");
}

/* audomon/status/7: nor after one that was killed. */
CASE(killed, REQUIREMENTS("audomon/status/7"))
{
	pid_t pid;
	const struct result *r;

	run_ok(t, "audomon", "-o", MESSAGES);
	pid = (pid_t)strtol(file_read(t, PID_FILE), NULL, 10);
	signal_pid(t, pid, SIGKILL);
	wait_until(t, 20, !pid_exists(t, pid));
	r = run(t, "audomon", "--status");
	assert_exit(r, 1);
	assert_err(r, "audomon: --status: not running\n");
}

/* audomon/status/8: only root is told. */
CASE(privileged, REQUIREMENTS("audomon/status/8"), .needs = CAP_ROOT)
{
	const struct result *r;

	user_add(t, "carol", 1101);
	run_ok(t, "audomon", "-o", MESSAGES);
	r = run_as(t, &(struct run_options){.user = "carol"}, "audomon", JSON);
	assert_exit(r, 1);
	assert_out(r, "");
	assert_err(r, "audomon: --status: only root may ask\n");
}

/* audomon/status/9: anything else behind --status is a usage error. */
CASE(usage, REQUIREMENTS("audomon/status/9"))
{
	assert_exit(run(t, "audomon", "--status", "--yaml"), 2);
	assert_exit(run(t, "audomon", JSON, "--prometheus"), 2);
	assert_exit(run(t, "audomon", "-v", "--status"), 2);
}
