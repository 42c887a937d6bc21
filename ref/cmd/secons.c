/* SPDX-License-Identifier: MIT */
/*
 * secons: the console utility. Shuts the daemons down, lists who is inside intercepted calls,
 * prepares the unload of the kernel extension, and shows and turns what seosd tells of itself.
 * While seosd runs it asks seosd; otherwise it acts itself, as far as its user may open the
 * database. Other hosts are asked by seagent, which alone has the key of this one.
 */
#include "ref/cmd/secons_follow.h"
#include "ref/store/log.h"
#include "ref/store/policy.h"
#include "ref/store/product.h"
#include "ref/store/trace.h"
#include "ref/wire/callers.h"
#include "ref/wire/message.h"
#include "ref/wire/relay.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define VERSION             "v14.10.0.001"
#define SHUTDOWN_TIMEOUT_NS (60 * NS_PER_S) /* seosd gives up before that */
#define SCAN_TIMEOUT_NS     (10 * NS_PER_S)
#define END_TIMEOUT_NS      (30 * NS_PER_S) /* of a daemon that was told to end */
#define CALLS_MAX           65536           /* rows of a listing */

static const char usage[] =
	"Usage: secons -s [HOST|GHOST...] | -S [selogrd|selogrcd|serevu] | -sc | -scl | -sk\n"
	"       secons -t+ | -t- | -tt | -ts | -tc | -tv [SIZE] [-file FILE] | -m MESSAGE\n"
	"       secons -i | -rl\n"
	"  -s     shut down the daemons of this host, or of the hosts and groups of hosts named\n"
	"  -S     end selogrd, selogrcd and serevu as far as [daemons] of seos.ini says yes, and "
	"shut\n"
	"         down the daemons of this host; or end the one that is named and nothing else\n"
	"  -sc    list the processes inside intercepted system calls\n"
	"  -scl   the same with details, and record whether an unload is likely to succeed\n"
	"  -sk    shut down the daemons and prepare the kernel extension to be unloaded\n"
	"  -t+    turn the trace of seosd on; -t- off; -tt over; -ts shows whether it is on\n"
	"  -tc    empty the trace file\n"
	"  -tv    show the last SIZE KB of it (default 2, 0: all) and what is added, until "
	"interrupted\n"
	"  -m     add a message to it\n"
	"  -i     show statistics of the running daemons\n"
	"  -rl    have seosd read seos.ini anew\n"
	"  -h     print this text\n";

enum action {
	ACTION_SHUTDOWN,
	ACTION_END,
	ACTION_SCAN,
	ACTION_SCAN_LONG,
	ACTION_UNLOAD,
	ACTION_HELP,
	ACTION_TRACE, /* trace says what */
	ACTION_FOLLOW,
	ACTION_STATISTICS,
	ACTION_RELOAD,
};

/* A run of the program. */
struct secons {
	struct platform *platform;
	FILE *out, *err;
	enum action action;
	struct product product;
	const char *const *names; /* after -s */
	size_t name_count;
	enum message_trace trace;
	const char *message; /* -m */
	unsigned follow_kb;  /* -tv */
	const char *file;    /* -file; NULL: the trace */
	bool one;            /* -S names a daemon: */
	enum product_daemon daemon;
	struct message_answer answer; /* the last one */

	/* While seosd is down. */
	bool direct;
	struct policy *policy;
	struct accessor who;
	struct callers callers;

	struct platform_call *calls; /* of a listing, allocated */
	size_t call_count;
	size_t call_room;
};

/* Prints "secons: " and a line; returns status. */
__attribute__((format(printf, 3, 4))) static int fail(const struct secons *s, int status,
						      const char *format, ...)
{
	va_list args;

	fputs("secons: ", s->err);
	va_start(args, format);
	vfprintf(s->err, format, args);
	va_end(args);
	fputc('\n', s->err);
	return status;
}

static int wrong_usage(const struct secons *s, const char *what, const char *word)
{
	fail(s, EXIT_USAGE, "%s%s", what, word);
	fputs(usage, s->err);
	return EXIT_USAGE;
}

static const struct option {
	const char *word;
	enum action action;
	enum message_trace trace;
} options[] = {
	{"-s", ACTION_SHUTDOWN, 0},
	{"-S", ACTION_END, 0},
	{"-sc", ACTION_SCAN, 0},
	{"-scl", ACTION_SCAN_LONG, 0},
	{"-sk", ACTION_UNLOAD, 0},
	{"-h", ACTION_HELP, 0},
	{"-i", ACTION_STATISTICS, 0},
	{"-rl", ACTION_RELOAD, 0},
	{"-t+", ACTION_TRACE, MESSAGE_TRACE_ON},
	{"-t-", ACTION_TRACE, MESSAGE_TRACE_OFF},
	{"-tt", ACTION_TRACE, MESSAGE_TRACE_TOGGLE},
	{"-ts", ACTION_TRACE, MESSAGE_TRACE_STATUS},
	{"-tc", ACTION_TRACE, MESSAGE_TRACE_CLEAR},
	{"-m", ACTION_TRACE, MESSAGE_TRACE_ADD},
	{"-tv", ACTION_FOLLOW, 0},
};

/* Documented, and not done here (secons/other/18). */
static const char *const declined[] = {
	"-d+", "-d-", "-ds", "-l+", "-l-", "-ls", "-u+", "-u-", "-us",
	"-C+", "-C-", "-CD", "-CA", "-CC", "-CF", "-CI", "-CP", "-CU",
};

static const struct option *find_option(const char *word)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (!strcmp(word, options[i].word))
			return &options[i];
	}
	return NULL;
}

static bool is_declined(const char *word)
{
	for (size_t i = 0; i < sizeof(declined) / sizeof(declined[0]); i++) {
		if (!strcmp(word, declined[i]))
			return true;
	}
	return false;
}

/* Whole KB, in decimal. */
static bool read_size(const char *word, unsigned *out)
{
	char *end;
	unsigned long kb = strtoul(word, &end, 10);

	if (*word < '0' || *word > '9' || *end || kb > FOLLOW_KB_MAX)
		return false;
	*out = (unsigned)kb;
	return true;
}

/* What follows an action: the names of -s, the daemon of -S, the message of -m, the size and file
 * of -tv. Returns how many words it has taken. */
static int read_value(struct secons *s, char **argv, int left, bool *sized)
{
	if (s->action == ACTION_SHUTDOWN && argv[0][0] != '-') {
		if (s->name_count++ == 0)
			s->names = (const char *const *)argv;
		return 1;
	}
	if (s->action == ACTION_END && !s->one && product_daemon_named(argv[0], &s->daemon) &&
	    s->daemon >= PRODUCT_SELOGRD) {
		s->one = true;
		return 1;
	}
	if (s->action == ACTION_TRACE && s->trace == MESSAGE_TRACE_ADD && !s->message &&
	    strlen(argv[0]) < MESSAGE_TEXT_MAX) {
		s->message = argv[0];
		return 1;
	}
	if (s->action == ACTION_FOLLOW && !s->file && !strcmp(argv[0], "-file") && left > 1) {
		s->file = argv[1];
		return 2;
	}
	if (s->action == ACTION_FOLLOW && !*sized && read_size(argv[0], &s->follow_kb)) {
		*sized = true;
		return 1;
	}
	return 0;
}

/* Exactly one action, or nothing is done (secons/usage/8..11). */
static int read_options(struct secons *s, int argc, char **argv)
{
	bool given = false, sized = false;

	s->follow_kb = FOLLOW_KB_DEFAULT;
	for (int i = 1; i < argc;) {
		int taken = given ? read_value(s, argv + i, argc - i, &sized) : 0;
		const struct option *o = taken ? NULL : find_option(argv[i]);

		if (taken) {
			i += taken;
			continue;
		}
		if (!given && is_declined(argv[i]))
			return fail(
				s, EXIT_REFUSED,
				"%s: concurrent logins and the file cache are not managed here: "
				"nothing was done",
				argv[i]);
		if (!o && given && s->action == ACTION_END && !s->one)
			return wrong_usage(s, "-S ends selogrd, selogrcd or serevu, not ", argv[i]);
		if (!o)
			return wrong_usage(s, "unknown argument ", argv[i]);
		if (given)
			return wrong_usage(s, "more than one action: ", argv[i]);
		s->action = o->action;
		s->trace = o->trace;
		given = true;
		i++;
	}
	if (given && s->action == ACTION_TRACE && s->trace == MESSAGE_TRACE_ADD && !s->message)
		return wrong_usage(s, "the message is missing behind ", "-m");
	if (given)
		return 0;
	fputs(usage, s->err);
	return EXIT_USAGE;
}

static void print_banner(const struct secons *s)
{
	struct platform *p = s->platform;
	struct tm now = {0};

	if (p->ops->local_time(p, p->ops->wall_ns(p) / NS_PER_S, &now))
		now.tm_year = 0; /* beyond the calendar */
	fprintf(s->out,
		"%s secons " VERSION " - Console utility\n"
		"Copyright (c) %d CA. All rights reserved.\n",
		code_product(s->product.brand), now.tm_year + 1900);
}

static const char *host_name(const struct secons *s)
{
	static char name[PLATFORM_NAME_MAX];

	if (s->platform->ops->host_name(s->platform, name, sizeof(name)))
		snprintf(name, sizeof(name), "localhost");
	return name;
}

/* Asking seosd */

static int ask(struct secons *s, const struct message_request *request, int64_t timeout_ns)
{
	return message_ask_patiently(s->platform, request, timeout_ns, &s->answer);
}

static int no_answer(const struct secons *s, int error)
{
	if (error == -EAGAIN)
		return fail(s, EXIT_REFUSED, "seosd is meant to run and does not come up: see %s%s",
			    s->platform->prefix, PRODUCT_ERRORS);
	if (error == -ETIMEDOUT)
		return fail(s, EXIT_REFUSED,
			    "seosd was asked and has not answered: the outcome is not known; "
			    "asking again does no harm");
	if (error == -EPIPE)
		return fail(s, EXIT_REFUSED,
			    "seosd died over the request and is started again: ask again");
	return fail(s, EXIT_REFUSED, "asking seosd: %s", strerror(-error));
}

/* Prints what an answer has to say; returns its status. */
static int told(const struct secons *s)
{
	return s->answer.text[0] ? fail(s, (int)s->answer.status, "%s", s->answer.text)
				 : (int)s->answer.status;
}

/* Acting while seosd is down */

static int identify(struct secons *s)
{
	struct platform *p = s->platform;
	char why[POLICY_WHY_MAX];
	int error = policy_open(p, POLICY_EXISTING, &s->policy, why, sizeof(why));

	if (error == -EACCES)
		return fail(s, EXIT_REFUSED,
			    "seosd is not running, and without it only root can "
			    "read the policy database");
	if (error)
		return fail(s, error == -EBUSY ? EXIT_REFUSED : EXIT_USAGE, "%s", why);
	s->direct = true;
	if (policy_accessor(p, s->policy, p->ops->uid(p), p->ops->pid(p), &s->who))
		return fail(s, EXIT_REFUSED, "policy database: %s", policy_error(s->policy));
	return 0;
}

static int not_allowed(const struct secons *s, const char *what)
{
	return fail(s, EXIT_REFUSED, "user %s is not allowed to %s: ADMIN or OPERATOR is needed",
		    s->who.user, what);
}

static int record_directly(const struct secons *s)
{
	struct platform *p = s->platform;
	struct audit_log_config config;
	struct audit_record record;
	struct audit_log *log;
	char why[POLICY_WHY_MAX];
	int error = audit_log_configure(p, s->product.ini, &config, why, sizeof(why));

	if (error)
		return fail(s, EXIT_USAGE, "%s", why);
	scan_record(&record, p->ops->wall_ns(p) / NS_PER_S, &s->who, &s->callers.scan);
	error = audit_log_open(p, &config, &log, NULL);
	if (!error) {
		error = audit_log_append(log, &record);
		audit_log_close(log);
	}
	return error ? fail(s, EXIT_REFUSED, "the result cannot be recorded in %s: %s", config.path,
			    strerror(-error))
		     : 0;
}

/* Listing */

static int keep_calls(struct secons *s)
{
	size_t count = s->call_count + s->answer.call_count;
	struct platform_call *grown;

	if (count > CALLS_MAX)
		return fail(s, EXIT_REFUSED, "more than %d active system calls", CALLS_MAX);
	if (count > s->call_room) {
		s->call_room = 2 * count;
		grown = realloc(s->calls, s->call_room * sizeof(*s->calls));
		if (!grown)
			return fail(s, EXIT_REFUSED, "out of memory");
		s->calls = grown;
	}
	for (unsigned i = 0; i < s->answer.call_count; i++)
		s->calls[s->call_count++] = s->answer.calls[i];
	return 0;
}

/* The next calls, from seosd or from the extension itself, into s->answer. */
static int next_calls(struct secons *s, bool first)
{
	const struct message_request request = {
		.op = MESSAGE_SCAN,
		.next = !first,
		.record = s->action == ACTION_SCAN_LONG,
	};
	int error = s->direct ? 0 : ask(s, &request, SCAN_TIMEOUT_NS);

	if (error == -ECONNREFUSED && first) {
		error = identify(s);
		if (error)
			return error;
		if (!access_may_scan(&s->who))
			return not_allowed(s, "list active system calls");
	} else if (error) {
		return no_answer(s, error);
	}
	if (s->direct) {
		memset(&s->answer, 0, sizeof(s->answer));
		callers_next(s->platform, &s->callers, &s->answer);
	}
	return told(s);
}

static int by_pid(const void *left, const void *right)
{
	const struct platform_call *a = left, *b = right;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->tid > b->tid) - (a->tid < b->tid);
}

static void print_calls(const struct secons *s)
{
	fputs(s->call_count ? "Active system calls:\n" : "No active system calls.\n", s->out);
	if (s->call_count)
		qsort(s->calls, s->call_count, sizeof(*s->calls), by_pid);
	for (size_t i = 0; i < s->call_count; i++)
		callers_print(s->out, &s->calls[i], s->action == ACTION_SCAN_LONG);
}

/* An empty list would claim that nobody is inside (decision P32). */
static int print_disabled(const struct secons *s)
{
	fputs("System call monitoring is disabled (syscall_monitor = 0).\n", s->out);
	return EXIT_DONE;
}

static int scan(struct secons *s)
{
	bool first = true;

	do {
		int status = next_calls(s, first);

		if (!status && s->answer.monitor)
			status = keep_calls(s);
		if (status)
			return status;
		first = false;
	} while (s->answer.more);
	if (!s->answer.monitor)
		return print_disabled(s);
	print_calls(s);
	return s->direct && s->action == ACTION_SCAN_LONG ? record_directly(s) : EXIT_DONE;
}

/* Shutting down */

/* What preparing the unload came to, in s->answer. */
static int print_unload(const struct secons *s)
{
	fputs(s->answer.output, s->out);
	for (unsigned i = 0; i < s->answer.call_count; i++)
		callers_print(s->out, &s->answer.calls[i], true);
	return told(s);
}

static int unload_directly(struct secons *s)
{
	int status = identify(s);

	if (status)
		return status;
	if (!access_may_shutdown(&s->who))
		return not_allowed(s, "unload the kernel extension");
	memset(&s->answer, 0, sizeof(s->answer));
	callers_prepare_unload(s->platform, &s->answer);
	return print_unload(s);
}

/* seosd answers as its last act: the end of its process is the end of the shutdown. */
static int wait_for_end(const struct secons *s)
{
	if (!product_wait_end(s->platform, s->answer.pid))
		return 0;
	return fail(s, EXIT_REFUSED, "%s was told to shut down and still runs",
		    code_product(s->product.brand));
}

static int shut_down(struct secons *s)
{
	const struct message_request request = {
		.op = MESSAGE_SHUTDOWN,
		.unload = s->action == ACTION_UNLOAD,
	};
	const char *product = code_product(s->product.brand);
	int error = ask(s, &request, SHUTDOWN_TIMEOUT_NS);

	if (error == -ECONNREFUSED) {
		fprintf(s->out, "%s: %s is not running\n", host_name(s), product);
		return request.unload ? unload_directly(s) : EXIT_DONE;
	}
	if (error)
		return no_answer(s, error);
	/* Without the PID the daemons go on; a refused unload comes after their end. */
	if (s->answer.pid == 0)
		return told(s);
	if (wait_for_end(s))
		return EXIT_REFUSED;
	fprintf(s->out, "%s: %s is shut down\n", host_name(s), product);
	return print_unload(s);
}

/* The daemons outside the ring */

/* Whether its token is yes; -1 with the fault said. */
static int is_enabled(const struct secons *s, enum product_daemon daemon)
{
	char why[POLICY_WHY_MAX];
	bool enabled;

	if (!config_flag(s->product.ini, "daemons", product_daemon_name(daemon), false, &enabled,
			 why, sizeof(why)))
		return enabled;
	fail(s, EXIT_USAGE, "%s", why);
	return -1;
}

/* Has seosd end a daemon, or say whether it would; while seosd is down, *s itself may. */
static int ask_to_end(struct secons *s, const char *name)
{
	struct message_request request = {.op = MESSAGE_END};
	int error = -ECONNREFUSED;
	int status;

	snprintf(request.daemon, sizeof(request.daemon), "%s", name);
	if (!s->direct)
		error = ask(s, &request, END_TIMEOUT_NS + SCAN_TIMEOUT_NS);
	if (!error)
		return told(s);
	if (error != -ECONNREFUSED)
		return no_answer(s, error);
	status = s->direct ? 0 : identify(s);
	if (status)
		return status;
	return access_may_shutdown(&s->who) ? 0 : not_allowed(s, "end daemons");
}

static int end_directly(struct secons *s, enum product_daemon daemon)
{
	struct platform *p = s->platform;
	const char *name = product_daemon_name(daemon);
	pid_t pid = product_daemon_pid(p, daemon);
	int error = pid > 0 ? p->ops->kill(p, pid, SIGTERM) : pid;

	if (!error && pid > 0)
		error = p->ops->wait_gone(p, pid, END_TIMEOUT_NS, NULL);
	if (error && error != -ESRCH)
		return fail(s, EXIT_REFUSED, "%s (PID %d) cannot be ended: %s", name, (int)pid,
			    strerror(-error));
	s->answer.pid = pid;
	return 0;
}

static int end_daemon(struct secons *s, enum product_daemon daemon)
{
	const char *name = product_daemon_name(daemon);
	int enabled = is_enabled(s, daemon);
	int status;

	if (enabled < 0)
		return EXIT_USAGE;
	if (!enabled) {
		fprintf(s->out, "%s: left alone ([daemons] %s is not yes)\n", name, name);
		return s->one ? EXIT_REFUSED : EXIT_DONE;
	}
	status = ask_to_end(s, name);
	if (!status && s->direct)
		status = end_directly(s, daemon);
	if (!status)
		fprintf(s->out, "%s: %s\n", name, s->answer.pid ? "terminated" : "not running");
	return status;
}

/* Whether it is allowed is asked before anything ends (secons/daemon/16); the product's own daemons
 * come last, since one of them ends the others. */
static int end_daemons(struct secons *s)
{
	int status = ask_to_end(s, "");
	int worst = EXIT_DONE;

	if (status)
		return status;
	for (unsigned i = PRODUCT_SELOGRD; i < PRODUCT_ALL; i++) {
		if (s->one && s->daemon != i)
			continue;
		status = end_daemon(s, (enum product_daemon)i);
		if (status > worst)
			worst = status;
	}
	status = s->one ? EXIT_DONE : shut_down(s);
	return worst ? worst : status;
}

/* Other hosts */

static void print_outcome(void *arg, const struct relay_outcome *o)
{
	const struct secons *s = arg;

	if (o->result == RELAY_DONE)
		fprintf(s->out, "%s: %s is shut down\n", o->host, code_product(s->product.brand));
	else if (o->host[0])
		fail(s, EXIT_REFUSED, "%s: %s", o->host, o->text);
	else
		fail(s, EXIT_REFUSED, "%s", o->text);
	fflush(s->out);
}

static ssize_t read_password(void *arg, const char *user, const char *name,
			     char out[LINK_PASSWORD_MAX])
{
	const struct secons *s = arg;
	char prompt[2 * ACCESS_NAME_MAX + 32];

	fflush(s->out);
	snprintf(prompt, sizeof(prompt), "Password for %s on %s: ", user, name);
	return s->platform->ops->secret_read(s->platform, prompt, LINK_TYPE_S, out,
					     LINK_PASSWORD_MAX);
}

/* This host comes last: without its daemons no other one could be asked. */
static int shut_down_hosts(struct secons *s)
{
	const struct relay_asker asker = {print_outcome, read_password, s};
	bool local = false;
	int error = relay_request(s->platform, s->names, s->name_count, &asker, &local);
	int status = error ? EXIT_REFUSED : EXIT_DONE;

	if (error == -ECONNREFUSED)
		return fail(s, EXIT_REFUSED,
			    "%s is not running here, and other hosts are asked through it: nobody "
			    "was asked",
			    code_product(s->product.brand));
	if (error == -EPIPE || error == -ETIMEDOUT)
		return fail(s, EXIT_REFUSED,
			    "seagent has not answered: the outcome of the hosts without a line is "
			    "not known; asking again does no harm");
	if (error && error != -EREMOTEIO)
		return fail(s, EXIT_REFUSED, "asking seagent: %s", strerror(-error));
	if (local && shut_down(s))
		status = EXIT_REFUSED;
	return status;
}

/* The trace, the statistics, the settings */

static int not_running(const struct secons *s)
{
	return fail(s, EXIT_REFUSED, "%s is not running", code_product(s->product.brand));
}

/* While seosd is down: whether this user may, and what his settings say of the trace. */
static int find_trace(struct secons *s, struct trace *trace)
{
	char why[POLICY_WHY_MAX];
	int status = identify(s);

	if (status)
		return status;
	if (!access_may_shutdown(&s->who))
		return not_allowed(s, "use the trace");
	return trace_configure(s->platform, s->product.ini, trace, why, sizeof(why))
		       ? fail(s, EXIT_USAGE, "%s", why)
		       : 0;
}

static int clear_directly(struct secons *s)
{
	struct trace trace;
	int error, status = find_trace(s, &trace);

	if (status)
		return status;
	error = trace_clear(s->platform, &trace);
	return error ? fail(s, EXIT_REFUSED, "trace file %s: %s", trace.path, strerror(-error))
		     : EXIT_DONE;
}

/* What seosd does alone. */
static int have_done(struct secons *s, enum message_op op)
{
	struct message_request *request = calloc(1, sizeof(*request));
	int error = -ENOMEM;

	if (request) {
		request->op = op;
		request->trace = s->trace;
		snprintf(request->text, sizeof(request->text), "%s", s->message ? s->message : "");
		error = ask(s, request, SCAN_TIMEOUT_NS);
	}
	free(request);
	if (error == -ECONNREFUSED && op == MESSAGE_TRACE && s->trace == MESSAGE_TRACE_CLEAR)
		return clear_directly(s);
	if (error == -ECONNREFUSED)
		return not_running(s);
	if (error == -EINVAL)
		return fail(s, EXIT_USAGE, "a message is UTF-8 text");
	if (error)
		return no_answer(s, error);
	fputs(s->answer.output, s->out);
	return told(s);
}

/* Who may is told by seosd, or else the database; the file itself has to be readable for him. */
static int follow(struct secons *s)
{
	const struct message_request request = {.op = MESSAGE_TRACE, .trace = MESSAGE_TRACE_STATUS};
	char why[POLICY_WHY_MAX];
	struct trace trace;
	int status = ask(s, &request, SCAN_TIMEOUT_NS);

	if (status == -ECONNREFUSED) {
		status = find_trace(s, &trace);
		policy_close(s->policy); /* seosd may start meanwhile */
		s->policy = NULL;
	} else {
		status = status ? no_answer(s, status) : told(s);
	}
	if (!status && trace_configure(s->platform, s->product.ini, &trace, why, sizeof(why)))
		status = fail(s, EXIT_USAGE, "%s", why);
	if (status)
		return status;
	if (s->file)
		snprintf(trace.path, sizeof(trace.path), "%s", s->file);
	fflush(s->out);
	return fail(s, EXIT_REFUSED, "%s: %s", trace.path,
		    strerror(-secons_follow(s->platform, trace.path, s->follow_kb, s->out)));
}

static int act(struct secons *s)
{
	char why[POLICY_WHY_MAX];
	int error = product_load(s->platform, &s->product, why, sizeof(why));

	if (error)
		return fail(s, EXIT_USAGE, "%s", why);
	print_banner(s);
	switch (s->action) {
	case ACTION_SCAN:
	case ACTION_SCAN_LONG:
		if (s->product.monitor)
			return scan(s);
		return print_disabled(s);
	case ACTION_TRACE:
		return have_done(s, MESSAGE_TRACE);
	case ACTION_STATISTICS:
		return have_done(s, MESSAGE_STATISTICS);
	case ACTION_RELOAD:
		return have_done(s, MESSAGE_RELOAD);
	case ACTION_FOLLOW:
		return follow(s);
	case ACTION_END:
		return end_daemons(s);
	default:
		return s->name_count ? shut_down_hosts(s) : shut_down(s);
	}
}

static int secons_main(struct program_run *run, int argc, char **argv)
{
	struct secons *s = calloc(1, sizeof(*s));
	int status;

	if (!s) {
		fputs("secons: out of memory\n", run->err);
		return EXIT_REFUSED;
	}
	s->platform = run->platform;
	s->out = run->out;
	s->err = run->err;
	status = read_options(s, argc, argv);
	if (!status && s->action == ACTION_HELP)
		fputs(usage, s->out);
	else if (!status)
		status = act(s);
	policy_close(s->policy);
	product_free(&s->product);
	free(s->calls);
	free(s);
	return status;
}

const struct program secons_program = {"secons", secons_main, NULL};
