/* SPDX-License-Identifier: MIT */
/*
 * Small whole files and paths of the host, with errors in words.
 */
#include "vm-images/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vm-images/child.h"

#define FILE_READ_MAX (1024 * 1024)

static char *format_text(const char *format, va_list args)
{
	char *text;

	return vasprintf(&text, format, args) < 0 ? NULL : text;
}

char *file_text(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = format_text(format, args);
	va_end(args);
	return text;
}

char *file_load(struct guest_error *error, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text = NULL;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > FILE_READ_MAX)
		guest_fail(error, "cannot read %s: %s", path,
			   fd < 0 ? strerror(errno) : "not a small file");
	else
		text = calloc(1, (size_t)st.st_size + 1);
	if (text && read(fd, text, (size_t)st.st_size) != st.st_size) {
		guest_fail(error, "cannot read %s: %s", path, strerror(errno));
		free(text);
		text = NULL;
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static int replace(struct guest_error *error, const char *text, const char *path)
{
	char *temporary = file_text("%s.%ld", path, (long)getpid());
	FILE *file = temporary ? fopen(temporary, "we") : NULL;
	int result = -1;

	if (file) {
		bool written = fputs(text, file) >= 0;

		if (fclose(file) == 0 && written)
			result = rename(temporary, path);
	}
	if (result) {
		guest_fail(error, "cannot write %s: %s", path, strerror(errno));
		if (temporary)
			unlink(temporary);
	}
	free(temporary);
	return result;
}

int file_write(struct guest_error *error, const char *text, const char *format, ...)
{
	va_list args;
	char *path;
	int result;

	va_start(args, format);
	path = format_text(format, args);
	va_end(args);
	result = path ? replace(error, text, path) : guest_fail(error, "out of memory");
	free(path);
	return result;
}

int file_make_dirs(struct guest_error *error, const char *format, ...)
{
	va_list args;
	char *path, *slash;
	int result = 0;

	va_start(args, format);
	path = format_text(format, args);
	va_end(args);
	if (!path)
		return guest_fail(error, "out of memory");
	for (slash = path; result == 0 && slash;) {
		slash = strchr(slash + 1, '/');
		if (slash)
			*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			result = guest_fail(error, "cannot make the folder %s: %s", path,
					    strerror(errno));
		if (slash)
			*slash = '/';
	}
	free(path);
	return result;
}
