/* SPDX-License-Identifier: MIT */
/*
 * Switches, which say what records seaudit shows, and how it is called wrongly. Not for: layouts
 * (plain, padded, detail), codes.
 */
#include "conformance/cases/records.h"

#define DATE       "02 Nov 2008 15:41:06 "

/* A line of each kind. */
#define LOGIN_1    DATE "P LOGIN tst001 19 2 tty1 SSH\n"
#define LOGIN_2    DATE "D LOGIN tst002 5 2 tty2 SSH\n"
#define ENABLED    DATE "E LOGIN tst002 0 10 tty1 serevu\n"
#define DISABLED   DATE "I LOGIN tst002 0 10 tty1 serevu\n"
#define ATTEMPT    DATE "A LOGIN tst003 8 2 tty1 SSH\n"
#define FILE_1     DATE "P FILE tst001 Read 59 2 /etc/hosts /bin/ed\n"
#define FILE_2     DATE "D FILE tst002 Write 59 2 /etc/passwd /bin/ed\n"
#define PROCESS    DATE "D PROCESS tst001 Kill 62 2 seosd /bin/kill\n"
#define INBOUND    DATE "D HOST telnet 421 2 one.com inetd\n"
#define OUTBOUND   DATE "P HOST ftp tst001 421 2 two.com ftp\n"
#define CONNECTED  DATE "P TCP 8080 tst001 409 2 one.com curl\n"
#define START      DATE "M START seosd\n"

#define EVERYTHING LOGIN_1 LOGIN_2 ENABLED DISABLED ATTEMPT FILE_1 FILE_2 PROCESS INBOUND OUTBOUND

/* What is in the log. No switch shows traces. */
static const struct example given[] = {
	{RECORD("login", "P",
		"'user':'tst001','stage':19,'reason':2,'terminal':'tty1','program':'SSH'"),
	 LOGIN_1},
	{RECORD("login", "D",
		"'user':'tst002','stage':5,'reason':2,'terminal':'tty2','program':'SSH'"),
	 LOGIN_2},
	{RECORD("login-enabled", "E",
		"'user':'tst002','reason':10,'terminal':'tty1','program':'serevu'"),
	 ENABLED},
	{RECORD("login-disabled", "I",
		"'user':'tst002','reason':10,'terminal':'tty1','program':'serevu'"),
	 DISABLED},
	{RECORD("password-attempt", "A",
		"'user':'tst003','stage':8,'reason':2,'terminal':'tty1','program':'SSH'"),
	 ATTEMPT},
	{RECORD("resource", "P",
		"'class':'FILE','user':'tst001','access':'Read','stage':59,'reason':2,"
		"'resource':'/etc/hosts','program':'/bin/ed'"),
	 FILE_1},
	{RECORD("resource", "D",
		"'class':'FILE','user':'tst002','access':'Write','stage':59,'reason':2,"
		"'resource':'/etc/passwd','program':'/bin/ed'"),
	 FILE_2},
	{RECORD("resource", "D",
		"'class':'PROCESS','user':'tst001','access':'Kill','stage':62,'reason':2,"
		"'resource':'seosd','program':'/bin/kill'"),
	 PROCESS},
	{RECORD("inbound", "D",
		"'class':'HOST','service':'telnet','stage':421,'reason':2,'host':'one.com',"
		"'program':'inetd'"),
	 INBOUND},
	{RECORD("outbound", "P",
		"'class':'HOST','service':'ftp','user':'tst001','stage':421,'reason':2,"
		"'host':'two.com','program':'ftp'"),
	 OUTBOUND},
	{RECORD("outbound", "P",
		"'class':'TCP','service':'8080','user':'tst001','stage':409,'reason':2,"
		"'host':'one.com','program':'curl'"),
	 CONNECTED},
	{RECORD("trace", "P",
		"'user':'tst001','effective_user':'root','real_user':'tst001',"
		"'class':'FILE','resource':'/etc/hosts','stage':59,'trace':'a trace'"),
	 ""},
	{RECORD("start", "M", "'service':'seosd'"), START},
};

/* seaudit called in some way, and the records it then shows. */
struct selection {
	const char *words[8];
	const char *shown;
};

static void assert_selections(struct target *t, const struct selection *rows, size_t count)
{
	give_ok(t, AUDIT_LOG, records_of(given, ROWS(given)));
	for (size_t i = 0; i < count; i++) {
		const struct result *r = case_run_ok(t, NULL, rows[i].words, __FILE__, __LINE__);

		assert_out(r, rows[i].shown);
	}
}

/* seaudit/options/2: all but traces; seaudit/options/3, seaudit/options/12: connected TCP with its
 * port when asked for. seaudit/options/1: the switch first. */
CASE(all, REQUIREMENTS("seaudit/options/1", "seaudit/options/2", "seaudit/options/3",
		       "seaudit/options/12"))
{
	static const struct selection rows[] = {
		{{"seaudit", "-a"}, EVERYTHING START},
		{{"seaudit", "-all"}, EVERYTHING START},
		{{"seaudit", "-a", "-c"}, EVERYTHING CONNECTED START},
	};

	assert_selections(t, rows, ROWS(rows));
}

/* seaudit/options/6: users and terminal; seaudit/options/7: serevu and passwords belong to it. */
CASE(login, REQUIREMENTS("seaudit/options/6", "seaudit/options/7"))
{
	static const struct selection rows[] = {
		{{"seaudit", "-l", "tst001", "tty1"}, LOGIN_1},
		{{"seaudit", "-login", "tst002", "tty2"}, LOGIN_2},
		{{"seaudit", "-l", "tst001", "tty2"}, ""},
		{{"seaudit", "-login", "tst001,tst002", "tty1"}, LOGIN_1 ENABLED DISABLED},
		{{"seaudit", "-login", "tst003", "tty1"}, ATTEMPT},
	};

	assert_selections(t, rows, ROWS(rows));
}

/* seaudit/options/5: host and service, which in the documented call stand behind an option. */
CASE(inet, REQUIREMENTS("seaudit/options/5", "seaudit/options/12"))
{
	static const struct selection rows[] = {
		{{"seaudit", "-i", "one.com", "telnet"}, INBOUND},
		{{"seaudit", "-inet", "two.com", "ftp"}, OUTBOUND},
		{{"seaudit", "-i", "one.com", "ftp"}, ""},
		{{"seaudit", "-i", "one.com", "8080"}, ""},
		{{"seaudit", "-i", "-c", "one.com", "8080"}, CONNECTED},
	};

	assert_selections(t, rows, ROWS(rows));
}

/* seaudit/options/8, seaudit/options/9: class, resource and users. */
CASE(resource, REQUIREMENTS("seaudit/options/8", "seaudit/options/9"))
{
	static const struct selection rows[] = {
		{{"seaudit", "-resource", "FILE", "/etc/hosts", "tst001"}, FILE_1},
		{{"seaudit", "-resource", "FILE", "/etc/hosts", "tst002"}, ""},
		{{"seaudit", "-resource", "PROCESS", "seosd", "tst002,tst001"}, PROCESS},
		{{"seaudit", "-resource", "FILE", "seosd", "tst001"}, ""},
	};

	assert_selections(t, rows, ROWS(rows));
}

/* seaudit/options/10: every argument is a mask; seaudit/options/11: what * and ? stand for, and
 * that nothing else stands for anything. */
CASE(masks, REQUIREMENTS("seaudit/options/10", "seaudit/options/11"))
{
	static const struct selection rows[] = {
		{{"seaudit", "-l", "*", "*"}, LOGIN_1 LOGIN_2 ENABLED DISABLED ATTEMPT},
		{{"seaudit", "-l", "tst00?", "tty2"}, LOGIN_2},
		{{"seaudit", "-l", "tst00", "tty2"}, ""},
		{{"seaudit", "-l", "tst00?", "tty?*2"}, ""},
		{{"seaudit", "-l", "t*001*", "t*1"}, LOGIN_1},
		{{"seaudit", "-l", "tst00[12]", "*"}, ""},
		{{"seaudit", "-l", "tst...", "*"}, ""},
		{{"seaudit", "-i", "*.com", "*t*"}, INBOUND OUTBOUND},
		{{"seaudit", "-i", "???.com", "telnet"}, INBOUND},
		{{"seaudit", "-resource", "F*", "/etc/*s*", "*"}, FILE_1 FILE_2},
		{{"seaudit", "-resource", "F*", "/etc/*", "*2,x"}, FILE_2},
	};

	assert_selections(t, rows, ROWS(rows));
}

/* seaudit/options/4: both names of the help. */
CASE(help, REQUIREMENTS("seaudit/options/4"))
{
	static const char *const names[] = {"-h", "-help"};

	for (size_t i = 0; i < ROWS(names); i++) {
		const struct result *r = run(t, "seaudit", names[i]);

		assert_exit(r, 0);
		assert_out_match(r, "[Uu]sage: *seaudit");
		assert_err(r, "");
	}
}

/* seaudit/options/13: what the code of an untrust record means. */
CASE(stat, REQUIREMENTS("seaudit/options/13"))
{
	assert_out_match(run_ok(t, "seaudit", "-Stat", "4"), "CRC check failed");
	assert_out_match(run_ok(t, "seaudit", "-Stat", "1"), "Stat was changed");
}

/* seaudit/options/17: another log than the configured one. */
CASE(in, REQUIREMENTS("seaudit/options/17"))
{
	static const char other[] = "/opt/CA/PAMSC/log/other.audit";

	give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'seosd'"));
	give_ok(t, other, RECORD("start", "M", "'service':'seoswd'"));
	assert_out(run_ok(t, "seaudit", "-a", "-in", other), DATE "M START seoswd\n");
}

/* seaudit/options/20: what is no use of it: the usage, exit 2 and not a record. */
CASE(wrong_usage, REQUIREMENTS("seaudit/options/20"))
{
	static const char *const uses[][6] = {
		{"seaudit"},
		{"seaudit", "-detail"},
		{"seaudit", "-a", "-t"},
		{"seaudit", "-a", "-a"},
		{"seaudit", "-a", "-q"},
		{"seaudit", "-login"},
		{"seaudit", "-login", "tst001"},
		{"seaudit", "-resource", "FILE", "/etc/hosts"},
		{"seaudit", "-a", "-in"},
		{"seaudit", "-a", "-brand"},
		{"seaudit", "-a", "-brand", "other"},
		{"seaudit", "-Stat"},
	};

	give_ok(t, AUDIT_LOG, records_of(given, ROWS(given)));
	for (size_t i = 0; i < ROWS(uses); i++) {
		const struct result *r = case_run(t, NULL, uses[i], __FILE__, __LINE__);

		assert_exit(r, 2);
		assert_out(r, "");
		assert_err_match(r, "[Uu]sage: *seaudit");
	}
}

/* seaudit/options/21: no log; seaudit/options/17: none where -in says. */
CASE(no_log, REQUIREMENTS("seaudit/options/21"))
{
	static const char missing[] = "/opt/CA/PAMSC/log/missing.audit";
	const struct result *r = run(t, "seaudit", "-a", "-in", missing);

	assert_exit(r, 1);
	assert_out(r, "");
	assert_error_line(r, "seaudit");
	assert_err_match(r, missing);
	r = run(t, "seaudit", "-a");
	assert_exit(r, 1);
	assert_out(r, "");
	assert_error_line(r, "seaudit");
	assert_err_match(r, AUDIT_LOG);
}

/* Writes three records, the last bytes of the second one replaced; returns where that begins. */
static uint64_t damage_second(struct target *t, const char *replacement)
{
	uint64_t from, to;

	give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'seosd'"));
	from = file_size(t, AUDIT_LOG);
	give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'damaged'"));
	to = file_size(t, AUDIT_LOG);
	file_resize(t, AUDIT_LOG, to - 4);
	file_append(t, AUDIT_LOG, replacement);
	file_resize(t, AUDIT_LOG, to); /* with zeros where there is no replacement */
	give_ok(t, AUDIT_LOG,
		RECORD("start", "M", "'service':'seagent'")
			RECORD("start", "M", "'service':'seoswd'"));
	return from;
}

/* seaudit/options/22: what stands before and behind a damaged record is shown, and where it is;
 * log/format/3: the record itself is not, however little is wrong with it. */
CASE(damaged_record, REQUIREMENTS("seaudit/options/22", "log/format/3"))
{
	static const char *const replacements[] = {"AGED", ""};

	for (size_t i = 0; i < ROWS(replacements); i++) {
		uint64_t from = damage_second(t, replacements[i]);
		const struct result *r = run(t, "seaudit", "-a");

		assert_exit(r, 1);
		assert_out(r,
			   DATE "M START seosd\n" DATE "M START seagent\n" DATE "M START seoswd\n");
		assert_error_line(r, "seaudit");
		assert_err_match(r, text_format("%s.*[^0-9]%d([^0-9]|$)", AUDIT_LOG, (int)from));
		file_remove(t, AUDIT_LOG);
	}
}

/* seaudit/options/22: text that somebody appended. */
CASE(foreign_text, REQUIREMENTS("seaudit/options/22"))
{
	const struct result *r;

	give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'seosd'"));
	file_append(t, AUDIT_LOG, "02 Nov 2008 15:41:06 M START forged\n");
	give_ok(t, AUDIT_LOG, RECORD("start", "M", "'service':'seoswd'"));
	r = run(t, "seaudit", "-a");
	assert_exit(r, 1);
	assert_out(r, DATE "M START seosd\n" DATE "M START seoswd\n");
	assert_err_match(r, AUDIT_LOG);
}
