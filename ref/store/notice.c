/* SPDX-License-Identifier: MIT */
/*
 * Messages of a daemon; see notice.h.
 */
#include "ref/store/notice.h"
#include "ref/core/line.h"

void notice_write(struct platform *p, const char *target, const char *prefix, const char *format,
		  va_list arguments)
{
	char line[NOTICE_MAX];
	size_t n = line_format(line, sizeof(line), prefix, format, arguments);
	int fd = p->ops->open(p, target, PLATFORM_APPEND | PLATFORM_CREATE, 0600);

	if (fd < 0)
		return;
	(void)p->ops->write(p, fd, line, n);
	p->ops->close(p, fd);
}

int notice_fail(FILE *to, const char *prefix, int status, const char *format, ...)
{
	char line[NOTICE_MAX];
	va_list arguments;

	va_start(arguments, format);
	line_format(line, sizeof(line), prefix, format, arguments);
	va_end(arguments);
	fputs(line, to);
	return status;
}
