/* SPDX-License-Identifier: MIT */
/*
 * How far a collector has the logs of other hosts; see sources.h.
 */
#include "ref/store/sources.h"
#include "ref/store/file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES (RECORD_NAME_MAX + 40)
#define FILE_MAX_BYTES ((size_t)SOURCES_MAX * LINE_MAX_BYTES)

static struct logframe_source *find(const struct sources *s, const char *host, uint64_t stream)
{
	for (size_t i = 0; i < s->count; i++) {
		if (s->all[i].stream == stream && !strcmp(s->all[i].host, host))
			return &s->all[i];
	}
	return NULL;
}

uint64_t sources_last(const struct sources *s, const char *host, uint64_t stream)
{
	const struct logframe_source *known = find(s, host, stream);

	return known ? known->number : 0;
}

int sources_note(struct sources *s, const struct logframe_source *source)
{
	struct logframe_source *known = find(s, source->host, source->stream);

	if (known) {
		if (source->number > known->number)
			known->number = source->number;
		return 0;
	}
	if (!source->host[0])
		return 0;
	if (s->count == SOURCES_MAX)
		return -EFBIG;
	if (s->count == s->room) {
		size_t room = s->room ? 2 * s->room : 16;
		struct logframe_source *grown = realloc(s->all, room * sizeof(*grown));

		if (!grown)
			return -ENOMEM;
		s->all = grown;
		s->room = room;
	}
	s->all[s->count++] = *source;
	return 0;
}

static int load_line(struct sources *s, const char *line)
{
	struct logframe_source source = {0};
	const char *blank = strchr(line, ' ');
	char *end;

	if (!blank || blank == line || (size_t)(blank - line) >= sizeof(source.host))
		return -EBADMSG;
	memcpy(source.host, line, (size_t)(blank - line));
	source.stream = strtoull(blank + 1, &end, 16);
	if (end == blank + 1 || *end != ' ')
		return -EBADMSG;
	source.number = strtoull(end + 1, &end, 10);
	return *end ? -EBADMSG : sources_note(s, &source);
}

int sources_load(struct platform *p, const char *path, struct sources *s)
{
	char *text, *rest;
	size_t bytes;
	int error = file_read(p, path, FILE_MAX_BYTES, &text, &bytes);

	if (error)
		return error == -ENOENT ? 0 : error;
	for (char *line = strtok_r(text, "\n", &rest); line && !error;
	     line = strtok_r(NULL, "\n", &rest))
		error = load_line(s, line);
	free(text);
	return error;
}

int sources_save(struct platform *p, const char *path, const struct sources *s)
{
	size_t room = s->count * LINE_MAX_BYTES + 1;
	char *text = malloc(room);
	size_t n = 0;
	int error;

	if (!text)
		return -ENOMEM;
	text[0] = '\0';
	for (size_t i = 0; i < s->count; i++)
		n += (size_t)snprintf(text + n, room - n, "%s %016" PRIx64 " %" PRIu64 "\n",
				      s->all[i].host, s->all[i].stream, s->all[i].number);
	error = file_replace(p, path, text, n, 0600);
	free(text);
	return error;
}

void sources_free(struct sources *s)
{
	free(s->all);
	*s = (struct sources){0};
}
