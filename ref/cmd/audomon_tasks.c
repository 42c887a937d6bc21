/* SPDX-License-Identifier: MIT */
/*
 * The tasks of audomon -X; see audomon_tasks.h.
 */
#include "ref/cmd/audomon_tasks.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#define TASK_MAX (TASKS_STRING_MAX + TRAIL_PATH_MAX)

static void warn_of(const struct tasks *t, const char *what, const char *trail)
{
	char text[TASK_MAX + 128];

	snprintf(text, sizeof(text), "%s: %s %s", what, t->string, trail);
	t->say(t->arg, text);
}

/* A task does run when its output has nowhere to go. */
static const char *output_of(const struct tasks *t)
{
	struct platform *p = t->platform;
	int fd = p->ops->open(p, t->target, PLATFORM_APPEND | PLATFORM_CREATE, 0600);

	if (fd < 0)
		return NULL;
	p->ops->close(p, fd);
	return t->target;
}

static int start(struct tasks *t, const char *trail)
{
	static const char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	char task[TASK_MAX];
	const char *const words[] = {"sh", "-c", task, NULL};
	const struct platform_spawn spawn = {
		.program = "/bin/sh",
		.argv = words,
		.env = environment,
		.output = output_of(t),
		.folder = "/",
		.umask = 077,
	};
	char what[80];
	int error;

	snprintf(task, sizeof(task), "%s %s", t->string, trail);
	error = t->platform->ops->spawn(t->platform, &spawn, &t->running);
	if (error) {
		t->running = 0;
		snprintf(what, sizeof(what), "not run, %s", strerror(-error));
		warn_of(t, what, trail);
		return error;
	}
	snprintf(t->trail, sizeof(t->trail), "%s", trail);
	return 0;
}

static void start_next(struct tasks *t)
{
	int error = -EAGAIN;

	while (error && t->count) {
		const char *trail = t->waiting[t->first];

		t->first = (t->first + 1) % TASKS_MAX;
		t->count--;
		error = start(t, trail);
	}
}

void tasks_add(struct tasks *t, const char *trail)
{
	if (!*t->string)
		return;
	if (t->count == TASKS_MAX) {
		warn_of(t, "not run, 8 are waiting", trail);
		return;
	}
	snprintf(t->waiting[(t->first + t->count) % TASKS_MAX], TRAIL_PATH_MAX, "%s", trail);
	t->count++;
	if (!t->running)
		start_next(t);
}

void tasks_child(struct tasks *t, pid_t pid, int wait_status)
{
	char what[80];

	if (pid != t->running)
		return;
	t->running = 0;
	if (WIFSIGNALED(wait_status))
		snprintf(what, sizeof(what), "ended by signal %d", WTERMSIG(wait_status));
	else
		snprintf(what, sizeof(what), "ended with status %d", WEXITSTATUS(wait_status));
	if (wait_status)
		warn_of(t, what, t->trail);
	start_next(t);
}

void tasks_drop(struct tasks *t)
{
	for (; t->count; t->count--, t->first = (t->first + 1) % TASKS_MAX)
		warn_of(t, "not run, audomon was stopped", t->waiting[t->first]);
}
