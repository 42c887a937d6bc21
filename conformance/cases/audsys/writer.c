/* SPDX-License-Identifier: MIT */
/*
 * Whether records survive: an oracle over all trails for switches under load and killed writers,
 * and what happens to callers when a trail cannot be written. Not for: single records (record.c).
 */
#include "conformance/cases/recorded.h"

#include <stdlib.h>

#define DIRECT     .needs = CAP_ROOT | CAP_HOOKS | CAP_SHELL | CAP_FILL, .where = ON_GUEST
/* What needs nothing of a shell: calls are those of mkdir and rmdir. */
#define WAITING    .needs = CAP_ROOT | CAP_HOOKS | CAP_FILL, .where = ON_GUEST | ON_SIM
#define DISK_HALF  "free=5000", "available=5000"
#define WORK       "/var/run/work" /* where calls are made */
#define TASK       "/var/run/task"
#define SOURCE_MAX 8
#define EVENT_MAX  (1 << 18) /* since the extension was loaded, which earlier cases have used */

static void work_begins(struct target *t, const char *selection)
{
	dir_make(t, WORK);
	file_chmod(t, WORK, 0777);
	recording(t, selection, "1");
}

/* Makes folders named for the round, as many as count says, removes them, and one that is not
 * there. */
static struct target_process *load_started(struct target *t, int round, int count)
{
	return start(t, NULL, "sh", "-c",
		     text_format("i=0; while [ $i -lt %d ]; do mkdir " WORK "/r%d.$i; rmdir " WORK
				 "/r%d.$i; "
				 "i=$((i+1)); done; rmdir " WORK "/none 2>/dev/null; exit 0",
				 count, round, round));
}

static void kill_writer(struct target *t)
{
	pid_t pid = (pid_t)strtol(file_read(t, WRITER_PID), NULL, 10);

	signal_pid(t, pid, SIGKILL);
	wait_until(t, 20, !pid_exists(t, pid));
}

static long number_after(const char *line, const char *key)
{
	const char *at = strstr(line, key);

	return at ? strtol(at + strlen(key), NULL, 10) : -1;
}

/* What audisp shows of all trails together. */
static const struct result *records_of_all(struct target *t)
{
	enum { WORDS = 60 };
	const char *words[WORDS + 1] = {"audisp", "--json"};
	const char *names = dir_list(t, AUDIT_DIR);
	const char *name;
	size_t n = 2;

	for (unsigned i = 0; (name = text_line(names, i)); i++) {
		if (strncmp(name, "my_trail", strlen("my_trail")) != 0)
			continue;
		assert_true(n < WORDS);
		words[n++] = text_format(AUDIT_DIR "/%s", name);
	}
	return case_run_ok(t, NULL, words, __FILE__, __LINE__);
}

/* Every number of every source once, none torn, and how many calls of mkdir there are. */
static unsigned oracle(struct target *t)
{
	static unsigned char seen[SOURCE_MAX][EVENT_MAX];
	long first[SOURCE_MAX] = {0};
	long last[SOURCE_MAX] = {0};
	const struct result *r = records_of_all(t);
	const char *line = r->out;

	assert_false(r->truncated);
	memset(seen, 0, sizeof(seen));
	for (; *line; line = strchr(line, '\n') + 1) {
		long source = number_after(line, "\"source\":");
		long sequence = number_after(line, "\"sequence\":");

		assert_in_range(source, 0, SOURCE_MAX - 1);
		assert_in_range(sequence, 1, EVENT_MAX - 1);
		assert_int_equal(seen[source][sequence]++, 0);
		if (!first[source] || sequence < first[source])
			first[source] = sequence;
		last[source] = sequence > last[source] ? sequence : last[source];
	}
	for (int source = 0; source < SOURCE_MAX; source++) {
		for (long n = first[source]; n < last[source]; n++)
			assert_int_equal(seen[source][n], 1);
	}
	assert_int_equal(text_match_count(r->out, "\"lost\":"), 0);
	return text_match_count(r->out, "\"call\":\"mkdir\".*\"path\":\"" WORK "/r");
}

/* audsys/writer/6: under load, trails are switched by hand. */
CASE(switches_under_load, REQUIREMENTS("audsys/writer/6"), DIRECT, .deadline_s = 180)
{
	enum { ROUNDS = 6, CALLS = 20 };

	work_begins(t, "-P -F -e create -e delete");
	for (int i = 0; i < ROUNDS; i++) {
		struct target_process *p = load_started(t, i, CALLS);

		run_ok(t, "audsys", "-c", text_format(TRAIL "%d", i), "-s", "1000");
		assert_exit(finish(t, p), 0);
	}
	run_ok(t, "audsys", "-f");
	assert_int_equal(oracle(t), ROUNDS * CALLS);
}

static unsigned copies_made(struct target *t)
{
	return text_match_count(dir_list(t, AUDIT_DIR), "\\.copy$");
}

/* Each is as long as the trail it was made of is now. They are gone then. */
static void assert_copies_whole(struct target *t)
{
	const char *names = dir_list(t, AUDIT_DIR);
	const char *name;

	for (unsigned i = 0; (name = text_line(names, i)); i++) {
		const char *copy = text_format(AUDIT_DIR "/%s", name);
		const char *end = strstr(copy, ".copy");

		if (!end)
			continue;
		assert_int_equal(file_size(t, copy),
				 file_size(t, text_format("%.*s/spu0", (int)(end - copy), copy)));
		file_remove(t, copy);
	}
}

/* Makes folders named for the round, by names so long that their records do not fit a small trail.
 */
static struct target_process *long_load_started(struct target *t, int round, int count)
{
	enum { SLASHES = 500 };
	const char *words[TARGET_ARGS_MAX] = {"mkdir"};
	char slashes[SLASHES + 1];

	assert_true(count + 1 < TARGET_ARGS_MAX);
	memset(slashes, '/', SLASHES);
	slashes[SLASHES] = '\0';
	for (int i = 0; i < count; i++)
		words[1 + i] = text_format(WORK "/r%d.%d%s", round, i, slashes);
	return case_start(t, NULL, words, __FILE__, __LINE__);
}

/* audsys/writer/6, audomon/hook/24: the same by audomon, for size; when the task starts, nothing is
 * added to the old trail any more. */
CASE(switches_by_size, REQUIREMENTS("audsys/writer/6", "audomon/hook/24"), WAITING,
     .deadline_s = 180)
{
	enum { ROUNDS = 8, CALLS = 50 };
	struct target_process *load[ROUNDS];
	struct target_process *monitor;

	dir_make(t, WORK);
	run_config(t, "-P -F -e create -e delete");
	file_write(t, TASK, "#!/bin/sh\ncp $1/spu0 $1.part\nmv $1.part $1.copy\n");
	file_chmod(t, TASK, 0755);
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "16");
	monitor = start(t, NULL, "audomon", "-F", "-t", "0.0001", "-o", MESSAGES, "-X", TASK);
	for (int i = 0; i < ROUNDS; i++)
		load[i] = long_load_started(t, i, CALLS);
	for (int i = 0; i < ROUNDS; i++)
		assert_exit(finish(t, load[i]), 0);
	await(t, "^audomon: switched from");
	assert_exit(finish(t, long_load_started(t, ROUNDS, CALLS)), 0);
	wait_until(t, 20, message_count(t, "switched from") > 1);
	wait_until(t, 20, copies_made(t) == message_count(t, "switched from"));
	run_ok(t, "audsys", "-f");
	assert_exit(stop(t, monitor, SIGTERM), 0);
	assert_copies_whole(t);
	assert_int_equal(oracle(t), (ROUNDS + 1) * CALLS);
}

/* diskaudit is killed at that step from now on, while it works on some calls and changes the trail;
 * the second audsys starts it again. Returns whether it took as many steps. */
static bool killed_at(struct target *t, int step, int round, int calls)
{
	const struct result *r = run(
		t, "sh", "-c",
		text_format(
			"k=/var/run/killer%d; /conform/conform kill-at $(cat " WRITER_PID
			") %d >$k & until [ -s $k ]; do kill -0 $! || exit 3; usleep 1000; done; "
			"i=0; while [ $i -lt %d ]; do mkdir " WORK "/r%d.$i; rmdir " WORK
			"/r%d.$i; i=$((i+1)); done; audsys -c " TRAIL "%d -s 1000; kill $!; wait; "
			"audsys -c " TRAIL "%d.1 -s 1000 || exit 2; grep -q killed $k",
			step, step, calls, round, round, round, round));

	if (r->exit_status > 1)
		fail_msg("killed at step %d: %s", step, r->err);
	return r->exit_status == 0;
}

/* audsys/writer/7, 8: diskaudit is killed at one of its steps after the other, until there are no
 * more. */
CASE(killed_writer, REQUIREMENTS("audsys/writer/7", "audsys/writer/8"), DIRECT, .deadline_s = 240)
{
	enum { ROUNDS = 100, CALLS = 3, STRIDE = 31 };
	int round = 0;

	work_begins(t, "-P -F -e create -e delete");
	while (killed_at(t, 1 + STRIDE * round, round, CALLS))
		assert_in_range(++round, 1, ROUNDS - 1);
	assert_in_range(round, 8, ROUNDS);
	run_ok(t, "audsys", "-f");
	assert_int_equal(oracle(t), (round + 1) * CALLS);
}

/* audomon/run/18: a wake-up starts a diskaudit that was killed. */
CASE(started_again, REQUIREMENTS("audomon/run/18", "audsys/writer/8"), DIRECT)
{
	work_begins(t, "-P -e create");
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	kill_writer(t);
	await(t, "^audomon: warning: diskaudit was not running, and was started again$");
	assert_exit(finish(t, load_started(t, 1, 3)), 0);
	run_ok(t, "audsys", "-f");
	assert_int_equal(oracle(t), 3);
}

static void disk_full(struct target *t)
{
	fill_fault(t, AUDIT_DIR, "write", "errno=ENOSPC");
}

static void disk_cleared(struct target *t)
{
	fill_clear(t, AUDIT_DIR);
}

/* A user's mkdir and root's, of which the user's has to wait. */
static struct target_process *user_waits(struct target *t)
{
	struct target_process *p;

	user_add(t, "carol", 501);
	p = start(t, &(struct run_options){.user = "carol"}, "mkdir", WORK "/of_carol");
	time_pass(t, 3);
	assert_false(file_exists(t, WORK "/of_carol"));
	run_ok(t, "mkdir", WORK "/of_root");
	assert_false(file_exists(t, WORK "/of_carol"));
	return p;
}

/* audsys/refuse/19, 24, 27, writer/11, 13, 16: on a full file system a user's call waits, root's
 * does not; with room, both go on, and both are recorded. */
CASE(full_file_system,
     REQUIREMENTS("audsys/refuse/19", "audsys/refuse/24", "audsys/refuse/27", "audsys/writer/11",
		  "audsys/writer/13", "audsys/writer/16"),
     WAITING)
{
	struct target_process *p;
	const struct result *r;

	file_system_of(t, 5000);
	work_begins(t, "-P -F -e create");
	disk_full(t);
	run_ok(t, "mkdir", WORK "/r0.first");
	p = user_waits(t);
	r = run(t, "audsys", "-f");
	assert_exit(r, 1);
	assert_err_match(r, "^audsys: not everything could be written: diskaudit: .*: No space");
	assert_line(run_ok(t, "audsys"), "auditing system is currently on");
	disk_cleared(t);
	assert_exit(finish(t, p), 0);
	run_ok(t, "audsys", "-f");
	assert_int_equal(oracle(t), 1);
	assert_out_match(run_ok(t, "audisp", TRAIL), "uid 501 euid 501 [a-z]+ " WORK "/of_carol$");
}

/* audsys/writer/9, refuse/19: a next trail on a file system with room is gone over to instead. */
CASE(next_when_full, REQUIREMENTS("audsys/writer/9", "audsys/refuse/19"), WAITING)
{
	file_system_of(t, 5000);
	work_begins(t, "-P -F -e create");
	run_ok(t, "audsys", "-x", "/var/run/my_trail_2", "-z", "100");
	disk_full(t);
	user_add(t, "carol", 501);
	run_ok(t, "mkdir", WORK "/r0.first");
	wait_until(t, 20, !strcmp(current_trail(t), "/var/run/my_trail_2"));
	assert_exit(run_as(t, &(struct run_options){.user = "carol"}, "mkdir", WORK "/of_carol"),
		    0);
	run_ok(t, "audsys", "-f");
	assert_out_match(run_ok(t, "audisp", "/var/run/my_trail_2"), " " WORK "/r0.first$");
}

/* audsys/refuse/21: the same in an older release without a next trail. */
CASE(full_older, REQUIREMENTS("audsys/refuse/21"), WAITING)
{
	struct target_process *p;

	file_system_of(t, 5000);
	dir_make(t, WORK);
	file_chmod(t, WORK, 0777);
	file_write(t, RC_CONFIG, "RELEASE=11.23\nAUDEVENT_ARGS1=\"-e create\"\n");
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000");
	disk_full(t);
	run_ok(t, "mkdir", WORK "/r0.first");
	p = user_waits(t);
	disk_cleared(t);
	assert_exit(finish(t, p), 0);
}

/* audsys/refuse/23: before 11i v3, users are suspended once the reserve is reached. */
CASE(in_reserve, REQUIREMENTS("audsys/refuse/23"), WAITING)
{
	struct target_process *p;

	file_system_of(t, 5000);
	dir_make(t, WORK);
	file_chmod(t, WORK, 0777);
	file_write(t, RC_CONFIG,
		   "RELEASE=11.11\nAUDEVENT_ARGS1=\"-e create\"\nDISKAUDIT_FLUSH_INTERVAL=1\n");
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000");
	fill_set(t, AUDIT_DIR, "free=500", "available=0");
	run_ok(t, "mkdir", WORK "/r0.first");
	time_pass(t, 3);
	p = user_waits(t);
	fill_set(t, AUDIT_DIR, DISK_HALF);
	assert_exit(finish(t, p), 0);
}

/* audsys/refuse/22: in 11i v3, once a switch has failed past the switch point. */
CASE(switch_failed, REQUIREMENTS("audsys/refuse/22"), WAITING)
{
	struct target_process *p;
	const char *names;

	file_system_of(t, 5000);
	work_begins(t, "-e create");
	fill_set(t, AUDIT_DIR, "free=1000", "available=1000");
	/* No new trail can be made in a folder that is not there. */
	names = file_read(t, AUDNAMES);
	file_write(t, AUDNAMES,
		   text_format("%.*sbase = /var/none/my_trail\n",
			       (int)(strstr(names, "base = ") - names), names));
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	await(t, "^audomon: warning: cannot switch from " TRAIL ": ");
	p = user_waits(t);
	fill_set(t, AUDIT_DIR, DISK_HALF);
	run_ok(t, "audsys", "-c", AUDIT_DIR "/my_trail_2", "-s", "1000");
	assert_exit(finish(t, p), 0);
}

/* The buffer filled up by a user, root where NULL, with long names, and the rest of it with short
 * ones, of folders that are not there. */
static void fill_buffer(struct target *t, const char *user)
{
	enum { ROUNDS = 20, NAMES = 60, SLASHES = 900 };
	const char *words[NAMES + 2] = {"rmdir"};
	char slashes[SLASHES + 1];

	memset(slashes, '/', SLASHES);
	slashes[SLASHES] = '\0';
	for (int i = 0; i <= ROUNDS; i++) {
		for (int n = 1; n <= NAMES; n++)
			words[n] = text_format("x%s%d", i < ROUNDS ? slashes : "", n);
		assert_exit(
			case_run(t, &(struct run_options){.user = user}, words, __FILE__, __LINE__),
			1);
	}
}

/* What the second trail has of carol's calls, and of lost ones. */
static const struct result *carol_recorded(struct target *t)
{
	run_ok(t, "audsys", "-f");
	return run_ok(t, "audisp", "--json", "-u", "501", TRAIL "_2");
}

/* audsys/refuse/20, 24, writer/13, record/6: the kernel's buffer is full while nobody writes it
 * out: a user waits; what root does is lost, and the trail tells how much. */
CASE(full_buffer,
     REQUIREMENTS("audsys/refuse/20", "audsys/refuse/24", "audsys/writer/13", "audsys/record/6"),
     WAITING, .deadline_s = 240)
{
	struct target_process *p;
	const struct result *r;

	work_begins(t, "-P -F -e create -e delete");
	kill_writer(t);
	fill_buffer(t, NULL);
	p = user_waits(t);
	run_ok(t, "audsys", "-c", TRAIL "_2", "-s", "9000");
	assert_exit(finish(t, p), 0);
	r = carol_recorded(t);
	assert_out_match(r, "\"lost\":[1-9]");
	assert_out_match(r, "\"path\":\"" WORK "/of_carol\"");
}

/* audsys/writer/17: a user's call has begun, the buffer fills up, and the caller is killed in it:
 * the record is there. */
CASE(killed_caller, REQUIREMENTS("audsys/writer/17", "audsys/writer/13"), WAITING,
     .deadline_s = 120)
{
	struct target_parked *p;
	const struct result *r;

	work_begins(t, "-P -F -e open -e delete");
	user_add(t, "carol", 501);
	p = park(t, .in = PARKED_OPEN, .user = "carol");
	kill_writer(t);
	fill_buffer(t, NULL);
	signal_pid(t, parked_pid(t, p), SIGKILL);
	wait_until(t, 20, !parked_inside(t, p));
	run_ok(t, "audsys", "-c", TRAIL "_2", "-s", "9000");
	r = carol_recorded(t);
	assert_out_match(r, "\"lost\":[1-9]");
	assert_int_equal(call_count(r->out, parked_pid(t, p)), 1);
}

/* audsys/writer/12: nobody waits where that is selected: neither on a full file system, nor with
 * the buffer full; the trail tells how many calls were lost. */
CASE(lose, REQUIREMENTS("audsys/writer/12"), WAITING, .deadline_s = 120)
{
	const struct run_options carol = {.user = "carol"};

	file_system_of(t, 5000);
	dir_make(t, WORK);
	file_chmod(t, WORK, 0777);
	user_add(t, "carol", 501);
	file_write(t, RC_CONFIG,
		   "AUDIT_OVERFLOW=lose\nAUDEVENT_ARGS1=\"-P -F -e create -e delete\"\n");
	run_ok(t, "audsys", "-n", "-c", TRAIL, "-s", "1000");
	disk_full(t);
	assert_exit(run_as(t, &carol, "mkdir", WORK "/a", WORK "/b"), 0);
	disk_cleared(t);
	kill_writer(t);
	fill_buffer(t, "carol");
	assert_exit(run_as(t, &carol, "mkdir", WORK "/c"), 0);
	run_ok(t, "audsys", "-c", TRAIL "_2", "-s", "9000");
	assert_exit(run_as(t, &carol, "mkdir", WORK "/d"), 0);
	run_ok(t, "audsys", "-f");
	assert_out_match(run_ok(t, "audisp", "--json", "-e", "create", TRAIL "_2"),
			 "\"lost\":[1-9]");
}

/* audsys/writer/10: a trail that has gone is followed by a new one, and the console hears of it. */
CASE(gone_trail, REQUIREMENTS("audsys/writer/10"), DIRECT)
{
	work_begins(t, "-P -e create");
	file_remove(t, TRAIL);
	assert_exit(finish(t, load_started(t, 1, 3)), 0);
	run_ok(t, "audsys", "-f");
	assert_text_match("current trail", current_trail(t), "^" TRAIL "\\." STAMP "$");
	assert_int_equal(oracle(t), 3);
}

/* audsys/writer/14, refuse/29: the trail lags behind at most by the interval, without audsys -f. */
CASE(flushed, REQUIREMENTS("audsys/writer/14", "audsys/refuse/29"), DIRECT)
{
	work_begins(t, "-P -F -e all");
	run_ok(t, "mkdir", WORK "/r1.flushed");
	wait_until(t, 6, text_match_count(run_ok(t, "audisp", TRAIL)->out, "r1.flushed") > 0);
}

/* --- the same with calls that the harness makes, wherever it can -------------------------------
 */

#define CALLS .needs = CAP_ROOT | CAP_HOOKS

/* audsys/writer/6, 7, 8: trails are switched by hand, and every other time diskaudit was killed
 * before that. */
CASE(switched_and_killed, REQUIREMENTS("audsys/writer/6", "audsys/writer/7", "audsys/writer/8"),
     CALLS)
{
	enum { ROUNDS = 4 };
	pid_t pid[2 * ROUNDS];
	const char *records;

	recording(t, "-P -e open", "2");
	for (int i = 0; i < ROUNDS; i++) {
		pid[2 * i] = call_made(t);
		if (i % 2)
			kill_writer(t);
		pid[2 * i + 1] = call_made(t);
		run_ok(t, "audsys", "-N", "2", "-c", text_format(TRAIL "%d", i), "-s", "1000");
	}
	run_ok(t, "audsys", "-f");
	oracle(t);
	records = records_of_all(t)->out;
	for (int i = 0; i < 2 * ROUNDS; i++)
		assert_int_equal(call_count(records, pid[i]), 1);
}

/* audsys/writer/15: what diskaudit opens when it goes over to another trail is in none of them;
 * what audsys opens is, by then and before. */
CASE(not_of_itself, REQUIREMENTS("audsys/writer/15"), CALLS)
{
	const char *records, *writer;
	pid_t pid;

	recording(t, "-P -F -e open -e create -e delete", "1");
	writer = text_format("\"pid\":%s,", text_line(file_read(t, WRITER_PID), 0));
	run_ok(t, "audsys", "-c", TRAIL "_2", "-s", "1000");
	pid = call_made(t);
	run_ok(t, "audsys", "-f");
	records = records_of_all(t)->out;
	assert_int_equal(call_count(records, pid), 1);
	assert_true(text_match_count(records, "\"program\":\"audsys\"") > 0);
	assert_int_equal(text_match_count(records, writer), 0);
}

/* audomon/run/18, audsys/writer/8: audomon starts one that was killed. */
CASE(started_by_audomon, REQUIREMENTS("audomon/run/18", "audsys/writer/8"), CALLS)
{
	pid_t pid;

	recording(t, "-P -e open", "1");
	run_ok(t, "audomon", "-t", OFTEN, "-o", MESSAGES);
	kill_writer(t);
	pid = call_made(t);
	await(t, "^audomon: warning: diskaudit was not running, and was started again$");
	run_ok(t, "audsys", "-f");
	assert_int_equal(call_count(records_of_all(t)->out, pid), 1);
}

/* audsys/writer/10: a trail that has gone is followed by a new one. */
CASE(gone, REQUIREMENTS("audsys/writer/10"), CALLS)
{
	pid_t pid;

	recording(t, "-P -e open", "1");
	file_remove(t, TRAIL);
	pid = call_made(t);
	run_ok(t, "audsys", "-f");
	assert_text_match("current trail", current_trail(t), "^" TRAIL "\\." STAMP "$");
	assert_int_equal(call_count(records_of_all(t)->out, pid), 1);
}

/* audsys/writer/16, 9, refuse/19: what cannot be written is not given up; with a next trail that
 * can be written it goes there. */
CASE(not_given_up, REQUIREMENTS("audsys/writer/16", "audsys/writer/9", "audsys/refuse/19"),
     .needs = CAP_ROOT | CAP_HOOKS | CAP_FILL)
{
	const struct result *r;
	pid_t pid;

	file_system_of(t, 5000);
	recording(t, "-P -e open", "1");
	disk_full(t);
	pid = call_made(t);
	r = run(t, "audsys", "-f");
	assert_exit(r, 1);
	assert_err_match(r, "^audsys: not everything could be written: diskaudit: .*: No space");
	assert_line(run_ok(t, "audsys"), "auditing system is currently on");
	disk_cleared(t);
	run_ok(t, "audsys", "-x", "/var/run/my_trail_2", "-z", "100");
	disk_full(t);
	call_made(t);
	wait_until(t, 20, !strcmp(current_trail(t), "/var/run/my_trail_2"));
	disk_cleared(t);
	run_ok(t, "audsys", "-f");
	assert_int_equal(calls_shown(t, TRAIL, pid) + calls_shown(t, "/var/run/my_trail_2", pid),
			 1);
}

/* audsys/writer/14, refuse/29: without audsys -f the trail lags behind by the interval at most. */
CASE(written_in_time, REQUIREMENTS("audsys/writer/14", "audsys/refuse/29"), CALLS)
{
	pid_t pid;

	recording(t, "-P -e open", "1");
	pid = call_made(t);
	wait_until(t, 7, calls_shown(t, TRAIL, pid) == 1);
}
