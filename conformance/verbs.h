/* SPDX-License-Identifier: MIT */
/*
 * The verbs of conform. Each takes its own arguments (argv[0] is the verb) and returns the exit
 * status: 0 done, 1 some failed or something is missing, 2 could not run.
 *
 * Not for: what they do (runner.h, spec/spec.h, report/report.h).
 */
#ifndef CONFORMANCE_VERBS_H
#define CONFORMANCE_VERBS_H

#include "conformance/outcome.h"

#include <getopt.h>

/* What the program was built with. */
struct suite {
	const struct spec *spec;
	const struct case_decl *const *cases; /* in no order */
	size_t case_count;
};

int verb_run(const struct suite *suite, int argc, char **argv);
int verb_list(const struct suite *suite, int argc, char **argv);
int verb_explain(const struct suite *suite, int argc, char **argv);
int verb_lint(const struct suite *suite, int argc, char **argv);
int verb_diff(const struct suite *suite, int argc, char **argv);
int verb_merge(const struct suite *suite, int argc, char **argv);
/* The runner inside a guest: guest-side PROFILE CASES SEED; started by `run` alone. */
int verb_guest_side(const struct suite *suite, int argc, char **argv);
/* For cases: kill-at PID STEP ends a process at a step that it takes. */
int verb_kill_at(const struct suite *suite, int argc, char **argv);

/* One line "conform: ..." on standard error. Returns 2. */
__attribute__((format(printf, 1, 2))) int verb_refuse(const char *format, ...);

/*
 * The options of the verb argv[0]. take() gets each of them but --help, 'h', with its value in
 * optarg, and returns 0 or what verb_refuse() does. Returns 0 with optind behind them, 2 for wrong
 * usage, or -1 when help was shown.
 */
int verb_options(int argc, char **argv, const char *usage, const struct option *options,
		 int (*take)(void *arg, int option), void *arg);

/*
 * Every case of the suite as an outcome of a run, sorted by id, none planned, levels set. Returns
 * 0, or 2 after saying what is wrong: a repeated id, a requirement that does not exist.
 */
int run_prepare(struct run *run, const struct suite *suite);

/* The folder the project lies in: the nearest above the program that has conformance/targets. */
const char *project_folder(void);
/* The path of this program. Returns 0 or a negated errno value. */
int program_path(char *out, size_t bytes);

#endif
