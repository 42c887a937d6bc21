/* SPDX-License-Identifier: MIT */
/*
 * The trace of seosd; see trace.h.
 */
#include "ref/store/trace.h"
#include "ref/core/scan.h"
#include "ref/store/file.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char *const words[] = {
	[TRACE_FILE] = "file",
	[TRACE_FILE_STOPPED] = "file,stop",
	[TRACE_NONE] = "none",
	[TRACE_SCREEN] = "screen",
};

#define WORDS (sizeof(words) / sizeof(words[0]))

/* Compares without case, and without the blanks of text. */
static bool is_word(const char *text, const char *word)
{
	for (; *text; text++) {
		if (*text == ' ')
			continue;
		if (strncasecmp(text, word, 1) != 0)
			return false;
		word++;
	}
	return *word == '\0';
}

int trace_configure(const struct platform *p, const struct config *ini, struct trace *out,
		    char *why, size_t bytes)
{
	const char *to = config_get(ini, "seosd", "trace_to", words[TRACE_FILE_STOPPED]);
	const char *path = config_get(ini, "seosd", "trace_file", TRACE_FILE_DEFAULT);
	unsigned i = 0;

	*out = (struct trace){.on = false};
	while (i < WORDS && !is_word(to, words[i]))
		i++;
	if (i == WORDS) {
		snprintf(why, bytes,
			 "[seosd] trace_to = %s: use file, \"file, stop\", none or screen", to);
		return -EINVAL;
	}
	if (*path != '/' || path_installed(p, path, out->path)) {
		snprintf(why, bytes, "[seosd] trace_file = %s: expected an absolute path", path);
		return -EINVAL;
	}
	out->to = (enum trace_to)i;
	out->on = out->to == TRACE_FILE || out->to == TRACE_SCREEN;
	return 0;
}

static int append(struct platform *p, const char *path, const char *line, size_t bytes)
{
	struct platform_stat s;
	int fd, error;

	if (!p->ops->stat(p, path, &s) && s.size_bytes >= TRACE_BYTES_MAX)
		return -EFBIG;
	fd = p->ops->open(p, path, PLATFORM_APPEND | PLATFORM_CREATE, 0600);
	if (fd < 0)
		return fd;
	error = p->ops->write(p, fd, line, bytes);
	p->ops->close(p, fd);
	return error;
}

int trace_add(struct platform *p, const struct trace *t, const char *word, char kind,
	      const char *text)
{
	char clean[TRACE_LINE_MAX - 64], line[TRACE_LINE_MAX], when[32] = "", capitals[16] = "";
	struct tm now;
	int n;

	for (size_t i = 0; word[i] && i + 1 < sizeof(capitals); i++)
		capitals[i] = (char)toupper((unsigned char)word[i]);

	if (!p->ops->local_time(p, p->ops->wall_ns(p) / NS_PER_S, &now))
		strftime(when, sizeof(when), "%d %b %Y %H:%M:%S", &now);
	scan_clean_text(text, clean, sizeof(clean));
	n = snprintf(line, sizeof(line), "%s %-10s %c %s\n", when, capitals, kind, clean);
	if (n < 0 || (size_t)n >= sizeof(line))
		return -EMSGSIZE;
	if (!t->screen)
		return append(p, t->path, line, (size_t)n);
	fputs(line, t->screen);
	return fflush(t->screen) ? -EIO : 0;
}

void trace_line(struct platform *p, const struct trace *t, const char *word, char kind,
		const char *format, ...)
{
	char text[TRACE_LINE_MAX];
	va_list args;

	if (!t->on)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void)trace_add(p, t, word, kind, text); /* a full disk keeps nothing from being decided */
}

int trace_clear(struct platform *p, const struct trace *t)
{
	int fd = p->ops->open(p, t->path, PLATFORM_APPEND | PLATFORM_TRUNC, 0);

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	p->ops->close(p, fd);
	return 0;
}
