/* SPDX-License-Identifier: MIT */
/*
 * How a case is written. A case proves one or a few requirements of SPEC.md on any target, by
 * commands, their output and exit status, files and records alone. This comment is the guide for
 * its authors; the runner is conformance/runner.h, the door to the target is target/target.h.
 *
 *	#include "conformance/case.h"
 *
 *	// secons/scan/4: the line of a call that unloading can take out itself begins with a dash.
 *	CASE(dash, REQUIREMENTS("secons/scan/4"), .needs = CAP_ROOT | CAP_HOOKS)
 *	{
 *		struct target_parked *p = park(t, .in = PARKED_ACCEPT);
 *		const struct result *r = run(t, "secons", "-scl");
 *
 *		assert_exit(r, 0);
 *		assert_out_match(r, text_format("^-Syscall %d - PID: %d ", parked_call(t, p),
 *						(int)parked_pid(t, p)));
 *		unpark(t, p);
 *	}
 *
 * In conformance/cases/secons/scan.c this is the case secons/scan/dash. Above the
 * case stands what it proves, in words. The body gets `t`, the target, as it is after installation
 * (for the reference: installed, no daemon running, no policy database, empty logs and trails).
 * Everything the case does there is undone afterwards, processes it left behind included, so
 * no case cleans up and none depends on another.
 *
 * Fields after REQUIREMENTS(...), all optional:
 *	.needs = CAP_ROOT | CAP_FILL   what the harness must be able to do (enum capability);
 *	                               missing on a target: the case is skipped there
 *	.where = ON_GUEST | ON_SIM     where it makes sense; default everywhere
 *	.deadline_s = 120              real seconds until it counts as hanging; default 60
 *	.unloads = true                may leave the kernel extension out, or prepared to go; it is
 *	                               loaded again then
 *	.spoils = true                 leaves a kernel that no other case can use: the last one
 *	                               in its guest
 *
 * Rules: no sleeping (wait_until() a state, time_pass() when time itself is the subject); no system
 * calls, no files of the host; command names are the plain ones, the profile maps them; nothing
 * outside the documented interface; assert the whole text where the text is documented. Every
 * function below either does its job or fails the case with a message that says where.
 * CMocka's own assert_* macros work as well; skip("why") means "cannot be decided here".
 */
#ifndef CONFORMANCE_CASE_H
#define CONFORMANCE_CASE_H

#include "conformance/target/target.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum case_where {
	ON_LOCAL = 1, /* directly on a machine that is what it is */
	ON_GUEST = 2, /* inside a guest */
	ON_SIM = 4,   /* in the simulator */
};

struct case_decl {
	const char *name;
	const char *file; /* conformance/cases/AREA/TOPIC.c */
	int line;
	void (*body)(struct target *t);
	const char *const *requirements; /* ids, ends with NULL */
	unsigned needs;                  /* enum capability */
	unsigned where;                  /* enum case_where; 0: everywhere */
	int deadline_s;                  /* 0: CASE_DEADLINE_S */
	bool unloads;
	bool spoils;
};

#define CASE_DEADLINE_S 60

/* "Cannot be decided here": ends the case as skipped. Takes the place of the skip() of CMocka. */
#undef skip
#define skip(reason) case_skip(__FILE__, __LINE__, reason)

/* Declares a case and opens its body. */
#define CASE(name_, ...)                                                                           \
	static void case_##name_(struct target *t);                                                \
	static const struct case_decl case_##name_##_decl = {.name = #name_,                       \
							     .file = __FILE__,                     \
							     .line = __LINE__,                     \
							     .body = case_##name_,                 \
							     __VA_ARGS__};                         \
	static const struct case_decl *const case_##name_##_entry                                  \
		__attribute__((section("conform_cases"), used)) = &case_##name_##_decl;            \
	static void case_##name_(struct target *t)

/* The requirements a case proves; their levels decide its own (the least sure one). */
#define REQUIREMENTS(...)                                                                          \
	.requirements = (const char *const[])                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

/* --- commands --------------------------------------------------------------------------------- */

/*
 * Runs a command to its end: run(t, "secons", "-s"). The first word is a name from [commands] of
 * the profile. The result lives as long as the case. A command that says it goes on as a daemon
 * returns when the daemon serves.
 */
#define run(t, ...) run_as(t, NULL, __VA_ARGS__)
/* The same, as somebody: run_as(t, &(struct run_options){.user = "carol"}, "secons", "-s"). */
#define run_as(t, options, ...)                                                                    \
	case_run(t, options, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
/* Runs a command that has to end with status 0: for set-up. */
#define run_ok(t, ...)                                                                             \
	case_run_ok(t, NULL, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)

/* Starts a command and goes on: struct target_process *p = start(t, NULL, "audomon", "-F"). */
#define start(t, options, ...)                                                                     \
	case_start(t, options, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
/* Standard output and error of a started command so far, in the order written. */
#define output(t, process)                 ((t)->ops->output(t, process))
#define pid_of(t, process)                 ((t)->ops->pid(t, process))
/* What a command with a terminal shows there so far, and typing at it: see run_options. */
#define terminal_shown(t, process)         ((t)->ops->shown(t, process))
#define terminal_type(t, process, lines)   case_type(t, process, lines, __FILE__, __LINE__)
/* Waits for the end of a started command. */
#define finish(t, process)                 finish_within(t, process, 30)
#define finish_within(t, process, seconds) case_finish(t, process, seconds, __FILE__, __LINE__)
/* Sends it a signal and waits for its end. */
#define stop(t, process, signal)           case_stop(t, process, signal, __FILE__, __LINE__)
/* Signals any process; true while a process exists. */
#define signal_pid(t, pid, signal)         case_signal(t, pid, signal, __FILE__, __LINE__)
#define pid_exists(t, pid)                 ((t)->ops->kill(t, pid, 0) != -ESRCH)

/* --- what a command said ---------------------------------------------------------------------- */

#define assert_exit(result, status)        case_assert_exit(result, status, __FILE__, __LINE__)
/* The whole of standard output or error, byte for byte. */
#define assert_out(result, expected)                                                               \
	case_assert_stream(result, CASE_OUT, expected, __FILE__, __LINE__)
#define assert_err(result, expected)                                                               \
	case_assert_stream(result, CASE_ERR, expected, __FILE__, __LINE__)
/* Standard output has that line, byte for byte; has it exactly `count` times; 0: not at all. */
#define assert_line(result, line) case_assert_line(result, line, -1, __FILE__, __LINE__)
#define assert_line_count(result, line, count)                                                     \
	case_assert_line(result, line, count, __FILE__, __LINE__)
#define assert_no_line(result, line) case_assert_line(result, line, 0, __FILE__, __LINE__)
/* Some line of standard output or error matches a regular expression of PCRE2. */
#define assert_out_match(result, pattern)                                                          \
	case_assert_stream_match(result, CASE_OUT, pattern, __FILE__, __LINE__)
#define assert_err_match(result, pattern)                                                          \
	case_assert_stream_match(result, CASE_ERR, pattern, __FILE__, __LINE__)
/* Standard error is one line "PROGRAM: ..." and nothing was done: what a clear refusal looks like.
 */
#define assert_error_line(result, program)                                                         \
	case_assert_error_line(result, program, __FILE__, __LINE__)
/* Any two texts; `what` names them in the message. */
#define assert_text(what, actual, expected)                                                        \
	case_assert_text(what, actual, expected, __FILE__, __LINE__)
#define assert_text_match(what, actual, pattern)                                                   \
	case_assert_match(what, actual, pattern, __FILE__, __LINE__)

/* Helpers for texts; what they return lives as long as the case. */
#define text_format(...)                case_text_format(__VA_ARGS__)
/* The n-th line (from 0) without its newline, or NULL; how many lines there are. */
#define text_line(text, n)              case_text_line(text, n)
#define text_line_count(text)           case_text_match_count(text, "")
/* How many lines match a regular expression of PCRE2. */
#define text_match_count(text, pattern) case_text_match_count(text, pattern)

/* --- waiting ---------------------------------------------------------------------------------- */

/*
 * Waits until an expression is true, evaluating it again whenever something may have changed; fails
 * the case when `seconds` of the target's time pass first. Where time is virtual that is quick.
 *
 *	wait_until(t, 10, file_exists(t, "/var/.audit/my_trail"));
 */
#define wait_until(t, seconds, expression)                                                         \
	for (struct case_wait wait_ = case_wait_begin(t, seconds); !(expression);)                 \
	case_wait_step(t, &wait_, #expression, __FILE__, __LINE__)

/* Lets time pass when time is the subject; needs CAP_TIME unless a few seconds are enough. */
#define time_pass(t, seconds)       case_time_pass(t, seconds, __FILE__, __LINE__)
/* The wall clock in seconds since 1970; set to local time "2012-12-04 11:21:07" (CAP_CLOCK). */
#define clock_now(t)                case_clock_now(t, __FILE__, __LINE__)
#define clock_set(t, local)         case_clock_set(t, local, __FILE__, __LINE__)

/* --- files ------------------------------------------------------------------------------------ */

#define file_read(t, path)          case_file_read(t, path, __FILE__, __LINE__) /* zero-terminated */
#define file_write(t, path, text)   case_file_write(t, path, text, false, __FILE__, __LINE__)
#define file_append(t, path, text)  case_file_write(t, path, text, true, __FILE__, __LINE__)
/* Makes the file larger or smaller, filling with zeros, so that it has exactly that size. */
#define file_resize(t, path, bytes) case_file_resize(t, path, bytes, __FILE__, __LINE__)
#define file_size(t, path)          case_file_size(t, path, __FILE__, __LINE__)
#define file_mode(t, path)          case_file_mode(t, path, __FILE__, __LINE__) /* 0600 ... */
#define file_exists(t, path)        case_file_exists(t, path, __FILE__, __LINE__)
#define file_remove(t, path)        case_file_remove(t, path, __FILE__, __LINE__)
#define file_chmod(t, path, mode)   case_file_chmod(t, path, mode, __FILE__, __LINE__)
#define dir_make(t, path)           case_dir_make(t, path, __FILE__, __LINE__)
#define dir_list(t, path)           case_dir_list(t, path, __FILE__, __LINE__) /* names, one a line */
/* A user of the operating system; in the guest, groups are named for their users. */
#define user_add(t, name, uid)      case_user_add(t, name, uid, __FILE__, __LINE__)

/* --- more than one host (CAP_HOSTS) -------------------------------------------------------------
 */

/* Another host, with files as they are here now; the host under test is then called
 * TARGET_HOST_HERE. Commands run there with run_as(t, &(struct run_options){.host = "host1"}, ...).
 */
#define host_add(t, name)           case_host_add(t, name, __FILE__, __LINE__)
/* Cuts its line. */
#define host_cut(t, name)           case_host_cut(t, name, __FILE__, __LINE__)
/* Makes it a bad one: host_line(t, "host1", .loss_percent = 20). */
#define host_line(t, name, ...)                                                                    \
	case_host_line(t, name, &(struct line_options){__VA_ARGS__}, __FILE__, __LINE__)
/* Many connections to a port on which nothing is ever said. */
#define connect_silent(t, host, port, count)                                                       \
	case_connect_silent(t, host, port, count, __FILE__, __LINE__)

/* --- a file system as full as you like (CAP_FILL) ----------------------------------------------
 */

/* Puts one at a folder; what the folder held shows through. */
#define fill_mount(t, mount) case_fill_mount(t, mount, __FILE__, __LINE__)
/* fill_set(t, "/var/.audit", "blocks=1000", "free=200", "available=150"): at once, together. */
#define fill_set(t, mount, ...)                                                                    \
	case_fill_set(t, mount, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)

/* Operations there fail, until fill_clear(): fill_fault(t, "/var/.audit", "mkdir", "errno=EROFS").
 */
#define fill_fault(t, mount, ...)                                                                  \
	case_fill_fault(t, mount, (const char *const[]){__VA_ARGS__, NULL}, __FILE__, __LINE__)
#define fill_clear(t, mount) case_fill_fault(t, mount, NULL, __FILE__, __LINE__)

/* --- processes inside hooked calls (CAP_HOOKS) --------------------------------------------------
 */

/*
 * struct target_parked *p = park(t, .in = PARKED_OPEN, .program = "/usr/sbin/vsftpd", .pid = 2105);
 * returns when the process is in there. unpark() lets it go and asserts that its call then worked
 * as if nothing had happened.
 */
#define park(t, ...)         case_park(t, &(struct park_options){__VA_ARGS__}, __FILE__, __LINE__)
#define parked_pid(t, p)     ((t)->ops->parked_pid(t, p))
#define parked_ppid(t, p)    ((t)->ops->parked_ppid(t, p))
#define parked_call(t, p)    ((t)->ops->parked_call(t, p)) /* call number on that architecture */
#define parked_inside(t, p)  ((t)->ops->parked_inside(t, p))
#define unpark(t, p)         case_unpark(t, p, __FILE__, __LINE__)

/* --- behind the macros ------------------------------------------------------------------------ */

struct case_wait {
	int64_t deadline_ns;
	int64_t pause_ns;
	int seconds;
};

__attribute__((noreturn)) void case_skip(const char *file, int line, const char *reason);
const struct result *case_run(struct target *t, const struct run_options *options,
			      const char *const *words, const char *file, int line);
const struct result *case_run_ok(struct target *t, const struct run_options *options,
				 const char *const *words, const char *file, int line);
struct target_process *case_start(struct target *t, const struct run_options *options,
				  const char *const *words, const char *file, int line);
void case_type(struct target *t, struct target_process *p, const char *lines, const char *file,
	       int line);
const struct result *case_finish(struct target *t, struct target_process *p, int deadline_s,
				 const char *file, int line);
const struct result *case_stop(struct target *t, struct target_process *p, int signal,
			       const char *file, int line);
void case_signal(struct target *t, pid_t pid, int signal, const char *file, int line);

void case_assert_exit(const struct result *r, int status, const char *file, int line);
enum case_stream { CASE_OUT, CASE_ERR };

void case_assert_stream(const struct result *r, enum case_stream stream, const char *expected,
			const char *file, int line);
void case_assert_stream_match(const struct result *r, enum case_stream stream, const char *pattern,
			      const char *file, int line);
void case_assert_text(const char *what, const char *actual, const char *expected, const char *file,
		      int line);
void case_assert_match(const char *what, const char *actual, const char *pattern, const char *file,
		       int line);
void case_assert_line(const struct result *r, const char *wanted, int count, const char *file,
		      int line);
void case_assert_error_line(const struct result *r, const char *program, const char *file,
			    int line);

const char *case_text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
const char *case_text_line(const char *text, unsigned n);
unsigned case_text_match_count(const char *text, const char *pattern);

struct case_wait case_wait_begin(struct target *t, int seconds);
void case_wait_step(struct target *t, struct case_wait *w, const char *expression, const char *file,
		    int line);
void case_time_pass(struct target *t, int64_t seconds, const char *file, int line);
int64_t case_clock_now(struct target *t, const char *file, int line);
void case_clock_set(struct target *t, const char *local, const char *file, int line);

const char *case_file_read(struct target *t, const char *path, const char *file, int line);
void case_file_write(struct target *t, const char *path, const char *text, bool append,
		     const char *file, int line);
void case_file_resize(struct target *t, const char *path, uint64_t bytes, const char *file,
		      int line);
uint64_t case_file_size(struct target *t, const char *path, const char *file, int line);
mode_t case_file_mode(struct target *t, const char *path, const char *file, int line);
bool case_file_exists(struct target *t, const char *path, const char *file, int line);
void case_file_remove(struct target *t, const char *path, const char *file, int line);
void case_file_chmod(struct target *t, const char *path, mode_t mode, const char *file, int line);
void case_dir_make(struct target *t, const char *path, const char *file, int line);
const char *case_dir_list(struct target *t, const char *path, const char *file, int line);
void case_user_add(struct target *t, const char *name, uid_t uid, const char *file, int line);

void case_host_add(struct target *t, const char *name, const char *file, int line);
void case_host_cut(struct target *t, const char *name, const char *file, int line);
void case_host_line(struct target *t, const char *name, const struct line_options *o,
		    const char *file, int line);
void case_connect_silent(struct target *t, const char *host, uint16_t port, unsigned count,
			 const char *file, int line);

void case_fill_mount(struct target *t, const char *mount, const char *file, int line);
void case_fill_set(struct target *t, const char *mount, const char *const *settings,
		   const char *file, int line);
void case_fill_fault(struct target *t, const char *mount, const char *const *rule, const char *file,
		     int line);
struct target_parked *case_park(struct target *t, const struct park_options *options,
				const char *file, int line);
void case_unpark(struct target *t, struct target_parked *p, const char *file, int line);

#endif
