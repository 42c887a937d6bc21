/* SPDX-License-Identifier: MIT */
/*
 * seosd: the main daemon. It alone has the policy database and the audit log open, and answers the
 * requests of the other programs on the control socket: shutdown, scan, selang. What is granted is
 * decided in core/, what is asked is read in wire/message.c; here the two meet the system.
 */
#include "ref/cmd/seosd_login.h"
#include "ref/core/guess.h"
#include "ref/core/shutdown.h"
#include "ref/core/statistics.h"
#include "ref/store/journal.h"
#include "ref/store/policy.h"
#include "ref/store/product.h"
#include "ref/store/trace.h"
#include "ref/wire/callers.h"
#include "ref/wire/message.h"
#include "ref/wire/ring.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TICK             0 /* timers */
#define SHUTDOWN_TICK    1
#define END_TICK         2
#define SHUTDOWN_TICK_NS (50 * NS_PER_MS)
#define END_GIVE_UP_NS   (30 * NS_PER_S) /* of a daemon that was told to end */
#define WAITING_MAX      32              /* requests for a shutdown that is on its way */
#define SCANS_MAX        8               /* listings read at the same time */

/* A listing that somebody reads answer by answer. */
struct listing {
	pid_t reader; /* 0: free */
	uint64_t age; /* of its last use; the oldest makes room */
	struct callers callers;
};

struct seosd {
	struct product product;
	struct audit_log_config log_config;
	struct policy *policy;
	struct journal journal;
	struct ring ring;
	bool restarted; /* by the ring */
	bool protects;  /* the extension keeps other programs from the files */
	struct shutdown shutdown;
	bool unload; /* one of those who wait asked for that too */
	struct {
		struct platform_connection *connection;
		bool unload;
	} waiting[WAITING_MAX];
	unsigned waiting_count;
	struct ending {
		struct platform_connection *connection; /* NULL: free */
		enum product_daemon daemon;
		pid_t pid;
		int64_t give_up_ns;
	} endings[WAITING_MAX];
	struct listing listings[SCANS_MAX];
	uint64_t listings_used;
	pid_t seagent; /* the last one that ran: its children live on */
	struct guesses guesses;
	struct trace trace;
	bool traced; /* -d: to the file, whatever seos.ini says */
	uint64_t remote_denied, remote_granted, remote_errors;
	struct logins logins;
};

static int64_t wall_s(struct platform *p)
{
	return p->ops->wall_ns(p) / NS_PER_S;
}

/* Starting */

/* All of seos.ini that seosd goes by. Nothing is changed when something in it is wrong. */
struct settings {
	struct product product;
	struct audit_log_config log;
	struct trace trace;
};

static int load_settings(struct platform *p, struct settings *out, char *why, size_t bytes)
{
	int error = product_load(p, &out->product, why, bytes);

	if (error)
		return error;
	error = audit_log_configure(p, out->product.ini, &out->log, why, bytes);
	if (!error)
		error = trace_configure(p, out->product.ini, &out->trace, why, bytes);
	if (error)
		product_free(&out->product);
	return error;
}

static int read_settings(struct program_run *run, struct seosd *d)
{
	struct settings *s = calloc(1, sizeof(*s));
	char why[POLICY_WHY_MAX] = "out of memory";
	int error = s ? load_settings(run->platform, s, why, sizeof(why)) : -ENOMEM;

	if (error) {
		fprintf(run->err, "seosd: %s\n", why);
		free(s);
		return EXIT_USAGE;
	}
	d->product = s->product;
	d->log_config = s->log;
	d->trace = s->trace;
	free(s);
	error = journal_load_filters(&d->journal, run->platform, why, sizeof(why));
	if (error) {
		fprintf(run->err, "seosd: %s\n", why);
		return EXIT_USAGE;
	}
	/* Nobody looks at the screen of one that the ring has started again. */
	if (d->traced || (d->restarted && d->trace.to == TRACE_SCREEN)) {
		d->trace.to = TRACE_FILE;
		d->trace.on = true;
	}
	run->foreground = d->trace.to == TRACE_SCREEN;
	d->trace.screen = run->foreground ? run->out : NULL;
	return 0;
}

static int seosd_main(struct program_run *run, int argc, char **argv)
{
	bool restarted = argc == 2 && !strcmp(argv[1], RING_RESTART_OPTION);
	bool traced = argc == 2 && !strcmp(argv[1], "-d");
	struct seosd *d;
	bool up;
	int status;

	if (argc > 1 && !restarted && !traced) {
		fprintf(run->err, "seosd: unknown argument %s\nUsage: seosd [-d]\n", argv[1]);
		return EXIT_USAGE;
	}
	status = ring_enter(run, PRODUCT_SEOSD);
	if (status)
		return status;
	if (restarted && !product_intended(run->platform, &up) && !up) {
		fprintf(run->err, "seosd: not started: the product is shut down\n");
		return EXIT_REFUSED;
	}
	d = calloc(1, sizeof(*d));
	if (!d) {
		fprintf(run->err, "seosd: out of memory\n");
		return EXIT_REFUSED;
	}
	d->ring.self = PRODUCT_SEOSD;
	d->restarted = restarted;
	d->traced = traced;
	run->state = d;
	status = read_settings(run, d);
	return status ? status : PROGRAM_SERVE;
}

/* The extension may be loaded later or not at all; one of another version is refused. */
static int set_monitor(struct program_run *run, const struct seosd *d)
{
	int error = run->platform->ops->kernel_monitor(run->platform, d->product.monitor);

	if (!error || error == -ENODEV)
		return 0;
	fprintf(run->err, "seosd: the kernel extension SEOS_syscall: %s\n",
		error == -EPROTO ? "it is of another version than seosd" : strerror(-error));
	return EXIT_USAGE;
}

static int open_stores(struct program_run *run, struct seosd *d)
{
	struct platform *p = run->platform;
	struct audit_log_recovery found;
	char why[POLICY_WHY_MAX];
	int error = policy_open(p, POLICY_EXISTING, &d->policy, why, sizeof(why));

	if (error) {
		fprintf(run->err, "seosd: %s\n", why);
		return EXIT_USAGE;
	}
	error = audit_log_open(p, &d->log_config, &d->journal.log, &found);
	if (error) {
		fprintf(run->err, "seosd: audit log %s: %s\n", d->log_config.path,
			error == -EBUSY ? "another process writes it" : strerror(-error));
		return EXIT_REFUSED;
	}
	if (found.torn_bytes)
		fprintf(run->err,
			"seosd: audit log %s: %" PRIu64 " bytes at %" PRIu64
			" cut off: a record that was never acknowledged\n",
			d->log_config.path, found.torn_bytes, found.torn_offset);
	if (found.damaged_bytes)
		fprintf(run->err,
			"seosd: audit log %s: %" PRIu64 " bytes are damaged; seaudit says where\n",
			d->log_config.path, found.damaged_bytes);
	return 0;
}

/*
 * Asks the extension to keep other programs from the product's files (log/protect/1..3,
 * daemon/ini/4), and says what is to be while no daemon runs. Without an extension that can,
 * permissions have to do; the next tick tries again.
 */
static void protect(struct seosd *d, struct platform *p)
{
	const struct {
		const char *path;
		bool closed; /* to readers, too */
	} files[] = {
		{SEOS_INI, false},
		{config_get(d->product.ini, "seosd", "trace_file", TRACE_FILE_DEFAULT), false},
		{PRODUCT_DATABASE, true},
		{PRODUCT_DATABASE "-journal", true},
	};
	char path[PLATFORM_PATH_MAX];

	if (p->ops->kernel_silent(p, d->product.silent_deny, d->product.silent_admin, true) ||
	    p->ops->kernel_guard(p, d->log_config.path, false))
		return;
	d->protects = true;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (!path_installed(p, files[i].path, path))
			(void)p->ops->kernel_guard(p, path, files[i].closed);
	}
}

static int serve(struct program_run *run)
{
	struct platform *p = run->platform;
	char path[PLATFORM_PATH_MAX];
	int error = path_installed(p, PRODUCT_SOCKET, path);

	/* Anybody may ask; who it is decides about the answer. */
	if (!error)
		error = p->ops->serve(p, path, 0666);
	if (error)
		fprintf(run->err, "seosd: control socket %s: %s\n", path, strerror(-error));
	return error ? EXIT_REFUSED : 0;
}

/* Returns 0 once the record of this process's start is in the log. */
static int record_start(struct seosd *d, struct platform *p, enum product_daemon daemon, pid_t pid)
{
	struct audit_record record;
	int error;

	if (product_start_noted(p, daemon, pid))
		return 0;
	record_init(&record, RECORD_START, wall_s(p), 'M');
	record_cut_text(&record, RECORD_SERVICE, product_daemon_name(daemon));
	error = journal_append(&d->journal, &record);
	/* Without the note the record may come twice, which is better than not at all. */
	if (!error)
		(void)product_note_start(p, daemon, pid);
	return error;
}

/* The other two, unless they run already: then they have their START records. */
static int start_others(struct program_run *run, struct seosd *d)
{
	struct platform *p = run->platform;
	bool ran[PRODUCT_DAEMONS];
	int error = 0;

	for (unsigned i = PRODUCT_SEAGENT; i < PRODUCT_DAEMONS; i++)
		ran[i] = product_daemon_pid(p, (enum product_daemon)i) > 0;
	for (unsigned i = PRODUCT_SEAGENT; i < PRODUCT_DAEMONS && !error; i++) {
		enum product_daemon other = (enum product_daemon)i;

		error = ring_start(p, other);
		if (error)
			fprintf(run->err, "seosd: %s did not start: see %s%s\n",
				product_daemon_name(other), p->prefix, PRODUCT_ERRORS);
		else if (!ran[i]) /* should it fail, the daemon asks for it again */
			(void)record_start(d, p, other, product_daemon_pid(p, other));
	}
	return error;
}

static int start_product(struct program_run *run, struct seosd *d)
{
	struct platform *p = run->platform;
	int error = d->restarted ? 0 : product_intend(p, true);
	int recorded;

	/* What an earlier run has noted is of other processes, whatever their PIDs. */
	for (unsigned i = 0; i < PRODUCT_DAEMONS && !d->restarted; i++)
		(void)product_note_start(p, (enum product_daemon)i, 0);
	recorded = record_start(d, p, PRODUCT_SEOSD, p->ops->pid(p));

	/* A full disk must not keep the ring from restoring protection: the tick records it later.
	 */
	if (!error && !d->restarted)
		error = recorded;
	if (error)
		fprintf(run->err, "seosd: recording the start: %s\n", strerror(-error));
	else
		error = start_others(run, d);
	if (!error)
		error = p->ops->timer(p, TICK, WATCH_TICK_S * NS_PER_S);
	if (error && !d->restarted)
		(void)product_intend(p, false); /* who was started ends by itself */
	return error ? EXIT_REFUSED : EXIT_DONE;
}

/* Before the start is noted: the product is meant to be up already when it has crashed. */
static void open_logins(struct program_run *run, struct seosd *d)
{
	bool up;

	d->logins.platform = run->platform;
	d->logins.policy = d->policy;
	d->logins.journal = &d->journal;
	d->logins.log_config = &d->log_config;
	logins_open(&d->logins, !product_intended(run->platform, &up) && up);
}

static int seosd_start(struct program_run *run)
{
	struct seosd *d = run->state;
	int status = open_stores(run, d);

	if (!status)
		status = set_monitor(run, d);
	if (!status)
		protect(d, run->platform);
	if (!status)
		status = serve(run);
	if (!status)
		open_logins(run, d);
	return status ? status : start_product(run, d);
}

/* Answering */

static void reply(struct platform *p, struct platform_connection *c, struct message_answer *answer)
{
	char clean[MESSAGE_TEXT_MAX];
	size_t bytes;
	char *text;

	scan_clean_text(answer->text, clean, sizeof(clean));
	memcpy(answer->text, clean, sizeof(clean));
	if (message_write_answer(answer, &text, &bytes)) {
		p->ops->reply(p, c, "", 0); /* refused as no message: ends the connection */
		return;
	}
	(void)p->ops->reply(p, c, text, bytes); /* who has gone needs no answer */
	free(text);
}

__attribute__((format(printf, 4, 5))) static void answer_line(struct platform *p,
							      struct platform_connection *c,
							      enum exit_status status,
							      const char *format, ...)
{
	struct message_answer *answer = calloc(1, sizeof(*answer));
	va_list args;

	if (!answer) {
		p->ops->reply(p, c, "", 0);
		return;
	}
	answer->status = status;
	va_start(args, format);
	vsnprintf(answer->text, sizeof(answer->text), format, args);
	va_end(args);
	reply(p, c, answer);
	free(answer);
}

static void answer_not_allowed(struct platform *p, struct platform_connection *c,
			       const struct accessor *who, const char *what)
{
	answer_line(p, c, EXIT_REFUSED, "user %s is not allowed to %s: ADMIN or OPERATOR is needed",
		    who->user, what);
}

/* Shutdown */

/* Everybody who waits gets the outcome of what he asked for; unloaded is that of the unload. */
static void answer_waiting(struct seosd *d, struct platform *p, struct message_answer *down,
			   struct message_answer *unloaded)
{
	down->pid = unloaded->pid = p->ops->pid(p);
	for (unsigned i = 0; i < d->waiting_count; i++)
		reply(p, d->waiting[i].connection, d->waiting[i].unload ? unloaded : down);
	d->waiting_count = 0;
}

static void shutdown_finish(struct seosd *d, struct platform *p, enum shutdown_progress progress,
			    const pid_t running[SHUTDOWN_DAEMONS])
{
	struct message_answer *down = calloc(2, sizeof(*down));
	unsigned stuck = running[0] ? 0 : 1;

	logins_settle(&d->logins); /* what has ended up to now */
	/* Without memory the connections just end, and those who wait ask again. */
	if (down && progress == SHUTDOWN_FAILED) {
		down->status = EXIT_REFUSED;
		snprintf(down->text, sizeof(down->text),
			 "seosd ends, but %s (PID %d) cannot be ended",
			 product_daemon_name(stuck ? PRODUCT_SEOSWD : PRODUCT_SEAGENT),
			 (int)running[stuck]);
		down[1] = down[0];
	} else if (down && d->unload) {
		callers_prepare_unload(p, &down[1]);
	}
	if (down)
		answer_waiting(d, p, &down[0], &down[1]);
	free(down);
	p->ops->leave(p, EXIT_DONE);
}

static void shutdown_go_on(struct seosd *d, struct platform *p)
{
	pid_t running[SHUTDOWN_DAEMONS] = {product_daemon_pid(p, PRODUCT_SEAGENT),
					   product_daemon_pid(p, PRODUCT_SEOSWD)};
	enum shutdown_order orders[SHUTDOWN_DAEMONS];
	enum shutdown_progress progress =
		shutdown_step(&d->shutdown, p->ops->boot_ns(p), running, orders);

	for (unsigned i = 0; i < SHUTDOWN_DAEMONS; i++) {
		if (orders[i] != SHUTDOWN_NOTHING && running[i] > 0)
			(void)p->ops->kill(p, running[i],
					   orders[i] == SHUTDOWN_KILL ? SIGKILL : SIGTERM);
	}
	if (progress == SHUTDOWN_GOES_ON)
		p->ops->timer(p, SHUTDOWN_TICK, SHUTDOWN_TICK_NS);
	else
		shutdown_finish(d, p, progress, running);
}

/* The record of a request, and of a refused one the answer. Returns whether it goes on. */
static bool admit_shutdown(struct seosd *d, struct platform *p, struct platform_connection *c,
			   const struct accessor *who, const char *refusal)
{
	struct audit_record record;
	int error;

	shutdown_record(&record, wall_s(p), who, !refusal);
	/* A refusal has happened, whatever the disk says; anything else waits for its record. */
	error = refusal ? journal_keep(&d->journal, &record) : journal_append(&d->journal, &record);
	trace_line(p, &d->trace, "SHUTDOWN", error ? '!' : '>', "Result: '%c' [stage=%d] %s %s",
		   refusal ? 'D' : 'P', (int)record.stage, who->user,
		   error     ? strerror(-error)
		   : refusal ? refusal
			     : "");
	if (refusal)
		answer_line(p, c, EXIT_REFUSED, "user %s is not allowed to shut down %s: %s",
			    who->user, code_product(d->product.brand), refusal);
	else if (error)
		answer_line(p, c, EXIT_REFUSED, "not shut down: it cannot be recorded: %s",
			    strerror(-error));
	return !refusal && !error;
}

static const char *local_refusal(const struct accessor *who)
{
	return access_may_shutdown(who) ? NULL : "ADMIN or OPERATOR is needed";
}

static void on_shutdown(struct seosd *d, struct platform *p, struct platform_connection *c,
			const struct accessor *who, const char *refusal, bool unload)
{
	int error = 0;

	if (!admit_shutdown(d, p, c, who, refusal))
		return;
	/* Nothing is done that cannot be recorded, and nobody may start a daemon again before the
	 * first one ends. */
	if (!d->shutdown.begun)
		error = product_intend(p, false);
	if (error) {
		answer_line(p, c, EXIT_REFUSED, "not shut down: it cannot be recorded: %s",
			    strerror(-error));
		return;
	}
	if (d->waiting_count == WAITING_MAX) {
		answer_line(p, c, EXIT_REFUSED,
			    "a shutdown is on its way, and too many wait for its end");
		return;
	}
	d->waiting[d->waiting_count].connection = c;
	d->waiting[d->waiting_count++].unload = unload;
	d->unload |= unload;
	if (!d->shutdown.begun) {
		shutdown_begin(&d->shutdown, p->ops->boot_ns(p));
		shutdown_go_on(d, p);
	}
}

/* Ending daemons outside the ring */

static void answer_ended(struct platform *p, struct platform_connection *c, pid_t pid)
{
	struct message_answer *answer = calloc(1, sizeof(*answer));

	if (!answer) {
		p->ops->reply(p, c, "", 0);
		return;
	}
	answer->pid = pid;
	reply(p, c, answer);
	free(answer);
}

/* Answers who waits for an end, if it has come or will not. Returns whether he waits on. */
static bool ending_goes_on(struct platform *p, struct ending *e)
{
	if (product_daemon_pid(p, e->daemon) != e->pid || e->pid == 0)
		answer_ended(p, e->connection, e->pid);
	else if (p->ops->boot_ns(p) >= e->give_up_ns)
		answer_line(p, e->connection, EXIT_REFUSED, "%s (PID %d) does not end",
			    product_daemon_name(e->daemon), (int)e->pid);
	else
		return true;
	e->connection = NULL;
	return false;
}

static void endings_go_on(struct seosd *d, struct platform *p)
{
	bool more = false;

	for (unsigned i = 0; i < WAITING_MAX; i++) {
		if (d->endings[i].connection)
			more |= ending_goes_on(p, &d->endings[i]);
	}
	if (more)
		p->ops->timer(p, END_TICK, SHUTDOWN_TICK_NS);
}

static void on_end(struct seosd *d, struct platform *p, struct platform_connection *c,
		   const struct accessor *who, const struct message_request *request)
{
	struct ending *free_one = NULL;
	enum product_daemon daemon;
	pid_t pid;

	if (!access_may_shutdown(who)) {
		admit_shutdown(d, p, c, who, local_refusal(who));
		return;
	}
	if (!request->daemon[0]) {
		answer_line(p, c, EXIT_DONE, "%s", "");
		return;
	}
	for (unsigned i = 0; i < WAITING_MAX && !free_one; i++)
		free_one = d->endings[i].connection ? NULL : &d->endings[i];
	if (!product_daemon_named(request->daemon, &daemon) || daemon < PRODUCT_SELOGRD ||
	    !free_one) {
		answer_line(p, c, EXIT_REFUSED, "%s cannot be ended%s", request->daemon,
			    free_one ? "" : ": too many wait for ends");
		return;
	}
	pid = product_daemon_pid(p, daemon);
	if (pid > 0)
		(void)p->ops->kill(p, pid, SIGTERM);
	*free_one = (struct ending){c, daemon, pid, p->ops->boot_ns(p) + END_GIVE_UP_NS};
	endings_go_on(d, p);
}

/* Scan */

/* The listing of a reader, from its beginning unless he goes on. */
static struct listing *find_listing(struct seosd *d, pid_t reader, bool next)
{
	struct listing *l = &d->listings[0];

	for (unsigned i = 0; i < SCANS_MAX; i++) {
		if (d->listings[i].reader == reader) {
			l = &d->listings[i];
			break;
		}
		if (d->listings[i].age < l->age)
			l = &d->listings[i];
	}
	if (next && l->reader != reader)
		return NULL;
	if (!next)
		*l = (struct listing){.reader = reader};
	l->age = ++d->listings_used;
	return l;
}

/* The end of a listing, when it is to be recorded. */
static void record_scan(struct seosd *d, struct platform *p, const struct accessor *who,
			const struct listing *l, struct message_answer *answer)
{
	struct audit_record record;
	int error;

	scan_record(&record, wall_s(p), who, &l->callers.scan);
	error = journal_append(&d->journal, &record);
	if (!error)
		return;
	answer->status = EXIT_REFUSED;
	snprintf(answer->text, sizeof(answer->text), "the result cannot be recorded: %s",
		 strerror(-error));
}

static void on_scan(struct seosd *d, struct platform *p, struct platform_connection *c,
		    const struct accessor *who, pid_t reader, const struct message_request *request)
{
	struct message_answer *answer;
	struct listing *l;

	if (!access_may_scan(who)) {
		answer_not_allowed(p, c, who, "list active system calls");
		return;
	}
	l = find_listing(d, reader, request->next);
	answer = calloc(1, sizeof(*answer));
	if (!l || !answer) {
		answer_line(p, c, EXIT_REFUSED, "the listing was interrupted: try again");
		free(answer);
		return;
	}
	callers_next(p, &l->callers, answer);
	if (request->record && answer->status == EXIT_DONE && answer->monitor && !answer->more)
		record_scan(d, p, who, l, answer);
	if (!answer->more)
		l->reader = 0;
	reply(p, c, answer);
	free(answer);
}

/* The other requests */

static void on_started(struct seosd *d, struct platform *p, struct platform_connection *c,
		       const struct platform_peer *peer, const struct message_request *request)
{
	for (unsigned i = PRODUCT_SEAGENT; i < PRODUCT_DAEMONS; i++) {
		enum product_daemon daemon = (enum product_daemon)i;
		int error;

		if (strcmp(request->daemon, product_daemon_name(daemon)) != 0)
			continue;
		/* The lock proves it: anybody could say so. */
		if (peer->uid != 0 || product_daemon_pid(p, daemon) != peer->pid)
			break;
		error = record_start(d, p, daemon, peer->pid);
		answer_line(p, c, error ? EXIT_REFUSED : EXIT_DONE, "%s",
			    error ? strerror(-error) : "");
		return;
	}
	answer_line(p, c, EXIT_REFUSED, "this process is no daemon of the product");
}

/* What selogrd may send: everything else may still be taken back (store/log.h). */
static void on_logged(struct seosd *d, struct platform *p, struct platform_connection *c,
		      const struct platform_peer *peer)
{
	struct message_answer *answer;

	if (peer->uid != 0) {
		answer_line(p, c, EXIT_REFUSED, "this process is not of root");
		return;
	}
	answer = calloc(1, sizeof(*answer));
	if (!answer) {
		p->ops->reply(p, c, "", 0);
		return;
	}
	snprintf(answer->output, sizeof(answer->output), "%" PRIu64 "\n",
		 audit_log_last(d->journal.log));
	reply(p, c, answer);
	free(answer);
}

/* Logins */

/* Anybody could claim that somebody logs in. */
static void on_login(struct seosd *d, struct platform *p, struct platform_connection *c,
		     const struct platform_peer *peer, const struct message_request *request)
{
	char text[MESSAGE_TEXT_MAX];
	enum exit_status status;

	if (peer->uid != 0) {
		answer_line(p, c, EXIT_REFUSED, "this process is not of root");
		return;
	}
	status = logins_message(&d->logins, peer->pid, request, text, sizeof(text));
	answer_line(p, c, status, "%s", text);
}

static void seosd_events(struct program_run *run, struct platform_events *e)
{
	struct seosd *d = run->state;

	(void)e; /* there is one reader */
	logins_settle(&d->logins);
}

/* Disables a user or enables him, with the record: neither without the other. */
static int change_account(struct seosd *d, struct platform *p,
			  const struct message_request *request)
{
	struct audit_record record;
	unsigned attributes;
	int known = policy_user(d->policy, request->user, &attributes);
	int error = known == -EIO ? known : policy_begin(d->policy);

	if (error)
		return error;
	record_init(&record, request->disable ? RECORD_LOGIN_DISABLED : RECORD_LOGIN_ENABLED,
		    wall_s(p), request->disable ? 'I' : 'E');
	record.os_user = known != 0;
	record_cut_text(&record, RECORD_USER, request->user);
	record_cut_text(&record, RECORD_TERMINAL, "localhost");
	record_cut_text(&record, RECORD_PROGRAM, "serevu");
	error = policy_disabled_set(d->policy, request->user, request->disable);
	if (!error)
		error = journal_append(&d->journal, &record);
	if (!error)
		error = policy_commit(d->policy);
	if (error)
		policy_rollback(d->policy);
	return error;
}

static void on_account(struct seosd *d, struct platform *p, struct platform_connection *c,
		       const struct platform_peer *peer, const struct message_request *request)
{
	bool disabled = false;
	int error;

	/* The lock proves it: anybody could say so. */
	if (peer->uid != 0 || product_daemon_pid(p, PRODUCT_SEREVU) != peer->pid) {
		answer_line(p, c, EXIT_REFUSED, "this process is not serevu");
		return;
	}
	error = policy_disabled(d->policy, request->user, &disabled);
	if (!error && disabled != request->disable)
		error = change_account(d, p, request);
	answer_line(p, c, error ? EXIT_REFUSED : EXIT_DONE, "%s",
		    error == -EIO ? policy_error(d->policy)
		    : error       ? strerror(-error)
				  : "");
}

static int append_record(void *arg, const struct audit_record *record)
{
	struct seosd *d = arg;

	return journal_append(&d->journal, record);
}

static void on_selang(struct seosd *d, struct platform *p, struct platform_connection *c,
		      const struct accessor *who, const struct message_request *request)
{
	const struct policy_journal journal = {append_record, d};
	struct policy_report *report = malloc(sizeof(*report));
	struct message_answer *answer = calloc(1, sizeof(*answer));

	if (report && answer) {
		policy_run(p, d->policy, who, request->commands, &journal, report);
		answer->status = (enum exit_status)report->status;
		memcpy(answer->text, report->error, sizeof(report->error));
		memcpy(answer->output, report->output, sizeof(report->output));
		reply(p, c, answer);
	} else {
		answer_line(p, c, EXIT_REFUSED, "out of memory");
	}
	free(report);
	free(answer);
}

/* A rule that gives WRITE on seos.ini, by its installed path, permits what seosd then does itself
 * (daemon/ini/5). */
static void on_setting(struct seosd *d, struct platform *p, struct platform_connection *c,
		       const struct accessor *who, const struct message_request *request)
{
	struct access_terminal_rule rule = {false, 0};
	char path[PLATFORM_PATH_MAX];
	char why[MESSAGE_TEXT_MAX];
	int error = path_installed(p, SEOS_INI, path);

	if (!error)
		error = policy_terminal_rule(d->policy, SEOS_INI, who->user, &rule);
	if (error) {
		answer_line(p, c, EXIT_REFUSED, "policy database: %s", policy_error(d->policy));
		return;
	}
	if (!access_may_configure(&rule)) {
		answer_line(p, c, EXIT_REFUSED,
			    "%s runs, and no rule of class FILE gives user %s WRITE on %s",
			    code_product(d->product.brand), who->user, SEOS_INI);
		return;
	}
	error = config_edit(p, path, request->section, request->token, request->value, why,
			    sizeof(why));
	answer_line(p, c,
		    !error             ? EXIT_DONE
		    : error == -EINVAL ? EXIT_USAGE
				       : EXIT_REFUSED,
		    "%s", error ? why : "");
}

/* Other hosts */

/*
 * Whether a process is a child of seagent: it is in the session that seagent leads, which nobody
 * else can join. Such a child outlives the daemon, when that is told to end.
 */
static bool is_of_seagent(struct seosd *d, struct platform *p, const struct platform_peer *peer)
{
	pid_t running = product_daemon_pid(p, PRODUCT_SEAGENT);
	struct platform_session session;

	if (running > 0)
		d->seagent = running;
	return peer->uid == 0 && d->seagent > 0 && !p->ops->session(p, peer->pid, &session) &&
	       session.leader == d->seagent;
}

/* Fills answer with the hosts of a group behind one of them, as many as fit. */
static int list_members(struct seosd *d, const struct message_request *request,
			struct message_answer *answer)
{
	char host[ACCESS_NAME_MAX];
	size_t n = 0;
	int error;

	snprintf(host, sizeof(host), "%s", request->behind);
	while (!(error = policy_member_next(d->policy, request->name, host, host))) {
		if (n + sizeof(host) + 1 > sizeof(answer->output)) {
			answer->more = true;
			return 0;
		}
		n += (size_t)snprintf(answer->output + n, sizeof(answer->output) - n, "%s\n", host);
	}
	if (error == -ENOENT && n == 0 && !request->behind[0]) {
		answer->status = EXIT_REFUSED;
		snprintf(answer->text, sizeof(answer->text), "the group has no hosts");
	}
	return error == -ENOENT ? 0 : error;
}

/* The nearer thing wins: a host, then a group of hosts (decision P21). */
static int find_hosts(struct seosd *d, const struct message_request *request,
		      struct message_answer *answer)
{
	struct policy_resource found;
	int error = policy_resource(d->policy, ACCESS_HOST, request->name, &found);

	if (!error) {
		snprintf(answer->output, sizeof(answer->output), "%s\n", request->name);
		return 0;
	}
	if (error == -ENOENT)
		error = policy_resource(d->policy, ACCESS_GHOST, request->name, &found);
	if (!error)
		return list_members(d, request, answer);
	if (error == -ENOENT) {
		answer->status = EXIT_REFUSED;
		snprintf(answer->text, sizeof(answer->text), "no such host or group of hosts");
	}
	return error == -ENOENT ? 0 : error;
}

static void on_hosts(struct seosd *d, struct platform *p, struct platform_connection *c,
		     const struct platform_peer *peer, const struct message_request *request)
{
	struct message_answer *answer;
	struct accessor who;

	if (!is_of_seagent(d, p, peer)) {
		answer_line(p, c, EXIT_REFUSED, "this process is no child of seagent");
		return;
	}
	(void)policy_accessor(p, d->policy, request->uid, request->pid, &who);
	/* Who may not shut down here may not there: one record, and no host is asked. */
	if (!access_may_shutdown(&who)) {
		admit_shutdown(d, p, c, &who, local_refusal(&who));
		return;
	}
	answer = calloc(1, sizeof(*answer));
	if (!answer || find_hosts(d, request, answer)) {
		answer_line(p, c, EXIT_REFUSED, "policy database: %s",
			    answer ? policy_error(d->policy) : "out of memory");
		free(answer);
		return;
	}
	memcpy(answer->user, who.user, sizeof(answer->user));
	memcpy(answer->session, who.session, sizeof(answer->session));
	reply(p, c, answer);
	free(answer);
}

/* The record of a wrong password. Returns whether it is written; else c is answered. */
static bool record_wrong(struct seosd *d, struct platform *p, struct platform_connection *c,
			 const struct accessor *who, const char *host)
{
	struct audit_record record;
	int error;

	guess_record(&record, wall_s(p), who, host, PRODUCT_SEAGENT_PROGRAM);
	error = journal_append(&d->journal, &record);
	if (error)
		answer_line(p, c, EXIT_REFUSED, "the wrong password cannot be recorded: %s",
			    strerror(-error));
	return !error;
}

/* What comes before the shutdown: may he at all, and is this password one too many? */
static void on_password(struct seosd *d, struct platform *p, struct platform_connection *c,
			const struct accessor *who, const struct message_request *request,
			const char *refusal)
{
	int64_t boot_s = p->ops->boot_ns(p) / NS_PER_S;
	int64_t wait_s = guess_wait_s(&d->guesses, request->host, who->user, boot_s);
	char text[64];

	if (request->password == MESSAGE_PASSWORD_WRONG &&
	    !record_wrong(d, p, c, who, request->host))
		return;
	snprintf(text, sizeof(text), "%d wrong passwords: try again in %d seconds", GUESSES,
		 (int)wait_s);
	if (!refusal && wait_s > 0)
		refusal = text;
	if (refusal) {
		admit_shutdown(d, p, c, who, refusal);
		return;
	}
	if (request->password == MESSAGE_PASSWORD_GIVEN)
		guess_begin(&d->guesses, request->host, who->user, boot_s);
	answer_line(p, c, EXIT_DONE, "%s", "");
}

/* The user is the one the other host vouches for; what he may is decided by the database here. */
static void on_remote(struct seosd *d, struct platform *p, struct platform_connection *c,
		      const struct platform_peer *peer, const struct message_request *request)
{
	struct access_terminal_rule rule = {false, 0};
	struct accessor who = {.uid = UINT32_MAX};
	const char *refusal;
	int error;

	if (!is_of_seagent(d, p, peer)) {
		answer_line(p, c, EXIT_REFUSED, "this process is no child of seagent");
		return;
	}
	memcpy(who.user, request->user, sizeof(who.user));
	memcpy(who.session, request->session, sizeof(who.session));
	/* When the database cannot tell, nobody has a right. */
	error = policy_user(d->policy, who.user, &who.attributes);
	who.known = !error;
	if (policy_terminal_rule(d->policy, request->host, who.user, &rule))
		rule.known = false;
	refusal = access_remote_refusal(&who, &rule);
	trace_line(p, &d->trace, "REMOTE", ':', "user %s of host %s", who.user, request->host);
	*(error && error != -ENOENT ? &d->remote_errors
	  : refusal                 ? &d->remote_denied
				    : &d->remote_granted) += 1;
	if (request->password != MESSAGE_PASSWORD_RIGHT) {
		on_password(d, p, c, &who, request, refusal);
		return;
	}
	guess_right(&d->guesses, request->host, who.user);
	on_shutdown(d, p, c, &who, refusal, false);
}

/* What seosd tells of itself, and what it is told */

static void answer_output(struct platform *p, struct platform_connection *c, const char *output)
{
	struct message_answer *answer = calloc(1, sizeof(*answer));

	if (!answer) {
		answer_line(p, c, EXIT_REFUSED, "out of memory");
		return;
	}
	snprintf(answer->output, sizeof(answer->output), "%s", output);
	reply(p, c, answer);
	free(answer);
}

static void turn_trace(struct seosd *d, struct platform *p, struct platform_connection *c,
		       enum message_trace action)
{
	bool on = action == MESSAGE_TRACE_STATUS   ? d->trace.on
		  : action == MESSAGE_TRACE_TOGGLE ? !d->trace.on
						   : action == MESSAGE_TRACE_ON;

	if (on && d->trace.to == TRACE_NONE) {
		answer_line(p, c, EXIT_REFUSED, "there is no trace: [seosd] trace_to is none");
		return;
	}
	d->trace.on = on;
	answer_output(p, c, on ? "Tracing is on.\n" : "Tracing is off.\n");
}

static void on_trace(struct seosd *d, struct platform *p, struct platform_connection *c,
		     const struct accessor *who, const struct message_request *request)
{
	int error;

	if (!access_may_shutdown(who)) {
		answer_not_allowed(p, c, who, "use the trace");
		return;
	}
	switch (request->trace) {
	case MESSAGE_TRACE_CLEAR:
		error = trace_clear(p, &d->trace);
		break;
	case MESSAGE_TRACE_ADD:
		error = trace_add(p, &d->trace, "MESSAGE", ':', request->text);
		break;
	default:
		turn_trace(d, p, c, request->trace);
		return;
	}
	if (error)
		answer_line(p, c, EXIT_REFUSED, "trace file %s: %s", d->trace.path,
			    strerror(-error));
	else
		answer_output(p, c, "");
}

static void count_daemons(struct seosd *d, struct platform *p, struct statistics *s)
{
	(void)d;
	for (unsigned i = 0; i < PRODUCT_DAEMONS; i++) {
		pid_t pid = product_daemon_pid(p, (enum product_daemon)i);

		s->daemons[i].name = product_daemon_name((enum product_daemon)i);
		s->daemons[i].pid = pid > 0 ? (int32_t)pid : 0;
		s->daemons[i].known = pid > 0 && !p->ops->memory(p, pid, &s->daemons[i].total_bytes,
								 &s->daemons[i].resident_bytes);
	}
}

static void on_statistics(struct seosd *d, struct platform *p, struct platform_connection *c,
			  const struct accessor *who)
{
	struct statistics s = {.brand = d->product.brand,
			       .denied = d->remote_denied,
			       .granted = d->remote_granted,
			       .errors = d->remote_errors,
			       .accessors = d->waiting_count + 1,
			       .classes = ACCESS_CLASSES,
			       .properties = POLICY_PROPERTIES};
	char text[STATISTICS_TEXT_MAX];
	struct policy_counts counts;

	if (!access_may_shutdown(who)) {
		answer_not_allowed(p, c, who, "see the statistics");
		return;
	}
	if (policy_count(d->policy, &counts)) {
		answer_line(p, c, EXIT_REFUSED, "policy database: %s", policy_error(d->policy));
		return;
	}
	s.trusted = (uint64_t)counts.trusted;
	s.untrusted = (uint64_t)counts.untrusted;
	s.objects = (uint64_t)counts.objects;
	s.values = (uint64_t)counts.values;
	count_daemons(d, p, &s);
	statistics_format(&s, text);
	answer_output(p, c, text);
}

/* Opens the log anew, with other settings; should that fail, with those it had. */
static int change_log(struct seosd *d, struct platform *p, const struct audit_log_config *new)
{
	int error;

	if (!strcmp(d->log_config.path, new->path) && !strcmp(d->log_config.backup, new->backup) &&
	    !strcmp(d->log_config.group, new->group) && d->log_config.size_bytes == new->size_bytes)
		return 0;
	audit_log_close(d->journal.log);
	error = audit_log_open(p, new, &d->journal.log, NULL);
	if (!error)
		d->log_config = *new;
	else if (audit_log_open(p, &d->log_config, &d->journal.log, NULL))
		d->journal.log = NULL;
	return error;
}

/* Takes over what is in s, and frees what was. */
static int apply_settings(struct seosd *d, struct platform *p, struct settings *s)
{
	int error = change_log(d, p, &s->log);

	if (error)
		return error;
	product_free(&d->product);
	d->product = s->product;
	s->product.ini = NULL;
	/* Whether it is on is for -t+ and -t- to say; where it goes, for the next start. */
	if (d->trace.to != TRACE_SCREEN && s->trace.to != TRACE_SCREEN && !d->traced) {
		s->trace.on = s->trace.to != TRACE_NONE && d->trace.on;
		d->trace = s->trace;
	}
	error = p->ops->kernel_monitor(p, d->product.monitor);
	return error == -ENODEV ? 0 : error;
}

static void on_reload(struct seosd *d, struct platform *p, struct platform_connection *c,
		      const struct accessor *who)
{
	struct settings *s;
	char why[POLICY_WHY_MAX] = "out of memory";
	int error;

	if (!access_may_shutdown(who)) {
		answer_not_allowed(p, c, who, "have seos.ini read");
		return;
	}
	s = calloc(1, sizeof(*s));
	error = s ? load_settings(p, s, why, sizeof(why)) : -ENOMEM;
	if (error) {
		answer_line(p, c, EXIT_USAGE, "%s: nothing was changed", why);
		free(s);
		return;
	}
	error = apply_settings(d, p, s);
	protect(d, p); /* other files, perhaps, and another mode */
	product_free(&s->product);
	free(s);
	if (error)
		answer_line(p, c, EXIT_REFUSED, "not all of seos.ini can be obeyed: %s",
			    strerror(-error));
	else
		answer_output(p, c, "");
	if (!d->journal.log)
		p->ops->leave(p, EXIT_REFUSED); /* without a log nothing may go on */
}

/* Trusted files: seoswd looks at them, seosd knows what they were */

static bool is_seoswd(struct platform *p, struct platform_connection *c,
		      const struct platform_peer *peer)
{
	if (peer->uid == 0 && product_daemon_pid(p, PRODUCT_SEOSWD) == peer->pid)
		return true;
	answer_line(p, c, EXIT_REFUSED, "this process is not seoswd");
	return false;
}

static void on_trusted(struct seosd *d, struct platform *p, struct platform_connection *c,
		       const struct platform_peer *peer, const struct message_request *request)
{
	char path[ACCESS_NAME_MAX], text[ACCESS_NAME_MAX + TRUST_TEXT_MAX + 32];
	enum access_class class = ACCESS_USER;
	struct policy_trusted file;
	int error;

	if (!is_seoswd(p, c, peer))
		return;
	(void)access_class_named(request->name, &class);
	memcpy(path, request->behind, sizeof(path));
	error = policy_trusted_next(d->policy, &class, path, &file);
	if (error && error != -ENOENT) {
		answer_line(p, c, EXIT_REFUSED, "policy database: %s", policy_error(d->policy));
		return;
	}
	snprintf(text, sizeof(text), "%s\n%s\n%s\n", access_class_name(class), path, file.info);
	answer_output(p, c, error ? "" : text);
}

/* The record goes out between change and commit: neither stands without the other. */
static int untrust(struct seosd *d, struct platform *p, const struct message_request *request,
		   enum access_class class)
{
	struct policy_trusted file;
	struct audit_record record;
	int error = policy_trusted(d->policy, class, request->behind, &file);

	if (error == -ENOENT || (!error && !file.trusted))
		return 0; /* meanwhile it has been taken out, or this has been said before */
	file.trusted = false;
	if (!error)
		error = policy_trusted_set(d->policy, class, request->behind, &file);
	if (error)
		return error;
	trust_record(&record, wall_s(p), access_class_name(class), request->behind,
		     (enum trust_stage)request->stage, request->code);
	return journal_append(&d->journal, &record);
}

static void on_untrust(struct seosd *d, struct platform *p, struct platform_connection *c,
		       const struct platform_peer *peer, const struct message_request *request)
{
	enum access_class class;
	int error;

	if (!is_seoswd(p, c, peer))
		return;
	if (!access_class_named(request->name, &class) || !ACCESS_IS_TRUSTED(class)) {
		answer_line(p, c, EXIT_USAGE, "no class of trusted files");
		return;
	}
	error = policy_begin(d->policy);
	if (!error)
		error = untrust(d, p, request, class);
	if (!error)
		error = policy_commit(d->policy);
	if (error)
		policy_rollback(d->policy);
	trace_line(p, &d->trace, "UNTRUST", error ? '!' : '>', "%s stage=%d code=%d",
		   request->behind, (int)request->stage, (int)request->code);
	answer_line(p, c, error ? EXIT_REFUSED : EXIT_DONE, "%s", error ? strerror(-error) : "");
}

/* Handlers */

static void seosd_message(struct program_run *run, struct platform_connection *c,
			  const struct platform_peer *peer, const char *text, size_t bytes)
{
	struct platform *p = run->platform;
	struct seosd *d = run->state;
	struct message_request request;
	struct accessor who;
	char why[MESSAGE_WHY_MAX];

	if (message_read_request(text, bytes, &request, why, sizeof(why))) {
		answer_line(p, c, EXIT_USAGE, "request refused: %s", why);
		return;
	}
	/* When the database cannot tell, nobody has a right. */
	(void)policy_accessor(p, d->policy, peer->uid, peer->pid, &who);
	trace_line(p, &d->trace, message_op_word(request.op), ':', "user %s, process %d", who.user,
		   (int)peer->pid);
	switch (request.op) {
	case MESSAGE_SHUTDOWN:
		on_shutdown(d, p, c, &who, local_refusal(&who), request.unload);
		break;
	case MESSAGE_SCAN:
		on_scan(d, p, c, &who, peer->pid, &request);
		break;
	case MESSAGE_STARTED:
		on_started(d, p, c, peer, &request);
		break;
	case MESSAGE_SELANG:
		on_selang(d, p, c, &who, &request);
		break;
	case MESSAGE_HOSTS:
		on_hosts(d, p, c, peer, &request);
		break;
	case MESSAGE_REMOTE:
		on_remote(d, p, c, peer, &request);
		break;
	case MESSAGE_TRACE:
		on_trace(d, p, c, &who, &request);
		break;
	case MESSAGE_RELOAD:
		on_reload(d, p, c, &who);
		break;
	case MESSAGE_STATISTICS:
		on_statistics(d, p, c, &who);
		break;
	case MESSAGE_TRUSTED:
		on_trusted(d, p, c, peer, &request);
		break;
	case MESSAGE_UNTRUST:
		on_untrust(d, p, c, peer, &request);
		break;
	case MESSAGE_END:
		on_end(d, p, c, &who, &request);
		break;
	case MESSAGE_LOGGED:
		on_logged(d, p, c, peer);
		break;
	case MESSAGE_LOGIN:
		on_login(d, p, c, peer, &request);
		break;
	case MESSAGE_SETTING:
		on_setting(d, p, c, &who, &request);
		break;
	case MESSAGE_ACCOUNT:
		on_account(d, p, c, peer, &request);
		break;
	}
}

static void seosd_timer(struct program_run *run, unsigned id)
{
	struct platform *p = run->platform;
	struct seosd *d = run->state;

	if (id == END_TICK) {
		endings_go_on(d, p);
		return;
	}
	if (id == SHUTDOWN_TICK) {
		shutdown_go_on(d, p);
		return;
	}
	if (d->shutdown.begun)
		return;
	if (!ring_tick(&d->ring, p)) {
		p->ops->leave(p, EXIT_DONE);
		return;
	}
	(void)record_start(d, p, PRODUCT_SEOSD, p->ops->pid(p));
	(void)journal_flush(&d->journal); /* else at the next tick */
	logins_tick(&d->logins);
	if (!d->protects)
		protect(d, p);
	p->ops->timer(p, TICK, WATCH_TICK_S * NS_PER_S);
}

/* SIGTERM is a death, not a shutdown: the ring starts seosd again (daemon/seosd/9). A shutdown that
 * was granted is brought to its end first. */
static void seosd_signal(struct program_run *run, int signal)
{
	struct seosd *d = run->state;
	char why[POLICY_WHY_MAX];

	if (signal == SIGHUP) /* rules that cannot be read leave those there were */
		(void)journal_load_filters(&d->journal, run->platform, why, sizeof(why));
	if ((signal == SIGTERM || signal == SIGINT) && !d->shutdown.begun)
		run->platform->ops->leave(run->platform, EXIT_DONE);
}

static void seosd_stop(struct program_run *run)
{
	struct seosd *d = run->state;

	if (!d)
		return;
	logins_close(&d->logins);
	journal_close(&d->journal);
	policy_close(d->policy);
	product_free(&d->product);
	free(d);
	run->state = NULL;
}

static const struct daemon_handlers handlers = {
	.start = seosd_start,
	.message = seosd_message,
	.timer = seosd_timer,
	.events = seosd_events,
	.signal = seosd_signal,
	.stop = seosd_stop,
};

const struct program seosd_program = {"seosd", seosd_main, &handlers};
