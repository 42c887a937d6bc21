/* SPDX-License-Identifier: MIT */
/*
 * The shutdown of the daemons; see shutdown.h.
 */
#include "ref/core/shutdown.h"
#include "ref/core/codes.h"

#include <assert.h>

#define NS_PER_SECOND INT64_C(1000000000)

void shutdown_record(struct audit_record *record, int64_t time_s, const struct accessor *who,
		     bool granted)
{
	record_init(record, RECORD_SHUTDOWN, time_s, granted ? 'M' : 'D');
	record->stage = granted ? STAGE_SHUTDOWN_ALLOWED : STAGE_SHUTDOWN_DENIED;
	record->os_user = !who->known;
	record_cut_text(record, RECORD_USER, who->user);
	record_cut_text(record, RECORD_SESSION, who->session);
	record_cut_text(record, RECORD_SERVICE, "seosd");
}

void shutdown_begin(struct shutdown *s, int64_t boot_ns)
{
	assert(!s->begun);
	*s = (struct shutdown){.begun_ns = boot_ns, .begun = true};
}

enum shutdown_progress shutdown_step(struct shutdown *s, int64_t boot_ns,
				     const pid_t running[SHUTDOWN_DAEMONS],
				     enum shutdown_order orders[SHUTDOWN_DAEMONS])
{
	int64_t elapsed_s = (boot_ns - s->begun_ns) / NS_PER_SECOND;
	enum shutdown_progress progress = SHUTDOWN_DONE;

	assert(s->begun);
	for (unsigned i = 0; i < SHUTDOWN_DAEMONS; i++) {
		orders[i] = SHUTDOWN_NOTHING;
		if (running[i] == 0)
			continue;
		progress = SHUTDOWN_GOES_ON;
		if (elapsed_s >= SHUTDOWN_KILL_S && s->killed[i] != running[i]) {
			orders[i] = SHUTDOWN_KILL;
			s->killed[i] = running[i];
		} else if (s->told[i] != running[i]) {
			orders[i] = SHUTDOWN_ASK;
			s->told[i] = running[i];
		}
	}
	if (progress == SHUTDOWN_GOES_ON && elapsed_s >= SHUTDOWN_GIVE_UP_S)
		progress = SHUTDOWN_FAILED;
	return progress;
}
