/* SPDX-License-Identifier: MIT */
/*
 * The specification as a table: what SPEC.md says, requirement by requirement. spec_parse() reads
 * the document; the build writes the same table as C (build/gen/spec_table.c), which is what
 * conform is linked with.
 *
 * Not for: cases and verdicts (conformance/case.h, conformance/outcome.h).
 */
#ifndef CONFORMANCE_SPEC_SPEC_H
#define CONFORMANCE_SPEC_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SPEC_ID_MAX           80        /* bytes of an id, terminating zero included */
#define SPEC_SOURCES_MAX      8         /* sources of a requirement */
#define SPEC_REQUIREMENTS_MAX 4096      /* of a document */
#define SPEC_BYTES_MAX        (4 << 20) /* of a document */

/* How sure a requirement is, from surest to least sure. */
enum spec_level {
	SPEC_DOCUMENTED, /* the sources say so */
	SPEC_INFERRED,   /* follows from what they say */
	SPEC_CHOSEN,     /* they are silent; a decision of this project */
	SPEC_LEVELS
};

struct spec_source {
	const char *key;
	const char *title; /* for a decision: its heading */
};

/* Area or topic headings with their introduction. */
struct spec_topic {
	const char *id;    /* AREA/TOPIC */
	const char *intro; /* may be "" */
};

struct spec_requirement {
	const char *id; /* AREA/TOPIC/NUMBER */
	enum spec_level level;
	const char *const *sources; /* keys, ends with NULL */
	const char *text;           /* paragraphs separated by an empty line */
	const char *example;        /* "" when there is none; lines end with a newline */
	const char *untestable;     /* why no case can test it, or NULL */
	bool not_yet;               /* marked as waiting for its first case */
	unsigned line;              /* of its heading in SPEC.md */
};

struct spec {
	const struct spec_requirement *requirements; /* in the order of the document */
	size_t count;
	const struct spec_source *sources; /* documents and decisions */
	size_t source_count;
	const struct spec_topic *topics;
	size_t topic_count;
	int not_yet_stated;    /* N of "Not yet tested: N requirements.", -1 when the sentence is
				  missing */
	unsigned not_yet_line; /* where it stands */
};

/* The specification conform was built with. */
extern const struct spec spec_built_in;

/* The name of a level and back; spec_level_parse() returns -1 for an unknown name. */
const char *spec_level_name(enum spec_level level);
int spec_level_parse(const char *name);

/* The requirement with that id, or NULL. */
const struct spec_requirement *spec_find(const struct spec *spec, const char *id);
/* The title of a source key, or NULL. */
const char *spec_source_title(const struct spec *spec, const char *key);

/*
 * Whether text begins with AREA/TOPIC/NUMBER. Returns the length of the id, or 0. An id ends where
 * no further letter, digit, '_', '/' or '-' follows.
 */
size_t spec_id_length(const char *text);
/* Whether an area of the specification has the name of the first component of the id. */
bool spec_area_known(const struct spec *spec, const char *id);

/*
 * Parses a document. Complaints go to errors, one line each: NAME:LINE: error: TEXT. Returns the
 * number of complaints; the table is complete only when it is 0. Freed with spec_free() either way.
 */
unsigned spec_parse(struct spec *spec, const char *name, const char *text, FILE *errors);
void spec_free(struct spec *spec);

#endif
