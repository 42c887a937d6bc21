// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of every hooked call that takes a pointer, held in the middle where the kernel follows it.
 */
#include "battery.h"

/*
 * Every way into a hooked call that takes a pointer, held where the kernel follows it; also by the
 * 32-bit entry, which a 64-bit program has as well.
 */
#define PAGE   (-7777L) /* stands for the held page */
#define SOCKET (-7778L)

struct held_call {
	const char *name;
	long number, number_32; /* 0: not there */
	long arguments[5];
	int expected; /* result with a page of zeroes: an empty path */
};

static const struct held_call held_calls[] = {
	{"open", SYS_open, 5, {PAGE}, -ENOENT},
	{"openat", SYS_openat, 295, {AT_FDCWD, PAGE}, -ENOENT},
	{"openat2", SYS_openat2, 437, {AT_FDCWD, PAGE, PAGE, 24}, -ENOENT},
	{"creat", SYS_creat, 8, {PAGE, 0600}, -ENOENT},
	{"unlink", SYS_unlink, 10, {PAGE}, -ENOENT},
	{"unlinkat", SYS_unlinkat, 301, {AT_FDCWD, PAGE}, -ENOENT},
	{"rename", SYS_rename, 38, {PAGE, PAGE}, -ENOENT},
	{"renameat2", SYS_renameat2, 353, {AT_FDCWD, PAGE, AT_FDCWD, PAGE}, -ENOENT},
	{"link", SYS_link, 9, {PAGE, PAGE}, -ENOENT},
	{"linkat", SYS_linkat, 303, {AT_FDCWD, PAGE, AT_FDCWD, PAGE}, -ENOENT},
	{"symlink", SYS_symlink, 83, {PAGE, PAGE}, -ENOENT},
	{"symlinkat", SYS_symlinkat, 304, {PAGE, AT_FDCWD, PAGE}, -ENOENT},
	{"mkdir", SYS_mkdir, 39, {PAGE, 0700}, -ENOENT},
	{"mkdirat", SYS_mkdirat, 296, {AT_FDCWD, PAGE, 0700}, -ENOENT},
	{"rmdir", SYS_rmdir, 40, {PAGE}, -ENOENT},
	{"chmod", SYS_chmod, 15, {PAGE, 0600}, -ENOENT},
	{"fchmodat", SYS_fchmodat, 306, {AT_FDCWD, PAGE, 0600}, -ENOENT},
	{"chown", SYS_chown, 182, {PAGE}, -ENOENT},
	{"chown32", 0, 212, {PAGE}, -ENOENT},
	{"lchown", SYS_lchown, 16, {PAGE}, -ENOENT},
	{"fchownat", SYS_fchownat, 298, {AT_FDCWD, PAGE}, -ENOENT},
	{"mknod", SYS_mknod, 14, {PAGE, S_IFIFO | 0600}, -ENOENT},
	{"mknodat", SYS_mknodat, 297, {AT_FDCWD, PAGE, S_IFIFO | 0600}, -ENOENT},
	{"truncate", SYS_truncate, 92, {PAGE}, -ENOENT},
	{"truncate64", 0, 193, {PAGE}, -ENOENT},
	{"utime", SYS_utime, 30, {PAGE}, -ENOENT},
	{"utimes", SYS_utimes, 271, {PAGE}, -ENOENT},
	{"utimensat", SYS_utimensat, 320, {AT_FDCWD, PAGE}, -ENOENT},
	{"utimensat_time64", 0, 412, {AT_FDCWD, PAGE}, -ENOENT},
	{"futimesat", SYS_futimesat, 299, {AT_FDCWD, PAGE}, -ENOENT},
	{"bind", SYS_bind, 361, {SOCKET, PAGE, 16}, -EINVAL},
	{"connect", SYS_connect, 362, {SOCKET, PAGE, 16}, -EINVAL},
	{"setgroups", SYS_setgroups, 81, {1, PAGE}, 0},
	{"setgroups32", 0, 206, {1, PAGE}, 0},
	{"rt_sigqueueinfo", SYS_rt_sigqueueinfo, 178, {1, SIGCONT, PAGE}, -EPERM},
	{"mount", SYS_mount, 21, {PAGE, PAGE, 0}, -ENOENT},
	{"umount2", SYS_umount2, 52, {PAGE, 0}, -ENOENT},
	{"chroot", SYS_chroot, 61, {PAGE}, -ENOENT},
	{"chdir", SYS_chdir, 12, {PAGE}, -ENOENT},
	{"settimeofday", SYS_settimeofday, 79, {0, PAGE}, 0},
	{"sethostname", SYS_sethostname, 74, {PAGE, 1}, 0},
	{"init_module", SYS_init_module, 128, {PAGE, PAGE_BYTES, 0}, -ENOEXEC},
	{"delete_module", SYS_delete_module, 129, {PAGE, O_NONBLOCK}, -ENOENT},
	{"execve", SYS_execve, 11, {PAGE, 0, 0}, -ENOENT},
};

/* By which number this program calls it. */
static long number_of(const struct held_call *call, bool i386)
{
#ifdef __i386__
	i386 = true;
#endif
	return i386 ? call->number_32 : call->number;
}

struct hold {
	const struct held_call *call;
	bool i386;
	int go;
};

static int run_held_call(const void *argument)
{
	const struct hold *hold = argument;
	const struct held_call *call = hold->call;
	struct page page;
	long arguments[5], result;

	if (page_hold(&page, hold->go) || page_serve(&page))
		return -EIO;
	for (int i = 0; i < 5; i++) {
		arguments[i] = call->arguments[i];
		if (arguments[i] == PAGE)
			arguments[i] = (long)page.at;
		else if (arguments[i] == SOCKET)
			arguments[i] = socket(AF_UNIX, SOCK_STREAM, 0);
	}
	if (hold->i386)
		return call_32(call->number_32, arguments);
	result = syscall(number_of(call, false), arguments[0], arguments[1], arguments[2], arguments[3],
			 arguments[4]);
	return result < 0 ? -errno : result;
}

static bool held_call_blocks(const struct held_call *call, bool i386)
{
	struct hold hold = {.call = call, .i386 = i386};
	const struct child *child;
	int go[2];

	CHECK(pipe2(go, O_CLOEXEC) == 0);
	hold.go = go[0];
	child = child_start(run_held_call, &hold);
	CHECK(WAIT_FOR(listed_in(child->pid, number_of(call, i386)) &&
		       sleeps(child->pid)));
	CHECK(listed(child->pid)->abi == (i386 ? SEOS_ABI_I386 : ABI_NATIVE));
	CHECK(listed(child->pid)->flags == 0 && status().blocking == 1);
	CHECK(write(go[1], "", 1) == 1);
	CHECK(child_result(child) == call->expected);
	CHECK(WAIT_FOR(status().inside == 0));
	close(go[0]);
	close(go[1]);
	children_end();
	return true;
}

bool calls_of_each_kind_block(void)
{
	for (size_t i = 0; i < sizeof(held_calls) / sizeof(held_calls[0]); i++) {
		const struct held_call *call = &held_calls[i];

		if (number_of(call, false) && !held_call_blocks(call, false))
			return complain("%s", call->name);
		if (has_32 && call->number_32 && !held_call_blocks(call, true))
			return complain("%s, 32 bits", call->name);
	}
	return true;
}
