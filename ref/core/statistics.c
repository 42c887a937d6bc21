/* SPDX-License-Identifier: MIT */
/*
 * The run-time statistics of secons -i; see statistics.h.
 */
#include "ref/core/statistics.h"

#include <inttypes.h>
#include <stdio.h>

#define MB (UINT64_C(1) << 20)

static const char *const titles[STATISTICS_DAEMONS] = {"security", "agent", "watchdog"};

/* Widths and labels as documented. */
static int format_numbers(const struct statistics *s, char *out, size_t bytes)
{
	return snprintf(out, bytes,
			"Runtime Statistics:\n"
			"--------------------\n"
			"           INet statistics:\n"
			"                 Requests denied   : %" PRIu64 "\n"
			"                 Requests granted  : %" PRIu64 "\n"
			"                 Errors found      : %" PRIu64 "\n"
			"           Queues size:\n"
			"                 Audit log: %" PRIu64 "\n"
			"                 Error log: %" PRIu64 "\n"
			"           Cached tables info:\n"
			"                 ACEE handles      : %7" PRIu64 "\n"
			"                 Protected clients : %6" PRIu64 "\n"
			"                 Trusted programs  : %7" PRIu64 "\n"
			"                 Untrusted programs: %6" PRIu64 "\n"
			"           Database info: (Record count & first free ID)\n"
			"                 Classes     : %6" PRIu64 " ( CID     0x%04" PRIx64 " )\n"
			"                 Properties  : %6" PRIu64 " ( PID     0x%04" PRIx64 " )\n"
			"                 Objects     : %6" PRIu64 " ( OID 0x%08" PRIx64 " )\n"
			"                 PropVals    : %6" PRIu64 " ( N/A )\n"
			"%s memory utilization statistics:\n"
			"-----------------------------------------------\n",
			s->denied, s->granted, s->errors, s->audit_queue, s->error_queue,
			s->accessors, s->protected_clients, s->trusted, s->untrusted, s->classes,
			s->classes + 1, s->properties, s->properties + 1, s->objects,
			s->objects + 1, s->values, code_product(s->brand));
}

void statistics_format(const struct statistics *s, char out[STATISTICS_TEXT_MAX])
{
	size_t n = (size_t)format_numbers(s, out, STATISTICS_TEXT_MAX);

	for (unsigned i = 0; i < STATISTICS_DAEMONS; i++) {
		const size_t room = STATISTICS_TEXT_MAX - n;

		if (s->daemons[i].pid == 0)
			continue;
		n += (size_t)snprintf(out + n, room, "%s %s daemon (%s, pid=%" PRId32,
				      code_product(s->brand), titles[i], s->daemons[i].name,
				      s->daemons[i].pid);
		if (s->daemons[i].known)
			n += (size_t)snprintf(out + n, STATISTICS_TEXT_MAX - n,
					      " Total=%" PRIu64 "MB Res=%" PRIu64 "MB",
					      s->daemons[i].total_bytes / MB,
					      s->daemons[i].resident_bytes / MB);
		n += (size_t)snprintf(out + n, STATISTICS_TEXT_MAX - n, ")\n");
	}
}
