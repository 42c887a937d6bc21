/* SPDX-License-Identifier: MIT */
/*
 * Messages, one line each: of a daemon that has left its terminal, by one write to a file or
 * terminal that is opened anew for each; of a program that gives up, to whoever started it.
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

/* "PREFIXtext\n" to a stream of the program. Returns status. */
int notice_fail(FILE *to, const char *prefix, int status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
