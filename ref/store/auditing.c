/* SPDX-License-Identifier: MIT */
/*
 * Settings of auditing; see auditing.h. Each is checked where it is read, so that a mistake is told
 * with its line, and by whichever program meets it first.
 */
#include "ref/store/auditing.h"
#include "ref/store/config.h"
#include "ref/store/file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct settings {
	const struct config *config;
	const char *path;
	char *why;
	size_t bytes;
};

static int refuse(const struct settings *s, const char *token, const char *expected)
{
	snprintf(s->why, s->bytes, "%s:%u: %s=%.80s: must be %s", s->path,
		 config_line(s->config, "", token), token, config_get(s->config, "", token, ""),
		 expected);
	return -EINVAL;
}

static int take_release(const struct settings *s, struct auditing *out)
{
	static const char *const releases[] = {"11.31", "11.23", "11.11", "10.20"};
	const char *release = config_get(s->config, "", "RELEASE", releases[0]);

	for (size_t i = 0; i < sizeof(releases) / sizeof(releases[0]); i++) {
		if (!strcmp(release, releases[i])) {
			snprintf(out->release, sizeof(out->release), "%s", release);
			out->creates_trails = i == 0;
			return 0;
		}
	}
	return refuse(s, "RELEASE", "11.31, 11.23, 11.11 or 10.20");
}

static int take_stamp(const struct settings *s, struct auditing *out)
{
	const char *stamp = config_get(s->config, "", "TRAIL_STAMP", "yyyymmddHHMM");

	out->stamp = strcmp(stamp, "yyyymmdd_HHMM") ? TRAIL_STAMP_PLAIN : TRAIL_STAMP_UNDERSCORE;
	if (out->stamp == TRAIL_STAMP_PLAIN && strcmp(stamp, "yyyymmddHHMM") != 0)
		return refuse(s, "TRAIL_STAMP", "yyyymmddHHMM or yyyymmdd_HHMM");
	return 0;
}

static int take_selection(const struct settings *s, struct auditing *out)
{
	const char *args = config_get(s->config, "", "AUDEVENT_ARGS1", "");
	const char *bad;
	size_t length;

	if (writer_selection_parse(args, &out->selection, &bad, &length))
		return 0;
	return refuse(s, "AUDEVENT_ARGS1", "options -P, -F and -e with a class of events, or all");
}

static int take_flush(const struct settings *s, struct auditing *out)
{
	const char *text = config_get(s->config, "", "DISKAUDIT_FLUSH_INTERVAL", NULL);
	uint32_t seconds = WRITER_FLUSH_S;

	if (text && !trail_parse_number(text, 1, WRITER_FLUSH_S_MAX, &seconds))
		return refuse(s, "DISKAUDIT_FLUSH_INTERVAL", "a whole number from 1 to 100");
	out->flush_s = seconds;
	return 0;
}

/* Extensions of audomon, each off without its setting. */
static int take_limits(const struct settings *s, struct auditing *out)
{
	const struct {
		const char *token;
		uint32_t *value;
		uint32_t most;
	} limits[] = {
		{"AUDOMON_KEEP_DAYS", &out->keep.days, UINT32_MAX},
		{"AUDOMON_KEEP_KB", &out->keep.kb, UINT32_MAX},
		{"AUDOMON_KEEP_PERCENT", &out->keep.percent, 100},
		{"AUDOMON_SWITCH_MINUTES", &out->switch_minutes, UINT32_MAX},
		{"AUDOMON_SWITCH_FREE_KB", &out->switch_free_kb, UINT32_MAX},
		{"AUDOMON_ALERT_FREE_PERCENT", &out->alert_free_percent, 100},
		{"AUDOMON_ALERT_FREE_KB", &out->alert_free_kb, UINT32_MAX},
		{"AUDOMON_COMPRESS", &out->compress_level, AUDITING_LEVEL_MAX},
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		const char *text = config_get(s->config, "", limits[i].token, NULL);
		char expected[64];

		snprintf(expected, sizeof(expected), "a whole number from 1 to %" PRIu32,
			 limits[i].most);
		if (text && !trail_parse_number(text, 1, limits[i].most, limits[i].value))
			return refuse(s, limits[i].token, expected);
	}
	return 0;
}

/* The second threshold has to be one for its action to mean anything. */
static int take_action(const struct settings *s, struct auditing *out)
{
	const char *action = config_get(s->config, "", "AUDOMON_ALERT_ACTION", "");
	int n = snprintf(out->alert_action, sizeof(out->alert_action), "%s", action);

	if (*action && !out->alert_free_percent && !out->alert_free_kb)
		return refuse(s, "AUDOMON_ALERT_ACTION",
			      "with AUDOMON_ALERT_FREE_PERCENT or AUDOMON_ALERT_FREE_KB");
	if (!*action ||
	    ((action[0] == '/' || !strcmp(action, AUDITING_SUSPEND)) && n < AUDITING_ACTION_MAX))
		return 0;
	return refuse(s, "AUDOMON_ALERT_ACTION", "suspend or begin with an absolute path");
}

static int take_overflow(const struct settings *s, struct auditing *out)
{
	const char *overflow = config_get(s->config, "", "AUDIT_OVERFLOW", "wait");

	out->waits = !strcmp(overflow, "wait");
	if (!out->waits && strcmp(overflow, "lose") != 0)
		return refuse(s, "AUDIT_OVERFLOW", "wait or lose");
	return 0;
}

static int take_all(const struct settings *s, struct auditing *out)
{
	static int (*const takers[])(const struct settings *, struct auditing *) = {
		take_release,  take_stamp,  take_selection, take_flush,
		take_overflow, take_limits, take_action,
	};
	int error = 0;

	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]) && !error; i++)
		error = takers[i](s, out);
	return error;
}

int auditing_load(struct platform *p, struct auditing *out, char *why, size_t bytes)
{
	static const struct auditing none = {.release = "11.31",
					     .creates_trails = true,
					     .flush_s = WRITER_FLUSH_S,
					     .waits = true};
	char path[PLATFORM_PATH_MAX] = AUDITING_PATH;
	struct settings s = {.path = path, .why = why, .bytes = bytes};
	struct config *c = NULL;
	int error = path_installed(p, AUDITING_PATH, path);

	*out = none;
	if (error) {
		snprintf(why, bytes, "%s: %s", path, strerror(-error));
		return error;
	}
	error = config_load(p, path, &c, why, bytes);
	if (error)
		return error == -ENOENT ? 0 : error;
	s.config = c;
	error = take_all(&s, out);
	config_free(c);
	return error;
}
