/* SPDX-License-Identifier: MIT */
/*
 * For tests: a simulated machine with the product installed and three users in the database: root
 * (ADMIN), op (OPERATOR), tst002 (AUDITOR and SERVER); nobody is not defined there.
 */
#ifndef REF_CMD_PRODUCT_FIXTURE_H
#define REF_CMD_PRODUCT_FIXTURE_H

#include "ref/store/product.h"
#include "sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIXTURE_OP      1001
#define FIXTURE_TST002  1002
#define FIXTURE_NOBODY  65534
#define FIXTURE_START_S INT64_C(1731217642) /* 10 Nov 2024 05:47:22 UTC */
#define FIXTURE_BANNER                                                                             \
	"CA PAMSC secons v14.10.0.001 - Console utility\n"                                         \
	"Copyright (c) 2024 CA. All rights reserved.\n"

struct fixture {
	struct sim *sim;
	struct platform *p;       /* root's view */
	struct sim_result result; /* of the last run */
};

static inline void fixture_ini(struct fixture *f, const char *text)
{
	assert_int_equal(file_replace(f->p, SEOS_INI, text, strlen(text), 0644), 0);
}

/* Runs "PROGRAM ARG..." split at blanks, or with one last argument that may hold blanks. */
static inline int fixture_run_as(struct fixture *f, uid_t uid, const char *line, const char *last)
{
	char text[256] = PAMSC_DIR "/bin/";
	const char *argv[8] = {text};
	const struct sim_command command = {
		.argv = argv, .uid = uid, .session = 322, .session_s = 0x48da26ce};
	size_t n = strlen(text);
	size_t argc = 1;

	snprintf(text + n, sizeof(text) - n, "%s", line);
	for (char *at = text + n; (at = strchr(at, ' ')); argc++) {
		*at++ = '\0';
		argv[argc] = at;
	}
	argv[argc] = last;
	sim_result_free(&f->result);
	assert_int_equal(sim_run(f->sim, &command, &f->result), 0);
	return f->result.status;
}

static inline int fixture_run(struct fixture *f, const char *line)
{
	return fixture_run_as(f, 0, line, NULL);
}

static inline int fixture_setup(void **state)
{
	static struct fixture f;
	const char *folder[] = {"/opt", "/opt/CA", PAMSC_DIR, PAMSC_DIR "/bin"};

	f = (struct fixture){.sim = sim_new(1, FIXTURE_START_S)};
	assert_non_null(f.sim);
	f.p = sim_root(f.sim);
	for (size_t i = 0; i < sizeof(folder) / sizeof(folder[0]); i++)
		f.p->ops->mkdir(f.p, folder[i], 0755);
	assert_int_equal(sim_user_add(f.sim, FIXTURE_OP, "op"), 0);
	assert_int_equal(sim_user_add(f.sim, FIXTURE_TST002, "tst002"), 0);
	assert_int_equal(sim_user_add(f.sim, FIXTURE_NOBODY, "nobody"), 0);
	fixture_ini(&f, "");
	assert_int_equal(fixture_run_as(&f, 0, "selang -c",
					"nu root admin; nu op operator; nu tst002 auditor server"),
			 0);
	*state = &f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *f = *state;

	sim_result_free(&f->result);
	sim_free(f->sim);
	return 0;
}

/* The records that seaudit shows behind the first skip ones; the caller frees them. */
static inline char *fixture_records(struct fixture *f, size_t skip, const char *options)
{
	char line[64];
	const char *at;

	snprintf(line, sizeof(line), "seaudit -all%s", options);
	assert_int_equal(fixture_run(f, line), 0);
	at = f->result.out;
	while (skip-- > 0) {
		at = strchr(at, '\n');
		assert_non_null(at);
		at++;
	}
	return strdup(at);
}

#define FIXTURE_RECORDS 3 /* of setup */

#endif
