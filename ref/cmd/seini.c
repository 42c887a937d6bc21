/* SPDX-License-Identifier: MIT */
/*
 * seini: shows and sets tokens of seos.ini. While seosd runs, the file is seosd's, which does it
 * where a rule of the database permits it.
 */
#include "ref/store/product.h"
#include "ref/wire/message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ASK_TIMEOUT_NS (30 * NS_PER_S)

static const char usage[] = "Usage: seini -s SECTION.TOKEN VALUE | -f SECTION.TOKEN\n"
			    "  -s     set a token of seos.ini\n"
			    "  -f     show its value\n"
			    "  -h     print this text\n";

static int fail(const struct program_run *run, int status, const char *why)
{
	fprintf(run->err, "seini: %s\n", why);
	return status;
}

static int wrong_usage(const struct program_run *run)
{
	fputs(usage, run->err);
	return EXIT_USAGE;
}

/* "SECTION.TOKEN" into a request. False: it is not like that, or too long. */
static bool read_name(const char *name, struct message_request *request)
{
	const char *dot = strchr(name, '.');
	size_t section = dot ? (size_t)(dot - name) : 0;

	if (!section || !dot[1] || section >= sizeof(request->section) ||
	    strlen(dot + 1) >= sizeof(request->token))
		return false;
	memcpy(request->section, name, section);
	memcpy(request->token, dot + 1, strlen(dot + 1) + 1);
	return true;
}

static int show(struct program_run *run, const char *path, const struct message_request *request)
{
	struct config *ini;
	char why[2 * PLATFORM_PATH_MAX];
	const char *value;
	int status = EXIT_DONE;

	if (config_load(run->platform, path, &ini, why, sizeof(why)))
		return fail(run, EXIT_USAGE, why);
	value = config_get(ini, request->section, request->token, NULL);
	if (value) {
		fprintf(run->out, "%s\n", value);
	} else {
		snprintf(why, sizeof(why), "%s: [%s] %s is not set", path, request->section,
			 request->token);
		status = fail(run, EXIT_REFUSED, why);
	}
	config_free(ini);
	return status;
}

static int set_directly(struct program_run *run, const char *path,
			const struct message_request *request)
{
	char why[MESSAGE_TEXT_MAX];
	int error;

	if (run->platform->ops->uid(run->platform) != 0)
		return fail(run, EXIT_REFUSED, "only root can change seos.ini");
	error = config_edit(run->platform, path, request->section, request->token, request->value,
			    why, sizeof(why));
	if (!error)
		return EXIT_DONE;
	return fail(run, error == -EINVAL || error == -ENOENT ? EXIT_USAGE : EXIT_REFUSED, why);
}

static int set(struct program_run *run, const char *path, const struct message_request *request)
{
	struct message_answer *answer = malloc(sizeof(*answer));
	char why[128];
	int error = answer ? message_ask_patiently(run->platform, request, ASK_TIMEOUT_NS, answer)
			   : -ENOMEM;
	int status;

	if (error == -ECONNREFUSED) {
		status = set_directly(run, path, request);
	} else if (error) {
		snprintf(why, sizeof(why), "asking seosd: %s; whether it is set, seini -f tells",
			 strerror(-error));
		status = fail(run, EXIT_REFUSED, why);
	} else {
		status = answer->status == EXIT_DONE ? EXIT_DONE
						     : fail(run, (int)answer->status, answer->text);
	}
	free(answer);
	return status;
}

static int seini_main(struct program_run *run, int argc, char **argv)
{
	struct message_request request = {.op = MESSAGE_SETTING};
	bool sets = argc == 4 && !strcmp(argv[1], "-s");
	char path[PLATFORM_PATH_MAX];

	if (argc == 2 && !strcmp(argv[1], "-h")) {
		fputs(usage, run->out);
		return EXIT_DONE;
	}
	if (!sets && (argc != 3 || strcmp(argv[1], "-f") != 0))
		return wrong_usage(run);
	if (!read_name(argv[2], &request) || (sets && strlen(argv[3]) >= sizeof(request.value)))
		return wrong_usage(run);
	if (path_installed(run->platform, SEOS_INI, path))
		return fail(run, EXIT_USAGE, "the path of the installation is too long");
	if (!sets)
		return show(run, path, &request);
	snprintf(request.value, sizeof(request.value), "%s", argv[3]);
	return set(run, path, &request);
}

const struct program seini_program = {"seini", seini_main, NULL};
