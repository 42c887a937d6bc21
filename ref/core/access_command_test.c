/* SPDX-License-Identifier: MIT */
/*
 * Tests of access_command.c: what is read, what is refused and at which column.
 */
#include "ref/core/access_command.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void commands_are_read(void **state)
{
	static const struct {
		const char *text;
		enum access_verb verb;
		bool create;
		const char *user;
		unsigned set, clear;
	} rows[] = {
		{"newusr tst001 operator", ACCESS_NEW, false, "tst001", ACCESS_OPERATOR, 0},
		{"nu jo", ACCESS_NEW, false, "jo", 0, 0},
		{"NU Jo ADMIN Operator auditor server", ACCESS_NEW, false, "Jo", 15, 0},
		{"chusr tst001 operator- admin", ACCESS_CHANGE, false, "tst001", ACCESS_ADMIN,
		 ACCESS_OPERATOR},
		{"cu\tjo\t admin-", ACCESS_CHANGE, false, "jo", 0, ACCESS_ADMIN},
		{"editusr jo", ACCESS_CHANGE, true, "jo", 0, 0},
		{"eu DOMAIN\\jo.x_y-z@h+$ server", ACCESS_CHANGE, true, "DOMAIN\\jo.x_y-z@h+$",
		 ACCESS_SERVER, 0},
		{"rmusr jo", ACCESS_REMOVE, false, "jo", 0, 0},
		{"ru jo", ACCESS_REMOVE, false, "jo", 0, 0},
		{"showusr jo", ACCESS_SHOW, false, "jo", 0, 0},
		{"cu jo audit(fail, LoginFail)", ACCESS_CHANGE, false, "jo",
		 ACCESS_AUDIT_SET | ACCESS_AUDIT_FAIL | ACCESS_AUDIT_LOGINFAIL,
		 ACCESS_AUDIT_ALL & ~(ACCESS_AUDIT_FAIL | ACCESS_AUDIT_LOGINFAIL)},
		{"nu jo admin  AUDIT(none) server", ACCESS_NEW, false, "jo",
		 ACCESS_AUDIT_SET | ACCESS_ADMIN | ACCESS_SERVER, ACCESS_AUDIT_ALL},
		{" ; ;su jo ; ", ACCESS_SHOW, false, "jo", 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct access_command c;
		struct access_syntax error;
		size_t offset = 0;

		assert_int_equal(access_command_next(rows[i].text, &offset, &c, &error), 1);
		assert_int_equal(c.verb, rows[i].verb);
		assert_int_equal(c.create, rows[i].create);
		assert_string_equal(c.name, rows[i].user);
		assert_int_equal(c.set, rows[i].set);
		assert_int_equal(c.clear, rows[i].clear);
		assert_int_equal(access_command_next(rows[i].text, &offset, &c, &error), 0);
	}
}

static struct access_command read_one(const char *text)
{
	struct access_command c;
	struct access_syntax error;
	size_t offset = 0;

	if (access_command_next(text, &offset, &c, &error) != 1)
		fail_msg("%s: %zu: %s", text, error.column, error.why);
	return c;
}

static void records_have_a_class_and_options(void **state)
{
	struct access_command c = read_one("newres TERMINAL tty13 defacc(read)");

	(void)state;
	assert_int_equal(c.verb, ACCESS_NEW);
	assert_int_equal(c.class, ACCESS_TERMINAL);
	assert_string_equal(c.name, "tty13");
	assert_true(c.has_access);
	assert_int_equal(c.access, ACCESS_READ);
	c = read_one("er terminal my_terminal owner(nobody) defaccess(r)");
	assert_true(c.create);
	assert_string_equal(c.owner, "nobody");
	assert_int_equal(c.access, ACCESS_READ);
	c = read_one("authorize TERMINAL tty13 uid(ADMIN1) access(r,w)");
	assert_int_equal(c.verb, ACCESS_AUTHORIZE);
	assert_string_equal(c.user, "ADMIN1");
	assert_false(c.foreign);
	assert_int_equal(c.access, ACCESS_READ | ACCESS_WRITE);
	c = read_one("auth terminal my_terminal xuid(my_user) access(all)");
	assert_true(c.foreign);
	assert_int_equal(c.access, ACCESS_READ | ACCESS_WRITE);
	c = read_one("auth terminal t uid( * ) access(NONE)");
	assert_string_equal(c.user, ACCESS_ANYBODY);
	assert_true(c.has_access);
	assert_int_equal(c.access, 0);
	c = read_one("authorize- TERMINAL t uid(jo)");
	assert_int_equal(c.verb, ACCESS_WITHDRAW);
	assert_int_equal(read_one("rr HOST h").verb, ACCESS_REMOVE);
	assert_int_equal(read_one("showres GHOST g").class, ACCESS_GHOST);
}

static void files_are_named_by_their_path(void **state)
{
	struct access_command c = read_one("authorize FILE /opt/a.ini uid(*) access(w)");

	(void)state;
	assert_int_equal(c.class, ACCESS_FILE);
	assert_string_equal(c.name, "/opt/a.ini");
	assert_int_equal(c.access, ACCESS_WRITE);
	c = read_one("newres FILE /a defacc(read)");
	assert_int_equal(c.access, ACCESS_READ);
	c = read_one("nr program /usr/bin/su owner(root)");
	assert_int_equal(c.class, ACCESS_PROGRAM);
	assert_string_equal(c.name, "/usr/bin/su");
	assert_false(c.trust);
	c = read_one("editres SECFILE /etc/shadow trust");
	assert_int_equal(c.class, ACCESS_SECFILE);
	assert_true(c.trust);
	assert_int_equal(read_one("auth FILE /a uid(x) access(r,chdir)").access,
			 ACCESS_READ | ACCESS_CHDIR);
	assert_int_equal(read_one("nr FILE /a defacc(all)").access, ACCESS_ALL);
}

static void warning_mode_is_set_and_ended(void **state)
{
	struct access_command c = read_one("nr FILE /a warning defacc(r)");

	(void)state;
	assert_true(c.has_warning && c.warning && c.access == ACCESS_READ);
	c = read_one("er TERMINAL t warning-");
	assert_true(c.has_warning && !c.warning);
	assert_false(read_one("er TERMINAL t").has_warning);
}

static void lists_are_read_name_by_name(void **state)
{
	struct access_command c = read_one("er GHOST g mem(a, b.c ,,d) mem-(e)");
	char name[ACCESS_NAME_MAX];

	(void)state;
	assert_true(access_list_next(&c.members, name));
	assert_string_equal(name, "a");
	assert_true(access_list_next(&c.members, name));
	assert_string_equal(name, "b.c");
	assert_true(access_list_next(&c.members, name));
	assert_string_equal(name, "d");
	assert_false(access_list_next(&c.members, name));
	assert_true(access_list_next(&c.removed, name));
	assert_string_equal(name, "e");
	assert_false(access_list_next(&c.removed, name));
}

static void a_command_knows_its_text(void **state)
{
	const char *text = "  nu a admin  ;; su a;";
	struct access_command c;
	struct access_syntax error;
	size_t offset = 0;

	(void)state;
	assert_int_equal(access_command_next(text, &offset, &c, &error), 1);
	assert_int_equal(c.bytes, strlen("nu a admin"));
	assert_memory_equal(c.text, "nu a admin", c.bytes);
	assert_int_equal(access_command_next(text, &offset, &c, &error), 1);
	assert_int_equal(c.bytes, 4);
	assert_memory_equal(c.text, "su a", 4);
	assert_int_equal(access_command_next(text, &offset, &c, &error), 0);
	assert_int_equal(access_command_next(text, &offset, &c, &error), 0);
}

static void faults_are_named_with_their_column(void **state)
{
	static const struct {
		const char *text;
		size_t column;
		const char *part; /* of the reason */
	} rows[] = {
		{"newres PROGRAM su", 16, "path"},
		{"newres PROGRAM /bin/su trust", 24, "cannot stand"},
		{"editres PROGRAM /bin/su trust trust", 31, "twice"},
		{"editres HOST h trust", 16, "cannot stand"},
		{"frob jo", 1, "unknown command frob"},
		{"  newuser jo", 3, "unknown command newuser"},
		{"nu", 3, "name of a user is missing"},
		{"nu ;su a", 3, "name of a user is missing"},
		{"nu jo frob", 7, "unknown attribute frob"},
		{"nu jo special", 7, "unknown attribute special"},
		{"nu jo -", 7, "unknown attribute"},
		{"cu jo audit()", 13, "name is missing"},
		{"cu jo audit(often)", 13, "unknown audit mode often"},
		{"cu jo audit(all) audit(none)", 18, "given twice"},
		{"cu jo audit(all", 16, "closing parenthesis"},
		{"su jo audit(all)", 12, "character"},
		{"nr HOST a audit(all)", 11, "cannot stand in this command"},
		{"nr FILE opt/a", 9, "by its path"},
		{"nr HOST /a", 9, "character \\057"},
		{"nr FILE /a mem(b)", 12, "cannot stand in this command"},
		{"nu jo admin-", 7, "no attribute to take away"},
		{"cu jo", 6, "attribute is missing"},
		{"cu jo admin admin-", 13, "named twice"},
		{"nu jo server server", 14, "named twice"},
		{"ru jo admin", 7, "nothing can follow"},
		{"su jo jo", 7, "nothing can follow"},
		{"nu jo(x)", 6, "character \\050"},
		{"nu j\303\266", 5, "character \\303"},
		{"nu jo\n", 6, "character \\012"},
		{"'nu' jo", 1, "character \\047"},
		{"nr", 3, "class of the record is missing"},
		{"nr USER jo", 4, "unknown class USER"},
		{"nr HOST", 8, "name of a record is missing"},
		{"nr HOST h mem(a)", 11, "option mem cannot stand"},
		{"nr GHOST g mem-(a)", 12, "option mem- cannot stand"},
		{"nr HOST h frob(a)", 11, "unknown option frob"},
		{"nr HOST h owner", 16, "value in parentheses"},
		{"nr HOST h owner(jo", 19, "closing parenthesis"},
		{"nr HOST h owner()", 17, "name is missing"},
		{"nr HOST h owner(a b)", 17, "one name"},
		{"nr HOST h owner(a) owner(b)", 20, "given twice"},
		{"nr HOST h owner(a\"b)", 18, "character \\042"},
		{"nr GHOST g mem(a) mem(b)", 19, "given twice"},
		{"nr HOST h (a)", 11, "unknown option"},
		{"nr HOST h \"", 11, "character \\042"},
		{"nr TERMINAL t defacc(x)", 22, "unknown access x"},
		{"nr TERMINAL t defacc(r) defaccess(w)", 25, "given twice"},
		{"auth HOST h uid(a) access(r)", 6, "HOST have no rules"},
		{"auth TERMINAL t access(r)", 26, "uid(USER) is missing"},
		{"auth TERMINAL t uid(a)", 23, "access(ACCESS) is missing"},
		{"auth TERMINAL t uid(a*) access(r)", 21, "stands for everybody"},
		{"nr HOST h owner(*)", 17, "character \\052"},
		{"auth- TERMINAL t uid(a) access(r)", 25, "cannot stand"},
		{"nr TERMINAL t defacc(chdir)", 22, "unknown access chdir"},
		{"nr HOST h warning", 11, "option warning cannot stand"},
		{"nr FILE /a warning-", 12, "option warning- cannot stand"},
		{"er FILE /a warning warning-", 20, "given twice"},
		{"er FILE /a warning(1)", 19, "stands alone"},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct access_command c;
		struct access_syntax error = {0};
		size_t offset = 0;

		assert_int_equal(access_command_next(rows[i].text, &offset, &c, &error), -EINVAL);
		if (error.column != rows[i].column || !strstr(error.why, rows[i].part))
			fail_msg("%s: column %zu: %s", rows[i].text, error.column, error.why);
	}
}

static void a_word_has_a_limit(void **state)
{
	char text[ACCESS_NAME_MAX + 8] = "su ";
	struct access_command c;
	struct access_syntax error;
	size_t offset = 0;

	(void)state;
	memset(text + 3, 'x', ACCESS_NAME_MAX - 1);
	assert_int_equal(access_command_next(text, &offset, &c, &error), 1);
	assert_int_equal(strlen(c.name), ACCESS_NAME_MAX - 1);
	text[3 + ACCESS_NAME_MAX - 1] = 'x';
	offset = 0;
	assert_int_equal(access_command_next(text, &offset, &c, &error), -EINVAL);
	assert_int_equal(error.column, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands_are_read),
		cmocka_unit_test(records_have_a_class_and_options),
		cmocka_unit_test(files_are_named_by_their_path),
		cmocka_unit_test(warning_mode_is_set_and_ended),
		cmocka_unit_test(lists_are_read_name_by_name),
		cmocka_unit_test(a_command_knows_its_text),
		cmocka_unit_test(faults_are_named_with_their_column),
		cmocka_unit_test(a_word_has_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
