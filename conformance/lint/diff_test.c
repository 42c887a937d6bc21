/* SPDX-License-Identifier: MIT */
/*
 * `conform diff` as a user calls it, over the captures in conformance/golden: what is no
 * difference, each kind of difference with its requirement, what cannot be compared.
 */
#include "conformance/case.h"
#include "conformance/said.h"

#include <jansson.h>
#include <sys/mman.h>

#define PAIRS     "conformance/golden/diff/" /* from the root of the tree */
#define CAPTURES  "conformance/golden/captures/"

#define DIFF(...) said_by(verb_diff, NULL, (const char *const[]){"diff", __VA_ARGS__, NULL})

/* The path of a file in memory with a text. */
static const char *file_of(const char *text)
{
	static char paths[8][32];
	static unsigned next;
	char *path = paths[next++ % 8];
	int fd = memfd_create("capture", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	snprintf(path, sizeof(paths[0]), "/proc/self/fd/%d", fd);
	return path;
}

static void same_texts(void **state)
{
	static const char *const captures[] = {"plain.txt", "padded.txt", "detailed.txt",
					       "faulty.txt"};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char *path = memory_format(CAPTURES "%s", captures[i]);

		assert_int_equal(DIFF(path, path), 0);
		assert_int_equal(DIFF("--sample", path, path), 0);
		free(path);
	}
}

/* Other times, users, paths, status letters, codes and order are values. */
static void other_values(void **state)
{
	(void)state;
	assert_int_equal(DIFF(PAIRS "old.txt", PAIRS "later.txt"), 0);
	assert_string_equal(said,
			    "compatible: 7 records in " PAIRS "old.txt, 7 in " PAIRS "later.txt\n");
}

static void differences(void **state)
{
	(void)state;
	assert_int_equal(DIFF(PAIRS "old.txt", PAIRS "new.txt"), 1);
	assert_string_equal(said, PAIRS
			    "new.txt:4: changed: login record, terminal: name (" PAIRS
			    "old.txt:4), now address; 1 record [event/login/10]\n" PAIRS
			    "new.txt:5: changed: resource record, user: name (" PAIRS
			    "old.txt:5), now number; 1 record [event/common/8]\n" PAIRS
			    "new.txt:5: removed: resource record, terminal: name (" PAIRS
			    "old.txt:5), now empty; 1 record [event/resource/1]\n" PAIRS
			    "new.txt:2: changed: start record, form: as documented (" PAIRS
			    "old.txt:2), now a day below ten has a leading zero; 1 record "
			    "[event/common/3]\n" PAIRS
			    "old.txt:7: removed: logout record: 1, now 0 [event/logout/1]\n" PAIRS
			    "new.txt:6: added: admin record: 1, now 2 [event/admin/1]\n"
			    "6 differences: 7 records in " PAIRS "old.txt, 7 in " PAIRS
			    "new.txt\n");
}

/* The other way around, what was added is removed. */
static void other_way_around(void **state)
{
	(void)state;
	assert_int_equal(DIFF(PAIRS "new.txt", PAIRS "old.txt"), 1);
	assert_non_null(strstr(said, ": added: logout record: 0, now 1 [event/logout/1]\n"));
	assert_non_null(strstr(said, ": removed: admin record: 2, now 1 [event/admin/1]\n"));
	assert_non_null(strstr(said, ": added: resource record, terminal: empty ("));
	assert_non_null(strstr(said, ", now as documented; 1 record [event/common/3]\n"));
	assert_non_null(strstr(said, "\n6 differences: "));
}

#define START    "24 Sep 2008 15:40:46 M START seosd\n"
#define LOGIN    "24 Sep 2008 15:42:10 P LOGIN tst001 19 2 computer.com /usr/sbin/sshd\n"
#define TTY      "24 Sep 2008 15:42:10 P LOGIN tst001 19 2 tty1\n"
#define LOGIN_OS "24 Sep 2008 15:42:10 P LOGIN tst001 19 2 computer.com /usr/sbin/sshd (OS user)\n"

/* Of a sample, how often something is there means nothing; that it is there does. */
static void samples(void **state)
{
	const char *old = file_of(START LOGIN TTY);

	(void)state;
	assert_int_equal(DIFF(old, file_of(START LOGIN LOGIN LOGIN TTY)), 1);
	old = file_of(START LOGIN TTY);
	assert_int_equal(DIFF("--sample", old, file_of(START LOGIN LOGIN LOGIN TTY)), 0);
	old = file_of(START LOGIN TTY);
	assert_int_equal(DIFF("--sample", old, file_of(START LOGIN)), 1);
	assert_non_null(strstr(said, ": added: login record, program: empty ("));
	old = file_of(START LOGIN);
	assert_int_equal(DIFF("--sample", old, file_of(LOGIN LOGIN_OS)), 1);
	assert_non_null(strstr(said, ": removed: start record: 1, now 0 [event/start/1]\n"));
	assert_non_null(strstr(said, ": added: login record, os_user: empty ("));
	assert_non_null(strstr(said, "\n2 differences: "));
}

/* A record more at the beginning does not put the others out of step. */
static void records_between(void **state)
{
	const char *old = file_of(LOGIN TTY LOGIN);

	(void)state;
	assert_int_equal(DIFF(old, file_of(TTY LOGIN TTY LOGIN)), 1);
	assert_non_null(strstr(said, ": added: login record: 3, now 4 [event/login/1]\n"
				     "1 difference: "));
}

/* Options and endpoint of the capture are said once, not with each record. */
static void of_the_capture(void **state)
{
	const char *old = file_of(START LOGIN TTY);
	const char *new =
		file_of("24 Sep 2008 15:40:46 M START        seosd\n"
			"24 Sep 2008 15:42:10 P LOGIN        tst001                     19  2 "
			"computer.com         /usr/sbin/sshd\n"
			"24 Sep 2008 15:42:10 P LOGIN        tst001                     19  2 "
			"tty1\n");

	(void)state;
	assert_int_equal(DIFF(old, new), 1);
	assert_non_null(strstr(said, ": changed: layout: plain ("));
	assert_non_null(strstr(said, ", now padded; 3 records [seaudit/plain/2]\n1 difference: "));
	old = file_of("24 Sep 2008 15:40:46 M SHUTDOWN root 452 seosd\n");
	new = file_of("24 Sep 2008 15:40:46 M SHUTDOWN root 48da26ce:00000142 452 seosd\n");
	assert_int_equal(DIFF(old, new), 1);
	assert_non_null(strstr(said, ": added: session ids: not shown ("));
	assert_non_null(strstr(said, " [seaudit/session/1]\n1 difference: "));
	old = file_of(START LOGIN);
	assert_int_equal(DIFF(old, file_of(START "\n" LOGIN)), 1);
	assert_non_null(strstr(said, ": changed: blank lines: as documented ("));
	assert_non_null(strstr(said, "1 record [seaudit/plain/6]\n1 difference: "));
}

#define DENIED(product, daemon, time)                                                              \
	"23 Dec 2008 12:56:20 D SHUTDOWN tst002 460 seosd\n"                                       \
	"Event type: " daemon " shutdown\nUser name: tst002\n" daemon ": seosd\n"                  \
	"Date: 23 Dec 2008\nTime: " time "\nDetails: User is not allowed to shutdown " product     \
	"\nUser Logon Session ID: 00000000:04c240d5\nAudit flags: "

/* The product's name in the texts tells the brand; the labels tell the endpoint. */
static void wording(void **state)
{
	const char *old = file_of(DENIED("CA Access Control", "Daemon",
					 "12:56:20") "CA Access Control database user\n");

	(void)state;
	assert_int_equal(DIFF(old, file_of(DENIED("CA PAMSC", "Daemon",
						  "12:56:20") "CA PAMSC database user\n")),
			 1);
	assert_non_null(strstr(said, ": changed: product in texts: brand ac ("));
	assert_non_null(
		strstr(said, ", now brand pamsc; 1 record [seaudit/codes/20]\n1 difference: "));
	old = file_of(DENIED("CA PAMSC", "Daemon", "12:56:20") "CA PAMSC database user\n");
	assert_int_equal(DIFF(old, file_of(DENIED("CA PAMSC", "Engine service",
						  "12:56") "AC database user\n")),
			 1);
	assert_non_null(strstr(said, ": changed: endpoint in labels: UNIX ("));
	assert_non_null(strstr(said, ", now Windows; 1 record [seaudit/detail/9]\n1 difference: "));
}

/* What is no record any more is one that has changed, not one lost and something else found. */
static void unreadable_records(void **state)
{
	const char *old = file_of(START LOGIN);

	(void)state;
	assert_int_equal(DIFF(old, file_of("2008-09-24 15:40:46 M START seosd\n" LOGIN)), 1);
	assert_non_null(strstr(said, ": changed: start record, form: as documented ("));
	assert_non_null(strstr(said, "1 record [event/common/1]\n1 difference: "));
}

static void json(void **state)
{
	json_t *root;
	const json_t *list, *first;

	(void)state;
	assert_int_equal(DIFF("--json", PAIRS "old.txt", PAIRS "new.txt"), 1);
	root = json_loads(said, 0, NULL);
	assert_true(json_is_false(json_object_get(root, "compatible")));
	list = json_object_get(root, "differences");
	assert_int_equal(json_array_size(list), 6);
	first = json_array_get(list, 0);
	assert_string_equal(json_string_value(json_object_get(first, "change")), "changed");
	assert_string_equal(json_string_value(json_object_get(first, "record")), "login");
	assert_string_equal(json_string_value(json_object_get(first, "what")), "terminal");
	assert_string_equal(json_string_value(json_object_get(first, "old")), "name");
	assert_string_equal(json_string_value(json_object_get(first, "new")), "address");
	assert_int_equal(json_integer_value(json_object_get(first, "new_line")), 4);
	assert_string_equal(json_string_value(json_object_get(first, "requirement")),
			    "event/login/10");
	json_decref(root);
	assert_int_equal(DIFF("--json", PAIRS "old.txt", PAIRS "later.txt"), 0);
	assert_non_null(strstr(said, "\"compatible\": true"));
}

static void refused(void **state)
{
	(void)state;
	assert_int_equal(DIFF(PAIRS "old.txt"), 2);
	assert_int_equal(DIFF(PAIRS "old.txt", PAIRS "new.txt", PAIRS "later.txt"), 2);
	assert_int_equal(DIFF("--color", PAIRS "old.txt", PAIRS "new.txt"), 2);
	assert_int_equal(DIFF("-", "-"), 2);
	assert_int_equal(DIFF(PAIRS "old.txt", PAIRS "none.txt"), 2);
	assert_non_null(strstr(said, PAIRS "none.txt: No such file or directory"));
	assert_int_equal(DIFF(PAIRS, PAIRS "old.txt"), 2);
	assert_int_equal(DIFF(PAIRS "old.txt", "/dev/null"), 2);
	assert_non_null(strstr(said, "conform: diff: /dev/null: no audit record in it\n"));
	assert_int_equal(DIFF(file_of("seaudit: no log\n"), PAIRS "old.txt"), 2);
	assert_int_equal(DIFF("--help"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_texts),
		cmocka_unit_test(other_values),
		cmocka_unit_test(differences),
		cmocka_unit_test(other_way_around),
		cmocka_unit_test(samples),
		cmocka_unit_test(records_between),
		cmocka_unit_test(of_the_capture),
		cmocka_unit_test(wording),
		cmocka_unit_test(unreadable_records),
		cmocka_unit_test(json),
		cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
