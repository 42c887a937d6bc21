/* SPDX-License-Identifier: MIT */
/*
 * The texts of `audomon --status`; see audomon_status.h. The layout for people is free to change;
 * the JSON and the names of the metrics are not.
 */
#include "ref/cmd/audomon_status.h"
#include "ref/wire/monitor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define TIME_MAX 64

/* For people */

static const char *time_text(struct program_run *run, int64_t wall_s, char text[TIME_MAX])
{
	struct platform *p = run->platform;
	struct tm at;

	snprintf(text, TIME_MAX, "unknown");
	if (!p->ops->local_time(p, wall_s, &at))
		snprintf(text, TIME_MAX, "%04d-%02d-%02d %02d:%02d:%02d", at.tm_year + 1900,
			 at.tm_mon + 1, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec);
	return text;
}

static void print_watched(FILE *out, const struct monitor_status *s)
{
	unsigned switch_percent = 100 - s->settings.fss_percent;

	fprintf(out, "size:         %" PRIu64 " of %" PRIu64 " Kb (%" PRIu64 " %%)%s\n",
		s->facts.size_bytes / 1024, s->facts.afs_kb, overflow_size_percent(&s->facts),
		s->warn_of & OVERFLOW_SIZE ? ", warned of" : "");
	fprintf(out, "file system:  %u %% full, switch at %u %%", overflow_used_percent(&s->facts),
		switch_percent);
	if (s->settings.switch_free_kb)
		fprintf(out, " or %" PRIu32 " Kb free", s->settings.switch_free_kb);
	fprintf(out, "%s%s\n", s->warn_of & OVERFLOW_SPACE ? ", warned of" : "",
		s->held ? ", held: full after a switch" : "");
}

static void print_text(struct program_run *run, const struct monitor_status *s)
{
	static const char *const auditing[] = {"off", "on", "unknown"};
	FILE *out = run->out;
	char text[TIME_MAX];

	fprintf(out, "audomon:      process id %d\n", (int)s->pid);
	fprintf(out, "auditing:     %s\n", auditing[s->auditing]);
	fprintf(out, "audit trail:  %s\n", *s->trail ? s->trail : "-none-");
	fprintf(out, "next trail:   %s\n", *s->next ? s->next : "-none-");
	if (*s->trail)
		print_watched(out, s);
	fprintf(out, "warnings:     from %u %% of the way to a switch point\n",
		s->settings.warning_percent);
	fprintf(out, "last wake-up: %s\n", time_text(run, s->last_wake_up_s, text));
	fprintf(out, "next wake-up: %s\n", time_text(run, s->next_wake_up_s, text));
	fprintf(out, "switches:     %" PRIu32 ", %" PRIu32 " failed\n", s->switches,
		s->failed_switches);
	if (s->last_switch.at_s)
		fprintf(out, "last switch:  %s, from %s to %s\n",
			time_text(run, s->last_switch.at_s, text), s->last_switch.from,
			s->last_switch.to);
	fprintf(out, "messages:     %s\n", s->output);
	if (*s->task)
		fprintf(out, "task:         %s (%s, %u waiting)\n", s->task,
			s->task_pid ? "running" : "not running", s->tasks_waiting);
}

/* For Prometheus: audomon/status/6 */

/* The value of a label, escaped as the format has it. */
static void print_label(FILE *out, const char *name, const char *value)
{
	fprintf(out, "{%s=\"", name);
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			fputc('\\', out);
		fputc(*value == '\n' ? ' ' : *value, out);
	}
	fputs("\"}", out);
}

static void print_metric(FILE *out, const char *type, const char *name, const char *help,
			 const char *trail, double value)
{
	fprintf(out, "# HELP audomon_%s %s\n# TYPE audomon_%s %s\naudomon_%s", name, help, name,
		type, name);
	if (trail)
		print_label(out, "trail", trail);
	fprintf(out, " %.17g\n", value);
}

static void print_gauge(FILE *out, const char *name, const char *help, double value)
{
	print_metric(out, "gauge", name, help, NULL, value);
}

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

static void print_watched_metrics(FILE *out, const struct monitor_status *s)
{
	const struct overflow_facts *f = &s->facts;
	uint64_t used = f->free < f->blocks ? f->blocks - f->free : 0;

	print_metric(out, "gauge", "trail_size_bytes", "Size of the current audit trail.", s->trail,
		     (double)f->size_bytes);
	print_metric(out, "gauge", "trail_switch_bytes",
		     "Size at which the trail is switched (AFS).", s->trail,
		     (double)f->afs_kb * 1024);
	print_metric(out, "gauge", "file_system_used_ratio",
		     "Used share of the blocks of the trail's file system; the reserve counts as "
		     "free.",
		     s->trail, ratio((double)used, (double)f->blocks));
}

static void print_metrics(FILE *out, const struct monitor_status *s)
{
	print_gauge(out, "auditing", "1 while auditing is on and its trail can be examined.",
		    s->auditing == MONITOR_ON);
	if (*s->trail)
		print_watched_metrics(out, s);
	print_gauge(out, "file_system_switch_ratio",
		    "Used share at which the trail is switched (1 - FSS).",
		    (100 - s->settings.fss_percent) / 100.0);
	print_gauge(out, "warning_ratio", "Share of the way to a switch point from which it warns.",
		    s->settings.warning_percent / 100.0);
	print_gauge(out, "held", "1 while the file system is full after a switch.", s->held);
	print_gauge(out, "last_wake_up_timestamp_seconds", "When it looked last.",
		    (double)s->last_wake_up_s);
	print_gauge(out, "next_wake_up_timestamp_seconds", "When it looks next.",
		    (double)s->next_wake_up_s);
	print_metric(out, "counter", "switches_total", "Trails switched since it started.", NULL,
		     s->switches);
	print_metric(out, "counter", "failed_switches_total",
		     "Switches that were due and not possible.", NULL, s->failed_switches);
	print_gauge(out, "last_switch_timestamp_seconds", "When it switched last; 0: never.",
		    (double)s->last_switch.at_s);
	print_gauge(out, "task_running", "1 while a task of -X runs.", s->task_pid != 0);
	print_gauge(out, "tasks_waiting", "Tasks of -X that wait for their turn.",
		    s->tasks_waiting);
}

static int ask_failed(struct program_run *run, int error)
{
	if (error == -ECONNREFUSED)
		fputs("audomon: --status: not running\n", run->err);
	else if (error == -EACCES)
		fputs("audomon: --status: only root may ask\n", run->err);
	else
		fprintf(run->err, "audomon: --status: %s\n", strerror(-error));
	return EXIT_REFUSED;
}

int audomon_status(struct program_run *run, int argc, char **argv)
{
	bool json = argc == 3 && !strcmp(argv[2], "--json");
	bool metrics = argc == 3 && !strcmp(argv[2], "--prometheus");
	struct monitor_status *s;
	char *text = NULL;
	int error;

	if (argc > 2 && !json && !metrics) {
		fputs("audomon: --status: takes --json or --prometheus, and nothing else\n",
		      run->out);
		return EXIT_USAGE;
	}
	s = calloc(1, sizeof(*s));
	error = s ? monitor_ask(run->platform, &text, s) : -ENOMEM;
	if (error)
		error = ask_failed(run, error);
	else if (json)
		fprintf(run->out, "%s\n", text);
	else if (metrics)
		print_metrics(run->out, s);
	else
		print_text(run, s);
	free(text);
	free(s);
	return error;
}
