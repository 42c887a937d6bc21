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
