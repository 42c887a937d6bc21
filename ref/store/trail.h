/* SPDX-License-Identifier: MIT */
/*
 * Audit trails on disk, through the platform door: making them, looking at them, and audnames, read
 * and replaced under a lock. Shared by audsys and audomon.
 *
 * A trail is a directory with the files spu0 ... in regular mode, one file in compatibility mode
 * (audsys/trail/1, 2). Not for: when to switch (core/overflow.h), names (core/trail.h), writing
 * records.
 */
#ifndef REF_STORE_TRAIL_H
#define REF_STORE_TRAIL_H

#include "ref/core/trail.h"
#include "ref/platform/platform.h"

#define TRAIL_NAMES_PATH "/.secure/etc/audnames"

/* A trail and its file system as they are. */
struct trail_look {
	bool exists;         /* else: size 0, and the folder it would be in is looked at */
	bool is_dir;         /* regular mode */
	bool is_file;        /* compatibility mode; neither: no trail at all */
	bool is_empty;       /* nothing in it but what trail_make() writes, or a part of that */
	uint64_t size_bytes; /* all regular files directly in it together */
	uint64_t device;     /* equal for trails on the same file system */
	struct platform_space space;
};

/* Looks at a trail. 0; -ENOENT only when its folder does not exist either, or what the system said.
 */
int trail_look(struct platform *p, const char *path, struct trail_look *out);

/* What trail_make() made, so that it can be undone. */
struct trail_made {
	char path[TRAIL_PATH_MAX];
	bool trail;                  /* the directory, or the one file */
	bool start;                  /* the version record of a file that was there, empty */
	bool files[TRAIL_FILES_MAX]; /* of the directory */
};

/*
 * Makes a trail, or completes one: what is missing of its files is created with mode 0600 and a
 * version record (directory 0700); what is there stays. only_new: -EEXIST when anything has that
 * name. files as in struct trail_names; a trail that is there has to be of that kind. On failure
 * nothing of it is left. Returns 0 or a negated errno value.
 */
int trail_make(struct platform *p, const char *path, unsigned files, bool only_new,
	       struct trail_made *made);
void trail_unmake(struct platform *p, const struct trail_made *made);

/*
 * Exclusive right to change audnames, given back with close(): waits for others who hold it.
 * Makes the folder of audnames when it is missing. Returns a descriptor or a negated errno value
 * with why[] in words.
 */
int trail_names_lock(struct platform *p, char *why, size_t bytes);

/*
 * Reads audnames. Without one: off, no trails, one file (audsys/trail/37); one that was written in
 * another boot counts as off (audsys/trail/40). Returns 0, or a negated errno value with why[] in
 * words: -EINVAL for a malformed one.
 */
int trail_names_load(struct platform *p, struct trail_names *out, char *why, size_t bytes);

/* Replaces audnames in one step, as written in this boot. Returns 0 or a negated errno value. */
int trail_names_store(struct platform *p, struct trail_names *names);

/* Whether the next trail can take over: 0, or what stands against it (audomon/switch/18). */
int trail_next_check(struct platform *p, const char *path);

/*
 * Switches, with the lock held: what has to be made on disk, then audnames, then *names. On failure
 * all three are as they were. Return 0 or a negated errno value.
 *
 * to_new: a new trail, named for the base and the time; -EEXIST when all those names are taken.
 */
int trail_switch_to_new(struct platform *p, struct trail_names *names, enum trail_stamp form);
/* to_next: the next trail, which is the new base; there is no next one any more. */
int trail_switch_to_next(struct platform *p, struct trail_names *names);

#endif
