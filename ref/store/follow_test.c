/* SPDX-License-Identifier: MIT */
/*
 * Tests of follow.c on a simulated machine: whatever the writer and the reader do in turn, each
 * record is read once, in order, or counted as lost; a log begun anew is never taken for the old
 * one.
 */
#include "ref/store/follow.h"
#include "sim/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LOG        "/var/seos.audit"
#define BACKUP     "/var/seos.audit.bak"
#define SIZE_BYTES 400 /* room for a few records */

static struct sim *machine;
static struct platform *root;
static struct audit_log *writer;
static struct follow *reader;
static struct follow_place place;
static int written; /* the stage of the last record */

static struct audit_log_config config = {.path = LOG, .backup = BACKUP, .size_bytes = SIZE_BYTES};

static int boot(void **state)
{
	(void)state;
	machine = sim_new(1, 1222264846);
	root = machine ? sim_root(machine) : NULL;
	writer = NULL;
	reader = NULL;
	place = (struct follow_place){0};
	written = 0;
	return root ? audit_log_open(root, &config, &writer, NULL) : -1;
}

static int power_off(void **state)
{
	(void)state;
	follow_close(reader);
	audit_log_close(writer);
	sim_free(machine);
	return 0;
}

static void write_some(int count)
{
	struct audit_record r;

	for (int i = 0; i < count; i++) {
		record_init(&r, RECORD_SHUTDOWN, 1222264846, 'M');
		record_cut_text(&r, RECORD_USER, "root");
		record_cut_text(&r, RECORD_SERVICE, "seosd");
		r.stage = ++written;
		assert_int_equal(audit_log_append(writer, &r), 0);
	}
}

static void reopen(void)
{
	follow_close(reader);
	assert_int_equal(follow_open(root, &config, &place, &reader), 0);
}

/* Reads on to the end, or for so many records; each one follows the last. Returns those lost. */
static uint64_t read_on(int count)
{
	struct audit_record r;
	uint64_t lost = 0;
	uint64_t before = place.number;
	int result = 1;

	while (count-- > 0 && (result = follow_next(reader, UINT64_MAX, &r, &place, &lost)) == 1)
		assert_int_equal(r.stage, place.number);
	assert_in_range(result, 0, 1);
	assert_in_range(lost, 0, place.number - before);
	return lost;
}

/* Logs that rotate at any moment, readers that begin again at any moment, and not one record
 * missing as long as it is in a file. */
static void every_record_once(void **state)
{
	unsigned seed = 7;

	(void)state;
	reopen();
	for (int i = 0; i < 4000; i++) {
		uint64_t missing = (uint64_t)written - place.number;

		switch (rand_r(&seed) % 4) {
		case 0:
			if (missing < 3) /* less than a file holds */
				write_some(1 + rand_r(&seed) % 3);
			break;
		case 1:
			reopen();
			break;
		case 2:
			assert_int_equal(read_on(1 + rand_r(&seed) % 3), 0);
			break;
		default:
			assert_int_equal(read_on(INT32_MAX), 0);
			assert_int_equal(place.number, written);
		}
	}
	assert_in_range(written, 500, INT32_MAX);
}

/* A reader that comes too late says how many it missed, and goes on. */
static void what_is_gone_is_counted(void **state)
{
	uint64_t lost;

	(void)state;
	write_some(2);
	reopen();
	assert_int_equal(read_on(INT32_MAX), 0);
	write_some(40);
	lost = read_on(INT32_MAX); /* its file is open still: the first ones of it are not lost */
	assert_in_range(lost, 10, 38);
	assert_int_equal(place.number, 42);
	write_some(40);
	reopen();
	assert_in_range(read_on(INT32_MAX), 20, 39);
	assert_int_equal(place.number, 82);
}

/* With backups kept nothing is lost, however late and from wherever a reader comes. */
static void kept_backups_are_read(void **state)
{
	unsigned seed = 11;

	(void)state;
	config.keeps_backups = true;
	audit_log_close(writer);
	assert_int_equal(audit_log_open(root, &config, &writer, NULL), 0);
	for (int i = 0; i < 60; i++) {
		write_some(rand_r(&seed) % 20);
		if (i == 0 || rand_r(&seed) % 2)
			reopen();
		assert_int_equal(read_on(1 + rand_r(&seed) % 30), 0);
		if (rand_r(&seed) % 3 == 0)
			sim_advance(machine, NS_PER_S);
	}
	assert_int_equal(read_on(INT32_MAX), 0);
	assert_int_equal(place.number, written);
	place = (struct follow_place){0};
	reopen();
	assert_int_equal(read_on(INT32_MAX), 0);
	assert_int_equal(place.number, written);
	config.keeps_backups = false;
}

/* Records beyond the limit wait. */
static void up_to(void **state)
{
	struct audit_record r;
	uint64_t lost = 0;

	(void)state;
	write_some(3);
	reopen();
	assert_int_equal(follow_next(reader, 1, &r, &place, &lost), 1);
	assert_int_equal(follow_next(reader, 1, &r, &place, &lost), 0);
	assert_int_equal(follow_next(reader, 1, &r, &place, &lost), 0);
	assert_int_equal(follow_next(reader, 2, &r, &place, &lost), 1);
	assert_int_equal(place.number, 2);
	assert_int_equal(follow_sync(reader), 0);
}

static void begin_anew(void)
{
	audit_log_close(writer);
	assert_int_equal(root->ops->unlink(root, LOG), 0);
	(void)root->ops->unlink(root, BACKUP);
	assert_int_equal(audit_log_open(root, &config, &writer, NULL), 0);
	written = 1000; /* other records than before */
}

/* A log that was begun anew is seen, whether it is shorter or longer than the place, and whether
 * the reader is at work or comes back. */
static void begun_anew(void **state)
{
	static const int lengths[] = {1, 3, 4};
	struct audit_record r;
	uint64_t lost = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin_anew();
		place = (struct follow_place){0};
		written = 0;
		write_some(3);
		reopen();
		read_on(INT32_MAX);
		assert_int_equal(place.number, 3);
		begin_anew();
		assert_int_equal(follow_next(reader, UINT64_MAX, &r, &place, &lost), 0);
		write_some(lengths[i]);
		assert_int_equal(follow_next(reader, UINT64_MAX, &r, &place, &lost), -ESTALE);
		follow_close(reader);
		assert_int_equal(follow_open(root, &config, &place, &reader), -ESTALE);
	}
}

/* Damage is said once and passed over, also where the place is. */
static void damage(void **state)
{
	struct audit_record r;
	uint64_t lost = 0;
	char byte = 'x';
	uint64_t bytes;
	int fd;

	(void)state;
	write_some(1);
	bytes = audit_log_size(writer);
	write_some(1);
	fd = root->ops->open(root, LOG, PLATFORM_APPEND, 0);
	assert_int_equal(root->ops->truncate(root, fd, 2 * bytes - 1), 0);
	assert_int_equal(root->ops->write(root, fd, &byte, 1), 0);
	root->ops->close(root, fd);
	write_some(1);
	reopen();
	assert_int_equal(follow_next(reader, UINT64_MAX, &r, &place, &lost), 1);
	assert_int_equal(follow_next(reader, UINT64_MAX, &r, &place, &lost), -EBADMSG);
	assert_int_equal(follow_next(reader, UINT64_MAX, &r, &place, &lost), 1);
	assert_int_equal(place.number, 3);
	assert_int_equal(lost, 1);
	place = (struct follow_place){2, 1};
	reopen();
	assert_int_equal(follow_next(reader, UINT64_MAX, &r, &place, &lost), 1);
	assert_int_equal(place.number, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(every_record_once, boot, power_off),
		cmocka_unit_test_setup_teardown(what_is_gone_is_counted, boot, power_off),
		cmocka_unit_test_setup_teardown(kept_backups_are_read, boot, power_off),
		cmocka_unit_test_setup_teardown(up_to, boot, power_off),
		cmocka_unit_test_setup_teardown(begun_anew, boot, power_off),
		cmocka_unit_test_setup_teardown(damage, boot, power_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
