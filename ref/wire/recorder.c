/* SPDX-License-Identifier: MIT */
/*
 * What is said to diskaudit; see recorder.h.
 */
#include "ref/wire/recorder.h"
#include "ref/store/auditing.h"
#include "ref/store/file.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#define ANSWER_NS (60 * NS_PER_S)
#define START_NS  (30 * NS_PER_S)

int recorder_ask(struct platform *p, const char *question, char *why, size_t bytes)
{
	char path[PLATFORM_PATH_MAX] = RECORDER_SOCKET;
	char answer[RECORDER_ANSWER_MAX];
	ssize_t n = path_installed(p, RECORDER_SOCKET, path);

	if (!n)
		n = p->ops->request(p, path, question, strlen(question), answer, sizeof(answer) - 1,
				    ANSWER_NS);
	if (n == -ENOENT) /* nobody has ever served there */
		n = -ECONNREFUSED;
	if (n < 0) {
		snprintf(why, bytes, "diskaudit: %s", strerror((int)-n));
		return (int)n;
	}
	answer[n] = '\0';
	if (!strcmp(answer, RECORDER_DONE))
		return 0;
	snprintf(why, bytes, "diskaudit: %s", answer);
	return -EIO;
}

/* It detaches: the started process ends when the daemon serves, or has said why it cannot. */
static int start(struct platform *p, char *why, size_t bytes)
{
	char program[PLATFORM_PATH_MAX];
	const char *const words[] = {program, NULL};
	const struct platform_spawn spawn = {.argv = words, .folder = "/"};
	int status = 0;
	pid_t pid;
	int error = path_installed(p, RECORDER_PROGRAM, program);

	if (!error)
		error = p->ops->spawn(p, &spawn, &pid);
	if (!error)
		error = p->ops->wait_gone(p, pid, START_NS, &status);
	if (error) {
		snprintf(why, bytes, "%s: %s", RECORDER_PROGRAM, strerror(-error));
		return error;
	}
	if (!status)
		return 0;
	snprintf(why, bytes, "%s did not start (run it with -F to see why)", RECORDER_PROGRAM);
	return -ECHILD;
}

int recorder_ensure(struct platform *p, bool *started, char *why, size_t bytes)
{
	struct auditing settings;
	int error = recorder_ask(p, RECORDER_GO_OVER, why, bytes);

	if (started)
		*started = false;
	/* One that was killed in between answers nobody. */
	if (error != -ECONNREFUSED && error != -EPIPE)
		return error;
	error = auditing_load(p, &settings, why, bytes);
	if (error || !settings.selection.classes)
		return error;
	error = start(p, why, bytes);
	if (!error && started)
		*started = true;
	return error;
}

int recorder_end(struct platform *p, char *why, size_t bytes)
{
	int error = recorder_ask(p, RECORDER_END, why, bytes);
	bool started;

	if (error != -ECONNREFUSED && error != -EPIPE)
		return error;
	error = recorder_ensure(p, &started, why, bytes);
	if (error || !started)
		return error;
	return recorder_ask(p, RECORDER_END, why, bytes);
}
