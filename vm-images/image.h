/* SPDX-License-Identifier: MIT */
/*
 * The root of one run: an uncompressed cpio archive ("newc", which the kernel unpacks into its
 * first file system), written straight into memory for every run, so that nothing can be out of
 * date. All files belong to root; modes are kept.
 */
#ifndef VM_IMAGES_IMAGE_H
#define VM_IMAGES_IMAGE_H

#include "vm-images/guest.h"

struct image;

/* Returns an empty image, to be released with image_free(), or NULL. */
struct image *image_new(struct guest_error *error);
void image_free(struct image *image);

/*
 * Adds a file of the host, or a folder with all that is in it, at the absolute path `guest`,
 * replacing what is there. A dynamically linked program brings its interpreter and libraries along,
 * those of its own root first where `host` is `guest` below one (an unpacked package).
 * A symbolic link is followed if it is `host` itself, kept if it is inside a folder. Returns 0, or
 * -1.
 */
int image_add(struct image *image, const char *host, const char *guest, struct guest_error *error);

/* Adds a folder with those above it, a file of `len` bytes, or a symbolic link to `target`. Return
 * 0, or -1. */
int image_add_dir(struct image *image, const char *guest, unsigned int mode,
		  struct guest_error *error);
int image_add_data(struct image *image, const char *guest, unsigned int mode, const void *data,
		   size_t len, struct guest_error *error);
int image_add_link(struct image *image, const char *guest, const char *target,
		   struct guest_error *error);

/* Ends the archive. Returns its descriptor, which belongs to the image, or -1. */
int image_finish(struct image *image, struct guest_error *error);

#endif
