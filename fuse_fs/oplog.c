/* SPDX-License-Identifier: MIT */
/*
 * oplog: the ring of operations and its JSON lines.
 * Not here: when operations begin and end (watch.h).
 */
#include "oplog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

int oplog_open(struct oplog *log)
{
	pthread_mutex_lock(&log->lock);
	if (!log->ring)
		log->ring = calloc(OPLOG_MAX, sizeof(*log->ring));
	int rc = log->ring ? 0 : -ENOMEM;

	pthread_mutex_unlock(&log->lock);
	return rc;
}

void oplog_close(struct oplog *log)
{
	free(log->ring);
	log->ring = NULL;
}

void oplog_add(struct oplog *log, const struct oplog_entry *entry)
{
	pthread_mutex_lock(&log->lock);
	if (log->ring)
		log->ring[log->next++ % OPLOG_MAX] = *entry;
	if (log->next - log->first > OPLOG_MAX)
		log->first = log->next - OPLOG_MAX;
	pthread_mutex_unlock(&log->lock);
}

void oplog_clear(struct oplog *log)
{
	pthread_mutex_lock(&log->lock);
	log->first = log->next;
	pthread_mutex_unlock(&log->lock);
}

static void print_string(const char *text, FILE *out)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < ' ' || *c > '~')
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void print_entry(const struct oplog_entry *entry, uint64_t seq, FILE *out)
{
	const char *result = entry->error ? strerrorname_np(entry->error) : "OK";

	fprintf(out,
		"{\"seq\":%" PRIu64 ",\"time\":%" PRIdMAX ".%06ld,\"op\":\"%s\",\"path\":", seq,
		(intmax_t)entry->begun.tv_sec, entry->begun.tv_nsec / 1000,
		fill_op_name(entry->op));
	print_string(entry->path, out);
	if (entry->asked)
		fprintf(out, ",\"asked\":%" PRIu64 ",\"bytes\":%" PRIu64, entry->asked,
			entry->done);
	fprintf(out, ",\"result\":\"%s\"}\n", result ? result : "EIO");
}

void oplog_print(struct oplog *log, FILE *out)
{
	pthread_mutex_lock(&log->lock);
	for (uint64_t i = log->first; i < log->next; i++)
		print_entry(&log->ring[i % OPLOG_MAX], i + 1, out);
	pthread_mutex_unlock(&log->lock);
}
