/* SPDX-License-Identifier: MIT */
/*
 * Forks, watches and judges one case after the other. A case that crashes, hangs or leaves
 * processes behind costs itself, not the run.
 *
 * Not for: what cases do (case.c) or how they reach the target (target/).
 */
#include "conformance/runner.h"

#include "conformance/case_end.h"
#include "conformance/strbuf.h"
#include "conformance/target/leftover.h"
#include "conformance/target/local.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define WATCH_MAX_MS (3600 * 1000)
#define LOOK_MS      10 /* at a child that nothing tells the end of */

/* What the child's CMocka test needs; one case a process. */
static struct {
	const struct case_decl *decl;
	const struct profile *profile;
	target_opener open_target;
	uint64_t seed;
} current;

/* CMocka turns faults into failed assertions; here they end the process, to be named as crashes. */
static void restore_fault_signals(void)
{
	static const int faults[] = {SIGSEGV, SIGILL, SIGFPE, SIGBUS, SIGSYS, SIGABRT};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		signal(faults[i], SIG_DFL);
}

static void test_body(void **state)
{
	struct target *t;
	char why[512];

	(void)state;
	restore_fault_signals();
	t = current.open_target(current.profile, current.seed, why, sizeof(why));
	if (!t) {
		snprintf(case_end->reason, sizeof(case_end->reason), "%s", why);
		print_error("%s\n", why);
		fail();
		return;
	}
	case_end->opened = true;
	*state = t;
	current.decl->body(t);
}

static int test_close(void **state)
{
	struct target *t = *state;

	case_end->finished = true;
	if (t)
		t->ops->close(t);
	return 0;
}

/* Who watches lets what he watches go on first: else, on one processor, each line that is written
 * is a change to him and back. */
static void watch_patiently(void)
{
	(void)sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}); /* else it is slower */
}

/* The life of the child: one CMocka test. */
__attribute__((noreturn)) static void child(int output_fd)
{
	const struct CMUnitTest test[] = {
		cmocka_unit_test_setup_teardown(test_body, NULL, test_close)};
	int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int failed;

	if (null_fd < 0 || dup2(null_fd, STDIN_FILENO) < 0 || dup2(output_fd, STDOUT_FILENO) < 0 ||
	    dup2(output_fd, STDERR_FILENO) < 0)
		_exit(2);
	/* Commands get pipes of their own; nothing a case starts keeps the runner's ends. */
	close_range(3, ~0u, 0);
	watch_patiently();
	setvbuf(stdout, NULL, _IOLBF, 0);
	unsetenv("CMOCKA_MESSAGE_OUTPUT"); /* it would override the next line */
	cmocka_set_message_output(CM_OUTPUT_STDOUT);
	failed = _cmocka_run_group_tests("case", test, 1, NULL, NULL);
	case_end->passed = failed == 0;
	fflush(NULL);
	_exit(failed ? 1 : 0);
}

/* Reads what is there now. Returns false at the end of the output. */
static bool drain(int fd, struct strbuf *out)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		strbuf_add(out, chunk, (size_t)n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static bool has_ended(pid_t pid)
{
	siginfo_t info = {0};

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == pid;
}

/* Waits for the child, collecting its output. Without a pid_fd (-1: valgrind knows none) it is
 * looked at now and then. False: the deadline passed, counted without the time
 * the case itself asked to pass, which may be hours of a guest's virtual clock. */
static bool watch(pid_t pid, int pid_fd, int output_fd, int deadline_s, const struct case_end *end,
		  struct strbuf *out)
{
	int most_ms = pid_fd < 0 ? LOOK_MS : WATCH_MAX_MS;
	int64_t began_ns = run_clock_ns();
	struct pollfd fds[] = {{.fd = pid_fd, .events = POLLIN},
			       {.fd = output_fd, .events = POLLIN}};

	for (;;) {
		int64_t allowed_ns = (deadline_s + end->waited_s) * NS_A_SECOND;
		int64_t left_ns = began_ns + allowed_ns - run_clock_ns();
		int64_t left_ms = left_ns / 1000000 + 1;

		if (left_ns <= 0)
			return false;
		if (poll(fds, 2, left_ms < most_ms ? (int)left_ms : most_ms) < 0 && errno != EINTR)
			return false;
		if (fds[1].revents && !drain(output_fd, out))
			fds[1].fd = -1;
		if (fds[0].revents || (pid_fd < 0 && has_ended(pid)))
			break;
	}
	drain(output_fd, out);
	return true;
}

static bool begins(const char *line, const char *with)
{
	return strncmp(line, with, strlen(with)) == 0;
}

/* Most of CMocka's own lines say nothing that the verdict does not; the others lose their labels.
 */
static void add_output_line(struct strbuf *out, const char *line, size_t bytes)
{
	static const char *const noise[] = {
		"[==========]", "[ RUN      ]", "[       OK ]",      "[  FAILED  ]",
		"[  PASSED  ]", "[  SKIPPED ]", " 1 FAILED TEST(S)",
	};
	static const char place[] = "[  ERROR   ] --- [   LINE   ]";
	static const char *const labels[] = {"[  ERROR   ] --- ", "[   LINE   ] --- "};

	for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++)
		if (begins(line, noise[i]))
			return;
	/* Messages of case.c name their place themselves. */
	if (out->bytes && begins(line, place))
		return;
	if (bytes == 1 && line[0] == '\n' && !out->bytes)
		return;
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (begins(line, labels[i])) {
			line += strlen(labels[i]);
			bytes -= strlen(labels[i]);
		}
	strbuf_add(out, line, bytes);
}

static char *clean_output(const struct strbuf *raw)
{
	struct strbuf out;
	const char *line = raw->text;

	strbuf_init(&out, OUTCOME_OUTPUT_MAX);
	while (*line) {
		size_t n = strcspn(line, "\n");

		n += line[n] == '\n';
		add_output_line(&out, line, n);
		line += n;
	}
	while (out.bytes > 1 && out.text[out.bytes - 1] == '\n' && out.text[out.bytes - 2] == '\n')
		out.text[--out.bytes] = '\0';
	return out.text;
}

/* The line of a case's output that says what went wrong: the first that names the case's file, or,
 * where CMocka gives no more than the place there, the one before. */
static char *telling_line(const char *output, const char *file)
{
	const char *line = output;
	const char *before = output;

	while (*line && !begins(line, file)) {
		before = line;
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	if (!*line)
		line = output;
	else if (strstr(line, ": error: Failure!"))
		line = before;
	return memory_copied(line, strcspn(line, "\n"));
}

/* What the end of the child and what it left in *end mean. */
static void judge(struct outcome *o, const struct case_end *end, int wait_status, bool in_time,
		  int deadline_s)
{
	if (!in_time) {
		o->verdict = VERDICT_TIMEOUT;
		o->reason = memory_format("not done after %d s", deadline_s);
	} else if (WIFSIGNALED(wait_status)) {
		o->verdict = VERDICT_CRASH;
		o->reason = memory_format("ended by signal %d (%s)", WTERMSIG(wait_status),
					  strsignal(WTERMSIG(wait_status)));
	} else if (end->skipped) {
		o->verdict = VERDICT_SKIP;
		o->reason = memory_format("%s", end->reason);
	} else if (!end->opened) {
		o->verdict = VERDICT_INFRASTRUCTURE;
		o->reason =
			memory_format("%s", *end->reason ? end->reason : "the case did not start");
	} else if (end->lost) {
		o->verdict = VERDICT_INFRASTRUCTURE;
		o->reason = memory_format("%s", end->reason);
	} else if (!end->finished) {
		o->verdict = VERDICT_CRASH;
		o->reason = memory_format("the case's process ended early, status %d",
					  WEXITSTATUS(wait_status));
	} else if (end->passed && WEXITSTATUS(wait_status) == 0) {
		o->verdict = VERDICT_PASS;
		o->reason = memory_format("%s", "");
	} else {
		o->verdict = VERDICT_FAIL;
		o->reason = telling_line(o->output, o->decl->file);
	}
}

static int run_case(struct outcome *o, struct case_end *end)
{
	int deadline_s = o->decl->deadline_s ? o->decl->deadline_s : CASE_DEADLINE_S;
	int64_t began_ns = run_clock_ns();
	struct strbuf output;
	int wait_status = 0;
	bool in_time = false;
	int fds[2];
	int pid_fd;
	pid_t pid;

	memset(end, 0, sizeof(*end));
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		case_end = end;
		current.decl = o->decl;
		child(fds[1]);
	}
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return -errno;
	}
	strbuf_init(&output, OUTCOME_OUTPUT_MAX);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	pid_fd = (int)syscall(SYS_pidfd_open, pid, 0);
	in_time = watch(pid, pid_fd, fds[0], deadline_s, end, &output);
	if (!in_time)
		kill(pid, SIGKILL);
	while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR)
		;
	leftover_end(end->mounts, CASE_MOUNTS_MAX, pid);
	leftover_remove(end->folder);
	drain(fds[0], &output);
	o->duration_ns = run_clock_ns() - began_ns;
	o->output = clean_output(&output);
	judge(o, end, wait_status, in_time, deadline_s);
	strbuf_free(&output);
	close(fds[0]);
	if (pid_fd >= 0)
		close(pid_fd);
	return 0;
}

bool runner_skips(const struct case_decl *decl, const struct profile *profile, unsigned where,
		  char *reason, size_t bytes)
{
	unsigned missing = decl->needs & ~profile->capabilities;

	if (decl->where && !(decl->where & where)) {
		snprintf(reason, bytes, "only for a target that is%s%s%s",
			 decl->where & ON_LOCAL ? " a machine as it is," : "",
			 decl->where & ON_GUEST ? " a guest," : "",
			 decl->where & ON_SIM ? " simulated," : "");
		reason[strlen(reason) - 1] = '\0';
		return true;
	}
	if (missing) {
		snprintf(reason, bytes, "needs capability %s", capability_name(missing & -missing));
		return true;
	}
	return false;
}

void runner_apply_expectation(struct outcome *outcome, const struct profile *profile)
{
	const char *why =
		profile_expected_failure(profile, outcome->id, outcome->decl->requirements);

	if (!why)
		return;
	if (outcome->verdict == VERDICT_PASS) {
		outcome->verdict = VERDICT_XPASS;
		free(outcome->reason);
		outcome->reason =
			memory_format("passed, but the profile expects it to fail: %s", why);
	} else if (outcome->verdict == VERDICT_FAIL) {
		outcome->verdict = VERDICT_XFAIL;
		free(outcome->reason);
		outcome->reason = memory_format("%s", why);
	}
}

/* Whether something is done after the cases of an area: of all, or of those named. */
static bool tidied_after(const struct outcome *o, const struct profile *profile)
{
	const char *areas = profile_get(profile, "target", "after_areas");
	const size_t bytes = strcspn(o->id, "/");

	for (size_t n; areas && *areas; areas += n + strspn(areas + n, " ")) {
		n = strcspn(areas, " ");
		if (n == bytes && !strncmp(areas, o->id, n))
			return true;
	}
	return !areas;
}

/* What the kernel keeps of a case. Left there, no other case would find what it expects. */
static int tidy_target(struct outcome *o, const struct profile *profile)
{
	char why[512];

	if (profile->transport == TRANSPORT_SSH)
		return 0;
	if ((!o->decl->unloads || !local_set_up(profile, "reload", why, sizeof(why))) &&
	    (!tidied_after(o, profile) || !local_set_up(profile, "after_case", why, sizeof(why))))
		return 0;
	o->verdict = VERDICT_INFRASTRUCTURE;
	free(o->reason);
	o->reason = memory_format("%s", why);
	return -ENODEV;
}

static int run_planned(struct run *run, size_t i, const struct profile *profile, unsigned where,
		       struct case_end *end, struct run_sink *sink)
{
	struct outcome *o = &run->outcomes[i];
	struct clock_guard clock;
	char reason[256];
	int error = 0;

	sink->begin(sink, i, o->id);
	if (runner_skips(o->decl, profile, where, reason, sizeof(reason))) {
		o->verdict = VERDICT_SKIP;
		o->reason = memory_format("%s", reason);
		o->output = memory_format("%s", "");
	} else {
		clock_guard_begin(&clock);
		error = run_case(o, end);
		if (profile->capabilities & CAP_CLOCK)
			clock_guard_end(&clock);
		if (error)
			return error;
		error = tidy_target(o, profile);
	}
	o->console = memory_format("%s", "");
	runner_apply_expectation(o, profile);
	sink->end(sink, i, o);
	return error;
}

int runner_run(struct run *run, const struct profile *profile, target_opener open_target,
	       unsigned where, struct run_sink *sink)
{
	struct case_end *end =
		mmap(NULL, sizeof(*end), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int error = 0;

	if (end == MAP_FAILED)
		return -errno;
	if (!profile_get(profile, "target", "state"))
		leftover_adopt();
	watch_patiently();
	current.profile = profile;
	current.open_target = open_target;
	current.seed = run->seed;
	/* Twice around: what spoils the target comes behind all that does not. */
	for (size_t n = 0; n < 2 * run->count && !error; n++) {
		bool spoils = n >= run->count;
		size_t i = spoils ? n - run->count : n;

		if (run->outcomes[i].planned && run->outcomes[i].decl->spoils == spoils)
			error = run_planned(run, i, profile, where, end, sink);
	}
	munmap(end, sizeof(*end));
	return error;
}
