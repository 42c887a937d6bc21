/* SPDX-License-Identifier: MIT */
/*
 * Whether tree and specification agree: every id cited anywhere exists, every requirement has a
 * case, a reason why it cannot be tested, or the mark "not yet", and the stated number of those is
 * right; and the maintenance of that mark.
 *
 * Not for: running cases. Sources are read as text, so that the check needs no compiler.
 */
#ifndef CONFORMANCE_SPEC_SPEC_CHECK_H
#define CONFORMANCE_SPEC_SPEC_CHECK_H

#include "conformance/spec/spec.h"

#include <stdint.h>

/* Which requirements the cases read so far prove; one byte a requirement. */
struct spec_check {
	const struct spec *spec;
	const char *name; /* of the document, for complaints */
	FILE *errors;
	unsigned complaints;
	uint8_t *has_case;
};

void spec_check_begin(struct spec_check *c, const struct spec *spec, const char *name,
		      FILE *errors);
/* Reads one source file. Ids in comments and strings have to exist; in a file below a folder
 * named cases, a string that is an id is a case's claim to prove it. */
void spec_check_file(struct spec_check *c, const char *path, const char *text);
/* What the claims and marks add up to. Returns the number of complaints. */
unsigned spec_check_end(struct spec_check *c);

/*
 * The document with the marks put where they belong, given the claims, and the stated number right.
 * The caller frees the text.
 */
char *spec_marked(const struct spec_check *c, const char *text);

#endif
