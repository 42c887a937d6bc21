/* SPDX-License-Identifier: MIT */
/*
 * selogimport, which appends given records to a log. Not for: how each of them is shown (event/).
 */
#include "conformance/cases/records.h"

#define DATE "02 Nov 2008 15:41:06 "

/* log/import/1: the documented example, appended to what is there. */
CASE(appends, REQUIREMENTS("log/import/1"))
{
	const struct run_options seagent = {
		.input = records_json(RECORD("start", "M", "'service':'seagent'"))};
	const struct run_options example = {
		.input = "{\"type\":\"start\",\"date\":\"02 Nov 2008\",\"time\":\"15:41:06\","
			 "\"status\":\"M\",\"service\":\"seoswd\"}\n"};

	assert_exit(run_as(t, &seagent, "selogimport", AUDIT_LOG), 0);
	assert_exit(run_as(t, &example, "selogimport", AUDIT_LOG), 0);
	assert_out(run_ok(t, "seaudit", "-a"), DATE "M START seagent\n" DATE "M START seoswd\n");
}

/* log/import/2: all types. Traces are shown by no switch. */
CASE(types, REQUIREMENTS("log/import/2"))
{
	static const struct example rows[] = {
		{RECORD("login", "P", "'user':'u'"), DATE "P LOGIN u 0 0"},
		{RECORD("logout", "O", "'user':'u'"), DATE "O LOGOUT u 0 0"},
		{RECORD("login-enabled", "E", "'user':'u'"), DATE "E LOGIN u 0 0"},
		{RECORD("login-disabled", "I", "'user':'u'"), DATE "I LOGIN u 0 0"},
		{RECORD("password-attempt", "A", "'user':'u'"), DATE "A LOGIN u 0 0"},
		{RECORD("resource", "P",
			"'class':'FILE','user':'u','access':'Read','resource':'/x'"),
		 DATE "P FILE u Read 0 0 /x"},
		{RECORD("untrust", "U", "'class':'PROGRAM','module':'seoswd','resource':'/x'"),
		 DATE "U PROGRAM seoswd 0 0 /x"},
		{RECORD("inbound", "P", "'class':'HOST','service':'ftp','host':'h'"),
		 DATE "P HOST ftp 0 0 h"},
		{RECORD("outbound", "P", "'class':'HOST','service':'ftp','user':'u','host':'h'"),
		 DATE "P HOST ftp u 0 0 h"},
		{RECORD("admin", "S", "'class':'USER','user':'u','resource':'x'"),
		 DATE "S UPDATE USER u 0 0 x"},
		{RECORD("start", "M", "'service':'seosd'"), DATE "M START seosd"},
		{RECORD("shutdown", "M", "'user':'u','service':'seosd'"),
		 DATE "M SHUTDOWN u 0 seosd"},
		{RECORD("password", "F", "'user':'u'"), DATE "F PASSWORD u 0 0"},
		{RECORD("check", "S", "'user':'u','access':'Scan','resource':'x'"),
		 DATE "S CHECK u Scan 0 0 x"},
	};

	give_ok(t, AUDIT_LOG, RECORD("trace", "P", "'user':'u','trace':'text'"));
	assert_lines(t, rows, "-a");
}

/* log/import/3: the keys, each with a value that cannot be another's. */
CASE(keys, REQUIREMENTS("log/import/3"))
{
	static const struct example rows[] = {
		{RECORD("resource", "P",
			"'user':'USER','session':'SESSION','effective_user':'EFFECTIVE',"
			"'class':'CLASS','access':'ACCESS','stage':11,'reason':22,"
			"'resource':'RESOURCE','program':'PROGRAM','terminal':'TERMINAL'"),
		 DATE "P CLASS USER SESSION ACCESS 11 22 RESOURCE PROGRAM TERMINAL EFFECTIVE"},
		{RECORD("inbound", "P",
			"'class':'CLASS','service':'SERVICE','host':'HOST','program':'PROGRAM'"),
		 DATE "P CLASS SERVICE 0 0 HOST PROGRAM"},
		{RECORD("admin", "S",
			"'class':'CLASS','user':'USER','resource':'RESOURCE',"
			"'terminal':'TERMINAL','command':'COMMAND'"),
		 DATE "S UPDATE CLASS USER 0 0 RESOURCE TERMINAL COMMAND"},
		{RECORD("untrust", "U",
			"'class':'CLASS','module':'MODULE','message':33,'resource':'RESOURCE'"),
		 DATE "U CLASS MODULE 0 33 RESOURCE"},
	};

	give_ok(t, AUDIT_LOG,
		RECORD("trace", "P", "'user':'USER','real_user':'REAL','trace':'TRACE'"));
	assert_lines(t, rows, "-a", "-sessionid");
}

/* log/import/4: marks of user and endpoint, given and left out. */
CASE(marks, REQUIREMENTS("log/import/4"))
{
	static const char *const marks[] = {
		"'user':'u','service':'seosd'",
		"'user':'u','service':'seosd','os_user':false,'origin':'unix'",
		"'user':'u','service':'seosd','os_user':true,'origin':'windows'",
	};
	const struct result *r;

	for (size_t i = 0; i < ROWS(marks); i++)
		give_ok(t, AUDIT_LOG,
			text_format("{'type':'shutdown','date':'02 Nov 2008','time':'15:41:06',"
				    "'status':'M',%s}\n",
				    marks[i]));
	r = run_ok(t, "seaudit", "-a", "-detail");
	assert_line_count(r, "Event type: Daemon shutdown", 2);
	assert_line_count(r, "Event type: Engine service shutdown", 1);
	assert_line_count(r, "Audit flags: (OS user)", 1);
}

/* log/import/5: what conform lint reads of a printed log makes the same log again. */
CASE(round_trip, REQUIREMENTS("log/import/5"), .where = ON_GUEST)
{
	static const char copy[] = "/root/copy.audit";
	const struct result *shown;
	const struct result *read;

	give_ok(t, AUDIT_LOG,
		RECORD("start", "M", "'service':'seosd'") RECORD(
			"shutdown", "D",
			"'user':'tst002','session':'48da26ce:00000142','stage':460,"
			"'service':'seosd','os_user':true")
			RECORD("login", "P",
			       "'user':'DOM\\\\Some User','stage':55,'reason':2,'terminal':'tty 1',"
			       "'program':'C:\\\\A B\\\\c.exe','origin':'windows'")
				RECORD("untrust", "U",
				       "'class':'PROGRAM','module':'seoswd','stage':1,'message':4,"
				       "'resource':'/usr/bin/su'"));
	shown = run_ok(t, "seaudit", "-a", "-detail");
	read = run_as(t, &(struct run_options){.input = shown->out}, "conform", "lint", "--json");
	assert_exit(read, 0);
	assert_exit(run_as(t, &(struct run_options){.input = read->out}, "selogimport", copy), 0);
	assert_out(run_ok(t, "seaudit", "-a", "-detail", "-in", copy), shown->out);
	assert_out(run_ok(t, "seaudit", "-a", "-padded", "-sessionid", "-in", copy),
		   run_ok(t, "seaudit", "-a", "-padded", "-sessionid")->out);
}

/* log/import/6: the log of a running seosd stays as it is. */
CASE(owned, REQUIREMENTS("log/import/6"), .needs = CAP_ROOT)
{
	const struct result *r;
	uint64_t bytes;

	run_ok(t, "selang", "-c", "newusr root admin");
	run_ok(t, "seosd");
	bytes = file_size(t, AUDIT_LOG);
	r = give(t, AUDIT_LOG, RECORD("start", "M", "'service':'forged'"));
	assert_exit(r, 1);
	assert_error_line(r, "selogimport");
	assert_true(file_size(t, AUDIT_LOG) == bytes);
	assert_int_equal(text_match_count(run_ok(t, "seaudit", "-a")->out, "forged"), 0);
}

/* log/import/7: lines that are no record, or not of their type (log/import/2): what stands before
 * is appended, what follows is not, and the line is named. */
CASE(bad_lines, REQUIREMENTS("log/import/7", "log/import/2"))
{
#define COMMON "'date':'02 Nov 2008','time':'15:41:06'"
	static const char *const bad[] = {
		"nonsense\n",
		"[1,2]\n",
		"{'type':'start'\n",
		"\n",
		"{'date':'02 Nov 2008','time':'15:41:06','status':'M','service':'seosd'}\n",
		"{'type':'start','time':'15:41:06','status':'M','service':'seosd'}\n",
		"{'type':'start','date':'02 Nov 2008','status':'M','service':'seosd'}\n",
		"{'type':'start'," COMMON ",'service':'seosd'}\n",
		"{'type':'begin'," COMMON ",'status':'M','service':'seosd'}\n",
		"{'type':'start'," COMMON ",'status':'MM','service':'seosd'}\n",
		"{'type':'start','date':'31 Feb 2008','time':'15:41:06','status':'M',"
		"'service':'seosd'}\n",
		"{'type':'start','date':'02 Nov 2008','time':'25:00:00','status':'M',"
		"'service':'seosd'}\n",
		"{'type':'start'," COMMON ",'status':'M','service':7}\n",
		"{'type':'shutdown'," COMMON ",'status':'M','user':'u','service':'seosd',"
		"'stage':'452'}\n",
		"{'type':'start'," COMMON ",'status':'M','service':'seosd','origin':'vms'}\n",
	};
#undef COMMON
	const char *shown = "";

	for (size_t i = 0; i < ROWS(bad); i++) {
		const struct result *r =
			give(t, AUDIT_LOG,
			     text_format("%s%s%s", RECORD("start", "M", "'service':'seosd'"),
					 bad[i], RECORD("start", "M", "'service':'never'")));

		assert_exit(r, 1);
		assert_error_line(r, "selogimport");
		assert_err_match(r, "[^0-9]2([^0-9]|$)");
		shown = text_format("%s%s", shown, DATE "M START seosd\n");
		assert_out(run_ok(t, "seaudit", "-a"), shown);
	}
}
