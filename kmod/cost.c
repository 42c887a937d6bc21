// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a hook costs: instructions of a hooked call beyond those of the unhooked one, tracked and
 * with the monitor off; the same for the kernel's own ways to see a call; and what it takes to list
 * 10,000 callers. Runs as root in a guest under -icount shift=0,sleep=off, where the time-stamp
 * counter counts instructions. Prints a line a figure, or JSON; leaves the module unloaded.
 *
 * Not for: any other machine: there the figures are cycles of some clock.
 *
 *   cost [--json] MODULE.ko
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "peers.h"
#include "uapi/SEOS_syscall.h"

#define CALLS	      100
#define BATCHES	      20
#define SCAN_CALLERS  10000
#define SCANS	      3
#define STACK_BYTES   16384
#define PARK_LIMIT_NS 60000000000LL
#define FIGURES_MAX   32

static struct figure {
	char name[64];
	double instructions;
} figures[FIGURES_MAX];
static unsigned int figures_count;

static int fail(const char *what)
{
	fprintf(stderr, "cost: %s: %s\n", what, strerror(errno));
	return 1;
}

static void figure_add(const char *name, const char *detail, double instructions)
{
	struct figure *figure = &figures[figures_count];

	if (figures_count == FIGURES_MAX)
		abort();
	snprintf(figure->name, sizeof(figure->name), "%s%s%s", name, *detail ? ", " : "", detail);
	figure->instructions = instructions;
	figures_count++;
}

static void figures_print(bool json)
{
	for (unsigned int i = 0; i < figures_count; i++) {
		const struct figure *figure = &figures[i];

		if (json)
			printf("%s{\"name\": \"%s\", \"instructions\": %.2f}%s\n",
			       i ? " " : "[", figure->name, figure->instructions,
			       i + 1 < figures_count ? "," : "]");
		else
			printf("%-44s %10.2f\n", figure->name, figure->instructions);
	}
}

/* Calls that fail at once, so that little but the hook can differ. */
static const struct call {
	const char *name;
	long number;
	long argument;
} calls[] = {
	{"kill", SYS_kill, 1 << 30},
	{"accept", SYS_accept, -1},
	{"execve", SYS_execve, 0}, /* no path: EFAULT */
};
enum { CALLS_COUNT = sizeof(calls) / sizeof(calls[0]) };

/* Interrupts only ever add, so the smallest batch is the true one. */
static double instructions(const struct call *call)
{
	uint64_t least = UINT64_MAX;

	for (int batch = 0; batch < BATCHES; batch++) {
		uint64_t begin = __rdtsc(), spent;

		for (int i = 0; i < CALLS; i++)
			syscall(call->number, call->argument, 0, 0);
		spent = __rdtsc() - begin;
		if (spent < least)
			least = spent;
	}
	return (double)least / CALLS;
}

/* In a process of its own: audit looks only at those that began after it was switched on. */
static int measure(double *out)
{
	size_t bytes = CALLS_COUNT * sizeof(*out);
	int results[2], wait_status = -1;
	ssize_t got;
	pid_t pid;

	if (pipe2(results, O_CLOEXEC))
		return fail("pipe");
	pid = fork();
	if (!pid) {
		for (int i = 0; i < CALLS_COUNT; i++)
			out[i] = instructions(&calls[i]);
		_exit(write(results[1], out, bytes) != (ssize_t)bytes);
	}
	close(results[1]);
	got = read(results[0], out, bytes);
	close(results[0]);
	if (pid < 0 || waitpid(pid, &wait_status, 0) != pid || wait_status ||
	    got != (ssize_t)bytes)
		return fail("measuring");
	return 0;
}

static int measure_beyond(const double *unhooked, const char *name, int count)
{
	double hooked[CALLS_COUNT];

	if (measure(hooked))
		return 1;
	for (int i = 0; i < count; i++)
		figure_add(name, calls[i].name, hooked[i] - unhooked[i]);
	return 0;
}

/* The module */

static int device = -1;

static int module_open(const char *path, const char *parameters)
{
	struct seos_hello hello = {.abi = SEOS_ABI};
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
		return fail(path);
	close(fd);
	device = open(SEOS_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0 || ioctl(device, SEOS_IOC_HELLO, &hello))
		return fail(SEOS_DEVICE);
	return 0;
}

static int module_close(void)
{
	struct seos_prepare prepare = {.timeout_ns = 10000000000};

	if (ioctl(device, SEOS_IOC_PREPARE, &prepare))
		return fail("prepare");
	close(device);
	if (syscall(SYS_delete_module, SEOS_MODULE, O_NONBLOCK))
		return fail("delete_module");
	return 0;
}

static int measure_mechanism(const double *unhooked, const char *path, const char *mechanism)
{
	char parameters[64], off[64];
	__u32 monitor = 0;

	snprintf(parameters, sizeof(parameters), "mechanism=%s", mechanism);
	snprintf(off, sizeof(off), "%s, monitor off", mechanism);
	if (module_open(path, parameters) || measure_beyond(unhooked, mechanism, CALLS_COUNT))
		return 1;
	if (ioctl(device, SEOS_IOC_MONITOR, &monitor))
		return fail("monitor off");
	return measure_beyond(unhooked, off, 1) || module_close();
}

/* The list of many */

static void *park(void *listener)
{
	accept(*(const int *)listener, NULL, NULL);
	return NULL;
}

/* Parks the callers, says so by a byte, and waits for its end. */
static int park_all(int ready)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "\0cost"};
	static int listener;
	/* accept takes its descriptor first */
	const struct rlimit files = {2 * SCAN_CALLERS, 2 * SCAN_CALLERS};
	pthread_attr_t small;
	pthread_t thread;

	if (setrlimit(RLIMIT_NOFILE, &files))
		return fail("setrlimit");
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 1))
		return fail("socket");
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK_BYTES);
	pthread_attr_setguardsize(&small, 0);
	for (int i = 0; i < SCAN_CALLERS; i++) {
		errno = pthread_create(&thread, &small, park, &listener);
		if (errno)
			return fail("pthread_create");
	}
	if (write(ready, "", 1) != 1)
		return fail("pipe");
	pause();
	return 0;
}

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static int wait_for_inside(unsigned int inside)
{
	long long limit_ns = now_ns() + PARK_LIMIT_NS;
	struct seos_status status;

	do {
		if (ioctl(device, SEOS_IOC_STATUS, &status))
			return fail("status");
		if (status.inside == inside)
			return 0;
		poll(NULL, 0, 10);
	} while (now_ns() < limit_ns);
	fprintf(stderr, "cost: %u callers are inside, not %u\n", status.inside, inside);
	return 1;
}

static int scan_once(struct seos_call *out, uint64_t *spent)
{
	struct seos_list list = {.calls = (unsigned long)out, .max = SCAN_CALLERS};
	uint64_t begin = __rdtsc();

	if (ioctl(device, SEOS_IOC_LIST, &list))
		return fail("list");
	*spent = __rdtsc() - begin;
	if (list.count != SCAN_CALLERS) {
		fprintf(stderr, "cost: %u callers listed, not %d\n", list.count, SCAN_CALLERS);
		return 1;
	}
	return 0;
}

static int scan_measure(void)
{
	struct seos_call *out = calloc(SCAN_CALLERS, sizeof(*out));
	uint64_t spent = 0, least = UINT64_MAX;
	int err = out ? 0 : fail("memory");

	for (int i = 0; i < SCANS && !err; i++) { /* the first one touches the pages */
		err = scan_once(out, &spent);
		if (!err && spent < least)
			least = spent;
	}
	free(out);
	if (!err)
		figure_add("list of 10000 callers", "each", (double)least / SCAN_CALLERS);
	return err;
}

static int limit_raise(const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return fail(path);
	fprintf(file, "%d", 4 * SCAN_CALLERS);
	return fclose(file) ? fail(path) : 0;
}

static int measure_scan(const char *path)
{
	int ready[2], err;
	char byte;
	pid_t pid;

	if (limit_raise("/proc/sys/kernel/threads-max") ||
	    limit_raise("/proc/sys/vm/max_map_count") || pipe2(ready, O_CLOEXEC) ||
	    module_open(path, ""))
		return 1;
	pid = fork();
	if (!pid) {
		close(device);
		_exit(park_all(ready[1]));
	}
	close(ready[1]);
	err = read(ready[0], &byte, 1) == 1 ? 0 : fail("callers");
	close(ready[0]);
	err = err || wait_for_inside(SCAN_CALLERS) || scan_measure();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return module_close() || err;
}

static int measure_peers(const double *unhooked)
{
	for (const struct peer *peer = peers; peer->name; peer++) {
		int err;

		if (peer->begin())
			return fail(peer->name);
		err = measure_beyond(unhooked, peer->name, 1);
		peer->end();
		if (err)
			return err;
	}
	return 0;
}

int main(int argc, char **argv)
{
	bool json = argc == 3 && !strcmp(argv[1], "--json");
	const char *path = argv[argc - 1];
	double unhooked[CALLS_COUNT];

	if (argc != 2 && !json) {
		fprintf(stderr, "usage: cost [--json] MODULE.ko\n");
		return 2;
	}
	if (measure(unhooked))
		return 1;
	figure_add("unhooked", calls[0].name, unhooked[0]);
	if (measure_mechanism(unhooked, path, "direct") ||
	    measure_mechanism(unhooked, path, "ipmodify") || measure_scan(path) ||
	    measure_peers(unhooked))
		return 1;
	figures_print(json);
	return 0;
}
