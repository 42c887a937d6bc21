/* SPDX-License-Identifier: MIT */
/*
 * The file-space switch point, from both sides. Not for: what a switch does (switch.c).
 */
#include "conformance/cases/trails.h"

#define SWITCHED  "^audomon: switched from "
#define FOR_SPACE SWITCHED ".*: file space$"

/* Auditing as in the documented example, on a file system that has no blocks used yet. */
static void set_up(struct target *t)
{
	file_system_of(t, 10000);
	auditing_on(t);
}

/* How many switches for file space one look makes with so many blocks free. An audomon of its own
 * has no hold of the look before. */
static unsigned switches_at(struct target *t, const char *blocks, const char *free,
			    const char *available, const char *fss)
{
	fill_set(t, AUDIT_DIR, text_format("blocks=%s", blocks), text_format("free=%s", free),
		 text_format("available=%s", available));
	return text_match_count(one_look(t, "-p", fss, "-w", "100"), FOR_SPACE);
}

/* audomon/space/4, 5: the documented example: the switch comes at 80 % full. */
CASE(at_80_percent_full, REQUIREMENTS("audomon/space/4", "audomon/space/5", "audomon/space/2"),
     .needs = CAP_FILL)
{
	set_up(t);
	file_system_set(t, 2000);
	run_ok(t, "audomon", "-p", "20", "-t", "1", "-w", "90", "-o", MESSAGES);
	await(t, FOR_SPACE);
	assert_text_match("current trail", current_trail(t), "^" TRAIL "\\." STAMP "$");
}

/* audomon/space/3, 1: with less than fss percent of free space, audomon switches; at 21 % full,
 * which would be past a point of 20 % used, it does not. */
CASE(free_not_used, REQUIREMENTS("audomon/space/3", "audomon/space/1"), .needs = CAP_FILL)
{
	set_up(t);
	assert_int_equal(switches_at(t, "10000", "7900", "7900", "20"), 0);
	assert_int_equal(switches_at(t, "10000", "1999", "1999", "20"), 1);
	assert_int_equal(switches_at(t, "10000", "0", "0", "20"), 1);
}

/* audomon/space/8: with one block more than fss percent free it does not switch. */
CASE(one_block_more, REQUIREMENTS("audomon/space/8", "audomon/space/4"), .needs = CAP_FILL)
{
	set_up(t);
	assert_int_equal(switches_at(t, "10000", "2001", "2001", "20"), 0);
	assert_int_equal(switches_at(t, "10000", "2000", "2000", "20"), 1);
}

/* audomon/space/7: exact integers, without rounding and without overflow. */
CASE(exact, REQUIREMENTS("audomon/space/7", "audomon/space/8"), .needs = CAP_FILL, )
{
	static const struct {
		const char *blocks, *free, *fss;
		unsigned switches;
	} rows[] = {
		{"1000000007", "200000001", "20", 1},
		{"1000000007", "200000002", "20", 0},
		{"3", "1", "34", 1}, /* 33.3 % */
		{"3", "1", "33", 0},
		{"7", "5", "71", 0}, /* 71.4 % */
		{"7", "5", "72", 1},
		{"1", "1", "99", 0},
		{"1152921504606846976", "288230376151711744", "25", 1}, /* 2^60 */
		{"1152921504606846976", "288230376151711745", "25", 0},
	};

	set_up(t);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned n =
			switches_at(t, rows[i].blocks, rows[i].free, rows[i].free, rows[i].fss);

		if (n != rows[i].switches)
			fail_msg("%s of %s blocks free, -p %s: %u switches", rows[i].free,
				 rows[i].blocks, rows[i].fss, n);
	}
}

/* audomon/space/6: the reserve counts as free: 21 % are free, 1 % is available. */
CASE(reserve_is_free, REQUIREMENTS("audomon/space/6"), .needs = CAP_FILL)
{
	set_up(t);
	assert_int_equal(switches_at(t, "10000", "2100", "100", "20"), 0);
	assert_int_equal(switches_at(t, "10000", "2000", "100", "20"), 1);
}

/* audomon/space/9: a file system that shrinks needs no restart. */
CASE(read_at_each_look, REQUIREMENTS("audomon/space/9"), .needs = CAP_FILL)
{
	set_up(t);
	file_system_set(t, 2500);
	run_ok(t, "audomon", "-t", OFTEN, "-v", "-w", "100", "-o", MESSAGES);
	await_look(t);
	assert_int_equal(message_count(t, SWITCHED), 0);
	fill_set(t, AUDIT_DIR, "blocks=12500", "free=2500", "available=2500");
	await(t, FOR_SPACE);
}

/* audomon/space/10: a file system without blocks has no file-space switch point; the size still
 * counts. */
CASE(no_blocks, REQUIREMENTS("audomon/space/10"), .needs = CAP_FILL)
{
	set_up(t);
	assert_int_equal(switches_at(t, "0", "0", "0", "20"), 0);
	file_resize(t, TRAIL_FILE, 1024000);
	assert_int_equal(text_match_count(one_look(t, "-p", "20"), SWITCHED ".*: trail size$"), 1);
}

/* audomon/space/11: -p 0 switches when no block is free. */
CASE(fss_0, REQUIREMENTS("audomon/space/11", "audomon/options/3"), .needs = CAP_FILL)
{
	set_up(t);
	assert_int_equal(switches_at(t, "10000", "1", "1", "0"), 0);
	assert_int_equal(switches_at(t, "10000", "0", "0", "0"), 1);
}

/* audomon/space/12: -p 100 is always past the point: one switch, then the hold. */
CASE(fss_100, REQUIREMENTS("audomon/space/12", "audomon/options/3"), .needs = CAP_FILL)
{
	set_up(t);
	run_ok(t, "audomon", "-p", "100", "-t", OFTEN, "-v", "-o", MESSAGES);
	await(t, FOR_SPACE);
	await_look(t);
	assert_int_equal(message_count(t, SWITCHED), 1);
	assert_true(message_count(t, "0 % full after a switch at 0 %: make room$") >= 1);
}
