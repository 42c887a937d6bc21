/* SPDX-License-Identifier: MIT */
/*
 * How late audomon warns and switches: the real program in virtual time, while trails or file
 * systems fill along many curves, the settings and shapes drawn by a seed. Prints a line "NAME
 *VALUE" each; lateness is in sp_freq, the shortest interval between two looks. Not for: what it
 *does at a look (core/overflow_test.c).
 *
 *	curve_bench CURVES
 */
#include "sim/sim.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS     1000000
#define AFS_KB     1000
#define TRAIL      "/var/.audit/trail"
#define MESSAGES   "/var/log/messages"
#define STEP_MS    250
#define CURVES_MAX 10000
#define BURSTS_MAX 32

enum shape { STEADY, GROWING, BURSTS, SHAPES };
enum thing { WARNING, SWITCH, THINGS };

/* What fills up reaches its switch point at the end, and goes on. */
struct curve {
	enum shape shape;
	bool of_trail; /* or of its file system */
	unsigned fss, warning;
	double sp_s, end_s, begin; /* begin: share of the way that is gone at first */
	unsigned bursts;
	double burst_at[BURSTS_MAX]; /* shares of the time, ascending */
};

/* In sp_freq, of each shape; early ones are not late by a negative amount. */
static double late[SHAPES][THINGS][CURVES_MAX];
static unsigned counts[SHAPES][THINGS];
static unsigned early, unwarned;

static uint64_t random_state = 20070201;

static double random_share(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (double)(random_state >> 11) / (double)(UINT64_C(1) << 53);
}

static int ascending(const void *x, const void *y)
{
	double a = *(const double *)x;
	double b = *(const double *)y;

	return (a > b) - (a < b);
}

static struct curve draw(unsigned n)
{
	struct curve c = {
		.shape = n % SHAPES,
		.of_trail = random_share() < 0.5,
		.fss = 6 + (unsigned)(35 * random_share()), /* beyond the reserve */
		.warning = 50 + (unsigned)(46 * random_share()),
		.sp_s = 30 * (1 + floor(8 * random_share())),
		.begin = 0.5 * random_share(),
		.bursts = 4 + (unsigned)((BURSTS_MAX - 4) * random_share()),
	};

	/* Quicker than the longest sleep nobody can be on time; much slower there is no art in it.
	 */
	c.end_s = c.sp_s * (10 + 50 * random_share());
	for (unsigned i = 0; i < c.bursts; i++)
		c.burst_at[i] = random_share();
	qsort(c.burst_at, c.bursts, sizeof(c.burst_at[0]), ascending);
	c.burst_at[c.bursts - 1] = 1;
	return c;
}

/* The share of the way to the switch point that is gone. */
static double gone(const struct curve *c, double at_s)
{
	double x = at_s / c->end_s;
	unsigned n = 0;

	if (c->shape == GROWING)
		return c->begin + (1 - c->begin) * x * x;
	if (c->shape == STEADY)
		return c->begin + (1 - c->begin) * x;
	while (n < c->bursts && c->burst_at[n] <= x)
		n++;
	return c->begin + (1 - c->begin) * n / c->bursts;
}

/* When that share is reached. */
static double reached_s(const struct curve *c, double share)
{
	double x = (share - c->begin) / (1 - c->begin);

	if (x <= 0)
		return 0;
	if (c->shape == GROWING)
		return c->end_s * sqrt(x);
	if (c->shape == STEADY)
		return c->end_s * x;
	return c->end_s * c->burst_at[(unsigned)ceil(x * c->bursts - 1e-9) - 1];
}

static bool run(struct sim *s, const char *const *argv)
{
	struct sim_command command = {.argv = argv};
	struct sim_result r;
	bool good = !sim_run(s, &command, &r) && r.status == EXIT_DONE;

	if (!good)
		fprintf(stderr, "curve_bench: %s failed: %s%s\n", argv[0], r.out, r.err);
	sim_result_free(&r);
	return good;
}

static bool fill_up(struct sim *s, const struct curve *c, double at_s)
{
	struct platform *p = sim_root(s);
	double share = gone(c, at_s) < 1.5 ? gone(c, at_s) : 1.5;
	double used = share * (100 - c->fss) / 100;
	char blocks[32], free_blocks[32], available[32], reply[FILL_REPLY_MAX];
	const char *const set[] = {"set", blocks, free_blocks, available};
	int fd;
	int error;

	if (!c->of_trail) {
		long left = BLOCKS - lround(ceil(used * BLOCKS));

		left = left > 0 ? left : 0;
		snprintf(blocks, sizeof(blocks), "blocks=%d", BLOCKS);
		snprintf(free_blocks, sizeof(free_blocks), "free=%ld", left);
		snprintf(available, sizeof(available), "available=%ld", left);
		return !sim_fill(s, "/var/.audit", 4, set, reply);
	}
	fd = p->ops->open(p, TRAIL, PLATFORM_APPEND, 0);
	error = fd < 0 ? fd : p->ops->truncate(p, fd, (uint64_t)ceil(share * AFS_KB * 1024));
	if (fd >= 0)
		p->ops->close(p, fd);
	return !error;
}

static bool begin(struct sim *s, const struct curve *c)
{
	char fss[8], warning[8], sp[16];
	const char *const audsys[] = {"audsys", "-n", "-N", "0", "-c", TRAIL, "-s", "1000", NULL};
	const char *const audomon[] = {"audomon", "-p", fss,  "-w",     warning,
				       "-t",      sp,   "-o", MESSAGES, NULL};

	snprintf(fss, sizeof(fss), "%u", c->fss);
	snprintf(warning, sizeof(warning), "%u", c->warning);
	snprintf(sp, sizeof(sp), "%.2f", c->sp_s / 60);
	return !sim_mount(s, "/var/.audit") && run(s, audsys) && fill_up(s, c, 0) &&
	       run(s, audomon);
}

/* Whether a message with these words has been written. */
static bool said(struct sim *s, const char *words)
{
	struct platform *p = sim_root(s);
	int fd = p->ops->open(p, MESSAGES, PLATFORM_READ, 0);
	char text[65536];
	ssize_t n;

	if (fd < 0)
		return false;
	n = p->ops->read(p, fd, text, sizeof(text) - 1, 0);
	p->ops->close(p, fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, words);
}

static void note(const struct curve *c, enum thing thing, double at_s)
{
	double exact_s = reached_s(c, thing == WARNING ? c->warning / 100.0 : 1);
	double by = (at_s - exact_s) / c->sp_s;

	if (by < -(double)STEP_MS / 1000 / c->sp_s)
		early++;
	late[c->shape][thing][counts[c->shape][thing]++] = by > 0 ? by : 0;
}

/* Fills one up until it is switched; false: that failed. */
static bool follow(const struct curve *c)
{
	struct sim *s = sim_new(1, 1171467000);
	bool warned = false;
	bool switched = false;
	bool good = s && begin(s, c);

	for (int64_t ms = 0; good && !switched; ms += STEP_MS) {
		double at_s = (double)ms / 1000;

		good = fill_up(s, c, at_s) && at_s < 10 * c->end_s;
		sim_advance(s, STEP_MS * NS_PER_MS);
		if (!warned && said(s, "warning: ")) {
			warned = true;
			note(c, WARNING, at_s);
		}
		switched = said(s, "switched from ");
		if (switched)
			note(c, SWITCH, at_s);
	}
	unwarned += switched && !warned;
	if (s)
		sim_free(s);
	return good;
}

static void print(unsigned curves)
{
	static const char *const shapes[] = {"steady", "growing", "bursts"};
	static const char *const things[] = {"warning", "switch"};

	for (int i = 0; i < SHAPES; i++) {
		for (int k = 0; k < THINGS; k++) {
			unsigned n = counts[i][k];

			if (!n)
				continue;
			qsort(late[i][k], n, sizeof(late[i][k][0]), ascending);
			printf("%s/%s/median %.2f\n%s/%s/worst %.2f\n", shapes[i], things[k],
			       late[i][k][n / 2], shapes[i], things[k], late[i][k][n - 1]);
		}
	}
	printf("curves %u\nearly %u\nunwarned %u\n", curves, early, unwarned);
}

int main(int argc, char **argv)
{
	char *end = NULL;
	unsigned long curves = argc == 2 ? strtoul(argv[1], &end, 10) : 0;

	if (!end || *end || !curves || curves > CURVES_MAX) {
		fprintf(stderr, "usage: curve_bench CURVES (at most %d)\n", CURVES_MAX);
		return 2;
	}
	for (unsigned n = 0; n < curves; n++) {
		struct curve c = draw(n);

		if (!follow(&c)) {
			fprintf(stderr, "curve_bench: curve %u failed\n", n);
			return 1;
		}
	}
	print((unsigned)curves);
	return 0;
}
