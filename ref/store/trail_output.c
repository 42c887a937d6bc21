/* SPDX-License-Identifier: MIT */
/*
 * A trail that is being written; see trail_output.h. A file's good end is known at all times: a
 * write that failed half-way is cut back to it before anything else happens to the file.
 */
#include "ref/store/trail_output.h"
#include "ref/store/file.h"
#include "ref/store/trail_pack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES     ((size_t)4 * TRAIL_RECORD_MAX) /* of a file, and of reading one */
#define PACKED_BYTES_MAX ((size_t)1 << 31)
#define PROCESSES_MAX    1024 /* identifications remembered a file; a power of two */

struct file {
	int fd;            /* -1: not open yet */
	uint64_t bytes;    /* its good end */
	uint64_t unsynced; /* of them */
	bool counts;       /* its last BEGIN is of our origin */
	bool torn;         /* something may be behind its good end */
	unsigned char *buffer;
	size_t used;
	uint32_t *processes; /* PROCESSES_MAX hashes of identifications already in it */
};

struct trail_output {
	struct platform *platform;
	struct writer_positions *positions;
	const struct trail_record *calls;
	char path[TRAIL_PATH_MAX];
	unsigned files; /* as in struct trail_names */
	uint64_t records;
	struct file file[TRAIL_FILES_MAX];
};

static int file_path(const char *trail, unsigned files, unsigned n, char out[TRAIL_PATH_MAX])
{
	size_t length = strlen(trail);

	if (files)
		return trail_file_name(trail, n, out) ? 0 : -ENAMETOOLONG;
	if (length >= TRAIL_PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(out, trail, length + 1);
	return 0;
}

/* Recovery: what a file holds, record by record, from the first one behind its version record. */

struct scan {
	unsigned char *data; /* BUFFER_BYTES */
	size_t have;
	uint64_t at; /* offset in the file of data[0] */
	struct writer_positions *positions;
	bool counts;
};

/* Takes the whole records at the front. Damage that is not a torn end is left where it is. */
static void scan_records(struct scan *s)
{
	size_t at = 0;
	enum trail_record_verdict verdict = TRAIL_RECORD_OK;

	while (at < s->have && verdict != TRAIL_RECORD_TORN) {
		struct trail_record r;
		size_t used;

		verdict = trail_record_decode(s->data + at, s->have - at, &r, &used);
		if (verdict == TRAIL_RECORD_OK)
			writer_note(s->positions, &s->counts, &r);
		else
			used = verdict == TRAIL_RECORD_TORN
				       ? 0
				       : trail_record_resume(s->data + at, s->have - at);
		at += used;
	}
	memmove(s->data, s->data + at, s->have - at);
	s->at += at;
	s->have -= at;
}

static int scan_file(struct platform *p, int fd, struct scan *s)
{
	ssize_t n;

	do {
		n = p->ops->read(p, fd, s->data + s->have, BUFFER_BYTES - s->have, s->at + s->have);
		if (n < 0)
			return (int)n;
		s->have += (size_t)n;
		scan_records(s);
	} while (n > 0);
	return 0;
}

/* Whoever made the file may have been killed before its version record was whole. */
static int recover_start(struct platform *p, int fd, unsigned n)
{
	unsigned char start[TRAIL_VERSION_BYTES];
	ssize_t have = p->ops->read(p, fd, start, sizeof(start), 0);
	int error;

	if (have < 0 || have == TRAIL_VERSION_BYTES)
		return have < 0 ? (int)have : 0;
	trail_version_record(n, start);
	error = p->ops->truncate(p, fd, 0);
	return error ? error : p->ops->write(p, fd, start, sizeof(start));
}

/* Reads a file from its version record to its good end, which is where it ends afterwards. */
static int recover_file(struct platform *p, const char *path, unsigned n,
			struct writer_positions *positions, uint64_t *bytes, bool *counts)
{
	struct scan s = {.positions = positions, .at = TRAIL_VERSION_BYTES};
	int fd = p->ops->open(p, path, PLATFORM_READ | PLATFORM_APPEND, 0);
	int error;

	if (fd < 0)
		return fd;
	s.data = malloc(BUFFER_BYTES);
	error = s.data ? recover_start(p, fd, n) : -ENOMEM;
	if (!error)
		error = scan_file(p, fd, &s);
	if (!error && s.have)
		error = p->ops->truncate(p, fd, s.at);
	free(s.data);
	p->ops->close(p, fd);
	*bytes = s.at;
	*counts = s.counts;
	return error;
}

/* A file that was compressed since: nothing is added to it any more. */
static int recover_packed(struct platform *p, const char *path, struct writer_positions *positions)
{
	struct scan s = {.positions = positions};
	char *data;
	int error = file_read(p, path, PACKED_BYTES_MAX, &data, &s.have);

	if (error)
		return error;
	error = trail_unpack(&data, &s.have, PACKED_BYTES_MAX);
	if (!error && s.have > TRAIL_VERSION_BYTES) {
		s.have -= TRAIL_VERSION_BYTES;
		s.data = (unsigned char *)memmove(data, data + TRAIL_VERSION_BYTES, s.have);
		scan_records(&s);
	}
	free(data);
	return error;
}

int trail_output_recover(struct platform *p, const char *path, unsigned files,
			 struct writer_positions *positions)
{
	int error = 0;

	for (unsigned n = 0; n < (files ? files : 1) && !error; n++) {
		char name[TRAIL_PATH_MAX];
		uint64_t bytes;
		bool counts;

		error = file_path(path, files, n, name);
		if (!error && trail_is_packed(p, name) == 1)
			error = recover_packed(p, name, positions);
		else if (!error)
			error = recover_file(p, name, n, positions, &bytes, &counts);
		if (error == -ENOENT)
			error = 0;
	}
	return error;
}

/* Writing */

int trail_output_open(struct platform *p, const char *path, unsigned files,
		      struct writer_positions *positions, const struct trail_record *calls,
		      struct trail_output **out)
{
	struct trail_output *o;
	struct platform_stat s;
	int error = p->ops->stat(p, path, &s);

	*out = NULL;
	if (!error)
		error = trail_output_recover(p, path, files, positions);
	if (error)
		return error;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	o->platform = p;
	o->positions = positions;
	o->calls = calls;
	o->files = files;
	snprintf(o->path, sizeof(o->path), "%s", path);
	for (unsigned n = 0; n < TRAIL_FILES_MAX; n++)
		o->file[n].fd = -1;
	*out = o;
	return 0;
}

static int buffer_record(struct trail_output *o, struct file *f, const struct trail_record *r)
{
	size_t bytes = trail_record_encode(r, f->buffer + f->used, BUFFER_BYTES - f->used);

	if (!bytes)
		return -ENOBUFS;
	f->used += bytes;
	o->records++;
	return 0;
}

/* How the sources that share a file are numbered, and what the numbers of calls mean. */
static int begin_file(struct trail_output *o, unsigned n, int64_t time_ns)
{
	struct file *f = &o->file[n];
	struct trail_record_source *sources = calloc(TRAIL_RECORD_SOURCES_MAX, sizeof(*sources));
	struct trail_record r = {.type = TRAIL_RECORD_BEGIN, .time_ns = time_ns};
	struct trail_record calls = *o->calls;
	int error;

	if (!sources)
		return -ENOMEM;
	r.begin.origin = o->positions->origin;
	r.begin.sources = sources;
	for (unsigned i = 0; i < TRAIL_RECORD_SOURCES_MAX; i++) {
		if (o->positions->next[i] && writer_file_of(i, o->files) == n)
			sources[r.begin.count++] =
				(struct trail_record_source){(uint16_t)i, o->positions->next[i]};
	}
	error = buffer_record(o, f, &r);
	free(sources);
	calls.time_ns = time_ns;
	if (!error)
		error = buffer_record(o, f, &calls);
	f->counts = !error;
	return error;
}

static int open_file(struct trail_output *o, unsigned n)
{
	struct platform *p = o->platform;
	struct file *f = &o->file[n];
	char path[TRAIL_PATH_MAX];
	int error = file_path(o->path, o->files, n, path);

	if (!error && !f->buffer)
		f->buffer = malloc(BUFFER_BYTES);
	if (!error && !f->processes)
		f->processes = calloc(PROCESSES_MAX, sizeof(*f->processes));
	if (!error && (!f->buffer || !f->processes))
		error = -ENOMEM;
	if (!error)
		error = recover_file(p, path, n, o->positions, &f->bytes, &f->counts);
	if (error)
		return error;
	f->fd = p->ops->open(p, path, PLATFORM_APPEND, 0);
	return f->fd < 0 ? f->fd : 0;
}

int trail_output_begin(struct trail_output *o, int64_t time_ns)
{
	int error = 0;

	for (unsigned i = 0; i < TRAIL_RECORD_SOURCES_MAX && !error; i++) {
		unsigned n = writer_file_of(i, o->files);

		if (!o->positions->next[i])
			continue;
		if (o->file[n].fd < 0)
			error = open_file(o, n);
		if (!error && !o->file[n].counts)
			error = begin_file(o, n, time_ns);
	}
	return error ? error : trail_output_write(o);
}

static struct trail_text text_of(const char *s, size_t limit)
{
	return (struct trail_text){s, strnlen(s, limit)};
}

/* A step of FNV-1a, by numbers as well as by bytes. */
static uint32_t hash_add(uint32_t hash, uint32_t number)
{
	return (hash ^ number) * 16777619U;
}

static uint32_t identity_hash(const struct platform_audit_event *e)
{
	const uint32_t numbers[] = {(uint32_t)e->pid, (uint32_t)e->ppid, e->uid, e->euid, e->gid,
				    e->egid};
	uint32_t hash = 2166136261U;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		hash = hash_add(hash, numbers[i]);
	for (size_t i = 0; i < sizeof(e->program) && e->program[i]; i++)
		hash = hash_add(hash, (unsigned char)e->program[i]);
	return hash ? hash : 1; /* 0 is none */
}

static int identify(struct trail_output *o, struct file *f, const struct platform_audit_event *e)
{
	uint32_t *known = &f->processes[(uint32_t)e->pid % PROCESSES_MAX];
	uint32_t hash = identity_hash(e);
	struct trail_record r = {
		.type = TRAIL_RECORD_PROCESS,
		.source = (uint16_t)e->source,
		.pid = (uint32_t)e->pid,
		.time_ns = e->wall_ns,
		.process = {(uint32_t)e->ppid, e->uid, e->euid, e->gid, e->egid,
			    text_of(e->program, sizeof(e->program))},
	};
	int error = 0;

	if (*known == hash)
		return 0;
	error = buffer_record(o, f, &r);
	if (!error)
		*known = hash;
	return error;
}

static struct trail_record record_of(const struct platform_audit_event *e)
{
	struct trail_record r = {
		.type = e->lost ? TRAIL_RECORD_LOST : TRAIL_RECORD_CALL,
		.source = (uint16_t)e->source,
		.pid = (uint32_t)e->pid,
		.sequence = e->sequence,
		.time_ns = e->wall_ns,
	};

	if (e->lost) {
		r.lost = e->lost;
		return r;
	}
	r.call = (struct trail_record_call){
		.abi = (uint16_t)e->abi,
		.number = (uint16_t)e->number,
		.class = (uint8_t)e->class,
		.uid = e->uid,
		.euid = e->euid,
		.result = e->result,
		.path = text_of(e->path, sizeof(e->path)),
		.second = text_of(e->second, sizeof(e->second)),
	};
	memcpy(r.call.args, e->args, sizeof(r.call.args));
	return r;
}

int trail_output_add(struct trail_output *o, const struct platform_audit_event *e)
{
	struct file *f = &o->file[writer_file_of(e->source, o->files)];
	struct trail_record r = record_of(e);
	int error = 0;

	if (f->fd < 0)
		error = open_file(o, (unsigned)(f - o->file));
	/* One that would not fit any more waits whole, with what belongs before it. */
	if (!error && BUFFER_BYTES - f->used < 2 * (size_t)TRAIL_RECORD_MAX)
		error = -ENOBUFS;
	if (!error && !f->counts)
		error = begin_file(o, (unsigned)(f - o->file), e->wall_ns);
	if (!error && !e->lost)
		error = identify(o, f, e);
	if (!error)
		error = buffer_record(o, f, &r);
	if (!error)
		writer_note(o->positions, &f->counts, &r);
	return error;
}

static int write_file(struct trail_output *o, struct file *f)
{
	struct platform *p = o->platform;
	int error = 0;

	if (f->torn)
		error = p->ops->truncate(p, f->fd, f->bytes);
	f->torn = f->torn && error;
	if (!error && f->used)
		error = p->ops->write(p, f->fd, f->buffer, f->used);
	else if (!f->used)
		return error;
	if (error) {
		/* What cannot be cut off now is cut off before the next attempt. */
		f->torn = f->torn || p->ops->truncate(p, f->fd, f->bytes);
		return error;
	}
	f->bytes += f->used;
	f->unsynced += f->used;
	f->used = 0;
	return 0;
}

int trail_output_write(struct trail_output *o)
{
	int error = 0;

	for (unsigned n = 0; n < TRAIL_FILES_MAX; n++) {
		if (o->file[n].fd >= 0) {
			int e = write_file(o, &o->file[n]);

			error = error ? error : e;
		}
	}
	return error;
}

int trail_output_sync(struct trail_output *o)
{
	int error = 0;

	for (unsigned n = 0; n < TRAIL_FILES_MAX; n++) {
		struct file *f = &o->file[n];
		int e = f->fd >= 0 && f->unsynced ? o->platform->ops->sync(o->platform, f->fd) : 0;

		f->unsynced = e ? f->unsynced : 0;
		error = error ? error : e;
	}
	return error;
}

uint64_t trail_output_unsynced(const struct trail_output *o)
{
	uint64_t bytes = 0;

	for (unsigned n = 0; n < TRAIL_FILES_MAX; n++)
		bytes += o->file[n].unsynced;
	return bytes;
}

uint64_t trail_output_records(const struct trail_output *o)
{
	return o->records;
}

void trail_output_close(struct trail_output *o)
{
	if (!o)
		return;
	for (unsigned n = 0; n < TRAIL_FILES_MAX; n++) {
		if (o->file[n].fd >= 0)
			o->platform->ops->close(o->platform, o->file[n].fd);
		free(o->file[n].buffer);
		free(o->file[n].processes);
	}
	free(o);
}
