/* SPDX-License-Identifier: MIT */
/*
 * sim: runs the explorer (explore.h) over many seeds, or one seed again with every step told. Exit
 * 0: everything held, 1: a seed found something, 2: wrong usage.
 */
#include "sim/explore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
	"Usage: sim explore [--seeds N] [--from SEED]\n"
	"       sim replay SEED\n"
	"  explore  runs N seeds (100), from SEED (1) on; ends at the first that finds "
	"something\n"
	"  replay   runs one and tells each of its steps\n";

static bool read_number(const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno;
}

static int explore(uint64_t from, uint64_t count)
{
	struct explore_result total = {0}, result;

	for (uint64_t seed = from; seed < from + count; seed++) {
		if (!explore_seed(seed, NULL, &result)) {
			printf("seed %" PRIu64 ": %s\nreplay: sim replay %" PRIu64 "\n", seed,
			       result.why, seed);
			return 1;
		}
		explore_add(&total, &result);
	}
	printf("%" PRIu64
	       " seeds: %u records acknowledged, %u collected; %u deaths, %u power cuts: "
	       "none lost, none doubled, none torn\n",
	       count, total.acknowledged, total.collected, total.deaths, total.power_cuts);
	printf("%u shutdowns granted, %u denied, each with one record; a daemon is back after "
	       "%" PRId64 " ms at most; %u unloads with nobody inside\n",
	       total.granted, total.denied, total.slowest_restart_ms, total.unloads);
	printf("%u wake-ups of audomon, none too soon; %u switches, one a crossing\n",
	       total.wake_ups, total.switches);
	printf("%u sessions recorded, %u with their one end, the others ended where nobody was to "
	       "record it\n",
	       total.logins, total.logouts);
	return 0;
}

static int replay(uint64_t seed)
{
	struct explore_result result;
	bool fine = explore_seed(seed, stdout, &result);

	printf("seed %" PRIu64 ": %s; %u records acknowledged, %u collected\n", seed,
	       fine ? "everything held" : result.why, result.acknowledged, result.collected);
	return fine ? 0 : 1;
}

int main(int argc, char **argv)
{
	uint64_t from = 1, count = 100, seed;
	int i = 2;

	if (argc == 3 && !strcmp(argv[1], "replay") && read_number(argv[2], &seed))
		return replay(seed);
	if (argc < 2 || strcmp(argv[1], "explore") != 0) {
		fputs(usage, stderr);
		return 2;
	}
	for (; i + 1 < argc; i += 2) {
		uint64_t *to = !strcmp(argv[i], "--seeds")  ? &count
			       : !strcmp(argv[i], "--from") ? &from
							    : NULL;

		if (!to || !read_number(argv[i + 1], to))
			break;
	}
	if (i < argc) {
		fprintf(stderr, "sim: what is this: %s\n%s", argv[i], usage);
		return 2;
	}
	return explore(from, count);
}
