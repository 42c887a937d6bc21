/* SPDX-License-Identifier: MIT */
/*
 * audsys: turns auditing on and off, names the current and the next audit trail, shows the state.
 * A command is planned whole and checked before anything is changed, so that a refused one leaves
 * no trace. Not for watching trails: audomon. SPEC.md, area audsys.
 */
#include "ref/core/wide.h"
#include "ref/store/notice.h"
#include "ref/store/trail.h"
#include "ref/wire/recorder.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define KB      1024
#define PERCENT 100

static const char usage[] =
	"usage: audsys [-n|-f] [-N num] [-c file|directory -s cafs] [-x file|directory -z xafs]\n";

/* A trail as the command line names it. */
struct named_trail {
	const char *path_text; /* NULL: not named */
	const char *kb_text;
	char path[TRAIL_PATH_MAX];
	uint32_t kb;
};

struct request {
	bool on;
	bool off;
	bool help;
	const char *files_text; /* NULL: keep the number of files */
	uint32_t files;
	struct named_trail current;
	struct named_trail next;
};

#define refuse(run, status, ...) notice_fail((run)->err, "audsys: ", status, __VA_ARGS__)

/* The command line */

static int take_option(struct program_run *run, int option, const char *word, struct request *r)
{
	switch (option) {
	case 'n':
		r->on = true;
		return 0;
	case 'f':
		r->off = true;
		return 0;
	case 'h':
		r->help = true;
		return 0;
	case 'N':
		r->files_text = optarg;
		return 0;
	case 'c':
		r->current.path_text = optarg;
		return 0;
	case 's':
		r->current.kb_text = optarg;
		return 0;
	case 'x':
		r->next.path_text = optarg;
		return 0;
	case 'z':
		r->next.kb_text = optarg;
		return 0;
	case ':':
		return refuse(run, EXIT_USAGE, "-%c needs an argument", optopt);
	default:
		if (optopt == '-')
			return refuse(run, EXIT_USAGE,
				      "unknown option %.80s (audsys -h shows the usage)", word);
		return refuse(run, EXIT_USAGE, "unknown option -%c (audsys -h shows the usage)",
			      optopt);
	}
}

static int check_trail_options(struct program_run *run, struct named_trail *trail, char path_option,
			       char kb_option)
{
	const char *fault;
	size_t n;

	if (!trail->path_text != !trail->kb_text)
		return refuse(run, EXIT_USAGE, "-%c and -%c have to be given together", path_option,
			      kb_option);
	if (!trail->path_text)
		return 0;
	fault = trail_path_fault(trail->path_text);
	if (fault)
		return refuse(run, EXIT_USAGE, "-%c %.80s: %s", path_option, trail->path_text,
			      fault);
	if (!trail_parse_number(trail->kb_text, 1, TRAIL_KB_MAX, &trail->kb))
		return refuse(run, EXIT_USAGE,
			      "-%c %.80s: must be a whole number of kbytes from 1 to 4294967295",
			      kb_option, trail->kb_text);
	n = strlen(trail->path_text);
	memcpy(trail->path, trail->path_text, n + 1);
	/* "/var/.audit/my_trail/" is no other trail than "/var/.audit/my_trail". */
	while (n > 1 && trail->path[n - 1] == '/')
		trail->path[--n] = '\0';
	return 0;
}

static int parse(struct program_run *run, int argc, char **argv, struct request *r)
{
	const char *word = argv[1]; /* that the next option stands in */
	int status = 0;
	int option;

	if (argc == 2 && !strcmp(argv[1], "--help"))
		r->help = true;
	optind = r->help ? argc : 0; /* 0: getopt starts anew, whoever used it before */
	opterr = 0;
	while (!status && (option = getopt(argc, argv, "+:nfhN:c:s:x:z:")) != -1) {
		status = take_option(run, option, word, r);
		word = argv[optind];
	}
	if (status || r->help)
		return status;
	if (optind < argc)
		return refuse(run, EXIT_USAGE, "unexpected operand %.80s", argv[optind]);
	if (r->on && r->off)
		return refuse(run, EXIT_USAGE, "-n and -f exclude each other");
	if (r->off) /* what else is given has no effect: audsys/control/9 */
		return 0;
	if (r->files_text && !trail_parse_number(r->files_text, 0, TRAIL_FILES_MAX, &r->files))
		return refuse(run, EXIT_USAGE, "-N %.80s: must be a whole number from 0 to %d",
			      r->files_text, TRAIL_FILES_MAX);
	status = check_trail_options(run, &r->current, 'c', 's');
	return status ? status : check_trail_options(run, &r->next, 'x', 'z');
}

/* The status report: decision H26 */

#define ROW      "%-8s%11s%8s%21s%8s\n"
#define CELL_MAX 24

static void print_number(char cell[CELL_MAX], wide value)
{
	snprintf(cell, CELL_MAX, "%" PRIu64, wide_limited(value));
}

static void print_trail(struct program_run *run, const char *label, const char *path, uint32_t kb)
{
	enum { SWITCH_KB, LEFT, SYSTEM_KB, SYSTEM_LEFT, CELLS };
	char cell[CELLS][CELL_MAX];
	wide afs = (wide)kb * KB;
	struct trail_look look;

	for (int i = 0; i < CELLS; i++)
		snprintf(cell[i], CELL_MAX, "%s", *path ? "?" : "-");
	if (*path)
		print_number(cell[SWITCH_KB], kb);
	if (*path && !trail_look(run->platform, path, &look) && look.exists) {
		wide left = (wide)look.size_bytes < afs ? afs - (wide)look.size_bytes : 0;
		wide blocks = look.space.blocks;

		print_number(cell[LEFT], left * PERCENT / afs);
		print_number(cell[SYSTEM_KB], blocks * look.space.block_bytes / KB);
		if (blocks)
			print_number(cell[SYSTEM_LEFT], (wide)look.space.free * PERCENT / blocks);
	}
	fprintf(run->out, ROW, label, cell[SWITCH_KB], cell[LEFT], cell[SYSTEM_KB],
		cell[SYSTEM_LEFT]);
}

static int show_status(struct program_run *run)
{
	struct trail_names names;
	char why[TRAIL_WHY_MAX + PLATFORM_PATH_MAX];

	if (trail_names_load(run->platform, &names, why, sizeof(why)))
		return refuse(run, EXIT_USAGE, "%s", why);
	fprintf(run->out, "auditing system is currently %s\n", names.on ? "on" : "off");
	fprintf(run->out, "current audit trail: %s\n", *names.current ? names.current : "-none-");
	fprintf(run->out, "next audit trail:    %s\n\n", *names.next ? names.next : "-none-");
	fprintf(run->out, ROW, "trail", "switch_Kb", "left_%", "file_system_Kb", "left_%");
	print_trail(run, "current", names.current, names.current_kb);
	print_trail(run, "next", names.next, names.next_kb);
	return EXIT_DONE;
}

/* Checks of a trail: area audsys/refuse. option is the letter of its size. */

static bool same(const char *a, const char *b)
{
	return *a && !strcmp(a, b);
}

static int check_kind(struct program_run *run, const char *path, unsigned files,
		      const struct trail_look *look)
{
	if (!look->exists)
		return 0;
	if (!look->is_dir && !look->is_file)
		return refuse(run, EXIT_REFUSED, "%s: is neither a file nor a directory", path);
	if (files && !look->is_dir)
		return refuse(run, EXIT_REFUSED, "%s: is a file, and -N %u needs a directory", path,
			      files);
	if (!files && !look->is_file)
		return refuse(run, EXIT_REFUSED, "%s: is a directory, and -N 0 needs a file", path);
	return 0;
}

static int look_at(struct program_run *run, const char *path, struct trail_look *look)
{
	int error = trail_look(run->platform, path, look);
	size_t folder = (size_t)(strrchr(path, '/') - path);

	if (error == -ENOENT)
		return refuse(run, EXIT_REFUSED, "%s: the directory %.*s does not exist", path,
			      folder ? (int)folder : 1, path);
	return error ? refuse(run, EXIT_REFUSED, "%s: %s", path, strerror(-error)) : 0;
}

static int check_size(struct program_run *run, char option, const char *path, uint32_t kb,
		      const struct trail_look *look)
{
	wide available = (wide)look->space.free * look->space.block_bytes;
	wide afs = (wide)kb * KB;

	if (afs > available)
		return refuse(run, EXIT_REFUSED,
			      "-%c %" PRIu32 ": larger than the %" PRIu64
			      " Kb available on the file system of %s",
			      option, kb, (uint64_t)(available / KB), path);
	if (afs < (wide)look->size_bytes)
		return refuse(run, EXIT_REFUSED,
			      "-%c %" PRIu32 ": smaller than %s already is (%" PRIu64 " Kb)",
			      option, kb, path,
			      look->size_bytes / KB + (look->size_bytes % KB > 0));
	if (look->space.available == 0)
		return refuse(run, EXIT_REFUSED, "%s: no user space left on its file system", path);
	return 0;
}

static int check_trail(struct program_run *run, char option, const char *path, uint32_t kb,
		       unsigned files, bool known)
{
	struct trail_look look;
	int status = look_at(run, path, &look);

	if (!status)
		status = check_kind(run, path, files, &look);
	if (!status && !known && !look.is_empty)
		status = refuse(run, EXIT_REFUSED, "%s: exists and is not empty", path);
	return status ? status : check_size(run, option, path, kb, &look);
}

/* A next trail that is kept while -N selects the other mode would not fit any more. */
static int check_kept_next(struct program_run *run, const struct trail_names *wanted)
{
	struct trail_look look;

	if (trail_look(run->platform, wanted->next, &look))
		return 0; /* it is not there: found out when it is needed */
	return check_kind(run, wanted->next, wanted->files, &look);
}

/* Control */

static int plan_files(struct program_run *run, const struct request *r,
		      const struct trail_names *now, struct trail_names *wanted)
{
	bool running = now->on || r->on;

	if (!r->files_text)
		return 0;
	if (!r->current.path_text && (!running || now->files == 0 || r->files == 0))
		return refuse(run, EXIT_REFUSED,
			      "-N alone changes a running trail in regular mode only: give -c and "
			      "-s too");
	wanted->files = r->files;
	return 0;
}

static void plan_trails(const struct request *r, struct trail_names *wanted)
{
	if (r->current.path_text) {
		if (same(r->current.path, wanted->next)) {
			wanted->next[0] = '\0';
			wanted->next_kb = 0;
		}
		memcpy(wanted->current, r->current.path, sizeof(wanted->current));
		memcpy(wanted->base, r->current.path, sizeof(wanted->base));
		wanted->current_kb = r->current.kb;
	}
	if (r->next.path_text) {
		bool none = same(r->next.path, wanted->current);

		memcpy(wanted->next, none ? "" : r->next.path, none ? 1 : sizeof(wanted->next));
		wanted->next_kb = none ? 0 : r->next.kb;
	}
}

static int check_plan(struct program_run *run, const struct request *r,
		      const struct trail_names *now, const struct trail_names *wanted)
{
	bool known = same(wanted->current, now->current) || same(wanted->current, now->next);
	int status = 0;

	if (r->current.path_text || r->on)
		status = check_trail(run, 's', wanted->current, wanted->current_kb, wanted->files,
				     known);
	if (status || !*wanted->next)
		return status;
	if (r->next.path_text || r->on)
		return check_trail(run, 'z', wanted->next, wanted->next_kb, wanted->files,
				   same(wanted->next, now->next));
	return check_kept_next(run, wanted);
}

/* Makes what the plan needs and records it, or nothing at all. */
static int carry_out(struct program_run *run, const struct request *r, struct trail_names *wanted)
{
	struct platform *p = run->platform;
	bool current = r->current.path_text || r->files_text || r->on;
	bool next = *wanted->next && (r->next.path_text || r->on);
	struct trail_made made_current = {0};
	struct trail_made made_next = {0};
	const char *failed = wanted->current;
	int error =
		current ? trail_make(p, wanted->current, wanted->files, false, &made_current) : 0;

	if (!error && next) {
		failed = wanted->next;
		error = trail_make(p, wanted->next, wanted->files, false, &made_next);
	}
	if (!error) {
		failed = TRAIL_NAMES_PATH;
		error = trail_names_store(p, wanted);
	}
	if (!error)
		return EXIT_DONE;
	trail_unmake(p, &made_next);
	trail_unmake(p, &made_current);
	return refuse(run, EXIT_REFUSED, "%s: %s", failed, strerror(-error));
}

static int change(struct program_run *run, const struct request *r, const struct trail_names *now)
{
	struct trail_names wanted = *now;
	int status;

	if (r->on && now->on && !r->files_text && !r->current.path_text && !r->next.path_text) {
		fputs("audsys: auditing system is already on\n", run->out);
		return EXIT_DONE;
	}
	if (r->on && !*now->current && !r->current.path_text)
		return refuse(run, EXIT_REFUSED, "no current audit trail: name one with -c and -s");
	wanted.on = now->on || r->on;
	plan_trails(r, &wanted);
	status = plan_files(run, r, now, &wanted);
	if (!status)
		status = check_plan(run, r, now, &wanted);
	return status ? status : carry_out(run, r, &wanted);
}

static int turn_off(struct program_run *run, struct trail_names *names)
{
	static const struct platform_audit_settings nothing = {0};
	int error;

	if (!names->on) {
		/* What a lost audnames has left behind; without an extension there is nothing. */
		(void)run->platform->ops->audit_set(run->platform, &nothing);
		fputs("audsys: auditing system is already off\n", run->out);
		return EXIT_DONE;
	}
	names->on = false;
	error = trail_names_store(run->platform, names);
	return error ? refuse(run, EXIT_REFUSED, "%s: %s", TRAIL_NAMES_PATH, strerror(-error))
		     : EXIT_DONE;
}

/* With the lock of audnames held. */
static int control_locked(struct program_run *run, const struct request *r)
{
	char why[TRAIL_WHY_MAX + PLATFORM_PATH_MAX];
	struct trail_names names;

	if (trail_names_load(run->platform, &names, why, sizeof(why)))
		return refuse(run, EXIT_USAGE, "%s", why);
	return r->off ? turn_off(run, &names) : change(run, r, &names);
}

/* Whether auditing is on, as far as that can be told. */
static bool is_on(struct platform *p)
{
	char why[TRAIL_WHY_MAX + PLATFORM_PATH_MAX];
	struct trail_names names;

	return !trail_names_load(p, &names, why, sizeof(why)) && names.on;
}

/* The writer takes the same lock, so it is asked while nobody holds it: to write everything before
 * auditing is off, to go over after it is on or in another trail. */
static int control(struct program_run *run, const struct request *r)
{
	struct platform *p = run->platform;
	char why[RECORDER_ANSWER_MAX + PLATFORM_PATH_MAX];
	int lock;
	int status;

	if (r->off && is_on(p) && recorder_end(p, why, sizeof(why)))
		return refuse(run, EXIT_REFUSED, "not everything could be written: %s", why);
	lock = trail_names_lock(p, why, sizeof(why));
	if (lock < 0)
		return refuse(run, EXIT_REFUSED, "%s", why);
	status = control_locked(run, r);
	p->ops->close(p, lock);
	if (!status && is_on(p) && recorder_ensure(p, NULL, why, sizeof(why)))
		return refuse(run, EXIT_REFUSED, "auditing is on, but nothing is recorded: %s",
			      why);
	return status;
}

static int audsys_main(struct program_run *run, int argc, char **argv)
{
	struct request r = {0};
	int status = parse(run, argc, argv, &r);

	if (status)
		return status;
	if (r.help) {
		fputs(usage, run->out);
		return EXIT_DONE;
	}
	if (run->platform->ops->uid(run->platform) != 0)
		return refuse(run, EXIT_REFUSED, "only root may control the auditing system");
	return argc == 1 ? show_status(run) : control(run, &r);
}

const struct program audsys_program = {.name = "audsys", .main = audsys_main};
