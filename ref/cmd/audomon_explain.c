/* SPDX-License-Identifier: MIT */
/*
 * The command line of `audomon --explain`, and the forecast in words; see audomon_explain.h.
 */
#include "ref/cmd/audomon_explain.h"
#include "ref/core/trail.h"
#include "ref/store/file.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Two hours in which both switch points are reached, and room is made in the end. */
#define FILL_DEFAULT                                                                               \
	"0:0:30,40:300:45,60:700:62,75:1100:72,90:1500:84,100:1600:86,105:1650:60,120:1800:64"

__attribute__((format(printf, 2, 3))) static int refuse(struct program_run *run, const char *format,
							...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("audomon: --explain: ", run->out);
	vfprintf(run->out, format, arguments);
	fputc('\n', run->out);
	va_end(arguments);
	return EXIT_USAGE;
}

static int take_fill(struct program_run *run, const char *text, struct forecast *f)
{
	const char *fault = forecast_parse(text, &f->curve);

	return fault ? refuse(run, "--fill %.80s: %s", text, fault) : 0;
}

static int take_option(struct program_run *run, int option, struct forecast *f, const char **svg)
{
	bool good = true;
	uint32_t kb;

	switch (option) {
	case 'p':
		good = overflow_parse_percent(optarg, &f->settings.fss_percent);
		break;
	case 'w':
		good = overflow_parse_percent(optarg, &f->settings.warning_percent);
		break;
	case 't':
		good = overflow_parse_minutes(optarg, &f->settings.sp_ms);
		break;
	case 's':
		good = trail_parse_number(optarg, 1, TRAIL_KB_MAX, &kb);
		f->afs_kb = good ? kb : f->afs_kb;
		break;
	case 'F':
		return take_fill(run, optarg, f);
	case 'S':
		*svg = optarg;
		return 0;
	case ':':
		return refuse(run, "an option has no argument (audomon -h shows the usage)");
	default:
		return refuse(run, "unknown option (audomon -h shows the usage)");
	}
	return good ? 0 : refuse(run, "-%c %.80s: out of range", option, optarg);
}

static int parse(struct program_run *run, int argc, char **argv, struct forecast *f,
		 const char **svg)
{
	static const struct option names[] = {
		{"fill", required_argument, NULL, 'F'},
		{"svg", required_argument, NULL, 'S'},
		{0},
	};
	int status = 0;
	int option;

	optind = 0; /* getopt starts anew, whoever used it before */
	opterr = 0;
	while (!status && (option = getopt_long(argc, argv, "+:p:t:w:s:", names, NULL)) != -1)
		status = take_option(run, option, f, svg);
	if (!status && optind < argc)
		status = refuse(run, "unexpected operand %.80s", argv[optind]);
	return status;
}

/* The forecast in words: the switches one by one, the rest as counts. */
static void tell(FILE *out, const struct forecast *f)
{
	static const char *const causes[] = {"", "trail size", "file space",
					     "trail size and file space"};
	unsigned warnings = 0;
	unsigned switches = 0;

	for (unsigned i = 0; i < f->count; i++) {
		const struct forecast_event *e = &f->events[i];

		warnings += !e->decision.switch_for && (e->decision.warn_of || e->decision.held);
		switches += e->decision.switch_for != 0;
	}
	fprintf(out, "%u wake-ups, %u with a warning, %u with a switch\n", f->count, warnings,
		switches);
	for (unsigned i = 0; i < f->count; i++) {
		const struct forecast_event *e = &f->events[i];

		if (e->decision.switch_for)
			fprintf(out,
				"minute %.1f: switch: %s, trail %" PRIu64
				" Kb, file system %u %% full\n",
				(double)e->at_ms / FORECAST_MINUTE_MS,
				causes[e->decision.switch_for], e->facts.size_bytes / 1024,
				overflow_used_percent(&e->facts));
	}
}

static int write_svg(struct program_run *run, const char *path, const struct forecast *f)
{
	char *text = NULL;
	size_t bytes = 0;
	FILE *memory = open_memstream(&text, &bytes);
	int error = -ENOMEM;

	if (memory) {
		audomon_svg(memory, f);
		error = fclose(memory) ? -ENOMEM : 0;
	}
	if (!error)
		error = file_replace(run->platform, path, text, bytes, 0644);
	free(text);
	if (!error)
		return EXIT_DONE;
	refuse(run, "--svg %.200s: %s", path, strerror(-error));
	return EXIT_REFUSED;
}

int audomon_explain(struct program_run *run, int argc, char **argv)
{
	struct forecast *f = calloc(1, sizeof(*f));
	const char *svg = NULL;
	int status;

	if (!f) {
		refuse(run, "out of memory");
		return EXIT_REFUSED;
	}
	f->settings = (struct overflow_settings)OVERFLOW_SETTINGS_DEFAULT;
	f->afs_kb = 1000;
	status = take_fill(run, FILL_DEFAULT, f);
	if (!status)
		status = parse(run, argc - 1, argv + 1, f, &svg);
	if (!status && !forecast_run(f))
		status = refuse(run, "more than %d wake-ups: a larger -t or a shorter --fill",
				FORECAST_EVENTS_MAX);
	if (!status && svg)
		status = write_svg(run, svg, f);
	else if (!status)
		audomon_chart(run->out, f);
	if (!status)
		tell(run->out, f);
	free(f);
	return status;
}
