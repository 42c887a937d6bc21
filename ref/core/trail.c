/* SPDX-License-Identifier: MIT */
/*
 * Names of audit trails and the content of audnames; see trail.h. audnames is parsed by a table of
 * its lines, strictly: it is short, the programs write it, and a guess about a damaged one could
 * send records to the wrong place.
 */
#include "ref/core/trail.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool fits(int n, size_t bytes)
{
	return n >= 0 && (size_t)n < bytes;
}

bool trail_name(const char *base, const struct tm *local, enum trail_stamp form, unsigned attempt,
		char out[TRAIL_PATH_MAX])
{
	char suffix[16] = "";

	assert(attempt < TRAIL_ATTEMPTS_MAX);
	if (attempt)
		snprintf(suffix, sizeof(suffix), ".%u", attempt);
	return fits(snprintf(out, TRAIL_PATH_MAX, "%s.%04d%02d%02d%s%02d%02d%s", base,
			     local->tm_year + 1900, local->tm_mon + 1, local->tm_mday,
			     form == TRAIL_STAMP_UNDERSCORE ? "_" : "", local->tm_hour,
			     local->tm_min, suffix),
		    TRAIL_PATH_MAX);
}

bool trail_file_name(const char *path, unsigned n, char out[TRAIL_PATH_MAX])
{
	return fits(snprintf(out, TRAIL_PATH_MAX, "%s/spu%u", path, n), TRAIL_PATH_MAX);
}

static void put_le32(unsigned char *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

void trail_version_record(unsigned n, unsigned char out[TRAIL_VERSION_BYTES])
{
	memcpy(out, "AUDTRAIL", 8);
	put_le32(out + 8, 1);
	put_le32(out + 12, n);
}

const char *trail_path_fault(const char *path)
{
	size_t n = strlen(path);

	if (path[0] != '/')
		return "must be an absolute path";
	if (n >= TRAIL_PATH_MAX)
		return "longer than 1023 bytes";
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)path[i] < ' ' || path[i] == 0x7f)
			return "must not contain control characters";
	}
	return path[n - 1] == ' ' ? "must not end in a blank" : NULL;
}

bool trail_parse_number(const char *text, uint32_t low, uint32_t high, uint32_t *out)
{
	uint64_t value = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		value = 10 * value + (uint64_t)(*at - '0');
		if (value > high)
			return false;
	}
	if (at == text || *at || value < low)
		return false;
	*out = (uint32_t)value;
	return true;
}

/* audnames. A reader gets the value of its line and says what it should be when it is not that. */

static const char *read_version(struct trail_names *n, const char *value)
{
	(void)n;
	return strcmp(value, "1") ? "must be 1" : NULL;
}

static const char *read_state(struct trail_names *n, const char *value)
{
	n->on = !strcmp(value, "on");
	return n->on || !strcmp(value, "off") ? NULL : "must be on or off";
}

static const char *read_boot_id(struct trail_names *n, const char *value)
{
	size_t length = strlen(value);

	if (length == 0 || length >= sizeof(n->boot_id))
		return "must be 1 to 63 bytes";
	memcpy(n->boot_id, value, length + 1);
	return NULL;
}

static const char *read_path(char out[TRAIL_PATH_MAX], const char *value)
{
	const char *fault = *value ? trail_path_fault(value) : NULL;

	if (!fault)
		memcpy(out, value, strlen(value) + 1);
	return fault;
}

static const char *read_kb(const char *path, const char *value, uint32_t *out)
{
	if (trail_parse_number(value, *path ? 1 : 0, *path ? TRAIL_KB_MAX : 0, out))
		return NULL;
	return *path ? "must be a whole number from 1 to 4294967295"
		     : "must be 0 where there is no trail";
}

static const char *read_current(struct trail_names *n, const char *value)
{
	return read_path(n->current, value);
}

static const char *read_current_kb(struct trail_names *n, const char *value)
{
	return read_kb(n->current, value, &n->current_kb);
}

static const char *read_next(struct trail_names *n, const char *value)
{
	return read_path(n->next, value);
}

static const char *read_next_kb(struct trail_names *n, const char *value)
{
	return read_kb(n->next, value, &n->next_kb);
}

static const char *read_files(struct trail_names *n, const char *value)
{
	uint32_t files;

	if (!trail_parse_number(value, 0, TRAIL_FILES_MAX, &files))
		return "must be a whole number from 0 to 1024";
	n->files = files;
	return NULL;
}

static const char *read_base(struct trail_names *n, const char *value)
{
	const char *fault = read_path(n->base, value);

	if (fault)
		return fault;
	return !*n->base != !*n->current ? "must be set where current is, and only there" : NULL;
}

static const struct {
	const char *key;
	const char *(*read)(struct trail_names *n, const char *value);
} lines[] = {
	{"version", read_version}, {"state", read_state},           {"boot_id", read_boot_id},
	{"current", read_current}, {"current_kb", read_current_kb}, {"next", read_next},
	{"next_kb", read_next_kb}, {"files", read_files},           {"base", read_base},
};

#define LINES     (sizeof(lines) / sizeof(lines[0]))
#define VALUE_MAX (TRAIL_PATH_MAX + 1) /* one more byte than any value may have */

/*
 * Cuts "KEY = VALUE\n" off the text. False when the line does not have that form; a line that is
 * cut short by a missing newline does not.
 */
static bool take_line(const char **text, const char *key, char value[VALUE_MAX])
{
	const char *end = strchr(*text, '\n');
	size_t key_bytes = strlen(key);
	const char *at = *text + key_bytes;
	size_t n;

	if (!end || (size_t)(end - *text) <= key_bytes || memcmp(*text, key, key_bytes))
		return false;
	at += strspn(at, " ");
	if (*at != '=')
		return false;
	at++;
	at += strspn(at, " ");
	n = (size_t)(end - at);
	if (n >= VALUE_MAX)
		return false;
	memcpy(value, at, n);
	value[n] = '\0';
	*text = end + 1;
	return true;
}

unsigned trail_names_parse(const char *text, struct trail_names *out, char why[TRAIL_WHY_MAX])
{
	*out = (struct trail_names){0};
	for (unsigned i = 0; i < LINES; i++) {
		char value[VALUE_MAX];
		const char *fault;

		if (!take_line(&text, lines[i].key, value)) {
			snprintf(why, TRAIL_WHY_MAX, "must be '%s = ...'", lines[i].key);
			return i + 1;
		}
		fault = lines[i].read(out, value);
		if (fault) {
			snprintf(why, TRAIL_WHY_MAX, "%s is '%.60s', %s", lines[i].key, value,
				 fault);
			return i + 1;
		}
	}
	if (*text) {
		snprintf(why, TRAIL_WHY_MAX, "nothing may follow the line of base");
		return LINES + 1;
	}
	if (out->on && !*out->current) {
		snprintf(why, TRAIL_WHY_MAX, "state is on, and there is no current trail");
		return 2;
	}
	return 0;
}

size_t trail_names_render(const struct trail_names *names, char out[TRAIL_NAMES_TEXT_MAX])
{
	int n = snprintf(out, TRAIL_NAMES_TEXT_MAX,
			 "version = 1\n"
			 "state = %s\n"
			 "boot_id = %s\n"
			 "current =%s%s\n"
			 "current_kb = %" PRIu32 "\n"
			 "next =%s%s\n"
			 "next_kb = %" PRIu32 "\n"
			 "files = %u\n"
			 "base =%s%s\n",
			 names->on ? "on" : "off", names->boot_id, *names->current ? " " : "",
			 names->current, names->current_kb, *names->next ? " " : "", names->next,
			 names->next_kb, names->files, *names->base ? " " : "", names->base);

	assert(fits(n, TRAIL_NAMES_TEXT_MAX));
	return (size_t)n;
}
