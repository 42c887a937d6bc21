/* SPDX-License-Identifier: MIT */
/*
 * Argument lists and programs of the host that are run to their end (apt-get, dpkg-deb, depmod, the
 * dynamic linker). Not for QEMU, which is watched while it runs (guest.c).
 */
#ifndef VM_IMAGES_CHILD_H
#define VM_IMAGES_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "vm-images/guest.h"

#define CHILD_ARGS_MAX 96

/* An argument list, NULL-terminated, of copies; start from all zero. `failed`: one did not fit,
 * child_run() refuses. */
struct child_args {
	char *v[CHILD_ARGS_MAX + 1];
	size_t n;
	bool failed;
};

/* Records the text of an error and returns -1. */
int guest_fail(struct guest_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void child_args_add(struct child_args *args, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Adds each of the blank-separated words of `words`. */
void child_args_split(struct child_args *args, const char *words);
void child_args_free(struct child_args *args);

/*
 * Runs a program in the folder `dir` (NULL: here) with standard input empty, waits for it, and
 * releases the list. Output goes to standard error, or where `output` is not NULL, into a new
 * terminated string of at most 1 MiB, to be released with free(). Returns 0 if it ended with status
 * 0, else -1.
 */
int child_run(struct child_args *args, const char *dir, char **output, struct guest_error *error);

#endif
