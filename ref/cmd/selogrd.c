/* SPDX-License-Identifier: MIT */
/*
 * selogrd: sends audit records where selogrd.cfg says: to hosts that collect, as mail, into text
 * files, to the screens of users. Each destination has its own place in the log, which moves when
 * what was sent is acknowledged, and not before; so nothing is skipped, whatever is killed when. A
 * host drops what it has already; a mail that was being sent may come twice. Not for writing the
 * log (seosd), nor for collecting (selogrcd).
 */
#include "ref/core/render.h"
#include "ref/core/route.h"
#include "ref/store/places.h"
#include "ref/store/product.h"
#include "ref/wire/collect.h"
#include "ref/wire/key.h"
#include "ref/wire/link.h"
#include "ref/wire/message.h"
#include "ref/wire/ring.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_FILE        PAMSC_DIR "/log/selogrd.cfg"
#define PLACES_FILE        PAMSC_DIR "/log/selogrd.places"
#define SPOOL_FILE         PAMSC_DIR "/run/selogrd.%u"
#define ROUTE_FILE_MAX     65536 /* bytes of selogrd.cfg */
#define TEXT_MAX           (2 * RENDER_MAX)
#define INTERVAL_S         5
#define INTERVAL_MAX_S     3600
#define HOST_TIMEOUT_NS    (20 * NS_PER_S)
#define PROGRAM_TIMEOUT_NS (60 * NS_PER_S) /* of the mailer */
#define LOGGED_TIMEOUT_NS  (5 * NS_PER_S)
#define TICK               0
#define WHY_MAX            (PLATFORM_PATH_MAX + ROUTE_WHY_MAX)

static const char usage[] = "Usage: selogrd [-d] [-h]\n"
			    "  -d  stay in the foreground and say what is sent\n"
			    "  -h  print this text\n";

/* A destination at work. */
struct way {
	const struct route *route;
	struct follow *follow;    /* NULL: to be opened at the place */
	unsigned place;           /* in places.all */
	struct follow_place sent; /* up to here what is under way goes */
	bool busy;
	bool stale;         /* what is under way is of a log that is no more */
	pid_t child;        /* of a mail */
	int64_t give_up_ns; /* on the child */
	char said[256];     /* what was complained of last */
};

struct selogrd {
	struct product product;
	struct audit_log_config log_config;
	char config_path[PLATFORM_PATH_MAX];
	char places_path[PLATFORM_PATH_MAX];
	char mailer[PLATFORM_PATH_MAX];
	char writer[PLATFORM_PATH_MAX];
	int64_t interval_s;
	struct route_list routes;
	struct way ways[ROUTE_MAX];
	struct places places;
	bool reload; /* asked for, and done when nothing is under way */
	bool places_changed;
	struct collect_batch batch; /* of the way that is being filled */
	size_t text_bytes;
	char text[TEXT_MAX];
	char line[RENDER_MAX];
};

/* Says what is wrong once: in the foreground, and in the file that other daemons complain in. */
__attribute__((format(printf, 4, 5))) static void complain(struct program_run *run, const char *to,
							   char said[256], const char *format, ...)
{
	char text[256], line[640];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (said && !strcmp(said, text))
		return;
	if (said)
		memcpy(said, text, sizeof(text));
	snprintf(line, sizeof(line), "selogrd: %.300s: %s\n", to, text);
	fputs(line, run->err);
	fflush(run->err);
	product_complain(run->platform, line);
}

static const char *to_of(const struct selogrd *s, const struct way *w)
{
	return s->places.all[w->place].to;
}

/* Settings */

static int read_settings(struct platform *p, struct selogrd *s, char *why)
{
	int error = product_load(p, &s->product, why, WHY_MAX);

	if (!error)
		error = audit_log_configure(p, s->product.ini, &s->log_config, why, WHY_MAX);
	if (!error)
		error = config_path(p, s->product.ini, "selogrd", "RouteFile", CONFIG_FILE,
				    s->config_path, why, WHY_MAX);
	if (!error)
		error = config_path(p, s->product.ini, "selogrd", "mailer", "/usr/sbin/sendmail",
				    s->mailer, why, WHY_MAX);
	if (!error)
		error = config_path(p, s->product.ini, "selogrd", "writer", "/usr/bin/write",
				    s->writer, why, WHY_MAX);
	if (!error)
		error = path_installed(p, PLACES_FILE, s->places_path);
	if (!error)
		error = config_number(s->product.ini, "selogrd", "Interval", 1, INTERVAL_MAX_S,
				      INTERVAL_S, &s->interval_s, why, WHY_MAX);
	return error;
}

static int read_routes(struct platform *p, const char *path, struct route_list *out, char *why)
{
	char reason[ROUTE_WHY_MAX];
	unsigned line;
	size_t bytes;
	char *text;
	int error = file_read(p, path, ROUTE_FILE_MAX, &text, &bytes);

	if (error) {
		snprintf(why, WHY_MAX, "%s: %s", path, strerror(-error));
		return error;
	}
	error = route_parse(text, out, &line, reason);
	if (error)
		snprintf(why, WHY_MAX, "%s:%u: %s", path, line, reason);
	free(text);
	return error;
}

/* Places */

/* A new number for the log: that of the moment, which no earlier one had. */
static void begin_stream(struct selogrd *s, struct platform *p)
{
	uint64_t now = (uint64_t)p->ops->wall_ns(p);

	s->places.stream = now > s->places.stream ? now : s->places.stream + 1;
	for (unsigned i = 0; i < s->places.count; i++)
		s->places.all[i].at = (struct follow_place){0};
}

/* Each route has the place that its destination had before, or begins at the first record. */
static void find_places(struct selogrd *s)
{
	struct places *old = malloc(sizeof(*old));
	struct places *new = &s->places;
	char to[PLACES_TO_MAX];

	if (!old)
		return;
	*old = *new;
	new->count = 0;
	for (unsigned i = 0; i < s->routes.count; i++) {
		const struct route *route = &s->routes.routes[i];
		unsigned place = new->count++;

		s->ways[i] = (struct way){.route = route, .place = place};
		snprintf(to, sizeof(to), "%s %s %s", route->name, route_action_name(route->action),
			 route->target);
		memcpy(new->all[place].to, to, sizeof(to));
		new->all[place].at = (struct follow_place){0};
		for (unsigned k = 0; k < old->count; k++) {
			if (!strcmp(old->all[k].to, new->all[place].to))
				new->all[place].at = old->all[k].at;
		}
	}
	free(old);
}

static void save_places(struct program_run *run, struct selogrd *s)
{
	int error = places_save(run->platform, s->places_path, &s->places);

	s->places_changed = error != 0;
	if (error)
		complain(run, s->places_path, NULL, "%s", strerror(-error));
}

static void move_on(struct selogrd *s, struct way *w)
{
	w->busy = false;
	w->said[0] = '\0';
	s->places.all[w->place].at = w->sent;
	s->places_changed = true;
}

/* It goes on where it was, next time. */
static void step_back(struct way *w)
{
	w->busy = false;
	w->stale = false;
	w->child = 0;
	follow_close(w->follow);
	w->follow = NULL;
}

static void begin_anew(struct selogrd *s, struct platform *p)
{
	begin_stream(s, p);
	s->places_changed = true;
	for (unsigned i = 0; i < s->routes.count; i++) {
		s->ways[i].stale = s->ways[i].busy;
		if (!s->ways[i].busy)
			step_back(&s->ways[i]);
	}
}

/* Filling a batch */

static bool add_line(struct program_run *run, struct selogrd *s, const struct audit_record *r)
{
	static const struct render_style style = {.layout = RENDER_PLAIN};
	struct tm when;
	size_t n;

	if (run->platform->ops->local_time(run->platform, r->time_s, &when))
		return false;
	n = render_record(&style, r, &when, s->line, sizeof(s->line));
	if (s->text_bytes + n > sizeof(s->text))
		return false;
	memcpy(s->text + s->text_bytes, s->line, n);
	s->text_bytes += n;
	return true;
}

static bool has_room(const struct selogrd *s, const struct way *w)
{
	if (w->route->action == ROUTE_HOST)
		return s->batch.bytes + LOGFRAME_MAX <= sizeof(s->batch.frames);
	if (w->route->action == ROUTE_NOTIFY) /* each may be for somebody else */
		return s->text_bytes == 0;
	return s->text_bytes + RENDER_MAX <= sizeof(s->text);
}

/* Reads on for a destination, up to a record; whom is the addressee of a notification. Returns 0;
 * or what reading said. */
static int fill(struct program_run *run, struct selogrd *s, struct way *w, uint64_t up_to,
		char whom[RECORD_NAME_MAX])
{
	struct audit_record record;
	uint64_t lost = 0;
	int result = 1;

	s->batch.bytes = 0;
	s->batch.stream = s->places.stream;
	s->text_bytes = 0;
	while (has_room(s, w) && result != 0) {
		result = follow_next(w->follow, up_to, &record, &w->sent, &lost);
		if (result < 0 && result != -EBADMSG)
			return result;
		if (result == -EBADMSG)
			complain(run, to_of(s, w), NULL, "a part of the log is damaged");
		if (result != 1 || !route_takes(w->route, &record))
			continue;
		memcpy(whom, record.notify, RECORD_NAME_MAX);
		if (w->route->action == ROUTE_HOST)
			s->batch.bytes += logframe_encode(&record, w->sent.number,
							  s->batch.frames + s->batch.bytes);
		else if (!add_line(run, s, &record))
			return -EOVERFLOW;
	}
	if (lost > 0)
		complain(run, to_of(s, w), NULL,
			 "records lost: %" PRIu64 ": the log was rotated over them", lost);
	return 0;
}

/* Sending */

static int send_to_host(struct program_run *run, struct selogrd *s, struct way *w)
{
	struct platform *p = run->platform;
	struct platform_ask ask = {.host = w->route->target};
	struct keys keys;
	char *text = NULL;
	int error = key_load(p, &keys);

	if (error) {
		complain(run, to_of(s, w), w->said, "the keys of this host: %s",
			 error == -ENOENT ? "there are none: see sekeys" : strerror(-error));
		return error;
	}
	error = key_of_host(&keys, w->route->target, ask.key) ? 0 : -ENOKEY;
	if (error)
		complain(run, to_of(s, w), w->said, "its key is not known here: see sekeys");
	else
		error = collect_write(&s->batch, &text, &ask.bytes);
	if (!error) {
		const struct platform_link link = {keys.key, keys.certificate,
						   s->product.collect_port};

		ask.text = text;
		error = p->ops->link_begin(p, &link, &ask, HOST_TIMEOUT_NS,
					   (unsigned)(w - s->ways));
	}
	free(text);
	key_free(&keys);
	return error;
}

static int append_text(struct platform *p, const struct selogrd *s, const char *target)
{
	char path[PLATFORM_PATH_MAX];
	int error = path_installed(p, target, path);
	int fd = error ? error : p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE, 0600);

	if (fd < 0)
		return fd;
	error = p->ops->write(p, fd, s->text, s->text_bytes);
	if (!error)
		error = p->ops->sync(p, fd);
	p->ops->close(p, fd);
	return error;
}

/* A program gets the address as its argument and the text as its input: no shell is near. */
static int send_by_program(struct platform *p, struct selogrd *s, struct way *w, const char *whom)
{
	bool mail = w->route->action != ROUTE_SCREEN;
	const char *argv[] = {mail ? s->mailer : s->writer, whom, NULL};
	char within[sizeof(SPOOL_FILE) + 16], path[PLATFORM_PATH_MAX];
	char head[PLATFORM_NAME_MAX * 2 + 64], host[PLATFORM_NAME_MAX];
	struct platform_spawn what = {.argv = argv, .input = path};
	size_t n = 0;
	char *text;
	int error;

	/* It comes out of a record. */
	if (whom[0] == '-' || !whom[0] || strpbrk(whom, " \t\r\n"))
		return -EINVAL;
	if (p->ops->host_name(p, host, sizeof(host)))
		snprintf(host, sizeof(host), "localhost");
	if (mail)
		n = (size_t)snprintf(head, sizeof(head), "To: %s\nSubject: audit records of %s\n\n",
				     whom, host);
	text = malloc(n + s->text_bytes);
	if (!text)
		return -ENOMEM;
	memcpy(text, head, n);
	memcpy(text + n, s->text, s->text_bytes);
	snprintf(within, sizeof(within), SPOOL_FILE, (unsigned)(w - s->ways));
	error = path_installed(p, within, path);
	if (!error)
		error = file_replace(p, path, text, n + s->text_bytes, 0600);
	free(text);
	if (!error)
		error = p->ops->spawn(p, &what, &w->child);
	if (!error)
		w->give_up_ns = p->ops->boot_ns(p) + PROGRAM_TIMEOUT_NS;
	return error;
}

static int dispatch(struct program_run *run, struct selogrd *s, struct way *w, const char *whom)
{
	const struct route *route = w->route;
	int error;

	w->busy = true;
	switch (route->action) {
	case ROUTE_HOST:
		return send_to_host(run, s, w);
	case ROUTE_FILE:
		error = append_text(run->platform, s, route->target);
		if (!error)
			move_on(s, w);
		return error;
	case ROUTE_NOTIFY:
		return send_by_program(run->platform, s, w,
				       strcmp(route->target, "default") ? route->target : whom);
	default:
		return send_by_program(run->platform, s, w, route->target);
	}
}

/* Sends the next batch for a destination, if there is one. Returns whether to go on with it at
 * once. */
static bool go(struct program_run *run, struct selogrd *s, struct way *w, uint64_t up_to)
{
	struct follow_place *at = &s->places.all[w->place].at;
	char whom[RECORD_NAME_MAX] = "";
	int error = 0;

	w->sent = *at;
	if (!w->follow)
		error = follow_open(run->platform, &s->log_config, at, &w->follow);
	if (!error)
		error = fill(run, s, w, up_to, whom);
	/* Without seosd nobody else says what is on the disk. */
	if (!error && up_to == UINT64_MAX)
		error = follow_sync(w->follow);
	if (!error && s->batch.bytes + s->text_bytes > 0) {
		error = dispatch(run, s, w, whom);
		if (!error)
			return !w->busy;
	} else if (!error && w->sent.number != at->number) {
		move_on(s, w); /* nothing of it goes there */
	}
	if (!error)
		return false;
	step_back(w);
	if (error == -ESTALE)
		begin_anew(s, run->platform);
	else
		complain(run, to_of(s, w), w->said, "%s", strerror(-error));
	return false;
}

/* How far the log may be read: as far as seosd has it on the disk; everything while nobody writes
 * it. False: that is not known now. */
static bool ask_limit(struct selogrd *s, struct platform *p, uint64_t *up_to)
{
	const struct message_request request = {.op = MESSAGE_LOGGED};
	struct message_answer *answer = malloc(sizeof(*answer));
	int error = answer ? message_ask(p, &request, LOGGED_TIMEOUT_NS, answer) : -ENOMEM;
	bool known = !error && answer->status == EXIT_DONE;

	*up_to = UINT64_MAX;
	if (known)
		*up_to = strtoull(answer->output, NULL, 10);
	else if (error == -ECONNREFUSED)
		known = audit_log_writer(p, s->log_config.path) == 0;
	free(answer);
	return known;
}

static bool is_idle(const struct selogrd *s)
{
	for (unsigned i = 0; i < s->routes.count; i++) {
		if (s->ways[i].busy)
			return false;
	}
	return true;
}

/* daemon/selogrd/4. A configuration that cannot be read changes nothing. */
static void reload(struct program_run *run, struct selogrd *s)
{
	struct route_list *routes = malloc(sizeof(*routes));
	char why[WHY_MAX] = "out of memory";

	s->reload = false;
	if (routes && !read_routes(run->platform, s->config_path, routes, why)) {
		for (unsigned i = 0; i < s->routes.count; i++)
			follow_close(s->ways[i].follow);
		s->routes = *routes;
		find_places(s);
		save_places(run, s);
	} else {
		complain(run, "not reloaded", NULL, "%.200s", why);
	}
	free(routes);
}

static void end_late_children(struct selogrd *s, struct platform *p)
{
	for (unsigned i = 0; i < s->routes.count; i++) {
		if (s->ways[i].child > 0 && p->ops->boot_ns(p) >= s->ways[i].give_up_ns)
			(void)p->ops->kill(p, -s->ways[i].child, SIGKILL);
	}
}

static void go_all(struct program_run *run)
{
	struct selogrd *s = run->state;
	uint64_t up_to;

	end_late_children(s, run->platform);
	/* Nothing is sent under the number of a log that would be forgotten. */
	if (s->places_changed)
		save_places(run, s);
	if (s->places_changed)
		return;
	if (s->reload && is_idle(s))
		reload(run, s);
	if (s->reload || !ask_limit(s, run->platform, &up_to))
		return;
	for (unsigned i = 0; i < s->routes.count; i++) {
		while (!s->ways[i].busy && go(run, s, &s->ways[i], up_to))
			;
	}
	if (s->places_changed)
		save_places(run, s);
}

/* Acknowledgements */

/* The outcome of what was under way for a destination. */
static void settle(struct program_run *run, struct way *w, bool done)
{
	struct selogrd *s = run->state;

	if (!done || w->stale) {
		step_back(w);
		return;
	}
	move_on(s, w);
	save_places(run, s);
	fprintf(run->out, "selogrd: %s: up to record %" PRIu64 "\n", to_of(s, w), w->sent.number);
	fflush(run->out);
	go_all(run);
}

static void selogrd_asked(struct program_run *run, unsigned id, const struct platform_asked *what)
{
	struct selogrd *s = run->state;
	struct way *w = &s->ways[id];
	struct link_answer answer = {.result = LINK_REFUSED};
	char why[MESSAGE_WHY_MAX] = "";
	int error = what->error;

	if (!error)
		error = link_read_answer(what->text, what->bytes, &answer, why, sizeof(why));
	if (error)
		complain(run, to_of(s, w), w->said, "%s", why[0] ? why : strerror(-error));
	else if (answer.result != LINK_DONE)
		complain(run, to_of(s, w), w->said, "not collected: %.200s", answer.text);
	settle(run, w, !error && answer.result == LINK_DONE);
}

static void selogrd_child(struct program_run *run, pid_t pid, int wait_status)
{
	struct selogrd *s = run->state;

	for (unsigned i = 0; i < s->routes.count; i++) {
		struct way *w = &s->ways[i];

		if (w->child != pid)
			continue;
		w->child = 0;
		if (wait_status)
			complain(run, to_of(s, w), w->said, "the program that sends it failed");
		settle(run, w, wait_status == 0);
	}
}

/* The program */

static int read_arguments(struct program_run *run, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-d") != 0) {
			fprintf(run->err, "selogrd: unknown argument %s\n%s", argv[i], usage);
			return EXIT_USAGE;
		}
		run->foreground = true;
	}
	return 0;
}

static int selogrd_main(struct program_run *run, int argc, char **argv)
{
	int status = ring_begin(run, argc, argv, "selogrd", usage, sizeof(struct selogrd));
	struct selogrd *s = run->state;
	char why[WHY_MAX];

	if (status != PROGRAM_SERVE)
		return status;
	status = read_arguments(run, argc, argv);
	if (status)
		return status;
	if (read_settings(run->platform, s, why) ||
	    read_routes(run->platform, s->config_path, &s->routes, why)) {
		fprintf(run->err, "selogrd: %s\n", why);
		return EXIT_USAGE;
	}
	status = ring_enter(run, PRODUCT_SELOGRD);
	return status ? status : PROGRAM_SERVE;
}

static int selogrd_start(struct program_run *run)
{
	struct selogrd *s = run->state;
	struct platform *p = run->platform;
	int error = places_load(p, s->places_path, &s->places);

	if (error) {
		fprintf(run->err, "selogrd: %s: %s\n", s->places_path,
			error == -EBADMSG ? "it is damaged: without it records would be sent again"
					  : strerror(-error));
		return EXIT_REFUSED;
	}
	find_places(s);
	if (!s->places.stream)
		begin_stream(s, p);
	/* Before anything is sent under its number. */
	error = places_save(p, s->places_path, &s->places);
	if (!error)
		error = p->ops->timer(p, TICK, 0);
	if (error)
		fprintf(run->err, "selogrd: %s: %s\n", s->places_path, strerror(-error));
	return error ? EXIT_REFUSED : EXIT_DONE;
}

static void selogrd_timer(struct program_run *run, unsigned id)
{
	const struct selogrd *s = run->state;

	run->platform->ops->timer(run->platform, id, s->interval_s * NS_PER_S);
	go_all(run);
}

static void selogrd_signal(struct program_run *run, int signal)
{
	struct selogrd *s = run->state;

	if (signal == SIGTERM || signal == SIGINT) {
		run->platform->ops->leave(run->platform, EXIT_DONE);
	} else if (signal == SIGHUP) {
		s->reload = true;
		go_all(run);
	}
}

static void selogrd_stop(struct program_run *run)
{
	struct selogrd *s = run->state;

	if (!s)
		return;
	for (unsigned i = 0; i < s->routes.count; i++)
		follow_close(s->ways[i].follow);
	product_free(&s->product);
	free(s);
	run->state = NULL;
}

static const struct daemon_handlers handlers = {
	.start = selogrd_start,
	.asked = selogrd_asked,
	.timer = selogrd_timer,
	.child = selogrd_child,
	.signal = selogrd_signal,
	.stop = selogrd_stop,
};

const struct program selogrd_program = {"selogrd", selogrd_main, &handlers};
