/* SPDX-License-Identifier: MIT */
/*
 * Tests of seaudit and selogimport on a simulated machine: what goes in as JSON comes out in the
 * layouts, switches choose, and everything wrong gets one line and the right exit status.
 */
#include "ref/core/record.h"
#include "ref/platform/platform.h"
#include "ref/store/file.h"
#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LOG "/opt/CA/PAMSC/log/seos.audit"

extern const struct program seaudit_program;
extern const struct program selogimport_program;

static struct sim *machine;
static struct platform *root;

/* What the last program printed. */
static char *out;
static char *err;
static size_t out_bytes;
static size_t err_bytes;

static void spill(const char *path, const char *text)
{
	int fd = root->ops->open(root, path, PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_TRUNC,
				 0644);

	assert_true(fd >= 0);
	assert_int_equal(root->ops->write(root, fd, text, strlen(text)), 0);
	root->ops->close(root, fd);
}

/* Folders that are there already are fine. */
static void make_folders(void)
{
	static const char *const folders[] = {"/opt", "/opt/CA", "/opt/CA/PAMSC",
					      "/opt/CA/PAMSC/log"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		root->ops->mkdir(root, folders[i], 0755);
}

static int boot(void **state)
{
	(void)state;
	machine = sim_new(1, 1222264846);
	if (!machine)
		return -1;
	root = sim_root(machine);
	make_folders();
	spill(SEOS_INI, "[product]\nbrand = pamsc\n");
	return 0;
}

static void forget_output(void)
{
	free(out);
	free(err);
	out = err = NULL;
}

static int power_off(void **state)
{
	(void)state;
	forget_output();
	sim_free(machine);
	return 0;
}

static int run(const struct program *program, const char *input, const char *const *words)
{
	struct program_run process = {.platform = root};
	char *argv[16];
	int argc = 0;
	int status;

	forget_output();
	for (; words[argc]; argc++)
		argv[argc] = strdup(words[argc]);
	argv[argc] = NULL;
	process.in =
		input && *input ? fmemopen((void *)(uintptr_t)input, strlen(input), "r") : NULL;
	process.out = open_memstream(&out, &out_bytes);
	process.err = open_memstream(&err, &err_bytes);
	status = program->main(&process, argc, argv);
	fclose(process.out);
	fclose(process.err);
	if (process.in)
		fclose(process.in);
	while (argc > 0)
		free(argv[--argc]);
	return status;
}

#define seaudit(...)                                                                               \
	run(&seaudit_program, NULL, (const char *const[]){"seaudit", __VA_ARGS__, NULL})
#define selogimport(input)                                                                         \
	run(&selogimport_program, input, (const char *const[]){"selogimport", LOG, NULL})

/* One record of many types, in the order of their lines below. */
static const char records[] =
	"{\"type\":\"shutdown\",\"date\":\"24 Sep 2008\",\"time\":\"15:40:46\",\"status\":\"M\","
	"\"user\":\"root\",\"session\":\"48da26ce:00000142\",\"stage\":452,\"service\":\"seosd\"}\n"
	"{\"type\":\"login\",\"date\":\"24 Sep 2008\",\"time\":\"15:41:00\",\"status\":\"P\","
	"\"user\":\"tst002\",\"stage\":19,\"reason\":2,\"terminal\":\"tty1\",\"os_user\":true}\n"
	"{\"type\":\"logout\",\"date\":\"24 Sep 2008\",\"time\":\"15:41:59\",\"status\":\"O\","
	"\"user\":\"root\",\"stage\":49,\"reason\":2,\"terminal\":\"computer.com\"}\n"
	"{\"type\":\"inbound\",\"date\":\"24 Sep 2008\",\"time\":\"15:42:00\",\"status\":\"P\","
	"\"class\":\"HOST\",\"service\":\"telnet\",\"stage\":409,\"host\":\"myhost\"}\n"
	"{\"type\":\"outbound\",\"date\":\"24 Sep 2008\",\"time\":\"15:43:00\",\"status\":\"P\","
	"\"class\":\"TCP\",\"service\":\"telnet\",\"user\":\"root\",\"stage\":409,"
	"\"host\":\"myhost\"}\n"
	"{\"type\":\"trace\",\"date\":\"24 Sep 2008\",\"time\":\"15:44:00\",\"status\":\"P\","
	"\"user\":\"root\",\"class\":\"FILE\",\"resource\":\"/etc/passwd\",\"trace\":\"open\"}\n"
	"{\"type\":\"resource\",\"date\":\"24 Sep 2008\",\"time\":\"15:45:00\",\"status\":\"D\","
	"\"class\":\"FILE\",\"user\":\"root\",\"access\":\"Read\",\"stage\":59,"
	"\"resource\":\"/etc/shadow\",\"program\":\"/bin/cat\"}\n"
	"{\"type\":\"check\",\"date\":\"24 Sep 2008\",\"time\":\"15:46:00\",\"status\":\"F\","
	"\"user\":\"root\",\"access\":\"Scan\",\"stage\":339,\"resource\":\"SEOS_syscall\","
	"\"program\":\"unload\"}\n";

#define SHUTDOWN_LINE "24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd\n"
#define LOGIN_LINE    "24 Sep 2008 15:41:00 P LOGIN tst002 19 2 tty1 - (OS user)\n"
#define LOGOUT_LINE   "24 Sep 2008 15:41:59 O LOGOUT root 49 2 computer.com\n"
#define INBOUND_LINE  "24 Sep 2008 15:42:00 P HOST telnet 409 0 myhost\n"
#define OUTBOUND_LINE "24 Sep 2008 15:43:00 P TCP telnet root 409 0 myhost\n"
#define RESOURCE_LINE "24 Sep 2008 15:45:00 D FILE root Read 59 0 /etc/shadow /bin/cat\n"
#define CHECK_LINE    "24 Sep 2008 15:46:00 F CHECK root Scan 339 0 SEOS_syscall unload\n"

static void import_all(void)
{
	assert_int_equal(selogimport(records), EXIT_DONE);
	assert_string_equal(err, "");
	assert_string_equal(out, "");
}

static void switches_choose_records(void **state)
{
	static const struct {
		const char *words[8];
		const char *shown;
	} rows[] = {
		{{"-a"},
		 SHUTDOWN_LINE LOGIN_LINE LOGOUT_LINE INBOUND_LINE RESOURCE_LINE CHECK_LINE},
		{{"-all", "-c"},
		 SHUTDOWN_LINE LOGIN_LINE LOGOUT_LINE INBOUND_LINE OUTBOUND_LINE RESOURCE_LINE
			 CHECK_LINE},
		{{"-l", "*", "*"}, LOGIN_LINE LOGOUT_LINE},
		{{"-login", "nobody,t*2", "tty?"}, LOGIN_LINE},
		{{"-login", "root", "tty?"}, ""},
		{{"-i", "*", "*"}, INBOUND_LINE},
		{{"-i", "-c", "myhost", "telnet"}, INBOUND_LINE OUTBOUND_LINE},
		{{"-inet", "other", "telnet"}, ""},
		{{"-resource", "FILE", "/etc/*", "root"}, RESOURCE_LINE},
		{{"-resource", "CHECK", "*", "*"}, CHECK_LINE},
		{{"-resource", "*", "*", "tst002"}, ""},
		{{"-a", "-in", LOG, "-sessionid"},
		 "24 Sep 2008 15:40:46 M SHUTDOWN root 48da26ce:00000142 452 seosd\n"
		 "24 Sep 2008 15:41:00 P LOGIN tst002 - 19 2 tty1 - (OS user)\n"
		 "24 Sep 2008 15:41:59 O LOGOUT root - 49 2 computer.com\n" INBOUND_LINE
		 "24 Sep 2008 15:45:00 D FILE root - Read 59 0 /etc/shadow /bin/cat\n"
		 "24 Sep 2008 15:46:00 F CHECK root - Scan 339 0 SEOS_syscall unload\n"},
	};

	(void)state;
	import_all();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *words[10] = {"seaudit"};

		memcpy(words + 1, rows[i].words, sizeof(rows[i].words));
		assert_int_equal(run(&seaudit_program, NULL, words), EXIT_DONE);
		assert_string_equal(out, rows[i].shown);
		assert_string_equal(err, "");
	}
}

static void detail_by_brand(void **state)
{
	static const char flags[] = "Audit flags: CA PAMSC database user\n\n" LOGIN_LINE;

	(void)state;
	import_all();
	assert_int_equal(seaudit("-a", "-detail"), EXIT_DONE);
	assert_non_null(strstr(out, flags)); /* one blank line between records */
	assert_memory_equal(out, SHUTDOWN_LINE, sizeof(SHUTDOWN_LINE) - 1);
	assert_string_equal(out + out_bytes - strlen("user\n"), "user\n");
	assert_int_equal(seaudit("-a", "-detail", "-brand", "ac"), EXIT_DONE);
	assert_non_null(strstr(out, "Audit flags: CA Access Control database user\n"));
	spill(SEOS_INI, "[product]\nbrand = ac\n");
	assert_int_equal(seaudit("-a", "-detail"), EXIT_DONE);
	assert_non_null(strstr(out, "Audit flags: CA Access Control database user\n"));
	assert_int_equal(seaudit("-a", "-padded"), EXIT_DONE);
	assert_memory_equal(out,
			    "24 Sep 2008 15:40:46 M SHUTDOWN     root                      "
			    "452 seosd\n",
			    72);
}

static void tables_of_codes(void **state)
{
	(void)state;
	assert_int_equal(root->ops->unlink(root, SEOS_INI),
			 0); /* neither log nor settings needed */
	assert_int_equal(seaudit("-t"), EXIT_DONE);
	assert_memory_equal(out, "Login and logout stage codes\n   2 Fetching user object\n", 54);
	assert_non_null(strstr(out, "\n\nShutdown stage codes\n 452 User is ADMIN or SPECIAL\n"
				    " 460 User is not allowed to shutdown CA PAMSC\n"
				    " 600 Attempting to Terminate CA PAMSC\n\nPassword quality "
				    "codes\n"));
	assert_int_equal(seaudit("-t", "-brand", "ac"), EXIT_DONE);
	assert_non_null(strstr(out, " 460 User is not allowed to shutdown CA Access Control\n"));
	assert_int_equal(seaudit("-Stat", "4"), EXIT_DONE);
	assert_string_equal(out, "CRC check failed\n");
	assert_int_equal(seaudit("-Stat", "7"), EXIT_REFUSED);
	assert_int_equal(seaudit("-Stat", "-1"), EXIT_USAGE);
	assert_int_equal(seaudit("-Stat", "4x"), EXIT_USAGE);
	assert_int_equal(seaudit("-h"), EXIT_DONE);
	assert_memory_equal(out, "usage: seaudit SWITCH", 21);
}

static void wrong_usage(void **state)
{
	static const struct {
		const char *words[8];
		const char *line;
	} rows[] = {
		{{NULL}, "seaudit: a switch is needed\n"},
		{{"-detail"}, "seaudit: a switch is needed\n"},
		{{"-a", "-t"}, "seaudit: only one switch can be given: -t\n"},
		{{"-x"}, "seaudit: unknown option -x\n"},
		{{"-l", "root"}, "seaudit: an argument of the switch is missing\n"},
		{{"-a", "root"}, "seaudit: too many arguments for the switch\n"},
		{{"-a", "1", "2", "3", "4"}, "seaudit: too many arguments: 4\n"},
		{{"-a", "-in"}, "seaudit: no value behind -in\n"},
		{{"-a", "-brand", "other"}, "seaudit: unknown brand other\n"},
		{{"-a", "-detail", "-padded"}, "seaudit: -detail and -padded exclude each other\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *words[10] = {"seaudit"};

		memcpy(words + 1, rows[i].words, sizeof(rows[i].words));
		assert_int_equal(run(&seaudit_program, NULL, words), EXIT_USAGE);
		assert_memory_equal(err, rows[i].line, strlen(rows[i].line));
		assert_non_null(strstr(err, "\nusage: seaudit SWITCH"));
		assert_string_equal(out, "");
	}
}

static void logs_that_cannot_be_read(void **state)
{
	(void)state;
	assert_int_equal(seaudit("-a"), EXIT_REFUSED);
	assert_string_equal(err, "seaudit: cannot read the audit log " LOG
				 ": No such file or directory\n");
	spill(LOG, "");
	assert_int_equal(seaudit("-a"), EXIT_DONE);
	assert_string_equal(out, "");
	spill(SEOS_INI, "[logmgr]\naudit_size = 1\n");
	assert_int_equal(seaudit("-a"), EXIT_USAGE);
	assert_non_null(strstr(err, "audit_size = 1: expected a whole number from 50 to"));
	assert_int_equal(root->ops->unlink(root, SEOS_INI), 0);
	assert_int_equal(seaudit("-a"), EXIT_USAGE);
	assert_non_null(strstr(err, SEOS_INI));
	assert_int_equal(seaudit("-a", "-in", LOG), EXIT_DONE);
}

static void rewrite_log(const char *text, size_t bytes)
{
	int fd = root->ops->open(root, LOG, PLATFORM_APPEND | PLATFORM_TRUNC, 0);

	assert_true(fd >= 0);
	assert_int_equal(root->ops->write(root, fd, text, bytes), 0);
	root->ops->close(root, fd);
}

static void damage_is_named_and_the_rest_shown(void **state)
{
	char *text;
	size_t bytes;

	(void)state;
	import_all();
	assert_int_equal(file_read(root, LOG, 65536, &text, &bytes), 0);
	text[60] ^= 1; /* in the first record */
	rewrite_log(text, bytes);
	assert_int_equal(seaudit("-l", "*", "*"), EXIT_REFUSED);
	assert_string_equal(out, LOGIN_LINE LOGOUT_LINE);
	assert_string_equal(err, "seaudit: " LOG
				 ": damaged at byte 0: checksum mismatch, bytes skipped: 77\n");

	/* The second one in its place: the numbers around it tell that one is gone. */
	text[60] ^= 1;
	text[140] ^= 1;
	rewrite_log(text, bytes);
	assert_int_equal(seaudit("-l", "*", "*"), EXIT_REFUSED);
	assert_string_equal(out, LOGOUT_LINE);
	assert_non_null(strstr(err, ": damaged at byte 77: checksum mismatch, bytes skipped: "));
	assert_non_null(strstr(err, ", records lost: 1\n"));
	free(text);
}

static void who_may_read(void **state)
{
	static const char *const words[] = {"seaudit", "-a", NULL};
	struct sim_command command = {.argv = words, .uid = 1000};
	struct sim_result result;

	(void)state;
	import_all();
	assert_int_equal(sim_user_add(machine, 1000, "tst002"), 0);
	assert_int_equal(sim_run(machine, &command, &result), 0);
	assert_int_equal(result.status, EXIT_REFUSED);
	assert_string_equal(result.out, "");
	assert_string_equal(result.err,
			    "seaudit: user tst002 may not read the audit log: root is needed\n");
	sim_result_free(&result);
	spill(SEOS_INI, "[logmgr]\naudit_group = security\n");
	assert_int_equal(sim_run(machine, &command, &result), 0);
	assert_string_equal(result.err, "seaudit: user tst002 may not read the audit log: root or "
					"group security is needed\n");
	sim_result_free(&result);
}

static void import_refuses_what_is_no_record(void **state)
{
#define START "{\"type\":\"start\",\"date\":\"02 Nov 2008\",\"time\":\"15:41:06\",\"status\":\"M\","
	static const struct {
		const char *line;
		const char *why;
	} rows[] = {
		{"[]", "not a JSON object"},
		{"", "column 0: '[' or '{' expected near end of file"},
		{"{", "column 1: string or '}' expected near end of file"},
		{START "\"service\":\"a\",\"service\":\"b\"}",
		 "column 91: duplicate object key near '\"service\"'"},
		{"{\"date\":\"x\"}", "\"type\" is missing or no text"},
		{"{\"type\":\"startup\"}", "unknown type \"startup\""},
		{"{\"type\":\"start\"}", "\"status\" is not one capital letter"},
		{"{\"type\":\"start\",\"status\":\"MM\"}", "\"status\" is not one capital letter"},
		{START "\"origin\":\"mars\"}", "\"origin\" is neither \"unix\" nor \"windows\""},
		{START "\"service\":\"a\",\"user\":\"b\"}",
		 "a record of this type has no \"user\""},
		{START "\"service\":1}", "\"service\" is not a text"},
		{START "\"service\":\"0123456789012345678901234567890123456789012345678901234567890"
		       "123\"}",
		 "\"service\" is too long"},
		{START "\"x\":1}", "a record of this type has no \"x\""},
		{"{\"type\":\"start\",\"date\":\"02 Nov 2008\",\"time\":\"15:41:06\",\"status\":"
		 "\"M\"}",
		 "no service"},
		{"{\"type\":\"login\",\"date\":\"02 Nov 2008\",\"time\":\"15:41:06\",\"status\":"
		 "\"P\",\"user\":\"a\",\"stage\":4294967296}",
		 "\"stage\" is not a whole number of 32 bits"},
		{"{\"type\":\"login\",\"date\":\"02 Nov 2008\",\"time\":\"15:41:06\",\"status\":"
		 "\"P\",\"user\":\"a\",\"stage\":\"2\"}",
		 "\"stage\" is not a whole number of 32 bits"},
		{"{\"type\":\"login\",\"date\":\"02 Nov 2008\",\"time\":\"15:41:06\",\"status\":"
		 "\"P\",\"user\":\"a\",\"os_user\":1}",
		 "\"os_user\" is neither true nor false"},
	};
	char expected[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char input[512];
		int n = snprintf(input, sizeof(input),
				 START "\"service\":\"seosd\"}\n%s\n" START
				       "\"service\":\"seoswd\"}\n",
				 rows[i].line);

		assert_in_range(n, 1, sizeof(input) - 1);
		n = snprintf(expected, sizeof(expected), "selogimport: standard input:2: %s\n",
			     rows[i].why);
		assert_in_range(n, 1, sizeof(expected) - 1);
		assert_int_equal(selogimport(input), EXIT_REFUSED);
		assert_string_equal(err, expected);
		assert_int_equal(seaudit("-a"), EXIT_DONE);
		assert_string_equal(out, "02 Nov 2008 15:41:06 M START seosd\n");
		assert_int_equal(root->ops->unlink(root, LOG), 0);
	}
}

static void import_knows_the_calendar(void **state)
{
	static const struct {
		const char *date;
		const char *time;
		bool good;
	} rows[] = {
		{"29 Feb 2008", "00:00:00", true},  {"31 Dec 1969", "23:59:59", true},
		{"01 Jan 2100", "12:00:00", true},  {"29 Feb 2009", "00:00:00", false},
		{"31 Nov 2008", "00:00:00", false}, {"00 Nov 2008", "00:00:00", false},
		{"1 Nov 2008", "00:00:00", false},  {"01 nov 2008", "00:00:00", false},
		{"01 Nov 208", "00:00:00", false},  {"01 Nov 2008 ", "00:00:00", false},
		{"01 Nov 2008", "24:00:00", false}, {"01 Nov 2008", "23:60:00", false},
		{"01 Nov 2008", "00:00", false},    {"01 Nov 2008", "00:00:000", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char input[256];
		char expected[64];
		int n = snprintf(input, sizeof(input),
				 "{\"type\":\"start\",\"date\":\"%s\",\"time\":\"%s\",\"status\":"
				 "\"M\",\"service\":\"a\"}",
				 rows[i].date, rows[i].time);

		assert_in_range(n, 1, sizeof(input) - 1);
		assert_int_equal(selogimport(input), rows[i].good ? EXIT_DONE : EXIT_REFUSED);
		if (!rows[i].good)
			continue;
		n = snprintf(expected, sizeof(expected), "%s %s M START a\n", rows[i].date,
			     rows[i].time);
		assert_in_range(n, 1, sizeof(expected) - 1);
		assert_int_equal(seaudit("-a"), EXIT_DONE);
		assert_string_equal(out, expected);
		assert_int_equal(root->ops->unlink(root, LOG), 0);
	}
}

static void import_and_its_log(void **state)
{
	static const char *const none[] = {"selogimport", NULL};
	static const char *const option[] = {"selogimport", "-x", NULL};
	static const char *const help[] = {"selogimport", "-h", NULL};
	static const char *const nowhere[] = {"selogimport", "/none/log", NULL};
	char line[70000];
	int lock;

	(void)state;
	assert_int_equal(run(&selogimport_program, records, none), EXIT_USAGE);
	assert_int_equal(run(&selogimport_program, records, option), EXIT_USAGE);
	assert_int_equal(run(&selogimport_program, NULL, help), EXIT_DONE);
	assert_int_equal(run(&selogimport_program, records, nowhere), EXIT_REFUSED);
	assert_string_equal(err,
			    "selogimport: cannot write /none/log: No such file or directory\n");

	lock = root->ops->lock(root, LOG ".lock");
	assert_true(lock >= 0);
	assert_int_equal(selogimport(records), EXIT_REFUSED);
	assert_non_null(strstr(err, " writes " LOG ": shut the daemons down first\n"));
	root->ops->close(root, lock);

	memset(line, ' ', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(selogimport(line), EXIT_REFUSED);
	assert_string_equal(err, "selogimport: standard input:1: longer than 65536 bytes\n");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, boot, power_off)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(switches_choose_records),
		TEST(detail_by_brand),
		TEST(tables_of_codes),
		TEST(wrong_usage),
		TEST(logs_that_cannot_be_read),
		TEST(damage_is_named_and_the_rest_shown),
		TEST(who_may_read),
		TEST(import_refuses_what_is_no_record),
		TEST(import_knows_the_calendar),
		TEST(import_and_its_log),
	};

	return cmocka_run_group_tests_name("seaudit", tests, NULL, NULL);
}
