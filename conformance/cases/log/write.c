/* SPDX-License-Identifier: MIT */
/*
 * What the log holds after writing, and after writing was cut off. Not for: rotation (log/rotate),
 * damage in the middle (seaudit/options).
 */
#include "conformance/cases/product.h"
#include "conformance/cases/records.h"

#define DATE "02 Nov 2008 15:41:06 "

/* log/write/3: the time of a record is that of its being placed there, whatever time it was
 * before. A real machine takes a moment. */
CASE(time, REQUIREMENTS("log/write/3"), .needs = CAP_ROOT | CAP_CLOCK)
{
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin");
	clock_set(t, "2008-11-02 15:41:06");
	run_ok(t, "seosd");
	clock_set(t, "2008-12-23 12:56:20");
	run_ok(t, "secons", "-s");
	r = run_ok(t, "seaudit", "-a");
	assert_out_match(r, "^02 Nov 2008 15:41:(0[6-9]|[1-5][0-9]) M START seosd$");
	assert_out_match(r, "^23 Dec 2008 12:5(6:[2-5]|7:)[0-9]+ M SHUTDOWN root 452 seosd$");
}

/* log/write/5: wherever a crash cuts off the last record, it is dropped, and those before it and
 * those written later are there, whole (log/write/2). */
CASE(torn, REQUIREMENTS("log/write/2", "log/write/5"))
{
	uint64_t from, to;

	give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'seosd'"));
	from = file_size(t, AUDIT_LOG);
	give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'torn'"));
	to = file_size(t, AUDIT_LOG);
	for (uint64_t cut = from + 1; cut < to; cut += 7) {
		const struct result *r;

		file_resize(t, AUDIT_LOG, from);
		give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'torn'"));
		file_resize(t, AUDIT_LOG, cut);
		assert_out(run(t, "seaudit", "-a"), DATE "M START seosd\n");
		give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'seoswd'"));
		r = run(t, "seaudit", "-a");
		assert_exit(r, 0);
		assert_out(r, DATE "M START seosd\n" DATE "M START seoswd\n");
	}
}

/* log/write/5: the daemon, too, goes on behind a record cut off. */
CASE(torn_before_seosd, REQUIREMENTS("log/write/5"), .needs = CAP_ROOT)
{
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin; newusr tst001");
	file_resize(t, AUDIT_LOG, file_size(t, AUDIT_LOG) - 3);
	run_ok(t, "seosd");
	r = run_ok(t, "seaudit", "-a");
	assert_int_equal(text_match_count(r->out, " newusr root admin"), 1);
	assert_int_equal(text_match_count(r->out, "tst001"), 0);
	assert_int_equal(text_match_count(r->out, " M START seosd$"), 1);
}

/* log/write/1, log/write/2: seosd is killed as soon as it has acknowledged a record. */
CASE(killed, REQUIREMENTS("log/write/1", "log/write/2"), .needs = CAP_ROOT | CAP_SHELL)
{
	const struct result *r;

	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "seosd");
	for (unsigned i = 0; i < 3; i++) {
		run_ok(t, "sh", "-c",
		       text_format("%s -c 'newusr tst00%u' && kill -9 $(pidof seosd)",
				   profile_command(t->profile, "selang"), i));
		wait_until(t, 15,
			   text_match_count(run_ok(t, "seaudit", "-a")->out, " START seosd$") ==
				   i + 2);
	}
	run_ok(t, "selang", "-c", "newusr tst003");
	r = run(t, "seaudit", "-a");
	assert_exit(r, 0);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(
			text_match_count(r->out, text_format(" S UPDATE .* newusr tst00%u$", i)),
			1);
}

/* log/write/4: what others would write goes through seosd, or is refused. */
CASE(one_writer, REQUIREMENTS("log/write/4"), .needs = CAP_ROOT)
{
	const struct result *r;
	const char *before;

	start_product(t);
	before = run_ok(t, "seaudit", "-a")->out;
	r = give(t, AUDIT_LOG, RECORD("start", "M", "'service':'other'"));
	assert_exit(r, 1);
	assert_error_line(r, "selogimport");
	assert_text("log", run_ok(t, "seaudit", "-a")->out, before);
	assert_exit(run(t, "selang", "-c", "newusr tst001"), 1);
	run_ok(t, "secons", "-scl");
	r = run_ok(t, "seaudit", "-a");
	assert_int_equal(text_line_count(r->out), text_line_count(before) + 2);
	run_ok(t, "secons", "-s");
	give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'other'"));
}

#define LOG_FOLDER "/opt/CA/PAMSC/log"

/* log/write/6: the disk is full: seosd goes on, refuses what may not go without a record, and says
 * so; what happened all the same is recorded once there is room, in order, and nothing else is. */
CASE(full, REQUIREMENTS("log/write/6", "log/write/1"), .needs = CAP_ROOT | CAP_FILL,
     .where = ON_GUEST | ON_LOCAL, .deadline_s = 180)
{
	const char *before, *after;
	pid_t seosd;

	fill_mount(t, LOG_FOLDER);
	start_product(t);
	seosd = daemon_pid(t, "seosd");
	fill_set(t, LOG_FOLDER, "blocks=1000", "free=0", "available=0", "enforce=on");
	fill_last_block(t);
	before = run_ok(t, "seaudit", "-a")->out;
	for (unsigned i = 0; i < 20; i++)
		assert_exit(run_as(t, as(i % 2 ? "tst002" : "tst003"), "secons", "-s"), 1);
	assert_err_match(run(t, "selang", "-c", "newusr tst004"), "audit log");
	assert_exit(run(t, "secons", "-s"), 1);
	assert_int_equal(daemon_pid(t, "seosd"), seosd);
	assert_int_equal(daemons_running(t), 3);
	/* The first may fit into what was too little for a longer one. */
	assert_in_range(record_count(t, "D SHUTDOWN"), 0, 9);
	assert_int_equal(text_match_count(run_ok(t, "seaudit", "-a")->out, "M SHUTDOWN|tst004"), 0);
	fill_set(t, LOG_FOLDER, "free=500", "available=500");
	wait_until(t, 20, record_count(t, "D SHUTDOWN") == 20);
	after = run_ok(t, "seaudit", "-a")->out + strlen(before);
	assert_int_equal(text_line_count(after), 20);
	for (unsigned i = 0; i < 20; i++)
		assert_text_match(
			"record", text_line(after, i),
			text_format(" D SHUTDOWN %s 460 seosd", i % 2 ? "tst002" : "tst003"));
	run_ok(t, "selang", "-c", "newusr tst004");
	run_ok(t, "secons", "-s");
	assert_int_equal(record_count(t, "M SHUTDOWN"), 1);
}

#define UNSYNCED LOG_FOLDER "/unsynced"

/* log/write/1: the machine loses its power, and with it what no disk has; seosd does not know. */
CASE(power_cut, REQUIREMENTS("log/write/1", "log/write/2"),
     .needs = CAP_ROOT | CAP_FILL | CAP_SHELL, .where = ON_GUEST | ON_LOCAL)
{
	const struct result *r;

	run_ok(t, "fillfs", "-o", "crash", LOG_FOLDER, LOG_FOLDER);
	start_product(t);
	for (unsigned i = 0; i < 3; i++)
		run_ok(t, "selang", "-c", text_format("newusr x%u", i));
	run_ok(t, "sh", "-c", "echo lost >" UNSYNCED);
	run_ok(t, "sh", "-c",
	       text_format("kill -9 $(pidof seosd seagent seoswd) && %s " LOG_FOLDER " crash",
			   profile_command(t->profile, "fillctl")));
	assert_int_equal(daemons_running(t), 0);
	assert_true(!file_exists(t, UNSYNCED) || !*file_read(t, UNSYNCED));
	r = run_ok(t, "seaudit", "-a");
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(
			text_match_count(r->out, text_format(" S UPDATE .* newusr x%u$", i)), 1);
	assert_int_equal(text_match_count(r->out, " M START "), 3);
	run_ok(t, "seosd");
	run_ok(t, "selang", "-c", "newusr x3");
	assert_int_equal(record_count(t, "M START"), 6);
	assert_int_equal(record_count(t, "S UPDATE .* newusr x[0-9]"), 4);
}
