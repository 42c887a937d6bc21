/* SPDX-License-Identifier: MIT */
/*
 * Records in trails: what is recorded, how a file is laid out, and that audisp shows it. Not for:
 * what happens when a trail cannot be written or a writer is killed (writer.c).
 */
#include "conformance/cases/recorded.h"

#include <stdlib.h>

/* audsys/writer/1, control/6, display/5, record/4: a call of a selected class is in the trail once
 * audsys -f has returned, with who made it and how it went. */
CASE(call_recorded,
     REQUIREMENTS("audsys/writer/1", "audsys/writer/4", "audsys/control/6", "audsys/record/4",
		  "audsys/display/1", "audsys/display/2", "audsys/display/5"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	pid_t pid;

	recording(t, "-P -F -e open", "1");
	pid = call_made(t);
	run_ok(t, "audsys", "-f");
	assert_int_equal(calls_shown(t, TRAIL, pid), 1);
	/* Others have opened files too, by whatever path. */
	assert_out_match(run_ok(t, "audisp", "--json", "-u", "0", "-e", "open", "-p", TRAIL),
			 "^\\{\"time_ns\":[0-9]+,\"source\":[0-9]+,\"sequence\":[1-9][0-9]*,"
			 "\"event\":\"open\",\"call\":\"open(at)?\",\"pid\":[0-9]+,\"ppid\":[0-9]+,"
			 "\"program\":\"[^\"]+\",\"uid\":0,\"euid\":0,\"result\":[0-9]+,"
			 "\"path\":\"/[^\"]*\"");
	assert_out_match(run_ok(t, "audisp", TRAIL),
			 text_format("^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9:]{8}\\.[0-9]{6} open +"
				     "open(at)? +[0-9]+ pid %d ",
				     (int)pid));
}

/* audsys/control/45: the writer is killed and audnames lost; audsys -f ends the recording. */
CASE(left_behind, REQUIREMENTS("audsys/control/45"), .needs = CAP_ROOT | CAP_HOOKS)
{
	pid_t before, behind;

	recording(t, "-P -F -e open", "1");
	signal_pid(t, (pid_t)strtol(file_read(t, WRITER_PID), NULL, 10), SIGKILL);
	before = call_made(t);
	file_remove(t, "/.secure/etc/audnames");
	run_ok(t, "audsys", "-f");
	behind = call_made(t);
	recording(t, "-P -F -e open", "1");
	run_ok(t, "audsys", "-f");
	assert_int_equal(calls_shown(t, TRAIL, before), 1);
	assert_int_equal(calls_shown(t, TRAIL, behind), 0);
}

/* audsys/writer/2: with nothing selected, nothing is recorded. */
CASE(nothing_selected, REQUIREMENTS("audsys/writer/2"), .needs = CAP_ROOT | CAP_HOOKS)
{
	auditing_on(t);
	call_made(t);
	run_ok(t, "audsys", "-f");
	assert_int_equal(file_size(t, TRAIL_FILE), 16);
	assert_false(file_exists(t, WRITER_PID));
}

/* audsys/writer/1, 3: another class, or the other outcome, is not recorded. */
CASE(other_calls, REQUIREMENTS("audsys/writer/1", "audsys/writer/3"), .needs = CAP_ROOT | CAP_HOOKS)
{
	static const char *const selections[] = {"-P -F -e delete", "-F -e open"};

	for (size_t i = 0; i < sizeof(selections) / sizeof(selections[0]); i++) {
		pid_t pid;

		recording(t, selections[i], "1");
		pid = call_made(t);
		run_ok(t, "audsys", "-f");
		assert_int_equal(calls_shown(t, TRAIL, pid), 0);
	}
}

/* audsys/trail/8, record/1, 2, 3, 5: behind the version record, the table of system calls, then the
 * identification of a process, then its call. */
CASE(layout,
     REQUIREMENTS("audsys/trail/8", "audsys/record/1", "audsys/record/2", "audsys/record/3",
		  "audsys/record/5"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	char types[64] = "";
	const unsigned char *data;
	uint64_t bytes;
	uint64_t at = 16;

	run_config(t, "-P -e open");
	run_ok(t, "audsys", "-n", "-N", "0", "-c", TRAIL, "-s", "1000");
	call_made(t);
	run_ok(t, "audsys", "-f");
	bytes = file_size(t, TRAIL);
	data = (const unsigned char *)file_read(t, TRAIL);
	for (size_t n = 0; at < bytes && n < sizeof(types) - 1; n++) {
		uint64_t number = little_endian(data + at + 16, 8);

		types[n] = (char)('0' + little_endian(data + at + 8, 2));
		types[n + 1] = '\0';
		assert_int_equal(number > 0, types[n] == '4');
		at += little_endian(data + at, 4);
	}
	assert_int_equal(at, bytes);
	assert_text_match("types of records", types, "^12(3*4+)+$");
	assert_text_match("types of records", types, "^1234");
}

/* audsys/trail/4, writer/5, display/2: the files of a trail hold its records together. */
CASE(all_files, REQUIREMENTS("audsys/trail/4", "audsys/writer/5", "audsys/display/2"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	enum { CALLS = 4 };
	pid_t pid[CALLS];
	unsigned alone[2] = {0, 0};
	unsigned all = 0;

	recording(t, "-P -e open", "2");
	for (int i = 0; i < CALLS; i++)
		pid[i] = call_made(t);
	run_ok(t, "audsys", "-f");
	for (int i = 0; i < CALLS; i++) {
		all += calls_shown(t, TRAIL, pid[i]);
		alone[0] += calls_shown(t, TRAIL "/spu0", pid[i]);
		alone[1] += calls_shown(t, TRAIL "/spu1", pid[i]);
	}
	assert_int_equal(all, CALLS);
	assert_int_equal(alone[0] + alone[1], CALLS);
}

/* audsys/display/6: damage is told, with its place, and what is behind it is shown. */
CASE(damage, REQUIREMENTS("audsys/display/6"), .needs = CAP_ROOT | CAP_HOOKS)
{
	const struct result *r;
	pid_t pid;

	recording(t, "-P -e open", "1");
	call_made(t);
	run_ok(t, "audsys", "-f");
	file_append(t, TRAIL_FILE, "0123456789");
	r = run(t, "audisp", TRAIL);
	assert_exit(r, 1);
	assert_err_match(r, "^audisp: " TRAIL_FILE ": no record at byte [0-9]+: passed over$");
	run_ok(t, "audsys", "-n");
	pid = call_made(t);
	run_ok(t, "audsys", "-f");
	assert_true(text_match_count(run(t, "audisp", "--json", TRAIL)->out,
				     text_format("\"pid\":%d,", (int)pid)) >= 1);
}

/* audsys/display/3, 4: what is not asked for is not shown. */
CASE(selected_records, REQUIREMENTS("audsys/display/3", "audsys/display/4"),
     .needs = CAP_ROOT | CAP_HOOKS)
{
	static const char *const none[][2] = {
		{"-u", "54321"},      {"-e", "delete"},     {"-c", "unlink"},
		{"-t", "1231235968"}, {"-s", "0101000071"},
	};

	recording(t, "-P -e open", "1");
	call_made(t);
	run_ok(t, "audsys", "-f");
	assert_true(text_line_count(run_ok(t, "audisp", TRAIL)->out) > 0);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_out(run_ok(t, "audisp", none[i][0], none[i][1], TRAIL), "");
	assert_out(run_ok(t, "audisp", "-f", "-e", "ipcopen", TRAIL), "");
}

/* audsys/display/7 */
CASE(wrong_usage, REQUIREMENTS("audsys/display/7"))
{
	static const char *const rows[][3] = {
		{NULL}, {"-x", TRAIL}, {"-e", "opens", TRAIL}, {"-t", "12", TRAIL}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct result *r = run(t, "audisp", rows[i][0], rows[i][1], rows[i][2]);

		assert_exit(r, 2);
		assert_out(r, "");
		assert_error_line(r, "audisp");
	}
}
