/* SPDX-License-Identifier: MIT */
/*
 * conform: runs the conformance suite, lists and explains its requirements. Here the program's
 * arguments find their verb. Not for: the verbs themselves (verbs.h).
 */
#include "conformance/target/local.h"
#include "conformance/verbs.h"

#include <stdio.h>
#include <string.h>

/* The linker collects the declarations of all cases between these two. */
extern const struct case_decl *const __start_conform_cases[] __attribute__((weak));
extern const struct case_decl *const __stop_conform_cases[] __attribute__((weak));

static const char usage[] =
	"usage: conform run [OPTION]... [ID-GLOB]...   run cases against a target\n"
	"       conform list [--json] [ID-GLOB]...     requirements, their state and cases\n"
	"       conform explain ID                     one requirement in full\n"
	"       conform lint [OPTION]... [FILE]...     captured audit records: as documented?\n"
	"       conform diff [OPTION]... OLD NEW       two captures: same form?\n"
	"       conform merge [OPTION]... FILE...      results of shards: one report\n"
	"       conform VERB --help\n";

static const struct {
	const char *name;
	int (*verb)(const struct suite *suite, int argc, char **argv);
} verbs[] = {
	{"run", verb_run},
	{"list", verb_list},
	{"explain", verb_explain},
	{"lint", verb_lint},
	{"diff", verb_diff},
	{"merge", verb_merge},
	{"guest-side", verb_guest_side},
	{"kill-at", verb_kill_at},
};

int main(int argc, char **argv)
{
	struct suite suite = {
		.spec = &spec_built_in,
		.cases = __start_conform_cases,
		/* cppcheck-suppress comparePointers; the linker makes one array of them */
		.case_count = (size_t)(__stop_conform_cases - __start_conform_cases),
	};

	park_main(argc, argv);
	if (argc < 2) {
		fputs(usage, stderr);
		return 2;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].verb(&suite, argc - 1, argv + 1);
	return verb_refuse("unknown verb \"%s\": see conform --help", argv[1]);
}
