/* SPDX-License-Identifier: MIT */
/*
 * The decisions about the administrator's exits. What must never be: the extension loaded or
 * unloaded after an exit failed with -pre; a -post exit while the extension is not what it is
 * called for; an .opt exit where the first try was enough.
 *
 * Not for: anything with a side effect.
 */
#include "exits.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *begin, *end;
} patterns[EXITS_SETS] = {
	[EXITS_LOAD_ALWAYS] = {"SEOS_load_", ".always"},
	[EXITS_UNLOAD_ALWAYS] = {"SEOS_unload_", ".always"},
	[EXITS_UNLOAD_OPT] = {"SEOS_unload_", ".opt"},
};

enum exits_set exits_set_of(const char *name)
{
	size_t length = strlen(name);

	for (unsigned set = 0; set < EXITS_SETS; set++) {
		size_t begin = strlen(patterns[set].begin);
		size_t end = strlen(patterns[set].end);

		if (length > begin + end && !strncmp(name, patterns[set].begin, begin) &&
		    !strcmp(name + length - end, patterns[set].end))
			return (enum exits_set)set;
	}
	return EXITS_NONE;
}

const char *exits_folder_refusal(const struct exits_file *folder)
{
	return folder->uid != 0 || folder->mode & 022 ? "is writable by others than root" : NULL;
}

const char *exits_file_refusal(const struct exits_file *file)
{
	if (!file->is_file)
		return "is not a regular file";
	if (!(file->mode & 0100))
		return "is not executable";
	return exits_folder_refusal(file);
}

static const struct exits_step load_phases[] = {
	{.action = EXITS_RUN, .set = EXITS_LOAD_ALWAYS},
	{.action = EXITS_LOAD},
	{.action = EXITS_RUN, .set = EXITS_LOAD_ALWAYS, .post = true},
	{.action = EXITS_DONE},
};

static const struct exits_step unload_phases[] = {
	{.action = EXITS_RUN, .set = EXITS_UNLOAD_ALWAYS},
	{.action = EXITS_UNLOAD}, /* the first try */
	{.action = EXITS_RUN, .set = EXITS_UNLOAD_OPT},
	{.action = EXITS_UNLOAD},
	{.action = EXITS_RUN, .set = EXITS_UNLOAD_OPT, .post = true},
	{.action = EXITS_RUN, .set = EXITS_UNLOAD_ALWAYS, .post = true}, /* after_first_try */
	{.action = EXITS_DONE},
};

#define first_try       (&unload_phases[1])
#define after_first_try (&unload_phases[5])

static struct exits_step end(enum exits_action action)
{
	return (struct exits_step){.action = action};
}

/* The step the state stands at, behind exits of which there are no more. */
static struct exits_step step_here(struct exits *e)
{
	struct exits_step step;

	while (e->phase->action == EXITS_RUN && e->index >= e->counts[e->phase->set]) {
		e->phase++;
		e->index = 0;
	}
	step = *e->phase;
	step.index = e->index;
	if (step.action == EXITS_DONE && e->failed)
		return end(EXITS_FAILED);
	return step;
}

struct exits_step exits_begin(struct exits *e, bool unload, const unsigned counts[EXITS_SETS])
{
	*e = (struct exits){.phase = unload ? unload_phases : load_phases};
	memcpy(e->counts, counts, sizeof(e->counts));
	return step_here(e);
}

static struct exits_step next_exit(struct exits *e, bool ok)
{
	if (!ok && !e->phase->post)
		return end(EXITS_ABORTED);
	e->failed |= !ok;
	e->index++;
	return step_here(e);
}

struct exits_step exits_next(struct exits *e, bool ok)
{
	bool first = e->phase == first_try;

	if (e->phase->action == EXITS_RUN)
		return next_exit(e, ok);
	/* Without .opt exits nothing has changed that a second try could find. */
	if (!ok && (!first || !e->counts[EXITS_UNLOAD_OPT]))
		return end(EXITS_REFUSED);
	e->phase = ok && first ? after_first_try : e->phase + 1;
	return step_here(e);
}
