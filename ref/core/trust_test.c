/* SPDX-License-Identifier: MIT */
/*
 * Tests of trust.c: what is remembered comes back, and every kind of change is told apart.
 */
#include "ref/core/trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct trust su = {
	.mode = 04755,
	.uid = 0,
	.gid = UINT32_MAX,
	.size_bytes = 71912,
	.mtime_s = -1,
	.crc = 0xdeadbeef,
	.digest = {0x00, 0x1f, 0xff},
};

static void it_comes_back(void **state)
{
	char text[TRUST_TEXT_MAX];
	struct trust back;

	(void)state;
	trust_format(&su, text);
	assert_true(trust_parse(text, &back));
	assert_int_equal(trust_compare(&su, &back), TRUST_SAME);
	assert_memory_equal(back.digest, su.digest, sizeof(su.digest));
	for (size_t n = strlen(text); n-- > 0;) {
		text[n] = '\0';
		assert_false(trust_parse(text, &back));
	}
	trust_format(&su, text);
	memcpy(text + strlen(text), "0", 2);
	assert_false(trust_parse(text, &back));
	trust_format(&su, text);
	text[strlen(text) - 1] = 'G';
	assert_false(trust_parse(text, &back));
}

static void changes_are_told_apart(void **state)
{
	struct trust other[] = {su, su, su, su, su, su, su};
	static const enum trust_reason reasons[] = {
		TRUST_STAT_CHANGED, TRUST_STAT_CHANGED, TRUST_STAT_CHANGED, TRUST_STAT_CHANGED,
		TRUST_STAT_CHANGED, TRUST_CRC,          TRUST_DIGEST,
	};

	(void)state;
	other[0].mode = 0755;
	other[1].uid = 1;
	other[2].gid = 0;
	other[3].size_bytes++;
	other[4].mtime_s++;
	other[5].crc++;
	other[6].digest[31] = 1;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		assert_int_equal(trust_compare(&su, &other[i]), reasons[i]);
		assert_int_equal(trust_compare_stat(&su, &other[i]),
				 i < 5 ? TRUST_STAT_CHANGED : TRUST_SAME);
	}
}

static void the_record_names_file_and_reason(void **state)
{
	struct audit_record r;
	char why[80];

	(void)state;
	trust_record(&r, 1225640466, "PROGRAM", "/usr/bin/su", TRUST_STAGE_CHANGED, TRUST_CRC);
	assert_int_equal(record_check(&r, why, sizeof(why)), 0);
	assert_int_equal(r.status, 'U');
	assert_int_equal(r.stage, 1);
	assert_int_equal(r.message, 4);
	assert_string_equal(r.module, "seoswd");
	assert_string_equal(r.resource, "/usr/bin/su");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_comes_back),
		cmocka_unit_test(changes_are_told_apart),
		cmocka_unit_test(the_record_names_file_and_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
