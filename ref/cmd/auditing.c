/* SPDX-License-Identifier: MIT */
/*
 * /sbin/init.d/auditing: starts and stops auditing and audomon as /etc/rc.config.d/auditing says.
 * The settings are read, never run. Not for: changing trails later (audsys), settings that audsys
 * and audomon read themselves (ref/store/auditing.h). SPEC.md, audomon/config.
 */
#include "ref/store/auditing.h"
#include "ref/core/words.h"
#include "ref/store/config.h"
#include "ref/store/file.h"
#include "ref/store/trail.h"
#include "ref/wire/monitor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define WHY_MAX    (PLATFORM_PATH_MAX + 256)
#define RUN_NS     (600 * NS_PER_S) /* the disk may be slow; nothing waits for ever at boot */
#define END_NS     (10 * NS_PER_S)
#define AUDSYS     "/usr/sbin/audsys"
#define AUDOMON    "/usr/sbin/audomon"
#define AUDSYS_MAX 12 /* words */

struct start {
	struct program_run *run;
	struct config *config;
	char path[PLATFORM_PATH_MAX]; /* of the settings */
	char text[CONFIG_LINE_MAX + 1];
	char *arguments[PLATFORM_ARGS_MAX]; /* of audomon, in text */
	size_t count;
};

static int fail(struct program_run *run, int status, const char *what, const char *why)
{
	fprintf(run->err, "auditing: %s%s%s\n", what, *why ? ": " : "", why);
	return status;
}

static const char *setting(const struct start *s, const char *token)
{
	return config_get(s->config, "", token, "");
}

/* A setting that makes the start impossible. */
static int wrong(const struct start *s, const char *token, const char *expected)
{
	fprintf(s->run->err, "auditing: %s: %s=%s: must be %s\n", s->path, token, setting(s, token),
		expected);
	return EXIT_USAGE;
}

/* Runs the installed program words[0] to its end, or until it serves; what it says goes where this
 * one's does. Returns its exit status, or a negated errno value. */
static int run_program(struct program_run *run, const char *const *words)
{
	char path[PLATFORM_PATH_MAX];
	const struct platform_spawn what = {
		.program = path, .argv = words, .shares_output = true, .folder = "/", .umask = 022};
	struct platform *p = run->platform;
	int status = 0;
	int error = path_installed(p, words[0], path);
	pid_t pid;

	fflush(run->out);
	if (!error)
		error = p->ops->spawn(p, &what, &pid);
	if (!error)
		error = p->ops->wait_gone(p, pid, RUN_NS, &status);
	if (error)
		return error;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -ECHILD;
}

static int done_or_fail(struct program_run *run, int status, const char *what)
{
	if (!status)
		return EXIT_DONE;
	return fail(run, EXIT_REFUSED, what, status < 0 ? strerror(-status) : "");
}

/* The trails of a first start, as words of audsys; words[*n] is the first free one. */
static int take_trails(const struct start *s, const char **words, size_t *n)
{
	const char *first = setting(s, "PRI_AUDFILE");
	const char *second = setting(s, "SEC_AUDFILE");
	const char *files = setting(s, "NTHREADS");

	if (*first != '/')
		return wrong(s, "PRI_AUDFILE", "an absolute path");
	words[(*n)++] = "-c";
	words[(*n)++] = first;
	words[(*n)++] = "-s";
	words[(*n)++] = setting(s, "PRI_SWITCH");
	if (*second == '/') {
		words[(*n)++] = "-x";
		words[(*n)++] = second;
		words[(*n)++] = "-z";
		words[(*n)++] = setting(s, "SEC_SWITCH");
	} else if (*second && strcmp(second, "*") != 0) {
		return wrong(s, "SEC_AUDFILE", "* or an absolute path");
	}
	if (!*files)
		files = setting(s, "NTRHEADS");
	if (*files) {
		words[(*n)++] = "-N";
		words[(*n)++] = files;
	}
	return 0;
}

/* The first start is the one without audnames; afterwards what audsys recorded counts. */
static int start_auditing(const struct start *s)
{
	const char *words[AUDSYS_MAX + 1] = {AUDSYS, "-n"};
	struct platform *p = s->run->platform;
	char names[PLATFORM_PATH_MAX];
	struct platform_stat st;
	size_t n = 2;
	int status = 0;

	if (path_installed(p, TRAIL_NAMES_PATH, names) || p->ops->stat(p, names, &st))
		status = take_trails(s, words, &n);
	if (status)
		return status;
	return done_or_fail(s->run, run_program(s->run, words), "auditing was not started");
}

static int take_arguments(struct start *s)
{
	snprintf(s->text, sizeof(s->text), "%s", setting(s, "AUDOMON_ARGS"));
	if (words_split(s->text, s->arguments, PLATFORM_ARGS_MAX - 2, &s->count))
		return 0;
	return wrong(s, "AUDOMON_ARGS", "words whose quotes are closed");
}

static int start_audomon(const struct start *s)
{
	const char *words[PLATFORM_ARGS_MAX] = {AUDOMON};
	char what[WHY_MAX];

	for (size_t i = 0; i < s->count; i++)
		words[i + 1] = s->arguments[i];
	snprintf(what, sizeof(what), "audomon was not started: see AUDOMON_ARGS in %s", s->path);
	return done_or_fail(s->run, run_program(s->run, words), what);
}

static int start(struct program_run *run)
{
	struct start s = {.run = run};
	char why[WHY_MAX];
	int error = path_installed(run->platform, AUDITING_PATH, s.path);
	int status = EXIT_DONE;

	if (error)
		return fail(run, EXIT_USAGE, AUDITING_PATH, strerror(-error));
	error = config_load(run->platform, s.path, &s.config, why, sizeof(why));
	if (error)
		return error == -ENOENT ? EXIT_DONE : fail(run, EXIT_USAGE, why, "");
	if (!strcmp(setting(&s, "AUDITING"), "1")) {
		status = take_arguments(&s);
		if (!status)
			status = start_auditing(&s);
		if (!status)
			status = start_audomon(&s);
	}
	config_free(s.config);
	return status;
}

/* Who answers is the running audomon; a pid file may be left of one that was killed. */
static int stop_audomon(struct program_run *run)
{
	struct monitor_status *m = calloc(1, sizeof(*m));
	struct platform *p = run->platform;
	char *text = NULL;
	int error = m ? monitor_ask(p, &text, m) : -ENOMEM;

	if (!error)
		error = p->ops->kill(p, m->pid, SIGTERM);
	if (!error)
		error = p->ops->wait_gone(p, m->pid, END_NS, NULL);
	free(text);
	free(m);
	if (!error || error == -ECONNREFUSED || error == -ENOENT || error == -ESRCH)
		return EXIT_DONE;
	return fail(run, EXIT_REFUSED, "audomon does not end", strerror(-error));
}

static int stop(struct program_run *run)
{
	const char *words[] = {AUDSYS, "-f", NULL};
	int status = stop_audomon(run);

	if (status)
		return status;
	return done_or_fail(run, run_program(run, words), "auditing was not stopped");
}

static int auditing_main(struct program_run *run, int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "start"))
		return start(run);
	if (argc == 2 && !strcmp(argv[1], "stop"))
		return stop(run);
	return fail(run, EXIT_USAGE, "usage", "auditing start|stop");
}

const struct program auditing_program = {.name = "auditing", .main = auditing_main};
