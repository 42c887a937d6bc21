/* SPDX-License-Identifier: MIT */
/*
 * selogrcd: collects the audit records of other hosts. A batch arrives on a link, in a child; the
 * daemon alone writes the log, and answers once the batch is on the disk. Each record is kept with
 * the host, log and number it has there, so that one that comes again is known, whatever was killed
 * when. Not for sending (selogrd).
 */
#include "ref/store/log.h"
#include "ref/store/product.h"
#include "ref/store/sources.h"
#include "ref/wire/collect.h"
#include "ref/wire/key.h"
#include "ref/wire/link.h"
#include "ref/wire/ring.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define SOCKET             PAMSC_DIR "/run/selogrcd.socket"
#define SOURCES            PAMSC_DIR "/log/selogrcd.sources"
#define RECEIVE_TIMEOUT_NS (10 * NS_PER_S)
#define DAEMON_TIMEOUT_NS  (30 * NS_PER_S) /* to write a batch */
#define SIZE_KB_DEFAULT    1024
#define SIZE_KB_MIN        50
#define SIZE_KB_MAX        (2 * 1024 * 1024 - 1)
#define WHY_MAX            (PLATFORM_PATH_MAX + 256)

static const char usage[] = "Usage: selogrcd [-d] [-l LOCKFILE] [-h]\n"
			    "  -d            stay in the foreground and say what is collected\n"
			    "  -l LOCKFILE   hold this lock as well\n"
			    "  -h            print this text\n";

struct selogrcd {
	struct product product;
	struct audit_log_config config;
	uint64_t size_bytes; /* Caudit_size */
	char sources_path[PLATFORM_PATH_MAX];
	const char *lock; /* -l */
	struct audit_log *log;
	struct sources sources;
	struct collect_batch batch;
};

/* Settings */

static int read_settings(struct program_run *run, struct selogrcd *s)
{
	struct platform *p = run->platform;
	char why[WHY_MAX];
	int64_t size_kb = 0;
	int error = product_load(p, &s->product, why, sizeof(why));

	if (!error)
		error = audit_log_configure(p, s->product.ini, &s->config, why, sizeof(why));
	if (!error)
		error = config_path(p, s->product.ini, "selogrd", "CollectFile",
				    PAMSC_DIR "/log/seos.collect.audit", s->config.path, why,
				    sizeof(why));
	if (!error)
		error = config_path(p, s->product.ini, "selogrd", "CollectFileBackup",
				    PAMSC_DIR "/log/seos.collect.bak", s->config.backup, why,
				    sizeof(why));
	if (!error)
		error = config_number(s->product.ini, "selogrd", "Caudit_size", SIZE_KB_MIN,
				      SIZE_KB_MAX, SIZE_KB_DEFAULT, &size_kb, why, sizeof(why));
	if (!error)
		error = path_installed(p, SOURCES, s->sources_path);
	if (error)
		fprintf(run->err, "selogrcd: %s\n", why);
	s->config.keeps_backups = false;
	s->config.size_bytes = UINT64_MAX; /* who writes here rotates himself: rotate() */
	s->size_bytes = (uint64_t)size_kb * 1024;
	return error ? EXIT_USAGE : 0;
}

static int read_arguments(struct program_run *run, struct selogrcd *s, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-d")) {
			run->foreground = true;
		} else if (!strcmp(argv[i], "-l") && i + 1 < argc) {
			s->lock = argv[++i];
		} else {
			fprintf(run->err, "selogrcd: %s: %s\n%s",
				!strcmp(argv[i], "-l") ? "no value behind it" : "unknown argument",
				argv[i], usage);
			return EXIT_USAGE;
		}
	}
	return 0;
}

static int take_lock(struct program_run *run, const struct selogrcd *s)
{
	int fd = s->lock ? run->platform->ops->lock(run->platform, s->lock) : 0;

	if (fd >= 0)
		return 0;
	fprintf(run->err, "selogrcd: lock %s: %s\n", s->lock,
		fd == -EBUSY ? "another process holds it" : strerror(-fd));
	return EXIT_REFUSED;
}

static int selogrcd_main(struct program_run *run, int argc, char **argv)
{
	int status = ring_begin(run, argc, argv, "selogrcd", usage, sizeof(struct selogrcd));
	struct selogrcd *s = run->state;

	if (status != PROGRAM_SERVE)
		return status;
	status = read_arguments(run, s, argc, argv);
	if (!status)
		status = read_settings(run, s);
	if (!status)
		status = ring_enter(run, PRODUCT_SELOGRCD);
	if (!status)
		status = take_lock(run, s);
	return status ? status : PROGRAM_SERVE;
}

/* Starting */

/* What the log holds counts, and before it what the list of sources says: that is written before
 * any record leaves the log. */
static int learn_sources(struct selogrcd *s, struct platform *p)
{
	struct audit_log_reader *reader;
	struct audit_log_damage damage;
	struct audit_record record;
	int result = sources_load(p, s->sources_path, &s->sources);

	if (!result)
		result = audit_log_read_open(p, s->config.path, &reader);
	if (result)
		return result;
	do {
		result = audit_log_read(reader, &record, NULL, &damage);
		if (result == 1 && sources_note(&s->sources, audit_log_read_source(reader)))
			result = -EFBIG;
	} while (result == 1 || result == -EBADMSG);
	audit_log_read_close(reader);
	return result;
}

static int open_log(struct program_run *run, struct selogrcd *s)
{
	struct platform *p = run->platform;
	int error = audit_log_open(p, &s->config, &s->log, NULL);
	const char *path = s->config.path;

	if (!error)
		error = learn_sources(s, p);
	if (error == -EBADMSG)
		path = s->sources_path;
	if (error)
		fprintf(run->err, "selogrcd: %s: %s\n", path,
			error == -EBADMSG ? "it is damaged: without it records would be doubled"
					  : strerror(-error));
	return error ? EXIT_REFUSED : 0;
}

static int serve_hosts(struct program_run *run, const struct selogrcd *s)
{
	struct platform *p = run->platform;
	struct keys keys;
	int error = key_load(p, &keys);

	if (error) {
		fprintf(run->err, "selogrcd: the keys of this host: %s\n",
			error == -ENOENT ? "there are none: make them with sekeys -make"
					 : strerror(-error));
		return EXIT_USAGE;
	}
	error = p->ops->link_serve(
		p, &(struct platform_link){keys.key, keys.certificate, s->product.collect_port});
	key_free(&keys);
	if (error)
		fprintf(run->err, "selogrcd: port %u: %s\n", s->product.collect_port,
			error == -EINVAL ? "the key of this host is damaged" : strerror(-error));
	return error ? EXIT_REFUSED : 0;
}

static int selogrcd_start(struct program_run *run)
{
	struct selogrcd *s = run->state;
	char path[PLATFORM_PATH_MAX];
	int status = open_log(run, s);
	int error = status ? 0 : path_installed(run->platform, SOCKET, path);

	if (status)
		return status;
	if (!error)
		error = run->platform->ops->serve(run->platform, path, 0600);
	if (error) {
		fprintf(run->err, "selogrcd: socket %s: %s\n", path, strerror(-error));
		return EXIT_REFUSED;
	}
	return serve_hosts(run, s);
}

/* Collecting */

/* First the list of sources, then the log goes: what is in neither would be taken twice. */
static int rotate(struct selogrcd *s, struct platform *p)
{
	int error = sources_save(p, s->sources_path, &s->sources);

	return error ? error : audit_log_rotate(s->log);
}

/* Writes what is new of a batch. Returns how many records, or a negated errno value: then nothing
 * was taken. */
static int write_batch(struct selogrcd *s, struct logframe_source *from)
{
	const struct collect_batch *batch = &s->batch;
	uint64_t known = sources_last(&s->sources, from->host, from->stream);
	struct audit_record record;
	size_t used;
	int count = 0;
	int error = 0;

	for (size_t at = 0; at < batch->bytes && !error; at += used) {
		uint64_t number;

		/* collect_read() has seen that each is one */
		if (logframe_decode(batch->frames + at, batch->bytes - at, &record, &number, &used))
			return -EBADMSG;
		if (number <= known)
			continue;
		from->number = number;
		error = audit_log_add(s->log, &record, from);
		count++;
	}
	if (!error)
		error = audit_log_commit(s->log);
	if (!error && count > 0)
		error = sources_note(&s->sources, from);
	return error ? error : count;
}

static int take_batch(struct selogrcd *s, struct platform *p, struct logframe_source *from)
{
	bool full = audit_log_size(s->log) > 0 &&
		    audit_log_size(s->log) + s->batch.bytes > s->size_bytes;
	/* A place for it, before there is anything to be remembered. */
	int error = sources_note(&s->sources, from);

	if (!error && full)
		error = rotate(s, p);
	return error ? error : write_batch(s, from);
}

static void answer(struct platform *p, struct platform_connection *c, enum link_result result,
		   const char *why)
{
	struct link_answer out = {.result = result};
	size_t bytes;
	char *text;

	snprintf(out.text, sizeof(out.text), "%s", why);
	if (link_write_answer(&out, &text, &bytes)) {
		p->ops->reply(p, c, "", 0);
		return;
	}
	(void)p->ops->reply(p, c, text, bytes);
	free(text);
}

/* "HOST\n" and what the host has sent. */
static void selogrcd_message(struct program_run *run, struct platform_connection *c,
			     const struct platform_peer *peer, const char *text, size_t bytes)
{
	struct selogrcd *s = run->state;
	struct platform *p = run->platform;
	const char *end = memchr(text, '\n', bytes);
	struct logframe_source from = {0};
	char why[128];
	int count;

	if (peer->uid != 0 || !end || (size_t)(end - text) >= sizeof(from.host)) {
		answer(p, c, LINK_REFUSED, "this process is no child of selogrcd");
		return;
	}
	memcpy(from.host, text, (size_t)(end - text));
	if (collect_read(end + 1, bytes - (size_t)(end - text) - 1, &s->batch, why, sizeof(why))) {
		answer(p, c, LINK_REFUSED, why);
		return;
	}
	from.stream = s->batch.stream;
	count = take_batch(s, p, &from);
	answer(p, c, count < 0 ? LINK_REFUSED : LINK_DONE, count < 0 ? strerror(-count) : "");
	fprintf(run->out, "selogrcd: %s: records: %d%s%s\n", from.host, count < 0 ? 0 : count,
		count < 0 ? ": " : "", count < 0 ? strerror(-count) : "");
	fflush(run->out);
}

/* In a child: passes the batch of a known host on to the daemon, and its answer back. */

static ssize_t ask_daemon(struct platform *p, char *text, size_t bytes, char *out)
{
	char path[PLATFORM_PATH_MAX];
	int error = path_installed(p, SOCKET, path);

	return error ? error
		     : p->ops->request(p, path, text, bytes, out, PLATFORM_MESSAGE_MAX,
				       DAEMON_TIMEOUT_NS);
}

static ssize_t refuse(char *out, const char *why)
{
	struct link_answer a = {.result = LINK_REFUSED};
	size_t bytes;
	char *text;

	snprintf(a.text, sizeof(a.text), "%s", why);
	if (link_write_answer(&a, &text, &bytes))
		return -ENOMEM;
	memcpy(out, text, bytes);
	free(text);
	return (ssize_t)bytes;
}

static void selogrcd_channel(struct program_run *run, struct platform_channel *c,
			     const struct platform_caller *who)
{
	struct platform *p = run->platform;
	char *text = malloc(2 * PLATFORM_MESSAGE_MAX);
	char host[PLATFORM_NAME_MAX] = "";
	struct keys keys;
	bool known = false;
	ssize_t n, head;

	if (!text)
		return;
	if (who->is_host && !key_load(p, &keys)) {
		known = key_host(&keys, who->key, host);
		key_free(&keys);
	}
	head = snprintf(text, PLATFORM_NAME_MAX + 1, "%s\n", host);
	n = p->ops->channel_receive(p, c, text + head, (size_t)(PLATFORM_MESSAGE_MAX - head),
				    RECEIVE_TIMEOUT_NS);
	if (n > 0 && !known)
		n = refuse(text, "the key of this host is not known there: see sekeys");
	else if (n > 0)
		n = ask_daemon(p, text, (size_t)(head + n), text);
	/* Without an answer the sender does not count anything as collected. */
	if (n > 0)
		(void)p->ops->channel_send(p, c, text, (size_t)n, RECEIVE_TIMEOUT_NS);
	free(text);
}

/* The rest */

static void selogrcd_timer(struct program_run *run, unsigned id)
{
	(void)run;
	(void)id;
}

static void selogrcd_signal(struct program_run *run, int signal)
{
	struct selogrcd *s = run->state;
	int error = 0;

	if (signal == SIGTERM || signal == SIGINT)
		run->platform->ops->leave(run->platform, EXIT_DONE);
	else if (signal == SIGUSR1)
		error = rotate(s, run->platform);
	if (error)
		fprintf(run->err, "selogrcd: %s: cannot begin anew: %s\n", s->config.path,
			strerror(-error));
}

static void selogrcd_stop(struct program_run *run)
{
	struct selogrcd *s = run->state;

	if (!s)
		return;
	audit_log_close(s->log);
	sources_free(&s->sources);
	product_free(&s->product);
	free(s);
	run->state = NULL;
}

static const struct daemon_handlers handlers = {
	.start = selogrcd_start,
	.message = selogrcd_message,
	.channel = selogrcd_channel,
	.timer = selogrcd_timer,
	.signal = selogrcd_signal,
	.stop = selogrcd_stop,
};

const struct program selogrcd_program = {"selogrcd", selogrcd_main, &handlers};
