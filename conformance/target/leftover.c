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
#define ROUNDS_MAX  400  /* of 5 ms: how long dying processes are waited for */
#define IDS_TRIED   1000 /* of a case; had it more, all processes are listed */
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

/* The id that the kernel gave last; 0: not known. */
static pid_t last_id(void)
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
	return last ? (pid_t)strtol(last, NULL, 10) : 0;
}

/* Whose processes are ended. */
struct left {
	const ino_t *mounts; /* those in these mount namespaces; if the first is 0, our children */
	size_t count;
	unsigned found; /* of them, killed */
};

static void kill_one(struct left *left, pid_t pid)
{
	const pid_t self = getpid();

	if (pid == self || (left->mounts[0] ? !is_among(mounts_of(pid), left->mounts, left->count)
					    : leftover_parent(pid) != self))
		return;
	kill(pid, SIGKILL);
	left->found++;
}

static void kill_listed(struct left *left)
{
	struct dirent *entry;
	DIR *proc = opendir("/proc");

	if (!proc)
		return;
	while ((entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			kill_one(left, (pid_t)strtol(entry->d_name, NULL, 10));
	closedir(proc);
}

/*
 * Ids grow until the kernel begins anew at the small ones. Unless it did so, or gave very many,
 * each id since the first is tried: most cases make few processes, and the machine has more.
 */
static void kill_left(struct left *left, pid_t first)
{
	pid_t pid = first;
	pid_t last = last_id();

	if (first <= 0 || last < first || last - first > IDS_TRIED) {
		kill_listed(left);
		return;
	}
	while (pid <= last) {
		for (; pid <= last; pid++)
			if (kill(pid, 0) == 0)
				kill_one(left, pid);
		last = last_id();
	}
}

void leftover_adopt(void)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void leftover_end(const ino_t *mounts, size_t count, pid_t first)
{
	for (int round = 0; round < ROUNDS_MAX; round++) {
		struct left left = {mounts, count, 0};

		kill_left(&left, first);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (!left.found)
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
