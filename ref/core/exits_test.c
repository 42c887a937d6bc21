/* SPDX-License-Identifier: MIT */
/*
 * Tests of the decisions about exits: names and files by table, and every sequence of steps with
 * every failure at every step.
 *
 * Not for: running exits (cmd/SEOS_load_test.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exits.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

static void names_fit_a_pattern_or_none(void **state)
{
	static const struct {
		const char *name;
		enum exits_set set;
	} rows[] = {
		{"SEOS_load_a.always", EXITS_LOAD_ALWAYS},
		{"SEOS_load_10 vendor.always.always", EXITS_LOAD_ALWAYS},
		{"SEOS_unload_a.always", EXITS_UNLOAD_ALWAYS},
		{"SEOS_unload_sshd.opt", EXITS_UNLOAD_OPT},
		{"SEOS_load_a.opt", EXITS_NONE},
		{"SEOS_load_.always", EXITS_NONE},
		{"SEOS_unload_.opt", EXITS_NONE},
		{"SEOS_load.always", EXITS_NONE},
		{"SEOS_load_a.always~", EXITS_NONE},
		{"SEOS_load_a.Always", EXITS_NONE},
		{"seos_load_a.always", EXITS_NONE},
		{".SEOS_load_a.always", EXITS_NONE},
		{"SEOS_load_a", EXITS_NONE},
		{"SEOS_load_always", EXITS_NONE},
		{"", EXITS_NONE},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (exits_set_of(rows[i].name) != rows[i].set)
			fail_msg("%s", rows[i].name);
	}
}

static void only_what_root_alone_can_write_may_run(void **state)
{
	static const struct {
		struct exits_file file;
		bool fine;
	} rows[] = {
		{{true, 0755, 0}, true},   {{true, 0700, 0}, true},  {{true, 0100, 0}, true},
		{{false, 0755, 0}, false}, {{true, 0644, 0}, false}, {{true, 0011, 0}, false},
		{{true, 0775, 0}, false},  {{true, 0757, 0}, false}, {{true, 0755, 7}, false},
	};
	const struct exits_file folder = {false, 0755, 0}, sticky = {false, 01777, 0},
				foreign = {false, 0755, 1};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		if (!exits_file_refusal(&rows[i].file) != rows[i].fine)
			fail_msg("row %zu", i);
	}
	assert_null(exits_folder_refusal(&folder));
	assert_non_null(exits_folder_refusal(&sticky));
	assert_non_null(exits_folder_refusal(&foreign));
}

/* A history as text: "a0 a1 LOAD A0 A1": sets a (always) and o (.opt), capital with -post, ! after
 * a step that failed. */
struct history {
	char text[256];
	size_t length;
	bool loaded;
	bool pre_failed, post_failed;
	unsigned tries;
};

static void note(struct history *h, const struct exits_step *step, bool ok)
{
	char word[16];

	if (step->action == EXITS_RUN) {
		char set = step->set == EXITS_UNLOAD_OPT ? 'o' : 'a';

		snprintf(word, sizeof(word), "%c%u", step->post ? set - 'a' + 'A' : set,
			 step->index);
	} else {
		snprintf(word, sizeof(word), "%s", step->action == EXITS_LOAD ? "LOAD" : "UNLOAD");
	}
	h->length += (size_t)snprintf(h->text + h->length, sizeof(h->text) - h->length, "%s%s%s",
				      h->length ? " " : "", word, ok ? "" : "!");
}

static bool is_end(enum exits_action action)
{
	return action >= EXITS_DONE;
}

/* What has to hold of any step, whatever came before. */
static void check_step(const struct history *h, const struct exits_step *step, bool unload,
		       const unsigned counts[EXITS_SETS])
{
	assert_false(h->pre_failed && !is_end(step->action));
	if (step->action != EXITS_RUN)
		return;
	assert_true(step->index < counts[step->set]);
	assert_true(unload == (step->set != EXITS_LOAD_ALWAYS));
	/* -pre while it is still as it was, -post once it is what was wanted */
	assert_true(step->post == (h->loaded != unload));
	if (step->set == EXITS_UNLOAD_OPT)
		assert_true(h->tries == (step->post ? 2 : 1));
}

static void apply(struct history *h, const struct exits_step *step, bool ok)
{
	note(h, step, ok);
	if (step->action == EXITS_RUN && !ok) {
		h->pre_failed |= !step->post;
		h->post_failed |= step->post;
	}
	h->tries += step->action == EXITS_UNLOAD;
	if (ok && step->action != EXITS_RUN)
		h->loaded = step->action == EXITS_LOAD;
}

/* Walks a sequence in which the n-th step fails when bit n of failures is set. */
static enum exits_action walk(bool unload, const unsigned counts[EXITS_SETS], unsigned failures,
			      struct history *h)
{
	struct exits e;
	struct exits_step step = exits_begin(&e, unload, counts);

	*h = (struct history){.loaded = unload};
	for (unsigned n = 0; !is_end(step.action); n++) {
		bool ok = !(failures >> n & 1);

		assert_true(n < 16);
		check_step(h, &step, unload, counts);
		apply(h, &step, ok);
		step = exits_next(&e, ok);
	}
	return step.action;
}

static void steps_come_in_their_order(void **state)
{
	static const struct {
		bool unload;
		unsigned counts[EXITS_SETS];
		unsigned failures;
		const char *text;
		enum exits_action end;
	} rows[] = {
		{false, {0, 9, 9}, 0, "LOAD", EXITS_DONE},
		{false, {2, 9, 9}, 0, "a0 a1 LOAD A0 A1", EXITS_DONE},
		{false, {2, 0, 0}, 1, "a0!", EXITS_ABORTED},
		{false, {2, 0, 0}, 2, "a0 a1!", EXITS_ABORTED},
		{false, {2, 0, 0}, 4, "a0 a1 LOAD!", EXITS_REFUSED},
		{false, {2, 0, 0}, 8, "a0 a1 LOAD A0! A1", EXITS_FAILED},
		{true, {9, 0, 0}, 0, "UNLOAD", EXITS_DONE},
		{true, {9, 2, 2}, 0, "a0 a1 UNLOAD A0 A1", EXITS_DONE},
		{true, {9, 1, 0}, 2, "a0 UNLOAD!", EXITS_REFUSED},
		{true, {9, 1, 2}, 2, "a0 UNLOAD! o0 o1 UNLOAD O0 O1 A0", EXITS_DONE},
		{true, {9, 1, 2}, 2 + 4, "a0 UNLOAD! o0!", EXITS_ABORTED},
		{true, {9, 1, 1}, 2 + 8, "a0 UNLOAD! o0 UNLOAD!", EXITS_REFUSED},
		{true, {9, 1, 1}, 2 + 16, "a0 UNLOAD! o0 UNLOAD O0! A0", EXITS_FAILED},
		{true, {9, 1, 0}, 4, "a0 UNLOAD A0!", EXITS_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct history h;

		assert_int_equal(walk(rows[i].unload, rows[i].counts, rows[i].failures, &h),
				 rows[i].end);
		assert_string_equal(h.text, rows[i].text);
	}
}

static void every_failure_at_every_step(void **state)
{
	unsigned ends[EXITS_REFUSED + 1] = {0};

	(void)state;
	for (unsigned sets = 0; sets < 27; sets++) {
		const unsigned counts[EXITS_SETS] = {sets % 3, sets / 3 % 3, sets / 9};

		for (unsigned failures = 0; failures < 1u << 10; failures++) {
			for (int unload = 0; unload < 2; unload++) {
				struct history h;
				enum exits_action end = walk(unload, counts, failures, &h);
				bool reached = h.loaded != unload;

				assert_true((end == EXITS_ABORTED) == h.pre_failed);
				assert_true((end == EXITS_DONE) == (reached && !h.post_failed));
				assert_true((end == EXITS_FAILED) == (reached && h.post_failed));
				ends[end]++;
			}
		}
	}
	for (enum exits_action end = EXITS_DONE; end <= EXITS_REFUSED; end++)
		assert_true(ends[end] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_fit_a_pattern_or_none),
		cmocka_unit_test(only_what_root_alone_can_write_may_run),
		cmocka_unit_test(steps_come_in_their_order),
		cmocka_unit_test(every_failure_at_every_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
