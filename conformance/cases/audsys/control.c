/* SPDX-License-Identifier: MIT */
/*
 * Turning auditing on and off and naming trails. Not for: what is refused (refuse.c), what is on
 * disk afterwards (trail.c), the report (status.c).
 */
#include "conformance/cases/trails.h"

#define ON  "auditing system is currently on"
#define OFF "auditing system is currently off"

static void assert_state(struct target *t, const char *state)
{
	assert_line(run_ok(t, "audsys"), state);
}

/* Wrong usage: one line on standard error, exit 2, and nothing on disk. */
static void assert_usage_error(struct target *t, const struct result *r)
{
	if (r->exit_status != 2)
		print_error("%s\n", r->command);
	assert_exit(r, 2);
	assert_out(r, "");
	assert_error_line(r, "audsys");
	assert_text("trails", trails_listed(t), "");
	assert_false(file_exists(t, AUDNAMES));
}

/* audsys/control/1: the documented example turns auditing on. */
CASE(turn_on, REQUIREMENTS("audsys/control/1", "audsys/control/16", "audsys/control/17",
			   "audsys/control/42"))
{
	const struct result *r = run(t, "audsys", "-n", "-c", TRAIL, "-s", "1000");

	assert_exit(r, 0);
	assert_out(r, "");
	assert_err(r, "");
	assert_state(t, ON);
	assert_text("current trail", current_trail(t), TRAIL);
	assert_out_match(run_ok(t, "audsys"), "^current +1000 ");
}

/* audsys/control/5, 8: -f turns it off and keeps the trails; 2, 3: a later -n goes on with them. */
CASE(turn_off, REQUIREMENTS("audsys/control/5", "audsys/control/8", "audsys/control/2",
			    "audsys/control/3", "audsys/control/42"))
{
	const struct result *r;

	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	r = run(t, "audsys", "-f");
	assert_exit(r, 0);
	assert_out(r, "");
	assert_err(r, "");
	assert_state(t, OFF);
	assert_text("current trail", current_trail(t), TRAIL);
	assert_text("next trail", next_trail(t), BACKUP);
	run_ok(t, "audsys", "-n");
	assert_state(t, ON);
	assert_text("current trail", current_trail(t), TRAIL);
	assert_text("next trail", next_trail(t), BACKUP);
}

/* audsys/control/4: -n without a trail ever named is refused. */
CASE(nothing_to_turn_on, REQUIREMENTS("audsys/control/4"))
{
	const struct result *r = run(t, "audsys", "-n");

	assert_exit(r, 1);
	assert_err(r, "audsys: no current audit trail: name one with -c and -s\n");
	assert_out(r, "");
	assert_state(t, OFF);
}

/* audsys/control/9: what is given together with -f has no effect. */
CASE(off_ignores_the_rest, REQUIREMENTS("audsys/control/9"))
{
	auditing_on(t);
	run_ok(t, "audsys", "-f", "-c", AUDIT_DIR "/other", "-s", "500", "-x", BACKUP, "-z", "5",
	       "-N", "4");
	assert_state(t, OFF);
	assert_text("current trail", current_trail(t), TRAIL);
	assert_text("next trail", next_trail(t), "-none-");
	assert_text("trails", trails_listed(t), "my_trail\n");
	run_ok(t, "audsys", "-n");
	run_ok(t, "audsys", "-f", "-s", "10M");
	assert_state(t, OFF);
}

/* audsys/control/10, 11: -n and -f together are wrong usage. */
CASE(on_and_off, REQUIREMENTS("audsys/control/10", "audsys/control/11"))
{
	const struct result *r = run(t, "audsys", "-n", "-f");

	assert_usage_error(t, r);
	assert_err(r, "audsys: -n and -f exclude each other\n");
	assert_usage_error(t, run(t, "audsys", "-f", "-n"));
}

/* audsys/control/18, 19, 21, 22: -c and -s, and -x and -z, go together. */
CASE(pairs, REQUIREMENTS("audsys/control/18", "audsys/control/19", "audsys/control/21",
			 "audsys/control/22", "audsys/control/11"))
{
	assert_usage_error(t, run(t, "audsys", "-c", TRAIL));
	assert_usage_error(t, run(t, "audsys", "-n", "-c", TRAIL));
	assert_usage_error(t, run(t, "audsys", "-s", "1000"));
	assert_usage_error(t, run(t, "audsys", "-c", TRAIL, "-z", "1000"));
	assert_usage_error(t, run(t, "audsys", "-c", TRAIL, "-s", "1000", "-x", BACKUP));
	assert_usage_error(t, run(t, "audsys", "-c", TRAIL, "-s", "1000", "-z", "1000"));
	assert_usage_error(t, run(t, "audsys", "-x", BACKUP, "-s", "1000"));
}

/* audsys/control/12: unknown options, operands, missing arguments. */
CASE(wrong_usage, REQUIREMENTS("audsys/control/12", "audsys/control/11"))
{
	assert_usage_error(t, run(t, "audsys", "-q"));
	assert_err_match(run(t, "audsys", "-n", "--word"), "unknown option --word ");
	assert_err_match(run(t, "audsys", "-nq"), "unknown option -q ");
	assert_usage_error(t, run(t, "audsys", "on"));
	assert_usage_error(t, run(t, "audsys", "-n", "-c", TRAIL, "-s"));
	assert_usage_error(t, run(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "more"));
}

/* audsys/control/13: -h prints the synopsis. */
CASE(help, REQUIREMENTS("audsys/control/13"))
{
	const struct result *r = run(t, "audsys", "-h");

	assert_exit(r, 0);
	assert_err(r, "");
	assert_out(r, "usage: audsys [-n|-f] [-N num] [-c file|directory -s cafs] "
		      "[-x file|directory -z xafs]\n");
}

/* audsys/control/14, 15: asking for the state there is changes nothing and is no error. */
CASE(already, REQUIREMENTS("audsys/control/14", "audsys/control/15"))
{
	const struct result *r = run(t, "audsys", "-f");
	const char *names;

	assert_exit(r, 0);
	assert_out(r, "audsys: auditing system is already off\n");
	auditing_on(t);
	names = file_read(t, AUDNAMES);
	r = run(t, "audsys", "-n");
	assert_exit(r, 0);
	assert_out(r, "audsys: auditing system is already on\n");
	assert_text("audnames", file_read(t, AUDNAMES), names);
}

/* audsys/control/16, 23: -c goes over at once and keeps the next trail. */
CASE(another_current, REQUIREMENTS("audsys/control/16", "audsys/control/23"))
{
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	run_ok(t, "audsys", "-c", AUDIT_DIR "/other", "-s", "500");
	assert_state(t, ON);
	assert_text("current trail", current_trail(t), AUDIT_DIR "/other");
	assert_text("next trail", next_trail(t), BACKUP);
	assert_out_match(run_ok(t, "audsys"), "^current +500 ");
}

/* audsys/control/44: naming trails while auditing is off leaves it off. */
CASE(named_while_off, REQUIREMENTS("audsys/control/44", "audsys/control/16"))
{
	run_ok(t, "audsys", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	assert_state(t, OFF);
	assert_text("current trail", current_trail(t), TRAIL);
	assert_text("next trail", next_trail(t), BACKUP);
	run_ok(t, "audsys", "-n");
	assert_state(t, ON);
}

/* audsys/control/43: slashes at the end of a path are not part of the name. */
CASE(slashes_at_the_end, REQUIREMENTS("audsys/control/43"))
{
	run_ok(t, "audsys", "-n", "-c", TRAIL "//", "-s", "1000");
	assert_text("current trail", current_trail(t), TRAIL);
	run_ok(t, "audsys", "-c", TRAIL "/", "-s", "2000");
	run_ok(t, "audsys", "-x", TRAIL "/", "-z", "700");
	assert_text("next trail", next_trail(t), "-none-");
}

/* audsys/control/20, 24, 27: -x and -z name the next trail and keep the current one. */
CASE(next_trail_named, REQUIREMENTS("audsys/control/20", "audsys/control/24", "audsys/control/27"))
{
	auditing_on(t);
	run_ok(t, "audsys", "-x", BACKUP, "-z", "700");
	assert_text("current trail", current_trail(t), TRAIL);
	assert_text("next trail", next_trail(t), BACKUP);
	assert_out_match(run_ok(t, "audsys"), "^next +700 ");
	assert_out_match(run_ok(t, "audsys"), "^current +1000 ");
}

/* audsys/control/25: naming the next trail as current is a switch by hand. */
CASE(switch_by_hand, REQUIREMENTS("audsys/control/25"))
{
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	run_ok(t, "audsys", "-c", BACKUP, "-s", "600");
	assert_text("current trail", current_trail(t), BACKUP);
	assert_text("next trail", next_trail(t), "-none-");
	assert_out_match(run_ok(t, "audsys"), "^current +600 ");
}

/* audsys/control/26: naming the current trail as next leaves none. */
CASE(current_as_next, REQUIREMENTS("audsys/control/26"))
{
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	run_ok(t, "audsys", "-x", TRAIL, "-z", "700");
	assert_text("current trail", current_trail(t), TRAIL);
	assert_text("next trail", next_trail(t), "-none-");
	assert_out_match(run_ok(t, "audsys"), "^current +1000 ");
}

/* audsys/control/28, 29, 30, 31: -N is the number of files, 0 one file instead of a folder; without
 * it the previous setting counts, and 1 at first. */
CASE(number_of_files, REQUIREMENTS("audsys/control/28", "audsys/control/29", "audsys/control/30",
				   "audsys/control/31"))
{
	run_ok(t, "audsys", "-n", "-c", AUDIT_DIR "/a", "-s", "10");
	assert_text("a", dir_list(t, AUDIT_DIR "/a"), "spu0\n");
	run_ok(t, "audsys", "-N", "4", "-c", AUDIT_DIR "/b", "-s", "10");
	assert_text("b", dir_list(t, AUDIT_DIR "/b"), "spu0\nspu1\nspu2\nspu3\n");
	run_ok(t, "audsys", "-c", AUDIT_DIR "/c", "-s", "10");
	assert_text("c", dir_list(t, AUDIT_DIR "/c"), "spu0\nspu1\nspu2\nspu3\n");
	run_ok(t, "audsys", "-N", "0", "-c", AUDIT_DIR "/d", "-s", "10");
	assert_int_equal(file_size(t, AUDIT_DIR "/d"), 16);
	run_ok(t, "audsys", "-c", AUDIT_DIR "/e", "-s", "10");
	assert_int_equal(file_size(t, AUDIT_DIR "/e"), 16);
}

/* audsys/control/32: -N alone changes the running trail in regular mode; fewer files remove none.
 */
CASE(more_files, REQUIREMENTS("audsys/control/32"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 5000);
	run_ok(t, "audsys", "-N", "3");
	assert_text("files", dir_list(t, TRAIL), "spu0\nspu1\nspu2\n");
	assert_int_equal(file_size(t, TRAIL_FILE), 5000);
	run_ok(t, "audsys", "-N", "2");
	assert_text("files", dir_list(t, TRAIL), "spu0\nspu1\nspu2\n");
	assert_text_match("audnames", file_read(t, AUDNAMES), "^files = 2$");
}

/* audsys/control/33: -N alone is refused while auditing is off, in compatibility mode, and for 0.
 */
CASE(files_alone, REQUIREMENTS("audsys/control/33"))
{
	static const char refused[] = "audsys: -N alone changes a running trail in regular mode "
				      "only: give -c and -s too\n";
	const struct result *r = run(t, "audsys", "-N", "2");

	assert_exit(r, 1);
	assert_err(r, refused);
	auditing_on(t);
	r = run(t, "audsys", "-N", "0");
	assert_exit(r, 1);
	assert_err(r, refused);
	run_ok(t, "audsys", "-N", "0", "-c", BACKUP, "-s", "10");
	r = run(t, "audsys", "-N", "2");
	assert_exit(r, 1);
	assert_err(r, refused);
	assert_text_match("audnames", file_read(t, AUDNAMES), "^files = 0$");
}

/* audsys/control/34, 35: what is no whole number in the range is wrong usage. */
CASE(malformed_numbers, REQUIREMENTS("audsys/control/34", "audsys/control/35"))
{
	static const char *const sizes[] = {
		"0", "-1", "10M", "1.5", "", "4294967296", "+5", " 5", "99999999999999999999"};
	static const char *const files[] = {"-1", "1025", "1.5", "", "x", "0x2"};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		assert_usage_error(t, run(t, "audsys", "-n", "-c", TRAIL, "-s", sizes[i]));
	}
	assert_usage_error(t, run(t, "audsys", "-x", BACKUP, "-z", "0"));
	assert_usage_error(t, run(t, "audsys", "-x", BACKUP, "-z", "10M"));
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_usage_error(t,
				   run(t, "audsys", "-n", "-N", files[i], "-c", TRAIL, "-s", "10"));
	assert_err(run(t, "audsys", "-c", TRAIL, "-s", "10M"),
		   "audsys: -s 10M: must be a whole number of kbytes from 1 to 4294967295\n");
}

/* audsys/control/34: 1024 files are the most. */
CASE(most_files, REQUIREMENTS("audsys/control/34"))
{
	run_ok(t, "audsys", "-n", "-N", "1024", "-c", TRAIL, "-s", "100");
	assert_int_equal(text_line_count(dir_list(t, TRAIL)), 1024);
	assert_true(file_exists(t, TRAIL "/spu1023"));
}

/* audsys/control/37, 38, 39: a trail is named by an absolute path of at most 1023 bytes, without
 * control characters and not ending in a blank. */
CASE(malformed_paths, REQUIREMENTS("audsys/control/37", "audsys/control/38", "audsys/control/39"))
{
	const char *const paths[] = {"my_trail",
				     "./my_trail",
				     "",
				     AUDIT_DIR "/a\nb",
				     AUDIT_DIR "/a\tb",
				     AUDIT_DIR "/a ",
				     text_format(AUDIT_DIR "/%01012d", 1)}; /* 1024 bytes */

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		assert_usage_error(t, run(t, "audsys", "-n", "-c", paths[i], "-s", "10"));
	}
	assert_usage_error(t, run(t, "audsys", "-x", paths[0], "-z", "10"));
}

/* audsys/control/40: others than root are told so, and nothing changes. */
CASE(privileged, REQUIREMENTS("audsys/control/40"), .needs = CAP_ROOT)
{
	static const struct run_options carol = {.user = "carol"};
	const struct result *r;

	user_add(t, "carol", 1101);
	r = run_as(t, &carol, "audsys", "-n", "-c", TRAIL, "-s", "10");
	assert_exit(r, 1);
	assert_err(r, "audsys: only root may control the auditing system\n");
	assert_out(r, "");
	assert_exit(run_as(t, &carol, "audsys"), 1);
	assert_text("trails", trails_listed(t), "");
}

/* audsys/control/41: -n makes a recorded trail that has gone anew. */
CASE(gone_trails, REQUIREMENTS("audsys/control/41"))
{
	run_ok(t, "audsys", "-n", "-N", "2", "-c", TRAIL, "-s", "1000", "-x", BACKUP, "-z", "700");
	run_ok(t, "audsys", "-f");
	file_remove(t, TRAIL);
	file_remove(t, BACKUP);
	run_ok(t, "audsys", "-n");
	assert_text("files", dir_list(t, TRAIL), "spu0\nspu1\n");
	assert_text("files", dir_list(t, BACKUP), "spu0\nspu1\n");
}

/* audsys/control/7: -f leaves a running audomon running. */
CASE(off_and_audomon, REQUIREMENTS("audsys/control/7"))
{
	auditing_on(t);
	file_resize(t, TRAIL_FILE, 950000);
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	run_ok(t, "audsys", "-f");
	file_remove(t, MESSAGES);
	run_ok(t, "audsys", "-n");
	await(t, WARNING);
}
