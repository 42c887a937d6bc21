/* SPDX-License-Identifier: MIT */
/*
 * What seosd writes its records through; see journal.h.
 */
#include "ref/store/journal.h"
#include "ref/store/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int journal_load_filters(struct journal *j, struct platform *p, char *why, size_t bytes)
{
	char path[PLATFORM_PATH_MAX];
	struct filters read;
	int error = path_installed(p, JOURNAL_FILTERS, path);

	if (error) {
		snprintf(why, bytes, "the path of audit.cfg is too long");
		return error;
	}
	error = filters_load(p, path, &read, why, bytes);
	if (error)
		return error;
	filters_free(&j->filters);
	j->filters = read;
	return 0;
}

/* Those before it are written already, or it waits as well: records stay in order. */
int journal_flush(struct journal *j)
{
	struct audit_record record;
	uint64_t number;
	size_t used;
	unsigned written = 0;
	int error = 0;

	while (written < j->kept_count && !error) {
		const struct journal_frame *f = &j->kept[written];

		/* It was encoded here. */
		if (logframe_decode(f->bytes, f->length, &record, &number, &used) == LOGFRAME_OK)
			error = audit_log_append(j->log, &record);
		if (error)
			break;
		free(j->kept[written++].bytes);
	}
	j->kept_count -= written;
	memmove(j->kept, j->kept + written, j->kept_count * sizeof(j->kept[0]));
	return error;
}

int journal_append(struct journal *j, const struct audit_record *record)
{
	int error;

	if (filters_match(&j->filters, record))
		return 0;
	error = journal_flush(j);
	return error ? error : audit_log_append(j->log, record);
}

int journal_keep(struct journal *j, const struct audit_record *record)
{
	int error = journal_append(j, record);
	struct journal_frame *f = &j->kept[j->kept_count];
	unsigned char frame[LOGFRAME_MAX];

	if (!error || error == -EINVAL)
		return error;
	if (j->kept_count == JOURNAL_KEPT_MAX)
		return -ENOBUFS;
	f->length = logframe_encode(record, 0, frame);
	f->bytes = malloc(f->length);
	if (!f->bytes)
		return -ENOBUFS;
	memcpy(f->bytes, frame, f->length);
	j->kept_count++;
	return 0;
}

void journal_close(struct journal *j)
{
	if (j->log)
		(void)journal_flush(j); /* the last chance */
	for (unsigned i = 0; i < j->kept_count; i++)
		free(j->kept[i].bytes);
	j->kept_count = 0;
	filters_free(&j->filters);
	audit_log_close(j->log);
	j->log = NULL;
}
