/* SPDX-License-Identifier: MIT */
/*
 * What audomon decides at a wake-up: sizes and block counts in; warnings, a switch, and how long to
 * sleep out. Exact for every 64-bit value: products are formed in 128 bits, nothing is rounded
 * before it is compared (SPEC.md, decisions H1 to H9, H14, H16).
 *
 * Not for: reading trails (store/trail.h), the texts of warnings and when they are printed
 * (cmd/audomon.c), names of trails (core/trail.h).
 */
#ifndef REF_CORE_OVERFLOW_H
#define REF_CORE_OVERFLOW_H

#include <stdbool.h>
#include <stdint.h>

#define OVERFLOW_FSS_PERCENT     20 /* audomon/options/2 */
#define OVERFLOW_SP_MS           UINT64_C(60000)
#define OVERFLOW_SP_MS_MAX       UINT64_C(31536000000) /* a year: audomon/options/12 */
#define OVERFLOW_WARNING_PERCENT 90
#define OVERFLOW_HOLDS_MAX       16 /* file systems on hold; of more, the oldest is let go */

struct overflow_settings {
	unsigned fss_percent;     /* -p, 0 to 100: free space at which the switch comes */
	unsigned warning_percent; /* -w, 0 to 100: of the way to a switch point */
	uint64_t sp_ms;           /* -t in ms, 1 to OVERFLOW_SP_MS_MAX: the shortest sleep */

	/* Extensions (audomon/limits); 0: off. */
	uint32_t switch_free_kb;     /* the switch comes at so much free space, too */
	unsigned alert_free_percent; /* second threshold, of free space, 0 to 100 */
	uint32_t alert_free_kb;      /* the same as a size */
};

#define OVERFLOW_SETTINGS_DEFAULT                                                                  \
	{                                                                                          \
		.fss_percent = OVERFLOW_FSS_PERCENT, .warning_percent = OVERFLOW_WARNING_PERCENT,  \
		.sp_ms = OVERFLOW_SP_MS                                                            \
	}

/* The current trail and the file system it is on, as they are at a wake-up. Any values are fine. */
struct overflow_facts {
	uint64_t size_bytes; /* of the trail */
	uint64_t afs_kb;     /* its AuditFileSwitch, in Kb of 1024 bytes */
	uint64_t blocks;     /* f_blocks; 0: there is no file-space switch point */
	uint64_t free;       /* f_bfree: the reserve counts as free */
	uint64_t available;  /* f_bavail */
	uint32_t block_bytes;
	uint64_t device; /* tells file systems apart */
};

enum overflow_cause {
	OVERFLOW_SIZE = 1,  /* the trail is at its AFS */
	OVERFLOW_SPACE = 2, /* its file system is at fss percent free */
	OVERFLOW_TIME = 4,  /* it is as old as it may be: an extension, decided by audomon.c */
};

/* File systems that were left for want of space and still want it. Zeroed at first. */
struct overflow_holds {
	uint64_t device[OVERFLOW_HOLDS_MAX];
	unsigned count;
};

struct overflow_decision {
	unsigned switch_for; /* enum overflow_cause, one or both; 0: no switch */
	unsigned warn_of;    /* enum overflow_cause: in the warning zone; not to be said when a
				switch is due */
	bool held;           /* past the file-space point, and kept from a switch by a hold */
	bool by_kb;          /* of the two limits to free space the one in Kb comes first */
	bool alert;          /* at the second threshold */
	uint64_t sleep_ms;   /* until the next wake-up if nothing is switched */
};

/*
 * Decides a wake-up, and ends the hold of the trail's file system when it is above the point again
 * (audomon/space, size, warn, wakeup and switch/12 to 17).
 */
void overflow_decide(const struct overflow_settings *settings, const struct overflow_facts *facts,
		     struct overflow_holds *holds, struct overflow_decision *out);

/* Notes a switch that has happened: the file system left is on hold if it was a cause. */
void overflow_switched(struct overflow_holds *holds, unsigned causes, uint64_t device);

/*
 * A sleep that does not pass a moment in left_ms, at least 1, nor ends so shortly before it that
 * the next sleep has to, as far as that can be: more than sp_ms, at most sleep_ms and sp_ms + 1
 * (audomon/keep/7).
 */
uint64_t overflow_sleep_to(uint64_t sp_ms, uint64_t sleep_ms, uint64_t left_ms);

/* What recording goes over to at a switch point. */
enum overflow_choice {
	OVERFLOW_TO_NEXT, /* the next (backup) trail */
	OVERFLOW_TO_NEW,  /* a new one: 11i v3 */
	OVERFLOW_TO_NONE, /* nothing: 11i v2 and older (decision H16) */
};

enum overflow_choice overflow_choose(bool next_available, bool creates_trails);

/* Whether fss is not larger than the reserve of the file system (audomon/options/6). */
bool overflow_in_reserve(const struct overflow_settings *settings,
			 const struct overflow_facts *facts);

/* Shares in percent, cut off to whole numbers, for messages; of nothing: 0, never above
 * UINT64_MAX. */
uint64_t overflow_size_percent(const struct overflow_facts *facts);
unsigned overflow_used_percent(const struct overflow_facts *facts);
uint64_t overflow_free_kb(const struct overflow_facts *facts);
unsigned overflow_reserve_percent(const struct overflow_facts *facts);

/* Arguments of options; false: malformed. One trailing comma is accepted (audomon/options/22). */
bool overflow_parse_percent(const char *text, unsigned *percent);
/* Minutes, a positive decimal number with at most one point, to ms: rounded up, at most
 * OVERFLOW_SP_MS_MAX. */
bool overflow_parse_minutes(const char *text, uint64_t *ms);

#endif
