/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine's own promises: virtual time, repeatability, what a kill leaves behind,
 * disks that say what they are told, and SQLite on its files. What it promises to programs is held
 * in ref/platform/platform_test.c.
 */
#include "sim/shell.h"
#include "sim/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE_NS (60 * NS_PER_S)

/* A daemon that notes each of its wake-ups, one a minute, in a file. */

static int ticker_main(struct program_run *run, int argc, char **argv)
{
	run->foreground = argc > 1 && !strcmp(argv[1], "-F");
	run->state = run;
	return PROGRAM_SERVE;
}

static void note(struct platform *p, const char *text)
{
	int fd = p->ops->open(p, "/var/log/ticks", PLATFORM_APPEND | PLATFORM_CREATE, 0600);

	if (fd < 0)
		return;
	assert_int_equal(p->ops->write(p, fd, text, strlen(text)), 0);
	p->ops->close(p, fd);
}

static int ticker_start(struct program_run *run)
{
	struct platform *p = run->platform;

	if (p->ops->lock(p, "/var/run/ticker.pid") < 0)
		return EXIT_REFUSED;
	return p->ops->timer(p, 0, MINUTE_NS) ? EXIT_REFUSED : EXIT_DONE;
}

static void ticker_timer(struct program_run *run, unsigned id)
{
	note(run->platform, "tick\n");
	run->platform->ops->timer(run->platform, id, MINUTE_NS);
}

static void ticker_signal(struct program_run *run, int signal)
{
	note(run->platform, signal == SIGTERM ? "term\n" : "other\n");
	run->platform->ops->leave(run->platform, 7);
}

static void ticker_stop(struct program_run *run)
{
	note(run->platform, "stop\n");
	run->state = NULL;
}

static const struct daemon_handlers ticker_handlers = {
	.start = ticker_start,
	.timer = ticker_timer,
	.signal = ticker_signal,
	.stop = ticker_stop,
};
static const struct program ticker_program = {
	.name = "ticker", .main = ticker_main, .daemon = &ticker_handlers};

/* A command that adds its letter to a file by replacing it, with a lock held meanwhile. */

static int adder_main(struct program_run *run, int argc, char **argv)
{
	struct platform *p = run->platform;
	int lock, fd;
	char text[16] = "";
	ssize_t n;

	assert_int_equal(argc, 2);
	while ((lock = p->ops->lock(p, "/tmp/lock")) == -EBUSY)
		p->ops->wait_gone(p, p->ops->lock_owner(p, "/tmp/lock"), NS_PER_S, NULL);
	if (lock < 0)
		return EXIT_REFUSED;
	fd = p->ops->open(p, "/tmp/letters", PLATFORM_READ | PLATFORM_CREATE, 0600);
	n = p->ops->read(p, fd, text, sizeof(text) - 2, 0);
	p->ops->close(p, fd);
	text[n] = argv[1][0];
	fd = p->ops->open(p, "/tmp/new", PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_TRUNC, 0600);
	assert_int_equal(p->ops->write(p, fd, text, strlen(text)), 0);
	p->ops->close(p, fd);
	if (p->ops->rename(p, "/tmp/new", "/tmp/letters"))
		return EXIT_REFUSED;
	fprintf(run->out, "done\n");
	return EXIT_DONE;
}

static const struct program adder_program = {.name = "adder", .main = adder_main};

extern const struct program *const ref_programs[];
const struct program *const ref_programs[] = {&ticker_program, &adder_program, &sh_program, NULL};

static int run(struct sim *s, const char *const *argv, struct sim_result *result)
{
	int error = sim_run(s, &(struct sim_command){.argv = argv}, result);

	if (!error)
		sim_result_free(result);
	return error;
}

static void assert_file(struct sim *s, const char *path, const char *expected)
{
	struct platform *p = sim_root(s);
	char text[256] = "";
	int fd = p->ops->open(p, path, PLATFORM_READ, 0);

	assert_true(fd >= 0);
	assert_true(p->ops->read(p, fd, text, sizeof(text) - 1, 0) >= 0);
	p->ops->close(p, fd);
	assert_string_equal(text, expected);
}

static struct sim *machine(void)
{
	struct sim *s = sim_new(1, 1222256334);

	assert_non_null(s);
	return s;
}

static void time_passes_only_when_let(void **state)
{
	static const char *const ticker[] = {"/bin/ticker", NULL};
	struct sim_result result;
	struct sim *s = machine();

	(void)state;
	assert_int_equal(sim_wall_ns(s) / NS_PER_S, 1222256334);
	assert_int_equal(run(s, ticker, &result), 0);
	sim_advance(s, 2 * MINUTE_NS + MINUTE_NS / 2);
	assert_file(s, "/var/log/ticks", "tick\ntick\n");
	assert_int_equal(sim_wall_ns(s) / NS_PER_S, 1222256334 + 150);
	sim_wall_set(s, 86400);
	assert_int_equal(sim_wall_ns(s) / NS_PER_S, 86400);
	sim_advance(s, MINUTE_NS);
	assert_file(s, "/var/log/ticks", "tick\ntick\ntick\n");
	sim_free(s);
}

static void one_instance_until_it_ends(void **state)
{
	static const char *const ticker[] = {"ticker", NULL};
	struct sim_result result;
	struct sim *s = machine();
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(run(s, ticker, &result), 0);
	assert_int_equal(result.status, 0);
	pid = sim_process_find(s, "ticker");
	assert_int_equal(sim_root(s)->ops->lock_owner(sim_root(s), "/var/run/ticker.pid"), pid);
	assert_int_equal(run(s, ticker, &result), 0);
	assert_int_equal(result.status, EXIT_REFUSED);
	assert_int_equal(sim_kill(s, pid, SIGTERM), 0);
	assert_false(sim_process_lives(s, pid));
	assert_int_equal(sim_kill(s, pid, SIGTERM), -ESRCH);
	/* The second one ended before the first one was told to. */
	assert_file(s, "/var/log/ticks", "stop\nterm\nstop\n");
	assert_int_equal(sim_process_ended(s, pid, &status), 0);
	assert_int_equal(status, 7 << 8);
	sim_free(s);
}

static void a_kill_runs_nothing(void **state)
{
	static const char *const ticker[] = {"ticker", "-F", NULL};
	struct platform_stat stat;
	struct sim_result result;
	struct sim *s = machine();
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(run(s, ticker, &result), 0);
	pid = sim_process_find(s, "ticker");
	assert_int_equal(sim_kill(s, pid, SIGKILL), 0);
	assert_int_equal(sim_process_ended(s, pid, &status), 0);
	assert_int_equal(status, SIGKILL);
	assert_int_equal(sim_root(s)->ops->stat(sim_root(s), "/var/log/ticks", &stat), -ENOENT);
	assert_int_equal(sim_root(s)->ops->lock_owner(sim_root(s), "/var/run/ticker.pid"), 0);
	sim_free(s);
}

/* Begins commands that add a, b and so on. */
static void adders_begin(struct sim *s, struct sim_result *results, pid_t *pids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char letter[] = {(char)('a' + i), '\0'};
		const char *const argv[] = {"adder", letter, NULL};

		pids[i] = sim_launch(s, &(struct sim_command){.argv = argv}, &results[i]);
		assert_true(pids[i] > 0);
		assert_false(results[i].done);
	}
}

static void commands_take_turns_and_locks_keep_them_apart(void **state)
{
	enum { COUNT = 3 };
	struct sim_result results[COUNT];
	struct platform_stat stat;
	pid_t pids[COUNT];
	struct sim *s = machine();

	(void)state;
	adders_begin(s, results, pids, COUNT);
	sim_advance(s, MINUTE_NS);
	for (size_t i = 0; i < COUNT; i++) {
		assert_true(results[i].done);
		assert_int_equal(results[i].status, EXIT_DONE);
		assert_string_equal(results[i].out, "done\n");
		assert_false(sim_process_lives(s, pids[i]));
		sim_result_free(&results[i]);
	}
	assert_int_equal(sim_root(s)->ops->stat(sim_root(s), "/tmp/letters", &stat), 0);
	assert_int_equal(stat.size_bytes, COUNT);
	sim_free(s);
}

static void a_command_that_waits_can_be_killed(void **state)
{
	struct sim_result results[2];
	struct platform_stat stat;
	pid_t pids[2];
	struct sim *s = machine();

	(void)state;
	adders_begin(s, results, pids, 2);
	/* until one has the lock */
	while (!sim_root(s)->ops->lock_owner(sim_root(s), "/tmp/lock"))
		assert_true(sim_step(s, INT64_MAX));
	assert_int_equal(
		sim_kill(s, sim_root(s)->ops->lock_owner(sim_root(s), "/tmp/lock"), SIGTERM), 0);
	sim_advance(s, MINUTE_NS);
	assert_true(results[0].done && results[1].done);
	assert_int_equal(results[0].signal + results[1].signal, SIGTERM);
	assert_int_equal(sim_root(s)->ops->stat(sim_root(s), "/tmp/letters", &stat), 0);
	assert_int_equal(stat.size_bytes, 1);
	assert_string_equal(results[results[0].signal ? 0 : 1].out, "");
	for (size_t i = 0; i < 2; i++)
		sim_result_free(&results[i]);
	adders_begin(s, results, pids, 1); /* and the machine can go while one waits */
	sim_free(s);
	assert_true(results[0].done);
	assert_int_equal(results[0].signal, SIGKILL);
	sim_result_free(&results[0]);
}

static void a_changed_root_is_the_only_one_there_is(void **state)
{
	static const char *const argv[] = {"sh", "-c", "stat -L -c %d:%i /; cat /here", NULL};
	static const char *const folders[] = {"/tmp/root", "/tmp/root/var", "/tmp/root/var/log"};
	struct sim_result with, without;
	struct sim *s = machine();
	struct platform *p = sim_root(s);

	(void)state;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		assert_int_equal(p->ops->mkdir(p, folders[i], 0755), 0);
	p->ops->close(p, p->ops->open(p, "/here", PLATFORM_APPEND | PLATFORM_CREATE, 0600));
	assert_int_equal(sim_run(s, &(struct sim_command){.argv = argv}, &without), 0);
	assert_int_equal(
		sim_run(s, &(struct sim_command){.argv = argv, .root = "/tmp/root"}, &with), 0);
	assert_int_equal(without.status, EXIT_DONE);
	assert_int_not_equal(with.status, EXIT_DONE);
	assert_string_not_equal(with.out, without.out);
	sim_result_free(&with);
	sim_result_free(&without);
	assert_int_equal(p->ops->unlink(p, "/tmp/root/var/log/sh.log"), 0);
	sim_free(s);
}

static void unknown_program(void **state)
{
	static const char *const unknown[] = {"/bin/nothing", NULL};
	struct sim_result result;
	struct sim *s = machine();

	(void)state;
	assert_int_equal(run(s, unknown, &result), -ENOENT);
	sim_free(s);
}

static void shell_notes_its_arguments(void **state)
{
	static const char *const sh[] = {"/bin/sh", "-c", "a b 'c d'", "", NULL};
	struct sim_result result;
	struct sim *s = machine();

	(void)state;
	assert_int_equal(run(s, sh, &result), 0);
	assert_int_equal(result.status, 127); /* nothing is called a */
	assert_file(s, SIM_SHELL_LOG, "</bin/sh> <-c> <a b 'c d'> <>\n");
	sim_free(s);
}

static void disks_say_what_they_are_told(void **state)
{
	static const char *const set[] = {"set", "blocks=1000", "free=200", "available=150"};
	static const char *const wrong[] = {"set", "blocks=ten"};
	char reply[FILL_REPLY_MAX];
	struct platform_space space;
	struct sim *s = machine();
	struct platform *p = sim_root(s);

	(void)state;
	assert_int_equal(sim_mount(s, "/none"), -ENOTDIR);
	assert_int_equal(sim_mount(s, "/var/.audit"), 0);
	assert_int_equal(sim_fill(s, "/var", 4, set, reply), -ENOENT);
	assert_int_equal(sim_fill(s, "/var/.audit", 4, set, reply), 0);
	assert_int_equal(sim_fill(s, "/var/.audit", 2, wrong, reply), 2);
	assert_int_equal(p->ops->space(p, "/var/.audit", &space), 0);
	assert_int_equal(space.blocks, 1000);
	assert_int_equal(space.free, 200);
	assert_int_equal(space.available, 150);
	assert_int_equal(p->ops->space(p, "/var", &space), 0);
	assert_int_not_equal(space.blocks, 1000);
	assert_int_equal(p->ops->rename(p, "/var/.audit", "/var/log/x"), -EXDEV);
	sim_free(s);
}

static void folders_go_with_what_is_in_them(void **state)
{
	struct platform_stat stat;
	struct sim *s = machine();
	struct platform *p = sim_root(s);

	(void)state;
	assert_int_equal(p->ops->mkdir(p, "/tmp/a", 0755), 0);
	assert_int_equal(p->ops->mkdir(p, "/tmp/a/b", 0755), 0);
	p->ops->close(p, p->ops->open(p, "/tmp/a/b/c", PLATFORM_APPEND | PLATFORM_CREATE, 0600));
	assert_int_equal(p->ops->rename(p, "/tmp/a", "/tmp/d"), 0);
	assert_int_equal(p->ops->stat(p, "/tmp/d/b/c", &stat), 0);
	assert_int_equal(sim_remove(s, "/tmp/d"), 0);
	assert_int_equal(p->ops->stat(p, "/tmp/d", &stat), -ENOENT);
	assert_int_equal(p->ops->stat(p, "/tmp", &stat), 0);
	assert_int_equal(sim_remove(s, "/tmp/d"), -ENOENT);
	sim_free(s);
}

static void database_lives_in_the_machines_files(void **state)
{
	struct sim *s = machine();
	struct platform *p = sim_root(s);
	struct platform_stat stat;
	char uri[PLATFORM_PATH_MAX];
	sqlite3 *db;

	(void)state;
	assert_int_equal(p->ops->database_uri(p, "/tmp/x.db", uri, sizeof(uri)), 0);
	for (int round = 0; round < 2; round++) {
		assert_int_equal(sqlite3_open_v2(uri, &db,
						 SQLITE_OPEN_URI | SQLITE_OPEN_READWRITE |
							 SQLITE_OPEN_CREATE,
						 NULL),
				 SQLITE_OK);
		assert_int_equal(sqlite3_exec(db,
					      round ? "insert into t values (2)"
						    : "create table t (x unique); "
						      "insert into t values (1)",
					      NULL, NULL, NULL),
				 SQLITE_OK);
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
	}
	assert_int_equal(p->ops->stat(p, "/tmp/x.db", &stat), 0);
	assert_true(stat.size_bytes > 0);
	assert_int_equal(p->ops->stat(p, "/tmp/x.db-journal", &stat), -ENOENT);
	sim_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_passes_only_when_let),
		cmocka_unit_test(one_instance_until_it_ends),
		cmocka_unit_test(a_kill_runs_nothing),
		cmocka_unit_test(commands_take_turns_and_locks_keep_them_apart),
		cmocka_unit_test(a_command_that_waits_can_be_killed),
		cmocka_unit_test(a_changed_root_is_the_only_one_there_is),
		cmocka_unit_test(unknown_program),
		cmocka_unit_test(shell_notes_its_arguments),
		cmocka_unit_test(disks_say_what_they_are_told),
		cmocka_unit_test(folders_go_with_what_is_in_them),
		cmocka_unit_test(database_lives_in_the_machines_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
