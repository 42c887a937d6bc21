/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes trail.c. What is taken as an audnames holds only what may stand in one, and comes back the
 * same from what rendering makes of it; what is refused is refused in words, on a line that is
 * there. The input is also a base and a time to name trails with.
 */
#include "ref/core/trail.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_path(const char *path, uint32_t kb)
{
	assert(strlen(path) < TRAIL_PATH_MAX);
	assert(!*path || !trail_path_fault(path));
	assert(!*path == !kb);
}

static void check_names(const struct trail_names *n)
{
	char text[TRAIL_NAMES_TEXT_MAX];
	char why[TRAIL_WHY_MAX];
	struct trail_names again;

	check_path(n->current, n->current_kb);
	check_path(n->next, n->next_kb);
	check_path(n->base, n->current_kb);
	assert(n->files <= TRAIL_FILES_MAX && *n->boot_id);
	assert(*n->current || !n->on);
	assert(trail_names_render(n, text) == strlen(text));
	assert(trail_names_parse(text, &again, why) == 0);
	assert(again.on == n->on && again.files == n->files);
	assert(again.current_kb == n->current_kb && again.next_kb == n->next_kb);
	assert(strcmp(again.boot_id, n->boot_id) == 0 && strcmp(again.base, n->base) == 0);
	assert(strcmp(again.current, n->current) == 0 && strcmp(again.next, n->next) == 0);
}

static void check_naming(const char *base, unsigned seed)
{
	struct tm when = {.tm_year = (int)(seed % 8100),
			  .tm_mon = (int)(seed % 12),
			  .tm_mday = (int)(1 + seed % 31),
			  .tm_hour = (int)(seed % 24),
			  .tm_min = (int)(seed % 60)};
	size_t stamp = 1 + 12 + (seed & 1 ? 1 : 0);
	char name[TRAIL_PATH_MAX];
	char file[TRAIL_PATH_MAX];

	if (!trail_name(base, &when, seed & 1 ? TRAIL_STAMP_UNDERSCORE : TRAIL_STAMP_PLAIN,
			seed % TRAIL_ATTEMPTS_MAX, name)) {
		assert(strlen(base) + stamp + 3 >= TRAIL_PATH_MAX);
		return;
	}
	assert(strncmp(name, base, strlen(base)) == 0);
	assert(strlen(name) >= strlen(base) + stamp);
	assert(!trail_path_fault(base) == !trail_path_fault(name) || base[strlen(base) - 1] == ' ');
	if (trail_file_name(name, seed % TRAIL_FILES_MAX, file))
		assert(strncmp(file, name, strlen(name)) == 0 && file[strlen(name)] == '/');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = strndup((const char *)data, size);
	char why[TRAIL_WHY_MAX] = "";
	struct trail_names names;
	unsigned line;

	assert(text);
	line = trail_names_parse(text, &names, why);
	assert(line <= 10);
	assert((line != 0) == (*why != '\0'));
	if (!line)
		check_names(&names);
	if (*text)
		check_naming(text, (unsigned)(unsigned char)text[size / 2 % strlen(text)] * 8101u);
	free(text);
	return 0;
}
