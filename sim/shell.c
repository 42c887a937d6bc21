/* SPDX-License-Identifier: MIT */
/*
 * The simulated machine's sh. It writes what it was asked to run to the end of SIM_SHELL_LOG, one
 * line a command, each argument in its own angle brackets: that is enough to tell exactly what a
 * program gave its shell. Then it runs the script that is named, or the commands given, of which it
 * understands what scripts of cases are made of: echo, cat, cd, id, pwd, umask, env, cp, mv, exit,
 * kill -9 $$, and waiting for a file. Not for: anything else of a shell, such as expanding what the
 * command line holds.
 */
#include "sim/shell.h"

#include "ref/store/file.h"
#include "sim/world.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#define ARGS_MAX     8
#define WORDS_MAX    16
#define NOT_FOUND    127
#define LOOK_NS      (50 * NS_PER_MS)
#define SIM_COPY_MAX (1 << 20)
#define SEPARATORS   "\n;"
#define WAIT_PREFIX  "while [ ! -e "
#define NEVER        "/none/at/all" /* is there */

struct shell {
	char command[2 * PLATFORM_PATH_MAX]; /* its words, zero-terminated each */
	const char *args[ARGS_MAX];          /* the script and what it was given */
	unsigned arg_count;
	char *script; /* NULL: none */
	char *rest;   /* of it */
	char awaited[PLATFORM_PATH_MAX];
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

/* What the process is surrounded by. Returns 0 or a negated errno value; -ENOSYS: no such command.
 */
static int tell(struct program_run *run, char *const *words)
{
	const struct sim_process *me = sim_self(run->platform);
	char line[PLATFORM_PATH_MAX + SIM_ENVIRONMENT_MAX];

	if (!strcmp(words[0], "id"))
		snprintf(line, sizeof(line), "%u\n", (unsigned)me->uid);
	else if (!strcmp(words[0], "pwd"))
		snprintf(line, sizeof(line), "%s\n", me->folder);
	else if (!strcmp(words[0], "umask"))
		snprintf(line, sizeof(line), "%04o\n", (unsigned)me->umask);
	else if (!strcmp(words[0], "env"))
		snprintf(line, sizeof(line), "%s", me->environment);
	else
		return -ENOSYS;
	while (*words && **words != '>')
		words++;
	return write_line(run, words, line);
}

static int copy(struct program_run *run, char *const *words)
{
	char from[PLATFORM_PATH_MAX];
	char to[PLATFORM_PATH_MAX];
	struct platform *p = run->platform;
	char *text;
	size_t bytes;
	int error;

	expand(run, words[1], from);
	expand(run, words[2], to);
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

/* Returns 0 or a negated errno value; -ENOSYS: this shell does not know it. */
static int run_command(struct program_run *run, char *const *words, size_t n)
{
	struct platform *p = run->platform;

	if (!strcmp(words[0], "echo"))
		return echo(run, words);
	if (!strcmp(words[0], "mv") && n == 3)
		return p->ops->rename(p, words[1], words[2]);
	if (!strcmp(words[0], "cp") && n == 3)
		return copy(run, words);
	if (!strcmp(words[0], "cat") && n == 2)
		return cat(run, words[1]);
	if (!strcmp(words[0], "cd") && n == 2)
		return sim_enter(sim_self(p), words[1]);
	if (!strcmp(words[0], "do") || !strcmp(words[0], "done"))
		return 0; /* of the loop that waits for a file */
	return tell(run, words);
}

/* Returns an exit status, or -1 to go on. */
static int run_line(struct program_run *run, char *line)
{
	struct platform *p = run->platform;
	struct shell *s = run->state;
	char *words[WORDS_MAX + 1] = {NULL};
	size_t n = 0;
	int error;

	line += strspn(line, " \t");
	if (!strncmp(line, WAIT_PREFIX, strlen(WAIT_PREFIX))) {
		line += strlen(WAIT_PREFIX);
		snprintf(s->awaited, sizeof(s->awaited), "%.*s", (int)strcspn(line, " "), line);
		return -1;
	}
	for (char *word; n < WORDS_MAX && (word = strsep(&line, " ")); n += *words[n] != '\0')
		words[n] = word;
	words[n] = NULL;
	if (!n)
		return -1;
	if (!strcmp(words[0], "exit"))
		return words[1] ? (int)strtol(words[1], NULL, 10) : EXIT_DONE;
	if (!strcmp(words[0], "kill")) { /* itself; nothing comes after that */
		p->ops->kill(p, p->ops->pid(p), SIGKILL);
		snprintf(s->awaited, sizeof(s->awaited), "%s", NEVER);
	}
	error = *s->awaited ? 0 : run_command(run, words, n);
	if (!error)
		return -1;
	fprintf(run->err, "sh: %s: %s\n", words[0], strerror(-error));
	return error == -ENOSYS ? NOT_FOUND : EXIT_REFUSED;
}

/* Up to the end, or to something that is waited for. Returns an exit status or PROGRAM_SERVE. */
static int go_on(struct program_run *run)
{
	struct shell *s = run->state;
	char *line;

	while (!*s->awaited && (line = strsep(&s->rest, SEPARATORS))) {
		int status = *line == '#' ? -1 : run_line(run, line);

		if (status >= 0)
			return status;
	}
	return *s->awaited ? PROGRAM_SERVE : EXIT_DONE;
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

static int sh_main(struct program_run *run, int argc, char **argv)
{
	struct shell *s = calloc(1, sizeof(*s));
	size_t bytes;

	run->state = s;
	run->foreground = true;
	if (!s || write_command(run->platform, argc, argv))
		return EXIT_REFUSED;
	take_arguments(s, argc, argv);
	if (!s->arg_count)
		return EXIT_DONE;
	if (!strchr(s->args[0], '/')) /* no script's path: commands */
		s->script = strdup(argc > 2 ? argv[2] : argv[1]);
	else if (file_read(run->platform, s->args[0], SIM_SCRIPT_MAX, &s->script, &bytes))
		return NOT_FOUND;
	s->rest = s->script;
	return go_on(run);
}

static int look_again(struct program_run *run)
{
	return run->platform->ops->timer(run->platform, 0, LOOK_NS);
}

static void on_timer(struct program_run *run, unsigned id)
{
	struct shell *s = run->state;
	struct platform_stat st;
	int status;

	(void)id;
	if (run->platform->ops->stat(run->platform, s->awaited, &st)) {
		look_again(run);
		return;
	}
	s->awaited[0] = '\0';
	status = go_on(run);
	if (status == PROGRAM_SERVE)
		look_again(run);
	else
		run->platform->ops->leave(run->platform, status);
}

static void on_signal(struct program_run *run, int signal)
{
	(void)signal;
	run->platform->ops->leave(run->platform, EXIT_REFUSED);
}

static void on_stop(struct program_run *run)
{
	struct shell *s = run->state;

	if (s)
		free(s->script);
	free(s);
	run->state = NULL;
}

static const struct daemon_handlers sh_daemon = {
	.start = look_again, .timer = on_timer, .signal = on_signal, .stop = on_stop};

const struct program sh_program = {.name = "sh", .main = sh_main, .daemon = &sh_daemon};
