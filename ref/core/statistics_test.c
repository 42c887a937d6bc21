/* SPDX-License-Identifier: MIT */
/*
 * Test of statistics.c: the documented example, byte for byte as far as it is documented.
 */
#include "ref/core/statistics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void the_documented_example(void **state)
{
	const struct statistics s = {
		.granted = 17,
		.accessors = 11,
		.trusted = 77,
		.untrusted = 3,
		.classes = 235,
		.properties = 4829,
		.objects = 842,
		.values = 4109,
		.daemons = {{"seosd", 4265, true, (UINT64_C(13) << 20) + 1, UINT64_C(8) << 20},
			    {"seagent", 4268, false, 0, 0},
			    {"seoswd", 0, false, 0, 0}},
	};
	char text[STATISTICS_TEXT_MAX];

	(void)state;
	statistics_format(&s, text);
	assert_string_equal(text, "Runtime Statistics:\n"
				  "--------------------\n"
				  "           INet statistics:\n"
				  "                 Requests denied   : 0\n"
				  "                 Requests granted  : 17\n"
				  "                 Errors found      : 0\n"
				  "           Queues size:\n"
				  "                 Audit log: 0\n"
				  "                 Error log: 0\n"
				  "           Cached tables info:\n"
				  "                 ACEE handles      :      11\n"
				  "                 Protected clients :      0\n"
				  "                 Trusted programs  :      77\n"
				  "                 Untrusted programs:      3\n"
				  "           Database info: (Record count & first free ID)\n"
				  "                 Classes     :    235 ( CID     0x00ec )\n"
				  "                 Properties  :   4829 ( PID     0x12de )\n"
				  "                 Objects     :    842 ( OID 0x0000034b )\n"
				  "                 PropVals    :   4109 ( N/A )\n"
				  "CA PAMSC memory utilization statistics:\n"
				  "-----------------------------------------------\n"
				  "CA PAMSC security daemon (seosd, pid=4265 Total=13MB Res=8MB)\n"
				  "CA PAMSC agent daemon (seagent, pid=4268)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_documented_example)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
