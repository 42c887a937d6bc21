/* SPDX-License-Identifier: MIT */
/*
 * schedule: reads the script of a schedule.
 * Not here: the clock, and carrying commands out (server.c).
 */
#include "schedule.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S      UINT64_C(1000000000)

/* About 31 years. */
#define SECONDS_MAX   UINT64_C(1000000000)

#define SPACE_CHARS   " \t\r"
#define COMPLAINT_MAX 1024

static bool parse_digit(const char **text, uint64_t *value)
{
	if (**text < '0' || **text > '9')
		return false;
	*value = *value * 10 + (uint64_t)(*(*text)++ - '0');
	return true;
}

static bool parse_seconds(const char *text, uint64_t *ns)
{
	uint64_t seconds = 0, rest = 0;
	uint64_t unit = NS_PER_S;
	const char *start = text;

	while (parse_digit(&text, &seconds))
		if (seconds > SECONDS_MAX)
			return false;
	if (text == start)
		return false;
	if (*text == '.') {
		for (text++; unit > 1 && parse_digit(&text, &rest);)
			unit /= 10;
		if (unit == NS_PER_S)
			return false;
	}
	*ns = seconds * NS_PER_S + rest * unit;
	return !*text;
}

/* Cuts the line into words, in place. Returns what is wrong, or NULL. */
static const char *step_split(struct schedule_step *step, char *line, const char **time)
{
	*time = NULL;
	step->word_count = 0;
	while (*(line += strspn(line, SPACE_CHARS))) {
		char *word = line;

		line += strcspn(line, SPACE_CHARS);
		if (*line)
			*line++ = '\0';
		if (!*time)
			*time = word;
		else if (step->word_count == SCHEDULE_WORDS_MAX)
			return "too many words";
		else
			step->words[step->word_count++] = word;
	}
	return NULL;
}

/* Tries the command. Returns what is wrong, or NULL. */
static const char *step_try(const struct schedule_step *step, struct fill *trial,
			    const struct fill_amounts *real, char reply[FILL_REPLY_MAX])
{
	const char *verb = step->word_count ? step->words[0] : "";

	if (strcmp(verb, "crash") == 0)
		return step->word_count == 1 ? NULL : "crash: takes no argument";
	if (strcmp(verb, "set") != 0 && strcmp(verb, "fault") != 0 && strcmp(verb, "clear") != 0)
		return "no command: give AFTER_SECONDS and set, fault, clear or crash";
	return fill_command(trial, step->word_count, step->words, real, reply) ? reply : NULL;
}

/* Takes one line. Returns what is wrong, or NULL. */
static const char *schedule_add(struct schedule *schedule, char *line, unsigned int number,
				struct fill *trial, const struct fill_amounts *real,
				char reply[FILL_REPLY_MAX])
{
	struct schedule_step *step = &schedule->steps[schedule->count];
	const char *time, *wrong;

	line += strspn(line, SPACE_CHARS);
	if (!*line || *line == '#')
		return NULL;
	if (schedule->count == SCHEDULE_STEPS_MAX)
		return "too many steps: a schedule has at most 256";
	wrong = step_split(step, line, &time);
	if (wrong)
		return wrong;
	if (!time || !parse_seconds(time, &step->after_ns))
		return "no time: begin with a number of seconds, such as 0 or 2.5";
	if (schedule->count && step->after_ns < step[-1].after_ns)
		return "earlier than the line before: put the lines in the order of their time";
	wrong = step_try(step, trial, real, reply);
	step->line = number;
	if (!wrong)
		schedule->count++;
	return wrong;
}

int schedule_parse(struct schedule *schedule, const char *name, const char *text,
		   struct fill *trial, const struct fill_amounts *real, char reply[FILL_REPLY_MAX])
{
	unsigned int number = 0;
	char complaint[COMPLAINT_MAX];
	int n;

	schedule->count = schedule->done = 0;
	reply[0] = '\0';
	n = snprintf(schedule->name, sizeof(schedule->name), "%s", name);
	if (n < 0 || (size_t)n >= sizeof(schedule->name) ||
	    strlen(text) >= sizeof(schedule->text)) {
		snprintf(reply, FILL_REPLY_MAX, "schedule: longer than %d bytes, or its name is",
			 SCHEDULE_TEXT_MAX - 1);
		return 2;
	}
	memcpy(schedule->text, text, strlen(text) + 1);
	char *rest = schedule->text;

	for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
		const char *wrong = schedule_add(schedule, line, ++number, trial, real, reply);

		if (!wrong)
			continue;
		n = snprintf(complaint, sizeof(complaint), "%s", wrong);
		(void)n; /* a longer one is cut */
		snprintf(reply, FILL_REPLY_MAX, "%s:%u: %s", name, number, complaint);
		return 2;
	}
	if (schedule->count)
		return 0;
	snprintf(reply, FILL_REPLY_MAX, "%s: no step in it: give lines AFTER_SECONDS COMMAND",
		 name);
	return 2;
}

const struct schedule_step *schedule_next(const struct schedule *schedule)
{
	return schedule->done < schedule->count ? &schedule->steps[schedule->done] : NULL;
}
