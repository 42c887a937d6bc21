/* SPDX-License-Identifier: MIT */
/*
 * What becomes of a log that has grown. selogimport fills it without rotating; the first record of
 * a daemon then decides. Not for: who may read (seaudit/rights).
 */
#include "conformance/cases/records.h"

#define RECORD_BYTES 1900 /* about what a record of fill() takes, rather more */

/* Grows a log by about so many KB, by records of users numbered from 0; returns their number. */
static unsigned fill(struct target *t, const char *log, unsigned size_kb)
{
	char command[RECORD_BYTES + 1];
	unsigned count = size_kb * 1024 / (RECORD_BYTES + 100);
	struct strbuf records;

	memset(command, 'x', RECORD_BYTES);
	command[RECORD_BYTES] = '\0';
	strbuf_init(&records, TARGET_FILE_MAX);
	for (unsigned i = 0; i < count; i++)
		strbuf_addf(&records,
			    RECORD("admin", "S",
				   "'class':'USER','user':'root','resource':'u%u',"
				   "'terminal':'localhost','command':'%s'"),
			    i, command);
	give_ok(t, log, records.text);
	strbuf_free(&records);
	return count;
}

/* Starts seosd with these settings on a log that has grown to size_kb. */
static unsigned start_on(struct target *t, const char *settings, unsigned size_kb)
{
	unsigned count;

	file_write(t, SEOS_INI, settings);
	run_ok(t, "selang", "-c", "newusr root admin");
	count = fill(t, AUDIT_LOG, size_kb);
	run_ok(t, "seosd");
	return count;
}

static unsigned count_in(struct target *t, const char *log, const char *pattern)
{
	return text_match_count(run_ok(t, "seaudit", "-a", "-in", log)->out, pattern);
}

/* log/rotate/1: the log becomes the backup, and a new one goes on; log/rotate/7: every record is in
 * one of them, once; log/rotate/3: 50 is allowed, and is kilobytes. */
CASE(reached, REQUIREMENTS("log/rotate/1", "log/rotate/3", "log/rotate/7"), .needs = CAP_ROOT)
{
	unsigned count = start_on(t, "[logmgr]\naudit_size = 50\n", 60);
	const struct result *old = run_ok(t, "seaudit", "-a", "-in", AUDIT_BACKUP);

	for (unsigned i = 0; i < count; i++)
		assert_int_equal(text_match_count(old->out, text_format(" u%u localhost ", i)), 1);
	assert_int_equal(text_match_count(old->out, " UPDATE "), count + 1);
	assert_int_equal(count_in(t, AUDIT_LOG, " UPDATE "), 0);
	assert_int_equal(count_in(t, AUDIT_LOG, " START "), 3);
	assert_int_equal(text_match_count(old->out, " START "), 0);
}

/* log/rotate/3: what is short of 50 KB stays. */
CASE(not_reached, REQUIREMENTS("log/rotate/1", "log/rotate/3"), .needs = CAP_ROOT)
{
	unsigned count = start_on(t, "[logmgr]\naudit_size = 50\n", 48);

	assert_false(file_exists(t, AUDIT_BACKUP));
	assert_int_equal(count_in(t, AUDIT_LOG, " UPDATE "), count + 1);
}

/* log/rotate/2, log/rotate/4: paths and size without a setting. */
CASE(defaults, REQUIREMENTS("log/rotate/2", "log/rotate/4"), .needs = CAP_ROOT)
{
	uint64_t bytes;

	start_on(t, "", 1000);
	assert_false(file_exists(t, AUDIT_BACKUP));
	run_ok(t, "secons", "-s");
	fill(t, AUDIT_LOG, 60);
	bytes = file_size(t, AUDIT_LOG);
	assert_true(bytes > 1024 * 1024);
	run_ok(t, "seosd");
	assert_true(file_size(t, AUDIT_BACKUP) == bytes);
	assert_int_equal(count_in(t, AUDIT_LOG, " UPDATE "), 0);
}

/* log/rotate/1: other paths, when they are set. */
CASE(paths, REQUIREMENTS("log/rotate/1"), .needs = CAP_ROOT)
{
	static const char log[] = "/opt/CA/PAMSC/log/other.audit";
	static const char backup[] = "/opt/CA/PAMSC/log/other.old";
	unsigned count;

	file_write(t, SEOS_INI,
		   "[logmgr]\naudit_log = /opt/CA/PAMSC/log/other.audit\n"
		   "audit_back = /opt/CA/PAMSC/log/other.old\naudit_size = 50\n");
	run_ok(t, "selang", "-c", "newusr root admin");
	count = fill(t, log, 60);
	run_ok(t, "seosd");
	assert_int_equal(count_in(t, log, " START "), 3);
	assert_int_equal(count_in(t, backup, " UPDATE "), count + 1);
	assert_false(file_exists(t, AUDIT_LOG));
	assert_false(file_exists(t, AUDIT_BACKUP));
}

/* log/rotate/6: an older backup makes room. */
CASE(old_backup, REQUIREMENTS("log/rotate/6"), .needs = CAP_ROOT)
{
	unsigned count;

	give_ok(t, AUDIT_BACKUP, RECORD("start", "M", "'service':'older'"));
	count = start_on(t, "[logmgr]\naudit_size = 50\n", 60);
	assert_int_equal(count_in(t, AUDIT_BACKUP, "older"), 0);
	assert_int_equal(count_in(t, AUDIT_BACKUP, " UPDATE "), count + 1);
}

/* The folder's names that are dated backups, a line each. */
static unsigned dated(struct target *t)
{
	return text_match_count(dir_list(t, "/opt/CA/PAMSC/log"),
				"^seos\\.audit\\.bak\\.[0-9]{8}_[0-9]{6}(\\.[0-9]+)?$");
}

/* Has the log rotated once more; the START records of seosd make it so. */
static void rotate_again(struct target *t)
{
	run_ok(t, "secons", "-s");
	fill(t, AUDIT_LOG, 60);
	run_ok(t, "seosd");
}

/* log/rotate/9: with BackUp_Date an older backup is kept, with what is in it. */
CASE(kept, REQUIREMENTS("log/rotate/9", "log/rotate/11"), .needs = CAP_ROOT)
{
	give_ok(t, AUDIT_BACKUP, RECORD("start", "M", "'service':'older'"));
	start_on(t, "[logmgr]\naudit_size = 50\nBackUp_Date = yes\n", 60);
	assert_int_equal(dated(t), 1);
	rotate_again(t);
	assert_int_equal(dated(t), 2);
	assert_int_equal(count_in(t, AUDIT_BACKUP, "older"), 0);
	assert_int_equal(count_in(t, AUDIT_LOG, " START "), 3);
}

/* log/rotate/9: the name is that of the moment. */
CASE(kept_name, REQUIREMENTS("log/rotate/9"), .needs = CAP_ROOT | CAP_CLOCK)
{
	give_ok(t, AUDIT_BACKUP, RECORD("start", "M", "'service':'older'"));
	clock_set(t, "2007-02-14 15:30:05");
	start_on(t, "[logmgr]\naudit_size = 50\nBackUp_Date = daily\n", 60);
	assert_int_equal(dated(t), 1);
	assert_int_equal(text_match_count(dir_list(t, "/opt/CA/PAMSC/log"),
					  "^seos\\.audit\\.bak\\.20070214_153[01][0-9]{2}$"),
			 1);
}

/* log/rotate/10: no more than so many, and the oldest goes. */
CASE(kept_most, REQUIREMENTS("log/rotate/10"), .needs = CAP_ROOT)
{
	const char *oldest = AUDIT_BACKUP ".20010101_000000";

	give_ok(t, oldest, RECORD("start", "M", "'service':'oldest'"));
	give_ok(t, AUDIT_BACKUP ".20010102_000000", RECORD("start", "M", "'service':'older'"));
	give_ok(t, AUDIT_BACKUP, RECORD("start", "M", "'service':'old'"));
	start_on(t, "[logmgr]\naudit_size = 50\nBackUp_Date = yes\naudit_max_files = 2\n", 60);
	assert_int_equal(dated(t), 2);
	assert_false(file_exists(t, oldest));
}

/* With such a line in [logmgr] there is no seosd: one line that names the token, and exit 2. */
static void refuse_all(struct target *t, const char *const *settings, size_t count)
{
	run_ok(t, "selang", "-c", "newusr root admin");
	for (size_t i = 0; i < count; i++) {
		int token = (int)strcspn(settings[i], " ");
		const struct result *r;

		file_write(t, SEOS_INI, text_format("[logmgr]\n%s\n", settings[i]));
		r = run(t, "seosd");
		assert_exit(r, 2);
		assert_error_line(r, "seosd");
		assert_err_match(r, text_format("%.*s", token, settings[i]));
	}
	file_write(t, SEOS_INI, "");
	assert_int_equal(count_in(t, AUDIT_LOG, " START "), 0);
}

/* log/rotate/11: values that are none. */
CASE(bad_date, REQUIREMENTS("log/rotate/11"), .needs = CAP_ROOT)
{
	static const char *const settings[] = {"BackUp_Date = hourly", "BackUp_Date = 1",
					       "audit_max_files = many", "audit_max_files = -1"};

	refuse_all(t, settings, ROWS(settings));
}

/* log/rotate/5: sizes that are none. */
CASE(bad_size, REQUIREMENTS("log/rotate/3", "log/rotate/5"), .needs = CAP_ROOT)
{
	static const char *const settings[] = {
		"audit_size = 49",   "audit_size = 0",     "audit_size = -50",
		"audit_size = many", "audit_size = 50 KB", "audit_size = 99999999999999999"};

	refuse_all(t, settings, ROWS(settings));
}

/* log/protect/4, seaudit/rights/5: modes of the log and of what rotation makes of it. */
CASE(modes, REQUIREMENTS("log/protect/4", "seaudit/rights/5"), .needs = CAP_ROOT)
{
	start_on(t, "[logmgr]\naudit_size = 50\n", 60);
	assert_int_equal(file_mode(t, AUDIT_LOG), 0600);
	assert_int_equal(file_mode(t, AUDIT_BACKUP), 0600);
}

CASE(modes_with_group, REQUIREMENTS("log/protect/4", "seaudit/rights/5"), .needs = CAP_ROOT)
{
	user_add(t, "tst001", 2001);
	start_on(t, "[logmgr]\naudit_size = 50\naudit_group = tst001\n", 60);
	assert_int_equal(file_mode(t, AUDIT_LOG), 0640);
	assert_int_equal(file_mode(t, AUDIT_BACKUP), 0640);
}
