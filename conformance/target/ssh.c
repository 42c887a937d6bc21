/* SPDX-License-Identifier: MIT */
/*
 * The target at the far end of an SSH connection. Commands and files are reached by scripts of a
 * POSIX shell, a channel each, which take words and paths as quoted words alone; nothing is
 * installed there. What a shell cannot do (a given PID, a terminal, parked callers, other hosts)
 * this target cannot do. A connection that is lost is no failure of the case.
 *
 * Not for the connection (ssh_connect.c).
 */
#include "conformance/case_end.h"
#include "conformance/shell_word.h"
#include "conformance/target/ssh_private.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define NS_A_SECOND (INT64_C(1000) * 1000 * 1000)
#define JOBS_MAX    128
#define CHANNEL_MAX (2 * TARGET_OUTPUT_MAX + 4096) /* bytes of a job's channel */

/* What scripts here end with. */
enum { FAR_OTHER = 1, FAR_NOT_THERE = 71, FAR_IS_DIR, FAR_NOT_ALLOWED, FAR_THERE };

/* A started command. */
struct target_process {
	struct ssh_call call;
	unsigned number; /* of its folder at the far end */
	char *command;
	pid_t pid, group; /* at the far end; the group is that of the shell that waits for it */
	bool ended;
	bool truncated;
	int exit_status, signal;
	struct strbuf out, err, both;
};

struct ssh {
	struct target base;
	struct target_process *jobs[JOBS_MAX];
	size_t job_count;
};

__attribute__((format(printf, 3, 4))) static int failed(struct target *t, int error,
							const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(t->why, sizeof(t->why), format, args);
	va_end(args);
	return -error;
}

/* The verdict is then the harness's, whatever the case makes of it. */
static int lost(struct target *t, const struct ssh_call *c)
{
	snprintf(case_end->reason, sizeof(case_end->reason), "the connection is lost: %.*s",
		 (int)strcspn(c->err.text, "\r\n"), c->err.text);
	case_end->lost = true;
	return failed(t, EPIPE, "%s", case_end->reason);
}

static int unable(struct target *t, const char *what)
{
	return failed(t, ENOTSUP, "over ssh there is no %s", what);
}

/* --- scripts ---------------------------------------------------------------------------------- */

/* A script that begins by naming its words: "p='/a/b'". */
static void script_begin(struct strbuf *b, const char *path)
{
	strbuf_init(b, SSH_SCRIPT_MAX);
	strbuf_puts(b, "cd /\nLC_ALL=C\nexport LC_ALL\np=");
	shell_add_word(b, path);
	/* A path is no option. */
	strbuf_puts(b, "\ncase $p in -*) p=./$p;; esac\n");
}

static int error_of(int status)
{
	switch (status) {
	case FAR_NOT_THERE:
		return ENOENT;
	case FAR_IS_DIR:
		return EISDIR;
	case FAR_NOT_ALLOWED:
		return EACCES;
	case FAR_THERE:
		return EEXIST;
	default:
		return EIO;
	}
}

/* Runs a script about a path to its end and frees it. Output goes to out, unless NULL. */
static int script_run(struct target *t, struct strbuf *b, const char *path, const void *input,
		      size_t input_bytes, struct strbuf *out)
{
	struct ssh_call c;
	bool fits = !b->truncated;
	int status = fits ? ssh_call(&c, b->text, input, input_bytes, TARGET_FILE_MAX + 1) : 0;
	int error = 0;

	strbuf_free(b);
	if (!fits)
		return failed(t, E2BIG, "%s: too long for a command line", path);
	if (status < 0)
		error = lost(t, &c);
	else if (error_of(status) != EIO)
		error = failed(t, error_of(status), "%s: %s", path, strerror(error_of(status)));
	else if (status)
		error = failed(t, EIO, "%s: %.*s", path, (int)strcspn(c.err.text, "\n"),
			       c.err.text);
	else if (c.out.bytes > TARGET_FILE_MAX)
		error = failed(t, EFBIG, "%s: more than %d bytes", path, TARGET_FILE_MAX);
	else if (out)
		strbuf_add(out, c.out.text, c.out.bytes);
	ssh_call_close(&c);
	return error;
}

/* --- commands --------------------------------------------------------------------------------- */

/* What becomes the command: its PID goes to descriptor 3, and nothing of the shell is left. */
static void add_inner(struct strbuf *b, const struct run_options *o, const char *const *words)
{
	strbuf_puts(b,
		    "echo \"pid $$\" >&3\nexec 3>&-\nexec env -i \"PATH=$PATH\" ${TZ+\"TZ=$TZ\"} "
		    "LC_ALL=C USER=");
	shell_add_word(b, o->user ? o->user : "root");
	for (; *words; words++) {
		strbuf_putc(b, ' ');
		shell_add_word(b, *words);
	}
	strbuf_putc(b, '\n');
}

/* Adds the inner script as the one command of a line, run by the user or as we are. */
static void add_command(struct strbuf *b, const struct profile *profile,
			const struct run_options *o, const char *const *words)
{
	const char *su = profile_command(profile, "su");
	struct strbuf inner, command;

	strbuf_init(&inner, SSH_SCRIPT_MAX);
	strbuf_init(&command, SSH_SCRIPT_MAX);
	add_inner(&inner, o, words);
	shell_add_script(&command, inner.text);
	if (o->user) {
		strbuf_addf(b, "%s ", su ? su : "su");
		shell_add_word(b, o->user);
		strbuf_puts(b, " -c ");
		shell_add_word(b, command.text);
	} else {
		strbuf_puts(b, command.text);
	}
	b->truncated |= inner.truncated || command.truncated;
	strbuf_free(&inner);
	strbuf_free(&command);
}

/*
 * The job on its channel: "job GROUP", "pid PID" from the command itself, and when it has ended
 * "end STATUS SIGNALLED OUT ERR" with that many bytes of each. "none": there is no such command.
 * The
 * command is no job in the background, which would ignore SIGINT; it has a shell of its own for its
 * redirections, so that what the other one says of its end is not among its errors. A status beyond
 * 128 is a signal's when the shell says so; of SIGINT and SIGPIPE shells say nothing.
 */
static void job_script(struct strbuf *b, const struct target *t, unsigned number,
		       const struct run_options *o, const char *const *words)
{
	strbuf_init(b, SSH_SCRIPT_MAX);
	strbuf_addf(
		b,
		"cd /\nLC_ALL=C\nexport LC_ALL\nd=%s/%u\n"
		"(umask 077 && mkdir \"$d\" && cat >\"$d/in\" && echo $$ >\"$d/job\") || exit 1\n"
		"PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH\nexport PATH\n"
		"command -v ",
		ssh_folder(), number);
	shell_add_word(b, words[0]);
	strbuf_puts(b, " >/dev/null 2>&1 || { echo none; exit 0; }\n"
		       "echo \"job $$\"\nexec 4>&2 2>\"$d/note\"\n(exec ");
	add_command(b, t->profile, o, words);
	strbuf_addf(b,
		    " 3>&1 4>&- <\"$d/in\" >\"$d/out\" 2>\"$d/err\")\n"
		    "s=$?\nexec 2>&4 4>&-\nrm -f \"$d/job\"\nn=0\n"
		    "[ \"$s\" -le 128 ] || [ ! -s \"$d/note\" ] || n=1\n"
		    "case $s in 130 | 141) n=1 ;; esac\n"
		    "echo \"end $s $n $(($(wc -c <\"$d/out\"))) $(($(wc -c <\"$d/err\")))\"\n"
		    "dd if=\"$d/out\" bs=%d count=1 2>/dev/null\n"
		    "dd if=\"$d/err\" bs=%d count=1 2>/dev/null\nexit 0\n",
		    TARGET_OUTPUT_MAX, TARGET_OUTPUT_MAX);
}

/* The line of the channel that begins with a word and a blank: what follows, or NULL. */
static const char *line_after(const struct strbuf *channel, const char *word)
{
	size_t n = strlen(word);

	for (const char *line = channel->text; *line;) {
		const char *newline = strchr(line, '\n');

		if (!newline)
			return NULL;
		if (strncmp(line, word, n) == 0)
			return line + n;
		if (strncmp(line, "end ", 4) == 0)
			return NULL; /* what follows is the command's own */
		line = newline + 1;
	}
	return NULL;
}

static size_t least(unsigned long long a, size_t b)
{
	return a < b ? (size_t)a : b;
}

/* Takes the outcome of a job whose channel has ended. */
static int take_end(struct target *t, struct target_process *p)
{
	const char *end = line_after(&p->call.out, "end ");
	const char *channel_end = p->call.out.text + p->call.out.bytes;
	unsigned long long numbers[4];
	size_t out, err;
	char *at;

	if (ssh_call_status(&p->call) != 0 || !end)
		return lost(t, &p->call);
	for (size_t i = 0; i < 4; i++, end = at)
		numbers[i] = strtoull(end, &at, 10);
	out = least(numbers[2], TARGET_OUTPUT_MAX);
	err = least(numbers[3], TARGET_OUTPUT_MAX);
	if (*at != '\n' || (size_t)(channel_end - at - 1) != out + err)
		return lost(t, &p->call);
	strbuf_add(&p->out, at + 1, out);
	strbuf_add(&p->err, at + 1 + out, err);
	p->truncated = numbers[2] > TARGET_OUTPUT_MAX || numbers[3] > TARGET_OUTPUT_MAX;
	p->signal = numbers[1] ? (int)(numbers[0] & 0x7f) : 0;
	p->exit_status = numbers[1] ? -1 : (int)numbers[0];
	p->ended = true;
	return 0;
}

static char *joined(const char *const *words)
{
	struct strbuf b;

	strbuf_init(&b, 4096);
	for (size_t i = 0; words[i]; i++)
		strbuf_addf(&b, "%s%s", i ? " " : "", words[i]);
	return b.text;
}

/* Waits until the command runs, or has ended already. */
static int wait_started(struct target *t, struct target_process *p, const char *name)
{
	int64_t until_ns = ssh_now_ns() + SSH_DEADLINE_S * NS_A_SECOND;
	struct ssh_call *call = &p->call;
	const char *group, *pid;

	do {
		pid = line_after(&call->out, "pid ");
		if (ssh_now_ns() >= until_ns)
			return lost(t, call);
		if (!pid && ssh_call_runs(call))
			ssh_call_step(&call, 1, until_ns - ssh_now_ns());
	} while (!pid && ssh_call_runs(call));
	pid = line_after(&call->out, "pid "); /* it may have come last */
	group = line_after(&call->out, "job ");
	if (pid && group) {
		p->pid = (pid_t)strtol(pid, NULL, 10);
		p->group = (pid_t)strtol(group, NULL, 10);
		return 0;
	}
	if (strcmp(call->out.text, "none\n") == 0)
		return failed(t, ENOENT, "%s cannot be run: not found at the far end", name);
	if (group && take_end(t, p) == 0)
		return failed(t, EPERM, "%s cannot be run: %s", name, p->err.text);
	if (ssh_call_status(call) > 0)
		return failed(t, EIO, "%s cannot be run: %s", name, call->err.text);
	return lost(t, call);
}

static int ssh_start(struct target *t, const struct run_options *o, const char *const *words,
		     struct target_process **out)
{
	struct ssh *s = (struct ssh *)t;
	size_t input = o->input ? strlen(o->input) : 0;
	struct target_process *p;
	struct strbuf b;
	int error;

	if (o->pid || o->session || o->terminal || o->host || o->zone || o->dies_at)
		return unable(t, o->pid        ? "choice of the PID"
				 : o->terminal ? "terminal"
				 : o->zone     ? "choice of the time zone"
				 : o->dies_at  ? "choice of a step to die at"
				 : o->host     ? "other host"
					       : "session of its own");
	if (s->job_count == JOBS_MAX)
		return failed(t, EMFILE, "more than %d commands", JOBS_MAX);
	p = memory_zeroed(1, sizeof(*p));
	s->jobs[s->job_count++] = p;
	p->number = (unsigned)s->job_count;
	p->command = joined(words);
	strbuf_init(&p->out, TARGET_OUTPUT_MAX);
	strbuf_init(&p->err, TARGET_OUTPUT_MAX);
	strbuf_init(&p->both, 2 * TARGET_OUTPUT_MAX);
	job_script(&b, t, p->number, o, words);
	error = b.truncated ? -E2BIG
			    : ssh_call_start(&p->call, b.text, o->input, input, CHANNEL_MAX);
	if (b.truncated) /* nothing was started */
		p->call = (struct ssh_call){.pid_fd = -1, .out_fd = -1, .err_fd = -1};
	strbuf_free(&b);
	if (error)
		return failed(t, -error, "%s cannot be run: %s", words[0], strerror(-error));
	*out = p;
	return wait_started(t, p, words[0]);
}

static pid_t ssh_pid(struct target *t, const struct target_process *p)
{
	(void)t;
	return p->pid;
}

static int ssh_step(struct target *t, int64_t max_ns)
{
	struct ssh *s = (struct ssh *)t;
	struct ssh_call *calls[JOBS_MAX];
	size_t n = 0;

	for (size_t i = 0; i < s->job_count; i++)
		if (ssh_call_runs(&s->jobs[i]->call))
			calls[n++] = &s->jobs[i]->call;
	ssh_call_step(calls, n, max_ns);
	return 0;
}

/* Of a running one it is fetched; what came first cannot be told then. */
static const char *ssh_output(struct target *t, const struct target_process *running)
{
	struct target_process *p = (struct target_process *)running;
	struct strbuf b;

	strbuf_clear(&p->both);
	if (!p->ended && !ssh_call_runs(&p->call))
		take_end(t, p);
	if (p->ended) {
		strbuf_add(&p->both, p->out.text, p->out.bytes);
		strbuf_add(&p->both, p->err.text, p->err.bytes);
		return p->both.text;
	}
	script_begin(&b, ssh_folder());
	strbuf_addf(&b, "cat \"$p/%u/out\" \"$p/%u/err\"\n", p->number, p->number);
	script_run(t, &b, p->command, "", 0, &p->both);
	return p->both.text;
}

static const char *ssh_shown(struct target *t, const struct target_process *p)
{
	(void)t;
	(void)p;
	return "";
}

static int ssh_type(struct target *t, struct target_process *p, const char *lines)
{
	(void)p;
	(void)lines;
	return unable(t, "terminal");
}

/* Ends a job with all of its process group. */
static void end_job(struct target *t, struct target_process *p)
{
	struct strbuf b;

	script_begin(&b, "/");
	strbuf_addf(&b, "kill -s KILL %d\nkill -KILL -%d\nexit 0\n", (int)p->pid, (int)p->group);
	script_run(t, &b, p->command, "", 0, NULL);
}

static int ssh_wait(struct target *t, struct target_process *p, int deadline_s, struct result *out)
{
	int64_t until_ns = ssh_now_ns() + deadline_s * NS_A_SECOND;
	int error = 0;

	while (ssh_call_runs(&p->call)) {
		int64_t left_ns = until_ns - ssh_now_ns();

		if (left_ns <= 0) {
			end_job(t, p);
			return case_end->lost ? -EPIPE
					      : failed(t, ETIMEDOUT, "%s: not done after %d s",
						       p->command, deadline_s);
		}
		ssh_step(t, left_ns);
	}
	if (!p->ended)
		error = take_end(t, p);
	if (error)
		return error;
	*out = (struct result){.command = p->command,
			       .exit_status = p->exit_status,
			       .signal = p->signal,
			       .out = p->out.text,
			       .err = p->err.text,
			       .shown = "",
			       .truncated = p->truncated};
	return 0;
}

static int ssh_kill(struct target *t, pid_t pid, int signal)
{
	const char *name = signal ? sigabbrev_np(signal) : "0";
	char who[32];
	struct strbuf b;

	if (!name)
		return failed(t, EINVAL, "signal %d", signal);
	snprintf(who, sizeof(who), "PID %d", (int)pid);
	script_begin(&b, "/");
	strbuf_addf(&b,
		    "kill -s %s %d && exit 0\n"
		    "ps -A -o pid= | while read -r n; do [ \"$n\" != %d ] || exit %d; done\n"
		    "[ $? = %d ] && exit %d\nexit %d\n",
		    name, (int)pid, (int)pid, FAR_NOT_ALLOWED, FAR_NOT_ALLOWED, FAR_NOT_ALLOWED,
		    FAR_NOT_THERE);
	switch (script_run(t, &b, who, "", 0, NULL)) {
	case 0:
		return 0;
	case -EACCES:
		return failed(t, EPERM, "%s: %s", who, strerror(EPERM));
	case -ENOENT:
		return failed(t, ESRCH, "%s: %s", who, strerror(ESRCH));
	default:
		return -EIO;
	}
}

/* --- files ------------------------------------------------------------------------------------ */

#define EXISTS      "[ -e \"$p\" ] || exit %d\n"
#define EXISTS_ARGS FAR_NOT_THERE

static int ssh_read(struct target *t, const char *path, struct strbuf *out)
{
	struct strbuf b;

	script_begin(&b, path);
	strbuf_addf(&b,
		    EXISTS
		    "[ ! -d \"$p\" ] || exit %d\n[ -r \"$p\" ] || exit %d\nexec cat \"$p\"\n",
		    EXISTS_ARGS, FAR_IS_DIR, FAR_NOT_ALLOWED);
	return script_run(t, &b, path, "", 0, out);
}

static int ssh_write(struct target *t, const char *path, const void *data, size_t bytes,
		     bool append, mode_t mode)
{
	struct strbuf b;

	script_begin(&b, path);
	strbuf_addf(&b,
		    "[ ! -d \"$p\" ] || exit %d\n[ -d \"${p%%/*}/\" ] || exit %d\n"
		    "[ -e \"$p\" ] || new=1\numask 077\ncat %s\"$p\" || exit 1\n"
		    "[ -z \"$new\" ] || chmod %o \"$p\"\n",
		    FAR_IS_DIR, FAR_NOT_THERE, append ? ">>" : ">", (unsigned)mode & 07777);
	return script_run(t, &b, path, data, bytes, NULL);
}

static int ssh_resize(struct target *t, const char *path, uint64_t bytes)
{
	struct strbuf b;

	script_begin(&b, path);
	strbuf_addf(&b, "umask 022\ndd if=/dev/null of=\"$p\" bs=1 seek=%llu 2>/dev/null\n",
		    (unsigned long long)bytes);
	return script_run(t, &b, path, "", 0, NULL);
}

/* Permission bits as ls shows them, "rwxr-sr-t". */
static mode_t parse_mode(const char *text)
{
	static const mode_t special[] = {S_ISUID, S_ISGID, S_ISVTX};
	mode_t mode = 0;

	for (unsigned i = 0; i < 9; i++) {
		if (text[i] != '-' && text[i] != 'S' && text[i] != 'T')
			mode |= 0400u >> i;
		if (i % 3 == 2 && strchr("sStT", text[i]))
			mode |= special[i / 3];
	}
	return mode;
}

static int ssh_stat(struct target *t, const char *path, struct file_info *out)
{
	struct strbuf b, line;
	unsigned long long numbers[4]; /* links, user, group, size */
	char *at;
	int error;

	script_begin(&b, path);
	strbuf_addf(&b, EXISTS "exec ls -ldnL \"$p\"\n", EXISTS_ARGS);
	strbuf_init(&line, TARGET_PATH_MAX + 256);
	error = script_run(t, &b, path, "", 0, &line);
	if (!error && line.bytes < 11)
		error = failed(t, EIO, "%s: ls said \"%s\"", path, line.text);
	if (!error) {
		at = line.text + strcspn(line.text, " ");
		for (size_t i = 0; i < 4; i++)
			numbers[i] = strtoull(at, &at, 10);
		*out = (struct file_info){.is_dir = *line.text == 'd',
					  .mode = parse_mode(line.text + 1),
					  .uid = (uid_t)numbers[1],
					  .size_bytes = numbers[3]};
	}
	strbuf_free(&line);
	return error;
}

static int ssh_remove(struct target *t, const char *path)
{
	struct strbuf b;

	script_begin(&b, path);
	strbuf_puts(&b, "exec rm -rf \"$p\"\n");
	return script_run(t, &b, path, "", 0, NULL);
}

static int ssh_mkdir(struct target *t, const char *path, mode_t mode)
{
	struct strbuf b;

	script_begin(&b, path);
	strbuf_addf(&b, "[ -d \"$p\" ] || mkdir -m %o \"$p\"\n", (unsigned)mode & 07777);
	return script_run(t, &b, path, "", 0, NULL);
}

static int ssh_chmod(struct target *t, const char *path, mode_t mode)
{
	struct strbuf b;

	script_begin(&b, path);
	strbuf_addf(&b, EXISTS "exec chmod %o \"$p\"\n", EXISTS_ARGS, (unsigned)mode & 07777);
	return script_run(t, &b, path, "", 0, NULL);
}

static int ssh_list(struct target *t, const char *path, struct strbuf *out)
{
	struct strbuf b;

	script_begin(&b, path);
	strbuf_addf(&b, "[ -d \"$p\" ] || exit %d\nexec ls -A \"$p\"\n", FAR_NOT_THERE);
	return script_run(t, &b, path, "", 0, out);
}

/* There is no portable way to make a user. */
static int ssh_user_add(struct target *t, const char *name, uid_t uid)
{
	struct strbuf b, line;
	int error;

	script_begin(&b, "/");
	strbuf_puts(&b, "id -u ");
	shell_add_word(&b, name);
	strbuf_puts(&b, " 2>/dev/null || :\n");
	strbuf_init(&line, 64);
	error = script_run(t, &b, name, "", 0, &line);
	if (!error && !*line.text)
		error = failed(t, ENOTSUP, "the far end has no user %s with the UID %u", name,
			       (unsigned)uid);
	else if (!error && strtoul(line.text, NULL, 10) != uid)
		error = failed(t, EEXIST, "user %s has the UID %lu", name,
			       strtoul(line.text, NULL, 10));
	strbuf_free(&line);
	return error;
}

/* --- clock ------------------------------------------------------------------------------------ */

static int ssh_clock_get(struct target *t, int64_t *wall_s)
{
	struct tm tm = {0};
	struct strbuf b, line;
	int error;

	script_begin(&b, "/");
	strbuf_puts(&b, "exec date -u '+%Y-%m-%d %H:%M:%S'\n");
	strbuf_init(&line, 64);
	error = script_run(t, &b, "date", "", 0, &line);
	if (!error && !strptime(line.text, "%Y-%m-%d %H:%M:%S", &tm))
		error = failed(t, EIO, "date said \"%s\"", line.text);
	if (!error)
		*wall_s = timegm(&tm);
	strbuf_free(&line);
	return error;
}

static int ssh_clock_set(struct target *t, int64_t wall_s)
{
	(void)wall_s;
	return unable(t, "setting the clock");
}

static int ssh_clock_parse(struct target *t, const char *local, int64_t *wall_s)
{
	(void)local;
	(void)wall_s;
	return unable(t, "setting the clock");
}

static int64_t ssh_clock(struct target *t)
{
	(void)t;
	return ssh_now_ns();
}

/* --- what only the machine itself can do --------------------------------------------------------
 */

static int ssh_host_add(struct target *t, const char *name)
{
	(void)name;
	return unable(t, "other host");
}

static int ssh_host_line(struct target *t, const char *name, const struct line_options *o)
{
	(void)o;
	return ssh_host_add(t, name);
}

static int ssh_connect_silent(struct target *t, const char *host, uint16_t port, unsigned count)
{
	(void)port;
	(void)count;
	return ssh_host_add(t, host);
}

static int ssh_fill_mount(struct target *t, const char *mount)
{
	(void)mount;
	return unable(t, "file system to fill");
}

static int ssh_fill_set(struct target *t, const char *mount, const char *const *settings)
{
	(void)settings;
	return ssh_fill_mount(t, mount);
}

static int ssh_park(struct target *t, const struct park_options *o, struct target_parked **out)
{
	(void)o;
	(void)out;
	return unable(t, "parked caller");
}

/* --- the target ------------------------------------------------------------------------------- */

/* What runs at the far end is ended before the next case (ssh_renew()), which also is where a case
 * ends that was killed. */
static void ssh_close(struct target *t)
{
	struct ssh *s = (struct ssh *)t;

	for (size_t i = 0; i < s->job_count; i++) {
		struct target_process *p = s->jobs[i];

		ssh_call_close(&p->call);
		strbuf_free(&p->out);
		strbuf_free(&p->err);
		strbuf_free(&p->both);
		free(p->command);
		free(p);
	}
	free(s);
}

static const struct target_ops ssh_ops = {
	.start = ssh_start,
	.pid = ssh_pid,
	.output = ssh_output,
	.shown = ssh_shown,
	.type = ssh_type,
	.wait = ssh_wait,
	.kill = ssh_kill,
	.read = ssh_read,
	.write = ssh_write,
	.resize = ssh_resize,
	.stat = ssh_stat,
	.remove = ssh_remove,
	.mkdir = ssh_mkdir,
	.chmod = ssh_chmod,
	.list = ssh_list,
	.host_add = ssh_host_add,
	.host_cut = ssh_host_add,
	.host_line = ssh_host_line,
	.connect_silent = ssh_connect_silent,
	.user_add = ssh_user_add,
	.clock_get = ssh_clock_get,
	.clock_set = ssh_clock_set,
	.clock_parse = ssh_clock_parse,
	.now_ns = ssh_clock,
	.step = ssh_step,
	.fill_mount = ssh_fill_mount,
	.fill_set = ssh_fill_set,
	.park = ssh_park, /* without it there is nothing for the functions about parked callers */
	.close = ssh_close,
};

struct target *ssh_open(const struct profile *profile, uint64_t seed, char *why, size_t bytes)
{
	struct ssh *s;

	if (ssh_renew(why, bytes))
		return NULL;
	s = memory_zeroed(1, sizeof(*s));
	s->base = (struct target){.ops = &ssh_ops, .profile = profile, .seed = seed};
	return &s->base;
}
