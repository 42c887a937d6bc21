/* SPDX-License-Identifier: MIT */
/*
 * Tests of scan.c: what blocks, the CHECK record, and texts from outside on one line.
 */
#include "ref/core/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void one_call_without_dash_blocks(void **state)
{
	struct scan s = {0};

	(void)state;
	assert_int_equal(scan_status(&s), 'S'); /* secons/scan/38 */
	scan_add(&s, true);
	scan_add(&s, true);
	assert_int_equal(scan_status(&s), 'S');
	scan_add(&s, false); /* secons/scan/37 */
	scan_add(&s, true);
	assert_int_equal(scan_status(&s), 'F');
	assert_int_equal(s.calls, 4);
	assert_int_equal(s.blocking, 1);
}

static void the_record_is_as_documented(void **state)
{
	const struct accessor who = {"root", "48da26ce:00000142", 0, ACCESS_ADMIN, true};
	const struct scan s = {.calls = 2, .blocking = 1};
	struct audit_record r;
	char why[80];

	(void)state;
	scan_record(&r, 1731217642, &who, &s);
	assert_int_equal(record_check(&r, why, sizeof(why)), 0);
	assert_int_equal(r.type, RECORD_CHECK);
	assert_int_equal(r.time_s, 1731217642);
	assert_int_equal(r.status, 'F');
	assert_int_equal(r.stage, 339);
	assert_int_equal(r.reason, 0);
	assert_string_equal(r.user, "root");
	assert_string_equal(r.session, "48da26ce:00000142");
	assert_string_equal(r.access, "Scan");
	assert_string_equal(r.resource, "SEOS_syscall");
	assert_string_equal(r.program, "unload");
	assert_false(r.os_user);
}

static void texts_are_clean(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{"", ""},
		{"/usr/sbin/vsftpd", "/usr/sbin/vsftpd"},
		{"/bin/a b\\c\"", "/bin/a b\\c\""},
		{"/bin/x\nSyscall 1", "/bin/x\\012Syscall 1"},
		{"\001\177\t", "\\001\\177\\011"},
		{"/bin/\303\244", "/bin/\303\244"},
		{"/bin/\342\202\254\360\237\230\200", "/bin/\342\202\254\360\237\230\200"},
		{"\344", "\\344"},                   /* Latin-1 */
		{"\303", "\\303"},                   /* cut */
		{"\342\202x", "\\342\\202x"},        /* cut in the middle */
		{"\300\257", "\\300\\257"},          /* not the shortest form */
		{"\340\200\257", "\\340\\200\\257"}, /* the same */
		{"\360\200\200\257", "\\360\\200\\200\\257"},
		{"\355\240\200", "\\355\\240\\200"},          /* surrogate */
		{"\364\220\200\200", "\\364\\220\\200\\200"}, /* beyond the last */
		{"\365\377", "\\365\\377"},
	};
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		scan_clean_text(rows[i].from, text, sizeof(text));
		assert_string_equal(text, rows[i].to);
		scan_clean_text(rows[i].to, text, sizeof(text));
		assert_string_equal(text, rows[i].to);
	}
}

static void long_texts_are_cut_whole_characters(void **state)
{
	char text[8];

	(void)state;
	scan_clean_text("1234567", text, sizeof(text));
	assert_string_equal(text, "1234567");
	scan_clean_text("12345678", text, sizeof(text));
	assert_string_equal(text, "1234567");
	scan_clean_text("123456\303\244", text, sizeof(text));
	assert_string_equal(text, "123456");
	scan_clean_text("1234\n5", text, sizeof(text));
	assert_string_equal(text, "1234");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_call_without_dash_blocks),
		cmocka_unit_test(the_record_is_as_documented),
		cmocka_unit_test(texts_are_clean),
		cmocka_unit_test(long_texts_are_cut_whole_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
