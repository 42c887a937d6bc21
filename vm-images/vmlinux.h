/* SPDX-License-Identifier: MIT */
/*
 * The kernel inside an x86 bzImage. QEMU starts an uncompressed kernel at its PVH entry, which
 * spares the guest the unpacking: a fifth of the boot under emulation. Other images are taken as
 * they are.
 */
#ifndef VM_IMAGES_VMLINUX_H
#define VM_IMAGES_VMLINUX_H

#include "vm-images/guest.h"

/* Writes to `to` the kernel inside `from`, or a copy of `from` where there is nothing to unpack.
 * Returns 0, or -1. */
int vmlinux_extract(const char *from, const char *to, struct guest_error *error);

#endif
