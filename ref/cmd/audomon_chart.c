/* SPDX-License-Identifier: MIT */
/*
 * A forecast on a terminal: two charts of block characters over one axis of time, and below them
 * when audomon wakes, warns and switches; see audomon_explain.h.
 */
#include "ref/cmd/audomon_explain.h"

#include <inttypes.h>
#include <string.h>

#define COLUMNS     66
#define STEP        10  /* percent a row */
#define TRAIL_TOP   110 /* percent: what grows past the switch point shows */
#define SYSTEM_TOP  100
#define LABEL_WIDTH "%8s"

/* In percent, to be compared with rows. */
struct series {
	const char *title;
	double value[COLUMNS];
	double warn;
	double point; /* where the switch comes */
	int top;
};

static uint64_t column_ms(const struct forecast *f, int column)
{
	return forecast_end_ms(f) * (uint64_t)column / (COLUMNS - 1);
}

static void print_cell(FILE *out, const struct series *s, int row_low, double value)
{
	static const char *const blocks[] = {"", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	double eighths = (value - row_low) * 8 / STEP;

	if (eighths >= 8)
		fputs(blocks[8], out);
	else if (eighths >= 0.5)
		fputs(blocks[(int)(eighths + 0.5)], out);
	else if (s->point >= row_low && s->point < row_low + STEP)
		fputs("─", out);
	else if (s->warn >= row_low && s->warn < row_low + STEP)
		fputs("┈", out);
	else
		fputs(" ", out);
}

static void print_label(FILE *out, const struct series *s, int row_low)
{
	if (s->point >= row_low && s->point < row_low + STEP)
		fprintf(out, LABEL_WIDTH " ┤", "switch");
	else if (s->warn >= row_low && s->warn < row_low + STEP)
		fprintf(out, LABEL_WIDTH " ┤", "warn");
	else if (row_low % 50 == 0)
		fprintf(out, "%6d %% ┤", row_low);
	else
		fprintf(out, LABEL_WIDTH " │", "");
}

static void print_series(FILE *out, const struct series *s)
{
	fprintf(out, "%s\n", s->title);
	for (int low = s->top - STEP; low >= 0; low -= STEP) {
		print_label(out, s, low);
		for (int i = 0; i < COLUMNS; i++)
			print_cell(out, s, low, s->value[i]);
		fputc('\n', out);
	}
	fprintf(out, LABEL_WIDTH " └", "");
	for (int i = 0; i < COLUMNS; i++)
		fputs("─", out);
	fputc('\n', out);
}

static bool wakes(const struct forecast_event *e)
{
	(void)e;
	return true;
}

static bool warns(const struct forecast_event *e)
{
	return !e->decision.switch_for && (e->decision.warn_of || e->decision.held);
}

static bool switches(const struct forecast_event *e)
{
	return e->decision.switch_for != 0;
}

static void print_strip(FILE *out, const struct forecast *f, const char *label, const char *mark,
			bool (*shown)(const struct forecast_event *))
{
	bool marked[COLUMNS] = {false};

	for (unsigned i = 0; i < f->count; i++) {
		uint64_t column = f->events[i].at_ms * (COLUMNS - 1) / forecast_end_ms(f);

		marked[column] |= shown(&f->events[i]);
	}
	fprintf(out, LABEL_WIDTH "  ", label);
	for (int i = 0; i < COLUMNS; i++)
		fputs(marked[i] ? mark : " ", out);
	fputc('\n', out);
}

/* A number at each quarter of the time. */
static void print_minutes(FILE *out, const struct forecast *f)
{
	double minutes = (double)forecast_end_ms(f) / FORECAST_MINUTE_MS;
	char line[COLUMNS + 16];
	char number[16];

	memset(line, ' ', sizeof(line));
	for (int quarter = 0; quarter <= 4; quarter++) {
		int n = snprintf(number, sizeof(number), "%.5g", minutes * quarter / 4);
		int at = (COLUMNS - 1) * quarter / 4 - (quarter ? n / 2 : 0);

		memcpy(line + at, number, (size_t)n);
	}
	fprintf(out, LABEL_WIDTH "  %.*s\n", "minute", COLUMNS + 2, line);
}

void audomon_chart(FILE *out, const struct forecast *f)
{
	double point = 100 - (double)f->settings.fss_percent;
	struct series trail = {.warn = f->settings.warning_percent, .point = 100, .top = TRAIL_TOP};
	struct series system = {.title = "file system, % of its blocks",
				.warn = point * f->settings.warning_percent / 100,
				.point = point,
				.top = SYSTEM_TOP};
	char title[64];

	for (int i = 0; i < COLUMNS; i++) {
		struct overflow_facts now = forecast_facts(f, column_ms(f, i));

		trail.value[i] = (double)now.size_bytes / 10.24 / (double)f->afs_kb;
		system.value[i] = (double)(now.blocks - now.free) * 100 / (double)now.blocks;
	}
	snprintf(title, sizeof(title), "audit trail, %% of %" PRIu64 " Kb", f->afs_kb);
	trail.title = title;
	print_series(out, &trail);
	print_series(out, &system);
	print_strip(out, f, "wakes", "╵", wakes);
	print_strip(out, f, "warns", "▴", warns);
	print_strip(out, f, "switches", "●", switches);
	print_minutes(out, f);
	fputc('\n', out);
}
