/* SPDX-License-Identifier: MIT */
/*
 * Tests of the parser of printed records: whatever the renderer writes is read back field by field,
 * in every layout and brand, and each fault is found at its place with its requirement.
 */
#include "conformance/lint/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 200 /* random records of each type, origin, layout and brand */

static uint64_t seed = 88172645463325252ULL;

static unsigned dice(unsigned sides)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % sides);
}

/* A word that is neither a number, nor a dash, nor a session id. */
static void make_word(char *out, unsigned length)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_/\\.@-";

	out[0] = (char)('g' + dice(20));
	for (unsigned i = 1; i < length; i++)
		out[i] = letters[dice(sizeof(letters) - 1)];
	out[length] = '\0';
}

static const char *class_of(enum record_type type)
{
	switch (type) {
	case RECORD_UNTRUST:
		return dice(2) ? "PROGRAM" : "SECFILE";
	case RECORD_INBOUND:
	case RECORD_OUTBOUND:
		return dice(2) ? "HOST" : "TCP";
	default:
		return dice(2) ? "FILE" : "SPECIALPGMSX";
	}
}

/* A text of a field: some of the detailed layout have blanks, some of any layout are missing. */
static void make_text(struct audit_record *r, enum record_field field, enum render_layout layout)
{
	const struct record_kind *kind = record_kind(r->type, r->origin);
	bool required = kind->required & RECORD_BIT(field);
	char text[48];

	if (!required && dice(4) == 0)
		return;
	make_word(text, 1 + dice(40));
	if (layout == RENDER_DETAILED && strlen(text) > 3 && dice(3) == 0)
		text[2] = ' ';
	if (field == RECORD_SESSION)
		snprintf(text, sizeof(text), "%08x:%08x", dice(~0u), dice(~0u));
	record_set_text(r, field, text);
}

/* What parse.c knows to be fixed for an event. */
static void make_fixed(struct audit_record *r)
{
	switch (r->type) {
	case RECORD_CHECK:
		record_set_text(r, RECORD_ACCESS, "Scan");
		record_set_text(r, RECORD_RESOURCE, "SEOS_syscall");
		record_set_text(r, RECORD_PROGRAM, "unload");
		r->stage = STAGE_UNLOAD_CHECK;
		r->reason = 0;
		break;
	case RECORD_LOGOUT:
		r->stage = STAGE_LOGOUT;
		break;
	case RECORD_SHUTDOWN:
		record_set_text(r, RECORD_SERVICE, "seosd");
		r->stage = r->status == 'M' ? STAGE_SHUTDOWN_ALLOWED : STAGE_SHUTDOWN_DENIED;
		break;
	case RECORD_UNTRUST:
		record_set_text(r, RECORD_MODULE, "seoswd");
		r->stage = (int32_t)dice(3);
		break;
	default:
		break;
	}
}

static void make_record(struct audit_record *r, enum record_type type, enum record_origin origin,
			enum render_layout layout)
{
	const struct record_kind *kind = record_kind(type, origin);

	record_init(r, type, 0, kind->statuses[dice((unsigned)strlen(kind->statuses))]);
	r->origin = origin;
	for (unsigned i = 0; i < kind->column_count; i++) {
		enum record_field field = kind->columns[i];

		if (field < RECORD_TEXTS)
			make_text(r, field, layout);
		else
			record_set_number(r, field,
					  field == RECORD_OS_USER ? (int)dice(2) : (int)dice(600));
	}
	if (!kind->event)
		record_set_text(r, RECORD_CLASS, class_of(type));
	if (r->stage == 61)
		r->stage = 62;
	make_fixed(r);
}

static void assert_field(const struct audit_record *r, const struct parse_record *got,
			 enum record_field field)
{
	const struct parse_span *span = &got->fields[field];

	if (field == RECORD_OS_USER) {
		assert_int_equal(got->os_user, r->os_user);
	} else if (field >= RECORD_TEXTS) {
		assert_int_equal(got->numbers[field], record_number(r, field));
	} else if (field != RECORD_SESSION || got->session) {
		assert_int_equal(span->length, strlen(record_text(r, field)));
		assert_memory_equal(span->text, record_text(r, field), span->length);
	}
}

static void assert_read(const struct audit_record *r, const struct render_style *style)
{
	static const struct tm when = {.tm_year = 108, .tm_mon = 8, .tm_mday = 24, .tm_hour = 15};
	const struct record_kind *kind = record_kind(r->type, r->origin);
	static char text[RENDER_MAX];
	size_t length = render_record(style, r, &when, text, sizeof(text));
	struct parse_record got;
	struct parse_fault fault;

	if (!parse_record(text, length, style->brand, &got, &fault))
		fail_msg("%.*s%zu:%zu: %s [%s]", (int)length, text, fault.line, fault.column,
			 fault.text, fault.requirement);
	assert_int_equal(got.type, r->type);
	assert_int_equal(got.status, r->status);
	if (style->layout == RENDER_DETAILED && r->type != RECORD_LOGOUT)
		assert_int_equal(got.origin, r->origin);
	for (unsigned i = 0; i < kind->column_count; i++)
		assert_field(r, &got, kind->columns[i]);
}

static void everything_rendered_is_read(void **state)
{
	static struct audit_record r;

	(void)state;
	for (unsigned type = 1; type <= RECORD_TYPES; type++)
		for (unsigned i = 0; i < 2 * 3 * CODE_BRANDS * ROUNDS; i++) {
			struct render_style style = {.layout = i / 2 % 3,
						     .brand = i / 6 % CODE_BRANDS,
						     .session = dice(2)};

			make_record(&r, type, i % 2 ? RECORD_WINDOWS : RECORD_UNIX, style.layout);
			assert_read(&r, &style);
		}
}

/* Texts with one fault each: its line and column from 1, and its requirement. */
static const struct {
	const char *text;
	size_t line, column;
	const char *requirement;
} faults[] = {
	{"CA PAMSC seaudit", 1, 1, "event/common/1"},
	{"", 1, 1, "event/common/1"},
	{"4 Sep 2008 15:40:46 M START seosd", 1, 1, "event/common/3"},
	{"24 sep 2008 15:40:46 M START seosd", 1, 4, "event/common/2"},
	{"31 Sep 2008 15:40:46 M START seosd", 1, 1, "event/common/1"},
	{"29 Feb 2009 15:40:46 M START seosd", 1, 1, "event/common/1"},
	{"24 Sep 08 15:40:46 M START seosd", 1, 1, "event/common/1"},
	{"24 Sep 2008 24:40:46 M START seosd", 1, 13, "event/common/4"},
	{"24 Sep 2008 15:40 M START seosd", 1, 13, "event/common/4"},
	{"24 Sep 2008 15:40:46 m START seosd", 1, 22, "event/common/6"},
	{"24 Sep 2008 15:40:46 M", 1, 22, "event/common/6"},
	{"24 Sep 2008 15:40:46 P START seosd", 1, 22, "event/start/2"},
	{"24 Sep 2008 15:40:46 M START seosd seagent", 1, 36, "event/start/1"},
	{"24 Sep 2008 15:40:46 M START", 1, 29, "event/start/1"},
	{"24 Sep 2008 15:40:46 M START seosd ", 1, 35, "seaudit/plain/7"},
	{"24 Sep 2008 15:40:46 M START se\tosd", 1, 32, "event/common/20"},
	{"24 Sep 2008 15:40:46 M SHUTDOWN root seosd", 1, 43, "event/shutdown/1"},
	{"24 Sep 2008 15:40:46 M SHUTDOWN 452 seosd", 1, 42, "event/shutdown/1"},
	{"24 Sep 2008 15:40:46 M SHUTDOWN root 452 2 seosd", 1, 44, "event/shutdown/1"},
	{"24 Sep 2008 15:40:46 M SHUTDOWN root 452 seagent", 1, 42, "event/shutdown/9"},
	{"24 Sep 2008 15:40:46 D SHUTDOWN root 452 seosd", 1, 38, "event/shutdown/6"},
	{"24 Sep 2008 15:40:46 M SHUTDOWN root 460 seosd", 1, 38, "event/shutdown/7"},
	{"24 Sep 2008 15:40:46 O LOGOUT root 49 2 -", 1, 41, "event/common/17"},
	{"24 Sep 2008 15:40:46 O LOGOUT root 48 2 tty1", 1, 36, "event/logout/7"},
	{"24 Sep 2008 15:40:46 P LOGOUT root 49 2 tty1", 1, 22, "event/logout/3"},
	{"24 Sep 2008 15:40:46 U FILE seoswd 1 4 /bin/su", 1, 24, "event/untrust/3"},
	{"24 Sep 2008 15:40:46 F CHECK root Read 339 0 SEOS_syscall unload", 1, 35,
	 "event/check/3"},
	{"24 Sep 2008 15:40:46 P FILE root Read 61 2 /etc/passwd", 1, 39, "event/resource/5"},
	{"24 Sep 2008 15:40:46 M SHUTDOWN   root                      452 seosd", 1, 32,
	 "seaudit/padded/4"},
	{"24 Sep 2008 15:40:46 M SHUTDOWN     root                       452 seosd", 1, 62,
	 "seaudit/padded/6"},
	{"24 Sep 2008 15:40:46 O LOGOUT       root                       49   2 tty1", 1, 67,
	 "seaudit/padded/7"},
	{"02 Nov 2008 15:41:06 M START seoswd\nEvent type: Daemon start\nDaemon: seoswd\n"
	 "Date: 02 Nov 2008\nTime: 15:41\n",
	 6, 1, "seaudit/detail/13"},
	{"02 Nov 2008 15:41:06 M START seoswd\nEvent type: Daemon stop\n", 2, 13,
	 "seaudit/detail/13"},
	{"02 Nov 2008 15:41:06 M START seoswd\nEvent type: Daemon start\nUser name: root\n", 3, 1,
	 "seaudit/detail/13"},
	{"02 Nov 2008 15:41:06 M START seoswd\nEvent type: Daemon start\nDaemon\n", 3, 1,
	 "seaudit/detail/4"},
	{"02 Nov 2008 15:41:06 M START seoswd\nEvent type: Daemon start\nDaemon: seosd\n"
	 "Date: 02 Nov 2008\nTime: 15:41\nAudit flags: AC database user\n",
	 1, 30, "seaudit/detail/2"},
	{"02 Nov 2008 15:41:06 M START seoswd\nEvent type: Daemon start\nDaemon: seoswd\n"
	 "Date: 03 Nov 2008\n",
	 4, 7, "seaudit/detail/15"},
	{"02 Nov 2008 15:41:06 M START seoswd\nEvent type: Daemon start\nDaemon: seoswd\n"
	 "Date: 02 Nov 2008\nTime: 15:41:06\n",
	 5, 7, "seaudit/detail/17"},
	{"02 Nov 2008 15:41:06 M START seoswd\nEvent type: Daemon start\nDaemon: seoswd\n"
	 "Date: 02 Nov 2008\nTime: 15:41\nAudit flags: CA PAMSC database user\n",
	 6, 14, "seaudit/detail/21"},
	{"02 Nov 2008 15:41:06 M START seoswd\nEvent type: Daemon start\nDaemon: seoswd\n"
	 "Date: 02 Nov 2008\nTime: 15:41\nAudit flags: AC database user\nTerminal: tty1\n",
	 7, 1, "seaudit/detail/13"},
	{"24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd\nEvent type: Daemon shutdown\n"
	 "User name: root\nDaemon: seosd\nDate: 24 Sep 2008\nTime: 15:40:46\n"
	 "Details: User is ADMIN\nAudit flags: CA PAMSC database user\n",
	 7, 10, "seaudit/detail/7"},
	{"24 Sep 2008 15:40:46 D SHUTDOWN root 460 seosd\nEvent type: Daemon shutdown\n"
	 "User name: root\nDaemon: seosd\nDate: 24 Sep 2008\nTime: 15:40:46\n"
	 "Details: User is not allowed to shutdown CA Access Control\n"
	 "Audit flags: CA PAMSC database user\n",
	 7, 10, "seaudit/detail/23"},
	{"29 Jan 2009 17:23:33 O LOGOUT root 49 2 tty1\nEvent type: Logout\nStatus: Logged out\n",
	 3, 9, "seaudit/detail/26"},
};

static void faults_are_placed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct parse_record record;
		struct parse_fault fault = {0};

		if (parse_record(faults[i].text, strlen(faults[i].text), CODE_PAMSC, &record,
				 &fault))
			fail_msg("taken as it is: %s", faults[i].text);
		if (fault.line + 1 != faults[i].line || fault.column + 1 != faults[i].column ||
		    strcmp(fault.requirement, faults[i].requirement) != 0)
			fail_msg("%s\n%zu:%zu: %s [%s]", faults[i].text, fault.line + 1,
				 fault.column + 1, fault.text, fault.requirement);
	}
}

/* Where values hold blanks, the documented examples are read as they are meant. */
static void blanks_in_values(void **state)
{
	static const char line[] =
		"19 Dec 2008 16:46:53 P LOGIN DOM\\Some User 55 2 term C:\\A B\\c.exe";
	struct parse_record got;
	struct parse_fault fault;

	(void)state;
	assert_true(parse_record(line, strlen(line), CODE_PAMSC, &got, &fault));
	assert_memory_equal(got.fields[RECORD_USER].text, "DOM\\Some User", 13);
	assert_int_equal(got.fields[RECORD_USER].length, 13);
	assert_int_equal(got.fields[RECORD_PROGRAM].length, strlen("C:\\A B\\c.exe"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_rendered_is_read),
		cmocka_unit_test(faults_are_placed),
		cmocka_unit_test(blanks_in_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
