/* SPDX-License-Identifier: MIT */
/*
 * audisp: shows the records of audit trails, merged in the order of time, as text or JSON. What is
 * damaged is told and passed over. Not for: writing trails (diskaudit). SPEC.md, audsys/display.
 */
#include "ref/core/line.h"
#include "ref/core/trail_record.h"
#include "ref/store/file.h"
#include "ref/store/notice.h"
#include "ref/store/trail.h"
#include "ref/store/trail_pack.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX  4096
#define FILE_BYTES ((uint64_t)1 << 31) /* of a file that is read */
#define PROCESSES  1024 /* remembered a file, by process id: as many as the writer does */
#define ABIS       8
#define NUMBERS    4096
#define LINE_MAX   (4 * PLATFORM_PATH_MAX)

static const char usage[] = "usage: audisp [-u user] [-e event] [-c syscall] [-p|-f] "
			    "[-t start_time] [-s stop_time] [--json] trail...\n";

/* A record to be shown, and what was said before it of its process and its call. */
struct shown {
	struct trail_record record;
	struct trail_record_process process; /* without a program when it is not known */
	struct trail_text call;
	size_t at; /* of reading: ties go by it */
};

/* A file while it is read. */
struct reading {
	struct trail_record processes[PROCESSES];
	struct trail_text calls[ABIS][NUMBERS];
};

struct audisp {
	bool json;
	bool success_only;
	bool failure_only;
	bool has_user;
	uint32_t user;
	uint32_t classes; /* bits; 0: all */
	const char *call;
	uint64_t start, stop; /* as stamp_of(); stop 0: no end */
	struct shown *shown;
	size_t count;
	size_t room;
	char *data[FILES_MAX]; /* the files, which records point into */
	size_t files;
	struct reading *reading;
	bool damaged;
};

#define fail(run, status, ...) notice_fail((run)->err, "audisp: ", status, __VA_ARGS__)

/* Selecting */

/* Local time as a number that grows with it: yyyymmddHHMM. */
static uint64_t stamp_of(struct platform *p, int64_t time_ns)
{
	struct tm t;

	if (p->ops->local_time(p, time_ns / NS_PER_S, &t))
		return 0;
	return ((((uint64_t)(t.tm_year + 1900) * 100 + (unsigned)t.tm_mon + 1) * 100 +
		 (unsigned)t.tm_mday) *
			100 +
		(unsigned)t.tm_hour) *
		       100 +
	       (unsigned)t.tm_min;
}

/* mmddhhmm, of this year, or mmddhhmmyy. */
static bool parse_time(struct platform *p, const char *text, uint64_t *out)
{
	size_t n = strspn(text, "0123456789");
	uint64_t year = stamp_of(p, p->ops->wall_ns(p)) / 100000000;
	uint64_t number;

	if (text[n] || (n != 8 && n != 10))
		return false;
	number = strtoull(text, NULL, 10);
	if (n == 10) {
		year = number % 100 + (number % 100 < 70 ? 2000 : 1900);
		number /= 100;
	}
	*out = year * 100000000 + number;
	return true;
}

static bool is_wanted(struct platform *p, const struct audisp *a, const struct shown *s)
{
	const struct trail_record *r = &s->record;
	uint64_t stamp = a->start || a->stop ? stamp_of(p, r->time_ns) : 0;

	if (stamp < a->start || (a->stop && stamp > a->stop))
		return false;
	if (r->type == TRAIL_RECORD_LOST)
		return true;
	if ((a->success_only && r->call.result < 0) || (a->failure_only && r->call.result >= 0))
		return false;
	if (a->has_user && r->call.uid != a->user)
		return false;
	if (a->classes && !(a->classes & 1U << r->call.class))
		return false;
	return !a->call || (s->call.bytes && strlen(a->call) == s->call.length &&
			    !memcmp(a->call, s->call.bytes, s->call.length));
}

/* Reading */

static void take_calls(struct reading *f, const struct trail_record *r)
{
	size_t at = 0;

	for (unsigned i = 0; i < r->calls.count; i++) {
		struct trail_record_name n;

		at = trail_record_name_at(r, at, &n);
		if (n.abi < ABIS && n.number < NUMBERS)
			f->calls[n.abi][n.number] = n.name;
	}
}

static struct shown shown_from(const struct reading *f, const struct trail_record *r)
{
	const struct trail_record *process = &f->processes[r->pid % PROCESSES];
	struct shown s = {.record = *r};

	if (r->type != TRAIL_RECORD_CALL)
		return s;
	if (process->type && process->pid == r->pid)
		s.process = process->process;
	if (r->call.abi < ABIS && r->call.number < NUMBERS)
		s.call = f->calls[r->call.abi][r->call.number];
	return s;
}

static int keep(struct audisp *a, const struct shown *s)
{
	if (a->count == a->room) {
		size_t room = a->room ? 2 * a->room : 1024;
		struct shown *more = realloc(a->shown, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		a->shown = more;
		a->room = room;
	}
	a->shown[a->count] = *s;
	a->shown[a->count].at = a->count;
	a->count++;
	return 0;
}

static int take_record(struct program_run *run, struct audisp *a, const struct trail_record *r)
{
	struct shown s;

	switch (r->type) {
	case TRAIL_RECORD_PROCESS:
		a->reading->processes[r->pid % PROCESSES] = *r;
		return 0;
	case TRAIL_RECORD_CALLS:
		take_calls(a->reading, r);
		return 0;
	case TRAIL_RECORD_CALL:
	case TRAIL_RECORD_LOST:
		s = shown_from(a->reading, r);
		return is_wanted(run->platform, a, &s) ? keep(a, &s) : 0;
	case TRAIL_RECORD_BEGIN:
		break;
	}
	return 0;
}

static int read_records(struct program_run *run, struct audisp *a, const char *path,
			const unsigned char *data, size_t bytes)
{
	size_t at = TRAIL_VERSION_BYTES;
	int error = 0;

	if (bytes < at || memcmp(data, "AUDTRAIL", 8) != 0)
		return fail(run, EXIT_REFUSED, "%s: is no file of an audit trail", path);
	memset(a->reading, 0, sizeof(*a->reading));
	while (at < bytes && !error) {
		struct trail_record r;
		size_t used;

		if (trail_record_decode(data + at, bytes - at, &r, &used) == TRAIL_RECORD_OK) {
			error = take_record(run, a, &r);
		} else {
			a->damaged = true;
			fail(run, 0, "%s: no record at byte %zu: passed over", path, at);
			used = trail_record_resume(data + at, bytes - at);
		}
		at += used;
	}
	return error ? fail(run, EXIT_REFUSED, "out of memory") : 0;
}

static int read_one(struct program_run *run, struct audisp *a, const char *path)
{
	struct platform *p = run->platform;
	struct platform_stat s;
	size_t bytes;
	int error = p->ops->stat(p, path, &s);

	if (!error && a->files == FILES_MAX)
		error = -EMFILE;
	if (!error && s.size_bytes > FILE_BYTES)
		error = -EFBIG;
	/* It may grow meanwhile: by this much, and the rest another time. */
	if (!error)
		error = file_read(p, path, (size_t)s.size_bytes + (1U << 20), &a->data[a->files],
				  &bytes);
	if (error)
		return fail(run, EXIT_REFUSED, "%s: %s", path, strerror(-error));
	a->files++;
	error = trail_unpack(&a->data[a->files - 1], &bytes, FILE_BYTES);
	if (error)
		return fail(run, EXIT_REFUSED, "%s: compressed, and %s", path,
			    error == -EBADMSG ? "damaged" : strerror(-error));
	return read_records(run, a, path, (const unsigned char *)a->data[a->files - 1], bytes);
}

struct folder {
	struct program_run *run;
	struct audisp *audisp;
	const char *path;
};

static int read_entry(void *arg, const char *name)
{
	const struct folder *f = arg;
	char path[PLATFORM_PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", f->path, name);
	uint32_t file;

	if (n < 0 || n >= (int)sizeof(path))
		return fail(f->run, EXIT_REFUSED, "%s/...: path too long", f->path);
	/* What a compression that was cut short has left is not one of them. */
	if (strncmp(name, "spu", 3) != 0 ||
	    !trail_parse_number(name + 3, 0, TRAIL_FILES_MAX - 1, &file))
		return 0;
	return read_one(f->run, f->audisp, path);
}

static int read_trail(struct program_run *run, struct audisp *a, const char *path)
{
	struct folder f = {run, a, path};
	struct platform_stat s;
	int error = run->platform->ops->stat(run->platform, path, &s);

	if (error)
		return fail(run, EXIT_REFUSED, "%s: %s", path, strerror(-error));
	return s.is_dir ? run->platform->ops->list(run->platform, path, read_entry, &f)
			: read_one(run, a, path);
}

/* Showing */

static int by_time(const void *x, const void *y)
{
	const struct shown *a = x;
	const struct shown *b = y;

	if (a->record.time_ns != b->record.time_ns)
		return a->record.time_ns < b->record.time_ns ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* Bytes that are no UTF-8 become the characters of those numbers. */
static json_t *json_text(struct trail_text t)
{
	json_t *text = json_stringn(t.length ? t.bytes : "", t.length);
	char *wide = text ? NULL : malloc(2 * t.length + 1);
	size_t n = 0;

	for (size_t i = 0; wide && i < t.length; i++) {
		unsigned char c = (unsigned char)t.bytes[i];

		if (c >= 0x80)
			wide[n++] = (char)(0xc0 | c >> 6);
		wide[n++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
	}
	if (wide)
		text = json_stringn(wide, n);
	free(wide);
	return text;
}

static void show_json(struct program_run *run, const struct shown *s)
{
	const struct trail_record *r = &s->record;
	const struct trail_record_call *c = &r->call;
	json_t *o = json_pack("{s:I, s:i, s:I}", "time_ns", (json_int_t)r->time_ns, "source",
			      (int)r->source, "sequence", (json_int_t)r->sequence);
	char *line;

	if (o && r->type == TRAIL_RECORD_LOST) {
		json_object_set_new(o, "lost", json_integer((json_int_t)r->lost));
	} else if (o) {
		json_object_set_new(o, "event", json_string(trail_class_name(c->class)));
		json_object_set_new(o, "call", json_text(s->call));
		json_object_set_new(o, "pid", json_integer(r->pid));
		json_object_set_new(o, "ppid", json_integer(s->process.ppid));
		json_object_set_new(o, "program", json_text(s->process.program));
		json_object_set_new(o, "uid", json_integer(c->uid));
		json_object_set_new(o, "euid", json_integer(c->euid));
		json_object_set_new(o, "result", json_integer(c->result));
		json_object_set_new(o, "path", json_text(c->path));
		if (c->second.length)
			json_object_set_new(o, "second", json_text(c->second));
	}
	line = o ? json_dumps(o, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	fprintf(run->out, "%s\n", line ? line : "{}");
	free(line);
	json_decref(o);
}

__attribute__((format(printf, 2, 3))) static void print_line(FILE *to, const char *format, ...)
{
	char line[LINE_MAX];
	va_list arguments;

	va_start(arguments, format);
	line_format(line, sizeof(line), "", format, arguments);
	va_end(arguments);
	fputs(line, to);
}

static void show_text(struct program_run *run, const struct shown *s)
{
	struct platform *p = run->platform;
	const struct trail_record *r = &s->record;
	const struct trail_record_call *c = &r->call;
	char when[64] = "?";
	char how[24];
	struct tm t;

	if (!p->ops->local_time(p, r->time_ns / NS_PER_S, &t))
		snprintf(when, sizeof(when), "%04d-%02d-%02d %02d:%02d:%02d.%06d", t.tm_year + 1900,
			 t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec,
			 (int)(r->time_ns % NS_PER_S / 1000));
	if (r->type == TRAIL_RECORD_LOST) {
		print_line(run->out, "%s %" PRIu64 " events lost on processor %u", when, r->lost,
			   r->source);
		return;
	}
	if (c->result < 0)
		snprintf(how, sizeof(how), "E%" PRId64, -c->result);
	else
		snprintf(how, sizeof(how), "%" PRId64, c->result);
	print_line(run->out, "%s %-9s %-10.*s %6s pid %u ppid %u uid %u euid %u %.*s %.*s%s%.*s",
		   when, trail_class_name(c->class), (int)s->call.length,
		   s->call.length ? s->call.bytes : "", how, r->pid, s->process.ppid, c->uid,
		   c->euid, (int)s->process.program.length,
		   s->process.program.length ? s->process.program.bytes : "", (int)c->path.length,
		   c->path.bytes, c->second.length ? " " : "", (int)c->second.length,
		   c->second.bytes);
}

/* The command line */

static int take_user(struct program_run *run, struct audisp *a, const char *text)
{
	struct platform *p = run->platform;
	char name[PLATFORM_NAME_MAX];

	a->has_user = true;
	if (trail_parse_number(text, 0, UINT32_MAX, &a->user))
		return 0;
	for (uid_t uid = 0; uid < 65536; uid++) {
		if (!p->ops->user_name(p, uid, name, sizeof(name)) && !strcmp(name, text)) {
			a->user = uid;
			return 0;
		}
	}
	return fail(run, EXIT_USAGE, "-u %.80s: no such user", text);
}

static int take_option(struct program_run *run, struct audisp *a, int option)
{
	unsigned class;

	switch (option) {
	case 'j':
		a->json = true;
		return 0;
	case 'p':
		a->success_only = true;
		return 0;
	case 'f':
		a->failure_only = true;
		return 0;
	case 'c':
		a->call = optarg;
		return 0;
	case 'u':
		return take_user(run, a, optarg);
	case 'e':
		class = trail_class_of(optarg);
		a->classes |= class ? 1U << class : 0;
		return class ? 0 : fail(run, EXIT_USAGE, "-e %.80s: no such event", optarg);
	case 't':
	case 's':
		if (parse_time(run->platform, optarg, option == 't' ? &a->start : &a->stop))
			return 0;
		return fail(run, EXIT_USAGE, "-%c %.80s: must be mmddhhmm or mmddhhmmyy", option,
			    optarg);
	case ':':
		return fail(run, EXIT_USAGE, "-%c needs an argument", optopt);
	default:
		return fail(run, EXIT_USAGE, "unknown option (audisp -h shows the usage)");
	}
}

static int parse(struct program_run *run, int argc, char **argv, struct audisp *a, bool *help)
{
	static const struct option longs[] = {
		{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
	int status = 0;
	int option;

	optind = 0; /* getopt starts anew, whoever used it before */
	opterr = 0;
	while (!status && !*help &&
	       (option = getopt_long(argc, argv, "+:hpfc:u:e:t:s:", longs, NULL)) != -1) {
		*help = option == 'h';
		status = *help ? 0 : take_option(run, a, option);
	}
	if (status || *help)
		return status;
	if (a->success_only && a->failure_only)
		return fail(run, EXIT_USAGE, "-p and -f exclude each other");
	return optind < argc ? 0 : fail(run, EXIT_USAGE, "name at least one trail");
}

static int display(struct program_run *run, struct audisp *a, char **trails)
{
	int status = 0;

	for (; *trails && !status; trails++)
		status = read_trail(run, a, *trails);
	if (status)
		return status;
	if (a->count)
		qsort(a->shown, a->count, sizeof(a->shown[0]), by_time);
	for (size_t i = 0; i < a->count; i++)
		(a->json ? show_json : show_text)(run, &a->shown[i]);
	return a->damaged ? EXIT_REFUSED : EXIT_DONE;
}

static void audisp_free(struct audisp *a)
{
	for (size_t i = 0; i < a->files; i++)
		free(a->data[i]);
	free(a->shown);
	free(a->reading);
	free(a);
}

static int audisp_main(struct program_run *run, int argc, char **argv)
{
	struct audisp *a = calloc(1, sizeof(*a));
	bool help = false;
	int status;

	if (a)
		a->reading = malloc(sizeof(*a->reading));
	if (!a || !a->reading) {
		free(a);
		return fail(run, EXIT_REFUSED, "out of memory");
	}
	status = parse(run, argc, argv, a, &help);
	if (help)
		fputs(usage, run->out);
	else if (!status)
		status = display(run, a, argv + optind);
	audisp_free(a);
	return status;
}

const struct program audisp_program = {.name = "audisp", .main = audisp_main};
