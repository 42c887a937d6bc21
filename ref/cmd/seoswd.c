/* SPDX-License-Identifier: MIT */
/*
 * seoswd: the watchdog, a daemon of the ring. It looks at trusted programs and files from time to
 * time, one after the other, and has seosd record what has changed; and it ends a seosd that lives
 * and does not answer, so that the ring starts another one. What a file was like is known to seosd;
 * what has changed is decided in core/trust.h.
 */
#include "ref/core/access.h"
#include "ref/store/policy.h"
#include "ref/store/trust.h"
#include "ref/wire/message.h"
#include "ref/wire/ring.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SCAN              1 /* timer; 0 is that of the ring */
#define ASK_TIMEOUT_NS    (1 * NS_PER_S)
#define REPORT_TIMEOUT_NS (10 * NS_PER_S)
#define QUESTION_S        10 /* between questions to a seosd that answers */

struct seoswd {
	struct ring_guard guard; /* first: run->state is that of a guard as well */
	FILE *debug;             /* NULL: nothing is told */

	/* [seoswd] */
	int64_t blocking_s;
	int64_t rest_s;
	int64_t interval_s;
	bool by_signal; /* IgnoreScanInterval: scans on SIGHUP alone */

	/* The scan that goes on. */
	bool scanning;
	bool hurried;    /* it was asked for: no rests */
	int64_t scan_ns; /* when it began, since boot */
	char class[ACCESS_NAME_MAX];
	char path[ACCESS_NAME_MAX];

	int64_t asked_ns;  /* when seosd was asked last */
	int64_t silent_ns; /* since when it does not answer; 0: it does */

	struct message_answer answer; /* the last one */
};

__attribute__((format(printf, 2, 3))) static void tell(const struct seoswd *w, const char *format,
						       ...)
{
	va_list args;

	if (!w->debug)
		return;
	fputs("seoswd: ", w->debug);
	va_start(args, format);
	vfprintf(w->debug, format, args);
	va_end(args);
	fputc('\n', w->debug);
	fflush(w->debug);
}

/* Starting */

static int read_settings(struct program_run *run, struct seoswd *w)
{
	struct product product;
	char why[POLICY_WHY_MAX];
	int error = product_load(run->platform, &product, why, sizeof(why));

	if (error) {
		fprintf(run->err, "seoswd: %s\n", why);
		return EXIT_USAGE;
	}
	error = config_number(product.ini, "seoswd", "BlockingInterval", 1, INT32_MAX, 60,
			      &w->blocking_s, why, sizeof(why));
	if (!error)
		error = config_number(product.ini, "seoswd", "PgmRest", 0, INT32_MAX, 10,
				      &w->rest_s, why, sizeof(why));
	if (!error)
		error = config_number(product.ini, "seoswd", "PgmTestInterval", 1, INT32_MAX, 18000,
				      &w->interval_s, why, sizeof(why));
	if (!error)
		error = config_flag(product.ini, "seoswd", "IgnoreScanInterval", false,
				    &w->by_signal, why, sizeof(why));
	product_free(&product);
	if (error)
		fprintf(run->err, "seoswd: %s\n", why);
	return error ? EXIT_USAGE : 0;
}

static int seoswd_main(struct program_run *run, int argc, char **argv)
{
	bool debug = argc == 2 && !strcmp(argv[1], "-d");
	struct seoswd *w;
	int status;

	if (argc > 1 && !debug && !ring_guard_called(argc, argv)) {
		fprintf(run->err, "seoswd: unknown argument %s\nUsage: seoswd [-d]\n", argv[1]);
		return EXIT_USAGE;
	}
	status = ring_guard_enter(run, PRODUCT_SEOSWD);
	if (status)
		return status;
	run->state = w = calloc(1, sizeof(*w));
	if (!w) {
		fprintf(run->err, "seoswd: out of memory\n");
		return EXIT_REFUSED;
	}
	w->guard.ring.self = PRODUCT_SEOSWD;
	run->foreground = debug;
	w->debug = debug ? run->out : NULL;
	status = read_settings(run, w);
	return status ? status : PROGRAM_SERVE;
}

/* The first scan comes early: a file may have changed while nobody looked. */
static int seoswd_start(struct program_run *run)
{
	const struct seoswd *w = run->state;
	struct platform *p = run->platform;

	if (!w->by_signal && p->ops->timer(p, SCAN, w->rest_s * NS_PER_S)) {
		fprintf(run->err, "seoswd: timer: out of memory\n");
		return EXIT_REFUSED;
	}
	return ring_guard_start(run);
}

/* Scanning */

static int ask(struct seoswd *w, struct platform *p, const struct message_request *request,
	       int64_t timeout_ns)
{
	int error = message_ask(p, request, timeout_ns, &w->answer);

	return error ? error : w->answer.status != EXIT_DONE ? -EREMOTEIO : 0;
}

/* The next trusted file behind the last one, and what it was like. Returns 0, -ENOENT at the end,
 * or why it is not known. */
static int next_file(struct seoswd *w, struct platform *p, struct trust *expected)
{
	struct message_request *request = calloc(1, sizeof(*request));
	char *rest, *class, *path, *info;
	int error;

	if (!request)
		return -ENOMEM;
	request->op = MESSAGE_TRUSTED;
	memcpy(request->name, w->class, sizeof(request->name));
	memcpy(request->behind, w->path, sizeof(request->behind));
	error = ask(w, p, request, REPORT_TIMEOUT_NS);
	free(request);
	if (error)
		return error;
	rest = w->answer.output;
	class = strsep(&rest, "\n");
	path = strsep(&rest, "\n");
	info = strsep(&rest, "\n");
	if (!path || !info)
		return -ENOENT;
	snprintf(w->class, sizeof(w->class), "%s", class);
	snprintf(w->path, sizeof(w->path), "%s", path);
	return trust_parse(info, expected) ? 0 : -EBADMSG;
}

/* What has become of a file. Returns the code of the stage, TRUST_SAME for none. */
static int32_t examine(struct platform *p, const char *path, const struct trust *expected,
		       enum trust_stage *stage)
{
	struct trust found;
	int error = trust_take_stat(p, path, &found);

	*stage = TRUST_STAGE_CHANGED;
	if (error)
		return error == -EINVAL ? TRUST_STAT_CHANGED : TRUST_NOT_THERE;
	if (trust_compare_stat(expected, &found) != TRUST_SAME)
		return TRUST_STAT_CHANGED;
	error = trust_take_contents(p, path, &found);
	if (!error)
		return trust_compare(expected, &found);
	*stage = TRUST_STAGE_READING;
	return -error;
}

static void report(struct seoswd *w, struct platform *p, enum trust_stage stage, int32_t code)
{
	struct message_request *request = calloc(1, sizeof(*request));
	int error = -ENOMEM;

	if (request) {
		request->op = MESSAGE_UNTRUST;
		memcpy(request->name, w->class, sizeof(request->name));
		memcpy(request->behind, w->path, sizeof(request->behind));
		request->stage = (int32_t)stage;
		request->code = code;
		error = ask(w, p, request, REPORT_TIMEOUT_NS);
	}
	free(request);
	/* What seosd does not know of is found again by the next scan. */
	tell(w, "%s is no longer trusted: stage %d, code %d%s%s", w->path, (int)stage, (int)code,
	     error ? ", not recorded: " : "", error ? strerror(-error) : "");
}

static void begin_scan(struct seoswd *w, struct platform *p, bool hurried)
{
	w->scanning = true;
	w->hurried = hurried;
	w->scan_ns = p->ops->boot_ns(p);
	w->class[0] = w->path[0] = '\0';
	tell(w, "a scan begins");
}

static void end_scan(struct seoswd *w, struct platform *p)
{
	int64_t left_ns = w->scan_ns + w->interval_s * NS_PER_S - p->ops->boot_ns(p);

	w->scanning = false;
	tell(w, "the scan has ended");
	if (!w->by_signal)
		p->ops->timer(p, SCAN, left_ns > NS_PER_S ? left_ns : NS_PER_S);
}

/* One file, and the time of the next one. */
static void scan_on(struct seoswd *w, struct platform *p)
{
	struct trust expected;
	enum trust_stage stage;
	int32_t code;
	int error;

	if (!w->scanning)
		begin_scan(w, p, false);
	error = next_file(w, p, &expected);
	if (error == -ENOENT) {
		end_scan(w, p);
		return;
	}
	if (error) { /* seosd is about to come, or busy */
		p->ops->timer(p, SCAN, NS_PER_S);
		return;
	}
	code = examine(p, w->path, &expected, &stage);
	if (code == TRUST_SAME)
		tell(w, "%s is as it was", w->path);
	else
		report(w, p, stage, code);
	p->ops->timer(p, SCAN, w->hurried ? 0 : w->rest_s * NS_PER_S);
}

/* Watching seosd */

/* Whether seosd answers is asked from time to time, and at every tick while it does not. */
static void ask_seosd(struct seoswd *w, struct platform *p)
{
	struct message_request *request;
	int64_t now_ns = p->ops->boot_ns(p);
	pid_t pid;
	int error;

	if (!w->silent_ns && now_ns - w->asked_ns < QUESTION_S * NS_PER_S &&
	    now_ns - w->asked_ns < w->blocking_s * NS_PER_S)
		return;
	pid = product_daemon_pid(p, PRODUCT_SEOSD);
	if (pid <= 0) { /* the ring starts it again */
		w->silent_ns = 0;
		return;
	}
	w->asked_ns = now_ns;
	request = calloc(1, sizeof(*request));
	if (!request)
		return;
	request->op = MESSAGE_STARTED;
	snprintf(request->daemon, sizeof(request->daemon), "seoswd");
	error = message_ask(p, request, ASK_TIMEOUT_NS, &w->answer);
	free(request);
	if (error != -ETIMEDOUT) {
		w->silent_ns = 0;
		return;
	}
	if (!w->silent_ns)
		w->silent_ns = now_ns;
	if (p->ops->boot_ns(p) - w->silent_ns < w->blocking_s * NS_PER_S)
		return;
	tell(w, "seosd (PID %d) has not answered for %d seconds: it is ended", (int)pid,
	     (int)w->blocking_s);
	(void)p->ops->kill(p, pid, SIGKILL);
	w->silent_ns = 0;
}

/* Handlers */

static void seoswd_timer(struct program_run *run, unsigned id)
{
	struct seoswd *w = run->state;

	if (id == SCAN) {
		scan_on(w, run->platform);
		return;
	}
	ring_guard_timer(run, id);
	ask_seosd(w, run->platform);
}

static void seoswd_signal(struct program_run *run, int signal)
{
	struct seoswd *w = run->state;

	if (signal == SIGHUP) {
		begin_scan(w, run->platform, true);
		run->platform->ops->timer(run->platform, SCAN, 0);
	} else {
		ring_guard_signal(run, signal);
	}
}

static const struct daemon_handlers handlers = {
	.start = seoswd_start,
	.timer = seoswd_timer,
	.signal = seoswd_signal,
	.stop = ring_guard_stop,
};

const struct program seoswd_program = {"seoswd", seoswd_main, &handlers};
