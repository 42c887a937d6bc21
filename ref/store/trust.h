/* SPDX-License-Identifier: MIT */
/*
 * What there is to know of a file that is or becomes a trusted one, read through the platform door.
 * Not for comparing it (core/trust.h).
 */
#ifndef REF_STORE_TRUST_H
#define REF_STORE_TRUST_H

#include "ref/core/trust.h"
#include "ref/platform/platform.h"

#define TRUST_FILE_BYTES_MAX (UINT64_C(1) << 30)

/* File information alone. Returns 0, -EINVAL for what is no regular file, or what stat() said. */
int trust_take_stat(struct platform *p, const char *path, struct trust *out);
/* And the signatures of its contents, after trust_take_stat(). Returns 0, -EFBIG, or what open and
 * read said. */
int trust_take_contents(struct platform *p, const char *path, struct trust *out);

#endif
