/* SPDX-License-Identifier: MIT */
/*
 * Cases in QEMU guests, seen from outside: what goes in, results and console as they come out, and
 * the verdicts of cases that took their guest down.
 *
 * Not for: running a case (runner.c, which runs inside).
 */
#include "conformance/target/guest.h"

#include "conformance/strbuf.h"
#include "conformance/stream.h"
#include "conformance/verbs.h"
#include "vm-images/guest.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FILES_MAX     128
#define INSIDE_FOLDER "/conform"
#define HANG_S        30 /* silence of a guest, before scaling for emulation */
#define PROGRESS_S    90 /* one case, before scaling */
#define RUN_S         60 /* one guest, and CASE_S for each case in it */
#define CASE_S        20
#define JOBS_MAX      16
#define CASES_A_JOB   8 /* fewer are not worth booting another guest */

/* One guest's worth of cases. */
struct batch {
	struct run *run;
	const struct profile *profile;
	const char *project;
	const char *const *overlays;
	char folder[64]; /* profile and list of cases for the inside */
	size_t *indexes;
	size_t count;
	struct stream_reader reader;
	struct strbuf *consoles; /* one a case of the run, begun as needed */
	size_t console_case;     /* whose slice of the console this is; run->count: nobody's */
	struct strbuf errors;    /* what the runner inside says of itself */
	char *paths[FILES_MAX];
	struct guest_file files[FILES_MAX];
	size_t file_count;
	size_t path_count;
};

/* --- what comes out --------------------------------------------------------------------------- */

static void on_output(void *context, enum guest_stream stream, const char *data, size_t len)
{
	struct batch *b = context;

	if (stream == GUEST_OUT)
		stream_read(&b->reader, data, len);
	else
		strbuf_add(&b->errors, data, len);
}

/* The console is cut at the lines the runner inside writes into the kernel's log. */
static void on_console(void *context, const char *line)
{
	struct batch *b = context;
	const char *log = strstr(line, STREAM_LOG);
	struct strbuf *slice;

	if (log && strncmp(log + strlen(STREAM_LOG), "begin ", 6) == 0) {
		b->console_case = run_find(b->run, log + strlen(STREAM_LOG) + 6);
		return;
	}
	if (log && strncmp(log + strlen(STREAM_LOG), "end ", 4) == 0) {
		b->console_case = b->run->count;
		return;
	}
	if (b->console_case == b->run->count)
		return;
	slice = &b->consoles[b->console_case];
	if (!slice->text)
		strbuf_init(slice, OUTCOME_OUTPUT_MAX);
	strbuf_addf(slice, "%s\n", line);
}

/* --- what goes in ----------------------------------------------------------------------------- */

static void add_file(struct batch *b, char *host, const char *guest)
{
	b->paths[b->path_count++] = host;
	b->files[b->file_count++] = (struct guest_file){.host = host, .guest = guest};
}

/* A file of the project named in [files]; {guest} stands for the guest's name. */
static char *host_path(const struct batch *b, const char *value)
{
	const char *mark = strstr(value, "{guest}");
	const char *name = profile_get(b->profile, "target", "guest");
	const char *root = *value == '/' ? "" : b->project;

	if (!mark)
		return memory_format("%s%s%s", root, *root ? "/" : "", value);
	return memory_format("%s%s%.*s%s%s", root, *root ? "/" : "", (int)(mark - value), value,
			     name, mark + strlen("{guest}"));
}

/* This program, and [files]: path in the guest = file of the project, which may hold the program
 * for another machine. */
static int add_files(struct batch *b, char *why, size_t bytes)
{
	const struct profile *p = b->profile;
	char program[TARGET_PATH_MAX];

	if (program_path(program, sizeof(program))) {
		snprintf(why, bytes, "the path of this program is not known");
		return -1;
	}
	add_file(b, memory_format("%s", program), INSIDE_FOLDER "/conform");
	for (size_t i = 0; i < p->count; i++) {
		const struct profile_entry *e = &p->entries[i];

		if (strcmp(e->section, "files") != 0 || strcmp(e->value, "none") == 0)
			continue;
		if (b->file_count == FILES_MAX - 4) {
			snprintf(why, bytes, "more than %d [files]", FILES_MAX - 4);
			return -1;
		}
		add_file(b, host_path(b, e->value), e->key);
		if (access(b->paths[b->path_count - 1], R_OK)) {
			snprintf(why, bytes, "[files] %s: %s (make guest-image builds it)",
				 b->paths[b->path_count - 1], strerror(errno));
			return -1;
		}
	}
	return 0;
}

static int write_inside(struct batch *b, const char *name, const char *inside,
			int (*content)(struct batch *b, FILE *out), char *why, size_t bytes)
{
	char *path = memory_format("%s/%s", b->folder, name);
	FILE *out = fopen(path, "we");
	int failed = !out || content(b, out);

	if (out && fclose(out))
		failed = 1;
	if (failed)
		snprintf(why, bytes, "%s: %s", path, strerror(errno));
	add_file(b, path, inside);
	return failed ? -1 : 0;
}

static int put_profile(struct batch *b, FILE *out)
{
	if (profile_write(b->profile, out))
		return -1;
	return fputs("[target]\ntransport = local\n", out) < 0 ? -1 : 0;
}

static int put_cases(struct batch *b, FILE *out)
{
	for (size_t i = 0; i < b->count; i++)
		if (fprintf(out, "%s\n", b->run->outcomes[b->indexes[i]].id) < 0)
			return -1;
	return 0;
}

static int pack(struct batch *b, char *why, size_t bytes)
{
	snprintf(b->folder, sizeof(b->folder), "/tmp/conform-guest.XXXXXX");
	if (!mkdtemp(b->folder)) {
		snprintf(why, bytes, "%s: %s", b->folder, strerror(errno));
		b->folder[0] = '\0';
		return -1;
	}
	if (add_files(b, why, bytes) ||
	    write_inside(b, "profile.ini", INSIDE_FOLDER "/profile.ini", put_profile, why, bytes) ||
	    write_inside(b, "cases", INSIDE_FOLDER "/cases", put_cases, why, bytes))
		return -1;
	return 0;
}

static void unpack(struct batch *b)
{
	for (size_t i = 0; i < b->path_count; i++) {
		if (*b->folder && strncmp(b->paths[i], b->folder, strlen(b->folder)) == 0)
			unlink(b->paths[i]);
		free(b->paths[i]);
	}
	if (*b->folder)
		rmdir(b->folder);
	b->path_count = b->file_count = 0;
}

/* --- one guest -------------------------------------------------------------------------------- */

static void set_outcome(struct batch *b, size_t i, enum verdict verdict, const char *reason,
			bool begun)
{
	struct outcome *o = &b->run->outcomes[i];

	if (!begun)
		b->reader.sink->begin(b->reader.sink, i, o->id);
	o->verdict = verdict;
	free(o->reason);
	o->reason = memory_format("%s", reason);
	if (!o->output)
		o->output = memory_format("%s", "");
	b->reader.sink->end(b->reader.sink, i, o);
}

static bool has_result(const struct outcome *o)
{
	return o->reason != NULL;
}

static size_t results_missing(const struct batch *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++)
		n += !has_result(&b->run->outcomes[b->indexes[i]]);
	return n;
}

static enum verdict verdict_of(enum guest_verdict v)
{
	switch (v) {
	case GUEST_PANIC:
		return VERDICT_PANIC;
	case GUEST_TAINT:
		return VERDICT_TAINT;
	case GUEST_HANG:
		return VERDICT_HANG;
	case GUEST_LIVELOCK:
		return VERDICT_LIVELOCK;
	case GUEST_PASS:
	case GUEST_FAIL:
	case GUEST_INFRASTRUCTURE:
		break;
	}
	return VERDICT_INFRASTRUCTURE;
}

/* What the end of the guest means for its cases. Returns -1 when not one of them was reached. */
static int judge(struct batch *b, const struct guest_result *g, size_t missing_before, char *why,
		 size_t bytes)
{
	const char *reason = *g->reason ? g->reason : "the guest ended early";
	size_t current = b->reader.current;

	if (current < b->run->count) {
		set_outcome(b, current, verdict_of(g->verdict), reason, true);
		return 0;
	}
	if (b->reader.done && !b->reader.broken) {
		/* It went through its list: what has no result now got lost on the way. */
		for (size_t i = 0; i < b->count; i++)
			if (!has_result(&b->run->outcomes[b->indexes[i]]))
				set_outcome(b, b->indexes[i], VERDICT_MISSING,
					    "planned, but no result arrived", false);
		return 0;
	}
	if (results_missing(b) < missing_before)
		return 0;
	snprintf(why, bytes, "guest %s: %s%s%.300s", guest_verdict_name(g->verdict), reason,
		 b->errors.bytes ? ": " : "", b->errors.text);
	return -1;
}

static unsigned int number_of(const struct profile *p, const char *key, unsigned int otherwise)
{
	const char *text = profile_get(p, "target", key);

	return text ? (unsigned int)strtoul(text, NULL, 10) : otherwise;
}

static void note_facts(struct run *run, const struct guest_result *g)
{
	run_fact_set(run, "accelerator", "%s", guest_accel_name(g->accel));
	if (g->boot_ms)
		run_fact_set(run, "boot to first command", "%.2f s", g->boot_ms / 1000.0);
	run_fact_set(run, "guest up", "%.2f s", g->run_ms / 1000.0);
}

/* Drops the cases that have their result from a batch. */
static void keep_missing(struct batch *b)
{
	size_t n = 0;

	for (size_t i = 0; i < b->count; i++)
		if (!has_result(&b->run->outcomes[b->indexes[i]]))
			b->indexes[n++] = b->indexes[i];
	b->count = n;
}

static int run_guest(struct batch *b, struct guest *guest, struct run_sink *sink, char *why,
		     size_t bytes)
{
	char seed[32];
	const char *const command[] = {
		INSIDE_FOLDER "/conform", "guest-side", INSIDE_FOLDER "/profile.ini",
		INSIDE_FOLDER "/cases",   seed,         NULL};
	const char *icount = profile_get(b->profile, "target", "icount");
	size_t missing = results_missing(b);
	struct guest_error guest_error = {{0}};
	struct guest_result result;
	struct guest_run options = {
		.command = command,
		.files = b->files,
		.overlays = b->overlays,
		.icount = icount && strcmp(icount, "yes") == 0,
		.rtc_base = profile_get(b->profile, "target", "rtc"),
		.deadline_s = RUN_S + (unsigned int)b->count * CASE_S,
		.hang_s = number_of(b->profile, "hang_s", HANG_S),
		.progress_s = number_of(b->profile, "progress_s", PROGRESS_S),
		.output = on_output,
		.console = on_console,
		.context = b,
	};
	int error;

	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)b->run->seed);
	stream_reader_open(&b->reader, b->run, sink, GUEST_TAINT_MODULE);
	b->reader.timing = true;
	strbuf_init(&b->errors, 4096);
	b->console_case = b->run->count;
	error = pack(b, why, bytes);
	options.files_n = b->file_count;
	if (!error && guest_run(guest, &options, &result, &guest_error)) {
		snprintf(why, bytes, "%s", guest_error.text);
		error = -1;
	}
	if (!error) {
		note_facts(b->run, &result);
		error = judge(b, &result, missing, why, bytes);
	}
	unpack(b);
	strbuf_free(&b->errors);
	stream_reader_close(&b->reader);
	return error;
}

/* Runs a batch, in as many guests as it takes: each settles at least one case. */
static int run_batch(struct batch *b, struct guest *guest, struct run_sink *sink, char *why,
		     size_t bytes)
{
	int error = 0;

	while (b->count && !error) {
		error = run_guest(b, guest, sink, why, bytes);
		keep_missing(b);
	}
	return error;
}

/* Which of `jobs` guests gets the n-th case: there and back, so that none is always the first. */
static size_t job_of(size_t n, size_t jobs)
{
	size_t turn = n % (2 * jobs);

	return turn < jobs ? turn : 2 * jobs - 1 - turn;
}

/* Puts the planned cases that fall to one of `jobs` guests at a time into indexes, behind those
 * that are there. */
static void add_share(struct batch *b, bool spoil, size_t job, size_t jobs)
{
	size_t n = 0;

	for (size_t i = 0; i < b->run->count; i++) {
		const struct outcome *o = &b->run->outcomes[i];

		if (o->planned && o->decl->spoils == spoil && job_of(n++, jobs) == job)
			b->indexes[b->count++] = i;
	}
}

/* What falls to one of `jobs` guests at a time. The first case that spoils its guest ends the one
 * of the others; each further one has a guest of its own. */
static int run_part(struct batch *b, struct guest *guest, struct run_sink *sink, size_t job,
		    size_t jobs, char *why, size_t bytes)
{
	struct run *run = b->run;
	size_t shared, all;
	int error;

	b->count = 0;
	add_share(b, false, job, jobs);
	shared = b->count + 1;
	add_share(b, true, job, jobs);
	all = b->count;
	if (b->count > shared)
		b->count = shared;
	error = run_batch(b, guest, sink, why, bytes);
	for (size_t i = shared; i < all && !error; i++) {
		b->indexes[0] = b->indexes[i];
		b->count = 1;
		error = run_batch(b, guest, sink, why, bytes);
	}
	for (size_t i = 0; i < run->count; i++) {
		if (!b->consoles[i].text)
			continue;
		free(run->outcomes[i].console);
		run->outcomes[i].console = b->consoles[i].text;
	}
	return error;
}

/* --- several guests at once ------------------------------------------------------------------- */

/* The process that looks after one of several guests: it tells the parent by a stream. */
__attribute__((noreturn)) static void job_main(struct batch *b, struct guest *guest, size_t job,
					       size_t jobs, int fd)
{
	FILE *out = fdopen(fd, "w");
	struct stream_writer w;
	char why[512];
	int error;

	if (!out)
		_exit(1);
	stream_writer_open(&w, out, false);
	error = run_part(b, guest, &w.sink, job, jobs, why, sizeof(why));
	for (size_t i = 0; i < b->run->count; i++) {
		const struct outcome *o = &b->run->outcomes[i];

		if (b->consoles[i].text && o->verdict != VERDICT_PASS)
			stream_write_console(&w, o->id, o->console);
	}
	for (size_t i = 0; i < b->run->fact_count; i++)
		stream_write_fact(&w, b->run->facts[i].name, b->run->facts[i].value);
	if (error)
		stream_write_failed(&w, why);
	else
		stream_writer_close(&w, b->count);
	_exit(fclose(out) || error ? 1 : 0);
}

struct job {
	pid_t pid;
	int fd; /* -1: at its end */
	struct stream_reader reader;
};

static int start_job(struct job *jobs, size_t job, size_t count, struct batch *b,
		     struct guest *guest, struct run_sink *sink)
{
	int fds[2];

	jobs[job] = (struct job){.pid = -1, .fd = -1};
	stream_reader_open(&jobs[job].reader, b->run, sink, ~0ul);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	fflush(NULL);
	jobs[job].pid = fork();
	if (jobs[job].pid == 0) {
		for (size_t i = 0; i < job; i++)
			close(jobs[i].fd);
		close(fds[0]);
		job_main(b, guest, job, count, fds[1]);
	}
	close(fds[1]);
	jobs[job].fd = fds[0];
	return jobs[job].pid < 0 ? -errno : 0;
}

/* Reads from all jobs until the last one has ended. */
static void follow_jobs(struct job *jobs, size_t count)
{
	char chunk[16384];
	size_t left = 0;

	for (size_t i = 0; i < count; i++)
		left += jobs[i].fd >= 0;
	while (left) {
		struct pollfd fds[JOBS_MAX];

		for (size_t i = 0; i < count; i++)
			fds[i] = (struct pollfd){.fd = jobs[i].fd, .events = POLLIN};
		if (poll(fds, count, -1) < 0 && errno != EINTR)
			return;
		for (size_t i = 0; i < count; i++) {
			ssize_t n;

			if (jobs[i].fd < 0 || !fds[i].revents)
				continue;
			n = read(jobs[i].fd, chunk, sizeof(chunk));
			if (n > 0) {
				stream_read(&jobs[i].reader, chunk, (size_t)n);
			} else if (n == 0 || errno != EINTR) {
				close(jobs[i].fd);
				jobs[i].fd = -1;
				left--;
			}
		}
	}
}

static int run_jobs(struct batch *b, struct guest *guest, struct run_sink *sink, size_t count,
		    char *why, size_t bytes)
{
	struct job jobs[JOBS_MAX] = {{0}};
	size_t started = 0;
	int error = 0;

	while (started < count && !error)
		error = start_job(jobs, started++, count, b, guest, sink);
	if (error)
		snprintf(why, bytes, "%s", strerror(-error));
	follow_jobs(jobs, started);
	for (size_t i = 0; i < started; i++) {
		const struct stream_reader *r = &jobs[i].reader;

		if (!error && (!r->done || r->broken)) {
			error = -1;
			snprintf(why, bytes, "%s",
				 *r->failed ? r->failed : "the process of a guest ended early");
		}
		if (jobs[i].pid > 0)
			waitpid(jobs[i].pid, NULL, 0);
		stream_reader_close(&jobs[i].reader);
	}
	return error ? -1 : 0;
}

/* How many guests at once: as many as processors, as long as each has enough to do. */
static size_t job_count(const struct batch *b)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	size_t wanted =
		number_of(b->profile, "jobs", processors > 1 ? (unsigned int)processors : 1);
	size_t planned = 0;

	for (size_t i = 0; i < b->run->count; i++)
		planned += b->run->outcomes[i].planned;
	if (wanted > planned / CASES_A_JOB)
		wanted = planned / CASES_A_JOB;
	return wanted < 1 ? 1 : wanted > JOBS_MAX ? JOBS_MAX : wanted;
}

int guest_target_run(struct run *run, const struct profile *profile, const char *project,
		     const char *const *overlays, struct run_sink *sink, char *why, size_t bytes)
{
	const char *name = profile_get(profile, "target", "guest");
	struct guest_error guest_error = {{0}};
	struct batch b = {.run = run,
			  .profile = profile,
			  .project = project,
			  .overlays = overlays,
			  .indexes = memory_zeroed(run->count, sizeof(size_t)),
			  .consoles = memory_zeroed(run->count, sizeof(struct strbuf))};
	struct guest *guest = name ? guest_load(name, &guest_error) : NULL;
	size_t jobs = job_count(&b);
	int error = -1;

	if (!name) {
		snprintf(why, bytes, "[target] guest is missing: the name of a guest");
	} else if (!guest || guest_build(guest, &guest_error)) {
		snprintf(why, bytes, "%s", guest_error.text);
	} else {
		run_fact_set(run, "guest", "%s", name);
		run_fact_set(run, "guests at once", "%zu", jobs);
		error = jobs > 1 ? run_jobs(&b, guest, sink, jobs, why, bytes)
				 : run_part(&b, guest, sink, 0, 1, why, bytes);
	}
	guest_free(guest);
	free(b.indexes);
	free(b.consoles);
	return error;
}
