/* SPDX-License-Identifier: MIT */
/*
 * One run of a guest: starts QEMU, listens to both ports, keeps the deadlines, and gives the
 * verdict. What is inside the guest is root.c, what it may run under is accel.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "vm-images/child.h"
#include "vm-images/frame.h"
#include "vm-images/guest_private.h"
#include "vm-images/root.h"

/* In seconds with KVM, like the limits of a caller. */
#define DEADLINE_S  300
#define HANG_S      30
#define BOOT_S      15
#define POWER_OFF_S 5
/* In seconds as they are: a killed process that does not go hangs in the host's kernel. */
#define KILL_S      5

/* Whatever goes wrong in the kernel is a panic, a panic ends QEMU, marks in /dev/kmsg are never
 * dropped. */
#define KERNEL_OPTIONS                                                                             \
	"panic=-1 oops=panic panic_on_warn=1 hung_task_panic=1 softlockup_panic=1 "                \
	"printk.devkmsg=on"

#define NOT_EXECUTED 127

enum source { SOURCE_CONSOLE, SOURCE_RESULTS, SOURCE_QEMU, SOURCES };

struct machine {
	const struct guest_run *run;
	struct guest_result *result;
	unsigned int scale;

	pid_t pid;
	int stderr_fd;
	struct pollfd sources[SOURCES]; /* what has ended has descriptor -1 */
	int wait_status;

	struct frame_reader frames;
	struct line_reader lines[2]; /* by enum guest_stream */
	struct line_reader console;

	int64_t start_ms; /* monotonic clock: of QEMU, of the command, of its end; 0: not yet */
	int64_t command_ms;
	int64_t end_ms;
	int64_t output_ms; /* the last byte from either port */
	int64_t mark_ms;   /* the last progress mark */
	int64_t killed_ms;
	char panic[192]; /* what the kernel said when it panicked; empty: it did not */
	bool decided;    /* a verdict was reached while the guest ran */
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

unsigned int guest_scale(enum guest_accel accel, bool icount)
{
	if (accel == GUEST_ACCEL_KVM)
		return 1;
	return icount ? 8 : 4;
}

static void decide(struct machine *m, enum guest_verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void decide(struct machine *m, enum guest_verdict verdict, const char *format, ...)
{
	va_list args;

	if (m->decided)
		return;
	m->decided = true;
	m->result->verdict = verdict;
	va_start(args, format);
	if (vsnprintf(m->result->reason, sizeof(m->result->reason), format, args) < 0)
		m->result->reason[0] = '\0';
	va_end(args);
}

static void kill_machine(struct machine *m)
{
	if (!m->killed_ms) {
		kill(m->pid, SIGKILL);
		m->killed_ms = now_ms();
	}
}

/* --- what the ports say */

static void note_console(void *context, const char *line)
{
	struct machine *m = context;
	const char *panic = strstr(line, "Kernel panic - not syncing");

	if (panic && !m->panic[0])
		snprintf(m->panic, sizeof(m->panic), "%s", panic);
	if (m->run->console)
		m->run->console(m->run->context, line);
}

struct line_target {
	const struct guest_run *run;
	enum guest_stream stream;
};

static void pass_line(void *context, const char *line)
{
	const struct line_target *target = context;

	target->run->line(target->run->context, target->stream, line);
}

static void pass_output(struct machine *m, enum guest_stream stream, const struct frame *frame)
{
	struct line_target target = {m->run, stream};

	if (m->run->output)
		m->run->output(m->run->context, stream, frame->payload, frame->len);
	if (m->run->line &&
	    line_feed(&m->lines[stream], frame->payload, frame->len, pass_line, &target))
		decide(m, GUEST_INFRASTRUCTURE, "out of memory for a line of output");
}

static void note_end(struct machine *m, int status)
{
	m->result->status = status;
	m->end_ms = now_ms();
}

static void note_frame(void *context, const struct frame *frame)
{
	struct machine *m = context;
	const char *kind = frame->kind;

	if (!strcmp(kind, "out")) {
		pass_output(m, GUEST_OUT, frame);
	} else if (!strcmp(kind, "err")) {
		pass_output(m, GUEST_ERR, frame);
	} else if (!strcmp(kind, "mark")) {
		m->mark_ms = now_ms();
		if (m->run->mark)
			m->run->mark(m->run->context, frame->payload);
	} else if (!strcmp(kind, "start")) {
		m->command_ms = m->mark_ms = now_ms();
	} else if (!strcmp(kind, "taint")) {
		m->result->taint = strtoul(frame->payload, NULL, 10);
	} else if (!strcmp(kind, "exit")) {
		note_end(m, (int)strtol(frame->payload, NULL, 10));
	} else if (!strcmp(kind, "signal")) {
		note_end(m, 128 + (int)strtol(frame->payload, NULL, 10));
	} else if (!strcmp(kind, "broken")) {
		decide(m, GUEST_INFRASTRUCTURE, "/init: %s", frame->payload);
	} else if (strcmp(kind, "hello") != 0) {
		decide(m, GUEST_INFRASTRUCTURE,
		       "unknown frame %s: launcher and /init differ, build both", kind);
		kill_machine(m);
	}
}

static void hear(struct machine *m, enum source source)
{
	char data[8192];
	ssize_t n = read(m->sources[source].fd, data, sizeof(data));
	int result;

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		close(m->sources[source].fd);
		m->sources[source].fd = -1;
		return;
	}
	m->output_ms = now_ms();
	if (source == SOURCE_CONSOLE)
		result = line_feed(&m->console, data, (size_t)n, note_console, m);
	else
		result = frame_feed(&m->frames, data, (size_t)n, note_frame, m);
	if (result) {
		decide(m, GUEST_INFRASTRUCTURE, "the results port said something that is no frame");
		kill_machine(m);
	}
}

/* --- deadlines */

/* Whether `limit_s` (0: `usual_s`), scaled, has passed since `since_ms`; if not, *left_ms shrinks
 * to what is left of it. */
static bool passed(const struct machine *m, int64_t since_ms, unsigned int limit_s,
		   unsigned int usual_s, int64_t *left_ms)
{
	int64_t limit_ms = (int64_t)(limit_s ? limit_s : usual_s) * m->scale * 1000;
	int64_t left = since_ms + limit_ms - now_ms();

	if (left <= 0)
		return true;
	if (left < *left_ms)
		*left_ms = left;
	return false;
}

static void note_deadline(struct machine *m)
{
	const struct guest_run *run = m->run;
	int64_t silent_ms = now_ms() - m->output_ms;
	unsigned int limit_s = (run->deadline_s ? run->deadline_s : DEADLINE_S) * m->scale;

	if (!m->command_ms)
		decide(m, GUEST_INFRASTRUCTURE, "did not boot within %u s", limit_s);
	/* Something that talked to the last is not a hang. */
	decide(m, silent_ms > limit_s * 100 ? GUEST_HANG : GUEST_LIVELOCK,
	       "not done after %u s, the last output %lld s ago", limit_s,
	       (long long)silent_ms / 1000);
}

/* Decides and kills where a limit has passed. Returns how long to wait for the next one, in ms. */
static int check_limits(struct machine *m)
{
	const struct guest_run *run = m->run;
	int64_t left_ms = 60000;

	if (m->killed_ms) {
		left_ms = m->killed_ms + KILL_S * 1000 - now_ms();
		return left_ms > 0 ? (int)left_ms : 0;
	}
	if (m->end_ms && passed(m, m->end_ms, 0, POWER_OFF_S, &left_ms))
		decide(m, GUEST_HANG, "the command ended, and the guest does not power off");
	else if (!m->command_ms && passed(m, m->start_ms, run->boot_s, BOOT_S, &left_ms))
		decide(m, GUEST_INFRASTRUCTURE, "did not boot within %u s",
		       (run->boot_s ? run->boot_s : BOOT_S) * m->scale);
	else if ((run->deadline_s || !run->interactive) &&
		 passed(m, m->start_ms, run->deadline_s, DEADLINE_S, &left_ms))
		note_deadline(m);
	else if (m->command_ms && !run->interactive &&
		 passed(m, m->output_ms, run->hang_s, HANG_S, &left_ms))
		decide(m, GUEST_HANG, "no output for %u s",
		       (run->hang_s ? run->hang_s : HANG_S) * m->scale);
	else if (m->command_ms && run->progress_s &&
		 passed(m, m->mark_ms, run->progress_s, 0, &left_ms))
		decide(m, GUEST_LIVELOCK, "output, but no progress mark for %u s",
		       run->progress_s * m->scale);
	else
		return (int)left_ms;
	kill_machine(m);
	return KILL_S * 1000;
}

/* --- QEMU */

static void add_machine(struct child_args *args, const struct guest *g, const struct guest_run *run,
			enum guest_accel accel)
{
	child_args_split(args, g->machine);
	child_args_split(args, "-nodefaults -no-user-config -display none -no-reboot");
	/* One thread for all processors: with more, this QEMU hangs when a kernel patches its own
	 * code. */
	child_args_split(args,
			 accel == GUEST_ACCEL_KVM ? "-accel kvm" : "-accel tcg,thread=single");
	if (run->icount) {
		/* The seed makes the random numbers of the guest's processor the same in every run.
		 */
		child_args_add(args, "-icount");
		child_args_add(args, "shift=%u,sleep=off", run->icount_shift);
		child_args_split(args, "-seed 1");
	}
	child_args_add(args, "-smp");
	child_args_add(args, "%u", run->cpus ? run->cpus : 1);
	if (run->rtc_base) {
		child_args_add(args, "-rtc");
		child_args_add(args, "base=%s,clock=vm", run->rtc_base);
	}
}

static void add_boot(struct child_args *args, const struct guest *g, int initrd)
{
	child_args_add(args, "-kernel");
	child_args_add(args, "%s/kernel", g->dir);
	child_args_add(args, "-initrd");
	child_args_add(args, "/proc/self/fd/%d", initrd);
	child_args_add(args, "-append");
	child_args_add(args, "%s " KERNEL_OPTIONS, g->append);
}

static void add_port(struct child_args *args, const char *name, int fd)
{
	child_args_add(args, "-chardev");
	if (fd < 0)
		child_args_add(args, "stdio,id=%s,signal=off", name);
	else
		child_args_add(args, "file,id=%s,path=/proc/self/fd/%d", name, fd);
}

static _Noreturn void become_qemu(const struct child_args *args, const int *keep, int keep_n,
				  int err, bool interactive)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* A launcher that is killed takes its guest along. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < keep_n; i++)
		if (keep[i] >= 0 && fcntl(keep[i], F_SETFD, 0))
			_exit(NOT_EXECUTED);
	if (!interactive && (dup2(null, 0) < 0 || dup2(null, 1) < 0))
		_exit(NOT_EXECUTED);
	if (dup2(err, 2) < 0)
		_exit(NOT_EXECUTED);
	execvp(args->v[0], args->v);
	fprintf(stderr, "cannot execute %s: %s\n", args->v[0], strerror(errno));
	_exit(NOT_EXECUTED);
}

struct ends {
	int console[2];
	int results[2];
};

static void close_ends(struct ends *ends, int which)
{
	if (ends->console[which] >= 0)
		close(ends->console[which]);
	if (ends->results[which] >= 0)
		close(ends->results[which]);
	ends->console[which] = ends->results[which] = -1;
}

static int start_qemu(struct machine *m, const struct guest *g, int initrd,
		      struct guest_error *error)
{
	struct ends ends = {{-1, -1}, {-1, -1}};
	struct child_args args = {0};
	int pidfd;

	m->stderr_fd = memfd_create("stderr", MFD_CLOEXEC);
	if (m->stderr_fd < 0 || pipe2(ends.results, O_CLOEXEC) ||
	    (!m->run->interactive && pipe2(ends.console, O_CLOEXEC))) {
		close_ends(&ends, 0);
		close_ends(&ends, 1);
		return guest_fail(error, "cannot make a pipe: %s", strerror(errno));
	}
	add_machine(&args, g, m->run, m->result->accel);
	add_boot(&args, g, initrd);
	add_port(&args, "console", ends.console[1]);
	add_port(&args, "results", ends.results[1]);
	m->start_ms = m->output_ms = now_ms();
	m->pid = args.failed ? -1 : fork();
	if (m->pid == 0)
		become_qemu(&args, (const int[]){initrd, ends.console[1], ends.results[1]}, 3,
			    m->stderr_fd, m->run->interactive);
	child_args_free(&args);
	close_ends(&ends, 1);
	pidfd = m->pid > 0 ? pidfd_open(m->pid, 0) : -1;
	m->sources[SOURCE_CONSOLE] = (struct pollfd){.fd = ends.console[0], .events = POLLIN};
	m->sources[SOURCE_RESULTS] = (struct pollfd){.fd = ends.results[0], .events = POLLIN};
	m->sources[SOURCE_QEMU] = (struct pollfd){.fd = pidfd, .events = POLLIN};
	return pidfd < 0 ? guest_fail(error, "cannot start QEMU: %s", strerror(errno)) : 0;
}

static void note_gone(struct machine *m)
{
	waitpid(m->pid, &m->wait_status, 0);
	close(m->sources[SOURCE_QEMU].fd);
	m->sources[SOURCE_QEMU].fd = -1;
}

/* Returns when QEMU has gone and all it wrote was heard, or when it cannot even be killed. */
static void follow(struct machine *m)
{
	for (;;) {
		int left_ms = check_limits(m);

		if (m->sources[SOURCE_QEMU].fd < 0 && m->sources[SOURCE_CONSOLE].fd < 0 &&
		    m->sources[SOURCE_RESULTS].fd < 0)
			return;
		if (m->killed_ms && left_ms == 0)
			return;
		if (poll(m->sources, SOURCES, left_ms) <= 0)
			continue;
		if (m->sources[SOURCE_CONSOLE].revents)
			hear(m, SOURCE_CONSOLE);
		if (m->sources[SOURCE_RESULTS].revents)
			hear(m, SOURCE_RESULTS);
		if (m->sources[SOURCE_QEMU].revents)
			note_gone(m);
	}
}

/* --- the verdict */

/* What QEMU said on standard error: its last line in its own name, without hints and dumps that
 * follow, else its first line. */
static void last_words(const struct machine *m, char *text, size_t size)
{
	char data[4096], *rest = data, *line;
	ssize_t n = pread(m->stderr_fd, data, sizeof(data) - 1, 0);

	data[n > 0 ? n : 0] = '\0';
	snprintf(text, size, "%.*s", (int)strcspn(data, "\n"), data);
	while ((line = strsep(&rest, "\n")))
		if (!strncmp(line, "qemu-system-", strlen("qemu-system-")))
			snprintf(text, size, "%s", line);
}

static void judge(struct machine *m)
{
	struct guest_result *result = m->result;
	unsigned long allowed = m->run->taint ? m->run->taint : GUEST_TAINT_MODULE;
	char words[200];

	last_words(m, words, sizeof(words));
	/* A panic explains whatever else was seen: a guest that dies hangs as well. */
	if (m->panic[0])
		m->decided = false;
	if (m->panic[0] && m->command_ms)
		decide(m, GUEST_PANIC, "%s", m->panic);
	else if (m->panic[0])
		decide(m, GUEST_INFRASTRUCTURE, "did not boot: %s", m->panic);
	else if (!m->end_ms && WIFSIGNALED(m->wait_status))
		decide(m, GUEST_INFRASTRUCTURE, "QEMU died of signal %d: %s",
		       WTERMSIG(m->wait_status), words);
	else if (!m->end_ms && WEXITSTATUS(m->wait_status) != 0)
		decide(m, GUEST_INFRASTRUCTURE, "QEMU failed: %s", words);
	else if (!m->end_ms)
		decide(m, GUEST_INFRASTRUCTURE, "the guest went away without a result");
	else if (result->taint & ~allowed)
		decide(m, GUEST_TAINT, "the kernel is tainted: bits 0x%lx, allowed 0x%lx",
		       result->taint, allowed);
	else if (result->status > 128)
		decide(m, GUEST_FAIL, "killed by signal %d", result->status - 128);
	else if (result->status != 0)
		decide(m, GUEST_FAIL, "exit status %d", result->status);
	else
		decide(m, GUEST_PASS, "%s", "");
}

static void note_times(struct machine *m)
{
	m->result->boot_ms = m->command_ms ? (unsigned int)(m->command_ms - m->start_ms) : 0;
	m->result->run_ms = (unsigned int)(now_ms() - m->start_ms);
}

static void release(struct machine *m)
{
	for (int stream = GUEST_OUT; stream <= GUEST_ERR; stream++) {
		struct line_target target = {m->run, stream};

		line_free(&m->lines[stream], pass_line, &target);
	}
	line_free(&m->console, note_console, m);
	for (int i = 0; i < SOURCES; i++)
		if (m->sources[i].fd >= 0)
			close(m->sources[i].fd);
}

static int run_image(const struct guest *g, const struct guest_run *run, int initrd,
		     struct guest_result *result, struct guest_error *error)
{
	struct machine *m = calloc(1, sizeof(*m));
	struct termios terminal;
	bool has_terminal = run->interactive && tcgetattr(0, &terminal) == 0;
	int started;

	if (!m)
		return guest_fail(error, "out of memory");
	m->run = run;
	m->result = result;
	m->scale = guest_scale(result->accel, run->icount);
	started = start_qemu(m, g, initrd, error);
	if (started == 0)
		follow(m);
	release(m);
	if (started == 0) {
		judge(m);
		note_times(m);
	}
	if (m->stderr_fd >= 0)
		close(m->stderr_fd);
	if (has_terminal)
		tcsetattr(0, TCSANOW, &terminal);
	free(m);
	return started;
}

static int check_options(const struct guest_run *run, struct guest_error *error)
{
	if (!run->command || !run->command[0])
		return guest_fail(error, "no command for the guest");
	if (run->icount && run->cpus > 1)
		return guest_fail(
			error, "virtual time (icount) works with one processor only, not with %u",
			run->cpus);
	if (run->icount && run->accel == GUEST_ACCEL_KVM)
		return guest_fail(
			error, "virtual time (icount) works under emulation only, not under KVM");
	return 0;
}

int guest_run(struct guest *g, const struct guest_run *run, struct guest_result *result,
	      struct guest_error *error)
{
	struct image *image;
	int initrd, outcome = -1;

	*result = (struct guest_result){.status = -1,
					.accel = run->icount ? GUEST_ACCEL_TCG : run->accel};
	if (check_options(run, error) || guest_build(g, error))
		return -1;
	if (result->accel == GUEST_ACCEL_AUTO)
		result->accel = guest_prove_accel(g, NULL);
	image = image_new(error);
	if (!image)
		return -1;
	initrd = root_fill(image, g, run, error);
	if (initrd >= 0)
		outcome = run_image(g, run, initrd, result, error);
	image_free(image);
	return outcome;
}
