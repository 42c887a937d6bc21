/* SPDX-License-Identifier: MIT */
/*
 * From Debian packages to the parts of a guest: root/ with all packages unpacked, kernel (an image
 * QEMU boots at once), and kdir, headers a module can be built against. Done once; nothing is
 * installed on the host.
 */
#ifndef VM_IMAGES_PACKAGES_H
#define VM_IMAGES_PACKAGES_H

#include "vm-images/guest_private.h"

/* Makes g->dir from scratch; where that fails it counts as not built. Returns 0, or -1. The caller
 * holds the guest's lock.
 */
int packages_build(const struct guest *g, struct guest_error *error);

/* Whether g->dir was made by packages_build() from just this description. */
bool packages_built(const struct guest *g);

#endif
