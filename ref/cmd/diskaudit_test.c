/* SPDX-License-Identifier: MIT */
/*
 * Tests of diskaudit and its neighbours on a simulated machine, by seed: calls are made while
 * trails are switched by hand, by size and by space, and while diskaudit, audsys or audomon is
 * killed at every step that changes anything. Afterwards an oracle reads all trails: every event
 * that the machine took is there exactly once, in the order of its source, and every file is whole.
 */
#include "ref/core/trail_record.h"
#include "ref/store/file.h"
#include "ref/store/trail.h"
#include "sim/sim.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SOURCES        3
#define EVENTS_MAX     4096 /* of a source */
#define SETTINGS       "AUDEVENT_ARGS1=\"-P -F -e open -e delete\"\n"
#define FILE_MAX_BYTES (1U << 22)

static unsigned cuts, records; /* over all tests, for the last line */

/* The machine under test, and what the oracle knows. */
struct world {
	struct sim *sim;
	uint64_t random;
	uint64_t taken[SOURCES]; /* events the machine has taken, lost ones included */
	unsigned seen[SOURCES][EVENTS_MAX];
	unsigned waited;
};

static unsigned pick(struct world *w, unsigned below)
{
	w->random = w->random * UINT64_C(6364136223846793005) + 1442695040888963407U;
	return (unsigned)(w->random >> 33) % below;
}

static int run(struct world *w, const char *const *argv)
{
	struct sim_result r;
	int error = sim_run(w->sim, &(struct sim_command){.argv = argv}, &r);

	assert_int_equal(error, 0);
	sim_result_free(&r);
	return r.status;
}

#define RUN(w, ...) run(w, (const char *const[]){__VA_ARGS__, NULL})

static void put(struct world *w, const char *path, const char *text)
{
	struct platform *p = sim_root(w->sim);
	int fd = p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE | PLATFORM_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(p->ops->write(p, fd, text, strlen(text)), 0);
	p->ops->close(p, fd);
}

static void world_open(struct world *w, uint64_t seed, const char *settings)
{
	memset(w, 0, sizeof(*w));
	w->sim = sim_new(seed, 1222256334);
	w->random = seed;
	assert_non_null(w->sim);
	put(w, "/etc/rc.config.d/auditing", settings);
	assert_int_equal(sim_mount(w->sim, "/var/.audit"), 0);
}

static int call(struct world *w, uid_t uid)
{
	struct platform_audit_event e = {
		.source = pick(w, SOURCES),
		.pid = (pid_t)(1000 + pick(w, 50)),
		.ppid = 1,
		.uid = uid,
		.euid = uid,
		.abi = 2,
		.number = 5,
		.class = TRAIL_CLASS_OPEN,
		.result = pick(w, 2) ? 3 : -ENOENT,
	};

	snprintf(e.program, sizeof(e.program), "p%u", pick(w, 3));
	snprintf(e.path, sizeof(e.path), "/tmp/%0*u", (int)(1 + pick(w, 200)), pick(w, 1000));
	return sim_audit_call(w->sim, &e);
}

static void calls(struct world *w, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		w->waited += call(w, 100) == -EAGAIN;
		if (pick(w, 4) == 0)
			sim_advance(w->sim, 1000 + pick(w, 200000));
	}
}

/* The oracle */

static void oracle_record(struct world *w, const struct trail_record *r)
{
	uint64_t count = r->type == TRAIL_RECORD_LOST ? r->lost : 1;

	if (r->type != TRAIL_RECORD_CALL && r->type != TRAIL_RECORD_LOST)
		return;
	assert_in_range(r->source, 0, SOURCES - 1);
	for (uint64_t i = 0; i < count; i++) {
		assert_in_range(r->sequence + i, 1, EVENTS_MAX - 1);
		w->seen[r->source][r->sequence + i]++;
	}
	records++;
}

static int oracle_file(struct world *w, const char *path)
{
	struct platform *p = sim_root(w->sim);
	uint64_t last[SOURCES] = {0};
	char *data = NULL;
	size_t bytes;
	size_t used;

	assert_int_equal(file_read(p, path, FILE_MAX_BYTES, &data, &bytes), 0);
	/* Who was killed making a trail has left one that nothing was recorded in. */
	if (bytes >= TRAIL_VERSION_BYTES)
		assert_memory_equal(data, "AUDTRAIL", 8);
	for (size_t at = TRAIL_VERSION_BYTES; at < bytes; at += used) {
		struct trail_record r;

		assert_int_equal(
			trail_record_decode((unsigned char *)data + at, bytes - at, &r, &used),
			TRAIL_RECORD_OK);
		oracle_record(w, &r);
		if (r.sequence) {
			assert_true(r.sequence > last[r.source]);
			last[r.source] = r.sequence;
		}
	}
	free(data);
	return 0;
}

struct walk {
	struct world *world;
	const char *folder;
};

static int oracle_walk(void *arg, const char *name)
{
	const struct walk *walk = arg;
	struct platform *p = sim_root(walk->world->sim);
	char path[PLATFORM_PATH_MAX];
	struct platform_stat s;

	snprintf(path, sizeof(path), "%s/%s", walk->folder, name);
	assert_int_equal(p->ops->stat(p, path, &s), 0);
	if (s.is_dir)
		return p->ops->list(p, path, oracle_walk, &(struct walk){walk->world, path});
	return oracle_file(walk->world, path);
}

/* Everything written, auditing off; then: nothing lost, torn or doubled. */
static void oracle(struct world *w)
{
	struct platform *p = sim_root(w->sim);

	assert_int_equal(RUN(w, "audsys", "-f"), 0);
	assert_int_equal(
		p->ops->list(p, "/var/.audit", oracle_walk, &(struct walk){w, "/var/.audit"}), 0);
	for (unsigned i = 0; i < SOURCES; i++) {
		uint64_t next = sim_audit_next(w->sim, i);

		assert_in_range(next, 1, EVENTS_MAX - 1);
		for (uint64_t n = 1; n < next; n++)
			assert_int_equal(w->seen[i][n], 1);
		assert_int_equal(w->seen[i][next], 0);
	}
	sim_free(w->sim);
}

static void switch_by_hand(struct world *w, unsigned n)
{
	char path[64];

	snprintf(path, sizeof(path), "/var/.audit/t%u", n);
	(void)RUN(w, "audsys", "-c", path, "-s", "1000");
}

static void begin_auditing(struct world *w, const char *files)
{
	assert_int_equal(RUN(w, "audsys", "-n", "-N", files, "-c", "/var/.audit/t", "-s", "1000"),
			 0);
}

static void events_are_written_once(void **state)
{
	static const char *const modes[] = {"0", "1", "2", "5"};
	static struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		world_open(&w, i + 1, SETTINGS);
		begin_auditing(&w, modes[i]);
		calls(&w, 100);
		switch_by_hand(&w, 1);
		calls(&w, 100);
		oracle(&w);
	}
}

static void a_killed_writer_loses_and_doubles_nothing(void **state)
{
	static struct world w;
	bool died = true;

	(void)state;
	for (unsigned step = 1; died; step++) {
		world_open(&w, step, SETTINGS);
		begin_auditing(&w, "2");
		calls(&w, 20);
		sim_die(w.sim, "diskaudit", step);
		for (unsigned n = 1; n < 4; n++) {
			calls(&w, 10);
			switch_by_hand(&w, n);
		}
		calls(&w, 10);
		died = sim_die(w.sim, "diskaudit", 0) == 0;
		cuts += died;
		switch_by_hand(&w, 9);
		oracle(&w);
	}
	assert_true(cuts > 50);
}

static void a_killed_audsys_loses_and_doubles_nothing(void **state)
{
	static struct world w;
	bool died = true;
	unsigned before = cuts;

	(void)state;
	for (unsigned step = 1; died; step++) {
		world_open(&w, step, SETTINGS);
		begin_auditing(&w, "2");
		calls(&w, 20);
		sim_die(w.sim, "audsys", step);
		switch_by_hand(&w, 1);
		died = sim_die(w.sim, "audsys", 0) == 0;
		cuts += died;
		calls(&w, 20);
		switch_by_hand(&w, 2);
		calls(&w, 20);
		oracle(&w);
	}
	assert_true(cuts > before + 5);
}

static void switches_of_audomon_lose_and_double_nothing(void **state)
{
	static const char *const killed[] = {"diskaudit", "audomon"};
	static struct world w;

	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		world_open(&w, seed, SETTINGS);
		assert_int_equal(RUN(&w, "audsys", "-n", "-N", pick(&w, 2) ? "2" : "0", "-c",
				     "/var/.audit/t", "-s", "8"),
				 0);
		assert_int_equal(RUN(&w, "audomon", "-t", "0.001"), 0);
		for (unsigned n = 0; n < 20; n++) {
			calls(&w, 10);
			if (pick(&w, 5) == 0)
				sim_die(w.sim, killed[pick(&w, 2)], 1 + pick(&w, 30));
			sim_advance(w.sim, pick(&w, 200) * NS_PER_MS);
			cuts += sim_die(w.sim, "", 0) == 0;
			(void)RUN(&w, "audomon", "-t", "0.001"); /* unless it runs */
			if (pick(&w, 6) == 0)
				switch_by_hand(&w, n);
		}
		oracle(&w);
	}
}

/* 11i v3 goes over to a new trail when the current one is gone; what was in that is gone too. */
static void a_trail_that_is_gone_is_replaced(void **state)
{
	static struct world w;
	struct trail_names names;
	char why[256];

	(void)state;
	world_open(&w, 5, SETTINGS);
	begin_auditing(&w, "1");
	calls(&w, 20);
	assert_int_equal(sim_remove(w.sim, "/var/.audit/t"), 0);
	calls(&w, 20);
	sim_advance(w.sim, 2 * NS_PER_S);
	assert_int_equal(trail_names_load(sim_root(w.sim), &names, why, sizeof(why)), 0);
	assert_string_equal(names.current, "/var/.audit/t.200809241138");
	assert_int_equal(w.waited, 0);
	assert_int_equal(RUN(&w, "audsys", "-f"), 0);
	sim_free(w.sim);
}

/* Root does not wait: what finds no room is lost, and the trail says how much. */
static void what_root_loses_is_told(void **state)
{
	static struct world w;
	unsigned lost = 0;

	(void)state;
	world_open(&w, 6, SETTINGS);
	begin_auditing(&w, "1");
	sim_kill(w.sim, sim_process_find(w.sim, "diskaudit"), SIGKILL);
	for (unsigned i = 0; i < 400; i++)
		lost += call(&w, 0) == -ENOBUFS;
	assert_true(lost > 100);
	assert_int_equal(call(&w, 100), -EAGAIN);
	switch_by_hand(&w, 1);
	for (unsigned i = 0; i < 3 * SOURCES * 10; i++)
		(void)call(&w, 0);
	oracle(&w);
}

static int report(void **state)
{
	(void)state;
	printf("# %u cuts, %u records checked\n", cuts, records);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_written_once),
		cmocka_unit_test(a_killed_writer_loses_and_doubles_nothing),
		cmocka_unit_test(a_killed_audsys_loses_and_doubles_nothing),
		cmocka_unit_test(switches_of_audomon_lose_and_double_nothing),
		cmocka_unit_test(a_trail_that_is_gone_is_replaced),
		cmocka_unit_test(what_root_loses_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, report);
}
