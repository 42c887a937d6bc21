/* SPDX-License-Identifier: MIT */
/*
 * Whole files and installed paths, through the platform door. Not for logs and trails, which grow:
 * log.h, trail.h.
 */
#ifndef REF_STORE_FILE_H
#define REF_STORE_FILE_H

#include "ref/platform/platform.h"

/* Where the reference is installed; each is put behind the platform's prefix by path_installed().
 */
#define PAMSC_DIR "/opt/CA/PAMSC"
#define SEOS_INI  PAMSC_DIR "/seos.ini"

/* out = prefix + path. Returns 0 or -ENAMETOOLONG. */
int path_installed(const struct platform *p, const char *path, char out[PLATFORM_PATH_MAX]);

/*
 * Reads a whole file of at most max_bytes into memory the caller frees, zero-terminated behind the
 * last byte. Returns 0, -EFBIG for a larger file, -ENOMEM, or what open and read said.
 */
int file_read(struct platform *p, const char *path, size_t max_bytes, char **text, size_t *bytes);

/*
 * Replaces a file atomically: temporary file beside it, sync, rename, sync of the folder. After a
 * failure the old file is as it was and the temporary file is gone. Returns 0 or a negated errno
 * value.
 */
int file_replace(struct platform *p, const char *path, const void *data, size_t bytes, mode_t mode);

/* Makes a file's creation or new name in its folder last. Returns 0 or a negated errno value. */
int file_sync_folder(struct platform *p, const char *path);

#endif
