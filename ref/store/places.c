/* SPDX-License-Identifier: MIT */
/*
 * How far selogrd is; see places.h. The file has a line with the number of the log, then "NUMBER
 * MARK DESTINATION" a line.
 */
#include "ref/store/places.h"
#include "ref/store/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES (PLACES_TO_MAX + 48)
#define FILE_MAX_BYTES ((ROUTE_MAX + 1) * LINE_MAX_BYTES)

static int load_line(struct places *out, const char *line)
{
	char *end;
	uint64_t number = strtoull(line, &end, 10);
	uint64_t mark;

	if (end == line || *end != ' ' || out->count == ROUTE_MAX)
		return -EBADMSG;
	mark = strtoull(end + 1, &end, 16);
	if (*end != ' ' || mark > UINT32_MAX || strlen(end + 1) >= PLACES_TO_MAX)
		return -EBADMSG;
	memcpy(out->all[out->count].to, end + 1, strlen(end + 1) + 1);
	out->all[out->count].at = (struct follow_place){number, (uint32_t)mark};
	out->count++;
	return 0;
}

int places_load(struct platform *p, const char *path, struct places *out)
{
	char *text, *rest, *line, *end;
	size_t bytes;
	int error = file_read(p, path, FILE_MAX_BYTES, &text, &bytes);

	out->stream = 0;
	out->count = 0;
	if (error)
		return error == -ENOENT ? 0 : error;
	line = strtok_r(text, "\n", &rest);
	if (line)
		out->stream = strtoull(line, &end, 16);
	if (!line || *end || out->stream == 0)
		error = -EBADMSG;
	while (!error && (line = strtok_r(NULL, "\n", &rest)))
		error = load_line(out, line);
	free(text);
	return error;
}

int places_save(struct platform *p, const char *path, const struct places *places)
{
	char *text = malloc(FILE_MAX_BYTES);
	size_t n;
	int error;

	if (!text)
		return -ENOMEM;
	n = (size_t)snprintf(text, FILE_MAX_BYTES, "%016" PRIx64 "\n", places->stream);
	for (unsigned i = 0; i < places->count; i++)
		n += (size_t)snprintf(text + n, FILE_MAX_BYTES - n,
				      "%" PRIu64 " %08" PRIx32 " %s\n", places->all[i].at.number,
				      places->all[i].at.mark, places->all[i].to);
	error = file_replace(p, path, text, n, 0600);
	free(text);
	return error;
}
