/* SPDX-License-Identifier: MIT */
/*
 * A forecast as an SVG document: two panels over one axis of time, with the zones of warnings and
 * switches, and below them each wake-up; see audomon_explain.h. Colours follow the reader's choice
 * of a light or a dark page.
 */
#include "ref/cmd/audomon_explain.h"

#include <inttypes.h>

#define WIDTH        840
#define HEIGHT       470
#define LEFT         64
#define RIGHT        730
#define TRAIL_TOP    54 /* of the panels, in pixels */
#define SYSTEM_TOP   224
#define PANEL        130 /* height */
#define STRIP        386 /* the lines of marks */
#define STRIP_STEP   18
#define AXIS         438
#define SCALE        120 /* percent at the top of a panel */
#define SCALE_SYSTEM 100

static const char head[] =
	"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
	"height=\"%d\" "
	"role=\"img\" aria-label=\"When audomon wakes, warns and switches\">\n"
	"<style>\n"
	":root{--page:#fff;--ink:#24292f;--soft:#6e7781;--grid:#e4e8ec;--fill:#4c78a8;"
	"--warn:#d98a00;--switch:#cf222e}\n"
	"@media(prefers-color-scheme:dark){:root{--page:#0d1117;--ink:#e6edf3;--soft:#8b949e;"
	"--grid:#262c36;--fill:#6ea8dc;--warn:#e3a53a;--switch:#ff6b63}}\n"
	"text{font:12px system-ui,-apple-system,'Segoe UI',sans-serif;fill:var(--soft)}\n"
	".title{font-weight:600;font-size:13px;fill:var(--ink)}.end{text-anchor:end}"
	".middle{text-anchor:middle}\n"
	".page{fill:var(--page)}.grid{stroke:var(--grid)}.axis{stroke:var(--soft)}\n"
	".area{fill:var(--fill);fill-opacity:.22}.line{fill:none;stroke:var(--fill);"
	"stroke-width:2;stroke-linejoin:round}\n"
	".warn{stroke:var(--warn);stroke-dasharray:5 4}.switch{stroke:var(--switch);"
	"stroke-dasharray:5 4}\n"
	".t-warn{fill:var(--warn)}.t-switch{fill:var(--switch)}\n"
	".wake{stroke:var(--soft);stroke-width:1.5}.fall{stroke:var(--switch);opacity:.45}\n"
	"</style>\n"
	"<rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n";

struct panel {
	int top;
	double scale; /* percent at the top */
	double warn;
	double point;
	double (*percent)(const struct overflow_facts *facts);
};

static double x_of(const struct forecast *f, uint64_t ms)
{
	return LEFT + (double)(RIGHT - LEFT) * (double)ms / (double)forecast_end_ms(f);
}

/* What is above the top of a panel is cut off there, by the clip of its curve. */
static double y_of(const struct panel *p, double percent)
{
	return p->top + PANEL * (1 - percent / p->scale);
}

static double trail_percent(const struct overflow_facts *f)
{
	return (double)f->size_bytes / 10.24 / (double)f->afs_kb;
}

static double system_percent(const struct overflow_facts *f)
{
	return (double)(f->blocks - f->free) * 100 / (double)f->blocks;
}

/* Labels of lines that are close to each other make room for each other. */
static void print_level(FILE *out, const struct panel *p, const char *name, double percent,
			int label)
{
	double y = y_of(p, percent);

	fprintf(out, "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>\n", name,
		LEFT, RIGHT, y, y);
	fprintf(out, "<text class=\"t-%s\" x=\"%d\" y=\"%.1f\">%s %.4g %%</text>\n", name,
		RIGHT + 8, y + label, name, percent);
}

static void print_point(FILE *out, const struct forecast *f, const struct panel *p, uint64_t ms,
			uint64_t facts_ms)
{
	struct overflow_facts facts = forecast_facts(f, facts_ms);

	fprintf(out, "%.1f,%.1f ", x_of(f, ms), y_of(p, p->percent(&facts)));
}

/* The corners of the curve: those of what fills, and both sides of each switch. */
static void print_points(FILE *out, const struct forecast *f, const struct panel *p)
{
	unsigned i = 0;

	for (unsigned n = 0; n < f->curve.count; n++) {
		uint64_t ms = f->curve.points[n].at_ms;

		for (; i < f->count && f->events[i].at_ms <= ms; i++) {
			if (!f->events[i].decision.switch_for)
				continue;
			print_point(out, f, p, f->events[i].at_ms, f->events[i].at_ms);
			print_point(out, f, p, f->events[i].at_ms, f->events[i].at_ms + 1);
		}
		print_point(out, f, p, ms, ms);
	}
}

static void print_panel(FILE *out, const struct forecast *f, const struct panel *p)
{
	int bottom = p->top + PANEL;

	for (int percent = 0; percent <= 100; percent += 50) {
		double y = y_of(p, percent);

		fprintf(out,
			"<line class=\"grid\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>\n"
			"<text class=\"end\" x=\"%d\" y=\"%.1f\">%d %%</text>\n",
			LEFT, RIGHT, y, y, LEFT - 8, y + 4, percent);
	}
	fprintf(out,
		"<clipPath id=\"panel%d\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>"
		"</clipPath>\n<g clip-path=\"url(#panel%d)\">\n",
		p->top, LEFT, p->top, RIGHT - LEFT, PANEL + 1, p->top);
	fprintf(out, "<polygon class=\"area\" points=\"%d,%d ", LEFT, bottom);
	print_points(out, f, p);
	fprintf(out, "%d,%d\"/>\n<polyline class=\"line\" points=\"", RIGHT, bottom);
	print_points(out, f, p);
	fputs("\"/>\n</g>\n", out);
	if (p->warn < p->point)
		print_level(out, p, "warn", p->warn, 9);
	print_level(out, p, "switch", p->point, 1);
}

static void print_event(FILE *out, const struct forecast *f, const struct forecast_event *e)
{
	double x = x_of(f, e->at_ms);

	fprintf(out, "<line class=\"wake\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>\n", x, x,
		STRIP - 8, STRIP + 2);
	if (e->decision.switch_for)
		fprintf(out,
			"<line class=\"fall\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
			"<circle class=\"t-switch\" cx=\"%.1f\" cy=\"%d\" r=\"5\"/>\n",
			x, x, TRAIL_TOP, STRIP + 2 * STRIP_STEP, x, STRIP + 2 * STRIP_STEP - 3);
	else if (e->decision.warn_of || e->decision.held)
		fprintf(out, "<path class=\"t-warn\" d=\"M%.1f %dl4.5 8h-9z\"/>\n", x,
			STRIP + STRIP_STEP - 7);
}

static void print_axis(FILE *out, const struct forecast *f)
{
	static const char *const strips[] = {"wakes", "warns", "switches"};
	double minutes = (double)forecast_end_ms(f) / FORECAST_MINUTE_MS;

	for (int i = 0; i < 3; i++)
		fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%d\">%s</text>\n", LEFT - 8,
			STRIP + i * STRIP_STEP + 1, strips[i]);
	fprintf(out, "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n", LEFT,
		RIGHT, AXIS, AXIS);
	for (int i = 0; i <= 8; i++)
		fprintf(out, "<text class=\"middle\" x=\"%d\" y=\"%d\">%.4g</text>\n",
			LEFT + (RIGHT - LEFT) * i / 8, AXIS + 17, minutes * i / 8);
	fprintf(out, "<text x=\"%d\" y=\"%d\">minutes</text>\n", RIGHT + 24, AXIS + 17);
}

void audomon_svg(FILE *out, const struct forecast *f)
{
	double point = 100 - (double)f->settings.fss_percent;
	double warn = f->settings.warning_percent;
	const struct panel trail = {TRAIL_TOP, SCALE, warn, 100, trail_percent};
	const struct panel system = {SYSTEM_TOP, SCALE_SYSTEM, point * warn / 100, point,
				     system_percent};

	fprintf(out, head, WIDTH, HEIGHT, WIDTH, HEIGHT);
	fprintf(out,
		"<text class=\"title\" x=\"%d\" y=\"%d\">Audit trail, of %" PRIu64 " Kb</text>\n",
		LEFT, TRAIL_TOP - 12, f->afs_kb);
	fprintf(out, "<text class=\"end\" x=\"%d\" y=\"%d\">audomon -p %u -t %.4g -w %u</text>\n",
		WIDTH - 16, 24, f->settings.fss_percent,
		(double)f->settings.sp_ms / FORECAST_MINUTE_MS, f->settings.warning_percent);
	fprintf(out, "<text class=\"title\" x=\"%d\" y=\"%d\">Its file system</text>\n", LEFT,
		SYSTEM_TOP - 12);
	print_panel(out, f, &trail);
	print_panel(out, f, &system);
	print_axis(out, f);
	for (unsigned i = 0; i < f->count; i++)
		print_event(out, f, &f->events[i]);
	fputs("</svg>\n", out);
}
