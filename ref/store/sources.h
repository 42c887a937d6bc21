/* SPDX-License-Identifier: MIT */
/*
 * How far a collector has the logs of other hosts: for each host and log the number of the last
 * record, in memory, and in a file "HOST LOG NUMBER" a line. Not for the records (log.h).
 */
#ifndef REF_STORE_SOURCES_H
#define REF_STORE_SOURCES_H

#include "ref/core/logframe.h"
#include "ref/platform/platform.h"

#define SOURCES_MAX 4096

struct sources {
	struct logframe_source *all; /* allocated */
	size_t count;
	size_t room;
};

/* Adds what a file says; a missing one says nothing. Returns 0, -EBADMSG, -EFBIG, -ENOMEM, or what
 * reading said. */
int sources_load(struct platform *p, const char *path, struct sources *s);
int sources_save(struct platform *p, const char *path, const struct sources *s);
void sources_free(struct sources *s);

/* The number of the last record of a log, 0 for one that is not known. */
uint64_t sources_last(const struct sources *s, const char *host, uint64_t stream);
/* Notes a record; an older number than is known changes nothing, and a record of this host ("") is
 * none. Returns 0, -EFBIG, -ENOMEM. */
int sources_note(struct sources *s, const struct logframe_source *source);

#endif
