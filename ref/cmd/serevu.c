/* SPDX-License-Identifier: MIT */
/*
 * serevu: disables users after too many failed logins, and enables them again. What has failed
 * stands in the audit log, who is disabled in the policy database, which seosd changes and records;
 * serevu keeps a list of whom it has disabled and until when. Not for refusing a login: whoever
 * admits users asks seosd.
 */
#include "ref/core/lockout.h"
#include "ref/store/follow.h"
#include "ref/store/product.h"
#include "ref/wire/message.h"
#include "ref/wire/ring.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define DISABLED_FILE  PAMSC_DIR "/log/serevu_disable.users"
#define DISABLED_MAX   512 /* users at one time */
#define DISABLED_BYTES (DISABLED_MAX * (RECORD_NAME_MAX + 24))
#define ASK_TIMEOUT_NS (5 * NS_PER_S)
#define RETRY_S        5 /* seosd does not answer, or a disk is full */
#define TICK           0
#define FOREVER        "FOREVER"

static const char usage[] =
	"Usage: serevu daemon|nodaemon [-f NUMBER] [-d TIME|FOREVER] [-s TIME | -t TIME]\n"
	"  daemon     go on in the background; nodaemon: in the foreground\n"
	"  -f NUMBER  failed logins that are too many\n"
	"  -d TIME    how long a user is disabled\n"
	"  -s TIME    time between two looks at the audit log\n"
	"  -t TIME    time within which failed logins count together\n"
	"A TIME is a number and s, m, h, d or w. Defaults stand in section [serevu] of seos.ini.\n";

/* Somebody disabled. */
struct disabled {
	char user[RECORD_NAME_MAX];
	int64_t until_s; /* LOCKOUT_FOREVER: for good */
	bool told;       /* seosd knows */
};

struct serevu {
	struct product product;
	struct audit_log_config log_config;
	char file[PLATFORM_PATH_MAX];
	int64_t disable_s;
	int64_t sleep_s;
	struct lockout lockout;
	struct follow *follow;
	struct follow_place place;
	struct disabled disabled[DISABLED_MAX];
	unsigned disabled_count;
};

/* Settings */

/* A time of seos.ini; forever, which may be NULL: says whether it may be that. */
static int read_time(const struct serevu *s, const char *token, const char *otherwise,
		     bool may_be_forever, int64_t *out, char *why, size_t bytes)
{
	const char *text = config_get(s->product.ini, "serevu", token, otherwise);

	if (may_be_forever && !strcmp(text, FOREVER)) {
		*out = LOCKOUT_FOREVER;
		return 0;
	}
	if (lockout_time(text, out))
		return 0;
	snprintf(why, bytes, SEOS_INI ":%u: [serevu] %s is %s: use a number and s, m, h, d or w",
		 config_line(s->product.ini, "serevu", token), token, text);
	return -EINVAL;
}

static int read_settings(struct program_run *run, struct serevu *s)
{
	struct platform *p = run->platform;
	char why[PLATFORM_PATH_MAX + 256];
	const char *file;
	int64_t limit = 0;
	int error = product_load(p, &s->product, why, sizeof(why));

	if (!error)
		error = audit_log_configure(p, s->product.ini, &s->log_config, why, sizeof(why));
	if (!error)
		error = config_number(s->product.ini, "serevu", "def_fail_count", 1,
				      LOCKOUT_COUNT_MAX, 5, &limit, why, sizeof(why));
	if (!error)
		error = read_time(s, "def_diff_time", "5m", false, &s->lockout.within_s, why,
				  sizeof(why));
	if (!error)
		error = read_time(s, "def_disable_time", "6m", true, &s->disable_s, why,
				  sizeof(why));
	if (!error)
		error = read_time(s, "def_sleep_time", "2m", false, &s->sleep_s, why, sizeof(why));
	if (!error) {
		file = config_get(s->product.ini, "serevu", "save_disable_path", DISABLED_FILE);
		error = *file == '/' ? path_installed(p, file, s->file) : -EINVAL;
		snprintf(why, sizeof(why), "[serevu] save_disable_path is no absolute path");
	}
	if (error)
		fprintf(run->err, "serevu: %s\n", why);
	s->lockout.limit = (unsigned)limit;
	return error ? EXIT_USAGE : 0;
}

static int wrong_usage(struct program_run *run, const char *what, const char *word)
{
	fprintf(run->err, "serevu: %s%s\n%s", what, word, usage);
	return EXIT_USAGE;
}

static bool read_count(const char *text, unsigned *out)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || *end || number < 1 || number > LOCKOUT_COUNT_MAX)
		return false;
	*out = (unsigned)number;
	return true;
}

static bool read_option(struct serevu *s, char option, const char *value)
{
	switch (option) {
	case 'f':
		return read_count(value, &s->lockout.limit);
	case 'd':
		if (!strcmp(value, FOREVER)) {
			s->disable_s = LOCKOUT_FOREVER;
			return true;
		}
		return lockout_time(value, &s->disable_s);
	case 's':
		return lockout_time(value, &s->sleep_s);
	default:
		return lockout_time(value, &s->lockout.within_s);
	}
}

/* The keyword comes first; of -s and -t there is one (daemon/serevu/1). */
static int read_arguments(struct program_run *run, struct serevu *s, int argc, char **argv)
{
	bool timed = false;

	for (int i = 2; i < argc; i += 2) {
		const char *option = argv[i];

		if (option[0] != '-' || !option[1] || !strchr("fdst", option[1]) || option[2])
			return wrong_usage(run, "unknown argument ", option);
		if (i + 1 == argc)
			return wrong_usage(run, "no value behind ", option);
		if ((option[1] == 's' || option[1] == 't') && timed)
			return wrong_usage(run, "-s and -t exclude each other", "");
		timed |= option[1] == 's' || option[1] == 't';
		if (!read_option(s, option[1], argv[i + 1]))
			return wrong_usage(run, "not a value for it: ", argv[i + 1]);
	}
	return 0;
}

/* The list of whom it has disabled: "USER UNTIL" a line, UNTIL in seconds since 1970 or FOREVER. */

static int save(struct serevu *s, struct platform *p)
{
	char *text = malloc(DISABLED_BYTES);
	size_t n = 0;
	int error;

	if (!text)
		return -ENOMEM;
	for (unsigned i = 0; i < s->disabled_count; i++) {
		const struct disabled *d = &s->disabled[i];

		n += d->until_s == LOCKOUT_FOREVER
			     ? (size_t)snprintf(text + n, DISABLED_BYTES - n, "%s " FOREVER "\n",
						d->user)
			     : (size_t)snprintf(text + n, DISABLED_BYTES - n, "%s %" PRId64 "\n",
						d->user, d->until_s);
	}
	error = file_replace(p, s->file, text, n, 0600);
	free(text);
	return error;
}

static bool load_line(struct serevu *s, char *line)
{
	char *blank = strrchr(line, ' ');
	struct disabled *d = &s->disabled[s->disabled_count];
	char *end = "";

	if (!blank || blank == line || s->disabled_count == DISABLED_MAX)
		return false;
	*blank = '\0';
	if (strlen(line) >= sizeof(d->user))
		return false;
	*d = (struct disabled){.until_s = LOCKOUT_FOREVER};
	memcpy(d->user, line, strlen(line) + 1);
	if (strcmp(blank + 1, FOREVER) != 0)
		d->until_s = strtoll(blank + 1, &end, 10);
	s->disabled_count++;
	return !*end && blank[1];
}

static int load(struct program_run *run, struct serevu *s)
{
	char *text, *rest, *line;
	size_t bytes;
	unsigned number = 0;
	int error = file_read(run->platform, s->file, DISABLED_BYTES, &text, &bytes);

	if (error == -ENOENT)
		return 0;
	if (error) {
		fprintf(run->err, "serevu: %s: %s\n", s->file, strerror(-error));
		return EXIT_REFUSED;
	}
	for (line = strtok_r(text, "\n", &rest); line && !error;
	     line = strtok_r(NULL, "\n", &rest)) {
		number++;
		if (!load_line(s, line)) {
			fprintf(run->err, "serevu: %s:%u: expected a user and a time\n", s->file,
				number);
			error = EXIT_USAGE;
		}
	}
	free(text);
	return error;
}

/* Disabling and enabling */

static struct disabled *find_disabled(struct serevu *s, const char *user)
{
	for (unsigned i = 0; i < s->disabled_count; i++) {
		if (!strcmp(s->disabled[i].user, user))
			return &s->disabled[i];
	}
	return NULL;
}

/* Tells seosd; asking again does no harm. */
static bool tell(struct platform *p, const char *user, bool disable)
{
	struct message_request request = {.op = MESSAGE_ACCOUNT, .disable = disable};
	struct message_answer *answer = malloc(sizeof(*answer));
	bool done;

	snprintf(request.user, sizeof(request.user), "%s", user);
	done = answer && !message_ask(p, &request, ASK_TIMEOUT_NS, answer) &&
	       answer->status == EXIT_DONE;
	free(answer);
	return done;
}

/*
 * First the list, then seosd: whoever is disabled is on the list, so that he does not stay so for
 * ever. root is never: nobody may lock him out from elsewhere. Returns false when it cannot be.
 */
static bool disable(struct serevu *s, struct platform *p, const char *user, int64_t now_s)
{
	struct disabled *d = &s->disabled[s->disabled_count];

	if (!strcmp(user, "root") || find_disabled(s, user))
		return true;
	if (s->disabled_count == DISABLED_MAX)
		return false;
	*d = (struct disabled){.until_s = s->disable_s == LOCKOUT_FOREVER ? LOCKOUT_FOREVER
									  : now_s + s->disable_s};
	snprintf(d->user, sizeof(d->user), "%s", user);
	s->disabled_count++;
	if (!save(s, p))
		return true;
	s->disabled_count--;
	return false;
}

/* Brings seosd up to date with the list, and the list with the clock. Returns whether all of it
 * could be done. */
static bool settle(struct serevu *s, struct platform *p, int64_t now_s)
{
	bool changed = false;
	bool done = true;

	for (unsigned i = 0; i < s->disabled_count;) {
		struct disabled *d = &s->disabled[i];

		if (!d->told)
			d->told = tell(p, d->user, true);
		if (d->told && d->until_s <= now_s && tell(p, d->user, false)) {
			*d = s->disabled[--s->disabled_count];
			changed = true;
			continue;
		}
		done &= d->told && d->until_s > now_s;
		i++;
	}
	return (!changed || !save(s, p)) && done;
}

/* The log */

/* Begins to count anew, with the oldest record there is. */
static void start_over(struct serevu *s)
{
	s->place = (struct follow_place){0};
	memset(s->lockout.users, 0, sizeof(s->lockout.users));
}

/* Reads what is new. Who cannot be disabled now is counted again until he can. */
static bool read_log(struct serevu *s, struct platform *p, int64_t now_s)
{
	struct audit_record record;
	struct follow_place place;
	uint64_t lost;
	int result;

	if (!s->follow)
		result = follow_open(p, &s->log_config, &s->place, &s->follow);
	else
		result = 0;
	while (!result || result == 1 || result == -EBADMSG) {
		lost = 0;
		result = follow_next(s->follow, UINT64_MAX, &record, &place, &lost);
		if (result == 0)
			return true;
		if (result != 1)
			continue;
		if (record.time_s >= now_s - s->lockout.within_s &&
		    lockout_note(&s->lockout, &record) && !disable(s, p, record.user, now_s))
			break;
		s->place = place;
	}
	follow_close(s->follow);
	s->follow = NULL;
	if (result == -ESTALE || result == 1)
		start_over(s);
	return false;
}

static void look(struct serevu *s, struct platform *p)
{
	int64_t now_s = p->ops->wall_ns(p) / NS_PER_S;
	bool done = read_log(s, p, now_s);
	int64_t next_s = s->sleep_s;

	if (!settle(s, p, now_s) || !done)
		next_s = next_s < RETRY_S ? next_s : RETRY_S;
	for (unsigned i = 0; i < s->disabled_count; i++) {
		int64_t left_s = s->disabled[i].until_s - now_s;

		if (left_s > 0 && left_s < next_s)
			next_s = left_s;
	}
	p->ops->timer(p, TICK, next_s * NS_PER_S);
}

/* The program */

static int serevu_main(struct program_run *run, int argc, char **argv)
{
	bool background = argc > 1 && !strcmp(argv[1], "daemon");
	int status = ring_begin(run, argc, argv, "serevu", usage, sizeof(struct serevu));
	struct serevu *s = run->state;

	if (status != PROGRAM_SERVE)
		return status;
	if (argc < 2)
		return wrong_usage(run, "daemon or nodaemon is needed", "");
	if (!background && strcmp(argv[1], "nodaemon") != 0 && strcmp(argv[1], "nodeamon") != 0)
		return wrong_usage(run, "unknown argument ", argv[1]);
	run->foreground = !background;
	status = read_settings(run, s);
	if (!status)
		status = read_arguments(run, s, argc, argv);
	if (!status)
		status = ring_enter(run, PRODUCT_SEREVU);
	if (!status)
		status = load(run, s);
	return status ? status : PROGRAM_SERVE;
}

static int serevu_start(struct program_run *run)
{
	look(run->state, run->platform);
	return EXIT_DONE;
}

static void serevu_timer(struct program_run *run, unsigned id)
{
	(void)id;
	look(run->state, run->platform);
}

static void serevu_signal(struct program_run *run, int signal)
{
	if (signal == SIGTERM || signal == SIGINT)
		run->platform->ops->leave(run->platform, EXIT_DONE);
}

static void serevu_stop(struct program_run *run)
{
	struct serevu *s = run->state;

	if (!s)
		return;
	follow_close(s->follow);
	product_free(&s->product);
	free(s);
	run->state = NULL;
}

static const struct daemon_handlers handlers = {
	.start = serevu_start,
	.timer = serevu_timer,
	.signal = serevu_signal,
	.stop = serevu_stop,
};

const struct program serevu_program = {"serevu", serevu_main, &handlers};
