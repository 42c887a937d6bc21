/* SPDX-License-Identifier: MIT */
/*
 * Tests of log.c on a simulated machine: what is acknowledged is read back once and in order, after
 * a failure or a crash at any step, a log torn at any byte or damaged at any byte.
 */
#include "ref/core/logframe.h"
#include "ref/store/failing.h"
#include "ref/store/file.h"
#include "ref/store/log.h"
#include "sim/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LOG    "/var/seos.audit"
#define BACKUP "/var/seos.audit.bak"
#define BYTES  65536 /* more than the logs here are long */

static struct sim *machine;
static struct platform *root;

static int boot(void **state)
{
	(void)state;
	machine = sim_new(1, 1222264846);
	root = machine ? sim_root(machine) : NULL;
	return root ? 0 : -1;
}

static int power_off(void **state)
{
	(void)state;
	sim_free(machine);
	return 0;
}

static struct audit_log_config config_of(uint64_t size_bytes)
{
	return (struct audit_log_config){.path = LOG, .backup = BACKUP, .size_bytes = size_bytes};
}

/* A record that tells its number. */
static void make(struct audit_record *r, int number)
{
	record_init(r, RECORD_SHUTDOWN, 1222264846 + number, 'M');
	record_cut_text(r, RECORD_USER, "root");
	record_cut_text(r, RECORD_SERVICE, "seosd");
	r->stage = number;
}

static struct audit_log *open_log(struct platform *p, uint64_t size_bytes,
				  struct audit_log_recovery *found)
{
	struct audit_log_config config = config_of(size_bytes);
	struct audit_log *log;

	assert_int_equal(audit_log_open(p, &config, &log, found), 0);
	return log;
}

static void append_all(struct audit_log *log, int from, int to)
{
	struct audit_record r;

	for (int number = from; number < to; number++) {
		make(&r, number);
		assert_int_equal(audit_log_append(log, &r), 0);
	}
}

/* What reading a log to its end gave. */
struct reading {
	int count;
	int stages[4096];
	uint64_t first;
	uint64_t last;
	int damages;
	struct audit_log_damage damage; /* the last one */
};

static void read_all(const char *path, struct reading *out)
{
	struct audit_log_reader *reader;
	struct audit_record r;
	uint64_t sequence;
	int result;

	*out = (struct reading){0};
	result = audit_log_read_open(root, path, &reader);
	if (result == -ENOENT)
		return;
	assert_int_equal(result, 0);
	while ((result = audit_log_read(reader, &r, &sequence, &out->damage)) != 0) {
		if (result == -EBADMSG) {
			out->damages++;
			continue;
		}
		assert_int_equal(result, 1);
		assert_true((size_t)out->count < sizeof(out->stages) / sizeof(out->stages[0]));
		out->first = out->count == 0 ? sequence : out->first;
		out->last = sequence;
		out->stages[out->count++] = r.stage;
	}
	audit_log_read_close(reader);
}

static void assert_log_is(const char *path, int from, int to)
{
	static struct reading reading;

	read_all(path, &reading);
	assert_int_equal(reading.damages, 0);
	assert_int_equal(reading.count, to - from);
	for (int i = 0; i < reading.count; i++)
		assert_int_equal(reading.stages[i], from + i);
}

static size_t slurp(const char *path, char **text)
{
	size_t bytes;

	assert_int_equal(file_read(root, path, 1 << 20, text, &bytes), 0);
	return bytes;
}

static void spill(const char *path, const void *data, size_t bytes)
{
	int fd = root->ops->open(root, path, PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_TRUNC,
				 0600);

	assert_true(fd >= 0);
	assert_int_equal(root->ops->write(root, fd, data, bytes), 0);
	root->ops->close(root, fd);
}

/* --- configuration */

static int configure(const char *ini_text, struct audit_log_config *out, char *why, size_t bytes)
{
	struct config *ini;
	int error;

	spill("/var/seos.ini", ini_text, strlen(ini_text));
	assert_int_equal(config_load(root, "/var/seos.ini", &ini, why, bytes), 0);
	error = audit_log_configure(root, ini, out, why, bytes);
	config_free(ini);
	return error;
}

static void configuration(void **state)
{
	static const char *const refused[] = {
		"[logmgr]\naudit_size = 49\n",   "[logmgr]\naudit_size = 2097152\n",
		"[logmgr]\naudit_size = many\n", "[logmgr]\naudit_log = relative\n",
		"[logmgr]\naudit_back =\n",
	};
	struct audit_log_config config;
	char why[PLATFORM_PATH_MAX];

	(void)state;
	assert_int_equal(audit_log_configure(root, NULL, &config, why, sizeof(why)), 0);
	assert_string_equal(config.path, "/opt/CA/PAMSC/log/seos.audit");
	assert_string_equal(config.backup, "/opt/CA/PAMSC/log/seos.audit.bak");
	assert_int_equal(config.size_bytes, 1024 * 1024);
	assert_string_equal(config.group, "");
	assert_int_equal(configure("[logmgr]\naudit_log = /a\naudit_back = /b\naudit_size = 50\n"
				   "audit_group = security\n",
				   &config, why, sizeof(why)),
			 0);
	assert_string_equal(config.path, "/a");
	assert_string_equal(config.backup, "/b");
	assert_int_equal(config.size_bytes, 50 * 1024);
	assert_string_equal(config.group, "security");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		why[0] = '\0';
		assert_int_equal(configure(refused[i], &config, why, sizeof(why)), -EINVAL);
		assert_non_null(strstr(why, "[logmgr] audit_"));
	}
}

static void who_may_read(void **state)
{
	struct audit_log_config config = config_of(BYTES);
	struct audit_log *log;
	struct platform_stat s;

	(void)state;
	audit_log_close(open_log(root, BYTES, NULL));
	assert_int_equal(root->ops->stat(root, LOG, &s), 0);
	assert_int_equal(s.mode, 0600);
	assert_int_equal(root->ops->unlink(root, LOG), 0);

	memcpy(config.group, "root", sizeof("root"));
	assert_int_equal(audit_log_open(root, &config, &log, NULL), 0);
	audit_log_close(log);
	assert_int_equal(root->ops->stat(root, LOG, &s), 0);
	assert_int_equal(s.mode, 0640);
	assert_int_equal(s.gid, 0);
}

/* --- appending and reading */

static void records_come_back(void **state)
{
	struct audit_log *log;
	struct audit_log_recovery found;
	struct reading reading;

	(void)state;
	log = open_log(root, BYTES, &found);
	assert_int_equal(found.torn_bytes, 0);
	assert_log_is(LOG, 0, 0);
	append_all(log, 0, 3);
	audit_log_close(log);
	log = open_log(root, BYTES, &found);
	assert_int_equal(found.torn_bytes, 0);
	append_all(log, 3, 5);
	audit_log_close(log);
	audit_log_close(NULL);
	audit_log_read_close(NULL);
	assert_log_is(LOG, 0, 5);
	read_all(LOG, &reading);
	assert_int_equal(reading.first, 1);
	assert_int_equal(reading.last, 5);
}

static void reading_goes_on_while_a_writer_writes(void **state)
{
	struct audit_log *log = open_log(root, 1 << 20, NULL);
	struct audit_log_reader *reader;
	struct audit_log_damage damage;
	struct audit_record r;
	int next = 0;

	(void)state;
	assert_int_equal(audit_log_read_open(root, LOG, &reader), 0);
	/* Enough for the reader's window to move several times. */
	for (int written = 0; written < 4000; written += 1 + written % 7) {
		append_all(log, written, written + 1 + written % 7);
		while (audit_log_read(reader, &r, NULL, &damage) == 1)
			assert_int_equal(r.stage, next++);
		assert_int_equal(next, written + 1 + written % 7);
	}
	audit_log_read_close(reader);
	audit_log_close(log);
}

static void one_writer(void **state)
{
	struct audit_log_config config = config_of(BYTES);
	struct audit_log *log = open_log(root, BYTES, NULL);
	struct audit_log *second;

	(void)state;
	assert_int_equal(audit_log_writer(root, LOG), root->ops->pid(root));
	assert_int_equal(audit_log_open(root, &config, &second, NULL), -EBUSY);
	audit_log_close(log);
	assert_int_equal(audit_log_writer(root, LOG), 0);
}

static void what_is_no_record_is_refused(void **state)
{
	struct audit_log *log = open_log(root, BYTES, NULL);
	struct audit_record r;

	(void)state;
	make(&r, 0);
	r.user[0] = '\0';
	assert_int_equal(audit_log_append(log, &r), -EINVAL);
	append_all(log, 0, 1);
	audit_log_close(log);
	assert_log_is(LOG, 0, 1);
}

static void paths_have_a_limit(void **state)
{
	struct audit_log_config config = config_of(BYTES);
	struct audit_log_reader *reader;
	struct audit_log *log;

	(void)state;
	memset(config.path, 'x', sizeof(config.path) - 1);
	assert_int_equal(audit_log_open(root, &config, &log, NULL), -ENAMETOOLONG);
	assert_int_equal(audit_log_read_open(root, "/var/none", &reader), -ENOENT);
}

/* --- rotation */

static void rotation_by_size(void **state)
{
	struct audit_log *log = open_log(root, 700, NULL);
	struct reading log_reading;
	struct reading backup_reading;
	struct platform_stat s;

	(void)state;
	append_all(log, 0, 100);
	assert_int_equal(audit_log_rotation_error(log), 0);
	audit_log_close(log);
	read_all(LOG, &log_reading);
	read_all(BACKUP, &backup_reading);
	assert_int_equal(log_reading.last, 100);
	assert_int_equal(backup_reading.last + 1, log_reading.first);
	assert_int_equal(log_reading.damages + backup_reading.damages, 0);
	assert_int_equal(root->ops->stat(root, BACKUP, &s), 0);
	assert_in_range(s.size_bytes, 600, 700);
	assert_int_equal(root->ops->stat(root, LOG ".new", &s), -ENOENT);
}

static void numbers_go_on_behind_the_backup(void **state)
{
	struct audit_log *log = open_log(root, BYTES, NULL);
	struct reading reading;

	(void)state;
	append_all(log, 0, 7);
	audit_log_close(log);
	/* As a crash between the two renames leaves it. */
	assert_int_equal(root->ops->rename(root, LOG, BACKUP), 0);
	log = open_log(root, BYTES, NULL);
	append_all(log, 7, 8);
	audit_log_close(log);
	read_all(LOG, &reading);
	assert_int_equal(reading.count, 1);
	assert_int_equal(reading.first, 8);
}

static void a_log_that_cannot_rotate_grows(void **state)
{
	struct audit_log *log = open_log(root, 300, NULL);
	struct platform_stat s;

	(void)state;
	assert_int_equal(root->ops->mkdir(root, BACKUP, 0700), 0);
	append_all(log, 0, 20);
	assert_true(audit_log_rotation_error(log) < 0);
	assert_int_equal(root->ops->stat(root, LOG ".new", &s), -ENOENT);
	assert_log_is(LOG, 0, 20);
	assert_int_equal(root->ops->rmdir(root, BACKUP), 0);
	append_all(log, 20, 21);
	assert_int_equal(audit_log_rotation_error(log), 0);
	audit_log_close(log);
	assert_log_is(BACKUP, 0, 20);
	assert_log_is(LOG, 20, 21);
}

/* --- damage */

#define RECORDS 5

/* The bytes of a log of RECORDS records, and how long each is. */
static size_t sample_log(char **bytes, size_t *record_bytes)
{
	struct audit_log *log = open_log(root, BYTES, NULL);
	size_t length;

	append_all(log, 0, RECORDS);
	audit_log_close(log);
	length = slurp(LOG, bytes);
	*record_bytes = length / RECORDS;
	assert_int_equal(*record_bytes * RECORDS, length);
	return length;
}

static void torn_at_every_byte(void **state)
{
	struct audit_log_recovery found;
	char *bytes;
	size_t record_bytes;
	size_t length = sample_log(&bytes, &record_bytes);

	(void)state;
	for (size_t left = 0; left <= length; left++) {
		int whole = (int)(left / record_bytes);
		struct audit_log *log;

		spill(LOG, bytes, left);
		assert_log_is(LOG, 0, whole); /* a reader takes no notice */
		log = open_log(root, BYTES, &found);
		assert_int_equal(found.torn_bytes, left % record_bytes);
		assert_int_equal(found.torn_offset, (size_t)whole * record_bytes);
		assert_int_equal(found.damaged_bytes, 0);
		append_all(log, whole, whole + 1);
		audit_log_close(log);
		assert_log_is(LOG, 0, whole + 1);
	}
	free(bytes);
}

static void zeros_at_the_end_are_torn(void **state)
{
	static const char zeros[300];
	struct audit_log_recovery found;
	char *bytes;
	size_t record_bytes;
	size_t length = sample_log(&bytes, &record_bytes);
	struct audit_log *log;
	int fd = root->ops->open(root, LOG, PLATFORM_APPEND, 0);

	(void)state;
	assert_int_equal(root->ops->write(root, fd, zeros, sizeof(zeros)), 0);
	root->ops->close(root, fd);
	assert_log_is(LOG, 0, RECORDS);
	log = open_log(root, BYTES, &found);
	assert_int_equal(found.torn_bytes, sizeof(zeros));
	assert_int_equal(found.torn_offset, length);
	append_all(log, RECORDS, RECORDS + 1);
	audit_log_close(log);
	assert_log_is(LOG, 0, RECORDS + 1);
	free(bytes);
}

/* All records but the damaged one, and one report that says where and how much. */
static void assert_one_lost(const struct reading *reading, int lost, size_t record_bytes)
{
	assert_int_equal(reading->count, RECORDS - 1);
	for (int i = 0; i < reading->count; i++)
		assert_int_equal(reading->stages[i], i < lost ? i : i + 1);
	assert_int_equal(reading->damages, 1);
	assert_int_equal(reading->damage.offset_bytes, (size_t)lost * record_bytes);
	assert_int_equal(reading->damage.bytes, record_bytes);
	/* Lost records are counted by the numbers on both sides. */
	assert_int_equal(reading->damage.records_lost, lost > 0 && lost < RECORDS - 1);
}

/* A reader that stands at a torn end goes on when that was cut off and written anew: it keeps
 * nothing of what it has seen there. */
static void end_written_anew(void **state)
{
	struct audit_log *log = open_log(root, UINT64_MAX, NULL);
	struct audit_log_reader *reader;
	struct audit_log_damage damage;
	struct audit_record r;
	uint64_t whole, number;
	int fd;

	(void)state;
	append_all(log, 1, 2);
	whole = audit_log_size(log);
	append_all(log, 2, 3);
	audit_log_close(log);
	fd = root->ops->open(root, LOG, PLATFORM_APPEND, 0);
	assert_int_equal(root->ops->truncate(root, fd, whole + whole / 2), 0);
	root->ops->close(root, fd);
	assert_int_equal(audit_log_read_open(root, LOG, &reader), 0);
	assert_int_equal(audit_log_read(reader, &r, &number, &damage), 1);
	assert_int_equal(audit_log_read(reader, &r, &number, &damage), 0);
	log = open_log(root, UINT64_MAX, NULL);
	append_all(log, 7, 9);
	assert_int_equal(audit_log_read(reader, &r, &number, &damage), 1);
	assert_int_equal(r.stage, 7);
	assert_int_equal(number, 2);
	assert_int_equal(audit_log_read(reader, &r, &number, &damage), 1);
	assert_int_equal(audit_log_read(reader, &r, &number, &damage), 0);
	audit_log_read_close(reader);
	audit_log_close(log);
}

/* A part of a record and then the zeros that a power cut leaves: torn, not damaged. */
static void zeros_behind_a_part(void **state)
{
	static const char zeros[4096];
	struct audit_log_recovery found;
	struct audit_log *log = open_log(root, UINT64_MAX, NULL);
	uint64_t whole;
	int fd;

	(void)state;
	append_all(log, 1, 2);
	whole = audit_log_size(log);
	append_all(log, 2, 3);
	audit_log_close(log);
	fd = root->ops->open(root, LOG, PLATFORM_APPEND, 0);
	assert_int_equal(root->ops->truncate(root, fd, whole + whole - 9), 0);
	assert_int_equal(root->ops->write(root, fd, zeros, sizeof(zeros)), 0);
	root->ops->close(root, fd);
	log = open_log(root, UINT64_MAX, &found);
	assert_int_equal(found.damaged_bytes, 0);
	assert_int_equal(found.torn_offset, whole);
	assert_int_equal(audit_log_size(log), whole);
	audit_log_close(log);
}

/* The same where the zeros reach further than has been read so far. */
static void zeros_further_than_read(void **state)
{
	static const char zeros[40000];
	struct audit_log_recovery found;
	struct audit_log *log = open_log(root, UINT64_MAX, NULL);
	uint64_t whole;
	int fd;

	(void)state;
	for (int i = 1; audit_log_size(log) < 32768; i++)
		append_all(log, i, i + 1);
	whole = audit_log_size(log);
	append_all(log, 1, 2);
	audit_log_close(log);
	fd = root->ops->open(root, LOG, PLATFORM_APPEND, 0);
	assert_int_equal(root->ops->truncate(root, fd, whole + 40), 0);
	assert_int_equal(root->ops->write(root, fd, zeros, sizeof(zeros)), 0);
	root->ops->close(root, fd);
	log = open_log(root, UINT64_MAX, &found);
	assert_int_equal(found.damaged_bytes, 0);
	assert_int_equal(found.torn_offset, whole);
	assert_int_equal(found.torn_bytes, 40 + sizeof(zeros));
	audit_log_close(log);
}

/* Records with one sync: all of them, or none. */
static void added_together(void **state)
{
	const struct logframe_source from = {"host1", 5, 9};
	struct audit_log *log = open_log(root, UINT64_MAX, NULL);
	struct audit_log_reader *reader;
	struct audit_log_damage damage;
	struct audit_record r;
	uint64_t number;

	(void)state;
	append_all(log, 1, 2);
	failing_install(root);
	for (int i = 2; i < 5; i++) {
		make(&r, i);
		assert_int_equal(audit_log_add(log, &r, &from), 0);
	}
	failing_in = 0; /* the sync */
	assert_int_equal(audit_log_commit(log), -EIO);
	failing_remove(root);
	assert_int_equal(audit_log_last(log), 1);
	make(&r, 8);
	assert_int_equal(audit_log_add(log, &r, &from), 0);
	assert_int_equal(audit_log_commit(log), 0);
	assert_int_equal(audit_log_rotate(log), 0);
	assert_int_equal(audit_log_size(log), 0);
	assert_int_equal(audit_log_read_open(root, BACKUP, &reader), 0);
	assert_int_equal(audit_log_read(reader, &r, &number, &damage), 1);
	assert_string_equal(audit_log_read_source(reader)->host, "");
	assert_int_equal(audit_log_read(reader, &r, &number, &damage), 1);
	assert_int_equal(r.stage, 8);
	assert_int_equal(number, 2);
	assert_string_equal(audit_log_read_source(reader)->host, "host1");
	assert_int_equal(audit_log_read(reader, &r, &number, &damage), 0);
	audit_log_read_close(reader);
	audit_log_close(log);
}

static void corrupted_at_every_byte(void **state)
{
	struct reading reading;
	char *bytes;
	size_t record_bytes;
	size_t length = sample_log(&bytes, &record_bytes);

	(void)state;
	for (size_t at = 0; at < length; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes[at] = (char)(bytes[at] ^ 1 << bit);
			spill(LOG, bytes, length);
			read_all(LOG, &reading);
			assert_one_lost(&reading, (int)(at / record_bytes), record_bytes);
			bytes[at] = (char)(bytes[at] ^ 1 << bit);
		}
	}
	free(bytes);
}

static void damage_stays_and_the_log_goes_on(void **state)
{
	struct audit_log_recovery found;
	struct reading reading;
	char *bytes;
	size_t record_bytes;
	size_t length = sample_log(&bytes, &record_bytes);
	struct audit_log *log;

	(void)state;
	bytes[2 * record_bytes + 40] ^= 1;
	spill(LOG, bytes, length);
	log = open_log(root, BYTES, &found);
	assert_int_equal(found.torn_bytes, 0);
	assert_int_equal(found.damaged_bytes, record_bytes);
	append_all(log, RECORDS, RECORDS + 1);
	audit_log_close(log);
	read_all(LOG, &reading);
	assert_int_equal(reading.count, RECORDS);
	assert_int_equal(reading.stages[RECORDS - 1], RECORDS);
	assert_int_equal(reading.damages, 1);
	assert_int_equal(reading.last, RECORDS + 1);
	free(bytes);
}

static void records_cut_out_are_missed(void **state)
{
	struct reading reading;
	char *bytes;
	size_t record_bytes;
	size_t length = sample_log(&bytes, &record_bytes);

	(void)state;
	memmove(bytes + record_bytes, bytes + 3 * record_bytes, length - 3 * record_bytes);
	spill(LOG, bytes, length - 2 * record_bytes);
	read_all(LOG, &reading);
	assert_int_equal(reading.count, 3);
	assert_int_equal(reading.stages[1], 3);
	assert_int_equal(reading.damages, 1);
	assert_int_equal(reading.damage.records_lost, 2);
	assert_int_equal(reading.damage.bytes, 0);
	assert_string_equal(reading.damage.what, "records are missing");

	/* Put back behind the others: found out as well. */
	spill(LOG, bytes, 2 * record_bytes);
	memcpy(bytes + 2 * record_bytes, bytes, record_bytes);
	spill(LOG, bytes, 3 * record_bytes);
	read_all(LOG, &reading);
	assert_int_equal(reading.count, 3);
	assert_int_equal(reading.damages, 2);
	assert_string_equal(reading.damage.what, "records are out of order");
	free(bytes);
}

static void rubbish_holds_no_record(void **state)
{
	static char rubbish[200000];
	struct reading reading;
	struct audit_log *log;
	uint32_t seed = 1;

	(void)state;
	for (size_t i = 0; i < sizeof(rubbish); i++) {
		seed = seed * 1664525 + 1013904223;
		rubbish[i] = i % 5 ? (char)(seed >> 24) : "PAMA"[seed >> 30];
	}
	spill(LOG, rubbish, sizeof(rubbish));
	read_all(LOG, &reading);
	assert_int_equal(reading.count, 0);
	assert_int_equal(reading.damages, 1);
	/* A log that begins with rubbish can still be written and read. */
	log = open_log(root, 1 << 20, NULL);
	append_all(log, 0, 2);
	audit_log_close(log);
	read_all(LOG, &reading);
	assert_int_equal(reading.count, 2);
	assert_int_equal(reading.damages, 1);
	assert_int_equal(reading.damage.bytes, sizeof(rubbish));
}

/* --- failure and crash at every step */

/*
 * A platform in front of root's that counts the steps which change files, and fails one of them. A
 * failing write leaves half of its bytes. After a crash nothing works any more, and half of what
 * was written and not synced is gone.
 */
struct faulty {
	struct platform base;
	struct platform_ops ops;
	long steps_left; /* before the first failure */
	int failures;    /* in a row */
	bool crash;
	bool crashed;
	bool unsynced_name; /* of a file made or renamed */
	int unsynced_fd;
	size_t unsynced_bytes; /* at its end */
};

static struct faulty faulty;

static uint64_t size_of(int fd)
{
	char byte;
	uint64_t size = 0;

	while (root->ops->read(root, fd, &byte, 1, size) == 1)
		size++;
	return size;
}

/* Whether this step fails. */
static bool fails(void)
{
	if (faulty.crashed)
		return true;
	if (faulty.steps_left > 0 || faulty.failures == 0) {
		faulty.steps_left--;
		return false;
	}
	faulty.failures--;
	faulty.crashed = faulty.crash;
	if (faulty.crashed && faulty.unsynced_bytes > 0)
		root->ops->truncate(root, faulty.unsynced_fd,
				    size_of(faulty.unsynced_fd) - faulty.unsynced_bytes / 2);
	return true;
}

static int faulty_open(struct platform *p, const char *path, unsigned flags, mode_t mode)
{
	(void)p;
	if (flags & PLATFORM_APPEND && fails())
		return -EIO;
	if (flags & PLATFORM_CREATE)
		faulty.unsynced_name = true;
	return root->ops->open(root, path, flags, mode);
}

static int faulty_write(struct platform *p, int fd, const void *data, size_t bytes)
{
	bool was_crashed = faulty.crashed;

	(void)p;
	if (fails()) {
		if (!was_crashed)
			root->ops->write(root, fd, data, bytes / 2);
		return -ENOSPC;
	}
	/* A record in a file that a crash takes away is not on the disk. */
	assert_false(faulty.unsynced_name);
	faulty.unsynced_fd = fd;
	faulty.unsynced_bytes += bytes;
	return root->ops->write(root, fd, data, bytes);
}

static int faulty_sync(struct platform *p, int fd)
{
	(void)p;
	if (fails())
		return -EIO;
	faulty.unsynced_bytes = 0;
	return root->ops->sync(root, fd);
}

static int faulty_truncate(struct platform *p, int fd, uint64_t size_bytes)
{
	(void)p;
	return fails() ? -EIO : root->ops->truncate(root, fd, size_bytes);
}

static int faulty_rename(struct platform *p, const char *from, const char *to)
{
	(void)p;
	faulty.unsynced_name = true;
	return fails() ? -EIO : root->ops->rename(root, from, to);
}

static int faulty_unlink(struct platform *p, const char *path)
{
	(void)p;
	return fails() ? -EIO : root->ops->unlink(root, path);
}

static int faulty_sync_dir(struct platform *p, const char *path)
{
	(void)p;
	if (fails())
		return -EIO;
	faulty.unsynced_name = false;
	return root->ops->sync_dir(root, path);
}

static ssize_t faulty_read(struct platform *p, int fd, void *buffer, size_t bytes,
			   uint64_t offset_bytes)
{
	(void)p;
	return faulty.crashed ? -EIO : root->ops->read(root, fd, buffer, bytes, offset_bytes);
}

static int faulty_lock(struct platform *p, const char *path)
{
	(void)p;
	return root->ops->lock(root, path);
}

static void faulty_close(struct platform *p, int fd)
{
	(void)p;
	root->ops->close(root, fd);
}

static struct platform *faulty_platform(long steps_left, int failures, bool crash)
{
	faulty = (struct faulty){
		.base = {.ops = &faulty.ops, .prefix = ""},
		.ops = {.open = faulty_open,
			.read = faulty_read,
			.write = faulty_write,
			.truncate = faulty_truncate,
			.sync = faulty_sync,
			.close = faulty_close,
			.rename = faulty_rename,
			.unlink = faulty_unlink,
			.sync_dir = faulty_sync_dir,
			.lock = faulty_lock},
		.steps_left = steps_left,
		.failures = failures,
		.crash = crash,
	};
	return &faulty.base;
}

#define APPENDS    30
#define ROTATES_AT 900 /* bytes: once in APPENDS records */

/* All acknowledged records, backup first, then the log; at most one more that was not. */
static void assert_acknowledged(int acknowledged)
{
	static struct reading backup;
	static struct reading log;
	int count;

	read_all(BACKUP, &backup);
	read_all(LOG, &log);
	count = backup.count + log.count;
	assert_int_equal(backup.damages + log.damages, 0);
	assert_in_range(count, acknowledged, acknowledged + 1);
	for (int i = 0; i < count; i++)
		assert_int_equal(i < backup.count ? backup.stages[i] : log.stages[i - backup.count],
				 i);
	if (backup.count > 0 && log.count > 0)
		assert_int_equal(backup.last + 1, log.first);
}

/* One life of a writer that crashes at a step. Returns whether it came to the end. */
static bool crash_at(long step)
{
	struct audit_log_config config = config_of(ROTATES_AT);
	struct platform *p = faulty_platform(step, 1, true);
	struct audit_log *log = NULL;
	struct audit_record r;
	int acknowledged = 0;

	if (audit_log_open(p, &config, &log, NULL) == 0) {
		while (acknowledged < APPENDS) {
			make(&r, acknowledged);
			if (audit_log_append(log, &r))
				break;
			acknowledged++;
		}
		audit_log_close(log);
	}
	assert_acknowledged(acknowledged);
	audit_log_close(open_log(root, ROTATES_AT, NULL));
	assert_acknowledged(acknowledged);
	return !faulty.crashed;
}

static void crash_at_every_step(void **state)
{
	bool ended = false;

	(void)state;
	for (long step = 0; !ended; step++) {
		ended = crash_at(step);
		root->ops->unlink(root, LOG);
		root->ops->unlink(root, BACKUP);
		assert_in_range(step, 0, 10 * APPENDS);
	}
}

/* A writer some of whose steps fail, and that tries again. Returns whether none did. */
static bool fail_at(long step, int failures)
{
	struct audit_log_config config = config_of(ROTATES_AT);
	struct platform *p = faulty_platform(step, failures, false);
	struct audit_log *log = NULL;
	struct platform_stat s;
	struct audit_record r;

	for (int try = 0; !log && try <= failures; try++)
		audit_log_open(p, &config, &log, NULL);
	assert_non_null(log);
	for (int number = 0; number < APPENDS; number++) {
		int try = 0;

		make(&r, number);
		while (audit_log_append(log, &r)) {
			assert_acknowledged(number);
			assert_in_range(++try, 1, failures);
		}
		assert_acknowledged(number + 1);
		/* With two failures in a row it may take until the next record. */
		if (failures == 1 || number == APPENDS - 1)
			assert_int_equal(root->ops->stat(root, LOG, &s), 0);
	}
	audit_log_close(log);
	return faulty.failures == failures;
}

static void failure_at_every_step(void **state)
{
	(void)state;
	for (int failures = 1; failures <= 3; failures++) {
		bool ended = false;

		for (long step = 0; !ended; step++) {
			ended = fail_at(step, failures);
			root->ops->unlink(root, LOG);
			root->ops->unlink(root, BACKUP);
			assert_in_range(step, 0, 10 * APPENDS);
		}
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, boot, power_off)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(configuration),
		TEST(who_may_read),
		TEST(records_come_back),
		TEST(reading_goes_on_while_a_writer_writes),
		TEST(one_writer),
		TEST(what_is_no_record_is_refused),
		TEST(paths_have_a_limit),
		TEST(rotation_by_size),
		TEST(numbers_go_on_behind_the_backup),
		TEST(a_log_that_cannot_rotate_grows),
		TEST(torn_at_every_byte),
		TEST(zeros_at_the_end_are_torn),
		TEST(end_written_anew),
		TEST(zeros_behind_a_part),
		TEST(zeros_further_than_read),
		TEST(added_together),
		TEST(corrupted_at_every_byte),
		TEST(damage_stays_and_the_log_goes_on),
		TEST(records_cut_out_are_missed),
		TEST(rubbish_holds_no_record),
		TEST(crash_at_every_step),
		TEST(failure_at_every_step),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
