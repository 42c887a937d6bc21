/* SPDX-License-Identifier: MIT */
/*
 * Tests of writer.c: tables of what is selected and of what is done in each fault, and positions
 * that tell written events from others.
 */
#include "ref/core/writer.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BIT(class) (1U << TRAIL_CLASS_##class)

static void selections_are_read(void **state)
{
	static const struct {
		const char *text;
		struct writer_selection expected;
	} rows[] = {
		{"", {0, false, false}},
		{"-P -F", {0, true, true}},
		{"-P -F -e open -e create", {BIT(OPEN) | BIT(CREATE), true, true}},
		{" -e\tlogin ", {BIT(LOGIN), true, true}},
		{"-F, -e delete", {BIT(DELETE), false, true}},
		{"-P -e all", {(1U << TRAIL_CLASSES) - 2, true, false}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct writer_selection s;
		const char *bad;
		size_t length;

		assert_true(writer_selection_parse(rows[i].text, &s, &bad, &length));
		assert_int_equal(s.classes, rows[i].expected.classes);
		assert_int_equal(s.success, rows[i].expected.success);
		assert_int_equal(s.failure, rows[i].expected.failure);
	}
}

static void other_selections_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *bad;
	} rows[] = {
		{"-P -e opens", "opens"},
		{"-P -x open", "-x"},
		{"-P -e", ""},
		{"open", "open"},
		{"-e ipcdgramipcdgramipcdgram -P", "ipcdgramipcdgramipcdgram"},
		{"-PF -e open", "-PF"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct writer_selection s;
		const char *bad;
		size_t length;

		assert_false(writer_selection_parse(rows[i].text, &s, &bad, &length));
		assert_int_equal(length, strlen(rows[i].bad));
		assert_memory_equal(bad, rows[i].bad, length);
	}
}

static void sources_share_files(void **state)
{
	(void)state;
	assert_int_equal(writer_file_of(5, 0), 0);
	assert_int_equal(writer_file_of(5, 1), 0);
	assert_int_equal(writer_file_of(5, 4), 1);
}

static void written_events_are_known(void **state)
{
	static const struct trail_record_source sources[] = {{0, 5}, {2, 9}, {UINT16_MAX, 1}};
	static struct writer_positions p = {.origin = 77};
	bool counts = false;
	struct trail_record r = {.type = TRAIL_RECORD_BEGIN,
				 .begin = {.origin = 77, .count = 3, .sources = sources}};

	(void)state;
	writer_note(&p, &counts, &r);
	assert_true(counts);
	assert_true(writer_is_double(&p, 0, 4));
	assert_false(writer_is_double(&p, 0, 5));
	assert_false(writer_is_double(&p, 1, 1));
	r = (struct trail_record){.type = TRAIL_RECORD_CALL, .source = 1, .sequence = 1};
	writer_note(&p, &counts, &r);
	assert_true(writer_is_double(&p, 1, 1));
	assert_false(writer_is_double(&p, 1, 2));
	r = (struct trail_record){
		.type = TRAIL_RECORD_LOST, .source = 1, .sequence = 2, .lost = 40};
	writer_note(&p, &counts, &r);
	assert_true(writer_is_double(&p, 1, 41));
	assert_false(writer_is_double(&p, 1, 42));
	/* an older one changes nothing, nor does one of another run of the kernel extension */
	r = (struct trail_record){.type = TRAIL_RECORD_CALL, .source = 1, .sequence = 3};
	writer_note(&p, &counts, &r);
	assert_true(writer_is_double(&p, 1, 41));
	r = (struct trail_record){.type = TRAIL_RECORD_BEGIN, .begin = {.origin = 78}};
	writer_note(&p, &counts, &r);
	assert_false(counts);
	r = (struct trail_record){.type = TRAIL_RECORD_CALL, .source = 1, .sequence = 99};
	writer_note(&p, &counts, &r);
	assert_false(writer_is_double(&p, 1, 42));
}

static void errors_are_faults(void **state)
{
	(void)state;
	assert_int_equal(writer_fault_of(0), WRITER_WELL);
	assert_int_equal(writer_fault_of(-ENOENT), WRITER_GONE);
	assert_int_equal(writer_fault_of(-ENOSPC), WRITER_FULL);
	assert_int_equal(writer_fault_of(-EDQUOT), WRITER_FULL);
	assert_int_equal(writer_fault_of(-EROFS), WRITER_BROKEN);
}

static void each_fault_has_its_answer(void **state)
{
	static const struct {
		struct writer_facts facts;
		struct writer_decision expected;
	} rows[] = {
		{{.waits = true}, {WRITER_GO_ON, false}},
		{{.creates_trails = true, .waits = true}, {WRITER_GO_ON, false}},
		{{.fault = WRITER_FULL, .next_available = true, .waits = true},
		 {WRITER_TO_NEXT, false}},
		{{.fault = WRITER_GONE, .next_available = true, .creates_trails = true},
		 {WRITER_TO_NEXT, false}},
		{{.fault = WRITER_GONE, .creates_trails = true, .waits = true},
		 {WRITER_TO_NEW, false}},
		{{.fault = WRITER_GONE, .waits = true}, {WRITER_RETRY, true}},
		{{.fault = WRITER_FULL, .creates_trails = true, .waits = true},
		 {WRITER_RETRY, true}},
		{{.fault = WRITER_BROKEN, .creates_trails = true, .waits = true},
		 {WRITER_RETRY, true}},
		{{.fault = WRITER_FULL}, {WRITER_RETRY, false}},
		{{.creates_trails = true, .switch_failed = true, .waits = true},
		 {WRITER_GO_ON, true}},
		{{.switch_failed = true, .waits = true}, {WRITER_GO_ON, false}},
		{{.in_reserve = true, .waits = true}, {WRITER_GO_ON, true}},
		{{.creates_trails = true, .in_reserve = true, .waits = true},
		 {WRITER_GO_ON, false}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct writer_decision d = writer_decide(&rows[i].facts);

		assert_int_equal(d.step, rows[i].expected.step);
		assert_int_equal(d.suspend, rows[i].expected.suspend);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selections_are_read),
		cmocka_unit_test(other_selections_are_refused),
		cmocka_unit_test(sources_share_files),
		cmocka_unit_test(written_events_are_known),
		cmocka_unit_test(errors_are_faults),
		cmocka_unit_test(each_fault_has_its_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
