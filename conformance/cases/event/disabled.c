/* SPDX-License-Identifier: MIT */
/*
 * Records of disabled login accounts as seaudit shows them. Not for: serevu, which disables them.
 */
#include "conformance/cases/records.h"

/* event/disabled/1: the fields and their order, no session id among them. */
CASE(fields, REQUIREMENTS("event/disabled/1", "event/disabled/3", "event/disabled/4"))
{
	static const struct example rows[] = {
		{RECORD("login-disabled", "I",
			"'user':'tst001','stage':0,'reason':10,'terminal':'localhost',"
			"'program':'serevu'"),
		 "02 Nov 2008 15:41:06 I LOGIN tst001 0 10 localhost serevu"},
		{RECORD("login-disabled", "I",
			"'user':'tst002','stage':0,'reason':10,'terminal':'localhost',"
			"'program':'serevu','os_user':true"),
		 "02 Nov 2008 15:41:06 I LOGIN tst002 0 10 localhost serevu (OS user)"},
	};

	assert_lines(t, rows, "-a", "-sessionid");
}
