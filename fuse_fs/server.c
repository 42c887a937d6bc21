/* SPDX-License-Identifier: MIT */
/*
 * server: requests and schedules of a mount, one after the other in a thread of its own.
 * Not here: what the commands on the table mean (fill.h); see server.h.
 */
#include "server.h"

#include "control.h"
#include "crash.h"
#include "schedule.h"
#include "watch.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

enum { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE };

struct server {
	struct fillfs *fs;
	int listen_fd;
	int timer_fd; /* on the clock that goes on in suspend, as the schedule does */
	pthread_t thread;
	struct fill trial;            /* a copy of the table, for schedules to be tried on */
	struct schedule schedules[2]; /* the one in force, and the one being read */
	unsigned int in_force;
	uint64_t schedule_ns;        /* when it was taken */
	char failed[FILL_REPLY_MAX]; /* the last step that was refused, and why; or empty */
};

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* ---- commands ---- */

/* When this returns, every operation that begins sees the change. */
static int run_fill(struct server *server, int argc, const char *const argv[], FILE *out)
{
	struct fillfs *fs = server->fs;
	char reply[FILL_REPLY_MAX];
	struct fill_amounts real;
	int rc = passthrough_real(fs, &real);

	if (rc < 0) {
		fprintf(out, "cannot read the folder's space: %s", strerror(-rc));
		return EXIT_REFUSED;
	}
	pthread_mutex_lock(&fs->fill_lock);
	rc = fill_command(&fs->fill, argc, argv, &real, reply);
	watch_update(fs, rc == EXIT_DONE && strcmp(argv[0], "clear") == 0);
	pthread_mutex_unlock(&fs->fill_lock);
	fputs(reply, out);
	return rc;
}

static void log_switch(struct fillfs *fs, bool on)
{
	pthread_mutex_lock(&fs->fill_lock);
	atomic_store(&fs->logging, on);
	watch_update(fs, false);
	pthread_mutex_unlock(&fs->fill_lock);
}

static int run_log(struct server *server, int argc, const char *const argv[], FILE *out)
{
	struct fillfs *fs = server->fs;
	const char *what = argc > 1 ? argv[1] : "";

	if (argc == 1) {
		oplog_print(&fs->log, out);
	} else if (argc == 2 && strcmp(what, "on") == 0) {
		int rc = oplog_open(&fs->log);

		if (rc < 0) {
			fprintf(out, "log: %s", strerror(-rc));
			return EXIT_REFUSED;
		}
		log_switch(fs, true);
	} else if (argc == 2 && strcmp(what, "off") == 0) {
		log_switch(fs, false);
	} else if (argc == 2 && strcmp(what, "clear") == 0) {
		oplog_clear(&fs->log);
	} else {
		fprintf(out, "log: unexpected argument '%s': give on, off, clear, or nothing",
			argv[argc - 1]);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

static int run_crash(struct server *server, int argc, FILE *out)
{
	if (argc > 1) {
		fprintf(out, "crash: takes no argument");
		return EXIT_USAGE;
	}
	int rc = crash_run(server->fs);

	if (rc == -EOPNOTSUPP)
		fprintf(out, "crash: nothing is kept that could be lost: mount with -o crash");
	else if (rc < 0)
		fprintf(out, "crash: not everything was lost: %s", strerror(-rc));
	return rc < 0 ? EXIT_REFUSED : EXIT_DONE;
}

/* The commands a schedule can have, and show. */
static int run_command(struct server *server, int argc, const char *const argv[], FILE *out)
{
	if (strcmp(argv[0], "crash") == 0)
		return run_crash(server, argc, out);
	return run_fill(server, argc, argv, out);
}

/* ---- the schedule ---- */

static struct schedule *schedule_of(struct server *server)
{
	return &server->schedules[server->in_force];
}

static void timer_set(struct server *server)
{
	const struct schedule_step *step = schedule_next(schedule_of(server));
	struct itimerspec at = {.it_value = {0}};

	if (step) {
		uint64_t ns = server->schedule_ns + step->after_ns;

		at.it_value.tv_sec = (time_t)(ns / NS_PER_S);
		at.it_value.tv_nsec = (long)(ns % NS_PER_S);
	}
	timerfd_settime(server->timer_fd, TFD_TIMER_ABSTIME, &at, NULL);
}

static void step_run(struct server *server, const struct schedule_step *step)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	int code = out ? run_command(server, step->word_count, step->words, out) : EXIT_REFUSED;

	if (out)
		fclose(out);
	if (code != EXIT_DONE)
		snprintf(server->failed, sizeof(server->failed), "%s:%u: %s",
			 schedule_of(server)->name, step->line, text ? text : strerror(ENOMEM));
	free(text);
}

static void schedule_run(struct server *server)
{
	const struct schedule_step *step;

	while ((step = schedule_next(schedule_of(server))) &&
	       server->schedule_ns + step->after_ns <= clock_ns()) {
		step_run(server, step);
		schedule_of(server)->done++;
	}
	timer_set(server);
}

static int schedule_take(struct server *server, const char *name, const char *text, FILE *out)
{
	struct fillfs *fs = server->fs;
	char reply[FILL_REPLY_MAX];
	struct fill_amounts real;
	int rc = passthrough_real(fs, &real);

	if (rc < 0) {
		fprintf(out, "cannot read the folder's space: %s", strerror(-rc));
		return EXIT_REFUSED;
	}
	pthread_mutex_lock(&fs->fill_lock);
	server->trial = fs->fill;
	pthread_mutex_unlock(&fs->fill_lock);
	rc = schedule_parse(&server->schedules[!server->in_force], name, text, &server->trial,
			    &real, reply);
	if (rc != EXIT_DONE) {
		fputs(reply, out);
		return rc;
	}
	server->in_force = !server->in_force;
	server->failed[0] = '\0';
	server->schedule_ns = clock_ns();
	schedule_run(server);
	return EXIT_DONE;
}

static void schedule_show(struct server *server, FILE *out)
{
	const struct schedule *schedule = schedule_of(server);
	uint64_t gone_ns = clock_ns() - server->schedule_ns;

	for (unsigned int i = schedule->done; i < schedule->count; i++) {
		const struct schedule_step *step = &schedule->steps[i];
		uint64_t ms = step->after_ns > gone_ns ? (step->after_ns - gone_ns) / 1000000 : 0;

		fprintf(out, "%s:%u: in %" PRIu64 ".%03" PRIu64 " s:", schedule->name, step->line,
			ms / 1000, ms % 1000);
		for (int word = 0; word < step->word_count; word++)
			fprintf(out, " %s", step->words[word]);
		fputc('\n', out);
	}
	if (server->failed[0])
		fprintf(out, "failed: %s\n", server->failed);
}

static int run_schedule(struct server *server, int argc, const char *const argv[], FILE *out)
{
	if (argc == 1) {
		schedule_show(server, out);
		return EXIT_DONE;
	}
	if (argc == 3)
		return schedule_take(server, argv[1], argv[2], out);
	if (argc == 2 && strcmp(argv[1], "clear") == 0) {
		schedule_of(server)->count = schedule_of(server)->done = 0;
		server->failed[0] = '\0';
		timer_set(server);
		return EXIT_DONE;
	}
	fprintf(out, "schedule: unexpected argument '%s': give a file, clear, or nothing",
		argv[argc - 1]);
	return EXIT_USAGE;
}

/* ---- requests ---- */

static int run_request(struct server *server, const struct control_request *request, FILE *out)
{
	if (strcmp(request->argv[0], "log") == 0)
		return run_log(server, request->argc, request->argv, out);
	if (strcmp(request->argv[0], "schedule") == 0)
		return run_schedule(server, request->argc, request->argv, out);
	return run_command(server, request->argc, request->argv, out);
}

static void serve_client(struct server *server, int fd)
{
	struct control_request request;
	char *text = NULL;
	size_t length;

	if (!control_may_ask(fd) || control_receive_request(fd, &request) < 0)
		return;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return;
	int code = run_request(server, &request, out);
	bool whole = !ferror(out);

	/* A reply for which there is no memory is none: fillctl says that it broke off. */
	if (fclose(out) == 0 && whole)
		control_send_answer(fd, text, code);
	free(text);
}

/* Ends when the socket is shut down. */
static void *serve(void *arg)
{
	struct server *server = arg;
	struct pollfd wait[] = {
		{.fd = server->listen_fd, .events = POLLIN},
		{.fd = server->timer_fd, .events = POLLIN},
	};

	for (;;) {
		uint64_t expired;

		if (poll(wait, 2, -1) < 0)
			continue;
		if (wait[1].revents && read(server->timer_fd, &expired, sizeof(expired)) > 0)
			schedule_run(server);
		if (!wait[0].revents)
			continue;
		/* cppcheck-suppress nullPointer ; nobody's address is wanted */
		int fd = accept4(server->listen_fd, NULL, NULL, SOCK_CLOEXEC);

		if (fd >= 0) {
			serve_client(server, fd);
			close(fd);
		} else if (errno == EINVAL || errno == EBADF) {
			return NULL;
		}
	}
}

/*
 * After umount a fillfs takes a moment to end, and a new mount may have got the same device number
 * already: its name is free soon.
 */
static int server_listen(dev_t dev)
{
	int fd = control_listen(dev);

	for (int tries = 0; fd == -EADDRINUSE && tries < 1000; tries++) {
		poll(NULL, 0, 2);
		fd = control_listen(dev);
	}
	return fd;
}

/* Signals are for the thread that runs the session. */
static int server_thread(struct server *server)
{
	sigset_t all, old;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	int rc = pthread_create(&server->thread, NULL, serve, server);

	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -rc;
}

static void server_free(struct server *server)
{
	if (server->timer_fd >= 0)
		close(server->timer_fd);
	if (server->listen_fd >= 0)
		close(server->listen_fd);
	free(server);
}

int server_start(struct server **started, struct fillfs *fs, const char *mountpoint)
{
	struct server *server = calloc(1, sizeof(*server));
	dev_t dev;
	int rc = server ? control_device(mountpoint, &dev) : -ENOMEM;

	if (rc < 0) {
		free(server);
		return rc;
	}
	server->fs = fs;
	server->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC);
	rc = server->timer_fd < 0 ? -errno : 0;
	server->listen_fd = rc < 0 ? rc : server_listen(dev);
	if (server->listen_fd < 0)
		rc = server->listen_fd;
	if (rc == 0)
		rc = server_thread(server);
	if (rc < 0)
		server_free(server);
	else
		*started = server;
	return rc;
}

void server_stop(struct server *server)
{
	shutdown(server->listen_fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	server_free(server);
}
