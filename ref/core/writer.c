/* SPDX-License-Identifier: MIT */
/*
 * Decisions of the writer of audit trails; see writer.h.
 */
#include "ref/core/writer.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

/* The selection */

static size_t word_length(const char *at)
{
	return strcspn(at, " \t,");
}

static bool take_class(struct writer_selection *s, const char *word, size_t length)
{
	char name[16];
	unsigned class;

	if (length == 3 && !memcmp(word, "all", 3)) {
		s->classes = (1U << TRAIL_CLASSES) - 2; /* there is no class 0 */
		return true;
	}
	if (length >= sizeof(name))
		return false;
	memcpy(name, word, length);
	name[length] = '\0';
	class = trail_class_of(name);
	s->classes |= class ? 1U << class : 0;
	return class != 0;
}

bool writer_selection_parse(const char *text, struct writer_selection *out, const char **bad,
			    size_t *length)
{
	bool class_wanted = false;
	const char *at = text + strspn(text, " \t");

	*out = (struct writer_selection){0};
	for (; *at; at += *length, at += strspn(at, " \t,")) {
		*bad = at;
		*length = word_length(at);
		if (class_wanted) {
			if (!take_class(out, at, *length))
				return false;
			class_wanted = false;
			continue;
		}
		if (*length != 2 || at[0] != '-' || !strchr("PFe", at[1]))
			return false;
		out->success |= at[1] == 'P';
		out->failure |= at[1] == 'F';
		class_wanted = at[1] == 'e';
	}
	*bad = at;
	*length = 0;
	/* Classes without -P and -F would audit nothing, which nobody means. */
	if (out->classes && !out->success && !out->failure)
		out->success = out->failure = true;
	return !class_wanted;
}

/* Positions */

unsigned writer_file_of(unsigned source, unsigned files)
{
	return files ? source % files : 0;
}

static void advance(struct writer_positions *p, unsigned source, uint64_t next)
{
	if (source < TRAIL_RECORD_SOURCES_MAX && p->next[source] < next)
		p->next[source] = next;
}

static void note_begin(struct writer_positions *p, const struct trail_record *r)
{
	size_t at = 0;

	for (unsigned i = 0; i < r->begin.count; i++) {
		struct trail_record_source s;

		if (r->begin.sources)
			s = r->begin.sources[i];
		else
			at = trail_record_source_at(r, at, &s);
		advance(p, s.source, s.next);
	}
}

void writer_note(struct writer_positions *p, bool *counts, const struct trail_record *r)
{
	if (r->type == TRAIL_RECORD_BEGIN)
		*counts = r->begin.origin == p->origin;
	if (!*counts)
		return;
	if (r->type == TRAIL_RECORD_BEGIN)
		note_begin(p, r);
	else if (r->type == TRAIL_RECORD_CALL)
		advance(p, r->source, r->sequence + 1);
	else if (r->type == TRAIL_RECORD_LOST)
		advance(p, r->source, r->sequence + r->lost);
}

bool writer_is_double(const struct writer_positions *p, unsigned source, uint64_t sequence)
{
	assert(source < TRAIL_RECORD_SOURCES_MAX);
	return sequence < p->next[source];
}

/* Faults */

enum writer_fault writer_fault_of(int error)
{
	switch (error) {
	case 0:
		return WRITER_WELL;
	case -ENOENT:
	case -ENOTDIR:
		return WRITER_GONE;
	case -ENOSPC:
	case -EDQUOT:
	case -EFBIG:
		return WRITER_FULL;
	default:
		return WRITER_BROKEN;
	}
}

static enum writer_step step_of(const struct writer_facts *f)
{
	if (f->fault == WRITER_WELL)
		return WRITER_GO_ON;
	if (f->next_available)
		return WRITER_TO_NEXT;
	/* A new trail beside one that cannot be written would be no better off. */
	if (f->fault == WRITER_GONE && f->creates_trails)
		return WRITER_TO_NEW;
	return WRITER_RETRY;
}

struct writer_decision writer_decide(const struct writer_facts *f)
{
	struct writer_decision d = {.step = step_of(f)};

	d.suspend = f->waits && (d.step == WRITER_RETRY ||
				 (f->creates_trails ? f->switch_failed : f->in_reserve));
	return d;
}
