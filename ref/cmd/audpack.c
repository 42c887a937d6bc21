/* SPDX-License-Identifier: MIT */
/*
 * audpack: compresses the audit trails that switches left behind, an extension. audomon runs it
 * when AUDOMON_COMPRESS is set, so that it can go on watching meanwhile; audisp reads what comes of
 * it. Not for: the compression itself (store/trail_pack.h). SPEC.md, area audomon/compress.
 */
#include "ref/store/notice.h"
#include "ref/store/trail_left.h"
#include "ref/store/trail_pack.h"
#include "ref/wire/recorder.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 3

static const char usage[] = "usage: audpack [-l level]\n";

#define fail(run, status, ...) notice_fail((run)->err, "audpack: ", status, __VA_ARGS__)

static int pack(struct program_run *run, const char *trail, int level)
{
	int error = trail_is_packed(run->platform, trail);

	if (error > 0)
		return EXIT_DONE;
	if (!error)
		error = trail_pack(run->platform, trail, level);
	if (error)
		return fail(run, EXIT_REFUSED, "%s: %s", trail,
			    error == -EBUSY ? "was changed meanwhile" : strerror(-error));
	fprintf(run->out, "audpack: compressed %s\n", trail);
	return EXIT_DONE;
}

/* One that cannot be compressed does not keep the others from it. */
static int pack_all(struct program_run *run, int level)
{
	char why[RECORDER_ANSWER_MAX + PLATFORM_PATH_MAX];
	struct trail_names names;
	struct trail_left *left;
	char path[TRAIL_PATH_MAX];
	int status = EXIT_DONE;
	int error;

	if (trail_names_load(run->platform, &names, why, sizeof(why)))
		return fail(run, EXIT_USAGE, "%s", why);
	/* One that was killed may have been in an older trail than audnames names. */
	if (names.on && recorder_ensure(run->platform, NULL, why, sizeof(why)))
		return fail(run, EXIT_REFUSED, "a trail may still be written: %s", why);
	error = trail_left_find(run->platform, &names, &left);
	if (error)
		return fail(run, EXIT_REFUSED, "%s: %s", names.base, strerror(-error));
	for (size_t i = 0; i < left->count; i++) {
		if (trail_left_path(left, i, path) && pack(run, path, level))
			status = EXIT_REFUSED;
	}
	free(left);
	return status;
}

static int take_level(struct program_run *run, uint32_t *level)
{
	if (trail_parse_number(optarg, 1, TRAIL_PACK_LEVEL_MAX, level))
		return 0;
	return fail(run, EXIT_USAGE, "-l %.80s: must be a whole number from 1 to %d", optarg,
		    TRAIL_PACK_LEVEL_MAX);
}

static int parse(struct program_run *run, int argc, char **argv, uint32_t *level, bool *help)
{
	int option;
	int status = 0;

	*help = argc == 2 && !strcmp(argv[1], "--help");
	optind = *help ? argc : 0; /* 0: getopt starts anew, whoever used it before */
	opterr = 0;
	while (!status && !*help && (option = getopt(argc, argv, "+:hl:")) != -1) {
		*help = option == 'h';
		if (option == 'l')
			status = take_level(run, level);
		else if (!*help)
			status = fail(run, EXIT_USAGE, "wrong option (audpack -h shows the usage)");
	}
	if (status || *help)
		return status;
	return optind == argc ? 0 : fail(run, EXIT_USAGE, "unexpected operand %.80s", argv[optind]);
}

static int audpack_main(struct program_run *run, int argc, char **argv)
{
	uint32_t level = LEVEL;
	bool help;
	int status = parse(run, argc, argv, &level, &help);

	if (status)
		return status;
	if (help) {
		fputs(usage, run->out);
		return EXIT_DONE;
	}
	if (run->platform->ops->uid(run->platform) != 0)
		return fail(run, EXIT_REFUSED, "only root may compress audit trails");
	return pack_all(run, (int)level);
}

const struct program audpack_program = {.name = "audpack", .main = audpack_main};
