/* SPDX-License-Identifier: MIT */
/*
 * What seosd tells of itself: its trace and its statistics.
 */
#include "ref/cmd/seosd.h"
#include "ref/core/statistics.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void turn_trace(struct seosd *d, struct platform *p, struct platform_connection *c,
		       enum message_trace action)
{
	bool on = action == MESSAGE_TRACE_STATUS   ? d->trace.on
		  : action == MESSAGE_TRACE_TOGGLE ? !d->trace.on
						   : action == MESSAGE_TRACE_ON;

	if (on && d->trace.to == TRACE_NONE) {
		answer_line(p, c, EXIT_REFUSED, "there is no trace: [seosd] trace_to is none");
		return;
	}
	d->trace.on = on;
	answer_output(p, c, on ? "Tracing is on.\n" : "Tracing is off.\n");
}

void status_trace(struct seosd *d, struct platform *p, struct platform_connection *c,
		  const struct accessor *who, const struct message_request *request)
{
	int error;

	if (!access_may_shutdown(who)) {
		answer_not_allowed(p, c, who, "use the trace");
		return;
	}
	switch (request->trace) {
	case MESSAGE_TRACE_CLEAR:
		error = trace_clear(p, &d->trace);
		break;
	case MESSAGE_TRACE_ADD:
		error = trace_add(p, &d->trace, "MESSAGE", ':', request->text);
		break;
	default:
		turn_trace(d, p, c, request->trace);
		return;
	}
	if (error)
		answer_line(p, c, EXIT_REFUSED, "trace file %s: %s", d->trace.path,
			    strerror(-error));
	else
		answer_output(p, c, "");
}

static void count_daemons(struct seosd *d, struct platform *p, struct statistics *s)
{
	(void)d;
	for (unsigned i = 0; i < PRODUCT_DAEMONS; i++) {
		pid_t pid = product_daemon_pid(p, (enum product_daemon)i);

		s->daemons[i].name = product_daemon_name((enum product_daemon)i);
		s->daemons[i].pid = pid > 0 ? (int32_t)pid : 0;
		s->daemons[i].known = pid > 0 && !p->ops->memory(p, pid, &s->daemons[i].total_bytes,
								 &s->daemons[i].resident_bytes);
	}
}

void status_statistics(struct seosd *d, struct platform *p, struct platform_connection *c,
		       const struct accessor *who)
{
	struct statistics s = {.brand = d->product.brand,
			       .denied = d->remote_denied,
			       .granted = d->remote_granted,
			       .errors = d->remote_errors,
			       .accessors = d->waiting_count + 1,
			       .classes = ACCESS_CLASSES,
			       .properties = POLICY_PROPERTIES};
	char text[STATISTICS_TEXT_MAX];
	struct policy_counts counts;

	if (!access_may_shutdown(who)) {
		answer_not_allowed(p, c, who, "see the statistics");
		return;
	}
	if (policy_count(d->policy, &counts)) {
		answer_line(p, c, EXIT_REFUSED, "policy database: %s", policy_error(d->policy));
		return;
	}
	s.trusted = (uint64_t)counts.trusted;
	s.untrusted = (uint64_t)counts.untrusted;
	s.objects = (uint64_t)counts.objects;
	s.values = (uint64_t)counts.values;
	count_daemons(d, p, &s);
	statistics_format(&s, text);
	answer_output(p, c, text);
}
