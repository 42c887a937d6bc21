// SPDX-License-Identifier: GPL-2.0-only
/*
 * What every test needs: complaints, clock, files of /proc, places to wait at.
 *
 * Not for: the module (module.c), or processes (child.c).
 */
#include "battery.h"

bool __attribute__((format(printf, 1, 2))) complain(const char *format, ...)
{
	va_list arguments;

	printf("# ");
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	return false;
}

long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

bool write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return false;
	fputs(text, file);
	return fclose(file) == 0;
}

bool write_number(const char *path, long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%ld", value);
	return write_text(path, text);
}

long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long value = -1;

	if (file) {
		if (fscanf(file, "%ld", &value) != 1)
			value = -1;
		fclose(file);
	}
	return value;
}

const char *fifo(void)
{
	static char path[64];
	static unsigned int count;

	snprintf(path, sizeof(path), "/tmp/battery.%d.%u", getpid(), count++);
	if (mkfifo(path, 0666) || chmod(path, 0666))
		abort();
	return path;
}

/* Lets everybody go on who waits in open of the FIFO, or will yet. */
void fifo_release(const char *path)
{
	static int writer = -1;

	if (writer >= 0)
		close(writer);
	writer = open(path, O_RDWR | O_CLOEXEC);
	if (writer < 0)
		abort();
}

int listener_make(struct sockaddr_un *address)
{
	static unsigned int count;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	snprintf(address->sun_path + 1, sizeof(address->sun_path) - 1, "battery.%d.%u", getpid(),
		 count++);
	if (fd < 0 || bind(fd, (struct sockaddr *)address, sizeof(*address)) || listen(fd, 64))
		abort();
	return fd;
}

int connect_to(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (fd < 0)
		abort();
	if (syscall(SYS_connect, fd, address, sizeof(*address))) {
		close(fd);
		return -errno;
	}
	return fd;
}
