/* SPDX-License-Identifier: MIT */
/*
 * Configuration files, read whole through the platform door and parsed with inih: seos.ini ("token
 * = value" in [sections]) and /etc/rc.config.d/auditing (NAME=value, values perhaps in double
 * quotes, no sections: section "").
 */
#ifndef REF_STORE_CONFIG_H
#define REF_STORE_CONFIG_H

#include "ref/platform/platform.h"

#define CONFIG_BYTES_MAX   65536 /* of a file */
#define CONFIG_ENTRIES_MAX 512
#define CONFIG_LINE_MAX    199 /* bytes, its end included: what inih can hold */

struct config; /* parsed file */

/*
 * Reads and parses a file. On failure *out is NULL and why[] says it in words: which file, line and
 * what ("FILE:12: not a token = value line"). Returns 0, -EINVAL for a malformed file, or what
 * reading it said (-ENOENT ...).
 */
int config_load(struct platform *p, const char *path, struct config **out, char *why, size_t bytes);
void config_free(struct config *c); /* NULL is fine */

/* The value of a token, or otherwise when it is not set. Section and token compare without case.
 * Owned by c. */
const char *config_get(const struct config *c, const char *section, const char *token,
		       const char *otherwise);
/* The line that sets a token, for messages; 0: none. */
unsigned config_line(const struct config *c, const char *section, const char *token);
/*
 * Sets a token in a file and leaves everything else in it as it is, byte for byte: the line that
 * sets it is replaced, or one is added behind the last of its section. The file is replaced
 * atomically and keeps its mode. Returns 0; -EINVAL: section, token or value could not be read back
 * as they are, or the file is malformed (the file is as it was, why[] says it); or what reading and
 * writing said.
 */
int config_edit(struct platform *p, const char *path, const char *section, const char *token,
		const char *value, char *why, size_t bytes);
/*
 * A whole number from low to high. Returns 0; -EINVAL when the token is set to something else
 * (why[] says which).
 */
int config_number(const struct config *c, const char *section, const char *token, int64_t low,
		  int64_t high, int64_t otherwise, int64_t *out, char *why, size_t bytes);
/* yes/no, on/off, true/false or 1/0, without case. Returns as config_number(). */
int config_flag(const struct config *c, const char *section, const char *token, bool otherwise,
		bool *out, char *why, size_t bytes);

/* An absolute path, behind the platform's prefix; c may be NULL. Returns as config_number(). */
int config_path(const struct platform *p, const struct config *c, const char *section,
		const char *token, const char *otherwise, char out[PLATFORM_PATH_MAX], char *why,
		size_t bytes);

#endif
