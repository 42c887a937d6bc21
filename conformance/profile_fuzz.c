/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes profile.c, with a file in memory. What is taken is a usable profile, and written out and
 * read back it is the same one; what is refused is refused in one line that names the file or the
 * setting. The input behind a zero byte is a setting of the command line.
 */
#include "conformance/profile.h"

#include "conformance/case.h"
#include "conformance/spec/spec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FOLDER "conformance/targets"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void path_of(int fd, char out[32])
{
	snprintf(out, 32, "/dev/fd/%d", fd);
}

static int memory_file(const void *data, size_t bytes)
{
	int fd = memfd_create("profile", MFD_CLOEXEC);

	assert(fd >= 0);
	assert(write(fd, data, bytes) == (ssize_t)bytes);
	return fd;
}

static void check_same(const struct profile *a, const struct profile *b)
{
	assert(a->transport == b->transport && a->capabilities == b->capabilities);
	assert(a->has_level == b->has_level && a->level == b->level && a->count == b->count);
	for (size_t i = 0; i < a->count; i++) {
		const struct profile_entry *e = &a->entries[i];
		const char *value = profile_get(b, e->section, e->key);

		assert(value && strcmp(value, e->value) == 0);
	}
}

static void check_usable(const struct profile *p)
{
	static const char *const requirements[] = {"audsys/trail/1", NULL};

	assert(*p->name || profile_get(p, "target", "name"));
	assert(p->transport <= TRANSPORT_SSH && p->level < SPEC_LEVELS);
	assert(p->count <= PROFILE_ENTRIES_MAX);
	profile_expected_failure(p, "audsys/trail/stamp", requirements);
	assert(!profile_command(p, "secons") || *profile_command(p, "secons"));
}

static void check_again(const struct profile *p)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);
	struct profile again;
	char path[32];
	char why[512];
	int fd;

	assert(out && profile_write(p, out) == 0);
	fclose(out);
	fd = memory_file(text, bytes);
	path_of(fd, path);
	assert(profile_load(&again, FOLDER, path, NULL, 0, why, sizeof(why)) == 0);
	check_same(p, &again);
	check_same(&again, p);
	profile_free(&again);
	close(fd);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = size ? memchr(data, '\0', size) : NULL;
	size_t bytes = zero ? (size_t)(zero - data) : size;
	char *setting = zero ? strndup((const char *)zero + 1, size - bytes - 1) : NULL;
	const char *settings[] = {setting};
	int fd = memory_file(data, bytes);
	struct profile p;
	char path[32];
	char why[512] = "";

	path_of(fd, path);
	if (profile_load(&p, FOLDER, path, settings, setting != NULL, why, sizeof(why)) == 0) {
		check_usable(&p);
		check_again(&p);
		profile_free(&p);
	} else {
		assert(*why && (strchr(why, '\n') == NULL || (setting && strchr(setting, '\n'))));
	}
	close(fd);
	free(setting);
	return 0;
}
