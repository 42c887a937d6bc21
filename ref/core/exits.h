/* SPDX-License-Identifier: MIT */
/*
 * The administrator's exits: programs that run before and after the kernel extension is loaded and
 * unloaded. Which files are one, which of them may run, and which step comes next. Facts in,
 * decisions out.
 *
 * Not for: finding or running them (cmd/SEOS_load.c), nor for how the extension itself becomes safe
 * to remove (core/unload.h).
 */
#ifndef REF_CORE_EXITS_H
#define REF_CORE_EXITS_H

#include <stdbool.h>
#include <stdint.h>

#define EXITS_MAX       64 /* files of a set */
#define EXITS_TIMEOUT_S 60 /* for one exit (kernel/exits/22) */

enum exits_set {
	EXITS_LOAD_ALWAYS,   /* SEOS_load_STRING.always */
	EXITS_UNLOAD_ALWAYS, /* SEOS_unload_STRING.always */
	EXITS_UNLOAD_OPT,    /* SEOS_unload_STRING.opt */
	EXITS_NONE,          /* not an exit */
};

#define EXITS_SETS EXITS_NONE

/* The set a file of the folder belongs to by its name. STRING is one byte or more. */
enum exits_set exits_set_of(const char *name);

/* What is the case with a file or folder. */
struct exits_file {
	bool is_file; /* a regular one */
	uint32_t mode;
	uint32_t uid;
};

/* Why nothing in the folder, or this file, may run as root; NULL when it may (kernel/exits/21,
 * kernel/exits/25). */
const char *exits_folder_refusal(const struct exits_file *folder);
const char *exits_file_refusal(const struct exits_file *file);

enum exits_action {
	EXITS_RUN,     /* run one exit */
	EXITS_LOAD,    /* load the extension */
	EXITS_UNLOAD,  /* try to unload it */
	EXITS_DONE,    /* end: all was done */
	EXITS_FAILED,  /* end: done, but a -post exit failed */
	EXITS_ABORTED, /* end: an exit failed with -pre; nothing was loaded or unloaded */
	EXITS_REFUSED, /* end: the extension could not be loaded or unloaded */
};

struct exits_step {
	enum exits_action action;
	/* of EXITS_RUN: */
	enum exits_set set;
	unsigned index; /* in lexicographic order of the names */
	bool post;      /* the argument is -post, not -pre */
};

/* Loading or unloading on its way. */
struct exits {
	const struct exits_step *phase; /* of the table of steps */
	unsigned counts[EXITS_SETS];
	unsigned index;
	bool failed; /* a -post exit did */
};

/* Begins with so many exits in each set, at most EXITS_MAX; returns the first step. */
struct exits_step exits_begin(struct exits *e, bool unload, const unsigned counts[EXITS_SETS]);

/* The step after the last one was carried out, or has failed. Not to be called after an end. */
struct exits_step exits_next(struct exits *e, bool ok);

#endif
