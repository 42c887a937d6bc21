/* SPDX-License-Identifier: MIT */
/*
 * Audit trails as names and texts: what a trail is called after a switch, what its files are
 * called and begin with, and the content of audnames, the file that remembers the current and the
 * next trail (SPEC.md, audsys/trail; decisions H27 to H34).
 *
 * Not for: trails on disk (store/trail.h), when to switch (core/overflow.h).
 */
#ifndef REF_CORE_TRAIL_H
#define REF_CORE_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define TRAIL_PATH_MAX       1024 /* bytes, terminating zero included */
#define TRAIL_FILES_MAX      1024 /* files of a trail in regular mode */
#define TRAIL_KB_MAX         UINT32_MAX
#define TRAIL_ATTEMPTS_MAX   100 /* BASE.STAMP, BASE.STAMP.1 ... BASE.STAMP.99 */
#define TRAIL_VERSION_BYTES  16
#define TRAIL_BOOT_ID_MAX    64
#define TRAIL_NAMES_TEXT_MAX 4096 /* bytes of an audnames, terminating zero included */
#define TRAIL_WHY_MAX        160

/* How the time of a switch is written in a trail's name. */
enum trail_stamp {
	TRAIL_STAMP_PLAIN,      /* yyyymmddHHMM */
	TRAIL_STAMP_UNDERSCORE, /* yyyymmdd_HHMM */
};

/*
 * The name of a trail made at a switch: BASE.STAMP, for attempt 1 and up BASE.STAMP.ATTEMPT.
 * attempt < TRAIL_ATTEMPTS_MAX, local time with a year of four digits. False: too long.
 */
bool trail_name(const char *base, const struct tm *local, enum trail_stamp form, unsigned attempt,
		char out[TRAIL_PATH_MAX]);

/* The n-th file of a trail in regular mode, PATH/spuN. False: too long. */
bool trail_file_name(const char *path, unsigned n, char out[TRAIL_PATH_MAX]);

/* What the n-th file of a trail begins with (audsys/trail/9). */
void trail_version_record(unsigned n, unsigned char out[TRAIL_VERSION_BYTES]);

/* What is wrong with a path as the name of a trail, in words that follow "PATH: "; NULL: nothing
 * (audsys/control/37 to 39). */
const char *trail_path_fault(const char *path);

/* The content of audnames. */
struct trail_names {
	bool on;
	char boot_id[TRAIL_BOOT_ID_MAX]; /* of the boot it was written in */
	char current[TRAIL_PATH_MAX];    /* empty: none */
	char next[TRAIL_PATH_MAX];       /* empty: none */
	char base[TRAIL_PATH_MAX];       /* what new trails are named after; empty: none */
	uint32_t current_kb;             /* AFS; 0 without a trail */
	uint32_t next_kb;
	unsigned files; /* regular mode: 1 to TRAIL_FILES_MAX; 0: compatibility mode, one file */
};

/*
 * Parses the text of an audnames. Returns 0, or the number of the line that is malformed, with
 * why[] saying in words what it should be; *out is then not to be used.
 */
unsigned trail_names_parse(const char *text, struct trail_names *out, char why[TRAIL_WHY_MAX]);

/* Renders it; returns the length. Everything fits because every field has its limit. */
size_t trail_names_render(const struct trail_names *names, char out[TRAIL_NAMES_TEXT_MAX]);

/* A whole number of decimal digits from low to high; false: anything else. */
bool trail_parse_number(const char *text, uint32_t low, uint32_t high, uint32_t *out);

#endif
