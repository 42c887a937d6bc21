/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes selogimport on a simulated machine: the input is what it reads. It takes every line or
 * complains about the first it does not take, in one line with its number; what was taken until
 * then is in the log, whole, and seaudit shows it.
 */
#include "ref/store/log.h"
#include "sim/sim.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LOG       "/var/log/fuzz.audit"
#define COMPLAINT "selogimport: standard input:"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(struct sim *s, const char *const *argv, const char *input, struct sim_result *r)
{
	struct sim_command command = {.argv = argv, .input = input};

	assert(sim_run(s, &command, r) == 0);
}

static unsigned long line_count(const char *text)
{
	unsigned long n = 0;

	for (; *text; text++)
		n += *text == '\n' || !text[1];
	return n;
}

static unsigned long record_count(struct sim *s)
{
	struct audit_log_reader *reader;
	struct audit_record record;
	char why[64];
	unsigned long n = 0;
	int got;

	assert(audit_log_read_open(sim_root(s), LOG, &reader) == 0);
	while ((got = audit_log_read(reader, &record, NULL, NULL)) == 1) {
		assert(record_check(&record, why, sizeof(why)) == 0);
		n++;
	}
	assert(got == 0);
	audit_log_read_close(reader);
	return n;
}

/* Records that have to be in the log: one a line, up to the one that is complained about. */
static unsigned long expected_count(const struct sim_result *r, const char *input)
{
	unsigned long line;

	if (r->status == EXIT_DONE) {
		assert(r->err_bytes == 0);
		return line_count(input);
	}
	assert(r->status == EXIT_REFUSED);
	assert(strncmp(r->err, COMPLAINT, strlen(COMPLAINT)) == 0);
	assert(strchr(r->err, '\n') == r->err + r->err_bytes - 1);
	line = strtoul(r->err + strlen(COMPLAINT), NULL, 10);
	assert(line >= 1 && line <= line_count(input));
	return line - 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const import[] = {"selogimport", LOG, NULL};
	static const char *const show[] = {"seaudit", "-a", "-detail", "-in", LOG, NULL};
	char *text = strndup((const char *)data, size);
	struct sim *s = sim_new(1, 1220000000);
	struct sim_result result;
	unsigned long expected;

	assert(text && s);
	run(s, import, text, &result);
	expected = expected_count(&result, text);
	sim_result_free(&result);
	assert(record_count(s) == expected);
	run(s, show, NULL, &result);
	assert(result.status == EXIT_DONE && result.err_bytes == 0);
	sim_result_free(&result);
	sim_free(s);
	free(text);
	return 0;
}
