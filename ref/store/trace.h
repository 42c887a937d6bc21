/* SPDX-License-Identifier: MIT */
/*
 * The trace of seosd: what is asked and what is decided, one line each, in a file that only root
 * reads. It is for whoever looks for the reason of something; what counts stands in the audit log.
 */
#ifndef REF_STORE_TRACE_H
#define REF_STORE_TRACE_H

#include "ref/platform/platform.h"
#include "ref/store/config.h"

#define TRACE_FILE_DEFAULT "/opt/CA/PAMSC/log/seosd.trace" /* trace_file of seos.ini */

#define TRACE_LINE_MAX     2048
#define TRACE_BYTES_MAX                                                                            \
	(UINT64_C(64) << 20) /* of the file: then lines are dropped until it is emptied */

/* [seosd] trace_to */
enum trace_to {
	TRACE_FILE,         /* file: from the beginning */
	TRACE_FILE_STOPPED, /* file, stop: once it is turned on */
	TRACE_NONE,         /* none: never */
	TRACE_SCREEN, /* screen: to standard output of a seosd that does not become a daemon */
};

struct trace {
	char path[PLATFORM_PATH_MAX];
	enum trace_to to;
	bool on;
	FILE *screen; /* of TRACE_SCREEN */
};

/* Reads the tokens. Returns 0, or -EINVAL with the reason in why. */
int trace_configure(const struct platform *p, const struct config *ini, struct trace *out,
		    char *why, size_t bytes);

/* An event (':'), a decision ('>') or an error ('!'): a line while tracing is on. */
__attribute__((format(printf, 5, 6))) void trace_line(struct platform *p, const struct trace *t,
						      const char *word, char kind,
						      const char *format, ...);
/* The same whether or not it is on. Returns 0, -EFBIG, or what writing said. */
int trace_add(struct platform *p, const struct trace *t, const char *word, char kind,
	      const char *text);
/* Empties the file; 0 also when there is none. */
int trace_clear(struct platform *p, const struct trace *t);

#endif
