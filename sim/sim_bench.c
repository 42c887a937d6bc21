/* SPDX-License-Identifier: MIT */
/*
 * What virtual time costs: simulated days of audomon on a file system near its switch point, where
 *it looks once a minute. Prints how often it woke up. Not for looking at a clock: ci/bench does.
 *
 *	sim_bench DAYS
 */
#include "sim/sim.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY_NS (86400 * NS_PER_S)

/* Runs a command of the machine; false: it failed, which is said. */
static bool run(struct sim *s, const char *const *argv)
{
	struct sim_command command = {.argv = argv};
	struct sim_result r;
	int error = sim_run(s, &command, &r);
	bool good;

	if (error) {
		fprintf(stderr, "sim_bench: %s cannot be run: error %d\n", argv[0], -error);
		return false;
	}
	good = r.status == EXIT_DONE;
	if (!good)
		fprintf(stderr, "sim_bench: %s ended with %d: %s%s\n", argv[0], r.status, r.out,
			r.err);
	sim_result_free(&r);
	return good;
}

static bool watch(struct sim *s)
{
	static const char *const audsys[] = {"audsys", "-n",   "-c", "/var/.audit/trail",
					     "-s",     "1000", NULL};
	static const char *const audomon[] = {"audomon", "-p", "20", "-t", "1", NULL};
	static const char *const near[] = {"set", "blocks=10000", "free=2001", "available=2001"};
	char reply[FILL_REPLY_MAX];

	if (sim_mount(s, "/var/.audit") || sim_fill(s, "/var/.audit", 4, near, reply)) {
		fputs("sim_bench: no disk at /var/.audit\n", stderr);
		return false;
	}
	return run(s, audsys) && run(s, audomon);
}

static unsigned long count_wakeups(struct sim *s, int64_t until_ns)
{
	unsigned long n = 0;

	while (sim_step(s, until_ns))
		n++;
	return n;
}

int main(int argc, char **argv)
{
	char *end = NULL;
	unsigned long days;
	struct sim *s;
	bool good;

	errno = 0;
	days = argc == 2 ? strtoul(argv[1], &end, 10) : 0;
	if (!end || *end || errno || !days || days > 100000) {
		fputs("usage: sim_bench DAYS\n", stderr);
		return 2;
	}
	s = sim_new(1, 1222264846);
	if (!s) {
		fputs("sim_bench: out of memory\n", stderr);
		return 1;
	}
	good = watch(s);
	if (good)
		printf("%lu\n", count_wakeups(s, sim_boot_ns(s) + (int64_t)days * DAY_NS));
	good = good && sim_process_find(s, "audomon");
	sim_free(s);
	return good ? 0 : 1;
}
