/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes form.c and, on the way to it, capture.c: a capture in memory. Each record has a form, the
 * same when it is read again; a form differs from itself in nothing, and from that of the record
 * before it by changes that have names, requirements, and are as many in either direction.
 */
#include "conformance/lint/form.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_form(const struct form *f, const struct parse_fault *fault)
{
	assert(f->type <= RECORD_TYPES && f->layout <= RENDER_DETAILED);
	assert(f->origin <= RECORD_WINDOWS && f->wording <= CODE_BRANDS);
	assert(!f->fault || (f->fault == fault->requirement && *fault->text));
	assert(f->fault || f->type);
	for (unsigned i = 0; i < RECORD_FIELDS; i++)
		assert(f->fields[i] <= FORM_FLAG && (!f->fault || f->fields[i] == FORM_NONE));
}

static void check_changes(const struct form *a, const struct form *b)
{
	struct form_change there[FORM_CHANGES_MAX], back[FORM_CHANGES_MAX];
	size_t n = form_changes(a, b, there);

	assert(n <= FORM_CHANGES_MAX && n == form_changes(b, a, back));
	assert(!form_equal(a, b) || n == 0);
	for (size_t i = 0; i < n; i++) {
		assert(*there[i].what && there[i].requirement && strchr(there[i].requirement, '/'));
		assert(there[i].before && (there[i].after || b->fault));
		assert(strcmp(there[i].what, back[i].what) == 0);
		assert(there[i].added == back[i].removed && there[i].removed == back[i].added);
	}
}

/* From an exact copy, so that a read beyond the end is seen. */
static void read_copy(const struct capture_record *r, const char *spacing, struct form *out,
		      struct parse_fault *fault)
{
	struct capture_record copied = *r;
	char *copy = malloc(r->length + !r->length);

	assert(copy);
	memcpy(copy, r->text, r->length);
	copied.text = copy;
	form_read(&copied, spacing, out, fault);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);
	struct capture_record record = {0}, before = {0};
	struct form form, again, last = {0};
	struct parse_fault fault;
	struct capture *c;
	bool any = false;

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	c = capture_open(fd);
	assert(c);
	while (capture_next(c, &record) == 1) {
		const char *spacing = capture_spacing(any ? &before : NULL, &record);

		read_copy(&record, spacing, &form, &fault);
		check_form(&form, &fault);
		form_read(&record, spacing, &again, &fault);
		assert(form_equal(&form, &again));
		check_changes(&form, &again);
		if (any && last.type == form.type)
			check_changes(&last, &form);
		last = form;
		before = record;
		any = true;
	}
	capture_close(c);
	close(fd);
	return 0;
}
