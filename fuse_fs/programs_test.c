/* SPDX-License-Identifier: MIT */
/*
 * programs_test: programs that nobody here wrote, on a disk that is full, fails or crashes, and
 * after it has recovered. Not here: single operations (fault_test.c).
 */
#include "fuse_fs/mounted.h"

#include <signal.h>
#include <sqlite3.h>

/* ---- coreutils ---- */

/* Runs a line in the mount; it ends with `code` and says `part`. */
static void shell(const char *line, int code, const char *part)
{
	char output[OUTPUT_MAX], all[PATH_MAX];

	snprintf(all, sizeof(all), "cd %s && export LC_ALL=C && { %s; }", fx.mount, line);
	int got = RUN(output, "/bin/sh", "-c", all);

	if (got != code || !strstr(output, part))
		fail_msg("%s: exit code %d, %s", line, got, output);
}

static void test_coreutils_meet_a_full_disk(void **state)
{
	(void)state;
	CTL("set", "block_size=4K", "blocks=1000", "free=16", "enforce=on");
	shell("df --output=avail -B4096 .", 0, "16");
	shell("dd if=/dev/zero of=a bs=4096 count=32", 1, "No space left on device");
	shell("stat -c %s a", 0, "65536");
	shell("df --output=pcent .", 0, "100%");
	shell("cp a b", 1, "No space left on device");
	shell("truncate -s 4096 a && df --output=avail -B4096 .", 0, "15");
	shell("rm -f b && dd if=/dev/zero of=a bs=4096 count=4 conv=fsync && tail -c 5 a | wc -c",
	      0, "5");
	CTL("fault", "fsync", "errno=EIO");
	shell("sync a", 1, "Input/output error");
	shell("dd if=/dev/zero of=a bs=4096 count=1 conv=fsync", 1, "Input/output error");
	CTL("fault", "close", "errno=EDQUOT", "path=c");
	shell("cp a c", 1, "Disk quota exceeded");
	CTL("clear");
	shell("cp a c && sync c && cmp a c && echo same", 0, "same");
}

/* ---- SQLite ---- */

static int sql(sqlite3 *db, const char *text)
{
	return sqlite3_exec(db, text, NULL, NULL, NULL);
}

static sqlite3 *sql_open(void)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(at("db"), &db), SQLITE_OK);
	assert_int_equal(sql(db, "PRAGMA synchronous=FULL; PRAGMA cache_size=10; "
				 "CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b BLOB)"),
			 SQLITE_OK);
	return db;
}

static int sql_number(sqlite3 *db, const char *query)
{
	sqlite3_stmt *statement;

	assert_int_equal(sqlite3_prepare_v2(db, query, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	int number = sqlite3_column_int(statement, 0);

	assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
	return number;
}

/* Two hundred rows: more than the cache holds, so that the database itself is written to. */
#define MANY_ROWS                                                                                  \
	"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) "           \
	"INSERT INTO t (b) SELECT zeroblob(2000) FROM n"

static void sql_check(sqlite3 *db, int rows)
{
	assert_int_equal(sql_number(db, "SELECT count(*) FROM t"), rows);
	assert_int_equal(sql_number(db, "SELECT count(*) FROM pragma_integrity_check "
					"WHERE integrity_check = 'ok'"),
			 1);
}

static void test_sqlite_rolls_back_when_full(void **state)
{
	sqlite3 *db = sql_open();

	(void)state;
	assert_int_equal(sql(db, "INSERT INTO t (b) VALUES (zeroblob(500))"), SQLITE_OK);
	CTL("set", "block_size=4K", "blocks=1000", "free=20", "enforce=on");
	assert_int_equal(sql(db, "BEGIN; " MANY_ROWS), SQLITE_FULL);
	sql(db, "ROLLBACK");
	sql_check(db, 1);
	CTL("clear");
	assert_int_equal(sql(db, MANY_ROWS), SQLITE_OK);
	sql_check(db, 201);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* Commits three rows, and is in the middle of much more when it says so through the pipe. */
static void sql_work(const char *mode, int ready)
{
	sqlite3 *db = sql_open();
	char pragma[64];

	snprintf(pragma, sizeof(pragma), "PRAGMA journal_mode=%s", mode);
	int rc = sql(db, pragma);

	for (int i = 0; i < 3 && rc == SQLITE_OK; i++)
		rc = sql(db, "INSERT INTO t (b) VALUES (zeroblob(900))");
	if (rc == SQLITE_OK)
		rc = sql(db, "BEGIN; UPDATE t SET b = zeroblob(50); " MANY_ROWS);
	if (rc == SQLITE_OK && write(ready, "", 1) == 1)
		pause();
	_exit(1);
}

/* A process of its own, as it would end with its machine: what it has mapped is gone. */
static void test_sqlite_crash_loses_nothing_committed(void **state)
{
	static const char *const modes[] = {"DELETE", "TRUNCATE", "PERSIST", "WAL"};
	int ends[2];
	char byte;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	for (int i = 0; i < (int)(sizeof(modes) / sizeof(modes[0])); i++) {
		pid_t child = fork();

		if (child == 0)
			sql_work(modes[i], ends[1]);
		assert_int_equal(read(ends[0], &byte, 1), 1);
		CTL("crash");
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, NULL, 0), child);
		sqlite3 *db = sql_open();

		sql_check(db, 3 * (i + 1));
		assert_int_equal(sql_number(db, "SELECT count(*) FROM t WHERE length(b) <> 900"),
				 0);
		assert_int_equal(sqlite3_close(db), SQLITE_OK);
	}
	close(ends[0]);
	close(ends[1]);
}

/* ---- PostgreSQL ---- */

#define NOBODY       65534
#define POSTGRES_BIN "/usr/lib/postgresql/15/bin"

/* It does not run as root: by itself, on a single connection, without a socket. */
static void postgres(const char *statements, const char *part)
{
	const char *const words[] = {"-c",
				     "cd / && echo \"$1\" | " POSTGRES_BIN
				     "/postgres --single -j -D \"$0\" postgres",
				     at("pg"), statements, NULL};
	char output[OUTPUT_MAX];

	run_program(NOBODY, output, "/bin/sh", words);
	if (!strstr(output, part))
		fail_msg("%s: not \"%s\" but\n%s", statements, part, output);
}

static void test_postgres_refuses_and_goes_on(void **state)
{
	const char *const initdb[] = {
		"-c", "cd / && exec " POSTGRES_BIN "/initdb -N -A trust -D \"$0\"", at("pg"), NULL};
	char output[OUTPUT_MAX];

	(void)state;
	if (access(POSTGRES_BIN "/initdb", X_OK) < 0) {
		print_message("programs_test: skipped: no " POSTGRES_BIN
			      "/initdb: install postgresql-15\n");
		skip();
	}
	assert_int_equal(mkdir(at("pg"), 0700), 0);
	assert_int_equal(chown(at("pg"), NOBODY, NOBODY), 0);
	if (run_program(NOBODY, output, "/bin/sh", initdb) != 0)
		fail_msg("%s", output);
	postgres("CREATE TABLE t (a int, b text);\nINSERT INTO t VALUES (1, 'kept');", "backend>");
	CTL("set", "block_size=4K", "blocks=100000", "free=2000", "enforce=on");
	postgres("INSERT INTO t SELECT i, repeat('x', 900) FROM generate_series(1, 20000) i;",
		 "No space left on device");
	CTL("clear");
	postgres("SELECT count(*) AS n, min(b) AS b FROM t;", "n = \"1\"");
	postgres("INSERT INTO t SELECT i, repeat('x', 900) FROM generate_series(1, 2000) i;",
		 "backend>");
	postgres("SELECT count(*) AS n FROM t;", "n = \"2001\"");
}

/* ---- the examples of the manual pages ---- */

static void replace(char text[PATH_MAX], const char *what, const char *with)
{
	char copy[PATH_MAX];

	for (char *found = text; (found = strstr(found, what)); found += strlen(with)) {
		snprintf(copy, sizeof(copy), "%.*s%s%s", (int)(found - text), text, with,
			 found + strlen(what));
		memcpy(text, copy, sizeof(copy));
	}
}

/* The lines of the literal displays behind .Sh EXAMPLES, with the folders of this test. */
static int read_examples(const char *page, char lines[][PATH_MAX], int most)
{
	char path[PATH_MAX + 32], line[PATH_MAX];
	bool examples = false, literal = false;
	int n = 0;

	snprintf(path, sizeof(path), "fuse_fs/%s", page);
	FILE *file = fopen(path, "re");

	if (!file)
		fail_msg("%s: %s: run me from the top of the source", path, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, ".Sh ", 4) == 0)
			examples = strcmp(line, ".Sh EXAMPLES") == 0;
		if (line[0] == '.' || line[0] == '\\') {
			literal = strncmp(line, ".Bd ", 4) == 0 || (literal && line[0] != '.');
			continue;
		}
		if (!examples || !literal)
			continue;
		assert_in_range(n, 0, most - 1);
		replace(line, "/var/tmp/disk", in(fx.folder, "disk"));
		replace(line, "/mnt", in(fx.folder, "mnt"));
		memcpy(lines[n++], line, sizeof(line));
	}
	fclose(file);
	return n;
}

static void run_example(const char *line)
{
	char output[OUTPUT_MAX], all[3 * PATH_MAX];

	snprintf(all, sizeof(all), "PATH=%s:$PATH; %s", fx.bin, line);
	const int code = RUN(output, "/bin/sh", "-c", all);

	if (code)
		fail_msg("%s: exit code %d: %s", line, code, output);
}

static void test_examples_of_the_manual(void **state)
{
	static char lines[32][PATH_MAX];
	int n = read_examples("fillfs.1", lines, 32);
	char script[PATH_MAX];
	FILE *schedule;

	(void)state;
	assert_int_equal(mkdir(in(fx.folder, "disk"), 0755), 0);
	assert_int_equal(mkdir(in(fx.folder, "mnt"), 0755), 0);
	assert_int_equal(n, 4);
	for (int i = 0; i < n; i++)
		run_example(lines[i]);
	assert_int_equal(access(in(fx.folder, "mnt/pg"), F_OK), -1);

	/* Those of fillctl on a mount that goes on; the last lines are a schedule. */
	run_example(lines[0]);
	n = read_examples("fillctl.1", lines, 32);
	snprintf(script, sizeof(script), "%s/script", fx.folder);
	schedule = fopen(script, "we");
	assert_non_null(schedule);
	int steps = 0;

	for (int i = 0; i < n; i++) {
		if (lines[i][0] >= '0' && lines[i][0] <= '9')
			steps += fprintf(schedule, "%s\n", lines[i]) > 0;
		else
			run_example(lines[i]);
	}
	assert_int_equal(fclose(schedule), 0);
	assert_int_equal(n - steps, 5);
	assert_int_equal(steps, 3);
	char line[2 * PATH_MAX];

	snprintf(line, sizeof(line), "fillctl %s/mnt schedule %s", fx.folder, script);
	run_example(line);
	assert_int_equal(umount2(in(fx.folder, "mnt"), 0), 0);
}

/* The indented lines of --help that begin with a program, with the folders of this test. */
static int read_help(const char *program, char lines[][PATH_MAX], int most)
{
	char output[OUTPUT_MAX], line[PATH_MAX];
	int n = 0;

	assert_int_equal(RUN(output, program, "--help"), 0);
	for (const char *at = output; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
		if (strncmp(line, "  fillfs /", 10) != 0 && strncmp(line, "  fillctl /", 11) != 0 &&
		    strncmp(line, "  umount /", 10) != 0)
			continue;
		assert_in_range(n, 0, most - 1);
		replace(line, "/var/tmp/disk", in(fx.folder, "help.disk"));
		replace(line, "/mnt", in(fx.folder, "help.mnt"));
		memcpy(lines[n++], line, sizeof(line));
	}
	return n;
}

static void test_examples_of_help(void **state)
{
	static char mounts[8][PATH_MAX], lines[8][PATH_MAX];
	const int mounting = read_help("fillfs", mounts, 8);
	const int settings = read_help("fillctl", lines, 8);

	(void)state;
	assert_int_equal(mkdir(in(fx.folder, "help.disk"), 0755), 0);
	assert_int_equal(mkdir(in(fx.folder, "help.mnt"), 0755), 0);
	assert_int_equal(mounting, 5);
	assert_int_equal(settings, 5);
	for (int i = 0; i < mounting - 1; i++)
		run_example(mounts[i]);
	for (int i = 0; i < settings; i++)
		run_example(lines[i]);
	run_example(mounts[mounting - 1]);
	assert_int_equal(umount2(in(fx.folder, "help.mnt"), 0), -1);
}

int main(void)
{
	const struct CMUnitTest plain[] = {
		TEST(test_coreutils_meet_a_full_disk),
		TEST(test_sqlite_rolls_back_when_full),
		TEST(test_examples_of_the_manual),
		TEST(test_examples_of_help),
	};
	const struct CMUnitTest memory[] = {TEST(test_postgres_refuses_and_goes_on)};
	const struct CMUnitTest crash[] = {
		TEST(test_sqlite_rolls_back_when_full),
		TEST(test_sqlite_crash_loses_nothing_committed),
	};
	const char *reason = reason_to_skip();

	if (reason) {
		printf("programs_test: skipped: %s\n", reason);
		return 0;
	}
	return cmocka_run_group_tests(plain, mount_up_plain, mount_down) +
	       cmocka_run_group_tests(memory, mount_up_memory, mount_down) +
	       cmocka_run_group_tests(crash, mount_up_crash, mount_down);
}
