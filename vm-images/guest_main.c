/* SPDX-License-Identifier: MIT */
/*
 * The command `guest`: lists, builds and runs guests by hand and for scripts. A thin skin over
 * guest.h; nothing is decided here.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vm-images/guest.h"

#define EXIT_SETUP 2
#define LIST_MAX   64

static const char help[] =
	"guest: scripted QEMU guests\n"
	"\n"
	"  guest list                     the guests there are\n"
	"  guest build [--print kdir] NAME  fetch and unpack a guest; print where its kernel "
	"headers lie\n"
	"  guest run NAME [OPTION...] [--] COMMAND...\n"
	"                                 run a command in a fresh guest; exit with its status\n"
	"  guest shell NAME [OPTION...]   the same with a shell on the console; `exit` ends the "
	"guest\n"
	"\n"
	"  --add HOST:GUEST   add a file or folder; a program brings its libraries along\n"
	"  --overlay DIR      lay a folder over the guest's root\n"
	"  --env NAME=VALUE   set an environment variable of the command\n"
	"  --hostname NAME    name of the guest\n"
	"  --rtc BASE         date the guest starts at, UTC: 2026-01-31T12:00:00\n"
	"  --last-pid PID     the command gets the PID after this one\n"
	"  --icount[=SHIFT]   virtual time: a nanosecond an instruction, no waiting when idle; "
	"with SHIFT\n"
	"                     2 to that power of nanoseconds, a slow processor\n"
	"  --cpus N           processors (default 1)\n"
	"  --accel auto|tcg|kvm  what to run under (default auto: KVM where it is proved to work)\n"
	"  --boot S           limit of starting, until the command begins (default 15)\n"
	"  --deadline S       limit of the whole run (default 300)\n"
	"  --hang S           limit of silence (default 30)\n"
	"  --progress S       limit between two lines written to /run/guest.mark (default none)\n"
	"  --taint BITS       what the kernel may be tainted with at the end (default 12288: a "
	"module "
	"of ours)\n"
	"  --console FILE     keep the kernel's console\n"
	"  --verbose          tell verdict, accelerator and times at the end\n"
	"\n"
	"Limits are for a machine with KVM; under emulation they are 4 times as long, with "
	"--icount 8 times.\n"
	"Exit: the command's status (128 + N after signal N); 1 panic, taint, hang, livelock; 2 "
	"set-up or usage.\n";

struct options {
	struct guest_run run;
	struct guest_file files[LIST_MAX];
	const char *overlays[LIST_MAX + 1];
	size_t overlays_n;
	const char *environment[LIST_MAX + 1];
	size_t environment_n;
	FILE *console;
	bool verbose;
};

static _Noreturn void refuse(const char *what, const char *detail)
{
	fprintf(stderr, "guest: %s%s%s (see guest --help)\n", what, detail ? ": " : "",
		detail ? detail : "");
	exit(EXIT_SETUP);
}

static _Noreturn void fail(const struct guest_error *error)
{
	fprintf(stderr, "guest: %s\n", error->text);
	exit(EXIT_SETUP);
}

static unsigned int parse_number(const char *option, const char *text, unsigned long max)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value == 0 || value > max) {
		fprintf(stderr, "guest: --%s wants a number from 1 to %lu, not '%s'\n", option, max,
			text);
		exit(EXIT_SETUP);
	}
	return (unsigned int)value;
}

static enum guest_accel parse_accel(const char *text)
{
	for (enum guest_accel accel = GUEST_ACCEL_AUTO; accel <= GUEST_ACCEL_KVM; accel++)
		if (!strcmp(text, guest_accel_name(accel)))
			return accel;
	refuse("--accel wants auto, tcg or kvm, not", text);
}

static void push(const char **list, size_t *n, const char *item, const char *option)
{
	if (*n == LIST_MAX)
		refuse("given too often", option);
	list[(*n)++] = item;
}

static void add_file(struct options *o, char *pair)
{
	char *colon = strchr(pair, ':');

	if (!colon || colon == pair || colon[1] != '/')
		refuse("--add wants HOST:GUEST with an absolute GUEST, not", pair);
	if (o->run.files_n == LIST_MAX)
		refuse("given too often", "--add");
	*colon = '\0';
	o->files[o->run.files_n++] = (struct guest_file){.host = pair, .guest = colon + 1};
}

static FILE *open_console(const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file) {
		fprintf(stderr, "guest: cannot write %s: %s\n", path, strerror(errno));
		exit(EXIT_SETUP);
	}
	return file;
}

static const struct option long_options[] = {
	{"add", required_argument, NULL, 'a'},    {"overlay", required_argument, NULL, 'o'},
	{"env", required_argument, NULL, 'e'},    {"hostname", required_argument, NULL, 'n'},
	{"rtc", required_argument, NULL, 'r'},    {"last-pid", required_argument, NULL, 'p'},
	{"icount", optional_argument, NULL, 'i'}, {"cpus", required_argument, NULL, 'c'},
	{"accel", required_argument, NULL, 'x'},  {"deadline", required_argument, NULL, 'd'},
	{"hang", required_argument, NULL, 'g'},   {"progress", required_argument, NULL, 's'},
	{"taint", required_argument, NULL, 't'},  {"console", required_argument, NULL, 'k'},
	{"verbose", no_argument, NULL, 'v'},      {"boot", required_argument, NULL, 'b'},
	{"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0},
};

static void take_option(struct options *o, int option)
{
	switch (option) {
	case 'a':
		add_file(o, optarg);
		break;
	case 'o':
		push(o->overlays, &o->overlays_n, optarg, "--overlay");
		break;
	case 'e':
		if (!strchr(optarg, '='))
			refuse("--env wants NAME=VALUE, not", optarg);
		push(o->environment, &o->environment_n, optarg, "--env");
		break;
	case 'n':
		o->run.hostname = optarg;
		break;
	case 'r':
		o->run.rtc_base = optarg;
		break;
	case 'p':
		o->run.last_pid = (pid_t)parse_number("last-pid", optarg, 4194303);
		break;
	case 'i':
		o->run.icount = true;
		if (optarg)
			o->run.icount_shift = parse_number("icount", optarg, 10);
		break;
	case 'c':
		o->run.cpus = parse_number("cpus", optarg, 64);
		break;
	case 'x':
		o->run.accel = parse_accel(optarg);
		break;
	case 'b':
		o->run.boot_s = parse_number("boot", optarg, 86400);
		break;
	case 'd':
		o->run.deadline_s = parse_number("deadline", optarg, 86400);
		break;
	case 'g':
		o->run.hang_s = parse_number("hang", optarg, 86400);
		break;
	case 's':
		o->run.progress_s = parse_number("progress", optarg, 86400);
		break;
	case 't':
		o->run.taint = parse_number("taint", optarg, UINT_MAX);
		break;
	case 'k':
		o->console = open_console(optarg);
		break;
	case 'v':
		o->verbose = true;
		break;
	case 'h':
		fputs(help, stdout);
		exit(EXIT_SUCCESS);
	default:
		exit(EXIT_SETUP); /* getopt_long() has said why */
	}
}

static void show_output(void *context, enum guest_stream stream, const char *data, size_t len)
{
	FILE *to = stream == GUEST_OUT ? stdout : stderr;

	(void)context;
	fwrite(data, 1, len, to);
	fflush(to);
}

static void keep_console(void *context, const char *line)
{
	const struct options *o = context;

	fprintf(o->console, "%s\n", line);
	fflush(o->console);
}

static void parse_options(struct options *o, int argc, char **argv)
{
	int option;

	argv[0] = "guest"; /* getopt_long() complains in this name */
	while ((option = getopt_long(argc, argv, "+h", long_options, NULL)) != -1)
		take_option(o, option);
	o->run.files = o->files;
	o->run.overlays = o->overlays;
	o->run.environment = o->environment;
	o->run.context = o;
	o->run.output = show_output;
	if (o->console)
		o->run.console = keep_console;
}

static int report(const struct options *o, const struct guest_result *result)
{
	if (o->console && fclose(o->console))
		fprintf(stderr, "guest: cannot write the console: %s\n", strerror(errno));
	if (o->verbose || result->verdict > GUEST_FAIL)
		fprintf(stderr, "guest: %s%s%s (%s, booted in %u ms, done after %u ms)\n",
			guest_verdict_name(result->verdict), *result->reason ? ": " : "",
			result->reason, guest_accel_name(result->accel), result->boot_ms,
			result->run_ms);
	if (result->verdict <= GUEST_FAIL)
		return result->status;
	return result->verdict == GUEST_INFRASTRUCTURE ? EXIT_SETUP : EXIT_FAILURE;
}

static struct guest *load(int argc, char **argv)
{
	struct guest_error error = {.text = ""};
	struct guest *guest;

	if (argc < 2 || argv[1][0] == '-')
		refuse("which guest", NULL);
	guest = guest_load(argv[1], &error);
	if (!guest)
		fail(&error);
	return guest;
}

static int run(int argc, char **argv, bool interactive)
{
	static const char *const shell[] = {"sh", "-l", NULL};
	static struct options o;
	struct guest *guest = load(argc, argv);
	struct guest_result result;
	struct guest_error error = {.text = ""};
	int outcome;

	parse_options(&o, argc - 1, argv + 1);
	o.run.interactive = interactive;
	o.run.command = (const char *const *)argv + 1 + optind;
	if (interactive && optind < argc - 1)
		refuse("shell takes no command", argv[1 + optind]);
	if (interactive)
		o.run.command = shell;
	else if (optind == argc - 1)
		refuse("run needs a command", NULL);
	outcome = guest_run(guest, &o.run, &result, &error);
	guest_free(guest);
	if (outcome)
		fail(&error);
	return report(&o, &result);
}

static int build(int argc, char **argv)
{
	bool print = argc > 2 && !strcmp(argv[1], "--print") && !strcmp(argv[2], "kdir");
	struct guest *guest;
	struct guest_error error = {.text = ""};

	if (print) {
		argc -= 2;
		argv += 2;
	}
	guest = load(argc, argv);
	if (argc > 2)
		refuse("one guest at a time, not also", argv[2]);
	if (guest_build(guest, &error))
		fail(&error);
	if (print)
		puts(guest_kdir(guest));
	guest_free(guest);
	return 0;
}

static void show_name(void *context, const char *name)
{
	(void)context;
	puts(name);
}

static int list(int argc, char **argv)
{
	struct guest_error error = {.text = ""};

	if (argc > 1)
		refuse("list takes nothing", argv[1]);
	if (guest_list(show_name, NULL, &error))
		fail(&error);
	return 0;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (!strcmp(verb, "--help") || !strcmp(verb, "-h")) {
		fputs(help, stdout);
		return 0;
	}
	if (!strcmp(verb, "list"))
		return list(argc - 1, argv + 1);
	if (!strcmp(verb, "build"))
		return build(argc - 1, argv + 1);
	if (!strcmp(verb, "run"))
		return run(argc - 1, argv + 1, false);
	if (!strcmp(verb, "shell"))
		return run(argc - 1, argv + 1, true);
	refuse("what to do: list, build, run or shell", *verb ? verb : NULL);
}
