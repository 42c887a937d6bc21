/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine's sh. It writes what it was asked to run to the end of SIM_SHELL_LOG, one
 * line a command, each argument in its own angle brackets: that is enough to tell exactly what a
 * program gave its shell. Then it runs the script that is named, or the commands given, of which it
 * understands what scripts of cases are made of: echo, cat, cd, id, pwd, umask, env, cp, mv, exit,
 * kill -9 $$, ps, readlink, stat, waiting for a file, and programs of the machine. Not for:
 * anything else of a shell, such as expanding what the command line holds.
 */
#include "sim/shell.h"

#include "ref/store/file.h"
#include "sim/world.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define ARGS_MAX     8
#define WORDS_MAX    16
#define NOT_FOUND    127
#define LOOK_NS      (50 * NS_PER_MS)
#define SIM_COPY_MAX (1 << 20)
#define SEPARATORS   "\n;"
#define WAIT_PREFIX  "while [ ! -e "
#define EVER_NS      INT64_MAX / 2
#define PS_COLUMNS   "pid,tty,comm"

struct shell {
	char command[2 * PLATFORM_PATH_MAX]; /* its words, zero-terminated each */
	const char *args[ARGS_MAX];          /* the script and what it was given */
	unsigned arg_count;
	int status; /* of the last program */
};

static int append(struct platform *p, const char *path, unsigned flags, const char *text)
{
	int fd = p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE | flags, 0666);
	int error = fd < 0 ? fd : 0;

	if (!error && *text)
		error = p->ops->write(p, fd, text, strlen(text));
	if (fd >= 0)
		p->ops->close(p, fd);
	return error;
}

static int write_command(struct platform *p, int argc, char **argv)
{
	int error = 0;

	for (int i = 0; i < argc && !error; i++) {
		error = append(p, SIM_SHELL_LOG, 0, "<");
		if (!error)
			error = append(p, SIM_SHELL_LOG, 0, argv[i]);
		if (!error)
			error = append(p, SIM_SHELL_LOG, 0, i + 1 < argc ? "> " : ">\n");
	}
	return error;
}

/* A word of a script: $0 to $9, $# and $$ become what they stand for; quotes go. */
static void expand(const struct program_run *run, const char *word, char out[PLATFORM_PATH_MAX])
{
	const struct shell *s = run->state;
	char number[16];
	size_t n = 0;

	for (; *word && n < PLATFORM_PATH_MAX - 1; word++) {
		const char *value = number;
		unsigned arg = (unsigned)(word[1] - '0');

		number[0] = '\0';
		if (*word == '"')
			continue;
		if (*word != '$' || !word[1]) {
			out[n++] = *word;
			continue;
		}
		word++;
		if (*word == '#')
			snprintf(number, sizeof(number), "%u", s->arg_count - 1);
		else if (*word == '$')
			snprintf(number, sizeof(number), "%d",
				 (int)run->platform->ops->pid(run->platform));
		else if (arg < s->arg_count)
			value = s->args[arg];
		n += (size_t)snprintf(out + n, PLATFORM_PATH_MAX - n, "%s", value);
	}
	out[n < PLATFORM_PATH_MAX ? n : PLATFORM_PATH_MAX - 1] = '\0';
}

/* What a command says goes to its output, to its error output, or to a file. */
static int write_line(struct program_run *run, char *const *words, const char *line)
{
	char word[PLATFORM_PATH_MAX];

	if (!*words || !strcmp(*words, ">&2")) {
		fputs(line, *words ? run->err : run->out);
		return 0;
	}
	expand(run, *words + 1 + ((*words)[1] == '>'), word);
	return append(run->platform, word, (*words)[1] == '>' ? 0 : PLATFORM_TRUNC, line);
}

static int echo(struct program_run *run, char *const *words)
{
	char line[PLATFORM_PATH_MAX] = "";
	char word[PLATFORM_PATH_MAX];
	size_t n = 0;

	for (words++; *words && **words != '>'; words++) {
		expand(run, *words, word);
		n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%s", n ? " " : "", word);
		if (n >= sizeof(line) - 1)
			return -E2BIG;
	}
	line[n++] = '\n';
	line[n] = '\0';
	return write_line(run, words, line);
}

/* stat -L -c %d:%i: what a file is, and not just what it is called. */
static int identify(const struct sim_process *me, const char *path, char *out, size_t bytes)
{
	char within[PLATFORM_PATH_MAX];
	const struct sim_file *f = sim_file_find(me->sim, sim_path(me, path, within));

	if (!f)
		return -ENOENT;
	snprintf(out, bytes, "%d:%llu\n",
		 (int)(sim_mount_of(me->sim, f->path) - me->sim->mounts) + 1,
		 (unsigned long long)f->number);
	return 0;
}

/* What the process is surrounded by. Returns 0 or a negated errno value; -ENOSYS: no such command.
 */
static int tell(struct program_run *run, char *const *words, size_t n)
{
	const struct sim_process *me = sim_self(run->platform);
	char line[PLATFORM_PATH_MAX + SIM_ENVIRONMENT_MAX];
	int error = 0;

	if (!strcmp(words[0], "id"))
		snprintf(line, sizeof(line), "%u\n", (unsigned)me->uid);
	else if (!strcmp(words[0], "pwd"))
		snprintf(line, sizeof(line), "%s\n", me->folder);
	else if (!strcmp(words[0], "umask"))
		snprintf(line, sizeof(line), "%04o\n", (unsigned)me->umask);
	else if (!strcmp(words[0], "env"))
		snprintf(line, sizeof(line), "%s", me->environment);
	else if (!strcmp(words[0], "stat") && n >= 5 && !strcmp(words[3], "%d:%i"))
		error = identify(me, words[4], line, sizeof(line));
	else
		return -ENOSYS;
	if (error)
		return error;
	while (*words && **words != '>')
		words++;
	return write_line(run, words, line);
}

static int change_folder(struct program_run *run, const char *path)
{
	struct sim_process *me = sim_self(run->platform);
	int error = sim_enter(me, path);

	if (!error)
		snprintf(me->folder, sizeof(me->folder), "%s", path);
	return error;
}

/* mv, cp */
static int move_or_copy(struct program_run *run, char *const *words)
{
	char from[PLATFORM_PATH_MAX];
	char to[PLATFORM_PATH_MAX];
	struct platform *p = run->platform;
	char *text;
	size_t bytes;
	int error;

	expand(run, words[1], from);
	expand(run, words[2], to);
	if (!strcmp(words[0], "mv"))
		return p->ops->rename(p, from, to);
	error = file_read(p, from, SIM_COPY_MAX, &text, &bytes);
	if (!error)
		error = file_replace(p, to, text, bytes, 0600);
	free(text);
	return error;
}

static int cat(struct program_run *run, const char *path)
{
	char *text;
	size_t bytes;
	int error = file_read(run->platform, path, SIM_SCRIPT_MAX, &text, &bytes);

	if (error)
		return error;
	fwrite(text, 1, bytes, run->out);
	free(text);
	return 0;
}

/* One column of a process. */
static void print_column(FILE *out, const struct sim_process *p, const char *column, size_t n)
{
	const char *path = p->argv[0] ? p->argv[0] : "init";
	const char *slash = strrchr(path, '/');

	if (!strncmp(column, "pid", n))
		fprintf(out, "%5d ", (int)p->pid);
	else if (!strncmp(column, "sid", n))
		fprintf(out, "%5d ", (int)p->sid);
	else if (!strncmp(column, "tty", n))
		fprintf(out, "%-8s ", p->terminal[0] ? p->terminal + strlen("/dev/") : "?");
	else
		fprintf(out, "%s", slash ? slash + 1 : path);
}

/* ps -e [-o COLUMN,...]; the columns have no heads. */
static int ps(struct program_run *run, char *const *words, size_t n)
{
	const char *columns = n == 4 && !strcmp(words[2], "-o") ? words[3] : PS_COLUMNS;
	const struct sim *s = sim_self(run->platform)->sim;

	for (const struct sim_process *p = s->processes; p; p = p->next) {
		for (const char *at = columns; *at; at += strspn(at, ",")) {
			print_column(run->out, p, at, strcspn(at, ","));
			at += strcspn(at, ",");
		}
		fputc('\n', run->out);
	}
	return 0;
}

/* Of /proc/PID/cwd, the one link there is. */
static int read_link(struct program_run *run, const char *path)
{
	char *end = NULL;
	const struct sim_process *p =
		strncmp(path, "/proc/", 6) != 0
			? NULL
			: sim_process_by_pid(sim_self(run->platform)->sim,
					     (pid_t)strtol(path + 6, &end, 10));

	if (!p || strcmp(end, "/cwd") != 0)
		return -ENOENT;
	fprintf(run->out, "%s\n", p->folder);
	return 0;
}

/* A program of the machine, to its end. */
static int run_program(struct program_run *run, char *const *words)
{
	const struct platform_spawn what = {.argv = (const char *const *)words,
					    .shares_output = true};
	struct platform *p = run->platform;
	struct shell *s = run->state;
	int status;
	pid_t pid;
	int error = p->ops->spawn(p, &what, &pid);

	if (!error)
		error = p->ops->wait_gone(p, pid, EVER_NS, &status);
	if (!error)
		s->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return error;
}

/* Returns 0 or a negated errno value; -ENOSYS: this shell does not know it. */
static int run_command(struct program_run *run, char *const *words, size_t n)
{
	if (!strcmp(words[0], "echo"))
		return echo(run, words);
	if ((!strcmp(words[0], "mv") || !strcmp(words[0], "cp")) && n == 3)
		return move_or_copy(run, words);
	if (!strcmp(words[0], "cat") && n == 2)
		return cat(run, words[1]);
	if (!strcmp(words[0], "cd") && n == 2)
		return change_folder(run, words[1]);
	if (!strcmp(words[0], "ps"))
		return ps(run, words, n);
	if (!strcmp(words[0], "readlink") && n == 2)
		return read_link(run, words[1]);
	if (!strcmp(words[0], "do") || !strcmp(words[0], "done"))
		return 0; /* of the loop that waits for a file */
	return sim_program(words[0]) ? run_program(run, words) : tell(run, words, n);
}

static void rest_a_while(struct platform *p)
{
	(void)p->ops->wait_gone(p, p->ops->pid(p), LOOK_NS, NULL);
}

/* Until a file is there. */
static void wait_for(struct platform *p, const char *file)
{
	char path[PLATFORM_PATH_MAX];
	struct platform_stat st;

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(file, " "), file);
	while (p->ops->stat(p, path, &st) == -ENOENT)
		rest_a_while(p);
}

/* Nothing comes after that. */
static int kill_itself(struct platform *p)
{
	p->ops->kill(p, p->ops->pid(p), SIGKILL);
	while (!sim_self(p)->dead)
		rest_a_while(p);
	return EXIT_REFUSED;
}

/* Returns an exit status, or -1 to go on. */
static int run_line(struct program_run *run, char *line)
{
	char *words[WORDS_MAX + 1] = {NULL};
	struct shell *s = run->state;
	size_t n = 0;
	int error;

	line += strspn(line, " \t");
	if (!strncmp(line, WAIT_PREFIX, strlen(WAIT_PREFIX))) {
		wait_for(run->platform, line + strlen(WAIT_PREFIX));
		return -1;
	}
	for (char *word; n < WORDS_MAX && (word = strsep(&line, " ")); n += *words[n] != '\0')
		words[n] = word;
	words[n] = NULL;
	if (!n)
		return -1;
	if (!strcmp(words[0], "exit"))
		return words[1] ? (int)strtol(words[1], NULL, 10) : EXIT_DONE;
	if (!strcmp(words[0], "kill"))
		return kill_itself(run->platform);
	s->status = EXIT_DONE;
	error = run_command(run, words, n);
	if (!error)
		return -1;
	fprintf(run->err, "sh: %s: %s\n", words[0], strerror(-error));
	return error == -ENOSYS ? NOT_FOUND : EXIT_REFUSED;
}

static int run_script(struct program_run *run, char *script)
{
	const struct shell *s = run->state;
	int status = -1;
	char *line;

	while (status < 0 && (line = strsep(&script, SEPARATORS)))
		status = *line == '#' ? -1 : run_line(run, line);
	return status < 0 ? s->status : status;
}

/* The words behind -c, of which the first is the script; or the script and its arguments. */
static void take_arguments(struct shell *s, int argc, char **argv)
{
	char *text = s->command;

	if (argc > 2 && !strcmp(argv[1], "-c")) {
		snprintf(s->command, sizeof(s->command), "%s", argv[2]);
		for (char *word; s->arg_count < ARGS_MAX && (word = strsep(&text, " "));) {
			if (*word)
				s->args[s->arg_count++] = word;
		}
		return;
	}
	for (int i = 1; i < argc && s->arg_count < ARGS_MAX; i++)
		s->args[s->arg_count++] = argv[i];
}

static int read_and_run(struct program_run *run, int argc, char **argv)
{
	struct shell *s = run->state;
	char *script = NULL;
	size_t bytes;
	int status;

	take_arguments(s, argc, argv);
	if (!s->arg_count)
		return EXIT_DONE;
	if (!strchr(s->args[0], '/')) /* no script's path: commands */
		script = strdup(argc > 2 ? argv[2] : argv[1]);
	else if (file_read(run->platform, s->args[0], SIM_SCRIPT_MAX, &script, &bytes))
		return NOT_FOUND;
	status = script ? run_script(run, script) : EXIT_REFUSED;
	free(script);
	return status;
}

static int sh_main(struct program_run *run, int argc, char **argv)
{
	int status = EXIT_REFUSED;

	run->state = calloc(1, sizeof(struct shell));
	if (run->state && !write_command(run->platform, argc, argv))
		status = read_and_run(run, argc, argv);
	free(run->state);
	run->state = NULL;
	return status;
}

const struct program sh_program = {.name = "sh", .main = sh_main};
