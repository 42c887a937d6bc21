/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes login.c: labels of login sessions, which come back from a kernel extension that may have
 * been given them by somebody else. What is taken comes back the same from what writing makes of
 * it, and nothing shorter or longer is taken for it.
 */
#include "ref/core/login.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Of an exact copy, so that a read beyond the end is seen. */
static bool read_copy(const void *label, size_t bytes, struct login *out)
{
	char *copy = malloc(bytes + !bytes);
	bool taken;

	assert(copy);
	memcpy(copy, label, bytes);
	taken = login_label_read(copy, bytes, out);
	free(copy);
	return taken;
}

static void check_records(const struct login *who)
{
	struct audit_record record;
	char why[64];

	login_record(&record, 1, who, "", login_rule(false, &(struct access_terminal_rule){0}));
	assert(record_check(&record, why, sizeof(why)) == 0);
	logout_record(&record, 1, who, "48da26ce:00000142");
	assert(record_check(&record, why, sizeof(why)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char written[LOGIN_LABEL_MAX + 1];
	struct login who, again;

	if (!read_copy(data, size, &who))
		return 0;
	assert(who.user[0] && !who.program[0]);
	assert(strlen(who.user) < sizeof(who.user) && strlen(who.terminal) < sizeof(who.terminal));
	assert(login_label_write(&who, written) == size && memcmp(written, data, size) == 0);
	assert(!read_copy(data, size - 1, &again));
	memcpy(written, data, size);
	written[size] = 0;
	assert(!read_copy(written, size + 1, &again));
	check_records(&who);
	return 0;
}
