/* SPDX-License-Identifier: MIT */
/*
 * What programs need to know of /etc/rc.config.d/auditing, checked. Not for: the settings that only
 * the start program reads (ref/cmd/auditing.c), reading configuration files (config.h).
 */
#ifndef REF_STORE_AUDITING_H
#define REF_STORE_AUDITING_H

#include "ref/core/retention.h"
#include "ref/core/trail.h"
#include "ref/core/writer.h"
#include "ref/platform/platform.h"

#define AUDITING_PATH       "/etc/rc.config.d/auditing"
#define AUDITING_ACTION_MAX 200       /* bytes, terminating zero included */
#define AUDITING_SUSPEND    "suspend" /* as alert_action: auditable calls wait, root's excepted */
#define AUDITING_LEVEL_MAX  19        /* of zstd */

struct auditing {
	char release[8];     /* 11.31, 11.23, 11.11 or 10.20 */
	bool creates_trails; /* without a next trail: 11.31 does, older releases only warn */
	enum trail_stamp stamp;
	struct writer_selection selection; /* AUDEVENT_ARGS1 */
	unsigned flush_s;                  /* DISKAUDIT_FLUSH_INTERVAL */
	struct retention_limits keep;      /* AUDOMON_KEEP_DAYS, _KB, _PERCENT */
	uint32_t switch_minutes;           /* AUDOMON_SWITCH_MINUTES; 0: never for time alone */
	uint32_t switch_free_kb;           /* AUDOMON_SWITCH_FREE_KB; 0: the percentage alone */
	uint32_t alert_free_percent;       /* AUDOMON_ALERT_FREE_PERCENT; 0: none */
	uint32_t alert_free_kb;            /* AUDOMON_ALERT_FREE_KB; 0: none */
	char alert_action[AUDITING_ACTION_MAX]; /* AUDOMON_ALERT_ACTION; "": only a warning */
	uint32_t compress_level;                /* AUDOMON_COMPRESS; 0: never */
	bool waits;                             /* AUDIT_OVERFLOW: callers wait for room */
};

/*
 * Reads them. A missing file counts as an empty one. Returns 0, or a negated errno value with why[]
 * in words that name file, line and reason.
 */
int auditing_load(struct platform *p, struct auditing *out, char *why, size_t bytes);

#endif
