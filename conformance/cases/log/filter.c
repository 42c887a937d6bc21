/* SPDX-License-Identifier: MIT */
/*
 * audit.cfg: which records are not written. Rules of every kind are tried on given records, which
 * are filtered as seosd does it; rules of what seosd records itself, on seosd. Not for: choosing
 * records of a route (daemon/selogrd).
 */
#include "conformance/cases/product.h"
#include "conformance/cases/records.h"

#define AUDIT_CFG "/opt/CA/PAMSC/etc/audit.cfg"
#define RULES     "/opt/CA/PAMSC/etc/rules"

/* A rule, and how many of the records it leaves. */
struct row {
	const char *rule;
	unsigned left;
};

static void check(struct target *t, const char *records, const struct row *rows, size_t count)
{
	unsigned before = 0;

	for (size_t i = 0; i < count; i++) {
		unsigned now;

		file_write(t, RULES, text_format("# one rule\n%s\n", rows[i].rule));
		assert_exit(run_as(t, &(struct run_options){.input = records_json(records)},
				   "selogimport", "-filter", RULES, AUDIT_LOG),
			    0);
		now = text_match_count(run_ok(t, "seaudit", "-a", "-c")->out, ".") +
		      text_match_count(run_ok(t, "seaudit", "-trace")->out, ".");
		if (now - before != rows[i].left)
			print_error("rule %s\n", rows[i].rule);
		assert_int_equal(now - before, rows[i].left);
		before = now;
	}
}

#define LOGINS                                                                                     \
	RECORD("login", "P", "'user':'root','terminal':'_CRONJOB_','program':'SBIN_CRON'")         \
	RECORD("login", "D", "'user':'root','terminal':'tty1','program':'login'")                  \
	RECORD("logout", "O", "'user':'root','terminal':'_CRONJOB_'")                              \
	RECORD("login-disabled", "I", "'user':'tst001','program':'serevu'")                        \
	RECORD("login-enabled", "E", "'user':'tst001','program':'serevu'")                         \
	RECORD("password-attempt", "A", "'user':'tst001','terminal':'host1'")

/* log/filter/1, log/filter/2 */
CASE(login, REQUIREMENTS("log/filter/1", "log/filter/2"), .needs = CAP_ROOT)
{
	static const struct row rows[] = {
		{"LOGIN;root;*;_CRONJOB_;*;O", 5},
		{"LOGIN;root;*;*;SBIN_CRON;P", 5},
		{"LOGIN;*;*;*;*;*", 0},
		{"LOGIN;*;*;*;*;D", 5},
		{"LOGIN;*;*;*;*;I", 5},
		{"LOGIN;*;*;*;*;E", 5},
		{"LOGIN;*;*;*;*;A", 5},
		{"LOGIN;*;*;*;*;P", 5},
		{"LOGIN;tst*;*;*;*;*", 3},
		{"LOGIN;*;0;*;*;*", 3},
		{"LOGIN;*;2001;*;*;*", 3},
		{"LOGIN;*;54321;*;*;*", 6},
		{"LOGIN;*;*;tty?;*;*", 5},
		{"LOGIN;root;*;tty1;login;P", 6},
	};

	user_add(t, "tst001", 2001);
	check(t, LOGINS, rows, ROWS(rows));
}

/* log/filter/3 */
CASE(resource, REQUIREMENTS("log/filter/3"), .needs = CAP_ROOT)
{
	static const struct row rows[] = {
		{"FILE;*;*;*;*;*", 1},
		{"FILE;/etc/*;*;*;*;*", 1},
		{"FILE;/tmp/*;*;*;*;*", 2},
		{"FILE;*;root;*;*;*", 2},
		{"FILE;*;tst001;/bin/*;*;*", 1},
		{"*;*;*;*;Read;D", 1},
		{"FILE;*;*;*;Write;*", 2},
		{"*;*;*;*;*;P", 1},
		{"*;*;*;*;*;*", 0},
	};

	check(t,
	      RECORD("resource", "D",
		     "'class':'FILE','user':'tst001','access':'Read','resource':'/etc/shadow',"
		     "'program':'/bin/cat'")
		      RECORD("resource", "P",
			     "'class':'WINSERVICE','user':'root','access':'Read','resource':'x'"),
	      rows, ROWS(rows));
}

/* log/filter/4 */
CASE(network, REQUIREMENTS("log/filter/4"), .needs = CAP_ROOT)
{
	static const struct row rows[] = {
		{"TCP;*;*;*;*;*", 1},      {"TCP;*;*;*;R;*", 2},       {"TCP;*;*;*;W;*", 2},
		{"TCP;telnet;*;*;*;*", 2}, {"TCP;*;host1;*;*;*", 2},   {"TCP;*;*;/bin/*;*;*", 2},
		{"TCP;*;*;*;R;P", 3},      {"TCP;*;*;*;R;D", 2},       {"HOST;*;*;*;*;*", 2},
		{"HOST;ftp;h*;*;*;P", 2},  {"HOST;telnet;*;*;*;*", 3},
	};

	check(t,
	      RECORD("inbound", "D",
		     "'class':'TCP','service':'telnet','host':'host1','program':'/usr/sbin/in'")
		      RECORD("outbound", "P",
			     "'class':'TCP','service':'http','user':'u','host':'host2',"
			     "'program':'/bin/get'")
			      RECORD("inbound", "P",
				     "'class':'HOST','service':'ftp','host':'host1','program':'x'"),
	      rows, ROWS(rows));
}

/* log/filter/6 */
CASE(trace, REQUIREMENTS("log/filter/6"), .needs = CAP_ROOT)
{
	static const struct row rows[] = {
		{"TRACE;*;*;*;*;*;*;*", 0},       {"TRACE;FILE;*;*;*;*;*;*", 0},
		{"TRACE;*;/etc/*;*;*;*;*;*", 0},  {"TRACE;*;*;root;*;*;*;*", 0},
		{"TRACE;*;*;*;adm;*;*;*", 0},     {"TRACE;*;*;*;*;acu;*;*", 0},
		{"TRACE;*;*;*;*;*;D;*", 1},       {"TRACE;*;*;*;*;*;P;*open*", 0},
		{"TRACE;*;*;*;*;*;*;*close*", 1}, {"TRACE;*;*;adm;*;*;*;*", 1},
	};

	check(t,
	      RECORD("trace", "P",
		     "'user':'acu','effective_user':'adm','real_user':'root','class':'FILE',"
		     "'resource':'/etc/passwd','trace':'file open by root'"),
	      rows, ROWS(rows));
}

/* log/filter/7: whatever the rules say. */
CASE(always, REQUIREMENTS("log/filter/7"), .needs = CAP_ROOT)
{
	file_write(t, AUDIT_CFG,
		   "*;*;*;*;*;*\nLOGIN;*;*;*;*;*\nADMIN;*;*;*;*;*;*;*\nTRACE;*;*;*;*;*;*;*\n"
		   "HOST;*;*;*;*;*\nTCP;*;*;*;*;*\n");
	start_product(t);
	assert_exit(run_as(t, as("tst002"), "secons", "-s"), 1);
	run_ok(t, "secons", "-scl");
	run_ok(t, "selang", "-c", "newusr tst009");
	run_ok(t, "secons", "-s");
	assert_int_equal(record_count(t, "M START"), 3);
	assert_int_equal(record_count(t, "D SHUTDOWN"), 1);
	assert_int_equal(record_count(t, "M SHUTDOWN"), 1);
	assert_int_equal(record_count(t, "[SF] CHECK"), 1);
	assert_int_equal(text_match_count(run_ok(t, "seaudit", "-a")->out, "tst009"), 0);
}

/* log/filter/5: records of administration, as seosd writes them; HUP makes it read the rules
 * again. */
CASE(admin, REQUIREMENTS("log/filter/5"), .needs = CAP_ROOT)
{
	static const struct {
		const char *rule;
		unsigned users, hosts, denied;
	} rows[] = {
		{"ADMIN;USER;*;*;*;*;*;*", 0, 1, 0},    {"ADMIN;*;h*;*;*;*;*;*", 1, 0, 1},
		{"ADMIN;*;*;tst002;*;*;*;*", 1, 1, 0},  {"ADMIN;*;*;*;*;localhost;*;*", 0, 0, 0},
		{"ADMIN;*;*;*;*;*;newres*;*", 1, 0, 1}, {"ADMIN;*;*;*;*;*;*;D", 1, 1, 0},
		{"ADMIN;*;*;*;*;*;*;S", 0, 0, 1},       {"ADMIN;*;*;*;*;elsewhere;*;*", 1, 1, 1},
	};

	start_product(t);
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *user = text_format("newusr v%u", (unsigned)i);
		const char *host = text_format("newres HOST h%u", (unsigned)i);
		const char *denied = text_format("newusr w%u", (unsigned)i);
		const char *shown;

		file_write(t, AUDIT_CFG, text_format("%s\n", rows[i].rule));
		signal_pid(t, daemon_pid(t, "seosd"), SIGHUP);
		run_ok(t, "selang", "-c", text_format("%s; %s", user, host));
		assert_exit(run_as(t, as("tst002"), "selang", "-c", denied), 1);
		shown = run_ok(t, "seaudit", "-a")->out;
		assert_int_equal(text_match_count(shown, text_format("%s( |$)", user)),
				 rows[i].users);
		assert_int_equal(text_match_count(shown, text_format("%s( |$)", host)),
				 rows[i].hosts);
		assert_int_equal(text_match_count(shown, text_format("%s( |$)", denied)),
				 rows[i].denied);
	}
}

/* log/filter/8: what is no rule: one line with file and line, exit 2. */
CASE(wrong, REQUIREMENTS("log/filter/8", "log/filter/2", "log/filter/4"), .needs = CAP_ROOT)
{
	static const char *const rules[] = {
		"LOGIN",           "LOGIN;*;*;*;*",    "LOGIN;*;*;*;*;*;*",   "LOGIN;*;x;*;*;D",
		"LOGIN;*;*;*;*;W", "LOGIN;*;*;*;*;DP", "TCP;*;*;*;X;*",       "ADMIN;*;*;*;*;*;*;P",
		"FILE;*;*;*;*",    "FILE;*;;*;*;*",    "TRACE;*;*;*;*;*;S;*",
	};

	define_users(t);
	for (size_t i = 0; i < ROWS(rules); i++) {
		const struct result *r;

		file_write(t, AUDIT_CFG, text_format("LOGIN;*;*;*;*;D\n%s\n", rules[i]));
		r = run(t, "seosd");
		assert_exit(r, 2);
		assert_error_line(r, "seosd");
		assert_err_match(r, "audit.cfg:2: ");
		assert_int_equal(daemons_running(t), 0);
	}
}
