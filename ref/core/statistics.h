/* SPDX-License-Identifier: MIT */
/*
 * The run-time statistics of secons -i as they are printed. Not for counting (cmd/seosd.c).
 */
#ifndef REF_CORE_STATISTICS_H
#define REF_CORE_STATISTICS_H

#include "ref/core/codes.h"

#include <stdbool.h>

#define STATISTICS_DAEMONS  3
#define STATISTICS_TEXT_MAX 4096

struct statistics {
	enum code_brand brand;
	uint64_t denied, granted, errors; /* requests of other hosts */
	uint64_t audit_queue, error_queue;
	uint64_t accessors; /* users whose requests are being served */
	uint64_t protected_clients;
	uint64_t trusted, untrusted; /* programs and files */
	uint64_t classes, properties, objects, values;
	struct {
		const char *name;
		int32_t pid; /* 0: it does not run */
		bool known;  /* how large it is */
		uint64_t total_bytes, resident_bytes;
	} daemons[STATISTICS_DAEMONS]; /* seosd, seagent, seoswd */
};

void statistics_format(const struct statistics *s, char out[STATISTICS_TEXT_MAX]);

#endif
