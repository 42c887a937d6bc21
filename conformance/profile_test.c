/* SPDX-License-Identifier: MIT */
/*
 * Target profiles: inheritance, settings, what is derived, and each kind of mistake with its
 * message.
 */
#include "conformance/profile.h"

#include "conformance/spec/spec.h"
#include "conformance/strbuf.h"
#include "conformance/target/target.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define X50  "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X200 X50 X50 X50 X50

static char folder[] = "/tmp/profile_test.XXXXXX";
static char why[512];

static void put(const char *name, const char *text)
{
	char *path = memory_format("%s/%s.ini", folder, name);
	FILE *out = fopen(path, "we");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	free(path);
}

static int load(struct profile *p, const char *name, const char *setting)
{
	const char *const settings[] = {setting};

	return profile_load(p, folder, name, settings, setting ? 1 : 0, why, sizeof(why));
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	put("base", "[target]\ntransport = guest\nguest = g1\n[commands]\nsecons = /a/secons\n"
		    "seaudit = /a/seaudit\n[capabilities]\nroot = yes\nfill = yes\n"
		    "[expect-fail]\nzoo/cats/* = cats do as they like\n");
	put("child", "[target]\ninherits = base\nlevel = inferred\n[commands]\n"
		     "secons = ssh-like /b/secons\n[capabilities]\nfill = no\n");
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"base", "child", "loop", "bad"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = memory_format("%s/%s.ini", folder, names[i]);

		unlink(path);
		free(path);
	}
	return rmdir(folder);
}

static void test_inherits(void **state)
{
	struct profile p;

	(void)state;
	assert_int_equal(load(&p, "child", NULL), 0);
	assert_string_equal(p.name, "child");
	assert_int_equal(p.transport, TRANSPORT_GUEST);
	assert_string_equal(profile_get(&p, "target", "guest"), "g1");
	assert_string_equal(profile_command(&p, "secons"), "ssh-like /b/secons");
	assert_string_equal(profile_command(&p, "seaudit"), "/a/seaudit");
	assert_null(profile_command(&p, "audsys"));
	assert_int_equal(p.capabilities, CAP_ROOT);
	assert_true(p.has_level);
	assert_int_equal(p.level, SPEC_INFERRED);
	profile_free(&p);
}

static void test_settings_come_last(void **state)
{
	struct profile p;

	(void)state;
	assert_int_equal(load(&p, "child", "capabilities.fill=yes"), 0);
	assert_int_equal(p.capabilities, CAP_ROOT | CAP_FILL);
	profile_free(&p);
	assert_int_equal(load(&p, "child", "commands.secons=x=y.z"), 0);
	assert_string_equal(profile_command(&p, "secons"), "x=y.z");
	profile_free(&p);
}

static void test_expected_failures(void **state)
{
	static const char *const proves[] = {"zoo/cats/3", NULL};
	static const char *const other[] = {"zoo/dogs/1", NULL};
	struct profile p;

	(void)state;
	assert_int_equal(load(&p, "base", NULL), 0);
	assert_string_equal(profile_expected_failure(&p, "zoo/sleep/long", proves),
			    "cats do as they like");
	assert_string_equal(profile_expected_failure(&p, "zoo/cats/purr", other),
			    "cats do as they like");
	assert_null(profile_expected_failure(&p, "zoo/dogs/bark", other));
	profile_free(&p);
}

static void test_written_and_read_again(void **state)
{
	char *path = memory_format("%s/loop.ini", folder);
	struct profile p, again;
	FILE *out = fopen(path, "we");

	(void)state;
	assert_int_equal(load(&p, "child", "target.brand=ac"), 0);
	assert_int_equal(profile_write(&p, out), 0);
	fclose(out);
	assert_int_equal(load(&again, path, NULL), 0);
	assert_int_equal(again.count, p.count);
	assert_int_equal(again.capabilities, p.capabilities);
	assert_string_equal(profile_get(&again, "target", "brand"), "ac");
	assert_string_equal(profile_command(&again, "secons"), "ssh-like /b/secons");
	profile_free(&again);
	profile_free(&p);
	free(path);
}

static void test_mistakes(void **state)
{
	static const struct {
		const char *text, *message;
	} bad[] = {
		{"[target]\ntransport = pigeon\n", "bad.ini:2: transport \"pigeon\" is not one of"},
		{"[target]\nguest = g\n", "transport is missing"},
		{"[target]\ntransport = ssh\nhost = -oProxyCommand=x\n",
		 "bad.ini:3: host \"-oProxyCommand=x\" is no name"},
		{"[target]\ntransport = ssh\nuser = a b\n", "user \"a b\" is no name"},
		{"[target]\ntransport = ssh\nhost = %h\n", "host \"%h\" is no name"},
		{"[target]\ntransport = ssh\nport = ssh\n", "port is \"ssh\": a whole number"},
		{"[target]\ncolour = red\n", "bad.ini:2: [target] has no key \"colour\""},
		{"[target]\ntransport = sim\nlevel = low\n",
		 "bad.ini:3: level \"low\" is not one of"},
		{"[target]\ntransport = sim\nhang_s = soon\n", "bad.ini:3: hang_s is \"soon\""},
		{"[capabilities]\nfly = yes\n", "bad.ini:2: unknown capability \"fly\""},
		{"[capabilities]\nroot = maybe\n",
		 "bad.ini:2: capability root is \"maybe\": yes or no"},
		{"[expect-fail]\nzoo/cats/1 =\n",
		 "bad.ini:2: zoo/cats/1 is expected to fail, but no reason"},
		{"[zoo]\ncat = 1\n", "bad.ini:2: unknown section [zoo]"},
		{"[files]\nbin/x = y\n", "bad.ini:2: [files] bin/x is no absolute path"},
		{"[commands]\nsh = none\nsecons = a" X200 " x=b\n",
		 "bad.ini:3: not a line of less than 200 bytes"},
		{"nonsense\n[zoo]\ncat = 1\n", "bad.ini:1: not a \"key = value\" line"},
		{"[zoo]\ncat = 1\n[sea]\nfish = 1\n", "bad.ini:2: unknown section [zoo]"},
		{"nonsense\n", "bad.ini:1: not a \"key = value\" line"},
		{"[target]\ninherits = bad\n", "inherits through more than 8 profiles"},
		{"[target]\ninherits = nobody\n", "nobody.ini: No such file or directory"},
	};
	struct profile p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put("bad", bad[i].text);
		assert_int_not_equal(load(&p, "bad", NULL), 0);
		if (!strstr(why, bad[i].message)) {
			print_error("expected: %s\nactual: %s\n", bad[i].message, why);
			fail();
		}
	}
	assert_int_equal(load(&p, "child", "fill=yes"), -EINVAL);
	assert_string_equal(why, "--set fill=yes: write it section.key=value");
	assert_int_equal(load(&p, "child", "capabilities.fly=yes"), -EINVAL);
	assert_int_equal(load(&p, "child", "target.inherits=base"), -EINVAL);
	assert_int_equal(load(&p, "/nowhere/x.ini", NULL), -ENOENT);
}

/* A setting goes to guests as a line of a file: what would read as another one is refused. */
static void test_settings_that_no_file_can_hold(void **state)
{
	static const char *const bad[] = {
		"target.setup=a ; b", "target.setup=a\nb", "target.setup= a", "target.setup=a ",
		"commands.a:b=c",     "commands.[a]=c",    "commands.#a=c",   "commands.a=" X200,
	};
	struct profile p;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(load(&p, "child", bad[i]), -EINVAL);
		assert_non_null(strstr(why, "it could not stand in a profile"));
	}
	assert_int_equal(load(&p, "child", "target.setup=;a"), 0);
	assert_string_equal(profile_get(&p, "target", "setup"), ";a");
	profile_free(&p);
}

static void test_indented_lines_are_lines(void **state)
{
	struct profile p;

	(void)state;
	put("bad", "[target]\n  transport = sim\n\tlevel = chosen\n");
	assert_int_equal(load(&p, "bad", NULL), 0);
	assert_int_equal(p.transport, TRANSPORT_SIM);
	assert_int_equal(p.level, SPEC_CHOSEN);
	profile_free(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inherits),
		cmocka_unit_test(test_settings_come_last),
		cmocka_unit_test(test_expected_failures),
		cmocka_unit_test(test_written_and_read_again),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_settings_that_no_file_can_hold),
		cmocka_unit_test(test_indented_lines_are_lines),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
