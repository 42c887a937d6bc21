/* SPDX-License-Identifier: MIT */
/*
 * seaudit: shows audit records and the code tables. One switch says what to show, options say how.
 * Not for writing logs (selogimport) or checking captured output (conform lint). SPEC.md, area
 * seaudit.
 */
#include "ref/core/mask.h"
#include "ref/core/render.h"
#include "ref/platform/platform.h"
#include "ref/store/log.h"
#include "ref/store/product.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define ARGUMENTS_MAX 3

enum action {
	SHOW_NOTHING,
	SHOW_ALL,
	SHOW_LOGIN,
	SHOW_INET,
	SHOW_RESOURCE,
	SHOW_TRACE,
	SHOW_CODES,
	SHOW_UNTRUST_CODE,
	SHOW_HELP,
};

static const struct {
	const char *name;
	enum action action;
	unsigned arguments;
} switches[] = {
	{"-a", SHOW_ALL, 0},
	{"-all", SHOW_ALL, 0},
	{"-l", SHOW_LOGIN, 2},
	{"-login", SHOW_LOGIN, 2},
	{"-i", SHOW_INET, 2},
	{"-inet", SHOW_INET, 2},
	{"-resource", SHOW_RESOURCE, 3},
	{"-trace", SHOW_TRACE, 0},
	{"-t", SHOW_CODES, 0},
	{"-Stat", SHOW_UNTRUST_CODE, 1},
	{"-h", SHOW_HELP, 0},
	{"-help", SHOW_HELP, 0},
	{"--help", SHOW_HELP, 0},
};

static const char usage[] =
	"usage: seaudit SWITCH [OPTION...]\n"
	"switches, of which one is needed; arguments but CODE are masks with * and ?:\n"
	"  -a, -all                            all records but traces of users\n"
	"  -l, -login USER,... TERMINAL        logins and logouts of users on a terminal\n"
	"  -i, -inet HOST SERVICE              network connections\n"
	"  -resource CLASS RESOURCE USER,...   accesses of users to a resource\n"
	"  -trace                              traces of users\n"
	"  -t                                  the tables of codes\n"
	"  -Stat CODE                          what the code of an untrust record means\n"
	"  -h, -help                           this text\n"
	"options:\n"
	"  -detail                             a line for each field\n"
	"  -padded                             fixed columns\n"
	"  -sessionid                          show the session id\n"
	"  -c                                  show connected TCP records as well\n"
	"  -origin                             begin with the host that a collected record is of\n"
	"  -in FILE                            read FILE, not the log of this host\n"
	"  -brand pamsc|ac                     the product's name in texts\n";

struct request {
	enum action action;
	unsigned wanted; /* arguments of the switch */
	unsigned given;
	const char *arguments[ARGUMENTS_MAX];
	bool detail;
	bool padded;
	bool connected;
	bool origin;
	const char *in;    /* NULL: the configured log */
	const char *brand; /* NULL: the configured one */
	struct render_style style;
};

static int wrong_usage(struct program_run *run, const char *what, const char *word)
{
	fprintf(run->err, "seaudit: %s%s\n%s", what, word, usage);
	return EXIT_USAGE;
}

/* --- command line */

static bool take_switch(struct request *request, const char *word, bool *second)
{
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
		if (strcmp(word, switches[i].name) != 0)
			continue;
		*second = request->action != SHOW_NOTHING;
		request->action = switches[i].action;
		request->wanted = switches[i].arguments;
		return true;
	}
	return false;
}

static bool take_flag(struct request *request, const char *word)
{
	if (strcmp(word, "-detail") == 0)
		request->detail = true;
	else if (strcmp(word, "-padded") == 0)
		request->padded = true;
	else if (strcmp(word, "-sessionid") == 0)
		request->style.session = true;
	else if (strcmp(word, "-c") == 0)
		request->connected = true;
	else if (strcmp(word, "-origin") == 0)
		request->origin = true;
	else
		return false;
	return true;
}

/* What is wrong with the request as a whole, NULL when nothing is. */
static const char *request_fault(const struct request *request)
{
	if (request->action == SHOW_NOTHING)
		return "a switch is needed";
	if (request->given < request->wanted)
		return "an argument of the switch is missing";
	if (request->given > request->wanted)
		return "too many arguments for the switch";
	if (request->detail && request->padded)
		return "-detail and -padded exclude each other";
	return NULL;
}

static int parse(struct program_run *run, int argc, char **argv, struct request *request)
{
	const char *fault;

	for (int i = 1; i < argc; i++) {
		const char *word = argv[i];
		const char **value = NULL;
		bool second = false;

		if (word[0] != '-' || !word[1]) {
			if (request->given == ARGUMENTS_MAX)
				return wrong_usage(run, "too many arguments: ", word);
			request->arguments[request->given++] = word;
			continue;
		}
		if (strcmp(word, "-in") == 0)
			value = &request->in;
		else if (strcmp(word, "-brand") == 0)
			value = &request->brand;
		if (value) {
			if (++i == argc)
				return wrong_usage(run, "no value behind ", word);
			*value = argv[i];
		} else if (!take_flag(request, word) && !take_switch(request, word, &second)) {
			return wrong_usage(run, "unknown option ", word);
		}
		if (second)
			return wrong_usage(run, "only one switch can be given: ", word);
	}
	fault = request_fault(request);
	if (fault)
		return wrong_usage(run, fault, "");
	request->style.layout = request->detail   ? RENDER_DETAILED
				: request->padded ? RENDER_PADDED
						  : RENDER_PLAIN;
	return EXIT_DONE;
}

/* --- the tables of codes */

static int show_codes(struct program_run *run, enum code_brand brand)
{
	for (unsigned id = 0; id < CODE_LISTS; id++) {
		const struct code_list *list = code_list(id);

		fprintf(run->out, "%s%s\n", id > 0 ? "\n" : "", list->heading);
		for (size_t i = 0; i < list->count; i++)
			fprintf(run->out, "%4" PRId32 " %s\n", list->codes[i].number,
				list->codes[i].text[brand]);
	}
	return EXIT_DONE;
}

static int show_untrust_code(struct program_run *run, const char *word, enum code_brand brand)
{
	const char *text = NULL;
	char *end;
	long number;

	errno = 0;
	number = strtol(word, &end, 10);
	if (end == word || *end || errno)
		return wrong_usage(run, "not a code: ", word);
	if (number >= 0 && number <= INT32_MAX)
		text = code_text(CODE_UNTRUST, (int32_t)number, brand);
	if (!text) {
		fprintf(run->err, "seaudit: no untrust code %ld: seaudit -t lists them\n", number);
		return EXIT_REFUSED;
	}
	fprintf(run->out, "%s\n", text);
	return EXIT_DONE;
}

/* --- records */

/* TCP connections this host made; many, hence shown on demand only. */
static bool is_connected_tcp(const struct audit_record *r)
{
	return r->type == RECORD_OUTBOUND && strcmp(r->class, "TCP") == 0;
}

static bool is_wanted(const struct request *request, const struct audit_record *r)
{
	const char *const *masks = request->arguments;

	if (is_connected_tcp(r) && !request->connected)
		return false;
	switch (request->action) {
	case SHOW_LOGIN:
		return r->type >= RECORD_LOGIN && r->type <= RECORD_PASSWORD_ATTEMPT &&
		       mask_match_any(masks[0], r->user) &&
		       mask_match(masks[1], strlen(masks[1]), r->terminal);
	case SHOW_INET:
		return (r->type == RECORD_INBOUND || r->type == RECORD_OUTBOUND) &&
		       mask_match(masks[0], strlen(masks[0]), r->host) &&
		       mask_match(masks[1], strlen(masks[1]), r->service);
	case SHOW_RESOURCE:
		return (r->type == RECORD_RESOURCE_ACCESS || r->type == RECORD_CHECK) &&
		       mask_match(masks[0], strlen(masks[0]),
				  r->type == RECORD_CHECK ? "CHECK" : r->class) &&
		       mask_match(masks[1], strlen(masks[1]), r->resource) &&
		       mask_match_any(masks[2], r->user);
	case SHOW_TRACE:
		return r->type == RECORD_TRACE;
	default:
		return r->type != RECORD_TRACE;
	}
}

/* What stays from record to record. */
struct display {
	int64_t minute; /* that when belongs to */
	struct tm when;
	bool shown; /* a record already */
	char text[RENDER_MAX];
};

/* Asks the platform once a minute of log time: zones do not change inside a minute. */
static int local_time(struct platform *p, int64_t time_s, int64_t *minute, struct tm *when)
{
	int64_t of = time_s / 60 - (time_s % 60 < 0);
	int error = 0;

	if (of != *minute)
		error = p->ops->local_time(p, of * 60, when);
	*minute = error ? INT64_MIN : of;
	when->tm_sec = (int)(time_s - of * 60);
	return error;
}

static void report_damage(struct program_run *run, const char *path,
			  const struct audit_log_damage *damage)
{
	fprintf(run->err, "seaudit: %s: damaged at byte %" PRIu64 ": %s", path,
		damage->offset_bytes, damage->what);
	if (damage->bytes > 0)
		fprintf(run->err, ", bytes skipped: %" PRIu64, damage->bytes);
	if (damage->records_lost > 0)
		fprintf(run->err, ", records lost: %" PRIu64, damage->records_lost);
	fputc('\n', run->err);
}

/* Returns 0, or what finding the local time said. */
static int show_record(struct program_run *run, const struct request *request,
		       const struct audit_record *record, const char *origin,
		       struct display *display)
{
	size_t length;
	int error = local_time(run->platform, record->time_s, &display->minute, &display->when);

	if (error)
		return error;
	length = render_record(&request->style, record, &display->when, display->text,
			       sizeof(display->text));
	if (request->detail && display->shown)
		fputc('\n', run->out);
	if (request->origin)
		fprintf(run->out, "%s ", *origin ? origin : "-");
	fwrite(display->text, 1, length, run->out);
	display->shown = true;
	return 0;
}

static int show_log(struct program_run *run, const struct request *request, const char *path,
		    struct audit_log_reader *reader)
{
	struct display display = {.minute = INT64_MIN};
	struct audit_log_damage damage = {0};
	struct audit_record record;
	int status = EXIT_DONE;
	int result;

	/* Whoever runs the program reports output that cannot be written. */
	while (!ferror(run->out) &&
	       (result = audit_log_read(reader, &record, NULL, &damage)) != 0) {
		if (result == 1 && is_wanted(request, &record))
			result = show_record(run, request, &record,
					     audit_log_read_source(reader)->host, &display);
		if (result == -EBADMSG) {
			report_damage(run, path, &damage);
			status = EXIT_REFUSED;
		} else if (result < 0) {
			fprintf(run->err, "seaudit: %s: %s\n", path, strerror(-result));
			return EXIT_REFUSED;
		}
	}
	return status;
}

static int show_file(struct program_run *run, const struct request *request, const char *path)
{
	struct audit_log_reader *reader;
	int error = audit_log_read_open(run->platform, path, &reader);
	int status;

	if (error) {
		fprintf(run->err, "seaudit: cannot read the audit log %s: %s\n", path,
			strerror(-error));
		return EXIT_REFUSED;
	}
	status = show_log(run, request, path, reader);
	audit_log_read_close(reader);
	return status;
}

/* --- configuration and rights */

static bool may_read(struct program_run *run, const struct audit_log_config *config)
{
	struct platform *p = run->platform;
	char user[PLATFORM_NAME_MAX];
	uid_t uid = p->ops->uid(p);

	if (uid == 0 || (*config->group && p->ops->in_group(p, config->group)))
		return true;
	if (p->ops->user_name(p, uid, user, sizeof(user)))
		snprintf(user, sizeof(user), "%u", (unsigned)uid);
	fprintf(run->err, "seaudit: user %s may not read the audit log: %s%s is needed\n", user,
		*config->group ? "root or group " : "root", config->group);
	return false;
}

static int show_configured_log(struct program_run *run, const struct request *request,
			       const struct config *ini)
{
	struct audit_log_config config;
	char why[PLATFORM_PATH_MAX + 128];

	if (audit_log_configure(run->platform, ini, &config, why, sizeof(why))) {
		fprintf(run->err, "seaudit: %s\n", why);
		return EXIT_USAGE;
	}
	return may_read(run, &config) ? show_file(run, request, config.path) : EXIT_REFUSED;
}

static int show(struct program_run *run, struct request *request, const struct product *product)
{
	enum code_brand brand = product->brand;

	if (request->brand && code_brand_named(request->brand, &brand))
		return wrong_usage(run, "unknown brand ", request->brand);
	request->style.brand = brand;
	if (request->action == SHOW_CODES)
		return show_codes(run, brand);
	if (request->action == SHOW_UNTRUST_CODE)
		return show_untrust_code(run, request->arguments[0], brand);
	return request->in ? show_file(run, request, request->in)
			   : show_configured_log(run, request, product->ini);
}

/* What can do without seos.ini does without: the tables, and a log named on the command line. */
static bool needs_settings(const struct request *request)
{
	return !request->in && request->action != SHOW_CODES &&
	       request->action != SHOW_UNTRUST_CODE;
}

static int show_configured(struct program_run *run, struct request *request)
{
	char why[PLATFORM_PATH_MAX + 128];
	struct product product;
	int error = product_load(run->platform, &product, why, sizeof(why));
	int status;

	if (error && (error == -EINVAL || needs_settings(request))) {
		fprintf(run->err, "seaudit: %s\n", why);
		return EXIT_USAGE;
	}
	status = show(run, request, &product);
	product_free(&product);
	return status;
}

static int seaudit_main(struct program_run *run, int argc, char **argv)
{
	struct request request = {.action = SHOW_NOTHING, .arguments = {"", "", ""}};
	int status = parse(run, argc, argv, &request);

	if (status)
		return status;
	if (request.action != SHOW_HELP)
		return show_configured(run, &request);
	fputs(usage, run->out);
	return EXIT_DONE;
}

const struct program seaudit_program = {.name = "seaudit", .main = seaudit_main};
