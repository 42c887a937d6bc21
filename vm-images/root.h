/* SPDX-License-Identifier: MIT */
/*
 * What is in the root of one run: /init, busybox and its names, the files of vm-images/root, kernel
 * modules, what the caller adds, and the run file. How it is packed is image.c.
 */
#ifndef VM_IMAGES_ROOT_H
#define VM_IMAGES_ROOT_H

#include "vm-images/guest_private.h"
#include "vm-images/image.h"

/* Fills and ends an image for one run of a guest that was built. Returns its descriptor, which
 * belongs to the image, or -1. */
int root_fill(struct image *image, const struct guest *g, const struct guest_run *run,
	      struct guest_error *error);

#endif
