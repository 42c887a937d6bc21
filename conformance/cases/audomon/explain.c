/* SPDX-License-Identifier: MIT */
/*
 * The forecast of `audomon --explain`. Not for: what a running audomon does (wakeup.c, warn.c,
 * switch.c), which it has to agree with.
 */
#include "conformance/cases/trails.h"

#include <stdlib.h>

#define EXPLAIN "audomon", "--explain"

/* Columns of a line of UTF-8. */
static size_t columns(const char *line)
{
	size_t n = 0;

	for (; *line; line++)
		n += ((unsigned char)*line & 0xc0) != 0x80;
	return n;
}

/* audomon/explain/1: two charts and three lines of marks, within 80 columns. */
CASE(chart, REQUIREMENTS("audomon/explain/1"))
{
	const struct result *r =
		run_ok(t, EXPLAIN, "-p", "20", "-t", "1", "-w", "90", "-s", "1000");
	const char *line;

	assert_err(r, "");
	assert_line(r, "audit trail, % of 1000 Kb");
	assert_line(r, "file system, % of its blocks");
	assert_out_match(r, "^   wakes  ╵");
	assert_out_match(r, "^   warns  .*▴");
	assert_out_match(r, "^switches  .*●");
	for (unsigned n = 0; (line = text_line(r->out, n)); n++) {
		if (columns(line) > 80)
			fail_msg("line %u has %zu columns", n + 1, columns(line));
	}
}

/* audomon/explain/2: with nothing used the wake-ups are ten times sp_freq apart; a trail at 100 Kb
 * a minute is switched at the first wake-up from 1000 Kb on; a full file system once. */
CASE(same_decisions, REQUIREMENTS("audomon/explain/2", "audomon/explain/3"))
{
	const struct result *r = run_ok(t, EXPLAIN, "-t", "1", "--fill", "0:0:0,60:0:0");

	assert_line(r, "7 wake-ups, 0 with a warning, 0 with a switch");
	r = run_ok(t, EXPLAIN, "-p", "20", "--fill", "0:0:85,60:0:85");
	assert_line(r, "61 wake-ups, 60 with a warning, 1 with a switch");
	assert_line(r, "minute 0.0: switch: file space, trail 0 Kb, file system 85 % full");
	r = run_ok(t, EXPLAIN, "-s", "1000", "-t", "0.01", "--fill", "0:0:0,15:1500:0");
	assert_out_match(r, "^minute 10\\.0: switch: trail size, trail 100[0-9] Kb, ");
	assert_int_equal(text_match_count(r->out, "^minute "), 1);
}

/* audomon/explain/2: a running audomon in the same place does the same. */
CASE(as_it_runs, REQUIREMENTS("audomon/explain/2"), .needs = CAP_TIME | CAP_FILL, .deadline_s = 120)
{
	file_system_of(t, 1500);
	auditing_on(t);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-v", "-o", MESSAGES);
	time_pass(t, 3601);
	/* the forecast: 61 and 1; a real wake-up takes some time itself */
	assert_in_range(message_count(t, WAKE_UP), 58, 61);
	assert_int_equal(message_count(t, "^audomon: switched from .*: file space$"), 1);
	assert_in_range(message_count(t, ": make room$"), message_count(t, WAKE_UP) - 1,
			message_count(t, WAKE_UP));
}

/* audomon/explain/4: the same as a picture. */
CASE(picture, REQUIREMENTS("audomon/explain/4"))
{
	const char *svg;

	run_ok(t, EXPLAIN, "--svg", AUDIT_DIR "/p.svg");
	svg = file_read(t, AUDIT_DIR "/p.svg");
	assert_text_match("picture", svg, "^<svg xmlns=\"http://www.w3.org/2000/svg\" ");
	assert_int_equal(text_match_count(svg, "<circle "), 2);
	assert_text_match("end", svg, "^</svg>$");
}

/* audomon/explain/5: anybody may ask, and nothing is watched or changed. */
CASE(unprivileged, REQUIREMENTS("audomon/explain/5"), .needs = CAP_ROOT)
{
	user_add(t, "carol", 1101);
	assert_exit(run_as(t, &(struct run_options){.user = "carol"}, EXPLAIN), 0);
	assert_false(file_exists(t, PID_FILE));
	assert_false(file_exists(t, AUDNAMES));
}

/* audomon/explain/6: what cannot be drawn is told in one line, with exit 2. */
CASE(refused, REQUIREMENTS("audomon/explain/6"))
{
	static const char *const rows[][3] = {
		{"-p", "101", "audomon: --explain: -p 101: out of range\n"},
		{"-s", "0", "audomon: --explain: -s 0: out of range\n"},
		{"--fill", "0:0",
		 "audomon: --explain: --fill 0:0: is not MINUTE:KBYTES:PERCENT,...\n"},
		{"--fill", "0:0:0,1:1:101",
		 "audomon: --explain: --fill 0:0:0,1:1:101: is not MINUTE:KBYTES:PERCENT,...\n"},
		{"--fill", "0:5:0,1:4:0",
		 "audomon: --explain: --fill 0:5:0,1:4:0: what was written cannot shrink\n"},
		{"-t", ".001",
		 "audomon: --explain: more than 4096 wake-ups: a larger -t or a shorter --fill\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct result *r = run(t, EXPLAIN, rows[i][0], rows[i][1]);

		assert_exit(r, 2);
		assert_out(r, rows[i][2]);
	}
}
