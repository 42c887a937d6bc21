// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a hook costs: instructions of a hooked call, unhooked, tracked, and with the monitor off.
 * Runs as root in a guest under -icount shift=0,sleep=off, where the time-stamp counter counts
 * instructions. Prints one line a figure; leaves the module unloaded.
 *
 * Not for: any other machine: there the figures are cycles of some clock.
 *
 *   cost MODULE.ko [MODULE-PARAMETERS]
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include "uapi/SEOS_syscall.h"

#define CALLS   100
#define BATCHES 300

/* Calls that fail at once, so that little but the hook can differ. */
static const struct call {
	const char *name;
	long number;
	long argument;
} calls[] = {
	{"accept", SYS_accept, -1},
	{"kill", SYS_kill, 1 << 30},
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

static int fail(const char *what)
{
	fprintf(stderr, "cost: %s: %s\n", what, strerror(errno));
	return 1;
}

static int module_load(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -1;
	err = (int)syscall(SYS_finit_module, fd, parameters, 0);
	close(fd);
	return err;
}

static void measure(double *out)
{
	for (int i = 0; i < CALLS_COUNT; i++)
		out[i] = instructions(&calls[i]);
}

static int measure_module(int device, double *on, double *off)
{
	struct seos_hello hello = {.abi = SEOS_ABI};
	struct seos_prepare prepare = {.timeout_ns = 1000000000};
	__u32 monitor = 0;

	if (ioctl(device, SEOS_IOC_HELLO, &hello))
		return fail("hello");
	measure(on);
	if (ioctl(device, SEOS_IOC_MONITOR, &monitor))
		return fail("monitor off");
	measure(off);
	if (ioctl(device, SEOS_IOC_PREPARE, &prepare))
		return fail("prepare");
	return 0;
}

int main(int argc, char **argv)
{
	double unhooked[CALLS_COUNT], on[CALLS_COUNT], off[CALLS_COUNT];
	int device, err;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: cost MODULE.ko [MODULE-PARAMETERS]\n");
		return 2;
	}
	measure(unhooked);
	if (module_load(argv[1], argc > 2 ? argv[2] : ""))
		return fail(argv[1]);
	device = open(SEOS_DEVICE, O_RDWR | O_CLOEXEC);
	if (device < 0)
		return fail(SEOS_DEVICE);
	err = measure_module(device, on, off);
	close(device);
	if (err)
		return err;
	if (syscall(SYS_delete_module, SEOS_MODULE, O_NONBLOCK))
		return fail("delete_module");
	for (int i = 0; i < CALLS_COUNT; i++)
		printf("%s unhooked %.2f tracked +%.2f monitor-off +%.2f\n", calls[i].name,
		       unhooked[i], on[i] - unhooked[i], off[i] - unhooked[i]);
	return 0;
}
