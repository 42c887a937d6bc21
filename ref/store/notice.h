/* SPDX-License-Identifier: MIT */
/*
 * Messages of a daemon that has left its terminal: one line, by one write, to a file or terminal
 * that is opened anew for each. Not for: messages to whoever started a program.
 */
#ifndef REF_STORE_NOTICE_H
#define REF_STORE_NOTICE_H

#include "ref/platform/platform.h"

#include <stdarg.h>

#define NOTICE_CONSOLE "/dev/console"
#define NOTICE_MAX     8192 /* bytes of a line */

/* "PREFIXtext\n" to target, which is created when missing. What cannot be written is dropped. */
void notice_write(struct platform *p, const char *target, const char *prefix, const char *format,
		  va_list arguments) __attribute__((format(printf, 4, 0)));

#endif
