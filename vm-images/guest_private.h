/* SPDX-License-Identifier: MIT */
/*
 * What the files of the launcher share and its users do not see: the description of a guest as it
 * was read, and where its built parts lie.
 */
#ifndef VM_IMAGES_GUEST_PRIVATE_H
#define VM_IMAGES_GUEST_PRIVATE_H

#include <limits.h>

#include "vm-images/guest.h"

/* Everything is owned by the guest. The first group is from its INI file, [guest]; all but
 * libraries, modules and append must be there. */
struct guest {
	char *arch;     /* Debian's name of the architecture: amd64 */
	char *suite;    /* Debian release the packages come from: bookworm */
	char *packages; /* kernel image, headers, busybox-static; what they need of a kernel follows
			 */
	char *libraries; /* packages that programs for this guest are built and run with where
			    this machine has none, and programs under test */
	char *kernel;    /* folder of the checkout in which a kernel was built, its image there as
			    vmlinuz; empty: it is among the packages */
	char *modules;   /* to load before the command; what they need follows */
	char *machine;   /* QEMU and its hardware, with a place for the chardevs "console" and
			    "results" */
	char *results;   /* the results port as the guest calls it: ttyS1 */
	char *append;    /* kernel command line */

	char *name;
	char *top;  /* the checkout */
	char *base; /* TOP/build/guest */
	char *dir;  /* TOP/build/guest/NAME: kernel (the image), kdir, root/ (unpacked packages) */
	char *kdir; /* guest_headers(); NULL before the guest was built */
};

/* The release of the kernel that was built, to be released with free(); NULL if there is none. */
char *guest_release(const struct guest *guest);

/* The folder to build modules of that kernel against, to be released with free(); NULL if there is
 * none. */
char *guest_headers(const struct guest *guest);

#endif
