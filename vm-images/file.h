/* SPDX-License-Identifier: MIT */
/*
 * Small whole files and paths of the host, with errors in words. Not for anything large: the root
 * of a run is written by image.c.
 */
#ifndef VM_IMAGES_FILE_H
#define VM_IMAGES_FILE_H

#include "vm-images/guest.h"

/* A formatted string to be released with free(), or NULL where memory is short. */
char *file_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The contents of a file of at most 1 MiB, terminated, to be released with free(), or NULL. */
char *file_load(struct guest_error *error, const char *path);

/* Replaces a file by `text` in one step. Returns 0, or -1. */
int file_write(struct guest_error *error, const char *text, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Makes a folder and those above it. Returns 0, or -1. */
int file_make_dirs(struct guest_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
