/* SPDX-License-Identifier: MIT */
/*
 * The start script and the settings it takes from /etc/rc.config.d/auditing. Not for: the settings
 * audomon itself reads there (config.c).
 */
#include "conformance/cases/trails.h"

#include <stdlib.h>

#define ON           "AUDITING=1\nPRI_AUDFILE=" TRAIL "\nPRI_SWITCH=1000\n"
#define ARGS(string) "AUDOMON_ARGS=\"" string " -o " MESSAGES "\"\n"
#define SERVICE      .needs = CAP_ROOT, .where = ON_GUEST | ON_SIM

static void configure(struct target *t, const char *text)
{
	dir_make(t, "/etc/rc.config.d");
	file_write(t, RC_CONFIG, text);
}

static void started(struct target *t, const char *settings)
{
	configure(t, settings);
	run_ok(t, "auditing", "start");
}

static pid_t audomon_pid(struct target *t)
{
	return (pid_t)strtol(file_read(t, PID_FILE), NULL, 10);
}

/* As a power failure does it: audomon has no chance to leave anything behind in order. */
static void end_audomon(struct target *t)
{
	pid_t pid = audomon_pid(t);

	signal_pid(t, pid, SIGKILL);
	wait_until(t, 20, !pid_exists(t, pid));
}

/* audomon/config/1, 8, 9, run/3: AUDITING=1 starts both; PRI_AUDFILE is the current trail and
 * PRI_SWITCH its AFS. */
CASE(both_started,
     REQUIREMENTS("audomon/config/1", "audomon/config/8", "audomon/config/9", "audomon/config/3"),
     SERVICE)
{
	const struct result *r;

	started(t, ON ARGS("-v"));
	r = run_ok(t, "audsys");
	assert_line(r, "auditing system is currently on");
	assert_line(r, "current audit trail: " TRAIL);
	assert_out_match(r, "^current +1000 ");
	assert_true(pid_exists(t, audomon_pid(t)));
	await(t, WAKE_UP);
}

/* audomon/config/2: any other value starts nothing, and the other settings may be wrong. */
CASE(not_on, REQUIREMENTS("audomon/config/2"), SERVICE)
{
	static const char *const values[] = {
		"AUDITING=0\n",  "AUDITING=\n",   "AUDITING=yes\n",
		"AUDITING=11\n", "#AUDITING=1\n", "",
	};

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		started(t, text_format("%sPRI_AUDFILE=none\nAUDOMON_ARGS=-z\n", values[i]));
		assert_line(run_ok(t, "audsys"), "auditing system is currently off");
		assert_false(file_exists(t, AUDNAMES));
		assert_false(file_exists(t, PID_FILE));
	}
	file_remove(t, RC_CONFIG);
	run_ok(t, "auditing", "start");
	assert_false(file_exists(t, PID_FILE));
}

/* The warnings of the audomon that the script starts with such options, the trail at 60 %. */
static unsigned warnings_with(struct target *t, const char *arguments)
{
	started(t, text_format(ON "AUDOMON_ARGS=%s\n", arguments));
	end_audomon(t);
	file_remove(t, MESSAGES);
	file_resize(t, TRAIL_FILE, 614400);
	run_ok(t, "auditing", "start");
	await(t, WAKE_UP);
	end_audomon(t);
	return warnings(t);
}

/* audomon/config/3, 5: audomon gets the options of AUDOMON_ARGS, -o with a file among them. */
CASE(arguments, REQUIREMENTS("audomon/config/3", "audomon/config/5"), SERVICE)
{
	assert_int_equal(warnings_with(t, "\"-p 20 -t 1 -w 61 -v -o " MESSAGES "\""), 0);
	assert_int_equal(warnings_with(t, "\"-p 20 -t 1 -w 60 -v -o " MESSAGES "\""), 1);
}

/* audomon/config/4: the form with commas of the security checklists works like that without. */
CASE(commas, REQUIREMENTS("audomon/config/4"), SERVICE)
{
	assert_int_equal(warnings_with(t, "\"-p 20, -t 1, -w 61 -v -o " MESSAGES "\""), 0);
	assert_int_equal(warnings_with(t, "\"-p 20, -t 1, -w 60, -v -o " MESSAGES "\""), 1);
}

/* audomon/config/7: what audomon was told by hand is gone with it; AUDOMON_ARGS counts again. */
CASE(not_for_ever, REQUIREMENTS("audomon/config/7"), SERVICE)
{
	started(t, ON ARGS("-w 90 -v"));
	end_audomon(t);
	file_resize(t, TRAIL_FILE, 614400);
	run_ok(t, "audomon", "-w", "50", "-v", "-o", MESSAGES);
	await(t, WARNING "audit trail ");
	end_audomon(t);
	file_remove(t, MESSAGES);
	run_ok(t, "auditing", "start");
	await(t, WAKE_UP);
	assert_int_equal(warnings(t), 0);
}

/* audomon/config/10, 12: SEC_AUDFILE and SEC_SWITCH name the next trail. */
CASE(next_trail, REQUIREMENTS("audomon/config/10", "audomon/config/12"), SERVICE)
{
	const struct result *r;

	started(t, ON "SEC_AUDFILE=" BACKUP "\nSEC_SWITCH=700\n");
	r = run_ok(t, "audsys");
	assert_line(r, "next audit trail:    " BACKUP);
	assert_out_match(r, "^next +700 ");
	/* neither * nor an absolute path */
	run_ok(t, "auditing", "stop");
	file_remove(t, AUDNAMES);
	configure(t, "AUDITING=1\nPRI_AUDFILE=" AUDIT_DIR "/b\nPRI_SWITCH=9\nSEC_AUDFILE=next\n");
	r = run(t, "auditing", "start");
	assert_exit(r, 2);
	assert_err(r, "auditing: " RC_CONFIG ": SEC_AUDFILE=next: must be * or an absolute path\n");
	assert_false(file_exists(t, AUDNAMES));
	assert_false(file_exists(t, PID_FILE));
}

/* audomon/config/10, 11: an asterisk means that there is no next trail, bare or in quotes. */
CASE(no_next_trail, REQUIREMENTS("audomon/config/10", "audomon/config/11"), SERVICE)
{
	started(t, ON "SEC_AUDFILE=*\nSEC_SWITCH=700\n" ARGS(""));
	assert_text("next trail", next_trail(t), "-none-");
	run_ok(t, "auditing", "stop");
	file_remove(t, AUDNAMES);
	started(t, "AUDITING=1\nPRI_AUDFILE=" AUDIT_DIR "/b\nPRI_SWITCH=9\nSEC_AUDFILE=\"*\"\n");
	assert_text("next trail", next_trail(t), "-none-");
}

/* audomon/config/13, 14, 15: NTHREADS is the number of files, by either name; NTHREADS counts. */
CASE(files, REQUIREMENTS("audomon/config/13", "audomon/config/14", "audomon/config/15"), SERVICE)
{
	static const struct {
		const char *settings, *listed;
	} rows[] = {
		{"NTHREADS=3\n", "spu0\nspu1\nspu2\n"},
		{"NTRHEADS=2\n", "spu0\nspu1\n"},
		{"NTHREADS=1\nNTRHEADS=2\n", "spu0\n"},
		{"NTRHEADS=2\nNTHREADS=1\n", "spu0\n"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		started(t,
			text_format("AUDITING=1\nPRI_AUDFILE=" AUDIT_DIR "/t%zu\nPRI_SWITCH=9\n%s",
				    i, rows[i].settings));
		assert_text("files", dir_list(t, text_format(AUDIT_DIR "/t%zu", i)),
			    rows[i].listed);
		run_ok(t, "auditing", "stop");
		file_remove(t, AUDNAMES);
	}
}

/* audomon/config/16, 17: later starts go on with what audsys recorded; without an audnames it is
 * the first start again. */
CASE(first_start, REQUIREMENTS("audomon/config/16", "audomon/config/17"), SERVICE)
{
	static const char other[] = "AUDITING=1\nPRI_AUDFILE=" AUDIT_DIR
				    "/other\nPRI_SWITCH=500\nSEC_AUDFILE=" AUDIT_DIR
				    "/more\nSEC_SWITCH=400\nNTHREADS=4\n";

	started(t, ON);
	run_ok(t, "audsys", "-c", BACKUP, "-s", "700");
	run_ok(t, "auditing", "stop");
	started(t, other);
	assert_text("current trail", current_trail(t), BACKUP);
	assert_text("next trail", next_trail(t), "-none-");
	assert_out_match(run_ok(t, "audsys"), "^current +700 ");
	assert_text("files", dir_list(t, BACKUP), "spu0\n");
	run_ok(t, "auditing", "stop");
	file_remove(t, AUDNAMES);
	run_ok(t, "auditing", "start");
	assert_text("current trail", current_trail(t), AUDIT_DIR "/other");
	assert_text("next trail", next_trail(t), AUDIT_DIR "/more");
}

/* audomon/config/22: stop ends audomon and auditing, and does so again without a complaint; start
 * then works at once. */
CASE(both_stopped, REQUIREMENTS("audomon/config/22"), SERVICE)
{
	pid_t pid;

	started(t, ON ARGS("-v"));
	pid = audomon_pid(t);
	run_ok(t, "auditing", "stop");
	assert_false(pid_exists(t, pid));
	assert_false(file_exists(t, PID_FILE));
	assert_line(run_ok(t, "audsys"), "auditing system is currently off");
	run_ok(t, "auditing", "stop");
	run_ok(t, "auditing", "start");
	assert_line(run_ok(t, "audsys"), "auditing system is currently on");
	assert_int_not_equal(audomon_pid(t), pid);
}

/* audomon/config/22: a pid file left by an audomon that was killed makes stop end nobody else. */
CASE(stop_after_a_crash, REQUIREMENTS("audomon/config/22"), SERVICE)
{
	struct target_process *other =
		start(t, NULL, "sh", "-c", "while [ ! -e /var/run/never ]; do sleep 1; done");

	started(t, ON);
	end_audomon(t);
	file_write(t, PID_FILE, text_format("%d\n", (int)pid_of(t, other)));
	run_ok(t, "auditing", "stop");
	assert_true(pid_exists(t, pid_of(t, other)));
}

/* audomon/config/23: no shell sees the settings: what would be a command stays text. */
CASE(not_run, REQUIREMENTS("audomon/config/23"), SERVICE)
{
	static const char dangerous[] =
		"AUDITING=1\n"
		"PRI_AUDFILE=\"" AUDIT_DIR "/a $(>owned) *\"\n"
		"PRI_SWITCH=1000\n"
		"AUDOMON_ARGS=\"-o '" AUDIT_DIR "/m `>owned`; >owned *'\"\n";

	started(t, dangerous);
	assert_text("current trail", current_trail(t), AUDIT_DIR "/a $(>owned) *");
	assert_true(file_exists(t, AUDIT_DIR "/m `>owned`; >owned *"));
	assert_text("folder", dir_list(t, AUDIT_DIR), "a $(>owned) *\nm `>owned`; >owned *\n");
	assert_false(file_exists(t, "/owned"));
}

/* audomon/config/23: words in quotes, of either kind, are one argument. */
CASE(quoted_words, REQUIREMENTS("audomon/config/23"), SERVICE)
{
	static const char *const lines[] = {
		"AUDOMON_ARGS=\"-X '/bin/true a  b' -o " MESSAGES "\"\n",
		"AUDOMON_ARGS='-X \"/bin/true a  b\" -o " MESSAGES "'\n",
		"AUDOMON_ARGS=\"-X \\\"/bin/true a  b\\\" -o " MESSAGES "\"   # a task\n",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		started(t, text_format(ON "%s", lines[i]));
		assert_out_match(run_ok(t, "audomon", "--status", "--json"),
				 "\"task\":\"/bin/true a  b\"");
		run_ok(t, "auditing", "stop");
	}
}

/* audomon/config/24: what is missing or wrong is told in one line, and nothing is started. */
CASE(refused, REQUIREMENTS("audomon/config/24"), SERVICE)
{
	const struct result *r;

	configure(t, "AUDITING=1\nPRI_SWITCH=1000\n");
	r = run(t, "auditing", "start");
	assert_exit(r, 2);
	assert_err(r, "auditing: " RC_CONFIG ": PRI_AUDFILE=: must be an absolute path\n");
	assert_false(file_exists(t, AUDNAMES));
	configure(t, ON "AUDOMON_ARGS=\"-p 101\"\n");
	r = run(t, "auditing", "start");
	assert_exit(r, 1);
	assert_line(r, "audomon: -p 101: must be a whole number from 0 to 100");
	assert_err(r, "auditing: audomon was not started: see AUDOMON_ARGS in " RC_CONFIG "\n");
	r = run(t, "auditing", "restart");
	assert_exit(r, 2);
	assert_err(r, "auditing: usage: auditing start|stop\n");
}

/* audomon/config/25: settings of other programs are none of its business. */
CASE(other_settings, REQUIREMENTS("audomon/config/25"), SERVICE)
{
	const struct result *r;

	configure(t, ON ARGS("") "AUDEVENT_ARGS1=\"-P -F -e moddac -e login\"\n"
				 "  indented=1\n");
	r = run_ok(t, "auditing", "start");
	assert_out(r, "");
	assert_err(r, "");
	assert_true(pid_exists(t, audomon_pid(t)));
}

/* audomon/config/26: a line that is no setting is malformed to the programs and to the script. */
CASE(no_setting, REQUIREMENTS("audomon/config/26"), SERVICE)
{
	static const char said[] = ": " RC_CONFIG ":4: neither \"token = value\" nor a [section]\n";
	const struct result *r;

	configure(t, ON "AUDOMON_ARGS -v\n");
	r = run(t, "auditing", "start");
	assert_exit(r, 2);
	assert_err(r, text_format("auditing%s", said));
	r = run(t, "audomon");
	assert_exit(r, 2);
	assert_out(r, text_format("audomon%s", said));
}

/* audomon/config/27: nothing is started for words that do not end. */
CASE(quotes_not_closed, REQUIREMENTS("audomon/config/27"), SERVICE)
{
	static const char *const words[] = {"-X '/bin/true", "-v \\", "-X /bin/true'"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct result *r;

		configure(t, text_format(ON "AUDOMON_ARGS=%s\n", words[i]));
		r = run(t, "auditing", "start");
		assert_exit(r, 2);
		assert_err(r, text_format("auditing: " RC_CONFIG
					  ": AUDOMON_ARGS=%s: must be words whose quotes are "
					  "closed\n",
					  words[i]));
		assert_false(file_exists(t, AUDNAMES));
	}
}
