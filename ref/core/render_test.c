/* SPDX-License-Identifier: MIT */
/*
 * Tests of render.c: every documented example byte for byte, every event type in every layout, and
 * the limits of the output.
 */
#include "ref/core/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A record by its texts, and the civil time it is shown with. */
struct sample {
	enum record_type type;
	enum record_origin origin;
	char status;
	struct tm when;
	struct {
		enum record_field field;
		const char *text;
		int32_t number;
	} fields[RECORD_COLUMNS_MAX];
};

#define WHEN(day, month, year, hour, minute, second)                                               \
	{                                                                                          \
		.tm_mday = (day), .tm_mon = (month)-1, .tm_year = (year)-1900, .tm_hour = (hour),  \
		.tm_min = (minute), .tm_sec = (second)                                             \
	}

static const struct sample shutdown_unix = {
	RECORD_SHUTDOWN,
	RECORD_UNIX,
	'M',
	WHEN(24, 9, 2008, 15, 40, 46),
	{{RECORD_USER, "root", 0},
	 {RECORD_SESSION, "48da26ce:00000142", 0},
	 {RECORD_STAGE, NULL, 452},
	 {RECORD_SERVICE, "seosd", 0}},
};

static const struct sample shutdown_windows = {
	RECORD_SHUTDOWN,
	RECORD_WINDOWS,
	'D',
	WHEN(23, 12, 2008, 12, 56, 20),
	{{RECORD_USER, "tst002", 0},
	 {RECORD_SESSION, "00000000:04c240d5", 0},
	 {RECORD_STAGE, NULL, 460},
	 {RECORD_SERVICE, "seosd", 0}},
};

static const struct sample logout = {
	RECORD_LOGOUT,
	RECORD_UNIX,
	'O',
	WHEN(29, 1, 2009, 17, 23, 33),
	{{RECORD_USER, "root", 0},
	 {RECORD_STAGE, NULL, 49},
	 {RECORD_REASON, NULL, 2},
	 {RECORD_TERMINAL, "computer.com", 0}},
};

static const struct sample start_unix = {
	RECORD_START,
	RECORD_UNIX,
	'M',
	WHEN(2, 11, 2008, 15, 41, 6),
	{{RECORD_SERVICE, "seoswd", 0}},
};

static const struct sample start_windows = {
	RECORD_START,
	RECORD_WINDOWS,
	'M',
	WHEN(2, 11, 2008, 15, 41, 6),
	{{RECORD_SERVICE, "seosd", 0}},
};

static const struct sample check = {
	RECORD_CHECK,
	RECORD_UNIX,
	'F',
	WHEN(10, 11, 2024, 5, 47, 22),
	{{RECORD_USER, "root", 0},
	 {RECORD_ACCESS, "Scan", 0},
	 {RECORD_STAGE, NULL, 339},
	 {RECORD_RESOURCE, "SEOS_syscall", 0},
	 {RECORD_PROGRAM, "unload", 0}},
};

static const struct sample winservice = {
	RECORD_RESOURCE_ACCESS,
	RECORD_WINDOWS,
	'P',
	WHEN(19, 12, 2008, 16, 46, 47),
	{{RECORD_CLASS, "WINSERVICE", 0},
	 {RECORD_USER, "TM123VM-AC\\Administrator", 0},
	 {RECORD_ACCESS, "Read", 0},
	 {RECORD_STAGE, NULL, 1059},
	 {RECORD_REASON, NULL, 2},
	 {RECORD_RESOURCE, "VMTools", 0},
	 {RECORD_PROGRAM, "C:\\WINDOWS\\system32\\services.exe", 0},
	 {RECORD_TERMINAL, "TM123VM-AC", 0}},
};

static const struct sample login = {
	RECORD_LOGIN,
	RECORD_WINDOWS,
	'P',
	WHEN(19, 12, 2008, 16, 46, 53),
	{{RECORD_USER, "TM123VM-AC\\Administrator", 0},
	 {RECORD_STAGE, NULL, 55},
	 {RECORD_REASON, NULL, 2},
	 {RECORD_TERMINAL, "TM123VM-AC", 0},
	 {RECORD_PROGRAM, "C:\\WINDOWS\\system32\\lsass.exe", 0}},
};

static void make(struct audit_record *r, const struct sample *sample)
{
	record_init(r, sample->type, 0, sample->status);
	r->origin = sample->origin;
	for (size_t i = 0; i < RECORD_COLUMNS_MAX; i++) {
		enum record_field field = sample->fields[i].field;

		if (sample->fields[i].text)
			assert_int_equal(record_set_text(r, field, sample->fields[i].text), 0);
		else if (sample->fields[i].number)
			record_set_number(r, field, sample->fields[i].number);
	}
}

static void assert_rendered(const struct render_style *style, const struct audit_record *r,
			    const struct tm *when, const char *expected)
{
	char text[RENDER_MAX];
	char why[64];
	size_t length;

	assert_int_equal(record_check(r, why, sizeof(why)), 0);
	length = render_record(style, r, when, text, sizeof(text) - 1);
	text[length] = '\0';
	assert_string_equal(text, expected);
}

static void documented_examples(void **state)
{
	static const struct {
		const struct sample *sample;
		struct render_style style;
		const char *text;
	} rows[] = {
		/* event/shutdown, seaudit/detail/9 and 10 */
		{&shutdown_unix,
		 {RENDER_PLAIN, CODE_PAMSC, false},
		 "24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd\n"},
		{&shutdown_windows,
		 {RENDER_PLAIN, CODE_AC, false},
		 "23 Dec 2008 12:56:20 D SHUTDOWN tst002 460 seosd\n"},
		{&shutdown_unix,
		 {RENDER_DETAILED, CODE_PAMSC, false},
		 "24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd\n"
		 "Event type: Daemon shutdown\n"
		 "User name: root\n"
		 "Daemon: seosd\n"
		 "Date: 24 Sep 2008\n"
		 "Time: 15:40:46\n"
		 "Details: User is ADMIN or SPECIAL\n"
		 "User Logon Session ID: 48da26ce:00000142\n"
		 "Audit flags: CA PAMSC database user\n"},
		{&shutdown_unix,
		 {RENDER_DETAILED, CODE_AC, false},
		 "24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd\n"
		 "Event type: Daemon shutdown\n"
		 "User name: root\n"
		 "Daemon: seosd\n"
		 "Date: 24 Sep 2008\n"
		 "Time: 15:40:46\n"
		 "Details: User is ADMIN or SPECIAL\n"
		 "User Logon Session ID: 48da26ce:00000142\n"
		 "Audit flags: CA Access Control database user\n"},
		{&shutdown_windows,
		 {RENDER_DETAILED, CODE_PAMSC, false},
		 "23 Dec 2008 12:56:20 D SHUTDOWN tst002 460 seosd\n"
		 "Event type: Engine service shutdown\n"
		 "User name: tst002\n"
		 "Engine service: seosd\n"
		 "Date: 23 Dec 2008\n"
		 "Time: 12:56\n"
		 "Details: User is not allowed to shutdown CA PAMSC\n"
		 "User Logon Session ID: 00000000:04c240d5\n"
		 "Audit flags: AC database user\n"},
		{&shutdown_windows,
		 {RENDER_DETAILED, CODE_AC, false},
		 "23 Dec 2008 12:56:20 D SHUTDOWN tst002 460 seosd\n"
		 "Event type: Engine service shutdown\n"
		 "User name: tst002\n"
		 "Engine service: seosd\n"
		 "Date: 23 Dec 2008\n"
		 "Time: 12:56\n"
		 "Details: User is not allowed to shutdown CA Access Control\n"
		 "User Logon Session ID: 00000000:04c240d5\n"
		 "Audit flags: AC database user\n"},
		/* event/logout/1, seaudit/detail/11 */
		{&logout,
		 {RENDER_DETAILED, CODE_PAMSC, false},
		 "29 Jan 2009 17:23:33 O LOGOUT root 49 2 computer.com\n"
		 "Event type: Logout\n"
		 "Status: Logout\n"
		 "User name: root\n"
		 "Terminal: computer.com\n"
		 "Date: 29 Jan 2009\n"
		 "Time: 17:23\n"
		 "Details: Logout detected after last process terminated\n"
		 "Audit flags: AC database user\n"},
		/* event/start/1, seaudit/detail/13 */
		{&start_unix,
		 {RENDER_DETAILED, CODE_PAMSC, false},
		 "02 Nov 2008 15:41:06 M START seoswd\n"
		 "Event type: Daemon start\n"
		 "Daemon: seoswd\n"
		 "Date: 02 Nov 2008\n"
		 "Time: 15:41\n"
		 "Audit flags: AC database user\n"},
		{&start_windows,
		 {RENDER_DETAILED, CODE_AC, false},
		 "02 Nov 2008 15:41:06 M START seosd\n"
		 "Event type: Engine service start\n"
		 "Engine service: seosd\n"
		 "Date: 02 Nov 2008\n"
		 "Time: 15:41\n"
		 "Audit flags: AC database user\n"},
		/* event/check/1, seaudit/detail/24 */
		{&check,
		 {RENDER_DETAILED, CODE_PAMSC, false},
		 "10 Nov 2024 05:47:22 F CHECK root Scan 339 0 SEOS_syscall unload\n"
		 "Event type: Resource access\n"
		 "Status: Failed\n"
		 "Class: CHECK\n"
		 "User name: root\n"
		 "Access: Scan\n"
		 "Resource: SEOS_syscall\n"
		 "Program: unload\n"
		 "Date: 10 Nov 2024\n"
		 "Time: 05:47:22\n"
		 "Details: SEOS_syscall module unload readiness check\n"
		 "Audit flags: AC database user\n"},
		/* seaudit/padded/2, 3, 12, 13 */
		{&winservice,
		 {RENDER_PADDED, CODE_AC, false},
		 "19 Dec 2008 16:46:47 P WINSERVICE   TM123VM-AC\\Administrator Read     1059  2 "
		 "VMTools              C:\\WINDOWS\\system32\\services.exe TM123VM-AC\n"},
		{&login,
		 {RENDER_PADDED, CODE_AC, false},
		 "19 Dec 2008 16:46:53 P LOGIN        TM123VM-AC\\Administrator   55  2 "
		 "TM123VM-AC           C:\\WINDOWS\\system32\\lsass.exe\n"},
		{&shutdown_unix,
		 {RENDER_PADDED, CODE_PAMSC, false},
		 "24 Sep 2008 15:40:46 M SHUTDOWN     root                      452 seosd\n"},
		{&start_unix,
		 {RENDER_PADDED, CODE_PAMSC, false},
		 "02 Nov 2008 15:41:06 M START        seoswd\n"},
		/* seaudit/session/2, 4, 5, 6 */
		{&shutdown_unix,
		 {RENDER_PLAIN, CODE_PAMSC, true},
		 "24 Sep 2008 15:40:46 M SHUTDOWN root 48da26ce:00000142 452 seosd\n"},
		{&logout,
		 {RENDER_PLAIN, CODE_PAMSC, true},
		 "29 Jan 2009 17:23:33 O LOGOUT root - 49 2 computer.com\n"},
		{&start_unix,
		 {RENDER_PLAIN, CODE_PAMSC, true},
		 "02 Nov 2008 15:41:06 M START seoswd\n"},
		{&logout,
		 {RENDER_PADDED, CODE_PAMSC, true},
		 "29 Jan 2009 17:23:33 O LOGOUT       root                     -                 "
		 "  49  2 computer.com\n"},
	};
	struct audit_record r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make(&r, rows[i].sample);
		assert_rendered(&rows[i].style, &r, &rows[i].sample->when, rows[i].text);
	}
}

/* Every text field holds its own name, every number its own number. */
static void make_full(struct audit_record *r, enum record_type type, enum record_origin origin)
{
	record_init(r, type, 0, record_kind(type, origin)->statuses[0]);
	r->origin = origin;
	for (unsigned field = 0; field < RECORD_TEXTS; field++)
		assert_int_equal(record_set_text(r, field, record_field_name(field)), 0);
	r->stage = 1;
	r->reason = 2;
	r->message = 3;
	r->real_uid = -4;
	r->os_user = true;
}

static const struct tm day = WHEN(1, 2, 2003, 4, 5, 6);

static void every_event_type_in_a_line(void **state)
{
	static const char *const lines[RECORD_TYPES + 1] = {
		[RECORD_LOGIN] = "P LOGIN user session 1 2 terminal program (OS user)",
		[RECORD_LOGOUT] = "O LOGOUT user session 1 2 terminal (OS user)",
		[RECORD_LOGIN_ENABLED] = "E LOGIN user 1 2 terminal program (OS user)",
		[RECORD_LOGIN_DISABLED] = "I LOGIN user 1 2 terminal program (OS user)",
		[RECORD_PASSWORD_ATTEMPT] = "A LOGIN user 1 2 terminal program (OS user)",
		[RECORD_RESOURCE_ACCESS] = ("P class user session access 1 2 resource program "
					    "terminal effective_user (OS user)"),
		[RECORD_UNTRUST] = "U class module 1 3 resource",
		[RECORD_INBOUND] = "P class service 1 2 host program",
		[RECORD_OUTBOUND] = "P class service user 1 2 host program terminal (OS user)",
		[RECORD_ADMIN] = "S UPDATE class user 1 2 resource terminal command (OS user)",
		[RECORD_START] = "M START service",
		[RECORD_SHUTDOWN] = "M SHUTDOWN user session 1 service (OS user)",
		[RECORD_PASSWORD] = "F PASSWORD user 1 2 (OS user)",
		[RECORD_TRACE] = ("P TRACE user session effective_user real_user class resource 1 "
				  "(OS user) trace"),
		[RECORD_CHECK] = "S CHECK user session access 1 2 resource program (OS user)",
	};
	const struct render_style style = {.session = true};
	struct audit_record r;
	char expected[256];

	(void)state;
	for (unsigned type = 1; type <= RECORD_TYPES; type++) {
		make_full(&r, type, RECORD_UNIX);
		assert_in_range(snprintf(expected, sizeof(expected), "01 Feb 2003 04:05:06 %s\n",
					 lines[type]),
				1, sizeof(expected) - 1);
		assert_rendered(&style, &r, &day, expected);
	}
	make_full(&r, RECORD_TRACE, RECORD_WINDOWS);
	assert_rendered(&style, &r, &day,
			"01 Feb 2003 04:05:06 P TRACE user session -4 real_user class resource 1 "
			"(OS user) trace\n");
}

static void every_event_type_in_detail(void **state)
{
	static const char *const labels[RECORD_TYPES + 1] = {
		[RECORD_LOGIN] = ("Login\nStatus: Permitted\nUser name: user\nTerminal: terminal\n"
				  "Program: program\n"),
		[RECORD_LOGOUT] = "Logout\nStatus: Logout\nUser name: user\nTerminal: terminal\n",
		[RECORD_LOGIN_ENABLED] =
			("Login account enabled\nStatus: Login enabled\nUser name: user\n"
			 "Terminal: terminal\nProgram: program\n"),
		[RECORD_LOGIN_DISABLED] =
			("Login account disabled\nStatus: Login disabled\nUser name: user\n"
			 "Terminal: terminal\nProgram: program\n"),
		[RECORD_PASSWORD_ATTEMPT] =
			("Password attempt\nStatus: Password attempt\nUser name: user\n"
			 "Terminal: terminal\nProgram: program\n"),
		[RECORD_RESOURCE_ACCESS] =
			("Resource access\nStatus: Permitted\nClass: class\nUser name: user\n"
			 "Access: access\nResource: resource\nProgram: program\n"
			 "Terminal: terminal\nEffective user name: effective_user\n"),
		[RECORD_UNTRUST] = ("Untrust message\nStatus: Untrust\nClass: class\n"
				    "Module: module\nMessage ID: HPUX/AIX ACL changed\n"
				    "File: resource\n"),
		[RECORD_INBOUND] = ("Inbound network connection\nStatus: Permitted\nClass: class\n"
				    "Service: service\nHost: host\nProgram: program\n"),
		[RECORD_OUTBOUND] = ("Outbound network connection\nStatus: Permitted\n"
				     "Class: class\nService: service\nUser name: user\n"
				     "Host: host\nProgram: program\nTerminal: terminal\n"),
		[RECORD_ADMIN] = ("Security database administration\nStatus: Success\n"
				  "Class: class\nUser name: user\nObject: resource\n"
				  "Terminal: terminal\nCommand: command\n"),
		[RECORD_START] = "Daemon start\nDaemon: service\n",
		[RECORD_SHUTDOWN] = "Daemon shutdown\nUser name: user\nDaemon: service\n",
		[RECORD_PASSWORD] = "Password verification\nStatus: Failed\nUser name: user\n",
		[RECORD_TRACE] = ("Trace message on a user\nStatus: Permitted\nUser name: user\n"
				  "Effective user name: effective_user\nReal user name: real_user\n"
				  "Class: class\nResource: resource\nTrace: trace\n"),
		[RECORD_CHECK] = ("Resource access\nStatus: Success\nClass: CHECK\n"
				  "User name: user\nAccess: access\nResource: resource\n"
				  "Program: program\n"),
	};
	static const char *const tails[RECORD_TYPES + 1] = {
		[RECORD_LOGOUT] = "Time: 04:05\nDetails: 1\nAudit flags: (OS user)\n",
		[RECORD_UNTRUST] = "Time: 04:05:06\nDetails: 1\n",
		[RECORD_INBOUND] = "Time: 04:05:06\nDetails: 1\n",
		[RECORD_START] = "Time: 04:05\nAudit flags: (OS user)\n",
		[RECORD_PASSWORD] = ("Time: 04:05:06\nDetails: Password too short\n"
				     "Audit flags: (OS user)\n"),
		[RECORD_LOGIN] = ("Time: 04:05:06\nDetails: 1\nUser Logon Session ID: session\n"
				  "Audit flags: (OS user)\n"),
		[RECORD_LOGIN_ENABLED] = "Time: 04:05:06\nDetails: 1\nAudit flags: (OS user)\n",
	};
	const struct render_style style = {.layout = RENDER_DETAILED};
	struct audit_record r;
	char text[RENDER_MAX];
	char expected[1024];

	(void)state;
	for (unsigned type = 1; type <= RECORD_TYPES; type++) {
		const char *tail = tails[type];
		size_t length;

		make_full(&r, type, RECORD_UNIX);
		if (!tail) /* by whether the type has a session id */
			tail = memchr(record_kind(type, RECORD_UNIX)->columns, RECORD_SESSION,
				      record_kind(type, RECORD_UNIX)->column_count)
				       ? tails[RECORD_LOGIN]
				       : tails[RECORD_LOGIN_ENABLED];
		length = render_record(&style, &r, &day, text, sizeof(text) - 1);
		text[length] = '\0';
		assert_in_range(snprintf(expected, sizeof(expected),
					 "\nEvent type: %sDate: 01 Feb 2003\n%s", labels[type],
					 tail),
				1, sizeof(expected) - 1);
		assert_string_equal(strchr(text, '\n'), expected);
	}
}

static void windows_and_unknown_values_in_detail(void **state)
{
	const struct render_style style = {.layout = RENDER_DETAILED};
	struct audit_record r;

	(void)state;
	make_full(&r, RECORD_TRACE, RECORD_WINDOWS);
	r.os_user = false;
	r.status = 'X';
	r.session[0] = '\0';
	assert_rendered(&style, &r, &day,
			"01 Feb 2003 04:05:06 X TRACE user -4 real_user class resource 1 - trace\n"
			"Event type: Trace message on a user\nStatus: X\nUser name: user\n"
			"Real UID: -4\nReal user name: real_user\nClass: class\n"
			"Resource: resource\nTrace: trace\nDate: 01 Feb 2003\nTime: 04:05\n"
			"Details: 1\nAudit flags: AC database user\n");

	make_full(&r, RECORD_UNTRUST, RECORD_UNIX);
	r.stage = 2;
	assert_rendered(&style, &r, &day,
			"01 Feb 2003 04:05:06 U class module 2 3 resource\n"
			"Event type: Untrust message\nStatus: Untrust\nClass: class\n"
			"Module: module\nErrno: 3\nFile: resource\nDate: 01 Feb 2003\n"
			"Time: 04:05:06\nDetails: 2\n");
}

static void empty_fields(void **state)
{
	const struct render_style style = {.session = true};
	struct audit_record r;

	(void)state;
	make_full(&r, RECORD_RESOURCE_ACCESS, RECORD_UNIX);
	r.os_user = false;
	r.terminal[0] = r.program[0] = r.effective_user[0] = '\0';
	assert_rendered(&style, &r, &day,
			"01 Feb 2003 04:05:06 P class user session access 1 2 resource\n");
	r.effective_user[0] = 'e';
	r.session[0] = '\0';
	assert_rendered(&style, &r, &day,
			"01 Feb 2003 04:05:06 P class user - access 1 2 resource - - "
			"effective_user\n"); /* event/common/18 */
}

static void nothing_in_a_value_ends_the_line(void **state)
{
	const struct render_style style = {.layout = RENDER_PLAIN};
	struct audit_record r;

	(void)state;
	make(&r, &start_unix);
	record_cut_text(&r, RECORD_SERVICE, "\na\tb\x7f\x1f\x01 \xc3\xa4\\012");
	assert_rendered(&style, &r, &day,
			"01 Feb 2003 04:05:06 M START \\012a\\011b\\177\\037\\001 \xc3\xa4\\012\n");
}

static void passwords_are_stars(void **state)
{
	static const struct {
		const char *command;
		const char *shown;
	} rows[] = {
		{"newusr tst001", "newusr tst001"},
		{"newusr tst001 password(geheim) admin", "newusr tst001 password(***) admin"},
		{"cu a PASSWORD(x) b Password(y)", "cu a PASSWORD(***) b Password(***)"},
		{"cu a password(never ended", "cu a password(***"},
		{"cu a password(", "cu a password(***"},
		{"cu a password()", "cu a password(***)"},
		{"cu a password-", "cu a password-"},
		{"password(password(x))", "password(***))"},
	};
	const struct render_style style = {.layout = RENDER_PLAIN};
	struct audit_record r;
	char expected[256];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		make_full(&r, RECORD_ADMIN, RECORD_UNIX);
		r.os_user = false;
		/* What stood there before is never looked at. */
		record_cut_text(&r, RECORD_COMMAND,
				"password(password(password(password(password(password(password(");
		record_cut_text(&r, RECORD_COMMAND, rows[i].command);
		assert_in_range(snprintf(expected, sizeof(expected),
					 "01 Feb 2003 04:05:06 S UPDATE class user 1 2 resource "
					 "terminal %s\n",
					 rows[i].shown),
				1, sizeof(expected) - 1);
		assert_rendered(&style, &r, &day, expected);
	}
}

static void wide_values_shift_the_rest(void **state)
{
	const struct render_style style = {.layout = RENDER_PADDED};
	struct audit_record r;

	(void)state;
	make(&r, &check);
	record_cut_text(&r, RECORD_USER, "a-user-whose-name-is-wider-than-24");
	r.stage = 12345;
	r.reason = 678;
	assert_rendered(&style, &r, &day,
			"01 Feb 2003 04:05:06 F CHECK        a-user-whose-name-is-wider-than-24 "
			"Scan     12345 678 SEOS_syscall         unload\n");
}

/* Whatever does not fit is refused, whatever does is the same text. */
static void output_has_a_limit(void **state)
{
	char whole[RENDER_MAX];
	char text[RENDER_MAX];
	struct render_style style = {.session = true};
	struct audit_record r;

	(void)state;
	for (unsigned type = 1; type <= RECORD_TYPES; type++) {
		for (unsigned layout = RENDER_PLAIN; layout <= RENDER_DETAILED; layout++) {
			size_t length;

			style.layout = layout;
			make_full(&r, type, RECORD_UNIX);
			length = render_record(&style, &r, &day, whole, sizeof(whole));
			assert_true(length > 0);
			for (size_t room = 0; room < length; room++)
				assert_int_equal(render_record(&style, &r, &day, text, room), 0);
			assert_int_equal(render_record(&style, &r, &day, text, length), length);
			assert_memory_equal(text, whole, length);
		}
	}
}

static void the_longest_record_fits(void **state)
{
	const struct render_style style = {.layout = RENDER_DETAILED, .session = true};
	char text[RENDER_MAX];
	char filler[RECORD_TEXT_MAX];
	struct audit_record r;

	(void)state;
	memset(filler, '\n', sizeof(filler) - 1);
	filler[sizeof(filler) - 1] = '\0';
	for (unsigned type = 1; type <= RECORD_TYPES; type++) {
		make_full(&r, type, RECORD_UNIX);
		for (unsigned field = 0; field < RECORD_TEXTS; field++)
			record_cut_text(&r, field, filler);
		r.stage = r.reason = r.message = r.real_uid = INT32_MIN;
		/* Once in the line, once labelled. */
		assert_true(render_record(&style, &r, &day, text, sizeof(text)) > 0);
	}
}

static void months(void **state)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	(void)state;
	for (unsigned month = 0; month < 12; month++)
		assert_memory_equal(render_month(month), names + 3 * month, 3);
}

static void tables_for_readers(void **state)
{
	(void)state;
	assert_int_equal(render_column(RECORD_USER)->width, 24);
	assert_true(render_column(RECORD_STAGE)->right);
	assert_int_equal(render_column(RECORD_PROGRAM)->width, 0);
	assert_string_equal(render_detail(RECORD_START)->event[RECORD_UNIX], "Daemon start");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documented_examples),
		cmocka_unit_test(every_event_type_in_a_line),
		cmocka_unit_test(every_event_type_in_detail),
		cmocka_unit_test(windows_and_unknown_values_in_detail),
		cmocka_unit_test(empty_fields),
		cmocka_unit_test(nothing_in_a_value_ends_the_line),
		cmocka_unit_test(passwords_are_stars),
		cmocka_unit_test(wide_values_shift_the_rest),
		cmocka_unit_test(output_has_a_limit),
		cmocka_unit_test(the_longest_record_fits),
		cmocka_unit_test(months),
		cmocka_unit_test(tables_for_readers),
	};

	return cmocka_run_group_tests_name("render", tests, NULL, NULL);
}
