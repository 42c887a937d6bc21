/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the battery has to know of the machine: which calls there are, by which numbers.
 *
 * Not for: use outside the battery.
 */
#ifndef BATTERY_MACHINE_H
#define BATTERY_MACHINE_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#ifdef __x86_64__
#include <asm/ptrace.h>
#endif
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "uapi/SEOS_syscall.h"

/* The ABI of the battery, and the function that is hooked for call_open(). */
#if defined(__x86_64__)
#define ABI_NATIVE SEOS_ABI_X86_64
#define ENTRY_OPEN "__x64_sys_open"
#elif defined(__i386__)
#define ABI_NATIVE SEOS_ABI_I386
#define ENTRY_OPEN "__ia32_sys_open"
#elif defined(__aarch64__)
#define ABI_NATIVE SEOS_ABI_ARM64
#define ENTRY_OPEN "__arm64_sys_openat"
#elif defined(__s390x__)
#define ABI_NATIVE SEOS_ABI_S390X
#define ENTRY_OPEN "__s390x_sys_open"
#endif

/* Whether there are direct trampolines, and a second ABI for the same program. */
#ifdef __x86_64__
static const bool has_direct = true, has_32 = true;
#else
static const bool has_direct = false, has_32 = false;
#endif

/* A probe at a function's entry that is served after the module's hook takes the diversion back. */
#ifdef __s390x__
static const bool probes_undo = true;
#else
static const bool probes_undo = false;
#endif

/* Where the registers of call_open() have its path, and whether the BPF of that machine can watch it. */
#ifdef __x86_64__
#define OPEN_PATH_AT offsetof(struct pt_regs, rdi)
#else
#define OPEN_PATH_AT 0 /* no */
#endif

/* battery32, the other program. */
#define OTHER_OPEN 5
#if defined(__x86_64__) || defined(__i386__)
#define OTHER_ABI    SEOS_ABI_I386
#define OTHER_ACCEPT 102
#elif defined(__aarch64__)
#define OTHER_ABI    SEOS_ABI_ARM
#define OTHER_ACCEPT 285
#elif defined(__s390x__)
#define OTHER_ABI    SEOS_ABI_S390
#define OTHER_ACCEPT 102
#endif

#ifdef SYS_open
#define NR_OPEN SYS_open
static inline int call_open(const char *path, int flags)
{
	return (int)syscall(SYS_open, path, flags, 0600);
}
#else
#define NR_OPEN SYS_openat
static inline int call_open(const char *path, int flags)
{
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0600);
}
#endif

#ifdef SYS_accept
#define NR_ACCEPT SYS_accept
static inline int call_accept(int listener, void *address, socklen_t *length)
{
	return (int)syscall(SYS_accept, listener, address, length);
}
#else
#define NR_ACCEPT SYS_accept4
static inline int call_accept(int listener, void *address, socklen_t *length)
{
	return (int)syscall(SYS_accept4, listener, address, length, 0);
}
#endif

static inline long call_clone(long flags)
{
#ifdef __s390x__
	return syscall(SYS_clone, 0, flags, 0, 0, 0);
#else
	return syscall(SYS_clone, flags, 0, 0, 0, 0);
#endif
}

/* By the entry for 32-bit programs. Inlined, so that it returns twice to a living frame where the
 * call does.
 */
static inline __attribute__((always_inline)) long call_32(long number, const long *arguments)
{
	long result = -ENOSYS;

#ifdef __x86_64__
	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"(number), "b"(arguments[0]), "c"(arguments[1]), "d"(arguments[2]),
			   "S"(arguments[3]), "D"(arguments[4])
			 : "memory", "r8", "r9", "r10", "r11");
#else
	(void)number;
	(void)arguments;
#endif
	return (int)result;
}

#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif

/* 0: not there */
#ifdef __aarch64__
#define SYS_chmod     0
#define SYS_chown     0
#define SYS_creat     0
#define SYS_fork      0
#define SYS_futimesat 0
#define SYS_lchown    0
#define SYS_link      0
#define SYS_mkdir     0
#define SYS_mknod     0
#define SYS_open      0
#define SYS_rename    0
#define SYS_rmdir     0
#define SYS_symlink   0
#define SYS_unlink    0
#define SYS_utime     0
#define SYS_utimes    0
#define SYS_vfork     0
#endif

#endif
