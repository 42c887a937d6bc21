/* SPDX-License-Identifier: MIT */
/*
 * diskaudit: the writer of audit trails. Takes the events of audited calls from the kernel
 * extension, writes them to the current trail, one file a writer, and goes over to another trail
 * when audsys or audomon says so or the current one cannot be written. Events leave the kernel once
 * they are in a file; a diskaudit that was killed is followed by one that looks what is there
 * already, and a trail that failed is treated in the same way (decision H37). SPEC.md,
 * audsys/writer.
 *
 * Not for: when a trail is large enough (audomon), the records (core/trail_record.h), files
 * (store/trail_output.h).
 */
#include "ref/core/writer.h"
#include "ref/store/auditing.h"
#include "ref/store/file.h"
#include "ref/store/notice.h"
#include "ref/store/trail_output.h"
#include "ref/wire/recorder.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define PID_PATH   "/var/run/diskaudit.pid"
#define MARK_PATH  "/var/run/diskaudit.trail" /* the trail that is being written */
#define MARK_MAX   (TRAIL_BOOT_ID_MAX + TRAIL_PATH_MAX + 32)
#define EVENTS_MAX 128  /* read at a time */
#define ROUNDS_MAX 64   /* of reading, before others have their turn */
#define CALLS_MAX  1024 /* in the table of calls */
#define WHY_MAX    (PLATFORM_PATH_MAX + TRAIL_WHY_MAX)

enum timer { FLUSH, MORE };

static const char usage[] = "usage: diskaudit [-F]\n";

struct diskaudit {
	struct auditing settings;
	char pid_path[PLATFORM_PATH_MAX];
	int lock; /* on pid_path; -1: not held */
	bool foreground;
	struct platform_audit_settings audited; /* as the kernel extension was told */
	struct writer_positions positions;
	struct trail_record calls;
	struct trail_record_name call_names[CALLS_MAX];
	struct platform_audit_event events[EVENTS_MAX];
	struct trail_output *output; /* NULL: no trail can be written */
	struct trail_names in;       /* what audnames said when it was opened */
	bool switch_failed;          /* as audomon says */
	int fault;                   /* the error that was told last, 0: none since */
};

/* Messages: to who started it, and, afterwards, to the console. */

#define fail(run, status, ...) notice_fail((run)->err, "diskaudit: ", status, __VA_ARGS__)

__attribute__((format(printf, 2, 3))) static void warn(struct program_run *run, const char *format,
						       ...)
{
	va_list arguments;

	va_start(arguments, format);
	notice_write(run->platform, NOTICE_CONSOLE, "diskaudit: warning: ", format, arguments);
	va_end(arguments);
}

/* The mark: a file that says which trail is being written, so that a successor looks there. */

static int mark_write(struct platform *p, const struct trail_names *names)
{
	char path[PLATFORM_PATH_MAX];
	char text[MARK_MAX];
	int n = snprintf(text, sizeof(text), "%s %u %s\n", names->boot_id, names->files,
			 names->current);
	int error = path_installed(p, MARK_PATH, path);

	return error ? error : file_replace(p, path, text, (size_t)n, 0600);
}

/* False: there is none of this boot. */
static bool mark_parse(struct platform *p, char *text, unsigned *files, const char **trail)
{
	char boot_id[TRAIL_BOOT_ID_MAX];
	char *number = strchr(text, ' ');
	char *path = number ? strchr(number + 1, ' ') : NULL;
	uint32_t value;

	if (!path || p->ops->boot_id(p, boot_id, sizeof(boot_id)))
		return false;
	*number++ = '\0';
	*path++ = '\0';
	path[strcspn(path, "\n")] = '\0';
	if (strcmp(text, boot_id) != 0 || !trail_parse_number(number, 0, TRAIL_FILES_MAX, &value))
		return false;
	*files = value;
	*trail = path;
	return !trail_path_fault(path);
}

/* What the predecessor has written. A trail that is gone took it along. */
static int recover(struct program_run *run)
{
	struct diskaudit *d = run->state;
	struct platform *p = run->platform;
	char path[PLATFORM_PATH_MAX];
	char *text = NULL;
	const char *trail;
	unsigned files;
	size_t bytes;
	int error = path_installed(p, MARK_PATH, path);

	if (!error)
		error = file_read(p, path, MARK_MAX, &text, &bytes);
	if (!error && mark_parse(p, text, &files, &trail))
		error = trail_output_recover(p, trail, files, &d->positions);
	free(text);
	return writer_fault_of(error) == WRITER_GONE ? 0 : error;
}

/* Writing */

static int add(struct diskaudit *d, const struct platform_audit_event *e)
{
	int error = trail_output_add(d->output, e);

	if (error != -ENOBUFS)
		return error;
	error = trail_output_write(d->output);
	return error ? error : trail_output_add(d->output, e);
}

/* A predecessor may have written the event, or have ended before it told of some that were lost. */
static int add_in_order(struct diskaudit *d, const struct platform_audit_event *e)
{
	uint64_t next = d->positions.next[e->source];
	struct platform_audit_event lost = {
		.source = e->source, .sequence = next, .wall_ns = e->wall_ns};
	int error = 0;

	if (writer_is_double(&d->positions, e->source, e->sequence))
		return 0;
	lost.lost = e->sequence - next;
	if (next && lost.lost)
		error = add(d, &lost);
	return error ? error : add(d, e);
}

/* A file that was removed can still be written, and nobody would ever read it. */
static int still_there(struct platform *p, const char *trail)
{
	struct platform_stat s;

	return p->ops->stat(p, trail, &s);
}

/* One round: *n events, from the kernel into files. Only then are they given up. */
static int round_of_events(struct program_run *run, int *n)
{
	struct diskaudit *d = run->state;
	struct platform *p = run->platform;
	int error = d->output ? 0 : -ENOENT;

	*n = p->ops->audit_read(p, d->events, EVENTS_MAX);
	if (*n == -ENODEV) {
		warn(run, "the kernel extension has gone");
		p->ops->leave(p, EXIT_REFUSED);
	}
	if (*n <= 0)
		return *n;
	if (!error)
		error = still_there(p, d->in.current);
	for (int i = 0; i < *n && !error; i++)
		error = add_in_order(d, &d->events[i]);
	if (!error)
		error = trail_output_write(d->output);
	return error ? error : p->ops->audit_done(p);
}

/* Everything there is, or, unless all, what others can wait for. */
static int write_events(struct program_run *run, bool all)
{
	struct platform *p = run->platform;
	int error = 0;
	int n = 1;

	for (unsigned rounds = 0; !error && n > 0 && (all || rounds < ROUNDS_MAX); rounds++)
		error = round_of_events(run, &n);
	if (!error && n > 0)
		error = p->ops->timer(p, MORE, 0);
	return error;
}

/* Leaves the trail with what is in its files. What is not is read again, and told from what is by
 * its numbers. */
static void leave_trail(struct program_run *run)
{
	struct diskaudit *d = run->state;

	trail_output_close(d->output);
	d->output = NULL;
	(void)run->platform->ops->audit_rewind(run->platform);
}

/* The mark moves once the new trail says what is in older ones. */
static int enter_trail(struct program_run *run, const struct trail_names *names)
{
	struct diskaudit *d = run->state;
	struct platform *p = run->platform;
	int64_t now_ns = p->ops->wall_ns(p);
	int error = trail_output_open(p, names->current, names->files, &d->positions, &d->calls,
				      &d->output);

	d->in = *names;
	if (!error)
		error = trail_output_begin(d->output, now_ns);
	if (!error)
		error = mark_write(p, names);
	if (error)
		leave_trail(run);
	return error;
}

static bool is_in(const struct diskaudit *d, const struct trail_names *names)
{
	return d->output && d->in.files == names->files && !strcmp(d->in.current, names->current);
}

/* What is in trails, when memory does not know: after a start, and after a fault. */
static void look_back(struct program_run *run)
{
	struct diskaudit *d = run->state;
	int error;

	d->positions = (struct writer_positions){.origin = d->positions.origin};
	error = recover(run);
	if (error)
		warn(run, "cannot see what the last trail holds, records may be doubled: %s",
		     strerror(-error));
}

/* To the trail that audnames names, if that is another one. The old one gets what came before. */
static int go_over(struct program_run *run, char *why, size_t bytes)
{
	struct diskaudit *d = run->state;
	struct trail_names names;
	int error = trail_names_load(run->platform, &names, why, bytes);

	if (error)
		return d->output ? 0 : error; /* goes on where it is */
	if (!*names.current || is_in(d, &names))
		return 0;
	if (d->output && !write_events(run, true)) {
		(void)trail_output_sync(d->output); /* nothing more could be done about it */
		leave_trail(run);
	} else {
		leave_trail(run);
		look_back(run);
	}
	d->switch_failed = false;
	error = enter_trail(run, &names);
	if (error)
		snprintf(why, bytes, "%s: %s", names.current, strerror(-error));
	return error;
}

/* Faults */

static void tell_kernel(struct program_run *run, bool suspend)
{
	struct diskaudit *d = run->state;
	int error;

	if (d->audited.suspend == suspend)
		return;
	d->audited.suspend = suspend;
	error = run->platform->ops->audit_set(run->platform, &d->audited);
	if (error)
		warn(run, "the kernel extension cannot be told: %s", strerror(-error));
}

static bool in_reserve(struct platform *p, const char *trail)
{
	struct platform_space space;

	return !p->ops->space(p, trail, &space) && space.blocks && !space.available;
}

static struct writer_decision decide(struct program_run *run, const struct trail_names *names,
				     int error)
{
	struct diskaudit *d = run->state;
	struct platform *p = run->platform;
	const struct writer_facts facts = {
		.fault = writer_fault_of(error),
		.next_available = error && *names->next && !trail_next_check(p, names->next),
		.creates_trails = d->settings.creates_trails,
		.in_reserve = in_reserve(p, names->current),
		.switch_failed = d->switch_failed,
		.waits = d->settings.waits,
	};

	return writer_decide(&facts);
}

/* The trail in audnames is the one that failed, unless somebody was quicker. */
static int switch_away(struct program_run *run, enum writer_step step)
{
	struct diskaudit *d = run->state;
	struct platform *p = run->platform;
	char why[WHY_MAX];
	struct trail_names names;
	int lock = trail_names_lock(p, why, sizeof(why));
	int error;

	if (lock < 0)
		return lock;
	error = trail_names_load(p, &names, why, sizeof(why));
	if (!error && !strcmp(names.current, d->in.current)) {
		error = step == WRITER_TO_NEXT ? trail_switch_to_next(p, &names)
					       : trail_switch_to_new(p, &names, d->settings.stamp);
		if (!error)
			warn(run, "switched from %s to %s", d->in.current, names.current);
	}
	p->ops->close(p, lock);
	return error;
}

/* Something could not be written. Comes to an end: at a trail that works, or at waiting. */
static void handle_fault(struct program_run *run, int error)
{
	struct diskaudit *d = run->state;
	char why[WHY_MAX];
	struct writer_decision what = decide(run, &d->in, error);

	if (error && error != d->fault)
		warn(run, "cannot write %s: %s", d->in.current, strerror(-error));
	d->fault = error;
	if (error)
		leave_trail(run);
	if (what.step == WRITER_TO_NEXT || what.step == WRITER_TO_NEW) {
		error = switch_away(run, what.step);
		if (!error)
			error = go_over(run, why, sizeof(why));
		what.suspend = what.suspend || (error && d->settings.waits);
	}
	tell_kernel(run, what.suspend);
}

static void flush(struct program_run *run, bool wanted)
{
	struct diskaudit *d = run->state;
	struct platform *p = run->platform;
	int64_t delay_ns = d->settings.flush_s * NS_PER_S;
	int error = d->output ? 0 : d->fault;

	if (!error && d->output && (wanted || trail_output_unsynced(d->output)))
		error = trail_output_sync(d->output);
	handle_fault(run, error);
	if (!d->output || d->audited.suspend)
		delay_ns = WRITER_RETRY_MS * NS_PER_MS;
	if (p->ops->timer(p, FLUSH, delay_ns))
		p->ops->leave(p, EXIT_REFUSED);
}

/* Takes what there is. After a fault there is one more attempt, where another trail was found. */
static int take_events(struct program_run *run, bool all, char *why, size_t bytes)
{
	struct diskaudit *d = run->state;
	int error = go_over(run, why, bytes);

	if (!error)
		error = write_events(run, all);
	if (error) {
		handle_fault(run, error);
		if (d->output)
			error = write_events(run, all);
	}
	if (!error) {
		if (d->fault || d->audited.suspend)
			handle_fault(run, 0);
		return 0;
	}
	leave_trail(run);
	snprintf(why, bytes, "%s: %s", d->in.current, strerror(-error));
	(void)run->platform->ops->timer(run->platform, FLUSH, WRITER_RETRY_MS * NS_PER_MS);
	return error;
}

/* The daemon */

static void name_calls(struct program_run *run)
{
	struct diskaudit *d = run->state;
	const struct platform_audit_name *names;
	unsigned n = run->platform->ops->audit_names(run->platform, &names);

	for (unsigned i = 0; i < n && i < CALLS_MAX; i++)
		d->call_names[i] = (struct trail_record_name){
			.abi = (uint16_t)names[i].abi,
			.number = (uint16_t)names[i].number,
			.class = (uint8_t)names[i].class,
			.name = {names[i].name, strlen(names[i].name)},
		};
	d->calls = (struct trail_record){.type = TRAIL_RECORD_CALLS};
	d->calls.calls.names = d->call_names;
	d->calls.calls.count = n < CALLS_MAX ? n : CALLS_MAX;
}

static int serve(struct program_run *run)
{
	struct diskaudit *d = run->state;
	struct platform *p = run->platform;
	char path[PLATFORM_PATH_MAX];
	int error = path_installed(p, RECORDER_SOCKET, path);

	if (!error)
		error = p->ops->serve(p, path, 0600);
	if (error)
		return fail(run, EXIT_USAGE, "socket %s: %s", RECORDER_SOCKET, strerror(-error));
	error = p->ops->audit_serve(p, &d->positions.origin);
	if (error == -ENODEV)
		return fail(run, EXIT_USAGE, "no kernel extension: load SEOS_syscall");
	if (error)
		return fail(run, EXIT_USAGE, "kernel extension: %s", strerror(-error));
	d->audited = (struct platform_audit_settings){
		.classes = d->settings.selection.classes,
		.success = d->settings.selection.success,
		.failure = d->settings.selection.failure,
		.waits = d->settings.waits,
	};
	error = p->ops->audit_set(p, &d->audited);
	return error ? fail(run, EXIT_USAGE, "kernel extension: %s", strerror(-error)) : 0;
}

static int on_start(struct program_run *run)
{
	char why[WHY_MAX];
	int status = serve(run);

	if (status)
		return status;
	name_calls(run);
	if (take_events(run, true, why, sizeof(why)))
		warn(run, "%s", why);
	flush(run, false);
	return EXIT_DONE;
}

static void on_audit(struct program_run *run)
{
	char why[WHY_MAX];

	/* What failed was told, and is tried again by the timer. */
	(void)take_events(run, false, why, sizeof(why));
}

static void on_timer(struct program_run *run, unsigned id)
{
	on_audit(run);
	if (id == FLUSH)
		flush(run, false);
}

/* Everything until now is in the trail and on the disk, or stays where it is. */
static int finish_writing(struct program_run *run, char *why, size_t bytes)
{
	struct diskaudit *d = run->state;
	int error = take_events(run, true, why, bytes);

	if (!error && d->output)
		error = trail_output_sync(d->output);
	if (error)
		snprintf(why, bytes, "%s: %s", d->in.current, strerror(-error));
	return error;
}

static int end(struct program_run *run, char *why, size_t bytes)
{
	static const struct platform_audit_settings nothing = {0};
	struct diskaudit *d = run->state;
	struct platform *p = run->platform;
	char path[PLATFORM_PATH_MAX];
	int error = finish_writing(run, why, bytes);

	if (error)
		return error; /* nobody who waits is let go */
	error = p->ops->audit_set(p, &nothing);
	if (error)
		snprintf(why, bytes, "kernel extension: %s", strerror(-error));
	else
		error = finish_writing(run, why, bytes);
	if (error) {
		(void)p->ops->audit_set(p, &d->audited); /* as it was */
		return error;
	}
	if (!path_installed(p, MARK_PATH, path))
		p->ops->unlink(p, path);
	p->ops->leave(p, EXIT_DONE);
	return 0;
}

static int do_as_asked(struct program_run *run, const char *question, char *why, size_t bytes)
{
	struct diskaudit *d = run->state;

	if (!strcmp(question, RECORDER_GO_OVER))
		return take_events(run, true, why, bytes);
	if (!strcmp(question, RECORDER_FLUSH))
		return finish_writing(run, why, bytes);
	if (!strcmp(question, RECORDER_END))
		return end(run, why, bytes);
	if (!strcmp(question, RECORDER_STUCK) || !strcmp(question, RECORDER_SWITCHED)) {
		d->switch_failed = !strcmp(question, RECORDER_STUCK);
		handle_fault(run, d->output ? 0 : d->fault);
		return 0;
	}
	snprintf(why, bytes, "unknown question");
	return -EINVAL;
}

static void on_message(struct program_run *run, struct platform_connection *c,
		       const struct platform_peer *peer, const char *text, size_t bytes)
{
	char why[RECORDER_ANSWER_MAX] = "only root may ask";
	int error = -EACCES;

	(void)bytes;
	if (peer->uid == 0)
		error = do_as_asked(run, text, why, sizeof(why));
	if (!error)
		snprintf(why, sizeof(why), "%s", RECORDER_DONE);
	(void)run->platform->ops->reply(run->platform, c, why, strlen(why));
}

/* Ends, and leaves auditing on: events wait in the kernel for the next one. */
static void on_signal(struct program_run *run, int signal)
{
	char why[WHY_MAX];

	if (signal != SIGTERM && signal != SIGINT)
		return;
	if (finish_writing(run, why, sizeof(why)))
		warn(run, "%s", why);
	run->platform->ops->leave(run->platform, EXIT_DONE);
}

static void on_stop(struct program_run *run)
{
	struct diskaudit *d = run->state;
	struct platform *p = run->platform;

	if (!d)
		return;
	trail_output_close(d->output);
	if (d->lock >= 0) {
		p->ops->unlink(p, d->pid_path);
		p->ops->close(p, d->lock);
	}
	free(d);
	run->state = NULL;
}

static const struct daemon_handlers diskaudit_daemon = {
	.start = on_start,
	.message = on_message,
	.timer = on_timer,
	.audit = on_audit,
	.signal = on_signal,
	.stop = on_stop,
};

/* The command line */

static int take_lock(struct program_run *run, struct diskaudit *d)
{
	struct platform *p = run->platform;
	int error = path_installed(p, PID_PATH, d->pid_path);

	d->lock = error ? error : p->ops->lock(p, d->pid_path);
	if (d->lock == -EBUSY)
		return fail(run, EXIT_REFUSED, "already running with process id %d",
			    (int)p->ops->lock_owner(p, d->pid_path));
	if (d->lock < 0)
		return fail(run, EXIT_USAGE, "%s: %s", PID_PATH, strerror(-d->lock));
	return 0;
}

static int parse(struct program_run *run, int argc, char **argv, struct diskaudit *d, bool *help)
{
	int option;

	*help = argc == 2 && !strcmp(argv[1], "--help");
	optind = *help ? argc : 0; /* 0: getopt starts anew, whoever used it before */
	opterr = 0;
	while ((option = getopt(argc, argv, "+Fh")) != -1) {
		if (option == '?')
			return fail(run, EXIT_USAGE,
				    "unknown option -%c (diskaudit -h shows the usage)", optopt);
		*help |= option == 'h';
		d->foreground |= option == 'F';
	}
	if (optind < argc)
		return fail(run, EXIT_USAGE, "unexpected operand %.80s", argv[optind]);
	return 0;
}

static int prepare(struct program_run *run, int argc, char **argv, struct diskaudit *d)
{
	struct platform *p = run->platform;
	char why[WHY_MAX];
	bool help;
	int status = parse(run, argc, argv, d, &help);

	if (status)
		return status;
	if (help) {
		fputs(usage, run->out);
		return EXIT_DONE;
	}
	if (p->ops->uid(p) != 0)
		return fail(run, EXIT_REFUSED, "only root may run diskaudit");
	if (auditing_load(p, &d->settings, why, sizeof(why)))
		return fail(run, EXIT_USAGE, "%s", why);
	status = take_lock(run, d);
	return status ? status : PROGRAM_SERVE;
}

static int diskaudit_main(struct program_run *run, int argc, char **argv)
{
	struct diskaudit *d = calloc(1, sizeof(*d));
	int status;

	if (!d)
		return fail(run, EXIT_REFUSED, "out of memory");
	d->lock = -1;
	run->state = d;
	status = prepare(run, argc, argv, d);
	run->foreground = d->foreground;
	if (status != PROGRAM_SERVE)
		on_stop(run);
	return status;
}

const struct program diskaudit_program = {
	.name = "diskaudit",
	.main = diskaudit_main,
	.daemon = &diskaudit_daemon,
};
