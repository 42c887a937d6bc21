/* SPDX-License-Identifier: MIT */
/*
 * audomon: watches the current audit trail and its file system, warns, switches the trail in time
 * and runs a task after a switch. What to do at a wake-up is decided in core/overflow.c; here are
 * the options, the texts and the doing. Not for naming trails or turning auditing on:
 * audsys. SPEC.md, area audomon.
 */
#include "ref/cmd/audomon_explain.h"
#include "ref/cmd/audomon_left.h"
#include "ref/cmd/audomon_status.h"
#include "ref/cmd/audomon_tasks.h"
#include "ref/core/overflow.h"
#include "ref/store/auditing.h"
#include "ref/store/file.h"
#include "ref/store/notice.h"
#include "ref/store/trail.h"
#include "ref/wire/monitor.h"
#include "ref/wire/recorder.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define PID_PATH "/var/run/audomon.pid"
#define WAKE_UP  0 /* the timer */
#define WHY_MAX  (PLATFORM_PATH_MAX + TRAIL_WHY_MAX)

static const char usage[] = "usage: audomon [-p fss] [-t sp_freq] [-w warning] [-v] [-o output] "
			    "[-X string] [-F]\n"
			    "       audomon --status [--json|--prometheus]\n"
			    "       audomon --explain [-p fss] [-t sp_freq] [-w warning] "
			    "[-s kbytes]\n"
			    "                         [--fill MINUTE:KBYTES:PERCENT,...] "
			    "[--svg FILE]\n";

struct audomon {
	struct overflow_settings settings;
	bool verbose;
	bool foreground;
	struct auditing auditing;
	char target[PLATFORM_PATH_MAX]; /* where messages go */
	char pid_path[PLATFORM_PATH_MAX];
	int lock; /* on pid_path; -1: not held */
	bool reserve_checked;
	char next_seen[TRAIL_PATH_MAX];   /* the next trail that -X was warned about */
	bool stuck;                       /* as diskaudit was told */
	bool alerted;                     /* at the second threshold at the last wake-up */
	char since_trail[TRAIL_PATH_MAX]; /* the current trail, as long as it is that, */
	int64_t since_ns;                 /* which began then, on the boot clock */
	struct overflow_holds holds;
	struct tasks tasks;
	struct tasks actions; /* of the second threshold, run like tasks of -X */
	struct left left;
	struct monitor_status seen; /* at the last wake-up, and what came of it */
};

/* Messages */

/* At start, before there is anything to watch: audomon/options/27. */
#define fail(run, status, ...) notice_fail((run)->out, "audomon: ", status, __VA_ARGS__)

__attribute__((format(printf, 2, 3))) static void say(struct program_run *run, const char *format,
						      ...)
{
	const struct audomon *a = run->state;
	va_list arguments;

	va_start(arguments, format);
	notice_write(run->platform, a->target, "audomon: ", format, arguments);
	va_end(arguments);
}

/* What audomon_tasks.c has to tell. */
static void say_of_task(void *arg, const char *what)
{
	say(arg, "warning: task %s", what);
}

/* What audomon_left.c has to tell. */
static void say_of_left(void *arg, const char *what)
{
	say(arg, "%s", what);
}

static void on_child(struct program_run *run, pid_t pid, int wait_status)
{
	struct audomon *a = run->state;

	tasks_child(&a->tasks, pid, wait_status);
	tasks_child(&a->actions, pid, wait_status);
	left_child(&a->left, pid, wait_status);
}

/* A wake-up */

struct view {
	struct trail_names names;
	struct overflow_facts facts;
	struct overflow_decision decision;
};

enum sight { SIGHT_OFF, SIGHT_NONE, SIGHT_CLEAR };

static int examine(struct program_run *run, struct view *v)
{
	struct trail_look look;
	int error = trail_look(run->platform, v->names.current, &look);

	if (!error && !look.exists)
		error = -ENOENT;
	v->facts = (struct overflow_facts){
		.size_bytes = look.size_bytes,
		.afs_kb = v->names.current_kb,
		.blocks = look.space.blocks,
		.free = look.space.free,
		.available = look.space.available,
		.block_bytes = look.space.block_bytes > UINT32_MAX
				       ? UINT32_MAX
				       : (uint32_t)look.space.block_bytes,
		.device = look.device,
	};
	return error;
}

static void note_view(struct audomon *a, const struct view *v)
{
	struct monitor_status *s = &a->seen;

	s->auditing = MONITOR_ON;
	memcpy(s->trail, v->names.current, sizeof(s->trail));
	memcpy(s->next, v->names.next, sizeof(s->next));
	s->facts = v->facts;
	s->warn_of = v->decision.warn_of;
	s->held = v->decision.held;
}

/* Extension: a trail that has been the current one for so long is switched (audomon/keep/3, 7). */
static void note_age(struct program_run *run, struct view *v)
{
	struct audomon *a = run->state;
	int64_t now_ns = run->platform->ops->boot_ns(run->platform);
	int64_t most_ns = (int64_t)a->auditing.switch_minutes * 60 * NS_PER_S;
	uint64_t left_ms;

	if (strcmp(a->since_trail, v->names.current) != 0) {
		memcpy(a->since_trail, v->names.current, sizeof(a->since_trail));
		a->since_ns = now_ns;
	}
	if (!most_ns || v->decision.switch_for)
		return;
	if (now_ns - a->since_ns >= most_ns) {
		v->decision.switch_for = OVERFLOW_TIME;
		return;
	}
	left_ms = (uint64_t)(most_ns - (now_ns - a->since_ns) + NS_PER_MS - 1) / NS_PER_MS;
	v->decision.sleep_ms = overflow_sleep_to(a->settings.sp_ms, v->decision.sleep_ms, left_ms);
}

/* What there is to see, and what follows from it; what keeps from seeing is said. */
static enum sight view(struct program_run *run, struct view *v)
{
	struct audomon *a = run->state;
	char why[WHY_MAX];
	int error;

	a->seen.auditing = MONITOR_UNKNOWN;
	if (trail_names_load(run->platform, &v->names, why, sizeof(why))) {
		say(run, "warning: %s", why);
		return SIGHT_NONE;
	}
	if (!v->names.on) {
		a->seen.auditing = MONITOR_OFF;
		return SIGHT_OFF;
	}
	error = examine(run, v);
	if (error) {
		say(run, "warning: cannot examine %s: %s", v->names.current, strerror(-error));
		return SIGHT_NONE;
	}
	overflow_decide(&a->settings, &v->facts, &a->holds, &v->decision);
	note_view(a, v);
	note_age(run, v);
	return SIGHT_CLEAR;
}

/* What is said once: decisions H4 and H20. */
static void remark(struct program_run *run, const struct view *v)
{
	struct audomon *a = run->state;

	if (!a->reserve_checked && overflow_in_reserve(&a->settings, &v->facts))
		say(run,
		    "warning: -p %u: not larger than the %u %% reserve of the file system of %s",
		    a->settings.fss_percent, overflow_reserve_percent(&v->facts), v->names.current);
	a->reserve_checked = true;
	if (*a->tasks.string && *v->names.next && strcmp(v->names.next, a->next_seen) != 0)
		say(run, "warning: -X is set and so is the next audit trail %s: use one of them",
		    v->names.next);
	memcpy(a->next_seen, v->names.next, sizeof(a->next_seen));
}

/* Extension: where the limit that is a size comes first (audomon/limits/2). */
static void warn_of_kb(struct program_run *run, const struct view *v)
{
	const struct audomon *a = run->state;

	if (v->decision.held)
		say(run,
		    "warning: file system of %s: %" PRIu64 " Kb free after a switch at %" PRIu32
		    " Kb: make room",
		    v->names.current, overflow_free_kb(&v->facts), a->settings.switch_free_kb);
	else if (v->decision.warn_of & OVERFLOW_SPACE)
		say(run,
		    "warning: file system of %s: %" PRIu64 " Kb free, switch at %" PRIu32 " Kb",
		    v->names.current, overflow_free_kb(&v->facts), a->settings.switch_free_kb);
}

static void warn(struct program_run *run, const struct view *v)
{
	const struct audomon *a = run->state;
	const char *trail = v->names.current;
	unsigned switch_percent = 100 - a->settings.fss_percent;

	if (v->decision.warn_of & OVERFLOW_SIZE)
		say(run, "warning: audit trail %s: %" PRIu64 " of %" PRIu32 " Kb (%" PRIu64 " %%)",
		    trail, v->facts.size_bytes / 1024, v->names.current_kb,
		    overflow_size_percent(&v->facts));
	if (v->decision.by_kb)
		warn_of_kb(run, v);
	else if (v->decision.held)
		say(run,
		    "warning: file system of %s: %u %% full after a switch at %u %%: make room",
		    trail, overflow_used_percent(&v->facts), switch_percent);
	else if (v->decision.warn_of & OVERFLOW_SPACE)
		say(run, "warning: file system of %s: %u %% full, switch at %u %%", trail,
		    overflow_used_percent(&v->facts), switch_percent);
}

static int switch_names(struct program_run *run, struct trail_names *names)
{
	const struct audomon *a = run->state;
	int error = -ENOENT;

	if (*names->next) {
		error = trail_next_check(run->platform, names->next);
		if (error)
			say(run, "warning: next audit trail %s is not available: %s", names->next,
			    strerror(-error));
	}
	switch (overflow_choose(!error, a->auditing.creates_trails)) {
	case OVERFLOW_TO_NEXT:
		return trail_switch_to_next(run->platform, names);
	case OVERFLOW_TO_NEW:
		return trail_switch_to_new(run->platform, names, a->auditing.stamp);
	case OVERFLOW_TO_NONE:
		break;
	}
	return -ENODATA;
}

static const char *switch_fault(int error)
{
	if (error == -ENODATA)
		return "no backup trail";
	return error == -EEXIST ? "all names for a new trail are taken" : strerror(-error);
}

static void note_switch(struct program_run *run, const char *from, const char *to, unsigned causes)
{
	struct monitor_status *s = &((struct audomon *)run->state)->seen;

	s->switches++;
	s->last_switch.at_s = run->platform->ops->wall_ns(run->platform) / NS_PER_S;
	snprintf(s->last_switch.from, sizeof(s->last_switch.from), "%s", from);
	snprintf(s->last_switch.to, sizeof(s->last_switch.to), "%s", to);
	s->last_switch.causes = causes;
}

/* Has recording go on in the trail that audnames names, with a writer that works. */
static void go_over(struct program_run *run)
{
	char why[WHY_MAX];
	bool started;
	int error = recorder_ensure(run->platform, &started, why, sizeof(why));

	if (error)
		say(run, "warning: nothing is recorded: %s", why);
	else if (started)
		say(run, "warning: diskaudit was not running, and was started again");
}

static bool is_suspending(const struct audomon *a)
{
	return !strcmp(a->auditing.alert_action, AUDITING_SUSPEND);
}

/* Whether callers may go on, past a switch point without a switch (audsys/refuse/22), or at the
 * second threshold. */
static void tell_stuck(struct program_run *run, bool stuck)
{
	struct audomon *a = run->state;
	char why[WHY_MAX];

	stuck = stuck || (a->alerted && is_suspending(a));
	if (a->stuck == stuck)
		return;
	/* No diskaudit: nothing is selected, and nobody to be suspended. */
	(void)recorder_ask(run->platform, stuck ? RECORDER_STUCK : RECORDER_SWITCHED, why,
			   sizeof(why));
	a->stuck = stuck;
}

/* What follows a switch. The task comes once nothing is written to the old trail any more; the
 * sleep is that of the trail recording goes on with. */
static void switched_over(struct program_run *run, const char *old, struct view *v)
{
	static const char *const causes[] = {
		[OVERFLOW_SIZE] = "trail size",
		[OVERFLOW_SPACE] = "file space",
		[OVERFLOW_SIZE | OVERFLOW_SPACE] = "trail size and file space",
		[OVERFLOW_TIME] = "trail age",
	};
	struct audomon *a = run->state;
	unsigned switch_for = v->decision.switch_for;

	note_switch(run, old, v->names.current, switch_for);
	overflow_switched(&a->holds, switch_for, v->facts.device);
	tell_stuck(run, false);
	go_over(run);
	say(run, "switched from %s to %s: %s", old, v->names.current, causes[switch_for]);
	tasks_add(&a->tasks, old);
	if (view(run, v) != SIGHT_CLEAR)
		v->decision.sleep_ms = a->settings.sp_ms;
}

/* With the lock of audnames held. What was seen before may have changed: true when it is switched.
 */
static bool switch_locked(struct program_run *run, struct view *v, char old[TRAIL_PATH_MAX])
{
	struct audomon *a = run->state;
	enum sight sight = view(run, v);
	int error;

	if (sight == SIGHT_CLEAR && !v->decision.switch_for)
		warn(run, v);
	if (sight != SIGHT_CLEAR || !v->decision.switch_for) {
		v->decision.sleep_ms =
			sight == SIGHT_CLEAR ? v->decision.sleep_ms : a->settings.sp_ms;
		return false;
	}
	memcpy(old, v->names.current, sizeof(v->names.current));
	error = switch_names(run, &v->names);
	if (!error)
		return true;
	a->seen.failed_switches++;
	say(run, "warning: cannot switch from %s: %s", old, switch_fault(error));
	tell_stuck(run, true);
	return false;
}

static void switch_over(struct program_run *run, struct view *v)
{
	struct platform *p = run->platform;
	char old[TRAIL_PATH_MAX];
	char why[WHY_MAX];
	int lock = trail_names_lock(p, why, sizeof(why));
	bool switched;

	if (lock < 0) {
		say(run, "warning: cannot switch from %s: %s", v->names.current, why);
		return;
	}
	switched = switch_locked(run, v, old);
	p->ops->close(p, lock);
	if (switched)
		switched_over(run, old, v);
}

/* The action of the second threshold: a command once a crossing, or callers wait while it lasts. */
static void alert(struct program_run *run, const struct view *v)
{
	struct audomon *a = run->state;
	bool before = a->alerted;

	a->alerted = v->decision.alert;
	if (!a->alerted)
		return;
	say(run, "warning: file system of %s: %" PRIu64 " Kb free, at the second threshold%s",
	    v->names.current, overflow_free_kb(&v->facts),
	    is_suspending(a) ? ": auditable calls wait" : "");
	if (!before && !is_suspending(a))
		tasks_add(&a->actions, v->names.current);
}

/* False: there is nothing to watch. */
static bool monitor(struct program_run *run, uint64_t *sleep_ms)
{
	struct audomon *a = run->state;
	struct view v;
	enum sight sight = view(run, &v);

	if (sight != SIGHT_CLEAR)
		return sight != SIGHT_OFF;
	go_over(run);
	remark(run, &v);
	alert(run, &v);
	if (v.decision.switch_for) {
		switch_over(run, &v);
	} else {
		tell_stuck(run, false);
		warn(run, &v);
	}
	/* Not while a task is at work on what was left behind: audomon/keep/6. */
	if (!a->tasks.running && !a->tasks.count)
		left_tend(&a->left, &v.names);
	*sleep_ms = v.decision.sleep_ms;
	return true;
}

/* Decision H10. */
static void announce(struct program_run *run, uint64_t sleep_ms)
{
	struct platform *p = run->platform;
	uint64_t seconds = (sleep_ms + 999) / 1000;
	struct tm at;

	if (p->ops->local_time(p, p->ops->wall_ns(p) / NS_PER_S + (int64_t)seconds, &at))
		return;
	say(run, "next wake-up in %" PRIu64 " s at %04d-%02d-%02d %02d:%02d:%02d", seconds,
	    at.tm_year + 1900, at.tm_mon + 1, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec);
}

static int wake_up(struct program_run *run)
{
	struct audomon *a = run->state;
	uint64_t sleep_ms = a->settings.sp_ms;
	int64_t now_ms = run->platform->ops->wall_ns(run->platform) / NS_PER_MS;

	if (monitor(run, &sleep_ms) && a->verbose)
		announce(run, sleep_ms);
	a->seen.last_wake_up_s = now_ms / 1000;
	a->seen.next_wake_up_s = (now_ms + (int64_t)sleep_ms) / 1000;
	return run->platform->ops->timer(run->platform, WAKE_UP, (int64_t)sleep_ms * NS_PER_MS);
}

/* The daemon */

static int serve(struct program_run *run)
{
	struct audomon *a = run->state;
	struct platform *p = run->platform;
	char path[PLATFORM_PATH_MAX];
	int error = path_installed(p, MONITOR_SOCKET, path);

	if (!error)
		error = p->ops->serve(p, path, 0600);
	a->seen.pid = p->ops->pid(p);
	a->seen.settings = a->settings;
	memcpy(a->seen.output, a->target, sizeof(a->seen.output));
	memcpy(a->seen.task, a->tasks.string, sizeof(a->seen.task));
	return error;
}

/* There is one question, so what was sent does not matter; who sent it does. */
static void on_message(struct program_run *run, struct platform_connection *c,
		       const struct platform_peer *peer, const char *text, size_t bytes)
{
	struct audomon *a = run->state;
	struct platform *p = run->platform;
	char *answer;

	(void)text;
	(void)bytes;
	if (peer->uid != 0) {
		(void)p->ops->reply(p, c, MONITOR_REFUSED, strlen(MONITOR_REFUSED));
		return;
	}
	a->seen.task_pid = a->tasks.running;
	a->seen.tasks_waiting = a->tasks.count;
	answer = monitor_write(&a->seen);
	(void)p->ops->reply(p, c, answer ? answer : "", answer ? strlen(answer) : 0);
	free(answer);
}

static int on_start(struct program_run *run)
{
	int error = serve(run);

	if (error)
		return fail(run, EXIT_USAGE, "socket %s%s: %s", run->platform->prefix,
			    MONITOR_SOCKET, strerror(-error));
	error = wake_up(run);
	return error ? fail(run, EXIT_REFUSED, "no timer: %s", strerror(-error)) : EXIT_DONE;
}

static void on_timer(struct program_run *run, unsigned id)
{
	(void)id;
	if (wake_up(run))
		run->platform->ops->leave(run->platform, EXIT_REFUSED);
}

static void on_signal(struct program_run *run, int signal)
{
	struct audomon *a = run->state;

	if (signal != SIGTERM && signal != SIGINT)
		return;
	tasks_drop(&a->tasks);
	tasks_drop(&a->actions);
	run->platform->ops->leave(run->platform, EXIT_DONE);
}

static void on_stop(struct program_run *run)
{
	struct audomon *a = run->state;
	struct platform *p = run->platform;

	if (!a)
		return;
	if (a->lock >= 0) {
		p->ops->unlink(p, a->pid_path);
		p->ops->close(p, a->lock);
	}
	free(a);
	run->state = NULL;
}

static const struct daemon_handlers audomon_daemon = {
	.start = on_start,
	.message = on_message,
	.timer = on_timer,
	.child = on_child,
	.signal = on_signal,
	.stop = on_stop,
};

/* The command line */

static int wrong_percent(struct program_run *run, int option)
{
	return fail(run, EXIT_USAGE, "-%c %.80s: must be a whole number from 0 to 100", option,
		    optarg);
}

static int take_string(struct program_run *run, struct audomon *a)
{
	int n = snprintf(a->tasks.string, sizeof(a->tasks.string), "%s", optarg);

	if (optarg[0] != '/')
		return fail(run, EXIT_USAGE, "-X %.80s: must begin with an absolute path", optarg);
	if (n < 0 || n >= TASKS_STRING_MAX)
		return fail(run, EXIT_USAGE, "-X %.80s...: longer than %d bytes", optarg,
			    TASKS_STRING_MAX - 1);
	return 0;
}

static int take_target(struct program_run *run, struct audomon *a)
{
	int n = snprintf(a->target, sizeof(a->target), "%s", optarg);

	/* A daemon leaves the folder it was started in. */
	if (optarg[0] != '/')
		return fail(run, EXIT_USAGE, "-o %.80s: must be an absolute path", optarg);
	if (n < 0 || n >= PLATFORM_PATH_MAX)
		return fail(run, EXIT_USAGE, "-o %.80s...: longer than %d bytes", optarg,
			    PLATFORM_PATH_MAX - 1);
	return 0;
}

static int take_option(struct program_run *run, int option, const char *word, struct audomon *a)
{
	switch (option) {
	case 'p':
		return overflow_parse_percent(optarg, &a->settings.fss_percent)
			       ? 0
			       : wrong_percent(run, option);
	case 'w':
		return overflow_parse_percent(optarg, &a->settings.warning_percent)
			       ? 0
			       : wrong_percent(run, option);
	case 't':
		if (overflow_parse_minutes(optarg, &a->settings.sp_ms))
			return 0;
		return fail(run, EXIT_USAGE, "-t %.80s: must be a number of minutes greater than 0",
			    optarg);
	case 'o':
		return take_target(run, a);
	case 'X':
		return take_string(run, a);
	case 'v':
		a->verbose = true;
		return 0;
	case 'F':
		a->foreground = true;
		return 0;
	case ':':
		return fail(run, EXIT_USAGE, "-%c needs an argument", optopt);
	default:
		if (optopt == '-')
			return fail(run, EXIT_USAGE,
				    "unknown option %.80s (audomon -h shows the usage)", word);
		return fail(run, EXIT_USAGE, "unknown option -%c (audomon -h shows the usage)",
			    optopt);
	}
}

static int parse(struct program_run *run, int argc, char **argv, struct audomon *a, bool *help)
{
	const char *word = argv[1]; /* that the next option stands in */
	int status = 0;
	int option;

	*help = argc == 2 && !strcmp(argv[1], "--help");
	optind = *help ? argc : 0; /* 0: getopt starts anew, whoever used it before */
	opterr = 0;
	while (!status && (option = getopt(argc, argv, "+:p:t:w:vo:X:Fh")) != -1) {
		if (option == 'h')
			*help = true;
		else
			status = take_option(run, option, word, a);
		word = argv[optind];
	}
	if (!status && !*help && optind < argc)
		status = fail(run, EXIT_USAGE, "unexpected operand %.80s", argv[optind]);
	return status;
}

static int read_settings(struct program_run *run, struct audomon *a)
{
	char why[WHY_MAX];

	if (auditing_load(run->platform, &a->auditing, why, sizeof(why)))
		return fail(run, EXIT_USAGE, "%s", why);
	if (*a->tasks.string && !a->auditing.creates_trails)
		return fail(run, EXIT_USAGE, "-X: not known to release %s (RELEASE in %s%s)",
			    a->auditing.release, run->platform->prefix, AUDITING_PATH);
	a->settings.switch_free_kb = a->auditing.switch_free_kb;
	a->settings.alert_free_percent = a->auditing.alert_free_percent;
	a->settings.alert_free_kb = a->auditing.alert_free_kb;
	if (!is_suspending(a))
		snprintf(a->actions.string, sizeof(a->actions.string), "%s",
			 a->auditing.alert_action);
	return 0;
}

/* One audomon a host: the lock on the pid file decides, not its being there (audomon/run/7 to 9).
 */
static int take_lock(struct program_run *run, struct audomon *a)
{
	struct platform *p = run->platform;
	int error = path_installed(p, PID_PATH, a->pid_path);

	a->lock = error ? error : p->ops->lock(p, a->pid_path);
	if (a->lock == -EBUSY)
		return fail(run, EXIT_REFUSED, "already running with process id %d",
			    (int)p->ops->lock_owner(p, a->pid_path));
	if (a->lock < 0)
		return fail(run, EXIT_USAGE, "%s%s: %s", p->prefix, PID_PATH, strerror(-a->lock));
	return 0;
}

/* Only the target somebody asked for has to be there at start: audomon/output/5. */
static int check_target(struct program_run *run, const struct audomon *a)
{
	struct platform *p = run->platform;
	int fd;

	if (!strcmp(a->target, NOTICE_CONSOLE))
		return 0;
	fd = p->ops->open(p, a->target, PLATFORM_APPEND | PLATFORM_CREATE, 0600);
	if (fd < 0)
		return fail(run, EXIT_USAGE, "-o %s: %s", a->target, strerror(-fd));
	p->ops->close(p, fd);
	return 0;
}

static int prepare(struct program_run *run, int argc, char **argv, struct audomon *a)
{
	bool help;
	int status = parse(run, argc, argv, a, &help);

	if (status)
		return status;
	if (help) {
		fputs(usage, run->out);
		return EXIT_DONE;
	}
	if (run->platform->ops->uid(run->platform) != 0)
		return fail(run, EXIT_REFUSED, "only root may run audomon");
	status = read_settings(run, a);
	if (!status)
		status = take_lock(run, a);
	if (!status)
		status = check_target(run, a);
	return status ? status : PROGRAM_SERVE;
}

static int audomon_main(struct program_run *run, int argc, char **argv)
{
	struct audomon *a;
	int status;

	if (argc > 1 && !strcmp(argv[1], "--status"))
		return audomon_status(run, argc, argv);
	if (argc > 1 && !strcmp(argv[1], "--explain"))
		return audomon_explain(run, argc, argv);
	a = calloc(1, sizeof(*a));
	if (!a)
		return fail(run, EXIT_REFUSED, "out of memory");
	*a = (struct audomon){
		.settings = OVERFLOW_SETTINGS_DEFAULT,
		.target = NOTICE_CONSOLE,
		.lock = -1,
	};
	run->state = a;
	a->tasks.platform = run->platform;
	a->tasks.target = a->target;
	a->tasks.say = say_of_task;
	a->tasks.arg = run;
	a->actions = a->tasks;
	a->left = (struct left){.platform = run->platform,
				.settings = &a->auditing,
				.target = a->target,
				.say = say_of_left,
				.arg = run};
	status = prepare(run, argc, argv, a);
	run->foreground = a->foreground;
	if (status != PROGRAM_SERVE)
		on_stop(run);
	return status;
}

const struct program audomon_program = {
	.name = "audomon",
	.main = audomon_main,
	.daemon = &audomon_daemon,
};
