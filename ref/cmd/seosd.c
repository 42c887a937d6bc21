/* SPDX-License-Identifier: MIT */
/*
 * seosd: the main daemon. It alone has the policy database and the audit log open, and answers the
 * requests of the other programs on the control socket: shutdown, scan, selang. What is granted is
 * decided in core/, what is asked is read in wire/message.c; here the two meet the system.
 */
#include "ref/cmd/seosd.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Starting */

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
	status = settings_read(run, d);
	return status ? status : PROGRAM_SERVE;
}

const char *seosd_extension_error(int error)
{
	return error == -EPROTO ? "it is of another version than seosd"
	       : error == -EBUSY
		       ? "kernel.ftrace_enabled is 0, or another program holds a kernel function"
	       : error == -E2BIG ? "more than it can hold"
				 : strerror(-error);
}

/* The extension may be loaded later or not at all; one of another version is refused. */
static int set_monitor(struct program_run *run, const struct seosd *d)
{
	int error = run->platform->ops->kernel_monitor(run->platform, d->product.monitor);

	if (!error || error == -ENODEV)
		return 0;
	fprintf(run->err, "seosd: the kernel extension SEOS_syscall: %s\n",
		seosd_extension_error(error));
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

/* Without an extension that could, there is nothing to say. */
static void note_protection(struct seosd *d, struct platform *p, int error)
{
	if (error == d->unprotected || error == -ENODEV || error == -ENOTSUP)
		return;
	d->unprotected = error;
	if (!error)
		d->files.retry_ns = p->ops->boot_ns(p); /* its rules are due as well */
	snprintf(d->protection, sizeof(d->protection), "seosd: %s%s\n",
		 error ? "nobody is kept from any file: " : "files are protected again",
		 error ? seosd_extension_error(error) : "");
	product_complain(p, d->protection);
	trace_line(p, &d->trace, "PROTECT", error ? '!' : ':', "%.*s",
		   (int)strcspn(d->protection, "\n"), d->protection);
}

void seosd_protect(struct seosd *d, struct platform *p)
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
	int error = p->ops->kernel_silent(p, d->product.silent_deny, d->product.silent_admin, true);

	if (!error)
		error = p->ops->kernel_guard(p, d->log_config.path, false);
	note_protection(d, p, error);
	if (error)
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
	record_init(&record, RECORD_START, platform_wall_s(p), 'M');
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
		error = p->ops->timer(p, SEOSD_TICK, watch_next_ns(p->ops->boot_ns(p)));
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

static int guard_files(struct program_run *run, struct seosd *d)
{
	int error;

	files_open(d, run->platform);
	error = files_guard(d, run->platform);
	if (!error || error == d->unprotected) /* which has been said */
		return 0;
	fprintf(run->err, "seosd: the rules of class FILE: %s\n", seosd_extension_error(error));
	return EXIT_REFUSED;
}

static int seosd_start(struct program_run *run)
{
	struct seosd *d = run->state;
	int status = open_stores(run, d);

	if (!status)
		status = set_monitor(run, d);
	if (!status)
		status = serve(run);
	/* Only now: who finds the files closed can ask for them instead. */
	if (!status)
		seosd_protect(d, run->platform);
	if (d->unprotected && !d->restarted)
		fputs(d->protection, run->err);
	if (!status)
		status = guard_files(run, d);
	if (!status)
		open_logins(run, d);
	return status ? status : start_product(run, d);
}

/* Requests without a part of their own */

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
	char text[24];

	if (peer->uid != 0) {
		answer_line(p, c, EXIT_REFUSED, "this process is not of root");
		return;
	}
	snprintf(text, sizeof(text), "%" PRIu64 "\n", audit_log_last(d->journal.log));
	answer_output(p, c, text);
}

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

	if (e == d->files.events)
		files_settle(d, run->platform);
	else
		logins_settle(&d->logins);
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
	int error;

	if (report && answer) {
		policy_run(p, d->policy, who, request->commands, &journal, report);
		answer->status = (enum exit_status)report->status;
		memcpy(answer->text, report->error, sizeof(report->error));
		memcpy(answer->output, report->output, sizeof(report->output));
		error = files_changed(d, p);
		if (error) {
			answer->status = EXIT_REFUSED;
			snprintf(answer->text, sizeof(answer->text),
				 "the rules of class FILE are not in force: %s",
				 seosd_extension_error(error));
		}
		answer_send(p, c, answer);
	} else {
		answer_line(p, c, EXIT_REFUSED, "out of memory");
	}
	free(report);
	free(answer);
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
		shutdown_ask(d, p, c, &who, shutdown_local_refusal(&who), request.unload);
		break;
	case MESSAGE_SCAN:
		scan_ask(d, p, c, &who, peer->pid, &request);
		break;
	case MESSAGE_STARTED:
		on_started(d, p, c, peer, &request);
		break;
	case MESSAGE_SELANG:
		on_selang(d, p, c, &who, &request);
		break;
	case MESSAGE_HOSTS:
		hosts_ask(d, p, c, peer, &request);
		break;
	case MESSAGE_REMOTE:
		hosts_remote(d, p, c, peer, &request);
		break;
	case MESSAGE_TRACE:
		status_trace(d, p, c, &who, &request);
		break;
	case MESSAGE_RELOAD:
		settings_reload(d, p, c, &who);
		break;
	case MESSAGE_STATISTICS:
		status_statistics(d, p, c, &who);
		break;
	case MESSAGE_TRUSTED:
		trusted_next(d, p, c, peer, &request);
		break;
	case MESSAGE_UNTRUST:
		trusted_withdraw(d, p, c, peer, &request);
		break;
	case MESSAGE_END:
		endings_ask(d, p, c, &who, &request);
		break;
	case MESSAGE_LOGGED:
		on_logged(d, p, c, peer);
		break;
	case MESSAGE_LOGIN:
		on_login(d, p, c, peer, &request);
		break;
	case MESSAGE_SETTING:
		settings_change(d, p, c, &who, &request);
		break;
	case MESSAGE_ACCOUNT:
		account_ask(d, p, c, peer, &request);
		break;
	}
}

static void seosd_timer(struct program_run *run, unsigned id)
{
	struct platform *p = run->platform;
	struct seosd *d = run->state;

	if (id == SEOSD_END_TICK) {
		endings_go_on(d, p);
		return;
	}
	if (id == SEOSD_SHUTDOWN_TICK) {
		shutdown_go_on(d, p);
		return;
	}
	if (d->shutdown.begun)
		return;
	if (!ring_tick(&d->ring, p)) {
		p->ops->leave(p, EXIT_DONE);
		return;
	}
	if (!d->start_recorded)
		d->start_recorded = !record_start(d, p, PRODUCT_SEOSD, p->ops->pid(p));
	(void)journal_flush(&d->journal); /* else at the next tick */
	logins_tick(&d->logins);
	files_tick(d, p);
	if (!d->protects)
		seosd_protect(d, p);
	p->ops->timer(p, SEOSD_TICK, watch_next_ns(p->ops->boot_ns(p)));
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
	files_close(d, run->platform);
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
