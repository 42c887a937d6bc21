/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine's login, with what ref/pam/pam_seos.c does in a real one: it tells seosd of
 * wrong passwords, asks it whether the user may come in, and becomes the first process of his
 * session, which lasts until SIGTERM. SIGHUP has it leave a process behind, which works on for a
 * minute.
 *
 *   login USER TERMINAL [WRONG_PASSWORDS]
 *   login -work
 *
 * Not for: passwords, which nobody has here; what the user does.
 */
#include "sim/login.h"

#include "ref/wire/message.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM  "/bin/login"
#define ANSWER_S 10
#define WORK_S   60

/* Returns what seosd said; while the product is shut down, it is in nobody's way. */
static int tell(struct program_run *run, enum message_login step, char **argv)
{
	struct message_request request = {.op = MESSAGE_LOGIN, .login = step};
	struct message_answer *answer = calloc(1, sizeof(*answer));
	int status;

	snprintf(request.user, sizeof(request.user), "%s", argv[1]);
	snprintf(request.terminal, sizeof(request.terminal), "%s", argv[2]);
	snprintf(request.program, sizeof(request.program), "%s", PROGRAM);
	status = answer ? message_ask(run->platform, &request, ANSWER_S * NS_PER_S, answer)
			: -ENOMEM;
	if (!status)
		status = (int)answer->status;
	if (status > 0)
		fprintf(run->err, "login: %s\n", answer->text);
	free(answer);
	return status == -ECONNREFUSED || status == -ENOENT ? EXIT_DONE
	       : status < 0                                 ? EXIT_REFUSED
							    : status;
}

static int login_main(struct program_run *run, int argc, char **argv)
{
	long wrong = argc == 4 ? strtol(argv[3], NULL, 10) : 0;
	int status = EXIT_DONE;

	run->foreground = true;
	if (argc == 2 && !strcmp(argv[1], "-work")) {
		run->state = run; /* what works, and does not wait */
		return PROGRAM_SERVE;
	}
	if (argc < 3 || argc > 4) {
		fprintf(run->err, "usage: login USER TERMINAL [WRONG_PASSWORDS]\n");
		return EXIT_USAGE;
	}
	for (long i = 0; i < wrong && !status; i++)
		status = tell(run, MESSAGE_LOGIN_ATTEMPT, argv);
	if (!status)
		status = tell(run, MESSAGE_LOGIN_CHECK, argv);
	if (!status)
		status = tell(run, MESSAGE_LOGIN_BEGIN, argv);
	return status ? status : PROGRAM_SERVE;
}

static int login_start(struct program_run *run)
{
	struct platform *p = run->platform;

	return run->state && p->ops->timer(p, 0, WORK_S * NS_PER_S) ? EXIT_REFUSED : EXIT_DONE;
}

static void login_timer(struct program_run *run, unsigned id)
{
	(void)id;
	run->platform->ops->leave(run->platform, EXIT_DONE);
}

static void login_signal(struct program_run *run, int signal)
{
	static const char *const argv[] = {PROGRAM, "-work", NULL};
	const struct platform_spawn work = {.argv = argv};
	struct platform *p = run->platform;
	pid_t pid;

	if (signal != SIGHUP)
		p->ops->leave(p, EXIT_DONE);
	else if (p->ops->spawn(p, &work, &pid))
		p->ops->leave(p, EXIT_REFUSED);
}

static void login_stop(struct program_run *run)
{
	run->state = NULL;
}

static const struct daemon_handlers handlers = {
	.start = login_start,
	.timer = login_timer,
	.signal = login_signal,
	.stop = login_stop,
};

const struct program login_program = {"login", login_main, &handlers};
