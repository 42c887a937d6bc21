/* SPDX-License-Identifier: MIT */
/*
 * Records of enabled login accounts as seaudit shows them. Not for: serevu, which enables them.
 */
#include "conformance/cases/records.h"

/* event/enabled/1: the fields and their order, no session id among them. */
CASE(fields, REQUIREMENTS("event/enabled/1", "event/enabled/3"))
{
	static const struct example rows[] = {
		{RECORD("login-enabled", "E",
			"'user':'tst001','stage':0,'reason':10,'terminal':'localhost',"
			"'program':'serevu'"),
		 "02 Nov 2008 15:41:06 E LOGIN tst001 0 10 localhost serevu"},
		{RECORD("login-enabled", "E",
			"'user':'tst002','stage':0,'reason':10,'terminal':'localhost',"
			"'program':'serevu','os_user':true"),
		 "02 Nov 2008 15:41:06 E LOGIN tst002 0 10 localhost serevu (OS user)"},
	};

	assert_lines(t, rows, "-a", "-sessionid");
}
