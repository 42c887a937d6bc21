/* SPDX-License-Identifier: MIT */
/*
 * The vocabulary of cases: each function does its job through the target's door or ends the case
 * with a message that names the place in the case, the command and the difference.
 *
 * Not for: deciding what becomes of a case (runner.c).
 */
#include "conformance/case.h"

#include "conformance/case_end.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <errno.h>
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

#define RUN_DEADLINE_S  30
#define WAIT_FIRST_NS   (INT64_C(20) * 1000 * 1000)
#define WAIT_LONGEST_NS (INT64_C(1000) * 1000 * 1000)
#define NS_A_SECOND     (INT64_C(1000) * 1000 * 1000)
#define SHOWN_MAX       4000 /* bytes of a text shown in a message */

struct case_end case_end_none;
struct case_end *case_end = &case_end_none;

__attribute__((format(printf, 3, 4), noreturn)) static void fail_case(const char *file, int line,
								      const char *format, ...)
{
	va_list args;

	print_error("%s:%d: ", file, line);
	va_start(args, format);
	vprint_error(format, args);
	va_end(args);
	print_error("\n");
	_fail(file, line);
	abort(); /* _fail() jumps back into CMocka */
}

void case_skip(const char *file, int line, const char *reason)
{
	case_end->skipped = true;
	snprintf(case_end->reason, sizeof(case_end->reason), "%s", reason);
	_skip(file, line);
	abort();
}

/* Ends the case when a function of the door failed. */
static void check(struct target *t, int error, const char *what, const char *file, int line)
{
	if (error == -ENOTSUP)
		case_skip(file, line, t->why);
	if (error < 0)
		fail_case(file, line, "%s: %s", what, *t->why ? t->why : strerror(-error));
}

/* Shows a text with a margin, line by line, so that blanks and missing newlines can be seen. */
static void show_text(const char *name, const char *text)
{
	size_t shown = 0;

	print_error("  %s%s\n", name, *text ? ":" : ": empty");
	while (*text && shown < SHOWN_MAX) {
		size_t n = strcspn(text, "\n");

		print_error("    | %.*s%s\n", (int)n, text,
			    text[n] ? "" : "  (no newline at the end)");
		text += n + (text[n] == '\n');
		shown += n + 1;
	}
	if (*text)
		print_error("    | ... %zu more bytes\n", strlen(text));
}

static void show_result(const struct result *r)
{
	if (!r)
		return;
	print_error("  command: %s\n", r->command);
	if (r->signal)
		print_error("  ended by signal %d\n", r->signal);
	else
		print_error("  exit status: %d\n", r->exit_status);
}

/* --- commands --------------------------------------------------------------------------------- */

static char *words_joined(const char *const *words)
{
	struct strbuf b;

	strbuf_init(&b, 4096);
	for (size_t i = 0; words[i]; i++) {
		bool plain = *words[i] && !words[i][strcspn(words[i], " \t\n'\"$;&|<>*?\\")];

		strbuf_addf(&b, plain ? "%s%s" : "%s'%s'", i ? " " : "", words[i]);
	}
	return b.text;
}

/* Puts what the profile says in place of the plain name of a command. */
static void map_command(struct target *t, const char *const *words,
			const char *out[TARGET_ARGS_MAX], const char *file, int line)
{
	const char *mapped = profile_command(t->profile, words[0]);
	size_t n = 0;

	if (!mapped)
		fail_case(file, line, "profile %s names no command %s: add it to [commands]",
			  t->profile->name, words[0]);
	if (strcmp(mapped, "none") == 0)
		case_skip(file, line, case_text_format("the target has no command %s", words[0]));
	while (*mapped) {
		size_t bytes = strcspn(mapped, " ");

		if (n == TARGET_ARGS_MAX - 1)
			fail_case(file, line, "command %s has too many words", words[0]);
		if (bytes)
			out[n++] = case_text_format("%.*s", (int)bytes, mapped);
		mapped += bytes + strspn(mapped + bytes, " ");
	}
	for (size_t i = 1; words[i]; i++) {
		if (n == TARGET_ARGS_MAX - 1)
			fail_case(file, line, "command %s has too many words", words[0]);
		out[n++] = words[i];
	}
	out[n] = NULL;
}

static void check_options(struct target *t, const struct run_options *o, const char *file, int line)
{
	unsigned needs = (o->user || o->pid ? CAP_ROOT : 0) | (o->host ? CAP_HOSTS : 0);
	unsigned missing = needs & ~t->profile->capabilities;

	if (missing)
		case_skip(file, line,
			  case_text_format("needs capability %s",
					   capability_name(missing & -missing)));
}

struct target_process *case_start(struct target *t, const struct run_options *options,
				  const char *const *words, const char *file, int line)
{
	static const struct run_options none;
	const char *mapped[TARGET_ARGS_MAX];
	struct target_process *p = NULL;

	options = options ? options : &none;
	check_options(t, options, file, line);
	map_command(t, words, mapped, file, line);
	check(t, (t->ops->start)(t, options, mapped, &p), words[0], file, line);
	return p;
}

void case_type(struct target *t, struct target_process *p, const char *lines, const char *file,
	       int line)
{
	check(t, (t->ops->type)(t, p, lines), "typing", file, line);
}

const struct result *case_finish(struct target *t, struct target_process *p, int deadline_s,
				 const char *file, int line)
{
	struct result *r = memory_zeroed(1, sizeof(*r));

	check(t, (t->ops->wait)(t, p, deadline_s, r), "waiting for a command", file, line);
	return r;
}

const struct result *case_run(struct target *t, const struct run_options *options,
			      const char *const *words, const char *file, int line)
{
	struct target_process *p = case_start(t, options, words, file, line);
	struct result *r = memory_zeroed(1, sizeof(*r));
	int deadline_s = options && options->deadline_s ? options->deadline_s : RUN_DEADLINE_S;
	char *command = words_joined(words);
	int error = (t->ops->wait)(t, p, deadline_s, r);

	if (error == -ETIMEDOUT) {
		print_error("%s:%d: not done after %d s\n", file, line, deadline_s);
		print_error("  command: %s\n", command);
		show_text("output so far", (t->ops->output)(t, p));
		_fail(file, line);
	}
	check(t, error, command, file, line);
	r->command = command;
	return r;
}

const struct result *case_run_ok(struct target *t, const struct run_options *options,
				 const char *const *words, const char *file, int line)
{
	const struct result *r = case_run(t, options, words, file, line);

	case_assert_exit(r, 0, file, line);
	return r;
}

const struct result *case_stop(struct target *t, struct target_process *p, int signal,
			       const char *file, int line)
{
	check(t, (t->ops->kill)(t, (t->ops->pid)(t, p), signal), "signal", file, line);
	return case_finish(t, p, RUN_DEADLINE_S, file, line);
}

void case_signal(struct target *t, pid_t pid, int signal, const char *file, int line)
{
	check(t, (t->ops->kill)(t, pid, signal), "signal", file, line);
}

/* --- what a command said ---------------------------------------------------------------------- */

void case_assert_exit(const struct result *r, int status, const char *file, int line)
{
	if (r->exit_status == status)
		return;
	print_error("%s:%d: exit status %d expected\n", file, line, status);
	show_result(r);
	show_text("standard output", r->out);
	show_text("standard error", r->err);
	_fail(file, line);
}

/* Points at the first byte that differs. */
static void show_difference(const char *actual, const char *expected)
{
	size_t at = 0, begin = 0;
	unsigned number = 1;

	while (actual[at] && actual[at] == expected[at]) {
		if (actual[at] == '\n') {
			begin = at + 1;
			number++;
		}
		at++;
	}
	print_error("  first difference: line %u, column %zu\n", number, at - begin + 1);
	print_error("    expected | %.*s\n", (int)strcspn(expected + begin, "\n"),
		    expected + begin);
	print_error("    actual   | %.*s\n", (int)strcspn(actual + begin, "\n"), actual + begin);
	print_error("               %*s^\n", (int)(at - begin), "");
}

static void compare_text(const struct result *r, const char *what, const char *actual,
			 const char *expected, const char *file, int line)
{
	if (strcmp(actual, expected) == 0)
		return;
	print_error("%s:%d: %s is not as expected\n", file, line, what);
	show_result(r);
	show_difference(actual, expected);
	show_text("expected", expected);
	show_text("actual", actual);
	if (r && actual != r->err && *r->err)
		show_text("standard error", r->err);
	_fail(file, line);
}

void case_assert_line(const struct result *r, const char *wanted, int count, const char *file,
		      int line)
{
	const char *text = r->out;
	size_t bytes = strlen(wanted);
	int found = 0;

	while (*text) {
		size_t n = strcspn(text, "\n");

		found += n == bytes && memcmp(text, wanted, n) == 0;
		text += n + (text[n] == '\n');
	}
	if (count < 0 ? found > 0 : found == count)
		return;
	if (count < 0)
		print_error("%s:%d: a line of standard output is missing\n", file, line);
	else
		print_error("%s:%d: line expected %d times, found %d times\n", file, line, count,
			    found);
	show_text("line", case_text_format("%s\n", wanted));
	show_result(r);
	show_text("standard output", r->out);
	if (*r->err)
		show_text("standard error", r->err);
	_fail(file, line);
}

/* Ends the case when the pattern is none. */
static pcre2_code *compile_pattern(const char *pattern, const char *file, int line)
{
	PCRE2_UCHAR message[128];
	PCRE2_SIZE at;
	int error;
	pcre2_code *code =
		pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, 0, &error, &at, NULL);

	if (!code) {
		pcre2_get_error_message(error, message, sizeof(message));
		fail_case(file, line, "pattern \"%s\": %s at byte %zu", pattern, (char *)message,
			  at);
	}
	return code;
}

/* Lines of text that match. */
static unsigned match_lines(const char *text, const char *pattern, const char *file, int line)
{
	pcre2_code *code = compile_pattern(pattern, file, line);
	pcre2_match_data *match = pcre2_match_data_create(1, NULL);
	unsigned found = 0;

	if (!match)
		fail_case(file, line, "out of memory");
	while (*text) {
		size_t n = strcspn(text, "\n");
		int result = pcre2_match(code, (PCRE2_SPTR)text, n, 0, 0, match, NULL);

		if (result < 0 && result != PCRE2_ERROR_NOMATCH)
			fail_case(file, line, "pattern \"%s\": PCRE2 gives up with %d", pattern,
				  result);
		found += result >= 0;
		text += n + (text[n] == '\n');
	}
	pcre2_match_data_free(match);
	pcre2_code_free(code);
	return found;
}

static void find_match(const struct result *r, const char *what, const char *actual,
		       const char *pattern, const char *file, int line)
{
	if (match_lines(actual, pattern, file, line))
		return;
	print_error("%s:%d: no line of %s matches %s\n", file, line, what, pattern);
	show_result(r);
	show_text(what, actual);
	if (r && actual != r->err && *r->err)
		show_text("standard error", r->err);
	_fail(file, line);
}

static const char *stream_name(enum case_stream stream)
{
	return stream == CASE_OUT ? "standard output" : "standard error";
}

static const char *stream_text(const struct result *r, enum case_stream stream)
{
	return stream == CASE_OUT ? r->out : r->err;
}

void case_assert_stream(const struct result *r, enum case_stream stream, const char *expected,
			const char *file, int line)
{
	compare_text(r, stream_name(stream), stream_text(r, stream), expected, file, line);
}

void case_assert_stream_match(const struct result *r, enum case_stream stream, const char *pattern,
			      const char *file, int line)
{
	find_match(r, stream_name(stream), stream_text(r, stream), pattern, file, line);
}

void case_assert_text(const char *what, const char *actual, const char *expected, const char *file,
		      int line)
{
	compare_text(NULL, what, actual, expected, file, line);
}

void case_assert_match(const char *what, const char *actual, const char *pattern, const char *file,
		       int line)
{
	find_match(NULL, what, actual, pattern, file, line);
}

void case_assert_error_line(const struct result *r, const char *program, const char *file, int line)
{
	size_t n = strlen(program);
	const char *newline = strchr(r->err, '\n');

	if (strncmp(r->err, program, n) == 0 && r->err[n] == ':' && newline && !newline[1])
		return;
	print_error("%s:%d: standard error is not one line \"%s: ...\"\n", file, line, program);
	show_result(r);
	show_text("standard error", r->err);
	show_text("standard output", r->out);
	_fail(file, line);
}

const char *case_text_format(const char *format, ...)
{
	char *out = NULL;
	va_list args;
	int bytes;

	va_start(args, format);
	bytes = vasprintf(&out, format, args);
	va_end(args);
	return bytes < 0 ? "" : out;
}

const char *case_text_line(const char *text, unsigned n)
{
	for (; n && *text; n--) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return *text ? memory_copied(text, strcspn(text, "\n")) : NULL;
}

unsigned case_text_match_count(const char *text, const char *pattern)
{
	return match_lines(text, pattern, __FILE__, __LINE__);
}

/* --- waiting ---------------------------------------------------------------------------------- */

struct case_wait case_wait_begin(struct target *t, int seconds)
{
	case_end->waited_s += seconds;
	return (struct case_wait){
		.deadline_ns = t->ops->now_ns(t) + seconds * NS_A_SECOND,
		.pause_ns = WAIT_FIRST_NS,
		.seconds = seconds,
	};
}

void case_wait_step(struct target *t, struct case_wait *w, const char *expression, const char *file,
		    int line)
{
	int64_t left_ns = w->deadline_ns - t->ops->now_ns(t);

	if (left_ns <= 0)
		fail_case(file, line, "not true after %d s: %s", w->seconds, expression);
	check(t, t->ops->step(t, left_ns < w->pause_ns ? left_ns : w->pause_ns), "waiting", file,
	      line);
	if (w->pause_ns < WAIT_LONGEST_NS)
		w->pause_ns *= 2;
}

void case_time_pass(struct target *t, int64_t seconds, const char *file, int line)
{
	int64_t until_ns = t->ops->now_ns(t) + seconds * NS_A_SECOND;
	int64_t left_ns;

	case_end->waited_s += seconds;
	while ((left_ns = until_ns - t->ops->now_ns(t)) > 0)
		check(t, t->ops->step(t, left_ns), "letting time pass", file, line);
}

int64_t case_clock_now(struct target *t, const char *file, int line)
{
	int64_t wall_s = 0;

	check(t, t->ops->clock_get(t, &wall_s), "reading the clock", file, line);
	return wall_s;
}

void case_clock_set(struct target *t, const char *local, const char *file, int line)
{
	int64_t wall_s = 0;

	check(t, t->ops->clock_parse(t, local, &wall_s), local, file, line);
	check(t, (t->ops->clock_set)(t, wall_s), "setting the clock", file, line);
}

/* --- files ------------------------------------------------------------------------------------ */

const char *case_file_read(struct target *t, const char *path, const char *file, int line)
{
	struct strbuf b;

	strbuf_init(&b, TARGET_FILE_MAX);
	check(t, t->ops->read(t, path, &b), path, file, line);
	return b.text;
}

void case_file_write(struct target *t, const char *path, const char *text, bool append,
		     const char *file, int line)
{
	check(t, t->ops->write(t, path, text, strlen(text), append, 0644), path, file, line);
}

void case_file_resize(struct target *t, const char *path, uint64_t bytes, const char *file,
		      int line)
{
	check(t, t->ops->resize(t, path, bytes), path, file, line);
}

static struct file_info info(struct target *t, const char *path, const char *file, int line)
{
	struct file_info i = {0};

	check(t, t->ops->stat(t, path, &i), path, file, line);
	return i;
}

uint64_t case_file_size(struct target *t, const char *path, const char *file, int line)
{
	return info(t, path, file, line).size_bytes;
}

mode_t case_file_mode(struct target *t, const char *path, const char *file, int line)
{
	return info(t, path, file, line).mode;
}

bool case_file_exists(struct target *t, const char *path, const char *file, int line)
{
	struct file_info i;
	int error = t->ops->stat(t, path, &i);

	if (error == -ENOENT || error == -ENOTDIR)
		return false;
	check(t, error, path, file, line);
	return true;
}

void case_file_remove(struct target *t, const char *path, const char *file, int line)
{
	check(t, (t->ops->remove)(t, path), path, file, line);
}

void case_file_chmod(struct target *t, const char *path, mode_t mode, const char *file, int line)
{
	check(t, t->ops->chmod(t, path, mode), path, file, line);
}

void case_dir_make(struct target *t, const char *path, const char *file, int line)
{
	check(t, t->ops->mkdir(t, path, 0755), path, file, line);
}

const char *case_dir_list(struct target *t, const char *path, const char *file, int line)
{
	struct strbuf b;

	strbuf_init(&b, TARGET_OUTPUT_MAX);
	check(t, t->ops->list(t, path, &b), path, file, line);
	return b.text;
}

void case_user_add(struct target *t, const char *name, uid_t uid, const char *file, int line)
{
	check(t, (t->ops->user_add)(t, name, uid), name, file, line);
}

void case_host_add(struct target *t, const char *name, const char *file, int line)
{
	check(t, (t->ops->host_add)(t, name), name, file, line);
}

void case_host_cut(struct target *t, const char *name, const char *file, int line)
{
	check(t, (t->ops->host_cut)(t, name), name, file, line);
}

void case_host_line(struct target *t, const char *name, const struct line_options *o,
		    const char *file, int line)
{
	check(t, (t->ops->host_line)(t, name, o), name, file, line);
}

void case_connect_silent(struct target *t, const char *host, uint16_t port, unsigned count,
			 const char *file, int line)
{
	check(t, (t->ops->connect_silent)(t, host, port, count), host, file, line);
}

/* --- fullness and parked callers -------------------------------------------------------------- */

void case_fill_mount(struct target *t, const char *mount, const char *file, int line)
{
	check(t, (t->ops->fill_mount)(t, mount), mount, file, line);
}

void case_fill_set(struct target *t, const char *mount, const char *const *settings,
		   const char *file, int line)
{
	check(t, (t->ops->fill_set)(t, mount, settings), mount, file, line);
}

void case_fill_fault(struct target *t, const char *mount, const char *const *rule, const char *file,
		     int line)
{
	if (!t->ops->fill_fault)
		case_skip(file, line, "needs a file system that fails as told");
	check(t, (t->ops->fill_fault)(t, mount, rule), mount, file, line);
}

struct target_parked *case_park(struct target *t, const struct park_options *options,
				const char *file, int line)
{
	struct target_parked *p = NULL;

	if (options->since_s && !(t->profile->capabilities & CAP_UPTIME))
		case_skip(file, line, "needs capability uptime");
	check(t, (t->ops->park)(t, options, &p), "parking a caller", file, line);
	return p;
}

void case_unpark(struct target *t, struct target_parked *p, const char *file, int line)
{
	check(t, (t->ops->unpark)(t, p), "the call a parked caller was in", file, line);
}
