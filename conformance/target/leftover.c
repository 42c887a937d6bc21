/* SPDX-License-Identifier: MIT */
/*
 * Ends what a case left running and puts the clock back. Not for: files (local_state.c).
 */
#include "conformance/target/leftover.h"

#include "conformance/strbuf.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS_A_SECOND (INT64_C(1000) * 1000 * 1000)
#define ROUNDS_MAX  400 /* of 5 ms: how long dying processes are waited for */
#define CLOCK_SLACK (NS_A_SECOND / 2)

pid_t leftover_parent(pid_t pid)
{
	char path[64], text[512] = "";
	const char *name_end;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	in = fopen(path, "re");
	if (!in)
		return 0;
	if (!fgets(text, sizeof(text), in))
		text[0] = '\0';
	fclose(in);
	/* "PID (NAME) STATE PPID ..."; the name may hold anything. */
	name_end = strrchr(text, ')');
	return name_end && strlen(name_end) > 4 ? (pid_t)strtol(name_end + 4, NULL, 10) : 0;
}

static ino_t mounts_of(pid_t pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static bool is_among(ino_t wanted, const ino_t *mounts, size_t count)
{
	for (size_t i = 0; i < count && wanted; i++) {
		if (mounts[i] == wanted)
			return true;
	}
	return false;
}

/* The smallest id a process can have that was made after the first. Ids grow until the kernel
 * begins anew at the small ones, which shows by the last it gave. */
static pid_t smallest_since(pid_t first)
{
	FILE *in = fopen("/proc/loadavg", "re");
	char text[128] = "";
	const char *last;

	if (in) {
		if (!fgets(text, sizeof(text), in))
			text[0] = '\0';
		fclose(in);
	}
	last = strrchr(text, ' ');
	return last && strtol(last, NULL, 10) >= first ? first : 2;
}

/* Kills what is left; returns how many processes that were. Those of the kernel and of the machine,
 * which are there before, are not even looked at: they are many. */
static unsigned kill_left(const ino_t *mounts, size_t count, pid_t smallest)
{
	const pid_t self = getpid();
	unsigned found = 0;
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	if (!proc)
		return 0;
	while ((entry = readdir(proc))) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (!isdigit((unsigned char)entry->d_name[0]) || pid < smallest || pid == self)
			continue;
		if (mounts[0] ? !is_among(mounts_of(pid), mounts, count)
			      : leftover_parent(pid) != self)
			continue;
		kill(pid, SIGKILL);
		found++;
	}
	closedir(proc);
	return found;
}

void leftover_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void leftover_end(const ino_t *mounts, size_t count, pid_t first)
{
	const pid_t smallest = smallest_since(first);

	for (int round = 0; round < ROUNDS_MAX; round++) {
		unsigned found = kill_left(mounts, count, smallest);

		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (!found)
			return;
		poll(NULL, 0, 5);
	}
}

void leftover_remove(const char *folder)
{
	DIR *dir = *folder ? opendir(folder) : NULL;
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	closedir(dir);
	rmdir(folder);
}

static int64_t offset_now(void)
{
	struct timespec wall, boot;

	clock_gettime(CLOCK_BOOTTIME, &boot);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (wall.tv_sec - boot.tv_sec) * NS_A_SECOND + wall.tv_nsec - boot.tv_nsec;
}

void clock_guard_begin(struct clock_guard *g)
{
	g->offset_ns = offset_now();
}

void clock_guard_end(const struct clock_guard *g)
{
	int64_t drift_ns = offset_now() - g->offset_ns;
	struct timespec boot, wall;
	int64_t wall_ns;

	if (drift_ns < CLOCK_SLACK && drift_ns > -CLOCK_SLACK)
		return;
	clock_gettime(CLOCK_BOOTTIME, &boot);
	wall_ns = boot.tv_sec * NS_A_SECOND + boot.tv_nsec + g->offset_ns;
	wall = (struct timespec){.tv_sec = wall_ns / NS_A_SECOND, .tv_nsec = wall_ns % NS_A_SECOND};
	clock_settime(CLOCK_REALTIME, &wall);
}
