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

extern const struct program *const ref_programs[];
const struct program *const ref_programs[] = {&ticker_program, &sh_program, NULL};

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
		cmocka_unit_test(unknown_program),
		cmocka_unit_test(shell_notes_its_arguments),
		cmocka_unit_test(disks_say_what_they_are_told),
		cmocka_unit_test(folders_go_with_what_is_in_them),
		cmocka_unit_test(database_lives_in_the_machines_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
